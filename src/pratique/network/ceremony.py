"""One file of metadata, signed by several people, each with one key on a machine of their own.

    repository.draft_root(…)     ─► data ─┬─ XA's official: describe, sign ─► copy ─┬─► assembled ─► repository.accept
                                          └─ XB's official: describe, sign ─► copy ─┘

What is signed are the same octets on every machine: their SHA-256 is what the officials read to each other over a
telephone before they sign. Nobody ever holds two keys, and the one who assembles holds none.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets

from pratique.model.errors import NetworkRefused, Problem
from pratique.model.reasons import Reason
from pratique.network.distribution import Repository, present, signed_file
from pratique.network.roles import Officers, Participant, SigningKey, add_signature, public
from pratique.network.stated import environment_of, issued_of

LONGEST = 4 * 1024 * 1024
"""Octets of one file of metadata: an office's that names four hundred participants has a few hundred thousand."""


class Description(Struct, frozen=True):
    """What somebody is asked to sign. `kind` is `root` or `targets`: an office's file, and a participant's."""

    kind: str
    version: int
    environment: str
    issued: datetime | None
    expires: datetime
    digest: str
    """SHA-256 of the octets that are signed, in hexadecimal."""
    says: tuple[str, ...]
    """In one line each, everything that the file says."""
    signed_by: tuple[str, ...]


def unsigned(signed: Root | Targets) -> bytes:
    """A file that nobody signed yet."""
    metadata: Metadata[Any] = Metadata(signed)
    return bytes(metadata.to_bytes())


def describe(data: bytes) -> Description:
    """What a file says, to be read before it is signed. Raises `NetworkRefused` for what is no such file."""
    metadata = _read(data)
    signed = metadata.signed
    says = tuple(_root_lines(signed) if isinstance(signed, Root) else _targets_lines(signed))
    return Description(
        signed.type,
        signed.version,
        environment_of(signed),
        issued_of(signed),
        signed.expires,
        hashlib.sha256(metadata.signed_bytes).hexdigest(),
        says,
        tuple(metadata.signatures),
    )


def sign(data: bytes, key: SigningKey) -> bytes:
    """A copy of the file with one signature more. Raises `NetworkRefused` for what is no such file."""
    metadata = _read(data)
    add_signature(metadata, key)
    return bytes(metadata.to_bytes())


def assembled(copies: Sequence[bytes]) -> bytes:
    """One file with the signatures of all copies.

    Raises `NetworkRefused` (NETWORK_MIXED) for copies of which one says something else than the first: somebody signed
    another text.
    """
    first, *others = map(_read, copies)
    for number, each in enumerate(others, 2):
        if each.signed_bytes != first.signed_bytes:
            raise NetworkRefused([Problem(f"copy {number}", Reason.NETWORK_MIXED)])
        for keyid, signature in each.signatures.items():
            first.signatures.setdefault(keyid, signature)
    return bytes(first.to_bytes())


def missing(repository: Repository, role: str, data: bytes) -> tuple[tuple[str, int], ...]:
    """By whose word signatures are still missing, and how many: `("root 1", 1)`; empty once `accept` would take it."""
    metadata = _read(data)
    found = []
    for name, delegator in _delegators(repository, role, metadata.signed):
        try:
            verified = delegator.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
        except (RepositoryError, ValueError) as fault:
            raise NetworkRefused([Problem(f"{role}.json", Reason.NETWORK_OUTSIDE_ROLE)]) from fault
        if not verified.verified:
            found.append((name, verified.missing))
    return tuple(found)


def _delegators(repository: Repository, role: str, signed: Root | Targets) -> Iterator[tuple[str, Root | Targets]]:
    root = signed_file(repository, Root)
    if isinstance(signed, Root):
        yield f"root {signed.version}", signed
        if root is not None:
            yield f"root {root.version}", root
    elif role == Targets.type:
        before = present(root, "root")
        yield f"root {before.version}", before
    else:
        yield "targets", present(signed_file(repository, Targets), "targets")


def shared_keys(officers: Officers, participants: Iterable[Participant]) -> tuple[Problem, ...]:
    """Keys that stand for two signers: whoever holds one could sign twice, or for two offices."""
    places: dict[str, list[str]] = {}
    for place, keys in _places(officers, participants):
        for number, key in enumerate(keys):
            places.setdefault(public(key).keyid, []).append(f"{place}[{number}]")
    return tuple(
        Problem(place, Reason.NETWORK_KEY_TWICE) for found in places.values() if len(found) > 1 for place in found[1:]
    )


def _places(
    officers: Officers, participants: Iterable[Participant]
) -> Iterator[tuple[str, Sequence[Ed25519PublicKey]]]:
    yield "root.keys", officers.root
    yield "office.keys", officers.targets
    yield "online", (officers.online,)
    for each in participants:
        yield f"participants.{each.country}.keys", each.keys


def _read(data: bytes) -> Metadata[Root] | Metadata[Targets]:
    try:
        metadata = Metadata[Root].from_bytes(data) if len(data) <= LONGEST else None
    except RepositoryError as fault:
        raise NetworkRefused([Problem("", Reason.NETWORK_UNREADABLE)]) from fault
    if metadata is None or not isinstance(metadata.signed, Root | Targets):
        raise NetworkRefused([Problem("", Reason.NETWORK_UNREADABLE)])
    return metadata


def _root_lines(root: Root) -> Iterator[str]:
    for name, role in root.roles.items():
        yield f"{name}: {role.threshold} of {', '.join(keyid[:16] for keyid in role.keyids)}"


def _targets_lines(targets: Targets) -> Iterator[str]:
    for name, role in sorted(((targets.delegations.roles or {}) if targets.delegations else {}).items()):
        issuers = role.unrecognized_fields.get("issuers", [])
        also = f", also as {', '.join(map(str, issuers))}" if issuers else ""
        yield f"{name}: {role.threshold} of {', '.join(keyid[:16] for keyid in role.keyids)}{also}"
    for name, target in sorted(targets.targets.items()):
        yield f"{name}: {target.length} octets, SHA-256 {target.hashes['sha256']}"
