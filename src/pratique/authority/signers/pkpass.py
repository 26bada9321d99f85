"""The key that signs passes for telephones' wallets: of manifests alone, and under a certificate of the wallet's maker.

One file (PEM) holds the key, the certificate that the maker gave for it, and the authorities between that and the
maker's root. The certificate says who makes passes: UID the type of pass, OU the team.
"""

import re
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from pratique.pkpass import Maker, Shown, files, manifest, packed

MAX_FILES = 100
_DIGEST = re.compile("[0-9a-f]{40}")


class PassSigner:
    """Makes and signs passes. It signs digests of files, and never their content."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        others: list[x509.Certificate],
    ) -> None:
        self._key, self._certificate, self._others = key, certificate, others
        self.maker = Maker(_of(certificate, NameOID.USER_ID), _of(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME))

    @classmethod
    def read(cls, path: Path, *, passphrase: bytes | None, at: datetime) -> "PassSigner":
        """The signer of a file. Raises `OSError`, and `ValueError`, in words of ours, for what is none, or is no
        maker's, or is out of its period at `at`: a telephone takes no pass of such a signer.
        """
        data = path.read_bytes()
        try:
            key = load_pem_private_key(data, passphrase)
        except (TypeError, ValueError, UnsupportedAlgorithm) as fault:
            raise ValueError("no private key in PEM is there, or the passphrase is of another") from fault
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError("a key of RSA or of an elliptic curve signs passes")
        own = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        try:
            found = x509.load_pem_x509_certificates(data)
        except ValueError as fault:
            raise ValueError("no certificate in PEM is there") from fault
        mine = [each for each in found if _spki(each) == own]
        if len(mine) != 1:
            raise ValueError("one certificate in the file is that of its key")
        for each in found:
            _check_period(each, at)
        return cls(key, mine[0], [each for each in found if each is not mine[0]])

    @property
    def until(self) -> datetime:
        """When the first of its certificates ends: passes are made until then."""
        return min(each.not_valid_after_utc for each in (self._certificate, *self._others))

    def sign(self, listed: bytes) -> bytes:
        """The signature beside a manifest: CMS in DER, with the certificates. Raises `ValueError` for anything else."""
        try:
            digests = msgspec.json.decode(listed, type=dict[str, str])
        except (msgspec.DecodeError, RecursionError) as fault:
            raise ValueError("what is signed is a manifest") from fault
        if not 0 < len(digests) <= MAX_FILES or not all(map(_DIGEST.fullmatch, digests.values())):
            raise ValueError("what is signed is a manifest")
        building = pkcs7.PKCS7SignatureBuilder().set_data(listed)
        building = building.add_signer(self._certificate, self._key, hashes.SHA256())
        for each in self._others:
            building = building.add_certificate(each)
        return building.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])

    def make(self, shown: Shown) -> bytes:
        """A pass, ready for a wallet."""
        found = files(shown, self.maker)
        listed = manifest(found)
        return packed(found, listed, self.sign(listed))


def _check_period(certificate: x509.Certificate, at: datetime) -> None:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begins <= at <= ends:
        told = f"ended on {ends:%Y-%m-%d}" if at > ends else f"begins on {begins:%Y-%m-%d}"
        raise ValueError(f"a certificate in it {told}: ask the wallet's maker for another")


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _of(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    named = certificate.subject.get_attributes_for_oid(kind)
    if len(named) != 1 or not isinstance(named[0].value, str):
        raise ValueError("the certificate names no type of pass (UID), or no team (OU)")
    return named[0].value
