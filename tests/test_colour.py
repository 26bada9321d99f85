"""The health code: what cannot be constructed, what is unknown, when a colour ends, and what the policies decide."""

import itertools
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique.colour import Colour, HealthCode, assess, explain
from pratique.model.facts import (
    SINCE,
    ContactKind,
    Declarations,
    Facts,
    LatestTest,
    Level,
    ObservationKind,
    Period,
    category_of,
)
from pratique.model.reasons import Reason
from pratique.rules import compiled
from pratique.rules.linting import findings, parse_policy
from pratique.rules.policy import Appeal, Cause, Policy, Remedy, RemedyKind
from pratique.sandbox import codes

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 24, 4, tzinfo=CHINA)
"""Still the day before in UTC."""
TODAY = AT.date()
MODERN = parse_policy(codes.policy())
HISTORY = {name: parse_policy(codes.history(name)) for name in codes.HISTORY}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def midnight(day: date) -> datetime:
    """The one with which a day ends."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1)


def contact(days: int, kind: str = "close") -> Facts:
    return Facts(contacts=(Period(kind, ago(days), ago(days)),))


def observed(since: int, until: int, kind: str = "home") -> Facts:
    return Facts(observations=(Period(kind, ago(since), ago(until)),))


def trip(days: int, to: str) -> Facts:
    return Facts(trips=(Period(to, ago(days + 2), ago(days)),))


def swab(hours: float, detected: bool | None = False, kind: str = "molecular", **more: float) -> LatestTest:
    """Sampled so many hours ago; so were `earlier` and `positive`."""
    moments: Any = {name: AT - timedelta(hours=value) for name, value in more.items()}
    return LatestTest(kind, AT - timedelta(hours=hours), detected, **moments)


def told(days: int = 0, normal: bool | None = True, streak: int = 1, **more: Any) -> Facts:
    streak_of = more.pop("normal_streak", streak if normal else 0)
    return Facts(declarations=Declarations(ago(days), normal, streak, streak_of, **more))


def with_(*parts: Facts, tests: tuple[LatestTest, ...] = ()) -> Facts:
    """All of them together."""
    fields: dict[str, Any] = {"tests": tests}
    for part in parts:
        fields |= {name: value for name, value in structs.asdict(part).items() if value}
    return Facts(**fields)


# what cannot be made


def red(**changed: object) -> HealthCode:
    fields: dict[str, Any] = {
        "colour": Colour.RED, "cause": Cause.CONTACT, "evidence": ("contacts.close@2026-11-18",), "policy": "P",
        "version": "1", "quarantine": True, "starts": AT, "ends": AT + timedelta(days=1),
        "remedy": Remedy(RemedyKind.WAIT), "appeal": Appeal("somebody", 24),
    }  # fmt: skip
    return HealthCode(**{**fields, **changed})


@pytest.mark.parametrize("colour", [Colour.YELLOW, Colour.RED])
@pytest.mark.parametrize(
    "changed",
    [
        {"cause": None}, {"evidence": ()}, {"policy": ""}, {"version": ""}, {"remedy": None}, {"appeal": None},
        {"ends": AT}, {"ends": AT - timedelta(days=1)}, {"ends": datetime(2027, 1, 1)},  # noqa: DTZ001
    ],
    ids=str,
)  # fmt: skip
def test_no_colour_is_without_what_accounts_for_it(colour: Colour, changed: dict) -> None:
    with pytest.raises(ValueError, match=r"code|instants"):
        red(colour=colour, **changed)
    with pytest.raises(ValueError, match=r"code|instants"):
        structs.replace(red(colour=colour), **changed)
    assert red(colour=colour).colour is colour


@pytest.mark.parametrize("colour", [Colour.GREEN, Colour.UNKNOWN])
def test_nobody_stays_in_for_green_or_unknown(colour: Colour) -> None:
    with pytest.raises(ValueError, match="stay in"):
        red(colour=colour)
    assert red(colour=colour, quarantine=False)


def test_unknown_says_what_would_make_it_known() -> None:
    with pytest.raises(ValueError, match="would make it known"):
        red(colour=Colour.UNKNOWN, quarantine=False, remedy=None)


def test_an_instant_without_its_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        assess(Facts(), MODERN, datetime(2026, 11, 24))  # noqa: DTZ001


# unknown is never red


@pytest.mark.parametrize("policy", [MODERN, *HISTORY.values()], ids=lambda policy: policy.identifier)
def test_whoever_said_nothing_is_neither_yellow_nor_red(policy: Policy) -> None:
    at = AT if policy is MODERN else policy.start + timedelta(days=1)
    code = assess(Facts(), policy, at)
    assert code.colour in (Colour.GREEN, Colour.UNKNOWN)


@pytest.mark.parametrize(
    "facts",
    [
        Facts(),
        told(2),
        told(0, None),
        with_(tests=(swab(73),)),
        with_(tests=(swab(1, None),)),
        with_(tests=(structs.replace(swab(1, None), conflict=True),)),
        contact(0, "a kind of no table"),
    ],
)
def test_what_is_missing_open_or_too_old_is_unknown(facts: Facts) -> None:
    code = assess(facts, MODERN, AT)
    assert code.colour is Colour.UNKNOWN
    assert code.remedy == Remedy(RemedyKind.DECLARE)
    assert code.appeal is not None


def test_an_old_declaration_is_named() -> None:
    assert assess(told(2), MODERN, AT).evidence == (f"declarations@{ago(2)}",)


PERIODS = st.builds(
    lambda kind, first, length: Period(kind, ago(first), ago(first - length)),
    st.sampled_from([*ContactKind, *ObservationKind, "XA-330106", "XB", "CN-310115", "CN-42", "CN", "other"]),
    st.integers(0, 25),
    st.integers(0, 30),
)
PAST = st.floats(0, 600).map(lambda hours: AT - timedelta(hours=hours))
TESTS = st.lists(
    st.builds(
        LatestTest, st.sampled_from(["molecular", "antigen", "other"]), PAST, st.none() | st.booleans(), st.booleans(),
        st.none() | PAST, st.none() | PAST,
    ),
    max_size=3, unique_by=lambda each: each.kind,
)  # fmt: skip
TOLD = st.none() | st.builds(
    Declarations, st.integers(0, 20).map(ago), st.none() | st.booleans(), st.integers(1, 30), st.integers(0, 30),
    st.none() | st.integers(0, 20).map(ago), st.none() | st.integers(350, 420), st.none() | PAST,
)  # fmt: skip
FACTS = st.builds(
    Facts, tests=TESTS.map(tuple), declarations=TOLD, contacts=st.lists(PERIODS, max_size=3).map(tuple),
    observations=st.lists(PERIODS, max_size=3).map(tuple), trips=st.lists(PERIODS, max_size=3).map(tuple),
)  # fmt: skip
EVERY = [MODERN, *(structs.replace(policy, start=MODERN.start) for policy in HISTORY.values())]
FAST = {policy.identifier: {rule.identifier: compiled(rule) for rule in policy.rules} for policy in EVERY}


@given(FACTS, st.sampled_from(EVERY), st.integers(0, 400))
def test_any_facts_get_a_code_that_holds_now_and_the_same_from_both_evaluators(
    facts: Facts, policy: Policy, hours: int
) -> None:
    at = AT + timedelta(hours=hours)
    code = assess(facts, policy, at)
    assert code.starts <= at < code.ends
    fast = FAST[policy.identifier]
    assert assess(facts, policy, at, evaluate=lambda rule, p, e: fast[rule.identifier](p, e)) == code
    assert [explain(code, language) for language in ("en", "zh")] == [explain(code, lang) for lang in ("en", "zh")]
    if code.colour in (Colour.YELLOW, Colour.RED):
        assert all(text.partition("@")[0] in SINCE for text in code.evidence)
        assert any("Appeal" in sentence for sentence in explain(code))


@given(FACTS, st.sampled_from(EVERY))
def test_without_facts_against_somebody_time_alone_makes_nobody_adverse(facts: Facts, policy: Policy) -> None:
    """Every colour has ended five weeks on, whatever the rules say: no fact lasts longer."""
    later = assess(facts, policy, AT + timedelta(days=65))
    assert later.colour not in (Colour.YELLOW, Colour.RED)


def test_the_same_facts_are_told_the_same_byte_for_byte() -> None:
    codes_ = [assess(contact(6), MODERN, AT) for _ in range(2)]
    assert codes_[0] == codes_[1]
    assert explain(codes_[0]) == (
        "Yellow: you may have met the disease. It says nothing of you as a person.",
        "Reason: a contact with a case (18 Nov 2026).",
        "It ends by itself: 26 Nov 2026, 00:00 (UTC+08:00).",
        "Until then, stay at home or in the place you were told.",
        "What you can do: take two molecular tests (PCR), 24 hours apart, both negative.",
        "Not right? Appeal to Public Health Office of XA. You get an answer within 24 hours.",
        "Decided by XA-HEALTH-CODE, version 1.0.0.",
    )
    assert explain(codes_[0], "zh")[1] == "原因：与病例有接触（2026年11月18日）。"
    with pytest.raises(LookupError):
        explain(codes_[0], "xx")


# the modern policy


def test_the_shipped_policy_passes_the_lint() -> None:
    assert findings(MODERN) == ()


CASES: list[tuple[Facts, Colour, Cause | None, datetime | None]] = [
    (told(0), Colour.GREEN, None, midnight(TODAY) + timedelta(days=1)),
    (told(1), Colour.GREEN, None, midnight(TODAY)),
    (with_(tests=(swab(71),)), Colour.GREEN, None, AT + timedelta(hours=1)),
    (with_(tests=(swab(23, kind="antigen"),)), Colour.GREEN, None, AT + timedelta(hours=1)),
    (with_(tests=(swab(48, True),)), Colour.RED, Cause.POSITIVE_TEST, AT + timedelta(days=8)),
    (with_(tests=(swab(6, False, positive=48),)), Colour.RED, Cause.POSITIVE_TEST, AT + timedelta(days=8)),
    (with_(tests=(swab(6, False, positive=48, earlier=31),)), Colour.GREEN, None, None),
    (with_(tests=(swab(241, True),)), Colour.UNKNOWN, Cause.NO_PROOF, None),
    (with_(tests=(swab(3, True, kind="antigen"),)), Colour.YELLOW, Cause.POSITIVE_TEST, AT + timedelta(hours=69)),
    (with_(tests=(swab(3, True, kind="antigen"), swab(1))), Colour.GREEN, None, None),
    (with_(tests=(swab(3, True, kind="antigen"), swab(4))), Colour.YELLOW, Cause.POSITIVE_TEST, None),
    (observed(3, -4, "hospital"), Colour.RED, Cause.OBSERVATION, midnight(ago(-4))),
    (observed(3, -4), Colour.YELLOW, Cause.OBSERVATION, midnight(ago(-4))),
    (observed(3, -40), Colour.YELLOW, Cause.OBSERVATION, midnight(ago(-11))),
    (with_(observed(9, 1), told(0)), Colour.GREEN, None, None),
    (with_(contact(6), told(0)), Colour.YELLOW, Cause.CONTACT, midnight(ago(-1))),
    (with_(contact(8), told(0)), Colour.GREEN, None, None),
    (with_(contact(3), tests=(swab(6, earlier=30),)), Colour.GREEN, None, None),
    (with_(contact(3), tests=(swab(6, earlier=80),)), Colour.YELLOW, Cause.CONTACT, None),
    (with_(contact(3), tests=(swab(6),)), Colour.YELLOW, Cause.CONTACT, None),
    (with_(contact(1, "pool"), tests=(swab(3),)), Colour.GREEN, None, None),
    (contact(1, "pool"), Colour.YELLOW, Cause.CONTACT, midnight(ago(-1))),
    (with_(contact(1, "secondary"), told(0)), Colour.GREEN, None, None),
    (told(0, False, abnormal=TODAY), Colour.YELLOW, Cause.SYMPTOMS, midnight(ago(-2))),
    (with_(told(0, True, 2, abnormal=ago(1)), tests=(swab(1),)), Colour.GREEN, None, None),
    (with_(told(0, True, 2, abnormal=ago(1))), Colour.YELLOW, Cause.SYMPTOMS, None),
    (with_(trip(2, "XA-330106"), told(0)), Colour.YELLOW, Cause.TRIP, midnight(ago(-1))),
    (with_(trip(2, "XB"), told(0)), Colour.YELLOW, Cause.TRIP, None),
    (with_(trip(2, "XA-110101"), told(0)), Colour.GREEN, None, None),
    (with_(trip(2, "XA"), told(0)), Colour.GREEN, None, None),
    (with_(trip(2, "XB"), tests=(swab(1),)), Colour.GREEN, None, None),
]


@pytest.mark.parametrize(("facts", "colour", "cause", "ends"), CASES)
def test_the_modern_policy(facts: Facts, colour: Colour, cause: Cause | None, ends: datetime | None) -> None:
    code = assess(facts, MODERN, AT)
    assert (code.colour, code.cause) == (colour, cause)
    assert code.quarantine is (code.cause in (Cause.POSITIVE_TEST, Cause.OBSERVATION) or "contacts.close" in str(code))
    if ends is not None:
        assert code.ends == ends
        before = assess(facts, MODERN, ends - timedelta(seconds=1))
        assert (before.colour, before.cause) == (colour, cause)
        if colour in (Colour.YELLOW, Colour.RED):
            assert assess(facts, MODERN, ends).colour not in (Colour.YELLOW, Colour.RED)


def test_of_several_facts_the_last_to_end_counts_and_all_are_named() -> None:
    facts = Facts(contacts=(Period("close", ago(5), ago(5)), Period("close", ago(2), ago(2))))
    code = assess(facts, MODERN, AT)
    assert code.evidence == (f"contacts.close@{ago(5)}", f"contacts.close@{ago(2)}")
    assert code.ends == midnight(ago(-5))


def test_the_worst_of_what_holds_comes_first() -> None:
    facts = with_(contact(1), told(0), tests=(swab(2, True),))
    assert assess(facts, MODERN, AT).colour is Colour.RED


def test_no_code_outlives_its_policy_and_none_is_given_after_it() -> None:
    assert MODERN.sunset is not None
    last = MODERN.sunset.astimezone(CHINA) - timedelta(seconds=1)
    late = Facts(contacts=(Period("close", last.date(), last.date()),))
    for facts in (late, Facts()):
        assert assess(facts, MODERN, last).ends == MODERN.sunset
    assert assess(late, MODERN, MODERN.sunset).colour is Colour.UNKNOWN
    assert assess(late, MODERN, MODERN.start - timedelta(seconds=1)).colour is Colour.UNKNOWN


# a policy that does not say what its colours rest on


def test_a_policy_that_names_no_fact_ends_by_those_that_its_rules_read() -> None:
    (branch,) = [each for each in MODERN.branches if each.since == "contacts.close"]
    bare = structs.replace(MODERN, branches=(structs.replace(branch, since=None), MODERN.branches[-1]))
    code = assess(contact(6), bare, AT)
    assert (code.colour, code.ends) == (Colour.YELLOW, midnight(ago(-1)))
    assert assess(contact(8), bare, AT).colour is Colour.UNKNOWN


def test_a_colour_that_rests_on_nothing_is_not_given() -> None:
    """A rule that passes because something is missing has no fact behind it, and no colour follows."""
    branch = structs.replace(MODERN.branches[3], since=None)
    rule = structs.replace(MODERN.rules[3], logic={"!": [{"var": "payload.doses.0"}]})
    policy = structs.replace(MODERN, rules=(rule,), branches=(branch,))
    assert assess(Facts(), policy, AT).colour is Colour.UNKNOWN
    adverse = structs.replace(policy, branches=(), otherwise=structs.replace(branch, rules=()))
    assert assess(contact(1), adverse, AT).colour is Colour.UNKNOWN


@pytest.mark.parametrize("field", ["cause", "remedy", "appeal"])
def test_a_branch_that_does_not_account_for_itself_gives_no_colour(field: str) -> None:
    policy = structs.replace(MODERN, branches=tuple(structs.replace(b, **{field: None}) for b in MODERN.branches))
    assert assess(contact(1), policy, AT).colour is Colour.UNKNOWN


# lint


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"since": "contacts"}, ("branches[3].since", Reason.POLICY_DATA)),
        ({"since": "contacts.rumour"}, ("branches[3].since", Reason.POLICY_DATA)),
        ({"since": "score"}, ("branches[3].since", Reason.POLICY_DATA)),
        ({"remedy": Remedy(RemedyKind.WAIT, twice=True)}, ("branches[3].remedy", Reason.POLICY_REMEDY)),
        ({"remedy": None}, ("branches[3].remedy", Reason.POLICY_REMEDY)),
        ({"appeal": None}, ("branches[3].appeal", Reason.POLICY_APPEAL)),
        ({"ends": None}, ("branches[3].ends", Reason.POLICY_END)),
        ({"cause": "bank_deposit"}, ("branches[3].cause", Reason.POLICY_CAUSE)),
    ],
)
def test_what_the_lint_says_of_a_branch(changed: dict, found: tuple) -> None:
    branches = list(MODERN.branches)
    branches[3] = structs.replace(branches[3], **changed)
    problems = findings(structs.replace(MODERN, branches=tuple(branches)))
    assert found in {(problem.path, problem.reason) for problem in problems}


def test_what_the_lint_says_of_the_rest() -> None:
    def told_of(**changed: Any) -> set[tuple[str, Reason]]:
        return {(problem.path, problem.reason) for problem in findings(structs.replace(MODERN, **changed))}

    without = tuple(name for name in MODERN.categories if name != "contacts")
    assert ("branches[3].since", Reason.POLICY_CATEGORY) in told_of(categories=without)
    assert ("areas.grave", Reason.POLICY_DATA) in told_of(areas={"grave": ("XA",)})
    assert ("areas.high[0]", Reason.POLICY_DATA) in told_of(areas={"high": ("31.2304,121.4737",)})
    nothing = structs.replace(MODERN.otherwise, remedy=None)
    assert ("otherwise.remedy", Reason.POLICY_REMEDY) in told_of(otherwise=nothing)


def test_every_fact_that_a_colour_can_rest_on_can_be_read() -> None:
    for fact, category in SINCE.items():
        parts = fact.split(".")
        path = f"latest.{fact}.last" if parts[0] in ("contacts", "observations", "trips") else fact
        assert category_of(path) is category
    assert category_of("latest") is None
    assert {f"trips.{level}" for level in Level} <= set(SINCE)


# history


def then(name: str, facts: Facts, at: datetime = AT) -> tuple[str, Cause | None]:
    policy = structs.replace(HISTORY[name], start=MODERN.start)
    code = assess(facts, policy, at)
    return code.shade or code.colour.value, code.cause


@pytest.mark.parametrize(("name", "policy"), HISTORY.items())
def test_history_is_marked_and_says_what_we_assumed(name: str, policy: Policy) -> None:
    assert policy.historical
    assert policy.identifier == name
    assert len(policy.instrument) > 80
    reasons = {problem.reason for problem in findings(policy)}
    assert Reason.POLICY_SUNSET_MISSING in reasons
    assert (Reason.POLICY_RESULT in reasons) is (name == "CN-national-2020")


def many(days: int, streak: int) -> Facts:
    return with_(contact(days), told(0, True, streak))


OLD: list[tuple[str, Facts, str]] = [
    ("CN-Hangzhou-2020", told(0), "green"),
    ("CN-Hangzhou-2020", Facts(), "unknown"),
    ("CN-Hangzhou-2020", many(13, 13), "red"),
    ("CN-Hangzhou-2020", many(13, 40), "red"),
    ("CN-Hangzhou-2020", many(14, 14), "green"),
    ("CN-Hangzhou-2020", many(20, 13), "red"),
    ("CN-Hangzhou-2020", with_(trip(6, "CN-420106"), told(0, True, 6)), "yellow"),
    ("CN-Hangzhou-2020", with_(trip(7, "CN-420106"), told(0, True, 7)), "green"),
    ("CN-Hangzhou-2020", told(0, True, 7, normal_streak=6, abnormal=ago(6)), "yellow"),
    ("CN-Hangzhou-2020", told(0, True, 8, normal_streak=7, abnormal=ago(7)), "green"),
    ("CN-Hangzhou-2020", observed(3, -3, "hospital"), "red"),
    ("CN-national-2020", observed(5, -2), "orange"),
    ("CN-Hubei-2020", with_(observed(3, -3, "hospital"), told(0)), "red"),
    ("CN-Hubei-2020", with_(observed(3, -3), told(0)), "yellow"),
    ("CN-Guangdong-2020", with_(tests=(swab(9, True),)), "red"),
    ("CN-Guangdong-2020", with_(tests=(swab(9, False, positive=30),)), "green"),
    ("CN-Shanghai-2022", observed(3, -3), "yellow"),
    ("CN-Shanghai-2022", observed(3, -3, "hospital"), "red"),
    ("CN-national-2020", Facts(), "green"),
    ("CN-national-2020", contact(14), "orange"),
    ("CN-national-2020", contact(15), "green"),
    ("CN-national-2020", observed(5, -2, "central"), "orange"),
    ("CN-national-2020", observed(9, 1, "central"), "green"),
    ("CN-national-2020", observed(5, -2, "hospital"), "red"),
    ("CN-national-2020", told(0, temperature=373, measured=AT), "yellow"),
    ("CN-national-2020", told(0, False, temperature=372, measured=AT, abnormal=TODAY), "green"),
    ("CN-Hubei-2020", Facts(), "unknown"),
    ("CN-Hubei-2020", told(0), "green"),
    ("CN-Hubei-2020", told(1), "yellow"),
    ("CN-Hubei-2020", told(0, temperature=390, measured=AT), "red"),
    ("CN-Hubei-2020", with_(contact(14), told(0)), "yellow"),
    ("CN-Hubei-2020", with_(observed(13, -9, "central"), told(0)), "yellow"),
    ("CN-Hubei-2020", with_(observed(14, -9, "central"), told(0)), "green"),
    ("CN-Guangdong-2020", Facts(), "green"),
    ("CN-Guangdong-2020", contact(3), "red"),
    ("CN-Guangdong-2020", trip(3, "CN-420106"), "red"),
    ("CN-Guangdong-2020", observed(3, -3), "red"),
    ("CN-Guangdong-2020", contact(3, "secondary"), "green"),
    ("CN-Beijing-2020", Facts(), "green"),
    ("CN-Beijing-2020", observed(3, -3), "yellow"),
    ("CN-Beijing-2020", observed(3, -3, "central"), "red"),
    ("CN-Beijing-2020", observed(3, -3, "hospital"), "red"),
    ("CN-companion-2021", contact(3, "companion"), "yellow"),
    ("CN-companion-2021", with_(contact(3, "companion"), tests=(swab(6, earlier=30),)), "green"),
    ("CN-companion-2021", with_(contact(3, "companion"), tests=(swab(6),)), "yellow"),
    ("CN-companion-2021", with_(contact(6, "companion"), tests=(swab(6, earlier=79),)), "yellow"),
    ("CN-companion-2021", with_(contact(6, "companion"), tests=(swab(6, earlier=78),)), "green"),
    ("CN-companion-2021", contact(15, "companion"), "green"),
    ("CN-Shanghai-2022", Facts(), "green"),
    ("CN-Shanghai-2022", contact(3, "secondary"), "yellow"),
    ("CN-Shanghai-2022", contact(8, "secondary"), "green"),
    ("CN-Shanghai-2022", contact(3), "red"),
    ("CN-Shanghai-2022", contact(1, "pool"), "red"),
    ("CN-Shanghai-2022", with_(contact(1, "pool"), tests=(swab(2),)), "green"),
    ("CN-Shanghai-2022", with_(tests=(swab(2, True),)), "red"),
    ("CN-Shanghai-2022", with_(tests=(swab(2, False, positive=50),)), "green"),
    ("CN-Shanghai-2022", with_(tests=(swab(7 * 24 + 1),)), "yellow"),
    ("CN-Shanghai-2022", with_(tests=(swab(7 * 24 - 1),)), "green"),
    ("CN-Shanghai-2022", trip(2, "CN-310101"), "yellow"),
    ("CN-Shanghai-2022", trip(2, "CN-310115"), "red"),
]


@pytest.mark.parametrize(("name", "facts", "shown"), OLD)
def test_what_history_decided(name: str, facts: Facts, shown: str) -> None:
    assert then(name, facts)[0] == shown


def test_every_branch_of_history_is_met_by_somebody() -> None:
    met = {(name, then(name, facts)) for name, facts, _ in OLD}
    for name, policy in HISTORY.items():
        for branch in policy.branches:
            cause = None if branch.cause is None else Cause(branch.cause)
            assert (name, (branch.result, cause)) in met, (name, branch.title["en"])


def test_a_normal_temperature_clears_the_yellow_of_the_morning() -> None:
    morning = told(0, False, temperature=380, measured=AT - timedelta(hours=3), abnormal=TODAY)
    evening = told(0, False, temperature=366, measured=AT - timedelta(hours=1), abnormal=TODAY)
    assert then("CN-national-2020", morning) == ("yellow", Cause.SYMPTOMS)
    assert then("CN-national-2020", evening) == ("green", None)


def test_an_orange_one_is_a_yellow_code_that_keeps_its_word() -> None:
    policy = structs.replace(HISTORY["CN-national-2020"], start=MODERN.start)
    code = assess(contact(3), policy, AT)
    assert (code.colour, code.shade, code.quarantine) == (Colour.YELLOW, "orange", True)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations([UTC, CHINA, timezone(timedelta(hours=-5))], 2)))
def test_an_instant_is_the_same_in_every_zone_where_only_instants_count(one: timezone, other: timezone) -> None:
    facts = with_(tests=(swab(48, True),))
    a, b = (assess(facts, MODERN, AT.astimezone(zone)) for zone in (one, other))
    assert a == b


# the day of a sample is that of the country's clocks


@pytest.mark.parametrize(
    ("first", "lifts"), [("2026-11-19T00:30:00+08:00", True), ("2026-11-18T23:30:00+08:00", False)]
)
def test_after_that_day_is_after_the_countrys_midnight(first: str, lifts: bool) -> None:
    """Both samples are of the 18th in UTC; the contact's day ends in between, where its people live."""
    earlier = datetime.fromisoformat(first)
    tests = (LatestTest("molecular", earlier + timedelta(hours=30), False, earlier=earlier),)
    day = date(2026, 11, 18)
    met = Facts(contacts=(Period("close", day, day),), tests=tests)
    code = assess(met, MODERN, datetime(2026, 11, 24, 12, tzinfo=CHINA))
    assert (code.colour is not Colour.YELLOW) is lifts


def test_the_same_samples_where_clocks_stand_otherwise() -> None:
    sampled = datetime(2026, 11, 18, 17, tzinfo=UTC)
    said = {
        hours: Facts(tests=(LatestTest("molecular", sampled, False),)).to_data({}, timezone(timedelta(hours=hours)))
        for hours in (-11, 0, 8)
    }
    days = {hours: data["tests"]["molecular"]["sampled_day"] for hours, data in said.items()}  # type: ignore[index]
    assert days == {-11: "2026-11-18", 0: "2026-11-18", 8: "2026-11-19"}
