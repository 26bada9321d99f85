"""Passkeys: whose they are, sealed, and how often they were used. The same statements for holders and for officials."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from pratique.authority.store.enrolment_tables import holder_key, official_key
from pratique.authority.store.health import insert_once
from pratique.authority.store.vault import Vault


class Owner(Enum):
    """Whose passkeys; the value is the table."""

    HOLDER = holder_key
    OFFICIAL = official_key

    @property
    def column(self) -> Any:
        """The column that names the owner, `subject_id` or `account_id`."""
        return next(iter(self.value.primary_key))


class Credential(Struct, frozen=True):
    """What an authenticator told of a key of its own. `label` is how its owner tells it from others."""

    credential_id: bytes
    public_key: bytes
    """COSE_Key (RFC 9052), as WebAuthn has it."""
    label: str


class Passkey(Struct, frozen=True):
    """A credential, whose it is, and what became of it."""

    owner_id: str
    credential: Credential
    uses: int
    made: int
    used: int | None


def add(connection: Connection, vault: Vault, owner: Owner, owner_id: str, credential: Credential, *, at: int) -> bool:
    """Enter a passkey; False where anybody has it already."""
    row: dict[str, object] = {
        owner.column.name: owner_id,
        "credential_hash": _hash(vault, credential),
        "credential": vault.seal(msgspec.json.encode(credential), _place(owner, owner_id)),
        "uses": 0,
        "made": at,
    }
    return bool(insert_once(connection, owner.value, [row]))


def find(connection: Connection, vault: Vault, owner: Owner, credential_id: bytes) -> Passkey | None:
    """The passkey with this credential id, or None."""
    column = owner.value.c
    hashes = vault.hashes("passkey", credential_id.hex())
    row = connection.execute(select(owner.value).where(column.credential_hash.in_(hashes))).mappings().first()
    return None if row is None else _passkey(vault, owner, row)


def of(connection: Connection, vault: Vault, owner: Owner, owner_id: str) -> tuple[Passkey, ...]:
    """All passkeys of somebody, the oldest first."""
    chosen = select(owner.value).where(owner.column == owner_id).order_by(owner.value.c.made)
    return tuple(_passkey(vault, owner, row) for row in connection.execute(chosen).mappings())


def count(connection: Connection, owner: Owner, owner_id: str) -> int:
    """How many passkeys somebody has."""
    counted = select(func.count()).select_from(owner.value).where(owner.column == owner_id)
    return connection.execute(counted).scalar_one()


def used(connection: Connection, vault: Vault, owner: Owner, passkey: Passkey, uses: int, *, at: int) -> bool:
    """Write down a use; False where another one was faster, which then had this very counter."""
    column = owner.value.c
    same = column.credential_hash.in_(vault.hashes("passkey", passkey.credential.credential_id.hex()))
    done = connection.execute(
        update(owner.value).where(same, column.uses == passkey.uses).values(uses=uses, used=at)
    ).rowcount
    return bool(done)


def remove(connection: Connection, vault: Vault, owner: Owner, owner_id: str, credential_ids: Sequence[bytes]) -> int:
    """Remove these passkeys of somebody; how many there were."""
    hashes = [hashed for each in credential_ids for hashed in vault.hashes("passkey", each.hex())]
    gone = delete(owner.value).where(owner.column == owner_id, owner.value.c.credential_hash.in_(hashes))
    return connection.execute(gone).rowcount


def remove_all(connection: Connection, owner: Owner, owner_id: str) -> int:
    """Remove every passkey of somebody: the telephone is lost, or the account has ended."""
    return connection.execute(delete(owner.value).where(owner.column == owner_id)).rowcount


def rehash(vault: Vault, credential: bytes) -> bytes:
    """The hash of a passkey under the vault's current key, from what is sealed of it."""
    return _hash(vault, msgspec.json.decode(credential, type=Credential))


def _hash(vault: Vault, credential: Credential) -> bytes:
    return vault.hash("passkey", credential.credential_id.hex())


def _place(owner: Owner, owner_id: str) -> str:
    return f"{owner.value.name}.credential:{owner_id}"


def _passkey(vault: Vault, owner: Owner, row: Any) -> Passkey:
    owner_id = row[owner.column.name]
    credential = msgspec.json.decode(vault.open(row["credential"], _place(owner, owner_id)), type=Credential)
    return Passkey(owner_id, credential, row["uses"], row["made"], row["used"])
