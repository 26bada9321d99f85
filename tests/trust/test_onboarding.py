"""What is wrong with a country's certificates, each finding alone; and a country with which nothing is wrong."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from pratique import crypto
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from pratique.trust import published
from pratique.trust.letter import fingerprint
from pratique.trust.onboarding import examine
from tests.issuer import AT
from tests.trust import onboarding_scenes as scenes
from tests.trust.onboarding_scenes import DSC, ROOT


def found(*certificates: bytes, country: str | None = "XA", days: int = 0) -> list[tuple[str, Reason]]:
    named = [(str(number), der) for number, der in enumerate(certificates)]
    findings = examine(named, country=country, at=AT + timedelta(days=days), check=crypto.check)
    return [(finding.place, finding.reason) for finding in findings]


@pytest.mark.parametrize(("scene", "expected"), scenes.FINDINGS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_found(scene: Callable[[], tuple[bytes, ...]], expected: Reason) -> None:
    assert [reason for _, reason in found(*scene())] == [expected]


def test_nothing_is_wrong() -> None:
    assert found(ROOT.certificate_der, DSC.certificate_der) == []
    narrow = make_dsc(ROOT, common_name="tests only", at=AT, uses=frozenset({Use.TEST}))
    assert found(ROOT.certificate_der, narrow.certificate_der, country=None) == []


@pytest.mark.parametrize(("left", "alarm"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7)])
def test_alarms_before_the_end(left: int, alarm: int | None) -> None:
    (root, signer) = (("root", ROOT.certificate_der), ("signer", DSC.certificate_der))
    told = examine([root, signer], country="XA", at=AT + timedelta(days=730 - left), check=crypto.check)
    assert [finding.days for finding in told] == ([] if alarm is None else [alarm])


def test_a_root_of_the_same_name_is_not_enough() -> None:
    other = make_csca("XA", "XA test root", at=AT)
    assert found(other.certificate_der, DSC.certificate_der) == [("1", Reason.ONBOARD_CHAIN)]


def test_a_signer_that_outlives_its_root_is_found() -> None:
    """Once the root has ended nobody can be shown who vouched for it; nor before it began."""
    early, late = (make_csca("XA", "XA root", at=AT + timedelta(days=days)) for days in (-900, 100))
    for root in (early, late):
        signer = make_dsc(ROOT, common_name="XA signer", at=AT)
        again = x509.load_der_x509_certificate(signer.certificate_der)
        issuer = x509.load_der_x509_certificate(root.certificate_der).subject
        builder = x509.CertificateBuilder(issuer, again.subject, again.public_key(), 7, AT, AT + timedelta(days=700))
        usage = again.extensions.get_extension_for_class(x509.KeyUsage).value
        built = builder.add_extension(usage, critical=True).sign(root.private_key, hashes.SHA256())
        der = built.public_bytes(Encoding.DER)
        assert found(root.certificate_der, der, days=200) == [("1", Reason.ONBOARD_CHAIN)]


def test_a_root_that_did_not_sign_itself_needs_the_one_that_did() -> None:
    new = make_csca("XA", "XA root", at=AT)
    parsed = x509.load_der_x509_certificate(new.certificate_der)
    old = x509.load_der_x509_certificate(ROOT.certificate_der)
    builder = x509.CertificateBuilder(old.subject, parsed.subject, parsed.public_key(), 7, AT, old.not_valid_after_utc)
    for extension in parsed.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    link = builder.sign(ROOT.private_key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert found(link) == [("0", Reason.ONBOARD_CHAIN)]
    assert found(link, ROOT.certificate_der) == []


def test_what_is_no_certificate() -> None:
    assert found(b"no certificate") == [("0", Reason.TRUST_UNREADABLE)]


def test_published_keys_have_their_source() -> None:
    assert published.published(scenes.KNOWN_SPKI) == "test vectors of this repository (2026-11)"
    assert published.published(b"") is None
    assert all(len(prefix) == 16 and source for prefix, source in published.PUBLISHED.items())


def test_a_fingerprint_is_read_in_groups() -> None:
    assert [len(group) for group in fingerprint(b"x").split()] == [4] * 16
