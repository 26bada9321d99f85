"""JSON (RFC 8259) and base64 from a stranger: bounded, strict, and only what every reader takes for the same.

What is signed in canonical form (RFC 8785) has to mean one thing to all who read it. A field stated twice, a whole
number beyond what a double holds exactly, and half a surrogate pair do not (RFC 7493), so that they are refused.
"""

import json
import math
import re
from base64 import urlsafe_b64decode
from typing import Any, NoReturn

import msgspec
import rfc8785

from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAX_DEPTH = 12
"""A seal with its doses nests six deep; twice that leaves room for what a later message may hold."""

_NO_BRACKETS = re.compile(r'[^"\[\]{}]+|"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
"""Strings and all else. A string that is not closed goes on to the end, so that no place is looked at twice."""
_DIGITS = 16
"""Those of 2^53, the first whole number after which a double leaves some out."""
_SIXTEEN_DIGITS = b"0" * _DIGITS
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_BASE64 = re.compile(r"[A-Za-z0-9_\-]*={0,2}")


def decode(text: str, *, deepest: int = MAX_DEPTH) -> object:
    """The one value that `text` encodes.

    Raises `MalformedCertificate` with JSON_BROKEN, JSON_DUPLICATE_KEY, JSON_NUMBER or JSON_TOO_DEEP.
    """
    # fewer brackets than that nest no deeper, and spare us to look which of them stand in strings
    if text.count("{") + text.count("[") > deepest and _depth(text) > deepest:
        raise MalformedCertificate(Reason.JSON_TOO_DEEP, detail=f"JSON nested deeper than {deepest}")
    try:
        octets = text.encode()
        if _SIXTEEN_DIGITS not in octets.translate(_DIGITS_TO_ZERO):
            value: object = _QUICK.decode(octets)
            if msgspec.json.encode(value) == octets:  # so that nothing in it was stated twice, or in an odd way
                return value
    except (UnicodeEncodeError, msgspec.DecodeError):
        pass  # the slow way, at a third of the speed, says why
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError:
        raise MalformedCertificate(Reason.JSON_BROKEN, detail="JSON") from None


def canonical(value: Any) -> bytes:
    """The one way of writing what `decode` gave (RFC 8785). Raises `MalformedCertificate` (JSON_BROKEN) for text that
    no encoding of Unicode can write."""
    try:
        return _SORTED.encode(value) if _is_plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise MalformedCertificate(Reason.JSON_BROKEN, detail="half a surrogate pair") from None


def _is_plain(value: Any) -> bool:
    """Whether all that is particular to RFC 8785 stays unused: fractions, and names whose order UTF-16 could change.

    Then it is what any compact writer makes that sorts names.
    """
    kind = type(value)
    if kind is dict:
        return "".join(value).isascii() and all(map(_is_plain, value.values()))
    if kind is list:
        return all(map(_is_plain, value))
    return kind is str or kind is bool or value is None or (kind is int and abs(value) < 2**53)


def octets(text: str, place: str) -> bytes:
    """Undo base64url, with or without its padding (RFC 4648 section 5); issuers have also used the older alphabet.

    Raises `MalformedCertificate` (BASE64_BROKEN) with the place.
    """
    spelled = text.strip().replace("+", "-").replace("/", "_")
    unpadded = spelled.rstrip("=")
    if not _BASE64.fullmatch(spelled) or len(unpadded) % 4 == 1:
        raise MalformedCertificate(Reason.BASE64_BROKEN, detail=place)
    return urlsafe_b64decode(unpadded + "=" * (-len(unpadded) % 4))


def _depth(text: str) -> int:
    """How deep brackets nest, those in strings left out; looked at first, so that no parser has to follow them."""
    deepest = depth = 0
    for bracket in _NO_BRACKETS.sub("", text):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise MalformedCertificate(Reason.JSON_DUPLICATE_KEY, detail="JSON")
    return members


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS or abs(int(digits)) >= 2**53:
        raise MalformedCertificate(Reason.JSON_NUMBER, detail="a whole number of 2^53 or more")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedCertificate(Reason.JSON_NUMBER, detail="a number beyond all doubles")
    return number


def _constant(_: str) -> NoReturn:
    raise MalformedCertificate(Reason.JSON_BROKEN, detail="a number that is none")


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
_QUICK = msgspec.json.Decoder(float_hook=float)
"""Without a hook it takes a hundred times as long for doubles near either end."""
_SORTED = msgspec.json.Encoder(order="sorted")
