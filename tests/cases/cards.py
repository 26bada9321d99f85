"""SMART Health Cards that are wrong on the outside: codes, files, JWS, issuer, signature and key."""

import json
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pratique.model.reasons import Reason
from tests import cards
from tests.cards import card, claims, deflated, minified, signed
from tests.cases.known import RSA, SIGNER, STRANGER, Case, Vector, base64, entry, listed
from tests.cases.scans import held, nonsense, scan_case, unread, unsigned
from tests.issuer import AT

FRAMEWORK = "SMART Health Cards Framework 1.4.0"
KID = cards.kid(SIGNER)
GOOD = card(SIGNER)
CLAIMS = minified(claims())
COVID = "840539006"
NOW = int(AT.timestamp())


def key(signer: Any = SIGNER, *, named: str = KID, issuer: str = cards.ISSUER, **changes: object) -> Vector:
    """A key of the list for one issuer of cards."""
    return entry(signer) | {"kid": base64(named.encode()), "issuer": issuer, "formats": ["shc"]} | changes


TRUST = listed(key())


def case(name: str, description: str, source: str, scan: str, expected: Vector, **options: Any) -> Case:
    return scan_case(f"shc-{name}", description, source, scan, expected, **({"trust": TRUST} | options))


def filed(*jws: object) -> str:
    """A file of cards."""
    return json.dumps({"verifiableCredential": list(jws)})


def refused(reason: Reason, *, open: bool = False) -> Vector:
    return unread(reason, format="shc", open=open)


def read(*reasons: Reason, authentic: bool | None = False, **facts: Any) -> Vector:
    return held(*reasons, authentic=authentic, format="shc", **facts)


def true(certificate: Vector, *notes: Reason, **parts: Any) -> Vector:
    return read(*notes, authentic=True, certificate=certificate, **parts)


def wrong(reason: Reason, *, open: bool = False) -> Vector:
    return nonsense(reason, format="shc", open=open)


def plain(*entries: Vector, group: str = "v", **changes: object) -> Vector:
    """The certificate of a card as it is told in the shape of a DCC: country and identifier are not stated."""
    name = {"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER", "gn": "Gabriele", "gnt": "GABRIELE"}
    made: Vector = {"ver": "1.3.3", "nam": name, "dob": "1998-02-26"}
    told = entries or (dose(),)
    return {key: value for key, value in (made | {group: list(told)} | changes).items() if value is not None}


def dose(**changes: object) -> Vector:
    stated = {"co": "", "is": cards.ISSUER, "ci": "", "tg": COVID, "dt": "2021-05-29"}
    codes = {"vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215"}
    return {key: value for key, value in (stated | codes | changes).items() if value is not None}


def sample(**changes: object) -> Vector:
    stated = {"co": "", "is": cards.ISSUER, "ci": "", "tg": COVID, "tt": "LP6464-4", "tr": "260415000"}
    more = {"sc": "2021-06-30T17:30:00+02:00", "tc": "Harbour Test Centre", "cd": {"tt": [cards.LOINC, "94500-6"]}}
    return {key: value for key, value in (stated | more | changes).items() if value is not None}


def codes() -> Iterator[Case]:
    """Numeric codes, chunks and files that are none."""
    section = f"{FRAMEWORK}, Health Cards as QR Codes"
    one, two = cards.chunks(GOOD, 2)
    thirds = cards.chunks(GOOD, 3)
    for name, description, scan, reason in (
        ("numeric-letter", "The letter O for the digit 0", "shc:/567O", Reason.NUMERIC_CHARACTER),
        ("numeric-of-another-script", "Arabic digits", "shc:/٥٦٧٦", Reason.NUMERIC_CHARACTER),
        ("numeric-and-more", "A text after the digits", cards.numeric(GOOD) + " you fool", Reason.NUMERIC_CHARACTER),
        ("numeric-odd", "An odd number of digits", cards.numeric(GOOD)[:-1], Reason.NUMERIC_LENGTH),
        ("numeric-pair-above-77", "78 would be the letter after z", "shc:/5678", Reason.NUMERIC_OVERFLOW),
        ("numeric-pair-of-a-slash", "02 would be /, which no JWS has", "shc:/5602", Reason.NUMERIC_OVERFLOW),
        ("numeric-nothing", "The prefix alone", "shc:/", Reason.JWS_STRUCTURE),
    ):
        yield case(name, description, section, scan, refused(reason))
    for name, description, scan, reason in (
        ("chunk-alone", "The second of two codes", two, Reason.CHUNK_MISSING),
        ("chunk-missing", "The first and the last of three codes", f"{thirds[0]}\n{thirds[2]}", Reason.CHUNK_MISSING),
        ("chunk-twice", "The first of two codes, and again", f"{one} {one} {two}", Reason.CHUNK_DUPLICATE),
        ("chunk-of-another-card", "One of two and two of three", f"{one}\n{thirds[1]}", Reason.CHUNK_MIXED),
        ("chunk-beyond-the-last", "The third of two", two.replace("/2/2/", "/3/2/"), Reason.CHUNK_MIXED),
        ("chunk-zero", "The zeroth of two", one.replace("/1/2/", "/0/2/"), Reason.CHUNK_MIXED),
        ("chunk-beside-a-whole", "One of two, and a whole card", f"{one}\n{cards.numeric(GOOD)}", Reason.CHUNK_MIXED),
    ):
        yield case(name, description, f"{section} (chunking, deprecated)", scan, refused(reason, open=True))
    for name, description, content, expected in (
        ("several", "Two cards, each with its own answer", [GOOD, GOOD], refused(Reason.CARDS_SEVERAL, open=True)),
        ("empty", "No card", [], refused(Reason.CONTENT_EMPTY)),
        ("number", "A number instead of a card", [7], refused(Reason.CONTENT_FIELD_TYPE)),
        ("text", "A text instead of the list", GOOD, refused(Reason.CONTENT_FIELD_TYPE)),
        ("mark-inside", "A byte order mark inside the text", [f"\ufeff{GOOD}"], refused(Reason.JWS_STRUCTURE)),
        ("line-end-inside", "A line end inside the text", [f"{GOOD}\n"], refused(Reason.JWS_TRAILING)),
    ):
        file = json.dumps({"verifiableCredential": content})
        yield case(f"file-{name}", description, f"{FRAMEWORK}, via File Download", file, expected)
    broken = filed(GOOD)[:-1]
    yield case("file-cut-short", "The last brace is missing", "RFC 8259", broken, refused(Reason.JSON_BROKEN))


def messages() -> Iterator[Case]:
    """JWS that are none, or not as the framework has them."""
    rfc, compact = "RFC 7515", f"{FRAMEWORK}, Health Cards are Compact"
    payload = deflated(CLAIMS)
    head, body, seal = GOOD.split(".")
    stray = body[:-1] + chr(ord(body[-1]) + 1)  # the last letter has bits that no octet takes
    assert len(body) % 4
    twice = b'{"alg":"ES256","zip":"DEF","kid":"a","kid":"b"}'
    for name, description, source, scan, reason in (
        ("jws-of-two-parts", "No signature", rfc, f"{head}.{body}", Reason.JWS_STRUCTURE),
        ("jws-of-five-parts", "An encrypted message has five parts", rfc, f"{GOOD}.a.b", Reason.JWS_STRUCTURE),
        ("jws-with-more-after-it", "A word after the signature", rfc, f"{GOOD} healthy", Reason.JWS_TRAILING),
        ("jws-padded", "Base64url with its padding", rfc + " section 2", f"{GOOD}==", Reason.BASE64_BROKEN),
        (
            "jws-with-stray-bits",
            "Bits that stand for no octet",
            "RFC 4648 section 3.5",
            f"{head}.{stray}.{seal}",
            Reason.BASE64_BROKEN,
        ),
        (
            "header-is-an-array",
            "An array for the header",
            rfc,
            filed(signed(SIGNER, payload, header=b"[]")),
            Reason.JWS_HEADER,
        ),
        (
            "header-cut-short",
            "The header is no JSON",
            rfc,
            signed(SIGNER, payload, header=b'{"alg":'),
            Reason.JSON_BROKEN,
        ),
        (
            "header-with-two-key-ids",
            "Which one counts?",
            rfc + " section 4",
            signed(SIGNER, payload, header=twice),
            Reason.JSON_DUPLICATE_KEY,
        ),
        ("header-key-id-is-a-number", "The key id is 7", rfc, signed(SIGNER, payload, kid=7), Reason.JWS_HEADER),
        ("algorithm-none", "alg is none", compact, signed(SIGNER, payload, alg="none"), Reason.ALGORITHM_UNKNOWN),
        (
            "algorithm-hs256",
            "alg is HS256, as if the public key were a secret",
            compact,
            signed(SIGNER, payload, alg="HS256"),
            Reason.ALGORITHM_UNKNOWN,
        ),
        ("algorithm-missing", "No alg", compact, signed(SIGNER, payload, alg=None), Reason.ALGORITHM_UNKNOWN),
        (
            "zip-missing",
            "The header does not say that the payload is compressed",
            compact,
            signed(SIGNER, payload, zip=None),
            Reason.JWS_COMPRESSION,
        ),
        ("zip-unknown", "zip is GZ", compact, signed(SIGNER, payload, zip="GZ"), Reason.JWS_COMPRESSION),
        ("not-compressed", "The payload is JSON as it stands", compact, signed(SIGNER, CLAIMS), Reason.JWS_COMPRESSION),
        (
            "compressed-with-a-header",
            "zlib instead of raw DEFLATE",
            compact,
            signed(SIGNER, zlib.compress(CLAIMS, 0)),
            Reason.COMPRESSION_BROKEN,
        ),
        (
            "compression-cut-short",
            "The last octets are missing",
            "RFC 1951",
            signed(SIGNER, payload[:-9]),
            Reason.COMPRESSION_BROKEN,
        ),
        (
            "octets-after-the-compression",
            "Eight octets follow",
            "RFC 1951",
            signed(SIGNER, payload + b"you fool"),
            Reason.COMPRESSION_TRAILING,
        ),
        (
            "inflates-to-two-megabytes",
            "A bomb",
            "our limit: 48 KiB inflated",
            signed(SIGNER, cards.bomb(8_000)),
            Reason.COMPRESSION_TOO_LARGE,
        ),
        (
            "payload-with-a-number-beyond-doubles",
            "2^53",
            "RFC 7493 section 2.2",
            signed(SIGNER, deflated(b'{"iss":9007199254740992}')),
            Reason.JSON_NUMBER,
        ),
        (
            "payload-not-utf-8",
            "An octet that is no text",
            "RFC 8259 section 8.1",
            signed(SIGNER, deflated(b'{"iss":"\xff"}')),
            Reason.JSON_BROKEN,
        ),
        ("payload-is-a-word", "A word", "RFC 8259", signed(SIGNER, deflated(b"nonsense")), Reason.JSON_BROKEN),
        (
            "payload-and-more",
            "A second object follows",
            "RFC 8259",
            signed(SIGNER, deflated(CLAIMS + b"{}")),
            Reason.JSON_BROKEN,
        ),
        (
            "payload-with-two-issuers",
            "Which one counts?",
            "RFC 8259 section 4",
            signed(SIGNER, deflated(b'{"iss":"https://a.example","iss":"https://b.example"}')),
            Reason.JSON_DUPLICATE_KEY,
        ),
        (
            "payload-forty-deep",
            "Forty arrays inside each other",
            "our limit: 32",
            signed(SIGNER, deflated(b"[" * 40 + b"]" * 40)),
            Reason.JSON_TOO_DEEP,
        ),
        (
            "payload-is-an-array",
            "An array instead of the claims",
            "RFC 7519",
            signed(SIGNER, deflated(b"[]")),
            Reason.CONTENT_FIELD_TYPE,
        ),
    ):
        yield case(name, description, source, scan, refused(reason))
    critical = signed(SIGNER, payload, crit=["exp"], exp=1)
    yield case(
        "critical-header-not-understood",
        "The header says that exp must be understood in it",
        "RFC 7515 section 4.1.11",
        critical,
        refused(Reason.JWS_CRITICAL, open=True),
    )


def issuers() -> Iterator[Case]:
    """The issuer decides which key counts; nothing is fetched from the address that it is."""
    section = f"{FRAMEWORK}, Determining keys associated with an issuer"
    for name, description, issuer, reason in (
        ("missing", "No iss", None, Reason.CONTENT_FIELD_MISSING),
        ("is-a-number", "iss is 7", 7, Reason.CONTENT_FIELD_TYPE),
        ("without-encryption", "http instead of https", "http://health.xa.example/cards", Reason.CONTENT_ISSUER),
        ("with-a-slash-at-its-end", "A slash at the end", f"{cards.ISSUER}/", Reason.CONTENT_ISSUER),
        ("is-a-country", "XA instead of an address", "XA", Reason.CONTENT_ISSUER),
        ("with-a-blank", "A blank in the address", "https://health.xa.example/ cards", Reason.CONTENT_ISSUER),
    ):
        yield case(f"issuer-{name}", description, section, card(SIGNER, iss=issuer), refused(reason))
    failure = "failure A2: VaxiCode Verif trusted the keys of whatever issuer a card named"
    theirs = "https://evil.example/cards"
    local = "https://127.0.0.1/cards"
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="shc")
    foreign = unsigned(Reason.KEY_ISSUER_MISMATCH, signature=None, key=False, format="shc")
    other = key(STRANGER, named=cards.kid(STRANGER), issuer="https://health.xb.example/cards")
    for name, description, scan, expected, trust in (
        (
            "unknown-with-its-own-good-keys",
            "Signed well, by somebody whom nobody lists",
            card(STRANGER, iss=theirs),
            unknown,
            TRUST,
        ),
        ("at-an-address-within", "An address of the verifier's own machine", card(STRANGER, iss=local), unknown, TRUST),
        ("of-another-under-a-known-key-id", "The key id is another issuer's", card(SIGNER, iss=theirs), foreign, TRUST),
        (
            "of-another-that-is-listed",
            "Both issuers are listed, and the key is the other's",
            card(STRANGER),
            foreign,
            listed(key(), other),
        ),
    ):
        yield case(f"issuer-{name}", description, failure, scan, expected, trust=trust)


def signatures() -> Iterator[Case]:
    rfc = "RFC 7518 section 3.4"
    head, body, seal = GOOD.split(".")
    raw = urlsafe_b64decode(seal + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    mirrored = bytes([raw[0] ^ 1]) + raw[1:]
    tampered = cards.b64url(deflated(CLAIMS.replace(b"Gabriele", b"Adolphus")))
    for name, description, signature, reason in (
        ("in-der", "An ASN.1 sequence, as libraries give it", der, Reason.SIGNATURE_DER),
        ("of-63-octets", "An octet is missing", raw[:63], Reason.SIGNATURE_LENGTH),
        ("of-65-octets", "An octet too many", raw + b"\0", Reason.SIGNATURE_LENGTH),
        ("of-zeros", "r and s are zero", bytes(64), Reason.SIGNATURE_INVALID),
        ("with-a-flipped-bit", "One bit is flipped", mirrored, Reason.SIGNATURE_INVALID),
    ):
        scan = f"{head}.{body}.{cards.b64url(signature)}"
        yield case(f"signature-{name}", description, rfc, scan, unsigned(reason, format="shc"))
    for name, description, scan in (
        ("name-changed-after-signing", "Gabriele became Adolphus", f"{head}.{tampered}.{seal}"),
        (
            "signed-by-a-stranger",
            "Issuer and key id are on the list, and another key signed",
            signed(STRANGER, deflated(CLAIMS), kid=KID),
        ),
    ):
        yield case(name, description, rfc, scan, unsigned(Reason.SIGNATURE_INVALID, format="shc"))
    nobody = unsigned(Reason.KEY_ID_MISSING, signature=None, key=None, format="shc")
    yield case("key-id-missing", "The header names no key", rfc, signed(SIGNER, deflated(CLAIMS), kid=None), nobody)
    unknown = unsigned(Reason.KEY_UNKNOWN, signature=None, key=None, format="shc")
    for name, description, trust in (
        ("key-listed-for-hcert-alone", "The key counts for another format", listed(key(formats=["hcert"]))),
        ("key-not-on-the-list", "The list is empty", listed()),
    ):
        yield case(name, description, "our rule: what the list says of a key restricts it", GOOD, unknown, trust=trust)
    spki = {"spki": base64(RSA.key.public.spki), "kind": "RSA"} if RSA.key.public else {}
    yield case(
        "es256-under-an-rsa-key",
        "The named key is an RSA key",
        rfc,
        GOOD,
        unsigned(Reason.KEY_ALGORITHM, key=None, format="shc"),
        trust=listed(key() | {"key": spki}),
    )


def cases() -> Iterator[Case]:
    for family in (codes, messages, issuers, signatures):
        yield from family()
