"""Another verifier of HCERT, written from the README of the exported attacks alone: nothing of this system is in it.

`ask(folder)` is true, false or None for one exported scan that begins with HC1.
"""

import base64
import hashlib
import io
import json
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SAME = {"EL": "GR", "UK": "GB", "UNHCR": "UN"}
KINDS = {"v": "vaccination", "t": "test", "r": "recovery"}


class Refused(Exception):
    """It is not genuine."""


def ask(folder: Path) -> bool | None:
    """What is said of the scan of a folder."""
    case = json.loads((folder / "case.json").read_text("utf-8"))
    trust = json.loads((folder / "lists" / "trust.json").read_text("utf-8"))
    listed = folder / "withdrawn.json"
    withdrawn = json.loads(listed.read_text("utf-8")) if listed.exists() else None
    at = datetime.fromisoformat(case["at"])
    try:
        text = (folder / "scan.txt").read_bytes().decode("utf-8")
        return judged(text, trust, withdrawn, at)
    except (
        Refused,
        cbor2.CBORDecodeError,
        zlib.error,
        ArithmeticError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ):
        return False


def judged(text: str, trust: Any, withdrawn: Any, at: datetime) -> bool | None:
    head, beside, payload, signature = message(text)
    protected = cbor2.loads(head) if head else {}
    signed = cbor2.dumps(["Signature1", head, b"", payload])
    kid = protected.get(4, beside.get(4))
    keys = [each for each in trust["keys"] if base64.b64decode(each["kid"]) == kid and each["formats"] is None]
    if not keys:
        return None
    made = [each for each in keys if holds(each, protected[1], signed, signature)]
    if not made:
        raise Refused
    claims = read(payload)
    content = claims[-260][1]
    person(content)
    key = next((each for each in made if may(each, claims, content)), None)
    if key is None or claims[4] < at.timestamp():
        raise Refused
    if withdrawn is not None and is_withdrawn(withdrawn, key, content, claims, signed):
        raise Refused
    issuer = SAME.get(key["issuer"], key["issuer"])
    own = [each for each in withdrawn["sources"] if issuer in each["issuers"]] if withdrawn else []
    stale = [each for each in (trust, withdrawn, *own) if each and each.get("fresh_until")]
    return None if any(at > datetime.fromisoformat(each["fresh_until"]) for each in stale) else True


def message(text: str) -> Any:
    if not text.startswith("HC1:"):
        raise Refused
    letters = [LETTERS.index(letter) for letter in text[4:]]
    octets = bytearray()
    for place in range(0, len(letters), 3):
        part = letters[place : place + 3]
        value = sum(digit * 45**power for power, digit in enumerate(part))
        octets += value.to_bytes(len(part) - 1)  # too many, or one alone, raises
    inflating = zlib.decompressobj()
    packed = inflating.decompress(bytes(octets), 32_000)
    if not inflating.eof or inflating.unused_data:
        raise Refused
    found = read(packed)
    while isinstance(found, cbor2.CBORTag):  # RFC 8392, 6: a CWT in its tag, and the message in its own
        found = found.value
    return found


def read(octets: bytes) -> Any:
    """The one item of CBOR that there may be."""
    stream = io.BytesIO(octets)
    found = cbor2.CBORDecoder(stream).decode()
    if stream.tell() != len(octets):
        raise Refused
    return found


def holds(listed: Any, algorithm: int, signed: bytes, signature: bytes) -> bool:
    key = load_der_public_key(base64.b64decode(listed["key"]["spki"]))
    try:
        if algorithm == -7 and isinstance(key, ec.EllipticCurvePublicKey) and len(signature) == 64:
            r, s = (int.from_bytes(signature[place : place + 32]) for place in (0, 32))
            key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        elif algorithm == -37 and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def may(key: Any, claims: Any, content: Any) -> bool:
    kinds = {word for letter, word in KINDS.items() if content.get(letter)}
    issuer = claims.get(1, key["issuer"])
    begins, ends = (datetime.fromisoformat(key[name]).timestamp() for name in ("not_before", "not_after"))
    in_time = begins <= claims[6] <= ends
    return in_time and SAME.get(issuer, issuer) == key["issuer"] and (key["uses"] is None or kinds <= set(key["uses"]))


def person(content: Any) -> None:
    """As far as the schema of a DCC is needed: names are texts, and doses are few."""
    if not isinstance(content["nam"]["fnt"], str) or any(not 0 < dose["dn"] < 10 for dose in content.get("v", ())):
        raise Refused


def is_withdrawn(withdrawn: Any, key: Any, content: Any, claims: Any, signed: bytes) -> bool:
    entries = {entry("record:", each["ci"].split(":")[-1].split("#")[0]) for each in content["v"]}
    if entries & {*withdrawn["revoked"], *withdrawn["replaced"]}:
        return True
    for each in withdrawn["distrusted"]:
        before = each["after"] and claims[6] <= datetime.fromisoformat(each["after"]).timestamp()
        honest = entry("signed:", hashlib.sha256(signed).hexdigest()) in each["honest"]
        if each["spki"] == key["key"]["spki"] and not before and not honest:
            return True
    return False


def entry(kind: str, value: str) -> str:
    return hashlib.blake2b(f"{kind}{value}".encode(), digest_size=8).hexdigest()
