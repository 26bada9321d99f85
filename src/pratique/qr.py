"""Text to QR code and back (ISO/IEC 18004).

A base45 scan is written in the alphanumeric mode, 5.5 bits a character, which the writer chooses by itself. Reading
tries hard, since what arrives is a photograph of creased paper: `UnreadableImage` says what stopped it.

Needs the extra `[qr]`, and `[pdf]` for `read_pdf`.
"""

import io
import re
from collections.abc import Iterator
from enum import StrEnum
from math import ceil, sqrt
from threading import Lock

import zxingcpp
from PIL import Image, ImageFilter

from pratique.model.errors import UnreadableImage
from pratique.model.reasons import Reason

QUIET_ZONE = 4
"""Modules of white that the standard asks for on every side (ISO/IEC 18004, 6.3.8)."""

MAX_BYTES = 32_000_000
"""A picture file: the largest JPEG of a telephone camera is about 20 MB."""
MAX_PIXELS = 64_000_000
"""A picture once opened: telephones make 50 million; a bomb of a few kilobytes can claim thousands of millions."""
MAX_PAGES = 20
"""Pages of a PDF: a family's certificates, not a book."""

_LOOKED_AT = 50
"""Dots per inch: enough to see that a page can be drawn."""
_WORKING_PIXELS = 12_000_000
"""What is searched: a code that fills a tenth of the picture still has ten pixels to a module."""
_ENLARGED_PIXELS = 24_000_000
"""A whole A4 page scanned at 150 dpi can be enlarged three times."""
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_DARK = re.compile(rb"\x00+")
_PDFIUM = Lock()
"""PDFium is not safe to enter from two threads."""


class Level(StrEnum):
    """Error correction: about 7, 15, 25 and 30 % of the symbol may be lost. Screens use M, paper Q."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


def _symbol(text: str, level: Level, **settings: int) -> zxingcpp.Barcode:
    try:
        return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level.value, **settings)
    except ValueError as error:
        raise ValueError(f"the text cannot be a QR code of level {level.value}") from error


def _cells(drawn: zxingcpp.Image) -> tuple[int, bytes]:
    """Pixels along a side, and all of them row by row, 0 for dark."""
    return drawn.shape[0], bytes(memoryview(drawn))  # type: ignore[arg-type]  # it has the buffer protocol


def modules(text: str, *, level: Level) -> int:
    """Modules along one side of the symbol, quiet zone not counted: 21 to 177 in steps of 4.

    Raises `ValueError` where no symbol of this level holds the text.
    """
    symbol = _symbol(text, level, data_mask=0)  # choosing among the masks takes eight times as long
    return _cells(symbol.to_image(scale=1, add_quiet_zones=False))[0]


def svg(text: str, *, level: Level) -> str:
    """The code as SVG: black, scalable, one unit to a module, the quiet zone inside the view box.

    The white is left to the page, which must be white, or nearly so, under the code. Raises `ValueError` where no
    symbol of this level holds the text.
    """
    return measured_svg(text, level=level)[1]


def measured_svg(text: str, *, level: Level) -> tuple[int, str]:
    """Modules along a side, quiet zone not counted, and the code as `svg` has it."""
    size, cells = _cells(_symbol(text, level).to_image(scale=1, add_quiet_zones=False))
    path = "".join(
        [
            f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{end - start}v1h{start - end}z"
            for row in range(size)
            for start, end in map(re.Match.span, _DARK.finditer(cells[row * size : (row + 1) * size]))
        ]
    )
    side = size + 2 * QUIET_ZONE
    return size, (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def cells(text: str, *, level: Level) -> tuple[int, bytes]:
    """Modules along a side, without the quiet zone, and all of them row by row: a bit each, 1 for dark, eight an octet.

    For a page that draws the code itself: an eighth of what a picture takes. Raises `ValueError` where no symbol of
    this level holds the text.
    """
    size, found = _cells(_symbol(text, level).to_image(scale=1, add_quiet_zones=False))
    bits = "".join("0" if cell else "1" for cell in found).ljust(-(-size * size // 8) * 8, "0")
    return size, int(bits, 2).to_bytes(len(bits) // 8)


def png(text: str, *, level: Level, scale: int = 8) -> bytes:
    """The code as a PNG, black on white with its quiet zone, `scale` whole pixels to a module.

    Raises `ValueError` where no symbol of this level holds the text.
    """
    size, cells = _cells(_symbol(text, level).to_image(scale=scale, add_quiet_zones=True))
    image = Image.frombytes("L", (size, size), cells)
    out = io.BytesIO()
    image.convert("1").save(out, "PNG")
    return out.getvalue()


def read(image: bytes) -> tuple[str, ...]:
    """The text of every QR code in a picture (PNG, JPEG, WebP, BMP, GIF or TIFF; of several frames the first).

    Bytes that are not text are given as Latin-1, one character to a byte. Raises `UnreadableImage`: IMAGE_UNREADABLE
    for what is not such a picture or is larger than the limits, IMAGE_NO_CODE where no code was found.
    """
    found = _search(_open(image))
    if not found:
        raise UnreadableImage(Reason.IMAGE_NO_CODE, detail="no QR code in the picture")
    return found


def read_pdf(document: bytes, *, dpi: int = 200) -> tuple[str, ...]:
    """The text of every QR code on the pages of a PDF, in the order of the pages, each drawn at `dpi`.

    Raises `UnreadableImage`: IMAGE_UNREADABLE for what is not a PDF, is locked, or has more than `MAX_PAGES` pages,
    IMAGE_NO_CODE where no code was found.
    """
    found = dict.fromkeys(text for page in _pages(document, dpi) for text in _search(page))
    if not found:
        raise UnreadableImage(Reason.IMAGE_NO_CODE, detail="no QR code on the pages")
    return tuple(found)


def media_type(data: bytes) -> str:
    """What a file is by its content, whatever it is called: "application/pdf", or the type of a picture.

    Raises `UnreadableImage` (IMAGE_UNREADABLE) for anything else, for what cannot be opened to its end, and for a PDF
    that holds a script or another file, since a person is to look at it.
    """
    if not data.startswith(b"%PDF-"):
        _open(data)
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return Image.MIME[image.format or ""]
    for _ in _pages(data, _LOOKED_AT):
        pass
    _refuse_active(data)
    return "application/pdf"


def _refuse_active(document: bytes) -> None:
    import pypdfium2

    with _PDFIUM:
        pdf = pypdfium2.PdfDocument(document)
        carried = pypdfium2.raw.FPDFDoc_GetJavaScriptActionCount(pdf), pdf.count_attachments()
        pdf.close()
    if any(carried):
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail="a PDF with a script or an attached file")


def _open(data: bytes) -> Image.Image:
    """The picture in grey on white, small enough to search."""
    if len(data) > MAX_BYTES:
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_PIXELS} pixels")
            image.draft("L", image.size)  # a JPEG is then decoded to grey only
            return _shrink(_grey(image))
    except UnreadableImage:
        raise
    except Exception as error:  # a decoder of pictures stumbles over hostile bytes in every way there is
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail="not a picture that can be decoded") from error


def _grey(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("L")
    image = image.convert("LA")  # a black code on nothing would be black on black
    white = Image.new("L", image.size, 255)
    white.paste(image.getchannel("L"), mask=image.getchannel("A"))
    return white


def _shrink(image: Image.Image) -> Image.Image:
    factor = ceil(sqrt(image.width * image.height / _WORKING_PIXELS))
    return image.reduce(factor) if factor > 1 else image


def _pages(document: bytes, dpi: int) -> Iterator[Image.Image]:
    """Each page in grey; one is held at a time, and PDFium is locked only while it works."""
    import pypdfium2  # only reading a PDF needs it

    if len(document) > MAX_BYTES:
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_BYTES} bytes")
    try:
        with _PDFIUM:
            pdf = pypdfium2.PdfDocument(document)
            count = len(pdf)
        if count > MAX_PAGES:
            raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail=f"more than {MAX_PAGES} pages")
        for number in range(count):
            with _PDFIUM:
                page = pdf[number]
                width, height = page.get_size()
                scale = min(dpi / 72, sqrt(_WORKING_PIXELS / (width * height)))  # a page may claim the size of a field
                image: Image.Image = page.render(scale=scale, grayscale=True).to_pil().copy()
                page.close()
            yield image
    except pypdfium2.PdfiumError as error:
        raise UnreadableImage(Reason.IMAGE_UNREADABLE, detail="not a PDF that can be opened") from error


def _search(image: Image.Image) -> tuple[str, ...]:
    """The texts found by the first way of looking that finds any, each once."""
    for picture, binarizer in _ways(image):
        codes = zxingcpp.read_barcodes(
            picture, formats=_QR_CODES, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer
        )
        if codes:
            return tuple(dict.fromkeys(_text(code) for code in codes))
    return ()


def _ways(image: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.Binarizer]]:
    """From what reads most pictures to what saves the last ones, measured on worn prints (docs/paper.md).

    Noise is taken out and small codes are enlarged. Turned, inverted and very large codes are the reader's own
    business each time.
    """
    local = zxingcpp.Binarizer.LocalAverage
    yield image, local
    yield image, zxingcpp.Binarizer.GlobalHistogram
    despeckled = image.filter(ImageFilter.MedianFilter(3))
    yield _enlarge(despeckled.filter(ImageFilter.GaussianBlur(0.6)), 3), local
    yield _enlarge(image, 2).filter(ImageFilter.GaussianBlur(2)), local
    thrice = _enlarge(image, 3)
    yield thrice.filter(ImageFilter.GaussianBlur(2)), local
    yield _enlarge(despeckled, 2), local
    yield thrice.filter(ImageFilter.GaussianBlur(3)), local


def _enlarge(image: Image.Image, factor: int) -> Image.Image:
    if image.width * image.height * factor**2 > _ENLARGED_PIXELS:
        return image  # already fine enough
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)


def _text(code: zxingcpp.Barcode) -> str:
    return code.bytes.decode("latin-1") if code.content_type == zxingcpp.ContentType.Binary else code.text
