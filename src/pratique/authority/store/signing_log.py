"""The logs of signatures: the keys, one entry for each number, and the nodes of each key's tree."""

from collections.abc import Generator, Sequence

from msgspec import Struct, structs
from sqlalchemy import Connection, Integer, bindparam, func, insert, select

from pratique.authority.store.health import IN_PARTS, insert_once
from pratique.authority.store.issuance_tables import certificate, log_entry, log_node, signing_key


class SigningKey(Struct, frozen=True):
    """A key that signed. `key_id` are the first 16 octets of SHA-256 over its `SubjectPublicKeyInfo`."""

    key_id: str
    kid: bytes
    spki: bytes
    issuer: str
    moment: int


class Entry(Struct, frozen=True):
    """What a signature was: a commitment (32 octets), or None for one that nobody was given."""

    number: int
    commitment: bytes | None
    moment: int


def enter_key(connection: Connection, key: SigningKey) -> None:
    """Enter a key; one that is there already stays as it was."""
    insert_once(connection, signing_key, [structs.asdict(key)])


def keys(connection: Connection) -> list[SigningKey]:
    """Every key, in the order in which they began to sign."""
    rows = connection.execute(select(signing_key).order_by(signing_key.c.moment, signing_key.c.key_id))
    return [SigningKey(row.key_id, bytes(row.kid), bytes(row.spki), row.issuer, row.moment) for row in rows]


def size(connection: Connection, key_id: str) -> int:
    """How many entries a key's log has."""
    return int(connection.execute(_LAST, {"key_id": key_id}).scalar_one())


def append(connection: Connection, key_id: str, entries: Sequence[Entry]) -> None:
    """Write entries, of which none can be there yet."""
    connection.execute(insert(log_entry), [structs.asdict(entry) | {"key_id": key_id} for entry in entries])


def entries(connection: Connection, key_id: str) -> Generator[Entry]:
    """Every entry of a key, by its number; to be closed by whoever stops before the end."""
    column = log_entry.c
    statement = select(column.number, column.commitment, column.moment).where(column.key_id == key_id)
    with connection.execute(statement.order_by(column.number), execution_options=IN_PARTS) as rows:
        for row in rows:
            yield Entry(row.number, None if row.commitment is None else bytes(row.commitment), row.moment)


def nodes(connection: Connection, key_id: str) -> dict[tuple[int, int], bytes]:
    """Every node that is kept of a key's tree, by level and place."""
    column = log_node.c
    rows = connection.execute(select(column.level, column.place, column.value).where(column.key_id == key_id))
    return {(row.level, row.place): bytes(row.value) for row in rows}


def hurried(connection: Connection, key_id: str, most: int, *, since: int) -> bool:
    """Whether a key's last `most` numbers were all taken since: one look, however long the log is."""
    moment = connection.execute(_FIRST_OF_LAST, {"key_id": key_id, "most": most}).scalar()
    return moment is not None and moment >= since


_LAST = select(func.coalesce(func.max(log_entry.c.number), 0)).where(log_entry.c.key_id == bindparam("key_id"))
_FIRST_OF_LAST = select(log_entry.c.moment).where(
    log_entry.c.key_id == bindparam("key_id"),
    log_entry.c.number == _LAST.scalar_subquery() - bindparam("most", type_=Integer) + 1,
)


def certified(connection: Connection, key_id: str) -> set[int]:
    """The numbers for which there is a certificate."""
    return set(connection.execute(select(certificate.c.number).where(certificate.c.key_id == key_id)).scalars())


class StoredNodes:
    """`pratique.authority.ledger.Nodes` in the database; what was put is written by `write`, all at once."""

    def __init__(self, connection: Connection, key_id: str) -> None:
        self._connection = connection
        self._key_id = key_id
        self._known: dict[tuple[int, int], bytes] = {}
        self._new: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int, /) -> bytes:
        """The hash that was put there. Raises `LookupError` where there is none."""
        place = (level, index)
        if place not in self._known:
            column = log_node.c
            of_it = (column.key_id == self._key_id) & (column.level == level) & (column.place == index)
            found = self._connection.execute(select(column.value).where(of_it)).scalar()
            if found is None:
                raise LookupError("no such node")
            self._known[place] = bytes(found)
        return self._known[place]

    def put(self, level: int, index: int, value: bytes, /) -> None:
        """Keep a hash; each place is written once."""
        self._known[level, index] = self._new[level, index] = value

    def write(self) -> None:
        """Write what was put; the database refuses a place that is there already."""
        rows = [
            {"key_id": self._key_id, "level": level, "place": place, "value": value}
            for (level, place), value in self._new.items()
        ]
        if rows:
            connection = self._connection
            connection.execute(insert(log_node), rows)
        self._new.clear()
