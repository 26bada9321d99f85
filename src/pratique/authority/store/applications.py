"""What local apps ask for: to be let in, each by keys of its own."""

from msgspec import Struct, structs
from sqlalchemy import Connection, select

from pratique.authority.store.api_tables import application
from pratique.authority.store.health import insert_once


class Filed(Struct, frozen=True):
    """An application as it was sent: `keys` a JWK Set, `source` how what it will send is read (JSON)."""

    application_id: str
    client_id: str
    name: str
    division: str | None
    keys: str
    source: str
    moment: int
    until: int


def file(connection: Connection, filed: Filed) -> bool:
    """Write it down; False for one that is there already."""
    return bool(insert_once(connection, application, [structs.asdict(filed)]))


def find(connection: Connection, application_id: str) -> Filed | None:
    """One that was sent, whatever became of it, or None."""
    row = connection.execute(select(application).where(application.c.application_id == application_id)).one_or_none()
    return None if row is None else Filed(*row)


def not_over(connection: Connection, *, at: int) -> list[Filed]:
    """Those whose time is not over, the oldest first, whatever became of them."""
    chosen = select(application).where(application.c.until > at)
    return [
        Filed(*row) for row in connection.execute(chosen.order_by(application.c.moment, application.c.application_id))
    ]
