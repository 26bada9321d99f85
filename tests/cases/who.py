"""WHO's profiles of HCERT: the DDCC of vaccinations and tests, and the international certificate in all its drafts."""

from collections.abc import Iterator
from datetime import timedelta

import cbor2

from pratique.model.reasons import Reason
from tests import wire
from tests.cases.known import SIGNER, STRANGER, Case, Vector
from tests.cases.scans import FRESH, authentic, held, nonsense, scan_case, unsigned
from tests.issuer import AT

DDCC = "WHO DDCC:VS and DDCC:TR, core data set; WHO SMART Trust, HCert claims 3 and 4"
ICVP = "WHO SMART ICVP 0.3.0, logical model ICVPMin, and its drafts; IHR Annex 7"
PRODUCT = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0"
POLIO = "PolioVaccineInactivatedIProduct532ef986c8042bbb15fee24056fdc4ed"
PREQUALIFIED = "http://smart.who.int/pcmt-vaxprequal/CodeSystem/PreQualProductIds"
ICD_11 = "http://id.who.int/icd/release/11/mms"


def coding(system: str, code: str) -> Vector:
    return {"system": system, "code": code}


def dropped(entry: Vector) -> Vector:
    return {key: value for key, value in entry.items() if value is not None}


# DDCC


def vaccination(**changes: object) -> Vector:
    return dropped(
        {
            "vaccine": coding("http://snomed.info/sct", "1119349007"),
            "brand": coding(ICD_11, "XM8NQ0"),
            "disease": coding(ICD_11, "RA01"),
            "lot": "PT123F",
            "date": "2021-05-29",
            "dose": 2,
            "totalDoses": 2,
            "country": coding("urn:iso:std:iso:3166", "UTO"),
            "centre": "Harbour clinic",
        }
        | changes
    )


def test(**changes: object) -> Vector:
    return dropped(
        {
            "pathogen": coding("http://id.who.int/icd11/mms", "XN109"),
            "type": coding("http://loinc.org", "LP6464-4"),
            "date": "2021-06-30T15:30:00Z",
            "result": coding("http://snomed.info/sct", "260415000"),
            "centre": "Harbour test centre",
            "country": coding("urn:iso:std:iso:3166-1", "UTO"),
        }
        | changes
    )


test.__test__ = False  # type: ignore[attr-defined]


def ddcc(**changes: object) -> Vector:
    certificate = {"hcid": {"value": "US111222333"}, "issuer": {"display": "Ministry of Health of XA"}}
    told = {"name": "Gabriele Musterfrau", "birthDate": "1998-02-26", "identifier": "12345", "certificate": certificate}
    return dropped(told | changes)


DOSE: Vector = {
    "co": "XA",
    "is": "Ministry of Health of XA",
    "ci": "US111222333",
    "vp": "1119349007",
    "mp": "EU/1/20/1528",
    "tg": "840539006",
    "dn": 2,
    "sd": 2,
    "dt": "2021-05-29",
    "cd": {"mp": [ICD_11, "XM8NQ0"], "tg": [ICD_11, "RA01"]},
}
TESTED: Vector = {
    "co": "XA",
    "is": "Ministry of Health of XA",
    "ci": "US111222333",
    "tt": "LP6464-4",
    "tr": "260415000",
    "tg": "840539006",
    "sc": "2021-06-30T15:30:00Z",
    "tc": "Harbour test centre",
    "cd": {"tg": [ICD_11, "XN109"]},
}
HOLDER: Vector = {"ver": "1.3.3", "nam": {"fn": "Gabriele Musterfrau"}, "dob": "1998-02-26"}


def ddccs() -> Iterator[Case]:
    def case(name: str, description: str, scan: str, expected: Vector, **how: object) -> Case:
        return scan_case(f"ddcc-{name}", description, DDCC, scan, expected, **how)  # type: ignore[arg-type]

    def scan(content: object, key: int = 3, **changes: object) -> str:
        return wire.hcert(SIGNER, content, key=key, **changes)

    for name, description, content, reason in (
        ("without-a-name", "A name is required", ddcc(name=None, vaccination=vaccination()), Reason.CONTENT_NAME),
        ("without-a-day", "date is null", ddcc(vaccination=vaccination(date=None)), Reason.CONTENT_FIELD_MISSING),
        ("without-a-country", "No country", ddcc(vaccination=vaccination(country=None)), Reason.CONTENT_FIELD_MISSING),
        ("day-that-is-none", "29 February", ddcc(vaccination=vaccination(date="2021-02-29")), Reason.CONTENT_DATE),
        ("dose-zero", "Dose 0", ddcc(vaccination=vaccination(dose=0)), Reason.CONTENT_NUMBER),
        (
            "disease-is-a-word",
            "A text, no code",
            ddcc(vaccination=vaccination(disease="COVID")),
            Reason.CONTENT_FIELD_TYPE,
        ),
        ("test-in-a-month", "A sample without its day", ddcc(test=test(date="2021-06")), Reason.CONTENT_DATE),
        (
            "test-on-a-day-that-is-none",
            "31 June",
            ddcc(test=test(date="2021-06-31")),
            Reason.CONTENT_DATE,
        ),
        ("test-without-a-result", "No result", ddcc(test=test(result=None)), Reason.CONTENT_FIELD_MISSING),
        ("is-a-number", "The number 7", 7, Reason.CONTENT_FIELD_TYPE),
        ("of-nothing", "An empty list", [], Reason.CONTENT_EMPTY),
        (
            "of-two-people",
            "Two maps, two names",
            [ddcc(vaccination=vaccination()), ddcc(name="X", vaccination=vaccination())],
            Reason.CONTENT_NAME,
        ),
    ):
        yield case(name, description, scan(content), nonsense(reason, format="ddcc"))
    stranger = wire.hcert(STRANGER, ddcc(vaccination=vaccination()), key=3)
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="ddcc")
    yield case("of-an-unknown-key", "Nobody lists the key", stranger, unknown)
    ended = {"period": {"start": "2021-05-29", "end": "2021-06-30"}}
    period = ddcc(vaccination=vaccination(), certificate=ended)
    yield case(
        "ended-by-its-own-period",
        "Its CWT would last",
        scan(period),
        held(Reason.EXPIRED, format="ddcc", in_period=False),
    )
    good = authentic(HOLDER | {"v": [DOSE]}, format="ddcc")
    yield case("vaccination", "Under key 3", scan(ddcc(vaccination=vaccination())), good)
    tested = authentic(HOLDER | {"t": [TESTED]}, format="ddcc")
    yield case("test", "Under key 4", scan(ddcc(test=test()), key=4), tested)
    on_a_day = TESTED | {"sc": "2021-06-30T00:00:00+14:00", "dy": True}
    yield case(
        "test-on-a-day",
        "A sample without its hour, as a dateTime of FHIR may be: the day's first moment anywhere",
        scan(ddcc(test=test(date="2021-06-30")), key=4),
        authentic(HOLDER | {"t": [on_a_day]}, format="ddcc"),
    )
    small = ddcc(vaccination=vaccination(country=coding("urn:iso:std:iso:3166", "uto")))
    yield case("country-in-small-letters", "uto is UTO", scan(small), good)
    several = authentic(HOLDER | {"v": [DOSE, DOSE | {"dn": 1}]}, format="ddcc")
    maps = [ddcc(vaccination=vaccination()), ddcc(vaccination=vaccination(dose=1))]
    yield case("of-two-doses", "WHO's model allows several", scan(maps), several)
    yield from bare()


def bare() -> Iterator[Case]:
    """WHO's sample codes: no CWT, the event beside the holder."""
    flat = ddcc(
        certificate=None, hcid="US111222333", **vaccination(totalDoses=None), total_doses=2, valid_until="2022-07-08"
    )
    undated = wire.scan(wire.cose(SIGNER, cbor2.dumps(flat)))
    told = held(
        Reason.ISSUED_MISSING,
        format="ddcc",
        authentic=None,
        in_period=None,
        certificate=HOLDER | {"v": [DOSE | {"is": ""}]},
    )
    yield scan_case(
        "ddcc-without-a-cwt", "The payload is the DDCC itself, and says not when it was issued", DDCC, undated, told
    )
    own = ddcc(certificate=None, identifier="URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9", test=test())
    revoked = held(
        Reason.EXPIRY_MISSING,
        Reason.ISSUED_MISSING,
        Reason.REVOKED,
        format="ddcc",
        in_period=None,
        not_revoked=False,
    )
    yield scan_case(
        "ddcc-without-a-cwt-revoked",
        "The identifier is a UVCI, by which it is revoked",
        DDCC,
        wire.scan(wire.cose(SIGNER, cbor2.dumps(own))),
        revoked,
        revocation=FRESH | {"revoked": [["record", "7T1UG87G61Y7NRXIBQJDTYQ9"]]},
    )


# ICVP


def dose(**changes: object) -> Vector:
    return dropped({"vp": PRODUCT, "dv": "2021-05-29", "is": "UTO", "bo": "L-17"} | changes)


def icvp(**changes: object) -> Vector:
    told = {"n": "MUSTERFRAU GABRIELE", "dob": "1998-02-26", "s": "female", "nt": "UTO", "v": "1", "vx": dose()}
    return dropped(told | changes)


VACCINATED: Vector = {
    "co": "XA",
    "is": "UTO",
    "ci": "",
    "dt": "2021-05-29",
    "cd": {"mp": [PREQUALIFIED, PRODUCT]},
    "tg": "16541001",
}


def vaccinated(**changes: object) -> Vector:
    entry = dropped(VACCINATED | changes)
    return {"ver": "1.3.3", "nam": {"fn": "MUSTERFRAU GABRIELE"}, "dob": "1998-02-26", "v": [entry]}


def icvps() -> Iterator[Case]:
    def case(name: str, description: str, scan: str, expected: Vector, **how: object) -> Case:
        return scan_case(f"icvp-{name}", description, ICVP, scan, expected, **how)  # type: ignore[arg-type]

    def scan(content: object, **changes: object) -> str:
        return wire.hcert(SIGNER, content, **{"key": -6, "_4": None} | changes)  # type: ignore[arg-type]

    for name, description, content, reason in (
        ("without-a-name", "n is required", icvp(n=None), Reason.CONTENT_NAME),
        ("without-a-dose", "vx is required", icvp(vx=None, v=None), Reason.CONTENT_FIELD_MISSING),
        ("dose-is-a-word", "A text instead of the dose", icvp(vx="nonsense"), Reason.CONTENT_FIELD_TYPE),
        ("without-a-vaccine", "vp is required", icvp(vx=dose(vp=None)), Reason.CONTENT_FIELD_MISSING),
        (
            "of-an-unknown-vaccine",
            "What it is against, nobody knows",
            icvp(vx=dose(vp="XM0000")),
            Reason.CONTENT_FIELD_MISSING,
        ),
        ("without-a-day", "dv is required", icvp(vx=dose(dv=None)), Reason.CONTENT_FIELD_MISSING),
        ("day-that-is-none", "29 February", icvp(vx=dose(dv="2021-02-29")), Reason.CONTENT_DATE),
        ("name-is-a-number", "n is 5", icvp(n=5), Reason.CONTENT_FIELD_TYPE),
    ):
        yield case(
            name,
            description,
            scan(content, _4=int((AT + timedelta(days=9)).timestamp())),
            nonsense(reason, format="icvp"),
        )
    stranger = wire.hcert(STRANGER, icvp(), key=-6)
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="icvp")
    yield case("of-an-unknown-key", "Nobody lists the key", stranger, unknown)
    tenth = icvp(vx=dose(dv="2021-06-22"))
    early = held(Reason.NOT_YET_VALID, format="icvp", in_period=False)
    yield case(
        "yellow-fever-on-day-nine",
        "It counts from day ten",
        scan(tenth),
        early,
        at=AT - timedelta(hours=13),
        revocation=FRESH,
    )
    yield case(
        "yellow-fever-on-day-ten",
        "It counts from day ten",
        scan(icvp(vx=dose(dv="2021-06-21"))),
        authentic(vaccinated(dt="2021-06-21"), format="icvp"),
    )
    long_fresh = FRESH | {"fresh_until": "2090-01-01T00:00:00Z"}
    yield case(
        "yellow-fever-for-life",
        "Fifty years later",
        scan(icvp()),
        authentic(vaccinated(), format="icvp"),
        at=AT + timedelta(days=18_250),
        revocation=long_fresh,
    )
    ended = held(Reason.EXPIRED, format="icvp", in_period=False)
    yield case(
        "yellow-fever-with-an-end-that-passed",
        "An end that is stated counts",
        scan(icvp(), _4=int(AT.timestamp()) - 1),
        ended,
    )
    polio = icvp(vx=dose(vp=POLIO))
    against_polio = vaccinated(tg="398102009", cd={"mp": [PREQUALIFIED, POLIO]})
    yield case(
        "polio", "Twelve months, as the recommendation says", scan(polio), authentic(against_polio, format="icvp")
    )
    yield case(
        "polio-after-a-year",
        "A dose of more than twelve months",
        scan(polio),
        ended,
        at=AT + timedelta(days=400),
        revocation=long_fresh,
    )
    revoked = held(Reason.REVOKED, format="icvp", not_revoked=False)
    record = bytes(range(16))
    yield case(
        "revoked",
        "Its record's identifier travels as cti",
        scan(icvp(), _7=record),
        revoked,
        revocation=FRESH | {"revoked": [["record", record.hex().upper()]]},
    )
    yield from drafts(case, scan)


def drafts(case: object, scan: object) -> Iterator[Case]:
    """The names of earlier drafts."""
    first = {
        "n": "MUSTERFRAU GABRIELE",
        "dob": "1998-02-26",
        "s": "F",
        "ntl": "XA",
        "nid": "12345",
        "v": {
            "tg": "1D47",
            "vp": "XM0N24",
            "dt": "2021-05-29",
            "ma": "HIPRA",
            "mp": "1",
            "dn": "Primary",
            "bo": "L-17",
            "vls": "2021-06-08",
            "is": "UTO",
        },
    }
    told = vaccinated(
        ma="HIPRA",
        cd={"vp": [ICD_11, "XM0N24"]},
    )
    yield case(
        "of-the-first-draft",
        "v holds the dose, vp is a code, tg the disease",
        scan(first),
        authentic(told, format="icvp"),
    )  # type: ignore[operator]
    second = icvp(vx=None, nt=None, ntl="UTO", ndt="NI", nid="1", v=dose(dv=None, dt="2021-05-29", vls="2021-06-08"))
    yield case(
        "of-the-second-draft", "v holds the dose, vp is a product", scan(second), authentic(vaccinated(), format="icvp")
    )  # type: ignore[operator]
    ended = held(Reason.EXPIRED, format="icvp", in_period=False)
    over = icvp(vx=dose(vls="2021-06-08", vle="2021-06-30"))
    yield case("whose-period-is-over", "vle of an early draft", scan(over), ended)  # type: ignore[operator]
    several = authentic(vaccinated() | {"v": [VACCINATED, VACCINATED | {"dt": "2021-05-01"}]}, format="icvp")
    maps = [icvp(), icvp(vx=dose(dv="2021-05-01"))]
    yield case("of-two-doses", "WHO's model of the claim allows several", scan(maps), several)  # type: ignore[operator]


def cases() -> Iterator[Case]:
    for family in (ddccs, icvps):
        yield from family()
