"""What the API keeps: who sends and asks by program, what was said before, and bookings under way.

Nothing here is keyed by a person: a booking has the carrier's own name for it. Rows go when their time is over.
"""

from sqlalchemy import Column, LargeBinary, String, Table, Text

from pratique.authority.store.columns import instant, metadata, sealed

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
