"""How much of a name and a birthday may be shown: never so much that too few people in the country share it.

A door compares two letters and a day with the document in hand. Shown to many doors, the same two letters and the same
day could tell that it was one person each time, so what is rare is left out (`Crowd.shown`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from pratique.model.certificate import Name, Person

FEWEST = 100
"""People in the country who have to share what is shown, by expectation."""

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

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.initials.values())

    def sharing(self, initials: str | None, birthday: str | None) -> float:
        """How many people are expected to share these; one letter is that of the family name, whatever the other."""
        people: float = self.people
        if initials is not None:
            people = sum(n for letters, n in self.initials.items() if letters.endswith(initials))
        if birthday is None:
            return people
        return people * ((_YEAR - 365 if birthday == _LEAP_DAY else 1) / _YEAR)

    def shown(self, holder: Person) -> tuple[str | None, str | None]:
        """Initials and birthday (`MM-DD`) of a holder, as much of them as at least `FEWEST` people share.

        Both letters and the day; else one letter and the day; else the letters; else one letter; else the day; else
        nothing. A birth date that is not known to the day is not shown.
        """
        letters, day = initials_of(holder.name), _birthday(holder)
        family = letters[-1:] or None
        for initials, birthday in (
            (letters or None, day),
            (family, day),
            (letters or None, None),
            (family, None),
            (None, day),
        ):
            if (initials or birthday) and self.sharing(initials, birthday) >= FEWEST:
                return initials, birthday
        return None, None


def initials_of(name: Name) -> str:
    """The first letters of the given and of the family name, from their ICAO forms; empty without any."""
    return "".join(part[0] for part in (name.given_icao, name.family_icao) if part)


def _birthday(holder: Person) -> str | None:
    born = holder.birth_date
    return f"{born.month:02}-{born.day:02}" if born is not None and born.month and born.day else None
