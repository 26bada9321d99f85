"""Slips of whoever has no telephone, sealed for one place and one hour. Opening one hour opens no other.

    chain of a day ─ one way ─► chain of the next day ─ … ─► (earlier ones are thrown away: what they sealed is lost)
        └─ one way ─► secret of an hour ─► private key of that hour (P-256)

    slip   ephemeral point (65 octets, uncompressed) ‖ AES-256-GCM of the contact, padded to 128 octets, with its tag
    key    HKDF-SHA-256 of the shared secret (ECDH), salted with the ephemeral point, bound to the place and the hour

The page of a door seals in its own script with WebCrypto (`web/static/door.js`); what it sends nobody can read, the
server that keeps it included. A chain lies sealed in the vault's care and is moved on each day by `purge`: a slip that
is older than fourteen days cannot be opened any more, not even by whoever copied it in time.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.model.errors import VenueRefused
from pratique.model.reasons import Reason

CONTACT_LENGTH = 128
"""Octets of a contact, padded: a telephone number and a long address look alike."""
POINT_LENGTH = 65
SLIP_LENGTH = POINT_LENGTH + CONTACT_LENGTH + 16
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HOURS_A_DAY = 24
_NONCE = bytes(12)
"""Each key seals once: it comes from an ephemeral key of this slip alone."""


def draw_chain() -> bytes:
    """The chain of a new place, 32 octets."""
    return secrets.token_bytes(32)


def move_on(chain: bytes, days: int) -> bytes:
    """The chain of so many days later; nothing leads back. Raises `ValueError` for days before."""
    if days < 0:
        raise ValueError("a chain only goes forwards")
    for _ in range(days):
        chain = hmac.digest(chain, b"the next day", hashlib.sha256)
    return chain


def hour_key(chain: bytes, chain_day: int, hour: int) -> ec.EllipticCurvePrivateKey:
    """The private key of an hour since 1970; `chain_day` is the chain's day since 1970.

    Raises `VenueRefused` (SLIP_UNREADABLE) for an hour of an earlier day, whose key is gone.
    """
    day = hour // _HOURS_A_DAY
    if day < chain_day:
        raise VenueRefused(Reason.SLIP_UNREADABLE, detail="the key of this day was thrown away")
    secret = hmac.digest(move_on(chain, day - chain_day), b"hour" + hour.to_bytes(8), hashlib.sha256)
    # 16 octets more than the order has make every scalar as likely as any other (FIPS 186-5, A.2.1)
    wide = HKDFExpand(hashes.SHA256(), 48, b"pratique slip key").derive(secret)
    return ec.derive_private_key(int.from_bytes(wide) % (_ORDER - 1) + 1, _CURVE)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as browsers take it: 65 octets, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal(contact: str, public: bytes, *, code: bytes, hour: int) -> bytes:
    """Seal a contact for the hour's key, as a door's page does. `ValueError` for one that is empty or too long."""
    octets = contact.encode()
    if not 0 < len(octets) <= CONTACT_LENGTH or b"\0" in octets:
        raise ValueError(f"a contact has at most {CONTACT_LENGTH} octets")
    ephemeral = ec.generate_private_key(_CURVE)
    shared = ephemeral.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public))
    begins, bound = point(ephemeral.public_key()), _bound(code, hour)
    cipher = AESGCM(_key(shared, begins, bound))
    return begins + cipher.encrypt(_NONCE, octets.ljust(CONTACT_LENGTH, b"\0"), bound)


def open_slip(content: bytes, key: ec.EllipticCurvePrivateKey, *, code: bytes, hour: int) -> str:
    """The contact. Raises `VenueRefused` (SLIP_UNREADABLE) for another place's or hour's, or a changed one."""
    begins, bound = content[:POINT_LENGTH], _bound(code, hour)
    try:
        shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, begins))
        padded = AESGCM(_key(shared, begins, bound)).decrypt(_NONCE, content[POINT_LENGTH:], bound)
        return padded.rstrip(b"\0").decode()
    except (InvalidTag, ValueError):
        raise VenueRefused(Reason.SLIP_UNREADABLE, detail="not sealed for this place and hour") from None


def _bound(code: bytes, hour: int) -> bytes:
    return b"pratique slip\0" + code + hour.to_bytes(8)


def _key(shared: bytes, begins: bytes, bound: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, begins, bound).derive(shared)
