"""DIVOC credentials: what is wrong with each, and those that are not. Zips are stored: that looks the same anywhere."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pratique.model.reasons import Reason
from tests import foreign
from tests.cases.known import RSA, STRANGER, Case, Vector, listed
from tests.cases.scans import FRESH, authentic, held, nonsense, scan_case, unread, unsigned
from tests.foreign import Ed25519Signer, archive, credential, divoc, event, holder, packed, proof_options, signed
from tests.issuer import AT

SOURCE = "DIVOC; Linked Data Proofs (RsaSignature2018, Ed25519Signature2018); RFC 7797"
NAMED = {"kid": foreign.METHOD, "issuer": foreign.ISSUER, "format": "divoc"}
EDWARDS = Ed25519Signer("XA, on Edwards' curve")
KEY = foreign.entry(RSA, "RSA", **NAMED)
TRUST = listed(KEY)
GOOD = divoc(RSA)
DOCUMENT = signed(RSA, credential())
STORED, BZIP2 = b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x0c\x00"
"""Version, flags and method in both headers of a zip's file."""
DOSE: dict[str, object] = {
    "co": "XA",
    "is": foreign.ISSUER,
    "ci": "700000001",
    "vp": "29061000087103",
    "mp": "Covishield",
    "tg": "840539006",
    "dn": 1,
    "sd": 2,
    "dt": "2021-05-29",
}
CERTIFICATE: Vector = {"ver": "1.3.3", "nam": {"fn": "Gabriele Musterfrau"}, "dob": "", "v": [DOSE]}


def divoc_case(name: str, description: str, scan: str, expected: Vector, **how: object) -> Case:
    return scan_case(f"divoc-{name}", description, SOURCE, scan, expected, **{"trust": TRUST} | how)  # type: ignore[arg-type]


def with_proof(**changes: object) -> str:
    """The good credential with its proof changed, and not signed again."""
    proof = DOCUMENT["proof"] | changes
    return packed(DOCUMENT | {"proof": {key: value for key, value in proof.items() if value is not None}})


def archives() -> Iterator[Case]:
    content = json.dumps(DOCUMENT).encode()
    whole = archive(content)
    for name, description, octets, reason in (
        ("zip-cut-short", "The directory at the end is missing", whole[:-30], Reason.ARCHIVE_BROKEN),
        ("zip-with-octets-after-it", "More follows the end of the zip", whole + b"more", Reason.COMPRESSION_TRAILING),
        ("zip-of-another-file", "The file has another name", archive(content, name="x.json"), Reason.ARCHIVE_BROKEN),
        (
            "zip-checksum-wrong",
            "An octet of the file is another",
            whole.replace(b"Quay", b"Quai"),
            Reason.ARCHIVE_BROKEN,
        ),
        (
            "zip-of-another-compression",
            "The file is said to be in bzip2, whose blocks inflate a million times",
            whole.replace(STORED, BZIP2),
            Reason.ARCHIVE_BROKEN,
        ),
        ("of-nine-kilobytes", "Our limit is 8 kB", archive(bytes(9 * 1024)), Reason.COMPRESSION_TOO_LARGE),
        ("not-json", "A word instead of a document", archive(b"nonsense"), Reason.JSON_BROKEN),
        ("not-utf-8", "Octets that are no text", archive(b"\xff\xfe"), Reason.JSON_BROKEN),
        ("an-array", "An array instead of a document", archive(b"[]"), Reason.JSON_BROKEN),
        ("issuer-stated-twice", "A field twice", archive(b'{"issuer": "a", "issuer": "b"}'), Reason.JSON_DUPLICATE_KEY),
        ("without-a-proof", "Nobody signed it", archive(json.dumps(credential()).encode()), Reason.PROOF_STRUCTURE),
    ):
        yield divoc_case(name, description, octets.decode("latin-1"), unread(reason, format="divoc"))
    unreadable = unread(Reason.ARCHIVE_BROKEN, format="divoc")
    yield divoc_case("zip-read-as-other-text", "A character that is no octet", "PK\x03\x04\u20ac", unreadable)


def proofs() -> Iterator[Case]:
    jws = DOCUMENT["proof"]["jws"]
    for name, description, scan, reason in (
        (
            "proof-for-another-purpose",
            "Not to assert",
            with_proof(proofPurpose="authentication"),
            Reason.PROOF_STRUCTURE,
        ),
        ("proof-with-a-field-too-many", "A field that no proof has", with_proof(name="x"), Reason.PROOF_STRUCTURE),
        ("proof-without-a-method", "No key is named", with_proof(verificationMethod=None), Reason.PROOF_STRUCTURE),
        (
            "proof-of-another-suite",
            "A suite that DIVOC does not have",
            with_proof(type="BbsBlsSignature2020"),
            Reason.ALGORITHM_UNKNOWN,
        ),
        (
            "jws-not-detached",
            "The content stands in the JWS",
            with_proof(jws=jws.replace("..", ".e30.")),
            Reason.JWS_STRUCTURE,
        ),
        ("jws-of-two-parts", "A part is missing", with_proof(jws=jws.replace("..", ".")), Reason.JWS_STRUCTURE),
        ("jws-signature-not-base64", "An exclamation mark", with_proof(jws=jws + "!"), Reason.BASE64_BROKEN),
    ):
        yield divoc_case(name, description, scan, unread(reason, format="divoc"))
    for name, description, header, reason, still_open in (
        (
            "jws-with-encoded-content",
            "b64 is true",
            {"alg": "PS256", "b64": True, "crit": ["b64"]},
            Reason.JWS_HEADER,
            False,
        ),
        (
            "jws-of-another-algorithm",
            "EdDSA in a proof of RSA",
            {"alg": "EdDSA", "b64": False, "crit": ["b64"]},
            Reason.ALGORITHM_UNKNOWN,
            False,
        ),
        (
            "jws-with-another-condition",
            "crit names what is not known",
            {"alg": "PS256", "b64": False, "crit": ["b64", "x"]},
            Reason.JWS_CRITICAL,
            True,
        ),
    ):
        scan = packed(signed(RSA, credential(), header=header))
        yield divoc_case(name, description, scan, unread(reason, format="divoc", open=still_open))
    foreign_context = ["https://www.w3.org/2018/credentials/v1", "https://example.org/context"]
    unknown = unread(Reason.PROFILE_UNKNOWN, format="divoc", open=True)
    yield divoc_case(
        "context-that-is-not-shipped",
        "Nothing is ever fetched",
        packed(DOCUMENT | {"@context": foreign_context}),
        unknown,
    )
    inline = [*credential()["@context"], {"name": "https://schema.org/alternateName"}]
    yield divoc_case(
        "context-of-its-own", "A document brings no meanings along", packed(DOCUMENT | {"@context": inline}), unknown
    )
    keyword = credential(evidence=[event(**{"@context": {"dose": None}})]) | {"proof": DOCUMENT["proof"]}
    yield divoc_case("context-inside", "The same, further inside", packed(keyword), unknown)
    crowd = credential(evidence=[event(id=None, facility={"x:y": [{"x:z": "1"}] * 9})]) | {"proof": DOCUMENT["proof"]}
    many = credential(evidence=[event(batch=["x"] * 110)]) | {"proof": DOCUMENT["proof"]}
    yield divoc_case(
        "of-160-values",
        "Our limit is 150",
        packed(many),
        unread(Reason.CONTENT_FIELD_LENGTH, format="divoc"),
    )
    yield divoc_case(
        "nine-nodes-alike",
        "Telling nine apart takes 362 880 trials",
        packed(crowd),
        unread(Reason.CONTENT_FIELD_LENGTH, format="divoc"),
    )


def keys() -> Iterator[Case]:
    elsewhere = "https://elsewhere.example/"
    mismatch = unsigned(Reason.KEY_ISSUER_MISMATCH, signature=None, key=False, format="divoc")
    yield divoc_case(
        "of-another-issuer-under-a-known-method",
        "The verification method is the listed one's, the issuer is not",
        divoc(RSA, issuer=elsewhere),
        mismatch,
    )
    named = packed(signed(RSA, credential(issuer=elsewhere), proof_options(verificationMethod="did:elsewhere")))
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="divoc")
    yield divoc_case("of-an-unknown-issuer-with-good-keys", "Well signed by whom nobody lists", named, unknown)
    wrong_kind = foreign.entry(STRANGER, "P-256", **NAMED)
    yield divoc_case(
        "key-of-another-kind",
        "An elliptic curve cannot make PS256",
        GOOD,
        unsigned(Reason.KEY_ALGORITHM, key=None, format="divoc"),
        trust=listed(wrong_kind),
    )
    invalid = unsigned(Reason.SIGNATURE_INVALID, format="divoc")
    for name, description, document in (
        ("name-changed-after-signing", "Gabriele became Adolphus", {"credentialSubject": holder(name="Adolphus")}),
        ("dose-changed-after-signing", "One of two became two of two", {"evidence": [event(dose=2)]}),
        ("day-changed-after-signing", "A day earlier", {"evidence": [event(date="2021-05-28T09:00:00.000Z")]}),
        ("second-event-added", "A dose was added", {"evidence": [event(), event(id="x:1", certificateId="1")]}),
    ):
        yield divoc_case(name, description, packed(DOCUMENT | document), invalid)
    later = with_proof(created="2021-07-01T10:00:00Z")
    yield divoc_case("proof-changed-after-signing", "The proof's time is signed as well", later, invalid)
    other = packed(
        signed(RSA, credential(holder=None)) | {"proof": DOCUMENT["proof"]} | {"expirationDate": "2030-01-01T00:00:00Z"}
    )
    yield divoc_case("end-added-after-signing", "An end was added", other, invalid)
    short = with_proof(jws=DOCUMENT["proof"]["jws"][:100])
    yield divoc_case(
        "signature-cut-short", "A signature of 43 octets", short, unsigned(Reason.SIGNATURE_LENGTH, format="divoc")
    )


def contents() -> Iterator[Case]:
    for name, description, changes, reason in (
        ("without-evidence", "No event", {"evidence": None}, Reason.CONTENT_EMPTY),
        (
            "dose-without-a-day",
            "No date at all",
            {"evidence": [event(date=None, effectiveStart=None, effectiveUntil=None)]},
            Reason.CONTENT_FIELD_MISSING,
        ),
        ("day-that-is-none", "29 February 2021", {"evidence": [event(date="2021-02-29")]}, Reason.CONTENT_DATE),
        ("dose-zero", "Dose 0 of 2", {"evidence": [event(dose=0)]}, Reason.CONTENT_NUMBER),
        ("dose-is-a-word", "Dose one", {"evidence": [event(dose="one")]}, Reason.CONTENT_NUMBER),
        (
            "name-of-three-hundred-letters",
            "Our limit is 256",
            {"credentialSubject": holder(name="x" * 300)},
            Reason.CONTENT_FIELD_LENGTH,
        ),
    ):
        yield divoc_case(name, description, divoc(RSA, **changes), nonsense(reason, format="divoc"))  # type: ignore[arg-type]
    kind = divoc(RSA, type=["VerifiableCredential"])
    other = nonsense(Reason.PROFILE_UNKNOWN, format="divoc", open=True, claims=False)
    yield divoc_case("credential-of-another-kind", "A credential of something else", kind, other)
    undated = divoc(RSA, issuanceDate="yesterday")
    yield divoc_case("issued-on-no-day", "A word", undated, nonsense(Reason.CONTENT_DATE, format="divoc", claims=False))


def periods() -> Iterator[Case]:
    ended = divoc(RSA, expirationDate="2021-07-01T11:59:59Z")
    yield divoc_case("expired", "It ended a second ago", ended, held(Reason.EXPIRED, format="divoc", in_period=False))
    early = held(Reason.NOT_YET_VALID, format="divoc", in_period=False)
    yield divoc_case(
        "issued-in-a-second", "It will be issued in a second", divoc(RSA, issuanceDate="2021-07-01T12:00:01Z"), early
    )
    missing = held(Reason.ISSUED_MISSING, format="divoc", authentic=None, in_period=None)
    yield divoc_case("issued-missing", "It does not say when it was issued", divoc(RSA, issuanceDate=None), missing)
    revoked = held(Reason.REVOKED, format="divoc", not_revoked=False)
    listed_record = FRESH | {"revoked": [["record", "700000001"]]}
    yield divoc_case("revoked", "Its number is on the list", GOOD, revoked, revocation=listed_record)


def good() -> Iterator[Case]:
    def told(certificate: Vector = CERTIFICATE) -> Vector:
        return authentic(certificate, format="divoc")

    def dose(**changes: object) -> Vector:
        changed: dict[str, Any] = DOSE | changes
        return CERTIFICATE | {"v": [{key: value for key, value in changed.items() if value is not None}]}

    yield divoc_case("rsa", "RsaSignature2018: PS256", GOOD, told())
    edwards = packed(signed(EDWARDS, credential(), proof_options(type="Ed25519Signature2018")))
    yield divoc_case(
        "ed25519", "Ed25519Signature2018", edwards, told(), trust=listed(foreign.entry(EDWARDS, "Ed25519", **NAMED))
    )
    yield divoc_case(
        "without-an-end",
        "Ten years later: DIVOC states no end",
        GOOD,
        told(),
        at=AT + timedelta(days=3650),
        revocation=FRESH | {"fresh_until": "2040-01-01T00:00:00Z"},
    )
    swapped = event(
        batch="COVISHIELD",
        vaccine="A maker of Utopia",
        manufacturer="B-17",
        dose=2,
        totalDoses=1,
        date="2022-05-29",
        effectiveUntil="2021-05-29T09:00:00.000Z",
    )
    yield divoc_case(
        "fields-of-one-meaning-exchanged",
        "The signature does not tell them apart, and neither does what is read",
        packed(DOCUMENT | {"evidence": [swapped]}),
        told(),
    )
    unsigned_field = packed(DOCUMENT | {"dob": "1998-02-26", "credentialSubject": holder(dob="1998-02-26")})
    yield divoc_case(
        "with-fields-that-are-not-signed", "Terms that no context defines are passed over", unsigned_field, told()
    )
    nameless = divoc(RSA, credentialSubject=holder(id="did:Some Card:12"))
    yield divoc_case(
        "with-a-holder-who-is-not-signed",
        "An id that is no IRI takes all of the holder out of the signature, so that nothing of it is believed",
        nameless,
        told(CERTIFICATE | {"nam": {}}),
    )
    second = ["https://www.w3.org/2018/credentials/v1", "https://cowin.gov.in/credentials/vaccination/v2"]
    newer = credential(
        **{"@context": second},
        credentialSubject=holder(dob="1998-02-26"),
        evidence=[event(vaccine="A vaccine", icd11Code="XM0GQ8", prophylaxis="COVID-19 vaccine, mRNA", dose=2)],
    )
    yield divoc_case(
        "of-version-2",
        "The second context has a birth date and codes",
        packed(signed(RSA, newer)),
        told(dose(vp="1119349007", mp=None, dn=2) | {"dob": "1998-02-26"}),
    )
    yield divoc_case(
        "with-an-unknown-vaccine",
        "Unknown names are open",
        divoc(RSA, evidence=[event(vaccine="A vaccine")]),
        told(dose(vp=None, mp=None)),
    )


def cases() -> Iterator[Case]:
    for family in (archives, proofs, keys, contents, periods, good):
        yield from family()
