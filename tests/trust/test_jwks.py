"""Key sets and directories of card issuers, beyond their vectors."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList
from pratique.authority.signers.certificates import KeyPair, key_info, make_csca, make_dsc
from pratique.crypto import check
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, is_issuer_url, thumbprint
from pratique.model.reasons import Reason
from pratique.trust import jwks, vci
from pratique.trust.x509 import addresses, anchor, trusted_key
from tests import cards
from tests.cases.keysets import AUTHORITY, LEAF, ROOT, chained, key_set
from tests.cases.known import RSA, SIGNER, STRANGER
from tests.issuer import AT

CSCA = make_csca("XA", "XA root", at=AT)


def signer(url: str | None = cards.ISSUER, **changes: Any) -> KeyPair:
    return make_dsc(CSCA, common_name="XA cards", at=AT, url=url, **changes)


def test_a_thumbprint_is_that_of_the_jwk() -> None:
    for one in (SIGNER, STRANGER):
        assert thumbprint(trusted_key(one.certificate).key) == cards.kid(one)
    with pytest.raises(ValueError, match="P-256"):
        thumbprint(trusted_key(RSA.certificate).key)


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("https://xa.example", True),
        ("https://xa.example/a", True),
        ("https://xa.example/", False),
        ("https://", False),
        ("http://xa.example", False),
        ("https://xa.example/a b", False),
        ("HTTPS://xa.example", False),
        ("https://xä.example", False),
        ("", False),
    ],
)
def test_what_names_an_issuer(text: str, is_so: bool) -> None:
    assert is_issuer_url(text) is is_so


def test_a_signer_with_an_address_signs_cards_and_hcerts() -> None:
    pair = signer()
    info = key_info(pair.certificate_der)
    assert (addresses(pair.certificate_der), info.url) == ((cards.ISSUER,), cards.ISSUER)
    (card,) = jwks.card_keys(pair.certificate_der)
    assert (card.issuer, card.formats) == (cards.ISSUER, {"shc"})
    assert info.public is not None
    assert card.kid.decode() == thumbprint(info.public)
    listed = TrustList.from_certificates([pair.certificate_der])
    assert [key.issuer for key in listed.keys] == ["XA", cards.ISSUER]
    assert TrustList.from_json(listed.to_json()).keys == listed.keys


def test_signers_without_an_address_or_of_another_kind_sign_no_cards() -> None:
    for pair in (signer(None), signer(algorithm=Algorithm.PS256)):
        assert jwks.card_keys(pair.certificate_der) == ()
        with pytest.raises(TrustMaterialError, match=r"TRUST_ISSUER|TRUST_KEY_KIND"):
            jwks.write([pair.certificate_der])
    assert len(TrustList.from_certificates([signer(None).certificate_der])) == 1
    with pytest.raises(TrustMaterialError, match="KEY_TEMPLATE"):
        signer("https://xa.example/")


def test_what_is_written_for_publishing_is_read_again() -> None:
    pairs = [signer(), signer()]
    published = jwks.write(pair.certificate_der for pair in pairs)
    assert "issuer" not in json.loads(published)
    with pytest.raises(TrustMaterialError, match="TRUST_ISSUER"):
        jwks.trusted_keys(published)
    keys, report = jwks.trusted_keys(
        published, issuer=cards.ISSUER, anchors=[anchor(CSCA.certificate_der)], check=check
    )
    assert (report.accepted, report.refused, report.alarms) == (2, (), ())
    assert [(key.not_before, key.not_after) for key in keys] == [
        (own.not_before, own.not_after) for own in (trusted_key(pair.certificate_der) for pair in pairs)
    ]
    written = [(key.kid, key.key, key.issuer) for key in keys]
    assert written == [(k.kid, k.key, k.issuer) for pair in pairs for k in jwks.card_keys(pair.certificate_der)]


def test_another_issuer_than_was_asked_for_is_refused() -> None:
    material = json.dumps(key_set(cards.jwk(SIGNER))).encode()
    with pytest.raises(TrustMaterialError, match="TRUST_ISSUER"):
        jwks.trusted_keys(material, issuer="https://xb.example")
    assert jwks.trusted_keys(material, issuer=cards.ISSUER)[1].accepted == 1


def test_a_chain_needs_the_arithmetic_and_is_open_where_it_cannot_be_computed() -> None:
    material = json.dumps(key_set(chained(LEAF, AUTHORITY))).encode()
    with pytest.raises(ValueError, match="arithmetic"):
        jwks.trusted_keys(material, anchors=[anchor(ROOT)])
    keys, report = jwks.trusted_keys(material, anchors=[anchor(ROOT)], check=lambda _: None)
    assert (keys, report.refused) == ((), (("keys[0]", Reason.TRUST_SIGNATURE),))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
def test_any_key_beside_a_good_one_leaves_the_good_one(data: st.DataObject) -> None:
    odd = cards.jwk(STRANGER)
    odd[data.draw(st.sampled_from([*odd, "x5c", "d", "key_ops"]))] = data.draw(JSON)
    keys, report = jwks.trusted_keys(json.dumps(key_set(odd, cards.jwk(SIGNER), data.draw(JSON))).encode())
    assert cards.kid(SIGNER).encode() in [key.kid for key in keys]
    assert report.accepted + len(report.refused) == 3


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    for read in (jwks.trusted_keys, vci.trusted_keys, vci.issuers):
        try:
            read(data)  # type: ignore[operator]
        except TrustMaterialError as refusal:
            assert refusal.reasons[0] in (Reason.TRUST_UNREADABLE, Reason.TRUST_ISSUER)


def test_the_directory_names_its_issuers() -> None:
    listed = [{"iss": "https://xa.example", "name": "Health of XA"}, {"iss": "https://xb.example"}, {"name": "x"}, 7]
    told = vci.issuers(json.dumps({"participating_issuers": listed}).encode())
    assert told == {"https://xa.example": "Health of XA", "https://xb.example": "https://xb.example"}
