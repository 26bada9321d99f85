"""The sealed profile: claims that only the named states' health authorities can read (docs/formats/sealed.md).

    { 0: version, 1: [ states ], 2: COSE_Encrypt message, 3: specimen }

A profile of our own under an unregistered key. What is encrypted is an ITHC payload, compressed and then filled up with
zeros to a multiple of `BUCKET` octets, so that the length tells next to nothing of what is claimed.
"""

import re
import zlib
from typing import Final

from pratique.formats import _cbor
from pratique.formats.hcert._ithc_values import Map, array_at, bytes_at, number_at, wrong
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.sealed import MOST_RECIPIENTS, Sealed

NAME: Final = "sealed"
KEY: Final = -2023
"""The key of this profile in the `hcert` claim (-260)."""
KEYS: tuple[int, ...] = (KEY,)
MAJOR: Final = 1
BUCKET: Final = 256
MAX_CIPHERTEXT: Final = 8 * 1024
"""Several times what the largest QR code holds."""
MAX_PLAINTEXT: Final = 32 * 1024
"""As for what is around it."""

VERSION, RECIPIENTS, MESSAGE, SPECIMEN = range(4)
_STATE: Final = re.compile(r"[A-Z]{2}")


def read(payload: object) -> Sealed:
    """For whom it is, and the message, still encrypted. Raises `MalformedCertificate`; its detail is the key."""
    if type(payload) is not dict:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    raw: Map = payload
    if number_at(raw, VERSION, 0, 0xFFFF) != MAJOR:
        raise wrong(Reason.CONTENT_VERSION, VERSION)
    states = []
    for state in array_at(raw, RECIPIENTS, MOST_RECIPIENTS):
        if not isinstance(state, str) or not _STATE.fullmatch(state) or state in states:
            raise wrong(Reason.CONTENT_FIELD_VALUE, RECIPIENTS)
        states.append(state)
    if not states:
        raise wrong(Reason.CONTENT_EMPTY, RECIPIENTS)
    specimen = raw.get(SPECIMEN, False)
    if type(specimen) is not bool:
        raise wrong(Reason.CONTENT_FIELD_TYPE, SPECIMEN)
    return Sealed(tuple(states), bytes_at(raw, MESSAGE, 1, MAX_CIPHERTEXT), specimen)


def write(sealed: Sealed) -> object:
    """The payload."""
    fields: dict[int, object] = {VERSION: MAJOR, RECIPIENTS: list(sealed.recipients), MESSAGE: sealed.ciphertext}
    return fields | ({SPECIMEN: True} if sealed.specimen else {})


def external(issuer: str, states: tuple[str, ...]) -> bytes:
    """What the encryption is bound to besides its content: who signs it, and for whom it is."""
    return _cbor.encode(["pratique sealed 1", issuer, list(states)])


def filled(payload: object) -> bytes:
    """An ITHC payload as it is encrypted."""
    data = zlib.compress(_cbor.encode(payload), level=9)
    return data + bytes(-len(data) % BUCKET)


def emptied(plaintext: bytes) -> object:
    """The payload again. Raises `MalformedCertificate` with a COMPRESSION or CBOR reason."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(plaintext, MAX_PLAINTEXT)
    except zlib.error:
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="zlib, under the seal") from None
    if stream.unconsumed_tail:
        raise MalformedCertificate(Reason.COMPRESSION_TOO_LARGE, detail="under the seal")
    if not stream.eof:
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="zlib stream is cut short, under the seal")
    if stream.unused_data.strip(b"\0"):
        raise MalformedCertificate(Reason.COMPRESSION_TRAILING, detail="octets after the zlib stream, under the seal")
    return _cbor.decode(data)
