"""Policies that are being written: their texts, and what officials did with them."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Text

from pratique.authority.store.migrations import written_once

revision = "0010"
down_revision = "0009"

WRITTEN_ONCE = ("policy_text", "policy_step")
GRANTS = {"pratique_health": "SELECT, INSERT", "pratique_audit": "SELECT"}


def upgrade() -> None:
    """Make them, and grant."""
    op.create_table(
        "policy_text",
        Column("draft_id", String(32), nullable=False),
        Column("number", Integer, autoincrement=False, nullable=False),
        Column("content", Text, nullable=False),
        Column("written_by", String(64), nullable=False),
        Column("moment", BigInteger, nullable=False),
        PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_policy_text")),
    )
    op.create_table(
        "policy_step",
        Column("draft_id", String(32), nullable=False),
        Column("number", Integer, autoincrement=False, nullable=False),
        Column("step", String(16), nullable=False),
        Column("text_number", Integer, nullable=False),
        Column("account_id", String(64), nullable=False),
        Column("signer", String(64)),
        Column("signature", LargeBinary),
        Column("note", Text),
        Column("moment", BigInteger, nullable=False),
        PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_policy_step")),
    )
    written_once.keep(WRITTEN_ONCE, of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    for role, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(WRITTEN_ONCE)} TO {role}")
