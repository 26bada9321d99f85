"""The population register: who holds a passport, and the portrait the passport was issued with.

`FileRegistry` reads one from a folder: `registry.json`, and the portraits that it names beside it.

    [{"person_id": "xa-0001", "zone": "P<UTOHAN<<MEIMEI<<<…\\nXA1234567…", "birth_date": "1990-05-08",
      "family": "韩", "given": "梅梅", "portrait": "xa-0001.jpg"}]

The Latin spelling of the name is the zone's, and the zone's two digits of the year must agree with the birth date.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from pratique.authority.identity.document import Document
from pratique.model import mrz
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedDocument, MalformedRegistry
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

MAX_PORTRAIT = 4_000_000
"""Bytes of one portrait: what a passport's chip holds is under 100 kB, what an office scans a few megabytes."""


class Registered(Struct, frozen=True):
    """A passport in the register and whose it is. `portrait` is a picture (JPEG, PNG, WebP or JPEG 2000)."""

    person_id: str
    zone: MachineReadableZone
    name: Name
    birth_date: PartialDate | None
    portrait: bytes
    subject_id: str | None = None
    """Who they are in the store; None in a register that is none."""


class Identified(Struct, frozen=True):
    """Somebody of whom it was established who they are. `zone` None: they have no document that has one."""

    person_id: str
    name: Name
    birth_date: PartialDate | None
    zone: MachineReadableZone | None
    subject_id: str | None = None

    @classmethod
    def of(cls, registered: Registered) -> "Identified":
        """Whoever a passport was registered for."""
        return cls(registered.person_id, registered.name, registered.birth_date, registered.zone, registered.subject_id)


class Registry(Protocol):
    """Where passports are looked up, one at a time: nobody is ever searched by face or by name."""

    def find(self, document: Document) -> Registered | None:
        """The passport that agrees with all that `document` states; None for any other."""
        ...


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One passport as the file has it."""

    person_id: str
    zone: str
    portrait: str
    birth_date: str | None = None
    family: str | None = None
    given: str | None = None


class FileRegistry:
    """A register in memory. Numbers are kept and looked up as keyed hashes, under a key that lives as long as it."""

    def __init__(self, registered: Iterable[Registered]) -> None:
        """Raises `MalformedRegistry` where two passports have one number."""
        self._key = secrets.token_bytes(32)
        self._passports: dict[bytes, Registered] = {}
        for place, passport in enumerate(registered):
            hashed = self._hash(passport.zone.number)
            if hashed in self._passports:
                raise MalformedRegistry(Reason.REGISTRY_UNREADABLE, detail=f"[{place}]: its number stands there twice")
            self._passports[hashed] = passport

    @classmethod
    def load(cls, folder: Path) -> "FileRegistry":
        """Read `registry.json` and the portraits. Raises `MalformedRegistry`, which names the place and no value."""
        path = folder / "registry.json"
        try:
            entries = msgspec.json.decode(path.read_bytes(), type=list[_Entry])
        except OSError as error:
            raise _unreadable(f"{path.name} cannot be read from the folder") from error
        except (msgspec.MsgspecError, UnicodeDecodeError):  # its text may quote the file
            raise _unreadable(f"{path.name} is not a list of passports; docs/enrolment.md shows its fields") from None
        return cls(_registered(folder, place, entry) for place, entry in enumerate(entries))

    def __len__(self) -> int:
        return len(self._passports)

    def __iter__(self) -> Iterator[Registered]:
        return iter(self._passports.values())

    def find(self, document: Document) -> Registered | None:
        """The passport that agrees with all that `document` states."""
        passport = self._passports.get(self._hash(document.number))
        if passport is None:
            return None
        zone = passport.zone
        stated = (document.country, document.birth_date, document.expiry)
        agrees = [said in (None, held) for said, held in zip(stated, _fields(zone), strict=True)]
        return passport if all(agrees) else None

    def _hash(self, number: str) -> bytes:
        return hmac.digest(self._key, number.encode(), hashlib.sha256)


def _fields(zone: MachineReadableZone) -> tuple[str, str, str]:
    return zone.country, zone.birth_date, zone.expiry


def _registered(folder: Path, place: int, entry: _Entry) -> Registered:
    try:
        zone = mrz.parse(entry.zone)
    except MalformedDocument as error:
        raise _unreadable(f"[{place}].zone: {', '.join(error.reasons)}") from error
    try:
        born = PartialDate.parse(entry.birth_date) if entry.birth_date else None
    except ValueError:
        raise _unreadable(f"[{place}].birth_date is not YYYY, YYYY-MM or YYYY-MM-DD") from None
    if born is not None and not same_birth(born, zone.birth_date):
        raise _unreadable(f"[{place}].birth_date is not that of its zone")
    name = Name(
        family=entry.family or zone.family_icao.replace("<", " "),
        given=entry.given or zone.given_icao.replace("<", " ") or None,
        family_icao=zone.family_icao,
        given_icao=zone.given_icao or None,
    )
    return Registered(entry.person_id, zone, name, born, _portrait(folder, place, entry.portrait))


def _portrait(folder: Path, place: int, name: str) -> bytes:
    if Path(name).name != name:  # a register is data: it does not reach into other folders
        raise _unreadable(f"[{place}].portrait is not the name of a file beside registry.json")
    try:
        with (folder / name).open("rb") as file:
            portrait = file.read(MAX_PORTRAIT + 1)
    except OSError as error:
        raise _unreadable(f"[{place}].portrait cannot be read") from error
    if not 0 < len(portrait) <= MAX_PORTRAIT:
        raise _unreadable(f"[{place}].portrait is empty, or larger than {MAX_PORTRAIT} bytes")
    return portrait


def same_birth(born: PartialDate, zone: str) -> bool:
    """Whether what both know of a birth date agrees; a zone has two digits of the year, `<<` for what is unknown."""
    known = (born.year % 100, born.month, born.day)
    return all(
        written == "<<" or value is None or int(written) == value
        for value, written in zip(known, (zone[:2], zone[2:4], zone[4:6]), strict=True)
    )


def _unreadable(detail: str) -> MalformedRegistry:
    return MalformedRegistry(Reason.REGISTRY_UNREADABLE, detail=detail)
