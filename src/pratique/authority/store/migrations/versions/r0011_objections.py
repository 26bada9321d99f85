"""What everybody may see and say: objections to policies, counted days, and the role of the public page."""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once
from pratique.authority.store.migrations.versions.r0003_roles import MAKE

revision = "0011"
down_revision = "0010"

WRITTEN_ONCE = ("counted_day",)
PUBLIC = "pratique_public"
GRANTS = {
    PUBLIC: {
        "objection": "SELECT (objection_id, policy, version, moment, answer, answered), INSERT",
        "counted_day status_count signing_key log_entry log_node": "SELECT",
        "certificate": "SELECT (key_id, number)",
        "purge_order": "SELECT (order_id, counts, moment)",
    },
    "pratique_health": {"objection": "SELECT, UPDATE", "counted_day": "SELECT, INSERT"},
    "pratique_audit": {"counted_day": "SELECT"},
}


def upgrade() -> None:
    """Make the tables, and grant."""
    op.create_table(
        "objection",
        sa.Column("objection_id", sa.String(length=32), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_policy", "objection", ["policy"], unique=False)
    op.create_table(
        "counted_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "policy", name=op.f("pk_counted_day")),
    )
    written_once.keep(WRITTEN_ONCE, of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(MAKE.format(role=PUBLIC))
    op.execute(f"GRANT SELECT ON alembic_version TO {PUBLIC}")
    for role, granted in GRANTS.items():
        for names, rights in granted.items():
            op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {role}")
