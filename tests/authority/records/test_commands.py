"""`pratique records` on PostgreSQL: each command in the role of what it does, by a user who has no other right."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from tests import databases
from tests.records_settings import GOOD, LAB

from pratique.authority.store import open_store, writing
from pratique.cli import main
from pratique.cli._exits import Exit

LOGIN = "pratique_tests_commands"
DOCUMENT = "UTO:XA1234567"
DESK = ("--account", "desk-1")


@pytest.fixture
def urls(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[tuple[str, str]]:
    """The address of a database for its owner, and for a server's user as docs/operate.md makes one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "for the machine")
    Path("lab.json").write_bytes(msgspec.json.encode(LAB))
    Path("good.csv").write_text("\n".join(("document,family,given,born,sampled,result,id", GOOD)), encoding="ascii")
    assert main(["keys", "new", "--country", "XA", "--out", "xa"]) == Exit.DONE
    with databases.copy(postgresql) as url:
        databases.command(
            postgresql,
            f"DROP ROLE IF EXISTS {LOGIN}",
            f"CREATE ROLE {LOGIN} LOGIN NOINHERIT IN ROLE pratique_intake, pratique_health, pratique_keys",
        )
        user = databases.address(postgresql, url.rpartition("/")[2].partition("?")[0], LOGIN)
        yield tuple(each.replace("+psycopg", "") for each in (url, user))  # type: ignore[misc]
    databases.command(postgresql, f"DROP ROLE {LOGIN}")


def test_a_user_with_the_roles_and_nothing_else_does_a_desks_work(urls: tuple[str, str], capsys: Any) -> None:
    owner, user = urls

    def run(url: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["records", *words, "--database", url])
        said = capsys.readouterr()
        return code, said.out, said.err

    assert run(owner, "setup")[0] == Exit.DONE
    assert run(user, "import", "good.csv", "--source", "lab.json")[0] == Exit.DONE
    record = json.loads(run(user, "show", DOCUMENT, *DESK, "--json")[1])["records"][0]["record_id"]
    assert run(user, "correct", DOCUMENT, record, *DESK, "--ground", "wrong_result", "--withdraw")[0] == Exit.DONE
    assert run(user, "renew", DOCUMENT, "UTO:XB1111111", *DESK)[0] == Exit.DONE
    exported = json.loads(run(user, "show", DOCUMENT, "--account", "h", "--purpose", "own", "--json")[1])
    assert {each["number"] for each in exported["documents"]} == {"XB1111111", "XA1234567"}
    assert run(user, "new-key")[0] == run(user, "reseal")[0] == Exit.DONE
    order = ("order", DOCUMENT, *DESK, "--ground", "asked", "--key", "xa/dsc.key.pem", "--to", "order.json")
    assert run(user, *order)[0] == Exit.DONE
    erase = ("erase", "order.json", "--authority", "xa/dsc.pem", "--key", "xa/dsc.key.pem", "--report", "erased.json")
    for words in (erase, ("setup",)):  # the owner's alone
        code, out, err = run(user, *words)
        assert (code, out) == (Exit.USAGE, "")
        assert "this user of the database may not do that" in err
    assert run(owner, *erase)[1].endswith("Left of this person: 0.\n")


def test_a_user_who_may_not_take_the_role_on_is_told_so(urls: tuple[str, str], capsys: Any) -> None:
    owner, user = urls
    assert main(["records", "setup", "--database", owner]) == Exit.DONE
    engine = open_store(owner)
    with writing(engine) as connection:
        connection.execute(text(f"REVOKE pratique_health FROM {LOGIN}"))
    engine.dispose()
    assert main(["records", "show", DOCUMENT, *DESK, "--database", user]) == Exit.USAGE
    assert "docs/operate.md" in capsys.readouterr().err
