"""What a policy would do to people: counted by the gate's own functions, and against the policy in force."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec import structs
from tests.authority.population import crowds
from tests.authority.population.crowds import AT

from pratique.authority.population import tables
from pratique.authority.population.assessing import OTHERWISE, UNDECIDED
from pratique.authority.population.chart import chart
from pratique.authority.population.effect import OF_RIGHT, Case, Standing, branch_at, effect
from pratique.authority.population.engines import Engine
from pratique.authority.population.tables import Table
from pratique.rules.policy import Policy, Setting, Shown, read_policy
from pratique.sandbox import border, codes

EVENTS = read_policy(border.policy())
CODE = read_policy(codes.policy())
VACCINATED_ALONE = structs.replace(
    EVENTS, branches=EVENTS.branches[:1], otherwise=structs.replace(EVENTS.otherwise, remedy=None)
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with crowds.engine_of(crowds.made(tmp_path_factory.mktemp("people") / "made", 1_500)) as engine:
        yield engine


def cases(engine: Engine, policy: Policy, **asked: Any) -> list[Case]:
    return [case for part in effect(engine, policy, AT, **asked) for case in part.cases]


def counted(found: list[Case], name: str) -> Counter[Any]:
    counts: Counter[Any] = Counter()
    for case in found:
        counts[getattr(case, name)] += case.people
    return counts


def test_everybody_is_counted_once(engine: Engine) -> None:
    for policy in (EVENTS, CODE):
        found = cases(engine, policy)
        assert sum(case.people for case in found) == 1_500
        for stratum in tables.STRATA:
            table = tables.by_standing_and(stratum, found)
            assert sum(sum(numbers) for _, numbers in table.rows) == 1_500


def test_a_remedy_is_tried_and_not_believed(engine: Engine) -> None:
    standing = counted(cases(engine, EVENTS), "standing")
    assert standing[Standing.REMEDY] > 0 == standing[Standing.SHUT_OUT]
    useless = structs.replace(EVENTS, branches=EVENTS.branches[:3])  # no test counts, whatever is said of one
    standing = counted(cases(engine, useless), "standing")
    assert standing[Standing.SHUT_OUT] > 0 == standing[Standing.REMEDY]


def test_who_is_shut_out_shows_by_access_to_vaccines(engine: Engine) -> None:
    table = tables.by_standing_and("access to vaccines", cases(engine, VACCINATED_ALONE))
    free = {label: numbers[0] / sum(numbers) for label, numbers in table.rows}
    assert list(free) == ["high income", "upper middle income", "lower middle income", "low income"]
    assert free["high income"] > free["lower middle income"] > free["low income"]


def test_a_form_that_is_not_taken_shuts_out_whoever_has_no_other(engine: Engine) -> None:
    screens = structs.replace(EVENTS, shows=(Shown.SCREEN,))
    for case in cases(engine, screens):
        assert (case.standing is Standing.SHUT_OUT) is (case.shows == "paper") or case.shows == "screen"


def test_against_the_policy_in_force(engine: Engine) -> None:
    found = cases(engine, VACCINATED_ALONE, against=EVENTS)
    assert counted(found, "standing") == counted(cases(engine, VACCINATED_ALONE), "standing")
    assert counted(found, "stood") == counted(cases(engine, EVENTS), "standing")
    gains = dict(tables.gains_and("country", found).rows)
    assert all(numbers[0] == 0 for numbers in gains.values())
    assert all(numbers[2] > 0 for numbers in gains.values())
    changed = dict(tables.changes(found).rows)
    assert set(changed) == {"free", "remedy"}
    same = cases(engine, EVENTS, against=EVENTS)
    assert tables.changes(same).rows == ()


def test_a_health_code_against_another(engine: Engine) -> None:
    mild = structs.replace(CODE, branches=CODE.branches[1:])
    found = cases(engine, mild, against=CODE)
    assert counted(found, "stood") == counted(cases(engine, CODE), "standing")
    better, _, worse, undecided = (
        sum(numbers[column] for _, numbers in tables.gains_and("region", found).rows) for column in range(4)
    )
    assert better == worse == 0 < undecided


def test_facts_and_certificates_are_not_compared(engine: Engine) -> None:
    with pytest.raises(ValueError, match="certificates"):
        cases(engine, EVENTS, against=CODE)


def test_of_right_nobody_is_turned_away(engine: Engine) -> None:
    branch = structs.replace(EVENTS.otherwise, result="quarantine")
    at_the_border = structs.replace(EVENTS, setting=Setting.BORDER, of_right=branch, branches=EVENTS.branches[:3])
    for case in cases(engine, at_the_border):
        if case.place == OF_RIGHT:
            assert (case.country, case.standing) == ("XA", Standing.RESTRICTED)
        if case.place == OTHERWISE:
            assert case.country != "XA"
    assert branch_at(at_the_border, OF_RIGHT) is branch


def test_what_is_open_is_undecided(engine: Engine) -> None:
    rules = tuple(structs.replace(rule, engine_version="9.0.0") for rule in EVENTS.rules)
    places = counted(cases(engine, structs.replace(EVENTS, rules=rules)), "place")
    assert set(places) <= {UNDECIDED, OTHERWISE}
    assert places[UNDECIDED] > 1_000


def test_a_policy_of_another_time_is_asked_as_if_in_force(engine: Engine) -> None:
    later = structs.replace(CODE, start=AT.replace(year=2027), sunset=None)
    assert counted(cases(engine, later), "place") == counted(cases(engine, CODE), "place")


def test_each_way_is_told_with_what_follows(engine: Engine) -> None:
    table = tables.by_way(cases(engine, EVENTS), EVENTS)
    labels = [label for label, _ in table.rows]
    assert labels[0] == "admit: vaccinated"
    assert labels[-1] == "not_admitted: no proof that counts today; ends after 24 h; remedy: test (antigen)"


def test_a_chart_is_xml_with_every_number_in_it() -> None:
    table = Table("by <region>", ("free", "shut_out"), (("A & \x1b\0B", (3, 1)), ("nobody", (0, 0))))
    drawn = ElementTree.fromstring(chart("x < y", table, table))  # noqa: S314  our own
    titles = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "x < y"
    assert "A & B, free: 3 (75.0 %)" in titles
    widths = [float(each.get("width", 0)) for each in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert all(width >= 0 for width in widths)
