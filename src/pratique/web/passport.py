"""The passport page's reading of what was typed: what is wrong is said at its field, with what it may have been.

Whether there is such a passport is nobody's business here: every well-formed number goes on to the camera.
"""

from collections.abc import Iterable

from msgspec import Struct

from pratique.authority.identity import confusable, document
from pratique.authority.identity.confusable import Slip
from pratique.authority.identity.document import Document
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.model.mrz import MachineReadableZone
from pratique.web.forms import Fault, told
from pratique.web.words import Words


class Typed(Struct, frozen=True):
    """What was typed: a document where it is one, else the faults."""

    document: Document | None
    faults: tuple[Fault, ...] = ()


def read(number: str, zone: str, say: Words) -> Typed:
    """Read both fields; the zone counts where it is filled in, since its check digits say more."""
    if zone:
        return _zone(zone, say)
    if not number:
        return Typed(None, (Fault("number", say("passport.empty")),))
    try:
        found = document.read(number)
    except MalformedDocument as error:
        said = [Fault("number", told(reason, say)) for reason in error.reasons]
        slips = confusable.in_number("".join(number.split()))
        return Typed(None, (*_suggested("number", "passport.number.suggestion", slips, say), *said))
    return Typed(found)


class Said(Struct, frozen=True):
    """What the page says beside a field while it is filled in; `kind` is good, problem or neutral."""

    text: str
    kind: str


def said(number: str, zone: str, say: Words) -> dict[str, Said]:
    """What is said of each field by itself."""
    return {"number": _said(read(number, "", say), "passport.well_formed", say)} | {
        "zone": _said(_zone(zone, say), "passport.fits", say)
    }


def _said(typed: Typed, fits: str, say: Words) -> Said:
    if typed.faults:
        return Said(typed.faults[0].text, "problem")
    return Said(say(fits), "good")


def _zone(zone: str, say: Words) -> Typed:
    try:
        mrz.parse(zone)
    except MalformedDocument as error:
        said = [Fault("zone", told(reason, say)) for reason in error.reasons]
        return Typed(None, (*_suggested("zone", "passport.suggestion", confusable.in_zone(zone), say), *said))
    return Typed(document.read(zone))


def zone(typed: str) -> MachineReadableZone | None:
    """The zone that was typed, or None."""
    try:
        return mrz.parse(typed)
    except MalformedDocument:
        return None


def _suggested(field: str, key: str, slips: Iterable[Slip], say: Words) -> tuple[Fault, ...]:
    """What may have been meant, a sentence for each character."""
    return tuple(
        Fault(field, say(key, line=slip.line, place=slip.place, found=slip.found, other=slip.other)) for slip in slips
    )
