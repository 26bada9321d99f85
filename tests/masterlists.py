"""CSCA master lists (ICAO Doc 9303-12) of a test issuer: CMS SignedData, as RFC 5652 says."""

import hashlib
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.issuer import AT
from tests.seals import SealSigner

LIST_SIGNER = "2.23.136.1.1.3"
"""The purpose of a key that signs such lists."""


class CscaMasterList(core.Sequence):
    _fields = [("version", core.Integer), ("certificates", core.SetOf, {"spec": core.Any})]  # noqa: RUF012


def content_of(*certificates: bytes, version: int = 0) -> bytes:
    return bytes(
        CscaMasterList({"version": version, "certificates": [core.Any.load(der) for der in certificates]}).dump()
    )


def signed_list(
    content: bytes,
    *,
    signer: SealSigner,
    digest: str = "sha256",
    sid: str = "issuer_and_serial_number",
    content_type: str = "2.23.136.1.1.2",
    signing_time: datetime | None = AT,
    pss: bool = False,
    **attributes: Any,
) -> bytes:
    """A CMS SignedData over a content, as RFC 5652 says."""
    stated = {
        "content_type": content_type,
        "message_digest": hashlib.new(digest, content).digest(),
        "signing_time": signing_time and cms.Time(name="utc_time", value=signing_time),
    } | attributes
    signed_attrs = cms.CMSAttributes(
        [cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in stated.items() if value is not None]
    )
    hashed = getattr(hashes, digest.upper())()
    key = signer._key
    if isinstance(key, rsa.RSAPrivateKey):
        scheme: Any = padding.PSS(padding.MGF1(hashed), hashed.digest_size) if pss else padding.PKCS1v15()
        signature = key.sign(signed_attrs.dump(), scheme, hashed)
        named: Any = {"algorithm": "rsassa_pkcs1v15"}
        if pss:
            parameters = {"hash_algorithm": {"algorithm": digest}, "salt_length": hashed.digest_size}
            parameters["mask_gen_algorithm"] = {"algorithm": "mgf1", "parameters": {"algorithm": digest}}
            named = {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)}
    else:
        signature, named = (
            key.sign(signed_attrs.dump(), ec.ECDSA(hashed, deterministic_signing=True)),
            {"algorithm": f"{digest}_ecdsa"},
        )
    certificate = asn1.Certificate.load(signer.certificate)
    identifier = {
        "issuer_and_serial_number": lambda: cms.IssuerAndSerialNumber(
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        ),
        "subject_key_identifier": lambda: certificate.key_identifier,
    }[sid]()
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(name=sid, value=identifier),
            "digest_algorithm": {"algorithm": digest},
            "signed_attrs": signed_attrs,
            "signature_algorithm": named,
            "signature": signature,
        }
    )
    body = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices(name="certificate", value=certificate)],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": body}).dump())
