"""A certificate that came by letter, or on a stick: it counts once two people have read out its fingerprint.

Each of them has it from the other country by a way of their own (the letter's second copy, a call to a known number),
and types what they have; nothing shows them what they should type.
"""

import hashlib
import re
from collections.abc import Sequence

from msgspec import Struct

from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust.keys import TrustedKey
from pratique.trust.x509 import der_certificates, trusted_key

PEOPLE = 2
_BETWEEN = re.compile(r"[\s:.-]")


class Confirmation(Struct, frozen=True):
    """Who confirms, and the SHA-256 of the certificate (DER) in hexadecimal, as that person has it."""

    person: str
    fingerprint: str


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER), as people read it out: sixteen groups of four."""
    digits = hashlib.sha256(certificate).hexdigest().upper()
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def accept(material: bytes, confirmations: Sequence[Confirmation]) -> TrustedKey:
    """The key of exactly one certificate (DER or PEM), confirmed by two different people.

    Raises `TrustMaterialError`: TRUST_TWO_PEOPLE, TRUST_FINGERPRINT, TRUST_UNREADABLE.
    """
    key = trusted_key(material)
    (der,) = der_certificates(material)
    if len({" ".join(each.person.split()).casefold() for each in confirmations} - {""}) < PEOPLE:
        raise TrustMaterialError(Reason.TRUST_TWO_PEOPLE, detail="confirmed by fewer than two people")
    digits = fingerprint(der).replace(" ", "")
    for number, each in enumerate(confirmations):
        if _BETWEEN.sub("", each.fingerprint).upper() != digits:
            raise TrustMaterialError(Reason.TRUST_FINGERPRINT, detail=f"confirmations[{number}]")
    return key
