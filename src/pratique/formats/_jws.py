"""JSON Web Signature in its compact form (RFC 7515 section 7.1), with `zip` as SMART Health Cards and JWE define it.

    BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)

What is signed is the text before the second dot, as it is. Each part has one spelling: no padding, no other letters, no
stray bits at its end.
"""

import binascii
import re
import string
import zlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from pratique.formats import _json
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import base64url
from pratique.model.reasons import Reason

MAX_HEADER_DEPTH = 4
"""A header is a flat object; `jwk` and `x5c`, which we pass over, nest once more."""

LONGEST_REMEMBERED = 512
"""Characters of a header that is remembered. One with `alg`, `zip` and `kid` has 120, and a stranger may send any."""
_TO_BASE64 = bytes.maketrans(b"-_+/", b"+/..")
"""To the alphabet that is read fastest; the two letters of it that base64url lacks become none."""
_LETTERS = f"{string.ascii_letters}{string.digits}-_".encode()
_COMPACT = re.compile(r"([\w-]*)\.([\w-]*)\.([\w-]*)(.*)", re.ASCII | re.DOTALL)


class Jws(Struct, frozen=True):
    """The parts of a message that nobody believes yet. `signed` are the octets under the signature."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def take_apart(text: str) -> Jws:
    """The parts of a compact JWS.

    Raises `MalformedCertificate`: JWS_STRUCTURE for another number of parts, JWS_TRAILING for characters after them,
    BASE64_BROKEN, JWS_HEADER for a header that is no object, a JSON reason, and JWS_CRITICAL where the header names
    what has to be understood (RFC 7515 section 4.1.11), of which we understand nothing.
    """
    if text.isascii() and text.encode().translate(None, _LETTERS) == b"..":  # as nearly all are, at a tenth of the time
        header, payload, signature = text.split(".")
    else:
        header, payload, signature = _parts(text)
    return Jws(
        header=(_remembered if len(header) <= LONGEST_REMEMBERED else _header)(header),
        payload=decode(payload, "payload"),
        signature=decode(signature, "signature"),
        signed=f"{header}.{payload}".encode(),
    )


def _parts(text: str) -> tuple[str, str, str]:
    """The three parts of what is no plain JWS, or why there are none."""
    match = _COMPACT.match(text)
    if match is None or match[4].startswith("."):
        raise MalformedCertificate(Reason.JWS_STRUCTURE, detail="a compact JWS has three parts")
    if match[4].startswith(("=", "+", "/")):
        raise MalformedCertificate(Reason.BASE64_BROKEN, detail="signature")
    if match[4]:
        raise MalformedCertificate(Reason.JWS_TRAILING, detail="characters after the signature")
    return match[1], match[2], match[3]


def _header(part: str) -> Mapping[str, Any]:
    header = _json.decode(text_of(decode(part, "header"), "header"), deepest=MAX_HEADER_DEPTH)
    if not isinstance(header, dict):
        raise MalformedCertificate(Reason.JWS_HEADER, detail="the header is no object")
    if "crit" in header:
        raise MalformedCertificate(Reason.JWS_CRITICAL, detail="header crit")
    return MappingProxyType(header)


_remembered = lru_cache(maxsize=256)(_header)
"""The same: a key has one header for all that it signs, so that the last ones are remembered."""


def decode(part: str, place: str) -> bytes:
    """Undo base64url. Raises `MalformedCertificate` (BASE64_BROKEN) for all but the one spelling of its octets."""
    try:
        spelled = part.encode("ascii").translate(_TO_BASE64) + b"=" * (-len(part) % 4)
        octets = binascii.a2b_base64(spelled, strict_mode=True)
    except (binascii.Error, ValueError):
        raise MalformedCertificate(Reason.BASE64_BROKEN, detail=place) from None
    last = len(octets) % 3  # octets in a last group that is not whole, where alone bits can be left over
    if last and binascii.b2a_base64(octets[-last:], newline=False) != spelled[-4:]:
        raise MalformedCertificate(Reason.BASE64_BROKEN, detail=place)
    return octets


def text_of(octets: bytes, place: str) -> str:
    """The text of octets in UTF-8, without a byte order mark (RFC 8259 section 8.1 lets a reader pass over it).

    Raises `MalformedCertificate` (JSON_BROKEN), since only JSON is asked for here.
    """
    try:
        return octets.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise MalformedCertificate(Reason.JSON_BROKEN, detail=f"{place} (not UTF-8)") from None


def inflate(payload: bytes, *, most: int) -> bytes:
    """Undo raw DEFLATE (RFC 1951), to no more than `most` octets.

    Raises `MalformedCertificate`: COMPRESSION_BROKEN, COMPRESSION_TOO_LARGE, COMPRESSION_TRAILING, and JWS_COMPRESSION
    where the payload is JSON as it stands.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = stream.decompress(payload, most)
    except zlib.error:
        if payload.removeprefix(b"\xef\xbb\xbf")[:1] == b"{":
            raise MalformedCertificate(Reason.JWS_COMPRESSION, detail="the payload is not compressed") from None
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="DEFLATE") from None
    if not stream.eof and len(inflated) == most:
        raise MalformedCertificate(Reason.COMPRESSION_TOO_LARGE, detail=f"inflates beyond {most} octets")
    if not stream.eof:
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="the DEFLATE stream is cut short")
    if stream.unused_data:
        raise MalformedCertificate(Reason.COMPRESSION_TRAILING, detail="octets after the DEFLATE stream")
    return inflated


def deflate(text: bytes) -> bytes:
    """Raw DEFLATE, as small as zlib can make it."""
    stream = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return stream.compress(text) + stream.flush()


def seal(signed: bytes, signature: bytes) -> str:
    """The compact JWS; the counterpart of `take_apart`."""
    return f"{signed.decode()}.{base64url(signature)}"
