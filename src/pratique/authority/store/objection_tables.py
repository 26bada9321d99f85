"""What everybody may see and say of policies: objections while one is under notice, and which days were counted.

Nothing here is keyed by a person: whoever objects says what, and not who they are.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from pratique.authority.store.columns import instant, key, metadata, sealed

objection = Table(
    "objection",
    metadata,
    key("objection_id"),
    Column("policy", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    sealed("words", nullable=True),
    instant("moment"),
    Column("answer", Text),
    Column("answered_by", String(64)),
    instant("answered", nullable=True),
    Index("ix_objection_policy", "policy"),
)
"""What somebody objected to a policy under notice, sealed until it is forgotten, and what everybody reads in answer."""
counted_day = Table(
    "counted_day",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("policy", String(64), primary_key=True),
    instant("moment"),
)
"""That a day's colours were counted, whatever came of it: a day on which nobody had one leaves no line of its own."""

APPEND_ONLY = (counted_day,)
