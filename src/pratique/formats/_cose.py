"""COSE_Sign1 (RFC 9052 section 4.2), as real issuers write it.

    COSE_Sign1 = [ protected : bstr .cbor map, unprotected : map, payload : bstr, signature : bstr ]

with or without tag 18 and the CWT tag 61 around it, however often and in whichever order.
"""

from collections.abc import Mapping
from functools import lru_cache

from cbor2 import CBORTag

from pratique.formats import _cbor
from pratique.model.envelope import Envelope
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason

ALGORITHMS = {-7: Algorithm.ES256, -37: Algorithm.PS256}
_IDENTIFIERS = {algorithm: number for number, algorithm in ALGORITHMS.items()}

_ALG, _CRIT, _KID = 1, 2, 4
_UNDERSTOOD = (_ALG, _CRIT, _KID)
_TAGS = (18, 61)
_CWT, _SIGN1 = b"\xd8\x3d", b"\xd2"
"""Tags 61 and 18 as they usually stand: taken off beforehand, since a decoder would freeze all that they hold."""


def open_sign1(data: bytes, *, format: str) -> Envelope:
    """Take a message apart. `alg` and `kid` are read from either header; the protected one wins where both have it.

    `signed` is the Sig_structure (RFC 9052 section 4.4), in which a protected header without parameters is the empty
    string, however it was sent.

    Raises `MalformedCertificate` with COSE_STRUCTURE, COSE_CRITICAL, ALGORITHM_UNKNOWN or a CBOR reason.
    """
    message = _cbor.decode_verbatim(data.removeprefix(_CWT).removeprefix(_SIGN1))
    while isinstance(message, CBORTag) and message.tag in _TAGS:
        message = message.value
    match message:
        case [bytes() as protected, unprotected, bytes() as payload, bytes() as signature] if isinstance(
            unprotected, _cbor.MAPS
        ):
            pass
        case _:
            raise MalformedCertificate(Reason.COSE_STRUCTURE, detail="COSE_Sign1 is not [bstr, map, bstr, bstr]")
    header = _header(protected) if protected else {}
    number, key_id = header.get(_ALG), header.get(_KID)  # null is as good as absent
    if number is None:
        number = unprotected.get(_ALG)
    if key_id is None:
        key_id = unprotected.get(_KID)
    algorithm = ALGORITHMS.get(number) if isinstance(number, int) else None
    if algorithm is None:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="alg is neither ES256 nor PS256")
    if isinstance(key_id, str):
        key_id = key_id.encode()
    return Envelope(
        format=format,
        algorithm=algorithm,
        signed=sig_structure(protected if header else b"", payload),
        signature=signature,
        key_id=key_id if isinstance(key_id, bytes) else None,
        payload=payload,
    )


@lru_cache(maxsize=4096)
def _header(protected: bytes) -> Mapping[object, object]:
    """A protected header, read once: there are as many as keys, and each is on all that its key signed."""
    header = _cbor.decode(protected)
    if not isinstance(header, _cbor.MAPS):
        raise MalformedCertificate(Reason.COSE_STRUCTURE, detail="protected header is not a map")
    critical = header.get(_CRIT, ())
    if not isinstance(critical, list | tuple) or not all(label in _UNDERSTOOD for label in critical):
        raise MalformedCertificate(Reason.COSE_CRITICAL, detail="crit names what is not understood here")
    return header


def protected_header(algorithm: Algorithm, key_id: bytes) -> bytes:
    """The protected header that we write: algorithm and key id, both under the signature."""
    return _cbor.encode({_ALG: _IDENTIFIERS[algorithm], _KID: key_id})


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """`["Signature1", protected, external_aad = h'', payload]`, the bytes that the signature covers."""
    return b"\x84jSignature1" + _byte_string(protected) + b"\x40" + _byte_string(payload)


def seal_sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The tagged message; the counterpart of `open_sign1`."""
    return b"\xd2\x84" + _byte_string(protected) + b"\xa0" + _byte_string(payload) + _byte_string(signature)


def _byte_string(data: bytes) -> bytes:
    """A CBOR byte string with the shortest head: what `cbor2.dumps` gives, at a third of its price."""
    length = len(data)
    if length < 24:
        return bytes((0x40 | length,)) + data
    if length < 256:
        return bytes((0x58, length)) + data
    if length < 65536:
        return b"\x59" + length.to_bytes(2) + data
    return b"\x5a" + length.to_bytes(4) + data
