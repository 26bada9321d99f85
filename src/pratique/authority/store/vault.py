"""What the database keeps of names, numbers and faces: a keyed hash to look up by, and a value that only we can open.

    hash   HMAC-SHA-256 under the look-up key, over what kind of thing it is and its value
    value  key id (2 octets) ‖ nonce (12) ‖ AES-256-GCM of the value, bound to the place where it stands

The keys lie in a file outside the database: whoever steals one of the two has nothing. A value remembers the key that
sealed it, so that a new key can be put in front (`Vault.rotated`) and the old values resealed in their own time.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from pratique.model.errors import StoreFault
from pratique.model.reasons import Reason

_NONCE = 12
"""Octets (NIST SP 800-38D, 8.2.2): drawn at random, they allow 2^32 values a key; a country's passports are 2^31."""


class Key(Struct, frozen=True):
    """One generation of secrets, 32 octets each."""

    look_up: bytes
    seal: bytes

    @classmethod
    def draw(cls) -> "Key":
        """A new one, at random."""
        return cls(secrets.token_bytes(32), secrets.token_bytes(32))


class Vault:
    """Seals, opens and hashes. Holds its keys in memory; what it cannot protect against is said in docs/records.md."""

    def __init__(self, keys: Mapping[int, Key], current: int) -> None:
        """`keys` by their ids of 0 to 65535; `current` is the one for new values."""
        self._keys = dict(keys)
        self._ciphers = {number: AESGCM(key.seal) for number, key in self._keys.items()}
        self.current = current
        """The id of the key for new values."""
        self._key = self._keys[current]
        self._cipher = self._ciphers[current]

    @classmethod
    def draw(cls) -> "Vault":
        """A vault of one new key."""
        return cls({1: Key.draw()}, 1)

    def rotated(self) -> "Vault":
        """The same with a new key in front; the old ones still open what they sealed."""
        number = max(self._keys) + 1
        return Vault(self._keys | {number: Key.draw()}, number)

    def without_old_keys(self) -> "Vault":
        """Only the current key: for when everything has been resealed."""
        return Vault({self.current: self._key}, self.current)

    def hash(self, kind: str, value: str) -> bytes:
        """What `value` is looked up by, 32 octets; two kinds of thing never share a hash."""
        return _hash(self._key, kind, value)

    def hashes(self, kind: str, value: str) -> tuple[bytes, ...]:
        """Its hash under every key, the current first: for look-ups while a rotation is under way."""
        others = (key for number, key in self._keys.items() if number != self.current)
        return (self.hash(kind, value), *(_hash(key, kind, value) for key in others))

    def seal(self, value: bytes, place: str) -> bytes:
        """`value` for the database; opened nowhere but at `place`, such as `person.name:` and the subject's id."""
        nonce = os.urandom(_NONCE)
        return self.current.to_bytes(2) + nonce + self._cipher.encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The value. Raises `StoreFault` (STORE_VAULT) for another vault's, another place's, or a changed one."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:2]))
        if cipher is None:
            raise StoreFault(Reason.STORE_VAULT, detail="sealed with a key that is not in this vault")
        try:
            return cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], place.encode())
        except (InvalidTag, ValueError):
            raise StoreFault(Reason.STORE_VAULT, detail="a sealed value was changed, or moved") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key sealed it."""
        return int.from_bytes(sealed[:2]) == self.current

    def write(self, path: Path) -> None:
        """Write the keys to a file that nobody else can read; an older file is replaced as a whole.

        Raises `OSError`.
        """
        keys = {str(number): _File(_text(key.look_up), _text(key.seal)) for number, key in self._keys.items()}
        content = msgspec.json.format(msgspec.json.encode({"current": self.current, "keys": keys}), indent=2)
        beside = path.with_name(path.name + ".new")
        beside.unlink(missing_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)  # a key that a power cut takes back has sealed values already
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @classmethod
    def read(cls, path: Path) -> "Vault":
        """Read the file that `write` wrote.

        Raises `StoreFault` (STORE_VAULT) where it cannot be read, is no such file, or others may read it.
        """
        try:
            others = path.stat().st_mode & 0o077
            stated = msgspec.json.decode(path.read_bytes(), type=_Vault)
            keys = {int(number): Key(_octets(key.look_up), _octets(key.seal)) for number, key in stated.keys.items()}
            vault = cls(keys, stated.current)
        except OSError as error:
            raise StoreFault(Reason.STORE_VAULT, detail=f"{path.name} cannot be read") from error
        except (msgspec.MsgspecError, ValueError, KeyError, OverflowError):  # their text may hold a key
            raise StoreFault(Reason.STORE_VAULT, detail=f"{path.name} is not a vault's file") from None
        if others:
            raise StoreFault(Reason.STORE_VAULT, detail=f"{path.name} may be read by others: chmod 600")
        return vault


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    look_up: str
    seal: str


class _Vault(Struct, frozen=True, forbid_unknown_fields=True):
    current: int
    keys: dict[str, _File]


def _hash(key: Key, kind: str, value: str) -> bytes:
    return hmac.digest(key.look_up, f"{kind}\0{value}".encode(), hashlib.sha256)


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _octets(text: str) -> bytes:
    secret = base64.b64decode(text, validate=True)
    if len(secret) != 32:
        raise ValueError("a key has 32 octets")
    return secret
