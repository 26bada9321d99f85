"""Attacks on those who carry a certificate: converters of strangers, and what a pass for a telephone would tell."""

import hashlib
import io
import json
import zipfile
from itertools import pairwise

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from pratique.authority.signers.pkpass import PassSigner
from pratique.issuing import issue
from pratique.pkpass import MANIFEST, SIGNATURE, Line, Shown, manifest, packed
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import DAY, Yard

_ASKING = ("webServiceURL", "authenticationToken", "appLaunchURL", "locations", "nfc", "https://", "http://")
"""What would let somebody know when a pass is looked at, or where."""
_MUST = ("description", "organizationName", "passTypeIdentifier", "serialNumber", "teamIdentifier")
_NAMED = {"passTypeIdentifier": NameOID.USER_ID, "teamIdentifier": NameOID.ORGANIZATIONAL_UNIT_NAME}
_STYLES = {"boardingPass", "coupon", "eventTicket", "generic", "storeCard"}


def makers() -> tuple[PassSigner, x509.Certificate]:
    """A maker of passes, whose certificate an office between signed, and the root above that: no telephone knows it."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    names = [
        {NameOID.COMMON_NAME: "Passes Root"},
        {NameOID.COMMON_NAME: "Passes Office"},
        {
            NameOID.USER_ID: "pass.example.xa.health",
            NameOID.ORGANIZATIONAL_UNIT_NAME: "XATEAM0001",
            NameOID.COMMON_NAME: "Pass Type ID: pass.example.xa.health",
        },
    ]
    made: list[x509.Certificate] = []
    for number, (key, stated) in enumerate(zip(keys, names, strict=True)):
        name = x509.Name([x509.NameAttribute(kind, value) for kind, value in stated.items()])
        issuer, above = (made[-1].subject, keys[number - 1]) if made else (name, key)
        building = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).serial_number(number + 1)
        building = building.public_key(key.public_key()).not_valid_before(AT - DAY).not_valid_after(AT + 365 * DAY)
        building = building.add_extension(x509.BasicConstraints(ca=number < 2, path_length=None), critical=True)
        made.append(building.sign(above, hashes.SHA256()))
    return PassSigner(keys[2], made[2], [made[1]]), made[0]


def taken(data: bytes, root: x509.Certificate) -> dict[str, bytes]:
    """The files of a pass, read as its maker's documents say that a telephone reads one.

    Raises `ValueError` for a file that the manifest does not have as it is, a signature that is not of this manifest or
    leads to another root, and a pass without what every pass must have.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    listed, signature = found.pop(MANIFEST), found.pop(SIGNATURE)
    digests = {name: hashlib.sha1(each, usedforsecurity=False).hexdigest() for name, each in found.items()}
    if json.loads(listed) != digests:
        raise ValueError("the manifest is of other files")
    by = _signer_of(signature, listed, root)
    stated = json.loads(found["pass.json"])
    said = [(each.value, stated[key]) for key, kind in _NAMED.items() for each in by.get_attributes_for_oid(kind)]
    if len(said) != len(_NAMED) or any(each != its for each, its in said):
        raise ValueError("the pass is of another maker than its signature")
    if stated["formatVersion"] != 1 or not all(isinstance(stated[key], str) and stated[key] for key in _MUST):
        raise ValueError("a pass without what every pass must have")
    if len(_STYLES & stated.keys()) != 1 or not found["icon.png"].startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("a pass of no style, or without its picture")
    return found


def _signer_of(signature: bytes, listed: bytes, root: x509.Certificate) -> x509.Name:
    """Who signed a manifest, by a certificate that leads to this root. Raises `ValueError`."""
    signed = cms.ContentInfo.load(signature)["content"]
    (by,) = signed["signer_infos"]
    said = {each["type"].native: each["values"][0].native for each in by["signed_attrs"]}
    if signed["encap_content_info"]["content"].native is not None or "signing_time" not in said:
        raise ValueError("the signature holds what it signs, or says no time")
    if said["message_digest"] != hashlib.sha256(listed).digest():
        raise ValueError("something else was signed")
    beside = {each.serial_number: each for each in pkcs7.load_der_pkcs7_certificates(signature)}
    own = beside.pop(by["sid"].chosen["serial_number"].native)
    key = own.public_key()
    try:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("a signature of another kind")
        key.verify(by["signature"].native, by["signed_attrs"].untag().dump(), ec.ECDSA(hashes.SHA256()))
        for below, above in pairwise((own, *beside.values(), root)):
            below.verify_directly_issued_by(above)
    except InvalidSignature as fault:
        raise ValueError("the signature does not hold") from fault
    return own.subject


@tries("REQ 30.1", what="a pass for a telephone: what it holds, whom it asks, and what its signer is shown")
def pass_for_a_telephone(yard: Yard) -> str:
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    (signer, root), born = makers(), Line("Born", "8 May 1990")
    shown = Shown(scan=text, title="Your certificate", issuer="Ministry of Health of XA", name=Line("Name", "韩梅梅"),
                  lines=[born], expires=AT + 180 * DAY)  # fmt: skip
    made = signer.make(shown)
    found = taken(made, root)
    stated = json.loads(found["pass.json"])
    expect([each["message"] for each in stated["barcodes"]] == [text], "another code than the certificate's")
    expect(stated["sharingProhibited"] is True, "it is passed on with a touch")
    asks = [word for word in _ASKING if word in found["pass.json"].decode()]
    expect(not asks, f"it has {', '.join(asks)}")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        listed, signature = archive.read(MANIFEST), archive.read(SIGNATURE)
    told = [part for part in ("韩", "HAN", "1990", text) if part in listed.decode()]
    expect(not told, "the signer sees a person")
    forged = found | {"pass.json": found["pass.json"].replace("韩梅梅".encode(), "米老鼠".encode())}
    for other in (packed(forged, listed, signature), packed(forged, manifest(forged), signature),
                  makers()[0].make(shown)):  # fmt: skip
        with refused(by=ValueError):
            taken(other, root)
    for other in (text.encode(), found["pass.json"], b"{}", b'{"pass.json": "Han Meimei"}', b"[" * 100_000):
        with refused(by=ValueError):
            signer.sign(other)
    return f"the certificate's own code, no address to ask; signed: {len(found)} digests, and nothing else can be"
