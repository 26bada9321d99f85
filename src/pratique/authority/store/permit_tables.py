"""Applications to enter: what was sent, the files beside it, what officers decided, and who looked.

    permit_application ─ permit_attachment      a version each time somebody sends more
            └─ permit_step ─ permit_look

Applicants are in nobody's register: an application is found by the code that its writer got, of which only a hash is
here. What it says is sealed; all of it goes a month after the trip.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from pratique.authority.store.columns import instant, key, metadata, sealed

permit_application = Table(
    "permit_application",
    metadata,
    key("application_id"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("code_hash", LargeBinary, nullable=False),
    sealed("about"),
    instant("arrive"),
    instant("moment"),
    instant("until"),
    Index(None, "code_hash"),
)
"""What somebody applies for. `until` is when it is forgotten; the latest version is what counts."""
permit_attachment = Table(
    "permit_attachment",
    metadata,
    key("application_id"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    sealed("name"),
    sealed("content"),
)
"""A file: what it is said to show, what its sender called it, and its octets."""
permit_step = Table(
    "permit_step",
    metadata,
    key("application_id"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", String(16), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("seen", Text, nullable=False),
    sealed("about", nullable=True),
    instant("moment"),
)
"""What an officer decided, or that the applicant sent more (`account_id` is empty then); `about`: what was granted."""
permit_look = Table(
    "permit_look",
    metadata,
    key("application_id"),
    key("look_id"),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
)
"""Which officer read it, each time."""

TABLES = (permit_application, permit_attachment, permit_step, permit_look)
