"""What issuers and directories publish of their keys: how much of it is believed, and why not the rest."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests import cards
from tests.cases.known import RSA, SIGNER, STRANGER, Case, Vector, base64, ec_key
from tests.issuer import NOT_AFTER, NOT_BEFORE

FRAMEWORK = "SMART Health Cards Framework 1.4.0, Determining keys associated with an issuer"
BEGIN = datetime(2021, 2, 1, tzinfo=UTC)
"""When the signer of the chain below begins: after those above it."""


def made(
    label: str, above: str | None = None, *, ca: bool = True, url: str | None = None, begin: datetime = NOT_BEFORE
) -> bytes:
    """The certificate of the key `label`, signed by the key `above` or itself, the same each time."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    curve = {"root": ec.SECP521R1(), "authority": ec.SECP384R1()}
    private, over = ec_key(label, curve.get(label)), ec_key(above or label, curve.get(above or label))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(label))
        .issuer_name(name(above or label))
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if url is not None:
        address = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(url)])
        builder = builder.add_extension(address, critical=False)
    digest = hashes.SHA512() if above in ("root", None) else hashes.SHA384()
    return builder.sign(over, digest, ecdsa_deterministic=True).public_bytes(Encoding.DER)


class Certified:
    """A key as `cards.jwk` wants it, with a certificate of one's own making."""

    def __init__(self, certificate: bytes) -> None:
        self.certificate = certificate


ROOT = made("root")
AUTHORITY = made("authority", "root")
LEAF = made("card signer", "authority", ca=False, url=cards.ISSUER, begin=BEGIN)


def chained(*certificates: bytes) -> dict[str, object]:
    """The JWK of the first certificate, with all of them beside it."""
    return cards.jwk(Certified(certificates[0]), x5c=[base64(der) for der in certificates])  # type: ignore[arg-type]


GOOD = cards.jwk(SIGNER)
OTHER = cards.jwk(STRANGER)


def case(
    name: str,
    description: str,
    source: str,
    material: object,
    *,
    kind: str = "key-set",
    accepted: int = 0,
    refused: list[list[str]] | None = None,
    alarms: list[str] | None = None,
    notes: list[str] | None = None,
    fault: str | None = None,
    **given: object,
) -> Case:
    vector: Vector = {"description": description, "source": source, "kind": kind, "material": material, **given}
    if fault is not None:
        return f"keysets/{name}.json", vector | {"expected": {"reasons": [fault]}}
    reasons = list(dict.fromkeys([reason for _, reason in refused or []] + (notes or [])))
    expected = {"accepted": accepted, "refused": refused or [], "alarms": alarms or [], "notes": notes or []}
    return f"keysets/{name}.json", vector | {"expected": expected | {"reasons": reasons}}


def key_set(*keys: object, issuer: object = cards.ISSUER, **changes: object) -> Vector:
    return {"issuer": issuer, "keys": list(keys)} | changes


def refusals() -> Iterator[Case]:
    """One key is left out, and the other counts all the same."""
    numbers = RSA.certificate and {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa", "use": "sig", "alg": "PS256"}
    off = OTHER | {"y": GOOD["y"]}
    for name, description, jwk, reason in (
        ("rsa-key", "An RSA key", numbers, "TRUST_KEY_KIND"),
        ("key-on-p-384", "Another curve", OTHER | {"crv": "P-384"}, "TRUST_KEY_KIND"),
        ("key-for-es384", "Another algorithm", OTHER | {"alg": "ES384"}, "TRUST_KEY_KIND"),
        ("key-for-encryption", "use is enc", OTHER | {"use": "enc"}, "TRUST_KEY_PURPOSE"),
        ("key-that-signs-alone", "key_ops is sign", OTHER | {"key_ops": ["sign"]}, "TRUST_KEY_PURPOSE"),
        ("key-id-of-another", "kid is the other key's thumbprint", OTHER | {"kid": GOOD["kid"]}, "TRUST_KEY_ID"),
        ("key-id-missing", "No kid", {k: v for k, v in OTHER.items() if k != "kid"}, "TRUST_KEY_ID"),
        ("point-off-the-curve", "x and y of two keys", off, "TRUST_UNREADABLE"),
        ("key-is-a-word", "A text instead of a key", "key", "TRUST_UNREADABLE"),
        (
            "certificate-of-another-key",
            "x5c is the other key's",
            OTHER | {"x5c": [base64(SIGNER.certificate)]},
            "TRUST_KEY_CERTIFICATE",
        ),
        ("certificate-of-nonsense", "x5c is no certificate", OTHER | {"x5c": ["AAAA"]}, "TRUST_KEY_CERTIFICATE"),
        ("certificates-missing", "x5c is empty", OTHER | {"x5c": []}, "TRUST_KEY_CERTIFICATE"),
    ):
        yield case(name, description, FRAMEWORK, key_set(GOOD, jwk), accepted=1, refused=[["keys[1]", reason]])
    exposed = OTHER | {"d": "AQAB"}
    yield case(
        "private-key-published",
        "The private part stands in one entry: the same key without it is nobody's own any more either",
        FRAMEWORK + ': SHALL NOT have "d"',
        key_set(GOOD, OTHER, exposed),
        accepted=1,
        refused=[["keys[1]", "TRUST_PRIVATE_KEY"], ["keys[2]", "TRUST_PRIVATE_KEY"]],
        alarms=["TRUST_PRIVATE_KEY"],
    )
    plain = f"{cards.ISSUER}/"
    for name, description, material, fault in (
        ("issuer-not-said", "A key set as it is published says not whose it is", {"keys": [GOOD]}, "TRUST_ISSUER"),
        ("issuer-with-a-slash-at-its-end", "A slash at the end", key_set(GOOD, issuer=plain), "TRUST_ISSUER"),
        ("issuer-without-encryption", "http", key_set(GOOD, issuer="http://xa.example"), "TRUST_ISSUER"),
        ("keys-missing", "No keys", {"issuer": cards.ISSUER}, "TRUST_UNREADABLE"),
        ("thousand-and-one-keys", "Our limit is 1 000", key_set(*[{}] * 1001), "TRUST_KEY_COUNT"),
        ("not-an-object", "A list", [GOOD], "TRUST_UNREADABLE"),
    ):
        yield case(name, description, FRAMEWORK, material, fault=fault)


def chains() -> Iterator[Case]:
    section = "SMART Health Cards Framework 1.4.0, Certificates; RFC 5280 section 6"
    anchors = {"anchors": [base64(ROOT)]}
    elsewhere = made("card signer", "authority", ca=False, url="https://evil.example/cards", begin=BEGIN)
    impostor = made("authority", "nobody", begin=NOT_BEFORE)
    under = made("card signer", "nobody", ca=False, url=cards.ISSUER)
    no_authority = made("authority", "root", ca=False)
    broken = LEAF[:-1] + bytes([LEAF[-1] ^ 1])
    period = {"not_before": "2021-02-01T00:00:00Z", "not_after": "2023-01-01T00:00:00Z"}
    yield case(
        "chain-to-the-anchor",
        "The path's period is the key's",
        section,
        key_set(chained(LEAF, AUTHORITY, ROOT)),
        accepted=1,
        period=period,
        **anchors,
    )
    yield case(
        "chain-without-its-root",
        "The anchor itself may be left out",
        section,
        key_set(chained(LEAF, AUTHORITY)),
        accepted=1,
        period=period,
        **anchors,
    )
    for name, description, jwk, reason in (
        (
            "of-another-issuer",
            "The certificate names another address",
            chained(elsewhere, AUTHORITY),
            "TRUST_KEY_CERTIFICATE",
        ),
        ("that-ends-early", "The authority's certificate is missing", chained(LEAF), "TRUST_SIGNER"),
        ("under-another-root", "Signed by nobody whom the list has", chained(under), "TRUST_SIGNER"),
        (
            "through-no-authority",
            "The certificate between may not issue any",
            chained(LEAF, no_authority),
            "TRUST_SIGNER",
        ),
        (
            "through-an-impostor",
            "A certificate of the authority's name, issued by nobody",
            chained(LEAF, impostor),
            "TRUST_SIGNER",
        ),
        ("with-a-broken-signature", "A bit of the signature is flipped", chained(broken, AUTHORITY), "TRUST_SIGNATURE"),
        ("missing", "No certificate, where anchors are asked for", GOOD, "TRUST_SIGNER"),
    ):
        yield case(f"chain-{name}", description, section, key_set(jwk), refused=[["keys[0]", reason]], **anchors)


def positives() -> Iterator[Case]:
    yield case("key", "A key", FRAMEWORK, key_set(GOOD), accepted=1)
    yield case(
        "issuer-as-argument",
        "The set as published, and the issuer beside it",
        FRAMEWORK,
        {"keys": [GOOD]},
        accepted=1,
        issuer=cards.ISSUER,
    )
    for left_out in ("use", "alg"):
        unmarked = cards.jwk(SIGNER, **{left_out: None})
        yield case(
            f"key-without-{left_out}",
            "Seen in the wild: an issuer of millions of cards left it out",
            "vci-directory issue 929",
            key_set(unmarked),
            accepted=1,
            notes=["TRUST_KEY_UNMARKED"],
        )
    yield case(
        "certificate-beside-the-key",
        "Its certificate, which without anchors has to be of the key alone",
        FRAMEWORK,
        key_set(chained(LEAF)),
        accepted=1,
    )


def snapshots() -> Iterator[Case]:
    source = "VCI directory: vci-issuers.json and logs/vci_snapshot.json"
    theirs = "https://health.xb.example/cards"

    def entry(issuer: str, *keys: object) -> Vector:
        return {"issuer": {"iss": issuer, "name": "Health of XA"}, "keys": list(keys), "crls": []}

    whole = {"directory": "x", "time": "2021-07-01", "issuerInfo": [entry(cards.ISSUER, GOOD), entry(theirs, OTHER)]}
    listed = {"participating_issuers": [{"iss": cards.ISSUER, "name": "Health of XA"}]}
    yield case("snapshot", "Two issuers", source, whole, kind="snapshot", accepted=2)
    yield case(
        "snapshot-of-issuers-that-left",
        "The directory has one of them",
        source,
        whole,
        kind="snapshot",
        directory=listed,
        accepted=1,
        refused=[["issuerInfo[1].issuer", "TRUST_ISSUER_NOT_LISTED"]],
    )
    odd: dict[str, Any] = {
        "issuerInfo": [7, entry("http://xa.example", GOOD), entry(theirs, OTHER | {"d": "AQAB"}, GOOD)]
    }
    yield case(
        "snapshot-with-odd-entries",
        "A number, an address without encryption, and a private key",
        source,
        odd,
        kind="snapshot",
        accepted=1,
        refused=[
            ["issuerInfo[0]", "TRUST_ISSUER"],
            ["issuerInfo[1]", "TRUST_ISSUER"],
            ["issuerInfo[2].keys[0]", "TRUST_PRIVATE_KEY"],
        ],
        alarms=["TRUST_PRIVATE_KEY"],
    )
    yield case(
        "snapshot-without-issuers", "No issuerInfo", source, {"time": "x"}, kind="snapshot", fault="TRUST_UNREADABLE"
    )


def cases() -> Iterator[Case]:
    for family in (refusals, chains, positives, snapshots):
        yield from family()


def written(material: object) -> bytes:
    """The file that a vector's material is."""
    return json.dumps(material).encode()
