"""The tables of enrolment: what a desk decides, how holders come back, and codes on paper. All in the identity half.

What they hold of people is sealed, and goes when its time is over; who decided, and when, stays.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from pratique.authority.store.columns import instant, key, metadata, sealed

consent = Table(
    "consent",
    metadata,
    key("subject_id"),
    key("consent_id"),
    Column("purpose", String(16), nullable=False),
    Column("version", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    instant("moment"),
)
"""What somebody agreed to: the purpose, and the version and language of the text that they read."""
holder_key = Table(
    "holder_key",
    metadata,
    key("subject_id"),
    Column("credential_hash", LargeBinary, primary_key=True),
    sealed("credential", of=("subject_id",)),
    Column("uses", Integer, nullable=False),
    instant("made"),
    instant("used", nullable=True),
    Index(None, "credential_hash", unique=True),
)
"""Passkeys of holders. `uses` is the authenticator's own counter, by which a copy of it may be noticed."""
official_key = Table(
    "official_key",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("credential_hash", LargeBinary, primary_key=True),
    sealed("credential", of=("account_id",)),
    Column("uses", Integer, nullable=False),
    instant("made"),
    instant("used", nullable=True),
    Index(None, "credential_hash", unique=True),
)
"""Passkeys of officials' accounts."""
review = Table(
    "review",
    metadata,
    key("review_id"),
    Column("name_hash", LargeBinary, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("cause", String(32), nullable=False),
    sealed("about", nullable=True),
    sealed("picture", nullable=True),
    Column("state", String(16), nullable=False),
    Column("taken_by", String(64)),
    instant("taken", nullable=True),
    instant("opened"),
    instant("until"),
    Index(None, "name_hash", unique=True),
    Index(None, "code_hash", unique=True),
    Index("ix_review_state_opened", "state", "opened"),
)
"""Cases in which people decide whether it is one face. `about` and `picture` are empty once it ended, or its time is
over; `name_hash` is of the secret of the page that waits, `code_hash` of the code for a desk."""
desk_act = Table(
    "desk_act",
    metadata,
    key("act_id"),
    Column("kind", String(16), nullable=False),
    sealed("content", nullable=True),
    Column("state", String(16), nullable=False),
    instant("proposed"),
    instant("until"),
)
"""What one officer proposes and another confirms. `content` is empty once it is carried out, or its time is over."""
officer_decision = Table(
    "officer_decision",
    metadata,
    key("case_id"),
    Column("account_id", String(64), primary_key=True),
    Column("decision", String(16), nullable=False),
    instant("moment"),
)
"""Who decided what of a review or a desk's act: once each, which the key sees to. It never changes."""
one_time_code = Table(
    "one_time_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("kind", String(16), nullable=False),
    sealed("whose"),
    Column("made_by", String(64), nullable=False),
    instant("made"),
    instant("until"),
    instant("used", nullable=True),
)
"""Codes that are good once: a clinic's on paper, a holder's for a second device, an official's for a first passkey."""
locked_number = Table(
    "locked_number",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("day", Integer, primary_key=True),
    instant("moment"),
)
"""Numbers of passports that were tried too often, somebody's or nobody's: one row of a number and day, and nothing of
whoever tried."""

OF_PEOPLE = (consent, holder_key)
"""Keyed by who somebody is, and erased with them."""
APPEND_ONLY = (officer_decision,)
