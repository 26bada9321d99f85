"""What is measured: fresh keys, and certificates of people who do not exist, no two alike."""

import hashlib
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.formats import _base45, hcert
from pratique.issuing import issue
from pratique.model import dcc, uvci
from pratique.model.certificate import AnyClaim, Certificate, Name, Person, Recovery, Test, TestKind
from pratique.model.certificate import Vaccination as Dose
from pratique.model.dates import PartialDate
from pratique.model.keys import Algorithm, KeyInfo, KeyKind, PublicKey
from pratique.model.valueset import ATC, COVID_19, EU_HOLDER, EU_PRODUCT, LOINC, NOT_DETECTED, SNOMED, Code
from pratique.revocation import RevocationList
from pratique.trust import TrustedKey, TrustList
from pratique.trust.x509 import trusted_key

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The instant at which everything is issued and verified."""

_PERIOD = timedelta(days=700)
_LISTED_KEYS = 300
_REVOKED = 10_000
_SYLLABLES = (
    ("al", "AL"), ("be", "BE"), ("cé", "CE"), ("do", "DO"), ("er", "ER"), ("fü", "FUE"), ("ga", "GA"), ("ho", "HO"),
    ("in", "IN"), ("jø", "JOE"), ("ka", "KA"), ("lu", "LU"), ("ma", "MA"), ("ni", "NI"), ("os", "OS"), ("pa", "PA"),
)  # fmt: skip


class DocumentSigner:
    """A signer that exists for one run, with its self-made certificate; fulfils `pratique.model.keys.Signer`."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm is Algorithm.ES256
            else rsa.generate_private_key(65537, 2048)
        )
        self.certificate = _certificate(self.private)
        self._key = KeyInfo(
            kid=hashlib.sha256(self.certificate).digest()[:8],
            algorithm=algorithm,
            signature_length=self.private.key_size // 8 if algorithm is Algorithm.PS256 else 64,
            issuer="XA",
            not_before=AT - _PERIOD,
            not_after=AT + _PERIOD,
            certificate=self.certificate,
        )

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""
        return self._key

    def sign(self, data: bytes) -> bytes:
        """The raw signature, as the algorithm defines it."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
            return self.private.sign(data, pss, hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def _certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """A document signer certificate with all three extended key usages (HCERT specification A.4), in DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "XA")])
    uses = [x509.ObjectIdentifier(f"1.3.6.1.4.1.1847.2021.1.{number}") for number in (1, 2, 3)]
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(AT - _PERIOD)
        .not_valid_after(AT + _PERIOD)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def trust_list(*signers: DocumentSigner) -> TrustList:
    """These signers among some hundreds of keys that signed nothing, as on a real list; fresh for a day."""
    others = []
    for _ in range(_LISTED_KEYS):
        spki = ec.generate_private_key(ec.SECP256R1()).public_key()
        der = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        others.append(TrustedKey(hashlib.sha256(der).digest()[:8], PublicKey(der, KeyKind.P256), "XB"))
    keys = (*others, *(trusted_key(signer.certificate) for signer in signers))
    return TrustList(keys, issued=AT, fresh_until=AT + timedelta(days=1))


def revocation_list() -> RevocationList:
    """Ten thousand identifiers, none of them of a certificate made here; fresh for a day."""
    revoked = frozenset(("record", uvci.opaque_part(_uvci())) for _ in range(_REVOKED))
    return RevocationList(issued=AT, fresh_until=AT + timedelta(days=1), revoked=revoked)


def scans(count: int, signer: DocumentSigner) -> list[str]:
    """`count` fresh EU DCCs: six in ten vaccinations, three tests, a recovery; names, dates and ids differ."""
    return [issue(certificate, format="eu-dcc", signer=signer, at=AT) for certificate in certificates(count)]


def payloads(count: int) -> list[dict[str, object]]:
    """`count` fresh certificates in the shape that rules read, of the same mixture."""
    return [dcc.to_dcc(certificate) for certificate in certificates(count)]


def certificates(count: int) -> Iterator[Certificate]:
    """`count` certificates of one claim each; no two holders are alike."""
    for number in range(count):
        family, family_icao = _name_part(3)
        given, given_icao = _name_part(2)
        born = PartialDate.of(date(1940, 1, 1) + timedelta(days=random.randrange(25_000)))
        holder = Person(Name(family, given, family_icao, given_icao), born)
        yield Certificate(holder, (_claim(number % 10),))


def _name_part(length: int) -> tuple[str, str]:
    chosen = random.choices(_SYLLABLES, k=length)
    return "".join(native for native, _ in chosen).capitalize(), "".join(latin for _, latin in chosen)


def _claim(number: int) -> AnyClaim:
    about: dict[str, Any] = {
        "uvci": _uvci(),
        "disease": COVID_19,
        "country": "XA",
        "issuer": "Ministry of Health",
        "evidence": None,
    }
    day = AT.date() - timedelta(days=random.randrange(30, 300))
    if number < 6:
        return Dose(
            **about,
            date=PartialDate.of(day),
            prophylaxis=Code(SNOMED if number % 2 else ATC, "1119349007" if number % 2 else "J07BX03"),
            product=Code(EU_PRODUCT, "EU/1/20/1528"),
            manufacturer=Code(EU_HOLDER, "ORG-100030215"),
            dose=random.randrange(1, 3),
            doses=2,
        )
    if number < 9:
        return Test(
            **about,
            kind=TestKind.MOLECULAR,
            sampled=AT - timedelta(minutes=random.randrange(60, 4000)),
            result=NOT_DETECTED,
            method=Code(LOINC, "LP6464-4"),
            name="Real-time PCR",
            centre="Harbour Test Centre",
        )
    return Recovery(
        **about,
        first_positive=PartialDate.of(day),
        valid_from=PartialDate.of(day + timedelta(days=11)),
        valid_until=PartialDate.of(day + timedelta(days=180)),
    )


def _uvci() -> str:
    return uvci.from_record_id("XA", random.randbytes(16))


def flipped(scan: str) -> str:
    """The same scan with the signature's last octet changed, in every layer still well formed."""
    message = bytearray(hcert.inflate(_base45.decode(scan.removeprefix(hcert.PREFIX))))
    message[-1] ^= 1
    return hcert.PREFIX + _base45.encode(zlib.compress(bytes(message), level=9))
