"""Every file of tests/vectors gets the answer it expects, and every reason code has its file."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pratique import TrustList, identify, issue, qr, revocation, verify
from pratique.authority.signers.certificates import key_info
from pratique.formats import _base45, hcert
from pratique.model import dcc, fhir, mrz
from pratique.model.certificate import Certificate, Evidence, TravelDocument, choose
from pratique.model.errors import IssueRefused, MalformedCertificate, PratiqueError
from pratique.model.keys import Use
from pratique.model.reasons import EFFECTS, Reason
from pratique.paper import Scan, Sheet, certificate_pdf
from pratique.revocation import Distrust, Prefixes, RevocationList
from pratique.trust import Environment
from pratique.trust.x509 import trusted_key
from pratique.verification import Verification
from tests import make_vectors, wire
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
    return scan.strip("\ufeff \r\n").removeprefix("HC1:")


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
    if "document" in vector:
        assert verification.content is not None
        assert person_told(verification.content, vector["document"]) == expected["person"]


def test_every_authentic_scan_says_what_it_holds() -> None:
    authentic = [path for path, vector in VECTORS.items() if vector["expected"].get("authentic")]
    assert len(authentic) > 40
    assert [path for path in authentic if "certificate" not in VECTORS[path]["expected"]] == []


FLIPS = 40
"""Octets flipped in each authentic scan: enough that all of them together meet every part of a message many times."""


@pytest.mark.parametrize("path", [path for path, vector in VECTORS.items() if vector["expected"].get("authentic")])
def test_after_a_flipped_octet_nothing_false_is_authentic(path: str) -> None:
    vector = VECTORS[path]
    untouched = verified(vector)
    message = hcert.inflate(_base45.decode(base45_of(vector["scan"])))
    step = max(1, len(message) // FLIPS)
    for place in range(len(path) % step, len(message), step):
        flipped = bytearray(message)
        flipped[place] ^= 0xFF if place % 2 else 1 << place % 8
        verification = verified(vector, wire.scan(bytes(flipped)))
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
    sandbox = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    verification = verify(scan, trust_list=sandbox, at=at)
    assert verification.authentic is True
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
    readers = {"certificate": trusted_key, "list": TrustList.from_json, "signer": key_info}
    read = (readers | {"revocation": revocation.from_bytes})[vector["kind"]]
    assert reasons_of(lambda: read(material)) == expected.get("reasons", [])
    if "keys" in expected:
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


@each("procedures")
def test_procedure(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS[path]
    assert Path(path).stem == vector["given"]
    setting = SETTINGS[vector["given"]]
    assert reasons_of(lambda: setting(tmp_path, monkeypatch)) == vector["expected"]["reasons"]


# the folder as a whole


def test_every_reason_has_a_vector() -> None:
    expected = {
        reason
        for vector in VECTORS.values()
        for told in (vector["expected"], vector["expected"].get("person", {}))
        for reason in told.get("reasons", [])
    }
    missing = [reason.value for reason in Reason if reason not in expected]
    assert missing == [], "these codes have no vector: write a case in tests/cases"
    assert sorted(expected - {reason.value for reason in Reason}) == [], "these are no codes"


def test_every_vector_says_what_it_is_and_where_it_comes_from() -> None:
    tested = {"scans", "mrz", "records", "issue", "trust", "images", "print", "procedures"}
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
