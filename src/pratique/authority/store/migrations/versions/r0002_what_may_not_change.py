"""Rows that are written once: the database itself refuses to change them, whoever asks.

They are deleted only inside a transaction that has opened their table, or one person's rows of it, in `purge_open`;
on PostgreSQL only by the purge role besides, which has that right for no longer (`store.purging`).
"""

from alembic import op

revision = "0002"
down_revision = "0001"

OF_PEOPLE = (
    "record", "superseded", "declaration", "trip", "contact", "observation", "local_status", "dispute",
    "dispute_step", "looked",
)  # fmt: skip
OF_INTAKE = ("intake", "intake_chunk", "intake_row", "purge_order")

SQLITE = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END
""", """
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
WHEN NOT EXISTS (SELECT 1 FROM purge_open WHERE table_name = '{table}' AND person_id IN ({person}'*'))
BEGIN SELECT RAISE(ABORT, 'rows of {table} stay without a signed order'); END
"""  # fmt: skip

POSTGRESQL = """
CREATE FUNCTION never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME; END $$
""", """
CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'pratique_purge' AND EXISTS (
    SELECT 1 FROM purge_open
    WHERE table_name = TG_TABLE_NAME AND person_id IN (coalesce(to_jsonb(OLD) ->> 'person_id', '*'), '*')
  ) THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'rows of % stay without a signed order', TG_TABLE_NAME;
END $$
"""  # fmt: skip
ON_EACH = """
CREATE TRIGGER never_changes BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION never_changes()
""", """
CREATE TRIGGER stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION stays()
""", """
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION never_changes()
"""  # fmt: skip


def upgrade() -> None:
    """Put the triggers on."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        for function in POSTGRESQL:
            op.execute(function)
    for table in OF_PEOPLE + OF_INTAKE:
        person = "OLD.person_id, " if table in OF_PEOPLE else ""
        for statement in SQLITE if sqlite else ON_EACH:
            op.execute(statement.format(table=table, person=person))
