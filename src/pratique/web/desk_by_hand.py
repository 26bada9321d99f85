"""A code set by hand, at the desk: an official asks with a facility's signed record, one of another office sets it.

    /by-hand ─ document, record, colour ─► waits, for a day ─ /by-hand/… ─ document again ─► set, and its holder is told

One person, one record, one form: there is no list to send. Whoever does not agree does nothing, and it lapses.
"""

from datetime import timedelta

from litestar import Response

from pratique.authority.access import Account
from pratique.authority.status import assigning
from pratique.authority.store.status import Waits
from pratique.colour import Colour
from pratique.model.errors import StatusRefused
from pratique.model.reasons import Reason
from pratique.web import cards, desk_proposed
from pratique.web.desk import Page
from pratique.web.desk_joint import Line
from pratique.web.desk_people import named
from pratique.web.desk_proposed import Work
from pratique.web.forms import Fault, Form, told
from pratique.web.holder import word_of
from pratique.web.pages import AnyRequest
from pratique.web.pictured import pictured
from pratique.web.problems import language_of
from pratique.web.words import Words, words

COLOURS = (Colour.YELLOW, Colour.RED)
HOURS = (24, 48, 72)
MAX_RECORD = 10_000_000
"""Octets: a picture of a telephone's camera."""
TYPED = ("country", "number", "born", "record", "colour", "hours")


def room(work: Work) -> Page:
    """What waits, and what can be proposed."""
    return desk_proposed.room(
        work, assigning.CAUSES, title="byhand.title", path="/by-hand", largest=MAX_RECORD,
        listed=_listed, propose=_propose, shown=_shown, confirm=_set,
    )  # fmt: skip


def _listed(work: Work, request: AnyRequest, account: Account, form: Form, *faults: Fault) -> Response[str]:
    say = words(language_of(request))
    return work.desk.page(
        request,
        "desk/by_hand.html",
        status=422 if faults else 200,
        waiting=work.rows(account, assigning.CAUSES, say),
        typed={name: form[name] for name in TYPED},
        colours=[(each.value, word_of(each, say.language)) for each in COLOURS],
        faults=faults,
        done=bool(request.query_params.get("done")),
    )


def _propose(work: Work, account: Account, form: Form, say: Words) -> str | Fault:
    """The proposal's id, or what is wrong."""
    scans, faults = pictured(form, say)
    if faults:
        return faults[0]
    records = [*form.all("record"), *scans]
    if len(records) > 1 or len(form.all("number")) > 1:
        return Fault("record", told(Reason.STATUS_BULK, say))
    if not records:
        return Fault("record", say("byhand.record.missing"))
    if form["colour"] not in COLOURS:
        return Fault("colour", say("byhand.colour.missing"))
    house, at = work.desk.house, work.desk.clock()
    person = named(work.engine, house.vault, form)
    if person is None:
        return Fault("number", say("paper.unknown"))
    colour, (scan,) = Colour(form["colour"]), records
    try:
        made = assigning.propose(
            work.engine, house.vault, account, person, scan, facilities=work.facilities, at=at, colour=colour
        )
    except StatusRefused as refusal:
        return Fault("record", told(refusal.reasons[0], say))
    return made.proposal_id


def _shown(work: Work, request: AnyRequest, account: Account, key: str, form: Form, *faults: Fault) -> Response[str]:
    waits, say = work.one(account, assigning.CAUSES, key), words(language_of(request))
    typed = {name: form[name] for name in TYPED}
    return desk_proposed.page_of(
        work, request, account, waits, "desk/by_hand_one.html", *faults,
        read=lambda: _lines(work, account, waits, say), hours=HOURS, typed=typed,
    )  # fmt: skip


def _lines(work: Work, account: Account, waits: Waits, say: Words) -> list[Line]:
    """What the signed record tells; the look at it stands in the person's list."""
    at, vault = work.desk.clock(), work.desk.house.vault
    found = assigning.read(
        work.engine, vault, account, waits.person_id, waits.proposal_id, facilities=work.facilities, at=at
    )  # fmt: skip
    test = cards.line(found.test, say)
    return [
        Line("counts.colour", word_of(Colour(found.proposal.colour), say.language)),
        Line("byhand.test", say.listed(test.what, test.outcome, test.more)),
        Line("issuer", found.test.issuer),
    ]


def _set(work: Work, account: Account, key: str, form: Form, say: Words) -> Fault | None:
    waits, house, at = work.one(account, assigning.CAUSES, key), work.desk.house, work.desk.clock()
    if form["hours"] not in map(str, HOURS):
        return Fault("hours", say("byhand.hours.missing"))
    person = named(work.engine, house.vault, form)
    if person is None:
        return Fault("number", say("paper.unknown"))
    if person.person_id != waits.person_id:
        return Fault("number", say("byhand.another"))
    lasts = timedelta(hours=int(form["hours"]))
    try:
        assigning.approve(
            work.engine, house.vault, account, person, key, facilities=work.facilities, at=at, lasts=lasts
        )  # fmt: skip
    except StatusRefused as refusal:
        return Fault("number", told(refusal.reasons[0], say))
    return None
