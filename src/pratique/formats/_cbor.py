"""CBOR (RFC 8949) from a stranger: bounded, strict, and without the tags that a certificate never needs."""

import secrets
from typing import NoReturn

import cbor2

from pratique.model.dates import parse_instant
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAPS = (dict, cbor2.frozendict)
"""What a map becomes: under a tag, and as a key, it is frozen."""

MAX_DEPTH = 12
"""A DCC in its CWT nests five deep; twice that leaves room for what a later profile may hold."""

_UNWANTED_TAGS = (4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 256, 258, 260, 261, 43000)
"""Decimal and binary fractions of any exponent, shared and cyclic references, regular expressions, MIME, addresses."""


def _refuse_tag(_value: object, _immutable: bool) -> NoReturn:
    raise ValueError("a tag that no certificate uses")


def _moment(value: object, _immutable: bool) -> object:
    """What tags 0 and 1004 hold: an instant, or the text itself, since issuers put both on days and on instants."""
    if not isinstance(value, str):
        raise ValueError("a date that is no text")
    try:
        return parse_instant(value)
    except ValueError:
        return value


def _positive_bignum(value: object, immutable: bool) -> int:
    """Not where it must be immutable, as a map key or under a tag: a thousand keys of one hash, which only bignums can
    be, make a map quadratic to read."""
    if immutable or not isinstance(value, bytes):
        raise ValueError("a bignum that may be a key, or not of octets")
    return int.from_bytes(value)


def _negative_bignum(value: object, immutable: bool) -> int:
    return -1 - _positive_bignum(value, immutable)


def _self_described(value: object, _immutable: bool) -> object:
    """What tag 55799 holds, as the tag says nothing; but not the second of the pair, which it would leave as it is."""
    if value == _SECRET:
        raise ValueError("a tag behind the item")
    return value


_TAGS = {
    **dict.fromkeys(_UNWANTED_TAGS, _refuse_tag),
    **dict.fromkeys((0, 1004), _moment),
    2: _positive_bignum,
    3: _negative_bignum,
    55799: _self_described,
}
_UNDEFINED = 0xF7
_PAIR, _OCTETS_16, _SECRET = b"\x82", b"\x50", secrets.token_bytes(16)
"""The library stops behind an item and does not say whether more follows. As the first of a pair whose second nobody
outside can know, an item has to end where its octets do."""


def decode(data: bytes) -> object:
    """The one data item that `data` encodes.

    Instants under tags 0, 1 and 1004 become `datetime`, days under tag 100 `date`; days under tags 0 and 1004 stay
    text. `undefined` reads as null, which is what the software that writes it means.
    Raises `MalformedCertificate` with CBOR_TRUNCATED, CBOR_TRAILING, CBOR_DUPLICATE_KEY, CBOR_TOO_DEEP or CBOR_BROKEN.
    """
    item = decode_verbatim(data)
    return _with_null(item) if _UNDEFINED in data else item


def decode_verbatim(data: bytes) -> object:
    """The same with `undefined` as it stands, for whoever reads nothing into it: octets of a signature look like it."""
    try:
        item, end = cbor2.loads(
            _PAIR + data + _OCTETS_16 + _SECRET,
            max_depth=MAX_DEPTH + 1,
            allow_duplicate_keys=False,
            semantic_decoders=_TAGS,
        )
    except cbor2.CBORDecodeError:
        end = None
    if end != _SECRET:
        raise MalformedCertificate(_fault(data), detail="CBOR")
    return item


def _with_null(item: object) -> object:
    if isinstance(item, MAPS):
        return {key: _with_null(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_with_null(value) for value in item]
    if isinstance(item, cbor2.CBORTag):
        return cbor2.CBORTag(item.tag, _with_null(item.value))
    return None if item is cbor2.undefined else item


def _fault(data: bytes) -> Reason:
    """Which limit was met, found by lifting one at a time: the library tells them apart only in prose."""
    try:
        cbor2.loads(data, max_depth=MAX_DEPTH, allow_duplicate_keys=False, semantic_decoders=_TAGS)
    except cbor2.CBORDecodeEOF:
        return Reason.CBOR_TRUNCATED
    except cbor2.CBORDecodeError:
        if _decodes(data, depth=MAX_DEPTH):
            return Reason.CBOR_DUPLICATE_KEY
        return Reason.CBOR_TOO_DEEP if _decodes(data, depth=400) else Reason.CBOR_BROKEN
    return Reason.CBOR_TRAILING


def _decodes(data: bytes, *, depth: int) -> bool:
    try:
        cbor2.loads(data, max_depth=depth, allow_duplicate_keys=True, semantic_decoders=_TAGS)
    except cbor2.CBORDecodeError:
        return False
    return True


def encode(item: object) -> bytes:
    """The deterministic encoding of `item` (RFC 8949 section 4.2.1: shortest forms, keys in bytewise order)."""
    return cbor2.dumps(item, canonical=True)
