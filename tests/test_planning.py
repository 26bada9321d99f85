"""A trip before it begins: what is missing, what is not decided, what is met, and the least that would do."""

from datetime import timedelta

import pytest
from msgspec import structs

from pratique.admission import Admission
from pratique.answering.planning import Requirement, State, least, plan, remarks, requirements
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.texts.saying import Published
from tests.travel import ARRIVE, BUNDLE, NOW, XB, dose, pcr, told

XA = Journey((Leg("XA", ARRIVE, "XAHAV"),))


def only(*shown: object, journey: Journey = XB) -> tuple[Requirement, ...]:
    (verdict,) = plan([told(*shown)] if shown else [], bundle=BUNDLE, journey=journey, at=NOW)  # type: ignore[arg-type]
    return requirements(verdict)


def title(requirement: Requirement) -> str:
    return requirement.name.texts["en"]


def test_a_naive_instant_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="aware"):
        plan([], bundle=BUNDLE, journey=XB, at=NOW.replace(tzinfo=None))


def test_what_is_missing_is_said_once_for_each_way() -> None:
    found = only(dose(60), dose(30), journey=XA)
    assert found
    assert {each.state for each in found} == {State.MISSING}
    assert len({(title(each), repr(each.rules)) for each in found}) == len(found)
    assert all(each.rules for each in found)


def test_without_rules_nothing_is_asked_and_that_is_no_refusal() -> None:
    (verdict,) = plan([told(dose(60))], bundle=BUNDLE, journey=Journey((Leg("FR", ARRIVE),)), at=NOW)
    assert verdict.outcome is Admission.OPEN
    assert requirements(verdict) == ()
    assert remarks(verdict) == (Reason.ENTRY_NO_RULES,)


def test_what_is_not_decided_is_not_missing() -> None:
    tomorrows = "A-Vaccine-Of-Tomorrow"
    found = only(dose(60, tomorrows), dose(30, tomorrows))
    states = {title(each): each.state for each in found}
    assert len(states) == len(found)
    assert states["vaccinated or exempt"] is State.UNDECIDED
    assert states["tested"] is State.MISSING


def test_what_is_met_names_the_way_and_its_rules() -> None:
    met, *rest = only(dose(60), dose(30))
    assert (met.state, len(met.rules)) == (State.MET, 4)
    assert rest == []


def test_a_set_without_ways_tells_of_each_rule() -> None:
    (verdict,) = plan([told(dose(60), dose(30))], bundle=BUNDLE, journey=XB, at=NOW)
    without = structs.replace(verdict, routes=(), unmet=())
    assert {each.state for each in requirements(without)} == {State.MET}
    assert all(isinstance(each.name, Published) and not each.rules for each in requirements(without))


def test_each_leg_is_asked_as_far_as_it() -> None:
    journey = Journey((Leg("XB", ARRIVE - timedelta(hours=8), transit=True), Leg("XA", ARRIVE, "XAHAV")), "XC")
    legs = plan([told(dose(60), dose(30))], bundle=BUNDLE, journey=journey, at=NOW)
    assert [each.leg.to for each in legs] == ["XB", "XA"]
    assert [each.outcome for each in legs] == [Admission.ACCEPTED, Admission.REFUSED]


def test_the_least_leads_to_the_same() -> None:
    whole = [told(dose(400), dose(60), dose(30), pcr(20)), told(pcr(90))]
    chosen = least(whole, bundle=BUNDLE, journey=XB, at=NOW)
    assert sum(map(len, chosen)) < 5
    shown = [
        structs.replace(each, content=structs.replace(each.content, claims=[each.content.claims[n] for n in places]))
        for each, places in zip(whole, chosen, strict=True)
        if places
    ]
    before, after = (plan(each, bundle=BUNDLE, journey=XB, at=NOW)[-1] for each in (whole, shown))
    assert (after.outcome, after.consequence) == (before.outcome, before.consequence)
    for number, each in enumerate(shown):
        for place in range(len(each.content.claims)):
            claims = [claim for n, claim in enumerate(each.content.claims) if n != place]
            fewer = [*shown[:number], structs.replace(each, content=structs.replace(each.content, claims=claims))]
            left = [one for one in (*fewer, *shown[number + 1 :]) if one.content.claims]
            (verdict,) = plan(left, bundle=BUNDLE, journey=XB, at=NOW)
            assert (verdict.outcome, verdict.consequence) != (before.outcome, before.consequence)


def test_where_nothing_is_asked_nothing_is_to_be_shown() -> None:
    through = Journey((Leg("XB", ARRIVE, transit=True),))
    assert least([told(dose(60), dose(30))], bundle=BUNDLE, journey=through, at=NOW) == ((),)
