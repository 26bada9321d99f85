"""Statuses, sealed certificates and entry permits: what is wrong with each, and those that are not."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import cbor2

from pratique.model.certificate import Certificate, Evidence, Name, Person, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, SNOMED, Code
from tests import special, wire
from tests.cases.admitting import PUBLISHED, Files, admission, doses, files
from tests.cases.known import SIGNER, STRANGER, Case, KnownSigner, Vector, base64, entry, instant, listed, trust
from tests.cases.scans import FRESH, held, nonsense, plain, scan_case, unsigned
from tests.issuer import AT

STATUS, SEALED, PERMIT = "docs/formats/status.md", "docs/formats/sealed.md", "docs/formats/permit.md"
KEY, POINT = special.one_time_key()
BEGINS = AT - timedelta(hours=1)
SHOWN = special.status(BEGINS, _7=POINT)
PAPER = special.status(BEGINS)
SECOND = timedelta(seconds=1)
SAID: Vector = {
    "kind": "health_code",
    "word": "green",
    "begins": instant(BEGINS),
    "ends": instant(BEGINS + timedelta(hours=24)),
    "initials": "GM",
    "birthday": "02-26",
}


def statuses() -> Iterator[Case]:
    def status(name: str, description: str, scan: str, expected: Vector, **how: Any) -> Case:
        return scan_case(f"status-{name}", description, STATUS, scan, expected, **how)

    def good(reason: Reason) -> Vector:
        live = reason is Reason.LIVE_FRESH
        return held(reason, authentic=True, format="status", holds={"status": SAID | {"live": live}})

    yield status("on-paper", "A health code without a one-time key", PAPER, good(Reason.LIVE_ABSENT))
    yield status("without-its-proof", "Its one-time key proved nothing", SHOWN, good(Reason.LIVE_ABSENT))
    yield status("live", "Shown by its holder now", special.live(SHOWN, AT, KEY), good(Reason.LIVE_FRESH))
    for name, begins, reason in (
        ("59-seconds-old", AT - 59 * SECOND, Reason.LIVE_FRESH),
        ("60-seconds-old", AT - 60 * SECOND, Reason.LIVE_STALE),
        ("30-seconds-ahead", AT + 30 * SECOND, Reason.LIVE_FRESH),
        ("31-seconds-ahead", AT + 31 * SECOND, Reason.LIVE_STALE),
    ):
        yield status(f"live-{name}", "The slot of its proof", special.live(SHOWN, begins, KEY), good(reason))
    thief, _ = special.one_time_key("a thief's")
    other = special.live(special.status(BEGINS, _5="XY", _7=POINT), AT, KEY)
    proof = special.live(SHOWN, AT, KEY).removesuffix(SHOWN)
    yield status("proof-by-another-key", "A thief's key", special.live(SHOWN, AT, thief), good(Reason.LIVE_INVALID))
    yield status(
        "proof-of-another-status", "Taken from another", other[: len(proof)] + SHOWN, good(Reason.LIVE_INVALID)
    )
    yield status("proof-without-a-key", "Paper with a proof", proof + PAPER, good(Reason.LIVE_INVALID))
    dcc = wire.hcert(SIGNER, wire.dcc())
    yield status(
        "proof-before-a-certificate",
        "A certificate has no one-time key",
        proof + dcc,
        held(Reason.LIVE_INVALID, authentic=True, certificate=plain()),
    )
    stranger = special.live(special.status(BEGINS, signer=STRANGER, _7=POINT), AT, KEY)
    yield status(
        "live-of-an-unknown-key",
        "A proof makes nothing genuine",
        stranger,
        unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="status"),
    )
    yield status(
        "after-a-day",
        "It says it counts for a month",
        special.status(BEGINS, hours=24 * 30),
        held(Reason.EXPIRED, Reason.LIVE_ABSENT, format="status", in_period=False),
        at=BEGINS + timedelta(hours=24, seconds=1),
    )
    yield status(
        "before-its-slot",
        "A pass for tomorrow",
        special.status(AT + timedelta(hours=8)),
        held(Reason.NOT_YET_VALID, Reason.LIVE_ABSENT, format="status", in_period=False),
    )
    confined = KnownSigner("XA for tests", uses=[Use.TEST])
    yield status(
        "by-a-key-for-tests",
        "A key that is confined vouches for no status",
        special.status(BEGINS, signer=confined),
        held(Reason.KEY_USE, Reason.LIVE_ABSENT, format="status", key_use_allowed=False),
        trust=trust(confined),
    )
    for name, changes, reason in (
        ("version-2", {"_0": 2}, Reason.CONTENT_VERSION),
        ("kind-unknown", {"_1": 2}, Reason.CONTENT_NUMBER),
        ("word-of-another-kind", {"_2": 4}, Reason.CONTENT_FIELD_VALUE),
        ("without-begin", {"_3": None}, Reason.CONTENT_FIELD_MISSING),
        ("ends-before-it-begins", {"_4": 0}, Reason.CONTENT_FIELD_VALUE),
        ("initials-in-small-letters", {"_5": "gm"}, Reason.CONTENT_FIELD_VALUE),
        ("whole-birth-date", {"_6": "1998-02-26"}, Reason.CONTENT_FIELD_LENGTH),
        ("birthday-that-no-year-has", {"_6": "02-30"}, Reason.CONTENT_DATE),
        ("key-cut-short", {"_7": bytes(32)}, Reason.CONTENT_FIELD_LENGTH),
        ("specimen-as-a-number", {"_8": 1}, Reason.CONTENT_FIELD_TYPE),
    ):
        told = nonsense(reason, format="status", open=reason is Reason.CONTENT_VERSION)
        yield status(name, "Signed by a trusted key", special.status(BEGINS, **changes), told)


def dose(disease: Code = COVID_19) -> Vaccination:
    return Vaccination(
        uvci="URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9",
        disease=disease,
        country="XA",
        issuer="Ministry of Health of XA",
        evidence=Evidence.REGISTRY,
        date=PartialDate(2021, 5, 29),
    )


HOLDER = Person(Name(family_icao="MUSTERFRAU", given_icao="GABRIELE"), PartialDate(1998, 2, 26))
CLAIMS = Certificate(HOLDER, (dose(),))
TOLD: Vector = {
    "ver": "1.3.3",
    "nam": {"fnt": "MUSTERFRAU", "gnt": "GABRIELE"},
    "dob": "1998-02-26",
    "v": [
        {
            "tg": "840539006",
            "dt": "2021-05-29",
            "co": "XA",
            "is": "Ministry of Health of XA",
            "ci": "URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9",
            "ev": 4,
        }
    ],
}
TO_BOTH = [special.XB.recipient, special.XC.recipient]


def good_seal(certificate: Certificate = CLAIMS) -> str:
    return special.sealed(special.encrypt(special.filled(certificate), TO_BOTH), ("XB", "XC"))


def seals() -> Iterator[Case]:
    """What everybody reads of a sealed certificate."""
    genuine = held(authentic=True, format="sealed", holds={"sealed_for": ["XB"]})
    for_both = held(authentic=True, format="sealed", holds={"sealed_for": ["XB", "XC"]})
    yield scan_case("sealed", "Genuine, sealed for XB and XC", SEALED, good_seal(), for_both)
    inside = "Nobody outside can know what is in it"
    yield scan_case("sealed-nonsense", inside, SEALED, special.sealed(b"nonsense"), genuine)
    listed = FRESH | {"revoked": [["cti", bytes(range(16)).hex()]]}
    withdrawn = held(Reason.REVOKED, format="sealed", not_revoked=False)
    scan = special.sealed(special.encrypt(special.filled(CLAIMS), TO_BOTH), ("XB", "XC"), _7=bytes(range(16)))
    yield scan_case("sealed-and-withdrawn", "By its own identifier", SEALED, scan, withdrawn, revocation=listed)
    for name, payload, reason in (
        ("version-2", {0: 2}, Reason.CONTENT_VERSION),
        ("for-nobody", {1: []}, Reason.CONTENT_EMPTY),
        ("for-one-twice", {1: ["XB", "XB"]}, Reason.CONTENT_FIELD_VALUE),
        ("for-nine", {1: [f"X{letter}" for letter in "ABCDEFGHI"]}, Reason.CONTENT_FIELD_LENGTH),
        ("for-a-name", {1: ["Xanadu"]}, Reason.CONTENT_FIELD_VALUE),
        ("without-a-message", {2: None}, Reason.CONTENT_FIELD_MISSING),
        ("message-as-text", {2: "x"}, Reason.CONTENT_FIELD_TYPE),
        ("specimen-as-a-number", {3: 1}, Reason.CONTENT_FIELD_TYPE),
    ):
        told = nonsense(reason, format="sealed", open=reason is Reason.CONTENT_VERSION)
        yield scan_case(
            f"sealed-{name}", "Signed by a trusted key", SEALED, special.sealed(b"x", payload=payload), told
        )


def unseal_case(
    name: str, description: str, scan: str, reasons: list[str], certificate: Vector | None = None, **changes: object
) -> Case:
    """A verified scan opened with XB's key, or what came of trying."""
    secret = hashlib.sha256(b"pratique public test key: health authority XB").digest()
    vector = {
        "description": description,
        "source": SEALED,
        "scan": scan,
        "at": instant(AT),
        "trust": trust(SIGNER),
        "revocation": FRESH,
        "certificate": base64(special.opening_certificate("XB")),
        "private_key": base64(secret),
    }
    authentic = reasons in ([], [Reason.SEALED_FOR_OTHERS])
    expected = {"authentic": authentic, "reasons": reasons, "certificate": certificate}
    return f"unseal/{name}.json", vector | changes | {"expected": expected}


def openings() -> Iterator[Case]:
    def sealed(plaintext: bytes, **how: Any) -> str:
        return special.sealed(special.encrypt(plaintext, [special.XB.recipient], **how))

    yield unseal_case("for-two", "One of the two whom it is for", good_seal(), [], TOLD)
    yield unseal_case(
        "y-coordinate-written-out",
        "The ephemeral key with both coordinates (RFC 9053, 7.1.1)",
        sealed(special.filled(CLAIMS), compressed=False),
        [],
        TOLD,
    )
    others = special.sealed(special.encrypt(special.filled(CLAIMS), [special.XC.recipient]), ("XC",))
    yield unseal_case("for-others", "XC alone", others, [Reason.SEALED_FOR_OTHERS])
    smuggled = Certificate(HOLDER, (dose(), dose(Code(SNOMED, "86406008"))))
    yield unseal_case(
        "another-condition",
        "HIV is on no list of conditions",
        sealed(special.filled(smuggled)),
        [Reason.SEALED_CONDITION],
    )
    record = FRESH | {"revoked": [["record", "7T1UG87G61Y7NRXIBQJDTYQ9"]]}
    yield unseal_case(
        "record-withdrawn", "The record behind the seal", good_seal(), [Reason.REVOKED], TOLD, revocation=record
    )
    specimen = Certificate(HOLDER, (dose(),), specimen=True)
    for name, description, scan, reason in (
        (
            "another-issuer",
            "Bound to XD as its issuer",
            sealed(special.filled(CLAIMS), issuer="XD"),
            Reason.SEALED_BROKEN,
        ),
        ("other-states", "Bound to other states", sealed(special.filled(CLAIMS), states=["XC"]), Reason.SEALED_BROKEN),
        ("specimen-inside", "A specimen within a certificate", sealed(special.filled(specimen)), Reason.SEALED_BROKEN),
        ("not-compressed", "No zlib stream", sealed(b"nonsense"), Reason.COMPRESSION_BROKEN),
        (
            "more-behind",
            "Octets after the zlib stream",
            sealed(special.filled(CLAIMS) + b"\1"),
            Reason.COMPRESSION_TRAILING,
        ),
        ("no-message", "Not CBOR", special.sealed(b"nonsense"), Reason.CBOR_TRUNCATED),
        (
            "other-algorithm",
            "No A256GCM",
            special.sealed(cbor2.dumps([b"\xa1\1\1", {}, b"", []])),
            Reason.COSE_STRUCTURE,
        ),
    ):
        yield unseal_case(name, description, scan, [reason])


LEAVE: Vector = {
    "destination": "XA",
    "holder": {
        "nam": {"fnt": "MUSTERFRAU<GOESSINGER", "gnt": "GABRIELE"},
        "dob": "1998-02-26",
        "document": {"kind": "P", "country": "UTO", "tail": "2C3"},
    },
    "trip": {"origin": "XB", "port": "XAHAV", "carrier": "XB 12"},
    "opens": instant(AT),
    "closes": instant(AT + timedelta(days=3)),
    "consequence": {"kind": "quarantine", "days": 10, "place": "hotel"},
}


def permits() -> Iterator[Case]:
    """What everybody reads of a permit."""

    def permit(name: str, description: str, scan: str, expected: Vector, **how: Any) -> Case:
        return scan_case(f"permit{name}", description, PERMIT, scan, expected, **how)

    told = held(authentic=True, format="permit", holds={"permit": LEAVE})
    yield permit("", "Leave to enter XA from XB", special.permit(), told)
    withdrawn = FRESH | {"revoked": [["cti", bytes(range(16)).hex()]]}
    yield permit(
        "-withdrawn",
        "By its number",
        special.permit(),
        held(Reason.REVOKED, format="permit", not_revoked=False),
        revocation=withdrawn,
    )
    yield permit(
        "-closed",
        "Its window is over",
        special.permit(),
        held(Reason.EXPIRED, format="permit", in_period=False),
        at=AT + timedelta(days=3, seconds=1),
    )
    for name, entries in (
        ("no-states-key", entry(SIGNER)),
        ("an-offices-key", entry(SIGNER, issuer="Ministry of Health of XA")),
    ):
        yield permit(
            f"-by-{name}",
            "A border opens by a key that is listed for its state",
            special.permit(),
            held(Reason.KEY_ISSUER_MISMATCH, format="permit", key_trusted=False),
            trust=listed(entries),
        )
    for name, changes, reason in (
        ("version-2", {"_0": 2}, Reason.CONTENT_VERSION),
        ("without-a-document", {"_1": {2: "MUSTERFRAU"}}, Reason.CONTENT_FIELD_MISSING),
        ("without-a-name", {"_1": {4: 0}}, Reason.CONTENT_NAME),
        ("origin-in-words", {"_2": "xb"}, Reason.CONTENT_FIELD_VALUE),
        ("closes-before-it-opens", {"_6": 0}, Reason.CONTENT_FIELD_VALUE),
        ("advice-against-boarding", {"_7": [3]}, Reason.CONTENT_FIELD_VALUE),
        ("quarantine-without-days", {"_7": [2]}, Reason.CONTENT_FIELD_VALUE),
        ("consequence-of-six-parts", {"_7": [0, None, None, None, None, None]}, Reason.CONTENT_FIELD_LENGTH),
        ("specimen-as-a-number", {"_8": 1}, Reason.CONTENT_FIELD_TYPE),
    ):
        told = nonsense(reason, format="permit", open=reason is Reason.CONTENT_VERSION)
        yield permit(f"-{name}", "Signed by a trusted key", special.permit(**changes), told)


LATE = "2021-07-06T10:00:00Z"


def borders() -> Iterator[Case]:
    """What each of them does at a border."""
    own: Files = {"trust.json": listed(entry(SIGNER, issuer="XA"), environment="sandbox")}
    home = files([each | {"Country": "XA"} for each in PUBLISHED], name="rules/XA.json") | own
    there: Vector = {"to": "XA", "port": "XAHAV"}
    quarantine = {"kind": "quarantine", "days": 10, "place": "hotel", "until": "2021-07-12"}
    yield admission(
        "status-at-a-border",
        "A green code proves nothing at a border",
        [PAPER],
        "refused",
        Reason.ENTRY_STATUS,
        Reason.ENTRY_NO_PROOF,
        bundle=files(PUBLISHED),
    )
    yield admission(
        "sealed-at-a-border",
        "It might be the proof, once somebody has opened it",
        [good_seal()],
        "open",
        Reason.ENTRY_SEALED,
        Reason.ENTRY_NO_PROOF,
        bundle=files(PUBLISHED),
    )
    yield admission(
        "permit-for-another-country",
        "XA's permit counts nowhere else",
        [special.permit()],
        "refused",
        Reason.ENTRY_PERMIT_ELSEWHERE,
        Reason.ENTRY_NO_PROOF,
        bundle=files(PUBLISHED) | own,
    )
    for name, description, scan, journey, reason in (
        (
            "too-late",
            "Five days late",
            special.permit(),
            {"arrive": "2021-07-06T10:00:00Z"},
            Reason.ENTRY_PERMIT_WINDOW,
        ),
        ("another-port", "It names another port", special.permit(_3="XAPOR"), {}, Reason.ENTRY_PERMIT_TRIP),
        ("in-transit", "It is for an entry", special.permit(), {"transit": True}, Reason.ENTRY_PERMIT_TRIP),
    ):
        yield admission(
            f"permit-{name}",
            description,
            [scan],
            "open" if "transit" in journey else "refused",
            reason,
            Reason.ENTRY_TRANSIT_OPEN if "transit" in journey else Reason.ENTRY_NO_PROOF,
            bundle=home,
            journey=there | journey,
        )
    yield admission(
        "permit-in-order",
        "The destination decided when it issued it",
        [special.permit()],
        "accepted",
        Reason.ENTRY_PERMIT,
        bundle=home,
        journey=there,
        consequence=quarantine,
    )
    yield admission(
        "permit-beside-anothers-certificate",
        "Two people's papers",
        [special.permit(), *doses(wire.vaccination(), nam={"fnt": "OTHER", "gnt": "PERSON"}, dob="1950-01-01")],
        "refused",
        Reason.ENTRY_PERSONS_DIFFER,
        bundle=home,
        journey=there,
    )


SETTINGS = (
    ("ISSUE_RECIPIENT", "sealed-for-nobody", "No authority is named", SEALED),
    ("ISSUE_CONDITION", "sealed-about-another-condition", "HIV is on no list of conditions", SEALED),
    ("RECIPIENT_PURPOSE", "sealed-for-a-signers-key", "A document signer's certificate", SEALED),
    ("PERMIT_RULES", "permit-against-the-rules", "A test too old, in Thailand in 2021", PERMIT),
    ("PERMIT_PERSON", "permit-with-anothers-certificate", "A brother's test", PERMIT),
    ("PERMIT_TRIP", "permit-of-another-states-key", "A key of the country of departure", PERMIT),
    ("PERMIT_INSURANCE", "permit-without-insurance", "100 000 US dollars were asked for", PERMIT),
    ("PERMIT_LODGING", "permit-without-lodging", "Nine nights of ten", PERMIT),
    ("PERMIT_ATTACHMENT", "permit-with-a-program", "A program called visa.pdf", PERMIT),
    ("PERMIT_REVIEW", "permit-refused-without-a-reason", "An officer names no reason", PERMIT),
)


def cases() -> Iterator[Case]:
    yield from statuses()
    yield from seals()
    yield from openings()
    yield from permits()
    yield from borders()
    for reason, given, description, source in SETTINGS:
        vector = {"description": description, "source": source, "given": given, "expected": {"reasons": [reason]}}
        yield f"procedures/{given}.json", vector
