"""Who is on their way through the sign-up: in memory, for a quarter of an hour, each for one browser alone."""

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from pratique.authority.identity.answers import NotConfirmed
from pratique.authority.identity.liveness import Challenge
from pratique.web.holding import Held
from pratique.web.problems import Code, Problem

DEVICE = "device"
"""The cookie by which a browser is known again: random, and nothing but the visits is kept under it."""
LASTS = timedelta(minutes=15)
LONGEST = timedelta(hours=2)
"""From when somebody came: a look at what is kept of them takes longer than a sign-up, and ends all the same."""
MOST = 2_000
"""At a time; the oldest is forgotten for a newer one, and its visitor begins again."""


class Visit:
    """One passport before one camera, or another way in, and what came of it. `name` is a secret of its page."""

    def __init__(self, name: str, device: str, at: datetime, challenge: Challenge | None) -> None:
        self.name = name
        self.device = device
        self.last = at + LONGEST
        self.until = at + LASTS
        self.challenge = challenge
        self.played: Sequence[bytes] = ()
        """Pictures of the specimen camera for this challenge."""
        self.outcome: NotConfirmed | Held | None = None
        self.chosen: Held | None = None
        """What the holder chose of it, to show instead."""
        self.planned: int | None = None
        """The release by which a trip was planned here last: its number, and nothing of the trip."""
        self.subject_id: str | None = None
        """Who the holder is in the store, for pages about their own passkeys; None where somebody acts for them."""
        self.acting: tuple[str, str] | None = None
        """Where somebody acts for another: who acts, and for whom."""
        self.waiting: str | None = None
        """The secret of the page of a case that people decide."""
        self.sent = 0.0
        """When the last picture had arrived, by a clock that only counts seconds."""


class Visits:
    """Every visit there is."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def add(self, name: str, *, device: str, challenge: Challenge | None, at: datetime) -> Visit:
        """A new visit, which this browser alone will find."""
        self._forget(at)
        visit = self._visits[name] = Visit(name, device, at, challenge)
        return visit

    def find(self, name: str, *, device: str | None, at: datetime) -> Visit:
        """The visit. Raises `Problem` (SESSION_UNKNOWN) where there is none, or it is another browser's."""
        self._forget(at)
        visit = self._visits.get(name)
        if visit is None or not hmac.compare_digest(visit.device.encode(), (device or "").encode()):
            raise Problem(Code.SESSION_UNKNOWN)
        return visit

    def newest(self, *, device: str | None, at: datetime) -> Visit | None:
        """The visit in which this browser came last as somebody whom the store knows, which it prolongs."""
        self._forget(at)
        for visit in reversed(list(self._visits.values())):
            known = visit.subject_id is not None or visit.acting is not None
            if known and hmac.compare_digest(visit.device.encode(), (device or "").encode()):
                visit.until = min(at + LASTS, visit.last)
                return visit
        return None

    def own(self, subject_id: str, *, device: str | None, at: datetime) -> Visit | None:
        """The newest visit in which this browser came as this very person."""
        self._forget(at)
        for visit in reversed(list(self._visits.values())):
            if visit.subject_id == subject_id and hmac.compare_digest(visit.device.encode(), (device or "").encode()):
                return visit
        return None

    def leave(self, *, device: str | None) -> int:
        """End every visit of a browser; how many there were."""
        mine = [name for name, visit in self._visits.items() if visit.device == device]
        for name in mine:
            self.remove(name)
        return len(mine)

    def end(self, subject_id: str, ward: str | None = None) -> None:
        """End every visit of a person, on whatever device; with `ward` those alone in which they act for that one."""
        for name, visit in list(self._visits.items()):
            acts = visit.acting is not None and visit.acting[0] == subject_id and ward in (None, visit.acting[1])
            if acts or (ward is None and visit.subject_id == subject_id):
                self.remove(name)

    def remove(self, name: str) -> None:
        """End a visit."""
        self._visits.pop(name, None)

    def forget(self, *, at: datetime) -> int:
        """Let go of all whose time is over; how many are left. To be called now and then, as every step does it too."""
        self._forget(at)
        return len(self._visits)

    def _forget(self, at: datetime) -> None:
        for name in [name for name, visit in list(self._visits.items()) if visit.until <= at]:
            self._visits.pop(name, None)
        while len(self._visits) >= MOST:
            self._visits.popitem(last=False)
