"""What every handler of the API works with: the database in its roles, the vault, the release in force, the keys."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from msgspec import Struct, structs
from sqlalchemy import Engine

from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.issuance.certificates import Office
from pratique.authority.permits.office import PermitOffice
from pratique.authority.records.codes import Codes
from pratique.authority.store import Vault
from pratique.bundle import MANIFEST, MAX_PART, Bundle
from pratique.model.errors import BundleRefused
from pratique.model.sealed import Recipient
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.counting import Counts
from pratique.web.api.opening import Opener
from pratique.web.api.throttling import Pace
from pratique.web.pages import Site
from pratique.web.passes import Passes

_LOG = logging.getLogger(__name__)

CURRENT = "current"
"""Under this name a folder that is kept up to date has the release in force."""
LOOKS_EVERY = 5.0
"""Seconds between two looks whether there is a newer release: they come once a day, and a look costs one call."""


class Release:
    """The release in a folder, read anew when a newer one was put there; one that cannot be read changes nothing."""

    def __init__(self, folder: Path) -> None:
        """Raises `BundleRefused` and `OSError` where there is none to begin with."""
        self._folder = folder
        self._mark = self._now()
        self._files = _read(self._where())
        self.bundle = Bundle.from_files(self._files)
        """The release in force."""
        self._looked = monotonic()

    @property
    def files(self) -> Mapping[str, bytes]:
        """Its files, as they were published."""
        return self._files

    def current(self) -> Bundle:
        """The release in force, after a look whether it still is."""
        if monotonic() - self._looked >= LOOKS_EVERY:
            self._looked = monotonic()
            self._renew()
        return self.bundle

    def _renew(self) -> None:
        try:
            mark = self._now()
            if mark == self._mark:
                return
            files = _read(self._where())
            bundle = Bundle.from_files(files)
        except (OSError, BundleRefused) as fault:
            _LOG.error("the new release cannot be read, the one before stays in force: %s", type(fault).__name__)
            return
        if bundle.number < self.bundle.number:
            _LOG.error("the new release has a lower number than the one in force, which stays")
            return
        self._mark, self._files, self.bundle = mark, files, bundle
        _LOG.info("release %d is in force", bundle.number)

    def _where(self) -> Path:
        kept = self._folder / CURRENT
        return kept if (kept / MANIFEST).is_file() else self._folder

    def _now(self) -> tuple[str, int, int]:
        path = (self._where() / MANIFEST).resolve()
        stated = path.stat()
        return str(path), stated.st_mtime_ns, stated.st_ino


def _read(folder: Path) -> dict[str, bytes]:
    """Every file of a release. Raises `OSError`."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    files = {}
    for path in paths:
        with path.open("rb") as file:
            files[path.relative_to(folder).as_posix()] = file.read(MAX_PART + 1)
    return files


class Engines(Struct, frozen=True):
    """The database, in the role of each thing that is done: on SQLite, which has no roles, the same each time."""

    api: Engine
    intake: Engine
    health: Engine
    issuance: Engine
    enrolment: Engine
    status: Engine
    venues: Engine
    public: Engine

    @classmethod
    def one(cls, engine: Engine) -> "Engines":
        """The same in every role."""
        return cls(*(engine,) * len(cls.__struct_fields__))

    def dispose(self) -> None:
        """Let go of every connection."""
        for engine in set(structs.astuple(self)):
            engine.dispose()


class House(Struct, frozen=True, kw_only=True):
    """One installation of the API."""

    site: Site
    country: str
    address: str
    """Where the world finds it, without a slash at the end: what is signed for it names it so."""
    hosts: Sequence[str]
    proxies: Sequence[str] = ()
    metrics_from: Sequence[str] = ("127.0.0.0/8", "::1/128")
    engines: Engines
    vault: Vault
    release: Release
    confirmation: ConfirmationKey
    opener: Opener | None = None
    """What opens certificates that wallets send for online bookings; without it there are no bookings."""
    office: Office | None = None
    """Who signs certificates; without it none are given out here."""
    recipients: tuple[Recipient, ...] = ()
    """The health authorities for which holders may seal."""
    passes: Passes | None = None
    """What makes day passes; without it there are none."""
    codes: Codes | None = None
    """What makes codes for local apps; without it they are only checked."""
    permits: PermitOffice | None = None
    """Who decides on applications to enter; without it nobody applies here."""
    enrolments: Enrolments | None = None
    """Who signs up by passport and face; without it holders sign in elsewhere."""
    register: Mapping[str, str] | None = None
    """Names of health facilities by their numbers in the register; without it no facility is entered here."""
    pace: Pace
    counts: Counts | None = None
    """What is counted for /metrics; None where nobody counts."""
    token_lasts: timedelta = timedelta(minutes=5)
    flight_seconds: float = 10.0
    answer_after: float = 0.4
    """Seconds after which every question about a passport is answered, whatever the answer."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def now(self) -> datetime:
        """The instant to reckon with, never before what the release was signed at."""
        return self.release.bundle.not_before(self.clock())
