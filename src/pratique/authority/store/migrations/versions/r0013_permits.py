"""Applications to enter: their tables, empty, and who may touch them."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Text

revision = "0013"
down_revision = "0012"

TABLES = "permit_application, permit_attachment, permit_step, permit_look"


def upgrade() -> None:
    """Make them, and grant."""
    op.create_table(
        "permit_application",
        Column("application_id", String(32), nullable=False),
        Column("version", Integer, autoincrement=False, nullable=False),
        Column("code_hash", LargeBinary, nullable=False),
        Column("about", LargeBinary, nullable=False),
        Column("arrive", BigInteger, nullable=False),
        Column("moment", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint("application_id", "version", name=op.f("pk_permit_application")),
    )
    op.create_index(op.f("ix_permit_application_code_hash"), "permit_application", ["code_hash"])
    op.create_table(
        "permit_attachment",
        Column("application_id", String(32), nullable=False),
        Column("version", Integer, autoincrement=False, nullable=False),
        Column("place", Integer, autoincrement=False, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("name", LargeBinary, nullable=False),
        Column("content", LargeBinary, nullable=False),
        PrimaryKeyConstraint("application_id", "version", "place", name=op.f("pk_permit_attachment")),
    )
    op.create_table(
        "permit_step",
        Column("application_id", String(32), nullable=False),
        Column("number", Integer, autoincrement=False, nullable=False),
        Column("step", String(16), nullable=False),
        Column("account_id", String(64), nullable=False),
        Column("reasons", Text, nullable=False),
        Column("seen", Text, nullable=False),
        Column("about", LargeBinary),
        Column("moment", BigInteger, nullable=False),
        PrimaryKeyConstraint("application_id", "number", name=op.f("pk_permit_step")),
    )
    op.create_table(
        "permit_look",
        Column("application_id", String(32), nullable=False),
        Column("look_id", String(32), nullable=False),
        Column("account_id", String(64), nullable=False),
        Column("moment", BigInteger, nullable=False),
        PrimaryKeyConstraint("application_id", "look_id", name=op.f("pk_permit_look")),
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {TABLES} TO pratique_health")
    op.execute("GRANT SELECT ON permit_step, permit_look TO pratique_audit")
