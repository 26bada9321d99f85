"""A new key in front (`Vault.rotated`), and every sealed value moved on to it: all that `columns.sealed` made.

    vault.rotated() ─ write the key file ─ programs read it anew ─ reseal ─► nothing is left under an older key

Each chunk is a transaction of its own: whatever breaks it off, every value stands under one of the two keys, and the
next run goes on with what is left. Rows that are written once are resealed as well: the database lets nothing of them
change but the seal, and that only for a later key (r0015).

Hashes are made anew where what they are of is sealed beside them: numbers of documents, passkeys. The others are found
by `Vault.hashes` under the key of their time: of what a source sent, of codes that somebody has in hand, of numbers
that were tried too often. For those the old keys stay in the file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    RowMapping,
    Table,
    Update,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)

from pratique.authority.store import passkeys, people, tables
from pratique.authority.store.columns import SEALED_OF, metadata
from pratique.authority.store.enrolment_tables import holder_key, official_key
from pratique.authority.store.opening import writing
from pratique.authority.store.vault import Vault

CHUNK = 500
"""Rows of a transaction."""
Rehash = Callable[[Vault, bytes], bytes]

_REHASHED: Mapping[Table, tuple[str, str, Rehash]] = MappingProxyType(
    {
        tables.document: ("number_hash", "zone", people.rehash),
        holder_key: ("credential_hash", "credential", passkeys.rehash),
        official_key: ("credential_hash", "credential", passkeys.rehash),
    }
)
"""The hash of a row, the sealed column that it is of, and how it is made."""


def sealed_columns(table: Table) -> tuple[Column[Any], ...]:
    """The columns of a table that only the vault opens."""
    return tuple(column for column in table.columns if SEALED_OF in column.info)


def sealed_tables() -> tuple[Table, ...]:
    """Every table that has some."""
    return tuple(table for table in metadata.sorted_tables if sealed_columns(table))


def place_of(column: Column[Any], row: RowMapping) -> str:
    """Where a value stands, as it was sealed: the table, the column, and what tells its row from others."""
    return f"{column.table.name}.{column.name}:{':'.join(_text(row[name]) for name in _told_by(column))}"


def _told_by(column: Column[Any]) -> Sequence[str]:
    named: Sequence[str] = column.info[SEALED_OF]
    return named or [each.name for each in column.table.primary_key if each.name != "person_id"]


def _text(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def reseal(engine: Engine, vault: Vault, *, chunk: int = CHUNK, told: Callable[[int], None] = lambda _: None) -> int:
    """Seal every value anew that an older key sealed; how many rows had one. `told` hears of each chunk that is done.

    Raises `StoreFault`: STORE_VAULT for a value of a key that is not in the vault.
    """
    done = 0
    for table in sealed_tables():
        for count in _table(engine, vault, table, chunk):
            done += count
            told(done)
    return done


def _table(engine: Engine, vault: Vault, table: Table, chunk: int) -> Iterator[int]:
    key = list(table.primary_key)
    chosen = select(*key, *sealed_columns(table)).where(_older(table, vault)).order_by(*key).limit(chunk)
    last: tuple[object, ...] | None = None
    while True:
        behind = chosen if last is None else chosen.where(tuple_(*key) > tuple_(*last))
        with writing(engine) as connection:
            rows = connection.execute(behind).mappings().all()
            if not rows:
                return
            _rows(connection, vault, table, rows)
        last = tuple(rows[-1][column.name] for column in key)
        yield len(rows)


def _older(table: Table, vault: Vault) -> Any:
    current = vault.current.to_bytes(2)
    return or_(*(func.substr(each, 1, 2, type_=LargeBinary) != current for each in sealed_columns(table)))


def _rows(connection: Connection, vault: Vault, table: Table, rows: Sequence[RowMapping]) -> None:
    connection.execute(_update(table), [_values(vault, table, row) for row in rows])


@cache
def _update(table: Table) -> Update:
    """What was changed since it was read stays: it was sealed with the new key, or is found by the next run."""
    same = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    unchanged = [
        column.is_not_distinct_from(bindparam(f"old_{column.name}", type_=LargeBinary))
        for column in sealed_columns(table)
    ]
    moved = [column.name for column in sealed_columns(table)] + [name for name, *_ in _rehashed(table)]
    changed = {name: bindparam(f"new_{name}", type_=LargeBinary) for name in moved}
    return update(table).where(*same, *unchanged).values(changed)


def _rehashed(table: Table) -> list[tuple[str, str, Rehash]]:
    return [_REHASHED[table]] if table in _REHASHED else []


def _values(vault: Vault, table: Table, row: RowMapping) -> dict[str, object]:
    values: dict[str, object] = {f"key_{column.name}": row[column.name] for column in table.primary_key}
    opened: dict[str, bytes] = {}
    for column in sealed_columns(table):
        name, before = column.name, row[column.name]
        values[f"old_{name}"] = values[f"new_{name}"] = before
        if before is None:
            continue
        place = place_of(column, row)
        opened[name] = vault.open(before, place)
        if not vault.is_current(before):
            values[f"new_{name}"] = vault.seal(opened[name], place)
    for name, source, rehash in _rehashed(table):
        values[f"new_{name}"] = rehash(vault, opened[source])
    return values
