"""The steps of an enrolment, each taking the value of the step before.

    begin(document) ─► Started ─ frame(picture) ─► Seen ─► … ─ finish ─► Holder | NotConfirmed

Whoever asks learns nothing of who is registered: a passport that nobody holds, a face that is not the portrait's, a
doubtful one, a child and a face that was swapped all get `NotConfirmed`, after the same calls on the same matcher. For
an unknown passport those are made with a picture in which nobody is.

A number whose tries are used up is told of to `locked`, known or not, so that its holder hears of it.

Sessions are kept in the memory of one process, so that one process serves the sign-up; frames are not kept at all.
"""

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from datetime import date, datetime, timedelta
from random import Random, SystemRandom
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from pratique.authority.identity import liveness
from pratique.authority.identity.answers import (
    Assurance,
    Case,
    Cause,
    Gone,
    Holder,
    NotConfirmed,
    Seen,
    Started,
    TryLater,
    as_desk_code,
    new_desk_code,
)
from pratique.authority.identity.document import Document, read
from pratique.authority.identity.instant import REHEARSAL, Instant
from pratique.authority.identity.limits import Counts, Limits, Source
from pratique.authority.identity.liveness import Progress, Refusal
from pratique.authority.identity.matching import FaceMatcher, Match, NotSeen, Template
from pratique.authority.identity.quality import Hint
from pratique.authority.identity.registry import Identified, Registered, Registry

MAX_FRAME = 1_500_000
"""Bytes of a frame: a JPEG of 1280 by 960 pixels has under 400 000."""
SESSION_LASTS = timedelta(minutes=15)
HOLDER_LASTS = timedelta(minutes=15)
CASE_LASTS = timedelta(days=7)
"""Until when a desk finds what its code stands for; later the person begins there anew and loses nothing."""
MOST_SESSIONS = 2_000
"""At a time, each of a few hundred kilobytes at most."""
MOST_CASES = 50_000
MOST_DIGESTS = 100_000
"""Digests of frames by which a replay is known: those of about two thousand challenges."""
MOST_WAITING = 3
"""Frames of one session that may wait for the matcher; a page that sends faster loses some."""
MOST_WAITING_OF_ALL = 64
"""Of everybody: 96 MB, and on two cores as many as are judged in about five seconds."""
ADULT = 18
"""Years. Children's faces change faster than their passports, and the model is known to be weaker on them."""


class Locked(Protocol):
    """Keeps that a passport's tries are used up, whether anybody has it or not (`store.locks.note`)."""

    def __call__(self, number: str, *, at: datetime) -> None: ...


class _Stated(Struct, frozen=True):
    """What was stated, whence, and whose passport that is."""

    source: Source
    document: Document
    registered: Registered | None


class _Session:
    """An enrolment between two requests."""

    def __init__(self, who: _Stated, reference: asyncio.Task[Template | None], until: datetime) -> None:
        self.who = who
        self.reference = reference
        self.until = until
        self.progress: Progress | None = None
        self.lock = asyncio.Lock()
        self.waiting = 0
        self.unseen = False


class Enrolments:
    """Everybody who is signing up at the moment. `random` makes challenges, tokens and codes."""

    def __init__(
        self,
        registry: Registry,
        matcher: FaceMatcher,
        *,
        limits: Limits = Limits(),  # noqa: B008  (a frozen value)
        random: Random | None = None,
        instant: Instant | None = REHEARSAL,
        locked: Locked | None = None,
    ) -> None:
        """`instant` says that a match issues at once (`instant.face_only`); None leaves every match to people.

        Without `locked` nobody is told that a passport was tried too often: in a register that is no store.
        """
        self.instant = instant
        self._locked = locked
        self._registry = registry
        self._matcher = matcher
        self._random = random or SystemRandom()
        self._key = self._random.randbytes(32)
        self._attempts = Counts(limits.attempts, self._key)
        self._challenges = Counts(limits.challenges, self._key)
        self._used_up = Counts(limits.challenges, self._key)
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._holders: OrderedDict[str, Holder] = OrderedDict()
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._digests: OrderedDict[bytes, None] = OrderedDict()
        self._waiting = 0

    # 1. the passport

    async def begin(
        self, document: Document | str, *, device: str, network: str, at: datetime
    ) -> Started | NotConfirmed | TryLater:
        """Begin with a passport as its holder states it; `device` and `network` are whatever tells them apart.

        The portrait's template is computed from now on, so that it is ready before the last frame. Raises
        `MalformedDocument` for what cannot be a passport, which says nothing about whether it is known.
        """
        stated = read(document) if isinstance(document, str) else document
        source = self._attempts.source(stated.number, device, network)
        self._forget(at)
        registered = self._registry.find(stated)
        if not self._allowed(source, at):
            return await self._too_often(_Stated(source, stated, registered), at)
        if len(self._sessions) >= MOST_SESSIONS:
            return TryLater(seconds=30)
        portrait = registered.portrait if registered and _is_adult(registered, at) else self._matcher.decoy
        reference = asyncio.create_task(self._matcher.reference(portrait))
        session = self._random.randbytes(16).hex()
        begun = self._sessions[session] = _Session(_Stated(source, stated, registered), reference, at + SESSION_LASTS)
        return self._challenge(session, begun, at)

    async def again(self, session: str, *, at: datetime) -> Started | NotConfirmed | Gone:
        """Another challenge in the same session: after `NotConfirmed`, or, which costs nothing, when time ran out."""
        found = self._session(session, at)
        if found is None:
            return Gone()
        async with found.lock:  # a frame of the last challenge may still be looked at
            if not self._allowed(found.who.source, at):
                self._end(session)
                return await self._too_often(found.who, at)
            return self._challenge(session, found, at)

    # 2. the camera

    async def frame(self, session: str, picture: bytes, *, nonce: str, number: int, at: datetime) -> Seen | Gone:
        """Judge one frame (JPEG, not mirrored) as it arrives: `number` counts up within the challenge `nonce`."""
        found = self._session(session, at)
        if found is None or found.progress is None:
            return Gone()
        if found.waiting >= MOST_WAITING or self._waiting >= MOST_WAITING_OF_ALL:
            return _seen(found.progress, unseen=found.unseen)
        found.waiting += 1
        self._waiting += 1
        try:
            async with found.lock:
                return await self._frame(found, picture, nonce, number, at)
        finally:
            found.waiting -= 1
            self._waiting -= 1

    async def _frame(self, session: _Session, picture: bytes, nonce: str, number: int, at: datetime) -> Seen | Gone:
        progress = session.progress
        if progress is None:
            return Gone()
        digest = hmac.digest(self._key, picture, hashlib.sha256)[:16]
        if session.unseen or progress.over or progress.complete:
            self._remember(digest)
            return _seen(progress, unseen=session.unseen)
        arrived = self._arrive(progress, digest, nonce, number, at)
        if isinstance(arrived, Refusal):
            session.progress = replace(progress.refuse(arrived), frames=progress.frames + 1)
            return _seen(session.progress)
        try:
            finding = await self._matcher.look(picture) if len(picture) <= MAX_FRAME else None
        except NotSeen:
            session.unseen = True
            return _seen(progress, unseen=True)
        sight = liveness.see(replace(arrived, frames=arrived.frames + 1), finding)
        session.progress = sight.progress
        if sight.face is not None:
            session.progress = liveness.bind(sight, await self._matcher.template(sight.face))
        return _seen(session.progress, sight.hint)

    def _arrive(self, progress: Progress, digest: bytes, nonce: str, number: int, at: datetime) -> Progress | Refusal:
        if not hmac.compare_digest(nonce.encode(), progress.challenge.nonce.encode()):
            return Refusal.REPLAYED
        if digest in self._digests and digest not in progress.digests:
            return Refusal.REPLAYED
        self._remember(digest)
        return liveness.arrive(progress, number=number, digest=digest, at=at)

    # 3. the match

    async def finish(self, session: str, *, at: datetime) -> Holder | NotConfirmed | Gone:
        """Compare the face with the portrait. A challenge is used up by it, whatever comes out."""
        found = self._session(session, at)
        if found is None:
            return Gone()
        async with found.lock:
            progress, found.progress = found.progress, None
            if progress is None:
                return Gone()
            if not self._attempts.left(found.who.source, at=at):  # used up meanwhile in other sessions
                return await self._not_confirmed(Cause.LIMIT, found.who, at=at)
            self._attempts.add(found.who.source, at=at)
            reference = await found.reference
            comparison = self._matcher.compare(reference, progress.probe) if progress.probe else None
        cause = _cause(found, progress, comparison.match if comparison else None, reference, at)
        if cause is None and not (self.instant and self.instant.holds(at)):
            cause = Cause.NOT_INSTANT
        if cause is None and found.who.registered is not None:
            self._end(session)
            return self.admit(Identified.of(found.who.registered), Assurance.FACE, at=at)
        refusals = progress.refusals if progress.complete else progress.refusals | {Refusal.INCOMPLETE}
        return await self._not_confirmed(cause or Cause.UNKNOWN_DOCUMENT, found.who, refusals, at=at)

    # other ways

    async def decline(self, session: str, *, at: datetime) -> NotConfirmed | Gone:
        """The person goes on without the camera, at a desk; nothing is counted and nothing lost."""
        found = self._session(session, at)
        if found is None:
            return Gone()
        self._end(session)
        return await self._not_confirmed(Cause.DECLINED, found.who, at=at)

    def case(self, desk_code: str, *, at: datetime) -> Case | None:
        """What an officer at a desk is told of a code; spaces, hyphens and lower case are tolerated."""
        case = self._cases.get(as_desk_code(desk_code))
        return case if case is not None and at < case.until else None

    def handed_over(self, desk_code: str) -> None:
        """A case is kept elsewhere, sealed, from where a desk takes it: it need not be in memory for a week."""
        self._cases.pop(as_desk_code(desk_code), None)

    def confirm(self, desk_code: str, *, at: datetime) -> Holder | None:
        """An officer at a desk saw the person and the passport; None where no registered passport was stated.

        Whoever calls it has made sure that an officer does; the code is used up.
        """
        case = self.case(desk_code, at=at)
        if case is None or case.registered is None:
            return None
        del self._cases[as_desk_code(desk_code)]
        return self.admit(case.registered, Assurance.DESK, at=at)

    def admit(self, who: Identified, assurance: Assurance, *, at: datetime) -> Holder:
        """Let somebody in of whom it was established in another way who they are: two officers, a clinic, a passkey.

        Whoever calls it has made sure of that.
        """
        self._forget(at)
        token = self._random.randbytes(16).hex()
        holder = self._holders[token] = Holder.of(who, assurance, token=token, at=at, until=at + HOLDER_LASTS)
        return holder

    def holder(self, token: str, *, at: datetime) -> Holder | None:
        """The holder whose page sends `token`, while the session lasts."""
        holder = self._holders.get(token)
        return holder if holder is not None and at < holder.until else None

    def sign_out(self, token: str) -> None:
        """End a holder's session."""
        self._holders.pop(token, None)

    # inside

    def _allowed(self, source: Source, at: datetime) -> bool:
        return self._attempts.left(source, at=at) > 0 and self._challenges.left(source, at=at) > 0

    async def _too_often(self, who: _Stated, at: datetime) -> NotConfirmed:
        """The day's tries are used up. As many cases are made of that as challenges may be asked for: each is kept."""
        if not self._used_up.left(who.source, at=at):
            return NotConfirmed("", self._attempts.left(who.source, at=at))
        self._used_up.add(who.source, at=at)
        return await self._not_confirmed(Cause.LIMIT, who, at=at)

    def _challenge(self, name: str, session: _Session, at: datetime) -> Started:
        self._challenges.add(session.who.source, at=at)
        challenge = liveness.issue(self._random, at=at)
        session.progress = Progress(challenge=challenge)
        session.unseen = False
        return Started(name, challenge, self._attempts.left(session.who.source, at=at))

    def _session(self, name: str, at: datetime) -> _Session | None:
        self._forget(at)
        return self._sessions.get(name)

    def _end(self, name: str) -> None:
        session = self._sessions.pop(name, None)
        if session is not None:
            session.progress = None
            session.reference.cancel()

    def forget(self, *, at: datetime) -> int:
        """Let go of all whose time is over, which every step does as well; how many sessions, holders, cases are left.

        To be called now and then, since in a quiet hour nobody else would.
        """
        self._forget(at)
        return len(self._sessions) + len(self._holders) + len(self._cases)

    def _forget(self, at: datetime) -> None:
        """Sessions, holders and cases last equally long each, so that the oldest of them come first."""
        while self._sessions and next(iter(self._sessions.values())).until <= at:
            self._end(next(iter(self._sessions)))
        while self._holders and next(iter(self._holders.values())).until <= at:
            self._holders.popitem(last=False)
        while self._cases and (next(iter(self._cases.values())).until <= at or len(self._cases) > MOST_CASES):
            self._cases.popitem(last=False)

    def _remember(self, digest: bytes) -> None:
        self._digests[digest] = None
        while len(self._digests) > MOST_DIGESTS:
            self._digests.popitem(last=False)

    async def _not_confirmed(
        self,
        cause: Cause,
        who: _Stated,
        refusals: frozenset[Refusal] = frozenset(),
        *,
        at: datetime,
    ) -> NotConfirmed:
        code = new_desk_code(self._random)
        registered = Identified.of(who.registered) if who.registered is not None else None
        self._cases[code] = Case(cause, refusals, registered, at, at + CASE_LASTS, who.document)
        used_up = any(each.locked(who.source, at=at) for each in (self._attempts, self._challenges))
        if used_up and self._locked is not None:
            await asyncio.to_thread(self._locked, who.document.number, at=at)
        return NotConfirmed(code, self._attempts.left(who.source, at=at))


def _seen(progress: Progress, hint: Hint | None = None, *, unseen: bool = False) -> Seen:
    """What may be told; where nobody looks, nothing more is asked and a person decides."""
    steps = len(progress.challenge.steps)
    if unseen:
        return Seen(None, steps, steps)
    return Seen(progress.asked, progress.done, steps, hint, progress.over)


def _cause(
    session: _Session, progress: Progress, match: Match | None, reference: Template | None, at: datetime
) -> Cause | None:
    """Why it is no holder; None if it is one."""
    registered = session.who.registered
    judged = (
        (registered is None, Cause.UNKNOWN_DOCUMENT),
        (registered is not None and not _is_adult(registered, at), Cause.CHILD),
        (session.unseen, Cause.NOT_SEEN),
        (not progress.lively, Cause.NOT_LIVELY),
        (reference is None, Cause.NO_REFERENCE),
        (match is Match.NO_MATCH, Cause.NO_MATCH),
        (match is not Match.MATCH, Cause.INCONCLUSIVE),
    )
    return next((cause for holds, cause in judged if holds), None)


def _is_adult(registered: Registered, at: datetime) -> bool:
    """Whether the person is surely of age at `at`; without a birth date they are helped at a desk, as a child is."""
    if registered.birth_date is None:
        return False
    last = registered.birth_date.last
    birthday = date(last.year + ADULT, last.month, 28 if (last.month, last.day) == (2, 29) else last.day)
    return at.date() >= birthday
