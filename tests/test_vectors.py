"""Every file of tests/vectors gets the answer it expects, and every reason code has its file."""

import json
import socket
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import structs

from pratique import Bundle, Journey, Leg, TrustList, answer, formats, identify, issue, qr, revocation, verify
from pratique.answering.certificates import verification_json
from pratique.authority.signers.certificates import key_info
from pratique.crypto import check
from pratique.formats import _base32, _base45, _jws, divoc, hcert, nzcp, shc, vds_nc
from pratique.formats.hcert import icvp
from pratique.formats.shc._scans import jws_of
from pratique.model import dcc, fhir, mrz
from pratique.model.certificate import Certificate, Evidence, Sex, TravelDocument, choose
from pratique.model.consequence import Consequence
from pratique.model.errors import IssueRefused, MalformedCertificate, PratiqueError, RuleRefused
from pratique.model.keys import PublicKey, Use
from pratique.model.reasons import EFFECTS, Reason
from pratique.paper import Scan, Sheet, certificate_pdf
from pratique.revocation import Distrust, Prefixes, RevocationList
from pratique.rules import compiled, find, parse_rule
from pratique.rules.gateway import problems, upload_problems
from pratique.rules.linting import findings, parse_policy
from pratique.rules.policy import read_policy
from pratique.rules.signing import parse_officials, unsigned
from pratique.trust import Environment, controller, did, icao, jwks, vci
from pratique.trust.recipients import recipient
from pratique.trust.x509 import anchor, trusted_key
from pratique.unsealing import unseal
from pratique.verification import Verification
from tests import cards, foreign, make_vectors, wire
from tests.cases import keysets
from tests.cases import roots as root_cases
from tests.cases.known import KnownSigner
from tests.settings import SETTINGS

FOLDER = Path(__file__).parent / "vectors"
PATHS = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.json"))
VECTORS: dict[str, Any] = {path: json.loads((FOLDER / path).read_text("utf-8")) for path in PATHS}


def each(family: str) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("path", [path for path in PATHS if path.startswith(f"{family}/")])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def reasons_of(action: Callable[[], object]) -> list[str]:
    """Why it was refused; none where it was not."""
    try:
        action()
    except PratiqueError as refusal:
        return [reason.value for reason in refusal.reasons]
    return []


# scans


def trust_list(vector: dict) -> TrustList:
    trust = vector["trust"]
    if isinstance(trust, list):
        return TrustList.from_certificates([b64decode(certificate) for certificate in trust])
    return TrustList.from_json(json.dumps(trust).encode())


def revocation_list(vector: dict) -> RevocationList | None:
    told = vector.get("revocation")
    if told is None:
        return None
    listed = {name: frozenset((kind, value) for kind, value in told[name]) for name in ("revoked", "replaced")}
    distrusted = [
        Distrust(b64decode(one["spki"]), honest=Prefixes.of([("signed", digest) for digest in one["honest"]]))
        for one in told.get("distrusted", ())
    ]
    return RevocationList(moment(told["issued"]), moment(told["fresh_until"]), **listed, distrusted=distrusted)


def base45_of(scan: str) -> str:
    _, _, behind = scan.partition("HC1:") if scan.startswith("LIVE1:") else ("", "", scan)
    return behind.strip("\ufeff \r\n").removeprefix("HC1:")


def verified(vector: dict, scan: str | None = None) -> Verification:
    return verify(
        vector["scan"] if scan is None else scan,
        trust_list=trust_list(vector),
        at=moment(vector["at"]),
        revocation=revocation_list(vector),
    )


def document_told(certificate: Certificate) -> object:
    document = certificate.holder.document
    if document is None:
        return None
    told = structs.asdict(document)
    return told | {name: b64encode(told[name]).decode() for name in ("salt", "digest")}


def person_told(certificate: Certificate, lines: list[str]) -> object:
    identity = identify(certificate, mrz.parse("\n".join(lines)))
    return {"match": identity.match.value} | structs.asdict(identity) | {"reasons": list(identity.reasons)}


@each("scans")
def test_scan(path: str) -> None:
    vector = VECTORS[path]
    expected, verification = vector["expected"], verified(vector)
    assert list(verification.reasons) == expected["reasons"], verification.fault
    assert verification.facts == expected["facts"]
    assert verification.authentic is expected["authentic"]
    assert verification.format == expected["format"]
    assert set(verification.reasons) <= set(EFFECTS)
    if "certificate" in expected:
        assert verification.content is not None
        assert dcc.to_dcc(verification.content) == expected["certificate"]
        assert document_told(verification.content) == expected.get("travel_document")
    if "holds" in expected:
        told = msgspec.json.decode(msgspec.json.encode(verification_json(verification)))
        assert {name: told[name] for name in expected["holds"]} == expected["holds"]
        assert verification.certificate is None
    if "document" in vector:
        assert verification.content is not None
        assert person_told(verification.content, vector["document"]) == expected["person"]


class VectorsKey:
    """The `Unsealer` of a vector: its private key as 32 octets."""

    def __init__(self, vector: dict) -> None:
        self.key_id = recipient(b64decode(vector["certificate"])).key_id
        self._key = ec.derive_private_key(int.from_bytes(b64decode(vector["private_key"])), ec.SECP256R1())

    def agree(self, ephemeral: PublicKey) -> bytes:
        public = load_der_public_key(ephemeral.spki)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        return self._key.exchange(ec.ECDH(), public)


@each("unseal")
def test_unsealing(path: str) -> None:
    vector = VECTORS[path]
    expected, outside = vector["expected"], verified(vector)
    assert outside.authentic is True
    told = unseal(outside, VectorsKey(vector), revocation=revocation_list(vector))
    assert list(told.reasons) == expected["reasons"], told.fault
    assert told.authentic is expected["authentic"]
    assert (told.certificate and dcc.to_dcc(told.certificate)) == expected["certificate"]


def test_no_scan_of_any_format_asks_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issuers, contexts and certificates name addresses; a parser's boundary would hide a guard that only raises."""
    opened: list[object] = []

    def refuse(*arguments: object, **named: object) -> None:
        opened.append(arguments)
        raise OSError("a socket, a name or a connection was asked for")

    for asked in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, asked, refuse)
    seen = set()
    for vector in (VECTORS[path] for path in PATHS if path.startswith("scans/")):
        seen.add(verified(vector).format)
        with suppress(MalformedCertificate):
            list(formats.layers(vector["scan"]))
    assert seen >= {"shc", "nzcp", "vds-nc", "divoc", "ddcc", "icvp", "eu-dcc", "ithc"}
    assert opened == []
    with pytest.raises(OSError, match="asked for"):
        socket.create_connection(("127.0.0.1", 9))  # the guard would have seen it
    assert len(opened) == 1


def test_every_authentic_scan_says_what_it_holds() -> None:
    authentic = [path for path, vector in VECTORS.items() if vector["expected"].get("authentic")]
    assert len(authentic) > 40
    assert [path for path in authentic if not {"certificate", "holds"} & VECTORS[path]["expected"].keys()] == []


FLIPS = 40
"""Octets flipped in each authentic scan: enough that all of them together meet every part of a message many times."""


def taken_apart(scan: str) -> tuple[bytes, Callable[[bytes], str]]:
    """The octets that a scan carries, and the scan that carries others."""
    text = scan.strip("\ufeff \r\n")
    if nzcp.recognises(text):
        return _base32.decode(text.removeprefix("NZCP:/1/")), foreign.pass_scan
    if divoc.recognises(text):
        inside = divoc._archive.document(text.encode("latin-1"))
        return inside, lambda octets: foreign.archive(octets).decode("latin-1")
    if vds_nc.recognises(text):
        return text.encode(), lambda octets: octets.decode("utf-8", "replace")
    if not shc.recognises(text):
        return hcert.inflate(_base45.decode(base45_of(scan))), wire.scan
    head, body, seal = jws_of(text)[0].split(".")
    sizes = [len(_jws.decode(part, "")) for part in (head, body)]

    def rescan(octets: bytes) -> str:
        ends = (0, sizes[0], sum(sizes), len(octets))
        return ".".join(cards.b64url(octets[ends[part] : ends[part + 1]]) for part in range(3))

    return b"".join(_jws.decode(part, "") for part in (head, body, seal)), rescan


@pytest.mark.parametrize("path", [path for path, vector in VECTORS.items() if vector["expected"].get("authentic")])
def test_after_a_flipped_octet_nothing_false_is_authentic(path: str) -> None:
    vector = VECTORS[path]
    untouched = verified(vector)
    message, rescan = taken_apart(vector["scan"])
    step = max(1, len(message) // FLIPS)
    for place in range(len(path) % step, len(message), step):
        flipped = bytearray(message)
        flipped[place] ^= 0xFF if place % 2 else 1 << place % 8
        verification = verified(vector, rescan(bytes(flipped)))
        if verification.authentic:
            assert verification.content == untouched.content, place
            assert verification.identifiers == untouched.identifiers, place


# documents in hand, health records


@each("mrz")
def test_machine_readable_zone(path: str) -> None:
    vector = VECTORS[path]
    assert reasons_of(lambda: mrz.parse(vector["text"])) == vector["expected"].get("reasons", [])
    if "fields" in vector["expected"]:
        assert structs.asdict(mrz.parse(vector["text"])) == vector["expected"]["fields"]


@each("records")
def test_record(path: str) -> None:
    vector = VECTORS[path]
    stated = vector["stated"] | {"evidence": Evidence(vector["stated"]["evidence"])}
    assert reasons_of(lambda: fhir.claim(vector["resource"], **stated)) == vector["expected"].get("reasons", [])
    if "claim" in vector["expected"]:
        anybody = dcc.from_dcc({"nam": {"fnt": "X"}} | vector["expected"]["claim"])
        claim = fhir.claim(vector["resource"], **stated)
        told = dcc.to_dcc(choose(anybody, claim))
        assert {group: told[group] for group in ("v", "t", "r") if group in told} == vector["expected"]["claim"]


# issuing


def certificate_of(vector: dict) -> Certificate:
    """The certificate of an issue vector; one without entries is one without claims, which no scan can be."""
    shape = vector["certificate"]
    if any(group in shape for group in ("v", "t", "r", "x")):
        certificate = dcc.from_dcc(shape)
    else:
        nothing = {"tg": "840539006", "co": "XA", "is": "", "ci": "X", "df": "2021", "du": "2021"}
        certificate = choose(dcc.from_dcc(shape | {"x": [nothing]}))
    if "form" in vector:
        form = vector["form"]
        holder = structs.replace(certificate.holder, sex=Sex(form["sex"]), nationality=form["nationality"])
        claims = tuple(structs.replace(claim, lot=form["lot"]) for claim in certificate.claims)
        certificate = structs.replace(certificate, holder=holder, claims=claims)
    if "document" not in vector:
        return certificate
    told = vector["document"]
    octets = {name: b64decode(told[name]) for name in ("salt", "digest")}
    return structs.replace(
        certificate, holder=structs.replace(certificate.holder, document=TravelDocument(**told | octets))
    )


@each("issue")
def test_issue(path: str) -> None:
    vector = VECTORS[path]
    key, signer = vector["key"], KnownSigner()
    signer.key = structs.replace(
        signer.key,
        not_before=moment(key["not_before"]),
        not_after=moment(key["not_after"]),
        uses=None if key["uses"] is None else frozenset(map(Use, key["uses"])),
        url=key.get("url"),
        certificate=key.get("certificate", signer.certificate),
    )
    certificate, at = certificate_of(vector), moment(vector["at"])
    asked = {"format": vector["format"], "signer": signer, "at": at, "expires": moment(vector["expires"])}
    if vector["expected"]["reasons"]:
        with pytest.raises(IssueRefused) as refusal:
            issue(certificate, **asked)
        assert list(refusal.value.reasons) == vector["expected"]["reasons"]
        assert signer.signatures == 0
        return
    scan = issue(certificate, **asked)
    assert signer.signatures == 1
    listed = TrustList.from_certificates([signer.certificate]).keys
    card = structs.replace(listed[0], kid=cards.kid(signer).encode(), issuer=key.get("url"))
    sandbox = TrustList((*listed, card), environment=Environment.SANDBOX)
    verification = verify(scan, trust_list=sandbox, at=at)
    assert verification.authentic is True
    if vector["format"] == icvp.NAME:
        assert verification.content == icvp.normalised(certificate)
        return
    read = vector["expected"].get("content")  # where it is not what was given
    assert verification.content == (certificate if read is None else dcc.from_dcc(read))


# pictures and paper


@each("images")
def test_image(path: str) -> None:
    vector = VECTORS[path]
    image, expected = b64decode(vector["image"]), vector["expected"]
    assert reasons_of(lambda: qr.read(image)) == expected.get("reasons", [])
    if "scans" in expected:
        assert list(qr.read(image)) == expected["scans"]


@each("print")
def test_print(path: str) -> None:
    vector = VECTORS[path]
    certificate = certificate_of(vector)
    sheet = Sheet(
        certificate=certificate,
        scans=(Scan(vector["scan"], certificate.claims),),
        issued=moment(vector["issued"]),
        expires=moment(vector["expires"]),
        languages=tuple(vector["languages"]),
        **{name: vector[name] for name in ("issuer", "country")},
    )
    assert reasons_of(lambda: certificate_pdf(sheet)) == vector["expected"]["reasons"]


# trust material, and settings that no file can hold


@each("trust")
def test_trust(path: str) -> None:
    vector = VECTORS[path]
    material, expected = b64decode(vector["material"]), vector["expected"]
    published = {"did": did.trusted_keys, "controller": controller.trusted_keys}
    readers = {"certificate": trusted_key, "list": TrustList.from_json, "signer": key_info}
    read: Callable[[bytes], object] = (readers | published | {"revocation": revocation.from_bytes})[vector["kind"]]
    assert reasons_of(lambda: read(material)) == expected.get("reasons", [])
    if "refused" in expected:
        keys, report = published[vector["kind"]](material)
        assert len(keys) == report.accepted == expected["keys"]
        assert [list(entry) for entry in report.refused] == expected["refused"]
    elif "keys" in expected:
        assert len(TrustList.from_json(material)) == expected["keys"]
    if "revoked" in expected:
        assert len(revocation.from_bytes(material).revoked) == expected["revoked"]
    if "key" in expected:
        key = trusted_key(material)
        assert key.not_before is not None
        assert key.not_after is not None
        assert expected["key"] == {
            "kid": b64encode(key.kid).decode(),
            "kind": key.key.kind,
            "issuer": key.issuer,
            "not_before": key.not_before.isoformat().replace("+00:00", "Z"),
            "not_after": key.not_after.isoformat().replace("+00:00", "Z"),
            "uses": None if key.uses is None else sorted(key.uses),
            "notes": list(key.notes),
        }


@each("keysets")
def test_key_set(path: str) -> None:
    vector = VECTORS[path]
    material, expected = keysets.written(vector["material"]), vector["expected"]
    anchors = [anchor(b64decode(der)) for der in vector.get("anchors", [])]
    given: dict[str, Any] = {"anchors": anchors, "check": check}
    if vector["kind"] == "snapshot":
        directory = vector.get("directory")
        given["allowed"] = None if directory is None else vci.issuers(keysets.written(directory))
    elif "issuer" in vector:
        given["issuer"] = vector["issuer"]
    read = {"key-set": jwks.trusted_keys, "snapshot": vci.trusted_keys}[vector["kind"]]
    if "accepted" not in expected:
        assert reasons_of(lambda: read(material, **given)) == expected["reasons"]
        return
    keys, report = read(material, **given)
    assert [[place, reason.value] for place, reason in report.refused] == expected["refused"]
    assert (report.accepted, list(report.alarms)) == (expected["accepted"], expected["alarms"])
    assert [note for key in keys for note in key.notes] == expected["notes"]
    assert all(key.formats == {"shc"} and key.issuer for key in keys)
    if "period" in vector:
        assert [(key.not_before, key.not_after) for key in keys] == [tuple(map(moment, vector["period"].values()))]


@each("roots")
def test_roots(path: str) -> None:
    vector = VECTORS[path]
    material, expected = root_cases.material(vector["material"]), vector["expected"]
    if vector["kind"] == "master-list":
        vouching = [anchor(b64decode(der)) for der in vector["signers"]]
        read = partial(icao.master_list, material, signers=vouching, check=check)
    else:
        read = partial(icao.roots, material, check=check)
    if "accepted" not in expected:
        assert reasons_of(read) == expected["reasons"]
        return
    found, report = read()
    assert [[place, reason.value] for place, reason in report.refused] == expected["refused"]
    assert (report.accepted, list(report.alarms)) == (expected["accepted"], expected["alarms"])
    assert sorted(str(root.issuer) for root in found) == expected["countries"]


@each("procedures")
def test_procedure(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS[path]
    assert Path(path).stem == vector["given"]
    setting = SETTINGS[vector["given"]]
    assert reasons_of(lambda: setting(tmp_path, monkeypatch)) == vector["expected"]["reasons"]


# rules


@each("rules")
def test_rule(path: str) -> None:
    vector = VECTORS[path]
    data, asked = vector["rule"].encode(), vector.get("upload")
    if asked is None:
        found = problems(data)
    else:
        before = parse_rule(asked["previous"].encode()) if "previous" in asked else None
        found = upload_problems(data, country=asked["country"], at=moment(asked["at"]), previous=before)
    assert [[problem.path, problem.reason] for problem in found] == vector["expected"]["problems"]
    assert list(dict.fromkeys(problem.reason for problem in found)) == vector["expected"]["reasons"]


@each("outcomes")
def test_outcome(path: str) -> None:
    vector = VECTORS[path]
    rule, expected = parse_rule(json.dumps(vector["rule"]).encode()), vector["expected"]
    found = find(rule, vector["payload"], vector["external"])
    assert found.outcome == expected["outcome"]
    assert [found.reason] == expected.get("reasons", [None])
    assert found.path == expected.get("path", "")
    assert compiled(rule)(vector["payload"], vector["external"]) == expected["outcome"]


@each("policies")
def test_policy(path: str) -> None:
    vector = VECTORS[path]
    data, expected = json.dumps(vector["policy"]).encode(), vector["expected"]
    previous = read_policy(json.dumps(vector["previous"]).encode()) if "previous" in vector else None
    try:
        found = findings(read_policy(data), previous=previous)
        if "officials" in vector:
            whose = parse_officials(json.dumps(vector["officials"]).encode())
            found = (*found, *unsigned(data, whose, check=check))
    except RuleRefused as refusal:
        found = refusal.problems
    assert [[problem.path, problem.reason] for problem in found] == expected["findings"]
    if previous is None and "officials" not in vector:
        historical = vector["policy"].get("historical", False)
        assert reasons_of(lambda: parse_policy(data)) == ([] if historical else expected["reasons"])


# accepted here


def bundle_of(files: dict) -> Bundle:
    def octets(content: object) -> bytes:
        if isinstance(content, dict) and content.keys() == {"base64"}:
            return b64decode(content["base64"])
        return json.dumps(content).encode()

    return Bundle.from_files({name: octets(content) for name, content in files.items()})


def told_consequence(consequence: Consequence | None) -> object:
    return json.loads(msgspec.json.encode(consequence))


@each("admissions")
def test_admission(path: str) -> None:
    vector = VECTORS[path]
    leg = Leg(**vector["journey"] | {"arrive": moment(vector["journey"]["arrive"])})
    at, bundle = moment(vector["at"]), bundle_of(vector["bundle"])
    verdict = answer(
        vector["scans"], bundle=bundle, at=at, journey=Journey((leg,), planned=vector.get("planned"))
    ).verdict
    assert verdict is not None
    assert {
        "outcome": verdict.outcome,
        "reasons": [*verdict.reasons, *verdict.notes],
        "consequence": told_consequence(verdict.consequence),
        "routes": [route.name for route in verdict.routes],
    } == vector["expected"]


@each("bundles")
def test_bundle(path: str) -> None:
    vector = VECTORS[path]
    assert reasons_of(lambda: bundle_of(vector["files"])) == vector["expected"].get("reasons", [])
    if "number" in vector["expected"]:
        assert bundle_of(vector["files"]).number == vector["expected"]["number"]


# the folder as a whole


def test_every_reason_has_a_vector() -> None:
    expected = {
        reason
        for vector in VECTORS.values()
        for told in (vector["expected"], vector["expected"].get("person", {}))
        for reason in (*told.get("reasons", []), *(reason for _, reason in told.get("refused", [])))
    }
    missing = [reason.value for reason in Reason if reason not in expected]
    assert missing == [], "these codes have no vector: write a case in tests/cases"
    assert sorted(expected - {reason.value for reason in Reason}) == [], "these are no codes"


def test_every_vector_says_what_it_is_and_where_it_comes_from() -> None:
    tested = {
        "scans", "mrz", "records", "issue", "trust", "images", "print", "procedures", "rules", "outcomes", "admissions",
        "bundles", "keysets", "roots", "policies", "unseal",
    }  # fmt: skip
    for path, vector in VECTORS.items():
        assert path.partition("/")[0] in tested, path
        assert all(type(vector[key]) is str and vector[key] for key in ("description", "source")), path
        assert vector["expected"], path


def inflated(vector: dict) -> dict:
    """The vector with the octets that its scan inflates to, since zlib's own differ between its builds."""
    stream = zlib.decompressobj()
    try:
        message = stream.decompress(_base45.decode(base45_of(vector["scan"])))
    except (KeyError, MalformedCertificate, zlib.error):
        return vector
    return vector | {"scan": [message.hex(), stream.unused_data.hex(), stream.eof]}


def test_the_files_are_what_make_vectors_makes() -> None:
    made = make_vectors.made()
    assert sorted(made) == PATHS, "run `python -m tests.make_vectors`"
    for path, vector in made.items():
        assert inflated(json.loads(make_vectors.written(vector))) == inflated(VECTORS[path]), path
        assert make_vectors.written(VECTORS[path]) == (FOLDER / path).read_text("utf-8"), path
