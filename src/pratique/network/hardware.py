"""Keys of the network in a hardware module, through PKCS#11 (OASIS, version 3.0, section 6.3.5: EdDSA); the extra
`[hsm]`. The module makes the key and signs with it, and nobody ever reads it.
"""

from typing import cast

import pkcs11
from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, SignMixin

from pratique.authority.signers.pkcs11 import answering, open_session
from pratique.authority.signers.places import Place
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason

_ED25519 = core.ObjectIdentifier("1.3.101.112").dump()
"""id-Ed25519 (RFC 8410); the curve's name as a text, which the standard allows too, SoftHSM 2 does not take."""


class _PrivateKey(pkcs11.PrivateKey, SignMixin):
    """What the library makes of a private key that may sign; only its types know."""


class HardwareKey:
    """A `roles.SigningKey`; `open` makes one. It holds one session until `close`."""

    def __init__(self, session: pkcs11.Session, handle: _PrivateKey, public: Ed25519PublicKey) -> None:
        self._session = session
        self._handle = handle
        self._public = public

    @classmethod
    def open(cls, where: Place, *, pin: str) -> "HardwareKey":
        """The key at a place. Raises `TrustMaterialError`: KEY_UNREADABLE (there is no such token or key), KEY_LOCKED
        (the PIN), KEY_DEVICE (the library or the module), TRUST_KEY_KIND (a key of another kind than Ed25519).
        """
        with answering():
            session = open_session(where.module, where.token, pin)
        try:
            with answering():
                handle = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=where.label)
                public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=where.label)
                return cls(session, cast(_PrivateKey, handle), _public(cast(pkcs11.PublicKey, public)))
        except TrustMaterialError:
            session.close()
            raise

    def close(self) -> None:
        """Give the session back; whoever was the last of the process is logged out."""
        self._session.close()

    def public_key(self) -> Ed25519PublicKey:
        """Its public half."""
        return self._public

    def sign(self, data: bytes, /) -> bytes:
        """The signature of these octets (RFC 8032). Raises `TrustMaterialError` (KEY_DEVICE)."""
        with answering():
            return bytes(self._handle.sign(data, mechanism=Mechanism.EDDSA))


def make_key(where: Place, *, pin: str) -> Ed25519PublicKey:
    """Have the module make a key that cannot leave it, and return its public half. Raises `TrustMaterialError` as
    `HardwareKey.open` does; KEY_EXISTS where the token has a key of this label.
    """
    with answering(), open_session(where.module, where.token, pin, write=True) as session:
        if list(session.get_objects({Attribute.LABEL: where.label})):
            raise TrustMaterialError(Reason.KEY_EXISTS, detail="the token has a key of this label")
        curve = {Attribute.EC_PARAMS: _ED25519}
        domain = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
        public, _ = domain.generate_keypair(mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=where.label, store=True)
        return _public(public)


def _public(key: pkcs11.PublicKey) -> Ed25519PublicKey:
    """A public key from its point: an OCTET STRING in DER, or, from modules that follow version 3.0 there, bare."""
    if key.key_type is not KeyType.EC_EDWARDS:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="the key is not of Ed25519")
    point = bytes(key[Attribute.EC_POINT])
    try:
        return Ed25519PublicKey.from_public_bytes(point if len(point) == 32 else core.OctetString.load(point).native)
    except ValueError as fault:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="the key is not of Ed25519") from fault
