"""The live proof: that whoever shows a status holds its one-time key now, and not a picture of somebody else's.

    proof = ES256 by the one-time key over  "pratique live 1" ‖ begin of the slot ‖ SHA-256 of the scan

A proof is good for `SLOT` from its begin. What it lacks is told by a reason, and means "check the person", never more.
"""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from pratique.model.dates import EPOCH
from pratique.model.keys import KeyKind, PublicKey, SignatureCheck

SLOT = timedelta(seconds=60)
"""How long a proof is good: a picture of it sent to a friend is stale before the friend has reached the door."""
AHEAD = timedelta(seconds=30)
"""How far a holder's clock may be ahead of the verifier's; one that is behind only shortens the slot."""
POINT_OCTETS = 33

_CONTEXT = b"pratique live 1"
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""Of P-256 (NIST SP 800-186, 3.2.1.3): the prime, and b; a is -3."""
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


class Live(Struct, frozen=True):
    """A proof as it was shown with a scan, and the question whether the scan's own one-time key made it."""

    begins: datetime
    check: SignatureCheck | None
    """None where the scan names no key that could have made it."""

    def fresh(self, at: datetime) -> bool:
        """Whether `at` lies in the slot."""
        return self.begins - AHEAD <= at < self.begins + SLOT


def message(scan: str, begins: datetime) -> bytes:
    """The bytes that a one-time key signs, for a scan (`HC1:...`) and the begin of a slot, in whole seconds."""
    return _CONTEXT + seconds(begins).to_bytes(4) + hashlib.sha256(scan.encode()).digest()


def seconds(begins: datetime) -> int:
    """Since 1970-01-01T00:00Z."""
    return (begins - EPOCH) // timedelta(seconds=1)


def holder_key(point: bytes) -> PublicKey:
    """The P-256 key whose compressed point this is (SEC 1, 2.3.4). Raises `ValueError` for what is no such point."""
    if len(point) != POINT_OCTETS or point[0] not in (2, 3):
        raise ValueError("not a compressed point of P-256")
    x = int.from_bytes(point[1:])
    square = (x * x * x - 3 * x + _B) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if x >= _P or y * y % _P != square:
        raise ValueError("not on P-256")
    if y & 1 != point[0] & 1:
        y = _P - y
    return PublicKey(_SPKI_HEAD + b"\x04" + point[1:] + y.to_bytes(32), KeyKind.P256)


def compressed(key: PublicKey) -> bytes:
    """The compressed point of a P-256 key, as a status states it. Raises `ValueError` for a key of another form."""
    if key.kind is not KeyKind.P256 or len(key.spki) != 91 or key.spki[:27] != _SPKI_HEAD + b"\x04":
        raise ValueError("not an uncompressed point of P-256")
    return bytes([2 | key.spki[90] & 1]) + key.spki[27:59]
