"""Signed contents: what a trusted key should not have signed, or not for this moment."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import cbor2

from pratique.formats import open_scan
from pratique.formats.hcert import ithc
from pratique.model.reasons import Reason
from pratique.trust.x509 import trusted_key
from tests import wire
from tests.cases.known import SIGNER, Case, Vector, base64, instant
from tests.cases.scans import FRESH, GOOD, RECORD, authentic, held, nonsense, plain, scan_case
from tests.formats import ithc_examples
from tests.issuer import AT

SPKI = base64(trusted_key(SIGNER.certificate).key.spki)


def under_the_signature() -> Iterator[Case]:
    """What is no CWT, under a signature that holds."""
    cwt, cbor = "RFC 8392; HCERT specification 1.0.8, section 3.3", "RFC 8949"
    twice = b"\xa2\x01\x62XA\x01\x62XB"
    for name, description, source, payload, expected in (
        (
            "payload-empty",
            "Nothing was signed",
            cbor,
            b"",
            nonsense(Reason.CBOR_TRUNCATED, format="hcert", claims=False),
        ),
        (
            "payload-with-two-issuers",
            "The issuer is stated twice",
            cbor + " section 5.6",
            twice,
            nonsense(Reason.CBOR_DUPLICATE_KEY, format="hcert", claims=False),
        ),
        (
            "payload-is-an-array",
            "An array instead of the claims",
            cwt,
            b"\x81\1",
            nonsense(Reason.CWT_STRUCTURE, format="hcert", claims=False),
        ),
        (
            "payload-without-health-claim",
            "No claim -260",
            cwt,
            cbor2.dumps({1: "XA"}),
            nonsense(Reason.PROFILE_UNKNOWN, format="hcert", open=True, claims=False),
        ),
        (
            "health-claim-is-a-text",
            "Claim -260 is no map",
            cwt,
            cbor2.dumps(wire.cwt(wire.dcc()) | {-260: "healthy"}),
            nonsense(Reason.CWT_STRUCTURE, format="hcert", claims=False),
        ),
        (
            "issuer-is-a-number",
            "Claim 1 is 5",
            cwt,
            cbor2.dumps(wire.cwt(wire.dcc(), _1=5)),
            nonsense(Reason.CONTENT_FIELD_TYPE, claims=False),
        ),
        (
            "expiry-is-a-word",
            "Claim 4 is a text",
            cwt,
            cbor2.dumps(wire.cwt(wire.dcc(), _4="soon")),
            nonsense(Reason.CONTENT_FIELD_TYPE, claims=False),
        ),
        (
            "expiry-beyond-the-calendar",
            "Claim 4 is 10^20",
            cwt,
            cbor2.dumps(wire.cwt(wire.dcc(), _4=10**20)),
            nonsense(Reason.CONTENT_DATE, claims=False),
        ),
        (
            "profile-unknown",
            "The health claim has the key 99 alone",
            cwt,
            cbor2.dumps(wire.cwt({"some": "thing"}, key=99)),
            nonsense(Reason.PROFILE_UNKNOWN, format="hcert", open=True, claims=False),
        ),
    ):
        yield scan_case(name, description, source, wire.scan(wire.cose(SIGNER, payload)), expected)


def fields() -> Iterator[Case]:
    """DCCs with a field that cannot be what it says."""
    schema = "EU DCC schema 1.3.0"
    dose = wire.vaccination()
    missing = {key: value for key, value in dose.items() if key != "dt"}
    for name, description, content, reason in (
        ("content-is-a-number", "The number 7 instead of a payload", 7, Reason.CONTENT_FIELD_TYPE),
        ("no-entries", "An empty list of vaccinations", wire.dcc(v=[]), Reason.CONTENT_EMPTY),
        ("no-groups", "A holder and nothing else", wire.dcc(v=None), Reason.CONTENT_EMPTY),
        ("vaccinations-are-a-word", "A text instead of a list", wire.dcc(v="nonsense"), Reason.CONTENT_FIELD_TYPE),
        ("vaccination-without-a-day", "No dt", wire.dcc(v=[missing]), Reason.CONTENT_FIELD_MISSING),
        ("test-without-a-result", "tr is null", wire.dcc(v=None, t=[wire.test(tr=None)]), Reason.CONTENT_FIELD_MISSING),
        ("identifier-missing", "ci is null", wire.dcc(v=[wire.vaccination(ci=None)]), Reason.CONTENT_FIELD_MISSING),
        ("dose-zero", "Dose 0", wire.dcc(v=[wire.vaccination(dn=0)]), Reason.CONTENT_NUMBER),
        ("dose-and-a-half", "Dose 1.5", wire.dcc(v=[wire.vaccination(dn=1.5)]), Reason.CONTENT_NUMBER),
        ("dose-of-36-digits", "Dose 10^35", wire.dcc(v=[wire.vaccination(dn=10**35)]), Reason.CONTENT_NUMBER),
        ("dose-is-a-word", "Dose two", wire.dcc(v=[wire.vaccination(dn="two")]), Reason.CONTENT_FIELD_TYPE),
        ("day-that-is-none", "29 February 2021", wire.dcc(v=[wire.vaccination(dt="2021-02-29")]), Reason.CONTENT_DATE),
        ("birth-month-zero", "Month 0", wire.dcc(dob="1988-00-02"), Reason.CONTENT_DATE),
        (
            "sampled-on-a-day",
            "A sample without its time",
            wire.dcc(v=None, t=[wire.test(sc="2021-06-30")]),
            Reason.CONTENT_DATE,
        ),
        ("name-missing", "No nam", wire.dcc(nam=None), Reason.CONTENT_NAME),
        ("name-empty", "A name of blanks", wire.dcc(nam={"fn": " ", "gn": ""}), Reason.CONTENT_NAME),
        (
            "name-of-three-hundred-letters",
            "Our limit is 256",
            wire.dcc(nam={"fn": "x" * 300}),
            Reason.CONTENT_FIELD_LENGTH,
        ),
        ("sixty-five-entries", "Our limit is 64", wire.dcc(v=[dose] * 65), Reason.CONTENT_FIELD_LENGTH),
    ):
        yield scan_case(f"dcc-{name}", description, schema, wire.hcert(SIGNER, content), nonsense(reason))


def ithcs() -> Iterator[Case]:
    """ITHC payloads, changed in one place."""
    page = "docs/formats/ithc.md"

    def changed(*path: Any, to: object) -> object:
        place = payload = cbor2.loads(cbor2.dumps(ithc.write(ithc_examples.certificate(1))))
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to
        return payload

    for name, description, content, reason in (
        ("of-version-2", "A version of the future", changed(0, to=2), Reason.CONTENT_VERSION),
        (
            "name-in-lower-case",
            "The passport's spelling has capitals alone",
            changed(1, 2, to="ouyang"),
            Reason.CONTENT_NAME,
        ),
        ("without-claims", "An empty list of claims", changed(3, to=[]), Reason.CONTENT_EMPTY),
        ("birth-in-month-13", "Month 13", changed(1, 4, to=[2021, 13]), Reason.CONTENT_DATE),
        (
            "record-of-15-octets",
            "A record identifier has 16 octets",
            changed(3, 0, 5, to=bytes(15)),
            Reason.CONTENT_FIELD_LENGTH,
        ),
        ("evidence-6", "Grades end at 5", changed(3, 0, 4, to=6), Reason.CONTENT_NUMBER),
        ("claim-is-null", "null instead of a claim", changed(3, 0, to=None), Reason.CONTENT_FIELD_TYPE),
        (
            "code-beyond-the-table",
            "A claim names entry 99 of its table",
            changed(3, 0, 1, to=99),
            Reason.CONTENT_NUMBER,
        ),
    ):
        expected = nonsense(reason, format="ithc", open=reason is Reason.CONTENT_VERSION)
        yield scan_case(f"ithc-{name}", description, page, wire.hcert(SIGNER, content, key=ithc.KEY), expected)


def periods() -> Iterator[Case]:
    section = "HCERT specification 1.0.8, section 3.3"
    now, far = int(AT.timestamp()), AT + timedelta(days=3000)
    for name, description, changes, at, expected in (
        ("expired", "It ended a second ago", {"_4": now - 1}, AT, held(Reason.EXPIRED, in_period=False)),
        (
            "expiry-missing",
            "It does not say when it ends",
            {"_4": None},
            AT,
            held(Reason.EXPIRY_MISSING, authentic=None, in_period=None),
        ),
        (
            "issued-missing",
            "It does not say when it was issued",
            {"_6": None},
            AT,
            held(Reason.ISSUED_MISSING, authentic=None, in_period=None),
        ),
        (
            "issued-in-a-second",
            "It will be issued in a second",
            {"_6": now + 1},
            AT,
            held(Reason.NOT_YET_VALID, in_period=False),
        ),
        (
            "begins-in-a-second",
            "Claim 5: not before the next second",
            {"_5": now + 1},
            AT,
            held(Reason.NOT_YET_VALID, in_period=False),
        ),
        (
            "everything-wrong-at-once",
            "Another issuer, expired, signed by a key that had ended, and withdrawn",
            {"_1": "XB", "_4": int(far.timestamp()), "_6": int(far.timestamp())},
            far + timedelta(days=1),
            held(
                Reason.KEY_ISSUER_MISMATCH,
                Reason.EXPIRED,
                Reason.KEY_PERIOD,
                Reason.REVOKED,
                key_trusted=False,
                in_period=False,
                not_revoked=False,
            ),
        ),
    ):
        revocation = withdrawn(revoked=[["record", RECORD]]) if at is not AT else FRESH
        yield scan_case(
            name,
            description,
            section,
            wire.hcert(SIGNER, wire.dcc(), **changes),
            expected,
            at=at,
            revocation=revocation,
        )
    yield scan_case(
        "specimen-in-production",
        "A specimen proves nothing outside a sandbox, whoever signed it",
        "our key sp beside the DCC's",
        wire.hcert(SIGNER, wire.dcc(sp=True)),
        held(Reason.SPECIMEN, not_specimen=False),
    )


def withdrawn(**changes: object) -> Vector:
    return FRESH | changes


def revocations() -> Iterator[Case]:
    rule = "our rule: the record identifier is what can be revoked, in any spelling"
    listed = [["record", RECORD]]
    old = {"issued": instant(AT - timedelta(days=8)), "fresh_until": instant(AT - timedelta(days=1))}
    spelled = wire.hcert(SIGNER, wire.dcc(v=[wire.vaccination(ci="01/XA/7t1ug87g61y7nrxibqjdtyq9#U")]))
    for name, description, scan, revocation, expected in (
        (
            "revoked",
            "Its record is on the list",
            GOOD,
            withdrawn(revoked=listed),
            held(Reason.REVOKED, not_revoked=False),
        ),
        (
            "revoked-in-another-spelling",
            "Prefix, case, separators and check character make no difference",
            spelled,
            withdrawn(revoked=listed),
            held(Reason.REVOKED, not_revoked=False),
        ),
        (
            "revoked-on-an-old-list",
            "What an old list withdrew stays withdrawn",
            GOOD,
            withdrawn(revoked=listed, **old),
            held(Reason.REVOKED, not_revoked=False),
        ),
        (
            "replaced",
            "A newer certificate took its place",
            GOOD,
            withdrawn(replaced=listed),
            held(Reason.REPLACED, not_revoked=False),
        ),
        (
            "revocation-list-stale",
            "It is not on the list, and the list is old",
            GOOD,
            withdrawn(**old),
            held(Reason.REVOCATION_STALE, authentic=None, not_revoked=None),
        ),
        (
            "key-distrusted",
            "Its key was stolen, and the issuer's log does not have it",
            GOOD,
            withdrawn(distrusted=[{"spki": SPKI, "honest": ["00" * 32]}]),
            held(Reason.KEY_DISTRUSTED, key_trusted=False),
        ),
        (
            "key-distrusted-and-honest",
            "Its key was stolen later: the issuer's log says that this was signed",
            GOOD,
            withdrawn(distrusted=[{"spki": SPKI, "honest": [sha256(open_scan(GOOD).signed).hexdigest()]}]),
            authentic(plain()),
        ),
    ):
        yield scan_case(name, description, rule, scan, expected, revocation=revocation)


def cases() -> Iterator[Case]:
    for family in (under_the_signature, fields, ithcs, periods, revocations):
        yield from family()
