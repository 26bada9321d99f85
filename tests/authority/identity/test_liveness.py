"""Which movements count, which frames do not, and what a challenge is."""

from collections import Counter
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authority.identity.scripted import AT, FACE, MOVED, SECOND, finding, template

from pratique.authority.identity import liveness
from pratique.authority.identity.liveness import (
    LASTS,
    MAX_FRAMES,
    SAME_PICTURE,
    TURNS,
    Challenge,
    Progress,
    Refusal,
    Step,
    arrive,
    bind,
    issue,
    moves,
    see,
)
from pratique.authority.identity.matching import Box, Finding
from pratique.authority.identity.quality import Hint


def progress(*steps: Step, facing: bool = True) -> Progress:
    begun = Progress(challenge=Challenge("nonce", steps, AT, AT + LASTS))
    return seen(begun, finding()) if facing else begun


def seen(begun: Progress, shown: Finding) -> Progress:
    """After one frame."""
    sight = see(begun, shown)
    return bind(sight, template(shown.face)) if sight.face is not None else sight.progress


def after(begun: Progress, *shown: Finding) -> Progress:
    for each in shown:
        begun = seen(begun, each)
    return begun


def made(step: Step, **changes: object) -> Finding:
    return finding(**MOVED[step] | changes)


# frames that do not count


@pytest.mark.parametrize(
    ("number", "digest", "seconds", "refusal"),
    [
        (4, b"new", 30, Refusal.EXPIRED),
        (3, b"new", 1, Refusal.REORDERED),
        (0, b"new", 1, Refusal.REORDERED),
        (4, b"old", 1, Refusal.IDENTICAL),
    ],
)
def test_a_frame_is_refused_before_anybody_looks(number: int, digest: bytes, seconds: int, refusal: Refusal) -> None:
    begun = arrive(progress(Step.LEFT), number=3, digest=b"old", at=AT)
    assert isinstance(begun, Progress)
    assert arrive(begun, number=number, digest=digest, at=AT + seconds * SECOND) is refusal
    assert isinstance(arrive(begun, number=4, digest=b"new", at=AT + SECOND), Progress)


def test_there_are_only_so_many_frames() -> None:
    full = Progress(challenge=progress(Step.LEFT).challenge, frames=MAX_FRAMES)
    assert arrive(full, number=1, digest=b"new", at=AT) is Refusal.TOO_MANY


def test_the_same_picture_encoded_anew_does_not_count() -> None:
    begun = progress(Step.CENTRE)
    again = finding(thumbnail=begun.thumbnails[0])
    assert see(begun, again).progress.refusals == {Refusal.SIMILAR}
    noisy = bytes(min(255, grey + (place % 4 == 0)) for place, grey in enumerate(begun.thumbnails[0]))
    assert 0.2 < sum(map(abs, map(int.__sub__, noisy, begun.thumbnails[0]))) / len(noisy) < SAME_PICTURE
    assert see(begun, finding(thumbnail=noisy)).progress.refusals == {Refusal.SIMILAR}
    assert see(begun, finding()).progress.refusals == frozenset()


def test_another_face_than_the_first_is_noted() -> None:
    swapped = seen(progress(Step.LEFT), made(Step.LEFT, face=b"leilei"))
    assert (swapped.complete, swapped.lively, swapped.refusals) == (True, False, {Refusal.SWAPPED})


@pytest.mark.parametrize("faces", [0, 2])
def test_there_is_one_face_in_every_frame(faces: int) -> None:
    sight = see(progress(Step.LEFT), made(Step.LEFT, faces=faces))
    assert sight.hint is (Hint.SEVERAL_FACES if faces else Hint.NO_FACE)
    assert sight.face is None


# movements


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"yaw": 0.149}, set()),
        ({"yaw": 0.15}, {Step.LEFT}),
        ({"yaw": -0.149}, set()),
        ({"yaw": -0.15}, {Step.RIGHT}),
        ({"box": Box(0, 0, 209, 209)}, set()),
        ({"box": Box(0, 0, 210, 210)}, {Step.CLOSER}),
        ({"box": Box(0, 0, 108, 108)}, set()),
        ({"box": Box(0, 0, 107, 107)}, {Step.BACK}),
        ({"yaw": 0.08}, {Step.CENTRE}),
        ({"yaw": 0.09}, set()),
        ({"box": Box(0, 0, 119, 119)}, set()),
        ({"yaw": 0.2, "box": Box(0, 0, 220, 220)}, {Step.LEFT, Step.CLOSER}),
    ],
)
def test_which_movement_a_frame_shows(changes: dict[str, object], shown: set[Step]) -> None:
    assert moves(FACE, finding(**changes)) == shown


def test_turns_are_measured_from_the_persons_own_way_of_facing() -> None:
    assert moves(finding(yaw=-0.1), finding(yaw=0.05)) == {Step.LEFT}
    assert moves(finding(yaw=0.1), finding(yaw=0.15)) == {Step.CENTRE}


def test_steps_count_in_their_order_alone() -> None:
    begun = progress(Step.LEFT, Step.CLOSER)
    early = after(begun, made(Step.CLOSER))
    assert (early.done, early.asked) == (0, Step.LEFT)
    assert after(early, made(Step.CLOSER)).over
    done = after(begun, made(Step.LEFT), finding(), made(Step.CLOSER))
    assert (done.complete, done.lively, done.asked) == (True, True, None)


def test_one_slip_is_forgiven_and_a_second_after_it_too() -> None:
    begun = after(progress(Step.LEFT), made(Step.RIGHT), finding(), made(Step.RIGHT), finding(yaw=0.1))
    assert (begun.over, begun.asked) == (False, Step.LEFT)
    assert after(begun, made(Step.LEFT)).complete


def test_the_last_movement_may_go_on_until_the_person_is_back() -> None:
    begun = after(progress(Step.LEFT, Step.RIGHT), made(Step.LEFT), made(Step.LEFT), made(Step.LEFT))
    assert not begun.over
    assert after(begun, made(Step.RIGHT)).complete
    back = after(begun, finding())
    assert after(back, made(Step.LEFT), made(Step.LEFT)).over


def test_a_film_of_all_movements_fits_three_challenges_of_44() -> None:
    film = [Step.LEFT, Step.RIGHT, Step.CLOSER, Step.BACK, Step.CENTRE] * 3
    passed = set()
    for steps in permutations(Step, liveness.STEPS):
        begun = progress(*steps)
        for step in film:
            begun = after(begun, made(step), made(step), finding())
        if begun.complete:
            passed.add(steps)
    left, right = Step.LEFT, Step.RIGHT
    passed = {steps for steps in passed if steps[0] is not Step.CENTRE}  # never asked for at first
    assert passed == {(left, right, Step.CLOSER), (left, right, Step.CENTRE), (left, Step.CENTRE, right)}


def test_the_sharpest_frame_that_faces_the_camera_is_compared() -> None:
    begun = progress(Step.LEFT, Step.CENTRE)
    soft = after(begun, made(Step.LEFT), finding(sharpness=150.0, face=b"meimei/0.1"))
    sharp = after(begun, made(Step.LEFT), finding(sharpness=250.0, face=b"meimei/0.1"))
    assert soft.probe == template(b"meimei")
    assert sharp.probe == template(b"meimei/0.1")


def test_no_picture_is_kept() -> None:
    done = after(progress(Step.LEFT), made(Step.LEFT))
    assert done.facing is not None
    assert (done.facing.face, done.facing.thumbnail) == (b"", b"")


def test_binding_a_frame_that_does_not_wait_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="wait"):
        bind(see(progress(Step.LEFT), None), template(b"meimei"))


# challenges


def test_challenges_are_random_and_short() -> None:
    random = Random(1)  # noqa: S311
    issued = [issue(random, at=AT) for _ in range(4800)]
    assert len({challenge.nonce for challenge in issued}) == 4800
    assert {challenge.expires - challenge.issued for challenge in issued} == {LASTS}
    counts = Counter(challenge.steps for challenge in issued)
    assert len(counts) == 44
    assert all(len(set(steps)) == 3 and steps[0] is not Step.CENTRE for steps in counts)
    assert min(counts.values()) > 50


def test_a_printed_picture_in_a_hand_completes_no_challenge() -> None:
    """It can be moved nearer and away as asked, and held before the camera; the head in it does not turn."""
    random = Random(2)  # noqa: S311
    for challenge in {issue(random, at=AT).steps for _ in range(4000)}:
        begun = progress(*challenge)
        for step in challenge:
            begun = after(begun, made(Step.CENTRE if step in TURNS else step), finding())
        assert not begun.complete, challenge


anything = st.builds(
    Finding,
    faces=st.integers(0, 3),
    width=st.just(640),
    height=st.just(480),
    box=st.builds(Box, st.just(0), st.just(0), st.integers(1, 480), st.integers(1, 480)),
    eyes=st.floats(0, 300),
    yaw=st.floats(-1, 1),
    roll=st.floats(-90, 90),
    sharpness=st.floats(0, 1000),
    luminance=st.floats(0, 255),
    contrast=st.floats(0, 127),
    thumbnail=st.binary(min_size=64, max_size=64),
    face=st.sampled_from([b"meimei", b"leilei"]),
)


@given(st.permutations(list(Step)), st.lists(st.none() | anything, max_size=30))
def test_whatever_is_shown_steps_are_only_ever_made_one_at_a_time(
    order: list[Step], shown: list[Finding | None]
) -> None:
    begun = progress(*order[: liveness.STEPS], facing=False)
    for each in shown:
        before = begun
        sight = see(begun, each)
        begun = bind(sight, template(each.face)) if each and sight.face is not None else sight.progress
        assert 0 <= begun.done - before.done <= 1
        assert begun.refusals >= before.refusals
        if begun.complete:
            break
