"""Scans that nobody may take, each with the clock and the lists of whoever is asked, and what is to be said of it.

They need nothing of this system but its verifier, so that any other can be asked the same (`exporting`).
"""

import json
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct, structs

from pratique import formats
from pratique.authority.issuance.requests import PREVIEW_SCAN
from pratique.formats import _base45, hcert, shc
from pratique.formats._jws import deflate
from pratique.issuing import issue, issue_status
from pratique.model.certificate import Certificate, Evidence, Person, TravelDocument, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.keys import Algorithm, Use, base64url
from pratique.model.live import compressed, message
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.model.uvci import from_record_id
from pratique.model.valueset import COVID_19, Code
from pratique.revocation import Distrust, Identifier, Prefixes, RevocationList, Source, signed_content
from pratique.sandbox.attacks.cases import Case, expect
from pratique.sandbox.attacks.forging import (
    AT,
    ORDER,
    MemorySigner,
    cose,
    cwt,
    dcc,
    dose,
    message_of,
    mirrored,
    purposes,
    scan,
)  # fmt: skip
from pratique.sandbox.attacks.forging import (
    hcert as certificate,
)
from pratique.sandbox.attacks.yard import DAY, Yard, trusting, withdrawn
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import public_key, trusted_key
from pratique.verification import Verification, verify


class Scan(Struct, frozen=True):
    """One scan, and what a verifier with this clock and these lists is to say of it."""

    name: str
    text: str
    trust: TrustList
    authentic: bool | None
    reason: Reason | None = None
    """That has to be among the reasons; None where it is genuine."""
    at: datetime = AT
    revocation: RevocationList | None = None

    def ask(self) -> Verification:
        """What this verifier says."""
        return verify(self.text, trust_list=self.trust, at=self.at, revocation=self.revocation)


class ScanCase(Struct, frozen=True):
    """Scans that belong together."""

    name: str
    covers: tuple[str, ...]
    tried: str
    make: Callable[[Yard], Iterator[Scan]]

    @property
    def case(self) -> Case:
        """The same as a case of the runner."""
        return Case(self.name, self.covers, self.tried, self._act)

    def _act(self, yard: Yard) -> str:
        said = []
        for each in self.make(yard):
            told = each.ask()
            held = told.authentic is each.authentic and (each.reason is None or each.reason in told.reasons)
            expect(held, f"{each.name}: {_word(told.authentic)} {', '.join(told.reasons)}")
            said.append(f"{each.name}: {each.reason or _word(told.authentic)}")
        return "; ".join(dict.fromkeys(said))


def _word(authentic: bool | None) -> str:
    return {True: "genuine", False: "refused", None: "open"}[authentic]


SCANS: list[ScanCase] = []


def scans(*covers: str, what: str) -> Callable[[Callable[[Yard], Iterator[Scan]]], Callable[[Yard], Iterator[Scan]]]:
    """Enter a generator of scans."""

    def entered(make: Callable[[Yard], Iterator[Scan]]) -> Callable[[Yard], Iterator[Scan]]:
        SCANS.append(ScanCase(make.__name__.replace("_", "-"), covers, what, make))
        return make

    return entered


def vaccinated(*, specimen: bool = False, country: str = "XA", number: int = 1) -> Certificate:
    """A certificate of one dose, as a country's records have it."""
    claim = Vaccination(
        uvci=from_record_id(country, bytes([number] * 16)),
        disease=COVID_19,
        country=country,
        issuer=f"Ministry of Health of {country}",
        date=PartialDate(2026, 9, 1),
        prophylaxis=Code("http://snomed.info/sct", "1119349007"),
        product=Code("https://ec.europa.eu/health/documents/community-register/html/", "EU/1/20/1528"),
        manufacturer=Code("https://spor.ema.europa.eu/v1/organisations", "ORG-100030215"),
        dose=2,
        doses=2,
        evidence=Evidence.REGISTRY,
    )
    document = TravelDocument.conceal("P", "UTO", "XA1234567", salt=bytes(range(16)))
    return Certificate(Person(name("Han", "Meimei"), PartialDate(1990, 5, 8), document), (claim,), specimen=specimen)


# whose keys count


def card(signer: MemorySigner, *, issuer: str, kid: str | None = None) -> str:
    """A health card that says it is of an issuer, signed by whoever."""
    claims = {
        "iss": issuer,
        "nbf": int(AT.timestamp()) - 3600,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {
                "fhirVersion": "4.0.1",
                "fhirBundle": {"resourceType": "Bundle", "type": "collection"},
            },
        },
    }
    payload = base64url(deflate(json.dumps(claims).encode()))
    header = base64url(json.dumps({"alg": "ES256", "zip": "DEF", "kid": kid or _thumbprint(signer)}).encode())
    signed = f"{header}.{payload}"
    return shc._scans.code_of(f"{signed}.{base64url(signer.sign(signed.encode()))}")


def _thumbprint(signer: MemorySigner) -> str:
    keys = TrustList.from_certificates([signer.certificate]).keys
    return next(each.kid.decode() for each in keys if each.formats)


@scans("REQ 2.1", "REQ 2.3", what="a health card of an issuer that publishes keys of its own")
def card_with_keys_of_its_own(yard: Yard) -> Iterator[Scan]:
    ours = "https://health.xa.example/cards"
    thief = MemorySigner("XA", url="https://evil.example")
    yield Scan("own issuer, own key", card(thief, issuer="https://evil.example"), yard.trust, None, Reason.KEY_UNKNOWN)
    yield Scan("our issuer, own key", card(thief, issuer=ours), yard.trust, None, Reason.KEY_UNKNOWN)
    known = _thumbprint(yard.signer)
    yield Scan(
        "known key id, own signature", card(thief, issuer=ours, kid=known), yard.trust, False, Reason.SIGNATURE_INVALID
    )
    yield Scan(
        "known key, another issuer", card(yard.signer, issuer="https://evil.example"), yard.trust, False,
        Reason.KEY_ISSUER_MISMATCH,
    )  # fmt: skip
    yield Scan("untouched", issue(vaccinated(), format="shc", signer=yard.signer, at=AT), yard.trust, True)


@scans("REQ 1.3", what="the code of a preview, before every list")
def code_of_a_preview(yard: Yard) -> Iterator[Scan]:
    yield Scan("production", PREVIEW_SCAN, yard.trust, False, Reason.FORMAT_UNKNOWN)
    sandbox = trusting(yard.signer, environment=Environment.SANDBOX)
    yield Scan("sandbox", PREVIEW_SCAN, sandbox, False, Reason.FORMAT_UNKNOWN)


@scans("REQ 6.3", "REQ 6.1", what="forgeries under a key that was stolen, with any date on them")
def stolen_key(yard: Yard) -> Iterator[Scan]:
    honest = issue(vaccinated(), format="eu-dcc", signer=yard.signer, at=AT - 30 * DAY)
    forged = issue(vaccinated(number=2), format="eu-dcc", signer=yard.signer, at=AT - 60 * DAY)
    late = issue(vaccinated(number=3), format="eu-dcc", signer=yard.signer, at=AT - DAY)
    spki = trusted_key(yard.signer.certificate).key.spki
    log = Prefixes.of([signed_content(formats.open_scan(honest).signed)])
    whole, logged = withdrawn(distrusted=[Distrust(spki)]), withdrawn(distrusted=[Distrust(spki, honest=log)])
    after = withdrawn(distrusted=[Distrust(spki, AT - 10 * DAY)])
    yield Scan("the whole key", honest, yard.trust, False, Reason.KEY_DISTRUSTED, revocation=whole)
    yield Scan("not in the log, dated back", forged, yard.trust, False, Reason.KEY_DISTRUSTED, revocation=logged)
    yield Scan("in the log", honest, yard.trust, True, revocation=logged)
    yield Scan("after an instant", late, yard.trust, False, Reason.KEY_DISTRUSTED, revocation=after)
    yield Scan("before it", honest, yard.trust, True, revocation=after)


@scans("REQ 7.2", what="a specimen outside of a sandbox")
def specimen(yard: Yard) -> Iterator[Scan]:
    text = issue(vaccinated(specimen=True), format="ithc", signer=yard.signer, at=AT)
    for environment in Environment:
        genuine = environment is Environment.SANDBOX
        trust = trusting(yard.signer, environment=environment)
        yield Scan(environment.value, text, trust, genuine, None if genuine else Reason.SPECIMEN)


@scans("REQ 8.1", what="keys for tests, under both spellings, that sign a vaccination")
def key_for_tests(yard: Yard) -> Iterator[Scan]:
    for spelling, zero in (("plain", False), ("with a zero", True)):
        tester = MemorySigner(purposes=purposes(Use.TEST, zero=zero))
        yield Scan(spelling, certificate(tester, dcc()), trusting(tester), False, Reason.KEY_USE)
        doctor = MemorySigner(purposes=purposes(Use.TEST, Use.VACCINATION, zero=zero))
        yield Scan(f"{spelling}, both", certificate(doctor, dcc()), trusting(doctor), True)
    unknown = MemorySigner(purposes=["1.3.6.1.4.1.99999.7"])
    yield Scan("an unknown purpose", certificate(unknown, dcc()), trusting(unknown), False, Reason.KEY_USE)
    yield Scan("none named", certificate(yard.signer, dcc()), yard.trust, True)


@scans("REQ 9.1", what="two keys under one key id")
def one_key_id_for_two_keys(yard: Yard) -> Iterator[Scan]:
    first, second = (trusted_key(each.certificate) for each in (yard.signer, yard.thief))
    twin = structs.replace(second, kid=first.kid)
    text = scan(cose(yard.thief, cwt(dcc()), protected={1: -7, 4: first.kid}))
    for word, keys in (("first", (first, twin)), ("last", (twin, first)), ("alone", (twin,))):
        yield Scan(word, text, TrustList(keys), True)
    yield Scan("removed", text, TrustList([first]), False, Reason.SIGNATURE_INVALID)
    yield Scan("the other stays", certificate(yard.signer, dcc()), TrustList([first]), True)
    foreign = structs.replace(twin, issuer="XB")
    yield Scan("of another country", text, TrustList([first, foreign]), False, Reason.KEY_ISSUER_MISMATCH)


@scans("REQ 9.2", what="a key id beside the signature, against the one under it")
def two_key_ids(yard: Yard) -> Iterator[Scan]:
    ours, theirs = yard.signer.key.kid, yard.other.key.kid
    under = cose(yard.thief, cwt(dcc()), protected={1: -7, 4: yard.thief.key.kid}, unprotected={4: ours})
    yield Scan("a stranger's, beside it ours", scan(under), yard.trust, None, Reason.KEY_UNKNOWN)
    good = cose(yard.signer, cwt(dcc()), protected={1: -7, 4: ours}, unprotected={4: theirs})
    yield Scan("ours, beside it another's", scan(good), yard.trust, True)


@scans("REQ 9.3", "REQ 9.4", what="one country's key under another country's name")
def for_another_country(yard: Yard) -> Iterator[Scan]:
    yield Scan("XB signs as XA", certificate(yard.other, dcc()), yard.trust, False, Reason.KEY_ISSUER_MISMATCH)
    greek = MemorySigner("GR")
    yield Scan("EL is GR", certificate(greek, dcc(v=[dose(co="GR")]), _1="EL"), trusting(greek), True)
    kosovo, nations = MemorySigner("XK"), MemorySigner("UN")
    yield Scan("XK", certificate(kosovo, dcc(), _1="XK"), trusting(kosovo), True)
    yield Scan("UNHCR is UN", certificate(nations, dcc(), _1="UNHCR"), trusting(nations), True)
    yield Scan("UN signs as XK", certificate(nations, dcc(), _1="XK"), trusting(nations), False,
               Reason.KEY_ISSUER_MISMATCH)  # fmt: skip
    unsaid = certificate(yard.signer, dcc(), _1=None)
    yield Scan("no issuer named", unsaid, yard.trust, True)
    abroad = certificate(yard.signer, dcc(v=[dose(co="XB")]))
    yield Scan("a dose given abroad", abroad, yard.trust, True)


@scans("REQ 13.3", what="another algorithm than the key's")
def another_algorithm(yard: Yard) -> Iterator[Scan]:
    rsa = MemorySigner(algorithm=Algorithm.PS256)
    payload, kid = cwt(dcc()), rsa.key.kid
    head = cbor2.dumps({1: -7, 4: kid})
    text = scan(cbor2.dumps(cbor2.CBORTag(18, [head, {}, payload, bytes(64)])))
    yield Scan("ES256 under an RSA key", text, trusting(rsa), False, Reason.KEY_ALGORITHM)
    for word, number in (("none", 0), ("HS256", 5)):
        text = scan(cose(yard.signer, payload, protected={1: number, 4: yard.signer.key.kid}))
        yield Scan(word, text, yard.trust, False, Reason.ALGORITHM_UNKNOWN)
    yield Scan("PS256 as the key has it", certificate(rsa, dcc()), trusting(rsa), True)


# how it is packed


@scans("REQ 10.1", "REQ 10.3", what="what inflates a thousandfold, and octets behind it")
def bomb(yard: Yard) -> Iterator[Scan]:
    for name_, size in (("5 MB", 5_000_000), ("just too much", 33_000)):
        yield Scan(name_, scan(bytes(size)), yard.trust, False, Reason.COMPRESSION_TOO_LARGE)
    whole = zlib.compress(message_of(certificate(yard.signer, dcc())))
    for word, more in (("an octet behind", b"\0"), ("a second stream", whole)):
        yield Scan(word, "HC1:" + _base45.encode(whole + more), yard.trust, False, Reason.COMPRESSION_TRAILING)
    yield Scan("cut", "HC1:" + _base45.encode(whole[:-4]), yard.trust, False, Reason.COMPRESSION_BROKEN)
    yield Scan("untouched", "HC1:" + _base45.encode(whole), yard.trust, True)


@scans("REQ 11.1", what="base45 that some readers take")
def base45(yard: Yard) -> Iterator[Scan]:
    good = certificate(yard.signer, dcc())
    if len(good[4:]) % 3:
        good = scan(message_of(good), level=1)
    for word, text, reason in (
        ("a triple above 65535", "HC1:GGW" + good[4:], Reason.BASE45_OVERFLOW),
        ("a pair above 255", good[: 4 + len(good[4:]) // 3 * 3] + "::", Reason.BASE45_OVERFLOW),
        ("a character alone", good + "A" if len(good[4:]) % 3 == 0 else good + "AA", Reason.BASE45_LENGTH),
        ("words behind it", good + "YOU", None),
        ("small letters", good.lower().replace("hc1:", "HC1:"), Reason.BASE45_CHARACTER),
        ("no ASCII", good + "ÄÖÜ", Reason.BASE45_CHARACTER),
        ("a tab within", good[:40] + "\t" + good[40:], Reason.BASE45_CHARACTER),
    ):
        yield Scan(word, text, yard.trust, False, reason)
    yield Scan("untouched", good, yard.trust, True)


@scans("REQ 12.1", what="CBOR that crashed verifiers, honestly signed and not")
def cbor(yard: Yard) -> Iterator[Scan]:
    def signed(payload: bytes) -> str:
        return scan(cose(yard.signer, payload))

    deep = b"\x81" * 10_000 + b"\x00"
    good = cwt(dcc())
    for word, text, reason in (
        ("dn of 10^35", certificate(yard.signer, dcc(v=[dose(dn=10**35)])), Reason.CONTENT_NUMBER),
        ("nested a thousandfold", scan(deep), Reason.CBOR_BROKEN),
        ("nested under the signature", signed(deep[-200:]), Reason.CBOR_TOO_DEEP),
        ("a key twice", signed(b"\xa2\x01\x62XA\x01\x62XB"), Reason.CBOR_DUPLICATE_KEY),
        ("octets behind", signed(good + b"\0"), Reason.CBOR_TRAILING),
        ("cut", signed(good[:-3]), Reason.CBOR_TRUNCATED),
        ("a length of 2^62", signed(b"\x5b\x40" + bytes(7)), Reason.CBOR_TRUNCATED),
        ("a number for a name", certificate(yard.signer, dcc(nam=7)), Reason.CONTENT_FIELD_TYPE),
        ("nothing", "HC1:", None),
        ("the last characters cut", certificate(yard.signer, dcc())[:-3], None),
    ):
        yield Scan(word, text, yard.trust, False, reason)
    tagged = dcc(dob=cbor2.CBORTag(0, "1990-05-08T00:00:00Z"))
    yield Scan("a date as tag 0", certificate(yard.signer, tagged), yard.trust, True)


@scans("REQ 13.1", "REQ 13.2", "REQ 14.2", what="a revoked certificate, packed anew in every way that needs no key")
def packed_anew(yard: Yard) -> Iterator[Scan]:
    text = issue(vaccinated(), format="eu-dcc", signer=yard.signer, at=AT)
    told = verify(text, trust_list=yard.trust, at=AT)
    listed = withdrawn(sorted(told.identifiers))
    packed = message_of(text)
    bare = packed.removeprefix(b"\xd2")
    for word, again in (
        ("as it was", text),
        ("s mirrored", mirrored(text)),
        ("compressed less", scan(packed, level=1)),
        ("without its tag", scan(bare)),
        ("with another tag", scan(b"\xd8\x3d" + packed)),
    ):
        yield Scan(word, again, yard.trust, True)
        yield Scan(f"{word}, revoked", again, yard.trust, False, Reason.REVOKED, revocation=listed)
    half = len(packed) - 64
    r, s = (int.from_bytes(packed[half:][place : place + 32]) for place in (0, 32))
    der = utils.encode_dss_signature(r, s)
    head, beside, payload, _ = cbor2.loads(packed).value
    as_der = scan(cbor2.dumps(cbor2.CBORTag(18, [head, dict(beside), payload, der])))
    yield Scan("in DER", as_der, yard.trust, False, Reason.SIGNATURE_DER)
    for word, signature in (("s as n + s", r.to_bytes(32) + (ORDER + s).to_bytes(33)), ("nothing", b"")):
        odd = scan(cbor2.dumps(cbor2.CBORTag(18, [head, dict(beside), payload, signature])))
        yield Scan(word, odd, yard.trust, False, Reason.SIGNATURE_LENGTH)
    instead = RevocationList(AT, AT + DAY, (), sorted(told.identifiers))
    yield Scan("replaced", text, yard.trust, False, Reason.REPLACED, revocation=instead)


@scans("REQ 15.3", what="lists that are old")
def old_lists(yard: Yard) -> Iterator[Scan]:
    text = certificate(yard.signer, dcc())
    old = RevocationList(AT - 9 * DAY, AT - 8 * DAY)
    yield Scan("withdrawals", text, yard.trust, None, Reason.REVOCATION_STALE, revocation=old)
    stale = TrustList(yard.trust.keys, issued=AT - 40 * DAY, fresh_until=AT - 10 * DAY)
    yield Scan("keys", text, stale, None, Reason.TRUST_LIST_STALE)
    identifiers: list[Identifier] = sorted(verify(text, trust_list=yard.trust, at=AT).identifiers)
    listed = RevocationList(AT - 9 * DAY, AT - 8 * DAY, identifiers)
    yield Scan("old, and it is on it", text, yard.trust, False, Reason.REVOKED, revocation=listed)
    own = [
        Source(f"revocation/{country}.bin", frozenset({country}), AT - 9 * DAY, AT - 8 * DAY)
        for country in ("XA", "XB")
    ]
    one, anothers = (RevocationList(AT, AT + DAY, sources=[each]) for each in own)
    yield Scan("XA's own, in a fresh release", text, yard.trust, None, Reason.REVOCATION_STALE, revocation=one)
    yield Scan("XB's own, in a fresh release", text, yard.trust, True, revocation=anothers)


@scans("REQ 26.2", what="an unknown key, against a broken signature")
def unknown_or_forged(yard: Yard) -> Iterator[Scan]:
    text = certificate(yard.signer, dcc())
    message_ = bytearray(message_of(text))
    message_[-1] ^= 1
    yield Scan("unknown", certificate(yard.thief, dcc()), yard.trust, None, Reason.KEY_UNKNOWN)
    yield Scan("forged", scan(bytes(message_)), yard.trust, False, Reason.SIGNATURE_INVALID)


@scans("REQ 16.2", what="a picture of a live code, an hour later, and with another's proof")
def picture_of_a_live_code(yard: Yard) -> Iterator[Scan]:
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    status = Status(
        kind=StatusKind.HEALTH_CODE,
        word=StatusWord.GREEN,
        begins=AT - timedelta(hours=1),
        ends=AT + timedelta(hours=20),
        initials="MH",
        key=compressed(public_key(spki)),
    )
    text = issue_status(status, signer=yard.signer, at=AT)
    shown = hcert.presented(text, AT, _proof(text, AT, key))
    strange = hcert.presented(text, AT, _proof(text, AT, ec.generate_private_key(ec.SECP256R1())))
    yield Scan("live", shown, yard.trust, True, Reason.LIVE_FRESH)
    later = AT + timedelta(hours=1)
    yield Scan("a picture of it, later", shown, yard.trust, True, Reason.LIVE_STALE, at=later)
    yield Scan("another's proof", strange, yard.trust, True, Reason.LIVE_INVALID)
    yield Scan("no proof", text, yard.trust, True, Reason.LIVE_ABSENT)


def _proof(text: str, begins: datetime, key: ec.EllipticCurvePrivateKey) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message(text, begins), ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)
