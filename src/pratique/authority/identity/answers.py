"""What an enrolment answers: to the page, to the officer at a desk, and to the house."""

from datetime import datetime
from enum import StrEnum
from random import Random

from msgspec import Struct

from pratique.authority.identity.document import Document
from pratique.authority.identity.liveness import Challenge, Refusal, Step
from pratique.authority.identity.quality import Hint
from pratique.authority.identity.registry import Identified
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of a desk code: none that is read as another."""


def new_desk_code(random: Random) -> str:
    """Eight letters by which a desk finds a case."""
    return as_desk_code("".join(random.choice(_LETTERS) for _ in range(8)))


def as_desk_code(typed: str) -> str:
    """A desk code as it is written, however it was typed."""
    letters = "".join(character for character in typed.upper() if character in _LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


class Cause(StrEnum):
    """Why an enrolment ended at a desk; for the officer there, and never for the page."""

    NO_MATCH = "no_match"
    INCONCLUSIVE = "inconclusive"
    UNKNOWN_DOCUMENT = "unknown_document"
    CHILD = "child"
    NO_REFERENCE = "no_reference"
    """There is no face in the registered portrait."""
    NOT_LIVELY = "not_lively"
    """The challenge was not completed, or not by one face."""
    NOT_SEEN = "not_seen"
    """No matcher is installed: a person decides."""
    DECLINED = "declined"
    """The person did not want, or was not able, to use the camera."""
    LIMIT = "limit"
    NOT_INSTANT = "not_instant"
    """It is the portrait's face, and no face issues alone here: two officers decide."""


class Assurance(StrEnum):
    """How it was established who the holder is."""

    FACE = "face"
    """A match with the portrait, and basic challenge-response."""
    REVIEW = "review"
    """Two officers compared a picture with the portrait."""
    DESK = "desk"
    """People at a desk saw them."""
    CLINIC = "clinic"
    """A clinic that saw them gave them a code on paper."""
    PASSKEY = "passkey"
    """They came back with a passkey that they made when it was established before."""
    DEVICE = "device"
    """They came back with a code that they made themselves on another device."""
    PROXY = "proxy"
    """Whoever acts for them was established."""


class Started(Struct, frozen=True):
    """An enrolment under way. `session` is a secret of the page that began it."""

    session: str
    challenge: Challenge
    tries_left: int


class Seen(Struct, frozen=True):
    """What the page is told of a frame, which depends on the pictures alone.

    `asked` is what the person is to do now, None when all is done; `done` of `steps` movements were made. When `over`,
    the challenge cannot be completed any more and `again` gives another one.
    """

    asked: Step | None
    done: int
    steps: int
    hint: Hint | None = None
    over: bool = False

    @property
    def complete(self) -> bool:
        """Whether it is time to `finish`."""
        return self.asked is None and not self.over


class NotConfirmed(Struct, frozen=True):
    """The one answer to everything that is not a match. `desk_code` lets a person take over where this ended.

    It is empty for whoever goes on asking long after the day's tries were used up.
    """

    desk_code: str
    tries_left: int


class TryLater(Struct, frozen=True):
    """Too many people at once."""

    seconds: int


class Gone(Struct, frozen=True):
    """There is no such session, or its challenge is used up: begin anew."""


class Holder(Struct, frozen=True):
    """A person of whom it was established who they are, until `until`. `token` is a secret of their page."""

    token: str
    person_id: str
    zone: MachineReadableZone | None
    name: Name
    birth_date: PartialDate | None
    assurance: Assurance
    since: datetime
    until: datetime
    subject_id: str | None = None

    @classmethod
    def of(cls, who: Identified, assurance: Assurance, *, token: str, at: datetime, until: datetime) -> "Holder":
        """The holder that somebody is from `at` until `until`."""
        return cls(token, who.person_id, who.zone, who.name, who.birth_date, assurance, at, until, who.subject_id)


class Case(Struct, frozen=True):
    """What a desk code stands for. `registered`, without the portrait: None where no passport has what was stated."""

    cause: Cause
    refusals: frozenset[Refusal]
    registered: Identified | None
    at: datetime
    until: datetime
    stated: Document
