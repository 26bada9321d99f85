"""Corridors: an agreement's own rules, beside a country's or instead of them, for who comes by it."""

import json

import msgspec
import pytest
from msgspec import structs

from pratique import TrustList
from pratique.admission import Verdict, admit
from pratique.bundle import Bundle
from pratique.model.errors import BundleRefused, Problem, RuleRefused
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.rules.agreement import asymmetries, parse_agreements
from pratique.rules.comparing import compare, compare_corridors
from pratique.sandbox.border import bundle_files
from pratique.texts.saying import say
from pratique.trust import Environment
from pratique.verification import Verification
from tests.cases.admitting import AGREEMENT
from tests.travel import BUNDLE, NOW, dose, pcr, to, told

FRESH, TWO = told(pcr(20)), (told(dose(60)), told(dose(90)))
FROM_XA = structs.replace(to("XBHAV"), origin="XA")
FROM_FR = structs.replace(to("XBHAV"), origin="FR")
LANE = {"rules": "fast-track", "stands": "beside"}


def lane(consequence: object) -> dict[str, object]:
    """The way of the tested into XB and nothing else, leading elsewhere than it does for everybody."""
    rules = json.loads(
        dict(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))["rules/XB.json"]
    )
    tested = next(route for route in rules["routes"] if route["name"] == "tested")
    kept = [rule for rule in rules["rules"] if rule["Identifier"] in tested["rules"]]
    return rules | {"rules": kept, "routes": [tested | {"consequence": consequence}]}


def loaded(
    *,
    corridor: object = LANE,
    file: object = lane({"kind": "free"}),
    name: str = "corridors/XB.fast-track.json",
    **changes: object,
) -> Bundle:
    files = dict(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))
    one = AGREEMENT | {"until": "2027-01-01T00:00:00Z", "corridor": corridor, "lifts": None} | changes
    one = {field: value for field, value in one.items() if value is not None}
    manifest = json.loads(files["bundle.json"])
    part = {"issued": "2026-03-10T12:00:00Z"}
    manifest["parts"] |= {"agreements.json": part} | ({name: part} if file is not None else {})
    files |= {
        "bundle.json": msgspec.json.encode(manifest),
        "agreements.json": msgspec.json.encode({"agreements": 1, "list": [one]}),
    }
    return Bundle.from_files(files | ({name: msgspec.json.encode(file)} if file is not None else {}))


def judged(*shown: Verification, bundle: Bundle, journey: Journey = FROM_XA) -> Verdict:
    return admit(shown, bundle=bundle, journey=journey, at=NOW)


def kind(verdict: Verdict) -> str | None:
    return None if verdict.consequence is None else verdict.consequence.kind.value


@pytest.mark.parametrize("status", ["proposed", "willing", "agreed", "suspended"])
def test_a_corridor_that_is_not_in_force_decides_nothing(status: str) -> None:
    verdict = judged(FRESH, bundle=loaded(status=status))
    assert (kind(verdict), verdict.corridors) == ("test_on_arrival", ())


def test_who_comes_from_elsewhere_has_no_corridor() -> None:
    """XA's certificate in the hand of somebody who comes from FR: the corridor is a way, not a certificate."""
    assert kind(judged(FRESH, bundle=loaded(), journey=FROM_FR)) == "test_on_arrival"


def test_a_strangers_certificate_does_not_count_on_it() -> None:
    assert kind(judged(told(pcr(20), issuer="FR"), bundle=loaded())) == "test_on_arrival"
    assert kind(judged(FRESH, bundle=loaded(claims=["vaccination"]))) == "test_on_arrival"


def test_beside_is_one_more_way_in_and_the_better_counts() -> None:
    verdict = judged(FRESH, bundle=loaded())
    assert (verdict.accepted, kind(verdict)) == (True, "free")
    assert [each.identifier for each in verdict.corridors] == ["XA-XB"]
    assert verdict.to_json()["corridors"] == ["XA-XB"]
    assert "The rules of a corridor decide: The corridor of XA and XB." in [say(each) for each in verdict.explanation]
    worse = judged(FRESH, bundle=loaded(file=lane({"kind": "quarantine", "days": 3})))
    assert (kind(worse), worse.corridors) == ("test_on_arrival", ())


def test_beside_takes_away_nothing() -> None:
    verdict = judged(*TWO, bundle=loaded())
    assert (verdict.accepted, [route.name for route in verdict.routes], verdict.corridors) == (True, ["vaccinated"], ())
    assert judged(bundle=loaded()).accepted is False


def test_instead_leaves_the_countrys_own_ways_unasked() -> None:
    """The two doses that would do at XB's border are no way in for who comes by a corridor that asks for a test."""
    closed = loaded(corridor=LANE | {"stands": "instead"})
    verdict = judged(*TWO, bundle=closed)
    assert (verdict.accepted, [each.identifier for each in verdict.corridors]) == (False, ["XA-XB"])
    assert judged(*TWO, FRESH, bundle=closed).accepted is True
    assert judged(*TWO, bundle=closed, journey=FROM_FR).accepted is True


def test_where_nobody_said_where_it_began_the_certificate_says_so() -> None:
    closed = loaded(corridor=LANE | {"stands": "instead"})
    assert judged(*TWO, bundle=closed, journey=to("XBHAV")).accepted is False
    stranger = told(dose(60), issuer="FR"), told(dose(90), issuer="FR")
    assert judged(*stranger, bundle=closed, journey=to("XBHAV")).accepted is True


def test_rules_that_are_not_there_leave_it_open_and_never_fall_back() -> None:
    verdict = judged(*TWO, bundle=loaded(corridor=LANE | {"stands": "instead"}, file=None))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_NO_RULES,))
    assert judged(*TWO, bundle=loaded(file=None)).accepted is True


def test_what_would_do_is_sought_by_the_corridors_rules() -> None:
    closed = loaded(corridor=LANE | {"stands": "instead"})
    ways = judged(*TWO, bundle=closed).ways
    assert {way.kind for way in ways} == {"test"}


def test_old_agreements_leave_a_corridor_that_stands_instead_open() -> None:
    files = loaded(corridor=LANE | {"stands": "instead"})
    part = structs.replace(files.parts["agreements.json"], fresh_until=files.issued)
    late = structs.replace(files, issued=files.issued, parts={**files.parts, "agreements.json": part})
    at = NOW.replace(hour=13)
    assert admit(TWO, bundle=late, journey=FROM_XA, at=at).accepted is None


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"corridor": LANE | {"rules": "../XB"}}, "corridor.rules", Reason.RULE_FIELD_VALUE),
        ({"corridor": LANE | {"stands": "above"}}, "corridor.stands", Reason.RULE_FIELD_VALUE),
        ({"corridor": LANE | {"score": 1}}, "corridor.score", Reason.RULE_FIELD_UNKNOWN),
        ({"file": []}, "routes", Reason.RULE_FIELD_MISSING),
        ({"name": "corridors/XB.json"}, "corridors/XB.json", Reason.BUNDLE_PART_UNKNOWN),
    ],
)
def test_a_corridor_that_nobody_could_apply_is_refused(changes: dict[str, object], path: str, reason: Reason) -> None:
    with pytest.raises(BundleRefused) as refusal:
        loaded(**changes)  # type: ignore[arg-type]
    assert any(each.path.endswith(path) and each.reason is reason for each in refusal.value.problems)


def test_a_corridor_without_return_is_an_asymmetry() -> None:
    one_way = loaded(direction="one_way").agreements
    found = asymmetries(one_way, NOW)
    assert {(each.lifts_at, each.issuer, each.measure) for each in found} == {("XA", "XB", None)}
    assert asymmetries(loaded().agreements, NOW) == ()
    assert asymmetries(loaded(direction="one_way", corridor=LANE | {"stands": "instead"}).agreements, NOW) == ()


def test_corridors_are_compared_by_name() -> None:
    here = loaded().corridors["XB", "fast-track"]
    other = structs.replace(here, routes=(structs.replace(here.routes[0], name="swabbed"),))
    assert compare_corridors({"fast-track": here}, {"fast-track": here}, NOW) == ()
    (alone,) = compare_corridors({"fast-track": here}, {}, NOW)
    assert (alone.place, alone.first, alone.second) == ("corridors.fast-track", "asked", None)
    places = [each.place for each in compare_corridors({"fast-track": here}, {"fast-track": other}, NOW)]
    assert places == ["corridors.fast-track.routes.tested", "corridors.fast-track.routes.swabbed"]
    assert compare_corridors({"fast-track": here}, {"fast-track": here}, NOW.replace(year=2040)) == ()


def test_countries_are_compared_by_what_they_ask_at_an_instant() -> None:
    """A rule that is over, or is only about certificates of one's own, is no difference; an end of a rule is one."""
    (here,) = BUNDLE.rules["XB"]
    over = tuple([structs.replace(rule, valid_to=NOW) for rule in here.rules])
    assert compare([here], [structs.replace(here, rules=(*over, *here.rules))], NOW) == ()
    back = structs.replace(here.rules[0], identifier="IR-XB-0001", kind="Invalidation", logic={"!": [True]})
    assert compare([here], [structs.replace(here, rules=(*here.rules, back))], NOW) == ()
    (gone,) = compare([here], [structs.replace(here, rules=over)], NOW)
    assert (gone.place, gone.first, gone.second) == ("rules", "asked", None)
    tested = {name for route in here.routes if route.name == "tested" for name in route.rules}
    ended = tuple([structs.replace(rule, valid_to=NOW) if rule.identifier in tested else rule for rule in here.rules])
    assert "routes.tested" in [each.place for each in compare([here], [structs.replace(here, rules=ended)], NOW)]


def test_a_route_of_those_who_only_pass_through_is_another_one() -> None:
    (here,) = BUNDLE.rules["XB"]
    entering = tuple([structs.replace(route, transit=False) for route in here.routes])
    (found,) = compare([here], [structs.replace(here, routes=entering)], NOW)
    assert (found.place, found.first, found.second) == ("routes.transit.transit", True, False)


def test_nobody_agrees_with_oneself() -> None:
    party = AGREEMENT["parties"][0]  # type: ignore[index]
    twice = {"agreements": 1, "list": [AGREEMENT | {"parties": [party, party]}]}
    with pytest.raises(RuleRefused) as refusal:
        parse_agreements(json.dumps(twice).encode())
    assert refusal.value.problems == (Problem("list[0].parties[1]", Reason.AGREEMENT_PARTY),)
