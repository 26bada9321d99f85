"""The roles of the database, and what each may do; SQLite has none.

Roles belong to the whole server: they may be there from another database, and stay when this one goes. Making them
needs a user with CREATEROLE.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

GRANTS = {
    "pratique_intake": {
        "person document": "SELECT, INSERT",
        "record declaration trip local_status": "SELECT, INSERT",
        "superseded": "SELECT",
        "intake intake_chunk intake_row": "SELECT, INSERT",
    },
    "pratique_issuance": {
        "person document portrait guardian": "SELECT",
        "record superseded dispute_step": "SELECT",
        "dispute": "SELECT (person_id, dispute_id, record_id, due)",  # that there is one, and not a word of it
        "looked": "SELECT, INSERT",
        "account": "SELECT",
    },
    "pratique_health": {
        "person document portrait guardian": "SELECT, INSERT, UPDATE",
        "record superseded declaration trip contact observation local_status": "SELECT, INSERT",
        "dispute dispute_step looked": "SELECT, INSERT",
        "intake intake_chunk intake_row": "SELECT",
        "account": "SELECT",
    },
    "pratique_audit": {"looked account intake intake_chunk purge_order": "SELECT"},
    "pratique_purge": {},
}
MAKE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
END $$
"""


def upgrade() -> None:
    """Make the roles that are not there yet, and grant."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for role, tables in GRANTS.items():
        op.execute(MAKE.format(role=role))
        for names, rights in tables.items():
            op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {role}")
        op.execute(f"GRANT SELECT ON alembic_version TO {role}")
    op.execute("GRANT pratique_purge TO CURRENT_USER")  # whoever carries out orders takes the role on for each of them
