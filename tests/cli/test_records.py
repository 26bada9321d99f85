"""`pratique records` from a shell: set up, take in, look, correct; on an SQLite file as everybody begins."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pratique.cli import main
from pratique.cli._exits import Exit
from tests.records_settings import GOOD, LAB

HEADINGS = "document,family,given,born,sampled,result,id"
POSITIVE = "XA7654321,Li,Lei,1991-01-02,2026-11-22T08:41Z,positive,L-2"
RIGHT = {
    "resourceType": "Observation",
    "status": "corrected",
    "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
    "effectiveDateTime": "2026-11-22T08:41:00Z",
    "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260415000"}]},
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in a folder with a source, two rows and a correction; a command's code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for variable in ("PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT"):
        monkeypatch.delenv(variable, raising=False)
    Path("lab.json").write_bytes(msgspec.json.encode(LAB))
    Path("good.csv").write_text("\n".join((HEADINGS, GOOD, POSITIVE)), encoding="ascii")
    Path("right.json").write_text(json.dumps(RIGHT), encoding="ascii")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["records", *words])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return run


def test_without_a_database_or_its_keys_it_says_what_to_do(office: Run) -> None:
    code, _, err = office("import", "good.csv", "--source", "lab.json")
    assert code == Exit.USAGE
    assert "STORE_VAULT" in err
    assert office("setup")[0] == Exit.DONE
    Path("records.db").unlink()
    code, _, err = office("import", "good.csv", "--source", "lab.json")
    assert code == Exit.USAGE
    assert "pratique records setup" in err


@pytest.mark.parametrize(
    "words",
    [
        ("import", "--source", "lab.json"),
        ("import", "nowhere.csv", "--source", "lab.json"),
        ("import", "good.csv", "--source", "nowhere.json"),
        ("show", "XA1112223", "--account", "desk-1"),
        ("show", "UTO:1", "--account", "desk-1"),
        ("correct", "UTO:XA1112223", "0" * 32, "--account", "desk-1", "--ground", "wrong_result"),
        ("correct", "UTO:XA1112223", "0" * 32, "--account", "d", "--ground", "wrong_date", "--withdraw", "--with", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(office: Run, words: tuple[str, ...]) -> None:
    office("setup")
    code, out, err = office(*words)
    assert (code, out) == (Exit.USAGE, "")
    assert "fault" not in err
    assert "XA1112223" not in err


def test_a_table_without_its_column_is_refused_as_a_whole(office: Run) -> None:
    office("setup")
    Path("bad.csv").write_text("document,family,given,born,result,id\n", encoding="ascii")
    code, _, err = office("import", "bad.csv", "--source", "lab.json")
    assert code == Exit.REFUSED
    assert "the table has no column for sampled" in err


def test_rows_are_reported_one_by_one_in_words(office: Run) -> None:
    office("setup")
    rows = [GOOD.replace("L-1", f"M-{n}").replace("negative", "repeat") for n in range(12)]
    Path("mixed.csv").write_text("\n".join((HEADINGS, GOOD, *rows)), encoding="ascii")
    code, out, _ = office("import", "mixed.csv", "--source", "lab.json", "--report", "report.csv")
    assert code == Exit.REFUSED
    assert out.startswith(
        "mixed.csv: 1 taken, 0 known already, 12 need you, 0 refused.\n  row 2: needs you (RECORD_CODE) result\n"
    )
    assert "2 more rows were not taken" in out
    with open("report.csv", encoding="utf-8-sig", newline="") as file:
        report = list(csv.DictReader(file))
    assert [row["outcome"] for row in report] == ["taken"] + ["held"] * 12
    assert report[1]["what to do next"].startswith("Add the word")
    code, out, _ = office("import", "mixed.csv", "--source", "lab.json", "--lang", "zh")
    assert out.startswith("mixed.csv: 已收 1 条，0 条此前已有，12 条待处理，0 条拒收。")
    assert "XA1234567" not in Path("report.csv").read_text("utf-8-sig")


def test_import_show_correct_and_see_who_looked(office: Run) -> None:
    office("setup")
    code, out, err = office("import", "good.csv", "--source", "lab.json", "--json")
    assert (code, err) == (Exit.DONE, "")
    assert {**json.loads(out), "intake": ""} == {
        "file": "good.csv", "intake": "", "taken": 2, "known": 0, "held": 0, "refused": 0,
    }  # fmt: skip
    assert office("show", "UTO:XA0000000", "--account", "desk-1")[0] == Exit.REFUSED
    code, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    assert code == Exit.DONE
    record, _, told = out.partition("  ")
    assert "detected (positive)" in told
    correct = ("correct", "UTO:XA7654321", record, "--account", "desk-1", "--ground", "wrong_result")
    code, out, err = office(*correct, "--with", "right.json", "--evidence", "lab.json")
    assert code == Exit.DONE
    assert out.startswith("Corrected. Record ")
    assert "URN:UVCI:01:XA:" in err
    code, _, err = office(*correct, "--withdraw")
    assert code == Exit.REFUSED
    assert "RECORD_UNKNOWN" in err
    code, out, _ = office("show", "UTO:XA7654321", "--account", "holder-1", "--purpose", "own")
    assert "not detected (negative)" in out.splitlines()[0]
    assert "wrong_result" in out.splitlines()[1]
    assert out.count("desk-1 (health_authority), purpose correction") == 3
    assert out.endswith("Scans of certificates are not recorded, here or anywhere.\n")
    Path("document.txt").write_text("uto:xa 7654321\n", encoding="ascii")
    _, out, _ = office("show", "@document.txt", "--account", "holder-1", "--purpose", "own", "--json")
    assert json.loads(out)["documents"] == [{"country": "UTO", "number": "XA7654321"}]
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1", "--json")
    assert len(json.loads(out)["events"]) == 1


def test_withdrawing_leaves_nothing_in_its_place(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    words = ("correct", "UTO:XA7654321", out.partition("  ")[0], "--account", "desk-1", "--ground", "another_person")
    code, out, _ = office(*words, "--withdraw")
    assert (code, out) == (Exit.DONE, "Withdrawn. No record stands in its place.\n")
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    assert "(withdrawn: another_person)" in out
