"""Enrolment: reviews, acts of a desk, passkeys, codes on paper, consent; and the role that signs people up."""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once
from pratique.authority.store.migrations.versions.r0003_roles import MAKE

revision = "0006"
down_revision = "0005"

GRANTS = {
    "pratique_enrolment": {
        "person document portrait": "SELECT, INSERT, UPDATE",
        "guardian consent": "SELECT, INSERT, UPDATE",
        "holder_key official_key review one_time_code": "SELECT, INSERT, UPDATE, DELETE",
        "desk_act": "SELECT, INSERT, UPDATE",
        "officer_decision looked": "SELECT, INSERT",
        "account": "SELECT",
    },
    "pratique_health": {"official_key": "SELECT, UPDATE"},
    "pratique_audit": {"officer_decision": "SELECT"},
}


def upgrade() -> None:
    """Make the tables, keep decisions from changing, and grant."""
    op.create_table(
        "consent",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("consent_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "consent_id", name=op.f("pk_consent")),
    )
    for table, owner, length in (("holder_key", "subject_id", 32), ("official_key", "account_id", 64)):
        op.create_table(
            table,
            sa.Column(owner, sa.String(length=length), nullable=False),
            sa.Column("credential_hash", sa.LargeBinary(), nullable=False),
            sa.Column("credential", sa.LargeBinary(), nullable=False),
            sa.Column("uses", sa.Integer(), nullable=False),
            sa.Column("made", sa.BigInteger(), nullable=False),
            sa.Column("used", sa.BigInteger(), nullable=True),
            sa.PrimaryKeyConstraint(owner, "credential_hash", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_credential_hash"), table, ["credential_hash"], unique=True)
    op.create_table(
        "review",
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_name_hash"), "review", ["name_hash"], unique=True)
    op.create_index(op.f("ix_review_code_hash"), "review", ["code_hash"], unique=True)
    op.create_index("ix_review_state_opened", "review", ["state", "opened"], unique=False)
    op.create_table(
        "desk_act",
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_desk_act")),
    )
    op.create_table(
        "officer_decision",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "account_id", name=op.f("pk_officer_decision")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("whose", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_one_time_code")),
    )
    written_once.keep(["officer_decision"], of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(MAKE.format(role="pratique_enrolment"))
    op.execute("GRANT SELECT ON alembic_version TO pratique_enrolment")
    for role, tables in GRANTS.items():
        for names, rights in tables.items():
            op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {role}")
