"""Applications to enter, as the database keeps them: every statement about them."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from pratique.authority.store.health import insert_once
from pratique.authority.store.people import new_id
from pratique.authority.store.permit_tables import (
    TABLES,
    permit_application,
    permit_attachment,
    permit_look,
    permit_step,
)
from pratique.authority.store.vault import Vault


class Kept(Struct, frozen=True):
    """The latest version of an application, without what it says."""

    application_id: str
    version: int
    arrive: int
    moment: int


class File(Struct, frozen=True):
    """A file beside it."""

    kind: str
    name: str
    content: bytes


class Step(Struct, frozen=True):
    """What became of it; `about` is JSON of the room that grants."""

    number: int
    step: str
    account_id: str
    reasons: tuple[str, ...]
    seen: tuple[str, ...]
    about: bytes | None
    moment: int


_KEPT = [permit_application.c[name] for name in Kept.__struct_fields__]


def enter(
    connection: Connection,
    vault: Vault,
    kept: Kept,
    about: bytes,
    files: Sequence[File],
    *,
    code: str,
    until: int,
) -> None:
    """Enter a version of an application with its files."""
    key, version = kept.application_id, kept.version
    connection.execute(
        insert(permit_application).values(
            application_id=key,
            version=version,
            code_hash=vault.hash("permit code", code),
            about=vault.seal(about, f"permit_application.about:{key}:{version}"),
            arrive=kept.arrive,
            moment=kept.moment,
            until=until,
        )
    )
    rows = [
        {
            "application_id": key,
            "version": version,
            "place": place,
            "kind": each.kind,
            "name": vault.seal(each.name.encode(), _at("name", key, version, place)),
            "content": vault.seal(each.content, _at("content", key, version, place)),
        }
        for place, each in enumerate(files)
    ]
    if rows:
        connection.execute(insert(permit_attachment), rows)


def _at(column: str, key: str, version: int, place: int) -> str:
    return f"permit_attachment.{column}:{key}:{version}:{place}"


def by_code(connection: Connection, vault: Vault, code: str) -> Kept | None:
    """The application of a code."""
    return _latest(connection, permit_application.c.code_hash.in_(vault.hashes("permit code", code)))


def by_id(connection: Connection, application_id: str) -> Kept | None:
    """An application."""
    return _latest(connection, permit_application.c.application_id == application_id)


def _latest(connection: Connection, which: ColumnElement[bool]) -> Kept | None:
    chosen = select(*_KEPT).where(which).order_by(permit_application.c.version.desc()).limit(1)
    row = connection.execute(chosen).first()
    return None if row is None else Kept(*row)


def everything(connection: Connection) -> list[Kept]:
    """The latest version of each, those who arrive first before the others."""
    column = permit_application.c
    latest = select(column.application_id, func.max(column.version).label("version")).group_by(column.application_id)
    last = latest.subquery()
    chosen = (
        select(*_KEPT)
        .join(last, (last.c.application_id == column.application_id) & (last.c.version == column.version))
        .order_by(column.arrive, column.application_id)
    )
    return [Kept(*row) for row in connection.execute(chosen)]


def count(connection: Connection) -> int:
    """How many applications there are."""
    return connection.execute(select(func.count(permit_application.c.application_id.distinct()))).scalar_one()


def about(connection: Connection, vault: Vault, kept: Kept) -> bytes:
    """What the application says."""
    column = permit_application.c
    chosen = select(column.about).where(column.application_id == kept.application_id, column.version == kept.version)
    sealed = connection.execute(chosen).scalar_one()
    return vault.open(sealed, f"permit_application.about:{kept.application_id}:{kept.version}")


def files(connection: Connection, vault: Vault, kept: Kept) -> tuple[File, ...]:
    """The files beside it, in their order."""
    column, key, version = permit_attachment.c, kept.application_id, kept.version
    chosen = select(permit_attachment).where(column.application_id == key, column.version == version)
    return tuple(
        File(
            row.kind,
            vault.open(row.name, _at("name", key, version, row.place)).decode(),
            vault.open(row.content, _at("content", key, version, row.place)),
        )
        for row in connection.execute(chosen.order_by(column.place))
    )


def steps(connection: Connection, vault: Vault, application_id: str) -> tuple[Step, ...]:
    """What became of it, in its order."""
    column = permit_step.c
    rows = connection.execute(
        select(permit_step).where(column.application_id == application_id).order_by(column.number)
    )
    return tuple(
        Step(
            row.number,
            row.step,
            row.account_id,
            tuple(row.reasons.split()),
            tuple(row.seen.split()),
            None if row.about is None else vault.open(row.about, f"permit_step.about:{application_id}:{row.number}"),
            row.moment,
        )
        for row in rows
    )


def last_steps(connection: Connection) -> dict[str, str]:
    """The last step of each application that has one."""
    rows = connection.execute(select(permit_step.c.application_id, permit_step.c.step).order_by(permit_step.c.number))
    return {row.application_id: row.step for row in rows}


def step(connection: Connection, vault: Vault, application_id: str, taken: Step) -> bool:
    """Enter the next step; False where somebody else has entered one with this number."""
    place = f"permit_step.about:{application_id}:{taken.number}"
    row: dict[str, object] = {
        "application_id": application_id,
        "number": taken.number,
        "step": taken.step,
        "account_id": taken.account_id,
        "reasons": " ".join(taken.reasons),
        "seen": " ".join(taken.seen),
        "about": None if taken.about is None else vault.seal(taken.about, place),
        "moment": taken.moment,
    }
    return bool(insert_once(connection, permit_step, [row]))


def look(connection: Connection, application_id: str, account_id: str, *, at: int) -> None:
    """Write down that an officer read it."""
    row = {"application_id": application_id, "look_id": new_id(), "account_id": account_id, "moment": at}
    connection.execute(insert(permit_look).values(row))


def forget(connection: Connection, *, at: int) -> int:
    """Delete applications whose time is over, with everything of them; how many there were."""
    column = permit_application.c
    kept = select(column.application_id).group_by(column.application_id).having(func.max(column.until) <= at)
    gone = list(connection.execute(kept).scalars())
    for table in TABLES:
        connection.execute(delete(table).where(table.c.application_id.in_(gone)))
    return len(gone)
