"""A traveller who planned by another release: it is told of, by both, and changes no answer."""

from typing import Any

import pytest
from msgspec import structs

from pratique.admission import Verdict, admit
from pratique.answering import compose
from pratique.answering.words import three
from pratique.bundle import Bundle
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.verification import Verification
from tests.travel import BUNDLE, FORGED, NOW, UNKNOWN, XB, dose, told

COMPLETE = told(dose(60), dose(30))
NUMBER = BUNDLE.number
SHOWN: dict[str, tuple[Verification, ...]] = {
    "accepted": (COMPLETE,),
    "refused": (told(dose(30)),),
    "forged": (FORGED,),
    "unknown": (UNKNOWN,),
    "nothing": (),
}


def judged(shown: tuple[Verification, ...], number: int | None, *, bundle: Bundle = BUNDLE, **more: Any) -> Verdict:
    return admit(shown, bundle=bundle, journey=structs.replace(XB, planned=number), at=NOW, **more)


@pytest.mark.parametrize("number", [0, -1])
def test_releases_are_counted_from_one(number: int) -> None:
    with pytest.raises(ValueError, match="from 1"):
        structs.replace(XB, planned=number)


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize("advice", [True, False])
def test_another_release_is_a_note_and_every_answer_stays(shown: tuple[Verification, ...], advice: bool) -> None:
    asked = judged(shown, None, advice=advice)
    assert asked.notes == ()
    assert judged(shown, NUMBER, advice=advice) == asked
    for number, note in ((NUMBER - 1, Reason.PLAN_OLDER), (NUMBER + 1, Reason.PLAN_NEWER)):
        verdict = judged(shown, number, advice=advice)
        assert verdict.notes == (note,)
        assert structs.replace(verdict, notes=()) == asked


def test_it_stays_where_nothing_is_decided() -> None:
    without = structs.replace(BUNDLE, rules={})
    verdict = judged((COMPLETE,), NUMBER + 1, bundle=without)
    assert (verdict.accepted, verdict.reasons, verdict.notes) == (
        None,
        (Reason.ENTRY_NO_RULES,),
        (Reason.PLAN_NEWER,),
    )


def test_of_a_bundle_without_a_number_nothing_is_said() -> None:
    assert judged((COMPLETE,), 7, bundle=structs.replace(BUNDLE, number=0)).notes == ()


def test_the_words_of_the_three_answers_are_the_same_and_the_code_is_told() -> None:
    plain, noted = (
        compose([COMPLETE], at=NOW, bundle=BUNDLE, journey=structs.replace(XB, planned=number))
        for number in (None, NUMBER + 1)
    )
    assert three(plain) == three(noted)
    assert set(noted.reasons) - set(plain.reasons) == {Reason.PLAN_NEWER}
    assert noted.to_json()["verdict"]["notes"] == (Reason.PLAN_NEWER,)  # type: ignore[index]


def test_every_leg_of_a_journey_knows_it() -> None:
    journey = Journey((*XB.legs, *XB.legs), planned=3)
    assert journey.up_to(0).planned == 3
