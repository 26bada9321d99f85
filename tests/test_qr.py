import io
import zlib
from pathlib import Path

import pypdfium2
import pytest
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pratique import qr
from pratique.model.errors import UnreadableImage
from pratique.model.reasons import Reason
from pratique.qr import Level
from tests.worn import ALPHABET, reads, scan

TEXT = scan(600)


def picture(text: str = TEXT, scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(text, level=Level.Q, scale=scale)))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def refusal(data: bytes) -> Reason:
    with pytest.raises(UnreadableImage) as caught:
        qr.read(data)
    (reason,) = caught.value.reasons
    return reason


# --- writing


@pytest.mark.parametrize(("level", "capacity"), [("L", 4296), ("M", 3391), ("Q", 2420), ("H", 1852)])
def test_base45_is_written_in_alphanumeric_mode(level: str, capacity: int) -> None:
    """Capacities of version 40 in alphanumeric mode (ISO/IEC 18004, table 7); bytes would hold a third less."""
    with pytest.raises(ValueError, match="cannot be a QR code"):
        qr.modules(scan(capacity + 1), level=Level(level))
    assert qr.modules(scan(capacity), level=Level(level)) == 177
    assert qr.modules(scan(capacity // 2), level=Level(level)) < 177


@pytest.mark.parametrize(("length", "m", "q"), [(450, 69, 81), (550, 77, 89), (750, 89, 105)])
def test_symbol_sizes_follow_the_tables(length: int, m: int, q: int) -> None:
    assert qr.modules(scan(length), level=Level.M) == m
    assert qr.modules(scan(length), level=Level.Q) == q


def test_too_long_a_text_is_not_put_into_the_message() -> None:
    for write in (qr.svg, qr.png, qr.modules):
        with pytest.raises(ValueError, match=r"^the text cannot be a QR code of level H$"):
            write(scan(1853), level=Level.H)


def test_png_is_pure_black_on_white_with_four_modules_around() -> None:
    image = picture(scale=3).convert("L")
    side = (qr.modules(TEXT, level=Level.Q) + 8) * 3
    assert image.size == (side, side)
    assert {value for value, count in enumerate(image.histogram()) if count} == {0, 255}
    assert ImageOps.invert(image).getbbox() == (12, 12, side - 12, side - 12)


def test_svg_is_scalable_black_and_keeps_the_quiet_zone() -> None:
    drawing = qr.svg(TEXT, level=Level.Q)
    side = qr.modules(TEXT, level=Level.Q) + 8
    assert f'viewBox="0 0 {side} {side}"' in drawing
    assert drawing.count("fill=") == 1
    assert 'fill="#000"' in drawing
    page = b"#set page(width: 60mm, height: 60mm, margin: 0mm)\n#image(bytes(sys.inputs.svg), width: 100%)"
    image = Image.open(
        io.BytesIO(typst.compile(page, format="png", ppi=25.4 * side / 60 * 4, sys_inputs={"svg": drawing}))
    )
    assert qr.read(encoded(image, "PNG")) == (TEXT,)
    edges = ImageOps.invert(image.convert("L")).point(lambda value: 255 * (value > 128)).getbbox()
    assert edges is not None
    assert all(
        abs(edge - wanted) <= 1 for edge, wanted in zip(edges, (16, 16, side * 4 - 16, side * 4 - 16), strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=ALPHABET, min_size=1, max_size=900), st.sampled_from(Level))
def test_what_was_written_is_read(text: str, level: Level) -> None:
    assert qr.read(qr.png(text, level=level, scale=3)) == (text,)


# --- reading: refusals first


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7 nothing", b"<svg/>", b"\xff\xd8\xff\xe0 cut"],
    ids=["empty", "text", "png header", "pdf", "svg", "jpeg header"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refusal(data) is Reason.IMAGE_UNREADABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
def test_a_cut_off_picture_is_refused_or_read(kind: str) -> None:
    data = encoded(picture().convert("L"), kind)
    assert qr.read(data) == (TEXT,)
    assert refusal(data[: len(data) // 2]) in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_NO_CODE)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be this large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_001, 10_000, 20_000, 2**31 - 1])
def test_decompression_bombs_are_refused(side: int) -> None:
    assert refusal(bomb(side, side)) is Reason.IMAGE_UNREADABLE


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(picture(), "PNG")
    monkeypatch.setattr(qr, "MAX_BYTES", len(data) - 1)
    assert refusal(data) is Reason.IMAGE_UNREADABLE
    monkeypatch.setattr(qr, "MAX_BYTES", len(data))
    assert qr.read(data) == (TEXT,)


def test_a_picture_without_a_code_says_so() -> None:
    assert refusal(encoded(Image.new("L", (400, 300), 200), "PNG")) is Reason.IMAGE_NO_CODE
    assert refusal(encoded(Image.effect_noise((200, 200), 90), "PNG")) is Reason.IMAGE_NO_CODE


# --- reading: what arrives in practice


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_the_usual_formats_are_read(kind: str) -> None:
    assert qr.read(encoded(picture().convert("RGB"), kind)) == (TEXT,)


@pytest.mark.parametrize("angle", [0, 33, 90, 180, 271])
def test_turned_pictures_are_read(angle: int) -> None:
    turned = picture().convert("L").rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert reads(encoded(turned, "PNG"), TEXT)


def test_inverted_mirrored_transparent_and_small_pictures_are_read() -> None:
    plain = picture().convert("L")
    assert reads(encoded(ImageOps.invert(plain), "PNG"), TEXT)
    assert reads(encoded(ImageOps.mirror(plain), "PNG"), TEXT)
    clear = Image.new("RGBA", plain.size, (0, 0, 0, 0))
    clear.putalpha(ImageOps.invert(plain))
    assert reads(encoded(clear, "PNG"), TEXT)
    assert reads(encoded(picture(scale=1), "PNG"), TEXT)


def test_a_large_picture_is_made_smaller_first() -> None:
    photo = Image.new("L", (7_000, 7_000), 180)
    photo.paste(picture(scale=12).convert("L"), (3_000, 4_000))
    assert reads(encoded(photo, "JPEG"), TEXT)


def test_every_code_in_the_picture_is_read_once() -> None:
    other = scan(300, seed=1)
    sheet = Image.new("L", (1_600, 900), 255)
    for place, text in (((20, 20), TEXT), ((800, 20), other), ((800, 460), TEXT)):
        sheet.paste(picture(text, scale=4).convert("L").resize((420, 420)), place)
    assert sorted(qr.read(encoded(sheet, "PNG"))) == sorted((TEXT, other))


def test_bytes_that_are_no_text_come_as_latin_1() -> None:
    data = zlib.compress(b"a credential" * 20) + bytes(range(128, 256))
    symbol = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = Image.fromarray(symbol.to_image(scale=4))
    assert qr.read(encoded(image, "PNG")) == (data.decode("latin-1"),)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2_000))
def test_any_bytes_get_an_answer(noise: bytes, at: int) -> None:
    data = bytearray(encoded(picture(scale=2), "PNG"))
    data[at : at + len(noise)] = noise
    try:
        answer: tuple[object, ...] = qr.read(bytes(data))
    except UnreadableImage as error:
        answer = error.reasons
    assert answer in ((TEXT,), (Reason.IMAGE_UNREADABLE,), (Reason.IMAGE_NO_CODE,))


# --- PDF


def pdf(*texts: str, side: int = 60) -> bytes:
    pages = "#pagebreak()\n".join(
        f'#image(bytes(sys.inputs.at("{number}")), width: {side}mm)\n' if text else "nothing here\n"
        for number, text in enumerate(texts)
    )
    drawings = {str(number): qr.svg(text, level=Level.Q) for number, text in enumerate(texts) if text}
    document = typst.compile(pages.encode(), format="pdf", sys_inputs=drawings)
    assert isinstance(document, bytes)
    return document


def pdf_refusal(data: bytes) -> Reason:
    with pytest.raises(UnreadableImage) as caught:
        qr.read_pdf(data)
    return caught.value.reasons[0]


def test_what_is_no_pdf_or_too_long_is_refused() -> None:
    assert pdf_refusal(b"") is Reason.IMAGE_UNREADABLE
    assert pdf_refusal(b"%PDF-1.7\nnothing") is Reason.IMAGE_UNREADABLE
    assert pdf_refusal(qr.png(TEXT, level=Level.Q)) is Reason.IMAGE_UNREADABLE
    assert pdf_refusal(pdf("")) is Reason.IMAGE_NO_CODE
    assert pdf_refusal(pdf(*[TEXT] * (qr.MAX_PAGES + 1))) is Reason.IMAGE_UNREADABLE


def test_a_pdf_longer_than_a_file_may_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = pdf(TEXT)
    monkeypatch.setattr(qr, "MAX_BYTES", len(document) - 1)
    assert pdf_refusal(document) is Reason.IMAGE_UNREADABLE


def test_the_codes_of_all_pages_are_read_in_order() -> None:
    texts = scan(600, 1), scan(640, 2)
    assert qr.read_pdf(pdf(texts[0], "", texts[1], texts[0])) == texts


def test_a_page_the_size_of_a_field_is_drawn_small(tmp_path: Path) -> None:
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(14_400, 14_400)
        document.save(tmp_path / "field.pdf")
    assert pdf_refusal((tmp_path / "field.pdf").read_bytes()) is Reason.IMAGE_NO_CODE
