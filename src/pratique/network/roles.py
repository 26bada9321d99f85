"""Who signs what, for how long, and what each signed file says beyond The Update Framework: where it counts, and since
when.

A role's file has two fields of ours inside the signed part: `environment`, so that no rehearsal ends in production, and
`issued`, so that time has a floor. Metadata is signed with Ed25519 alone: a browser can check that, too.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import DelegatedRole, Metadata, Root, Signed, Snapshot, Targets, Timestamp

from pratique.model import countries
from pratique.model.dates import format_instant, parse_instant
from pratique.model.errors import Problem
from pratique.model.reasons import Reason
from pratique.trust import Environment

OFFLINE = timedelta(days=7)
"""How long a verifier may work without the network; also how long it can be kept from seeing the next release."""
LONG = timedelta(days=365)
"""Of everything that people sign with keys out of a safe."""
COUNTRY = re.compile("[A-Z]{2}", re.ASCII)


class Participant(Struct, frozen=True):
    """A country or body that signs its own parts with `threshold` of its `keys`.

    `issuers` are further names of it in certificates: the https address of its cards, its did:web.
    """

    country: str
    keys: tuple[Ed25519PublicKey, ...]
    threshold: int = 1
    issuers: tuple[str, ...] = ()


class Officers(Struct, frozen=True):
    """Whose keys sign for the network: `root` says who everybody is, `targets` who participates, `online` the rest."""

    root: tuple[Ed25519PublicKey, ...]
    targets: tuple[Ed25519PublicKey, ...]
    online: Ed25519PublicKey
    root_threshold: int = 2
    targets_threshold: int = 1


def trust_name(country: str) -> str:
    """The file of a participant's keys."""
    return f"trust/{country}.json"


def revocation_name(country: str) -> str:
    """The file of what a participant withdrew."""
    return f"revocation/{country}.bin"


def paths(country: str) -> list[str]:
    """What a participant's role may sign; `*` does not cross a slash."""
    return [
        trust_name(country),
        revocation_name(country),
        f"revocation/{country}.*.bin",
        f"rules/{country}.json",
        f"rules/{country}.*.json",
        f"corridors/{country}.*.json",
        f"officials/{country}.json",
        f"policies/{country}-*.json",
    ]


def allowed_issuers(role: DelegatedRole) -> frozenset[str]:
    """The names under which a participant's keys may sign; empty if the role is not one that this house delegates."""
    listed = role.unrecognized_fields.get("issuers", [])
    if not COUNTRY.fullmatch(role.name) or role.paths != paths(role.name) or not role.terminating:
        return frozenset()
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        return frozenset()
    return frozenset({countries.canonical(role.name), *listed})


def fields(environment: Environment, at: datetime) -> dict[str, str]:
    """What every file says besides, inside its signed part."""
    return {"environment": environment.value, "issued": format_instant(at)}


def environment_of(signed: Signed) -> str:
    """Where a signed file counts; empty where it does not say."""
    return str(signed.unrecognized_fields.get("environment", ""))


def issued_of(signed: Signed) -> datetime | None:
    """When a signed file says that it was issued; None where it does not, or says it was after its own end."""
    try:
        issued = parse_instant(str(signed.unrecognized_fields.get("issued", "")))
    except ValueError:
        return None
    return issued if issued.tzinfo is not None and issued <= signed.expires else None


def said(name: str, signed: Signed, environment: Environment) -> list[Problem]:
    """What is wrong with the fields of ours in a signed file."""
    problems = []
    if environment_of(signed) != environment.value:
        problems.append(Problem(name, Reason.BUNDLE_ENVIRONMENT))
    if issued_of(signed) is None:
        stated = "issued" in signed.unrecognized_fields
        reason = Reason.RULE_FIELD_VALUE if stated else Reason.RULE_FIELD_MISSING
        problems.append(Problem(f"{name}: issued", reason))
    return problems


def public(key: Ed25519PublicKey) -> SSlibKey:
    """A key as metadata has it."""
    return SSlibKey.from_crypto(key)


def signed_bytes(signed: Root | Timestamp | Snapshot | Targets, signers: Sequence[Ed25519PrivateKey]) -> bytes:
    """A file of metadata with the signatures of all of `signers`."""
    metadata: Metadata[Any] = Metadata(signed)
    for key in signers:
        metadata.sign(CryptoSigner(key), append=True)
    return bytes(metadata.to_bytes())


def whole_second(at: datetime) -> datetime:
    """An instant as metadata can say it."""
    return at.astimezone(UTC).replace(microsecond=0)
