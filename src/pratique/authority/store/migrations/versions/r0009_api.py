"""What the API keeps, and the role of the database in which it is read."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, String, Text

revision = "0009"
down_revision = "0007"

GRANTS = {
    "account client": "SELECT",
    "assertion booking": "SELECT, INSERT, UPDATE, DELETE",
}
ROLE = "pratique_api"
MAKE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
END $$
"""


def upgrade() -> None:
    """Make the tables, and on PostgreSQL the role."""
    op.create_table(
        "client",
        Column("account_id", String(64), primary_key=True),
        Column("keys", Text, nullable=False),
        Column("source", Text),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger),
    )
    op.create_table(
        "assertion",
        Column("hash", LargeBinary, primary_key=True),
        Column("until", BigInteger, nullable=False),
    )
    op.create_table(
        "booking",
        Column("subject_hash", LargeBinary, primary_key=True),
        Column("wallet", LargeBinary, nullable=False),
        Column("result", LargeBinary),
        Column("until", BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(MAKE.format(role=ROLE))
    for names, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {ROLE}")
