"""ICAO VDS-NC: seals that are wrong, seals of signers nobody vouches for, and seals that are authentic."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pratique.model.reasons import Reason
from tests import seals
from tests.cases.known import Case, Vector, _rsa_key, base64, ec_key, entry, instant, listed
from tests.cases.people import exact, person, zone
from tests.cases.scans import FRESH, held, nonsense, scan_case, unread, unsigned
from tests.issuer import NOT_AFTER, NOT_BEFORE
from tests.seals import Root, SealSigner, dose, event, tested, vaccinated

PAGE = "docs/formats/vds-nc.md"
DOC_9303 = "ICAO Doc 9303-12, eighth edition, section 4"
JCS = "RFC 8785; RFC 7493 section 2"
ICD_11 = "http://id.who.int/icd/release/11/mms"
ICAO_TEST = "http://smart.who.int/ddcc/CodeSystem/lab-test-type-icao"
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)
RESULTS = "http://smart.who.int/ddcc/CodeSystem/lab-test-qual-result-icao"


def root(label: str = "XB root", country: str = "XB", *, key: Any = None, **changes: Any) -> Root:
    return Root(country, "XB health root", key=key or ec_key(label), **changes)


def signer(of: Root, label: str = "XB seal signer", country: str = "XB", **changes: Any) -> SealSigner:
    return of.signer(country, key=ec_key(label), **changes)


ROOT = root()
SIGNER = signer(ROOT)
SUCCESSOR = root("XB root, the next")
"""Of the same name, with a key of its own."""


def anchored(of: Root, **changes: object) -> Vector:
    """A root of the JSON form of a trust list."""
    kind = {"secp256r1": "P-256", "secp384r1": "P-384", "brainpoolP384r1": "brainpoolP384r1"}
    curve = of.key.curve.name if isinstance(of.key, ec.EllipticCurvePrivateKey) else "RSA"
    stated = {
        "key": {"spki": base64(seals.spki(of.key)), "kind": kind.get(curve, "RSA")},
        "name": base64(of.name.public_bytes()),
        "issuer": "XB",
        "key_id": None if of.key_id is None else base64(of.key_id),
        "not_before": instant(of.period[0]),
        "not_after": instant(of.period[1]),
    }
    return stated | changes


def trusting(*roots: Root, environment: str = "sandbox") -> Vector:
    return listed(environment=environment, anchors=[anchored(each) for each in roots])


TRUST = trusting(ROOT)
GOOD = seals.seal(SIGNER)


def case(name: str, description: str, source: str, scan: str, expected: Vector, **options: Any) -> Case:
    return scan_case(f"vds-nc-{name}", description, source, scan, expected, **({"trust": TRUST} | options))


def sealed(message: Any = None, **head: object) -> str:
    return seals.seal(SIGNER, seals.data(message, **head))


def refused(reason: Reason) -> Vector:
    return unread(reason, format="vds-nc")


def signed(*reasons: Reason, **facts: Any) -> Vector:
    """Everything was established but what is named; nothing else stands in the way."""
    return held(*reasons, format="vds-nc", **facts)


def stopped(*reasons: Reason, signature: bool | None, key: bool | None) -> Vector:
    return unsigned(*reasons, signature=signature, key=key, format="vds-nc")


def document(scan: str, number: str = "L01X00T47", kind: str = "") -> Vector:
    """The travel document concealed, with the salt that follows from the signature."""
    signature = seals.decoded(json.loads(scan)["sig"]["sigvl"])
    salt = hashlib.sha256(b"VDS-NC document" + signature).digest()[:16]
    digest = hmac.digest(salt, f":{number}".encode(), hashlib.sha256)[:16]
    return {"kind": kind, "country": "", "tail": number[-3:], "salt": base64(salt), "digest": base64(digest)}


NAME = {"fn": "MUSTERFRAU", "fnt": "MUSTERFRAU", "gn": "ERIKA", "gnt": "ERIKA"}
DOSE: Vector = {
    "co": "XB",
    "is": "Harbour clinic",
    "ci": "SB70200415",
    "tg": "840539006",
    "vp": "28531000087107",
    "mp": "EU/1/20/1528",
    "dn": 1,
    "dt": "2021-03-03",
    "cd": {"vp": [ICD_11, "XM68M6"]},
}
TEST: Vector = {
    "co": "XB",
    "is": "Harbour laboratory",
    "ci": "ST70200416",
    "tg": "840539006",
    "tt": "LP6464-4",
    "tr": "260415000",
    "sc": "2021-06-30T12:00:00+08:00",
    "tc": "Harbour laboratory",
    "cd": {"tt": [ICAO_TEST, "molecular(PCR)"]},
}


def plain(*entries: Vector, group: str = "v", nam: Vector = NAME, dob: str = "1964-08-12") -> Vector:
    """A specimen, as every seal of a fictional state is."""
    return {"ver": "1.3.3", "nam": nam, "dob": dob, group: list(entries or (DOSE,)), "sp": True}


def true(scan: str, certificate: Vector | None = None, **parts: Any) -> Vector:
    told = {"travel_document": document(scan)} | parts
    return signed(authentic=True, certificate=certificate or plain(), **told)


def texts() -> Iterator[Case]:
    """What cannot be taken apart."""
    for name, description, source, scan, expected in (
        ("cut-short", "The last character is missing", "RFC 8259", GOOD[:-1], refused(Reason.JSON_BROKEN)),
        ("twice", "Two seals one after the other", "RFC 8259", GOOD + GOOD, refused(Reason.JSON_BROKEN)),
        (
            "half-a-surrogate-pair",
            "A text that no encoding of Unicode can write",
            JCS,
            GOOD.replace("Harbour clinic", "\\ud800"),
            refused(Reason.JSON_BROKEN),
        ),
        (
            "header-twice",
            "The header is stated twice",
            JCS,
            GOOD.replace('"hdr": ', '"hdr": {}, "hdr": ', 1),
            refused(Reason.JSON_DUPLICATE_KEY),
        ),
        (
            "number-beyond-doubles",
            "Version 2^53, which readers of JSON round in different ways",
            JCS,
            GOOD.replace('"v": 1', '"v": 9007199254740993'),
            refused(Reason.JSON_NUMBER),
        ),
        (
            "nested-thirteen-deep",
            "Deeper than our limit of 12",
            PAGE,
            GOOD.replace('"v": 1', '"v": ' + "[" * 11 + "]" * 11),
            refused(Reason.JSON_TOO_DEEP),
        ),
        (
            "without-signature",
            "No signature zone at all",
            PAGE,
            json.dumps({"data": seals.data()}),
            refused(Reason.SEAL_STRUCTURE),
        ),
        (
            "without-algorithm",
            "The signature zone names no algorithm",
            PAGE,
            seals.seal(SIGNER, alg=None),
            refused(Reason.SEAL_STRUCTURE),
        ),
        (
            "message-is-a-list",
            "A list instead of the message",
            PAGE,
            json.dumps({"data": {"hdr": seals.header(), "msg": []}, "sig": {}}),
            refused(Reason.SEAL_STRUCTURE),
        ),
        (
            "signature-no-base64url",
            "A signature with a character of another alphabet",
            "RFC 4648 section 5",
            seals.seal(SIGNER, sigvl="!" * 88),
            refused(Reason.BASE64_BROKEN),
        ),
        (
            "algorithm-of-rsa",
            "RS256, which no seal has",
            PAGE,
            seals.seal(SIGNER, alg="RS256"),
            refused(Reason.ALGORITHM_UNKNOWN),
        ),
    ):
        yield case(name, description, source, scan, expected)


def signatures() -> Iterator[Case]:
    """What no signer made."""
    yield case(
        "signature-of-63-octets",
        "An octet of the signature is missing",
        "RFC 7518 section 3.4",
        seals.seal(SIGNER, sigvl=seals.base64url(bytes(63))),
        stopped(Reason.SIGNATURE_LENGTH, signature=False, key=None),
    )
    yield case(
        "name-changed",
        "Another first name than the one that was signed",
        JCS,
        GOOD.replace("ERIKA", "ERIKO"),
        stopped(Reason.SIGNATURE_INVALID, signature=False, key=None),
    )
    yield case(
        "algorithm-of-another-curve",
        "ES384 beside a key on P-256",
        "RFC 7518 section 3.4",
        seals.seal(SIGNER, alg="ES384", sigvl=seals.base64url(bytes(96))),
        stopped(Reason.KEY_ALGORITHM, signature=False, key=None),
    )
    for name, description, certificate in (
        ("missing", "No octets where the signer's certificate should be", b""),
        ("no-certificate", "A word where the signer's certificate should be", b"nonsense"),
        ("cut-short", "The last octet of the signer's certificate is missing", SIGNER.certificate[:-1]),
    ):
        yield case(
            f"signer-{name}",
            description,
            "RFC 5280",
            seals.seal(SIGNER, cer=seals.base64url(certificate)),
            refused(Reason.SIGNER_UNREADABLE),
        )


def forged() -> SealSigner:
    """A signer that says it is under the root, and is certified by another key."""
    return signer(root("a forger's root", key_id=ROOT.key_id), "a forger")


def chains() -> Iterator[Case]:
    """Which root vouches for a signer."""
    unknown = stopped(Reason.KEY_UNKNOWN, signature=None, key=None)
    yield case("root-unknown", "No root is listed: no proof of forgery", DOC_9303, GOOD, unknown, trust=trusting())
    yield case(
        "root-of-the-same-name",
        "The root's successor has its name and another key identifier, and is not listed yet",
        DOC_9303,
        seals.seal(signer(SUCCESSOR)),
        unknown,
    )
    yield case(
        "chain-invalid",
        "The root that the signer's certificate names did not sign it",
        DOC_9303,
        seals.seal(forged()),
        broken(Reason.CHAIN_INVALID, key=False),
    )
    yield case(
        "chain-by-name-alone",
        "Neither root nor signer states a key identifier, and another key signed: perhaps an unlisted successor",
        "our rule: what an honest issuer may have done is no forgery",
        seals.seal(signer(root("XB root, the next", key_id=None))),
        broken(Reason.KEY_UNKNOWN, key=None),
        trust=trusting(root(key_id=None)),
    )
    odd = root(digest=hashes.SHA224())
    yield case(
        "chain-not-checked",
        "The signer's certificate is signed over SHA-224, which verifiers do not have",
        "our rule: what cannot be computed here is open",
        seals.seal(signer(odd)),
        broken(Reason.CHAIN_NOT_CHECKED, key=None, asked=False),
    )
    yield case(
        "signer-of-another-country",
        "A root of XB signed for a signer of XA",
        DOC_9303,
        seals.seal(signer(ROOT, country="XA")),
        broken(Reason.KEY_ISSUER_MISMATCH, key=False),
    )
    late = root(not_before=NOT_BEFORE + timedelta(seconds=1))
    yield case(
        "signer-older-than-its-root",
        "The signer begins a second before its root",
        "RFC 5280 section 6.1.3",
        seals.seal(signer(late)),
        broken(Reason.KEY_PERIOD, period=False),
        trust=trusting(late),
    )
    for name, description, trust, by in (
        ("roots-two-of-one-name", "Both roots of a name are listed", trusting(ROOT, SUCCESSOR), signer(SUCCESSOR)),
        (
            "root-ended",
            "The root has ended since it issued its signer: what it signed stands",
            trusting(root(not_after=NOT_BEFORE + timedelta(days=30))),
            SIGNER,
        ),
        ("root-on-p-384", "A root on P-384", *chain(root(key=ec_key("P-384", ec.SECP384R1()), digest=hashes.SHA384()))),
        (
            "root-on-brainpool",
            "A root on brainpoolP384r1",
            *chain(root(key=ec_key("brainpool", ec.BrainpoolP384R1()), digest=hashes.SHA384())),
        ),
        ("root-rsa", "A root with RSA, PKCS #1 v1.5", *chain(root(key=_rsa_key()))),
        (
            "signer-listed",
            "The signer itself is on the list, and no root is",
            listed(entry(SIGNER, issuer="XB", formats=["vds-nc"]), environment="sandbox"),
            SIGNER,
        ),
        ("root-without-key-identifier", "Root and signer are matched by name", *chain(root(key_id=None))),
    ):
        scan = seals.seal(by)
        yield case(name, description, DOC_9303, scan, true(scan), trust=trust)


def chain(of: Root) -> tuple[Vector, SealSigner]:
    return trusting(of), signer(of)


def broken(reason: Reason, *, key: bool | None = None, period: bool | None = None, asked: bool = True) -> Vector:
    """The seal's own signature held, unless nothing was `asked`; its signer is not vouched for."""
    expected = stopped(reason, signature=True if asked else None, key=key)
    facts = dict(expected["facts"])  # type: ignore[call-overload]
    if period is not None:
        facts["in_period"] = period
    verdict = False if False in facts.values() else None
    return expected | {"facts": facts, "authentic": verdict}


def signers() -> Iterator[Case]:
    """What a signer may sign, and when."""
    purpose = "ICAO TR VDS-NC, profile of the signer; Doc 9303-12, 7.1.1"
    use = signed(Reason.KEY_USE, key_use_allowed=False)
    for name, description, changes in (
        ("of-tests", "Its document types are NT alone, and it sealed a vaccination", {"types": ("NT",)}),
        ("of-passports", "A signer of passports under the same root", {"purposes": (), "types": ("P",)}),
        ("of-web-pages", "Its purpose is a web server's", {"purposes": ("1.3.6.1.5.5.7.3.1",), "types": ()}),
        ("of-master-lists", "Its purpose is to sign master lists", {"purposes": ("2.23.136.1.1.3",), "types": ()}),
        ("of-certificates", "Its basic constraints make it an authority itself", {"extensions": (AUTHORITY,)}),
    ):
        yield case(f"signer-{name}", description, purpose, seals.seal(signer(ROOT, **changes)), use)
    itself = SealSigner(ROOT.key, ROOT.certificate)
    yield case("signer-the-root-itself", "A root signed the seal, and no signer", purpose, seals.seal(itself), use)
    of_passports = signer(ROOT, purposes=(), types=("P",))
    yield case(
        "signer-of-passports-listed",
        "A signer of passports is on the list, for anything; its own certificate says for what",
        purpose,
        seals.seal(of_passports),
        use,
        trust=listed(entry(of_passports, issuer="XB"), environment="sandbox"),
    )
    plain_signer = signer(ROOT, purposes=(), types=())
    scan = seals.seal(plain_signer)
    yield case("signer-without-purposes", "A certificate that restricts nothing", purpose, scan, true(scan))
    second = timedelta(seconds=1)
    period = "our rule: a seal without dates counts as long as its signer's certificate"
    yield case(
        "signer-ended",
        "A second after its signer's certificate ended",
        period,
        GOOD,
        signed(Reason.EXPIRED, in_period=False),
        at=NOT_AFTER + second,
        revocation=FRESH | {"fresh_until": instant(NOT_AFTER + second)},
    )
    yield case(
        "signer-not-begun",
        "A second before its signer's certificate begins",
        period,
        GOOD,
        signed(Reason.NOT_YET_VALID, in_period=False),
        at=NOT_BEFORE - second,
    )
    for state, reason, facts in (
        ("ZZC", Reason.KEY_ISSUER_MISMATCH, {"key_trusted": False}),
        ("D<<", Reason.KEY_ISSUER_MISMATCH, {"key_trusted": False, "not_specimen": True}),
        ("XOM", Reason.ISSUER_UNKNOWN, {"key_trusted": None, "authentic": None}),
    ):
        name = {"ZZC": "another", "D<<": "germany", "XOM": "no-country"}[state]
        yield case(
            f"issuer-{name}",
            f"A key of XB signed for {state}",
            "ICAO Doc 9303-3 section 5",
            sealed(is_=state),
            signed(reason, **facts),
        )
    yield case(
        "specimen-in-production",
        "The seal of a fictional state is a specimen: nothing else in it could say so",
        PAGE,
        GOOD,
        signed(Reason.SPECIMEN, not_specimen=False),
        trust=trusting(ROOT, environment="production"),
    )
    yield case(
        "revoked",
        "Its own identifier is withdrawn, under the state that gave it",
        PAGE,
        GOOD,
        signed(Reason.REVOKED, not_revoked=False),
        revocation=FRESH | {"revoked": [["uvci", "ZZB:SB70200415"]]},
    )
    for issuer in ("ZZC:", ""):
        yield case(
            f"not-revoked-by-{'another-state' if issuer else 'an-identifier-alone'}",
            "Seals of different states may have one identifier",
            PAGE,
            GOOD,
            true(GOOD),
            revocation=FRESH | {"revoked": [["uvci", f"{issuer}SB70200415"]]},
        )


def messages() -> Iterator[Case]:
    """Messages that a trusted signer should not have signed."""
    for name, description, message, reason in (
        ("without-identifier", "No uvci", vaccinated(uvci=None), Reason.CONTENT_FIELD_MISSING),
        ("without-events", "An empty list of events", vaccinated(ve=[]), Reason.CONTENT_EMPTY),
        ("name-missing", "No name", vaccinated(pid=seals.person(n=None)), Reason.CONTENT_NAME),
        ("birth-in-month-13", "Month 13", vaccinated(pid=seals.person(dob="1964-13-12")), Reason.CONTENT_DATE),
        ("dose-zero", "Dose 0", vaccinated(event(dose(seq=0))), Reason.CONTENT_NUMBER),
        ("dose-is-a-word", "Dose two", vaccinated(event(dose(seq="two"))), Reason.CONTENT_FIELD_TYPE),
        ("day-that-is-none", "29 February 2021", vaccinated(event(dose(dvc="2021-02-29"))), Reason.CONTENT_DATE),
        ("sixty-five-events", "Our limit is 64", vaccinated(*[event()] * 65), Reason.CONTENT_FIELD_LENGTH),
    ):
        yield case(name, description, PAGE, sealed(message), nonsense(reason, format="vds-nc"))
    sampled = tested(dat={"sc": "2021-06-30"})
    yield case(
        "sampled-on-a-day",
        "A sample without its time",
        PAGE,
        sealed(sampled, t="icao.test"),
        nonsense(Reason.CONTENT_DATE, format="vds-nc"),
    )
    for name, description, head, reason in (
        ("type-unknown", "A type of the future", {"t": "icao.else"}, Reason.PROFILE_UNKNOWN),
        ("version-2", "A version of the future", {"v": 2}, Reason.CONTENT_VERSION),
    ):
        yield case(name, description, PAGE, sealed(**head), nonsense(reason, format="vds-nc", open=True))


def positives() -> Iterator[Case]:
    """What a seal may say, and how it may be written."""
    yield case(
        "vaccination",
        "A vaccination, and the passport in hand",
        PAGE,
        GOOD,
        true(GOOD, person=exact()),
        document=zone("MUSTERFRAU", "ERIKA", "640812", number="L01X00T47"),
    )
    yield case(
        "another-passport",
        "The same with another passport in hand",
        PAGE,
        GOOD,
        true(GOOD, person=person("different", Reason.DOCUMENT_DIFFERENT, document="different")),
        document=zone("MUSTERFRAU", "ERIKA", "640812", number="L01X00T48"),
    )
    test = sealed(tested(), t="icao.test")
    yield case(
        "test", "A test", PAGE, test, true(test, plain(TEST, group="t"), travel_document=document(test, kind="P"))
    )
    antibody = sealed(tested(tr={"tc": "antibody", "r": "abnormal"}), t="icao.test")
    told = {key: value for key, value in TEST.items() if key not in ("tt", "tr", "cd")}
    told |= {"kd": "antibody", "cd": {"tt": [ICAO_TEST, "antibody"], "tr": [RESULTS, "abnormal"]}}
    yield case(
        "antibody-test",
        "A result that says neither detected nor not: it stays open",
        PAGE,
        antibody,
        true(antibody, plain(told, group="t"), travel_document=document(antibody, kind="P")),
    )
    several = sealed(vaccinated(event(dose(), dose(dvc="2021-04-03", seq="2", ctr="D<<", adm=None))))
    yield case(
        "two-doses",
        "Two doses under one identifier, which is no record's; one number written as text",
        PAGE,
        several,
        true(
            several, plain(DOSE | {"ci": ""}, DOSE | {"ci": "", "dt": "2021-04-03", "dn": 2, "co": "DE", "is": "ZZB"})
        ),
    )
    other = sealed(vaccinated(event(nam="A vaccine of ours", des="XM0000", dis="RA01")))
    codes = {"vp": [ICD_11, "XM0000"], "mp": ["urn:x-vds-nc:nam", "A vaccine of ours"]}
    unknown = {key: value for key, value in DOSE.items() if key not in ("vp", "mp")} | {"cd": codes}
    yield case("vaccine-unknown", "Codes that no map knows are kept", PAGE, other, true(other, plain(unknown)))
    undivided = sealed(vaccinated(pid=seals.person(n="Musterfrau Erika", dob=None, i=None)))
    yield case(
        "name-undivided",
        "A name that does not show where it divides, and no birth date or document",
        PAGE,
        undivided,
        true(
            undivided,
            plain(nam={"fn": "Musterfrau Erika", "fnt": "MUSTERFRAU<ERIKA"}, dob=""),
            travel_document=None,
        ),
    )
    for name, birth in (("zeros", "1964-00-00"), ("as-in-a-passport", "1964-XX-XX")):
        born = sealed(vaccinated(pid=seals.person(dob=birth)))
        yield case(
            f"birth-in-a-year-{name}",
            "Day and month of birth are not known",
            "ICAO Doc 9303, dates of birth that are not known in full",
            born,
            true(born, plain(dob="1964")),
        )
    unzoned = sealed(tested(dat={"sc": "2021-06-30T12:00:00"}), t="icao.test")
    yield case(
        "sampled-without-a-zone",
        "Noon, nobody says where: of the sample the day alone is known",
        "our rule: no test seems fresher than it is",
        unzoned,
        true(
            unzoned,
            plain(TEST | {"sc": "2021-06-30T00:00:00+14:00", "dy": True}, group="t"),
            travel_document=document(unzoned, kind="P"),
        ),
    )
    utopian = sealed(is_="UTO")
    yield case("utopia", "Any signer may sign for ICAO's Utopia, in a sandbox", PAGE, utopian, true(utopian))
    for name, description, scan in (
        ("laid-out", "Over lines, as people lay JSON out", json.dumps(json.loads(GOOD), indent=2)),
        ("in-an-array", "Alone in an array", f"[{GOOD}]"),
        ("without-padding", "base64url without its padding", GOOD.replace("=", "")),
        ("version-as-a-fraction", "Version 1.0, which is 1 in canonical form", GOOD.replace('"v": 1', '"v": 1.0')),
        ("members-reversed", "The signature first", json.dumps(dict(reversed(json.loads(GOOD).items())))),
    ):
        yield case(name, description, JCS, scan, true(scan if scan.startswith("{") else GOOD))
    longer = SealSigner(ec_key("XB seal signer"), SIGNER.certificate)
    longer.certificate = SIGNER.certificate + b"\x00\x00"
    scan = seals.seal(longer)
    yield case(
        "octets-after-the-certificate",
        "Two octets after the signer's certificate, which stricter parsers refuse",
        "seen on real seals",
        scan,
        true(scan),
    )

    nulled = SealSigner(ec_key("XB seal signer"), SIGNER.certificate)
    nulled.certificate = seals.with_null(SIGNER.certificate, ROOT)
    scan = seals.seal(nulled)
    yield case(
        "ecdsa-with-null-parameters",
        "NULL beside the algorithm of the signer's certificate, which stricter parsers refuse",
        "RFC 5758 section 3.2; seen on real seals",
        scan,
        true(scan),
    )


def cases() -> Iterator[Case]:
    for family in (texts, signatures, chains, signers, messages, positives):
        yield from family()
