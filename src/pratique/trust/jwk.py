"""JSON Web Keys (RFC 7517, RFC 7518 sections 6.2 and 6.3): a point of P-256, or a modulus of RSA, becomes a key that
OpenSSL and WebCrypto take."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping

from asn1crypto import keys as asn1

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind, PublicKey
from pratique.model.reasons import Reason

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""The parameters that the registry of RFC 7518 section 7.5 calls private."""

_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""SubjectPublicKeyInfo of P-256 (RFC 5480), up to the coordinates of an uncompressed point."""
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The curve (FIPS 186-4 D.1.2.3): y² = x³ - 3x + b over the integers modulo p."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")

_RSA_BITS = range(2048, 16_385)
"""Of a modulus: what is shorter can be factored, what is longer is there to keep a verifier busy."""
_EXPONENTS = range(3, 2**32)


def public(jwk: object) -> PublicKey:
    """The public key of a JWK of P-256 or RSA, as `p256` reads the former.

    Raises `TrustMaterialError` as `p256` does: TRUST_KEY_KIND too for a modulus or an exponent that no key should have.
    """
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "RSA" or not PRIVATE.isdisjoint(jwk):
        return p256(jwk)
    modulus, exponent = (int.from_bytes(_octets(jwk, name, longest=2736)) for name in ("n", "e"))
    if modulus.bit_length() not in _RSA_BITS or exponent not in _EXPONENTS or not modulus & exponent & 1:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="n and e")
    key = asn1.RSAPublicKey({"modulus": modulus, "public_exponent": exponent})
    return PublicKey(bytes(asn1.PublicKeyInfo.wrap(key, "rsa").dump()), KeyKind.RSA)


def p256(jwk: object) -> PublicKey:
    """The public key of a JWK. A coordinate may have zeros before its 32 octets, as WHO's lists have.

    Raises `TrustMaterialError`: TRUST_PRIVATE_KEY for one with a private part, TRUST_KEY_KIND for another curve or
    kind, TRUST_UNREADABLE for coordinates that are none, or of no point of the curve.
    """
    if not isinstance(jwk, Mapping):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="no JSON Web Key")
    if not PRIVATE.isdisjoint(jwk):
        raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail="a private part")
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="kty and crv")
    x, y = (_coordinate(jwk, name) for name in ("x", "y"))
    if (y * y - x * (x * x - 3) - _B) % _P:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="no point of P-256")
    return PublicKey(_SPKI + x.to_bytes(32) + y.to_bytes(32), KeyKind.P256)


def published_halves(keys: Iterable[object]) -> Iterator[PublicKey]:
    """The public halves of keys whose private part was published, which are nobody's own any more."""
    for jwk in keys:
        if isinstance(jwk, Mapping) and not PRIVATE.isdisjoint(jwk):
            try:
                yield public({name: value for name, value in jwk.items() if name not in PRIVATE})
            except TrustMaterialError:
                continue  # of no kind that could count anyway


def _coordinate(jwk: Mapping[str, object], name: str) -> int:
    number = int.from_bytes(_octets(jwk, name, longest=64))
    if number >= _P:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=name)
    return number


def _octets(jwk: Mapping[str, object], name: str, *, longest: int) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str) or len(text) > longest or not _BASE64URL.fullmatch(text):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=name)
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=name) from None
