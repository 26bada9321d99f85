"""SMART Health Cards: what a trusted key should not have signed, or not for this moment, and what was withdrawn."""

import hashlib
import json
from collections.abc import Iterator

from pratique.model.reasons import Reason
from tests import cards
from tests.cards import card, credential, immunization, observation, patient
from tests.cases.cards import FRAMEWORK, GOOD, case, read, wrong
from tests.cases.known import SIGNER, Case
from tests.cases.scans import FRESH, nonsense
from tests.issuer import AT

NOW = int(AT.timestamp())


def contents() -> Iterator[Case]:
    """What a trusted key should not have signed."""
    section = f"{FRAMEWORK}, Health Cards are encoded as Compact Serialization JWS"
    model, bundle = f"{FRAMEWORK}, Content Definition", "FHIR R4, Bundle"
    subject = credential()["credentialSubject"]
    assert isinstance(subject, dict)
    person, about = patient(), {"reference": "resource:1"}
    for name, description, source, vc, reason in (
        ("credential-missing", "No vc", section, None, Reason.CONTENT_FIELD_MISSING),
        ("credential-is-a-word", "vc is a text", section, "healthy", Reason.CONTENT_FIELD_TYPE),
        ("type-missing", "No type", section, credential(type=None), Reason.CONTENT_FIELD_MISSING),
        (
            "subject-missing",
            "No credentialSubject",
            section,
            credential(credentialSubject=None),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "version-missing",
            "No fhirVersion",
            model,
            credential(credentialSubject={"fhirBundle": {}}),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "bundle-is-a-list",
            "A list instead of the bundle",
            model,
            credential(credentialSubject=subject | {"fhirBundle": []}),
            Reason.CONTENT_FIELD_TYPE,
        ),
        (
            "bundle-without-entries",
            "No entry",
            bundle,
            credential(credentialSubject=subject | {"fhirBundle": {}}),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "entry-without-resource",
            "An entry is a number",
            bundle,
            credential(credentialSubject=subject | {"fhirBundle": {"entry": [7]}}),
            Reason.CONTENT_FIELD_TYPE,
        ),
        ("patient-missing", "A vaccination of nobody", model, credential(immunization()), Reason.CONTENT_FIELD_MISSING),
        ("patient-alone", "A holder and nothing else", model, credential(person), Reason.CONTENT_EMPTY),
        ("two-patients", "Two holders", model, credential(person, person, immunization()), Reason.CONTENT_REFERENCE),
        (
            "record-of-somebody-else",
            "The vaccination refers to another entry",
            bundle,
            credential(person, immunization(patient=about)),
            Reason.CONTENT_REFERENCE,
        ),
        (
            "record-of-nobody",
            "The vaccination refers to nobody",
            bundle,
            credential(person, immunization(patient=None)),
            Reason.CONTENT_REFERENCE,
        ),
        (
            "name-missing",
            "The holder has no name",
            model,
            credential(patient(name=None), immunization()),
            Reason.CONTENT_NAME,
        ),
        (
            "birth-month-13",
            "Month 13",
            model,
            credential(patient(birthDate="1998-13-01"), immunization()),
            Reason.CONTENT_FIELD_VALUE,
        ),
        (
            "vaccination-without-a-day",
            "No occurrence",
            model,
            credential(person, immunization(occurrenceDateTime=None)),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "vaccination-on-a-day-that-is-none",
            "29 February 2021",
            model,
            credential(person, immunization(occurrenceDateTime="2021-02-29")),
            Reason.CONTENT_FIELD_VALUE,
        ),
        (
            "test-that-contradicts-itself",
            "Not detected, and positive",
            model,
            credential(
                person,
                observation(
                    interpretation=[
                        cards.concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "POS")
                    ]
                ),
            ),
            Reason.CONTENT_FIELD_VALUE,
        ),
        (
            "test-in-a-month",
            "A sample of which the day is not known",
            model,
            credential(person, observation(effectiveDateTime="2021-06")),
            Reason.CONTENT_FIELD_VALUE,
        ),
        (
            "sixty-five-records",
            "Our limit is 64",
            "our limit",
            credential(person, *[immunization()] * 65),
            Reason.CONTENT_FIELD_LENGTH,
        ),
        ("rid-is-a-number", "A rid of 7", f"{FRAMEWORK}, Revocation", credential(rid=7), Reason.CONTENT_FIELD_TYPE),
        (
            "rid-of-25-characters",
            "The longest has 24",
            f"{FRAMEWORK}, Revocation",
            credential(rid="a" * 25),
            Reason.CONTENT_FIELD_VALUE,
        ),
        (
            "rid-with-a-dot",
            "A dot begins a time in revocation lists",
            f"{FRAMEWORK}, Revocation",
            credential(rid="a.1"),
            Reason.CONTENT_FIELD_VALUE,
        ),
    ):
        yield case(name, description, source, card(SIGNER, vc=vc), wrong(reason))
    for name, description, vc, reason in (
        (
            "type-of-another-credential",
            "A credential of another kind",
            credential(type=["https://example.org#pass"]),
            Reason.PROFILE_UNKNOWN,
        ),
        (
            "fhir-of-2015",
            "DSTU2",
            credential(credentialSubject=subject | {"fhirVersion": "1.0.2"}),
            Reason.CONTENT_VERSION,
        ),
    ):
        yield case(name, description, section, card(SIGNER, vc=vc), wrong(reason, open=True))
    for name, description, changes, reason in (
        ("nbf-is-a-word", "nbf is a text", {"nbf": "soon"}, Reason.CONTENT_FIELD_TYPE),
        ("exp-is-true", "exp is true", {"exp": True}, Reason.CONTENT_FIELD_TYPE),
        ("exp-beyond-the-calendar", "exp is 10^15", {"exp": 10**15}, Reason.CONTENT_DATE),
    ):
        expected = nonsense(reason, format="shc", claims=False)
        yield case(name, description, "RFC 7519 section 2", card(SIGNER, **changes), expected)


def periods() -> Iterator[Case]:
    section = f"{FRAMEWORK}, Expiration of Health Cards"
    milliseconds = "seen in the wild; RFC 7519 section 2 has seconds"
    issued = 1000 * (NOW - 86_400)
    unsure = read(Reason.TIME_MILLISECONDS, authentic=None, in_period=None)
    for name, description, source, changes, expected in (
        ("expired", "It ended a second ago", section, {"exp": NOW - 1}, read(Reason.EXPIRED, in_period=False)),
        (
            "begins-in-a-second",
            "Issued in a second",
            "RFC 7519 section 4.1.5",
            {"nbf": NOW + 1},
            read(Reason.NOT_YET_VALID, in_period=False),
        ),
        (
            "issued-missing",
            "No nbf",
            section,
            {"nbf": None},
            read(Reason.ISSUED_MISSING, authentic=None, in_period=None),
        ),
        (
            "issued-in-milliseconds",
            "nbf in milliseconds, which as seconds is in the year 53 000",
            milliseconds,
            {"nbf": issued},
            unsure,
        ),
        (
            "expires-in-milliseconds",
            "exp in milliseconds would never end",
            milliseconds,
            {"exp": 1000 * (NOW + 86_400)},
            unsure,
        ),
        (
            "expired-in-milliseconds",
            "Even so it has ended",
            milliseconds,
            {"exp": 1000 * (NOW - 1)},
            read(Reason.TIME_MILLISECONDS, Reason.EXPIRED, in_period=False),
        ),
    ):
        yield case(name, description, source, card(SIGNER, **changes), expected)
    yield case(
        "specimen-in-production",
        "Test data by its security label",
        "HL7 v3 ActReason HTEST; a specimen proves nothing outside a sandbox",
        card(SIGNER, patient(meta=cards.TEST_LABEL), immunization()),
        read(Reason.SPECIMEN, not_specimen=False),
    )


def revocations() -> Iterator[Case]:
    section = f"{FRAMEWORK}, Revocation"
    record = bytes(range(16))
    of_a_record = card(SIGNER, vc=credential(rid=cards.b64url(record)))
    withdrawn = read(Reason.REVOKED, not_revoked=False)
    bare = card(SIGNER, vc=credential(rid=None))
    for name, description, scan, listed_as, expected in (
        ("by-its-rid", "The rid is listed", GOOD, ["rid", "MKyCxh7p6uQ"], withdrawn),
        (
            "by-its-record",
            "The rid is the record's identifier, which is withdrawn in every format",
            of_a_record,
            ["record", record.hex().upper()],
            withdrawn,
        ),
        (
            "by-its-content",
            "Without a rid, the content's digest is listed",
            bare,
            ["hash-fhir", content_digest()],
            withdrawn,
        ),
    ):
        revocation = FRESH | {"revoked": [listed_as]}
        yield case(f"revoked-{name}", description, section, scan, expected, revocation=revocation)


def content_digest() -> str:
    """The `hash-fhir` of the usual card, worked out without canonical JSON: sorted and minified is the same here."""
    canonical = json.dumps(cards.bundle(), separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    return cards.b64url(hashlib.sha256(cards.b64url(canonical).encode()).digest()[:8])


def cases() -> Iterator[Case]:
    for family in (contents, periods, revocations):
        yield from family()
