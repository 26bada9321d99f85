"""What the API keeps: who sends and asks by program, who would, what was said before, and bookings under way.

Nothing here is keyed by a person: a booking has the carrier's own name for it. Rows go when their time is over, but for
applications, which are written once.
"""

from sqlalchemy import Column, LargeBinary, String, Table, Text

from pratique.authority.store.columns import instant, key, metadata, sealed

client = Table(
    "client",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("keys", Text, nullable=False),
    Column("source", Text),
    instant("since"),
    instant("until", nullable=True),
)
"""A program of an account: its public keys (a JWK Set), and for whoever sends records, how these are read."""
application = Table(
    "application",
    metadata,
    key("application_id"),
    Column("client_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("division", String(6)),
    Column("keys", Text, nullable=False),
    Column("source", Text, nullable=False),
    instant("moment"),
    instant("until"),
)
"""What a local health-code app asks for: to be the program `client_id`, with these keys. The id is of the content, so
that the same application sent again is the same one; what became of it is in `joint_act` and `joint_end`."""
assertion = Table(
    "assertion",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    instant("until"),
)
"""Signed assertions and access tokens that were used, by the hash of whose they are and their `jti`."""
booking = Table(
    "booking",
    metadata,
    Column("subject_hash", LargeBinary, primary_key=True),
    sealed("wallet"),
    sealed("result", nullable=True),
    instant("until"),
)
"""A validation for an online booking: the wallet's key, and once it is there what came of it."""

APPEND_ONLY = (application,)
