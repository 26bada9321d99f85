"""Travellers who do not exist, and what a verifier found of their certificates: for the tests of the third question."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from msgspec import structs

from pratique.bundle import Bundle
from pratique.model import uvci
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Person,
    Recovery,
    Test,
    TestKind,
    Vaccination,
)
from pratique.model.dates import PartialDate
from pratique.model.dcc import TEST_TYPES
from pratique.model.journey import Journey, Leg
from pratique.model.names import name
from pratique.model.reasons import Fact, Reason
from pratique.model.valueset import COVID_19, DETECTED, NOT_DETECTED, Code, code_of
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment, TrustList
from pratique.verification import Verification

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ARRIVE = datetime(2026, 3, 14, 8, tzinfo=UTC)
"""Nine in the morning at XB's port."""

ANNA = Person(name("Eriksson", "Anna Maria"), PartialDate(1974, 8, 12))
BERTIL = Person(name("Eriksson", "Bertil"), PartialDate(1971, 2, 3))

COMIRNATY, JANSSEN, CORONAVAC = "EU/1/20/1528", "EU/1/20/1525", "CoronaVac"

_numbers = count(1)


def _common() -> dict[str, object]:
    return {
        "uvci": uvci.from_record_id("XA", next(_numbers).to_bytes(16)),
        "disease": COVID_19,
        "country": "XA",
        "issuer": "Ministry of Health of XA",
        "evidence": Evidence.REGISTRY,
    }


def days_before(days: int, arrive: datetime = ARRIVE) -> date:
    return (arrive - timedelta(days=days)).date()


def dose(days: int, product: str | None = COMIRNATY, *, dose: int | None = 1, doses: int | None = 2) -> Vaccination:
    """One given `days` before the arrival; what is printed on it says nothing about how many there were."""
    code = None if product is None else code_of("mp", product)
    on = PartialDate.of(days_before(days))
    return Vaccination(
        **_common(), date=on, product=code, prophylaxis=code_of("vp", "1119349007"),
        manufacturer=code_of("ma", "ORG-100030215"), dose=dose, doses=doses,
    )  # fmt: skip


def sample(
    kind: TestKind,
    hours: float,
    *,
    result: Code = NOT_DETECTED,
    analyte: Analyte | None = None,
    method: Code | None = None,
    device: str | None = "1097",
) -> Test:
    """One sampled `hours` before the arrival."""
    return Test(
        **_common(), kind=kind, sampled=ARRIVE - timedelta(hours=hours), result=result, analyte=analyte,
        method=method or TEST_TYPES.get(kind), device=None if device is None else code_of("t.ma", device),
    )  # fmt: skip


def pcr(hours: float, result: Code = NOT_DETECTED) -> Test:
    return sample(TestKind.MOLECULAR, hours, result=result)


def antibodies(hours: float, analyte: Analyte = Analyte.IGG, result: Code = DETECTED) -> Test:
    return sample(TestKind.ANTIBODY, hours, result=result, analyte=analyte, device=None)


def recovery(days: int) -> Recovery:
    first = days_before(days)
    return Recovery(
        **_common(), first_positive=PartialDate.of(first),
        valid_from=PartialDate.of(first + timedelta(days=11)), valid_until=PartialDate.of(first + timedelta(days=180)),
    )  # fmt: skip


def exemption(until: int = 30) -> Exemption:
    begin, end = days_before(30), days_before(-until)
    return Exemption(**_common(), valid_from=PartialDate.of(begin), valid_until=PartialDate.of(end))


def told(
    *claims: AnyClaim, holder: Person = ANNA, issuer: str = "XA", format: str = "ithc", **facts: object
) -> Verification:
    """A verification of a certificate of these claims: authentic, but for the facts given otherwise."""
    every = dict.fromkeys([fact.value for fact in Fact], True)
    found: dict[str, object] = {
        "format": format, "content": Certificate(holder, claims), "issuer": issuer,
        "issued": ARRIVE - timedelta(days=20), "expires": ARRIVE + timedelta(days=200), "key_id": bytes(8),
    }  # fmt: skip
    return Verification(**(every | found | facts))  # type: ignore[arg-type]


FORGED = Verification(format="ithc", reasons=(Reason.SIGNATURE_INVALID,), well_formed=True, signature_held=False)
UNKNOWN = Verification(format="ithc", reasons=(Reason.KEY_UNKNOWN,), well_formed=True)
UNREADABLE = Verification(format=None, reasons=(Reason.FORMAT_UNKNOWN,), well_formed=False)


def bundle(at: datetime = NOW) -> Bundle:
    """The sandbox's: the rules of XA and XB, and no key."""
    return Bundle.from_files(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=at))


BUNDLE = bundle()


def to(port: str, arrive: datetime = ARRIVE, **journey: object) -> Journey:
    """Straight to a port of XA or XB."""
    leg = Leg(port[:2], arrive, port)
    return structs.replace(Journey((leg,)), **journey)


XB, XA = to("XBHAV"), to("XAHAV")
