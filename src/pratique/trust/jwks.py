"""Key sets of SMART Health Card issuers (RFC 7517), from a file: nothing here fetches anything from anywhere.

    {"issuer": "https://…", "keys": [{"kty": "EC", "crv": "P-256", "kid": …, "use": "sig", "alg": "ES256", "x": …, …}]}

What an issuer publishes at `…/.well-known/jwks.json` does not say whose it is: whoever gets it writes `issuer` beside
`keys`, or gives it as an argument. A key counts for that issuer alone ("Determining keys associated with an issuer").
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey, base64url, is_issuer_url, thumbprint
from pratique.model.reasons import Reason
from pratique.trust._chain import Check, Period, certificates, period_of
from pratique.trust.jwk import p256, published_halves
from pratique.trust.keys import Anchor, TrustedKey
from pratique.trust.report import Report, reported
from pratique.trust.x509 import addresses, trusted_key

FORMAT = "shc"
MOST_KEYS = 1000
"""Of one issuer; one that renews its key every day has fewer in two years."""


def trusted_keys(
    data: bytes, *, issuer: str | None = None, anchors: Sequence[Anchor] = (), check: Check | None = None
) -> tuple[tuple[TrustedKey, ...], Report]:
    """The keys of one issuer that count, and the report of every other.

    With `anchors`, only keys count whose certificates (`x5c`) lead to one of them, in the period of the whole path;
    `check` is the arithmetic for that. Without them the certificates only have to be of their key.

    Raises `TrustMaterialError`: TRUST_UNREADABLE for what is no key set, TRUST_ISSUER where it is not said whose it is
    by an https address without a slash at its end, TRUST_KEY_COUNT for more than `MOST_KEYS`.
    """
    content = _decoded(data)
    stated = content.get("issuer")
    if stated is not None and issuer is not None and stated != issuer:
        raise TrustMaterialError(Reason.TRUST_ISSUER, detail="issuer (another than was asked for)")
    return keys_of(content.get("keys"), issuer=stated if issuer is None else issuer, anchors=anchors, check=check)


def _decoded(data: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a JSON object") from None


def keys_of(
    keys: object, *, issuer: object, anchors: Sequence[Anchor] = (), check: Check | None = None, place: str = ""
) -> tuple[tuple[TrustedKey, ...], Report]:
    """The same of the list `keys`, which stands at `place` in a larger file."""
    if anchors and check is None:
        raise ValueError("a chain to an anchor needs the arithmetic")
    if not isinstance(issuer, str) or not is_issuer_url(issuer):
        raise TrustMaterialError(Reason.TRUST_ISSUER, detail=f"{place}issuer")
    if not isinstance(keys, list):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=f"{place}keys")
    if len(keys) > MOST_KEYS:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_KEYS} keys")
    exposed = frozenset(published_halves(keys))
    accepted: list[TrustedKey] = []
    refused: list[tuple[str, Reason]] = []
    for number, jwk in enumerate(keys):
        try:
            accepted.append(_key(jwk, issuer, exposed, anchors, check))
        except TrustMaterialError as refusal:
            refused.append((f"{place}keys[{number}]", refusal.reasons[0]))
    return tuple(dict.fromkeys(accepted)), reported(len(accepted), refused)


def _key(
    jwk: object, issuer: str, exposed: frozenset[PublicKey], anchors: Sequence[Anchor], check: Check | None
) -> TrustedKey:
    if not isinstance(jwk, Mapping):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="no JSON Web Key")
    key = p256(jwk)
    if key in exposed:
        raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail="its private part stands beside it")
    operations = jwk.get("key_ops")
    if jwk.get("use", "sig") != "sig" or (isinstance(operations, list) and "verify" not in operations):
        raise TrustMaterialError(Reason.TRUST_KEY_PURPOSE, detail="use")
    if jwk.get("alg", "ES256") != "ES256":
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="alg")
    kid = thumbprint(key)
    if jwk.get("kid") != kid:
        raise TrustMaterialError(Reason.TRUST_KEY_ID, detail="kid")
    chain = certificates(jwk["x5c"], key) if "x5c" in jwk else []
    period = Period()
    if anchors and check is not None:
        if not chain:
            raise TrustMaterialError(Reason.TRUST_SIGNER, detail="no x5c")
        period = period_of(chain, issuer=issuer, anchors=anchors, check=check)
    return TrustedKey(
        kid=kid.encode(),
        key=key,
        issuer=issuer,
        not_before=period.not_before,
        not_after=period.not_after,
        formats=frozenset({FORMAT}),
        notes=() if "use" in jwk and "alg" in jwk else (Reason.TRUST_KEY_UNMARKED,),
    )


def card_keys(certificate: bytes) -> tuple[TrustedKey, ...]:
    """A document signer's certificate (DER) as a key for SMART Health Cards, once for each https address among its
    alternative names; nothing where it names none, or is of another kind than P-256.

    Raises `TrustMaterialError` (TRUST_UNREADABLE).
    """
    if b"https://" not in certificate:
        return ()
    signer = trusted_key(certificate)
    try:
        kid = thumbprint(signer.key).encode()
    except ValueError:
        return ()
    urls = dict.fromkeys(filter(is_issuer_url, addresses(certificate)))
    return tuple(msgspec.structs.replace(signer, kid=kid, issuer=url, formats=frozenset({FORMAT})) for url in urls)


def write(certificates: Iterable[bytes]) -> bytes:
    """The key set that an issuer publishes at its address, of its document signers' certificates (DER), in their order.

    Raises `TrustMaterialError`: TRUST_UNREADABLE, TRUST_ISSUER for one without an address, TRUST_KEY_KIND.
    """
    keys = []
    for certificate in certificates:
        signer = trusted_key(certificate)
        try:
            kid = thumbprint(signer.key)
        except ValueError:
            raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="not a key of P-256") from None
        if not card_keys(certificate):
            raise TrustMaterialError(Reason.TRUST_ISSUER, detail="the certificate names no https address")
        point = {"x": base64url(signer.key.spki[27:59]), "y": base64url(signer.key.spki[59:])}
        marks = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid}
        keys.append({**marks, **point, "x5c": [b64encode(certificate).decode()]})
    return msgspec.json.format(msgspec.json.encode({"keys": keys}), indent=2) + b"\n"
