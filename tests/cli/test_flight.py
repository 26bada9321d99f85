"""`pratique flight`: lists that cannot be read, the table and JSON of one that can, and confirmations."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from pratique.model import mrz
from pratique.web.api import confirming
from pratique.web.api.confirming import ConfirmationKey
from tests.cli.conftest import Shell
from tests.web.houses import AT, BROTHERS, PASSPORT, release, scan

WHEN = AT.strftime("%Y-%m-%dT%H:%MZ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "release").mkdir()
    release(tmp_path / "release")
    good = scan()
    with (tmp_path / "list.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["reference", "scan", "document", "of_right"])
        for reference, shown, document in (("1A", good, PASSPORT), ("1B", good, BROTHERS), ("1C", good, "")):
            table.writerow([reference, shown, document.replace("\n", "/"), ""])
    return tmp_path


def check(shell: Shell, folder: Path, name: str, *more: str):  # type: ignore[no-untyped-def]
    place = str(folder / "release")
    return shell("flight", "check", str(folder / name), "--bundle", place, "--to", "XBHAV", "--at", WHEN, *more)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "reference,scan\n"])
def test_lists_that_cannot_be_read(shell: Shell, folder: Path, content: str) -> None:
    (folder / "wrong.csv").write_text(content)
    ran = check(shell, folder, "wrong.csv")
    assert (ran.code, ran.out) == (3, "")
    (folder / "wrong.json").write_text('[{"reference": "1A", "name": "HAN"}]')
    ran = check(shell, folder, "wrong.json")
    assert (ran.code, "HAN" in ran.err) == (3, False)


def test_a_table(shell: Shell, folder: Path) -> None:
    ran = check(shell, folder, "list.csv")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0].startswith("1A  OK")
    assert any(line.startswith("1B  NOK") for line in lines)
    assert any(line.startswith("1C  CHECK") for line in lines)
    assert lines[-1] == "1 OK, 1 NOK, 1 CHECK, by release 1"
    for word in ("HAN", "MEIMEI", "XA1234567", "1990"):
        assert word not in ran.out


def test_json_in_and_out(shell: Shell, folder: Path) -> None:
    (folder / "list.json").write_text(json.dumps([{"reference": "1A", "scans": [scan()], "document": PASSPORT}]))
    ran = check(shell, folder, "list.json", "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["result"], told["bundle"], set(told)) == (
        0, "OK", 1, {"reference", "result", "consequence", "reasons", "bundle"},
    )  # fmt: skip


def test_a_confirmation(shell: Shell, tmp_path: Path) -> None:
    key, zone = ConfirmationKey.draw(), mrz.parse(PASSPORT)
    until = int((AT + timedelta(days=1)).timestamp())
    claims = {
        "jti": "a",
        "flight": "F1",
        "exp": until,
        "person": confirming.person("a", zone),
        "result": "OK",
        "bundle": 1,
    }
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [key.public]}))
    (tmp_path / "token").write_text(key.sign(claims))

    def confirm(flight: str, document: str):  # type: ignore[no-untyped-def]
        return shell(
            "flight", "confirm", f"@{tmp_path / 'token'}", "--keys", str(tmp_path / "keys.json"), "--flight", flight,
            "--document", document.replace("\n", "/"), "--at", WHEN,
        )  # fmt: skip

    assert confirm("F2", PASSPORT).code == 1
    assert confirm("F1", BROTHERS).code == 1
    assert (confirm("F1", PASSPORT).code, confirm("F1", PASSPORT).out) == (0, "yes: OK, by release 1\n")
