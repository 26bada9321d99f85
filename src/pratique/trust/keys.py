"""What counts: a key, for which issuer, use and period; and a root whose signers count."""

from enum import StrEnum

from msgspec import Struct

from pratique.model.dates import Instant
from pratique.model.keys import Algorithm, PublicKey, Use
from pratique.model.reasons import Reason


class Environment(StrEnum):
    """Where a trust list may be used; a specimen is refused in production."""

    PRODUCTION = "production"
    TEST = "test"
    SANDBOX = "sandbox"


class TrustedKey(Struct, frozen=True, forbid_unknown_fields=True):
    """One key on the list; a field that nobody knows is refused, as it may have been meant to restrict the key.

    `issuer` is the country or body it may sign for (None: any, where the certificate names none); `uses` None means
    any; `formats` None means any. Times are aware. `notes` are oddities of the material it came from.
    """

    kid: bytes
    key: PublicKey
    issuer: str | None = None
    not_before: Instant | None = None
    not_after: Instant | None = None
    uses: frozenset[Use] | None = None
    formats: frozenset[str] | None = None
    notes: tuple[Reason, ...] = ()


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """A country's root (CSCA), under which certificates that scans bring along are checked (ICAO Doc 9303-12).

    `name` is its subject in DER, `key_id` its subject key identifier; times are aware.
    """

    key: PublicKey
    name: bytes
    issuer: str | None = None
    key_id: bytes | None = None
    not_before: Instant | None = None
    not_after: Instant | None = None


class Embedded(Struct, frozen=True):
    """A signer's certificate that a scan brought along, and what is needed to check that a root issued it."""

    key: TrustedKey
    signed: bytes
    signature: bytes
    """As X.509 has it: for ECDSA in DER."""
    algorithm: Algorithm | None
    """None for one that no verifier here can check."""
    root_name: bytes
    root_key_id: bytes | None
    """The root's name and key identifier, as the certificate states them."""
