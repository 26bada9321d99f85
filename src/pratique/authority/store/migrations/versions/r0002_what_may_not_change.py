"""Rows that are written once: the database itself refuses to change them, whoever asks (`written_once`)."""

from alembic import op

from pratique.authority.store.migrations import written_once

revision = "0002"
down_revision = "0001"

OF_PEOPLE = (
    "record", "superseded", "declaration", "trip", "contact", "observation", "local_status", "dispute",
    "dispute_step", "looked",
)  # fmt: skip
OF_INTAKE = ("intake", "intake_chunk", "intake_row", "purge_order")

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


def upgrade() -> None:
    """Put the triggers on."""
    if op.get_bind().dialect.name != "sqlite":
        for function in POSTGRESQL:
            op.execute(function)
    written_once.keep(OF_PEOPLE, of_people=True)
    written_once.keep(OF_INTAKE, of_people=False)
