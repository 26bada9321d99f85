"""DIVOC, the credentials of India's and other countries' vaccination platforms: read only, with the extra [divoc].

    zip ─ certificate.json ─ JSON-LD credential with a proof { type, verificationMethod, jws }

The proof is a JWS with detached content (RFC 7797) over two hashes, of the proof's own options and of the credential,
each in canonical form (RsaSignature2018 with PS256, Ed25519Signature2018). A key is named by the credential's issuer
and the proof's verification method together.

What is read is what was signed (`_graph`). In it a value cannot be told by the field it stood in where several fields
have one meaning: dose and total, the three dates, the names of vaccine, maker and batch. They are read so that any
order gives the same: the lesser number is the dose, the earliest day the vaccination's, a product one that is known.
Fields that no context defines, and all of a holder whose `id` is no IRI, are not signed and count as not stated.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pratique.formats import _json
from pratique.formats.divoc import _archive
from pratique.formats.divoc._contexts import CRED, CREDENTIALS, SCHEMA, SECURITY, VAC, VACCINATIONS
from pratique.formats.divoc._graph import Graph, canonical
from pratique.model.certificate import Certificate, Name, Person, Vaccination, uses_of
from pratique.model.countries import from_alpha3, is_country
from pratique.model.dates import PartialDate, parse_instant
from pratique.model.dcc import MOST_DOSES
from pratique.model.envelope import Envelope, Layer, Reading
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, FIELDS, ICD_11, PRODUCT_MAP, PROPHYLAXIS_MAP, Code

NAME = "divoc"

MAX_TEXT = 256
"""Of an issuer, a verification method, and whatever is read; the longest in use has some dozens."""
MAX_VALUES = 150
"""Of a document; a credential has about 60, and each costs as much to expand as a short certificate to verify."""
MAX_NODES, MAX_TYPES = 12, 2
"""Objects, and types of each; a credential has nine, with one or two. Each type brings a context along."""

_SUITES = {"RsaSignature2018": ("PS256", Algorithm.PS256), "Ed25519Signature2018": ("EdDSA", Algorithm.EDDSA)}
_PROOF_FIELDS = frozenset(
    {"type", "created", "verificationMethod", "proofPurpose", "jws", "domain", "nonce", "challenge"}
)
_PURPOSE = "assertionMethod"
_PRODUCTS = {
    "covishield": "Covishield",
    "covaxin": "Covaxin",
    "sputnik v": "Sputnik-V",
    "sputnik light": "Sputnik-Light",
    "covovax": "Covovax",
    "spikevax": "EU/1/20/1507",
    "moderna": "EU/1/20/1507",
    "comirnaty": "EU/1/20/1528",
    "pfizer": "EU/1/20/1528",
    "vaxzevria": "EU/1/21/1529",
    "nuvaxovid": "EU/1/21/1618",
}
"""The names under which DIVOC's issuers print vaccines -> the EU's product."""


def recognises(scan: str) -> bool:
    """Whether a scan claims to be a zip, which no other format is."""
    return scan.startswith(_archive.MAGIC)


def open(scan: str) -> Envelope:  # noqa: A001 - the word of the seam
    """Take a scan apart without believing it: octets as text, one character each. Raises `MalformedCertificate`."""
    document, proof = _parts(_archive.document(_archive.octets_of(scan)))
    issuer, method = (_text(where, name) for where, name in ((document, "issuer"), (proof, "verificationMethod")))
    algorithm, header, signature = _detached(proof)
    statements = canonical(document)
    options = {name: value for name, value in proof.items() if name != "jws"} | {"@context": SECURITY}
    hashes = hashlib.sha256(canonical(options)).digest() + hashlib.sha256(statements).digest()
    return Envelope(
        format=NAME,
        algorithm=algorithm,
        signed=header.encode() + b"." + hashes,
        signature=signature,
        key_id=method.encode(),
        payload=statements,
        issuer=issuer,
    )


def _parts(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The credential without its proof, and the proof."""
    try:
        document = _json.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MalformedCertificate(Reason.JSON_BROKEN, detail="not UTF-8") from None
    if not isinstance(document, dict):
        raise MalformedCertificate(Reason.JSON_BROKEN, detail="not an object")
    proof = document.pop("proof", None)
    if not isinstance(proof, dict) or not proof.keys() <= _PROOF_FIELDS:
        raise MalformedCertificate(Reason.PROOF_STRUCTURE, detail="proof")
    match document.get("@context"):
        case [first, second] if first == CREDENTIALS and isinstance(second, str) and second in VACCINATIONS:
            pass
        case _:
            raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="@context")
    _bound([document, proof])
    return document, proof


def _bound(parts: list[dict[str, Any]]) -> None:
    """Refuse what no credential is and would take long to expand, and every keyword of JSON-LD but the context at the
    top: with them a document could bring meanings of its own. Raises `MalformedCertificate`."""
    values: list[object] = [*parts[0].values(), *parts[1].values()]
    nodes = [*parts]
    for value in values:  # grows while it is walked
        if isinstance(value, dict):
            nodes.append(value)
            values += value.values()
        elif isinstance(value, list):
            values += value
        if len(values) > MAX_VALUES or len(nodes) > MAX_NODES:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="more values than a credential has")
    for node in nodes:
        if isinstance(types := node.get("type"), list) and len(types) > MAX_TYPES:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="type")
        if any(key.startswith("@") for key in node if node is not parts[0] or key != "@context"):
            raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="a keyword of JSON-LD inside the credential")


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise MalformedCertificate(Reason.PROOF_STRUCTURE, detail=name)
    return value


def _detached(proof: dict[str, Any]) -> tuple[Algorithm, str, bytes]:
    """The algorithm, the JWS's header as it was written, and the signature."""
    suite = proof.get("type")
    if proof.get("proofPurpose") != _PURPOSE:
        raise MalformedCertificate(Reason.PROOF_STRUCTURE, detail="proofPurpose")
    if not isinstance(suite, str) or suite not in _SUITES:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="proof.type")
    name, algorithm = _SUITES[suite]
    jws = proof.get("jws")
    if not isinstance(jws, str) or jws.count(".") != 2 or ".." not in jws:
        raise MalformedCertificate(Reason.JWS_STRUCTURE, detail="proof.jws: not detached")
    header, _, signature = jws.split(".")
    try:
        parsed = _json.decode(_json.octets(header, "proof.jws").decode())
    except UnicodeDecodeError:
        parsed = None
    if not isinstance(parsed, dict) or parsed.get("b64") is not False:
        raise MalformedCertificate(Reason.JWS_HEADER, detail="proof.jws: b64 is not false")
    if parsed.get("crit") != ["b64"]:
        raise MalformedCertificate(Reason.JWS_CRITICAL, detail="proof.jws: crit")
    if parsed.get("alg") != name:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="proof.jws: alg")
    return algorithm, header, _json.octets(signature, "proof.jws")


def read(envelope: Envelope) -> Reading:
    """Read the statements of an envelope whose signature held. Raises `MalformedCertificate`."""
    graph = Graph(envelope.payload)
    match graph.of_type(CRED + "VerifiableCredential"):
        case [credential] if credential in graph.of_type(SCHEMA + "ProofOfVaccinationCredential"):
            pass
        case _:
            raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="not one credential of a vaccination")
    if graph.nodes(credential, CRED + "issuer") != [f"<{envelope.issuer}>"]:
        raise MalformedCertificate(Reason.CONTENT_ISSUER, detail="issuer")
    certificate: Certificate | None = None
    faults: tuple[Reason, ...] = ()
    fault = ""
    try:
        certificate = _certificate(graph, credential, envelope.issuer or "")
    except MalformedCertificate as error:
        faults, fault = error.reasons, error.detail
    claims = () if certificate is None else certificate.claims
    return Reading(
        profile=NAME,
        content=certificate,
        issuer=envelope.issuer,
        not_before=_instant(graph, credential, "validFrom"),
        issued=_instant(graph, credential, "issuanceDate"),
        expires=_instant(graph, credential, "expirationDate"),
        uses=frozenset() if certificate is None else uses_of(certificate),
        identifiers=frozenset(("record", claim.record_id) for claim in claims if claim.uvci),
        faults=faults,
        fault=fault,
        expiry_required=False,
    )


def profile_of(_envelope: Envelope) -> str:
    """There is one kind of credential."""
    return NAME


def _instant(graph: Graph, credential: str, name: str) -> datetime | None:
    stated = graph.literals(credential, CRED + name)
    if not stated:
        return None
    try:
        (text,) = stated
        return parse_instant(text[:MAX_TEXT])
    except ValueError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=name) from None


def _certificate(graph: Graph, credential: str, issuer: str) -> Certificate:
    events = [node for node in graph.nodes(credential, CRED + "evidence") if node in graph.of_type(VAC + "Vaccination")]
    if not events:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail="evidence")
    return Certificate(_holder(graph, credential), tuple(_vaccination(graph, event, issuer) for event in events))


def _one(graph: Graph, node: str, predicate: str, place: str) -> str | None:
    """The only literal of a predicate; None where there is none, or an empty one."""
    match [text for text in graph.literals(node, predicate) if text.strip()]:
        case []:
            return None
        case [text] if len(text) <= MAX_TEXT:
            return text.strip()
        case _:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=place)


def _holder(graph: Graph, credential: str) -> Person:
    """The holder, whose name is not stated where the signature does not cover it."""
    match graph.nodes(credential, CRED + "credentialSubject"):
        case []:
            return Person(Name())
        case [subject]:
            pass
        case _:
            raise MalformedCertificate(Reason.CONTENT_NAME, detail="credentialSubject")
    born = _one(graph, subject, SCHEMA + "date", "credentialSubject.dob")
    name = _one(graph, subject, SCHEMA + "name", "credentialSubject.name")
    return Person(Name(family=name), None if born is None else _day(born, "credentialSubject.dob"))


def _day(text: str, place: str) -> PartialDate:
    try:
        return PartialDate.parse(text[:MAX_TEXT])
    except ValueError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=place) from None


def _vaccination(graph: Graph, event: str, issuer: str) -> Vaccination:
    names = graph.literals(event, SCHEMA + "id")
    days = [_day(text, "evidence.date") for text in graph.literals(event, SCHEMA + "date") if text]
    if not days:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail="evidence.date")
    dose, doses = _doses(graph.literals(event, SCHEMA + "doseValue"))
    product, prophylaxis = _vaccine(names)
    return Vaccination(
        uvci=_identifier(graph, event, names),
        disease=COVID_19,  # the contexts were made for it, and have no term for a disease
        country=_country(graph, event),
        issuer=issuer,
        date=min(days, key=lambda day: (day.first, day.last)),
        product=product,
        prophylaxis=prophylaxis,
        dose=dose,
        doses=doses,
    )


def _doses(stated: list[str]) -> tuple[int | None, int | None]:
    """The dose and their total: issuers state both, and equal ones are one statement."""
    numbers = sorted(int(text) for text in stated if text.isascii() and text.isdecimal() and len(text) <= 2)
    if len(numbers) != len(stated) or len(numbers) > 2 or any(not 1 <= number <= MOST_DOSES for number in numbers):
        raise MalformedCertificate(Reason.CONTENT_NUMBER, detail="evidence.dose")
    return (numbers[0], numbers[-1]) if numbers else (None, None)


def _vaccine(names: list[str]) -> tuple[Code | None, Code | None]:
    """Product and kind of vaccine, as far as exactly one is known among the names."""
    known = (FIELDS["mp"].get(_PRODUCTS.get(name.strip().lower(), "")) for name in names)
    coded = [PRODUCT_MAP.map(Code(ICD_11, name)) for name in names]
    products = {product for product in (*known, *coded) if product is not None}
    product = products.pop() if len(products) == 1 else None
    kinds = {kind for name in names if (kind := PROPHYLAXIS_MAP.map(Code(ICD_11, name))) is not None}
    kind = kinds.pop() if len(kinds) == 1 else product and PROPHYLAXIS_MAP.map(product)
    return product, kind


def _identifier(graph: Graph, event: str, names: list[str]) -> str:
    """The certificate's number: the name that the address of the event, or its feedback page, ends in."""
    addresses = [event.strip("<>"), *graph.literals(event, SCHEMA + "url")]
    found = {
        name for name in names if name and any(address.endswith(("/" + name, "?" + name)) for address in addresses)
    }
    return found.pop() if len(found) == 1 else ""


def _country(graph: Graph, event: str) -> str:
    """Where the facility is, as alpha-2; empty where it is not stated, or as no country."""
    for facility in graph.nodes(event, VAC + "Facility"):
        for address in graph.nodes(facility, SCHEMA + "PostalAddress"):
            code = _one(graph, address, SCHEMA + "addressCountry", "evidence.facility.address") or ""
            return code if is_country(code) else from_alpha3(code) or ""
    return ""


def layers(scan: str) -> Iterator[Layer]:
    """The layers of a scan from outside in, for engineers; `MalformedCertificate` where one cannot be taken off."""
    archive = _archive.octets_of(scan)
    yield Layer("DIVOC", {"octets": len(archive)})
    data = _archive.document(archive)
    yield Layer("zip", {"file": _archive.MEMBER, "inflated octets": len(data)})
    document, proof = _parts(data)
    algorithm, header, signature = _detached(proof)
    yield Layer("proof", {name: value for name, value in proof.items() if name != "jws"})
    yield Layer("JWS", {"header": json.loads(_json.octets(header, "proof.jws")), "signature octets": len(signature)})
    yield Layer("key", {"algorithm": algorithm.value, "key id": _text(proof, "verificationMethod").encode()})
    yield Layer("credential", document)
