"""NZ COVID Passes and DIVOC credentials as strangers write them: odd in any place, and still honestly signed."""

import hashlib
import io
import json
import zipfile
from base64 import b32encode, b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any, Protocol

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509 import load_der_x509_certificate
from pyld import jsonld

from pratique.formats.divoc._contexts import CONTEXTS

from .issuer import AT, MemorySigner

DID, KEY_ID = "did:web:passes.example", "key-1"
ISSUER, METHOD = "https://vaccination.example/", "did:example"
_SPKI = Encoding.DER, PublicFormat.SubjectPublicKeyInfo


def base64(data: bytes) -> str:
    return b64encode(data).decode()


# keys


class Signs(Protocol):
    """Whoever can sign octets."""

    def sign(self, data: bytes, /) -> bytes: ...


class Ed25519Signer:
    """A key of Ed25519 that a text stands for."""

    def __init__(self, label: str) -> None:
        secret = hashlib.sha256(f"pratique public test key: {label}".encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.spki = self._key.public_key().public_bytes(*_SPKI)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


def spki(signer: MemorySigner | Ed25519Signer) -> bytes:
    if isinstance(signer, Ed25519Signer):
        return signer.spki
    return load_der_x509_certificate(signer.certificate).public_key().public_bytes(*_SPKI)


def entry(signer: MemorySigner | Ed25519Signer, kind: str, *, kid: str, issuer: str, format: str) -> dict[str, object]:
    """A key of a trust list in its JSON form, named by an issuer and a text."""
    key = {"spki": base64(spki(signer)), "kind": kind}
    return {"kid": base64(kid.encode()), "key": key, "issuer": issuer, "formats": [format]}


def jwk(signer: MemorySigner, **changes: object) -> dict[str, object]:
    numbers = load_der_public_key(spki(signer)).public_numbers()  # type: ignore[union-attr]
    coordinates = {
        name: urlsafe_b64encode(getattr(numbers, name).to_bytes(32)).decode().rstrip("=") for name in ("x", "y")
    }
    return {"kty": "EC", "crv": "P-256", **coordinates} | changes


def did_document(*methods: dict[str, Any], did: str = DID, asserted: object = None) -> bytes:
    references = [method["id"] for method in methods] if asserted is None else asserted
    return json.dumps({"id": did, "verificationMethod": list(methods), "assertionMethod": references}).encode()


def method(signer: MemorySigner, *, did: str = DID, kid: str = KEY_ID, **changes: object) -> dict[str, Any]:
    told = {"id": f"{did}#{kid}", "controller": did, "type": "JsonWebKey2020", "publicKeyJwk": jwk(signer)}
    return told | changes


# NZ COVID Pass


def vc(**changes: object) -> dict[str, object]:
    """The credential of a pass; `changes` replace its fields, None removes one."""
    told: dict[str, object] = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://nzcp.covid19.health.nz/contexts/v1"],
        "version": "1.0.0",
        "type": ["VerifiableCredential", "PublicCovidPass"],
        "credentialSubject": subject(),
    } | changes
    return {key: value for key, value in told.items() if value is not None}


def subject(**changes: object) -> dict[str, object]:
    told = {"givenName": "Gabriele", "familyName": "Musterfrau", "dob": "1998-02-26"} | changes
    return {key: value for key, value in told.items() if value is not None}


def pass_claims(content: object = None, *, issued: datetime = AT, **changes: object) -> dict[object, object]:
    """The CWT of a pass; keyword `_4=…` replaces claim 4, None removes it."""
    claims: dict[object, object] = {
        1: DID,
        4: int((issued + timedelta(days=180)).timestamp()),
        5: int(issued.timestamp()) - 60,
        7: bytes(range(16)),
        "vc": vc() if content is None else content,
    }
    for name, value in changes.items():
        claims[int(name.removeprefix("_"))] = value
    return {key: value for key, value in claims.items() if value is not None}


def pass_message(
    signer: Signs, payload: bytes, *, header: dict[int, object] | None = None, tag: int | None = 18
) -> bytes:
    head = cbor2.dumps({4: KEY_ID, 1: -7} if header is None else header)
    signature = signer.sign(cbor2.dumps(["Signature1", head, b"", payload]))
    message: object = [head, {}, payload, signature]
    return cbor2.dumps(message if tag is None else cbor2.CBORTag(tag, message))


def pass_scan(message: bytes) -> str:
    return "NZCP:/1/" + b32encode(message).decode().rstrip("=")


def nzcp(signer: Signs, content: object = None, **changes: object) -> str:
    return pass_scan(pass_message(signer, cbor2.dumps(pass_claims(content, **changes))))  # type: ignore[arg-type]


# DIVOC


def credential(**changes: object) -> dict[str, Any]:
    """A credential of version 1; `changes` replace its fields, None removes one."""
    told: dict[str, object] = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://cowin.gov.in/credentials/vaccination/v1"],
        "type": ["VerifiableCredential", "ProofOfVaccinationCredential"],
        "credentialSubject": holder(),
        "issuer": ISSUER,
        "issuanceDate": "2021-06-30T10:00:00.000Z",
        "evidence": [event()],
        "nonTransferable": "true",
    } | changes
    return {key: value for key, value in told.items() if value is not None}


def holder(**changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "type": "Person",
        "id": "did:example:12345",
        "refId": "98765",
        "name": "Gabriele Musterfrau",
        "gender": "Female",
        "age": "23",
        "nationality": "Utopian",
        "address": {"streetAddress": "", "district": "", "addressCountry": "XA"},
    } | changes
    return {key: value for key, value in told.items() if value is not None}


def event(**changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "id": "https://vaccination.example/vaccine/700000001",
        "feedbackUrl": "https://vaccination.example/?700000001",
        "infoUrl": "https://vaccination.example/?700000001",
        "certificateId": "700000001",
        "type": ["Vaccination"],
        "batch": "B-17",
        "vaccine": "COVISHIELD",
        "manufacturer": "A maker of Utopia",
        "date": "2021-05-29T09:00:00.000Z",
        "effectiveStart": "2021-05-29",
        "effectiveUntil": "2022-05-29",
        "dose": 1,
        "totalDoses": 2,
        "verifier": {"name": "A nurse"},
        "facility": {"name": "Harbour clinic", "address": {"streetAddress": "Quay 1", "addressCountry": "XA"}},
    } | changes
    return {key: value for key, value in told.items() if value is not None}


def proof_options(**changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "type": "RsaSignature2018",
        "created": "2021-06-30T10:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    } | changes
    return {key: value for key, value in told.items() if value is not None}


def canonical(document: dict[str, Any]) -> bytes:
    """The canonical form, made by the library without our code."""

    def load(address: str, _: object) -> dict[str, object]:
        document = {"@context": CONTEXTS[address]}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": document}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    written: str = jsonld.normalize(document, options)
    return written.encode()


def signed(
    signer: Signs,
    document: dict[str, Any],
    options: dict[str, Any] | None = None,
    *,
    header: dict[str, object] | None = None,
) -> dict[str, Any]:
    """The credential with its proof; `header` of the JWS as it follows from the proof's type, if not given."""
    proof = proof_options() if options is None else options
    algorithm = {"RsaSignature2018": "PS256", "Ed25519Signature2018": "EdDSA"}.get(str(proof.get("type")), "none")
    stated = {"alg": algorithm, "b64": False, "crit": ["b64"]} if header is None else header
    head = urlsafe_b64encode(json.dumps(stated, separators=(",", ":")).encode()).rstrip(b"=")
    hashes = [canonical(part) for part in (proof | {"@context": "https://w3id.org/security/v2"}, document)]
    signature = signer.sign(head + b"." + b"".join(hashlib.sha256(octets).digest() for octets in hashes))
    jws = head.decode() + ".." + urlsafe_b64encode(signature).decode().rstrip("=")
    return document | {"proof": proof | {"jws": jws}}


def archive(content: bytes, *, name: str = "certificate.json", method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of one file, the same octets each time unless a `method` compresses it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def packed(document: object) -> str:
    """A scan: the octets of the zip, one character to each."""
    return archive(json.dumps(document, ensure_ascii=False).encode()).decode("latin-1")


def divoc(signer: Signs, **changes: object) -> str:
    return packed(signed(signer, credential(**changes)))
