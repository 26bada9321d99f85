"""Base32 (RFC 4648 section 6) without padding, canonical only: one text for each sequence of octets."""

from base64 import b32decode

from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ENDS = {0: 1, 2: 4, 4: 16, 5: 2, 7: 8}
"""For each length modulo 8 that octets can have: what the last character's value is a multiple of, so that the bits
which stand for nothing are zero."""


def decode(text: str) -> bytes:
    """The octets that `text` stands for.

    Raises `MalformedCertificate` with BASE32_CHARACTER (lower case and padding included), BASE32_LENGTH for a length
    that no octets have or for bits left over, and SCAN_TOO_LONG above `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise MalformedCertificate(Reason.SCAN_TOO_LONG, detail=f"more than {MAX_CHARACTERS} characters")
    try:
        octets = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedCertificate(Reason.BASE32_CHARACTER, detail="a character outside ASCII") from None
    if octets.translate(None, _ALPHABET):
        raise MalformedCertificate(Reason.BASE32_CHARACTER, detail="a character outside the alphabet")
    rest = len(octets) % 8
    if rest not in _ENDS or (octets and _ALPHABET.index(octets[-1]) % _ENDS[rest]):
        raise MalformedCertificate(Reason.BASE32_LENGTH, detail="characters or bits are left over")
    return b32decode(octets + b"=" * (-len(octets) % 8))
