"""Scans that are wrong on the outside: text, compression, CBOR, COSE, signature, key, and the list of keys."""

import zlib
from collections.abc import Iterator
from datetime import timedelta

import cbor2
from cryptography import x509

from pratique.formats import _base45
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from tests import wire
from tests.cases.known import (
    RSA,
    SIGNER,
    STRANGER,
    UNKNOWN_CURVE,
    Case,
    KnownSigner,
    base64,
    entry,
    instant,
    listed,
    trust,
)
from tests.cases.scans import GOOD, authentic, held, plain, scan_case, unread, unsigned
from tests.issuer import AT, NOT_BEFORE

PAYLOAD = cbor2.dumps(wire.cwt(wire.dcc()))
MESSAGE = wire.cose(SIGNER, PAYLOAD)
STORED = zlib.compress(MESSAGE, 0)
"""Not compressed at all, which is the same octets whatever library made it."""
EKU = x509.ObjectIdentifier("2.5.29.37")


def scanned(data: bytes) -> str:
    return "HC1:" + _base45.encode(data)


def parts(**changes: bytes) -> str:
    """The scan of the good message with its payload or its signature replaced, not signed again."""
    protected, unprotected, payload, signature = cbor2.loads(MESSAGE).value
    return wire.scan(
        cbor2.dumps([protected, unprotected, changes.get("payload", payload), changes.get("signature", signature)])
    )


def text() -> Iterator[Case]:
    rfc = "RFC 9285 section 6"
    hcert = "HCERT specification 1.0.8, section 4.2"
    for name, description, source, scan, expected in (
        ("empty", "Nothing at all", hcert, "", unread(Reason.FORMAT_UNKNOWN, format=None)),
        ("web-address", "A web address", hcert, "https://example.org/", unread(Reason.FORMAT_UNKNOWN, format=None)),
        (
            "prefix-of-another-version",
            "HC2 instead of HC1",
            hcert,
            "HC2:" + GOOD[4:],
            unread(Reason.FORMAT_UNKNOWN, format=None),
        ),
        (
            "seventy-thousand-characters",
            "Longer than any optical code",
            "our limit: 65 536 characters",
            "HC1:" + "A" * 70_000,
            unread(Reason.SCAN_TOO_LONG),
        ),
        (
            "nine-thousand-characters-of-base45",
            "Longer than the largest QR code holds in alphanumeric mode",
            "our limit: 8 192 characters of base45",
            "HC1:" + "0" * 9_000,
            unread(Reason.SCAN_TOO_LONG),
        ),
        (
            "lower-case-letters-after-the-end",
            "Characters that base45 does not have",
            rfc,
            GOOD + "you fool",
            unread(Reason.BASE45_CHARACTER),
        ),
        ("one-character-left-over", "A length of 1 modulo 3", rfc, "HC1:A", unread(Reason.BASE45_LENGTH)),
        (
            "triple-above-65535",
            "The triple GGX is 65 536, one above what two octets hold",
            rfc,
            "HC1:GGX",
            unread(Reason.BASE45_OVERFLOW),
        ),
        (
            "pair-above-255",
            "A pair for 2 024, which one octet cannot hold",
            rfc,
            "HC1:::",
            unread(Reason.BASE45_OVERFLOW),
        ),
    ):
        yield scan_case(name, description, source, scan, expected)


def octets() -> Iterator[Case]:
    zlib_source = "RFC 1950; HCERT specification 1.0.8, section 4.2"
    cbor = "RFC 8949"
    deep = b"\x81" * 20 + b"\1"
    for name, description, source, scan, reason in (
        ("nothing-after-the-prefix", "The prefix alone", zlib_source, "HC1:", Reason.COMPRESSION_BROKEN),
        (
            "not-compressed",
            "Octets that are no zlib stream",
            zlib_source,
            scanned(b"not compressed"),
            Reason.COMPRESSION_BROKEN,
        ),
        (
            "compression-cut-short",
            "The last nine octets of the zlib stream are missing",
            zlib_source,
            scanned(STORED[:-9]),
            Reason.COMPRESSION_BROKEN,
        ),
        (
            "compression-checksum-wrong",
            "The zlib checksum is another one",
            zlib_source,
            scanned(STORED[:-4] + bytes(4)),
            Reason.COMPRESSION_BROKEN,
        ),
        (
            "octets-after-the-compression",
            "Eight octets follow the zlib stream",
            zlib_source,
            scanned(STORED + b"you fool"),
            Reason.COMPRESSION_TRAILING,
        ),
        (
            "inflates-to-three-megabytes",
            "A zlib bomb",
            "our limit: 32 KiB inflated",
            scanned(zlib.compress(bytes(3_000_000))),
            Reason.COMPRESSION_TOO_LARGE,
        ),
        ("cbor-break-without-beginning", "The octet ff alone", cbor, wire.scan(b"\xff"), Reason.CBOR_BROKEN),
        (
            "cbor-with-a-tag-for-decimal-fractions",
            "1E+2147483647, which takes all memory to write out",
            cbor + " section 3.4.4",
            wire.scan(bytes.fromhex("c4821a7fffffff01")),
            Reason.CBOR_BROKEN,
        ),
        (
            "cbor-cut-short",
            "The message ends inside its first part",
            cbor,
            wire.scan(b"\xd2\x84\x58"),
            Reason.CBOR_TRUNCATED,
        ),
        (
            "octets-after-the-cbor",
            "Another item follows the message",
            cbor,
            wire.scan(MESSAGE + b"\0"),
            Reason.CBOR_TRAILING,
        ),
        ("cbor-twenty-deep", "Twenty arrays inside each other", "our limit: 12", wire.scan(deep), Reason.CBOR_TOO_DEEP),
        (
            "not-cose",
            "The number 7 instead of a message",
            "RFC 9052 section 4.2",
            wire.scan(b"\7"),
            Reason.COSE_STRUCTURE,
        ),
        (
            "cose-of-three-parts",
            "A message without its signature",
            "RFC 9052 section 4.2",
            wire.scan(b"\x83\x40\xa0\x40"),
            Reason.COSE_STRUCTURE,
        ),
        (
            "protected-header-is-an-array",
            "The protected header holds an array",
            "RFC 9052 section 3",
            wire.scan(b"\x84\x41\x80\xa0\x40\x40"),
            Reason.COSE_STRUCTURE,
        ),
        (
            "algorithm-eddsa",
            "EdDSA, which HCERT does not have",
            "HCERT specification 1.0.8, section 3.3.2",
            wire.scan(wire.cose(SIGNER, PAYLOAD, protected={1: -8, 4: SIGNER.key.kid})),
            Reason.ALGORITHM_UNKNOWN,
        ),
        (
            "algorithm-missing",
            "No header names an algorithm",
            "HCERT specification 1.0.8, section 3.3.2",
            wire.scan(wire.cose(SIGNER, PAYLOAD, protected={4: SIGNER.key.kid})),
            Reason.ALGORITHM_UNKNOWN,
        ),
    ):
        yield scan_case(name, description, source, scan, unread(reason))
    critical = {1: -7, 2: [99], 4: SIGNER.key.kid, 99: True}
    yield scan_case(
        "critical-header-not-understood",
        "The protected header says that label 99 must be understood",
        "RFC 9052 section 3.1",
        wire.scan(wire.cose(SIGNER, PAYLOAD, protected=critical)),
        unread(Reason.COSE_CRITICAL, open=True),
    )
    header = bytes.fromhex("a3012604412604412a")
    yield scan_case(
        "protected-header-with-two-key-ids",
        "The protected header states the key id twice",
        "RFC 8949 section 5.6; RFC 9052 section 3",
        wire.scan(cbor2.dumps([header, {}, PAYLOAD, bytes(64)])),
        unread(Reason.CBOR_DUPLICATE_KEY),
    )


def signature() -> Iterator[Case]:
    rfc = "RFC 9053 section 2.1"
    _, _, payload, signature = cbor2.loads(MESSAGE).value
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])
    for length, word in ((0, "no"), (3, "three"), (63, "63"), (65, "65")):
        yield scan_case(
            f"signature-of-{word}-octets",
            "ES256 has signatures of 64 octets",
            rfc,
            parts(signature=b"\1" * length),
            unsigned(Reason.SIGNATURE_LENGTH),
        )
    for name, description, scan in (
        (
            "name-changed-after-signing",
            "Gabriele became Adolphus",
            parts(payload=payload.replace(b"Gabriele", b"Adolphus")),
        ),
        ("signature-with-a-flipped-bit", "The last bit of the signature is flipped", parts(signature=flipped)),
        (
            "signature-of-zeros",
            "r and s are zero, which some libraries took for a signature",
            parts(signature=bytes(64)),
        ),
        (
            "signed-by-a-stranger-under-a-trusted-key-id",
            "The key id is on the list, and another key signed",
            wire.scan(wire.cose(STRANGER, PAYLOAD, protected={1: -7, 4: SIGNER.key.kid})),
        ),
    ):
        yield scan_case(name, description, "RFC 9052 section 4.4", scan, unsigned(Reason.SIGNATURE_INVALID))
    yield scan_case(
        "short-signature-under-an-unknown-key",
        "Both are said at once",
        rfc,
        parts(signature=b"abc"),
        unsigned(Reason.SIGNATURE_LENGTH, Reason.KEY_UNKNOWN, key=None),
        trust=[],
    )
    yield scan_case(
        "key-on-a-curve-nobody-has",
        "A trusted key whose arithmetic this device cannot do",
        "SEC 2 version 1: secp112r1",
        GOOD,
        unsigned(Reason.SIGNATURE_NOT_CHECKED, signature=None),
        trust=listed(entry(SIGNER) | {"key": {"spki": base64(UNKNOWN_CURVE), "kind": "other"}}),
    )


def keys() -> Iterator[Case]:
    section = "HCERT specification 1.0.8, section 3.3.3"
    without = wire.scan(wire.cose(SIGNER, PAYLOAD, protected={1: -7}))
    yield scan_case(
        "key-id-missing",
        "No header names a key",
        section,
        without,
        unsigned(Reason.KEY_ID_MISSING, signature=None, key=None),
    )
    yield scan_case(
        "key-not-on-the-list",
        "Signed by a key that the list does not have",
        section,
        wire.hcert(STRANGER, wire.dcc()),
        unsigned(Reason.KEY_UNKNOWN, signature=None, key=None),
    )
    yield scan_case(
        "key-listed-for-another-format",
        "The list has the key for SMART Health Cards alone",
        section,
        GOOD,
        unsigned(Reason.KEY_UNKNOWN, signature=None, key=None),
        trust=listed(entry(SIGNER, formats=["shc"])),
    )
    yield scan_case(
        "es256-under-an-rsa-key",
        "The named key is an RSA key, the algorithm ES256",
        section,
        wire.scan(wire.cose(SIGNER, PAYLOAD, protected={1: -7, 4: RSA.key.kid})),
        unsigned(Reason.KEY_ALGORITHM, key=None),
        trust=trust(SIGNER, RSA),
    )
    yield scan_case(
        "issuer-of-another-country",
        "A key of XA signs for XB",
        "certificate governance: a DSC signs for its country",
        wire.hcert(SIGNER, wire.dcc(), _1="XB"),
        held(Reason.KEY_ISSUER_MISMATCH, key_trusted=False),
    )
    yield scan_case(
        "trust-list-stale",
        "The list was to be renewed a second ago",
        "our rule: what is old is open, never wrong",
        GOOD,
        held(Reason.TRUST_LIST_STALE, authentic=None, key_trusted=None),
        trust=listed(entry(SIGNER, issuer="XA"), fresh_until=instant(AT - timedelta(seconds=1))),
    )
    yield scan_case(
        "issued-before-the-key-began",
        "The certificate says it was issued before its key's period",
        "HCERT specification 1.0.8, section 3.3.6",
        wire.hcert(SIGNER, wire.dcc(), _6=int(NOT_BEFORE.timestamp()) - 1),
        held(Reason.KEY_PERIOD, in_period=False),
    )


def uses() -> Iterator[Case]:
    section = "HCERT specification 1.0.8, A.4"
    contents = {
        Use.VACCINATION: {},
        Use.TEST: {"v": None, "t": [wire.test()]},
        Use.RECOVERY: {"v": None, "r": [wire.recovery()]},
    }
    for use, content in contents.items():
        others = KnownSigner(f"not for {use}", uses=[other for other in Use if other is not use])
        yield scan_case(
            f"key-not-for-a-{use}",
            f"A {use} under a key for the other two uses",
            section,
            wire.hcert(others, wire.dcc(**content)),
            held(Reason.KEY_USE, key_use_allowed=False),
            trust=trust(others),
        )
        for zero in (False, True):
            own = KnownSigner(f"for {use}, {zero}", uses=[use], zero=zero)
            yield scan_case(
                f"key-for-a-{use}{'-with-a-zero-in-its-purpose' if zero else ''}",
                "One of the two spellings of the purpose that are on real certificates",
                section,
                wire.hcert(own, wire.dcc(**content)),
                authentic(plain(**content)),
                trust=trust(own),
            )
    broken = KnownSigner("broken purposes", extensions=[x509.UnrecognizedExtension(EKU, b"\x30\x03\x06\x05")])
    yield scan_case(
        "key-whose-purposes-do-not-parse",
        "The extended key usage is cut short",
        "RFC 5280 section 4.2.1.12",
        wire.hcert(broken, wire.dcc()),
        held(Reason.KEY_USE_UNREADABLE, authentic=None, key_use_allowed=None),
        trust=trust(broken),
    )
    odd = KnownSigner(
        "odd extension", extensions=[x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x05\x82")]
    )
    yield scan_case(
        "key-with-an-alternative-name-that-does-not-parse",
        "An extension that says nothing about use may be broken",
        "seen on real document signers; RFC 5280 section 4.2.1.6",
        wire.hcert(odd, wire.dcc()),
        authentic(plain()),
        trust=trust(odd),
    )


def cases() -> Iterator[Case]:
    for family in (text, octets, signature, keys, uses):
        yield from family()
