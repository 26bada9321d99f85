"""A fictional traveller and their realistic claims, for the ITHC tests and measurements."""

from datetime import datetime, timedelta, timezone
from hashlib import sha256

from pratique.model import uvci
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TestKind,
    TravelDocument,
    Vaccination,
)
from pratique.model.dates import PartialDate
from pratique.model.valueset import (
    COVID_19,
    EU_HOLDER_OTHER,
    EU_PRODUCT_OTHER,
    JRC_DEVICE,
    LOINC,
    NOT_DETECTED,
    SNOMED,
    Code,
)

BEIJING_TIME = timezone(timedelta(hours=8))
ISSUER = "National Health Records Centre of Utopia"
HOLDER = Person(
    Name("欧阳", "晓明", "OUYANG", "XIAOMING"),
    PartialDate(1987, 4, 12),
    TravelDocument("P", "UTO", "678", bytes(range(8)), sha256(b"document").digest()[:16]),
)


def record(number: int) -> str:
    """The identifier of record `number`: sixteen bytes that do not compress, as random ones do not."""
    return uvci.from_record_id("XA", sha256(number.to_bytes(4)).digest()[:16])


def vaccination(number: int) -> Vaccination:
    return Vaccination(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.ADMINISTERED,
        date=PartialDate(2021, 1 + number % 12, 1 + number * 5 % 28),
        prophylaxis=Code(SNOMED, "1157024006"),
        product=Code(EU_PRODUCT_OTHER, "CoronaVac"),
        manufacturer=Code(EU_HOLDER_OTHER, "Sinovac-Biotech"),
        dose=1 + number % 3,
        doses=3,
    )


def molecular(number: int) -> Test:
    return Test(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.REGISTRY,
        kind=TestKind.MOLECULAR,
        sampled=datetime(2021, 3, 1 + number % 28, 7 + number % 12, number * 7 % 60, tzinfo=BEIJING_TIME),
        result=NOT_DETECTED,
        method=Code(LOINC, "LP6464-4"),
        name="SARS-CoV-2 ORF1ab/N RT-PCR",
        centre=("Amaurot People's Hospital", "Anyder River Airport Laboratory")[number % 2],
    )


def antigen(number: int) -> Test:
    return Test(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.ADMINISTERED,
        kind=TestKind.ANTIGEN,
        sampled=datetime(2021, 4, 1 + number % 28, 7 + number % 12, number * 11 % 60, tzinfo=BEIJING_TIME),
        result=NOT_DETECTED,
        method=Code(LOINC, "LP217198-3"),
        device=Code(JRC_DEVICE, "1232"),
        centre="Anyder River Airport Laboratory",
    )


def antibody(number: int) -> Test:
    return Test(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.REGISTRY,
        kind=TestKind.ANTIBODY,
        sampled=datetime(2021, 5, 1 + number % 28, 9, number * 13 % 60, tzinfo=BEIJING_TIME),
        result=NOT_DETECTED,
        method=Code(LOINC, "94564-2"),
        analyte=Analyte.IGM,
        centre="Amaurot People's Hospital",
    )


def recovery(number: int) -> Recovery:
    return Recovery(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.FOREIGN_CERTIFICATE,
        first_positive=PartialDate(2020, 12, 3),
        valid_from=PartialDate(2020, 12, 14),
        valid_until=PartialDate(2021, 6, 1),
    )


def exemption(number: int) -> Exemption:
    return Exemption(
        uvci=record(number),
        disease=COVID_19,
        country="XA",
        issuer=ISSUER,
        evidence=Evidence.PAPER_SEEN,
        valid_from=PartialDate(2021, 3),
        valid_until=PartialDate(2021),
    )


_TWELVE = (
    vaccination,
    vaccination,
    molecular,
    antibody,
    vaccination,
    molecular,
    antigen,
    recovery,
    molecular,
    antibody,
    exemption,
    molecular,
)


def claims(count: int) -> tuple[AnyClaim, ...]:
    """`count` claims of every kind, as a frequent traveller collects them; no two alike."""
    return tuple(_TWELVE[number % len(_TWELVE)](number) for number in range(count))


def certificate(count: int) -> Certificate:
    """A specimen with `count` claims."""
    return Certificate(HOLDER, claims(count), specimen=True)
