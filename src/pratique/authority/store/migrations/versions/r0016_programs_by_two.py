"""Programs are let in by two officials at the desk: what its role of the database needs for it, and no more."""

from alembic import op

revision = "0016"
down_revision = "0015"

GRANTS = {"client": "SELECT, UPDATE (keys, until)"}
FUNCTION = """
CREATE FUNCTION programs_alone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF current_user = 'pratique_health' AND NEW.role NOT IN ('clinic', 'laboratory', 'local_code', 'carrier') THEN
    RAISE EXCEPTION 'pratique_health enters accounts of programs alone' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""
TRIGGER = "CREATE TRIGGER programs_alone BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION programs_alone()"


def upgrade() -> None:
    """Grant it, and on PostgreSQL let nobody in the desk's role make an official."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {table} TO pratique_health")
    op.execute(FUNCTION)
    op.execute(TRIGGER)
