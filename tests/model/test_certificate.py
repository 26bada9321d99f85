"""Certificates: which claims tell of one event, which uses they need, and how a document is compared unseen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TestKind,
    TravelDocument,
    Vaccination,
    choose,
    kind_of,
    same_event,
    uses_of,
)
from pratique.model.dates import PartialDate
from pratique.model.keys import Use
from pratique.model.uvci import from_record_id
from pratique.model.valueset import COVID_19, LOINC, NOT_DETECTED, YELLOW_FEVER, Code
from tests import strategies

_SHARED = {"disease": COVID_19, "country": "XA", "issuer": "Ministry"}
_DAY = PartialDate(2021, 6, 11)
_MOMENT = datetime(2021, 6, 11, 17, 30, tzinfo=UTC)


def uvci(number: int) -> str:
    return from_record_id("XA", number.to_bytes(16))


DOSE = Vaccination(**_SHARED, uvci=uvci(1), date=_DAY)
TEST = Test(**_SHARED, uvci=uvci(2), kind=TestKind.ANTIBODY, analyte=Analyte.IGG, sampled=_MOMENT, result=NOT_DETECTED)
RECOVERY = Recovery(
    **_SHARED, uvci=uvci(3), first_positive=_DAY, valid_from=_DAY, valid_until=PartialDate(2021, 11, 28)
)
EXEMPTION = Exemption(**_SHARED, uvci=uvci(4), valid_from=_DAY, valid_until=PartialDate(2021, 11, 28))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (DOSE, structs.replace(DOSE, uvci=uvci(9), date=PartialDate(2021, 6, 12))),
        (DOSE, structs.replace(DOSE, disease=YELLOW_FEVER)),
        (DOSE, RECOVERY),
        (
            structs.replace(DOSE, date=PartialDate(2021, 6)),
            structs.replace(DOSE, uvci=uvci(9), date=PartialDate(2021, 6)),
        ),
        (TEST, structs.replace(TEST, uvci=uvci(9), analyte=Analyte.IGM)),
        (TEST, structs.replace(TEST, uvci=uvci(9), kind=TestKind.ANTIGEN)),
        (TEST, structs.replace(TEST, uvci=uvci(9), sampled=_MOMENT + timedelta(seconds=60))),
        (RECOVERY, structs.replace(RECOVERY, uvci=uvci(9), first_positive=PartialDate(2021, 6, 10))),
        (EXEMPTION, structs.replace(EXEMPTION, uvci=uvci(9))),
        (structs.replace(EXEMPTION, uvci=":"), structs.replace(EXEMPTION, uvci="/")),
    ],
)
def test_different_events_stay_different(a: AnyClaim, b: AnyClaim) -> None:
    assert not same_event(a, b)
    assert not same_event(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (DOSE, structs.replace(DOSE, uvci=uvci(9), dose=2)),
        (DOSE, structs.replace(DOSE, uvci=DOSE.uvci.lower().removeprefix("urn:uvci:"), date=PartialDate(2021))),
        (TEST, structs.replace(TEST, uvci=uvci(9), sampled=_MOMENT + timedelta(seconds=59))),
        (RECOVERY, structs.replace(RECOVERY, uvci=uvci(9), valid_until=PartialDate(2022))),
        (EXEMPTION, structs.replace(EXEMPTION, valid_until=PartialDate(2022))),
    ],
)
def test_one_event_is_known_from_every_source(a: AnyClaim, b: AnyClaim) -> None:
    assert same_event(a, b)
    assert same_event(b, a)


@given(strategies.claims(), strategies.claims())
def test_same_event_is_symmetric_and_every_claim_tells_its_own(a: AnyClaim, b: AnyClaim) -> None:
    assert same_event(a, a)
    assert same_event(a, b) is same_event(b, a)


@pytest.mark.parametrize(
    ("claims", "uses"),
    [
        ((), set()),
        ((DOSE,), {Use.VACCINATION}),
        ((TEST,), {Use.TEST}),
        ((RECOVERY,), {Use.RECOVERY}),
        ((EXEMPTION,), {Use.VACCINATION}),
        ((EXEMPTION, TEST, RECOVERY, DOSE), set(Use)),
    ],
)
def test_a_key_needs_the_uses_of_every_claim(claims: tuple[AnyClaim, ...], uses: set[Use]) -> None:
    assert uses_of(Certificate(Person(Name(family="Li")), claims)) == uses


@given(strategies.certificates())
def test_choosing_keeps_the_holder_and_only_the_chosen(certificate: Certificate) -> None:
    chosen = choose(certificate, certificate.claims[0])
    assert (chosen.holder, chosen.claims) == (certificate.holder, certificate.claims[:1])
    assert uses_of(chosen) <= uses_of(certificate)


@pytest.mark.parametrize("method", [None, Code(LOINC, "94505-5"), Code("urn:oid:1.2.3", "94563-4")])
def test_a_type_that_no_table_maps_is_other(method: Code | None) -> None:
    assert kind_of(method) == (TestKind.OTHER, None)


def test_antibody_types_tell_what_they_measure() -> None:
    assert kind_of(Code(LOINC, "94564-2")) == (TestKind.ANTIBODY, Analyte.IGM)
    assert kind_of(Code(LOINC, "94562-6")) == (TestKind.ANTIBODY, None)


@given(st.binary(min_size=8, max_size=16))
def test_a_concealed_document_is_compared_and_not_shown(salt: bytes) -> None:
    document = TravelDocument.conceal("P", "UTO", "L898902C3", salt=salt)
    assert document.is_number("UTO", "L898902C3")
    assert not document.is_number("UTO", "L898902C4")
    assert not document.is_number("CHN", "L898902C3")
    assert document.tail == "2C3"
    assert "L8989" not in str(document)
