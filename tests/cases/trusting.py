"""Material for trust lists, and settings that no file can hold: keys on a disk, a parser that stumbles."""

import json
from collections.abc import Iterator

from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import ec

from pratique import revocation
from pratique.model.keys import Use
from pratique.revocation import RevocationList
from tests import foreign
from tests.cases.known import RSA, SIGNER, STRANGER, Case, KnownSigner, Vector, base64, ec_key, entry, listed
from tests.issuer import NOT_AFTER, NOT_BEFORE, MemorySigner


def trust_case(name: str, description: str, source: str, kind: str, material: bytes, **expected: object) -> Case:
    """`kind`: a "certificate" or a "list" that a verifier is to believe, or the certificate of a "signer"."""
    vector = {"description": description, "source": source, "kind": kind, "material": base64(material)}
    return f"trust/{name}.json", vector | {"expected": expected}


def dids() -> Iterator[Case]:
    """DID documents: each key that counts for nothing is refused alone, and the others stay."""
    core = "W3C DID Core 1.0; NZ COVID Pass, section 6.2"
    network = "WHO SMART Trust, DID trust list version 2"
    good = foreign.method(SIGNER)

    def did_case(name: str, description: str, document: bytes, keys: int, *refused: str, source: str = core) -> Case:
        """`refused` are the reasons of the last methods, in their order."""
        places = [[f"verificationMethod[{number}]", reason] for number, reason in enumerate(refused, keys)]
        return trust_case(name, description, source, "did", document, keys=keys, refused=places)

    yield did_case("did-document", "A key under assertionMethod", foreign.did_document(good), 1)
    for name, description, changes, reason in (
        ("key-for-authentication", "It may log in, not assert", {"kid": "key-2"}, "TRUST_NOT_ASSERTED"),
        ("key-of-another", "Another controls it", {"kid": "key-2", "controller": "did:web:x"}, "TRUST_CONTROLLER"),
        ("key-under-another-id", "Its id is another's", {"did": "did:web:x"}, "TRUST_CONTROLLER"),
        ("key-of-another-type", "Not a JsonWebKey2020", {"type": "Multikey"}, "TRUST_UNREADABLE"),
        ("key-on-p-384", "Another curve", {"publicKeyJwk": foreign.jwk(SIGNER, crv="P-384")}, "TRUST_KEY_KIND"),
        ("key-off-the-curve", "No point of it", {"publicKeyJwk": foreign.jwk(SIGNER, x="AA")}, "TRUST_UNREADABLE"),
        ("private-key", "Its private part too", {"publicKeyJwk": foreign.jwk(STRANGER, d="AA")}, "TRUST_PRIVATE_KEY"),
    ):
        document = foreign.did_document(good, foreign.method(SIGNER, **changes), asserted=[good["id"]])
        yield did_case(f"did-{name}", description, document, 1, reason)
    leaked = foreign.method(SIGNER, kid="key-2", publicKeyJwk=foreign.jwk(SIGNER, d="AA"))
    document = foreign.did_document(good, leaked, asserted=[good["id"]])
    both = ("TRUST_PRIVATE_KEY", "TRUST_PRIVATE_KEY")
    yield did_case("did-private-key-of-a-listed-one", "The same key stands there without it", document, 0, *both)
    yield trust_case(
        "did-of-another-method", "Not did:web", core, "did", b'{"id": "did:x:y"}', reasons=["TRUST_UNREADABLE"]
    )
    did = "did:web:tng.example:v2:trustlist:-:UTO"
    chain = {"x5c": [base64(SIGNER.certificate), base64(SIGNER.certificate)]}
    told = {"did": f"{did}:DSC", "kid": base64(SIGNER.key.kid), "controller": did}
    listed_key = foreign.method(SIGNER, **told, publicKeyJwk=foreign.jwk(SIGNER, **chain))
    root = foreign.method(SIGNER, **told | {"did": f"{did}:SCA"}, publicKeyJwk=foreign.jwk(SIGNER, **chain))
    renamed = foreign.method(SIGNER, **told | {"kid": base64(bytes(8))}, publicKeyJwk=foreign.jwk(SIGNER, **chain))
    document = foreign.did_document(listed_key, root, renamed, did=did)
    yield did_case(
        "did-of-who-network",
        "A document signer; a root, which signs no documents; a key id of another certificate",
        document,
        1,
        "TRUST_NOT_ASSERTED",
        "TRUST_UNREADABLE",
        source=network,
    )


def read(signer: MemorySigner, kind: str = "P-256", **changes: object) -> Vector:
    """What a verifier reads of a document signer's certificate."""
    period = {
        "not_before": NOT_BEFORE.isoformat().replace("+00:00", "Z"),
        "not_after": NOT_AFTER.isoformat().replace("+00:00", "Z"),
    }
    return {"kid": base64(signer.key.kid), "kind": kind, "issuer": "XA", **period, "uses": None, "notes": []} | changes


def trust() -> Iterator[Case]:
    x509, form = "RFC 5280; HCERT specification 1.0.8, A.1", "the JSON form of a trust list"
    der = SIGNER.certificate
    tests = KnownSigner("tests alone", uses=[Use.TEST])
    yield trust_case("certificate", "A document signer in DER", x509, "certificate", der, key=read(SIGNER))
    yield trust_case(
        "certificate-in-pem",
        "The same in PEM",
        "RFC 7468",
        "certificate",
        pem.armor("CERTIFICATE", der),
        key=read(SIGNER),
    )
    yield trust_case("certificate-rsa", "An RSA key", x509, "certificate", RSA.certificate, key=read(RSA, "RSA"))
    yield trust_case(
        "certificate-for-tests",
        "A key for tests alone",
        "HCERT specification 1.0.8, A.4",
        "certificate",
        tests.certificate,
        key=read(tests, uses=["test"]),
    )
    stateless = KnownSigner("of no state", None)
    yield trust_case(
        "certificate-without-a-country",
        "A key that may sign for any issuer that its list lets it",
        x509,
        "certificate",
        stateless.certificate,
        key=read(stateless, issuer=None),
    )
    for name, description, material in (
        ("nothing", "No octets", b""),
        ("text", "A word", b"nonsense"),
        ("certificate-cut-short", "The last octet is missing", der[:-1]),
        ("octets-after-the-certificate", "One octet too many", der + b"\0"),
        ("pem-of-a-private-key", "A PEM block of another kind", pem.armor("PRIVATE KEY", b"\x30\x00")),
    ):
        yield trust_case(name, description, x509, "certificate", material, reasons=["TRUST_UNREADABLE"])
    crowd = [entry(SIGNER) | {"key": entry(KnownSigner(f"one of a crowd, {number}"))["key"]} for number in range(17)]
    for name, description, content, expected in (
        ("list", "A list of one key", listed(entry(SIGNER, issuer="XA")), {"keys": 1}),
        (
            "list-of-version-2",
            "A version of the future",
            listed() | {"trust_list": 2},
            {"reasons": ["TRUST_UNREADABLE"]},
        ),
        (
            "list-with-an-unknown-field",
            "A misspelled field would otherwise widen trust in silence",
            listed() | {"fresh_untill": "2021-07-01T00:00:00Z"},
            {"reasons": ["TRUST_UNREADABLE"]},
        ),
        (
            "list-with-seventeen-keys-under-one-id",
            "Made to make verifiers work: the limit is 16",
            listed(*crowd),
            {"reasons": ["TRUST_KEY_COUNT"]},
        ),
    ):
        yield trust_case(name, description, form, "list", json.dumps(content).encode(), **expected)
    listing = revocation.to_bytes(RevocationList(NOT_BEFORE, NOT_AFTER, [("record", "A" * 24)]))
    for name, description, data, expected in (
        ("revocation-list", "One record is withdrawn", listing, {"revoked": 1}),
        ("revocation-list-cut-short", "The end is missing", listing[:-1], {"reasons": ["REVOCATION_UNREADABLE"]}),
    ):
        yield trust_case(name, description, "our file form, docs/trust.md", "revocation", data, **expected)
    p384 = MemorySigner(private_key=ec_key("P-384", ec.SECP384R1()))
    yield trust_case(
        "signer-on-p-384",
        "No supported algorithm takes this key",
        "HCERT specification 1.0.8, section 3.3.2",
        "signer",
        p384.certificate,
        reasons=["TRUST_KEY_KIND"],
    )
    yield trust_case(
        "signer-of-no-country",
        "A document signer signs for a country",
        "certificate governance 4.3",
        "signer",
        stateless.certificate,
        reasons=["KEY_UNREADABLE"],
    )


SETTINGS = (
    ("TRUST_EMPTY", "folder-without-a-key", "What is named under --trust holds no key", "the command line"),
    ("KEY_UNREADABLE", "key-file-of-nonsense", "The file of the key holds something else", "docs/keys.md"),
    ("KEY_LOCKED", "wrong-passphrase", "The passphrase does not open the key", "docs/keys.md"),
    (
        "KEY_COUNTER",
        "counter-that-went-back",
        "An older copy of the counter was put in its place while the signer ran",
        "docs/keys.md",
    ),
    ("KEY_COUNTER", "counter-shorter-than-it-was", "Part of the counter's record is missing", "docs/keys.md"),
    ("KEY_DEVICE", "hardware-module-without-its-library", "The library of the module is not there", "docs/keys.md"),
    (
        "KEY_TEMPLATE",
        "root-asked-to-sign-documents",
        "A root signs certificates of keys alone",
        "certificate governance 4.2",
    ),
    ("KEY_PASSPHRASE", "passphrase-of-eleven-octets", "The shortest has twelve", "docs/keys.md"),
    ("KEY_EXISTS", "key-written-twice", "No key is ever overwritten", "docs/keys.md"),
    ("KEY_NOT_WRITTEN", "folder-that-is-not-there", "There is no folder to write the key to", "docs/keys.md"),
    (
        "PARSER_FAULT",
        "parser-that-stumbles",
        "A parser raises what it should not: no known scan does this",
        "formats/__init__.py",
    ),
    ("PASSPORT_NUMBER", "passport-number-of-ten-characters", "A passport's has at most nine", "docs/enrolment.md"),
    ("REGISTRY_UNREADABLE", "register-without-a-portrait", "A portrait it names is not there", "docs/enrolment.md"),
    ("FACE_EVIDENCE", "production-without-an-attack-test", "No presentation attack was tried", "docs/enrolment.md"),
    ("FACE_WEIGHTS", "weights-of-another-model", "One octet differs", "docs/enrolment.md"),
    ("RECORD_PERSON", "row-without-a-document", "A row of a table whose document is empty", "docs/records.md"),
    (
        "RECORD_PERSON_DIFFERENT",
        "row-of-a-known-document-with-another-name",
        "The number is Han Meimei's already",
        "docs/records.md",
    ),
    (
        "RECORD_OTHER_PERSON",
        "row-sent-before-of-somebody-else",
        "One identifier under two documents",
        "docs/records.md",
    ),
    ("RECORD_DIFFERENT", "row-sent-before-with-another-result", "One identifier with two results", "docs/records.md"),
    (
        "RECORD_CODE",
        "row-with-a-word-in-no-table",
        "A result that the source's mapping does not translate",
        "docs/records.md",
    ),
    ("RECORD_MAPPING", "table-without-a-sample-time", "A column that the mapping names is absent", "docs/records.md"),
    ("RECORD_UNKNOWN", "correction-of-a-record-that-is-not-there", "Nobody has this record", "docs/records.md"),
    ("STORE_UNREACHABLE", "database-that-is-not-there", "Its folder does not exist", "docs/records.md"),
    ("STORE_VERSION", "database-of-a-newer-version", "Its last migration is unknown here", "docs/records.md"),
    ("STORE_VAULT", "key-file-that-others-may-read", "Its mode is 0644", "docs/records.md"),
    ("ORDER_UNSIGNED", "order-changed-after-signing", "One word differs from what was signed", "docs/records.md"),
    ("ORDER_PERIOD", "order-of-another-day", "It ended three weeks before", "docs/records.md"),
    ("ACCESS_ROLE", "looking-without-a-purpose-of-the-role", "A carrier reads nobody's records", "docs/records.md"),
    ("ACCESS_TOO_MANY", "looking-at-more-people-than-a-desk-sees", "The sixty-first within an hour", "docs/records.md"),
    ("ACCESS_APPLICATION", "app-under-a-name-that-is-taken", "A laboratory has it", "docs/records.md"),
    ("ACCESS_PERMISSION", "word-that-nobody-gave", "Staff try one", "docs/health-code.md"),
    ("STATUS_OFFICES", "code-set-by-one-office", "Both officials work in the north", "docs/health-code.md"),
    ("STATUS_EVIDENCE", "code-set-without-a-record", "A venue's poster is no record", "docs/health-code.md"),
    ("STATUS_BULK", "code-set-for-two-people", "A list of depositors", "docs/health-code.md"),
    ("STATUS_ENDED", "code-after-its-policy", "The second with which it ends", "docs/health-code.md"),
    ("ISSUE_REQUEST", "certificate-that-nobody-approved", "It was asked for", "docs/issuing.md"),
    ("ISSUE_QUOTA", "certificates-without-end", "The second of a person who may have one", "docs/issuing.md"),
    ("ISSUE_LOT", "dose-of-a-lot-that-never-arrived", "The facility received none of it", "docs/issuing.md"),
    ("ISSUE_IMPLAUSIBLE", "holder-of-a-hundred-and-thirty", "Born in 1896", "docs/issuing.md"),
    ("ISSUE_RECALLED", "record-of-a-facility-that-was-recalled", "Nobody proved it again", "docs/issuing.md"),
    ("ISSUE_SIGNER", "certificate-without-a-key-for-it", "The office has no key", "docs/issuing.md"),
    (
        "FACILITY_IDENTIFIER",
        "facility-that-the-register-does-not-know",
        "Another name is under its number",
        "docs/issuing.md",
    ),
    ("FACILITY_UNKNOWN", "facility-that-nobody-entered", "There is none of this id", "docs/issuing.md"),
    ("FACILITY_INACTIVE", "nurse-of-a-facility-that-was-suspended", "She asks on its behalf", "docs/issuing.md"),
    ("FACILITY_STEP", "facility-approved-twice", "Nothing was proposed since", "docs/issuing.md"),
    ("FACILITY_SCOPE", "facility-for-tests-that-vaccinates", "It may vouch for tests alone", "docs/issuing.md"),
    ("ENROL_NATIONALS", "foreigner-under-the-preset-of-2021", "A refugee's document", "docs/issuing.md"),
    ("ENROL_DOCUMENT", "visa-instead-of-a-passport", "Its document code is V", "docs/issuing.md"),
    ("LOG_BROKEN", "counter-behind-its-log", "An older counter was put in its place", "docs/issuing.md"),
    (
        "ACCESS_SECOND_PERSON",
        "facility-approved-by-whoever-proposed-it",
        "One account did both",
        "docs/issuing.md",
    ),
    ("ACCESS_CLIENT", "program-with-its-private-key", "It would be known to whoever proposes it", "docs/operate.md"),
    ("STORE_FULL", "disk-without-room", "The database may not grow by a page", "docs/records.md"),
    ("VENUE_REGISTER_OFF", "door-that-nobody-switched-on", "No period was agreed to", "docs/venues.md"),
    ("VENUE_SHOW_ONLY", "taxi-that-would-register", "A taxi is transport", "docs/venues.md"),
    ("VENUE_UNKNOWN", "slip-of-a-place-that-is-not-there", "No poster bears this code", "docs/venues.md"),
    (
        "EXPOSURE_UNDECLARED",
        "slips-of-an-exposure-that-one-official-declared",
        "A second one has not agreed",
        "docs/venues.md",
    ),
    ("EXPOSURE_ONE_OFFICIAL", "slips-that-one-official-would-open", "It takes two", "docs/venues.md"),
    ("SLIP_UNREADABLE", "slip-with-the-key-of-the-next-hour", "One key an hour", "docs/venues.md"),
    ("NETWORK_ROOT_MISSING", "network-without-a-root", "Nobody said who signs for the network", "docs/trust.md"),
    ("NETWORK_UNREACHABLE", "network-nobody-answers", "The network is unplugged", "docs/trust.md"),
    ("NETWORK_SLOW", "network-slow-drip", "One octet a second", "docs/trust.md"),
    ("NETWORK_TOO_LARGE", "network-file-that-never-ends", "A timestamp of more octets than any has", "docs/trust.md"),
    ("NETWORK_UNREADABLE", "network-timestamp-cut-off", "The last twenty octets are missing", "docs/trust.md"),
    ("NETWORK_SIGNATURES", "network-root-with-one-signature-of-two", "Two must sign the next root", "docs/trust.md"),
    ("NETWORK_ROLLBACK", "network-older-release", "Release 1 is offered to who has release 2", "docs/trust.md"),
    ("NETWORK_MIXED", "network-files-of-two-releases", "The snapshot of release 1 as that of 2", "docs/trust.md"),
    ("NETWORK_EXPIRED", "network-eight-days-of-the-same", "A release is confirmed for seven days", "docs/trust.md"),
    ("NETWORK_ROOT_EXPIRED", "network-root-past-its-time", "A root lasts a year", "docs/trust.md"),
    ("NETWORK_OUTSIDE_ROLE", "network-smuggled-rules", "XB signs the entry rules of XA", "docs/trust.md"),
    ("NETWORK_KEY_RETURNED", "network-stolen-key-believed-again", "Distrust only grows", "docs/trust.md"),
    ("NETWORK_CLOCK", "network-clock-behind", "A day before the newest signed list", "docs/trust.md"),
    ("NETWORK_KEY_TWICE", "network-key-of-two-signers", "The office's key is one of the root's", "docs/network.md"),
    ("TRUST_ISSUER_VANISHED", "network-issuer-gone", "XB's list has no key any more", "docs/trust.md"),
    ("TRUST_LIST_SHRANK", "network-half-of-the-list-gone", "One of two keys is left", "docs/trust.md"),
    (
        "ONBOARD_KEY_USAGE",
        "signer-without-a-key-usage",
        "It says not what it is for",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    (
        "ONBOARD_EXTENDED_USE",
        "signer-for-web-servers",
        "Its only purpose is TLS",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    (
        "ONBOARD_CHAIN",
        "signer-without-its-root",
        "Nobody vouches for it",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    (
        "ONBOARD_VALIDITY",
        "signer-for-three-years",
        "Two are recommended",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    (
        "ONBOARD_COUNTRY",
        "signer-without-a-country",
        "Its subject has a common name alone",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    (
        "ONBOARD_CURVE",
        "signer-on-p-384",
        "Verifiers of health certificates know P-256",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    ("ONBOARD_ENDED", "signer-that-ended", "Seventy days ago", "certificate governance of the EU, chapters 3 and 4"),
    (
        "ONBOARD_ENDS_SOON",
        "signer-that-ends-soon",
        "In twenty days",
        "certificate governance of the EU, chapters 3 and 4",
    ),
    ("TRUST_KEY_PUBLIC", "signer-with-a-published-key", "A key of these vectors", "docs/trust.md"),
    ("TRUST_TWO_PEOPLE", "letter-confirmed-by-one", "One person read out the fingerprint", "docs/trust.md"),
    ("TRUST_TWO_PEOPLE", "letter-confirmed-twice-by-one", "The same person, spelt otherwise", "docs/trust.md"),
    ("TRUST_FINGERPRINT", "letter-with-another-fingerprint", "That of the root", "docs/trust.md"),
    ("TRUST_FINGERPRINT", "letter-with-half-a-fingerprint", "Its first half", "docs/trust.md"),
    ("BUNDLE_ENVIRONMENT", "network-rehearsal-in-production", "The sandbox's release, in production", "docs/trust.md"),
)


def cases() -> Iterator[Case]:
    yield from trust()
    yield from dids()
    for reason, given, description, source in SETTINGS:
        expected = {"reasons": [reason]}
        yield (
            f"procedures/{given}.json",
            {"description": description, "source": source, "given": given, "expected": expected},
        )
