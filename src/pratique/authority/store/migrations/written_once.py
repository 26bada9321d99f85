"""The triggers on rows that are written once, for each migration that adds such a table.

They are deleted only inside a transaction that has opened their table, or one person's rows of it, in `purge_open`;
on PostgreSQL only by the purge role besides (`store.purging`). The two functions that PostgreSQL calls are r0002's.
"""

from collections.abc import Iterable

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
