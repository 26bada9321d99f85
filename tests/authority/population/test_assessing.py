"""A whole population has the colours that `colour.assess` gives one by one."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine
from tests.authority.population import crowds
from tests.authority.population.crowds import AT, Crowd

from pratique import colour
from pratique.authority.population import assessing
from pratique.authority.population.assessing import Untranslatable, colour_at
from pratique.colour import Colour
from pratique.model.facts import Facts
from pratique.rules.policy import Branch, Ends, Policy, read_policy
from pratique.sandbox import codes

XA = read_policy(codes.policy())
HISTORY = [structs.replace(read_policy(codes.history(name)), start=XA.start, sunset=None) for name in codes.HISTORY]
POLICIES = {policy.identifier: policy for policy in (XA, *HISTORY)}


def of_each(folder: Path, policy: Policy) -> dict[str, int]:
    with crowds.engine_of(folder) as engine:
        return dict(engine.ask(assessing.of_each(policy, AT)))


def said(facts: Facts, policy: Policy) -> tuple[Colour, Any]:
    code = colour.assess(facts, policy, AT)
    return code.colour, code.cause


def differences(folder: Path, facts: dict[str, Facts], policy: Policy) -> list[tuple[Any, Any]]:
    """What SQL says of somebody, and what `assess` does, where these are not the same."""
    placed = of_each(folder, policy)
    assert set(facts) <= set(placed)
    pairs = [(colour_at(policy, place), said(facts.get(person, Facts()), policy)) for person, place in placed.items()]
    return [pair for pair in pairs if pair[0] != pair[1]]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Crowd]:
    crowd = Crowd(77, people=400)
    return crowds.write(tmp_path_factory.mktemp("crowd"), crowd.ids, crowd.rows), crowd


@pytest.mark.parametrize("name", POLICIES)
def test_a_crowd_has_the_colours_that_each_of_them_has(crowd: tuple[Path, Crowd], store: Engine, name: str) -> None:
    folder, people = crowd
    assert differences(folder, crowds.gathered(store, people.rows), POLICIES[name]) == []


def test_the_generators_people_have_the_colours_that_each_of_them_has(store: Engine, tmp_path: Path) -> None:
    folder = crowds.made(tmp_path / "people", 3_000)
    facts = crowds.gathered(store, crowds.rows_of(folder))
    assert differences(folder, facts, XA) == []
    colours = Counter(said(each, XA) for each in facts.values())
    assert {found for found, _ in colours} == set(Colour)


def var(path: str) -> dict[str, str]:
    return {"var": path}


COUNT = {"reduce": [var("payload.doses"), {"+": [var("accumulator"), 1]}, 0]}
IS_CLOSE = {"===": [var("current.kind"), "close"]}
CLOSE = {"reduce": [var("payload.contacts"), {"if": [var("accumulator"), True, IS_CLOSE]}, False]}
CLOCK = {"plusTime": [var("external.validationClock"), 0, "hour"]}


def made(*branches: tuple[str, Any], since: str | None = None, otherwise: str = "green") -> Policy:
    """A policy of branches, each a result and the logic that leads there."""
    rule = XA.rules[0]
    appeal = XA.branches[0].appeal
    rules = [structs.replace(rule, identifier=f"GR-{n}", logic=logic) for n, (_, logic) in enumerate(branches)]
    found = [
        structs.replace(
            XA.branches[0], result=result, rules=(f"GR-{n}",), since=since, ends=Ends(days=2), appeal=appeal
        )
        for n, (result, _) in enumerate(branches)
    ]
    last = Branch(otherwise, {"en": "x"}, remedy=XA.otherwise.remedy)
    return structs.replace(XA, rules=tuple(rules), branches=tuple(found), otherwise=last)


MADE = {
    "counts doses": made(("green", {">=": [COUNT, 2]}), otherwise="unknown"),
    "folds contacts": made(("red", CLOSE), since="contacts.close"),
    "a rule that is open for most": made(
        ("red", {"after": [{"plusTime": [var("payload.tests.molecular.sampled"), 2, "day"]}, CLOCK]}),
        ("red", {"!": [var("payload.trips")]}),
        ("yellow", {"===": [var("payload.declarations.normal"), False]}),
    ),
    "open, and the next leads to the same": made(
        ("yellow", {"after": [{"plusTime": [var("payload.contacts.0.last"), 3, "day"]}, CLOCK]}),
        ("yellow", {"!": [var("payload.doses.0")]}),
        ("green", {"!": [var("payload.recoveries.0")]}),
        since="tests.molecular",
    ),
    "reads streaks": made(
        ("green", {">=": [var("payload.declarations.normal_streak"), 2]}),
        ("yellow", {"<": [var("payload.declarations.streak"), 2]}),
        since="declarations",
    ),
    "rests on what its rules read": made(
        ("red", {"===": [var("payload.tests.molecular.detected"), True]}), ("yellow", {"!": [{"!": [CLOSE]}]})
    ),
    "reads other days": made(
        ("yellow", {"===": [var("payload.trips.0.kind"), "XB"]}),
        ("red", {"in": [var("payload.observations.0.kind"), ["home", "hospital"]]}),
        ("green", {"!": [{"!": [var("payload.exemptions")]}]}),
    ),
    "adverse for whoever is in no branch": made(("green", {"!": [{"!": [var("payload.tests")]}]}), otherwise="red"),
    "another word": made(("orange", CLOSE), ("grey", {"!": [var("payload.latest.trips.high")]}), since="contacts"),
    "no branches": made(),
    "an observation's end": made(
        ("red", {"!": [{"!": [var("payload.latest.observations")]}]}), since="observations.home"
    ),
    "measured": made(("yellow", {">=": [var("payload.declarations.temperature"), 373]}), since="declarations.measured"),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_made_policies(crowd: tuple[Path, Crowd], store: Engine, name: str) -> None:
    folder, people = crowd
    assert differences(folder, crowds.gathered(store, people.rows), MADE[name]) == []


def test_what_is_open_is_unknown_and_never_red(crowd: tuple[Path, Crowd]) -> None:
    folder, _ = crowd
    open_for_all = {"after": [{"plusTime": ["x", 0, "day"]}, CLOCK]}
    policy = made(("red", open_for_all), ("green", {"!": [var("payload.nothing")]}))
    assert set(of_each(folder, policy).values()) == {assessing.UNDECIDED}
    assert colour_at(policy, assessing.UNDECIDED)[0] is Colour.UNKNOWN


def test_after_its_sunset_nobody_has_a_colour(crowd: tuple[Path, Crowd], store: Engine) -> None:
    folder, people = crowd
    over = structs.replace(XA, sunset=AT)
    assert set(of_each(folder, over).values()) == {assessing.UNDECIDED}
    assert differences(folder, crowds.gathered(store, people.rows), over) == []


def test_what_cannot_be_said_in_sql_is_named() -> None:
    policy = made(("red", {"===": [{"extractFromUVCI": [var("payload.contacts.0.kind"), 1]}, "x"]}))
    with pytest.raises(Untranslatable) as refused:
        assessing.everybody(policy, AT)
    assert refused.value.rule == "GR-0"


def test_texts_of_a_policy_stay_texts(crowd: tuple[Path, Crowd], store: Engine) -> None:
    folder, people = crowd
    hostile = "X' OR 1=1 :now $today %_ --"
    policy = structs.replace(XA, areas={"high": ("XA-3301", hostile), "medium": (hostile,)})
    assert differences(folder, crowds.gathered(store, people.rows), policy) == []


def test_groups_add_up_slice_by_slice(tmp_path: Path) -> None:
    folder = crowds.made(tmp_path / "people", 2_000)
    with crowds.engine_of(folder) as engine:
        (whole,) = assessing.assess(engine, XA, AT)
        assert engine.slices(1) == [("", "g")]
        halves = [engine.ask(assessing.everybody(XA, AT, between=each)) for each in (("", "00007"), ("00008", "g"))]
    assert sum(group.people for group in whole.groups) == 2_000
    together: Counter[tuple[Any, ...]] = Counter()
    for row in [row for half in halves for row in half]:
        together[row[:-1]] += row[-1]
    assert together == {structs.astuple(group)[:-1]: group.people for group in whole.groups}


def test_a_folder_without_people_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), crowds.engine_of(tmp_path):
        pass
