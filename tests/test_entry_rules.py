"""A file of entry rules: what is refused, with its place, and what is refused only because it may not be published."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.dates import format_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules import trying
from pratique.rules.agreement import parse_agreements
from pratique.rules.entry import EntryRules, parse_entry_rules
from pratique.rules.linting import parse_policy
from pratique.rules.signing import parse_officials
from pratique.sandbox.border import policy, rules
from tests.cases.ruling import at, rule, var


def read(data: bytes, country: str = "XB") -> EntryRules:
    return parse_entry_rules(data, country)


def problems(change: Callable[[Any], object], country: str = "XB") -> list[tuple[str, Reason]]:
    file = msgspec.json.decode(rules(country))
    change(file)
    with pytest.raises(RuleRefused) as refusal:
        read(msgspec.json.encode(file), country)
    return [(problem.path, problem.reason) for problem in refusal.value.problems]


def setting(place: str, value: object) -> Callable[[Any], object]:
    """A change of the value at a place such as `routes.0.consequence`."""

    def change(file: Any) -> None:
        *path, last = [int(step) if step.isdigit() else step for step in place.split(".")]
        for step in path:
            file = file[step]
        file[last] = value

    return change


MISSING, UNKNOWN, FIELD = Reason.RULE_FIELD_MISSING, Reason.RULE_FIELD_UNKNOWN, Reason.RULE_FIELD_VALUE
RULE, CONSEQUENCE = Reason.ROUTES_RULE, Reason.ROUTES_CONSEQUENCE
ORDER = ("routes", Reason.ROUTES_ORDER)
NOT_ADVISED = {"kind": "not_advised"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (setting("colour", "green"), [("colour", UNKNOWN)]),
        (lambda file: file.pop("otherwise"), [("otherwise", MISSING)]),
        (setting("entry_rules", 2), [("entry_rules", FIELD)]),
        (setting("country", "XA"), [("country", FIELD)]),
        (setting("country", ""), [("country", FIELD)]),
        (lambda file: file.pop("country"), [("country", MISSING)]),
        (lambda file: file.pop("entry_rules"), [("entry_rules", Reason.RULE_FILE_KIND)]),
        (setting("disease", "6142004"), [("disease", FIELD)]),
        (setting("routes.0.score", 7), [("routes[0].score", UNKNOWN)]),
        (setting("routes.1.title", {"zh": "x"}), [("routes[1].title.en", MISSING)]),
        (setting("routes.1.rules", []), [("routes[1].rules", RULE)]),
        (setting("routes.1.rules", ["VR-XB-9999"]), [("routes[1].rules", RULE)]),
        (setting("routes.1.name", "vaccinated"), [("routes[0].name", RULE)]),
        (setting("routes.2.consequence", {"kind": "quarantine"}), [("routes[2].consequence", CONSEQUENCE), ORDER]),
        (setting("routes.2.consequence", {"kind": "free", "days": 3}), [("routes[2].consequence", CONSEQUENCE), ORDER]),
        (setting("routes.4.consequence", {"kind": "test_on_arrival"}), [("routes[4].consequence", CONSEQUENCE)]),
        (setting("routes.2.consequence", {"kind": "prison"}), [("routes[2].consequence.kind", FIELD)]),
        (setting("otherwise.days", 29), [("otherwise", CONSEQUENCE)]),
        (setting("otherwise.until", "2026-01-01"), [("otherwise", CONSEQUENCE)]),
        (setting("otherwise.shortened_by.day", 10), [("otherwise", CONSEQUENCE)]),
        (setting("rules.0.Country", "XA"), [("rules[0].Country", FIELD)]),
        (
            setting("rules.0.Logic", {"or": [1, 2]}),
            [("rules[0].Logic", Reason.RULE_OPERATOR), ("routes[0].rules", RULE)],
        ),
        (setting("otherwise", NOT_ADVISED), [("of_right", Reason.ROUTES_OF_RIGHT)]),
    ],
)  # fmt: skip
def test_refused(change: Callable[[Any], object], expected: list[tuple[str, Reason]]) -> None:
    assert problems(change) == expected


def only_vaccination(file: Any) -> None:
    file["routes"] = [route for route in file["routes"] if route["name"] == "vaccinated" or route.get("transit")]


def test_vaccination_as_the_only_way_in_is_refused() -> None:
    assert problems(only_vaccination) == [("routes", Reason.ROUTES_VACCINATION)]


def with_routes(*logics: object, **changes: object) -> Callable[[Any], object]:
    """The file with these rules alone, none of which says that it is about vaccinations; each is a route."""

    def change(file: Any) -> None:
        made = [rule(Identifier=f"GR-XB-{number:04}", CertificateType="General", Country="XB", Logic=logic)
                for number, logic in enumerate(logics)]  # fmt: skip
        made[-1] |= changes
        free = {"kind": "free"}
        file["rules"] = made
        file["routes"] = [
            {"name": each["Identifier"], "title": {"en": "x"}, "rules": [each["Identifier"]], "consequence": free}
            for each in made
        ]

    return change


DOSE = {"if": [var("payload.v.0"), True, False]}
NEGATIVE = {"===": [var("payload.t.0.tr"), "260415000"]}
CLOCK = at("external.validationClock")
CHILD = {"after": [{"dccDateOfBirth": [var("payload.dob")]}, at("external.validationClock", -12, "year")]}
FROM_XA = {"and": [{"===": [var("external.journey.from"), "XA"]}, NEGATIVE]}
BY_SEA = {"and": [{"in": [var("external.journey.port"), ["XBHAV"]]}, NEGATIVE]}
LISTED = {"in": [var("payload.t.0.tt"), var("external.valueSets.tests-of-xb")]}


@pytest.mark.parametrize(
    "change",
    [
        with_routes(DOSE),
        with_routes(DOSE, {"<": [2, 1]}),
        with_routes(DOSE, {"after": [at("payload.t.0.sc"), at("external.validationClock", 1)]}),
        with_routes(DOSE, {"<": ["1", 2]}),
        with_routes(DOSE, {"and": [{"===": [var("payload.t.0.tr"), "a"]}, {"===": [var("payload.t.0.tr"), "b"]}]}),
        with_routes(DOSE, CHILD),
        with_routes(DOSE, NEGATIVE, ValidTo="2021-09-01T00:00:00Z"),
        with_routes(DOSE, NEGATIVE, ValidFrom="2021-09-01T00:00:00Z"),
        with_routes(DOSE, {"and": [NEGATIVE, {"before": [CLOCK, {"plusTime": ["2021-08-01", 0, "day"]}]}]}),
    ],
    ids=["unnamed", "never", "tomorrow", "no value", "both", "children", "ends first", "begins later", "ends inside"],
)
def test_vaccination_as_the_only_way_in_is_refused_in_any_disguise(change: Callable[[Any], object]) -> None:
    """A second route that nobody meets, or not all the time, is no way in."""
    assert problems(change) == [("routes", Reason.ROUTES_VACCINATION)]


@pytest.mark.parametrize(
    ("logic", "reason"),
    [
        ({"===": [var("payload.nam.fnt"), "ERIKSSON"]}, Reason.POLICY_DATA),
        ({"<": [var("payload.steps"), 15_000]}, Reason.POLICY_DATA),
        ({"reduce": [var("payload.v"), {"===": [var("current.ci"), "x"]}, False]}, Reason.POLICY_DATA),
        ({">": [{"+": [var("payload.v.0.dn"), 3]}, 4]}, Reason.POLICY_SCORE),
        ({"===": [var("payload.r.0.tg"), "74732009"]}, Reason.POLICY_CONDITION),
    ],
    ids=["a name", "steps", "a record", "a score", "mental health"],
)
def test_a_border_asks_for_no_more_than_a_policy_may(logic: object, reason: Reason) -> None:
    found = problems(with_routes(NEGATIVE, logic))
    assert {code for _, code in found} == {reason}
    assert all(place.startswith("rules[1].Logic") for place, _ in found)
    file = msgspec.json.decode(rules("XB"))
    with_routes(NEGATIVE, logic)(file)
    entry = read(msgspec.json.encode(file | {"historical": True}))
    assert {finding.reason for finding in entry.findings} == {reason}


@pytest.mark.parametrize(
    "change",
    [
        with_routes(DOSE, NEGATIVE),
        with_routes(DOSE, FROM_XA),
        with_routes(DOSE, BY_SEA),
        with_routes(DOSE, LISTED),
        with_routes(DOSE, {"<": [2, 1]}, EngineVersion="9.0.0"),
        with_routes(DOSE, {"if": [var("payload.x.0"), True, False]}),
        with_routes(DOSE, {"if": [var("payload.r.0"), True, False]}),
        with_routes(DOSE, NEGATIVE, ValidFrom="0001-01-01T00:00:00Z", ValidTo="9999-12-31T23:59:59Z"),
    ],
    ids=["test", "from a country", "at a port", "own list", "newer engine", "exempt", "recovered", "for ever"],
)
def test_one_way_in_without_a_vaccination_is_enough(change: Callable[[Any], object]) -> None:
    file = msgspec.json.decode(rules("XB"))
    change(file)
    assert read(msgspec.json.encode(file)).findings == ()


def test_what_would_take_too_long_to_try_is_refused() -> None:
    """A hundred folds over all countries in every route, each of which is tried on everybody."""
    codes = {"var": "external.valueSets.country-2-codes"}
    inner = {"reduce": [codes, {"and": [var("accumulator"), {"in": [var("current"), ["XA", "BE", "FR"]]}]}, True]}
    costly = {"and": [inner] * 100}
    assert problems(with_routes(*[costly] * 9)) == [("routes", Reason.RULE_TOO_COSTLY)]


def test_nor_is_everybody_tried_for_a_file_of_many_cheap_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """At fifty instants everybody is tried from each country that is named, before somebody from the last gets in."""
    monkeypatch.setattr(trying, "MAX_TRIED", trying.MAX_TRIED // 10)
    others = ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT"]
    origin = var("external.journey.from")
    last = {"and": [{"===": [origin, "ZW"]}, {"!": [{"in": [origin, others]}]}]}

    def change(file: Any) -> None:
        with_routes(last, *[DOSE] * 50)(file)
        for number, each in enumerate(file["rules"]):
            first = datetime(2026, 1, 1 + number // 24, number % 24, tzinfo=UTC)
            each |= {"ValidFrom": format_instant(first), "ValidTo": format_instant(first.replace(year=2027))}
        file["routes"][1:] = [file["routes"][1] | {"rules": [each["Identifier"] for each in file["rules"][1:]]}]

    assert problems(change) == [("routes", Reason.RULE_TOO_COSTLY)]


def test_nobody_who_enters_of_right_is_told_not_to_board() -> None:
    assert problems(setting("of_right", NOT_ADVISED), "XA") == [("of_right", Reason.ROUTES_OF_RIGHT)]


def test_history_is_read_with_its_findings() -> None:
    file = msgspec.json.decode(rules("XB"))
    only_vaccination(file)
    entry = read(msgspec.json.encode(file | {"historical": True, "otherwise": NOT_ADVISED}))
    assert entry.historical
    assert [finding.reason for finding in entry.findings] == [Reason.ROUTES_VACCINATION, Reason.ROUTES_OF_RIGHT]


@pytest.mark.parametrize("data", [b"", b"{", b"[", b"1", b'"x"', b"\xff", b"[1]", b"[{}]", b"{}"])
def test_what_is_no_file_of_rules(data: bytes) -> None:
    with pytest.raises(RuleRefused):
        read(data)


@pytest.mark.parametrize("country", ["XA", "XB"])
def test_the_sandboxs_rules_are_read(country: str) -> None:
    entry = read(rules(country), country)
    assert entry.findings == ()
    assert entry.routes
    assert all(rule.description.keys() == {"en", "zh"} for rule in entry.rules)
    assert all(route.title.keys() == {"en", "zh"} for route in entry.routes)
    used = {name for route in entry.routes for name in route.rules}
    assert used == {rule.identifier for rule in entry.rules}, "a rule that no route asks"


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (read, rules("XB")),
        (parse_policy, policy()),
        (parse_agreements, b'{"agreements": 1, "list": []}'),
        (parse_officials, b'{"officials": 1, "country": "XA", "keys": {}}'),
    ],
    ids=["entry rules", "policy", "agreements", "officials"],
)  # fmt: skip
def test_no_file_says_two_things_under_one_name(read: Callable[[bytes], object], data: bytes) -> None:
    """Readers differ in which of the two they hear: one would see the setting of an event, another a supermarket."""
    read(data)
    for name, twice in ((b"{", b'{"country": "XC", "country": "XC", '), (b": ", b': {"a": 1, "a": 2}, "more": ')):
        with pytest.raises(RuleRefused) as refusal:
            read(data.replace(name, twice, 1))
        assert refusal.value.problems == (Problem("", Reason.RULE_UNREADABLE),)


NAMES = st.sampled_from(["rules", "routes", "country", "otherwise", "kind", "disease", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)


@given(JSON)
def test_any_json_is_read_or_refused(content: object) -> None:
    try:
        entry = read(msgspec.json.encode(content))
    except RuleRefused as refusal:
        assert refusal.problems
    else:
        assert content == []
        assert entry.rules == ()
