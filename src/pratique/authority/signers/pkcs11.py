"""A signer whose key never leaves a hardware module, through PKCS#11 (OASIS, version 2.40); the extra `[hsm]`.

The module makes the key and signs with it; what it is asked to sign is a hash. The counter lies in a file of ours, as
for a key in a file: a module's own, where it has one, counts no better for the ledger, and few have one.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11 import MGF, KeyType, Mechanism, ObjectClass, SignMixin
from pkcs11.exceptions import (
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    UserAlreadyLoggedIn,
)
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from pratique.authority.signers.certificates import AnyPublicKey, is_root, key_info
from pratique.authority.signers.counter import Counter
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyInfo
from pratique.model.reasons import Reason
from pratique.trust.x509 import trusted_key


class _PrivateKey(pkcs11.PrivateKey, SignMixin):
    """What the library makes of a private key that may sign; only its types know."""


_PSS_SHA256 = (Mechanism.SHA256, MGF.SHA256, 32)


class HardwareSigner:
    """A `pratique.model.keys.Signer`; `open` makes one. It holds one session until `close`, and is used by one process.

    A module asks a process for its PIN once: while one signer of a token is open, another is opened without.
    """

    def __init__(self, key: KeyInfo, session: pkcs11.Session, handle: _PrivateKey, counter: Counter) -> None:
        self._key = key
        self._session = session
        self._handle = handle
        self._counter = counter

    @classmethod
    def open(
        cls, module: Path, *, token: str, label: str, pin: str, certificate: bytes, counter_path: Path
    ) -> "HardwareSigner":
        """The signer of the key `label` on the token `token` of the PKCS#11 library `module`.

        `certificate` is its DSC in DER; the counter's file was made with the key. Raises `TrustMaterialError`:
        `KEY_UNREADABLE` (there is no such token or key, or it is not the certificate's), `KEY_LOCKED` (the PIN),
        `KEY_DEVICE` (the library or the module), `KEY_TEMPLATE` (a root signs no documents) and `KEY_COUNTER`.
        """
        if is_root(certificate):
            raise TrustMaterialError(Reason.KEY_TEMPLATE, detail="a root signs certificates of keys, not documents")
        key = key_info(certificate)
        with answering():
            session = open_session(module, token, pin)
        try:
            return cls._on(session, label, key, counter_path)
        except TrustMaterialError:
            session.close()
            raise

    @classmethod
    def _on(cls, session: pkcs11.Session, label: str, key: KeyInfo, counter_path: Path) -> "HardwareSigner":
        with answering():
            handle = cast(_PrivateKey, session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label))
            public = _public(cast(pkcs11.PublicKey, session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=label)))
        if _spki(public) != trusted_key(key.certificate or b"").key.spki:
            raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key on the token is not the certificate's")
        signer = cls(key, session, handle, Counter(counter_path, key.kid))
        _ = signer.count  # a counter that cannot be used is refused now, not at the first traveller
        return signer

    def close(self) -> None:
        """Give the session back; whoever was the last of the process is logged out."""
        self._session.close()

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""
        return self._key

    @property
    def count(self) -> int:
        """How many signatures this key has been asked for. Raises as `sign` does."""
        return self._counter.count

    def sign(self, data: bytes) -> bytes:
        """The raw signature: ES256 64 bytes r‖s, PS256 with a salt of 32 bytes.

        The counter was advanced and flushed before. Raises `TrustMaterialError` (`KEY_COUNTER`, `KEY_DEVICE`); a number
        whose signature the module then refused is lost, and the ledger says so.
        """
        return self.numbered(data)[1]

    def numbered(self, data: bytes) -> tuple[int, bytes]:
        """The number of the signature under this key, from 1, and the signature. Raises as `sign` does."""
        with self._counter.next() as number, answering():
            if self._key.algorithm is Algorithm.ES256:
                digest = hashlib.sha256(data).digest()
                return number, bytes(self._handle.sign(digest, mechanism=Mechanism.ECDSA))
            mechanism = Mechanism.SHA256_RSA_PKCS_PSS
            return number, bytes(self._handle.sign(data, mechanism=mechanism, mechanism_param=_PSS_SHA256))


def make_key(module: Path, *, token: str, label: str, pin: str, algorithm: Algorithm = Algorithm.ES256) -> AnyPublicKey:
    """Have the module make a key that cannot leave it, and return its public half, for `certify_dsc`.

    P-256, or RSA of 2048 bits. Raises `TrustMaterialError` as `HardwareSigner.open`; `KEY_EXISTS` where the token has a
    key of this label.
    """
    with answering(), open_session(module, token, pin, write=True) as session:
        if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
            raise TrustMaterialError(Reason.KEY_EXISTS, detail="the token has a key of this label")
        if algorithm is Algorithm.ES256:
            curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
            public, _ = domain.generate_keypair(label=label, store=True)
        else:
            public, _ = session.generate_keypair(KeyType.RSA, 2048, label=label, store=True)
        return _public(public)


def _public(key: pkcs11.PublicKey) -> AnyPublicKey:
    if key.key_type is KeyType.RSA:
        exponent, modulus = (
            int.from_bytes(key[number]) for number in (pkcs11.Attribute.PUBLIC_EXPONENT, pkcs11.Attribute.MODULUS)
        )
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    public = load_der_public_key(encode_ec_public_key(key))
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="the key is neither P-256 nor RSA")
    return public


def _spki(public: AnyPublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def open_session(module: Path, label: str, pin: str, *, write: bool = False) -> pkcs11.Session:
    """A session of the token `label`, to be opened and used while `answering`."""
    token = pkcs11.lib(str(module)).get_token(token_label=label)
    try:
        return token.open(user_pin=pin, rw=write)
    except UserAlreadyLoggedIn:
        return token.open(rw=write)


@contextmanager
def answering() -> Iterator[None]:
    """What a module answers, as reasons; its own words hold no secret, and name what is wrong."""
    try:
        yield
    except (PinIncorrect, PinInvalid, PinLenRange, PinLocked) as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="the token does not take this PIN") from fault
    except (NoSuchKey, NoSuchToken) as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the token, or the key on it, is not there") from fault
    except (PKCS11Error, RuntimeError, OSError) as fault:
        raise TrustMaterialError(Reason.KEY_DEVICE, detail=type(fault).__name__) from fault
