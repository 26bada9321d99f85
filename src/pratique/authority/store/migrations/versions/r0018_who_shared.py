"""Which local app shared a status: two cities may use one vocabulary, and neither speaks for the other.

And commands at a shell work in the roles of what they do, as the pages and the API have since they are there.
"""

from alembic import op
from sqlalchemy import Column, String

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Of what was shared before, nobody knows any more who did; it ends by itself."""
    op.add_column("local_status", Column("source_id", String(64)))
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            "GRANT pratique_intake, pratique_health TO CURRENT_USER"
        )  # whoever owns the tables runs commands too
