"""Scans from whatever a person hands to a command: a scan itself, a text file, a picture, a PDF, or stdin.

What an argument is, is found out by looking at it.
"""

import os
import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from pratique.cli._exits import UsageFault
from pratique.cli._printing import explain_reasons, note
from pratique.formats import MAX_SCAN, recognised, shc
from pratique.model.errors import MalformedCertificate, UnreadableImage
from pratique.model.reasons import Reason

_PREFIXES = ("HC1:", "LIVE1:", "shc:/", "NZCP:/", "eyJ", '{"', '[{"')
"""The last three begin a bare JWS, and the JSON around several or of a seal."""
MAX_CARDS = 1024 * 1024
"""A file of cards, each of which may be as long as any scan."""
_MOST_LINES = 2000
"""Of one JSON text: a seal of twenty doses, laid out for people, has two hundred."""
_BLANKS = b"\xef\xbb\xbf \t"
_PDF = b"%PDF-"
_ARCHIVE = b"PK\x03\x04"
"""A zip: how DIVOC credentials travel."""
_TEXT_SAMPLE = 4096
_WHOLE = 1024 * 1024
"""Octets of a text that is looked through before any line of it is answered."""
_PATH = re.compile(r"(?![a-z][a-z0-9+.-]+:)[^<]*(/[^<]*|\.\w{1,8})", re.IGNORECASE)
"""A slash or a suffix, and no scheme, be it of a scan or a link; no machine readable zone looks so."""
_LONGEST_PATH = 255


class Source(Struct, frozen=True, omit_defaults=True):
    """Where a scan was found; counted from 1. `file` is `-` for stdin."""

    argument: int | None = None
    file: str | None = None
    line: int | None = None
    code: int | None = None
    """Which of the codes in a picture, or of the cards in a file."""

    def __str__(self) -> str:
        if self.file is None:
            return f"argument {self.argument}"
        return ":".join(str(part) for part in (self.file, self.line or self.code) if part is not None)


class Found(Struct, frozen=True):
    """A scan and where it was; `scan` is None where a picture gave none, for `reasons`."""

    source: Source
    scan: str | bytes | None
    reasons: tuple[Reason, ...] = ()


class Missing(Struct, frozen=True):
    """An argument in which nothing can be looked for, and why; its value is not repeated, since it may be a scan."""

    source: Source
    why: str


def find(arguments: tuple[str, ...]) -> Iterator[Found | Missing]:
    """Every scan in the arguments, in their order, as it is read. Raises `UsageFault` at once where there is none."""
    if not arguments:
        raise UsageFault("nothing to look at: give a scan, a file, a picture, or - for stdin")
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            raise UsageFault(f"there is no option {argument.partition('=')[0]}; --help lists them")
    return _joined(chain.from_iterable(_in_argument(number, argument) for number, argument in enumerate(arguments, 1)))


def _joined(found: Iterator[Found | Missing]) -> Iterator[Found | Missing]:
    """The codes of one SMART Health Card that come one after another, as one scan: complete, or as far as they came.

    What a camera saw twice is dropped.
    """
    first: Found | None = None
    chunks: dict[str, None] = {}

    def card() -> Iterator[Found]:
        if first is not None:
            yield Found(first.source, "\n".join(chunks))
            chunks.clear()

    for each in found:
        text = _chunk(each)
        if text is None:
            yield from card()
            first = None
            yield each
            continue
        first = first or each  # type: ignore[assignment]  # what holds a chunk was found
        chunks[text] = None
        if len(chunks) >= shc.chunks_of(text):
            yield from card()
            first = None
    yield from card()


def _chunk(each: Found | Missing) -> str | None:
    """The text of one code of several."""
    if isinstance(each, Missing) or each.scan is None:
        return None
    text = (each.scan if isinstance(each.scan, str) else each.scan.decode("utf-8", "replace")).strip()
    return text if shc.is_chunk(text) and len(text.split()) == 1 else None


def looks_like_a_path(text: str) -> bool:
    """Whether a text was meant to name a file, and may be repeated though there is none: no scan looks like that."""
    return len(text) <= _LONGEST_PATH and _PATH.fullmatch(text.strip()) is not None


def tell(nothing: Found | Missing) -> None:
    """Say on stderr why there is no scan in an argument or a picture."""
    if isinstance(nothing, Missing):
        note(f"{nothing.source}: {nothing.why}")
        return
    note(f"{nothing.source}:")
    for line in explain_reasons(nothing.reasons):
        note(line)


def _in_argument(number: int, argument: str) -> Iterator[Found | Missing]:
    if argument == "-":
        yield from _in_lines(sys.stdin.buffer, "-")
    elif argument.lstrip().startswith(_PREFIXES):
        yield Found(Source(argument=number), argument)
    elif not argument.strip():
        yield Missing(Source(argument=number), "no scan in it")
    else:
        yield from _in_file(number, argument)


def _in_file(number: int, argument: str) -> Iterator[Found | Missing]:
    name = os.fsencode(argument).decode("utf-8", "replace")
    try:
        file = Path(argument).open("rb")  # noqa: SIM115  closed below
    except (OSError, ValueError) as fault:
        source = Source(file=name) if looks_like_a_path(argument) else Source(argument=number)
        yield Missing(source, _why(fault))
        return
    with file:
        head = file.read(_TEXT_SAMPLE)
        if head.startswith(_ARCHIVE):
            yield Found(Source(file=name), head + file.read(MAX_SCAN))
        elif _is_text(head):
            whole = head + file.read(_WHOLE)
            if len(whole) < _WHOLE and _is_another_file(whole):
                yield Missing(Source(file=name), "no line of it begins like a scan; name a file of scans, or a picture")
                return
            file.seek(0)
            yield from _in_cards(file, name) if b'"verifiableCredential"' in head else _in_lines(file, name)
        else:
            yield from _in_picture(head, file, name)


def _why(fault: OSError | ValueError) -> str:
    if isinstance(fault, IsADirectoryError | PermissionError):
        return f"the file cannot be read: {fault.strerror}"
    return "neither a scan that begins with a known prefix nor a file that is there"


def _is_text(head: bytes) -> bool:
    if b"\0" in head or head.startswith(_PDF):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start > len(head) - 4 and len(head) == _TEXT_SAMPLE  # a character cut by the end of the sample
    return True


def _is_another_file(text: bytes) -> bool:
    """Whether none of several lines is for any format: whoever named it meant another, and is told once."""
    lines = [line.strip(_BLANKS) for line in text.splitlines() if line.strip(_BLANKS)]
    if len(lines) < 2 or lines[0].startswith(b"["):
        return False
    return not any(line.startswith(b"{") or recognised(line) for line in lines)


def _in_cards(file: BinaryIO, name: str) -> Iterator[Found]:
    """Each card of a `.smart-health-card` file; one that is no such file is one scan, and its reader says why."""
    text = file.read(MAX_CARDS)
    try:
        cards = shc.cards(text.decode("utf-8-sig"))
    except (MalformedCertificate, UnicodeDecodeError):
        cards = ()
    if not cards:
        yield Found(Source(file=name), text)
    for number, card in enumerate(cards, 1):
        yield Found(Source(file=name, code=number), card)


def _in_lines(stream: BinaryIO, name: str) -> Iterator[Found | Missing]:
    """A scan a line, each given as soon as it is there; blank lines are passed over."""
    empty = True
    for number, text in _texts(_lines(stream)):
        if text.strip():
            empty = False
            yield Found(Source(file=name, line=number), text)
    if empty:
        yield Missing(Source(file=name), "no scan in it")


def _texts(lines: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line with its number; JSON that goes on over several lines, as people lay it out, is one text."""
    begun, pieces = 0, b""
    for number, line in enumerate(lines, 1):
        whole = pieces + b"\n" + line if pieces else line
        if pieces and not (_is_json(whole) or _goes_on(whole)):  # what came before was broken, and this is another
            yield begun, pieces
            begun, pieces, whole = number, b"", line
        if not pieces:
            begun = number
        if _goes_on(whole) and len(whole) <= MAX_SCAN and number - begun < _MOST_LINES:
            pieces = whole
            continue
        yield begun, whole
        pieces = b""
    if pieces:
        yield begun, pieces


def _is_json(text: bytes) -> bool:
    return _json_fault(text) is None


def _goes_on(text: bytes) -> bool:
    """Whether it is the beginning of a JSON object or array, and only the beginning."""
    return text.lstrip(_BLANKS)[:1] in (b"{", b"[") and "truncated" in (_json_fault(text) or "")


def _json_fault(text: bytes) -> str | None:
    try:
        msgspec.json.decode(text.lstrip(_BLANKS), type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        return str(fault)
    return None


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends, of which no more is kept than a scan can have."""
    while line := stream.readline(MAX_SCAN + 2):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(MAX_SCAN)):
            pass
        yield line.rstrip(b"\r\n")


def _in_picture(head: bytes, file: BinaryIO, name: str) -> Iterator[Found]:
    if head.startswith(_PDF):
        import pypdfium2  # noqa: F401  first, so that both extras are named where both are absent
    from pratique import qr  # the extra [qr] is needed for pictures alone

    data = head + file.read(qr.MAX_BYTES)  # one that is longer is refused there
    try:
        texts = qr.read_pdf(data) if data.startswith(_PDF) else qr.read(data)
    except UnreadableImage as fault:
        yield Found(Source(file=name), None, fault.reasons)
        return
    for number, text in enumerate(texts, 1):
        yield Found(Source(file=name, code=number), text)
