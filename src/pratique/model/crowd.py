"""How much of a name and a birthday may be shown: never so much that too few people in the country show the same.

A door compares two letters and a day with the document in hand. Shown to many doors, the same two letters and the same
day could tell that it was one person each time, so what is rare is left out. To leave something out says that it was
rare, too: what counts is how many people show exactly the same, and not how many could.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from pratique.model.certificate import Name, Person

FEWEST = 100
"""People in the country who have to show the same, by expectation."""

_YEAR = 365.2425
_LEAP_DAY = "02-29"


class Crowd(Struct, frozen=True):
    """How many people of a country have which initials: a register's counts, from which nobody can be told."""

    initials: Mapping[str, int]
    """Of the given and the family name, in that order; one letter for those with one name."""

    @classmethod
    def of(cls, names: Iterable[Name]) -> "Crowd":
        """Count the names of a register; those without an ICAO form count for nobody."""
        return cls(Counter(letters for letters in map(initials_of, names) if letters))

    def shown(self, holder: Person) -> tuple[str | None, str | None]:
        """Initials and birthday (`MM-DD`) of a holder, as much of them as at least `FEWEST` people show.

        In this order: both letters and the day; the letter of the family name and the day; the day; both letters; one
        letter; nothing. Whoever shows less than others is counted among those alone who show as little. A birth date
        that is not known to the day is not shown, and its holder is counted among all with these letters.
        """
        letters, day = initials_of(holder.name), _birthday(holder)
        for form, with_day, among in self._forms(day):
            if letters in among:
                return form(letters) or None, day if with_day else None
        return None, None

    def _forms(self, day: str | None) -> Iterable[tuple[Callable[[str], str], bool, frozenset[str]]]:
        """Each form, whether it has the day, and the initials to which it is given, of people born on such a day."""
        born = 1.0 if day is None else (_YEAR - 365) / _YEAR if day == _LEAP_DAY else 1 / _YEAR
        alike = born if day in (None, _LEAP_DAY) else 365 / _YEAR
        """The share of all people who are born on any day that is as common as this one."""
        left = dict(self.initials)
        for form, with_day in _FORMS:
            if with_day and day is None:
                continue
            share = born if with_day else alike
            groups: Counter[str] = Counter()
            for letters, people in left.items():
                groups[form(letters)] += people
            among = frozenset(letters for letters in left if groups[form(letters)] * share >= FEWEST)
            yield form, with_day, among
            left = {letters: people for letters, people in left.items() if letters not in among}


def _both(letters: str) -> str:
    return letters


def _family(letters: str) -> str:
    return letters[-1:]


def _neither(_: str) -> str:
    return ""


_FORMS = ((_both, True), (_family, True), (_neither, True), (_both, False), (_family, False))


def initials_of(name: Name) -> str:
    """The first letters of the given and of the family name, from their ICAO forms; empty without any."""
    return "".join(part[0] for part in (name.given_icao, name.family_icao) if part)


def _birthday(holder: Person) -> str | None:
    born = holder.birth_date
    return f"{born.month:02}-{born.day:02}" if born is not None and born.month and born.day else None
