"""Local health codes and what their colours mean, as tables; whatever no table knows is for a person to look at.

A local government keeps its own app and its own words. Between two of them stands the national meaning: a word is read
as one (`to_national`), and said again in another's words (`to_local`). In one system no two words mean the same, so the
way there and back is the way it came; where a system has no word for a meaning, the answer is *review*, never a guess
and never a worse colour.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class National(StrEnum):
    """What a colour says, finer than any one system's colours. It says nothing of why, or for how long."""

    NORMAL = "normal"
    CHECK = "check"
    """Something to be measured again, such as a temperature; nothing is established."""
    HOME_OBSERVATION = "home_observation"
    OBSERVATION = "observation"
    """In a facility, or as a contact."""
    TEST_AWAITED = "test_awaited"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    ABSENT = "absent"
    """There is no code."""
    REVIEW = "review"
    """No table knows; a person decides, and until then nothing follows from it."""


_SYSTEMS: dict[str, dict[str, National]] = {
    "three-colours": {"green": National.NORMAL, "yellow": National.HOME_OBSERVATION, "red": National.CONFIRMED},
    "four-colours": {
        "green": National.NORMAL,
        "yellow": National.CHECK,
        "orange": National.OBSERVATION,
        "red": National.CONFIRMED,
    },
    "four-colours-grey": {
        "green": National.NORMAL,
        "yellow": National.HOME_OBSERVATION,
        "red": National.CONFIRMED,
        "grey": National.EXPIRED,
    },
    "five-colours-blue": {
        "green": National.NORMAL,
        "yellow": National.HOME_OBSERVATION,
        "orange": National.OBSERVATION,
        "red": National.CONFIRMED,
        "blue": National.TEST_AWAITED,
    },
    "three-words": {
        "未见异常": National.NORMAL,
        "居家观察": National.HOME_OBSERVATION,
        "集中观察": National.OBSERVATION,
    },
    "numbers": {
        "1": National.NORMAL,
        "2": National.HOME_OBSERVATION,
        "3": National.CONFIRMED,
        "4": National.EXPIRED,
        "5": National.ABSENT,
        "6": National.REVIEW,
        "7": National.REVIEW,
    },
    "normal-or-not": {"0": National.NORMAL, "1": National.REVIEW, "2": National.REVIEW},
    "national": {meaning.value: meaning for meaning in National},
}
SYSTEMS: Mapping[str, Mapping[str, National]] = MappingProxyType(
    {name: MappingProxyType(words) for name, words in _SYSTEMS.items()}
)
"""Vocabularies in use, by what they look like; a city's app names one of them. `numbers` are seven states of which two
say that the check failed; `normal-or-not` has an *abnormal* that says nothing more, so that nothing follows from it."""


class Recognition(StrEnum):
    """The four ways in which regions recognised each other's codes."""

    SHARE = "share"
    """The local code stays as it is, and is read beside its national meaning."""
    CONVERT = "convert"
    """It is said in the destination's words, by way of the national meaning."""
    NATIONAL = "national"
    """The destination has no code of its own and reads the national meaning."""
    ONE_PER_PROVINCE = "one_per_province"
    """A city's code becomes its province's, and another province reads that."""


class Shown(Struct, frozen=True):
    """A code as a destination reads it: the word, of which system, and what it means. No word is *review*."""

    system: str
    word: str | None
    meaning: National

    @property
    def review(self) -> bool:
        """Whether a person has to look at it."""
        return self.word is None or self.meaning is National.REVIEW


def to_national(system: str, word: str) -> National:
    """What a word of a system means; `REVIEW` for a word or a system that no table knows."""
    return SYSTEMS.get(system, {}).get(word, National.REVIEW)


def to_local(meaning: National, system: str) -> str | None:
    """The word of a system for a meaning; None where it has none, which is *review*."""
    if meaning is National.REVIEW:
        return None
    return next((word for word, means in SYSTEMS.get(system, {}).items() if means is meaning), None)


def recognise(system: str, word: str, way: Recognition, *, destination: str, province: str | None = None) -> Shown:
    """How a code is read elsewhere. `destination` is the vocabulary there, `province` that of the city's province."""
    meaning = to_national(system, word)
    match way:
        case Recognition.SHARE:
            return Shown(system, word if meaning is not National.REVIEW else None, meaning)
        case Recognition.NATIONAL:
            return Shown("national", meaning.value, meaning)
        case Recognition.CONVERT:
            return Shown(destination, to_local(meaning, destination), meaning)
        case Recognition.ONE_PER_PROVINCE:
            own = to_local(meaning, province or system)
            kept = to_national(province or system, own) if own is not None else National.REVIEW
            return Shown(destination, to_local(kept, destination), kept)
