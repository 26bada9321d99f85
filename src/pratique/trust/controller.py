"""Controllers of Linked Data Proofs (terms of the context W3ID security v2), by which DIVOC's issuers are named.

    { "id": "https://…", "assertionMethod": ["did:…"], "publicKey": [
      { "id": "did:…", "type": "RsaVerificationKey2018", "controller": "https://…", "publicKeyPem": "-----BEGIN …" },
      { "id": "did:…", "type": "Ed25519VerificationKey2018", "controller": "https://…", "publicKeyBase58": … } ] }

DIVOC's issuers publish a bare key, and their readers put it into this form: `id` is the credential's `issuer`, letter
for letter, and each key's `id` the proof's `verificationMethod`. Nothing here resolves any of these addresses.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from asn1crypto import pem

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind, PublicKey
from pratique.model.reasons import Reason
from pratique.trust.keys import TrustedKey
from pratique.trust.report import Report, reported
from pratique.trust.x509 import public_key

FORMAT = "divoc"
MOST_KEYS = 1000
"""Of one issuer; those that are known have one or two."""
LONGEST_PEM = 4096
"""Characters; a key of RSA with 16 384 bits has under 3 000."""

_RSA, _ED25519 = "RsaVerificationKey2018", "Ed25519VerificationKey2018"
_PRIVATE = frozenset({"privateKey", "privateKeyPem", "privateKeyBase58"})
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST_BASE58 = 44
"""Digits of 32 octets."""
_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
"""SubjectPublicKeyInfo of Ed25519 (RFC 8410), up to the 32 octets of the key."""


def trusted_keys(document: bytes) -> tuple[tuple[TrustedKey, ...], Report]:
    """The keys that count, and the report of every key that does not.

    Raises `TrustMaterialError`: TRUST_UNREADABLE for what is no controller with an `id`, TRUST_KEY_COUNT.
    """
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not JSON") from None
    match parsed:
        case {"id": str(issuer), "publicKey": [*methods]} if issuer:
            asserted = parsed.get("assertionMethod")
        case _:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a controller with its keys")
    if len(methods) > MOST_KEYS:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_KEYS} keys")
    exposed = frozenset(_published_halves(methods))
    keys: list[TrustedKey] = []
    refused: list[tuple[str, Reason]] = []
    for number, method in enumerate(methods):
        try:
            found = _key(issuer, method, asserted if isinstance(asserted, list) else [])
            if found.key in exposed:
                raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail="a key whose private part is beside it")
            keys.append(found)
        except TrustMaterialError as refusal:
            refused.append((f"publicKey[{number}]", refusal.reasons[0]))
    return tuple(keys), reported(len(keys), refused)


def _published_halves(methods: list[Any]) -> Iterator[PublicKey]:
    """The public halves of keys whose private part stands beside them, which are nobody's own any more."""
    for method in methods:
        if isinstance(method, dict) and not _PRIVATE.isdisjoint(method) and isinstance(method.get("type"), str):
            try:
                yield _public(method["type"], method)
            except TrustMaterialError:
                continue  # of no kind that could count anyway


def _key(issuer: str, method: object, asserted: list[Any]) -> TrustedKey:
    match method:
        case {"id": str(name), "type": str(kind), "controller": str(controller), **rest} if name:
            pass
        case _:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="a key without id, type or controller")
    if not _PRIVATE.isdisjoint(rest):
        raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail="a private part")
    if controller != issuer:
        raise TrustMaterialError(Reason.TRUST_CONTROLLER, detail="another's key")
    if name not in asserted:
        raise TrustMaterialError(Reason.TRUST_NOT_ASSERTED, detail="not under assertionMethod")
    return TrustedKey(name.encode(), _public(kind, rest), issuer=issuer, formats=frozenset({FORMAT}))


def _public(kind: str, method: Mapping[Any, Any]) -> PublicKey:
    """The key of a method. Raises `TrustMaterialError`: TRUST_KEY_KIND for one that signs no such proof, or is not of
    the kind that it says; TRUST_UNREADABLE, TRUST_PRIVATE_KEY."""
    if kind == _RSA:
        key = public_key(_unarmored(method.get("publicKeyPem")))
        if key.kind is not KeyKind.RSA:
            raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="publicKeyPem")
        return key
    if kind == _ED25519:
        return PublicKey(_ED25519_SPKI + _base58(method.get("publicKeyBase58")), KeyKind.ED25519)
    raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="type")


def _unarmored(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > LONGEST_PEM:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="publicKeyPem")
    try:
        name, _, der = pem.unarmor(text.encode())
    except ValueError:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="publicKeyPem") from None
    if "PRIVATE" in name:
        raise TrustMaterialError(Reason.TRUST_PRIVATE_KEY, detail="publicKeyPem")
    if name != "PUBLIC KEY":
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="publicKeyPem")
    return bytes(der)


def _base58(text: object) -> bytes:
    """The 32 octets that base58, as Bitcoin writes it, stands for; each 1 before the first other digit is a zero."""
    if not isinstance(text, str) or len(text) > _LONGEST_BASE58 or not set(text) <= set(_BASE58):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="publicKeyBase58")
    number = 0
    for digit in text:
        number = 58 * number + _BASE58.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    octets = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
    if len(octets) != 32:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="publicKeyBase58")
    return octets
