"""What a holder reads of a recall: the same words for whoever decides it, and for whoever it reaches."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Look
from pratique.authority.issuance import recalling
from pratique.web.words import Words


class Notice(Struct, frozen=True):
    """A notice: why, from when on, and what can be done."""

    title: str
    text: str
    next: str


def notice(
    say: Words, *, facility: str, ground: str, effective: datetime, at: datetime, proved: bool = False
) -> Notice:
    """What a holder is told at `at` of a recall that takes effect at `effective`."""
    why = say("recall.notice.text", facility=facility, ground=say(f"joint.ground.{ground}"))
    when = say("recall.notice.until" if at < effective else "recall.notice.since", effective=say.instant(effective))
    if proved:
        return Notice(say("recall.notice.title"), why, say("recall.notice.proved"))
    text = say("sentences", first=why, second=when)
    return Notice(say("recall.notice.title"), text, say("recall.notice.prove") if at < effective else "")


def notices(connection: Connection, look: Look, say: Words, *, at: datetime) -> Sequence[Notice]:
    """Those of the person looked at, one for each recall. Raises `AccessRefused`."""
    each_once = {(each.recall_id, each.proved): each for each in recalling.notices(connection, look)}
    return [
        notice(say, facility=each.facility, ground=each.ground, effective=each.effective, at=at, proved=each.proved)
        for each in each_once.values()
    ]
