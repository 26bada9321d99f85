"""A key that counts: for which issuer, use and period."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pratique.model.keys import PublicKey, Use
from pratique.model.reasons import Reason


class Environment(StrEnum):
    """Where a trust list may be used; a specimen is refused in production."""

    PRODUCTION = "production"
    TEST = "test"
    SANDBOX = "sandbox"


class TrustedKey(Struct, frozen=True):
    """One key on the list.

    `issuer` is the country or body it may sign for (None: any, where the certificate names none); `uses` None means
    any; `formats` None means any. Times are aware. `notes` are oddities of the material it came from.
    """

    kid: bytes
    key: PublicKey
    issuer: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    uses: frozenset[Use] | None = None
    formats: frozenset[str] | None = None
    notes: tuple[Reason, ...] = ()
