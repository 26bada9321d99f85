"""HCERTs as strangers write them: every layer can be made odd, and is still honestly signed."""

import zlib
from datetime import datetime, timedelta

import cbor2

from pratique.formats import _base45
from pratique.model.keys import Algorithm

from .issuer import AT, MemorySigner

ALG = {Algorithm.ES256: -7, Algorithm.PS256: -37}


def dcc(**changes: object) -> dict[str, object]:
    """A plain vaccination DCC of a fictional person; `changes` replace top-level fields."""
    return {
        "ver": "1.3.0",
        "nam": {"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER", "gn": "Gabriele", "gnt": "GABRIELE"},
        "dob": "1998-02-26",
        "v": [vaccination()],
    } | changes


def vaccination(**changes: object) -> dict[str, object]:
    return {
        "tg": "840539006",
        "vp": "1119349007",
        "mp": "EU/1/20/1528",
        "ma": "ORG-100030215",
        "dn": 2,
        "sd": 2,
        "dt": "2021-05-29",
        "co": "XA",
        "is": "Ministry of Health of XA",
        "ci": "URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9",
    } | changes


def test(**changes: object) -> dict[str, object]:
    return {
        "tg": "840539006",
        "tt": "LP6464-4",
        "nm": "PCR",
        "sc": "2021-06-30T17:30:00+02:00",
        "tr": "260415000",
        "tc": "Harbour Test Centre",
        "co": "XA",
        "is": "Ministry of Health of XA",
        "ci": "URN:UVCI:01:XA:5CWLU12RNOB9RXSEOP6FG8",
    } | changes


test.__test__ = False  # type: ignore[attr-defined]


def recovery(**changes: object) -> dict[str, object]:
    return {
        "tg": "840539006",
        "fr": "2021-04-01",
        "df": "2021-04-12",
        "du": "2021-09-28",
        "co": "XA",
        "is": "Ministry of Health of XA",
        "ci": "URN:UVCI:01:XA:858CC18CFCF5965EF82F60E493349AA5",
    } | changes


def cwt(content: object, *, key: int = 1, issued: datetime = AT, **changes: object) -> dict[int, object]:
    """The CWT claims around a payload; keyword `_4=…` replaces claim 4, None removes it."""
    claims: dict[int, object] = {
        1: "XA",
        4: int((issued + timedelta(days=180)).timestamp()),
        6: int(issued.timestamp()) - 60,
        -260: {key: content},
    }
    for name, value in changes.items():
        claims[int(name.removeprefix("_"))] = value
    return {key: value for key, value in claims.items() if value is not None}


def cose(
    signer: MemorySigner,
    payload: bytes,
    *,
    protected: dict[int, object] | None = None,
    unprotected: dict[int, object] | None = None,
    tags: tuple[int, ...] = (18,),
) -> bytes:
    """A COSE_Sign1 message over `payload`, signed over its real Sig_structure."""
    header = {1: ALG[signer.key.algorithm], 4: signer.key.kid} if protected is None else protected
    head = cbor2.dumps(header) if header else b""
    signature = signer.sign(cbor2.dumps(["Signature1", head, b"", payload]))
    message: object = [head, unprotected or {}, payload, signature]
    for tag in tags:
        message = cbor2.CBORTag(tag, message)
    return cbor2.dumps(message)


def scan(message: bytes) -> str:
    """A COSE message as the text of a QR code."""
    return "HC1:" + _base45.encode(zlib.compress(message))


def hcert(signer: MemorySigner, content: object, **changes: object) -> str:
    """An HCERT with `content` under the DCC key; `changes` as for `cwt`."""
    return scan(cose(signer, cbor2.dumps(cwt(content, **changes))))  # type: ignore[arg-type]


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (FIPS 186-4, D.1.2.3)."""


def mirrored(text: str) -> str:
    """The same ES256 HCERT with s replaced by n - s, which is a signature as good as the first (failure A13)."""
    message = zlib.decompress(_base45.decode(text.removeprefix("HC1:")))
    s = int.from_bytes(message[-32:])
    return scan(message[:-32] + (_ORDER - s).to_bytes(32))
