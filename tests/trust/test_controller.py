"""Controllers of DIVOC's issuers: any octets, and keys that count for one issuer and one format alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList, verify
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind
from pratique.model.reasons import Reason
from pratique.trust import controller
from tests import foreign
from tests.cases.controllers import armored, base58, edwards, rsa, written
from tests.cases.credentials import EDWARDS, GOOD
from tests.cases.known import RSA, SIGNER
from tests.foreign import ISSUER, METHOD, spki
from tests.issuer import AT
from tests.shared import VECTORS, needs_vectors


@given(st.binary(max_size=100))
def test_any_octets_are_no_controller(data: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        controller.trusted_keys(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=10) | st.sampled_from([METHOD, ISSUER]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["id", "type", "controller", "publicKeyPem", "publicKeyBase58"])


@given(anything, st.dictionaries(FIELDS, anything), anything)
def test_any_method_is_a_key_or_refused_alone(method: object, changes: dict, references: object) -> None:
    methods = [rsa(), edwards(), method, rsa() | changes, edwards() | changes]
    keys, report = controller.trusted_keys(written(*methods, asserted=references))
    assert len(keys) == report.accepted
    assert report.accepted + len(report.refused) == len(methods)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (rsa(controller="https://another.example/"), Reason.TRUST_CONTROLLER),
        (rsa(id="did:another"), Reason.TRUST_NOT_ASSERTED),
        (rsa(type="JsonWebKey2020"), Reason.TRUST_KEY_KIND),
        (rsa(publicKeyPem=armored(spki(SIGNER))), Reason.TRUST_KEY_KIND),
        (rsa(publicKeyPem=armored(EDWARDS.spki)), Reason.TRUST_KEY_KIND),
        (rsa(publicKeyPem=armored(spki(RSA), "PRIVATE KEY")), Reason.TRUST_PRIVATE_KEY),
        (rsa(publicKeyPem=armored(RSA.certificate, "CERTIFICATE")), Reason.TRUST_UNREADABLE),
        (rsa(publicKeyPem=armored(spki(RSA)[:-1])), Reason.TRUST_UNREADABLE),
        (rsa(publicKeyPem=armored(spki(RSA) + b"\0")), Reason.TRUST_UNREADABLE),
        (rsa(publicKeyPem=armored(bytes(4096))), Reason.TRUST_UNREADABLE),
        (rsa(id="did:b", privateKeyPem="x", publicKeyPem=None), Reason.TRUST_PRIVATE_KEY),
        (edwards(publicKeyBase58="0" * 43), Reason.TRUST_UNREADABLE),
        (edwards(publicKeyBase58="1" * 31), Reason.TRUST_UNREADABLE),
        (edwards(publicKeyBase58="z" * 44), Reason.TRUST_UNREADABLE),
        (edwards(publicKeyBase58=None), Reason.TRUST_UNREADABLE),
        ("a word", Reason.TRUST_UNREADABLE),
    ],
)
def test_keys_that_do_not_count(method: object, reason: Reason) -> None:
    keys, report = controller.trusted_keys(written(rsa(), method))
    assert [key.kid for key in keys] == [METHOD.encode()]
    assert report.refused == (("publicKey[1]", reason),)
    assert report.alarms == ((reason,) if reason is Reason.TRUST_PRIVATE_KEY else ())


@pytest.mark.parametrize("method", [rsa(), edwards()])
def test_a_key_whose_private_part_was_published_counts_under_no_name(method: dict) -> None:
    keys, report = controller.trusted_keys(written(method, method | {"id": "did:b", "privateKeyPem": "x"}))
    assert keys == ()
    assert report.refused == tuple((f"publicKey[{number}]", Reason.TRUST_PRIVATE_KEY) for number in (0, 1))
    assert report.alarms == (Reason.TRUST_PRIVATE_KEY,)


def test_a_crowd_is_refused() -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        controller.trusted_keys(written(*[{}] * (controller.MOST_KEYS + 1)))
    assert refusal.value.reasons == (Reason.TRUST_KEY_COUNT,)


def test_a_key_counts_for_its_issuer_and_format_alone() -> None:
    keys, report = controller.trusted_keys(written(rsa(), edwards()))
    assert [(key.key.spki, key.key.kind) for key in keys] == [
        (spki(RSA), KeyKind.RSA),
        (EDWARDS.spki, KeyKind.ED25519),
    ]
    assert {(key.kid, key.issuer, key.formats) for key in keys} == {(METHOD.encode(), ISSUER, frozenset({"divoc"}))}
    assert (report.accepted, report.refused, report.alarms) == (2, (), ())
    assert verify(GOOD, trust_list=TrustList(keys), at=AT).authentic is True
    others, _ = controller.trusted_keys(written(rsa(controller="https://x.example/"), issuer="https://x.example/"))
    told = verify(GOOD, trust_list=TrustList(others), at=AT)
    assert (told.authentic, told.reasons) == (False, (Reason.KEY_ISSUER_MISMATCH,))
    options = foreign.proof_options(type="Ed25519Signature2018")
    scan = foreign.packed(foreign.signed(EDWARDS, foreign.credential(), options))
    assert verify(scan, trust_list=TrustList(keys), at=AT).authentic is True


@given(st.binary(min_size=32, max_size=32))
def test_base58_comes_back(octets: bytes) -> None:
    (key,), _ = controller.trusted_keys(written(edwards(publicKeyBase58=base58(octets))))
    assert key.key.spki[-32:] == octets


@needs_vectors
def test_the_published_key_of_india() -> None:
    assert VECTORS is not None
    folder, issuer = VECTORS / "divoc", "https://cowin.gov.in/"
    key = rsa(id="did:india", controller=issuer, publicKeyPem=(folder / "did-india.pem").read_text("ascii"))
    keys, report = controller.trusted_keys(written(key, issuer=issuer, asserted=["did:india"]))
    assert (report.accepted, report.refused) == (1, ())
    scan = (folder / "partial-vaccination.bin").read_bytes()
    told = verify(scan, trust_list=TrustList(keys), at=datetime(2021, 8, 1, tzinfo=UTC))
    assert (told.authentic, told.reasons) == (False, (Reason.SIGNATURE_INVALID,))
