"""`pratique records` from a shell: set up, take in, look, correct; on an SQLite file as everybody begins."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pratique.authority.access import Account, Role, enter
from pratique.authority.store import Vault, locks, open_store, writing
from pratique.authority.store.purging import Proof, Report
from pratique.cli import main
from pratique.cli._exits import Exit
from pratique.crypto import check
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.trust.x509 import der_certificates, trusted_key
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
    assert "Rows not taken beyond these: 2." in out
    with open("report.csv", encoding="utf-8-sig", newline="") as file:
        report = list(csv.DictReader(file))
    assert [row["outcome"] for row in report] == ["taken"] + ["held"] * 12
    assert report[1]["what to do next"].startswith("Add the word")
    code, out, _ = office("import", "mixed.csv", "--source", "lab.json", "--lang", "zh")
    assert out.startswith("mixed.csv: 已收 0 条，1 条此前已有，12 条待处理，0 条拒收。")
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
    hers = {"identifier": {"system": "http://hl7.org/fhir/sid/passport-UTO", "value": "XA1234567"}}
    right = json.loads(Path("right.json").read_bytes())
    Path("hers.json").write_text(json.dumps(right | {"subject": hers}), encoding="utf-8")
    code, _, err = office(*correct, "--with", "hers.json")
    assert code == Exit.REFUSED
    assert "RECORD_PERSON" in err
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
    assert out.count("desk-1 (health_authority), purpose correction") == 4
    assert out.endswith("Scans of certificates are not recorded, here or anywhere.\n")
    Path("document.txt").write_text("uto:xa 7654321\n", encoding="ascii")
    _, out, _ = office("show", "@document.txt", "--account", "holder-1", "--purpose", "own", "--json")
    assert json.loads(out)["documents"] == [{"country": "UTO", "number": "XA7654321"}]
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1", "--json")
    assert len(json.loads(out)["events"]) == 1


def test_where_there_are_officials_nobody_else_looks_corrects_or_orders(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    engine = open_store("sqlite:///records.db")
    with writing(engine) as connection:
        enter(connection, Account("anne", Role.HEALTH_AUTHORITY), "Anne", at=datetime(2026, 1, 1, tzinfo=UTC))
    engine.dispose()
    record = office("show", "UTO:XA7654321", "--account", "anne", "--json")[1].partition('"record_id":"')[2][:32]
    whose = ("UTO:XA7654321", "--account")
    for words in (
        ("show", *whose, "mickey"),
        ("show", *whose, "mickey", "--purpose", "own"),
        ("show", *whose, "anne", "--purpose", "own"),
        ("correct", "UTO:XA7654321", record, "--account", "mickey", "--ground", "wrong_result", "--withdraw"),
        ("renew", "UTO:XA7654321", "UTO:XA0000001", "--account", "mickey"),
        ("guardian", "list", *whose, "mickey"),
    ):
        code, out, err = office(*words)
        assert (code, out) == (Exit.REFUSED, "")
        assert "ACCESS_ROLE" in err
    assert office("show", "UTO:XA7654321", "--account", "anne")[0] == Exit.DONE


def test_withdrawing_leaves_nothing_in_its_place(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    words = ("correct", "UTO:XA7654321", out.partition("  ")[0], "--account", "desk-1", "--ground", "another_person")
    code, out, _ = office(*words, "--withdraw")
    assert (code, out) == (Exit.DONE, "Withdrawn. No record stands in its place.\n")
    _, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    assert "(withdrawn: another_person)" in out


# sampling points, and what people ask for


@pytest.fixture
def word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "for the machine")


@pytest.mark.usefixtures("word")
def test_a_sampling_point_queues_and_the_intake_syncs_once(office: Run) -> None:
    office("setup")
    assert office("key", "intake")[0] == Exit.DONE
    queue = ("queue", "point-4", "good.csv", "--source", "lab.json", "--to")
    assert office(*queue, "intake.key.pem")[0] == Exit.USAGE
    code, out, _ = office(*queue, "intake.pub.pem")
    assert (code, "sealed for the intake" in out) == (Exit.DONE, True)
    sync = ("sync", "point-4", "--source", "lab.json", "--key", "intake.key.pem")
    code, out, _ = office(*sync)
    assert (code, "2 taken, 0 known already, 0 need you, 0 refused." in out) == (Exit.DONE, True)
    assert office(*sync)[:2] == (Exit.DONE, "Nothing waits in this queue.\n")
    office(*queue, "intake.pub.pem")
    assert "2 taken" in office(*sync)[1], "the same file is the same intake, told again"
    code, out, _ = office("show", "UTO:XA7654321", "--account", "desk-1")
    assert out.count("Molecular test") == 1
    assert office("sync", "nowhere", "--source", "lab.json", "--key", "intake.key.pem")[0] == Exit.USAGE


@pytest.mark.usefixtures("word")
def test_the_sampling_point_is_told_while_the_people_are_there(office: Run) -> None:
    office("setup")
    office("key", "intake")
    Path("bad.csv").write_text("\n".join((HEADINGS, GOOD, GOOD.replace("negative", "repeat").replace("L-1", "L-2"))))
    code, out, _ = office("queue", "point-4", "bad.csv", "--source", "lab.json", "--to", "intake.pub.pem")
    assert code == Exit.REFUSED
    assert "row 2: needs you (RECORD_CODE) result" in out
    words = ("sync", "point-4", "--source", "lab.json", "--key", "intake.key.pem", "--held", "desk", "--json")
    code, out, _ = office(*words)
    assert code == Exit.REFUSED
    assert [row["place"] for row in json.loads(out)["rows"]] == [2]
    (held,) = Path("desk").iterdir()
    assert held.read_text() == Path("bad.csv").read_text()


def test_a_renewed_passport_keeps_the_records(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    assert office("renew", "UTO:XA0000000", "UTO:XA9999999", "--account", "desk-1")[0] == Exit.REFUSED
    code, _, err = office("renew", "UTO:XA7654321", "UTO:XA1234567", "--account", "desk-1")
    assert (code, "RECORD_OTHER_PERSON" in err) == (Exit.REFUSED, True)
    assert office("renew", "UTO:XA7654321", "UTO:XA9999999", "--account", "desk-1")[0] == Exit.DONE
    assert "before" in office("renew", "UTO:XA7654321", "UTO:XA9999999", "--account", "desk-1")[1]
    both = [office("show", f"UTO:{number}", "--account", "desk-1")[1] for number in ("XA7654321", "XA9999999")]
    assert both[0] == both[1]
    _, out, _ = office("show", "UTO:XA9999999", "--account", "holder", "--purpose", "own")
    assert "desk-1 (health_authority), purpose correction: identity" in out


@pytest.mark.usefixtures("word")
def test_a_number_that_a_clinic_used_first_becomes_the_holders_once_it_was_erased(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    early = GOOD.replace("XA1234567", "XA9999999").replace("L-1", "L-9").replace("22T", "23T")
    Path("early.csv").write_text("\n".join((HEADINGS, early)), encoding="ascii")
    assert office("import", "early.csv", "--source", "lab.json")[0] == Exit.DONE
    desk, renew = ("--account", "desk-1"), ("renew", "UTO:XA1234567", "UTO:XA9999999", "--account", "desk-1")
    assert "RECORD_OTHER_PERSON" in office(*renew)[2]
    assert main(["keys", "new", "--country", "XA", "--out", "xa"]) == Exit.DONE
    key = ("--key", "xa/dsc.key.pem")
    office("order", "UTO:XA9999999", *desk, "--ground", "entered before its holder", *key, "--to", "order.json")
    assert office("erase", "order.json", "--authority", "xa/dsc.pem", *key, "--report", "report.json")[0] == Exit.DONE
    assert office(*renew)[0] == Exit.DONE
    Path("again.csv").write_text("\n".join((HEADINGS, early, "")), encoding="ascii")
    assert office("import", "again.csv", "--source", "lab.json")[1].startswith("again.csv: 1 taken")
    assert len(office("show", "UTO:XA1234567", *desk)[1].splitlines()) == 2


def test_a_guardian_acts_until_the_day_or_until_it_is_ended(office: Run) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    pair, desk = ("UTO:XA1234567", "UTO:XA7654321"), ("--account", "desk-1")
    how = ("--ground", "parent", "--until", "2034-05-08", *desk)
    assert office("guardian", "add", pair[0], pair[0], *how)[0] == Exit.USAGE
    assert office("guardian", "add", *pair, "--ground", "parent", "--until", "2020-01-01", *desk)[0] == Exit.USAGE
    assert office("guardian", "add", "UTO:XA0000000", pair[1], *how)[0] == Exit.REFUSED
    assert office("guardian", "end", *pair, *desk)[0] == Exit.REFUSED
    assert office("guardian", "add", *pair, *how)[0] == Exit.DONE
    assert office("guardian", "add", *pair, *how)[0] == Exit.REFUSED
    _, out, _ = office("guardian", "list", pair[0], *desk, "--json")
    assert json.loads(out) == {"name": "Li Lei", "ground": "parent", "until": "2034-05-09T00:00:00Z", "in_force": True}
    assert office("guardian", "end", *pair, *desk)[0] == Exit.DONE
    assert "acted until" in office("guardian", "list", pair[0], *desk)[1]
    again = ("--ground", "court", "--until", "2035-05-08", *desk)
    assert office("guardian", "add", *pair, *again)[0] == Exit.DONE
    _, out, _ = office("guardian", "list", pair[0], *desk, "--json")
    assert json.loads(out) == {"name": "Li Lei", "ground": "court", "until": "2035-05-09T00:00:00Z", "in_force": True}


@pytest.mark.usefixtures("word")
def test_an_erasure_is_ordered_carried_out_once_and_proved(office: Run, capsys: pytest.CaptureFixture[str]) -> None:
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    for country in ("XA", "XB"):
        assert main(["keys", "new", "--country", country, "--out", country.lower()]) == Exit.DONE
    capsys.readouterr()
    signing = ("--key", "xa/dsc.key.pem", "--account", "desk-1", "--ground", "request of the holder")
    assert office("order", "UTO:XA0000000", *signing, "--to", "order.json")[0] == Exit.REFUSED
    assert office("order", "UTO:XA7654321", *signing, "--to", "order.json")[0] == Exit.DONE
    content = Path("order.json").read_text()
    assert "XA7654321" not in content
    carry = ("erase", "order.json", "--key", "xa/dsc.key.pem", "--report", "report.json", "--authority")
    code, _, err = office(*carry, "xb/dsc.pem")
    assert (code, "ORDER_UNSIGNED" in err) == (Exit.REFUSED, True)
    assert office("show", "UTO:XA7654321", "--account", "desk-1")[0] == Exit.DONE
    for number in ("XA7654321", "XA1234567"):
        locks.note(open_store("sqlite:///records.db"), Vault.read(Path("vault.json")), number, at=datetime.now(UTC))
    code, out, _ = office(*carry, "xa/dsc.pem")
    assert code == Exit.DONE
    assert out.startswith("Erased: ")
    assert out.endswith("Left of this person: 0.\n")
    proof = msgspec.json.decode(Path("report.json").read_bytes(), type=Proof)
    key = trusted_key(der_certificates(Path("xa/dsc.pem").read_bytes())[0]).key
    assert check(SignatureCheck(key, Algorithm.ES256, proof.report, proof.signature)) is True
    assert msgspec.json.decode(proof.report, type=Report).deleted["locked_number"] == 1
    assert msgspec.json.decode(proof.report, type=Report).left == dict.fromkeys(
        msgspec.json.decode(proof.report)["left"], 0
    )
    assert office("show", "UTO:XA7654321", "--account", "desk-1")[0] == Exit.REFUSED
    assert office("show", "UTO:XA1234567", "--account", "desk-1")[0] == Exit.DONE
    code, _, err = office(*carry, "xa/dsc.pem")
    assert (code, "ORDER_PERIOD" in err) == (Exit.REFUSED, True)


def test_a_new_key_takes_over_from_the_old_one(office: Run) -> None:
    assert office("reseal")[0] == Exit.USAGE  # nothing is set up
    office("setup")
    office("import", "good.csv", "--source", "lab.json")
    assert office("reseal", "--json")[1] == '{"resealed":0}\n'
    before = Path("vault.json").read_bytes()
    assert office("new-key")[0] == Exit.DONE
    assert Path("vault.json").read_bytes() != before
    assert "molecular" in office("show", "UTO:XA1234567", "--account", "desk-1")[1].lower()
    code, out, _ = office("reseal")
    assert (code, "4" in out) == (Exit.DONE, True)  # two people, two documents
    keys = json.loads(Path("vault.json").read_bytes())
    del keys["keys"]["1"]
    Path("new.json").touch(mode=0o600)
    Path("new.json").write_text(json.dumps(keys), encoding="ascii")
    shown = office("show", "UTO:XA1234567", "--account", "desk-1", "--vault", "new.json")
    assert (shown[0], "molecular" in shown[1].lower()) == (Exit.DONE, True)
    Path("vault.json").write_bytes(before)
    code, _, err = office("show", "UTO:XA1234567", "--account", "desk-1")
    assert (code, "STORE_VAULT" in err) == (Exit.USAGE, True)
