"""Nobody outside learns whether a passport, a person, a record or a code exists.

For each way from outside: the same bodies but for what is random, the same statements in the database, and the same
calls on the matcher. Timing is measured by part 14 of the benchmark.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event

from pratique.authority.identity import clinic_code
from pratique.authority.identity.limits import Limits
from pratique.authority.store import people, writing
from pratique.authority.store.people import Newcomer, Papers
from pratique.model import names
from pratique.sandbox import traveller
from pratique.web import issuing
from tests.authenticator import Authenticator
from tests.web.desks import (
    CHILD,
    CLINIC,
    MEIMEI,
    ORIGIN,
    PORTRAIT,
    Faces,
    Town,
    client,
    ministry_app,
    sends,
    town,
)
from tests.web.houses import film, visit

KNOWN, UNKNOWN = traveller.PASSPORT.number, "XA7777777"
RANDOM = re.compile(r"[0-9a-f]{32}|[2-9A-Z]{4}-[2-9A-Z]{4}|[A-Za-z0-9_-]{43,}")
TRUNCATED = re.compile(r"XA\d{7}")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as found:
        yield found


class Seen:
    """What somebody outside got, and what it took inside."""

    def __init__(self) -> None:
        self.bodies: list[tuple[int, str]] = []
        self.statements: list[str] = []
        self.calls: list[str] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


@contextmanager
def watched(place: Town) -> Iterator[tuple[TestClient[Any], Seen]]:
    """A browser of its own before the ministry, and everything that it sees and causes."""
    seen, matcher = Seen(), Faces()
    browser = client(ministry_app(place, matcher, seed=7))  # all are asked for the same movements

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.statements.append(statement)

    def keep(answer: Any) -> None:
        answer.read()
        seen.bodies.append((answer.status_code, TRUNCATED.sub("NUMBER", RANDOM.sub("X", answer.text))))

    browser.event_hooks = {"response": [keep], "request": []}
    event.listen(place.engine, "before_cursor_execute", note)
    try:
        yield browser, seen
    finally:
        event.remove(place.engine, "before_cursor_execute", note)
    seen.calls = matcher.calls


def another_face(browser: TestClient[Any], number: str) -> None:
    told = film(browser, visit(browser, number), face=b"weiwei")
    browser.get(told[-1]["next"])


def a_doubtful_face(browser: TestClient[Any], number: str) -> None:
    told = film(browser, visit(browser, number), face=b"weiwei/0.55")
    browser.get(told[-1]["next"])


def tries_that_are_used_up(browser: TestClient[Any], number: str) -> None:
    for _ in range(Limits().attempts.document):
        film(browser, visit(browser, number), face=b"weiwei")
    told = browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": number})
    assert "No tries are left today" in told.text
    browser.get(browser.post(told.url.path.replace("/not-confirmed", "/people")).url.path)


def people_decide(browser: TestClient[Any], number: str) -> None:
    told = film(browser, visit(browser, number), face=b"weiwei")
    waits = browser.post(told[-1]["next"].replace("/not-confirmed", "/people")).url.path
    browser.post(f"{waits}/picture", data={"consent": "1"}, files={"photograph": ("x.jpg", PORTRAIT)})
    browser.get(waits)
    browser.post(f"{waits}/claim")


def at_a_desk(browser: TestClient[Any], number: str) -> None:
    browser.post(f"{visit(browser, number)}/desk")


def typing(browser: TestClient[Any], number: str) -> None:
    browser.post("/en/passport/read", data={"number": number, "zone": ""})


def a_code(browser: TestClient[Any], number: str) -> None:
    browser.post("/en/paper-code", data={"number": number, "code": "AAAA-AAAA-AAAA", "consent": issuing.CONSENT})


WAYS = [another_face, a_doubtful_face, tries_that_are_used_up, people_decide, at_a_desk, typing, a_code]


BARE = Papers("UTO", "XA5550001")
"""Of somebody whom a clinic's file brought in: no zone, and no portrait."""


def goes(folder: Path, way: Callable[[TestClient[Any], str], None], number: str) -> Seen:
    """One way, by one number, before a house of its own."""
    folder.mkdir()
    with town(folder) as place:
        with writing(place.engine) as connection:
            people.enter(connection, place.vault, [Newcomer(BARE, names.name("Han", "Bare"), None)], at=1)
        with watched(place) as (browser, seen):
            way(browser, number)
    return seen


@pytest.mark.parametrize("number", [UNKNOWN, CHILD.number, BARE.number])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_is_registered(tmp_path: Path, way: Callable[[TestClient[Any], str], None], number: str) -> None:
    """An adult, against nobody, a child, and somebody without a portrait."""
    one, other = goes(tmp_path / "one", way, KNOWN), goes(tmp_path / "other", way, number)
    assert one.bodies == other.bodies
    assert one.statements == other.statements
    assert one.calls == other.calls
    assert one.bodies


def test_records_that_are_not_there(place: Town) -> None:
    """Whoever is not confirmed learns nothing of records: they are not read before."""
    read: list[str] = []

    def records(person_id: str) -> tuple[Any, ...]:
        read.append(person_id)
        return ()

    browser = client(ministry_app(place, records=records))
    film(browser, visit(browser), face=b"weiwei")
    assert read == []


def test_a_code_of_somebody_else_and_one_that_was_never_made(place: Town) -> None:
    made = clinic_code.make_for_patient(place.engine, place.vault, CLINIC, MEIMEI, at=place.clock())
    assert made is not None
    seen = []
    for number, code in ((CHILD.number, made.text), (CHILD.number, "AAAA-AAAA-AAAA"), (UNKNOWN, made.text)):
        with watched(place) as (browser, each):
            browser.post("/en/paper-code", data={"number": number, "code": code, "consent": issuing.CONSENT})
        seen.append(each)
    assert seen[0] == seen[1] == seen[2]


def test_a_passkey_of_nobody_and_one_with_a_wrong_signature(place: Town) -> None:
    from pratique.authority.access.passkeys import Passkeys
    from pratique.authority.store.passkeys import Owner
    from tests.web.desks import site

    device, forger = Authenticator(ORIGIN), Authenticator(ORIGIN)
    own = Passkeys(place.engine, place.vault, Owner.HOLDER, site())
    begun = own.begin_making("a" * 32, "x", at=place.clock())
    assert begun is not None
    assert own.finish_making(begun.ceremony, "a" * 32, device.make(begun.options), "", at=place.clock())
    seen = []
    for credential in (device.credential_id, forger.credential_id):
        forger.credential_id = credential
        with watched(place) as (browser, each):
            begun_ = browser.post("/en/sign-in/begin", json={}).json()
            browser.post("/en/sign-in/finish", content=sends(begun_["ceremony"], forger.use(begun_["options"])))
        seen.append(each)
    assert seen[0] == seen[1]
    assert seen[0].bodies[-1] == (200, '{"next":null}')


def test_pages_that_wait_for_nobody(place: Town) -> None:
    browser = client(ministry_app(place))
    for path in (f"/en/waiting/{'0' * 32}", f"/en/own/{'0' * 32}", f"/en/certificate/{'0' * 32}", "/en/waiting/x"):
        assert browser.get(path).json()["code"] == "SESSION_UNKNOWN"
