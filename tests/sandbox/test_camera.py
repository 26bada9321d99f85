"""The sandbox's camera: films that browsers play, and that are honest about what they are."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pratique.authority.identity import faces
from pratique.authority.identity.liveness import TURN, Step, moves
from pratique.authority.identity.matching import INCONCLUSIVE_AT_MOST
from pratique.authority.identity.quality import hints
from pratique.sandbox import camera


@pytest.fixture(scope="module")
def portrait() -> bytes:
    return camera.astronaut()


def test_nobody_cannot_be_filmed() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (400, 400), "grey").save(picture, "PNG")
    for film in (lambda: camera.frames_for(picture.getvalue(), []), lambda: camera.altered(picture.getvalue())):
        with pytest.raises(ValueError, match="not exactly one face"):
            film()


@pytest.mark.parametrize("step", Step)
def test_a_film_shows_the_step_and_nothing_else(portrait: bytes, step: Step) -> None:
    """No threshold is lowered for it: what is measured is what the matcher measures."""
    frames = camera.frames_for(portrait, [step], fps=1)
    found = [faces.look(frame) for frame in frames]
    assert all(each is not None and hints(each, facing=False) == () for each in found)
    first = found[0]
    assert first is not None
    assert hints(first, facing=True) == ()
    shown = [moves(first, each) for each in found if each is not None]
    assert set().union(*shown) <= {step, Step.CENTRE}
    assert step in shown[3]
    if step in (Step.LEFT, Step.RIGHT):
        turned = found[3]
        assert turned is not None
        assert abs(turned.yaw - first.yaw) >= TURN


def test_two_recordings_differ_and_one_is_always_the_same(portrait: bytes) -> None:
    one = camera.frames_for(portrait, [Step.CLOSER], fps=1, seed=1)
    assert one == camera.frames_for(portrait, [Step.CLOSER], fps=1, seed=1)
    assert not set(one) & set(camera.frames_for(portrait, [Step.CLOSER], fps=1, seed=2))
    assert len(set(one)) == len(one)


def test_an_altered_face_says_so_and_is_another_persons(portrait: bytes) -> None:
    altered = camera.altered(portrait)
    own, other = faces.reference(portrait), faces.reference(altered)
    assert own is not None
    assert other is not None
    assert own.distance(other) > INCONCLUSIVE_AT_MOST
    pixels = np.asarray(Image.open(io.BytesIO(altered)).convert("RGB"))
    label = pixels[-2 * pixels.shape[0] // 16 :, : pixels.shape[1] // 2]
    assert (label == (255, 0, 0)).all(axis=2).sum() > 200


def test_films_for_a_browser(portrait: bytes, tmp_path: Path) -> None:
    frames = camera.frames_for(portrait, [], fps=1)
    camera.write_mjpeg(frames, tmp_path / "film.mjpeg", fps=10)
    assert (tmp_path / "film.mjpeg").read_bytes() == b"".join(frame * 3 for frame in frames)
    camera.write_y4m(frames, tmp_path / "film.y4m", fps=10)
    film = (tmp_path / "film.y4m").read_bytes()
    header, _, rest = film.partition(b"\n")
    assert header == b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg"
    size = len(b"FRAME\n") + 640 * 480 * 3 // 2
    assert len(rest) == size * len(frames)
    luma = np.frombuffer(rest, np.uint8, 640 * 480, len(b"FRAME\n")).reshape(480, 640)
    grey = np.asarray(Image.open(io.BytesIO(frames[0])).convert("L"))
    assert np.abs(luma.astype(int) - grey).mean() < 1
