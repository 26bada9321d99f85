"""How often a matcher is wrong, over a folder of portraits: what an operator measures before believing any figure.

    <person>__<n>.jpg, or <person>/<n>.jpg      one person has one name; JPEG, PNG, WebP or JPEG 2000

Every pair is compared. Pairs share portraits, so that they depend on each other and the intervals are too narrow; and
an impostor who chooses whom to resemble does better than one of these, who did not try.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import sqrt
from pathlib import Path

import numpy as np
from msgspec import Struct

from pratique.authority.identity.matching import Template

KINDS = (".jpg", ".jpeg", ".png", ".webp", ".jp2")
COPY = 0.13
"""A distance at which two portraits of one person were one photograph, cut or saved anew, where it could be told."""
_Z = 1.959964
"""Of 95 %, two-sided."""


class Rate(Struct, frozen=True):
    """`events` among `of` pairs, and the 95 % interval after Wilson (1927), which holds for few events too."""

    events: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; 0 of no pairs."""
        return self.events / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """The lower end."""
        return self._end(-1)

    @property
    def high(self) -> float:
        """The upper end; 1 of no pairs, of which nothing is known."""
        return self._end(1)

    def _end(self, side: int) -> float:
        if not self.of:
            return float(side > 0)
        share, square = self.value, _Z * _Z
        half = _Z * sqrt(share * (1 - share) / self.of + square / (4 * self.of**2))
        end = (share + square / (2 * self.of) + side * half) / (1 + square / self.of)
        return min(1.0, max(0.0, end))

    def __str__(self) -> str:
        return f"{self.events}/{self.of} = {self.value:.3%} [{self.low:.3%}, {self.high:.3%}]"


class Rates(Struct, frozen=True):
    """Both errors at one threshold: FMR, the share of other people who match, and FNMR, of the same who do not."""

    threshold: float
    false_match: Rate
    false_non_match: Rate

    @classmethod
    def at(cls, threshold: float, genuine: Sequence[float], impostor: Sequence[float]) -> "Rates":
        """Count them among the distances of `genuine` and `impostor` pairs."""
        return cls(
            threshold,
            Rate(sum(distance <= threshold for distance in impostor), len(impostor)),
            Rate(sum(distance > threshold for distance in genuine), len(genuine)),
        )


class Evaluation(Struct, frozen=True):
    """The distances of all pairs of some portraits."""

    portraits: int
    people: int
    genuine: tuple[float, ...]
    impostor: tuple[float, ...]

    def at(self, threshold: float) -> Rates:
        """Both errors at a threshold."""
        return Rates.at(threshold, self.genuine, self.impostor)


def person_of(path: Path, folder: Path) -> str:
    """Whose portrait it is, by its name: `<person>__<n>`, or the folder that it lies in.

    Raises `ValueError` for a name that says nobody's, and for a portrait that lies deeper: whose folder would it be?
    """
    inside = path.relative_to(folder)
    person = inside.parts[0] if len(inside.parts) > 1 else path.stem.partition("__")[0]
    if not person or len(inside.parts) > 2:
        raise ValueError("neither <person>__<n> nor <person>/<n>")
    return person


def portraits(folder: Path) -> list[Path]:
    """All portraits of a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS and not path.is_dir())


class Pair(Struct, frozen=True):
    """Two portraits, and how far apart they are."""

    one: Path
    other: Path
    distance: float


def false_matches(templates: Mapping[Path, tuple[str, Template]], threshold: float) -> tuple[Pair, ...]:
    """Every pair of two people at most `threshold` apart, the nearest first: whoever looks at them learns the most."""
    return _near(templates, threshold, one_person=False)


def copies(templates: Mapping[Path, tuple[str, Template]]) -> tuple[Pair, ...]:
    """Every pair of one person that may be one photograph twice, which says nothing of the matcher and flatters it."""
    return _near(templates, COPY, one_person=True)


def _near(templates: Mapping[Path, tuple[str, Template]], at_most: float, *, one_person: bool) -> tuple[Pair, ...]:
    found = [
        Pair(one, other, distance)
        for (one, (person, template)), (other, (another, beside)) in combinations(templates.items(), 2)
        if (person == another) == one_person and (distance := template.distance(beside)) <= at_most
    ]
    return tuple(sorted(found, key=lambda pair: pair.distance))


def evaluate(templates: Mapping[Path, tuple[str, Template]]) -> Evaluation:
    """Compare every portrait with every other. Raises `ValueError` where two templates are of different models."""
    people = [person for person, _ in templates.values()]
    if len({template.model for _, template in templates.values()}) > 1:
        raise ValueError("templates of different models cannot be compared")
    vectors = np.array([np.frombuffer(template.vector, dtype="<f4") for _, template in templates.values()])
    genuine: list[float] = []
    impostor: list[float] = []
    for place, person in enumerate(people[:-1]):
        distances = np.linalg.norm(vectors[place + 1 :] - vectors[place], axis=1)
        for other, distance in zip(people[place + 1 :], distances.tolist(), strict=True):
            (genuine if other == person else impostor).append(distance)
    return Evaluation(len(people), len(set(people)), tuple(genuine), tuple(impostor))
