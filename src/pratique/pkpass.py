"""A certificate as a file for the wallet of a telephone, so that nobody hands theirs to a stranger's converter.

    Shown ─ files ─► pass.json and pictures ─ manifest ─► digests, which are signed ─ packed ─► certificate.pkpass

What is signed is the manifest: names of files and their digests, and nothing of the holder. The pass shows data and the
code, and no verdict; it names no service to ask, so that nobody learns when it is looked at.

Apple's "Creating the Source for a Pass" and "Building a Pass" say the form; whether a telephone takes it was not tried.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pratique.model.dates import format_instant

MEDIA_TYPE = "application/vnd.apple.pkpass"
MANIFEST, SIGNATURE = "manifest.json", "signature"
_YELLOW, _INK = "rgb(255, 205, 0)", "rgb(20, 20, 20)"
_ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
"""The pictures that a pass must have, and their pixels a side."""
_MADE = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive: it tells nothing, and equal passes are equal octets."""


class Maker(Struct, frozen=True):
    """Who makes passes, by the names that the telephone's maker gave."""

    pass_type: str
    """Such as `pass.org.example.health`."""
    team: str


class Line(Struct, frozen=True):
    """A word and what it says."""

    label: str
    value: str


class Shown(Struct, frozen=True, kw_only=True):
    """What the pass shows, in the holder's language; `scan` is the text of its code."""

    scan: str
    title: str
    issuer: str
    name: Line
    lines: Sequence[Line]
    """Under the name; the first two stand on its front, all on its back."""
    expires: datetime


def files(shown: Shown, maker: Maker) -> dict[str, bytes]:
    """The files of a pass, without the manifest and its signature."""
    fields = [{"key": f"line-{number}", **msgspec.to_builtins(each)} for number, each in enumerate(shown.lines, 1)]
    content = {
        "formatVersion": 1,
        "passTypeIdentifier": maker.pass_type,
        "teamIdentifier": maker.team,
        "organizationName": shown.issuer,
        "serialNumber": hashlib.sha256(shown.scan.encode()).hexdigest()[:32],
        "description": shown.title,
        "logoText": shown.title,
        "expirationDate": format_instant(shown.expires),
        "sharingProhibited": True,
        "backgroundColor": _YELLOW,
        "foregroundColor": _INK,
        "labelColor": _INK,
        "barcodes": [{"format": "PKBarcodeFormatQR", "message": shown.scan, "messageEncoding": "iso-8859-1"}],
        "generic": {
            "primaryFields": [{"key": "name", **msgspec.to_builtins(shown.name)}],
            "secondaryFields": fields[:2],
            "backFields": [{**each, "key": f"back-{each['key']}"} for each in fields],
        },
    }
    return {"pass.json": msgspec.json.encode(content), **{name: _square(side) for name, side in _ICONS.items()}}


def manifest(found: Mapping[str, bytes]) -> bytes:
    """The digest of each file: what is signed. SHA-1 is what the form asks for."""
    digests = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in sorted(found.items())}
    return msgspec.json.encode(digests)


def packed(found: Mapping[str, bytes], listed: bytes, signature: bytes) -> bytes:
    """The pass as one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (*sorted(found.items()), (MANIFEST, listed), (SIGNATURE, signature)):
            archive.writestr(zipfile.ZipInfo(name, _MADE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _square(side: int) -> bytes:
    """A yellow flag: a ship that asks for pratique shows it (PNG, eight bits a colour)."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xff\xcd\x00" * side) * side
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
