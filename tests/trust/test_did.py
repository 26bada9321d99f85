"""DID documents: any octets, the network's lists, and keys that count for one issuer and one format alone."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind, base64url
from pratique.model.reasons import Reason
from pratique.trust import did
from pratique.trust.x509 import trusted_key
from tests import foreign
from tests.cases.known import SIGNER, KnownSigner, base64

NETWORK = "did:web:tng.example:v2:trustlist:-:UTO"


def listed(signer: KnownSigner, usage: str, **changes: object) -> dict[str, object]:
    """A key as WHO's network lists it."""
    chain = {"x5c": [base64(signer.certificate), base64(SIGNER.certificate)]}
    told = {"did": f"{NETWORK}:{usage}", "kid": base64(signer.key.kid), "controller": NETWORK}
    return foreign.method(signer, **told | {"publicKeyJwk": foreign.jwk(signer, **chain)} | changes)  # type: ignore[arg-type]


@given(st.binary(max_size=100))
def test_any_octets_are_a_document_or_a_refusal(data: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        did.trusted_keys(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(anything, st.dictionaries(st.sampled_from(["id", "type", "controller", "publicKeyJwk"]), anything), anything)
def test_any_method_is_a_key_or_refused_alone(method: object, changes: dict, references: object) -> None:
    good = foreign.method(SIGNER)
    methods = [good, method, good | changes]
    for issuer in (foreign.DID, NETWORK):
        document = {"id": issuer, "verificationMethod": methods, "assertionMethod": references}
        keys, report = did.trusted_keys(json.dumps(document).encode())
        assert len(keys) == report.accepted
        assert report.accepted + len(report.refused) == len(methods)


def test_a_key_counts_for_its_issuer_and_format_alone() -> None:
    (key,), report = did.trusted_keys(foreign.did_document(foreign.method(SIGNER)))
    assert (key.kid, key.issuer, key.formats, key.key.kind) == (b"key-1", foreign.DID, {"nzcp"}, KeyKind.P256)
    assert key.key == trusted_key(SIGNER.certificate).key
    assert report.refused == report.alarms == ()


def test_a_key_whose_private_part_was_published_counts_under_no_name() -> None:
    leaked = foreign.method(SIGNER, kid="key-2", publicKeyJwk=foreign.jwk(SIGNER, d="AQ"))
    keys, report = did.trusted_keys(foreign.did_document(foreign.method(SIGNER), leaked))
    assert keys == ()
    assert report.refused == tuple((f"verificationMethod[{n}]", Reason.TRUST_PRIVATE_KEY) for n in (0, 1))
    assert report.alarms == (Reason.TRUST_PRIVATE_KEY,)


def test_a_relative_reference_is_read_against_the_document() -> None:
    method = foreign.method(SIGNER, id="#key-1")
    (key,), _ = did.trusted_keys(foreign.did_document(method, asserted=["#key-1"]))
    assert key.kid == b"key-1"


def test_a_private_key_is_an_alarm() -> None:
    method = foreign.method(SIGNER, publicKeyJwk=foreign.jwk(SIGNER, d="AA"))
    keys, report = did.trusted_keys(foreign.did_document(method))
    assert (keys, report.alarms) == ((), (Reason.TRUST_PRIVATE_KEY,))


def test_a_key_of_the_network_is_that_of_its_certificate() -> None:
    (key,), report = did.trusted_keys(foreign.did_document(listed(SIGNER, "DSC"), did=NETWORK))
    told = trusted_key(SIGNER.certificate)
    assert (key.kid, key.key, key.issuer, key.not_after) == (told.kid, told.key, told.issuer, told.not_after)
    assert key.formats == {"hcert"}
    assert report.refused == ()


def test_a_key_of_the_network_without_a_certificate_is_its_participants() -> None:
    bare = listed(SIGNER, "DSC", publicKeyJwk=foreign.jwk(SIGNER))
    (key,), _ = did.trusted_keys(foreign.did_document(bare, did=NETWORK))
    assert (key.kid, key.issuer, key.not_before) == (SIGNER.key.kid, "XA", None)


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def rsa_jwk(number: int, exponent: int = 65537, **more: object) -> dict[str, object]:
    n, e = (base64url(each.to_bytes((each.bit_length() + 7) // 8 or 1)) for each in (number, exponent))
    return {"kty": "RSA", "n": n, "e": e, **more}


def test_a_key_of_rsa_without_a_certificate_counts_too() -> None:
    """Networks have dropped them, and with them every certificate of the states that sign so."""
    public = RSA.public_key()
    bare = listed(SIGNER, "DSC", publicKeyJwk=rsa_jwk(public.public_numbers().n))
    (key,), report = did.trusted_keys(foreign.did_document(bare, did=NETWORK))
    assert (key.issuer, key.key.kind, report.refused) == ("XA", KeyKind.RSA, ())
    assert key.key.spki == public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    leaked = listed(SIGNER, "DSC", kid="AAAA", publicKeyJwk=rsa_jwk(public.public_numbers().n, d="AQ"))
    keys, report = did.trusted_keys(foreign.did_document(bare, leaked, did=NETWORK))
    assert (keys, report.alarms) == ((), (Reason.TRUST_PRIVATE_KEY,))


ODD = RSA.public_key().public_numbers().n


@pytest.mark.parametrize(
    ("jwk", "reason"),
    [
        (rsa_jwk(ODD - 1), Reason.TRUST_KEY_KIND),
        (rsa_jwk(ODD >> 1024), Reason.TRUST_KEY_KIND),
        (rsa_jwk(1 << 16_384 | 1), Reason.TRUST_KEY_KIND),
        (rsa_jwk(1 << 40_000 | 1), Reason.TRUST_UNREADABLE),
        (rsa_jwk(ODD, 0), Reason.TRUST_KEY_KIND),
        (rsa_jwk(ODD, 1), Reason.TRUST_KEY_KIND),
        (rsa_jwk(ODD, 65538), Reason.TRUST_KEY_KIND),
        (rsa_jwk(ODD, n=[]), Reason.TRUST_UNREADABLE),
        (rsa_jwk(ODD, e="?"), Reason.TRUST_UNREADABLE),
    ],
)
def test_what_is_no_key_of_rsa(jwk: dict, reason: Reason) -> None:
    keys, report = did.trusted_keys(foreign.did_document(listed(SIGNER, "DSC", publicKeyJwk=jwk), did=NETWORK))
    assert (keys, [why for _, why in report.refused]) == ((), [reason])


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (listed(SIGNER, "SCA"), Reason.TRUST_NOT_ASSERTED),
        (listed(SIGNER, "TLS"), Reason.TRUST_NOT_ASSERTED),
        (listed(SIGNER, "-", publicKeyJwk=foreign.jwk(SIGNER)), Reason.TRUST_NOT_ASSERTED),
        (listed(SIGNER, "DSC", controller="did:web:elsewhere.example"), Reason.TRUST_CONTROLLER),
        (listed(SIGNER, "DSC", kid="???"), Reason.TRUST_UNREADABLE),
        (listed(SIGNER, "DSC", publicKeyJwk=foreign.jwk(SIGNER, x5c=["nonsense"])), Reason.TRUST_UNREADABLE),
        (listed(SIGNER, "DSC", publicKeyJwk=foreign.jwk(SIGNER, x5c=[])), Reason.TRUST_UNREADABLE),
    ],
)
def test_what_the_network_lists_and_does_not_count(method: dict, reason: Reason) -> None:
    keys, report = did.trusted_keys(foreign.did_document(method, did=NETWORK))
    assert (keys, [why for _, why in report.refused]) == ((), [reason])
