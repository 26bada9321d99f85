"""Part 7: the whole of `verify` for each format, against the bare arithmetic of all the signatures that it needs."""

import hashlib
import importlib.util
import io
import json
import random
import uuid
import zipfile
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from msgspec import Struct, structs

from bench import material
from bench.report import Budget, Part, Spread
from bench.timing import microseconds_each, one_core
from bench.verifying import BLOCK, must_be_authentic, unreservedly
from pratique import formats
from pratique.issuing import issue
from pratique.model.certificate import Certificate, Evidence, Sex, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.keys import Algorithm, KeyInfo, KeyKind, PublicKey, SignatureCheck
from pratique.model.valueset import ICVP_PRODUCTS, YELLOW_FEVER
from pratique.trust import Environment, TrustedKey, TrustList
from pratique.trust.x509 import anchor
from pratique.verification import prepare, verify

_BUDGET = 0.4
_REPORTED_ONLY = frozenset({"divoc"})
"""JSON-LD is put into canonical form by a library that costs many signatures; its figure is told, and no promise."""

_DID, _URL = "did:web:passes.example", "https://health.example/cards"
_DIVOC_ISSUER = "https://vaccination.example/"


class Material(Struct, frozen=True):
    """Strings of one format, all of them different, and the list under which they are authentic."""

    name: str
    scans: list[str]
    trust_list: TrustList


def measure(count: int) -> Part:
    """`count` distinct strings of each format and profile that `FORMATS` holds, a tenth as many of DIVOC."""
    rows, budgets, remarks = [], [], ["every string was authentic without remark"]
    for module in formats.FORMATS:
        makers = _MAKERS.get(module.NAME, ())
        if not makers or (module.NAME == "divoc" and importlib.util.find_spec("pyld") is None):
            remarks.append(
                f"{module.NAME}: not measured, {'its library is absent' if makers else 'no strings are made'}"
            )
        else:
            for make in makers:
                row, budget = _row(module.NAME, make, count)
                rows.append(row)
                budgets += [budget] if module.NAME not in _REPORTED_ONLY else []
    return Part(
        "7. verify, format by format, against the raw check of every signature it needs",
        ("format", "strings", "signatures", "raw µs", "verify µs", "raw / verify"),
        tuple(rows),
        tuple(remarks),
        tuple(budgets),
    )


def _row(format: str, make: Callable[[int], Material], count: int) -> tuple[tuple[str, ...], Budget]:
    strings = max(count // 10, 2) if format in _REPORTED_ONLY else count
    made = make(strings + min(strings, BLOCK))
    signatures, raw, full, ratio = _interleaved(made, min(strings, BLOCK))
    row = (made.name, str(strings), str(signatures), f"{raw:.1f}", f"{full:.1f}", str(ratio))
    return row, Budget(f"verify {made.name}, of the raw rate", _BUDGET, ratio.middle)


def _interleaved(made: Material, warm_up: int) -> tuple[int, float, float, Spread]:
    """How many signatures a string has, the median µs of both sides, and their ratio over rounds that begin in turn."""
    revocation, trust_list = material.revocation_list(), made.trust_list
    if len(set(made.scans)) != len(made.scans):
        raise AssertionError("the strings are not distinct")

    def full(scan: str) -> bool:
        return unreservedly(verify(scan, trust_list=trust_list, at=material.AT, revocation=revocation))

    questions = [[_raw(check) for check in prepare(scan, trust_list=trust_list).checks] for scan in made.scans]
    (signatures,) = {len(asked) for asked in questions}
    microseconds_each(_ask, questions[:warm_up])
    microseconds_each(full, made.scans[:warm_up])
    raw_times, full_times = [], []
    with one_core():
        for number, start in enumerate(range(warm_up, len(made.scans), warm_up)):
            chosen = slice(start, start + warm_up)
            if number % 2:
                full_time, results = microseconds_each(full, made.scans[chosen])
                raw_time, _ = microseconds_each(_ask, questions[chosen])
            else:
                raw_time, _ = microseconds_each(_ask, questions[chosen])
                full_time, results = microseconds_each(full, made.scans[chosen])
            must_be_authentic(results)
            raw_times.append(raw_time)
            full_times.append(full_time)
    ratio = Spread.of([raw / whole for raw, whole in zip(raw_times, full_times, strict=True)])
    return signatures, median(raw_times), median(full_times), ratio


def _ask(questions: list[Callable[[], None]]) -> None:
    for question in questions:
        question()


def _raw(check: SignatureCheck) -> Callable[[], None]:
    """`public_key.verify` and nothing else: key loaded, signature in its own form. Raises unless it holds."""
    key: Any = _loaded(check.key.spki)
    signature, signed = check.signature, check.signed
    if check.algorithm is Algorithm.EDDSA:
        return lambda: key.verify(signature, signed)
    if isinstance(key, RSAPublicKey):
        scheme, digest = PSS(MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256()
        return lambda: key.verify(signature, signed, scheme, digest)
    half = len(signature) // 2
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    ecdsa = ECDSA(hashes.SHA256())
    return lambda: key.verify(der, signed, ecdsa)


_KEYS: dict[bytes, Any] = {}


def _loaded(spki: bytes) -> Any:
    return _KEYS.setdefault(spki, load_der_public_key(spki))


# strings, format by format


def _issued(name: str, changes: Callable[[Certificate], Certificate]) -> Callable[[int], Material]:
    """Strings that we issue ourselves, of a certificate that fits the format."""

    def make(count: int) -> Material:
        signer = material.DocumentSigner(Algorithm.ES256)
        certificates = map(changes, material.certificates(count))
        scans = [issue(certificate, format=name, signer=signer, at=material.AT) for certificate in certificates]
        return Material(f"hcert, {name}", scans, material.trust_list(signer))

    return make


def _vouched(certificate: Certificate) -> Certificate:
    claims = tuple(structs.replace(claim, evidence=Evidence.REGISTRY) for claim in certificate.claims)
    return structs.replace(certificate, claims=claims)


def _vaccinated(certificate: Certificate) -> Certificate:
    """The holder with one dose against yellow fever, and what WHO's form asks for besides."""
    (product, *_) = ICVP_PRODUCTS.codes.values()
    dose = Vaccination(
        uvci=certificate.claims[0].uvci,
        disease=YELLOW_FEVER,
        country="XA",
        issuer="UTO",
        date=PartialDate.of(material.AT.date() - timedelta(days=random.randrange(30, 300))),
        product=product.code,
        lot="L-17",
    )
    holder = structs.replace(certificate.holder, sex=Sex.FEMALE, nationality="XA")
    return structs.replace(certificate, holder=holder, claims=(dose,))


def _dose_only(certificate: Certificate) -> Certificate:
    """The holder with a dose that every format has a code for."""
    (vaccinated,) = material.certificates(1)
    dose = structs.replace(vaccinated.claims[0], uvci=certificate.claims[0].uvci)
    return structs.replace(certificate, claims=(dose,))


class _WithUrl:
    """A signer whose key names a web address, as health cards ask."""

    def __init__(self, signer: material.DocumentSigner, url: str) -> None:
        der = signer.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = PublicKey(der, KeyKind.P256)
        self._key = structs.replace(signer.key, public=self.public, url=url)
        self._signer = signer

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""
        return self._key

    def sign(self, data: bytes) -> bytes:
        """The raw signature."""
        return self._signer.sign(data)


def _cards(count: int) -> Material:
    signer = _WithUrl(material.DocumentSigner(Algorithm.ES256), _URL)
    certificates = map(_dose_only, material.certificates(count))
    scans = [issue(certificate, format="shc", signer=signer, at=material.AT) for certificate in certificates]
    kid = formats.open_scan(scans[0]).key_id or b""
    return Material("shc", scans, _among_others(TrustedKey(kid, signer.public, _URL, formats=frozenset({"shc"}))))


def _seals(count: int) -> Material:
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_certificate, certificate = _certified(root, root, "root"), _certified(key, root, "seal signer")
    signer = material.DocumentSigner(Algorithm.ES256)
    signer.private, signer.certificate = key, certificate
    signer._key = structs.replace(signer.key, kid=hashlib.sha256(certificate).digest()[:8], certificate=certificate)
    certificates = map(_dose_only, material.certificates(count))
    specimens = (
        structs.replace(certificate, specimen=True) for certificate in certificates
    )  # Utopia's are nothing else
    scans = [issue(specimen, format="vds-nc", signer=signer, at=material.AT) for specimen in specimens]
    listed = material.trust_list()
    trust_list = TrustList(
        listed.keys,
        anchors=[anchor(root_certificate)],
        environment=Environment.SANDBOX,
        issued=listed.issued,
        fresh_until=listed.fresh_until,
    )
    return Material("vds-nc", scans, trust_list)


def _certified(key: ec.EllipticCurvePrivateKey, root: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """A certificate of Utopia: its root's own, or a seal signer's under it (ICAO TR VDS-NC)."""
    subject, issuer = (
        x509.Name(
            [x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "XA"), x509.NameAttribute(x509.NameOID.COMMON_NAME, told)]
        )
        for told in (name, "root")
    )
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(material.AT - timedelta(days=900))
        .not_valid_after(material.AT + timedelta(days=900))
    )
    if key is root:
        builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
    else:
        purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.14.2")])
        types = bytes.fromhex("300d020100310813024e5613024e54")
        builder = builder.add_extension(purpose, critical=False).add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("2.23.136.1.1.6.2"), types), critical=False
        )
    return builder.sign(root, hashes.SHA256()).public_bytes(Encoding.DER)


def _among_others(key: TrustedKey) -> TrustList:
    listed = material.trust_list()
    return TrustList((*listed.keys, key), issued=listed.issued, fresh_until=listed.fresh_until)


def _passes(count: int) -> Material:
    signer = material.DocumentSigner(Algorithm.ES256)
    spki = signer.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    header = cbor2.dumps({4: "key-1", 1: -7})
    scans = []
    for certificate in material.certificates(count):
        name = certificate.holder.name
        subject = {"givenName": name.given, "familyName": name.family, "dob": str(certificate.holder.birth_date)}
        payload = cbor2.dumps(
            {
                1: _DID,
                4: _seconds(material.AT + timedelta(days=100)),
                5: _seconds(material.AT - timedelta(days=1)),
                7: uuid.uuid4().bytes,
                "vc": {
                    "@context": [
                        "https://www.w3.org/2018/credentials/v1",
                        "https://nzcp.covid19.health.nz/contexts/v1",
                    ],
                    "version": "1.0.0",
                    "type": ["VerifiableCredential", "PublicCovidPass"],
                    "credentialSubject": subject,
                },
            }
        )
        signature = signer.sign(cbor2.dumps(["Signature1", header, b"", payload]))
        message = cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, signature]))
        scans.append("NZCP:/1/" + b32encode(message).decode().rstrip("="))
    key = TrustedKey(b"key-1", PublicKey(spki, KeyKind.P256), _DID, formats=frozenset({"nzcp"}))
    return Material("nzcp", scans, _among_others(key))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _credentials(count: int) -> Material:
    from pratique.formats.divoc._graph import canonical

    signer = material.DocumentSigner(Algorithm.PS256)
    spki = signer.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    head = urlsafe_b64encode(b'{"alg":"PS256","b64":false,"crit":["b64"]}').rstrip(b"=")
    options = {
        "type": "RsaSignature2018",
        "created": "2026-11-22T10:00:00Z",
        "verificationMethod": "did:example",
        "proofPurpose": "assertionMethod",
    }
    signed_options = hashlib.sha256(canonical(options | {"@context": "https://w3id.org/security/v2"})).digest()
    scans = []
    for number, certificate in enumerate(material.certificates(count)):
        document = _credential(number, certificate)
        signature = signer.sign(head + b"." + signed_options + hashlib.sha256(canonical(document)).digest())
        jws = head.decode() + ".." + urlsafe_b64encode(signature).decode().rstrip("=")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("certificate.json", json.dumps(document | {"proof": options | {"jws": jws}}))
        scans.append(out.getvalue().decode("latin-1"))
    key = TrustedKey(b"did:example", PublicKey(spki, KeyKind.RSA), _DIVOC_ISSUER, formats=frozenset({"divoc"}))
    return Material("divoc (PS256)", scans, _among_others(key))


def _credential(number: int, certificate: Certificate) -> dict[str, Any]:
    address = {"streetAddress": "", "district": "", "addressRegion": "", "addressCountry": "XA"}
    event = {
        "id": f"{_DIVOC_ISSUER}vaccine/{number:09}",
        "certificateId": f"{number:09}",
        "type": ["Vaccination"],
        "vaccine": "COVISHIELD",
        "manufacturer": "A maker of Utopia",
        "batch": "B-17",
        "date": "2026-05-29T09:00:00.000Z",
        "effectiveStart": "2026-05-29",
        "dose": 1,
        "totalDoses": 2,
        "verifier": {"name": "A nurse"},
        "facility": {"name": "Harbour clinic", "address": address | {"streetAddress": "Quay 1"}},
    }
    return {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://cowin.gov.in/credentials/vaccination/v1"],
        "type": ["VerifiableCredential", "ProofOfVaccinationCredential"],
        "credentialSubject": {
            "type": "Person",
            "id": f"did:example:{number}",
            "name": f"{certificate.holder.name.given} {certificate.holder.name.family}",
            "address": address,
        },
        "issuer": _DIVOC_ISSUER,
        "issuanceDate": "2026-11-22T10:00:00.000Z",
        "evidence": [event],
    }


_MAKERS: dict[str, tuple[Callable[[int], Material], ...]] = {
    "hcert": (
        _issued("eu-dcc", lambda certificate: certificate),
        _issued("ithc", _vouched),
        _issued("icvp", _vaccinated),
    ),
    "shc": (_cards,),
    "vds-nc": (_seals,),
    "nzcp": (_passes,),
    "divoc": (_credentials,),
}
