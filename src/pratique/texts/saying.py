"""Sentences with their values still apart: said in any language, long after they were decided.

Saying("entry.way.test", {"test": Saying("entry.test.molecular"), "after": Moment(instant, "BKK")})
say(saying, "en")  ->  "A molecular test (PCR) sampled after 14 Mar 2021, 09:00, Bangkok time, would do."
"""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from pratique.model.ports import PORTS
from pratique.texts import sentence, utc_offset


class Moment(Struct, frozen=True):
    """An instant as the clock of a place shows it; that of its own offset where no port is named."""

    at: datetime
    port: str | None = None


class Published(Struct, frozen=True):
    """A text that somebody published, by language: it is shown as it is, in English where the language is missing."""

    texts: Mapping[str, str]


class Saying(Struct, frozen=True):
    """A key of the catalogues, and what its sentence needs."""

    key: str
    values: Mapping[str, object] = {}


def say(saying: Saying, language: str = "en") -> str:
    """The sentence. Raises `LookupError` for an unknown language or key, and for a value that it lacks."""
    values = {name: _said(value, language) for name, value in saying.values.items()}
    return sentence(saying.key, language, **values)


def published_in(texts: Mapping[str, str], language: str) -> str:
    """The language in which a text is told that somebody wrote in several: this one, else English, else any."""
    return next((each for each in (language, "en", *texts) if texts.get(each)), language)


def published(texts: Mapping[str, str], language: str) -> str:
    """A text as its publisher wrote it, in that one; empty where there is nothing."""
    return texts.get(published_in(texts, language), "")


def _said(value: object, language: str) -> str:
    match value:
        case Saying():
            return say(value, language)
        case Published():
            return published(value.texts, language)
        case Moment():
            return _moment(value, language)
        case date():
            return day(value, language)
        case tuple():
            return ", ".join(_said(each, language) for each in value)
    return str(value)


def day(on: date, language: str = "en") -> str:
    """A calendar day with its month in letters, or as Chinese has it: never 03/12, which is two days."""
    month = sentence("when.months", language).split()[on.month - 1]
    return sentence("when.day", language, day=str(on.day), month=month, year=str(on.year))


def _moment(moment: Moment, language: str) -> str:
    port = PORTS.get(moment.port or "")
    there = moment.at.astimezone(port.clock) if port else moment.at
    on, time = day(there.date(), language), f"{there:%H:%M}"
    if port is None:
        return sentence("when.offset", language, day=on, time=time, offset=utc_offset(there))
    return sentence("when.place", language, day=on, time=time, place=port.name(language))
