"""Intervals and counts, against figures that were computed elsewhere."""

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.authority.identity.evaluation import Rate, Rates, copies, evaluate, false_matches, person_of
from pratique.authority.identity.matching import VECTOR, Template
from pratique.authority.identity.tradeoff import plot


def template(place: float, model: str = "m") -> Template:
    return Template(model, struct.pack(f"<{VECTOR}f", place, *([0.0] * (VECTOR - 1))))


@pytest.mark.parametrize(
    ("events", "of", "low", "high"),
    [
        (58, 337_392, 0.000133, 0.000222),
        (2, 23, 0.024, 0.268),
        (0, 23, 0.0, 0.143),
        (1, 38, 0.005, 0.135),
        (2252, 337_392, 0.00641, 0.00696),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilsons_interval(events: int, of: int, low: float, high: float) -> None:
    rate = Rate(events, of)
    digits = 6 if of > 1000 else 3
    if of > 1000 and events > 1000:
        digits = 5
    assert (round(rate.low, digits), round(rate.high, digits)) == (low, high)


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_rate(events: int, more: int) -> None:
    rate = Rate(events, events + more)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_a_distance_at_the_threshold_matches() -> None:
    rates = Rates.at(0.5, genuine=[0.5, 0.51], impostor=[0.5, 0.49, 0.7])
    assert (rates.false_match, rates.false_non_match) == (Rate(2, 3), Rate(1, 2))


def test_every_pair_is_compared_once() -> None:
    told = {
        Path(name): (person, template(place))
        for name, person, place in (("a", "anna", 0.0), ("b", "anna", 0.25), ("c", "bert", 1.0), ("d", "carl", 2.0))
    }
    evaluation = evaluate(told)
    assert (evaluation.portraits, evaluation.people) == (4, 3)
    assert evaluation.genuine == (0.25,)
    assert sorted(evaluation.impostor) == [0.75, 1.0, 1.0, 1.75, 2.0]
    with pytest.raises(ValueError, match="different models"):
        evaluate(told | {Path("e"): ("anna", template(0.0, "another"))})


def test_false_matches_are_named_the_nearest_first() -> None:
    told = {
        Path(name): (person, template(place))
        for name, person, place in (("a", "anna", 0.0), ("b", "anna", 0.1), ("c", "bert", 0.5), ("d", "carl", 0.95))
    }
    found = [(str(m.one), str(m.other), round(m.distance, 6)) for m in false_matches(told, 0.5)]
    assert found == [("b", "c", 0.4), ("c", "d", 0.45), ("a", "c", 0.5)]
    assert false_matches(told, 0.3) == ()


def test_whose_portrait_it_is() -> None:
    folder = Path("portraits")
    assert person_of(folder / "anna-b__2.jpg", folder) == "anna-b"
    assert person_of(folder / "anna" / "x__1.jpg", folder) == "anna"
    assert person_of(folder / "anna.jpg", folder) == "anna"
    for nobodys in ("__1.jpg", "set/anna/1.jpg"):
        with pytest.raises(ValueError, match="person"):
            person_of(folder / nobodys, folder)


def test_what_may_be_one_photograph_twice_is_named() -> None:
    told = {
        Path(name): (person, template(place))
        for name, person, place in (("a", "anna", 0.0), ("b", "anna", 0.13), ("c", "anna", 0.27), ("d", "bert", 0.28))
    }
    assert [(str(pair.one), str(pair.other)) for pair in copies(told)] == [("a", "b")]


def test_the_trade_off_is_a_drawing() -> None:
    told = {Path(str(n)): (str(n // 2), template(n * 0.3)) for n in range(8)}
    drawing = ElementTree.fromstring(plot(evaluate(told), 0.5))  # noqa: S314  (our own)
    curves = drawing.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(curves) == 2
    assert all(curve.get("points") for curve in curves)
