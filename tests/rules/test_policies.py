"""Policies: what the checker sees through, what the personas are, and that both evaluators decide alike."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.dates import parse_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.facts import Category
from pratique.model.reasons import Reason
from pratique.rules import Outcome, check, compiled
from pratique.rules.linting import findings, parse_policy
from pratique.rules.personas import external, has_a_way, payload, personas
from pratique.rules.policy import Policy, decide, read_policy
from pratique.rules.reading import category_of, other_conditions, reads, weighing
from pratique.sandbox import border
from tests.cases.policies import QUARANTINE, annex_7, good, own
from tests.cases.ruling import var
from tests.rules.expressions import booleans


def read(text: object) -> Policy:
    return read_policy(json.dumps(text).encode())


SHIPPED = parse_policy(border.policy())


# what is read


@pytest.mark.parametrize(
    "path",
    [
        "payload", "", "payload.nam.fnt", "payload.v.0.ci", "payload.v.0.is", "payload.t.0.tc", "payload.steps",
        "payload.v.0.colour", "external.kid", "external.journey", "external.weather", "other.v",
    ],
)  # fmt: skip
def test_what_no_policy_reads(path: str) -> None:
    if path == "external.journey":
        assert category_of(path, of_facts=False) is Category.JOURNEY
        return
    with pytest.raises(LookupError):
        category_of(path, of_facts=False)


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("payload.v", Category.VACCINATIONS),
        ("payload.v.0.mp", Category.VACCINATIONS),
        ("payload.tests.molecular.0.sc", Category.TESTS),
        ("payload.dob", Category.BIRTH_DATE),
        ("external.journey.passed.0", Category.JOURNEY),
        ("external.valueSets.country-2-codes", None),
        ("external.validationClock", None),
    ],
)
def test_what_a_policy_may_read(path: str, category: Category | None) -> None:
    assert category_of(path, of_facts=False) is category


def test_facts_are_read_by_their_own_table() -> None:
    assert category_of("payload.contacts.0.kind", of_facts=True) is Category.CONTACTS
    with pytest.raises(LookupError):
        category_of("payload.v.0.mp", of_facts=True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"reduce": [var("payload.v"), var("current.ci"), 0]}, {"payload.v", "payload.v.0.ci"}),
        ({"reduce": [[var("payload.r.0"), var("payload.t.0")], var("current.is"), 0]},
         {"payload.r.0", "payload.t.0", "payload.r.0.is", "payload.t.0.is"}),
        ({"reduce": [[1], var("accumulator.fnt"), var("payload.nam")]}, {"payload.nam", "payload.nam.fnt"}),
        ({"reduce": [var("payload.v"), {"reduce": [var("current.x"), var("current.y"), 0]}, 0]},
         {"payload.v", "payload.v.0.x", "payload.v.0.x.0.y"}),
        ({"reduce": [var("payload.v"), var("payload.nam"), 0]}, {"payload.v"}),
    ],
)  # fmt: skip
def test_what_a_fold_reads_of_its_items(expression: object, expected: set[str]) -> None:
    assert {each.path for each in reads(expression)} == expected


# arithmetic


COUNT = {"reduce": [var("payload.v"), {"+": [var("accumulator"), 1]}, 0]}
RECOVERED = {"if": [var("payload.r.0"), 1, 0]}


@pytest.mark.parametrize(
    "expression",
    [
        {"+": [var("payload.v.0.dn"), 1]},
        {"+": [1, 1]},
        {"+": [RECOVERED, 1]},
        {"+": [RECOVERED, RECOVERED]},
        {"+": [{"if": [var("payload.r.0"), 2, 0]}, COUNT]},
        {"+": [{"if": [var("payload.r.0"), {"+": [1, 1]}, 0]}, COUNT]},
        {"reduce": [var("payload.v"), {"+": [var("accumulator"), 2]}, 0]},
        {"reduce": [var("payload.v"), {"+": [var("accumulator"), var("current.dn")]}, 0]},
        {"reduce": [var("payload.v"), {"+": [{"+": [var("accumulator"), 1]}, 1]}, 0]},
        {"reduce": [var("payload.v"), {"+": [var("accumulator"), 1]}, 3]},
        {"reduce": [[var("payload.r.0"), var("payload.r.0.fr")], {"+": [var("accumulator"), 1]}, 0]},
        {"reduce": [var("payload.v"), {"if": [{">": [{"+": [var("current.dn"), 1]}, 2]}, var("accumulator"),
                                              {"+": [var("accumulator"), 1]}]}, 0]},
    ],
)  # fmt: skip
def test_weighing_is_seen(expression: object) -> None:
    assert not check(expression)
    assert {problem.reason for problem in weighing({">=": [expression, 2]}, "Logic")} == {Reason.POLICY_SCORE}


@pytest.mark.parametrize("expression", [COUNT, {"+": [COUNT, RECOVERED]}, {"+": [RECOVERED, {"+": [COUNT, {
    "reduce": [var("payload.t"), {"if": [var("current.tr"), {"+": [1, var("accumulator")]}, var("accumulator")]}, 0]
}]}]}])  # fmt: skip
def test_counting_events_is_allowed(expression: object) -> None:
    assert list(weighing({">=": [expression, 2]}, "Logic")) == []


@given(booleans(3))
def test_any_rule_is_looked_through(logic: object) -> None:
    """Whatever can be evaluated can be checked: nothing here raises."""
    made = good()
    made["rules"].append(own("GR-XA-1009", "General", {"if": [logic, True, False]}))
    try:
        policy = read(made)
    except RuleRefused:
        assert check({"if": [logic, True, False]})
        return
    assert isinstance(findings(policy), tuple)


# conditions


DISEASE, MIND = var("payload.v.0.tg"), "74732009"


@pytest.mark.parametrize(
    "expression",
    [
        {"===": [DISEASE, MIND]},
        {"in": [DISEASE, ["840539006", MIND]]},
        {"in": [MIND, [DISEASE]]},
        {"in": [DISEASE, var("external.valueSets.mental-health")]},
        {"===": [{"if": [True, DISEASE, ""]}, MIND]},
        {"===": [{"and": [True, DISEASE]}, MIND]},
        {"===": [{"extractFromUVCI": [DISEASE, 0]}, MIND]},
        {"reduce": [var("payload.r"), {"===": [var("current.tg"), MIND]}, False]},
        {"reduce": [[DISEASE], {"===": [var("current"), MIND]}, False]},
        {"reduce": [[MIND], {"===": [var("current"), var("accumulator")]}, DISEASE]},
        {"reduce": [[1], {"===": [var("accumulator.tg"), MIND]}, var("payload.v.0")]},
        {"===": [var("payload.recoveries.0.kind"), MIND]},
        {"reduce": [var("payload.exemptions"), {"===": [var("current.kind"), MIND]}, False]},
    ],
)
def test_another_condition_is_seen_in_any_disguise(expression: object) -> None:
    assert not check(expression)
    found = {problem.reason for problem in other_conditions({"if": [expression, True, False]}, "Logic")}
    assert found == {Reason.POLICY_CONDITION}


@pytest.mark.parametrize(
    "expression",
    [
        {"===": [DISEASE, "840539006"]},
        {"in": [DISEASE, ["840539006", "16541001"]]},
        {"in": [DISEASE, var("external.valueSets.disease-agent-targeted")]},
        {"reduce": [var("payload.r"), {"===": [var("current.tg"), "840539006"]}, False]},
        {"===": [DISEASE, var("payload.v.1.tg")]},
        {"reduce": [var("payload.contacts"), {"===": [var("current.kind"), "close"]}, False]},
        {"===": [var("payload.v.0.mp"), MIND]},
    ],
)
def test_the_closed_list_may_be_asked_about(expression: object) -> None:
    assert list(other_conditions(expression, "Logic")) == []


# people


def test_the_personas_are_those_that_were_promised() -> None:
    assert [persona.name for persona in personas()] == [
        "vaccinated", "recovered", "tested", "antibody_only", "exempt", "child", "trial_volunteer", "no_phone",
        "foreign_passport", "other_product",
    ]  # fmt: skip


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.name)
def test_both_evaluators_decide_alike(persona: Any) -> None:
    functions = {rule.identifier: compiled(rule) for rule in SHIPPED.rules}
    for clock in (SHIPPED.start, SHIPPED.start + timedelta(days=90)):
        data = payload(persona, SHIPPED, clock), external(SHIPPED, clock)
        fast = decide(SHIPPED, *data, evaluate=lambda rule, p, e: functions[rule.identifier](p, e))
        assert decide(SHIPPED, *data) == fast
        assert has_a_way(persona, SHIPPED, clock)


def test_nothing_shown_is_no_admission() -> None:
    adult = {"dob": "1980-01-01"}
    found = decide(SHIPPED, adult, external(SHIPPED, SHIPPED.start))
    assert found.outcome is Outcome.FAILED
    assert found.branch == SHIPPED.otherwise


def test_a_rule_about_vaccinations_is_met_by_nobody_without_one() -> None:
    made = good()
    made["rules"] = [own("VR-XA-1001", "Vaccination", {"if": [var("payload.v.0"), False, True]})]
    made["branches"] = [{"result": "admit", "title": {"en": "x"}, "rules": ["VR-XA-1001"]}]
    policy = read(made)
    assert decide(policy, {"dob": "1980-01-01"}, external(policy, policy.start)).branch == policy.otherwise


def health_code(**changes: object) -> dict[str, Any]:
    made = good()
    contact = {"reduce": [var("payload.contacts"), True, False]}
    made["rules"] = [own("GR-XA-1001", "General", contact)]
    red = QUARANTINE | {"result": "red", "cause": "contact", "remedy": {"kind": "wait"}, "rules": ["GR-XA-1001"]}
    made |= {"setting": "health_code", "categories": ["contacts"], "branches": [red]}
    return made | {"otherwise": {"result": "green", "title": {"en": "nothing known"}}} | changes


def test_a_colour_is_decided_from_facts() -> None:
    policy = read(health_code())
    assert findings(policy) == ()
    told = external(policy, policy.start)
    assert decide(policy, {"contacts": [{"kind": "close"}]}, told).branch == policy.branches[0]
    assert decide(policy, {"contacts": []}, told).outcome is Outcome.PASSED


def test_unknown_is_never_red() -> None:
    logic = {"===": [var("payload.declarations.normal"), False]}
    asked = {">=": [var("payload.declarations.streak"), 7]}
    made = health_code(rules=[own("GR-XA-1001", "General", {"if": [asked, logic, logic]})])
    policy = read(made | {"categories": ["declarations"]})
    assert decide(policy, {}, external(policy, policy.start)).branch is None


def test_red_for_everybody_unvaccinated_is_refused() -> None:
    made = health_code(rules=[own("GR-XA-1001", "General", {"!": [var("payload.doses.0")]})])
    found = findings(read(made | {"categories": ["vaccinations"]}))
    assert [problem.reason for problem in found] == [Reason.POLICY_VACCINATION]


def test_of_right_nobody_is_turned_away() -> None:
    policy = read(good() | {"setting": "border", "of_right": QUARANTINE})
    nobody = {"dob": "1980-01-01"}
    assert decide(policy, nobody, external(policy, policy.start)).branch == policy.otherwise
    assert decide(policy, nobody, external(policy, policy.start, of_right=True)).branch == policy.of_right


def test_annex_7_passes() -> None:
    assert findings(read(annex_7())) == ()


# time


@pytest.mark.parametrize("field", ["published", "start", "sunset"])
@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1899-12-31T23:59:59Z", "3000-01-01T00:00Z"]
)
def test_a_year_from_which_no_days_can_be_counted_is_told_of(field: str, text: str) -> None:
    with pytest.raises(RuleRefused) as refusal:
        read(good() | {field: text})
    assert refusal.value.problems == (Problem(field, Reason.RULE_FIELD_VALUE),)


@given(st.integers(0, 400), st.integers(1, 400))
def test_no_policy_holds_for_longer_than_six_months(begins: int, lasts: int) -> None:
    start = parse_instant("2026-01-31T00:00:00Z") + timedelta(days=begins)
    made = good() | {
        "published": "2026-01-01T00:00:00Z",
        "start": start.isoformat(),
        "sunset": (start + timedelta(days=lasts)).isoformat(),
    }
    for each in made["rules"]:
        each |= {"ValidFrom": "2026-01-01T00:00:00Z", "ValidTo": "2029-01-01T00:00:00Z"}
    far = Reason.POLICY_SUNSET_FAR in [problem.reason for problem in findings(read(made))]
    assert far or lasts <= 184
    assert not far or lasts >= 182


def test_after_its_sunset_it_is_not_in_force() -> None:
    assert SHIPPED.sunset is not None
    assert SHIPPED.in_force(SHIPPED.start)
    assert not SHIPPED.in_force(SHIPPED.sunset)
    assert not SHIPPED.in_force(SHIPPED.start - timedelta(seconds=1))


def test_the_shipped_policy_passes() -> None:
    assert findings(SHIPPED) == ()
