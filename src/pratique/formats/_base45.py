"""Base45 (RFC 9285), canonical only.

The arithmetic runs on whole strings at once: three characters stand for two bytes, `n = a + 45·b + 2025·c`, and
big integers with one 24-bit lane for each triple compute every `n` in three additions. Lanes cannot spill into
each other, since the largest triple is 91 124 < 2²⁴.
"""

from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

MAX_CHARACTERS = 8192
"""Twice what the largest QR code holds in alphanumeric mode (4 296); a longer scan is refused before any work."""

_NONE = 255
_VALUE = bytes(ALPHABET.find(octet) % 256 for octet in range(256))
_LANES = int.from_bytes(b"\x00\x00\xff" * (MAX_CHARACTERS // 3 + 1))
_ABOVE = _LANES << 16
"""Where in its lane a number above 65 535 shows."""


def decode(text: str) -> bytes:
    """The bytes that `text` stands for.

    Raises `MalformedCertificate` with BASE45_CHARACTER, BASE45_LENGTH (length ≡ 1 mod 3) or BASE45_OVERFLOW (a triple
    above 65 535 or a pair above 255, RFC 9285 section 6), and SCAN_TOO_LONG above `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise MalformedCertificate(Reason.SCAN_TOO_LONG, detail=f"more than {MAX_CHARACTERS} characters")
    try:
        octets = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedCertificate(Reason.BASE45_CHARACTER, detail="a character outside ASCII") from None
    values = octets.translate(_VALUE)
    if _NONE in values:
        raise MalformedCertificate(Reason.BASE45_CHARACTER, detail="a character outside the alphabet")
    triples, rest = divmod(len(values), 3)
    if rest == 1:
        raise MalformedCertificate(Reason.BASE45_LENGTH, detail="one character is left over")
    packed = int.from_bytes(values[: 3 * triples])
    numbers = (packed >> 16 & _LANES) + 45 * (packed >> 8 & _LANES) + 2025 * (packed & _LANES)
    if numbers & _ABOVE:
        raise MalformedCertificate(Reason.BASE45_OVERFLOW, detail="a triple above 65535")
    result = bytearray(numbers.to_bytes(3 * triples))
    del result[0::3]
    if rest:
        pair = values[-2] + 45 * values[-1]
        if pair > 255:
            raise MalformedCertificate(Reason.BASE45_OVERFLOW, detail="a pair above 255")
        result.append(pair)
    return bytes(result)


def encode(data: bytes) -> str:
    """The canonical text for `data`; `decode(encode(data)) == data`."""
    pairs, rest = divmod(len(data), 2)
    result = bytearray(3 * pairs + 2 * rest)
    for index in range(pairs):
        high, low = divmod(data[2 * index] << 8 | data[2 * index + 1], 2025)
        middle_high, middle_low = divmod(low, 45)
        result[3 * index : 3 * index + 3] = ALPHABET[middle_low], ALPHABET[middle_high], ALPHABET[high]
    if rest:
        high, low = divmod(data[-1], 45)
        result[-2:] = ALPHABET[low], ALPHABET[high]
    return result.decode("ascii")
