"""Doors that register: their tables, empty, and the one role that may touch them."""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once
from pratique.authority.store.migrations.versions.r0003_roles import MAKE

revision = "0007"
down_revision = "0006"

WRITTEN_ONCE = ("register_period", "exposure", "venue_step", "slip_opening")
ROLE = "pratique_venues"
GRANTS = {
    "venue": "SELECT, INSERT, UPDATE",
    "slip": "SELECT, INSERT, DELETE",
    "register_period exposure venue_step slip_opening": "SELECT, INSERT",
    "account": "SELECT",
}
SLIPS_NEVER_CHANGE = {
    "sqlite": """
CREATE TRIGGER slip_never_changes BEFORE UPDATE ON slip
BEGIN SELECT RAISE(ABORT, 'rows of slip never change'); END
""",
    "postgresql": """
CREATE TRIGGER never_changes BEFORE UPDATE ON slip FOR EACH ROW EXECUTE FUNCTION never_changes()
""",
}


def upgrade() -> None:
    """Make them, and grant."""
    op.create_table(
        "venue",
        sa.Column("venue_id", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("chain_day", sa.Integer(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_venue")),
    )
    op.create_index(op.f("ix_venue_code"), "venue", ["code"], unique=True)
    op.create_table(
        "slip",
        sa.Column("venue_id", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slip_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("venue_id", "hour", "slip_id", name=op.f("pk_slip")),
    )
    op.create_table(
        "register_period",
        sa.Column("period_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_register_period")),
    )
    op.create_table(
        "exposure",
        sa.Column("venue_id", sa.String(length=32), nullable=False),
        sa.Column("exposure_id", sa.String(length=32), nullable=False),
        sa.Column("first_hour", sa.Integer(), nullable=False),
        sa.Column("last_hour", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("venue_id", "exposure_id", name=op.f("pk_exposure")),
    )
    op.create_table(
        "venue_step",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "act", "account_id", name=op.f("pk_venue_step")),
    )
    op.create_table(
        "slip_opening",
        sa.Column("exposure_id", sa.String(length=32), nullable=False),
        sa.Column("opening_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("slips", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("exposure_id", "opening_id", name=op.f("pk_slip_opening")),
    )
    dialect = op.get_bind().dialect.name
    written_once.keep(WRITTEN_ONCE, of_people=False)
    op.execute(SLIPS_NEVER_CHANGE[dialect])
    if dialect == "sqlite":
        return
    op.execute(MAKE.format(role=ROLE))
    for names, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {ROLE}")
