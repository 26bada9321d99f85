"""Bytes from a camera or a register -> pixels, within bounds: whatever is sent, a decoder may stumble and no more.

Needs the extra `[face]`, as all that looks at pictures here.
"""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pratique.model.errors import UnreadableImage
from pratique.model.reasons import Reason

Pixels = NDArray[np.uint8]
"""Rows of columns of red, green and blue."""

MAX_BYTES = 4_000_000
"""A portrait scanned by a passport office; frames of the camera are smaller."""
MAX_PIXELS = 24_000_000
"""A telephone's photograph, 72 MB once opened; a bomb of a few kilobytes can claim thousands of millions."""
LONG_SIDE = 800
"""Pixels that are looked at: a face at arm's length has 200 of them, and finding it takes 80 ms."""
SHORT_SIDE = 32
"""Pixels, in which no face can be; dlib refuses a picture of one column."""
FORMATS = ("JPEG", "PNG", "WEBP", "JPEG2000")
"""What cameras send, and what the chips of passports hold (ISO/IEC 19794-5, 39794-5)."""


def decode(data: bytes, *, long_side: int = LONG_SIDE) -> Pixels:
    """The picture the right way up (EXIF), its long side at most `long_side`; of several frames the first.

    Raises `UnreadableImage` (IMAGE_UNREADABLE) for what is no such picture, is cut short, or is beyond the limits.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of half of what it holds for a bomb
            return _decode(data, long_side)
    except UnreadableImage:
        raise
    except Exception as error:  # a decoder of pictures stumbles over hostile bytes in every way there is
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail="not a picture that can be decoded") from error


def _decode(data: bytes, long_side: int) -> Pixels:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_PIXELS} pixels")
        image.draft("RGB", (long_side, long_side))  # a large JPEG is then opened at half its size or less
        upright = ImageOps.exif_transpose(image)
        flat = _on_white(upright)
        flat.thumbnail((long_side, long_side), Image.Resampling.BOX)
        if min(flat.size) < SHORT_SIDE:
            raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"narrower than {SHORT_SIDE} pixels")
        return np.ascontiguousarray(flat, dtype=np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(layered, mask=layered.getchannel("A"))
    return white
