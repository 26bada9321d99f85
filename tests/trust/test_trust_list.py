"""Trust lists: what certificates become on them, and their JSON form."""

import json
from datetime import UTC, datetime

import pytest
from asn1crypto import pem
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind, PublicKey, Use
from pratique.model.reasons import Reason
from pratique.trust import MAX_KEYS_PER_KID, Environment, TrustedKey
from pratique.trust.x509 import trusted_key

from ..issuer import NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

SIGNER = MemorySigner(purposes=purposes(Use.TEST, Use.RECOVERY))


@pytest.mark.parametrize(
    "material",
    [
        b"",
        b"nonsense",
        b"\x30\x03\x02\x01\x01",
        SIGNER.certificate[:-1],
        SIGNER.certificate + b"\0",
        b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        pem.armor("PRIVATE KEY", b"\x30\x00"),
    ],
)
def test_what_is_no_certificate_is_refused(material: bytes) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList.from_certificates([material])
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


@given(st.binary(max_size=300))
def test_any_octets_are_a_key_or_a_refusal(material: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        trusted_key(material)


@given(st.integers(0, len(SIGNER.certificate) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_a_key_or_a_refusal(place: int, change: int) -> None:
    damaged = bytearray(SIGNER.certificate)
    damaged[place] ^= change
    try:
        key = trusted_key(bytes(damaged))
    except TrustMaterialError as refusal:
        assert refusal.reasons == (Reason.TRUST_UNREADABLE,)
    else:
        assert key.kid != SIGNER.key.kid


def test_der_and_pem_are_the_same_key() -> None:
    key = trusted_key(SIGNER.certificate)
    assert trusted_key(pem.armor("CERTIFICATE", SIGNER.certificate)) == key
    assert key.issuer == "XA"
    assert key.key.kind is KeyKind.P256
    assert (key.not_before, key.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert key.uses == {Use.TEST, Use.RECOVERY}


@pytest.mark.parametrize(
    ("signer", "kind", "issuer", "uses"),
    [
        (MemorySigner(algorithm=Algorithm.PS256), KeyKind.RSA, "XA", None),
        (MemorySigner(None), KeyKind.P256, None, None),
        (MemorySigner(purposes=purposes(Use.VACCINATION, zero=True)), KeyKind.P256, "XA", {Use.VACCINATION}),
        (MemorySigner(purposes=["1.3.6.1.5.5.7.3.1"]), KeyKind.P256, "XA", set()),
    ],
)
def test_kinds_and_uses(signer: MemorySigner, kind: KeyKind, issuer: str | None, uses: set | None) -> None:
    key = trusted_key(signer.certificate)
    assert (key.key.kind, key.issuer, key.uses) == (kind, issuer, uses)


def unparsable(oid: str) -> MemorySigner:
    return MemorySigner(extensions=[x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\xff\xff")])


def test_a_broken_extension_costs_nothing_but_a_broken_key_usage_is_noted() -> None:
    assert trusted_key(unparsable("2.5.29.35").certificate).notes == ()
    noted = trusted_key(unparsable("2.5.29.37").certificate)
    assert noted.notes == (Reason.KEY_USE_UNREADABLE,)
    assert noted.uses is None


def test_a_list_made_to_hurt_is_refused() -> None:
    keys = [TrustedKey(b"12345678", PublicKey(bytes([number]), KeyKind.P256)) for number in range(MAX_KEYS_PER_KID + 1)]
    assert len(TrustList(keys[:-1])) == MAX_KEYS_PER_KID
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList(keys)
    assert refusal.value.reasons == (Reason.TRUST_KEY_COUNT,)


def test_the_json_form_comes_back() -> None:
    key = trusted_key(SIGNER.certificate)
    noted = TrustedKey(b"kid", key.key, formats=frozenset({"hcert"}), notes=(Reason.KEY_USE_UNREADABLE,))
    instant = datetime(2021, 7, 1, tzinfo=UTC)
    trust_list = TrustList([key, noted, key], environment=Environment.SANDBOX, issued=instant, fresh_until=instant)
    again = TrustList.from_json(trust_list.to_json())
    assert again.keys == (key, noted)
    assert (again.environment, again.issued, again.fresh_until) == (Environment.SANDBOX, instant, instant)
    assert again.to_json() == trust_list.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"trust_list": 2},
        {"environment": "elsewhere"},
        {"keys": [{"kid": "not base64!"}]},
        {"keys": [{}]},
        {"issued": "yesterday"},
        {"surprise": True},
    ],
)
def test_a_json_list_with_anything_unexpected_is_refused(change: dict) -> None:
    form = json.loads(TrustList([trusted_key(SIGNER.certificate)]).to_json())
    assert TrustList.from_json(json.dumps(form).encode()).keys
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList.from_json(json.dumps(form | change).encode())
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


@given(st.binary(max_size=100))
def test_any_octets_are_a_list_or_a_refusal(data: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        TrustList.from_json(data)
