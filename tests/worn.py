"""What happens to a printed code on its way to a reader; run as a program it measures how much text survives.

PYTHONPATH=src python -m tests.worn
"""

import io
import random
from collections.abc import Iterator

import pypdfium2
import typst
from PIL import Image, ImageFilter

from pratique import qr
from pratique.model.errors import UnreadableImage
from pratique.qr import Level

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def scan(length: int, seed: int = 0) -> str:
    """Text of this many characters that looks like an HCERT."""
    return "HC1:" + "".join(random.Random(seed).choices(ALPHABET, k=length - 4))  # noqa: S311


def rasterised(pdf: bytes, *, page: int = 0, dpi: int = 150) -> Image.Image:
    """One page in grey."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=dpi / 72, grayscale=True).to_pil().copy()


def worn(image: Image.Image, *, passes: int = 1, seed: int = 0) -> bytes:
    """A bad scan: blurred, turned by 5 degrees, every fifth pixel lost to noise, JPEG of quality 40.

    Two passes are a photocopy of a photocopy.
    """
    noise = random.Random(seed)  # noqa: S311
    data = io.BytesIO()
    for turn in (5, -3)[:passes]:
        image = image.filter(ImageFilter.GaussianBlur(0.8))
        image = image.rotate(turn, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        dirt = Image.frombytes("L", image.size, noise.randbytes(image.width * image.height))
        chance = Image.frombytes("L", image.size, noise.randbytes(image.width * image.height))
        image = Image.composite(dirt, image, chance.point([255] * 51 + [0] * 205))
        data = io.BytesIO()
        image.save(data, "JPEG", quality=40)
        image = Image.open(data).convert("L")
    return data.getvalue()


def reads(image: bytes, text: str) -> bool:
    """Whether the picture gives exactly this text."""
    try:
        return qr.read(image) == (text,)
    except UnreadableImage:
        return False


def _code(text: str, level: Level, side: float) -> Image.Image:
    page = b"#set page(width: 80mm, height: 80mm, margin: 10mm)\n#image(bytes(sys.inputs.svg), width: SIDEmm)"
    pdf = typst.compile(
        page.replace(b"SIDE", str(side).encode()), format="pdf", sys_inputs={"svg": qr.svg(text, level=level)}
    )
    return rasterised(pdf)


def _survivors(level: Level, lengths: tuple[int, ...], trials: int) -> Iterator[tuple[int, int, float, int, int]]:
    for length in lengths:
        texts = [scan(length, seed) for seed in range(trials)]
        images = [_code(text, level, 60) for text in texts]
        held = [sum(reads(worn(image, passes=n, seed=i), texts[i]) for i, image in enumerate(images)) for n in (1, 2)]
        modules = qr.modules(texts[0], level=level)
        yield length, modules, 60 / (modules + 2 * qr.QUIET_ZONE), held[0], held[1]


if __name__ == "__main__":
    trials = 20
    measured = {
        Level.Q: (450, 550, 650, 750, 850, 963, 1040, 1100, 1200),
        Level.M: (550, 650, 750, 850, 950, 1050, 1134, 1220, 1320, 1420, 1500),
    }
    for level, lengths in measured.items():
        for length, modules, size, once, twice in _survivors(level, lengths, trials):
            print(f"| {level} | {length} | {modules} | {size:.2f} | {once}/{trials} | {twice}/{trials} |", flush=True)  # noqa: T201
