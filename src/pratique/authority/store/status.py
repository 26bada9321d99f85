"""What is asked and written for the health code: what was said again, appeals, codes by hand, permissions."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, structs
from sqlalchemy import Column, ColumnElement, Connection, and_, exists, func, insert, or_, select

from pratique.authority.store import status_tables as tables
from pratique.authority.store.asking import State, Words
from pratique.authority.store.health import insert_once
from pratique.authority.store.tables import contact, declaration, observation, trip
from pratique.authority.store.vault import Vault

# what somebody said


class Said(Struct, frozen=True):
    """One declaration as it is kept; `replaced` if another stands in its place."""

    declaration_id: str
    day: int
    moment: int
    temperature: int | None
    symptoms: str
    normal: int | None
    source_id: str
    replaced: bool


def said(connection: Connection, person_id: str) -> tuple[Said, ...]:
    """Every declaration of a person, the latest first."""
    gone = exists().where(
        tables.retold.c.person_id == declaration.c.person_id, tables.retold.c.said_id == declaration.c.declaration_id
    )
    columns = [declaration.c[name] for name in Said.__struct_fields__[:-1]]
    rows = connection.execute(
        select(*columns, gone.label("replaced"))
        .where(declaration.c.person_id == person_id)
        .order_by(declaration.c.day.desc(), declaration.c.moment.desc(), declaration.c.declaration_id)
    )
    return tuple(Said(**{**row, "replaced": bool(row["replaced"])}) for row in rows.mappings())


def trips_said(connection: Connection, person_id: str, *, moment: int) -> tuple[str, ...]:
    """The trips that were declared at that second, which go with the declaration of it."""
    said_then = (trip.c.person_id == person_id) & (trip.c.moment == moment)
    return tuple(connection.execute(select(trip.c.trip_id).where(said_then).order_by(trip.c.trip_id)).scalars())


def retell(connection: Connection, person_id: str, said_id: str, by_said_id: str | None, *, at: int) -> bool:
    """Let one thing that was said stand in another's place, or none; False if something does already."""
    row: dict[str, object] = {"person_id": person_id, "said_id": said_id, "by_said_id": by_said_id, "moment": at}
    return bool(insert_once(connection, tables.retold, [row]))


# offices


def enter_official(connection: Connection, account_id: str, office: str, *, at: int) -> None:
    """Enter in which office an account works, once and for all: a new office is a new account."""
    connection.execute(insert(tables.official).values(account_id=account_id, office=office, since=at))


def office_of(connection: Connection, account_id: str, *, at: int) -> str | None:
    """The office of an account, or None."""
    column = tables.official.c
    asked = select(column.office).where(column.account_id == account_id, column.since <= at)
    return connection.execute(asked).scalar()


# what is established, and what is set by hand


class Established(Struct, frozen=True):
    """By whom a contact or an observation was established, and from which case."""

    person_id: str
    fact_id: str
    first_by: str
    first_office: str
    second_by: str
    second_office: str
    case_hash: bytes
    moment: int


def establish(connection: Connection, row: Established) -> None:
    """Enter who answers for a fact."""
    connection.execute(insert(tables.established).values(structs.asdict(row)))


def people_of_cases(connection: Connection, case_hashes: Iterable[bytes], *, since: int) -> set[str]:
    """Whom these cases have made a contact since then."""
    column = tables.established.c
    asked = select(column.person_id).where(column.case_hash.in_(list(case_hashes)), column.moment >= since)
    return set(connection.execute(asked.distinct()).scalars())


def answers_for(connection: Connection, person_id: str, fact_id: str) -> Mapping[str, object]:
    """Who answers for a contact or an observation, by the columns of `established`; empty where that is not kept."""
    table = tables.established
    asked = select(table.c.first_by, table.c.first_office, table.c.second_by, table.c.second_office)
    row = connection.execute(asked.where(table.c.person_id == person_id, table.c.fact_id == fact_id)).mappings()
    return dict(row.one_or_none() or {})


class Proposal(Struct, frozen=True):
    """What one official proposes for one person: a code, with the signed record, or a contact or a stay of a case."""

    person_id: str
    proposal_id: str
    colour: str
    cause: str
    sampled: int
    evidence: bytes
    content: bytes
    proposed_by: str
    office: str
    moment: int


class Assignment(Struct, frozen=True):
    """A code that two officials set, until when, and from which sample on."""

    person_id: str
    assignment_id: str
    colour: str
    cause: str
    sampled: int
    proposed_by: str
    proposed_office: str
    approved_by: str
    approved_office: str
    moment: int
    until: int


def propose(connection: Connection, vault: Vault, proposal: Proposal) -> None:
    """Enter a proposal; its evidence is sealed."""
    sealed = vault.seal(proposal.evidence, f"status_proposal.evidence:{proposal.proposal_id}")
    connection.execute(insert(tables.status_proposal).values(structs.asdict(proposal) | {"evidence": sealed}))


def proposal(connection: Connection, vault: Vault, person_id: str, proposal_id: str) -> Proposal | None:
    """The proposal, or None."""
    table = tables.status_proposal
    asked = select(table).where(table.c.person_id == person_id, table.c.proposal_id == proposal_id)
    row = connection.execute(asked).mappings().one_or_none()
    if row is None:
        return None
    evidence = vault.open(row["evidence"], f"status_proposal.evidence:{proposal_id}")
    return Proposal(**{**row, "evidence": evidence, "content": bytes(row["content"])})


class Waits(Struct, frozen=True):
    """A proposal before anybody has read it: for whom, for what, by whom, and since when."""

    person_id: str
    proposal_id: str
    cause: str
    proposed_by: str
    office: str
    moment: int


def waiting(connection: Connection, causes: Collection[str], *, since: int) -> tuple[Waits, ...]:
    """What was proposed for such causes after `since`, and has not been confirmed; the oldest first."""
    column, fact, made = tables.status_proposal.c, tables.established.c, tables.status_assignment.c
    same = column.person_id == fact.person_id, column.proposal_id == fact.fact_id
    assigned = column.person_id == made.person_id, column.proposal_id == made.assignment_id
    rows = connection.execute(
        select(*(column[name] for name in Waits.__struct_fields__))
        .where(column.cause.in_(list(causes)), column.moment > since)
        .where(~exists().where(*same), ~exists().where(*assigned))
        .order_by(column.moment, column.proposal_id)
    )
    return tuple(Waits(*row) for row in rows)


def assign(connection: Connection, vault: Vault, made: Assignment, proposal: Proposal) -> bool:
    """Enter an assignment; False where the signed record, or the proposal, served before."""
    sealed = vault.seal(proposal.evidence, f"status_assignment.evidence:{made.assignment_id}")
    row = structs.asdict(made) | {"evidence": sealed, "content": proposal.content}
    return bool(insert_once(connection, tables.status_assignment, [row]))


def signed_by_hand(connection: Connection, account_id: str, *, since: int) -> set[str]:
    """The proposals of codes and the assignments that an account put its name to since: their ids."""
    proposed, assigned = tables.status_proposal.c, tables.status_assignment.c
    first = select(proposed.proposal_id).where(
        proposed.proposed_by == account_id, proposed.cause == "positive_test", proposed.moment > since
    )
    second = select(assigned.assignment_id).where(assigned.approved_by == account_id, assigned.moment > since)
    return {*connection.execute(first).scalars(), *connection.execute(second).scalars()}


_ASSIGNMENT = [tables.status_assignment.c[name] for name in Assignment.__struct_fields__]


def assignments(connection: Connection, person_id: str | None, *, at: int) -> tuple[Assignment, ...]:
    """What was set by hand for a person, or for anybody, and counts at `at`: not over, and not set aside."""
    column = tables.status_assignment.c
    whose = () if person_id is None else (column.person_id == person_id,)
    counts = ~_set_aside(column.person_id, column.assignment_id, at)
    rows = connection.execute(
        select(*_ASSIGNMENT)
        .where(*whose, column.moment <= at, column.until > at, counts)
        .order_by(column.person_id, column.moment, column.assignment_id)
    )
    return tuple(Assignment(*row) for row in rows)


def assignment(connection: Connection, person_id: str, assignment_id: str) -> Assignment | None:
    """One of them, whether it counts or not."""
    column = tables.status_assignment.c
    asked = select(*_ASSIGNMENT).where(column.person_id == person_id, column.assignment_id == assignment_id)
    row = connection.execute(asked).one_or_none()
    return None if row is None else Assignment(*row)


def _set_aside(person: Column[str], about: Column[str], at: int) -> ColumnElement[bool]:
    """Upheld, or not answered in time: the same condition stands in facts.sql (`appealed`)."""
    appeal, step = tables.appeal, tables.appeal_step

    def decided(state: State) -> ColumnElement[bool]:
        of_it = (step.c.person_id == appeal.c.person_id) & (step.c.appeal_id == appeal.c.appeal_id)
        return exists().where(of_it, step.c.state == state.value, step.c.moment <= at)

    late = and_(appeal.c.due <= at, ~decided(State.NOT_ACCEPTED))
    return exists().where(
        appeal.c.person_id == person,
        appeal.c.about_id == about,
        appeal.c.opened <= at,
        or_(decided(State.ACCEPTED), late),
    )


# appeals


class Appealed(Struct, frozen=True):
    """An appeal and where it stands. `about` is `contact`, `observation` or `assignment`."""

    person_id: str
    appeal_id: str
    about: str
    about_id: str
    opened: int
    due: int
    state: State
    ground: str = ""
    """Why a desk decided as it did; empty where none has."""


_OF_APPEAL = ("person_id", "appeal_id", "about", "about_id", "opened", "due")


def open_appeal(connection: Connection, vault: Vault, entry: Appealed, words: Words) -> None:
    """Enter an appeal with what was said."""
    key, evidence = entry.appeal_id, words.evidence
    row = {name: getattr(entry, name) for name in _OF_APPEAL}
    row |= {"statement": vault.seal(words.statement.encode(), f"appeal.statement:{key}")}
    row |= {"evidence": None if evidence is None else vault.seal(evidence, f"appeal.evidence:{key}")}
    connection.execute(insert(tables.appeal).values(row))


def step_appeal(
    connection: Connection, entry: Appealed, state: State, ground: str, *, decided_by: str, at: int
) -> None:
    """Enter what a desk did with it."""
    step = tables.appeal_step
    of_it = (step.c.person_id == entry.person_id) & (step.c.appeal_id == entry.appeal_id)
    number = connection.execute(select(func.coalesce(func.max(step.c.number), 0)).where(of_it)).scalar_one()
    row = {"person_id": entry.person_id, "appeal_id": entry.appeal_id, "number": number + 1}
    connection.execute(
        insert(step).values(row | {"state": state, "ground": ground, "decided_by": decided_by, "moment": at})
    )


def appeals(connection: Connection, person_id: str | None = None) -> tuple[Appealed, ...]:
    """The appeals of a person, or everybody's, with the state of each, the oldest first."""
    appeal, step = tables.appeal, tables.appeal_step
    whose = () if person_id is None else (appeal.c.person_id == person_id,)
    stepped = () if person_id is None else (step.c.person_id == person_id,)
    steps = connection.execute(
        select(step.c.appeal_id, step.c.state, step.c.ground).where(*stepped).order_by(step.c.number)
    )
    states = {row.appeal_id: (State(row.state), row.ground) for row in steps}
    columns = [appeal.c[name] for name in _OF_APPEAL]
    rows = connection.execute(select(*columns).where(*whose).order_by(appeal.c.opened, appeal.c.appeal_id))
    none = (State.RECEIVED, "")
    found = [(row, states.get(row["appeal_id"], none)) for row in rows.mappings()]
    return tuple(Appealed(**row, state=state, ground=ground) for row, (state, ground) in found)


def appeal_words(connection: Connection, vault: Vault, entry: Appealed) -> Words:
    """What the person said, and what they sent with it."""
    table, key = tables.appeal, entry.appeal_id
    row = connection.execute(
        select(table.c.statement, table.c.evidence).where(
            table.c.person_id == entry.person_id, table.c.appeal_id == key
        )
    ).one()
    evidence = None if row.evidence is None else vault.open(row.evidence, f"appeal.evidence:{key}")
    return Words(vault.open(row.statement, f"appeal.statement:{key}").decode(), evidence)


def decided_against(connection: Connection, person_id: str) -> dict[str, Mapping[str, object]]:
    """The contacts and observations of a person, by their ids: what an appeal can be about."""
    found: dict[str, Mapping[str, object]] = {}
    for table in (contact, observation):
        rows = connection.execute(select(table).where(table.c.person_id == person_id)).mappings()
        for row in rows:
            found[str(row[f"{table.name}_id"])] = {"about": table.name, **row}
    return found


# what holders are told, and whom they let look


class Notice(Struct, frozen=True):
    """What a holder is told of, and since when."""

    person_id: str
    notice_id: str
    kind: str
    about_id: str
    moment: int


def tell(connection: Connection, notice: Notice) -> None:
    """Enter a notice, in the transaction of what it tells of."""
    connection.execute(insert(tables.status_notice).values(structs.asdict(notice)))


def notices(connection: Connection, person_id: str) -> tuple[Notice, ...]:
    """What a person was told, the latest first."""
    table = tables.status_notice
    rows = connection.execute(
        select(table).where(table.c.person_id == person_id).order_by(table.c.moment.desc(), table.c.notice_id)
    )
    return tuple(Notice(*row) for row in rows)


class Permission(Struct, frozen=True):
    """That whoever says the word may look, once, until then."""

    person_id: str
    permission_id: str
    moment: int
    until: int


def permit(connection: Connection, permission: Permission, word_hash: bytes) -> None:
    """Enter a permission under the hash of its word."""
    row = structs.asdict(permission) | {"word_hash": word_hash}
    connection.execute(insert(tables.permission).values(row))


def permission(connection: Connection, word_hashes: Iterable[bytes]) -> Permission | None:
    """The permission that the word belongs to, used or not."""
    table = tables.permission
    columns = [table.c[name] for name in Permission.__struct_fields__]
    row = connection.execute(select(*columns).where(table.c.word_hash.in_(list(word_hashes)))).one_or_none()
    return None if row is None else Permission(*row)


def use(connection: Connection, permission: Permission, account_id: str, *, at: int) -> bool:
    """Use it up; False if that happened before."""
    row: dict[str, object] = {"person_id": permission.person_id, "permission_id": permission.permission_id}
    return bool(insert_once(connection, tables.permission_used, [row | {"account_id": account_id, "moment": at}]))
