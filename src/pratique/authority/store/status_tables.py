"""The tables of the health code: what was said again, appeals, what was set by hand, who may look once, and the counts.

What makes a colour is elsewhere (`declaration`, `trip`, `contact`, `observation`, `record`); none of these tables holds
one, but for what two officials set by hand, and the day's counts of nobody in particular.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, SmallInteger, String, Table

from pratique.authority.store.columns import identifier, instant, key, metadata, sealed

LONGEST = 72 * 3600
"""Seconds for which a code that was set by hand counts, at most."""

retold = Table(
    "retold",
    metadata,
    key("person_id"),
    key("said_id"),
    identifier("by_said_id", nullable=True),
    instant("moment"),
)
"""Which declaration or trip stands in another's place, or none: what somebody said, and corrected themselves."""
appeal = Table(
    "appeal",
    metadata,
    key("person_id"),
    key("appeal_id"),
    Column("about", String(16), nullable=False),
    identifier("about_id"),
    sealed("statement"),
    sealed("evidence", nullable=True),
    instant("opened"),
    instant("due"),
)
"""That somebody says a contact, an observation or an assignment is wrong. A test is disputed as a record."""
appeal_step = Table(
    "appeal_step",
    metadata,
    key("person_id"),
    key("appeal_id"),
    Column("number", SmallInteger, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("ground", String(32), nullable=False),
    Column("decided_by", String(64), nullable=False),
    instant("moment"),
)
"""What a desk did; an appeal without one was received."""
official = Table(
    "official",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("office", String(64), nullable=False),
    instant("since"),
)
"""In which office an account of the health authority works: written by whoever enters accounts, and once."""
established = Table(
    "established",
    metadata,
    key("person_id"),
    key("fact_id"),
    Column("first_by", String(64), nullable=False),
    Column("first_office", String(64), nullable=False),
    Column("second_by", String(64), nullable=False),
    Column("second_office", String(64), nullable=False),
    Column("case_hash", LargeBinary, nullable=False),
    instant("moment"),
    CheckConstraint("first_by <> second_by AND first_office <> second_office", "ck_established_two_offices"),
    Index("ix_established_case_hash", "case_hash"),
    Index("ix_established_second_by_moment", "second_by", "moment"),
)
"""By whom a contact or an observation was established, and from which case: the keyed hash of its record, which says
nothing to anybody but counts how many people one case made."""
status_proposal = Table(
    "status_proposal",
    metadata,
    key("person_id"),
    key("proposal_id"),
    Column("colour", String(8), nullable=False),
    Column("cause", String(16), nullable=False),
    instant("sampled"),
    sealed("evidence"),
    Column("content", LargeBinary, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("office", String(64), nullable=False),
    instant("moment"),
    Index("ix_status_proposal_proposed_by_moment", "proposed_by", "moment"),
)
"""What one official proposes for one person; nothing follows from it alone. Of a code, `evidence` is the facility's
signed record and `content` its hash. Of a contact or a stay (`cause`) they are what is to be established, and the keyed
hash of the case; the colour is then the policy's to say, and empty."""
status_assignment = Table(
    "status_assignment",
    metadata,
    key("person_id"),
    key("assignment_id"),
    Column("colour", String(8), nullable=False),
    Column("cause", String(16), nullable=False),
    instant("sampled"),
    sealed("evidence"),
    Column("content", LargeBinary, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_office", String(64), nullable=False),
    Column("approved_by", String(64), nullable=False),
    Column("approved_office", String(64), nullable=False),
    instant("moment"),
    instant("until"),
    CheckConstraint(
        "proposed_by <> approved_by AND proposed_office <> approved_office", "ck_status_assignment_two_offices"
    ),
    CheckConstraint(f"until > moment AND until - moment <= {LONGEST}", "ck_status_assignment_ends"),
    CheckConstraint("cause = 'positive_test' AND colour IN ('yellow', 'red')", "ck_status_assignment_health_fact"),
    Index("ix_status_assignment_content", "content", unique=True),
    Index("ix_status_assignment_approved_by_moment", "approved_by", "moment"),
)
"""A code that was set by hand. The database itself refuses one of a single office, of more than 72 hours, for another
cause than a test, or with a signed record that served before."""
status_notice = Table(
    "status_notice",
    metadata,
    key("person_id"),
    key("notice_id"),
    Column("kind", String(32), nullable=False),
    identifier("about_id"),
    instant("moment"),
)
"""What the holder is told of, written with the thing itself or not at all."""
permission = Table(
    "permission",
    metadata,
    key("person_id"),
    key("permission_id"),
    Column("word_hash", LargeBinary, nullable=False),
    instant("moment"),
    instant("until"),
    Index("ix_permission_word_hash", "word_hash", unique=True),
)
"""That whoever says this word to us may see the holder's shown view, once, until then."""
permission_used = Table(
    "permission_used",
    metadata,
    key("person_id"),
    key("permission_id"),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
)
status_count = Table(
    "status_count",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("policy", String(64), primary_key=True),
    Column("colour", String(8), primary_key=True),
    Column("cause", String(16), primary_key=True),
    Column("by_hand", SmallInteger, primary_key=True, autoincrement=False),
    Column("people", Integer, nullable=False),
)
"""How many people had which colour on a day, for which cause, and how many of them by hand."""

PERSONAL = (
    retold, appeal, appeal_step, established, status_proposal, status_assignment, status_notice, permission,
    permission_used,
)  # fmt: skip
"""What is kept of a person because of the health code."""
APPEND_ONLY = (*PERSONAL, official, status_count)
