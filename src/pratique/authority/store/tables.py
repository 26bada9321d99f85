"""The tables, in SQLAlchemy Core: two halves of one database that a copy of it cannot join.

    identity half                              health half
    person, document, portrait, guardian       record, superseded, declaration, trip, contact, observation,
      keyed by subject_id;                     local_status, dispute, dispute_step, looked,
      every value sealed, `link` among them ─►   keyed by person_id first: 16 random bytes

Whoever has only the database sees no name and no number, and cannot tell whose records are whose: the one way from a
subject to a person is `person.link`, which the vault opens. There is no way back.

Days are proleptic ordinals (`date.toordinal`), instants whole seconds since 1970 in UTC, so that one SQL text counts
days and hours in SQLite, PostgreSQL and DuckDB alike. Identifiers are 32 hexadecimal digits.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def _key(name: str) -> Column[str]:
    return Column(name, String(32), primary_key=True)


def _id(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


def _sealed(name: str, *, nullable: bool = False) -> Column[bytes]:
    """A value that only the vault can open."""
    return Column(name, LargeBinary, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _day(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


# who people are

person = Table(
    "person",
    metadata,
    _key("subject_id"),
    _sealed("link"),
    _sealed("name"),
    _sealed("birth_date", nullable=True),
    _instant("made"),
)
document = Table(
    "document",
    metadata,
    _key("subject_id"),
    Column("number_hash", LargeBinary, primary_key=True),
    _sealed("zone"),
    _instant("made"),
    Index(None, "number_hash", unique=True),
)
"""Passports and national cards; a renewed one is one more row of the same subject."""
portrait = Table("portrait", metadata, _key("subject_id"), _sealed("picture"))
guardian = Table(
    "guardian",
    metadata,
    _key("subject_id"),
    Column("guardian_id", String(32), primary_key=True),
    Column("ground", String(16), nullable=False),
    _instant("since"),
    _instant("until", nullable=True),
)
"""Who acts for `subject_id`: `guardian_id` is a subject as well."""

# what happened to them

record = Table(
    "record",
    metadata,
    _key("person_id"),
    _key("record_id"),
    Column("kind", String(16), nullable=False),
    Column("disease", String(32), nullable=False),
    _day("day"),
    _instant("moment", nullable=True),
    Column("test_kind", String(16)),
    Column("detected", SmallInteger),
    _day("valid_from"),
    _day("valid_until"),
    Column("evidence", SmallInteger, nullable=False),
    Column("claim", Text, nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("intake_id", String(32), nullable=False),
    Column("place", Integer, nullable=False),
    _instant("received"),
    Index("ix_record_person_id_origin", "person_id", "origin", unique=True),
    Index("ix_record_origin", "origin"),
    Index("ix_record_intake_id_place", "intake_id", "place"),
)
"""One health event as one source told it. `claim` is the whole of it; the columns before it are what SQL asks for.

`origin` is the keyed hash of the source's own identifier (or of the content, where it has none), `content` that of
what the source said: the two tell a record sent twice from one that was changed.
"""
superseded = Table(
    "superseded",
    metadata,
    _key("person_id"),
    _key("record_id"),
    _id("by_record_id", nullable=True),
    Column("ground", String(32), nullable=False),
    Column("decided_by", String(64), nullable=False),
    _sealed("evidence", nullable=True),
    _instant("moment"),
    ForeignKeyConstraint(["person_id", "record_id"], ["record.person_id", "record.record_id"]),
)
"""Which record stands in another's place, or none (withdrawn). Once only: a second correction corrects the first's."""
declaration = Table(
    "declaration",
    metadata,
    _key("person_id"),
    _key("declaration_id"),
    _day("day", nullable=False),
    _instant("moment"),
    Column("temperature", SmallInteger),
    Column("symptoms", Text, nullable=False),
    Column("normal", SmallInteger),
    Column("source_id", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Index("ix_declaration_person_id_origin", "person_id", "origin", unique=True),
)
"""What a person said of their health on a day: tenths of a degree Celsius, symptoms of the closed list. `normal` is
null where a symptom is in no table: open, for a person to look at."""
trip = Table(
    "trip",
    metadata,
    _key("person_id"),
    _key("trip_id"),
    Column("country", String(2), nullable=False),
    Column("division", String(6)),
    _day("first_day", nullable=False),
    _day("last_day"),
    _instant("moment"),
    Column("source_id", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Index("ix_trip_person_id_origin", "person_id", "origin", unique=True),
)
"""Where a person says to have been, no finer than a county: there is no column for a position."""
contact = Table(
    "contact",
    metadata,
    _key("person_id"),
    _key("contact_id"),
    Column("kind", String(16), nullable=False),
    _day("last_day", nullable=False),
    Column("decided_by", String(64), nullable=False),
    _instant("moment"),
)
"""That a health authority established a contact with a case, and its last day; never with whom, nor where."""
observation = Table(
    "observation",
    metadata,
    _key("person_id"),
    _key("observation_id"),
    Column("kind", String(16), nullable=False),
    _day("first_day", nullable=False),
    _day("last_day", nullable=False),
    Column("decided_by", String(64), nullable=False),
    _instant("moment"),
)
"""A period of observation at home or in a facility. It cannot be written without its end."""
local_status = Table(
    "local_status",
    metadata,
    _key("person_id"),
    _key("status_id"),
    Column("system", String(32), nullable=False),
    Column("colour", String(32), nullable=False),
    Column("national", String(16), nullable=False),
    _instant("moment"),
    _instant("until"),
    Column("origin", LargeBinary, nullable=False),
    Index("ix_local_status_person_id_origin", "person_id", "origin", unique=True),
)
"""What a local health code showed, as it said it and as the national table reads it."""

# what people may ask

dispute = Table(
    "dispute",
    metadata,
    _key("person_id"),
    _key("dispute_id"),
    _id("record_id"),
    _sealed("statement"),
    _sealed("evidence", nullable=True),
    _instant("opened"),
    _instant("due"),
)
dispute_step = Table(
    "dispute_step",
    metadata,
    _key("person_id"),
    _key("dispute_id"),
    Column("number", SmallInteger, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(64), nullable=False),
    _instant("moment"),
)
looked = Table(
    "looked",
    metadata,
    _key("person_id"),
    _key("look_id"),
    _instant("moment"),
    Column("account_id", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("items", String(128), nullable=False),
    Index("ix_looked_account_id_moment", "account_id", "moment"),
)
"""Every reading of a person's data: when, who, what for, and which kinds of it."""

# who sends, and what became of it

account = Table(
    "account",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("name", Text, nullable=False),
    _instant("since"),
    _instant("until", nullable=True),
)
intake = Table(
    "intake",
    metadata,
    _key("intake_id"),
    Column("source_id", String(64), nullable=False),
    _instant("began"),
)
"""One file or message of one source, known by its content, so that the same file sent again is the same intake."""
intake_chunk = Table(
    "intake_chunk",
    metadata,
    _key("intake_id"),
    Column("last_place", Integer, primary_key=True),
    Column("taken", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    _instant("moment"),
)
"""What one transaction settled; the greatest `last_place` is where a broken-off intake goes on."""
intake_row = Table(
    "intake_row",
    metadata,
    _key("intake_id"),
    Column("place", Integer, primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""A row that was not taken, and why; one that was taken is in `record`. Of the row itself nothing is kept: whoever sent
it has it still."""

# how anything may ever leave

purge_order = Table(
    "purge_order",
    metadata,
    _key("order_id"),
    Column("order", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("counts", Text, nullable=False),
    _instant("moment"),
)
"""Signed orders that were carried out, with how many rows of each table went."""
purge_open = Table(
    "purge_open",
    metadata,
    Column("table_name", String(32), primary_key=True),
    Column("person_id", String(32), primary_key=True),
)
"""What may be deleted in this very transaction; outside of one it is empty, and nothing can be deleted."""

IDENTITY = (person, document, portrait, guardian)
"""The half that knows who people are; corrected in place, since a name that changed must not stay."""
APPEND_ONLY = (
    record, superseded, declaration, trip, contact, observation, local_status, dispute, dispute_step, looked,
    intake, intake_chunk, intake_row, purge_order,
)  # fmt: skip
"""Rows that are written once: the database itself refuses to change them, and to delete them without an order."""
PERSONAL = (record, superseded, declaration, trip, contact, observation, local_status, dispute, dispute_step, looked)
"""What is kept of a person in the health half."""
