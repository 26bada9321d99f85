"""When a face alone may issue: in rehearsals, and elsewhere once it was examined what that does to people.

Without such evidence every match is decided by people, and nobody is refused for it. What was recorded is the word of
the operator: this room checks that it is complete, of this model and not out of date, and not that it is true.
"""

from datetime import date, datetime, timedelta

from msgspec import Struct

from pratique.model.errors import FaceOnlyRefused
from pratique.model.reasons import Reason
from pratique.trust.keys import Environment

COUNTS_FOR = timedelta(days=2 * 365)
"""After which an examination has to be made anew: attacks become better, and people others."""


class Recorded(Struct, frozen=True, forbid_unknown_fields=True):
    """An examination: the day it was concluded, and where it can be read."""

    day: date
    reference: str


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator recorded about signing people up by the matcher `model`; None for what was not done."""

    model: str
    attack_test: Recorded | None = None
    """A presentation-attack test in the manner of ISO/IEC 30107-3, with instruments before the camera."""
    groups: Recorded | None = None
    """Both error rates for each group of people by sex, age and skin, on photographs of those who sign up."""
    impact: Recorded | None = None
    """A data protection impact assessment (GDPR, article 35)."""


class Instant(Struct, frozen=True):
    """That a match of face and portrait issues at once. Made by `face_only`, and for rehearsals."""

    environment: Environment
    last: date | None = None
    """The last day on which what was recorded counts; None for rehearsals, which need nothing."""

    def holds(self, at: datetime) -> bool:
        """Whether a match issues at `at`: a sign-up that runs for weeks outlives an examination."""
        return self.last is None or at.date() <= self.last


REHEARSAL = Instant(Environment.SANDBOX)


def missing(evidence: Evidence | None, *, model: str, at: datetime) -> tuple[str, ...]:
    """What is missing at `at`, by field: `model` where the evidence is about another one, then all of it is."""
    if evidence is None or evidence.model != model:
        return ("model", "attack_test", "groups", "impact")
    fields = {"attack_test": evidence.attack_test, "groups": evidence.groups, "impact": evidence.impact}
    return tuple(name for name, recorded in fields.items() if not _counts(recorded, at))


def face_only(environment: Environment, evidence: Evidence | None, *, model: str, at: datetime) -> Instant:
    """Let a match issue at once. Raises `FaceOnlyRefused` (FACE_EVIDENCE) outside the sandbox without the evidence."""
    if environment is Environment.SANDBOX:
        return Instant(environment)
    if lacking := missing(evidence, model=model, at=at):
        raise FaceOnlyRefused(Reason.FACE_EVIDENCE, detail=", ".join(lacking))
    recorded = (evidence.attack_test, evidence.groups, evidence.impact) if evidence else ()
    return Instant(environment, min(each.day for each in recorded if each) + COUNTS_FOR)


def _counts(recorded: Recorded | None, at: datetime) -> bool:
    if recorded is None or not recorded.reference.strip():
        return False
    return recorded.day <= at.date() <= recorded.day + COUNTS_FOR
