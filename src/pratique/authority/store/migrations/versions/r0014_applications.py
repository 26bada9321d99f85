"""Local apps apply to use the national interface: what they ask for, and the desk that lets them in."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Text

from pratique.authority.store.migrations import written_once

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table, let what was written in it stay, and let the health authority enter whom two people let in."""
    op.create_table(
        "application",
        Column("application_id", String(32), nullable=False),
        Column("client_id", String(64), nullable=False),
        Column("name", Text, nullable=False),
        Column("division", String(6)),
        Column("keys", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("moment", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint("application_id", name=op.f("pk_application")),
    )
    written_once.keep(("application",), of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("GRANT SELECT, INSERT ON application TO pratique_health")
    op.execute("GRANT INSERT ON account, client TO pratique_health")
    op.execute("GRANT SELECT ON application TO pratique_audit")
