"""Roots and master lists: what is no root, whom nobody vouches for, and what is kept."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms, pem
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList, crypto, verify
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import SignatureCheck
from pratique.model.reasons import Reason
from pratique.trust import Environment, icao
from pratique.trust.report import Report
from pratique.trust.x509 import anchor
from tests import masterlists, seals
from tests.issuer import AT, MemorySigner
from tests.masterlists import LIST_SIGNER, content_of
from tests.seals import ROOT_FROM, Root, SealSigner
from tests.trust.test_chain import OddRoot

ROOT = Root("XB", "XB root")
OTHER = Root("XC", "XC root")
LISTER = Root("XA", "XA root")
SIGNER = LISTER.signer("XA", purposes=(LIST_SIGNER,), types=())
VOUCHED = [anchor(LISTER.certificate)]


def signed_list(content: bytes, *, signer: SealSigner = SIGNER, **changes: Any) -> bytes:
    return masterlists.signed_list(content, signer=signer, **changes)


def read(data: bytes, signers: Any = VOUCHED) -> icao.Roots:
    return icao.master_list(data, signers=signers, check=crypto.check)


def refusal(data: bytes, signers: Any = VOUCHED) -> Reason:
    with pytest.raises(TrustMaterialError) as refused:
        read(data, signers)
    return refused.value.reasons[0]


def judged(*certificates: bytes) -> tuple[int, list[tuple[int, Reason]]]:
    """How many of a list's certificates are believed, and which are not, by their number."""
    anchors, report = read(signed_list(content_of(*certificates)))
    order = {bytes(der): number for number, der in enumerate(certificates)}
    ordered = sorted(certificates)  # a SET OF in DER is
    places = {f"certificates[{place}]": order[der] for place, der in enumerate(ordered)}
    assert report.accepted >= len(anchors)
    return report.accepted, sorted((places[place], reason) for place, reason in report.refused)


# the list itself

GOOD = signed_list(content_of(ROOT.certificate, OTHER.certificate))


def test_a_list_gives_its_roots() -> None:
    anchors, report = read(GOOD)
    assert set(anchors) == {anchor(ROOT.certificate), anchor(OTHER.certificate)}
    assert (report.accepted, report.refused, report.alarms) == (2, (), ())
    trust_list = TrustList([], anchors=anchors, environment=Environment.SANDBOX)
    assert verify(seals.seal(ROOT.signer("XB")), trust_list=trust_list, at=AT).authentic is True


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        GOOD[:-1],
        GOOD[:200],
        GOOD + b"\0",
        ROOT.certificate,
        signed_list(b"\x30\x00"),
        signed_list(b"\x04\x02ab"),
        signed_list(content_of(ROOT.certificate), content_type="data"),
        signed_list(content_of(ROOT.certificate)).replace(
            bytes.fromhex("06092a864886f70d010702"), b"\x06\x09" + b"\1" * 9
        ),
        b"\x30\x80" * 50_000,
        bytes(cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()),
    ],
)
def test_what_is_no_master_list(data: bytes) -> None:
    assert refusal(data) is Reason.TRUST_UNREADABLE


def test_a_list_of_fifty_megabytes_is_not_read() -> None:
    begun = time.process_time()
    assert refusal(GOOD + bytes(50_000_000)) is Reason.TRUST_TOO_LARGE
    assert time.process_time() - begun < 1


def test_a_list_of_more_certificates_than_there_can_be_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icao, "MOST_CERTIFICATES", 1)
    assert refusal(GOOD) is Reason.TRUST_KEY_COUNT


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_list_gives_no_other_root(place: int, change: int) -> None:
    damaged = bytearray(GOOD)
    damaged[place] ^= change
    try:
        anchors, _ = read(bytes(damaged))
    except TrustMaterialError:
        return
    assert set(anchors) <= {anchor(ROOT.certificate), anchor(OTHER.certificate)}


@given(st.binary(max_size=300))
def test_any_octets_are_refused(data: bytes) -> None:
    assert refusal(data) is Reason.TRUST_UNREADABLE
    assert icao.roots(data, check=crypto.check) == ((), Report(0, (("certificates[0]", Reason.TRUST_UNREADABLE),)))


# who signed it


def test_a_list_that_nobody_vouches_for() -> None:
    stranger = Root("XA", "XA root")
    for signers in ([], [anchor(stranger.certificate)], [anchor(ROOT.certificate)]):
        assert refusal(GOOD, signers) is Reason.TRUST_SIGNER
    assert read(GOOD, [anchor(stranger.certificate), *VOUCHED])[1].accepted == 2


@pytest.mark.parametrize(
    "signer",
    [
        LISTER.signer("XA", purposes=(), types=()),
        LISTER.signer("XA", purposes=(seals.SEALS,)),
        LISTER.signer("XB", purposes=(LIST_SIGNER,), types=()),
        LISTER.signer("XA", purposes=(LIST_SIGNER,), types=(), not_before=ROOT_FROM - timedelta(days=1)),
    ],
)
def test_a_signer_of_something_else_signs_no_list(signer: SealSigner) -> None:
    assert refusal(signed_list(content_of(ROOT.certificate), signer=signer)) is Reason.TRUST_SIGNER


def test_a_root_may_sign_its_own_list() -> None:
    itself = SealSigner(LISTER.key, LISTER.certificate)
    assert read(signed_list(content_of(ROOT.certificate), signer=itself))[1].accepted == 1
    by_key = signed_list(content_of(ROOT.certificate), signer=itself, sid="subject_key_identifier")
    assert read(by_key)[1].accepted == 1


def test_a_signature_that_does_not_hold() -> None:
    content = content_of(ROOT.certificate)
    forger = SealSigner(ROOT.key, SIGNER.certificate)
    assert refusal(signed_list(content, signer=forger)) is Reason.TRUST_SIGNATURE
    assert refusal(signed_list(content, message_digest=bytes(32))) is Reason.TRUST_SIGNATURE
    other = signed_list(content_of(OTHER.certificate))
    swapped = other.replace(OTHER.certificate, ROOT.certificate)
    assert len(ROOT.certificate) != len(OTHER.certificate) or refusal(swapped) is Reason.TRUST_SIGNATURE


def test_an_arithmetic_that_cannot_say_is_no_yes() -> None:
    def cannot_say(question: SignatureCheck) -> bool | None:
        return None if question.key == anchor(SIGNER.certificate).key else crypto.check(question)

    with pytest.raises(TrustMaterialError) as refused:
        icao.master_list(GOOD, signers=VOUCHED, check=cannot_say)
    assert refused.value.reasons == (Reason.SIGNATURE_NOT_CHECKED,)


RSA_SIGNER = LISTER.signer("XA", key=rsa.generate_private_key(65537, 2048), purposes=(LIST_SIGNER,), types=())
P384_SIGNER = LISTER.signer("XA", key=ec.generate_private_key(ec.SECP384R1()), purposes=(LIST_SIGNER,), types=())


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    ("signer", "pss"), [(SIGNER, False), (P384_SIGNER, False), (RSA_SIGNER, False), (RSA_SIGNER, True)]
)
def test_algorithms_of_lists(signer: SealSigner, pss: bool, digest: str) -> None:
    data = signed_list(content_of(ROOT.certificate), signer=signer, digest=digest, pss=pss)
    assert read(data)[1].accepted == 1


def test_a_list_signed_over_a_weak_digest() -> None:
    assert refusal(signed_list(content_of(ROOT.certificate), digest="sha224")) is Reason.TRUST_SIGNATURE


def test_a_list_signed_outside_its_signers_period_is_an_alarm() -> None:
    content = content_of(ROOT.certificate)
    late = datetime(2040, 1, 1, tzinfo=UTC)
    assert read(signed_list(content, signing_time=late))[1].alarms == (Reason.KEY_PERIOD,)
    assert read(signed_list(content, signing_time=None))[1].alarms == ()


# the certificates on it


def test_what_is_no_root_is_left_out_and_named() -> None:
    document_signer = ROOT.signer("XB").certificate
    assert judged(
        ROOT.certificate,
        Root("XC", "XC no authority", ca=False).certificate,
        Root(None, "of no country").certificate,
        document_signer,
        b"\x30\x03\x02\x01\x01",
        Root("XC", "XC on an unknown curve", key=ec.generate_private_key(ec.SECP256K1())).certificate,
    ) == (
        1,
        [
            (1, Reason.TRUST_NOT_ROOT),
            (2, Reason.TRUST_NOT_ROOT),
            (3, Reason.TRUST_NOT_ROOT),
            (4, Reason.TRUST_UNREADABLE),
            (5, Reason.TRUST_KEY_KIND),
        ],
    )


def test_a_root_whose_own_signature_does_not_hold() -> None:
    broken = bytearray(ROOT.certificate)
    broken[-1] ^= 1
    assert judged(OTHER.certificate, bytes(broken)) == (1, [(1, Reason.TRUST_SIGNATURE)])


def test_a_root_signed_with_what_nobody_can_check_any_more() -> None:
    class Old(OddRoot):
        def __init__(self) -> None:
            super().__init__(ROOT.key, hashes.SHA224())
            self.name = seals.named("XB", "XB of old")
            self.certificate = self.certify(
                seals.named("XB", "XB of old"), self.key.public_key(), self.period, self.extensions()
            )

    old = Old()
    parsed = asn1.Certificate.load(old.certificate)
    assert parsed.hash_algo == "sha224" or parsed.self_signed
    assert judged(old.certificate)[0] == 1


def test_a_root_without_basic_constraints_is_one_if_it_signs_itself() -> None:
    assert judged(Root("XB", "XB of old", ca=None).certificate) == (1, [])


def test_a_root_that_has_ended_is_kept_with_its_period() -> None:
    old = Root("XB", "XB root", not_before=datetime(2001, 1, 1, tzinfo=UTC), not_after=datetime(2006, 1, 1, tzinfo=UTC))
    anchors, report = read(signed_list(content_of(old.certificate)))
    assert (report.accepted, anchors[0].not_after) == (1, datetime(2006, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("keyed", [b"", None])
def test_links_lead_from_root_to_root(keyed: bytes | None) -> None:
    """With names that change, names that stay, and in any order; without its beginning a link leads nowhere."""
    first = Root("XB", "first", key_id=keyed)
    second, third = Root("XB", "second", key_id=keyed), Root("XB", "second")
    links = [first.link(second), second.link(third)]
    assert judged(first.certificate, *links) == (3, [])
    assert judged(*reversed(links), first.certificate) == (3, [])
    assert judged(OTHER.certificate, links[0])[1] == [(1, Reason.TRUST_SIGNER)]
    anchors, _ = read(signed_list(content_of(first.certificate, *links)))
    trust_list = TrustList([], anchors=anchors, environment=Environment.SANDBOX)
    assert verify(seals.seal(third.signer("XB")), trust_list=trust_list, at=AT).authentic is True


def test_a_link_that_its_predecessor_did_not_sign() -> None:
    first, forger, second = Root("XB", "first"), Root("XB", "forger"), Root("XB", "second")
    forger.name, forger.key_id = first.name, first.key_id
    assert judged(first.certificate, forger.link(second)) == (1, [(1, Reason.TRUST_SIGNATURE)])


def test_a_link_leads_to_no_other_country() -> None:
    assert judged(ROOT.certificate, ROOT.link(OTHER)) == (1, [(1, Reason.TRUST_NOT_ROOT)])


def test_a_circle_of_links_leads_nowhere() -> None:
    first, second, third = (Root("XB", name) for name in ("first", "second", "third"))
    circle = [first.link(second), second.link(third), third.link(first)]
    accepted, refused = judged(*circle)
    assert accepted == 0
    assert [reason for _, reason in refused] == [Reason.TRUST_SIGNER] * 3
    assert judged(*circle, first.certificate)[0] == 4


def test_roots_of_one_name_made_to_hurt_are_tried_sixteen_times() -> None:
    asked = 0

    def counted(question: SignatureCheck) -> bool | None:
        nonlocal asked
        asked += 1
        return crypto.check(question)

    crowd = [Root("XB", "one name", key_id=None, key=ec.derive_private_key(n, ec.SECP256R1())) for n in range(2, 42)]
    stranger = Root("XB", "one name", key_id=None)
    link = stranger.link(Root("XB", "another"))
    data = signed_list(content_of(*(root.certificate for root in crowd), link))
    asked = 0
    _, report = icao.master_list(data, signers=VOUCHED, check=counted)
    assert (report.accepted, len(report.refused)) == (40, 1)
    assert asked == 2 + 40 + icao.MOST_PREDECESSORS


# roots by themselves


def test_roots_in_a_file() -> None:
    assert icao.roots(ROOT.certificate, check=crypto.check)[0] == (anchor(ROOT.certificate),)
    document_signer = MemorySigner("XB").certificate
    file = b"".join(
        pem.armor("CERTIFICATE", der)
        for der in (
            ROOT.certificate,
            OTHER.certificate,
            ROOT.certificate,
            ROOT.signer("XB").certificate,
            document_signer,
        )
    )
    anchors, report = icao.roots(file, check=crypto.check)
    assert anchors[:2] == (anchor(ROOT.certificate), anchor(OTHER.certificate))
    assert report.refused == (("certificates[3]", Reason.TRUST_NOT_ROOT),)
    assert len(anchors) == 3  # a certificate that signs itself and does not say that it is no authority
    with pytest.raises(TrustMaterialError) as refused:
        icao.roots(bytes(50_000_000), check=crypto.check)
    assert refused.value.reasons == (Reason.TRUST_TOO_LARGE,)


def test_what_claims_to_be_a_master_list() -> None:
    assert icao.is_master_list(GOOD)
    for other in (ROOT.certificate, b"", b"{}", pem.armor("CERTIFICATE", ROOT.certificate)):
        assert not icao.is_master_list(other)
