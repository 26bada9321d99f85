"""Pictures of codes, and what is too much for paper."""

import zlib
from collections.abc import Iterator
from datetime import timedelta

from tests.cases.issuing import certificate, claim
from tests.cases.known import Case, Vector, base64, instant
from tests.cases.scans import GOOD
from tests.issuer import AT
from tests.wire import vaccination

PRATIQUE = [
    "#######..#.##.#######",
    "#.....#...#...#.....#",
    "#.###.#...###.#.###.#",
    "#.###.#.....#.#.###.#",
    "#.###.#..#..#.#.###.#",
    "#.....#.#####.#.....#",
    "#######.#.#.#.#######",
    "...........##........",
    "#..#.##.#....#.#.....",
    "##..##.#.....#####...",
    "#.#.#.##.##.##..#.##.",
    "####.#..##.#.#.#..###",
    ".##.####.##.#.####..#",
    "........#.##...###.##",
    "#######..#.....##....",
    "#.....#.######..##.##",
    "#.###.#....#.##.#...#",
    "#.###.#.####....#..##",
    "#.###.#..#..#..#..#.#",
    "#.....#..##..###.#..#",
    "#######.#..##..#.##..",
]
"""A QR code, version 1 and level M, of the text HC1:PRATIQUE."""
QUIET, SCALE = 4, 4
EXPIRES = AT + timedelta(days=90)


def png(rows: list[str], width: int, height: int) -> bytes:
    """A grey PNG (ISO/IEC 15948), not compressed, with `rows` drawn in black in its middle."""
    picture = [bytearray(b"\xff" * width) for _ in range(height)]
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            for line in range((QUIET + y) * SCALE, (QUIET + y + 1) * SCALE):
                picture[line][(QUIET + x) * SCALE : (QUIET + x + 1) * SCALE] = bytes([255 * (module == ".")]) * SCALE

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress(b"".join(b"\0" + bytes(line) for line in picture), 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def images() -> Iterator[Case]:
    side = (len(PRATIQUE) + 2 * QUIET) * SCALE
    drawn = png(PRATIQUE, side, side)
    for name, description, source, image, expected in (
        ("code", "A QR code with its quiet zone", "ISO/IEC 18004", drawn, {"scans": ["HC1:PRATIQUE"]}),
        ("no-code", "A white picture", "ISO/IEC 15948", png([], 60, 60), {"reasons": ["IMAGE_NO_CODE"]}),
        ("picture-cut-short", "Half a PNG", "ISO/IEC 15948", drawn[:60], {"reasons": ["IMAGE_UNREADABLE"]}),
        ("text-instead-of-a-picture", "A word", "ISO/IEC 15948", b"not a picture", {"reasons": ["IMAGE_UNREADABLE"]}),
    ):
        vector = {"description": description, "source": source, "image": base64(image), "expected": expected}
        yield f"images/{name}.json", vector


def print_case(name: str, description: str, *reasons: str, scan: str = GOOD, **changes: object) -> Case:
    vector: Vector = {
        "description": description,
        "source": "docs/paper.md",
        "certificate": certificate(),
        "scan": scan,
        "issuer": "Ministry of Health of XA",
        "country": "XA",
        "issued": instant(AT),
        "expires": instant(EXPIRES),
        "languages": ["en"],
    }
    return f"print/{name}.json", vector | changes | {"expected": {"reasons": list(reasons)}}


def prints() -> Iterator[Case]:
    thai = certificate(v=[claim(vaccination(), **{"is": "กระทรวงสาธารณสุข"})])
    yield print_case("vaccination", "A certificate that prints")
    yield print_case(
        "code-too-dense",
        "1 204 characters need more than 105 modules",
        "PRINT_CODE_TOO_DENSE",
        scan="HC1:" + "A0" * 600,
    )
    yield print_case(
        "issuer-in-a-script-without-a-font",
        "Thai letters",
        "PRINT_GLYPH_MISSING",
        certificate=thai,
        issuer="กระทรวงสาธารณสุข",
    )
    yield print_case(
        "issuer-of-1380-characters",
        "No place on the page is large enough",
        "PRINT_TOO_LONG",
        issuer="Ministry of Everything " * 60,
    )


def cases() -> Iterator[Case]:
    yield from images()
    yield from prints()
