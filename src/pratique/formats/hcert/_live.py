"""A status with its live proof, as one text for one QR code (docs/formats/status.md).

"LIVE1:" ─ base45 of (begin of the slot, 4 octets ‖ signature r‖s, 64 octets), 102 characters ─ the scan "HC1:..."
"""

from datetime import datetime, timedelta
from typing import Final

from pratique.formats import _base45
from pratique.model.dates import EPOCH
from pratique.model.errors import MalformedCertificate
from pratique.model.live import seconds
from pratique.model.reasons import Reason

PREFIX: Final = "LIVE1:"
_SLOT_OCTETS, _SIGNATURE_OCTETS = 4, 64
_CHARACTERS = (_SLOT_OCTETS + _SIGNATURE_OCTETS) // 2 * 3


def joined(scan: str, begins: datetime, signature: bytes) -> str:
    """The text to show; `signature` is 64 octets over `model.live.message(scan, begins)`."""
    if len(signature) != _SIGNATURE_OCTETS:
        raise ValueError("an ES256 signature has 64 octets")
    return PREFIX + _base45.encode(seconds(begins).to_bytes(_SLOT_OCTETS) + signature) + scan


def split(text: str) -> tuple[datetime, bytes, str]:
    """The begin of the slot, the signature, and the scan. Raises `MalformedCertificate` with a BASE45 reason."""
    start = len(PREFIX)
    proof, scan = text[start : start + _CHARACTERS], text[start + _CHARACTERS :]
    if len(proof) < _CHARACTERS:
        raise MalformedCertificate(Reason.BASE45_LENGTH, detail="the live proof is cut short")
    octets = _base45.decode(proof)
    return EPOCH + timedelta(seconds=int.from_bytes(octets[:_SLOT_OCTETS])), octets[_SLOT_OCTETS:], scan
