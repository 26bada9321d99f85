"""A network of three fictional countries in memory, with fixed keys that are public here and belong nowhere else."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from pratique import revocation
from pratique.network import client, repository
from pratique.network.client import Update
from pratique.network.distribution import Repository
from pratique.network.roles import Officers, Participant
from pratique.revocation import Distrust, RevocationList
from pratique.sandbox.border import rules
from pratique.trust import Environment, TrustedKey, TrustList
from pratique.trust.x509 import trusted_key
from tests.issuer import MemorySigner

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SANDBOX = Environment.SANDBOX
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def key(name: str) -> Ed25519PrivateKey:
    """A key derived from a text, so that whoever can read has it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"pratique network test: {name}".encode()).digest())


ROOTS = [key(f"root {number}") for number in range(3)]
OFFICE, ONLINE = key("office"), key("online")
SIGNERS = {country: key(country) for country in ("XA", "XB", "XC")}
OFFICERS = Officers(tuple(root.public_key() for root in ROOTS), (OFFICE.public_key(),), ONLINE.public_key())
PARTICIPANTS = tuple(Participant(country, (signer.public_key(),)) for country, signer in SIGNERS.items())
XA_KEY = trusted_key(MemorySigner().certificate)
XB_KEY = structs.replace(trusted_key(MemorySigner().certificate), issuer="XB")


def trust(*keys: TrustedKey, environment: Environment = SANDBOX) -> bytes:
    return TrustList(keys, environment=environment).to_json()


def withdrawn(*distrusted: Distrust, at: datetime = AT) -> bytes:
    return revocation.to_bytes(RevocationList(at, at + DAY, [("record", "one")], distrusted=distrusted))


PARTS: Mapping[str, Mapping[str, bytes]] = {
    "XA": {"trust/XA.json": trust(XA_KEY), "revocation/XA.bin": withdrawn(), "rules/XA.json": rules("XA")},
    "XB": {"trust/XB.json": trust(XB_KEY), "rules/XB.json": rules("XB")},
    "XC": {"trust/XC.json": trust()},
}


def founded(
    *, environment: Environment = SANDBOX, at: datetime = AT, participants: tuple[Participant, ...] = PARTICIPANTS
) -> Repository:
    """A network with its root and its participants, of whom none has signed yet."""
    found = repository.rotate(Repository(), OFFICERS, environment=environment, signers=ROOTS[:2], at=at)
    return repository.delegate(found, participants, {}, signers=[OFFICE], at=at)


def signed(found: Repository, country: str, parts: Mapping[str, bytes], *, at: datetime = AT) -> Repository:
    return repository.contribute(found, country, parts, signers=[SIGNERS[country]], at=at)


def contributed(found: Repository, *, at: datetime = AT) -> Repository:
    for country, parts in PARTS.items():
        found = signed(found, country, parts, at=at)
    return found


def released(found: Repository, *, at: datetime = AT) -> Repository:
    return repository.release(found, ONLINE, at=at)


FIRST = released(contributed(founded()))
ROOT = FIRST.files["metadata/1.root.json"]


def pieces(files: Mapping[str, bytes]) -> Callable[[str], Iterator[bytes]]:
    def fetch(name: str) -> Iterator[bytes]:
        if name not in files:
            raise FileNotFoundError(name)
        yield files[name]

    return fetch


def update(
    folder: Path,
    found: Repository | Mapping[str, bytes],
    *,
    at: datetime = AT,
    environment: Environment = SANDBOX,
    root: bytes | None = ROOT,
) -> Update:
    files = found.files if isinstance(found, Repository) else found
    return client.update(folder, fetch=pieces(files), at=at, environment=environment, root=root)
