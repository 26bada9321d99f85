"""`pratique facilities`, `revoke` and `ledger` from a shell, on an SQLite file with one certificate in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from pratique import revocation, verify
from pratique.authority.access import Account, Role, enter
from pratique.authority.issuance.certificates import Issued, certificate_of_person
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, open_store, writing
from pratique.cli import main
from pratique.cli._exits import Exit
from pratique.model.reasons import Reason
from pratique.model.uvci import opaque_part
from tests.authority import issuing as scene
from tests.authority.issuing import CLINIC, MEIMEI, REGISTER

Run = Callable[..., tuple[int, str, str]]
NOW = datetime.now(UTC).replace(microsecond=0)
TWO = ("--account", "authority-1", "--second", "authority-2")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in a folder; a command's code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for variable in ("PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT", "PRATIQUE_PASSPHRASE"):
        monkeypatch.delenv(variable, raising=False)
    Path("clinic.json").write_bytes(msgspec.json.encode(CLINIC))
    Path("register.json").write_text(json.dumps(REGISTER), encoding="ascii")

    def ran(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    assert ran("records", "setup")[0] == Exit.DONE
    return ran


@pytest.fixture
def onboarded(run: Run) -> Run:
    assert (
        run("facilities", "propose", "clinic.json", "--register", "register.json", "--account", "authority-1")[0] == 0
    )
    assert run("facilities", "approve", CLINIC.facility_id, "--account", "authority-2")[0] == 0
    return run


@pytest.fixture
def issued(onboarded: Run) -> Issued:
    return sign()


def sign() -> Issued:
    """A certificate of Han Meimei's dose, signed with the key in this folder, now."""
    engine, vault = open_store("sqlite:///records.db"), Vault.read(Path("vault.json"))
    if not Path("dsc.key.pem").exists():
        scene.signer(Path(), at=NOW)
        scene.entered(engine, vault)
        scene.recorded(engine, vault, [scene.dose()], at=NOW)
    key = FileSigner.open(Path("dsc.key.pem"), passphrase=scene.PASSPHRASE)
    look = scene.own(engine, scene.known(engine, vault).person_id, at=NOW)
    office = scene.office(engine, vault, key)
    made = certificate_of_person(office, look, wanted=Wanted(papers=MEIMEI), at=datetime.now(UTC))
    Path("scan.txt").write_text(made.scan, encoding="ascii")
    Path("id.txt").write_text(made.certificate_id, encoding="ascii")
    engine.dispose()
    return made


def said_by_a_verifier(made: Issued, at: datetime) -> tuple[Reason, ...]:
    key = FileSigner.open(Path("dsc.key.pem"), passphrase=scene.PASSPHRASE)
    listed = revocation.from_bytes(Path("XA.bin").read_bytes())
    return verify(made.scan, trust_list=scene.trusting(key), at=at, revocation=listed).reasons


# facilities


def test_one_person_enters_no_facility(run: Run) -> None:
    run("facilities", "propose", "clinic.json", "--register", "register.json", "--account", "authority-1")
    code, _, err = run("facilities", "approve", CLINIC.facility_id, "--account", "authority-1")
    assert code == Exit.REFUSED
    assert "ACCESS_SECOND_PERSON" in err
    code, out, _ = run("facilities", "approve", CLINIC.facility_id, "--account", "authority-2")
    assert code == Exit.DONE
    assert out.startswith(
        "xa-clinic-7: active; Clinic of the Harbour, XA; test, vaccination\n  200 certificates a day, 20 until "
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("propose", "nowhere.json", "--register", "register.json", "--account", "a"), Exit.USAGE),
        (("propose", "register.json", "--register", "register.json", "--account", "a"), Exit.USAGE),
        (("propose", "clinic.json", "--register", "clinic.json", "--account", "a"), Exit.USAGE),
        (("approve", "xa-clinic-9", "--account", "a"), Exit.REFUSED),
        (("suspend", "xa-clinic-7", "--account", "a", "--ground", "because"), Exit.USAGE),
        (("suspend", "xa-clinic-7", "--account", "a" * 65, "--ground", "anomaly"), Exit.USAGE),
        (("resume", "xa-clinic-7", *TWO), Exit.REFUSED),
        (("deliver", "xa-clinic-7", "L-1", "-5", "--account", "a", "--second", "b"), Exit.REFUSED),
        (("show", "xa-clinic-9"), Exit.REFUSED),
        (("alarms", "--days", "0"), Exit.USAGE),
    ],
)  # fmt: skip
def test_what_is_refused_of_facilities(onboarded: Run, words: tuple[str, ...], code: Exit) -> None:
    found, out, err = onboarded("facilities", *words)
    assert (found, out) == (code, "")
    assert "fault" not in err


def test_the_life_of_a_facility(onboarded: Run) -> None:
    for words in (
        ("operator", "xa-clinic-7", "nurse-1", "--account", "authority-1"),
        ("approve-operator", "nurse-1", "--account", "authority-2"),
        ("deliver", "xa-clinic-7", "L-1", "500", "--account", "authority-1", "--second", "authority-2"),
        ("suspend", "xa-clinic-7", "--operator", "nurse-1", "--ground", "anomaly", "--account", "authority-1"),
        ("resume", "xa-clinic-7", "--operator", "nurse-1", *TWO),
        ("suspend", "xa-clinic-7", "--ground", "stolen_access", "--account", "authority-1"),
        ("resume", "xa-clinic-7", *TWO),
        ("close", "xa-clinic-7", "--account", "authority-1"),
    ):
        code, _, err = onboarded("facilities", *words)
        assert code == Exit.DONE, (words, err)
    code, out, _ = onboarded("facilities", "show", "xa-clinic-7", "--json")
    told = json.loads(out)
    assert told["state"] == "closed"
    assert [step["state"] for step in told["steps"]][:3] == ["proposed", "approved", "suspended"]
    assert onboarded("facilities", "show")[1].startswith("xa-clinic-7: closed")
    assert onboarded("facilities", "alarms") == (Exit.DONE, "", "")


# revoke


def test_said_first_and_done_then(onboarded: Run, issued: Issued) -> None:
    words = ("revoke", "certificate", issued.certificate_id, "--account", "authority-1", "--ground", "mistake")
    code, out, err = onboarded(*words)
    assert (code, out.splitlines()[0]) == (Exit.DONE, "Would be called back: 1 certificates of 1 people")
    assert "add --do" in err
    assert onboarded("revoke", "list", "XA.bin")[0] == Exit.DONE
    assert said_by_a_verifier(issued, datetime.now(UTC)) == ()
    code, out, _ = onboarded(*words, "--do", "--json")
    assert (code, json.loads(out)["done"]) == (Exit.DONE, True)
    code, out, _ = onboarded("revoke", "list", "XA.bin", "--json")
    assert (json.loads(out)["revoked"], json.loads(out)["replaced"]) == (1088, 1088), "what was one stays untold"
    assert said_by_a_verifier(issued, datetime.now(UTC)) == (Reason.REVOKED,)


def test_a_record_of_anybody(onboarded: Run) -> None:
    uvci = "URN:UVCI:01:XA:ABCDEF0123456789ABCDEF0123456789#X"
    code, out, _ = onboarded("revoke", "record", uvci, "--account", "authority-1", "--ground", "fraud", "--do")
    assert (code, out.splitlines()[0]) == (Exit.DONE, "Called back: 0 certificates of 0 people")
    said = onboarded("revoke", "list", "XA.bin")[1]
    assert said.startswith("XA.bin: 1024 revoked, 1024 replaced, 0 keys, fresh until ")
    listed = revocation.from_bytes(Path("XA.bin").read_bytes())
    assert revocation.prefix_of(("record", opaque_part(uvci))) in listed.revoked


def test_a_list_grows_by_a_step_whatever_was_withdrawn(onboarded: Run) -> None:
    assert "--step is a power of two" in onboarded("revoke", "list", "XA.bin", "--step", "100")[2]
    assert not Path("XA.bin").exists()
    sizes, before = [], set()
    for count in (0, 0, 1, 3):
        for number in range(count):
            uvci = f"URN:UVCI:01:XA:{count}{number}CDEF0123456789ABCDEF0123456789#X"
            onboarded("revoke", "record", uvci, "--account", "authority-1", "--ground", "fraud", "--do")
        onboarded("revoke", "list", "XA.bin")
        listed = revocation.from_bytes(Path("XA.bin").read_bytes())
        sizes.append((len(listed.revoked), len(listed.replaced)))
        assert before <= set(listed.revoked)
        before = set(listed.revoked)
    assert sizes == [(1024 + 64 * day,) * 2 for day in range(4)]
    Path("XA.bin").unlink()
    assert json.loads(onboarded("revoke", "list", "XA.bin", "--step", "1024", "--json")[1])["revoked"] == 2048
    assert before < set(revocation.from_bytes(Path("XA.bin").read_bytes()).revoked)


def test_everything_of_a_facility_after_a_notice(onboarded: Run, issued: Issued) -> None:
    period = ("--from", (NOW - timedelta(hours=1)).isoformat(), "--to", (NOW + timedelta(hours=1)).isoformat())
    words = ("revoke", "facility", "xa-clinic-7", *period, "--ground", "false_records")
    code, _, err = onboarded(*words, "--account", "authority-1", "--second", "authority-1")
    assert (code, "ACCESS_SECOND_PERSON" in err) == (Exit.REFUSED, True)
    assert onboarded(*words, *TWO, "--notice-hours", "1")[0] == Exit.USAGE
    code, out, _ = onboarded(*words, *TWO, "--notice-hours", "24", "--json")
    told = json.loads(out)
    assert (told["done"], told["certificates"], told["recall"]) == (False, 1, None)
    code, out, _ = onboarded(*words, *TWO, "--notice-hours", "24", "--do")
    assert code == Exit.DONE
    assert "each holder can prove it in another way" in out
    onboarded("revoke", "list", "XA.bin")
    assert said_by_a_verifier(issued, datetime.now(UTC)) == (), "not before its effect"


def test_a_lot_after_a_notice(onboarded: Run, issued: Issued) -> None:
    onboarded("facilities", "deliver", "xa-clinic-7", "LOT-42", "5", *TWO)
    words = ("revoke", "lot", "LOT-42", "--ground", "false_records")
    code, _, err = onboarded(*words, "--account", "authority-1", "--second", "authority-1")
    assert (code, "ACCESS_SECOND_PERSON" in err) == (Exit.REFUSED, True)
    code, out, _ = onboarded(*words, *TWO, "--json")
    told = json.loads(out)
    assert (told["done"], told["certificates"], told["recall"]) == (False, 0, None), "hers tells of no lot"
    assert onboarded(*words, *TWO, "--do")[1].startswith("Called back: 0 certificates of 0 people")


def test_a_key_and_its_honest_signatures(onboarded: Run, issued: Issued) -> None:
    key = FileSigner.open(Path("dsc.key.pem"), passphrase=scene.PASSPHRASE)
    words = ("revoke", "key", key.key.kid.hex(), *TWO)
    assert onboarded(*words)[1].startswith("Would be distrusted")
    code, out, _ = onboarded(*words, "--do", "--json")
    assert (code, json.loads(out)["honest"]) == (Exit.DONE, 1)
    onboarded("revoke", "list", "XA.bin")
    assert said_by_a_verifier(issued, datetime.now(UTC)) == ()
    listed = revocation.from_bytes(Path("XA.bin").read_bytes())
    assert [len(each.honest) for each in listed.distrusted] == [1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("certificate", "0" * 32, "--account", "a", "--ground", "mistake"), Exit.REFUSED),
        (("key", "0011", *TWO), Exit.REFUSED),
        (("facility", "xa-nowhere", "--from", "2026-01-01T00:00Z", "--to", "2026-02-01T00:00Z", "--ground", "anomaly",
          *TWO), Exit.REFUSED),
        (("facility", "xa-clinic-7", "--from", "2026-02-01T00:00Z", "--to", "2026-01-01T00:00Z", "--ground", "anomaly",
          *TWO), Exit.USAGE),
        (("facility", "xa-clinic-7", "--from", "monday", "--to", "sunday", "--ground", "anomaly", *TWO), Exit.USAGE),
        (("lot", "LOT-9", "--ground", "anomaly", *TWO), Exit.USAGE),
        (("lot", "LOT-9", "--ground", "anomaly", "--notice-hours", "1", *TWO), Exit.USAGE),
        (("lot", "LOT-9", "--ground", "anomaly", "--notice-hours", "9000", *TWO), Exit.USAGE),
        (("list", "nowhere/XA.bin"), Exit.USAGE),
        (("list", "clinic.json"), Exit.USAGE),
        (("list", "XA.bin", "--days", "99"), Exit.USAGE),
        (("certificate", "0" * 32, "--account", "a"), Exit.USAGE),
    ],
)  # fmt: skip
def test_what_is_refused_of_revoking(onboarded: Run, words: tuple[str, ...], code: Exit) -> None:
    found, out, err = onboarded("revoke", *words)
    assert (found, out) == (code, "")
    assert "sorry" not in err


# ledger


def test_the_log_is_shown_and_checked(onboarded: Run, issued: Issued) -> None:
    code, out, _ = onboarded("ledger", "checkpoint")
    assert code == Exit.DONE
    Path("old.txt").write_text(out, encoding="ascii")
    latest = sign()
    Path("log.txt").write_text("a passphrase for tests", encoding="ascii")
    scene.signer(Path(), name="log", at=NOW)
    signed = ("--sign", "log.key.pem", "--passphrase-file", "log.txt")
    _, out, _ = onboarded("ledger", "checkpoint", *signed)
    Path("new.txt").write_text(out, encoding="ascii")
    assert out.splitlines()[1] == "2"
    code, out, _ = onboarded("ledger", "prove", "--since", "1")
    Path("proof.json").write_text(out, encoding="ascii")
    files = ("--old", "old.txt", "--new", "new.txt", "--proof", "proof.json")
    assert onboarded("ledger", "verify", *files)[:2] == (
        Exit.DONE, "holds: the log of 2 entries begins with that of 1\n",
    )  # fmt: skip
    code, _, err = onboarded("ledger", "verify", *files, "--signed-by", "log.pem")
    assert (code, "the checkpoint is not signed" in err) == (Exit.REFUSED, True)  # the old one
    back = ("--old", "new.txt", "--new", "old.txt", "--proof", "proof.json")
    assert onboarded("ledger", "verify", *back)[0] == Exit.REFUSED
    code, out, _ = onboarded("ledger", "prove", "--certificate", latest.certificate_id, "--document", "UTO:XA1234567")
    Path("mine.json").write_text(out, encoding="ascii")
    mine = ("--scan", "scan.txt", "--new", "new.txt", "--proof", "mine.json", "--signed-by", "log.pem")
    assert onboarded("ledger", "verify", *mine)[0] == Exit.DONE
    code, out, _ = onboarded("ledger", "verify", "--scan", "clinic.json", *mine[2:], "--json")
    assert (code, json.loads(out)["holds"]) == (Exit.REFUSED, False)
    code, out, _ = onboarded("ledger", "verify", "--counter", "dsc.key.counter", "--json")
    assert code == Exit.DONE
    told = json.loads(out)
    assert (told["entries"], told["issued"], told["void"], told["count"], told["erased"]) == (2, 2, 0, 2, 0)
    FileSigner.open(Path("dsc.key.pem"), passphrase=scene.PASSPHRASE).sign(b"around the log")
    code, _, err = onboarded("ledger", "verify", "--counter", "dsc.key.counter")
    assert (code, "the counter says 3, the log 2" in err) == (Exit.REFUSED, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("checkpoint",), Exit.USAGE),  # nothing was signed yet
        (("prove",), Exit.USAGE),
        (("prove", "--since", "1", "--certificate", "x", "--document", "UTO:XA1234567"), Exit.USAGE),
        (("prove", "--certificate", "x"), Exit.USAGE),
        (("prove", "--certificate", "x", "--document", "UTO:XA1234567"), Exit.USAGE),
        (("verify", "--old", "clinic.json"), Exit.USAGE),
        (("verify", "--new", "clinic.json"), Exit.USAGE),
        (("verify", "--new", "clinic.json", "--old", "clinic.json", "--proof", "clinic.json"), Exit.REFUSED),
        (("verify", "--counter", "clinic.json"), Exit.USAGE),
    ],
)
def test_what_is_refused_of_the_ledger(run: Run, words: tuple[str, ...], code: Exit) -> None:
    found, out, err = run("ledger", *words)
    assert (found, out) == (code, "")
    assert "sorry" not in err


def test_an_empty_log_adds_up(run: Run) -> None:
    assert run("ledger", "verify") == (Exit.DONE, "", "no key has signed anything yet\n")


def test_more_than_there_is(onboarded: Run, issued: Issued) -> None:
    code, _, err = onboarded("ledger", "prove", "--since", "5")
    assert (code, "ledger checkpoint says what size it has" in err) == (Exit.USAGE, True)
    own = ("--sign", "dsc.key.pem", "--passphrase-file", "p.txt")
    Path("p.txt").write_bytes(scene.PASSPHRASE)
    code, _, err = onboarded("ledger", "checkpoint", *own)
    assert (code, "does not sign the checkpoint of its own log" in err) == (Exit.USAGE, True)


def test_a_name_that_nobody_has_is_no_second_person(onboarded: Run) -> None:
    """Where officials sign in, whoever decides from the shell is one of them."""
    engine = open_store("sqlite:///records.db")
    with writing(engine) as connection:
        enter(connection, Account("authority-1", Role.HEALTH_AUTHORITY), "One", at=NOW)
        enter(connection, Account("nurse-9", Role.CLINIC), "Nine", at=NOW)
    engine.dispose()
    suspend = ("facilities", "suspend", CLINIC.facility_id, "--ground", "anomaly", "--account")
    period = ("--from", "2026-01-01T00:00Z", "--to", "2027-01-01T00:00Z", "--ground", "anomaly", "--do")
    recall = ("revoke", "facility", CLINIC.facility_id, *period, "--account", "authority-1", "--second")
    deliver = ("facilities", "deliver", CLINIC.facility_id, "LOT-1", "5", "--account", "authority-1", "--second")
    resume = ("facilities", "resume", CLINIC.facility_id, "--account", "authority-1", "--second")
    for words in (suspend, recall, deliver, resume):
        for nobody in ("authority-2", "nurse-9"):
            code, out, err = onboarded(*words, nobody)
            assert (code, out, "ACCESS_ROLE" in err) == (Exit.REFUSED, "", True), words
    assert onboarded(*suspend, "authority-1")[0] == Exit.DONE
