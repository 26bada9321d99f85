"""Confirmations: that somebody was checked for a flight, signed, and bound to both.

A confirmation (JWT, ES256) holds neither a name nor a number nor anything of a certificate. `person` is a hash of the
passport's line with the confirmation's own `jti`: whoever has the passport in hand can tell that it is this person's.
Whoever has a confirmation and guesses numbers can find out which one it was: it is for the carrier and the passenger.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from pratique.model.keys import base64url
from pratique.model.mrz import MachineReadableZone

TYPE = "pratique-boarding+jwt"


class UnusableKey(ValueError):
    """A file that holds no P-256 private key; its text names the file."""


class ConfirmationKey:
    """Signs confirmations. It is no document signer: what it signs is no certificate, and nobody's list has it."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self.kid = key.thumbprint()

    @classmethod
    def draw(cls) -> "ConfirmationKey":
        """A new one."""
        return cls(ECKey.generate_key("P-256"))

    @classmethod
    def read(cls, path: Path) -> "ConfirmationKey":
        """The key in a PEM file. Raises `UnusableKey`, and `OSError`."""
        try:
            key = ECKey.import_key(path.read_bytes())
        except (ValueError, TypeError, JoseError):
            raise UnusableKey(f"{path.name} holds no private key of P-256 in PEM, without a passphrase") from None
        if not key.is_private or key.curve_name != "P-256":
            raise UnusableKey(f"{path.name} holds no private key of P-256 in PEM, without a passphrase")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """The private key, for its file."""
        return self._key.as_pem(private=True)

    @property
    def public(self) -> dict[str, Any]:
        """The public key as a JWK."""
        shown = dict(self._key.as_dict(private=False))
        return {**shown, "kid": self.kid, "use": "sig", "alg": "ES256"}

    def sign(self, claims: Mapping[str, Any], *, kind: str = TYPE) -> str:
        """A JWT of these claims."""
        header = {"alg": "ES256", "kid": self.kid, "typ": kind}
        return jwt.encode(header, dict(claims), self._key, algorithms=["ES256"])


def person(jti: str, document: MachineReadableZone) -> str:
    """What a confirmation binds a person by."""
    line = f"{jti}|{document.country}|{document.number}|{document.birth_date}"
    return base64url(hashlib.sha256(line.encode()).digest())


def confirmed(
    token: str, keys: Mapping[str, Any], *, flight: str, document: MachineReadableZone, at: datetime
) -> Mapping[str, Any] | None:
    """The claims of a confirmation by one of these keys (a JWK Set) for this flight and person; None for any other."""
    try:
        found = jwt.decode(token, KeySet.import_key_set({"keys": list(keys["keys"])}), algorithms=["ES256"])
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    claims, until = found.claims, found.claims.get("exp")
    if found.header.get("typ") != TYPE or claims.get("flight") != flight:
        return None
    if not isinstance(until, int) or at.timestamp() >= until:
        return None
    jti, stated = claims.get("jti"), claims.get("person")
    if not isinstance(jti, str) or not isinstance(stated, str):
        return None
    return claims if hmac.compare_digest(stated, person(jti, document)) else None
