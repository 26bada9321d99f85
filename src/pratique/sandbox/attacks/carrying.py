"""Attacks on those who carry a certificate: converters of strangers, and what a pass for a telephone would tell."""

import hashlib
import io
import json
import zipfile

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pratique.authority.signers.pkpass import PassSigner
from pratique.issuing import issue
from pratique.pkpass import MANIFEST, SIGNATURE, Line, Shown
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import DAY, Yard

_ASKING = ("webServiceURL", "authenticationToken", "appLaunchURL", "locations", "nfc", "https://", "http://")
"""What would let somebody know when a pass is looked at, or where."""


def pass_signer() -> PassSigner:
    """The key of a maker of passes, under a certificate of nobody's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, "pass.example.xa.health"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "XATEAM0001"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Pass Type ID: pass.example.xa.health"),
        ]
    )
    building = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    building = building.public_key(key.public_key()).not_valid_before(AT - DAY).not_valid_after(AT + 365 * DAY)
    return PassSigner(key, building.sign(key, hashes.SHA256()), [])


@tries("REQ 30.1", what="a pass for a telephone: what it holds, whom it asks, and what its signer is shown")
def pass_for_a_telephone(yard: Yard) -> str:
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    signer, born = pass_signer(), Line("Born", "8 May 1990")
    shown = Shown(scan=text, title="Your certificate", issuer="Ministry of Health of XA", name=Line("Name", "韩梅梅"),
                  lines=[born], expires=AT + 180 * DAY)  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(signer.make(shown))) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    stated = json.loads(found["pass.json"])
    expect([each["message"] for each in stated["barcodes"]] == [text], "another code than the certificate's")
    expect(stated["sharingProhibited"] is True, "it is passed on with a touch")
    asks = [word for word in _ASKING if word in found["pass.json"].decode()]
    expect(not asks, f"it has {', '.join(asks)}")
    listed = json.loads(found[MANIFEST])
    digests = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in found.items()}
    del digests[MANIFEST], digests[SIGNATURE]
    expect(listed == digests, "the manifest is of other files")
    told = [part for part in ("韩", "HAN", "1990", text) if part in found[MANIFEST].decode()]
    expect(not told, "the signer sees a person")
    signed = cms.ContentInfo.load(found[SIGNATURE])["content"]
    (by,) = signed["signer_infos"]
    (stands,) = (each["values"][0].native for each in by["signed_attrs"] if each["type"].native == "message_digest")
    expect(stands == hashlib.sha256(found[MANIFEST]).digest(), "something else was signed")
    expect(signed["encap_content_info"]["content"].native is None, "the signature holds what it signs")
    for other in (text.encode(), found["pass.json"], b"{}", b'{"pass.json": "Han Meimei"}', b"[" * 100_000):
        with refused(by=ValueError):
            signer.sign(other)
    return f"the certificate's own code, no address to ask; signed: {len(listed)} digests, and nothing else can be"
