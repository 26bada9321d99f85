"""The matcher that computes, on hostile pictures and on a real face."""

import asyncio
import io
import os
import struct
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from pratique.authority.identity import dlib_matcher, faces, picture
from pratique.authority.identity.dlib_matcher import DlibMatcher, weights
from pratique.authority.identity.matching import (
    INCONCLUSIVE_AT_MOST,
    MATCH_AT_MOST,
    VECTOR,
    Finding,
    Match,
    NotSeen,
    ReviewMatcher,
    Template,
    judge,
)
from pratique.authority.identity.quality import Hint, hints
from pratique.model.errors import UnreadableImage, WeightsRefused
from pratique.model.reasons import Reason


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def looked(matcher: DlibMatcher, data: bytes) -> Finding | None:
    return asyncio.run(matcher.look(data))


def claimed(width: int, height: int) -> bytes:
    """A PNG of a few octets that claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000), 9))
        + chunk(b"IEND", b"")
    )


# pictures


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a",
        bytes(10_000),
        bytes(picture.MAX_BYTES + 1),
        claimed(6_000, 4_001),
        claimed(60_000, 60_000),
        claimed(2**31 - 1, 2**31 - 1),
        claimed(100, 100),
        encoded(Image.new("RGB", (30, 30)), "BMP"),
        encoded(Image.new("RGB", (30, 30)), "TIFF"),
    ],
    ids=lambda data: f"{len(data)} octets",
)
def test_what_is_no_picture_is_refused(data: bytes, matcher: DlibMatcher) -> None:
    with pytest.raises(UnreadableImage) as refusal:
        picture.decode(data)
    assert refusal.value.reasons == (Reason.IMAGE_UNREADABLE,)
    assert looked(matcher, data) is None


def test_a_picture_cut_short_is_refused(portrait: bytes) -> None:
    for whole in (portrait, encoded(opened(portrait)), encoded(opened(portrait), "WEBP")):
        with pytest.raises(UnreadableImage):
            picture.decode(whole[: len(whole) // 2])
        assert picture.decode(whole).shape == (400, 350, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 800), (31, 31), (4000, 100), (32, 32), (32, 800), (800, 33)])
def test_a_picture_of_any_shape_is_looked_at(size: tuple[int, int], matcher: DlibMatcher) -> None:
    found = looked(matcher, encoded(Image.new("RGB", size), "PNG"))
    narrow = min(size) < picture.SHORT_SIDE or max(size) / min(size) > picture.LONG_SIDE / picture.SHORT_SIDE
    assert (found is None) is narrow
    assert found is None or found.faces == 0
    assert asyncio.run(matcher.reference(encoded(Image.new("RGB", size), "PNG"))) is None


def test_what_cameras_and_chips_send_is_read_the_right_way_up(portrait: bytes) -> None:
    upright = opened(portrait)
    pixels = picture.decode(portrait)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(upright.rotate(90, expand=True), "JPEG", exif=exif, quality=95)
    assert np.abs(picture.decode(turned).astype(int) - pixels).mean() < 3
    for kind in ("JPEG", "WEBP", "JPEG2000"):
        assert np.abs(picture.decode(encoded(upright, kind)).astype(int) - pixels).mean() < 6
    for mode in ("L", "CMYK"):
        assert picture.decode(encoded(upright.convert(mode))).shape == pixels.shape
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert (picture.decode(encoded(clear, "PNG")) == 255).all()
    large = picture.decode(encoded(upright.resize((3500, 4000))))
    assert max(large.shape) == picture.LONG_SIDE


# weights


def test_no_other_weights_are_used(tmp_path: Path) -> None:
    real = weights()
    for name, whole in zip(dlib_matcher.WEIGHTS, (real.landmarks, real.embedder), strict=True):
        (tmp_path / name).symlink_to(whole)
    assert weights(tmp_path).landmarks == str(tmp_path / "shape_predictor_5_face_landmarks.dat")
    changed = tmp_path / "shape_predictor_5_face_landmarks.dat"
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.unlink()
    with pytest.raises(WeightsRefused, match="cannot be read"):
        weights(tmp_path)
    changed.write_bytes(content)
    with pytest.raises(WeightsRefused, match="not the file") as refusal:
        weights(tmp_path)
    assert refusal.value.reasons == (Reason.FACE_WEIGHTS,)


def test_the_weights_package_is_located_and_never_imported_nor_its_68_points(matcher: DlibMatcher) -> None:
    import sys

    assert matcher.model == faces.MODEL
    assert "face_recognition_models" not in sys.modules
    assert not any("68" in name for name in dlib_matcher.WEIGHTS)
    source = Path(dlib_matcher.__file__).parent
    assert not any("shape_predictor_68" in path.read_text("utf-8") for path in source.glob("*.py"))


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlib_matcher, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'pratique\[face\]'"):
        DlibMatcher()
    with pytest.raises(WeightsRefused, match="face_recognition_models is not installed"):
        weights()
    assert find_spec("dlib") is not None


# templates


def at(distance: float) -> Template:
    return Template("m", struct.pack(f"<{VECTOR}f", distance, *([0.0] * (VECTOR - 1))))


@pytest.mark.parametrize(
    ("distance", "match"),
    [
        (0.0, Match.MATCH),
        (MATCH_AT_MOST, Match.MATCH),
        (0.5001, Match.INCONCLUSIVE),
        (0.5999, Match.INCONCLUSIVE),
        (0.6001, Match.NO_MATCH),
        (2.0, Match.NO_MATCH),
    ],
)
def test_the_thresholds(distance: float, match: Match) -> None:
    assert (MATCH_AT_MOST, INCONCLUSIVE_AT_MOST) == (0.50, 0.60)
    assert judge(at(0.0), at(distance)).match is match


def test_templates_of_different_models_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different models"):
        judge(at(0.0), Template("another", at(0.0).vector))
    assert judge(None, at(0.0)).match is Match.INCONCLUSIVE


def test_without_dlib_everything_is_inconclusive() -> None:
    review = ReviewMatcher()
    for call in (review.look, review.template):
        with pytest.raises(NotSeen):
            asyncio.run(call(b""))
    assert asyncio.run(review.reference(b"a portrait")) is None
    assert review.compare(at(0.0), at(0.0)).match is Match.INCONCLUSIVE


def test_only_a_face_that_was_cut_out_has_a_template() -> None:
    with pytest.raises(ValueError, match="cut out"):
        faces.template(b"anything")


# a real face


def test_nobody_is_in_the_decoy(matcher: DlibMatcher) -> None:
    found = looked(matcher, matcher.decoy)
    assert found is not None
    assert found.faces == 0
    assert asyncio.run(matcher.reference(matcher.decoy)) is None


def test_one_face_is_itself_however_it_is_sent(matcher: DlibMatcher, portrait: bytes) -> None:
    async def scene() -> None:
        reference = await matcher.reference(portrait)
        for probe in (
            encoded(opened(portrait), quality=40),
            encoded(opened(portrait).resize((700, 800))),
            encoded(ImageOps.mirror(opened(portrait)), "WEBP"),
            encoded(opened(portrait).convert("L")),
        ):
            found = await matcher.look(probe)
            assert found is not None
            assert found.faces == 1
            comparison = matcher.compare(reference, await matcher.template(found.face))
            assert comparison.match is Match.MATCH, comparison
        again = await matcher.reference(portrait)
        assert again == reference

    asyncio.run(scene())


def test_an_altered_face_is_another_persons(matcher: DlibMatcher, portrait: bytes, altered: bytes) -> None:
    async def scene() -> None:
        reference, found = await matcher.reference(portrait), await matcher.look(altered)
        assert found is not None
        comparison = matcher.compare(reference, await matcher.template(found.face))
        assert comparison.match is Match.NO_MATCH
        assert comparison.distance is not None
        assert comparison.distance > INCONCLUSIVE_AT_MOST

    asyncio.run(scene())


def beside(image: Image.Image) -> Image.Image:
    both = Image.new("RGB", (image.width * 2, image.height))
    both.paste(image, (0, 0))
    both.paste(image, (image.width, 0))
    return both


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda image: image.crop((0, 250, 350, 400)), Hint.NO_FACE),
        (beside, Hint.SEVERAL_FACES),
        (lambda image: image, Hint.TOO_FAR),
        (lambda image: image.point(lambda grey: grey * 0.2), Hint.TOO_DARK),
        (lambda image: image.point(lambda grey: 130 + grey * 0.2), Hint.FLAT),
        (lambda image: image.point(lambda grey: min(255, 120 + grey)), Hint.TOO_BRIGHT),
        (lambda image: image.resize((700, 800)).filter(ImageFilter.GaussianBlur(6)), Hint.BLURRED),
        (lambda image: image.resize((700, 800)).rotate(26, fillcolor="grey"), Hint.TILTED),
        (lambda image: image.crop((80, 40, 240, 220)).resize((640, 720)), Hint.TOO_NEAR),
    ],
    ids=lambda value: value.value if isinstance(value, Hint) else "",
)
def test_a_hint_says_what_is_wrong_with_the_picture(
    change: Callable[[Image.Image], Image.Image], hint: Hint, matcher: DlibMatcher, portrait: bytes
) -> None:
    found = looked(matcher, encoded(change(opened(portrait)), "PNG"))
    assert hint in hints(found, facing=True)


def test_what_is_no_picture_gets_a_hint_too() -> None:
    assert hints(None, facing=True) == (Hint.UNREADABLE,)


def test_a_face_that_is_turned_away_does_not_face_the_camera() -> None:
    assert Hint.TURNED in hints(Finding(faces=1, yaw=0.21), facing=True)
    assert Hint.TURNED not in hints(Finding(faces=1, yaw=0.21), facing=False)


# processes


def test_a_worker_that_dies_is_replaced(portrait: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one would of a picture that breaks dlib: that frame counts as no picture, and the next is looked at."""
    with DlibMatcher(workers=1) as fragile:
        with monkeypatch.context() as patch:
            patch.setattr(faces, "look", os._exit)
            assert looked(fragile, 3) is None  # type: ignore[arg-type]
        found = looked(fragile, portrait)
        assert found is not None
        assert found.faces == 1
        asyncio.run(fragile.reference(portrait))
        with pytest.raises(Exception, match="terminated abruptly"):
            fragile._pool.submit(os._exit, 3).result(30)
        assert asyncio.run(fragile.reference(portrait)) is not None


def test_workers_end_with_the_matcher(portrait: bytes) -> None:
    with DlibMatcher(workers=1) as brief:
        (worker,) = brief._pool._processes.values()
        assert worker.is_alive()
    assert not worker.is_alive()


@pytest.mark.parametrize("side", [512, 640, 800])
def test_patches_on_a_suit_are_nobody(side: int, matcher: DlibMatcher) -> None:
    """The whole picture: at 800 pixels the detector takes two patches of the suit for faces, one as large as hers."""
    from skimage import data

    whole = encoded(Image.fromarray(data.astronaut()).resize((side, side)))
    found = looked(matcher, whole)
    assert found is not None
    assert found.faces == 1
