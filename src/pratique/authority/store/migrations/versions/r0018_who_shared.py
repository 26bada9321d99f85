"""Which local app shared a status: two cities may use one vocabulary, and neither speaks for the other."""

from alembic import op
from sqlalchemy import Column, String

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    """Of what was shared before, nobody knows any more; it ends by itself."""
    op.add_column("local_status", Column("source_id", String(64)))
