"""Policies that are being written: each text as it was saved, and what officials did with it."""

from itertools import groupby

from msgspec import Struct, structs
from sqlalchemy import Connection, func, select

from pratique.authority.store.health import insert_once
from pratique.authority.store.policy_tables import policy_step, policy_text


class Text(Struct, frozen=True):
    """What somebody saved of a draft; `number` counts from 1."""

    draft_id: str
    number: int
    content: str
    written_by: str
    moment: int


class Step(Struct, frozen=True):
    """What an official did with the text `text_number` of a draft; `signer` and `signature` where they signed it."""

    draft_id: str
    number: int
    step: str
    text_number: int
    account_id: str
    moment: int
    signer: str | None = None
    signature: bytes | None = None
    note: str | None = None


def write(connection: Connection, text: Text) -> bool:
    """Keep a text; False where another one has its number."""
    return bool(insert_once(connection, policy_text, [structs.asdict(text)]))


def take(connection: Connection, step: Step) -> bool:
    """Keep a step; False where another one has its number."""
    return bool(insert_once(connection, policy_step, [structs.asdict(step)]))


def texts(connection: Connection, draft_id: str) -> tuple[Text, ...]:
    """Every text of a draft, the first one first; none where there is no such draft."""
    columns = [policy_text.c[name] for name in Text.__struct_fields__]
    chosen = select(*columns).where(policy_text.c.draft_id == draft_id).order_by(policy_text.c.number)
    return tuple(Text(*row) for row in connection.execute(chosen))


def steps(connection: Connection, draft_id: str) -> tuple[Step, ...]:
    """What was done with a draft, in its order."""
    columns = [policy_step.c[name] for name in Step.__struct_fields__]
    chosen = select(*columns).where(policy_step.c.draft_id == draft_id).order_by(policy_step.c.number)
    return tuple(Step(*row) for row in connection.execute(chosen))


def newest(connection: Connection, *, at_most: int = 200) -> tuple[Text, ...]:
    """The newest text of each draft, the one that was saved last first."""
    number = func.max(policy_text.c.number).label("number")
    last = select(policy_text.c.draft_id, number).group_by(policy_text.c.draft_id).subquery()
    same = (policy_text.c.draft_id == last.c.draft_id) & (policy_text.c.number == last.c.number)
    columns = [policy_text.c[name] for name in Text.__struct_fields__]
    chosen = select(*columns).join(last, same).order_by(policy_text.c.moment.desc(), policy_text.c.draft_id)
    return tuple(Text(*row) for row in connection.execute(chosen.limit(at_most)))


def every_step(connection: Connection) -> dict[str, tuple[Step, ...]]:
    """What was done with each draft with which something was done."""
    columns = [policy_step.c[name] for name in Step.__struct_fields__]
    chosen = select(*columns).order_by(policy_step.c.draft_id, policy_step.c.number)
    found = [Step(*row) for row in connection.execute(chosen)]
    return {draft_id: tuple(steps) for draft_id, steps in groupby(found, key=lambda step: step.draft_id)}
