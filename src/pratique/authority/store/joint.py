"""What takes two: proposed by one of the health authority, confirmed or turned down by another."""

from collections.abc import Collection

from msgspec import Struct, structs
from sqlalchemy import Connection, exists, insert, select

from pratique.authority.store.health import insert_once
from pratique.authority.store.issuance_tables import joint_act, joint_end


class JointAct(Struct, frozen=True):
    """What was proposed, by whom, and until when somebody else may confirm it. `content` is JSON of its `kind`."""

    act_id: str
    kind: str
    content: str
    account_id: str
    moment: int
    until: int


class End(Struct, frozen=True):
    """How it ended: `confirmed` or `turned_down`, by whom; `told` is JSON of what came of it."""

    act_id: str
    outcome: str
    account_id: str
    told: str
    moment: int


def propose(connection: Connection, act: JointAct) -> None:
    """Write down what is proposed."""
    connection.execute(insert(joint_act).values(structs.asdict(act)))


def waiting(connection: Connection, *, at: int) -> list[JointAct]:
    """What waits for a second person, the oldest first."""
    ended = exists().where(joint_end.c.act_id == joint_act.c.act_id)
    chosen = select(joint_act).where(joint_act.c.until > at, ~ended)
    return [JointAct(*row) for row in connection.execute(chosen.order_by(joint_act.c.moment, joint_act.c.act_id))]


def find(connection: Connection, act_id: str) -> JointAct | None:
    """One that was proposed, whatever became of it, or None."""
    row = connection.execute(select(joint_act).where(joint_act.c.act_id == act_id)).one_or_none()
    return None if row is None else JointAct(*row)


def ended(connection: Connection, act_id: str) -> End | None:
    """How it ended, or None."""
    row = connection.execute(select(joint_end).where(joint_end.c.act_id == act_id)).one_or_none()
    return None if row is None else End(*row)


def told_of(connection: Connection, kind: str, contents: Collection[str]) -> dict[str, list[tuple[int, str | None]]]:
    """Of what was proposed with these contents: until when each proposal waits, and how it ended or None."""
    both = joint_act.outerjoin(joint_end, joint_end.c.act_id == joint_act.c.act_id)
    columns = (joint_act.c.content, joint_act.c.until, joint_end.c.outcome)
    chosen = select(*columns).select_from(both).where(joint_act.c.kind == kind, joint_act.c.content.in_(contents))
    found: dict[str, list[tuple[int, str | None]]] = {content: [] for content in contents}
    for content, until, outcome in connection.execute(chosen):
        found[content].append((until, outcome))
    return found


def end(connection: Connection, ended: End) -> bool:
    """Write down how it ended; False where it had ended before."""
    return bool(insert_once(connection, joint_end, [structs.asdict(ended)]))
