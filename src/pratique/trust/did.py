"""DID documents (W3C DID Core 1.0, method `web`) of two kinds, from a file: nothing here resolves anything.

An issuer's own (NZCP section 6.2): a key counts if it is listed under `assertionMethod`, and signs for that issuer.
A trust list of WHO's network, the GDHCN (DID Trustlist v2), whose id has `v2:trustlist` in it: being listed is what
counts there, and a key signs for its participant.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from pratique.model import countries
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust.jwk import p256, public, published_halves
from pratique.trust.keys import TrustedKey
from pratique.trust.report import Report, reported
from pratique.trust.x509 import trusted_key

MOST_METHODS = 20_000
"""The network's whole list has some thousand keys."""
_GDHCN = ":v2:trustlist"
_SIGNERS = ("DSC", "-")
"""The key usages of the network under which documents are signed; `-` is any, and then the certificate must tell."""


def trusted_keys(document: bytes) -> tuple[tuple[TrustedKey, ...], Report]:
    """The keys that count, and the report of every key that does not.

    Raises `TrustMaterialError` (TRUST_UNREADABLE) for what is no DID document with an id of the method `web`.
    """
    did, methods, asserted = _parts(document)
    listed = _GDHCN in did
    exposed = frozenset(published_halves(told.get("publicKeyJwk") for told in methods if isinstance(told, dict)))
    keys, refused = [], []
    for number, method in enumerate(methods):
        place = f"verificationMethod[{number}]"
        try:
            found = _network_key(did, method) if listed else _own_key(did, method, asserted)
            if found.key in exposed:
                raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail=place)
            keys.append(found)
        except TrustMaterialError as refusal:
            refused.append((place, refusal.reasons[0]))
    return tuple(keys), reported(len(keys), refused)


def _parts(document: bytes) -> tuple[str, list[Any], frozenset[str]]:
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not JSON") from None
    match parsed:
        case {"id": str(did), "verificationMethod": [*methods]} if did.startswith("did:web:"):
            pass
        case _:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a DID document of the method web")
    if len(methods) > MOST_METHODS:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_METHODS} verification methods")
    asserted = parsed.get("assertionMethod", [])
    references = asserted if isinstance(asserted, list) else []
    return did, methods, frozenset(_absolute(did, text) for text in references if isinstance(text, str))


def _absolute(did: str, reference: str) -> str:
    return did + reference if reference.startswith("#") else reference


def _method(did: str, method: object) -> tuple[str, str, Mapping[Any, Any]]:
    """The DID before the fragment of its id, the fragment, and the JWK."""
    match method:
        case {"id": str(reference), "type": "JsonWebKey2020", "controller": str(), "publicKeyJwk": {**jwk}}:
            owner, _, fragment = _absolute(did, reference).partition("#")
        case _:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="no JsonWebKey2020")
    if not fragment:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="an id without a fragment")
    return owner, fragment, jwk


def _own_key(did: str, method: object, asserted: frozenset[str]) -> TrustedKey:
    owner, fragment, jwk = _method(did, method)
    key = p256(jwk)
    if not owner == method["controller"] == did:  # type: ignore[index]  # _method saw it
        raise TrustMaterialError(Reason.TRUST_CONTROLLER, detail="another's key")
    if f"{did}#{fragment}" not in asserted:
        raise TrustMaterialError(Reason.TRUST_NOT_ASSERTED, detail="not under assertionMethod")
    return TrustedKey(kid=fragment.encode(), key=key, issuer=did, formats=frozenset({"nzcp"}))


def _network_key(did: str, method: object) -> TrustedKey:
    """A key of the GDHCN: the fragment is its id in base64, `controller` its participant, `x5c` its certificate."""
    owner, fragment, jwk = _method(did, method)
    controller = method["controller"]  # type: ignore[index]  # _method saw it
    if owner != controller and not owner.startswith(f"{controller}:"):
        raise TrustMaterialError(Reason.TRUST_CONTROLLER, detail="another's key")
    _, _, path = owner.partition(_GDHCN)
    _domain, participant, usage = ([*path.strip(":").split(":"), "-", "-", "-"])[:3]
    if usage not in _SIGNERS:
        raise TrustMaterialError(Reason.TRUST_NOT_ASSERTED, detail="a key for another use than documents")
    try:
        kid = b64decode(fragment.replace("-", "+").replace("_", "/") + "=" * (-len(fragment) % 4), validate=True)
    except binascii.Error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="a key id that is not base64") from None
    alpha2 = countries.from_alpha3(participant)
    if "x5c" not in jwk:
        if usage == "-":
            raise TrustMaterialError(Reason.TRUST_NOT_ASSERTED, detail="a key that names no use")
        return TrustedKey(kid=kid, key=public(jwk), issuer=alpha2, formats=frozenset({"hcert"}))
    return structs.replace(_certified(jwk["x5c"], kid, usage), formats=frozenset({"hcert"}))


def _certified(chain: object, kid: bytes, usage: str) -> TrustedKey:
    """The key of the first certificate of a chain (RFC 7517 section 4.7), which is the signer's own."""
    match chain:
        case [str(first), *rest]:
            pass
        case _:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="x5c")
    try:
        key = trusted_key(b64decode(first, validate=True))
    except binascii.Error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="x5c") from None
    if key.kid != kid:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="the key id of another certificate")
    if usage == "-" and not rest:
        raise TrustMaterialError(Reason.TRUST_NOT_ASSERTED, detail="a root, or a key that names no use")
    return key
