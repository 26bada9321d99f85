"""A key that counts: for which issuer, use and period."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from pratique.model.keys import PublicKey, Use
from pratique.model.reasons import Reason


class Environment(StrEnum):
    """Where a trust list may be used; a specimen is refused in production."""

    PRODUCTION = "production"
    TEST = "test"
    SANDBOX = "sandbox"


Instant = Annotated[datetime, Meta(tz=True)]
"""An aware instant: read from a list without its offset it is refused, as it could be compared with nothing."""


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
