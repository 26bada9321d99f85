"""The triggers on rows that are written once, for each migration that adds such a table.

They are deleted only inside a transaction that has opened their table, or one person's rows of it, in `purge_open`;
on PostgreSQL only by the purge role besides (`store.purging`). The two functions that PostgreSQL calls are r0002's.
"""

from collections.abc import Iterable, Sequence

from alembic import op

_SQLITE = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END
""", """
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
WHEN NOT EXISTS (SELECT 1 FROM purge_open WHERE table_name = '{table}' AND person_id IN ({person}'*'))
BEGIN SELECT RAISE(ABORT, 'rows of {table} stay without a signed order'); END
"""  # fmt: skip
_POSTGRESQL = """
CREATE TRIGGER never_changes BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION never_changes()
""", """
CREATE TRIGGER stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION stays()
""", """
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION never_changes()
"""  # fmt: skip


def keep(tables: Iterable[str], *, of_people: bool) -> None:
    """Let these tables never change; those `of_people` have a `person_id` by which one person's rows can be opened."""
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    person = "OLD.person_id, " if of_people else ""
    for table in tables:
        for statement in statements:
            op.execute(statement.format(table=table, person=person))


ONLY_RESEALED = """
CREATE FUNCTION only_resealed() RETURNS trigger LANGUAGE plpgsql SET bytea_output = hex AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  will jsonb := to_jsonb(NEW);
  name text;
  resealed boolean := false;
BEGIN
  IF was - TG_ARGV = will - TG_ARGV THEN
    FOREACH name IN ARRAY TG_ARGV LOOP
      IF was ->> name IS DISTINCT FROM will ->> name THEN
        IF substr(will ->> name, 1, 6) COLLATE "C" > substr(was ->> name, 1, 6) COLLATE "C" THEN
          resealed := true;
        ELSE
          RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME;
        END IF;
      END IF;
    END LOOP;
    IF resealed THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME;
END $$
"""
"""Its arguments are the sealed columns. The first two octets of a seal are the number of its key, here as `\\x0001`."""


def let_reseal(table: str, sealed: Sequence[str], others: Sequence[str]) -> None:
    """Let the `sealed` columns of a table that never changes be sealed anew with a later key, and nothing else change.

    `others` are all its other columns: a migration that adds one to such a table calls this again (a test asks each).
    """
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP TRIGGER never_changes ON {table}")
        op.execute(
            f"CREATE TRIGGER never_changes BEFORE UPDATE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION only_resealed({', '.join(sealed)})"
        )
        return
    same = " AND ".join(f'OLD."{name}" IS NEW."{name}"' for name in others)
    later = " AND ".join(
        f'(OLD."{name}" IS NEW."{name}" OR coalesce(substr(NEW."{name}", 1, 2) > substr(OLD."{name}", 1, 2), 0))'
        for name in sealed
    )
    moved = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in sealed)
    op.execute(f"DROP TRIGGER {table}_never_changes")
    op.execute(
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table} WHEN NOT ({same} AND {later} AND ({moved})) "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END"
    )
