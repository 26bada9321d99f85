"""COSE_Encrypt (RFC 9052 section 5.1) for several recipients, each by ECDH-ES + A256KW (RFC 9053 section 6.4).

    COSE_Encrypt   = [ protected : bstr .cbor { alg: A256GCM }, { IV }, ciphertext : bstr, [ + COSE_recipient ] ]
    COSE_recipient = [ protected : bstr .cbor { alg: ECDH-ES + A256KW }, { kid, ephemeral key }, wrapped key : bstr ]

Layout alone: the arithmetic is in `pratique.crypto`. Other algorithms than these two are not read.
"""

from collections.abc import Sequence
from typing import Final

from cbor2 import CBORTag

from pratique.formats import _cbor
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import PublicKey
from pratique.model.live import compressed, holder_key
from pratique.model.reasons import Reason
from pratique.model.sealed import MOST_RECIPIENTS, Encrypted, Wrapped

_ALG, _KID, _IV, _EPHEMERAL = 1, 4, 5, -1
_A256GCM, _A256KW, _ECDH_ES_A256KW = 3, -5, -31
_KTY, _EC2, _CURVE, _P256, _X, _Y = 1, 2, -1, 1, -2, -3
_TAG: Final = 96
NONCE_OCTETS: Final = 12
_WRAPPED_OCTETS: Final = 40
"""A key of 256 bits under AES key wrap (RFC 3394)."""

CONTENT_HEADER: Final = _cbor.encode({_ALG: _A256GCM})
RECIPIENT_HEADER: Final = _cbor.encode({_ALG: _ECDH_ES_A256KW})
KDF_CONTEXT: Final = _cbor.encode([_A256KW, [None] * 3, [None] * 3, [256, RECIPIENT_HEADER]])
"""The COSE_KDF_Context: the wrapping key is for A256KW, has 256 bits, and the parties are named by their keys alone."""


def enc_structure(external: bytes) -> bytes:
    """`["Encrypt", protected, external_aad]`, which the content's tag covers (RFC 9052 section 5.3)."""
    return _cbor.encode(["Encrypt", CONTENT_HEADER, external])


def message(nonce: bytes, ciphertext: bytes, recipients: Sequence[tuple[bytes, PublicKey, bytes]]) -> bytes:
    """The tagged message; `recipients` are key id, ephemeral key and wrapped key of each."""
    layers = [
        [RECIPIENT_HEADER, {_KID: key_id, _EPHEMERAL: _cose_key(ephemeral)}, wrapped]
        for key_id, ephemeral, wrapped in recipients
    ]
    return _cbor.encode(CBORTag(_TAG, [CONTENT_HEADER, {_IV: nonce}, ciphertext, layers]))


def _cose_key(key: PublicKey) -> dict[int, object]:
    """A COSE_Key of type EC2, with the sign of y instead of y (RFC 9053 section 7.1.1)."""
    point = compressed(key)
    return {_KTY: _EC2, _CURVE: _P256, _X: point[1:], _Y: point[0] == 3}


def open_encrypt(data: bytes, *, external: bytes) -> Encrypted:
    """Take a message apart. Raises `MalformedCertificate` (COSE_STRUCTURE, or a CBOR reason)."""
    item = _cbor.decode(data)
    if isinstance(item, CBORTag) and item.tag == _TAG:
        item = item.value
    match item:
        case [bytes() as protected, unprotected, bytes() as ciphertext, list() | tuple() as layers] if (
            protected == CONTENT_HEADER
            and isinstance(unprotected, _cbor.MAPS)
            and isinstance(nonce := unprotected.get(_IV), bytes)
            and len(nonce) == NONCE_OCTETS
            and 1 <= len(layers) <= MOST_RECIPIENTS
        ):
            recipients = tuple(_wrapped(layer) for layer in layers)
            return Encrypted(nonce, ciphertext, enc_structure(external), recipients)
    raise _wrong("COSE_Encrypt is not [{A256GCM}, {IV}, bstr, [+recipient]]")


def _wrapped(layer: object) -> Wrapped:
    match layer:
        case [bytes() as protected, unprotected, bytes() as wrapped] if (
            protected == RECIPIENT_HEADER and isinstance(unprotected, _cbor.MAPS) and len(wrapped) == _WRAPPED_OCTETS
        ):
            key_id = unprotected.get(_KID)
            if isinstance(key_id, bytes):
                return Wrapped(key_id, _ephemeral(unprotected.get(_EPHEMERAL)), wrapped, KDF_CONTEXT)
    raise _wrong("a recipient is not [{ECDH-ES + A256KW}, {kid, ephemeral key}, bstr]")


_NO_POINT = "an ephemeral key is no point of P-256"


def _ephemeral(key: object) -> PublicKey:
    """The point, which is on the curve: of one that is not, the secret says something about the recipient's key."""
    if isinstance(key, _cbor.MAPS) and key.get(_KTY) == _EC2 and key.get(_CURVE) == _P256:
        x, y = key.get(_X), key.get(_Y)
        sign = y if isinstance(y, bool) else bool(y[-1] & 1) if isinstance(y, bytes) and len(y) == 32 else None
        if isinstance(x, bytes) and sign is not None:
            try:
                return _agreeing(holder_key(bytes([2 + sign]) + x), y)
            except ValueError as fault:
                raise _wrong(_NO_POINT) from fault
    raise _wrong(_NO_POINT)


def _agreeing(key: PublicKey, y: object) -> PublicKey:
    if isinstance(y, bytes) and key.spki[-32:] != y:
        raise ValueError("not on P-256")
    return key


def _wrong(detail: str) -> MalformedCertificate:
    return MalformedCertificate(Reason.COSE_STRUCTURE, detail=detail)
