"""SMART Health Cards that are authentic in every form in which they travel, and whatever honest issuers wrote."""

import json
from collections.abc import Iterator

from pratique.model.reasons import Reason
from tests import cards
from tests.cards import card, credential, deflated, immunization, observation, patient, signed
from tests.cases.cards import CLAIMS, FRAMEWORK, GOOD, case, dose, key, plain, sample, true
from tests.cases.known import SIGNER, Case, listed
from tests.issuer import AT

NOW = int(AT.timestamp())


def forms() -> Iterator[Case]:
    """Authentic in every form in which cards travel."""
    section = f"{FRAMEWORK}, Health Cards as QR Codes"
    long = card(SIGNER, patient(), immunization(lotNumber="0" * 400))
    file = json.dumps({"verifiableCredential": [GOOD]}, indent=2)
    one, two, three = cards.chunks(GOOD, 3)
    marked = signed(SIGNER, deflated(b"\xef\xbb\xbf" + CLAIMS))
    for name, description, source, scan, notes in (
        ("jws", "The bare JWS", section, GOOD, ()),
        ("numeric", "A numeric code", section, cards.numeric(GOOD), ()),
        ("prefix-in-capitals", "The scheme in capitals", "RFC 3986 section 3.1", "SHC" + cards.numeric(GOOD)[3:], ()),
        ("chunks-in-another-order", "Three codes, the last first", section, f"{three}\n{one}\r\n {two}", ()),
        ("file", "A file of one card", f"{FRAMEWORK}, via File Download", file, ()),
        ("blanks-around", "A byte order mark, blanks and a line end", section, f"\ufeff {GOOD}\r\n", ()),
        (
            "longer-than-its-code-may-be",
            "1 195 characters are the most of one code",
            section,
            cards.numeric(long),
            (Reason.CARD_TOO_LONG,),
        ),
        (
            "byte-order-mark",
            "The payload begins with a byte order mark",
            "RFC 8259 section 8.1",
            marked,
            (Reason.JSON_BYTE_ORDER_MARK,),
        ),
    ):
        yield case(f"form-{name}", description, source, scan, true(plain(), *notes))
    chunk = cards.chunks(card(SIGNER, patient(), immunization(lotNumber="0" * 1000)), 1)[0]
    yield case(
        "form-chunk-longer-than-it-may-be",
        "1 191 characters are the most of a chunk",
        section,
        chunk,
        true(plain(), Reason.CARD_TOO_LONG),
    )


def positives() -> Iterator[Case]:
    """Authentic whatever honest issuers put into them."""
    model, seen = f"{FRAMEWORK}, Content Definition", "seen on real cards"
    person = patient()
    unmapped = {"vp": None, "mp": None, "ma": None, "tg": None}
    absent = {"tg": ["http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown"]}
    influenza = dose(**unmapped, cd={"vp": [cards.CVX, "150"]} | absent)
    antibody = {
        "code": cards.concept(cards.LOINC, "94563-4"),
        "valueCodeableConcept": cards.concept(cards.SNOMED, "260373001"),
    }
    record = "URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9"
    for name, description, source, resources, told in (
        (
            "vaccine-of-snomed",
            "A product of SNOMED CT's Canadian edition",
            seen,
            (person, immunization("28571000087109", cards.SNOMED)),
            plain(dose(mp="EU/1/20/1507", ma="ORG-100031184")),
        ),
        (
            "vaccine-of-icd-11",
            "A product of ICD-11, by WHO's other name for it",
            model,
            (person, immunization("XM7HT3", "http://id.who.int/icd11/mms")),
            plain(dose(vp="1157024006", mp="CoronaVac", ma="Sinovac-Biotech")),
        ),
        (
            "vaccine-of-atc",
            "A kind of vaccine of WHO's ATC",
            model,
            (person, immunization("J07BN01", "http://www.whocc.no/atc")),
            plain(dose(mp=None, ma=None)),
        ),
        (
            "vaccine-that-no-map-knows",
            "A code that no map knows is kept, and open",
            "our rule: unmapped codes are open, never refused",
            (person, immunization("150")),
            plain(influenza),
        ),
        (
            "two-doses",
            "Two doses",
            model,
            (person, immunization(), immunization("207", occurrenceDateTime="2021-04")),
            plain(dose(), dose(mp="EU/1/20/1507", ma="ORG-100031184", dt="2021-04")),
        ),
        ("test", "A test", model, (person, observation()), plain(sample(), group="t")),
        (
            "test-on-a-day",
            "A sample whose day alone is stated: sc is the first moment of it anywhere",
            seen,
            (person, observation(effectiveDateTime="2021-06-30")),
            plain(sample(sc="2021-06-30T00:00:00+14:00", dy=True), group="t"),
        ),
        (
            "test-in-a-period",
            "A sample taken over two days counts from the beginning",
            "FHIR R4, Observation.effective[x]",
            (
                person,
                observation(effectiveDateTime=None, effectivePeriod={"start": "2021-06-30", "end": "2021-07-01"}),
            ),
            plain(sample(sc="2021-06-30T00:00:00+14:00", dy=True), group="t"),
        ),
        (
            "observation-of-something-else",
            "A pulse without its time, in a patient's summary, is passed over",
            "FHIR R4, Observation.effective[x], which may be missing",
            (
                person,
                immunization(),
                observation(code=cards.concept(cards.LOINC, "8867-4"), effectiveDateTime=None),
            ),
            plain(),
        ),
        (
            "test-with-a-quantity",
            "A result that is a number is open",
            model,
            (person, observation(valueCodeableConcept=None, valueQuantity={"value": 7})),
            plain(
                sample(
                    tr=None,
                    cd={
                        "tt": [cards.LOINC, "94500-6"],
                        "tr": ["http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown"],
                    },
                ),
                group="t",
            ),
        ),
        (
            "test-for-antibodies",
            "An antibody test",
            model,
            (person, observation(**antibody)),
            plain(sample(tt="94563-4", tr="260373001", cd=None, kd="antibody", an="IgG"), group="t"),
        ),
        (
            "other-resources",
            "A condition alone: a holder without a claim",
            model,
            (person, {"resourceType": "Condition"}),
            plain(v=None),
        ),
        (
            "name-in-chinese-alone",
            "No spelling in Latin letters",
            "docs/names.md",
            (patient(name=[{"family": "王", "given": ["小明"]}]), immunization()),
            plain(nam={"fn": "王", "gn": "小明"}),
        ),
        (
            "name-in-chinese-and-latin",
            "Its spelling stands beside it",
            "docs/names.md",
            (
                patient(name=[{"family": "王", "given": ["小明"]}, {"family": "WANG", "given": ["XIAOMING"]}]),
                immunization(),
            ),
            plain(nam={"fn": "王", "gn": "小明", "fnt": "WANG", "gnt": "XIAOMING"}),
        ),
        ("birth-date-not-stated", "No date of birth", model, (patient(birthDate=None), immunization()), plain(dob="")),
        (
            "identifier-stated",
            "A record with its UVCI",
            "eHealth Network, annex 2",
            (person, immunization(identifier=[{"system": "urn:ietf:rfc:3986", "value": record}])),
            plain(dose(ci=record)),
        ),
        (
            "patient-by-id",
            "A reference by type and id",
            "FHIR R4, Bundle",
            (patient(id="p1"), immunization(patient={"reference": "Patient/p1"})),
            plain(),
        ),
    ):
        yield case(name, description, source, card(SIGNER, *resources), true(told))
    undone = immunization(status="not-done", occurrenceDateTime="2021-06-01")
    yield case(
        "record-not-done",
        "A vaccination that was not done tells of no event",
        "FHIR R4, Immunization.status",
        card(SIGNER, person, undone, immunization()),
        true(plain(), Reason.CONTENT_STATUS),
    )
    unnamed = credential()
    subject = unnamed["credentialSubject"]
    assert isinstance(subject, dict)
    for entry in subject["fhirBundle"]["entry"]:
        del entry["fullUrl"]
    yield case(
        "entries-without-addresses",
        "No fullUrl: an entry's address is its place",
        model,
        card(SIGNER, vc=unnamed),
        true(plain()),
    )
    for name, description, changes in (
        ("issued-with-a-fraction", "nbf with milliseconds behind the point", {"nbf": NOW - 0.344}),
        ("expires-now", "exp is the moment after which it ends", {"exp": NOW}),
        ("unknown-claims", "Claims that nobody here knows are passed over", {"jti": "1", "later": {}}),
    ):
        yield case(name, description, "RFC 7519", card(SIGNER, **changes), true(plain()))
    yield case(
        "specimen-in-a-sandbox",
        "A specimen counts where the list is a sandbox's",
        "HL7 v3 ActReason HTEST",
        card(SIGNER, patient(meta=cards.TEST_LABEL), immunization()),
        true(plain(sp=True)),
        trust=listed(key(), environment="sandbox"),
    )


def cases() -> Iterator[Case]:
    yield from forms()
    yield from positives()
