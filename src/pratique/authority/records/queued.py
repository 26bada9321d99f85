"""Records taken where there is no network: sealed for the intake they go to, and taken in once, when it is reached.

    QUEUE/20261123T083000Z-9f86….sealed   a file as it was handed over; nothing but the intake's key opens it
    QUEUE/20261123T083000Z-9f86….json     what became of it: counts, and the rows that were not taken
    QUEUE/20261123T083000Z-9f86….held     one with rows that a person has to look at, sealed still

A device that is lost at a sampling point gives away when something was queued, and how long it is. What is in the
database is there once, however often a queue is copied, synced, or broken off: an intake is known by its content.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.records import intake
from pratique.authority.records.intake import Form, Outcome
from pratique.authority.records.sources import Source
from pratique.authority.signers import pkcs8
from pratique.authority.store import Vault, intakes, reading
from pratique.authority.store.intakes import RowReport, Settled
from pratique.model.errors import MalformedRecord, TrustMaterialError
from pratique.model.reasons import Reason

Private = X25519PrivateKey
Public = X25519PublicKey
SEALED, REPORT, HELD = ".sealed", ".json", ".held"
PRIVATE, PUBLIC = ".key.pem", ".pub.pem"
LONGEST = 64 * 1024 * 1024
"""Octets of one queued file: a day of a large sampling point has a few million."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
"""HPKE (RFC 9180) in its base mode: whoever queues proves nothing by it, and may open nothing either."""
_INFO = b"pratique queue 1"


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """One file, of one source."""

    source_id: str
    form: Form
    content: bytes


class Synced(Struct, frozen=True):
    """What became of a queued file; `settled` is None where it was left as it is, for the `reason`."""

    name: str
    settled: Settled | None
    rows: tuple[RowReport, ...] = ()
    reason: Reason | None = None


# the intake's key


def new_key(stem: Path, passphrase: bytes) -> tuple[Path, Path]:
    """Make the intake's key: `stem`.key.pem (mode 0600), never replaced, and `stem`.pub.pem for the sampling points.

    Raises `TrustMaterialError`: `KEY_PASSPHRASE`, `KEY_EXISTS`, `KEY_NOT_WRITTEN`.
    """
    key = X25519PrivateKey.generate()
    private, public = stem.with_name(stem.name + PRIVATE), stem.with_name(stem.name + PUBLIC)
    content = pkcs8.encrypt(key, passphrase)
    try:
        private.touch(mode=0o600, exist_ok=False)
        private.write_bytes(content)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError as fault:
        raise TrustMaterialError(Reason.KEY_EXISTS, detail=f"{private.name} is there already") from fault
    except OSError as fault:
        raise TrustMaterialError(Reason.KEY_NOT_WRITTEN, detail=f"{private.name} could not be written") from fault
    return private, public


def read_private(data: bytes, passphrase: bytes) -> X25519PrivateKey:
    """The intake's key. Raises `TrustMaterialError`: `KEY_LOCKED`, `KEY_UNREADABLE`, `TRUST_KEY_KIND`."""
    try:
        key = load_pem_private_key(data, passphrase)
    except TypeError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key is not encrypted") from fault
    except ValueError as fault:
        reason = Reason.KEY_LOCKED if b"ENCRYPTED" in data else Reason.KEY_UNREADABLE
        raise TrustMaterialError(reason, detail="the key of the intake") from fault
    except UnsupportedAlgorithm as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key of the intake") from fault
    if not isinstance(key, X25519PrivateKey):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="a queue is sealed with X25519")
    return key


def read_public(data: bytes) -> X25519PublicKey:
    """Its public half. Raises `TrustMaterialError`: `KEY_UNREADABLE`, `TRUST_KEY_KIND`."""
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="no public key") from fault
    if not isinstance(key, X25519PublicKey):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="a queue is sealed with X25519")
    return key


# at the sampling point


def queue(folder: Path, item: Item, key: X25519PublicKey, *, at: datetime) -> Path:
    """Put a file into a queue; once this has returned it outlives the power. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(8)}{SEALED}"
    _write(path, _SUITE.encrypt(msgspec.msgpack.encode(item), key, _INFO))
    return path


def waiting(folder: Path) -> list[Path]:
    """What was queued and not synced yet, the oldest first."""
    return sorted(folder.glob(f"*{SEALED}"))


# at the intake


def sync(
    engine: Engine,
    vault: Vault,
    folder: Path,
    sources: Mapping[str, Source],
    key: X25519PrivateKey,
    *,
    at: datetime,
) -> Iterator[Synced]:
    """Take everything in that waits in a queue, one file at a time; each is answered for once it is on the disk.

    A file that another key sealed, of a source that is not named, or that is no table of its source, is left as it is,
    and so is everything after whatever breaks this off. Raises `StoreFault`, `OSError`.
    """
    for path in waiting(folder):
        name = path.name.removesuffix(SEALED)
        item = opened(path, key)
        if item is None:
            yield Synced(name, None, reason=Reason.STORE_VAULT)
            continue
        source = sources.get(item.source_id)
        if source is None:
            yield Synced(name, None, reason=Reason.RECORD_MAPPING)
            continue
        try:
            intake_id, settled = intake.take(engine, vault, BytesIO(item.content), form=item.form, source=source, at=at)
        except MalformedRecord as fault:  # a table without its headings, as a whole
            yield Synced(name, None, reason=fault.reasons[0])
            continue
        with reading(engine) as connection:
            rows = tuple(intakes.reports(connection, intake_id))
        _write(path.with_suffix(REPORT), _report(intake_id, item, settled, rows))
        if any(map(_needs_somebody, rows)):
            path.replace(path.with_suffix(HELD))
        else:
            path.unlink(missing_ok=True)
        _flush(folder)
        yield Synced(name, settled, rows)


def opened(path: Path, key: X25519PrivateKey) -> Item | None:
    """What was queued, for the desk that looks at rows that were held; None where the key does not open it."""
    try:
        return msgspec.msgpack.decode(_SUITE.decrypt(path.read_bytes(), key, _INFO), type=Item)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        return None


def _needs_somebody(row: RowReport) -> bool:
    """Whether its file is kept for it. What is off the closed list of conditions is nothing for anybody to mend."""
    return row.outcome in (Outcome.HELD, Outcome.REFUSED) and row.reasons != (Reason.RECORD_CONDITION,)


def _report(intake_id: str, item: Item, settled: Settled, rows: tuple[RowReport, ...]) -> bytes:
    told = {
        "intake": intake_id,
        "source_id": item.source_id,
        "counts": {name: getattr(settled, name) for name in ("taken", "known", "held", "refused")},
        "rows": [row for row in rows if row.outcome in (Outcome.HELD, Outcome.REFUSED)],
    }
    return msgspec.json.format(msgspec.json.encode(told)) + b"\n"


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and see to it that it is on the disk."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    """A name in a folder is on the disk when the folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
