"""Chips of passports of fictional states, made by a test issuer: EF.SOD, DG1 and DG2, built without what reads them."""

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

from asn1crypto import algos, core
from PIL import Image

from pratique.authority.identity.chip import Files
from pratique.model import mrz
from pratique.model.mrz import MachineReadableZone
from tests.masterlists import signed_list
from tests.seals import Root, SealSigner

LDS = "2.23.136.1.1.1"
SIGNS_FROM, SIGNS_UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)


def tlv(tag: str, value: bytes) -> bytes:
    """A tag in hexadecimal, a length, a value."""
    size = len(value)
    octets = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 0x80 else bytes([0x80 + octets]) + size.to_bytes(octets)
    return bytes.fromhex(tag) + length + value


def picture(kind: str = "JPEG") -> bytes:
    """A picture with nobody in it."""
    written = io.BytesIO()
    Image.radial_gradient("L").resize((240, 320)).convert("RGB").save(written, kind)
    return written.getvalue()


def dg1(zone: MachineReadableZone | str) -> bytes:
    text = zone if isinstance(zone, str) else mrz.write(zone).replace("\n", "")
    return tlv("61", tlv("5f1f", text.encode("ascii")))


def dg2(
    portrait: bytes, *, landmarks: int = 0, version: bytes = b"010\x00", tag: str = "5f2e", faces: int = 1
) -> bytes:
    """A group of one template with one face."""
    body = landmarks.to_bytes(2) + bytes(14) + bytes(8 * landmarks)
    body += bytes([1, 0]) + (240).to_bytes(2) + (320).to_bytes(2) + bytes(6) + portrait
    face = (len(body) + 4).to_bytes(4) + body
    record = b"FAC\x00" + version + (14 + len(face)).to_bytes(4) + faces.to_bytes(2) + face
    header = tlv("a1", tlv("80", b"\x01\x01") + tlv("81", b"\x02"))
    return tlv("75", tlv("7f61", tlv("02", b"\x01") + tlv("7f60", header + tlv(tag, record))))


class _GroupHash(core.Sequence):
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _GroupHashes(core.SequenceOf):
    _child_spec = _GroupHash


class _Object(core.Sequence):
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", _GroupHashes),
    ]


def security_object(groups: dict[int, bytes], *, digest: str = "sha256") -> bytes:
    hashes = [{"number": n, "value": hashlib.new(digest, data).digest()} for n, data in groups.items()]
    return bytes(_Object({"version": 0, "algorithm": {"algorithm": digest}, "hashes": hashes}).dump())


def document_signer(
    root: Root,
    country: str = "XA",
    *,
    types: tuple[str, ...] = ("P",),
    not_before: datetime = SIGNS_FROM,
    not_after: datetime = SIGNS_UNTIL,
    **more: Any,
) -> SealSigner:
    """A signer of passports."""
    more = {"purposes": ()} | more
    return root.signer(country, types=types, not_before=not_before, not_after=not_after, **more)


def sod(content: bytes, signer: SealSigner, **changes: Any) -> bytes:
    return tlv("77", signed_list(content, signer=signer, **{"content_type": LDS} | changes))


def chip(signer: SealSigner, zone: MachineReadableZone | str, portrait: bytes, **changes: Any) -> Files:
    """All files of a chip."""
    first, second = dg1(zone), dg2(portrait)
    return Files(sod(security_object({1: first, 2: second}), signer, **changes), first, second)
