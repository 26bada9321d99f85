"""X.509 certificates of document signers, read with `asn1crypto`: it also reads what stricter parsers refuse.

Nothing here checks a signature; being on the list is what makes a document signer trusted (HCERT specification 5.1).
"""

import hashlib
from datetime import UTC, datetime

from asn1crypto import algos, core, keys, pem, x509

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck, Use
from pratique.model.reasons import Reason
from pratique.trust.keys import Anchor, Embedded, TrustedKey

_USES = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": use
    for arc in ("", "0.")
    for number, use in ((1, Use.TEST), (2, Use.VACCINATION), (3, Use.RECOVERY))
}
"""Both spellings are on real certificates: one issuer's tool wrote the arc with a zero, and others followed."""
_ANY_USE = "2.5.29.37.0"

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

_SPELLED_OUT = {
    ("secp256r1", "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"): (
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    ("brainpoolp256r1", "038bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"): (
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
        "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    ),
}
"""Name and generator (compressed) of each curve, and its p, a, b and order (FIPS 186-4 D.1.2.3, RFC 5639 3.4).

Passport authorities spell a curve out (ICAO Doc 9303-12), and their signers may be listed (HCERT specification 5.2).
"""


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


def _trusted_key(der: bytes) -> TrustedKey:
    try:
        parsed = x509.Certificate.load(der, strict=True)
        tbs = parsed["tbs_certificate"]
        kind, spki = _portable(tbs["subject_public_key_info"])
        country = tbs["subject"].native.get("country_name")
        countries = {text.strip().upper() for text in (country if isinstance(country, list) else [country or ""])} - {
            ""
        }
        period = tuple(_instant(tbs["validity"][name].native) for name in ("not_before", "not_after"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not an X.509 certificate") from error
    uses, notes = _uses(tbs)
    return TrustedKey(
        kid=hashlib.sha256(der).digest()[:8],
        key=PublicKey(spki, kind),
        issuer=countries.pop() if len(countries) == 1 else None,
        not_before=period[0],
        not_after=period[1],
        uses=uses,
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
    if form == "specified" and (curve := _named(curve)):
        return _CURVES[curve], _info("ec", keys.ECDomainParameters(name="named", value=curve), spki)
    return (_CURVES.get(curve, KeyKind.OTHER) if form == "named" else KeyKind.OTHER), spki.dump()


def _info(algorithm: str, parameters: core.Asn1Value, spki: keys.PublicKeyInfo) -> bytes:
    info = {"algorithm": {"algorithm": algorithm, "parameters": parameters}, "public_key": spki["public_key"].untag()}
    return bytes(keys.PublicKeyInfo(info).dump())


def _named(stated: dict[str, dict[str, object]]) -> str | None:
    """The name of a curve that is spelled out, if all of it agrees: a curve with another generator is another curve."""
    a, b = (stated["curve"][name].hex() for name in "ab")  # type: ignore[attr-defined]
    field, order = stated["field_id"]["parameters"], stated["order"]
    base: bytes = stated["base"]  # type: ignore[assignment]
    compressed = (bytes([2 + (base[-1] & 1)]) + base[1:33]).hex() if base[:1] == b"\x04" else base.hex()
    for (name, generator), parameters in _SPELLED_OUT.items():
        if generator == compressed and (f"{field:064x}", a, b, f"{order:064x}") == parameters:
            return name
    return None


def _uses(tbs: x509.TbsCertificate) -> tuple[frozenset[Use] | None, tuple[Reason, ...]]:
    """What the extended key usage allows: None for any. Extensions beside it may be as broken as they like."""
    try:
        for extension in tbs["extensions"]:
            if extension["extn_id"].native == "extended_key_usage":
                purposes = [purpose.dotted for purpose in extension["extn_value"].parsed]
                if not purposes or _ANY_USE in purposes:  # RFC 5280, 4.2.1.12: anyExtendedKeyUsage restricts nothing
                    return None, ()
                return frozenset(_USES[p] for p in purposes if p in _USES), ()
    except (ValueError, TypeError, KeyError) as error:
        del error  # the note below is what is known of it: whether it restricts the key cannot be read
        return None, (Reason.KEY_USE_UNREADABLE,)
    return None, ()


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

    That it is a root, and whose, is for whoever puts it on a list: nothing here checks a signature.
    """
    key = _trusted_key(certificate)
    try:
        tbs = x509.Certificate.load(certificate)["tbs_certificate"]
        return Anchor(
            key=key.key,
            name=tbs["subject"].dump(),
            issuer=key.issuer,
            key_id=_key_id(tbs, "key_identifier"),
            not_before=key.not_before,
            not_after=key.not_after,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not an X.509 certificate") from error


def embedded(certificate: bytes) -> Embedded:
    """A signer's certificate (DER) that a scan brought along. Raises `TrustMaterialError` (TRUST_UNREADABLE).

    Parameters of RSASSA-PSS other than those of `Algorithm` make it one that cannot be checked.
    """
    key = _trusted_key(certificate)
    try:
        parsed = x509.Certificate.load(certificate)
        tbs = parsed["tbs_certificate"]
        return Embedded(
            key=key,
            signed=tbs.dump(),
            signature=parsed["signature_value"].native,
            algorithm=_signature_algorithm(parsed["signature_algorithm"]),
            root_name=tbs["issuer"].dump(),
            root_key_id=_key_id(tbs, "authority_key_identifier"),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not an X.509 certificate") from error


_HASHES = {"sha256": "256", "sha384": "384", "sha512": "512"}
_SCHEMES = {"ecdsa": "ES", "rsassa_pkcs1v15": "RS", "rsassa_pss": "PS"}


def _signature_algorithm(signed: algos.SignedDigestAlgorithm) -> Algorithm | None:
    scheme, digest = _SCHEMES.get(signed.signature_algo), _HASHES.get(signed.hash_algo)
    if scheme is None or digest is None:
        return None
    if scheme == "PS":
        parameters = signed["parameters"]
        mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
        if mask != signed.hash_algo or parameters["salt_length"].native != int(digest) // 8:
            return None
    return Algorithm(scheme + digest)


def issuance(signer: Embedded, root: Anchor) -> SignatureCheck | None:
    """The question whether `root` issued the certificate of `signer`; None if its algorithm is not known here.

    A signature that the root's key cannot have made is left as it is, and the arithmetic answers false.
    """
    if signer.algorithm is None:
        return None
    signature, octets = signer.signature, _ORDER_OCTETS.get(root.key.kind)
    if octets is not None and signer.algorithm.value.startswith("ES"):
        try:
            pair = algos.DSASignature.load(signature).native
            signature = pair["r"].to_bytes(octets) + pair["s"].to_bytes(octets)
        except (ValueError, TypeError, OverflowError):
            signature = bytes(2 * octets)  # no pair of this curve; zeros are never a signature
    return SignatureCheck(root.key, signer.algorithm, signer.signed, signature)


def _key_id(tbs: x509.TbsCertificate, name: str) -> bytes | None:
    """A key identifier extension; None where it is absent, or where another extension cannot be read at all."""
    for extension in tbs["extensions"]:
        if extension["extn_id"].native == name:
            value = extension["extn_value"].parsed.native
            found = value["key_identifier"] if isinstance(value, dict) else value
            return found if isinstance(found, bytes) else None
    return None
