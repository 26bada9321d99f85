"""WHO's profiles of HCERT: what is issued is read again, and whatever a trusted key signs gets a reason."""

from datetime import date, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, issue, verify
from pratique.formats import hcert
from pratique.formats.hcert import ddcc, icvp
from pratique.model import uvci
from pratique.model.certificate import Certificate, Name, Person, Sex, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, MalformedCertificate
from pratique.model.reasons import EFFECTS, Reason
from pratique.model.valueset import (
    CONDITIONS,
    DISEASE_MAP,
    ICVP_PRODUCTS,
    POLIOMYELITIS,
    RECOMMENDATIONS,
    YELLOW_FEVER,
    recommendation,
)
from pratique.revocation import RevocationList
from tests import wire
from tests.cases import who
from tests.cases.known import SIGNER
from tests.issuer import AT
from tests.strategies import icao_texts

LIST = TrustList.from_certificates([SIGNER.certificate])
PRODUCTS = {concept.code: DISEASE_MAP.map(concept.code) for concept in ICVP_PRODUCTS.codes.values()}

products = st.sampled_from(sorted(PRODUCTS, key=lambda code: code.value))
days = st.dates(date(2020, 7, 2), date(2021, 6, 30)).map(PartialDate.of)
texts = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzéü0123456789 -", min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    product = draw(products)
    claim = Vaccination(
        uvci=uvci.from_record_id("XA", draw(st.binary(min_size=16, max_size=16))),
        disease=PRODUCTS[product] or YELLOW_FEVER,
        country="XA",
        issuer=draw(texts),
        date=draw(days),
        product=product,
        lot=draw(texts),
    )
    name = Name(family_icao=draw(icao_texts()), given_icao=draw(st.none() | icao_texts()))
    born = PartialDate.of(draw(st.dates(date(1910, 1, 1), date(2020, 1, 1))))
    sex, nation = draw(st.sampled_from([None, *Sex])), draw(st.sampled_from(["XA", "DE", "CN", "GR"]))
    return Certificate(Person(name, born, sex=sex, nationality=nation), (claim,), draw(st.booleans()))


@given(certificates())
def test_what_is_issued_is_read_again(certificate: Certificate) -> None:
    if len(icvp._name(certificate.holder.name)) > 80:
        return
    told = verify(issue(certificate, format="icvp", signer=SIGNER, at=AT), trust_list=LIST, at=AT)
    assert told.content == icvp.normalised(certificate), told.fault
    assert told.format == "icvp"
    claim = certificate.claims[0]
    assert isinstance(claim, Vaccination)
    if claim.disease == POLIOMYELITIS:
        assert told.expires is not None
        assert told.expires.date() <= claim.date.first + timedelta(days=365)
    else:
        assert told.expires is None
    tenth = claim.date.first + timedelta(days=10)
    early = claim.disease == YELLOW_FEVER and tenth > AT.date()
    assert (Reason.NOT_YET_VALID in told.reasons) is early
    assert ("record", claim.record_id) in told.identifiers


def dose(**changes: object) -> Certificate:
    product = ICVP_PRODUCTS.codes[who.PRODUCT].code
    claim = Vaccination(
        uvci=uvci.from_record_id("XA", bytes(16)),
        disease=YELLOW_FEVER,
        country="XA",
        issuer="UTO",
        date=PartialDate(2021, 5, 29),
        product=product,
        lot="L-17",
    )
    holder = Person(Name(family_icao="OUYANG", given_icao="LI"), PartialDate(1998, 2, 26), nationality="XA")
    return Certificate(holder, (structs.replace(claim, **changes),))


def test_an_end_is_never_put_to_yellow_fever() -> None:
    scan = issue(dose(), format="icvp", signer=SIGNER, at=AT, expires=AT + timedelta(days=1))
    claims = cbor2.loads(hcert.open(scan).payload)
    assert 4 not in claims
    assert claims[5] == int((AT.replace(hour=0) - timedelta(days=23)).timestamp())
    assert claims[-260][-6]["d"] == "2021-07-01"


def test_a_polio_certificate_needs_a_recommendation_in_force() -> None:
    product = ICVP_PRODUCTS.codes[who.POLIO].code
    ended = RECOMMENDATIONS[0].ends + timedelta(days=1)
    late = dose(disease=POLIOMYELITIS, product=product, date=PartialDate.of(ended))
    assert [refusal.reason for refusal in icvp.refusals(late)] == [Reason.ISSUE_RECOMMENDATION]
    old = dose(disease=POLIOMYELITIS, product=product, date=PartialDate(2019, 1, 1))
    with pytest.raises(IssueRefused) as refused:
        issue(old, format="icvp", signer=SIGNER, at=AT)
    assert refused.value.reasons == (Reason.ISSUE_PERIOD,)
    assert icvp.refusals(dose(disease=POLIOMYELITIS, product=product)) == ()
    assert recommendation(POLIOMYELITIS, date(2021, 5, 29)) is RECOMMENDATIONS[0]
    assert recommendation(YELLOW_FEVER, date(2021, 5, 29)) is None


def test_every_product_is_against_a_disease_that_is_taken_in() -> None:
    assert set(PRODUCTS.values()) == {YELLOW_FEVER, POLIOMYELITIS} < CONDITIONS
    assert len(PRODUCTS) == 60


def test_a_record_that_was_revoked_takes_its_certificate_along() -> None:
    scan = issue(dose(), format="icvp", signer=SIGNER, at=AT)
    record = frozenset({("record", "0" * 32)})
    revocation = RevocationList(AT, AT + timedelta(days=1), revoked=record)
    assert verify(scan, trust_list=LIST, at=AT, revocation=revocation).reasons == (Reason.REVOKED,)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**40) | st.floats() | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
ICVP_FIELDS = st.sampled_from(["n", "dob", "s", "nt", "ntl", "v", "vx", "sp"])
DOSE_FIELDS = st.sampled_from(["vp", "dv", "dt", "is", "bo", "tg", "ma", "vls", "vle"])
DDCC_FIELDS = st.sampled_from(["name", "birthDate", "identifier", "certificate", "vaccination", "test", "valid_until"])
EVENT_FIELDS = st.sampled_from(["vaccine", "brand", "disease", "date", "dose", "country", "result", "pathogen", "type"])


@given(values, st.dictionaries(ICVP_FIELDS, values), st.dictionaries(DOSE_FIELDS, values))
def test_a_trusted_key_may_sign_nonsense_icvp(anything: object, fields: dict, inner: dict) -> None:
    for payload in (anything, fields, who.icvp(**fields), who.icvp(vx=who.dose(**inner)), [who.icvp(), anything]):
        answered(payload, -6)


@given(values, st.dictionaries(DDCC_FIELDS, values), st.dictionaries(EVENT_FIELDS, values))
def test_a_trusted_key_may_sign_nonsense_ddcc(anything: object, fields: dict, inner: dict) -> None:
    whole = who.ddcc(vaccination=who.vaccination(**inner))
    for payload in (anything, fields, who.ddcc(**fields), whole, who.ddcc(test=who.test(**inner))):
        answered(payload, 3)
        if isinstance(payload, dict):
            told = verify(wire.scan(wire.cose(SIGNER, cbor2.dumps(payload))), trust_list=LIST, at=AT)
            assert Reason.PARSER_FAULT not in told.reasons, told.fault


def answered(payload: object, key: int) -> None:
    told = verify(wire.hcert(SIGNER, payload, key=key), trust_list=LIST, at=AT)
    assert set(told.reasons) <= set(EFFECTS)
    assert Reason.PARSER_FAULT not in told.reasons, told.fault


def test_a_dcc_beside_another_profile_is_read_as_it_stands_first() -> None:
    claims = wire.cwt(wire.dcc()) | {-260: {1: wire.dcc(), -6: who.icvp()}}
    told = verify(wire.scan(wire.cose(SIGNER, cbor2.dumps(claims))), trust_list=LIST, at=AT)
    assert told.format == "eu-dcc"


@pytest.mark.parametrize("key", [True, "1", 1.0, b"\x01"])
def test_a_key_that_is_no_number_is_no_profile(key: object) -> None:
    claims = wire.cwt(wire.dcc()) | {-260: {key: who.icvp()}}
    told = verify(wire.scan(wire.cose(SIGNER, cbor2.dumps(claims))), trust_list=LIST, at=AT)
    assert told.content is None or key in (True, 1.0)


def test_a_person_s_number_is_never_an_identifier() -> None:
    content = ddcc.read(who.ddcc(certificate=None, vaccination=who.vaccination()))
    assert content.claims[0].uvci == ""


@pytest.mark.parametrize("payload", [{}, {"n": "X", "v": "1"}])
def test_the_place_is_named_and_never_the_value(payload: dict) -> None:
    with pytest.raises(MalformedCertificate) as refusal:
        icvp.read(payload | {"dob": "a secret"})
    assert "secret" not in str(refusal.value)
