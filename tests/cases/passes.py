"""NZ COVID Passes: what is wrong with each, and those that are not."""

from collections.abc import Iterator
from datetime import timedelta

import cbor2

from pratique.model.reasons import Reason
from tests import foreign
from tests.cases.known import RSA, SIGNER, STRANGER, Case, Vector, listed
from tests.cases.scans import FRESH, authentic, held, nonsense, scan_case, unread, unsigned
from tests.issuer import AT

SPEC = "NZ COVID Pass, technical specification v1"
KEY = foreign.entry(SIGNER, "P-256", kid=foreign.KEY_ID, issuer=foreign.DID, format="nzcp")
TRUST = listed(KEY)
GOOD = foreign.nzcp(SIGNER)
MESSAGE = foreign.pass_message(SIGNER, cbor2.dumps(foreign.pass_claims()))
HOLDER: Vector = {"ver": "1.3.3", "nam": {"fn": "Musterfrau", "gn": "Gabriele"}, "dob": "1998-02-26"}
UUID = "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f"


def pass_case(name: str, description: str, scan: str, expected: Vector, **how: object) -> Case:
    return scan_case(f"nzcp-{name}", description, SPEC, scan, expected, **{"trust": TRUST} | how)  # type: ignore[arg-type]


def outside() -> Iterator[Case]:
    for name, description, scan, reason in (
        ("in-lower-case", "Base32 has capitals alone", GOOD[:8] + GOOD[8:].lower(), Reason.BASE32_CHARACTER),
        ("padded", "The specification leaves the padding out", GOOD + "=", Reason.BASE32_CHARACTER),
        ("one-character-missing", "A length that no octets have", "NZCP:/1/A", Reason.BASE32_LENGTH),
        ("bits-left-over", "The last character has bits of no octet", "NZCP:/1/AB", Reason.BASE32_LENGTH),
        ("empty", "The prefix alone", "NZCP:/1/", Reason.COSE_STRUCTURE),
        ("without-its-tag", "COSE_Sign1 without tag 18", foreign.pass_scan(MESSAGE[1:]), Reason.COSE_STRUCTURE),
        ("octets-after-the-message", "One octet too many", foreign.pass_scan(MESSAGE + b"\0"), Reason.CBOR_TRAILING),
        ("cut-short", "The last octet is missing", foreign.pass_scan(MESSAGE[:-1]), Reason.CBOR_TRUNCATED),
        (
            "algorithm-ps256",
            "A pass is signed with ES256 alone",
            foreign.pass_scan(
                foreign.pass_message(RSA, cbor2.dumps(foreign.pass_claims()), header={4: "key-1", 1: -37})
            ),
            Reason.ALGORITHM_UNKNOWN,
        ),
        (
            "issuer-missing",
            "Nobody can know whose key was meant",
            foreign.nzcp(SIGNER, _1=None),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "issuer-is-a-web-address",
            "An issuer is a did:web",
            foreign.nzcp(SIGNER, _1="https://passes.example"),
            Reason.CONTENT_FIELD_TYPE,
        ),
        (
            "payload-is-an-array",
            "No CWT",
            foreign.pass_scan(foreign.pass_message(SIGNER, b"\x80")),
            Reason.CWT_STRUCTURE,
        ),
        ("six-thousand-characters", "Longer than the largest QR code", "NZCP:/1/" + "A" * 6000, Reason.SCAN_TOO_LONG),
    ):
        yield pass_case(name, description, scan, unread(reason, format="nzcp"))
    later = unread(Reason.FORMAT_NOT_SUPPORTED, format="nzcp", open=True)
    yield pass_case("of-version-2", "A version of the future", GOOD.replace("/1/", "/2/", 1), later)


def keys() -> Iterator[Case]:
    others = foreign.entry(STRANGER, "P-256", kid=foreign.KEY_ID, issuer="did:web:elsewhere.example", format="nzcp")
    ours_for_others = KEY | {"issuer": "did:web:elsewhere.example"}
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="nzcp")
    mismatch = unsigned(Reason.KEY_ISSUER_MISMATCH, signature=None, key=False, format="nzcp")
    yield pass_case(
        "of-another-issuer-under-a-known-key-id",
        "The key id is the listed one's, the issuer is not",
        foreign.nzcp(STRANGER, _1="did:web:elsewhere.example"),
        mismatch,
    )
    yield pass_case(
        "key-pinned-to-another-issuer",
        "The right key under a wrong name",
        GOOD,
        mismatch,
        trust=listed(ours_for_others),
    )
    yield pass_case(
        "two-issuers-with-one-key-id",
        "Many issuers call their key key-1, and each signs for itself",
        GOOD,
        authentic(HOLDER, format="nzcp"),
        trust=listed(others, KEY),
    )
    yield pass_case(
        "of-an-unknown-issuer-with-good-keys",
        "Well signed by somebody whom nobody lists",
        foreign.pass_scan(
            foreign.pass_message(
                STRANGER,
                cbor2.dumps(foreign.pass_claims(_1="did:web:elsewhere.example")),
                header={4: "key-9", 1: -7},
            )
        ),
        unknown,
    )
    yield pass_case(
        "key-listed-for-another-format",
        "The key is for HCERT alone",
        GOOD,
        unknown,
        trust=listed(KEY | {"formats": ["hcert"]}),
    )
    nameless = foreign.pass_message(SIGNER, cbor2.dumps(foreign.pass_claims()), header={1: -7})
    yield pass_case(
        "key-id-missing",
        "No header names a key",
        foreign.pass_scan(nameless),
        unsigned(Reason.KEY_ID_MISSING, signature=None, key=None, format="nzcp"),
    )
    invalid = unsigned(Reason.SIGNATURE_INVALID, format="nzcp")
    yield pass_case(
        "name-changed-after-signing",
        "Gabriele became Adolphus",
        foreign.pass_scan(MESSAGE.replace(b"Gabriele", b"Adolphus")),
        invalid,
    )
    flipped = MESSAGE[:-1] + bytes([MESSAGE[-1] ^ 1])
    yield pass_case("signature-with-a-flipped-bit", "The last bit is flipped", foreign.pass_scan(flipped), invalid)
    yield pass_case("signed-by-a-stranger", "Another key signed under the listed id", foreign.nzcp(STRANGER), invalid)
    octets = foreign.pass_message(SIGNER, cbor2.dumps(foreign.pass_claims()), header={4: b"key-1", 1: -7})
    yield pass_case(
        "key-id-in-octets",
        "The specification wants text; the same octets name the same key",
        foreign.pass_scan(octets),
        authentic(HOLDER, format="nzcp"),
    )


def contents() -> Iterator[Case]:
    for name, description, content, reason in (
        (
            "without-a-given-name",
            "It is required",
            foreign.vc(credentialSubject=foreign.subject(givenName=None)),
            Reason.CONTENT_FIELD_MISSING,
        ),
        (
            "name-of-blanks",
            "A name of blanks",
            foreign.vc(credentialSubject=foreign.subject(givenName=" ")),
            Reason.CONTENT_FIELD_LENGTH,
        ),
        (
            "name-of-101-letters",
            "The limit is 100",
            foreign.vc(credentialSubject=foreign.subject(familyName="x" * 101)),
            Reason.CONTENT_FIELD_LENGTH,
        ),
        (
            "birth-in-a-year",
            "A birth date is a day",
            foreign.vc(credentialSubject=foreign.subject(dob="1998")),
            Reason.CONTENT_DATE,
        ),
        (
            "birth-on-no-day",
            "29 February 1998",
            foreign.vc(credentialSubject=foreign.subject(dob="1998-02-29")),
            Reason.CONTENT_DATE,
        ),
        ("credential-is-a-word", "A text instead of the credential", "nonsense", Reason.CONTENT_FIELD_TYPE),
        (
            "context-is-another",
            "The first context is not W3C's",
            foreign.vc(**{"@context": ["https://example.org"]}),
            Reason.CONTENT_FIELD_TYPE,
        ),
        (
            "type-is-a-word",
            "A text instead of two types",
            foreign.vc(type="PublicCovidPass"),
            Reason.CONTENT_FIELD_TYPE,
        ),
    ):
        yield pass_case(name, description, foreign.nzcp(SIGNER, content), nonsense(reason, format="nzcp"))
    for name, description, content, reason in (
        ("credential-of-version-2", "Version 2.0.0", foreign.vc(version="2.0.0"), Reason.CONTENT_VERSION),
        (
            "pass-of-another-kind",
            "A kind that came later",
            foreign.vc(type=["VerifiableCredential", "OtherPass"]),
            Reason.PROFILE_UNKNOWN,
        ),
    ):
        yield pass_case(name, description, foreign.nzcp(SIGNER, content), nonsense(reason, format="nzcp", open=True))
    for name, description, changes, reason in (
        ("without-an-end", "exp is required", {"_4": None}, Reason.CONTENT_FIELD_MISSING),
        ("end-is-a-word", "exp is a text", {"_4": "soon"}, Reason.CONTENT_FIELD_TYPE),
        ("begin-beyond-the-calendar", "nbf is 10^20", {"_5": 10**18}, Reason.CONTENT_DATE),
        ("identifier-missing", "cti is required", {"_7": None}, Reason.CONTENT_FIELD_MISSING),
        ("identifier-of-15-octets", "cti is a UUID", {"_7": bytes(15)}, Reason.CONTENT_FIELD_LENGTH),
    ):
        scan = foreign.nzcp(SIGNER, **changes)  # type: ignore[arg-type]
        yield pass_case(name, description, scan, nonsense(reason, format="nzcp", claims=False))


def periods() -> Iterator[Case]:
    now = int(AT.timestamp())
    expired = held(Reason.EXPIRED, format="nzcp", in_period=False)
    yield pass_case("expired", "It ended a second ago", foreign.nzcp(SIGNER, _4=now - 1), expired)
    early = held(Reason.NOT_YET_VALID, format="nzcp", in_period=False)
    yield pass_case("not-yet-active", "It begins in a second", foreign.nzcp(SIGNER, _5=now + 1), early)
    revoked = held(Reason.REVOKED, format="nzcp", not_revoked=False)
    yield pass_case(
        "revoked", "Its identifier is on the list", GOOD, revoked, revocation=FRESH | {"revoked": [["cti", UUID]]}
    )
    yield pass_case("good", "A pass: a holder, and no event", GOOD, authentic(HOLDER, format="nzcp"))
    one_name = foreign.nzcp(SIGNER, foreign.vc(credentialSubject=foreign.subject(familyName=None)))
    yield pass_case(
        "with-one-name",
        "The family name is optional",
        one_name,
        authentic(HOLDER | {"nam": {"gn": "Gabriele"}}, format="nzcp"),
    )
    yield pass_case(
        "on-its-last-day",
        "A second before its end",
        GOOD,
        authentic(HOLDER, format="nzcp"),
        at=AT + timedelta(days=179),
        revocation=FRESH | {"fresh_until": "2022-07-01T00:00:00Z"},
    )


def cases() -> Iterator[Case]:
    for family in (outside, keys, contents, periods):
        yield from family()
