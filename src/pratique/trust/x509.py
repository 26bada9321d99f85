"""X.509 certificates of document signers, read with `asn1crypto`: it also reads what stricter parsers refuse.

Nothing here checks a signature; being on the list is what makes a document signer trusted (HCERT specification 5.1).
"""

import hashlib
from datetime import UTC, datetime

from asn1crypto import pem, x509

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind, PublicKey, Use
from pratique.model.reasons import Reason
from pratique.trust.keys import TrustedKey

_USES = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": use
    for arc in ("", "0.")
    for number, use in ((1, Use.TEST), (2, Use.VACCINATION), (3, Use.RECOVERY))
}
"""Both spellings are on real certificates: one issuer's tool wrote the arc with a zero, and others followed."""

_CURVES = {"secp256r1": KeyKind.P256, "1.3.36.3.3.2.8.1.1.7": KeyKind.BRAINPOOL_P256R1}


def trusted_key(certificate: bytes) -> TrustedKey:
    """The key of one certificate in DER or PEM.

    The key id is the first eight bytes of the SHA-256 of the DER (HCERT specification A.1), the issuer its subject's
    country. No extended key usage means any use, only unknown ones mean none; one that cannot be parsed is noted.
    Raises `TrustMaterialError` (TRUST_UNREADABLE) for what is no certificate.
    """
    der = _to_der(certificate)
    try:
        parsed = x509.Certificate.load(der, strict=True)
        tbs = parsed["tbs_certificate"]
        spki = tbs["subject_public_key_info"]
        public_key = PublicKey(spki.dump(), _kind(spki))
        country = tbs["subject"].native.get("country_name")
        period = tuple(_instant(tbs["validity"][name].native) for name in ("not_before", "not_after"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not an X.509 certificate") from error
    uses, notes = _uses(tbs)
    return TrustedKey(
        kid=hashlib.sha256(der).digest()[:8],
        key=public_key,
        issuer=country.upper() if isinstance(country, str) else None,
        not_before=period[0],
        not_after=period[1],
        uses=uses,
        notes=notes,
    )


def _to_der(certificate: bytes) -> bytes:
    try:
        if pem.detect(certificate):
            name, _, der = pem.unarmor(certificate)
            if name != "CERTIFICATE":
                raise ValueError("a PEM block of another kind")
            return bytes(der)
    except ValueError as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a PEM certificate") from error
    return certificate


def _instant(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _kind(spki: x509.PublicKeyInfo) -> KeyKind:
    if spki.algorithm in ("rsa", "rsassa_pss"):
        return KeyKind.RSA
    if spki.algorithm == "ec":
        form, curve = spki.curve
        if form == "named":
            return _CURVES.get(curve, KeyKind.OTHER)
    return KeyKind.OTHER


def _uses(tbs: x509.TbsCertificate) -> tuple[frozenset[Use] | None, tuple[Reason, ...]]:
    """What the extended key usage allows: None for any. Extensions beside it may be as broken as they like."""
    try:
        for extension in tbs["extensions"]:
            if extension["extn_id"].native == "extended_key_usage":
                purposes = [purpose.dotted for purpose in extension["extn_value"].parsed]
                return (frozenset(_USES[p] for p in purposes if p in _USES) if purposes else None), ()
    except (ValueError, TypeError, KeyError) as error:
        del error  # the note below is what is known of it: whether it restricts the key cannot be read
        return None, (Reason.KEY_USE_UNREADABLE,)
    return None, ()
