"""The forms in which a SMART Health Card travels: numeric codes, one or several, a file, and the bare JWS.

shc:/5676…          two digits a character, `ord(c) - 45`                  (framework 1.4.0, "Encoding QRs")
shc:/2/3/5676…      the second of three such codes, in any order            (deprecated there since 1.3.0)
{"verifiableCredential": ["eyJ…", …]}                                       (a file, "via File Download")
eyJ….….…
"""

import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from pratique.formats import _json
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

PREFIX = "shc:/"
MOST_IN_ONE_CODE = 1195
MOST_IN_A_CHUNK = 1191
"""Characters of a JWS that a QR code of version 22 holds (framework 1.4.0, "Chunking")."""
MOST_CHUNKS = 64
"""As many of the largest chunks hold more than any scan may have."""

_OFFSET = 45
_CHUNK = re.compile(r"(\d{1,3})/(\d{1,3})/(.*)", re.ASCII)
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_PAIR_OF = {letter: f"{ord(letter) - _OFFSET:02}" for letter in _LETTERS}
_LETTER_OF = bytearray(256)
"""Two digits read as one octet in hexadecimal lead to their letter, in two calls for a whole card; 0 is no letter."""
for _letter, _pair in _PAIR_OF.items():
    _LETTER_OF[int(_pair, 16)] = ord(_letter)
_CARDS = "verifiableCredential"


def recognises(scan: str) -> bool:
    """Whether a text claims to be a card in any of its forms; every header of a JWS begins with eyJ."""
    return _is_code(scan) or scan.startswith("eyJ") or (scan.startswith("{") and f'"{_CARDS}"' in scan)


def _is_code(text: str) -> bool:
    return text[: len(PREFIX)].lower() == PREFIX  # schemes of URIs are the same in either case (RFC 3986 section 3.1)


def is_chunk(scan: str) -> bool:
    """Whether a text is one code of several."""
    return _is_code(scan) and _CHUNK.match(scan, len(PREFIX)) is not None


def chunks_of(scan: str) -> int:
    """Of how many codes this chunk is one."""
    match = _CHUNK.match(scan, len(PREFIX))
    return int(match[2]) if match else 1


def jws_of(scan: str) -> tuple[str, tuple[Reason, ...]]:
    """The JWS that a scan holds, and what is odd about the scan.

    Raises `MalformedCertificate` with a NUMERIC, CHUNK or JSON reason, CARDS_SEVERAL, or a CONTENT reason for a file.
    """
    if _is_code(scan):
        digits = scan[len(PREFIX) :].encode("utf-8", "replace")
        return _whole(digits) if digits.isdigit() else _from_codes(scan.split())
    if scan.startswith("{"):
        return _only(cards(scan)), ()
    return scan, ()


def cards(file: str) -> tuple[str, ...]:
    """The cards of a `.smart-health-card` file, each a JWS. Raises `MalformedCertificate`."""
    content = _json.decode(file)
    found = content.get(_CARDS) if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(card, str) for card in found):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=_CARDS)
    return tuple(found)


def file_of(scan: str) -> bytes:
    """The `.smart-health-card` file of one card. Raises `MalformedCertificate` as `jws_of`."""
    jws, _ = jws_of(scan)
    return msgspec.json.encode({_CARDS: [jws]})


def together(texts: Iterable[str]) -> tuple[str, ...]:
    """Each scan by itself: the codes of one card together, in whatever order they were read, and the cards of a file
    apart. What was seen twice counts once; codes of two cards of as many parts are told apart by their order alone."""
    scans: list[tuple[int, dict[int, str]]] = []
    for total, number, text in chain.from_iterable(map(_pieces, texts)):
        if any(text in parts.values() for _, parts in scans):
            continue
        card = next((parts for of, parts in scans if of == total > 1 and number not in parts), None)
        if card is None:
            scans.append((total, {number: text}))
        else:
            card[number] = text
    return tuple("\n".join(parts.values()) for _, parts in scans)


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Of how many parts each piece of a text is one, which, and the piece; what is no code of several is whole."""
    codes = text.split()
    if codes and all(map(is_chunk, codes)):
        for code in codes:
            if match := _CHUNK.match(code, len(PREFIX)):
                yield int(match[2]), int(match[1]), code
        return
    try:
        found = cards(text) if text.startswith("{") and f'"{_CARDS}"' in text else ()
    except MalformedCertificate:
        found = ()  # whoever reads it says why
    for card in found or (text,):
        yield 1, 1, card


def _only(found: tuple[str, ...]) -> str:
    if not found:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail=_CARDS)
    if len(found) > 1:
        raise MalformedCertificate(Reason.CARDS_SEVERAL, detail=f"{_CARDS}: {len(found)} of them")
    return found[0]


def _from_codes(codes: list[str]) -> tuple[str, tuple[Reason, ...]]:
    if not all(map(_is_code, codes)):
        raise MalformedCertificate(Reason.NUMERIC_CHARACTER, detail="a blank in or after a code")
    parts: dict[int, str] = {}
    totals = set()
    for code in codes:
        chunk = _CHUNK.match(code, len(PREFIX))
        if chunk is None:
            if len(codes) > 1:
                raise MalformedCertificate(Reason.CHUNK_MIXED, detail="a whole card beside other codes")
            return _whole(code[len(PREFIX) :].encode("utf-8", "replace"))
        number, total = int(chunk[1]), int(chunk[2])
        if not 1 <= number <= total <= MOST_CHUNKS:
            raise MalformedCertificate(Reason.CHUNK_MIXED, detail="a part beyond the last")
        if number in parts:
            raise MalformedCertificate(Reason.CHUNK_DUPLICATE, detail=f"part {number} twice")
        parts[number] = chunk[3]
        totals.add(total)
    return _joined(parts, totals)


def _joined(parts: dict[int, str], totals: set[int]) -> tuple[str, tuple[Reason, ...]]:
    if len(totals) > 1:
        raise MalformedCertificate(Reason.CHUNK_MIXED, detail="parts of cards of another number of parts")
    (total,) = totals
    if len(parts) < total:
        raise MalformedCertificate(Reason.CHUNK_MISSING, detail=f"{len(parts)} of {total} parts")
    texts = [_from_digits(parts[number].encode("utf-8", "replace")) for number in range(1, total + 1)]
    long = any(len(text) > MOST_IN_A_CHUNK for text in texts)
    return "".join(texts), (Reason.CARD_TOO_LONG,) if long else ()


def _whole(digits: bytes) -> tuple[str, tuple[Reason, ...]]:
    text = _from_digits(digits)
    return text, (Reason.CARD_TOO_LONG,) if len(text) > MOST_IN_ONE_CODE else ()


def _from_digits(digits: bytes) -> str:
    if digits and not digits.isdigit():
        raise MalformedCertificate(Reason.NUMERIC_CHARACTER, detail="not a digit")
    if len(digits) % 2:
        raise MalformedCertificate(Reason.NUMERIC_LENGTH, detail="an odd number of digits")
    letters = unhexlify(digits).translate(_LETTER_OF)
    if 0 in letters:
        raise MalformedCertificate(Reason.NUMERIC_OVERFLOW, detail="a pair that is no letter of a JWS")
    return letters.decode()


def code_of(jws: str) -> str:
    """The text of the one QR code that a card has; a QR code holds its digits in the numeric mode."""
    return PREFIX + "".join([_PAIR_OF[letter] for letter in jws])
