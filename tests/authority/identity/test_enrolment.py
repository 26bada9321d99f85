"""From a passport to a holder: who is refused, what strangers can tell from outside, and the untouched case."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import structs
from tests.authority.identity.scripted import (
    AT,
    MEIMEI,
    SECOND,
    STRANGER,
    ScriptedMatcher,
    enrolled,
    enrolments,
    frame,
    moved,
    obedient,
    registered,
    run,
    show,
    started,
)

from pratique.authority.identity import enrolment
from pratique.authority.identity.answers import (
    Assurance,
    Case,
    Cause,
    Gone,
    Holder,
    NotConfirmed,
    Seen,
    Started,
    TryLater,
)
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.identity.liveness import LASTS, Refusal, Step
from pratique.authority.identity.matching import ReviewMatcher
from pratique.authority.identity.quality import Hint
from pratique.authority.identity.registry import Registered
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.sandbox import traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT

CHILD = registered(DAUGHTERS_PASSPORT, "2017-06-01", b"xiaoxiao")


def case_of(house: Enrolments, answer: object) -> Case:
    assert isinstance(answer, NotConfirmed)
    case = house.case(answer.desk_code, at=AT + timedelta(minutes=1))
    assert case is not None
    return case


def refused(house: Enrolments, document: str = MEIMEI, face: bytes = b"meimei") -> Case:
    return case_of(house, run(lambda: enrolled(house, document, face=face)))


# who is refused


def test_another_face_is_refused() -> None:
    assert refused(enrolments(), face=b"leilei").cause is Cause.NO_MATCH


def test_a_doubtful_face_is_for_a_person_to_decide() -> None:
    assert refused(enrolments(), face=b"meimei/0.55").cause is Cause.INCONCLUSIVE


def test_an_unknown_passport_is_refused() -> None:
    case = refused(enrolments(), STRANGER)
    assert (case.cause, case.registered) == (Cause.UNKNOWN_DOCUMENT, None)


def test_a_child_is_not_matched_though_the_face_is_hers() -> None:
    matcher = ScriptedMatcher()
    asked: list[bytes] = []
    reference = matcher.reference

    async def remember(portrait: bytes) -> object:
        asked.append(portrait)
        return await reference(portrait)

    matcher.reference = remember  # type: ignore[assignment,method-assign]
    house = enrolments(matcher, people=(CHILD,))
    assert refused(house, DAUGHTERS_PASSPORT.number, b"xiaoxiao").cause is Cause.CHILD
    assert asked == [matcher.decoy]


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (None, False),
        ("2008-11-26", False),
        ("2008-11-25", True),
        ("2008-11", False),
        ("2008-10", True),
        ("2008", False),
        ("2007", True),
        ("2004-02-29", True),
    ],
)
def test_who_is_of_age(born: str | None, of_age: bool) -> None:
    zone = structs.replace(traveller.PASSPORT, birth_date="<<<<<<")
    house = enrolments(people=(registered(zone, born, b"meimei"),))
    answer = run(lambda: enrolled(house))
    assert isinstance(answer, Holder) is of_age
    if not of_age:
        assert case_of(house, answer).cause is Cause.CHILD


def test_a_portrait_without_a_face_establishes_nobody() -> None:
    house = enrolments(people=(registered(traveller.PASSPORT, "1990-05-08", b"a landscape"),))
    assert refused(house).cause is Cause.NO_REFERENCE


def test_a_still_picture_gets_nowhere() -> None:
    house = enrolments()

    async def scene() -> object:
        begun = await started(house)
        seen = await show(house, begun, *(frame() for _ in range(40)))
        assert all(isinstance(each, Seen) and not each.complete for each in seen)
        return await house.finish(begun.session, at=AT + 15 * SECOND)

    case = case_of(house, run(scene))
    assert case.cause is Cause.NOT_LIVELY
    assert Refusal.INCOMPLETE in case.refusals


def test_finishing_before_any_frame_is_refused() -> None:
    house = enrolments()

    async def scene() -> object:
        begun = await started(house)
        return await house.finish(begun.session, at=AT)

    assert case_of(house, run(scene)).cause is Cause.NOT_LIVELY


def test_a_face_that_is_swapped_is_refused_and_not_told() -> None:
    """The owner's picture faces the camera, and somebody else moves: outside it looks as if all were well."""
    house = enrolments()

    async def scene(thief: bytes) -> tuple[list[object], object]:
        begun = await started(house, device=thief.decode())
        frames = [frame(), *obedient(begun, thief)[1:]]
        seen = await show(house, begun, *frames)
        return [*seen], await house.finish(begun.session, at=AT + 10 * SECOND)

    swapped, answer = run(lambda: scene(b"leilei"))
    house = enrolments()
    honest, holder = run(lambda: scene(b"meimei"))
    assert swapped == honest
    assert isinstance(holder, Holder)
    house = enrolments()
    case = case_of(house, run(lambda: scene(b"leilei"))[1])
    assert (case.cause, case.refusals) == (Cause.NOT_LIVELY, {Refusal.SWAPPED})
    assert isinstance(answer, NotConfirmed)


def test_time_runs_out() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        frames = obedient(begun)
        await show(house, begun, *frames[:3])
        (late,) = await show(house, begun, frames[3], first=3, at=AT + LASTS)
        assert isinstance(late, Seen)
        assert (late.over, late.complete) == (True, False)
        answer = await house.finish(begun.session, at=AT + LASTS)
        assert Refusal.EXPIRED in case_of(house, answer).refusals

    run(scene)


def test_a_recording_of_an_earlier_challenge_is_refused() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        recording = obedient(begun)
        await show(house, begun, *recording)
        assert isinstance(await house.finish(begun.session, at=AT), Holder)
        again = await started(house)
        seen = await show(house, again, *recording)
        assert {each.asked for each in seen if isinstance(each, Seen)} == {Step.CENTRE}
        case = case_of(house, await house.finish(again.session, at=AT))
        assert Refusal.REPLAYED in case.refusals

    run(scene)


def test_frames_under_another_nonce_are_refused() -> None:
    house = enrolments()

    async def scene() -> None:
        begun, other = await started(house), await started(house)
        stolen = structs.replace(begun, challenge=structs.replace(begun.challenge, nonce=other.challenge.nonce))
        seen = await show(house, stolen, *obedient(begun))
        assert {each.asked for each in seen if isinstance(each, Seen)} == {Step.CENTRE}
        foreign = structs.replace(begun, challenge=structs.replace(begun.challenge, nonce="é"))
        await show(house, foreign, frame())
        case = case_of(house, await house.finish(begun.session, at=AT))
        assert case.refusals == {Refusal.REPLAYED, Refusal.INCOMPLETE}

    run(scene)


def test_a_challenge_is_used_once() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        frames = obedient(begun, b"leilei")
        await show(house, begun, *frames)
        assert isinstance(await house.finish(begun.session, at=AT), NotConfirmed)
        assert isinstance(await house.finish(begun.session, at=AT), Gone)
        assert await show(house, begun, frame(), first=50) == [Gone()]

    run(scene)


@pytest.mark.parametrize("picture", [b"", b"not a picture", b"x" * (enrolment.MAX_FRAME + 1)])
def test_what_is_no_picture_is_told_at_once(picture: bytes) -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        assert await show(house, begun, picture) == [Seen(Step.CENTRE, 0, 3, Hint.UNREADABLE)]

    run(scene)


@pytest.mark.parametrize("text", ["", "12", "HANMEIMEILI", "A" * 10 + "1", "1" * 300, "P<UTO"])
def test_what_cannot_be_a_passport_is_told_at_once(text: str) -> None:
    house = enrolments()
    with pytest.raises(MalformedDocument):
        run(lambda: started(house, text))


def test_a_session_ends() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        late = AT + enrolment.SESSION_LASTS
        assert await show(house, begun, frame(), at=late) == [Gone()]
        assert await house.finish(begun.session, at=late) == Gone()
        assert await house.again(begun.session, at=late) == Gone()
        assert await house.decline(begun.session, at=late) == Gone()
        assert await house.finish("no such session", at=AT) == Gone()

    run(scene)


# what strangers can tell


def outside(document: str, face: bytes, *, people: tuple[Registered, ...] | None = None) -> tuple[object, ...]:
    """Everything that can be seen from outside of three tries on one passport, and what the matcher was asked."""
    matcher = ScriptedMatcher()
    house = enrolments(matcher, people=people, limits=Limits(attempts=Allowance(3, 3, 3)))

    async def scene() -> list[object]:
        seen: list[object] = []
        begun: object = await started(house, document)
        while isinstance(begun, Started):
            seen.append(begun)
            seen += await show(house, begun, *obedient(begun, face))
            seen.append(await house.finish(begun.session, at=AT + 10 * SECOND))
            begun = await house.again(begun.session, at=AT)
        return [*seen, begun, await house.begin(document, device="telephone", network="airport", at=AT)]

    return run(scene), matcher.calls


def test_nobody_learns_which_passports_there_are() -> None:
    """Unknown, another's, doubtful, a child's and without a face: the same answers, and the same work."""
    stranger = outside(STRANGER, b"leilei")
    assert outside(MEIMEI, b"leilei") == stranger
    assert outside(MEIMEI, b"meimei/0.55") == stranger
    assert outside(STRANGER, b"meimei") == stranger
    assert outside(DAUGHTERS_PASSPORT.number, b"xiaoxiao", people=(CHILD,)) == stranger
    landscape = registered(traveller.PASSPORT, "1990-05-08", b"a landscape")
    assert outside(MEIMEI, b"meimei", people=(landscape,)) == stranger
    answers, calls = stranger
    tries = [answer.tries_left for answer in answers if isinstance(answer, NotConfirmed)]  # type: ignore[attr-defined]
    assert tries == [2, 1, 0, 0, 0]
    assert calls.count("reference") == 1  # type: ignore[attr-defined]
    assert calls.count("compare") == 3  # type: ignore[attr-defined]
    assert outside(MEIMEI, b"meimei") != stranger


def test_the_answer_holds_no_distance() -> None:
    names = {field for answer in (Started, Seen, NotConfirmed, Holder) for field in answer.__struct_fields__}
    assert not names & {"distance", "match", "cause", "refusals", "threshold", "score"}


def test_a_zone_must_be_right_in_all_it_states() -> None:
    for field, value in (("birth_date", "900509"), ("expiry", "320101"), ("country", "D")):
        zone = structs.replace(traveller.PASSPORT, **{field: value})
        assert refused(enrolments(), mrz.write(zone)).cause is Cause.UNKNOWN_DOCUMENT
    assert isinstance(run(lambda: enrolled(enrolments(), mrz.write(traveller.PASSPORT))), Holder)


# limits


@pytest.mark.parametrize(
    ("allowance", "sources"),
    [
        (Allowance(2, 99, 99), [{"device": "a", "network": "a"}, {"device": "b", "network": "b"}]),
        (Allowance(99, 2, 99), [{"document": "X1111111"}, {"document": "X2222222", "network": "b"}]),
        (Allowance(99, 99, 2), [{"document": "X1111111"}, {"document": "X2222222", "device": "b"}]),
    ],
)
def test_attempts_are_limited_by_passport_device_and_network(
    allowance: Allowance, sources: list[dict[str, str]]
) -> None:
    house = enrolments(limits=Limits(attempts=allowance))
    left = [run(lambda source=source: enrolled(house, face=b"leilei", **source)).tries_left for source in sources]
    assert left == [1, 0]
    answer = run(
        lambda: house.begin(MEIMEI, device="telephone" if "document" in sources[0] else "c", network="airport", at=AT)
    )
    assert case_of(house, answer).cause is Cause.LIMIT
    tomorrow = AT + timedelta(days=1, minutes=1)
    assert isinstance(run(lambda: enrolled(house, at=tomorrow)), Holder)


def test_attempts_are_limited_over_sessions_that_are_open_together() -> None:
    house = enrolments(limits=Limits(attempts=Allowance(2, 99, 99)))

    async def scene() -> list[Cause]:
        begun = [await started(house, device=str(number)) for number in range(4)]
        for each in begun:
            await show(house, each, *obedient(each, b"leilei"))
        answers = [await house.finish(each.session, at=AT) for each in begun]
        return [case_of(house, answer).cause for answer in answers]

    assert run(scene) == [Cause.NO_MATCH, Cause.NO_MATCH, Cause.LIMIT, Cause.LIMIT]
    matcher = house._matcher
    assert isinstance(matcher, ScriptedMatcher)
    assert matcher.calls.count("compare") == 2


def test_challenges_are_limited_so_that_nobody_waits_for_the_one_on_his_recording() -> None:
    house = enrolments(limits=Limits(challenges=Allowance(3, 99, 99)))

    async def scene() -> object:
        begun = await started(house)
        nonces = {begun.challenge.nonce}
        for _ in range(2):
            again = await house.again(begun.session, at=AT)
            assert isinstance(again, Started)
            nonces.add(again.challenge.nonce)
        assert len(nonces) == 3
        return await house.again(begun.session, at=AT)

    assert case_of(house, run(scene)).cause is Cause.LIMIT


def test_the_house_is_full_at_some_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment, "MOST_SESSIONS", 2)
    monkeypatch.setattr(enrolment, "MOST_CASES", 2)
    monkeypatch.setattr(enrolment, "MOST_DIGESTS", 3)
    house = enrolments()

    async def scene() -> None:
        begun = [await started(house) for _ in range(2)]
        assert await house.begin(MEIMEI, device="a", network="b", at=AT) == TryLater(seconds=30)
        await show(house, begun[0], *(frame() for _ in range(9)))
        codes = [await house.decline(each.session, at=AT) for each in begun]
        assert isinstance(await house.decline((await started(house)).session, at=AT), NotConfirmed)
        await started(house)
        assert isinstance(codes[0], NotConfirmed)
        assert house.case(codes[0].desk_code, at=AT) is None

    run(scene)


def test_frames_that_come_too_fast_are_dropped() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        nonce = begun.challenge.nonce
        flood = [house.frame(begun.session, frame(), nonce=nonce, number=number, at=AT) for number in range(30)]
        assert len(await asyncio.gather(*flood)) == 30

    run(scene)
    matcher = house._matcher
    assert isinstance(matcher, ScriptedMatcher)
    assert matcher.calls.count("look") == enrolment.MOST_WAITING


# other ways


def test_whoever_cannot_use_the_camera_loses_nothing() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        answer = await house.decline(begun.session, at=AT)
        assert isinstance(answer, NotConfirmed)
        assert answer.tries_left == begun.tries_left
        case = house.case(answer.desk_code.lower().replace("-", " "), at=AT)
        assert case is not None
        assert case.cause is Cause.DECLINED
        holder = house.confirm(answer.desk_code, at=AT)
        assert holder is not None
        assert (holder.person_id, holder.assurance) == (traveller.PASSPORT.number, Assurance.DESK)
        assert house.confirm(answer.desk_code, at=AT) is None

    run(scene)


def test_a_desk_confirms_nobody_with_an_unknown_passport() -> None:
    house = enrolments()
    answer = run(lambda: enrolled(house, STRANGER))
    assert isinstance(answer, NotConfirmed)
    assert house.confirm(answer.desk_code, at=AT) is None
    assert house.confirm("AAAA-AAAA", at=AT) is None
    assert house.case(answer.desk_code, at=AT + enrolment.CASE_LASTS + SECOND * 10) is None


def test_without_a_matcher_a_person_decides() -> None:
    house = enrolments(ReviewMatcher())

    async def scene() -> object:
        begun = await started(house)
        (seen,) = await show(house, begun, frame())
        assert isinstance(seen, Seen)
        assert seen.complete
        return await house.finish(begun.session, at=AT)

    case = case_of(house, run(scene))
    assert (case.cause, case.registered and case.registered.zone) == (Cause.NOT_SEEN, traveller.PASSPORT)
    assert not hasattr(case.registered, "portrait")  # a desk looks it up; a week in memory is none of its places


# and the untouched case


@pytest.mark.parametrize("seed", range(12))
def test_whoever_does_as_asked_and_is_who_they_say_becomes_a_holder(seed: int) -> None:
    house = enrolments(seed=seed)

    async def scene() -> None:
        begun = await started(house)
        assert (begun.tries_left, begun.challenge.expires - begun.challenge.issued) == (5, LASTS)
        frames = obedient(begun)
        seen = await show(house, begun, *frames)
        asked = dict.fromkeys(each.asked for each in seen if isinstance(each, Seen))
        assert list(asked) == [*begun.challenge.steps, None]
        assert isinstance(seen[-1], Seen)
        assert seen[-1].complete
        holder = await house.finish(begun.session, at=AT + 5 * SECOND)
        assert isinstance(holder, Holder)
        assert (holder.person_id, holder.zone, holder.assurance) == (MEIMEI, traveller.PASSPORT, Assurance.FACE)
        assert house.holder(holder.token, at=AT + 6 * SECOND) == holder
        assert house.holder(holder.token, at=holder.until) is None
        assert house.holder("no such token", at=AT) is None
        house.sign_out(holder.token)
        assert house.holder(holder.token, at=AT + 6 * SECOND) is None

    run(scene)


def test_after_a_refusal_the_next_try_may_succeed() -> None:
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        await show(house, begun, *obedient(begun, b"meimei/0.55"))
        assert isinstance(await house.finish(begun.session, at=AT), NotConfirmed)
        again = await house.again(begun.session, at=AT)
        assert isinstance(again, Started)
        assert again.challenge.nonce != begun.challenge.nonce
        await show(house, again, *obedient(again))
        assert isinstance(await house.finish(again.session, at=AT), Holder)

    run(scene)


def test_a_frame_sent_twice_changes_nothing() -> None:
    """A page that lost the answer sends the frame again."""
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        frames = obedient(begun)
        for number, each in enumerate(frames):
            once = await show(house, begun, each, first=number)
            twice = await show(house, begun, each, first=number)
            assert isinstance(once[0], Seen)
            assert once[0].asked == twice[0].asked  # type: ignore[union-attr]
        assert isinstance(await house.finish(begun.session, at=AT), Holder)

    run(scene)


def test_another_movement_than_the_one_asked_for_ends_the_challenge() -> None:
    """A film of all movements in a row does not wait for the right question."""
    house = enrolments()

    async def scene() -> None:
        begun = await started(house)
        other = next(step for step in MOVES if step not in begun.challenge.steps[:1])
        seen = await show(house, begun, frame(), moved(other), moved(other))
        assert [(each.hint, each.over) for each in seen if isinstance(each, Seen)] == [
            (None, False),
            (None, False),
            (Hint.OTHER_MOVE, True),
        ]

    run(scene)


MOVES = (Step.LEFT, Step.RIGHT, Step.CLOSER, Step.BACK)
