"""X.509 certificates of document signers, read with `asn1crypto`: it also reads what stricter parsers refuse.

Nothing here checks a signature; being on the list is what makes a document signer trusted (HCERT specification 5.1).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import algos, core, keys, pem, x509
from msgspec import structs

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck, Use
from pratique.model.reasons import Reason
from pratique.trust._curves import named
from pratique.trust.keys import Anchor, Embedded, TrustedKey

_USES = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": use
    for arc in ("", "0.")
    for number, use in ((1, Use.TEST), (2, Use.VACCINATION), (3, Use.RECOVERY))
}
"""Both spellings are on real certificates: one issuer's tool wrote the arc with a zero, and others followed."""
_ANY_USE = "2.5.29.37.0"
_SEALS = "2.23.136.1.1.14.2"
"""ICAO's purpose of a signer of VDS-NC health seals, the only ones that it may then sign."""
_DOCUMENT_TYPES = "2.23.136.1.1.6.2"
"""ICAO's extension that lists which documents a signer signs (Doc 9303-12, 7.1.1.6)."""
_SEALED = {"NV": Use.VACCINATION, "NT": Use.TEST}
"""Of those the two health proofs; a passport is P."""
_SEAL_FORMAT = "vds-nc"

_CURVES = {
    "secp256r1": KeyKind.P256,
    "secp384r1": KeyKind.P384,
    "secp521r1": KeyKind.P521,
    "brainpoolp256r1": KeyKind.BRAINPOOL_P256R1,
    "brainpoolp384r1": KeyKind.BRAINPOOL_P384R1,
    "brainpoolp512r1": KeyKind.BRAINPOOL_P512R1,
}
_ORDER_OCTETS = {
    KeyKind.P256: 32,
    KeyKind.P384: 48,
    KeyKind.P521: 66,
    KeyKind.BRAINPOOL_P256R1: 32,
    KeyKind.BRAINPOOL_P384R1: 48,
    KeyKind.BRAINPOOL_P512R1: 64,
}


def trusted_keys(certificates: bytes) -> tuple[TrustedKey, ...]:
    """The keys of one certificate in DER, or of all those in a PEM file, in its order.

    The key id is the first eight bytes of the SHA-256 of the DER (HCERT specification A.1), the issuer its subject's
    country; a subject that names several countries may sign for any. No extended key usage means any use, only unknown
    ones mean none; one that cannot be parsed is noted. A curve that is spelled out is named, and an RSA key that is
    marked for PSS is written as any other, so that OpenSSL and WebCrypto take both.

    Raises `TrustMaterialError` (TRUST_UNREADABLE) for what is no certificate, a private key among them included.
    """
    return tuple(_trusted_key(der) for der in der_certificates(certificates))


def trusted_key(certificate: bytes) -> TrustedKey:
    """The key of exactly one certificate, as `trusted_keys` reads it."""
    found = trusted_keys(certificate)
    if len(found) != 1:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="more than one certificate")
    return found[0]


def public_key(spki: bytes) -> PublicKey:
    """A bare key, from its SubjectPublicKeyInfo (DER), as that of a certificate. Raises `TrustMaterialError`
    (TRUST_UNREADABLE)."""
    with _reading():
        info = keys.PublicKeyInfo.load(spki, strict=True)
        kind, portable = _portable(info)
        if not info["public_key"].native:  # which the parser looks at only now
            raise ValueError("no key")
    return PublicKey(portable, kind)


def _trusted_key(der: bytes) -> TrustedKey:
    with _reading():
        parsed = x509.Certificate.load(der, strict=True)
        tbs = parsed["tbs_certificate"]
        kind, spki = _portable(tbs["subject_public_key_info"])
        country = tbs["subject"].native.get("country_name")
        countries = {text.strip().upper() for text in (country if isinstance(country, list) else [country or ""])} - {
            ""
        }
        period = tuple(_instant(tbs["validity"][name].native) for name in ("not_before", "not_after"))
    uses, formats, notes = _uses(tbs)
    return TrustedKey(
        kid=hashlib.sha256(der).digest()[:8],
        key=PublicKey(spki, kind),
        issuer=countries.pop() if len(countries) == 1 else None,
        not_before=period[0],
        not_after=period[1],
        uses=uses,
        formats=formats,
        notes=notes,
    )


def der_certificates(certificates: bytes) -> list[bytes]:
    """The DER of one certificate, or of all those in a PEM file. Raises `TrustMaterialError` (TRUST_UNREADABLE)."""
    if not pem.detect(certificates):
        return [certificates]
    try:
        blocks = list(pem.unarmor(certificates.removeprefix(b"\xef\xbb\xbf"), multiple=True))
    except ValueError as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a PEM certificate") from error
    if all(name == "PUBLIC KEY" for name, _, _ in blocks):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="a bare key, which does not say whose it is")
    if any(name != "CERTIFICATE" for name, _, _ in blocks):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="a PEM block of another kind than CERTIFICATE")
    return [der for _, _, der in blocks]


def _instant(moment: object) -> datetime:
    if not isinstance(moment, datetime):  # asn1crypto has a type of its own for the year 0
        raise ValueError("a year that no calendar has")
    return moment.astimezone(UTC)


def _portable(spki: keys.PublicKeyInfo) -> tuple[KeyKind, bytes]:
    """What kind of key it is, and the key in the form that every implementation takes."""
    if spki.algorithm == "rsassa_pss":
        return KeyKind.RSA, _info("rsa", core.Null(), spki)
    if spki.algorithm == "rsa":
        return KeyKind.RSA, spki.dump()
    if spki.algorithm == "ed25519":
        return KeyKind.ED25519, spki.dump()
    if spki.algorithm != "ec":
        return KeyKind.OTHER, spki.dump()
    form, curve = spki.curve
    if form == "specified" and (curve := named(curve)):
        return _CURVES[curve], _info("ec", keys.ECDomainParameters(name="named", value=curve), spki)
    return (_CURVES.get(curve, KeyKind.OTHER) if form == "named" else KeyKind.OTHER), spki.dump()


def _info(algorithm: str, parameters: core.Asn1Value, spki: keys.PublicKeyInfo) -> bytes:
    info = {"algorithm": {"algorithm": algorithm, "parameters": parameters}, "public_key": spki["public_key"].untag()}
    return bytes(keys.PublicKeyInfo(info).dump())


class _DocumentTypes(core.Sequence):  # type: ignore[misc]
    """DocumentTypeListSyntax of ICAO Doc 9303-12."""

    _fields = [("version", core.Integer), ("types", core.SetOf, {"spec": core.PrintableString})]  # noqa: RUF012


_Uses = tuple[frozenset[Use] | None, frozenset[str] | None, tuple[Reason, ...]]


def _uses(tbs: x509.TbsCertificate) -> _Uses:
    """What the extended key usage allows, and in which formats: None for any. Extensions beside it may be as broken as
    they like."""
    try:
        usage = _extension(tbs, "extended_key_usage")
        if usage is None:
            return None, None, ()
        purposes = [purpose.dotted for purpose in usage.parsed]
        if not purposes or _ANY_USE in purposes:  # RFC 5280, 4.2.1.12: anyExtendedKeyUsage restricts nothing
            return None, None, ()
        uses = frozenset(_USES[p] for p in purposes if p in _USES)
        if uses or _SEALS not in purposes:
            return uses, None, ()
        types = _document_types(tbs)
        return frozenset(_SEALED.values()) if types is None else types, frozenset({_SEAL_FORMAT}), ()
    except (ValueError, TypeError, KeyError) as error:
        del error  # the note below is what is known of it: whether it restricts the key cannot be read
        return None, None, (Reason.KEY_USE_UNREADABLE,)


def _document_types(tbs: x509.TbsCertificate) -> frozenset[Use] | None:
    """What the list of document types allows: None where there is no list. Raises `ValueError` if it cannot be read."""
    listed = _extension(tbs, _DOCUMENT_TYPES)
    if listed is None:
        return None
    types: list[str] = _DocumentTypes.load(bytes(listed), strict=True)["types"].native
    return frozenset(_SEALED[kind] for kind in types if kind in _SEALED)


def _extension(tbs: x509.TbsCertificate, name: str) -> core.ParsableOctetString | None:
    """The value of an extension, by its name or its number; None where it is absent."""
    for extension in tbs["extensions"]:
        if extension["extn_id"].native == name:
            return extension["extn_value"]
    return None


def addresses(certificate: bytes) -> tuple[str, ...]:
    """The addresses (URI) among a certificate's alternative names, by which SMART Health Cards name its issuer.

    None where the certificate, or that extension, cannot be read: what then stays open is whose it is.
    """
    try:
        for extension in x509.Certificate.load(certificate)["tbs_certificate"]["extensions"]:
            if extension["extn_id"].native == "subject_alt_name":
                names = extension["extn_value"].parsed
                found = [name.chosen.contents for name in names if name.name == "uniform_resource_identifier"]
                return tuple(octets.decode("latin-1") for octets in found)  # as written: nothing unquotes it
    except (ValueError, TypeError, KeyError):
        return ()
    return ()


def anchor(certificate: bytes) -> Anchor:
    """A country's root (CSCA), from its certificate in DER. Raises `TrustMaterialError` (TRUST_UNREADABLE).

    Nothing here checks a signature; `pratique.trust.icao` says what a root has to be.
    """
    key = _trusted_key(certificate)
    with _reading():
        tbs = x509.Certificate.load(certificate)["tbs_certificate"]
        return Anchor(
            key=key.key,
            name=tbs["subject"].dump(),
            issuer=key.issuer,
            key_id=_key_id(tbs, "key_identifier"),
            not_before=key.not_before,
            not_after=key.not_after,
        )


@lru_cache(maxsize=128)
def embedded(certificate: bytes) -> Embedded:
    """A signer's certificate (DER) that a scan brought along. Raises `TrustMaterialError` (TRUST_UNREADABLE).

    Octets after it, which issuers have left there, are no part of it. Parameters of RSASSA-PSS other than those of
    `Algorithm` make it one that cannot be checked. Where no extended key usage says what the key may sign, a list of
    document types does: passports come from signers under the same roots. One that may issue certificates signs nothing
    else. Signers are few and their seals many, so that the last ones are remembered.
    """
    with _reading():
        parsed = x509.Certificate.load(certificate)
        tbs = parsed["tbs_certificate"]
        key = _trusted_key(parsed.dump())
        if key.uses is None and not key.notes:
            key = structs.replace(key, uses=_document_types(tbs))
        if is_authority(parsed.dump()):
            key = structs.replace(key, uses=frozenset())
        return Embedded(
            key=key,
            signed=tbs.dump(),
            signature=parsed["signature_value"].native,
            algorithm=_signature_algorithm(parsed["signature_algorithm"]),
            root_name=tbs["issuer"].dump(),
            root_key_id=_key_id(tbs, "authority_key_identifier"),
        )


@contextmanager
def _reading() -> Iterator[None]:
    """Every way in which the lenient parser refuses a certificate, some of them only when a field is looked at."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not an X.509 certificate") from error


_HASHES = {"sha256": "256", "sha384": "384", "sha512": "512"}
_SCHEMES = {"ecdsa": "ES", "rsassa_pkcs1v15": "RS", "rsassa_pss": "PS"}


def _signature_algorithm(signed: algos.SignedDigestAlgorithm) -> Algorithm | None:
    try:
        return algorithm_named(signed.signature_algo, signed.hash_algo, signed["parameters"])
    except ValueError:  # an algorithm that the parser has no name for
        return None


def algorithm_named(scheme: str, digest: str, parameters: core.Asn1Value) -> Algorithm | None:
    """The algorithm of these names (as `asn1crypto` has them); None for one that no verifier here can check."""
    letters, bits = _SCHEMES.get(scheme), _HASHES.get(digest)
    if letters is None or bits is None:
        return None
    if letters == "PS":
        mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
        if mask != digest or parameters["salt_length"].native != int(bits) // 8:
            return None
    return Algorithm(letters + bits)


def issuance(signer: Embedded, root: Anchor) -> SignatureCheck | None:
    """The question whether `root` issued the certificate of `signer`; None if its algorithm is not known here.

    A signature that the root's key cannot have made is left as it is, and the arithmetic answers false.
    """
    if signer.algorithm is None:
        return None
    return SignatureCheck(root.key, signer.algorithm, signer.signed, raw(signer.signature, root.key, signer.algorithm))


@lru_cache(maxsize=128)
def raw(signature: bytes, key: PublicKey, algorithm: Algorithm) -> bytes:
    """A signature of X.509 or CMS as `Algorithm` defines it: there ECDSA is a SEQUENCE of r and s.

    Remembered as `embedded` is, whose signatures these mostly are.
    """
    octets = _ORDER_OCTETS.get(key.kind)
    if octets is None or not algorithm.value.startswith("ES"):
        return signature
    try:
        pair = algos.DSASignature.load(signature).native
        return bytes(pair["r"].to_bytes(octets) + pair["s"].to_bytes(octets))
    except (ValueError, TypeError, OverflowError):
        return bytes(2 * octets)  # no pair of this curve; zeros are never a signature


def is_authority(certificate: bytes) -> bool | None:
    """Whether a certificate may issue others: what its basic constraints say (RFC 5280, 4.2.1.9), None without them.

    Raises `TrustMaterialError` (TRUST_UNREADABLE).
    """
    with _reading():
        constraints = _extension(
            x509.Certificate.load(certificate, strict=True)["tbs_certificate"], "basic_constraints"
        )
        return None if constraints is None else constraints.parsed["ca"].native is True


def purposes(certificate: bytes) -> frozenset[str]:
    """The extended key usage of a certificate, by number; empty without one.

    Raises `TrustMaterialError` (TRUST_UNREADABLE).
    """
    with _reading():
        usage = _extension(x509.Certificate.load(certificate)["tbs_certificate"], "extended_key_usage")
        return frozenset() if usage is None else frozenset(purpose.dotted for purpose in usage.parsed)


def document_types(certificate: bytes) -> frozenset[str] | None:
    """The kinds of document that a signer's certificate names (ICAO Doc 9303-12): `P`, `ID`; None where it names none.

    Raises `TrustMaterialError` (TRUST_UNREADABLE).
    """
    with _reading():
        listed = _extension(x509.Certificate.load(certificate)["tbs_certificate"], _DOCUMENT_TYPES)
        return None if listed is None else frozenset(_DocumentTypes.load(bytes(listed), strict=True)["types"].native)


def _key_id(tbs: x509.TbsCertificate, name: str) -> bytes | None:
    """A key identifier extension; None where it is absent, or cannot be read."""
    try:
        extension = _extension(tbs, name)
        value = None if extension is None else extension.parsed.native
    except (ValueError, TypeError, KeyError) as error:
        del error  # without it the root is looked for by its name
        return None
    found = value["key_identifier"] if isinstance(value, dict) else value
    return found if isinstance(found, bytes) else None


@lru_cache(maxsize=128)
def same_name(name: bytes) -> str | bytes:
    """A name (DER) in a form that is equal for equal names (RFC 5280, 7.1): case, blanks and kinds of string, in which
    roots and their signers have differed, make no difference. One that cannot be read is only equal to itself.

    The last ones are remembered, as in `embedded`.
    """
    try:
        compared: str = x509.Name.load(name).hashable
    except (ValueError, TypeError, KeyError, AttributeError):
        return name
    return compared
