"""When a face alone may issue: in rehearsals, and elsewhere with three examinations of this very matcher."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs
from tests.authority.identity.scripted import AT as NOW
from tests.authority.identity.scripted import enrolled, enrolments, run
from tests.web import houses

from pratique.authority.identity.answers import Cause, Holder, NotConfirmed
from pratique.authority.identity.instant import COUNTS_FOR, REHEARSAL, Evidence, Recorded, face_only, missing
from pratique.model.errors import FaceOnlyRefused
from pratique.trust import Environment
from pratique.web import issuing
from pratique.web.holding import signing

AT = datetime(2026, 11, 25, tzinfo=UTC)
DONE = Recorded(date(2026, 5, 1), "laboratory report 7, 41 pages")
WHOLE = Evidence("m", attack_test=DONE, groups=DONE, impact=DONE)


@pytest.mark.parametrize("environment", [Environment.PRODUCTION, Environment.TEST])
@pytest.mark.parametrize(
    ("evidence", "lacking"),
    [
        (None, "model, attack_test, groups, impact"),
        (structs.replace(WHOLE, model="another"), "model, attack_test, groups, impact"),
        (structs.replace(WHOLE, attack_test=None), "attack_test"),
        (structs.replace(WHOLE, groups=None, impact=None), "groups, impact"),
        (structs.replace(WHOLE, impact=structs.replace(DONE, reference=" ")), "impact"),
        (structs.replace(WHOLE, impact=structs.replace(DONE, day=date(2026, 11, 26))), "impact"),
        (
            structs.replace(WHOLE, impact=structs.replace(DONE, day=AT.date() - COUNTS_FOR)),
            None,
        ),
        (structs.replace(WHOLE, impact=structs.replace(DONE, day=date(2024, 11, 24))), "impact"),
    ],
)
def test_evidence_that_is_not_enough(environment: Environment, evidence: Evidence | None, lacking: str | None) -> None:
    if lacking is None:
        assert face_only(environment, evidence, model="m", at=AT).environment is environment
        return
    with pytest.raises(FaceOnlyRefused, match="FACE_EVIDENCE") as refused:
        face_only(environment, evidence, model="m", at=AT)
    assert refused.value.detail == lacking


def test_the_sandbox_needs_none_and_the_whole_is_enough() -> None:
    assert face_only(Environment.SANDBOX, None, model="m", at=AT) == REHEARSAL
    assert face_only(Environment.PRODUCTION, WHOLE, model="m", at=AT).environment is Environment.PRODUCTION
    assert missing(WHOLE, model="m", at=AT) == ()


def test_a_sign_up_that_is_no_rehearsal_does_not_start_without_it() -> None:
    house = structs.replace(houses_ministry(), specimen=False)
    with pytest.raises(FaceOnlyRefused):
        issuing.app(house)
    house.enrolments.instant = None
    assert issuing.app(house)
    house.enrolments.instant = face_only(Environment.PRODUCTION, WHOLE, model="m", at=AT)
    assert issuing.app(house)
    house.enrolments.instant = REHEARSAL
    assert issuing.app(structs.replace(house, specimen=True))


def houses_ministry() -> issuing.Ministry:
    return issuing.Ministry(
        enrolments=enrolments(), hold=signing(houses.claims, houses.SIGNER, specimen=True), issuer="XA", country="XA",
        authority=houses.AUTHORITY, specimen=True,
    )  # fmt: skip


def test_what_was_recorded_ends_while_a_sign_up_runs() -> None:
    """The earliest of the three ends it: from then on people decide, and nobody has to be there to stop anything."""
    old = Recorded(NOW.date() - COUNTS_FOR, "laboratory report 3")
    house = enrolments()
    house.instant = face_only(Environment.PRODUCTION, structs.replace(WHOLE, groups=old), model="m", at=NOW)
    assert isinstance(run(lambda: enrolled(house)), Holder)
    morrow = NOW + timedelta(days=1)
    answer = run(lambda: enrolled(house, at=morrow))
    assert isinstance(answer, NotConfirmed)
    case = house.case(answer.desk_code, at=morrow)
    assert case is not None
    assert case.cause is Cause.NOT_INSTANT


def test_without_it_a_match_is_for_people_to_decide() -> None:
    house = enrolments()
    house.instant = None
    answer = run(lambda: enrolled(house))
    assert isinstance(answer, NotConfirmed)
    case = house.case(answer.desk_code, at=NOW)
    assert case is not None
    assert case.cause is Cause.NOT_INSTANT
    assert case.registered is not None
