"""A page's words in one language: its own catalogue, that of paper for what is said of claims, and that of reasons."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from pratique import texts
from pratique.model.dates import PartialDate
from pratique.model.reasons import Reason
from pratique.texts import LANGUAGES
from pratique.texts.saying import published, published_in


class Words:
    """What is said in one language; called with a key and the values that its text needs."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = {**texts.catalogue("paper", language), **texts.catalogue("web", language)}

    def __call__(self, key: str, **values: object) -> str:
        """The text under `key`. Raises `LookupError` for an unknown key, and for a value that the text lacks."""
        text = self._texts[key]
        return texts.filled(text, self.language, values) if "{" in text else text

    def pattern(self, key: str) -> str:
        """The text under `key` with the places of its values, `{name}`, left for a script to fill."""
        return self._texts[key]

    def why(self, reason: Reason) -> texts.Explanation:
        """What happened and what to do next."""
        return texts.explain(reason, self.language)

    def chosen(self, written: Mapping[str, str]) -> str:
        """The language in which to tell what somebody wrote in several."""
        return published_in(written, self.language)

    def of(self, written: Mapping[str, str]) -> str:
        """What somebody wrote in several languages, in that one; empty where there is nothing."""
        return published(written, self.language)

    def day(self, day: PartialDate | date) -> str:
        """A calendar date with its month in letters outside Chinese; as much of it as is known."""
        known = day if isinstance(day, PartialDate) else PartialDate.of(day)
        precision = "date.year" if known.month is None else "date.month" if known.day is None else "date.day"
        months = self("months.alone" if known.day is None else "months").split()
        return self(precision, year=known.year, month=months[(known.month or 1) - 1], day=known.day)

    def instant(self, moment: datetime) -> str:
        """To the minute, never later than it is, with its clock."""
        return self("instant", date=self.day(moment.date()), time=f"{moment:%H:%M} {texts.utc_offset(moment)}")

    def listed(self, *parts: str) -> str:
        """Several things in a row, those that are empty left out."""
        return texts.listed(filter(None, parts), self.language)

    def waits(self, minutes: int) -> str:
        """How long something has waited: in minutes up to two hours, in hours up to two days, in days beyond."""
        hours = minutes // 60
        if hours < 2:
            return self("desk.minutes", count=minutes)
        return self("desk.hours", count=hours) if hours < 48 else self("desk.days", count=hours // 24)


@cache
def words(language: str) -> Words:
    """The words of a language, read once. Raises `LookupError` for one that is not among `LANGUAGES`."""
    return Words(language)


def preferred(accepted: str) -> str:
    """The language for an `Accept-Language` header: the first that there is, whatever its weight; else English."""
    for part in accepted.lower().split(","):
        tag = part.strip().partition("-")[0].partition(";")[0]
        if tag in LANGUAGES:
            return tag
    return "en"
