"""Roots, seal signers and seals (ICAO VDS-NC) of fictional states, built without the code that reads them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import rfc8785
from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from pratique.model.keys import Algorithm, KeyInfo
from pratique.trust.x509 import trusted_key
from tests.issuer import NOT_AFTER, NOT_BEFORE

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SEALS = "2.23.136.1.1.14.2"
"""The purpose of a signer of health seals."""
TYPES = "2.23.136.1.1.6.2"
ROOT_FROM, ROOT_UNTIL = datetime(2018, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)


def document_types(*types: str) -> x509.UnrecognizedExtension:
    """The list of document types: SEQUENCE { version 0, SET OF PrintableString }."""
    texts = b"".join(bytes([0x13, len(kind)]) + kind.encode() for kind in types)
    listed = b"\x02\x01\x00\x31" + bytes([len(texts)]) + texts
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(TYPES), b"\x30" + bytes([len(listed)]) + listed)


def named(country: str | None, common: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if country is not None:
        parts.insert(0, x509.NameAttribute(NameOID.COUNTRY_NAME, country))
    return x509.Name(parts)


class Root:
    """A country's root. With an elliptic key that is given, its certificates are the same each time (RFC 6979)."""

    def __init__(
        self,
        country: str | None = "XA",
        name: str = "XA health root",
        *,
        key: PrivateKey | None = None,
        digest: hashes.HashAlgorithm | None = None,
        pss: bool = False,
        key_id: bytes | None = b"",
        ca: bool | None = True,
        not_before: datetime = ROOT_FROM,
        not_after: datetime = ROOT_UNTIL,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = named(country, name)
        self.digest = digest or hashes.SHA256()
        self.pss = pss
        self.key_id = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest
        if key_id is None or key_id:
            self.key_id = key_id
        self.ca = ca
        self.period = not_before, not_after
        self.certificate = self.certify(self.name, self.key.public_key(), self.period, self.extensions())

    def extensions(self) -> list[x509.ExtensionType]:
        found: list[x509.ExtensionType] = []
        if self.ca is not None:
            found.append(x509.BasicConstraints(ca=self.ca, path_length=0 if self.ca else None))
        if self.key_id is not None:
            found.append(x509.SubjectKeyIdentifier(self.key_id))
        return found

    def certify(
        self,
        subject: x509.Name,
        key: Any,
        period: tuple[datetime, datetime],
        extensions: Iterable[x509.ExtensionType],
        *,
        serial: int = 1,
        issuer: x509.Name | None = None,
    ) -> bytes:
        """A certificate under this root, in DER."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.name)
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(period[0])
            .not_valid_after(period[1])
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        if isinstance(self.key, rsa.RSAPrivateKey):
            salted = padding.PSS(padding.MGF1(self.digest), self.digest.digest_size) if self.pss else None
            return builder.sign(self.key, self.digest, rsa_padding=salted).public_bytes(Encoding.DER)
        return builder.sign(self.key, self.digest, ecdsa_deterministic=True).public_bytes(Encoding.DER)

    def link(self, successor: "Root") -> bytes:
        """The certificate with which this root hands over to its successor (ICAO Doc 9303-12, 4.2)."""
        extensions = [*successor.extensions(), *self.authority()]
        return self.certify(successor.name, successor.key.public_key(), successor.period, extensions, serial=2)

    def authority(self) -> list[x509.ExtensionType]:
        return [] if self.key_id is None else [x509.AuthorityKeyIdentifier(self.key_id, None, None)]

    def signer(
        self,
        country: str | None = "XA",
        *,
        key: PrivateKey | None = None,
        purposes: Iterable[str] = (SEALS,),
        types: Iterable[str] = ("NV", "NT"),
        not_before: datetime = NOT_BEFORE,
        not_after: datetime = NOT_AFTER,
        extensions: Iterable[x509.ExtensionType] = (),
        authority: bool = True,
        issuer: x509.Name | None = None,
    ) -> "SealSigner":
        key = key or ec.generate_private_key(ec.SECP256R1())
        found = [*extensions, *(self.authority() if authority else [])]
        if purposes:
            found.append(x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in purposes]))
        if types:
            found.append(document_types(*types))
        subject = named(country, "seal signer")
        certified = self.certify(subject, key.public_key(), (not_before, not_after), found, serial=3, issuer=issuer)
        return SealSigner(key, certified)


def with_null(certificate: bytes, root: Root) -> bytes:
    """The certificate with NULL parameters beside ECDSA, as passport authorities have written them, signed again."""
    plain, odd = bytes.fromhex("300a06082a8648ce3d040302"), bytes.fromhex("300c06082a8648ce3d0403020500")
    tbs = asn1.Certificate.load(certificate)["tbs_certificate"].dump()
    signed = tbs[4:].replace(plain, odd, 1)
    signed = b"\x30\x82" + len(signed).to_bytes(2) + signed
    assert isinstance(root.key, ec.EllipticCurvePrivateKey)
    signature = root.key.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    whole = signed + odd + core.OctetBitString(signature).dump()
    return b"\x30\x82" + len(whole).to_bytes(2) + whole


class SealSigner:
    """A `Signer` with its certificate; its signatures are the same each time where its key is elliptic."""

    def __init__(self, key: PrivateKey, certificate: bytes) -> None:
        self._key = key
        self.certificate = certificate
        self.signatures = 0
        trusted = trusted_key(certificate)
        rsa_key = isinstance(key, rsa.RSAPrivateKey)
        self.key = KeyInfo(
            kid=trusted.kid,
            algorithm=Algorithm.PS256 if rsa_key else Algorithm.ES256,
            signature_length=256 if rsa_key else 64,
            issuer=trusted.issuer or "XA",
            not_before=trusted.not_before or NOT_BEFORE,
            not_after=trusted.not_after or NOT_AFTER,
            uses=trusted.uses,
            certificate=certificate,
        )

    def sign(self, data: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
        self.signatures += 1
        digest = digest or hashes.SHA256()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        octets = (self._key.curve.key_size + 7) // 8
        pair = utils.decode_dss_signature(self._key.sign(data, ec.ECDSA(digest, deterministic_signing=True)))
        return b"".join(number.to_bytes(octets) for number in pair)


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()


def header(**changes: object) -> dict[str, object]:
    return without({"t": "icao.vacc", "v": 1, "is": "ZZB"} | {key.rstrip("_"): value for key, value in changes.items()})


def without(members: dict[str, Any]) -> dict[str, Any]:
    """The members that are not None."""
    return {key: value for key, value in members.items() if value is not None}


def person(**changes: object) -> dict[str, Any]:
    return without({"n": "MUSTERFRAU  ERIKA", "dob": "1964-08-12", "sex": "F", "i": "L01X00T47"} | changes)


def dose(**changes: object) -> dict[str, Any]:
    stated = {"dvc": "2021-03-03", "seq": 1, "ctr": "ZZB", "adm": "Harbour clinic", "lot": "B4711"}
    return without(stated | changes)


def event(*doses: dict[str, Any], **changes: object) -> dict[str, Any]:
    return without({"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01.0", "vd": list(doses) or [dose()]} | changes)


def vaccinated(*events: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The message of a vaccination."""
    return without({"uvci": "SB70200415", "pid": person(), "ve": list(events) or [event()]} | changes)


def tested(**changes: object) -> dict[str, Any]:
    """The message of a test."""
    pid = {"n": "MUSTERFRAU  ERIKA", "dob": "1964-08-12", "dt": "P", "dn": "L01X00T47"}
    contact = {"p": "+0012345", "e": "desk@example.org", "a": "1 Quay"}
    stated = {
        "utci": "ST70200416",
        "pid": pid,
        "sp": {"spn": "Harbour laboratory", "ctr": "ZZB", "cd": contact},
        "dat": {"sc": "2021-06-30T12:00:00+08:00", "ri": "2021-06-30T18:00:00+08:00"},
        "tr": {"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"},
        "opt": "anything",
    }
    return without(stated | changes)


tested.__test__ = False  # type: ignore[attr-defined]


def data(message: dict[str, Any] | None = None, **head: object) -> dict[str, Any]:
    return {"hdr": header(**head), "msg": vaccinated() if message is None else message}


def zone(signer: SealSigner, content: object, **changes: object) -> dict[str, Any]:
    """The signature zone over a content."""
    signature = base64url(signer.sign(rfc8785.dumps(content)))  # type: ignore[arg-type]
    return without({"alg": "ES256", "sigvl": signature, "cer": base64url(signer.certificate)} | changes)


def seal(signer: SealSigner, content: object = None, **changes: object) -> str:
    """A seal over a content, `changes` made to its signature zone after signing."""
    content = data() if content is None else content
    return json.dumps({"data": content, "sig": zone(signer, content, **changes)})
