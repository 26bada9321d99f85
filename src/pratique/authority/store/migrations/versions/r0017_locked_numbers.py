"""Passport numbers that were tried too often, so that their holders can be told: written by whoever signs people up."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

GRANTS = {"pratique_enrolment": "SELECT, INSERT, DELETE", "pratique_health": "SELECT"}


def upgrade() -> None:
    """Make the table, and grant."""
    op.create_table(
        "locked_number",
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", "day", name=op.f("pk_locked_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    for role, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON locked_number TO {role}")
