"""An HCERT layer by layer, for engineers: whatever can be taken off is shown, and nothing of it is verified."""

from collections.abc import Iterator, Mapping

from cbor2 import CBORTag
from msgspec import Struct

from pratique.formats import _base45, _cbor, _cose
from pratique.formats.hcert import PREFIX, PROFILES, inflate
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

_CLAIMS = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 7: "cti", -260: "hcert"}
_PROFILES = {profile.KEY: profile.NAME for profile in PROFILES}


class Layer(Struct, frozen=True):
    """One layer: its name, and what there is to say of it in the order of `facts`; octets stay octets."""

    name: str
    facts: dict[str, object]


def layers(scan: str) -> Iterator[Layer]:
    """The layers of a scan from outside in. Raises `MalformedCertificate` at the first that cannot be taken off.

    base45 → zlib → COSE_Sign1 → header → CWT → each profile under claim -260.
    """
    text = scan.removeprefix(PREFIX)
    yield Layer("HCERT", {"prefix": PREFIX, "characters": len(scan)})
    compressed = _base45.decode(text)
    yield Layer("base45", {"characters": len(text), "octets": len(compressed)})
    inflated = inflate(compressed)
    yield Layer("zlib", {"compressed octets": len(compressed), "inflated octets": len(inflated)})
    item, tags = _untagged(_cbor.decode(inflated))
    match item:
        case [bytes() as protected, Mapping() as unprotected, bytes() as payload, bytes() as signature]:
            yield Layer("COSE_Sign1", {"tags": tags, "signature octets": len(signature), "signature": signature})
        case _:
            raise MalformedCertificate(Reason.COSE_STRUCTURE, detail="COSE_Sign1 is not [bstr, map, bstr, bstr]")
    header = _cbor.decode(protected) if protected else {}
    yield Layer("COSE header", {"protected": header, "unprotected": unprotected})
    message = _cose.open_sign1(inflated)
    yield Layer("key", {"algorithm": message.algorithm.value, "key id": message.key_id})
    claims = _cbor.decode(payload)
    if not isinstance(claims, Mapping):
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="the CWT is not a map")
    named = {f"{_CLAIMS[key]} ({key})" if key in _CLAIMS else str(key): value for key, value in claims.items()}
    contents = claims.get(-260)
    if not isinstance(contents, Mapping):
        yield Layer("CWT", named)
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="claim -260 (hcert) is not a map")
    yield Layer("CWT", named | {"hcert (-260)": f"{len(contents)} profile(s), below"})
    for key, content in contents.items():
        yield Layer(f"payload under key {key} ({_PROFILES.get(key, 'no known profile')})", {"content": content})


def _untagged(item: object) -> tuple[object, list[int]]:
    """What tags are around, and the item within; more than two are none of this format."""
    tags: list[int] = []
    while isinstance(item, CBORTag) and len(tags) < 2:
        tags.append(item.tag)
        item = item.value
    return item, tags
