"""What a holder shows instead of a whole certificate: the same sealed for a state's health authority, or a day pass.

Both are made of a certificate that the holder has and that still counts, so that an open twin always exists, and a pass
says nothing that no record does.
"""

from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique import formats
from pratique.authority.access import Look
from pratique.authority.issuance import revoking
from pratique.authority.issuance.certificates import NEEDED, Office, scan_of, sealed_twin
from pratique.authority.issuance.revoking import State
from pratique.authority.store import reading
from pratique.model.certificate import Certificate
from pratique.model.reasons import Reason
from pratique.model.sealed import MOST_RECIPIENTS
from pratique.model.status import StatusWord
from pratique.passes import Slot, day_passes, statuses, word_for
from pratique.web.api.certifying import Certified, certified
from pratique.web.api.house import House
from pratique.web.api.owning import looked
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.passes import DAYS, MOST_KEYS, Passes
from pratique.web.problems import Code, Problem

_PROBLEMS = (Code.THING_UNKNOWN, Code.THING_GONE, Code.CONTENT_REFUSED, Code.TRY_LATER, Code.BODY_TOO_LARGE)


class ForStates(Struct, frozen=True, forbid_unknown_fields=True):
    """The states whose health authorities can read it, of those that this installation has keys of."""

    states: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Z]{2}$")], ...], Meta(min_length=1, max_length=MOST_RECIPIENTS)
    ]


class Day(Struct, frozen=True, forbid_unknown_fields=True):
    """A slot of 24 hours by its begin, and your one-time public keys for it: compressed points of P-256, base64url."""

    begins: Annotated[datetime, Meta(tz=True)]
    keys: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(min_length=1, max_length=MOST_KEYS)]


class Days(Struct, frozen=True, forbid_unknown_fields=True):
    """For which slots: the running one, and those of a week; all begin at one hour (UTC), the same for everybody."""

    slots: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=DAYS)]


class Pass(Struct, frozen=True):
    """A pass: to be shown once."""

    begins: datetime
    ends: datetime
    word: StatusWord
    scan: str


class AllPasses(Struct, frozen=True):
    """In the order of slots and keys; for a slot that the policy decides nothing on there are none."""

    passes: tuple[Pass, ...]


def handlers(house: House) -> Sequence[Any]:
    """The routes; none where nobody signs."""
    if house.office is None:
        return []
    sealing = [_sealing(house, house.office)] if house.recipients else []
    passing = [_passing(house, house.passes)] if house.passes is not None else []
    return [*sealing, *passing]


def _sealing(house: House, office: Office) -> Any:
    known = {each.country: each for each in house.recipients}

    @post(
        "/v1/people/{person:str}/certificates/{certificate_id:str}/sealed",
        status_code=201,
        responses=signed_in(*_PROBLEMS),
        security=SIGNED_IN,
        tags=["certificates"],
        sync_to_thread=True,
    )
    def seal(
        request: AnyRequest, person: FromPath[str], certificate_id: FromPath[str], data: JSONBody[ForStates]
    ) -> Certified:
        """The sealed twin of a certificate: what the open one says, for these states' health authorities alone."""
        _, allowed = looked(house, request, person, NEEDED)
        _standing(house, allowed, certificate_id)
        if not known.keys() >= set(data.states):
            raise Problem(Code.CONTENT_REFUSED, reasons=(Reason.ISSUE_RECIPIENT,), place="$.states")
        recipients = [known[state] for state in data.states]
        return certified(sealed_twin(office, allowed, certificate_id, recipients=recipients, at=house.clock()))

    return seal


def _passing(house: House, passes: Passes) -> Any:
    @post(
        "/v1/people/{person:str}/certificates/{certificate_id:str}/passes",
        status_code=201,
        responses=signed_in(*_PROBLEMS),
        security=SIGNED_IN,
        tags=["certificates"],
        sync_to_thread=True,
    )
    def fetch(
        request: AnyRequest, person: FromPath[str], certificate_id: FromPath[str], data: JSONBody[Days]
    ) -> AllPasses:
        """Day passes by what a certificate says: one for each key of each slot."""
        _, allowed = looked(house, request, person, NEEDED)
        certificate, at = _standing(house, allowed, certificate_id), house.clock()
        made: list[Pass] = []
        for slot in _slots(passes, data, at):
            word = word_for(certificate, passes.policy, slot.begins, at)
            if word is None:
                continue
            said = statuses(certificate.holder, word, [slot], crowd=passes.crowd, specimen=passes.specimen)
            scans = day_passes(said, signer=passes.signer, at=at)
            made += [Pass(each.begins, each.ends, word, scan) for each, scan in zip(said, scans, strict=True)]
        return AllPasses(tuple(made))

    return fetch


def _standing(house: House, allowed: Look, certificate_id: str) -> Certificate:
    """A certificate of theirs that counts. Raises `Problem` (THING_UNKNOWN, THING_GONE)."""
    with reading(house.engines.issuance) as connection:
        found = scan_of(connection, house.vault, allowed, certificate_id)
        standing = {
            each.certificate.certificate_id: each.state
            for each in revoking.standings(connection, allowed, at=house.clock())
        }
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    if standing.get(certificate_id) is not State.GOOD:
        raise Problem(Code.THING_GONE)
    content = formats.read_envelope(formats.open_scan(found.scan)).content
    if not isinstance(content, Certificate):  # a sealed twin: what it says is in the open one
        raise Problem(Code.CONTENT_REFUSED, reasons=(Reason.ISSUE_REQUEST,))
    return content


def _slots(passes: Passes, data: Days, at: datetime) -> list[Slot]:
    """Raises `Problem` (REQUEST_UNREADABLE) for a begin that is nobody's, and for what is no key."""
    offered = set(passes.slots(at))
    found = []
    for number, day in enumerate(data.slots):
        if day.begins not in offered:
            raise Problem(Code.REQUEST_UNREADABLE, place=f"$.slots[{number}].begins")
        try:
            keys = tuple(urlsafe_b64decode(key + "=" * (-len(key) % 4)) for key in day.keys)
        except ValueError:
            raise Problem(Code.REQUEST_UNREADABLE, place=f"$.slots[{number}].keys") from None
        found.append(Slot(day.begins, keys))
    return found
