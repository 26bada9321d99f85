"""Objections to policies: what is written down, what is read, and what is forgotten."""

from msgspec import Struct
from sqlalchemy import Connection, case, func, insert, select, update

from pratique.authority.store.objection_tables import objection
from pratique.authority.store.vault import Vault


class Objection(Struct, frozen=True):
    """One of them without its words; `policy` and `version` are of the text that it was about."""

    objection_id: str
    policy: str
    version: str
    language: str
    moment: int


class Told(Struct, frozen=True):
    """An answer that everybody reads: its words, when it was first given, and to how many objections."""

    words: str
    moment: int
    objections: int


class Count(Struct, frozen=True):
    """How many objections there are to a policy, and how many of them were answered."""

    objections: int = 0
    answered: int = 0


def write(connection: Connection, vault: Vault, filed: Objection, words: str) -> None:
    """Enter one."""
    row = {name: getattr(filed, name) for name in Objection.__struct_fields__}
    row["words"] = vault.seal(words.encode(), _place(filed.objection_id))
    connection.execute(insert(objection).values(row))


def since(connection: Connection, policy: str, *, moment: int) -> int:
    """How many came to a policy, whatever its version, since an instant."""
    column = objection.c
    asked = select(func.count()).select_from(objection).where(column.policy == policy, column.moment > moment)
    return int(connection.execute(asked).scalar_one())


def waiting(connection: Connection) -> list[Objection]:
    """Those without an answer, the oldest first."""
    column = objection.c
    asked = select(*(column[name] for name in Objection.__struct_fields__)).where(column.answered.is_(None))
    return [Objection(*row) for row in connection.execute(asked.order_by(column.moment, column.objection_id))]


def words(connection: Connection, vault: Vault, objection_id: str) -> str | None:
    """What somebody wrote; None for one that is not there, or was forgotten."""
    sealed = connection.execute(select(objection.c.words).where(objection.c.objection_id == objection_id)).scalar()
    return None if sealed is None else vault.open(bytes(sealed), _place(objection_id)).decode()


def answer(connection: Connection, objection_id: str, said: str, by: str, *, moment: int) -> bool:
    """Answer one that has no answer yet; whether there was such a one."""
    column = objection.c
    its = (column.objection_id == objection_id) & column.answered.is_(None)
    given = update(objection).where(its).values(answer=said, answered_by=by, answered=moment)
    return connection.execute(given).rowcount == 1


def counted(connection: Connection) -> dict[tuple[str, str], Count]:
    """The counts, by policy and version."""
    column = objection.c
    answered = func.coalesce(func.sum(case((column.answered.is_not(None), 1), else_=0)), 0)
    asked = select(column.policy, column.version, func.count(), answered).group_by(column.policy, column.version)
    return {(row[0], row[1]): Count(row[2], int(row[3])) for row in connection.execute(asked)}


def answers(connection: Connection, policy: str, version: str) -> list[Told]:
    """What was answered, the newest first; the same words are told once."""
    column = objection.c
    first = func.min(column.answered)
    its = (column.policy == policy) & (column.version == version) & column.answered.is_not(None)
    asked = select(column.answer, first, func.count()).where(its).group_by(column.answer).order_by(first.desc())
    return [Told(row[0], int(row[1]), row[2]) for row in connection.execute(asked)]


def forget(connection: Connection, *, before: int) -> int:
    """Drop the words of those that were answered before an instant; how many. The count of them stays."""
    old = objection.c.words.is_not(None) & (objection.c.answered < before)
    return connection.execute(update(objection).where(old).values(words=None)).rowcount


def _place(objection_id: str) -> str:
    return f"objection.words:{objection_id}"
