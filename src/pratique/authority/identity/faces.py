"""What a worker process does: find faces with dlib, measure them, and turn one into a template.

The models are loaded once in each process, by `load`; all other functions take and give bytes and values.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image

from pratique.authority.identity.matching import Box, Finding, Template
from pratique.authority.identity.picture import LONG_SIDE, Pixels, decode
from pratique.model.errors import UnreadableImage

MODEL = "dlib-resnet-v1/flip-mean"
CHIP = 150
"""Pixels along the side of a face set upright, as the embedder was trained on."""
PADDING = 0.25
SMALL = 500
"""Pixels of the long side below which a picture without a face is looked at once more at twice its size."""
SECOND = 3
"""How many times larger the face must be than the next, in area, to be the only one: a poster far behind is none."""
DOUBTFUL = 8
"""How many times surer the detector must be of the surest face, for another to be none: two patches on the astronaut's
suit came to 0.09 beside her 1.71, while the least sure of 35 portraits was 0.46."""
THUMBNAIL = 32

_FACE = 160
"""Pixels along the side to which a face is brought before its sharpness is measured."""
_BYTES = CHIP * CHIP * 3


class Weights(Struct, frozen=True):
    """Paths of the two files of weights."""

    landmarks: str
    embedder: str


class _Models:
    def __init__(self, weights: Weights) -> None:
        import dlib

        self.dlib = dlib
        self.detector = dlib.get_frontal_face_detector()
        self.landmarks = dlib.shape_predictor(weights.landmarks)
        self.embedder = dlib.face_recognition_model_v1(weights.embedder)


_loaded: list[_Models] = []


def load(weights: Weights) -> None:
    """Load the models into this process."""
    _loaded[:] = [_Models(weights)]
    template(bytes(2 * _BYTES))  # the first embedding is slower than those that follow


def look(picture: bytes) -> Finding | None:
    """What is to be seen in a picture; None for what is none."""
    try:
        pixels = decode(picture)
    except UnreadableImage:
        return None
    boxes = _detect(pixels)
    height, width = pixels.shape[:2]
    grey = Image.fromarray(pixels).convert("L")
    thumbnail = grey.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX).tobytes()
    if not boxes:
        return Finding(faces=0, width=width, height=height, thumbnail=thumbnail)
    box = boxes[0]
    points = landmarks(pixels, box)
    (left, right), nose = eyes(points), points[4]
    axis = right - left
    face = np.asarray(grey.crop((box.left, box.top, box.left + box.width, box.top + box.height)), dtype=np.float64)
    return Finding(
        faces=len(boxes),
        width=width,
        height=height,
        box=box,
        eyes=float(np.hypot(*axis)),
        roll=float(np.degrees(np.arctan2(axis[1], axis[0]))),
        yaw=float((nose - (left + right) / 2) @ axis / (axis @ axis)),
        sharpness=_sharpness(face),
        luminance=float(face.mean()),
        contrast=float(face.std()),
        thumbnail=thumbnail,
        face=_upright(pixels, box),
    )


def template(face: bytes) -> Template:
    """The mean of the embeddings of a face and of its mirror image. Raises `ValueError` for anything else."""
    return mean([embedding(chip) for chip in chips(face)])


def chips(face: bytes) -> tuple[bytes, bytes]:
    """The two pictures in `Finding.face`. Raises `ValueError` for anything else."""
    if len(face) != 2 * _BYTES:
        raise ValueError("not a face that was cut out here")
    return face[:_BYTES], face[_BYTES:]


def embedding(chip: bytes) -> list[float]:
    """The numbers of one of them."""
    pixels = np.frombuffer(chip, dtype=np.uint8).reshape(CHIP, CHIP, 3)
    return list(_models().embedder.compute_face_descriptor(pixels))


def mean(embeddings: Sequence[list[float]]) -> Template:
    """The template of embeddings that belong together."""
    return Template(MODEL, np.mean(embeddings, axis=0).astype("<f4").tobytes())


def reference(portrait: bytes) -> Template | None:
    """The template of a portrait; None, after the same work, where there is not exactly one face in it."""
    try:
        pixels = decode(portrait)
    except UnreadableImage:
        pixels = np.zeros((531, 413, 3), dtype=np.uint8)
    boxes = _detect(pixels)
    height, width = pixels.shape[:2]
    box = boxes[0] if boxes else Box(width // 4, height // 4, width // 2 or 1, height // 2 or 1)
    found = template(_upright(pixels, box))
    return found if len(boxes) == 1 else None


def landmarks(pixels: Pixels, box: Box) -> NDArray[np.float64]:
    """Five points (x, y): outer and inner corner of the eye to the right of the picture, the same of the left, nose."""
    return np.array([(point.x, point.y) for point in _shape(pixels, box).parts()], dtype=np.float64)


def eyes(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The centres of the eye to the left of the picture and of the one to the right."""
    return (points[2] + points[3]) / 2, (points[0] + points[1]) / 2


def _models() -> _Models:
    return _loaded[0]


def _detect(pixels: Pixels) -> list[Box]:
    """The faces, the largest first, without those too small or too doubtful beside the others: patterns on a jacket."""
    found, scores, _ = _models().detector.run(pixels, 0)
    if not found and max(pixels.shape[:2]) < SMALL <= LONG_SIDE:
        found, scores, _ = _models().detector.run(pixels, 1)
    faces = [r for r, score in zip(found, scores, strict=True) if score * DOUBTFUL > max(scores)]
    boxes = sorted((Box(r.left(), r.top(), r.width(), r.height()) for r in faces), key=_area, reverse=True)
    return [box for box in boxes if _area(box) * SECOND > _area(boxes[0])]


def _area(box: Box) -> int:
    return box.width * box.height


def _shape(pixels: Pixels, box: Box) -> Any:
    rectangle = _models().dlib.rectangle(box.left, box.top, box.left + box.width - 1, box.top + box.height - 1)
    return _models().landmarks(pixels, rectangle)


def _upright(pixels: Pixels, box: Box) -> bytes:
    """The face cut out, and its mirror image with landmarks of its own, so that two errors of theirs are averaged."""
    mirrored = np.ascontiguousarray(pixels[:, ::-1])
    other = Box(pixels.shape[1] - box.left - box.width, box.top, box.width, box.height)
    chips = (
        _models().dlib.get_face_chip(image, _shape(image, place), CHIP, PADDING)
        for image, place in ((pixels, box), (mirrored, other))
    )
    return b"".join(chip.tobytes() for chip in chips)


def _sharpness(face: NDArray[np.float64]) -> float:
    scaled = Image.fromarray(face.astype(np.uint8)).resize((_FACE, _FACE), Image.Resampling.BILINEAR)
    grey = np.asarray(scaled, dtype=np.float64)
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * grey[1:-1, 1:-1]).var())
