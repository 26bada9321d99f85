"""A photograph of the data page: what is read goes into the field, and what is no page reads nothing."""

import asyncio
import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pratique.authority.identity.photographed import DataPageReader, zone_of
from pratique.model import mrz
from pratique.sandbox.traveller import PASSPORT

ZONE = mrz.write(PASSPORT)
SPECIMEN = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def page(zone: str = ZONE, *, tilt: float = 0, blur: float = 0, width: int = 1500) -> bytes:
    """A page as a telephone sees it: name and picture above, the zone below."""
    font_file = next(Path("/usr/share/fonts").rglob("DejaVuSansMono.ttf"), None)
    assert font_file is not None, "apt-get install fonts-dejavu-core"
    font = ImageFont.truetype(str(font_file), 44)
    image = Image.new("RGB", (1500, 1050), (235, 230, 220))
    draw = ImageDraw.Draw(image)
    draw.text((500, 80), "UTOPIA  PASSPORT", font=font, fill=(20, 20, 60))
    draw.rectangle((80, 160, 420, 600), fill=(150, 150, 160))
    for row, line in enumerate(zone.splitlines()):
        for place, character in enumerate(line):
            draw.text((80 + place * 30.5, 830 + row * 90), character, font=font, fill=(10, 10, 10))
    seen = image.rotate(tilt, expand=True, fillcolor=(90, 90, 90)).filter(ImageFilter.GaussianBlur(blur))
    written = io.BytesIO()
    seen.resize((width, seen.height * width // seen.width)).save(written, "JPEG", quality=80)
    return written.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[DataPageReader]:
    with DataPageReader() as ready:
        yield ready


@pytest.mark.parametrize("nothing", [b"", b"no picture", b"\xff\xd8\xff"])
def test_what_is_no_picture_reads_nothing(reader: DataPageReader, nothing: bytes) -> None:
    assert asyncio.run(reader.read(nothing)) is None


def test_a_page_without_a_zone_reads_nothing(reader: DataPageReader) -> None:
    assert asyncio.run(reader.read(page(""))) is None


@pytest.mark.parametrize("zone", [ZONE, SPECIMEN])
@pytest.mark.parametrize("seen", [{}, {"blur": 1.5}, {"width": 1000}])
def test_a_page_is_read(reader: DataPageReader, zone: str, seen: dict[str, float]) -> None:
    assert asyncio.run(reader.read(page(zone, **seen))) == zone  # type: ignore[arg-type]


@pytest.mark.parametrize("tilt", [1.0, -1.0, 3.0])
def test_a_tilted_page_is_read_or_not_but_never_wrongly(reader: DataPageReader, tilt: float) -> None:
    assert asyncio.run(reader.read(page(ZONE, tilt=tilt))) in (ZONE, None)


def test_more_than_it_can_take_are_turned_away(reader: DataPageReader) -> None:
    async def many() -> list[str | None]:
        return await asyncio.gather(*(reader.read(page()) for _ in range(6)))

    assert asyncio.run(many()).count(None) == 2


@pytest.mark.parametrize(
    ("lines", "zone"),
    [
        ([], None),
        (["P<UTO"], None),
        (["A LINE", *ZONE.splitlines()], ZONE),
        ([line.replace("UTO", "UT0") for line in SPECIMEN.splitlines()], SPECIMEN),
        ([SPECIMEN.splitlines()[0][:-3], SPECIMEN.splitlines()[1]], SPECIMEN),
        ([SPECIMEN.splitlines()[0] + "<<", SPECIMEN.splitlines()[1].replace("<<<<<", "<<<<")], SPECIMEN),
        ([line.lower().replace("<", "«") for line in SPECIMEN.splitlines()], SPECIMEN),
        ([SPECIMEN.splitlines()[0], SPECIMEN.splitlines()[1].replace("8122F", "BI22F")], SPECIMEN),
    ],
)
def test_lines_that_were_read_nearly_right(lines: list[str], zone: str | None) -> None:
    assert zone_of(lines) == zone


def test_reading_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    from pratique.authority.identity import photographed

    def refuse(*_: object) -> None:
        raise AssertionError("a reader of data pages asks nobody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert photographed.zone_in(page()) == ZONE
