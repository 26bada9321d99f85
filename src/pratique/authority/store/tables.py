"""The tables, in SQLAlchemy Core: two halves of one database that a copy of it cannot join.

    identity half                              health half
    person, document, portrait, guardian       record, superseded, declaration, trip, contact, observation,
      keyed by subject_id;                     local_status, dispute, dispute_step, looked,
      every value sealed, `link` among them ─►   keyed by person_id first: 16 random bytes

Whoever has only the database sees no name and no number, and cannot tell whose records are whose: the one way from a
subject to a person is `person.link`, which the vault opens. There is no way back.

What the columns hold is in `columns`; the tables of issuing are in `issuance_tables`.
"""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from pratique.authority.store import (
    api_tables,
    enrolment_tables,
    issuance_tables,
    objection_tables,
    permit_tables,
    policy_tables,
    status_tables,
    venue_tables,
)
from pratique.authority.store.columns import day, identifier, instant, key, metadata, sealed

__all__ = ["permit_tables"]  # known to `metadata` wherever these are

# who people are

person = Table(
    "person",
    metadata,
    key("subject_id"),
    sealed("link"),
    sealed("name"),
    sealed("birth_date", nullable=True),
    instant("made"),
)
document = Table(
    "document",
    metadata,
    key("subject_id"),
    Column("number_hash", LargeBinary, primary_key=True),
    sealed("zone", of=("subject_id",)),
    instant("made"),
    Index(None, "number_hash", unique=True),
)
"""Passports and national cards; a renewed one is one more row of the same subject."""
portrait = Table("portrait", metadata, key("subject_id"), sealed("picture"))
guardian = Table(
    "guardian",
    metadata,
    key("subject_id"),
    Column("guardian_id", String(32), primary_key=True),
    Column("ground", String(16), nullable=False),
    instant("since"),
    instant("until", nullable=True),
)
"""Who acts for `subject_id`: `guardian_id` is a subject as well."""

# what happened to them

record = Table(
    "record",
    metadata,
    key("person_id"),
    key("record_id"),
    Column("kind", String(16), nullable=False),
    Column("disease", String(32), nullable=False),
    day("day"),
    instant("moment", nullable=True),
    Column("test_kind", String(16)),
    Column("detected", SmallInteger),
    day("valid_from"),
    day("valid_until"),
    Column("evidence", SmallInteger, nullable=False),
    Column("claim", Text, nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("intake_id", String(32), nullable=False),
    Column("place", Integer, nullable=False),
    instant("received"),
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
    key("person_id"),
    key("record_id"),
    identifier("by_record_id", nullable=True),
    Column("ground", String(32), nullable=False),
    Column("decided_by", String(64), nullable=False),
    sealed("evidence", nullable=True),
    instant("moment"),
    ForeignKeyConstraint(["person_id", "record_id"], ["record.person_id", "record.record_id"]),
)
"""Which record stands in another's place, or none (withdrawn). Once only: a second correction corrects the first's."""
declaration = Table(
    "declaration",
    metadata,
    key("person_id"),
    key("declaration_id"),
    day("day", nullable=False),
    instant("moment"),
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
    key("person_id"),
    key("trip_id"),
    Column("country", String(2), nullable=False),
    Column("division", String(6)),
    day("first_day", nullable=False),
    day("last_day"),
    instant("moment"),
    Column("source_id", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Index("ix_trip_person_id_origin", "person_id", "origin", unique=True),
)
"""Where a person says to have been, no finer than a county: there is no column for a position."""
contact = Table(
    "contact",
    metadata,
    key("person_id"),
    key("contact_id"),
    Column("kind", String(16), nullable=False),
    day("last_day", nullable=False),
    Column("decided_by", String(64), nullable=False),
    instant("moment"),
)
"""That a health authority established a contact with a case, and its last day; never with whom, nor where."""
observation = Table(
    "observation",
    metadata,
    key("person_id"),
    key("observation_id"),
    Column("kind", String(16), nullable=False),
    day("first_day", nullable=False),
    day("last_day", nullable=False),
    Column("decided_by", String(64), nullable=False),
    instant("moment"),
)
"""A period of observation at home or in a facility. It cannot be written without its end."""
local_status = Table(
    "local_status",
    metadata,
    key("person_id"),
    key("status_id"),
    Column("system", String(32), nullable=False),
    Column("colour", String(32), nullable=False),
    Column("national", String(16), nullable=False),
    instant("moment"),
    instant("until"),
    Column("source_id", String(64)),
    Column("origin", LargeBinary, nullable=False),
    Index("ix_local_status_person_id_origin", "person_id", "origin", unique=True),
)
"""What a local health code showed, as it said it and as the national table reads it. `source_id` is the app that said
so, and null in rows older than the column."""

# what people may ask

dispute = Table(
    "dispute",
    metadata,
    key("person_id"),
    key("dispute_id"),
    identifier("record_id"),
    sealed("statement"),
    sealed("evidence", nullable=True),
    instant("opened"),
    instant("due"),
)
dispute_step = Table(
    "dispute_step",
    metadata,
    key("person_id"),
    key("dispute_id"),
    Column("number", SmallInteger, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(64), nullable=False),
    instant("moment"),
)
looked = Table(
    "looked",
    metadata,
    key("person_id"),
    key("look_id"),
    instant("moment"),
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
    instant("since"),
    instant("until", nullable=True),
)
intake = Table(
    "intake",
    metadata,
    key("intake_id"),
    Column("source_id", String(64), nullable=False),
    instant("began"),
)
"""One file or message of one source, known by its content, so that the same file sent again is the same intake."""
intake_chunk = Table(
    "intake_chunk",
    metadata,
    key("intake_id"),
    Column("last_place", Integer, primary_key=True),
    Column("taken", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    instant("moment"),
)
"""What one transaction settled; the greatest `last_place` is where a broken-off intake goes on."""
intake_row = Table(
    "intake_row",
    metadata,
    key("intake_id"),
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
    key("order_id"),
    Column("order", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("counts", Text, nullable=False),
    instant("moment"),
)
"""Signed orders that were carried out, with how many rows of each table went."""
purge_open = Table(
    "purge_open",
    metadata,
    Column("table_name", String(32), primary_key=True),
    Column("person_id", String(32), primary_key=True),
)
"""What may be deleted in this very transaction; outside of one it is empty, and nothing can be deleted."""

IDENTITY = (person, document, portrait, guardian, *enrolment_tables.OF_PEOPLE)
"""The half that knows who people are; corrected in place, since a name that changed must not stay."""
APPEND_ONLY = (
    record, superseded, declaration, trip, contact, observation, local_status, dispute, dispute_step, looked,
    intake, intake_chunk, intake_row, purge_order,
    *issuance_tables.APPEND_ONLY, *status_tables.APPEND_ONLY, *enrolment_tables.APPEND_ONLY,
    *venue_tables.APPEND_ONLY, *policy_tables.APPEND_ONLY, *objection_tables.APPEND_ONLY, *api_tables.APPEND_ONLY,
)  # fmt: skip
"""Rows that are written once: the database itself refuses to change them, and to delete them without an order."""
PERSONAL = (
    record, superseded, declaration, trip, contact, observation, local_status, dispute, dispute_step, looked,
    *issuance_tables.PERSONAL, *status_tables.PERSONAL,
)  # fmt: skip
"""What is kept of a person in the health half."""
