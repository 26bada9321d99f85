"""Writes the tables of docs/formats/status.md on what day passes give away; tests/test_passes.py compares.

`shown(people)` counts what is shown of a country's people; `fields(passes)` what differs among a thousand passes.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import log2

from pratique.model.certificate import Name, Person
from pratique.model.crowd import Crowd
from pratique.model.dates import PartialDate

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
POPULATIONS = (100_000, 1_000_000, 10_000_000, 100_000_000)
_YEAR = 365.2425


def crowd(people: int) -> Crowd:
    """A country whose letters are as uneven as those of many: the n-th has a share of 1/n, for both names alike."""
    shares = {letter: 1 / rank for rank, letter in enumerate(LETTERS, 1)}
    whole = sum(shares.values()) ** 2
    return Crowd({a + b: round(people * shares[a] * shares[b] / whole) for a in LETTERS for b in LETTERS})


def shown(people: int) -> str:
    """A row: how many are shown how much, what that tells in bits, and how many show the same at least."""
    country = crowd(people)
    forms: Counter[str] = Counter()
    alike: Counter[tuple[str | None, str | None]] = Counter()
    bits, total = 0.0, sum(country.initials.values())
    for day, days in ((date(2021, 6, 1), 365), (date(2020, 2, 29), 1)):
        for letters, count in country.initials.items():
            said = country.shown(Person(Name(given_icao=letters[0], family_icao=letters[1]), PartialDate.of(day)))
            born = count * (1 if days > 1 else _YEAR - 365) / _YEAR
            alike[said] += born * (1 if said[1] else days)  # type: ignore[assignment]
            forms[_form(*said)] += born * days  # type: ignore[assignment]
    for (_, day_shown), group in alike.items():
        number = 365 if day_shown == "06-01" else 1
        bits -= number * group / total * log2(group / total) if group else 0
    parts = [f"{100 * forms[form] / total:.0f} %" for form in FORMS]
    fewest = min(group for said, group in alike.items() if said != (None, None))
    return f"| {people:,} | {' | '.join(parts)} | {bits:.1f} | {fewest:,.0f} |"


FORMS = ("both letters and day", "one letter and day", "day", "letters", "nothing")


def _form(initials: str | None, birthday: str | None) -> str:
    if birthday is None:
        return "nothing" if initials is None else "letters"
    return "day" if initials is None else "both letters and day" if len(initials) == 2 else "one letter and day"


def table() -> str:
    head = f"| People | {' | '.join(FORMS)} | bits | fewest who show the same |\n|---|{'---|' * (len(FORMS) + 2)}"
    return "\n".join([head, *map(shown, POPULATIONS)])


def fields(passes: Sequence[Mapping[str, object]]) -> str:
    """A table: of each field how many values there are among some passes of one holder, and what one value tells."""
    rows = []
    for name in passes[0]:
        counts = Counter(repr(each[name]) for each in passes)
        bits = -sum(n / len(passes) * log2(n / len(passes)) for n in counts.values())
        most = max(counts.values())
        rows.append(f"| {name} | {len(counts)} | {abs(bits):.2f} | {most} |")
    head = "| Field | values | bits | passes that share one |\n|---|---|---|---|"
    return "\n".join([head, *rows])


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
