"""What the tables are made of.

Days are proleptic ordinals (`date.toordinal`), instants whole seconds since 1970 in UTC, so that one SQL text counts
days and hours in SQLite, PostgreSQL and DuckDB alike. Identifiers are 32 hexadecimal digits.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def key(name: str) -> Column[str]:
    """A part of the primary key that is an identifier."""
    return Column(name, String(32), primary_key=True)


def identifier(name: str, *, nullable: bool = False) -> Column[str]:
    """An identifier: 32 hexadecimal digits."""
    return Column(name, String(32), nullable=nullable)


SEALED_OF = "sealed of"
"""In a column's `info`: that it is sealed, and by which columns of its row its place is told."""


def sealed(name: str, *, nullable: bool = False, of: tuple[str, ...] = ()) -> Column[bytes]:
    """A value that only the vault opens, at the place `table.column:` and what tells its row from others.

    That is `of`, or the primary key without the person: hashes in hexadecimal, parted by colons. By this
    `store.resealing` finds every such column.
    """
    return Column(name, LargeBinary, nullable=nullable, info={SEALED_OF: of})


def instant(name: str, *, nullable: bool = False) -> Column[int]:
    """Whole seconds since 1970, in UTC."""
    return Column(name, BigInteger, nullable=nullable)


def day(name: str, *, nullable: bool = True) -> Column[int]:
    """A proleptic ordinal."""
    return Column(name, Integer, nullable=nullable)
