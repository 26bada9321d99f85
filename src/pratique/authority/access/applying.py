"""Local health-code apps apply to be let in, and two people of the health authority decide.

    an application ─ waits, 30 days ─ one proposes it, another confirms (`issuance.jointly`) ─► an account and its keys
                                      anybody turns it down ─► nothing

The keys come with the application, so whoever decides has them confirmed by the app's own office in another way: their
thumbprints (RFC 7638) are there to be read out.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import clients
from pratique.authority.access.deciding import may
from pratique.authority.access.looking import Account
from pratique.authority.access.roles import Act, Role
from pratique.authority.store import applications, joint
from pratique.authority.store.applications import Filed
from pratique.authority.store.clients import Registered
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

WAITS = timedelta(days=30)
"""For which an application waits for the first of the two."""
MOST_WAITING = 200
"""How many wait at once: anybody may apply, and a desk reads them all."""


class Admission(Struct, frozen=True, tag_field="kind", tag="application", forbid_unknown_fields=True):
    """Let the app in that applied: what one of the authority proposes, and another confirms."""

    application_id: str


class State(StrEnum):
    """How an application stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    TURNED_DOWN = "turned_down"
    OVER = "over"
    """Nobody decided in time."""


class Application(Struct, frozen=True):
    """Who asks, for which division (GB/T 2260), with which keys, and how it stands."""

    application_id: str
    client_id: str
    name: str
    division: str | None
    thumbprints: tuple[str, ...]
    moment: datetime
    until: datetime
    state: State


class Asked(Struct, frozen=True):
    """What an app asks for: `keys` as `clients.read_keys` gives them, `source` how what it will send is read (JSON)."""

    number: str
    """The app's own for this application; another is another application."""
    client_id: str
    name: str
    division: str | None
    keys: str
    source: str


def file(connection: Connection, asked: Asked, *, at: datetime) -> tuple[Application, bool]:
    """Take an application, and say whether it is new: the same one again is found as it stands.

    Raises `AccessRefused` (ACCESS_APPLICATION) for a name that is taken, and where too many wait.
    """
    key = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:32]
    known = find(connection, key, at=at)
    if known is not None:
        return known, False
    if clients.is_taken(connection, asked.client_id):
        raise AccessRefused(Reason.ACCESS_APPLICATION, detail="appId")
    if len(_waiting(connection, at)) >= MOST_WAITING:
        raise AccessRefused(Reason.ACCESS_APPLICATION, detail="too many wait")
    moment, until = int(at.timestamp()), int((at + WAITS).timestamp())
    filed = Filed(key, asked.client_id, asked.name, asked.division, asked.keys, asked.source, moment, until)
    new = applications.file(connection, filed)
    return _standing(connection, [filed], at)[0], new


def find(connection: Connection, application_id: str, *, at: datetime) -> Application | None:
    """An application as it stands, or None."""
    filed = applications.find(connection, application_id)
    return None if filed is None else _standing(connection, [filed], at)[0]


def waiting(connection: Connection, by: Account, *, at: datetime) -> tuple[Application, ...]:
    """Those that nobody decided yet, the oldest first. Raises `AccessRefused`."""
    may(by, Act.ONBOARD)
    return _waiting(connection, at)


def _waiting(connection: Connection, at: datetime) -> tuple[Application, ...]:
    standing = _standing(connection, applications.not_over(connection, at=int(at.timestamp())), at)
    return tuple(each for each in standing if each.state is State.WAITING)


def undecided(connection: Connection, admission: Admission, *, at: datetime) -> Filed:
    """The application as it was sent, where nobody decided it yet. Raises `AccessRefused` (ACCESS_APPLICATION)."""
    filed = applications.find(connection, admission.application_id)
    if filed is None or _standing(connection, [filed], at)[0].state is not State.WAITING:
        raise AccessRefused(Reason.ACCESS_APPLICATION, detail="it does not wait")
    return filed


def check(connection: Connection, admission: Admission, *, at: datetime) -> Filed:
    """The same, where it can still be granted. Raises `AccessRefused` (ACCESS_APPLICATION)."""
    filed = undecided(connection, admission, at=at)
    if clients.is_taken(connection, filed.client_id):
        raise AccessRefused(Reason.ACCESS_APPLICATION, detail="its name is taken")
    return filed


def let_in(connection: Connection, admission: Admission, *, at: datetime) -> None:
    """Enter the app: for `issuance.jointly`, once two people decided. Raises `AccessRefused` as `check`."""
    filed = check(connection, admission, at=at)
    clients.let_in(
        connection, Registered(filed.client_id, Role.LOCAL_CODE, filed.name, filed.keys, filed.source), at=at
    )


def _standing(connection: Connection, filed: Sequence[Filed], at: datetime) -> list[Application]:
    contents = [_content(each.application_id) for each in filed]
    decided = joint.told_of(connection, "application", contents)
    return [
        _application(each, decided[content], int(at.timestamp())) for each, content in zip(filed, contents, strict=True)
    ]


def _application(filed: Filed, decided: list[tuple[int, str | None]], now: int) -> Application:
    outcomes = {outcome for _, outcome in decided}
    open_still = filed.until > now or any(outcome is None and until > now for until, outcome in decided)
    state = (
        State.GRANTED if "confirmed" in outcomes
        else State.TURNED_DOWN if "turned_down" in outcomes
        else State.WAITING if open_still else State.OVER
    )  # fmt: skip
    return Application(
        filed.application_id,
        filed.client_id,
        filed.name,
        filed.division,
        tuple(thumbprint for _, thumbprint in clients.thumbprints(filed.keys)),
        datetime.fromtimestamp(filed.moment, UTC),
        datetime.fromtimestamp(filed.until, UTC),
        state,
    )


def _content(application_id: str) -> str:
    """As `jointly` keeps it."""
    return msgspec.json.encode(Admission(application_id)).decode()
