"""A real face before a camera, all the way: from the passport and the frames to the holder and her records."""

import asyncio
import builtins
import io
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pratique.authority.identity.answers import Cause, Gone, Holder, NotConfirmed, Seen, Started
from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.liveness import Refusal, Step
from pratique.authority.identity.matching import Comparison, Finding, Match, Template
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.records import FileRecords
from pratique.model.certificate import Evidence
from pratique.sandbox import camera, register, traveller

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
FPS = 1.0


@cache
def film(sitter: bytes, steps: tuple[Step, ...] = (), seed: int = 3) -> list[bytes]:
    """Frames of the sandbox's camera."""
    return camera.frames_for(sitter, steps, fps=FPS, seed=seed)


class Recorder:
    """The real matcher, and what it was asked; fulfils `FaceMatcher`."""

    def __init__(self, matcher: DlibMatcher) -> None:
        self._matcher = matcher
        self.model, self.decoy = matcher.model, matcher.decoy
        self.calls: list[str] = []
        self.matches: list[Match] = []

    async def look(self, picture: bytes) -> Finding | None:
        self.calls.append("look")
        return await self._matcher.look(picture)

    async def template(self, face: bytes) -> Template:
        self.calls.append("template")
        return await self._matcher.template(face)

    async def reference(self, portrait: bytes) -> Template | None:
        self.calls.append("reference")
        return await self._matcher.reference(portrait)

    def compare(self, reference: Template | None, probe: Template) -> Comparison:
        self.calls.append("compare")
        comparison = self._matcher.compare(reference, probe)
        self.matches.append(comparison.match)
        return comparison


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, portrait: bytes) -> Path:
    place = tmp_path_factory.mktemp("xa")
    register.write(place, portrait, at=AT)
    return place


class Played:
    """An enrolment that was played to its end."""

    def __init__(self, house: Enrolments, begun: Started, seen: list[Seen], answer: object, recorder: Recorder) -> None:
        self.house, self.begun, self.seen, self.answer, self.recorder = house, begun, seen, answer, recorder

    @property
    def cause(self) -> Cause:
        assert isinstance(self.answer, NotConfirmed)
        case = self.house.case(self.answer.desk_code, at=AT)
        assert case is not None
        return case.cause

    @property
    def outside(self) -> tuple[object, ...]:
        return self.begun, self.seen, self.answer, self.recorder.calls


async def play(
    matcher: DlibMatcher,
    folder: Path,
    document: str,
    sitter: bytes,
    *,
    seed: int = 3,
    frames: list[bytes] | None = None,
) -> Played:
    """Sign up as `document`, with `sitter` before the camera, or with these frames."""
    recorder = Recorder(matcher)
    house = Enrolments(FileRegistry.load(folder), recorder, random=Random(seed))  # noqa: S311
    begun = await house.begin(document, device="telephone", network="airport", at=AT)
    assert isinstance(begun, Started)
    frames = film(sitter, begun.challenge.steps, seed) if frames is None else frames
    seen: list[Seen] = []
    for number, frame in enumerate(frames):
        when = AT + timedelta(seconds=number / FPS)
        told = await house.frame(begun.session, frame, nonce=begun.challenge.nonce, number=number, at=when)
        assert isinstance(told, Seen)
        seen.append(told)
        if told.complete:
            break
    return Played(house, begun, seen, await house.finish(begun.session, at=AT + timedelta(seconds=20)), recorder)


MEIMEI, UNKNOWN = traveller.PASSPORT.number, "XA7777777"


# who is refused


def test_an_altered_face_moves_as_asked_and_is_not_confirmed(
    matcher: DlibMatcher, folder: Path, altered: bytes
) -> None:
    played = asyncio.run(play(matcher, folder, MEIMEI, altered))
    assert played.seen[-1].complete
    assert played.cause is Cause.NO_MATCH


@pytest.mark.parametrize("sharp", [True, False], ids=["the portrait itself", "a frame of the camera"])
def test_a_still_is_refused(matcher: DlibMatcher, folder: Path, portrait: bytes, sharp: bool) -> None:
    """Held before the camera for twelve seconds, with the noise of its sensor and the sway of a hand."""
    still = Image.open(io.BytesIO(portrait)).convert("RGB").resize((420, 480))
    if not sharp:
        still = Image.open(io.BytesIO(film(portrait)[0])).convert("RGB")
    randomness = np.random.default_rng(1)
    frames = []
    for number in range(12):
        shifted = np.roll(np.asarray(still), (number % 5, number % 7), axis=(0, 1)).astype(np.float64)
        noisy = np.clip(shifted + randomness.normal(0, 2, shifted.shape), 0, 255).astype(np.uint8)
        written = io.BytesIO()
        Image.fromarray(noisy).save(written, "JPEG", quality=90)
        frames.append(written.getvalue())
    played = asyncio.run(play(matcher, folder, MEIMEI, portrait, frames=frames))
    assert not played.seen[-1].complete
    assert played.seen[-1].done == 0
    assert played.cause is Cause.NOT_LIVELY


def test_one_frame_again_and_again_is_refused(matcher: DlibMatcher, folder: Path, portrait: bytes) -> None:
    frame = film(portrait)[0]
    encoded_anew = []
    for quality in (95, 90, 85, 80, 75, 70):
        written = io.BytesIO()
        Image.open(io.BytesIO(frame)).save(written, "JPEG", quality=quality)
        encoded_anew.append(written.getvalue())
    played = asyncio.run(play(matcher, folder, MEIMEI, portrait, frames=[frame, frame, *encoded_anew]))
    case = played.house.case(played.answer.desk_code, at=AT)  # type: ignore[attr-defined]
    assert case is not None
    assert {Refusal.IDENTICAL, Refusal.SIMILAR} <= case.refusals


def test_the_owners_picture_and_another_head_do_not_make_one_person(
    matcher: DlibMatcher, folder: Path, portrait: bytes, altered: bytes
) -> None:
    """The portrait faces the camera; then somebody else turns."""

    async def scene() -> Played:
        probe = await play(matcher, folder, MEIMEI, portrait, frames=[])
        steps = probe.begun.challenge.steps
        frames = [*film(portrait), *film(altered, steps)]
        return await play(matcher, folder, MEIMEI, portrait, frames=frames)

    played = asyncio.run(scene())
    assert played.seen[-1].complete
    case = played.house.case(played.answer.desk_code, at=AT)  # type: ignore[attr-defined]
    assert case is not None
    assert Refusal.SWAPPED in case.refusals
    assert played.recorder.matches == [Match.MATCH]


def test_a_recording_and_a_reordered_one_are_refused(matcher: DlibMatcher, folder: Path, portrait: bytes) -> None:
    async def scene() -> None:
        first = await play(matcher, folder, MEIMEI, portrait)
        assert isinstance(first.answer, Holder)
        again = await first.house.begin(MEIMEI, device="telephone", network="airport", at=AT)
        assert isinstance(again, Started)
        recording = film(portrait, first.begun.challenge.steps)[: len(first.seen)]
        for number, frame in enumerate(recording):
            told = await first.house.frame(again.session, frame, nonce=again.challenge.nonce, number=number, at=AT)
            assert isinstance(told, Seen)
        assert told.asked is Step.CENTRE
        for number, frame in enumerate(reversed(recording)):
            marked = frame + b"."  # what follows the picture is not seen, and makes it another file
            told = await first.house.frame(
                again.session, marked, nonce=again.challenge.nonce, number=99 - number, at=AT
            )
            assert isinstance(told, Seen)
            assert not told.complete
        answer = await first.house.finish(again.session, at=AT)
        assert isinstance(answer, NotConfirmed)
        case = first.house.case(answer.desk_code, at=AT)
        assert case is not None
        assert {Refusal.REPLAYED, Refusal.REORDERED} <= case.refusals

    asyncio.run(scene())


# what strangers can tell


def test_an_unknown_passport_looks_like_a_known_one_with_another_face(
    matcher: DlibMatcher, folder: Path, portrait: bytes, altered: bytes
) -> None:
    unknown = asyncio.run(play(matcher, folder, UNKNOWN, altered))
    known = asyncio.run(play(matcher, folder, MEIMEI, altered))
    child = asyncio.run(play(matcher, folder, register.DAUGHTERS_PASSPORT.number, altered))
    assert unknown.outside == known.outside == child.outside
    assert (unknown.cause, known.cause, child.cause) == (Cause.UNKNOWN_DOCUMENT, Cause.NO_MATCH, Cause.CHILD)
    own = asyncio.run(play(matcher, folder, MEIMEI, portrait))
    assert own.seen == asyncio.run(play(matcher, folder, UNKNOWN, portrait)).seen


# what is kept


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Every file that this process opens for writing."""
    written: list[str] = []
    opening, low = io.open, os.open

    def noted(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if set(mode) & set("wax+"):
            written.append(str(file))
        return opening(file, mode, *rest, **named)

    def low_noted(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(str(path))
        return low(path, flags, *rest, **named)

    for place, name, instead in ((builtins, "open", noted), (io, "open", noted), (os, "open", low_noted)):
        monkeypatch.setattr(place, name, instead)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return written


def test_no_frame_touches_the_disk(matcher: DlibMatcher, folder: Path, portrait: bytes, disk: list[str]) -> None:
    """Neither this process opens a file for writing, nor do the workers hold or leave one."""
    before = files_of(matcher)
    played = asyncio.run(play(matcher, folder, MEIMEI, portrait))
    assert isinstance(played.answer, Holder)
    assert disk == []
    assert files_of(matcher) == before
    temporary = Path(os.environ["TMPDIR"])
    assert list(temporary.iterdir()) == []
    (temporary / "seen").write_text("that the watch sees it", encoding="ascii")
    assert disk == [str(temporary / "seen")]


def files_of(matcher: DlibMatcher) -> set[str]:
    """The regular files that the workers hold open, and what they wrote so far."""
    found = set()
    for pid in matcher._pool._processes:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(link)
            if target.startswith("/") and not target.startswith("/dev"):
                found.add(target)
        written = [line for line in Path(f"/proc/{pid}/io").read_text("ascii").splitlines() if "write_bytes" in line]
        found.update(f"{pid}: {line}" for line in written)
    return found


def test_nothing_of_the_frames_is_held_after_the_end(matcher: DlibMatcher, folder: Path, portrait: bytes) -> None:
    import gc

    def held() -> set[int]:
        gc.collect()
        return {id(thing) for thing in gc.get_objects() if isinstance(thing, Finding | Template)}

    before = held()
    played = asyncio.run(play(matcher, folder, MEIMEI, portrait))
    assert isinstance(played.answer, Holder)
    assert held() <= before
    assert played.house._sessions == {}


# and the untouched case


@pytest.mark.parametrize("seed", [3, 4])
def test_the_person_of_the_portrait_becomes_a_holder_and_has_her_records(
    matcher: DlibMatcher, folder: Path, portrait: bytes, seed: int
) -> None:
    played = asyncio.run(play(matcher, folder, MEIMEI, portrait, seed=seed))
    holder = played.answer
    assert isinstance(holder, Holder), played.cause
    assert (holder.person_id, holder.zone, holder.name.family) == (register.MEIMEI, traveller.PASSPORT, "韩")
    assert {told.hint for told in played.seen} == {None}
    records = FileRecords.load(folder / "records", issuer=traveller.ISSUER, country="XA", evidence=Evidence.REGISTRY)
    assert len(records.claims(holder.person_id)) == traveller.RECORDS
    assert isinstance(asyncio.run(played.house.finish(played.begun.session, at=AT)), Gone)
