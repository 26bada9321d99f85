"""`pratique tend` and `accounts`: what happens by itself happens once, and people come by two and go by one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.identity import clinic_code
from pratique.authority.store import locks, people, reading
from pratique.authority.store.people import Papers
from pratique.cli import main
from pratique.model.errors import AccessRefused
from pratique.sandbox import traveller
from pratique.web.display import Shelf, new_address
from tests.web.installations import Place, place


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = place(tmp_path, face="off")
    monkeypatch.chdir(tmp_path)
    return found


def told(capsys: Any, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["tend", "--json", *words]) == 0
    return {line["task"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}


def test_what_is_over_goes_once(made: Place, capsys: Any) -> None:
    engine, at = made.engine(), datetime.now(UTC)
    with reading(engine) as connection:
        her = people.find(connection, made.vault, Papers("UTO", traveller.PASSPORT.number))
    assert her
    officer = Account("officer", Role.ENROLMENT)
    clinic_code.make(engine, made.vault, officer, clinic_code.Kind.DESK, her.subject_id, at=at - timedelta(days=3))
    clinic_code.make(engine, made.vault, officer, clinic_code.Kind.DESK, her.subject_id, at=at)
    for days in (locks.KEPT.days, 1):
        locks.note(engine, made.vault, traveller.PASSPORT.number, at=at - timedelta(days=days))
    engine.dispose()
    shelf, ended, going_on = Shelf(made.folder / "statuses"), new_address(), new_address()
    shelf.put(ended, b"{}", until=at - timedelta(minutes=1))
    shelf.put(going_on, b"{}", until=at + timedelta(hours=1))
    first = told(capsys)
    assert first["forgotten"]["counts"]["one time code"] == 1
    assert first["forgotten"]["counts"]["locked numbers"] == 1
    assert sum(first["forgotten"]["counts"].values()) == 2
    assert first["shelf"]["counts"] == {"statuses taken away": 1}
    assert first["venues"]["counts"]["exposed hours published"] == 0
    assert (shelf.get(ended), shelf.get(going_on) is not None, shelf.notices() is not None) == (None, True, True)
    second = told(capsys)
    assert sum(second["forgotten"]["counts"].values()) == 0
    assert second["shelf"]["counts"] == {"statuses taken away": 0}
    assert second["counts"]["counts"] == {"lines": 0}
    assert second["ending"]["warnings"] == []


def test_whoever_was_refused_a_look_is_named_to_whoever_tends(made: Place, capsys: Any) -> None:
    assert told(capsys)["refused"]["warnings"] == []
    assert main(["accounts", "alarms"]) == 0
    engine, at = made.engine(), datetime.now(UTC)
    curious = Account("curious", Role.HEALTH_AUTHORITY)
    for ago in (0, 1, 30):
        with pytest.raises(AccessRefused):
            look(engine, curious, "f" * 32, Purpose.OWN, frozenset({Item.RECORDS}), at=at - timedelta(hours=ago))
    engine.dispose()
    refused = told(capsys)["refused"]
    assert refused["counts"] == {"accounts": 1, "looks": 2}
    assert refused["warnings"] == ["curious was refused 2 looks at people within a day: ask what for"]
    assert main(["accounts", "alarms", "--days", "2", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"account": "curious", "refused": 3}


def test_at_the_sunset_the_shelf_is_empty_and_somebody_is_told(made: Place, capsys: Any) -> None:
    at = datetime.now(UTC)
    stated = json.loads((made.folder / "code.json").read_bytes())
    begins, ends = ((at + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (-100, -1))
    stated |= {"published": begins, "start": begins, "sunset": ends}
    stated["rules"] = [rule | {"ValidFrom": begins, "ValidTo": ends} for rule in stated["rules"]]
    stated["published"] = (at - timedelta(days=130)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (made.folder / "code.json").write_text(json.dumps(stated))
    shelf, address = Shelf(made.folder / "statuses"), new_address()
    shelf.put(address, b"{}", until=at + timedelta(hours=1))
    found = told(capsys)
    assert found["shelf"]["counts"] == {"statuses taken away": 1}
    assert shelf.get(address) is None
    assert shelf.notices() is not None
    assert "the health code is over" in found["ending"]["warnings"][0]


def test_accounts_take_two_where_they_read_or_decide(made: Place, capsys: Any) -> None:
    def run(*words: str) -> int:
        return main(["accounts", *words])

    official = ("--role", "health_authority", "--name", "Official")
    assert run("add", "li-na", "--role", "enrolment", "--name", "Li Na", "--account", "anne") == 3
    assert run("add", "li-na", "--role", "enrolment", "--name", "Li Na", "--account", "anne", "--second", "bo") == 1
    for name in ("anne", "bo"):
        assert run("add", name, *official, "--account", "anne", "--second", "bo") == 0
    assert run("add", "carl", *official, "--account", "anne") == 3
    assert run("add", "carl", *official, "--account", "anne", "--second", "anne") == 1
    assert run("add", "carl", *official, "--account", "anne", "--second", "carl") == 1
    assert run("add", "carl", *official, "--account", "anne", "--second", "bo", "--office", "west") == 0
    assert run("add", "carl", *official, "--account", "anne", "--second", "bo") == 1
    assert run("add", "gate", "--role", "staff", "--name", "Gate", "--account", "nobody") == 1
    assert run("add", "gate", "--role", "staff", "--name", "Gate", "--account", "anne", "--office", "x") == 3
    assert run("add", "gate", "--role", "staff", "--name", "Gate", "--account", "anne") == 0
    assert run("invite", "nobody", "--account", "anne") == 1
    capsys.readouterr()
    assert run("invite", "gate", "--account", "anne") == 0
    assert len(capsys.readouterr().out.split()[0]) == 19
    assert run("end", "gate", "--account", "gate") == 1
    assert run("end", "gate", "--account", "anne") == 0
    assert run("end", "gate", "--account", "anne") == 1
    assert run("invite", "gate", "--account", "anne") == 1
    capsys.readouterr()
    assert run("list", "--json") == 0
    listed = {line["account"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (listed["carl"]["office"], listed["carl"]["ended"]) == ("west", None)
    assert listed["gate"]["ended"] is not None
