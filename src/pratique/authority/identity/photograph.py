"""Photographs that people send: taken apart and written anew, so that nothing but the picture is kept or shown.

What a telephone writes beside the picture, the place among it, is gone; whatever a file is besides a picture, too.
"""

import io
import warnings

from PIL import Image, ImageOps

MAX_PIXELS = 24_000_000
"""A telephone's photograph, 72 MB once opened."""
LONG_SIDE = 800
"""Pixels of what is kept and shown: what two people compare a face by."""
SHORT_SIDE = 64
FORMATS = ("JPEG", "PNG", "WEBP", "JPEG2000")


def anew(data: bytes) -> bytes | None:
    """The picture as a small JPEG, the right way up; None for what is no picture, or too large or too narrow a one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of half of what it holds for a bomb
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS or min(image.size) < SHORT_SIDE:
                    return None
                image.draft("RGB", (LONG_SIDE, LONG_SIDE))
                upright = ImageOps.exif_transpose(image).convert("RGB")
                upright.thumbnail((LONG_SIDE, LONG_SIDE))
                alone = Image.new("RGB", upright.size)
                alone.paste(upright)  # without the remarks that a file carries along
                written = io.BytesIO()
                alone.save(written, "JPEG", quality=88)
    except Exception:  # a decoder of pictures stumbles over hostile bytes in every way there is
        return None
    return written.getvalue()
