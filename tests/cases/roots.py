"""Countries' roots and the master lists that name them: how much is believed, and why not the rest."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from tests import masterlists
from tests.cases.known import Case, Vector, base64, ec_key
from tests.masterlists import LIST_SIGNER, content_of
from tests.seals import Root, SealSigner

DOC_9303 = "ICAO Doc 9303-12, eighth edition"
SIZE = "our limit: 16 MiB"


def root(country: str | None, label: str, **changes: Any) -> Root:
    return Root(country, f"{label} root", **({"key": ec_key(f"{label} root")} | changes))


LISTER, XB, XC = root("XA", "lister"), root("XB", "XB"), root("XC", "XC")
SIGNER = LISTER.signer("XA", key=ec_key("list signer"), purposes=(LIST_SIGNER,), types=())
NEXT = root("XB", "the next")


def material(told: Any) -> bytes:
    """The octets of a vector: in base64, or so many zeros."""
    return bytes(told["zeros"]) if isinstance(told, dict) else b64decode(told)


def case(
    name: str,
    description: str,
    source: str,
    octets: bytes,
    expected: Vector,
    *,
    kind: str = "master-list",
    signers: tuple[Root, ...] = (LISTER,),
) -> Case:
    told: object = {"zeros": len(octets)} if len(octets) > 1_000_000 else base64(octets)
    vector: Vector = {"description": description, "source": source, "kind": kind, "material": told}
    if kind == "master-list":
        vector["signers"] = [base64(each.certificate) for each in signers]
    return f"roots/{name}.json", vector | {"expected": expected}


def believed(*countries: str, refused: Any = (), alarms: Any = (), accepted: int | None = None) -> Vector:
    count = len(countries) if accepted is None else accepted
    return {
        "accepted": count,
        "refused": [list(entry) for entry in refused],
        "alarms": list(alarms),
        "countries": list(countries),
    }


def refused(reason: str) -> Vector:
    return {"reasons": [reason]}


def signed(*certificates: bytes, signer: SealSigner = SIGNER, **changes: Any) -> bytes:
    return masterlists.signed_list(content_of(*certificates), signer=signer, **changes)


def cases() -> Iterator[Case]:
    good = signed(XB.certificate, XC.certificate)
    yield case("master-list", "Two roots", DOC_9303, good, believed("XB", "XC"))
    for name, description, octets, reason, signers in (
        ("cut-short", "The last octet is missing", good[:-1], "TRUST_UNREADABLE", (LISTER,)),
        ("certificate", "A certificate instead of a list", XB.certificate, "TRUST_UNREADABLE", (LISTER,)),
        ("of-50-megabytes", "Far larger than all countries together", bytes(50_000_000), "TRUST_TOO_LARGE", (LISTER,)),
        ("signer-unknown", "Nobody vouches for its signer", good, "TRUST_SIGNER", ()),
        ("signer-under-another-root", "Another root is listed", good, "TRUST_SIGNER", (XB,)),
        (
            "signer-of-documents",
            "Its signer may sign seals, and no lists",
            signed(XB.certificate, signer=LISTER.signer("XA", key=ec_key("list signer"))),
            "TRUST_SIGNER",
            (LISTER,),
        ),
        (
            "content-changed",
            "The digest is of another content",
            signed(XB.certificate, message_digest=bytes(32)),
            "TRUST_SIGNATURE",
            (LISTER,),
        ),
        (
            "signature-of-another-key",
            "Another key signed than the certificate's",
            signed(XB.certificate, signer=SealSigner(ec_key("a forger"), SIGNER.certificate)),
            "TRUST_SIGNATURE",
            (LISTER,),
        ),
    ):
        yield case(f"master-list-{name}", description, DOC_9303, octets, refused(reason), signers=signers)
    yield case(
        "master-list-signed-too-late",
        "Its signer's period was over: the roots count, and it is worth telling",
        DOC_9303,
        signed(XB.certificate, signing_time=datetime(2040, 1, 1, tzinfo=UTC)),
        believed("XB", alarms=["KEY_PERIOD"]),
    )
    ended = root("XB", "XB", not_before=datetime(2001, 1, 1, tzinfo=UTC), not_after=datetime(2006, 1, 1, tzinfo=UTC))
    for name, description, certificates, expected in (
        ("ended", "A root that has ended is kept with its period", [ended.certificate], believed("XB")),
        (
            "link",
            "A root hands over to its successor",
            [XB.certificate, XB.link(NEXT)],
            believed("XB", "XB"),
        ),
        (
            "circle",
            "Two roots hand over to each other, and neither signs itself",
            [XB.link(NEXT), NEXT.link(XB)],
            believed(refused=[("certificates[0]", "TRUST_SIGNER"), ("certificates[1]", "TRUST_SIGNER")]),
        ),
        (
            "link-to-another-country",
            "A root of XB hands over to a root of XC",
            [XB.certificate, XB.link(XC)],
            believed("XB", refused=[("certificates[1]", "TRUST_NOT_ROOT")]),
        ),
        (
            "signer-among-them",
            "The signer of a passport is no root",
            [XB.certificate, XB.signer("XB", key=ec_key("XB seal signer")).certificate],
            believed("XB", refused=[("certificates[1]", "TRUST_NOT_ROOT")]),
        ),
        (
            "of-no-country",
            "A root names no country",
            [XB.certificate, root(None, "stateless").certificate],
            believed("XB", refused=[("certificates[1]", "TRUST_NOT_ROOT")]),
        ),
        (
            "on-an-unknown-curve",
            "A root's key is on secp256k1",
            [XB.certificate, root("XC", "XC", key=ec_key("XC root", ec.SECP256K1())).certificate],
            believed("XB", refused=[("certificates[1]", "TRUST_KEY_KIND")]),
        ),
    ):
        ordered = sorted(certificates)  # as they stand in a SET
        where = {f"certificates[{certificates.index(der)}]": f"certificates[{n}]" for n, der in enumerate(ordered)}
        places: Any = expected["refused"]
        told = expected | {"refused": sorted([where[place], reason] for place, reason in places)}
        yield case(f"master-list-{name}", description, DOC_9303, signed(*certificates), told)
    yield case("root", "A root in DER", DOC_9303, XB.certificate, believed("XB"), kind="roots")
    no_authority = root("XB", "XB", ca=False).certificate
    yield case(
        "root-that-is-no-authority",
        "Its basic constraints say that it issues nothing",
        "RFC 5280 section 4.2.1.9",
        no_authority,
        believed(refused=[("certificates[0]", "TRUST_NOT_ROOT")]),
        kind="roots",
    )
    broken = bytearray(XB.certificate)
    broken[-1] ^= 1
    yield case(
        "root-whose-signature-does-not-hold",
        "A bit of its own signature is another one",
        "RFC 5280 section 6.1",
        bytes(broken),
        believed(refused=[("certificates[0]", "TRUST_SIGNATURE")]),
        kind="roots",
    )
    yield case(
        "root-of-50-megabytes", "Far too large", SIZE, bytes(50_000_000), refused("TRUST_TOO_LARGE"), kind="roots"
    )
