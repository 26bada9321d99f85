"""Base32 (RFC 4648 section 6) without padding, canonical only: one text for each sequence of octets.

Each character stands for five bits, so that a whole text is one number in base 32, which Python reads in one step; the
standard library's own decoder takes twenty times as long.
"""

from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS = bytes.maketrans(ALPHABET, b"0123456789ABCDEFGHIJKLMNOPQRSTUV")
_LENGTHS = frozenset({0, 2, 4, 5, 7})
"""Modulo 8, those that whole octets can have."""


def decode(text: str) -> bytes:
    """The octets that `text` stands for.

    Raises `MalformedCertificate` with BASE32_CHARACTER (lower case and padding included), BASE32_LENGTH for a length
    that no octets have or for bits left over that are not zero, and SCAN_TOO_LONG above `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise MalformedCertificate(Reason.SCAN_TOO_LONG, detail=f"more than {MAX_CHARACTERS} characters")
    try:
        characters = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedCertificate(Reason.BASE32_CHARACTER, detail="a character outside ASCII") from None
    if characters.translate(None, ALPHABET):
        raise MalformedCertificate(Reason.BASE32_CHARACTER, detail="a character outside the alphabet")
    if not characters:
        return b""
    octets, spare = divmod(5 * len(characters), 8)
    number = int(characters.translate(_DIGITS), 32)
    if len(characters) % 8 not in _LENGTHS or number & (1 << spare) - 1:
        raise MalformedCertificate(Reason.BASE32_LENGTH, detail="characters or bits are left over")
    return (number >> spare).to_bytes(octets)
