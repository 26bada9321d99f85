"""The unique vaccination certificate identifier (eHealth Network, annex 2; URN registration 1.01).

    URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9#S
            │  │  └ opaque string, with or without `issuer/` (and `vaccine/`) before it
            │  └ issuing country or body
            └ version

Real ones lack the prefix, the check character, or both, and separate with `/`, `:` or `#`; all of that is read.
Comparison ignores case, prefix and check character.
"""

import re
from collections.abc import Mapping
from typing import Any

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:"
LONGEST = 256
"""Three times what a DCC allows."""
_SYSTEMS = ("urn:uvci", "urn:ietf:rfc:3986")
"""Of the identifiers of a FHIR resource, those that may be one."""
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_RECORD_ID = re.compile(r"[0-9A-F]{32}")
_COUNTRY = re.compile(r"URN:UVCI:[0-9]{2}[:/]?([A-Z]+)[:/].*", re.DOTALL)
_UNGUESSABLE = re.compile(r"[A-Z0-9]{16,}")
_CHECKED = re.compile(r"(.*)#([A-Z0-9/:])", re.DOTALL)


def _addends(factor: int) -> bytes:
    """What each character adds to the Luhn sum at a place of weight `factor`, as a table for `bytes.translate`."""
    table = bytearray(256)
    for character, value in _VALUE.items():
        table[ord(character)] = sum(divmod(value * factor, len(ALPHABET)))
    return bytes(table)


_SINGLE, _DOUBLE, _CHARACTERS = _addends(1), _addends(2), ALPHABET.encode()


def check_character(body: str) -> str:
    """The Luhn mod 38 check character of a UVCI `body` (prefix included, `#` not).

    Letters count before digits, as in the code of the eHealth Network's reference and in what Austria, France and
    Slovenia print. The reference's comment promises `S` for `URN:UVCI:01:NL:MY/INPUT/STRING`, which only digits
    before letters would give; its code, like this function, answers `H`.

    Raises `ValueError` for a character outside A–Z, 0–9, `/` and `:`.
    """
    text = (body.upper() if body.isascii() else body).encode()  # upper() would turn a sharp s into letters
    if text.translate(None, _CHARACTERS):
        raise ValueError("a UVCI holds only A-Z, 0-9, / and :")
    total = sum(text[::-2].translate(_DOUBLE)) + sum(text[-2::-2].translate(_SINGLE))
    return ALPHABET[-total % len(ALPHABET)]


def check_agrees(uvci: str) -> bool | None:
    """Whether the check character is right; None where there is none. Advisory: issuers have printed wrong ones."""
    match = _CHECKED.fullmatch(uvci.upper())
    if match is None:
        return None
    try:
        return check_character(match[1]) == match[2]
    except ValueError:
        return False


def build(country: str, opaque: str) -> str:
    """The UVCI of a record, check character included. Raises `ValueError` for characters a UVCI cannot hold."""
    body = f"URN:UVCI:01:{country}:{opaque}"
    return f"{body}#{check_character(body)}"


def from_record_id(country: str, record_id: bytes) -> str:
    """The UVCI of a record known by 16 random bytes, whose opaque part is their 32 hexadecimal digits.

    Raises `ValueError` for a country with characters that a UVCI cannot hold.
    """
    return build(country, record_id.hex().upper())


def to_record_id(uvci: str) -> bytes | None:
    """The 16 bytes whose digits are the opaque part, or None if it is anything else."""
    opaque = opaque_part(uvci)
    return bytes.fromhex(opaque) if _RECORD_ID.fullmatch(opaque) else None


def country_of(uvci: str) -> str | None:
    """The country or body that gave the identifier, in upper case; None without prefix and version before it."""
    match = _COUNTRY.fullmatch(uvci.upper())
    return match[1] if match else None


def unguessable(uvci: str) -> bool:
    """Whether the opaque part has 16 characters of A-Z and 0-9 at least.

    Drawn at random these are 82 bits, which nobody meets by trying. A running number, or a name, lets anybody count
    records, look for somebody's, and have them revoked.
    """
    return _UNGUESSABLE.fullmatch(opaque_part(uvci)) is not None


def opaque_part(uvci: str) -> str:
    """The last element of the identifier: what nobody can guess, and what revocation goes by.

    In upper case, without prefix, country, issuer and check character, so that every spelling of one identifier agrees.
    Issuers have left the separator of a missing check character at the end; it does not make an empty element.
    """
    text = uvci.strip().upper()
    text = (text[:-2] if text[-2:-1] == "#" else text).rstrip("/:#")
    return text.replace("/", ":").replace("#", ":").rpartition(":")[2]


def of_resource(resource: Mapping[str, Any]) -> str | None:
    """The UVCI among the identifiers of a FHIR resource; None where it has none, or one that is absurdly long."""
    stated = resource.get("identifier")
    for identifier in stated if isinstance(stated, list) else []:
        if isinstance(identifier, dict) and identifier.get("system") in _SYSTEMS:
            value = identifier.get("value")
            if isinstance(value, str) and value.upper().startswith("URN:UVCI:") and len(value) <= LONGEST:
                return value
    return None
