"""The unique vaccination certificate identifier (eHealth Network, annex 2; URN registration 1.01).

    URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9#S
            │  │  └ opaque string, with or without `issuer/` (and `vaccine/`) before it
            │  └ issuing country or body
            └ version

Real ones lack the prefix, the check character, or both, and separate with `/`, `:` or `#`; all of that is read.
Comparison ignores case, prefix and check character.
"""

import re

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PREFIX = re.compile(r"URN[:#]U[CV]*I[:#]")
_CHECKED = re.compile(r"(.*)#([A-Z0-9/:])", re.DOTALL)


def check_character(body: str) -> str:
    """The Luhn mod 38 check character of a UVCI `body` (prefix included, `#` not).

    Letters count before digits, as in the code of the eHealth Network's reference and in what Austria, France and
    Slovenia print. The reference's comment promises `S` for `URN:UVCI:01:NL:MY/INPUT/STRING`, which only digits
    before letters would give; its code, like this function, answers `H`.

    Raises `ValueError` for a character outside A–Z, 0–9, `/` and `:`.
    """
    total, factor = 0, 2
    for character in reversed(body.upper() if body.isascii() else body):
        if character not in _VALUE:
            raise ValueError("a UVCI holds only A-Z, 0-9, / and :")
        quotient, remainder = divmod(_VALUE[character] * factor, len(ALPHABET))
        total += quotient + remainder
        factor = 3 - factor
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
    """The UVCI of a record known by 16 random bytes, written as 25 characters of base 36 (its opaque part)."""
    number = int.from_bytes(record_id)
    digits = ""
    for _ in range(25):
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return build(country, digits)


def to_record_id(uvci: str) -> bytes | None:
    """The 16 bytes that `from_record_id` would have written exactly so, or None."""
    opaque = opaque_part(uvci)
    if len(opaque) != 25 or not opaque.isascii() or not opaque.isalnum():
        return None
    number = int(opaque, 36)
    return number.to_bytes(16) if number < 1 << 128 else None


def body(uvci: str) -> str:
    """The identifier for comparison: upper case, without prefix and check character."""
    text = uvci.strip().upper()
    match = _CHECKED.fullmatch(text)
    return _PREFIX.sub("", match[1] if match else text, count=1)


def opaque_part(uvci: str) -> str:
    """The last element of the identifier: what nobody can guess, and what revocation goes by.

    Issuers have left the separator of a missing check character at the end; it does not make an empty element.
    """
    return re.split(r"[/:#]", body(uvci).rstrip("/:#"))[-1]
