"""A scan between its wire form and a `Certificate`, in both directions.

reading:  scan ─ open ─► Envelope ─ (signature held) ─ read ─► Reading
issuing:  Certificate ─ build ─► Draft ─ sign, seal ─► scan
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from pratique.model.certificate import Certificate
from pratique.model.keys import Algorithm, Use
from pratique.model.live import Live
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.model.status import Status

Content = Certificate | Permit | Sealed | Status
"""What a scan can hold."""


class Envelope(Struct, frozen=True):
    """A scan taken apart and **not yet believed**.

    `format` is the name of the format module; which profile it carries is known only once the payload is read.
    """

    format: str
    algorithm: Algorithm
    signed: bytes
    """Exactly the bytes that the signature covers."""
    signature: bytes
    """Raw, as its algorithm defines it; its length has not been judged."""
    key_id: bytes | None
    payload: bytes
    issuer: str | None = None
    """Who the scan says signed it, where the format names a key by issuer and id together: no other's key will do."""
    certificate: bytes | None = None
    """The signer's certificate (DER), where the scan brings it along instead of naming a key."""
    notes: tuple[Reason, ...] = ()
    """Oddities of the scan that change nothing, and are worth knowing."""
    claims: Any = None
    """The payload decoded, where `open` had to look for the issuer in it, so that `read` need not decode it again."""
    live: Live | None = None
    """The holder's live proof, where one was shown with the scan."""


class Reading(Struct, frozen=True):
    """What a payload says, once its signature held.

    Times are aware instants in UTC, None where the payload states none. `uses` is what a key must be allowed
    for; `identifiers` are the opaque (kind, value) pairs by which this certificate can be revoked.
    """

    profile: str
    """The name that `issue` takes and `--json` prints: "eu-dcc", "ithc"."""
    content: Content | None
    """None where it could not be read; `faults` then say why, and `fault` where. Beside content they are notes."""
    issuer: str | None
    """The issuing country or body as the payload claims it."""
    not_before: datetime | None
    issued: datetime | None
    expires: datetime | None
    uses: frozenset[Use]
    identifiers: frozenset[tuple[str, str]]
    faults: tuple[Reason, ...] = ()
    fault: str = ""
    expiry_required: bool = True
    """Whether the format states an end, so that one without it is undecided."""
    issued_required: bool = True
    """The same for the time of issue. Where a format has none, its signer's own period stands for it."""


class Layer(Struct, frozen=True):
    """One layer of a scan, for whoever looks into it: unverified, whatever it says. Octets stay octets."""

    name: str
    facts: dict[str, object]


class Draft(Struct, frozen=True):
    """Everything but the signature: `signed` goes to a signer, and `seal(draft, signature)` makes the scan."""

    signed: bytes
    protected: bytes
    payload: bytes
