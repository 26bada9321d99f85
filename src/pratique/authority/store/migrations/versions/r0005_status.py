"""The health code: what was said again, appeals, what two officials set by hand, permissions to look once, counts.

What is written by hand is bounded here as well as in the program: two people of two offices, 72 hours, a test and
nothing else, and a signed record that serves once. A role that shows codes can write none of it.
"""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once
from pratique.authority.store.migrations.versions.r0003_roles import MAKE

revision = "0005"
down_revision = "0004"

OF_PEOPLE = (
    "retold", "appeal", "appeal_step", "established", "status_proposal", "status_assignment", "status_notice",
    "permission", "permission_used",
)  # fmt: skip
OF_NOBODY = ("official", "status_count")
GRANTS = {
    "pratique_health": {
        "retold appeal appeal_step established": "SELECT, INSERT",
        "status_proposal status_assignment status_notice status_count": "SELECT, INSERT",
        "official permission permission_used": "SELECT",
    },
    "pratique_status": {
        "person document guardian": "SELECT",
        "record superseded contact observation dispute_step": "SELECT",
        "dispute": "SELECT (person_id, dispute_id, record_id, due)",
        "declaration trip retold appeal permission permission_used looked": "SELECT, INSERT",
        "appeal_step status_assignment status_notice status_count account": "SELECT",
    },
    "pratique_audit": {
        "official status_count": "SELECT",
        "status_assignment": "SELECT (proposed_by, proposed_office, approved_by, approved_office, moment, until)",
    },
}


def upgrade() -> None:
    """Make them, let nobody change them, and grant."""
    op.create_table(
        "appeal",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("appeal_id", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("about_id", sa.String(length=32), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "appeal_id", name=op.f("pk_appeal")),
    )
    op.create_table(
        "appeal_step",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("appeal_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "appeal_id", "number", name=op.f("pk_appeal_step")),
    )
    op.create_table(
        "established",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("fact_id", sa.String(length=32), nullable=False),
        sa.Column("first_by", sa.String(length=64), nullable=False),
        sa.Column("first_office", sa.String(length=64), nullable=False),
        sa.Column("second_by", sa.String(length=64), nullable=False),
        sa.Column("second_office", sa.String(length=64), nullable=False),
        sa.Column("case_hash", sa.LargeBinary(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "first_by <> second_by AND first_office <> second_office", name="ck_established_two_offices"
        ),
        sa.PrimaryKeyConstraint("person_id", "fact_id", name=op.f("pk_established")),
    )
    op.create_index("ix_established_case_hash", "established", ["case_hash"], unique=False)
    op.create_index("ix_established_second_by_moment", "established", ["second_by", "moment"], unique=False)
    op.create_table(
        "official",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_official")),
    )
    op.create_table(
        "permission",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("permission_id", sa.String(length=32), nullable=False),
        sa.Column("word_hash", sa.LargeBinary(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "permission_id", name=op.f("pk_permission")),
    )
    op.create_index("ix_permission_word_hash", "permission", ["word_hash"], unique=True)
    op.create_table(
        "permission_used",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("permission_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "permission_id", name=op.f("pk_permission_used")),
    )
    op.create_table(
        "retold",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("said_id", sa.String(length=32), nullable=False),
        sa.Column("by_said_id", sa.String(length=32), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "said_id", name=op.f("pk_retold")),
    )
    op.create_table(
        "status_assignment",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("sampled", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_office", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("approved_office", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "cause = 'positive_test' AND colour IN ('yellow', 'red')", name="ck_status_assignment_health_fact"
        ),
        sa.CheckConstraint(
            "proposed_by <> approved_by AND proposed_office <> approved_office", name="ck_status_assignment_two_offices"
        ),
        sa.CheckConstraint("until > moment AND until - moment <= 259200", name="ck_status_assignment_ends"),
        sa.PrimaryKeyConstraint("person_id", "assignment_id", name=op.f("pk_status_assignment")),
    )
    op.create_index(
        "ix_status_assignment_approved_by_moment", "status_assignment", ["approved_by", "moment"], unique=False
    )
    op.create_index("ix_status_assignment_content", "status_assignment", ["content"], unique=True)
    op.create_table(
        "status_count",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("by_hand", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "policy", "colour", "cause", "by_hand", name=op.f("pk_status_count")),
    )
    op.create_table(
        "status_notice",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about_id", sa.String(length=32), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "notice_id", name=op.f("pk_status_notice")),
    )
    op.create_table(
        "status_proposal",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("sampled", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "proposal_id", name=op.f("pk_status_proposal")),
    )
    op.create_index("ix_status_proposal_proposed_by_moment", "status_proposal", ["proposed_by", "moment"], unique=False)
    written_once.keep(OF_PEOPLE, of_people=True)
    written_once.keep(OF_NOBODY, of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(MAKE.format(role="pratique_status"))
    op.execute("GRANT SELECT ON alembic_version TO pratique_status")
    for role, granted in GRANTS.items():
        for names, rights in granted.items():
            op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {role}")
