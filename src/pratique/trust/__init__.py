"""From what the world publishes to the keys a verifier believes: bytes → `TrustedKey`s → `TrustList`."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from pratique.model.dates import Instant
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust.jwks import card_keys
from pratique.trust.keys import Anchor, Embedded, Environment, TrustedKey
from pratique.trust.x509 import der_certificates, same_name, trusted_key

__all__ = ["Anchor", "Environment", "TrustList", "TrustedKey"]

MAX_KEYS_PER_KID = 16
"""Eight bytes collide by chance once in ages; a list with more keys under one id was made to make verifiers work."""
NAMED_BY_ISSUER = frozenset({"shc", "nzcp", "divoc"})
"""The formats whose scans name their issuer beside the key id: `key-1` of each of a hundred issuers is another key."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The JSON form of a trust list; octets in base64, instants in ISO 8601 with their offset."""

    trust_list: Literal[1]
    environment: Environment
    keys: tuple[TrustedKey, ...]
    issued: Instant | None = None
    fresh_until: Instant | None = None
    anchors: tuple[Anchor, ...] = ()


def _id_of(key: TrustedKey) -> tuple[bytes, str | None]:
    """What a scan names the key by: issuer and key id where its formats have both, else the key id alone."""
    named = key.formats is not None and key.formats <= NAMED_BY_ISSUER
    return key.kid, key.issuer if named else None


class TrustList:
    """The keys a verifier believes, found by key id. Immutable once made.

    `fresh_until` is the instant after which the list is stale: what it says is then no longer established, nor wrong.
    """

    __slots__ = (
        *("_by_kid", "_restricted", "_roots_by_id", "_roots_by_name"),
        *("anchors", "environment", "fresh_until", "issued", "keys"),
    )

    def __init__(
        self,
        keys: Iterable[TrustedKey],
        *,
        anchors: Iterable[Anchor] = (),
        environment: Environment = Environment.PRODUCTION,
        issued: datetime | None = None,
        fresh_until: datetime | None = None,
    ) -> None:
        self.keys = tuple(dict.fromkeys(keys))
        self.anchors = tuple(dict.fromkeys(anchors))
        self.environment = environment
        self.issued = issued
        self.fresh_until = fresh_until
        if any(number > MAX_KEYS_PER_KID for number in Counter(map(_id_of, self.keys)).values()):
            raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MAX_KEYS_PER_KID} under one id")
        by_kid: dict[bytes, list[TrustedKey]] = {}
        for key in self.keys:
            by_kid.setdefault(key.kid, []).append(key)
        self._by_kid = {kid: tuple(found) for kid, found in by_kid.items()}
        self._roots_by_name: dict[str | bytes, list[Anchor]] = {}
        self._roots_by_id: dict[bytes, list[Anchor]] = {}
        for root in self.anchors:
            self._roots_by_name.setdefault(same_name(root.name), []).append(root)
            if root.key_id is not None:
                self._roots_by_id.setdefault(root.key_id, []).append(root)
        self._restricted = frozenset(key.kid for key in self.keys if key.formats is not None)

    @property
    def spkis(self) -> tuple[bytes, ...]:
        """Every key under which something counts by this list (SubjectPublicKeyInfo): its own, and its roots'."""
        return (*(key.key.spki for key in self.keys), *(root.key.spki for root in self.anchors))

    def find(self, kid: bytes, format_name: str) -> tuple[TrustedKey, ...]:
        """Every key under `kid` that may sign `format_name`; all of them are to be tried (HCERT 3.3.3)."""
        found = self._by_kid.get(kid, ())
        if kid not in self._restricted:
            return found
        return tuple(key for key in found if key.formats is None or format_name in key.formats)

    def roots_of(self, signer: Embedded) -> tuple[Anchor, ...]:
        """The roots that may have issued a signer's certificate: by key identifier, or by name where one states none.

        All of them are to be tried; a country's successive roots share a name, and a root and its link certificates a
        key identifier.
        """
        if signer.root_key_id is not None and (found := self._roots_by_id.get(signer.root_key_id)):
            return tuple(found[:MAX_KEYS_PER_KID])
        named = self._roots_by_name.get(same_name(signer.root_name), ())
        return tuple([root for root in named if None in (root.key_id, signer.root_key_id)][:MAX_KEYS_PER_KID])

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def from_certificates(
        cls, certificates: Iterable[bytes], *, environment: Environment = Environment.PRODUCTION
    ) -> "TrustList":
        """A list of document signer certificates: each item is one in DER, or a PEM file with one or several.

        One that names an https address signs SMART Health Cards under it as well. Raises `TrustMaterialError`.
        """
        each = [der for material in certificates for der in der_certificates(material)]
        return cls((key for der in each for key in (trusted_key(der), *card_keys(der))), environment=environment)

    @classmethod
    def from_json(cls, data: bytes) -> "TrustList":
        """Read the JSON form. Raises `TrustMaterialError` (TRUST_UNREADABLE) with the place, for unknown fields too."""
        try:
            file = msgspec.json.decode(data, type=_File)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=str(error)) from error
        return cls(
            file.keys,
            anchors=file.anchors,
            environment=file.environment,
            issued=file.issued,
            fresh_until=file.fresh_until,
        )

    def to_json(self) -> bytes:
        """Write the JSON form, indented for people."""
        file = _File(1, self.environment, self.keys, self.issued, self.fresh_until, self.anchors)
        return msgspec.json.format(msgspec.json.encode(file, order="deterministic"), indent=2) + b"\n"
