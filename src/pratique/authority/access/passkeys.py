"""Passkeys (W3C WebAuthn, level 2): how holders come back, and how officials sign in.

    begin_making(owner) ─ browser ─► finish_making ─► Credential         begin_using ─ browser ─► finish_using ─► owner

What a browser is asked for does not depend on who is before it: no names and no keys of anybody are listed, since the
authenticator knows its own. Every use takes the screen lock, fingerprint or face of the device (user verification).
Challenges are good once, for five minutes, and live in the memory of one process.
"""

import json
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import webauthn
from msgspec import Struct
from sqlalchemy import Engine
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pratique.authority.store import Vault, passkeys, reading, writing
from pratique.authority.store.passkeys import Credential, Owner, Passkey

LASTS = timedelta(minutes=5)
MOST_CEREMONIES = 5_000
"""At a time; the oldest is forgotten for a newer one, and its visitor begins again."""
MOST_KEYS = 10
"""Of one person: telephones, a tablet, a security key in a drawer."""
MAX_LABEL = 40
MAX_ANSWER = 64 * 1024
"""Octets of what a browser sends: an attestation with certificates has a few thousand."""


class Site(Struct, frozen=True):
    """Where passkeys are good: the domain, the origins of its pages, and the name that authenticators show."""

    domain: str
    origins: tuple[str, ...]
    name: str


class Begun(Struct, frozen=True):
    """A ceremony: its id, and what the page's script hands to the browser (JSON)."""

    ceremony: str
    options: dict[str, Any]


class _Ceremony(Struct, frozen=True):
    challenge: bytes
    owner_id: str | None
    until: datetime


class Passkeys:
    """The ceremonies of one site for holders or for officials."""

    def __init__(self, engine: Engine, vault: Vault, owner: Owner, site: Site) -> None:
        self._engine = engine
        self._vault = vault
        self._owner = owner
        self._site = site
        self._ceremonies: OrderedDict[str, _Ceremony] = OrderedDict()

    def begin_making(self, owner_id: str, shown: str, *, at: datetime) -> Begun | None:
        """Let somebody who is signed in make a passkey; None where they have ten.

        `shown` is what the device lists it under: nothing that tells strangers who its owner is.
        """
        mine = self.of(owner_id)
        if len(mine) >= MOST_KEYS:
            return None
        ceremony, challenge = self._begin(owner_id, at)
        options = webauthn.generate_registration_options(
            rp_id=self._site.domain,
            rp_name=self._site.name,
            user_name=shown,
            # the same for each owner, so that a device keeps one; a keyed hash, which says nothing of them
            user_id=self._vault.hash("passkey owner", f"{self._owner.name}:{owner_id}"),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential.credential_id) for each in mine],
        )
        return Begun(ceremony, json.loads(webauthn.options_to_json(options)))

    def finish_making(self, ceremony: str, owner_id: str, answer: bytes, label: str, *, at: datetime) -> bool:
        """Keep the passkey that the device made; False for an answer to another challenge, or of another site."""
        found = self._finish(ceremony, at)
        if found is None or found.owner_id != owner_id or len(answer) > MAX_ANSWER:
            return False
        try:
            made = webauthn.verify_registration_response(
                credential=_object(answer),
                expected_challenge=found.challenge,
                expected_rp_id=self._site.domain,
                expected_origin=list(self._site.origins),
                require_user_verification=True,
            )
        except _WRONG:
            return False
        credential = Credential(made.credential_id, made.credential_public_key, label.strip()[:MAX_LABEL])
        with writing(self._engine) as connection:
            if passkeys.count(connection, self._owner, owner_id) >= MOST_KEYS:
                return False
            return passkeys.add(connection, self._vault, self._owner, owner_id, credential, at=int(at.timestamp()))

    def begin_using(self, *, at: datetime) -> Begun:
        """Let whoever is there show a passkey of theirs; the same for everybody."""
        ceremony, challenge = self._begin(None, at)
        options = webauthn.generate_authentication_options(
            rp_id=self._site.domain, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Begun(ceremony, json.loads(webauthn.options_to_json(options)))

    def finish_using(self, ceremony: str, answer: bytes, *, at: datetime) -> str | None:
        """Whose passkey it was; None for every other answer, a passkey that was taken away among them.

        A counter that does not grow is a copy's: then the passkey is refused, and a desk helps (WebAuthn, 6.1.1).
        """
        found = self._finish(ceremony, at)
        if found is None or found.owner_id is not None or len(answer) > MAX_ANSWER:
            return None
        try:
            sent = _object(answer)
            credential_id = webauthn.base64url_to_bytes(sent["rawId"])
        except (*_WRONG, LookupError, AttributeError):
            return None
        with reading(self._engine) as connection:
            passkey = passkeys.find(connection, self._vault, self._owner, credential_id)
        if passkey is None:
            return None
        try:
            shown = webauthn.verify_authentication_response(
                credential=sent,
                expected_challenge=found.challenge,
                expected_rp_id=self._site.domain,
                expected_origin=list(self._site.origins),
                credential_public_key=passkey.credential.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        except _WRONG:
            return None
        with writing(self._engine) as connection:
            now = int(at.timestamp())
            kept = passkeys.used(connection, self._vault, self._owner, passkey, shown.new_sign_count, at=now)
        return passkey.owner_id if kept else None

    def of(self, owner_id: str) -> tuple[Passkey, ...]:
        """All passkeys of somebody, the oldest first."""
        with reading(self._engine) as connection:
            return passkeys.of(connection, self._vault, self._owner, owner_id)

    def remove(self, owner_id: str, credential_ids: Sequence[bytes]) -> int:
        """Take passkeys away, as their owner wants; how many there were."""
        with writing(self._engine) as connection:
            return passkeys.remove(connection, self._vault, self._owner, owner_id, credential_ids)

    def _begin(self, owner_id: str | None, at: datetime) -> tuple[str, bytes]:
        while self._ceremonies and (
            next(iter(self._ceremonies.values())).until <= at or len(self._ceremonies) >= MOST_CEREMONIES
        ):
            self._ceremonies.popitem(last=False)
        name, challenge = secrets.token_hex(16), secrets.token_bytes(32)
        self._ceremonies[name] = _Ceremony(challenge, owner_id, at + LASTS)
        return name, challenge

    def _finish(self, ceremony: str, at: datetime) -> _Ceremony | None:
        """The ceremony, which is used up by it."""
        found = self._ceremonies.pop(ceremony, None)
        return found if found is not None and at < found.until else None


_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)
"""What the library raises for answers of every kind; some of them it does not foresee."""


def _object(answer: bytes) -> dict[str, Any]:
    sent = json.loads(answer)
    if not isinstance(sent, dict):
        raise ValueError("not what a browser sends")
    return sent
