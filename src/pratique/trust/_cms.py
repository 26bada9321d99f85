"""The signature of a CMS SignedData (RFC 5652) with signed attributes, over a content that is in it or beside it."""

import hashlib
from typing import Any

from asn1crypto import algos

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, PublicKey, SignatureCheck
from pratique.model.reasons import Reason
from pratique.trust._chain import Check
from pratique.trust.x509 import algorithm_named, raw, same_name

DIGESTS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""Of a content; older ones (SHA-1, SHA-224) are known to none of the algorithms here."""


def require_signed(
    content: bytes, signer_info: Any, key: PublicKey, *, content_type: str, check: Check, what: str
) -> dict[str, Any]:
    """The signed attributes, once `key` has signed them and they have the digest of the content.

    Raises `TrustMaterialError`: TRUST_SIGNATURE, and SIGNATURE_NOT_CHECKED where the algorithm is not known; and what
    `asn1crypto` raises.
    """
    digest = signer_info["digest_algorithm"]["algorithm"].native
    attributes = {item["type"].native: item["values"] for item in signer_info["signed_attrs"]}
    signed = (
        attributes["content_type"][0].dotted == content_type
        and digest in DIGESTS
        and attributes["message_digest"][0].native == DIGESTS[digest](content).digest()
    )
    if not signed:
        raise TrustMaterialError(Reason.TRUST_SIGNATURE, detail=f"the content of {what}")
    algorithm = _algorithm(signer_info["signature_algorithm"], digest)
    if algorithm is None:
        raise TrustMaterialError(Reason.SIGNATURE_NOT_CHECKED, detail=f"the signature of {what}")
    signature = signer_info["signature"].native
    octets = bytes(signer_info["signed_attrs"].untag().dump())  # signed as the SET they are (RFC 5652 section 5.4)
    held = check(SignatureCheck(key, algorithm, octets, raw(signature, key, algorithm)))
    if not held:
        reason = Reason.SIGNATURE_NOT_CHECKED if held is None else Reason.TRUST_SIGNATURE
        raise TrustMaterialError(reason, detail=f"the signature of {what}")
    return attributes


def is_of(sid: Any, certificate: Any) -> bool:
    """Whether a signer identifier means a certificate: by issuer and serial number, or by key identifier."""
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    stated = sid.chosen
    same = same_name(stated["issuer"].dump()) == same_name(certificate.issuer.dump())
    return bool(same and stated["serial_number"].native == certificate.serial_number)


def _algorithm(signed: algos.SignedDigestAlgorithm, digest: str) -> Algorithm | None:
    """The algorithm of a signature; rsaEncryption alone leaves the hash to the digest of the content."""
    try:
        named = signed["algorithm"].native
        stated = digest if named == "rsassa_pkcs1v15" else signed.hash_algo
        return algorithm_named(signed.signature_algo, stated, signed["parameters"])
    except ValueError:  # an algorithm that the parser has no name for
        return None
