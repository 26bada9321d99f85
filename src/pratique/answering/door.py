"""At a door: one word by the door's policy, the same for whoever meets it in whatever way.

    scans ─ verify ─► Answer ─ at_door(policy) ─► AtDoor(word, why)

Vaccinated, tested, recovered, exempt, or with a day pass: a door learns that they may come in, and nothing of why.
"""

from enum import StrEnum
from itertools import combinations

from msgspec import Struct

from pratique.admission.proofs import payload, unique
from pratique.answering import Answer
from pratique.answering.words import Word
from pratique.bundle import Bundle
from pratique.identification import Match, same_holder
from pratique.model.certificate import Certificate
from pratique.model.journey import Leg
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.rules.personas import external
from pratique.rules.policy import Policy, Result, Setting, decide

DOORS = frozenset({Setting.LARGE_EVENT, Setting.NIGHTLIFE, Setting.SPORT, Setting.CULTURE})
"""The settings in which anybody may be asked at a door."""


class Why(StrEnum):
    """What stands behind the word: never which way of meeting the policy was taken, nor which was missing."""

    MET = "met"
    NOT_MET = "not_met"
    OPEN = "open"
    NO_POLICY = "no_policy"
    NOTHING = "nothing"
    """Nothing that was shown is established, one person's, and of a kind that a door may ask for."""


class AtDoor(Struct, frozen=True):
    """The third answer at a door."""

    word: Word
    why: Why


_NOTHING = AtDoor(Word.NOT_CHECKED, Why.NOTHING)
_MET, _NOT_MET = AtDoor(Word.YES, Why.MET), AtDoor(Word.NO, Why.NOT_MET)
_WORDS = {Result.ADMIT: _MET, Result.TEST_FIRST: _NOT_MET, Result.NOT_ADMITTED: _NOT_MET}


def policies_for(bundle: Bundle, country: str) -> tuple[Policy, ...]:
    """The policies of a country's doors in a release, in force or not yet."""
    return tuple(each for each in bundle.policies.values() if each.country == country and each.setting in DOORS)


def at_door(told: Answer, policy: Policy | None) -> AtDoor:
    """What a door's policy makes of what was shown; a day pass is its issuer's word on that already."""
    contents = [each.content for each in told.verifications]
    if told.authentic is not True:
        return _NOTHING
    passes = [each for each in contents if isinstance(each, Status) and each.kind is StatusKind.DAY_PASS]
    if passes and len(passes) == len(contents):
        return _MET if all(each.word is StatusWord.ADMITTED for each in passes) else _NOT_MET
    certificates = [each for each in contents if isinstance(each, Certificate)]
    if len(certificates) < len(contents) or not _of_one_person(certificates):
        return _NOTHING
    if policy is None or not policy.in_force(told.at):
        return AtDoor(Word.NOT_CHECKED, Why.NO_POLICY)
    claims = unique([claim for each in certificates for claim in each.claims])
    asked = payload(certificates[0].holder, claims, Leg(policy.country, told.at))
    branch = decide(policy, asked, external(policy, told.at)).branch
    undecided = AtDoor(Word.CHECK, Why.OPEN)
    return _WORDS.get(Result(branch.result), undecided) if branch is not None else undecided


def _of_one_person(certificates: list[Certificate]) -> bool:
    pairs = combinations([each.holder for each in certificates], 2)
    return all(same_holder(one, other) in (Match.EXACT, Match.EQUIVALENT) for one, other in pairs)
