"""The error rates over portraits of real people, which are not ours to ship: a regression would move them."""

from itertools import combinations
from pathlib import Path

import pytest
from tests.shared import VECTORS, needs_vectors

from pratique.authority.identity import dlib_matcher, faces
from pratique.authority.identity.evaluation import Rates, evaluate
from pratique.authority.identity.matching import MATCH_AT_MOST, Template

FACES = VECTORS / "faces" if VECTORS else None
MOST_FALSE_MATCHES = 0.001
LEAST_MATCHES = 7


@pytest.fixture(scope="module")
def templates() -> dict[Path, Template]:
    assert FACES is not None
    faces.load(dlib_matcher.weights())
    made = {path: faces.reference(path.read_bytes()) for path in sorted(FACES.glob("*.jpg"))}
    assert None not in made.values()
    return {path: template for path, template in made.items() if template}


def person(path: Path) -> str:
    return path.stem.partition("__")[0]


@needs_vectors
def test_false_matches_and_false_non_matches(templates: dict[Path, Template]) -> None:
    pairs = list(combinations(templates, 2))
    genuine = [templates[a].distance(templates[b]) for a, b in pairs if person(a) == person(b)]
    impostor = [templates[a].distance(templates[b]) for a, b in pairs if person(a) != person(b)]
    assert (len(genuine), len(impostor)) == (9, 586)
    rates = Rates.at(MATCH_AT_MOST, genuine, impostor)
    assert rates.false_match.low <= MOST_FALSE_MATCHES
    assert sum(distance <= MATCH_AT_MOST for distance in genuine) >= LEAST_MATCHES


@needs_vectors
def test_the_evaluation_counts_the_same(templates: dict[Path, Template]) -> None:
    evaluation = evaluate({path: (person(path), template) for path, template in templates.items()})
    assert (len(evaluation.genuine), len(evaluation.impostor)) == (9, 586)
    assert evaluation.people == 26
