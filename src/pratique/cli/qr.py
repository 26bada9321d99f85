"""`pratique qr`: a text as a QR code, and the texts of QR codes in pictures."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pratique.cli import _files, _scans
from pratique.cli._exits import Exit, UsageFault, worst
from pratique.qr import Level, png, svg

LONGEST = 4296
"""What the largest QR code holds in its alphanumeric mode (ISO/IEC 18004, table 7)."""

qr = App(
    name="qr",
    help="Make a QR code of a text, or read the codes in pictures.",
    help_epilogue="""\
Examples:

  pratique qr HC1:NCFOXN... --png code.png
  pratique issue ... | pratique qr - --level Q --svg code.svg
  pratique qr read photo.jpg certificate.pdf
""",
)


@qr.default
def write(
    text: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    png_file: Annotated[Path | None, Parameter(name="--png")] = None,
    svg_file: Annotated[Path | None, Parameter(name="--svg")] = None,
    level: Level = Level.M,
) -> Exit:
    """Make a QR code.

    Parameters
    ----------
    text
        The text itself, a file that holds it, or - for stdin.
    png_file
        Where to write a picture.
    svg_file
        Where to write a drawing; without either it goes to stdout.
    level
        Error correction: m for screens, also if not given, and q for paper.
    """
    content = _content(text)
    if not content:
        raise UsageFault("there is no text to make a code of")
    try:
        if png_file is not None:
            _files.write(png_file, png(content, level=level))
        drawing = svg(content, level=level)
    except ValueError as fault:
        raise UsageFault("the text is too long for a QR code of this level") from fault
    if svg_file is not None:
        _files.write(svg_file, drawing.encode())
    elif png_file is None:
        sys.stdout.write(drawing + "\n")
    return Exit.DONE


@qr.command
def read(*image: Path) -> Exit:
    """Print the text of every code in pictures and PDFs, one a line.

    Parameters
    ----------
    image
        Pictures (PNG, JPEG, WebP, BMP, GIF, TIFF) or PDFs.
    """
    exits = [Exit.DONE]
    for found in _scans.find(tuple(str(path) for path in image)):
        if isinstance(found, _scans.Missing) or found.scan is None:
            _scans.tell(found)
            exits.append(Exit.USAGE)
        else:
            text = found.scan if isinstance(found.scan, str) else found.scan.decode("utf-8", "replace")
            sys.stdout.write(text + "\n")
    return worst(exits)


def _content(text: str) -> str:
    if text == "-":
        data = sys.stdin.buffer.read(LONGEST + 2)
    elif len(text) < 256 and Path(text).is_file():
        data = _files.read(Path(text), at_most=LONGEST + 2)
    elif _scans.looks_like_a_path(text):
        raise UsageFault(f"{text}: no such file; a text that looks like the name of one can come through stdin (-)")
    else:
        return text
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError as fault:
        raise UsageFault("what should become a code is not text") from fault
