"""What takes two of the health authority waits here for the second; and a recall may be of one lot alone."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Text

from pratique.authority.store.migrations import written_once

revision = "0012"
down_revision = "0011"

GRANTS = {"pratique_health": "SELECT, INSERT", "pratique_audit": "SELECT"}


def upgrade() -> None:
    """Make the tables, and let what was written in them stay."""
    op.add_column("recall", Column("lot", String(64)))
    op.create_table(
        "joint_act",
        Column("act_id", String(32), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("content", Text, nullable=False),
        Column("account_id", String(64), nullable=False),
        Column("moment", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint("act_id", name=op.f("pk_joint_act")),
    )
    op.create_table(
        "joint_end",
        Column("act_id", String(32), nullable=False),
        Column("outcome", String(16), nullable=False),
        Column("account_id", String(64), nullable=False),
        Column("told", Text, nullable=False),
        Column("moment", BigInteger, nullable=False),
        PrimaryKeyConstraint("act_id", name=op.f("pk_joint_end")),
    )
    written_once.keep(("joint_act", "joint_end"), of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    for role, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON joint_act, joint_end TO {role}")
