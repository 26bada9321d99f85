"""Controllers of DIVOC's issuers: each key that counts for nothing is refused alone, and the others stay."""

import json
from base64 import b64encode
from collections.abc import Iterator

from tests.cases.credentials import EDWARDS
from tests.cases.known import RSA, SIGNER, Case
from tests.cases.trusting import trust_case
from tests.foreign import ISSUER, METHOD, spki

SOURCE = "W3ID security context v2; RsaVerificationKey2018, Ed25519VerificationKey2018"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def armored(der: bytes, name: str = "PUBLIC KEY") -> str:
    return f"-----BEGIN {name}-----\n{b64encode(der).decode()}\n-----END {name}-----\n"


def base58(octets: bytes) -> str:
    number, digits = int.from_bytes(octets), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(octets) - len(octets.lstrip(b"\0"))) + digits


def rsa(**changes: object) -> dict[str, object]:
    """The method of the key that signs the good credential; changes replace its members, None removes one."""
    told = {
        "id": METHOD,
        "type": "RsaVerificationKey2018",
        "controller": ISSUER,
        "publicKeyPem": armored(spki(RSA)),
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def edwards(**changes: object) -> dict[str, object]:
    key = base58(EDWARDS.spki[-32:])
    return rsa(type="Ed25519VerificationKey2018", publicKeyPem=None, publicKeyBase58=key) | changes


def written(*methods: object, issuer: object = ISSUER, asserted: object = (METHOD,)) -> bytes:
    """The document as a file."""
    return json.dumps({"id": issuer, "publicKey": methods, "assertionMethod": asserted}).encode()


def cases() -> Iterator[Case]:
    def case(name: str, description: str, document: bytes, keys: int, *refused: str) -> Case:
        """`refused` are the reasons of the last methods, in their order."""
        places = [[f"publicKey[{number}]", reason] for number, reason in enumerate(refused, keys)]
        return trust_case(f"controller-{name}", description, SOURCE, "controller", document, keys=keys, refused=places)

    for name, description, method, reason in (
        ("key-of-another", "Another controls it", rsa(controller="https://x.example/"), "TRUST_CONTROLLER"),
        ("key-not-asserted", "Not under assertionMethod", rsa(id="did:another"), "TRUST_NOT_ASSERTED"),
        ("key-of-another-type", "Neither of the two types", rsa(type="JsonWebKey2020"), "TRUST_KEY_KIND"),
        ("key-on-a-curve", "P-256 where RSA is said", rsa(publicKeyPem=armored(spki(SIGNER))), "TRUST_KEY_KIND"),
        ("certificate", "A certificate, no key", rsa(publicKeyPem=armored(b"", "CERTIFICATE")), "TRUST_UNREADABLE"),
        ("key-of-31-octets", "One too few", edwards(publicKeyBase58="1" * 31), "TRUST_UNREADABLE"),
        ("private-key", "Nothing but it", rsa(publicKeyPem=armored(b"", "PRIVATE KEY")), "TRUST_PRIVATE_KEY"),
    ):
        yield case(name, description, written(rsa(), method), 1, reason)
    leaked = rsa(id="did:b", privateKeyPem="x")
    both = ("TRUST_PRIVATE_KEY", "TRUST_PRIVATE_KEY")
    yield case("private-key-of-a-listed-one", "The same key stands there without it", written(rsa(), leaked), 0, *both)
    for name, description, document, reason in (
        ("without-keys", "No publicKey", json.dumps({"id": ISSUER}).encode(), "TRUST_UNREADABLE"),
        ("of-nobody", "An empty id", written(rsa(), issuer=""), "TRUST_UNREADABLE"),
        ("with-1001-keys", "Our limit is 1 000", written(*[{}] * 1001), "TRUST_KEY_COUNT"),
    ):
        yield trust_case(f"controller-{name}", description, SOURCE, "controller", document, reasons=[reason])
    yield case("with-two-keys", "RSA and Ed25519", written(rsa(), edwards()), 2)
