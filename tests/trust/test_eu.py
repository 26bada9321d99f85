"""An EU gateway's list: what its trust anchor signed counts, and every other entry is named with its reason."""

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pratique import TrustList, crypto
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason
from pratique.trust import eu
from pratique.trust.x509 import trusted_key
from tests.cli.conftest import Shell, shell  # noqa: F401
from tests.issuer import AT

ANCHOR = make_csca("EU", "trust anchor of a test gateway", at=AT, algorithm=Algorithm.PS256)
OTHER = make_csca("EU", "another anchor", at=AT)
ROOT = make_csca("XA", "XA root", at=AT)
DSC = make_dsc(ROOT, common_name="XA signer", at=AT)
XB_ROOT = make_csca("XB", "XB root", at=AT)
XB_DSC = make_dsc(XB_ROOT, common_name="XB signer", at=AT)
KEYS = [trusted_key(ANCHOR.certificate_der).key]


def signature(content: bytes, anchor: KeyPair = ANCHOR, *, attached: bool = False) -> bytes:
    """A CMS signature over a content that is beside it, as RFC 5652 says."""
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
        ]
    )
    certificate = asn1.Certificate.load(anchor.certificate_der)
    key: Any = anchor.private_key
    if isinstance(key, rsa.RSAPrivateKey):
        from cryptography.hazmat.primitives.asymmetric import padding

        made, named = key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()), "rsassa_pkcs1v15"
    else:
        made, named = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())), "sha256_ecdsa"
    sid = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(name="issuer_and_serial_number", value=sid),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": named}),
            "signature": made,
        }
    )
    body = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data", **({"content": content} if attached else {})},
        "signer_infos": [info],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump())


def entry(der: bytes, kind: str, country: str = "XA", **changed: object) -> dict[str, object]:
    return {
        "kid": "ignored",
        "timestamp": "2021-07-01T12:00:00Z",
        "country": country,
        "certificateType": kind,
        "thumbprint": hashlib.sha256(der).hexdigest(),
        "rawData": b64encode(der).decode(),
        "signature": b64encode(signature(der)).decode(),
    } | changed


CSCA, SIGNER = entry(ROOT.certificate_der, "CSCA"), entry(DSC.certificate_der, "DSC")


def read(*entries: dict[str, object]) -> eu.EuList:
    return eu.trust_list(json.dumps(entries).encode(), anchors=KEYS, check=crypto.check)


def test_what_the_anchor_signed_counts() -> None:
    keys, roots, report = read(CSCA, SIGNER, entry(DSC.certificate_der, "UPLOAD"))
    assert [key.issuer for key in keys] == ["XA"]
    assert [root.issuer for root in roots] == ["XA"]
    assert (report.accepted, report.refused) == (2, ())


def test_the_order_does_not_matter_and_the_content_may_be_inside() -> None:
    inside = b64encode(signature(DSC.certificate_der, attached=True)).decode()
    assert len(read(SIGNER | {"signature": inside}, CSCA)[0]) == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"signature": b64encode(signature(DSC.certificate_der, OTHER)).decode()}, Reason.TRUST_SIGNATURE),
        ({"signature": CSCA["signature"]}, Reason.TRUST_SIGNATURE),
        ({"signature": b64encode(signature(b"x", attached=True)).decode()}, Reason.TRUST_SIGNATURE),
        ({"signature": str(SIGNER["signature"])[:400]}, Reason.TRUST_UNREADABLE),
        ({"signature": "%"}, Reason.TRUST_UNREADABLE),
        ({"thumbprint": CSCA["thumbprint"]}, Reason.TRUST_KEY_ID),
        ({"country": "XB"}, Reason.TRUST_CONTROLLER),
        (entry(b"no certificate", "DSC"), Reason.TRUST_UNREADABLE),
        (entry(XB_DSC.certificate_der, "DSC", "XB"), Reason.TRUST_SIGNER),
        (entry(XB_ROOT.certificate_der, "CSCA", "XA"), Reason.TRUST_CONTROLLER),
        (entry(DSC.certificate_der, "CSCA"), Reason.TRUST_NOT_ROOT),
    ],
)
def test_refused(wrong: dict[str, object], reason: Reason) -> None:
    keys, _, report = read(CSCA, SIGNER | wrong)
    assert (keys, report.refused) == ((), (("[1]", reason),))


def test_an_anchor_that_nobody_named() -> None:
    keys, roots, report = eu.trust_list(json.dumps([CSCA]).encode(), anchors=[], check=crypto.check)
    assert (keys, roots, report.refused) == ((), (), (("[0]", Reason.TRUST_SIGNER),))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{}", Reason.TRUST_UNREADABLE),
        (b'[{"more":' + b"[" * 5_000, Reason.TRUST_UNREADABLE),
        (b'[{"country": "XA"}]', Reason.TRUST_UNREADABLE),
        (bytes(eu.MAX_OCTETS + 1), Reason.TRUST_TOO_LARGE),
        (json.dumps([CSCA | {"signature": "", "rawData": ""}] * 20_001).encode(), Reason.TRUST_KEY_COUNT),
    ],
    ids=["not-a-list", "too-deep", "field-missing", "too-large", "too-many"],
)  # fmt: skip
def test_refused_as_a_whole(data: bytes, reason: Reason) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        eu.trust_list(data, anchors=KEYS, check=crypto.check)
    assert refusal.value.reasons == (reason,)


def test_on_the_command_line(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    (tmp_path / "anchor.der").write_bytes(ANCHOR.certificate_der)
    xb = entry(XB_ROOT.certificate_der, "CSCA", "XB"), entry(XB_DSC.certificate_der, "DSC", "XB")
    (tmp_path / "first.json").write_text(json.dumps([CSCA, SIGNER, *xb]))
    (tmp_path / "second.json").write_text(json.dumps([CSCA, SIGNER, entry(b"none", "DSC")]))
    words = ("--anchor", tmp_path / "anchor.der", "--out", tmp_path / "list.json")
    done = shell("trust", "eu", tmp_path / "first.json", *words)
    assert (done.code, done.err) == (0, "4 accepted, 0 refused\n")
    written = (tmp_path / "list.json").read_bytes()
    assert len(TrustList.from_json(written)) == 2
    again = shell("trust", "eu", tmp_path / "second.json", "--before", tmp_path / "list.json", *words)
    assert again.code == 1
    assert all(code in again.err for code in ("TRUST_UNREADABLE", "XB  TRUST_ISSUER_VANISHED", "TRUST_LIST_SHRANK"))
    assert (tmp_path / "list.json").read_bytes() == written
