"""A wrong file in every place where a command takes one: it is named, and never our fault."""

from pathlib import Path

import msgspec
import pytest

from pratique.cli._exits import Exit
from pratique.sandbox import border
from tests.cli.conftest import Desk, Shell
from tests.records_settings import GOOD, LAB

HEADINGS = "document,family,given,born,sampled,result,id"
JUDGED = Exit.REFUSED
"""What judges a file says so with 1, whatever the file is, if it can be read at all."""
PLACES = {
    "policy check {}": JUDGED,
    "policy check --previous {} policy.json": Exit.USAGE,
    "policy people {}": Exit.USAGE,
    "rules check {}": JUDGED,
    "rules check --previous {} policy.json": Exit.USAGE,
    "rules test {}": JUDGED,
    "agreements asymmetries {}": Exit.USAGE,
    "agreements compare XA XB {}": Exit.USAGE,
    "bundle show {}": Exit.USAGE,
    "bundle update lists --from lists --root {}": Exit.USAGE,
    "bundle publish lists --root-key k --network {} --passphrase-file words.txt": Exit.USAGE,
    "bundle publish begun --online-key {} --passphrase-file words.txt": Exit.USAGE,
    "keys show {}": Exit.USAGE,
    "keys trust {} --out x": Exit.USAGE,
    "keys trust --anchor {} --out x": Exit.USAGE,
    "keys jwks {} --out x": Exit.USAGE,
    "trust doctor {}": JUDGED,
    "trust accept {} --out x": Exit.USAGE,
    "trust eu {} --anchor dsc.der --out x": Exit.USAGE,
    "trust eu policy.json --anchor {} --out x": Exit.USAGE,
    "trust eu policy.json --anchor dsc.der --before {} --out x": Exit.USAGE,
    "verify --trust {} HC1:X": Exit.USAGE,
    "verify --bundle {} HC1:X": Exit.USAGE,
    "plan --bundle {} --to XB --on 2026-12-03 HC1:X": Exit.USAGE,
    "convert --country XB --issuer M --trust {} HC1:X": Exit.USAGE,
    "records import --source {} good.csv": Exit.USAGE,
    "records setup --vault {}": Exit.USAGE,
    "records show UTO:XA1234567 --account desk --vault {}": Exit.USAGE,
    "face evaluate {}": Exit.USAGE,
}
WRONG = {
    "absent": None,
    "empty": b"",
    "binary": bytes(range(256)),
    "another": b'{"a": 1}',
    "list": b"[1, 2]",
    "deep": b"[" * 5_000,
    "deep_object": b'{"a":' * 5_000,
    "deep_keys": b'{"keys":' * 5_000,
}


@pytest.fixture
def here(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for variable in ("PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "lists").mkdir()
    (tmp_path / "begun" / "metadata").mkdir(parents=True)
    (tmp_path / "begun" / "metadata" / "1.root.json").write_bytes(b"{}")
    (tmp_path / "words.txt").write_text("correct horse battery", encoding="ascii")
    (tmp_path / "policy.json").write_bytes(border.policy())
    (tmp_path / "dsc.der").write_bytes(desk.signer.certificate)
    (tmp_path / "lab.json").write_bytes(msgspec.json.encode(LAB))
    (tmp_path / "good.csv").write_text(f"{HEADINGS}\n{GOOD}\n", encoding="ascii")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (words, code, kind)
        for words, code in PLACES.items()
        for kind in WRONG
        if (words.partition(" --")[0], kind) != ("records setup", "absent")  # which makes one
    ],
)
def test_it_is_named(here: Path, shell: Shell, words: str, code: Exit, kind: str) -> None:
    content = WRONG[kind]
    if content is not None:
        (here / "wrong.json").write_bytes(content)
    ran = shell(*words.format("wrong.json", "wrong.json").split())
    assert ran.code == (Exit.USAGE if content is None else code), ran
    assert "wrong.json" in ran.out + ran.err
    assert ran.err or code is JUDGED


@pytest.mark.parametrize("words", [words for words, code in PLACES.items() if "bundle" not in words])
def test_a_folder_is_no_file(here: Path, shell: Shell, words: str) -> None:
    (here / "wrong.json").mkdir()
    ran = shell(*words.format("wrong.json", "wrong.json").split())
    assert ran.code == Exit.USAGE, ran
    assert ran.err.startswith("pratique")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("records setup --database sqlite:///dsc.der", "the file is no database"),
        ("records setup --vault nowhere/vault.json", "nowhere/vault.json: No such file"),
        ("records show UTO:XA1234567 --account ''", "--account takes one line"),
        (f"records show UTO:XA1234567 --account {'a' * 65}", "at most 64 characters"),
        ("records import --source lab.json good.csv --report nowhere/x.csv", "nowhere/x.csv: No such file"),
        ("face evaluate lists --plot nowhere/x.svg", "nowhere/x.svg: No such file"),
        ("bundle update policy.json --from lists", "policy.json: not a folder"),
        ("bundle publish policy.json --online-key k", "policy.json: not a folder"),
        ("bundle publish lists --online-key k", "--network and --root-key begin one"),
        ("bundle key nowhere/office --passphrase-file words.txt", "KEY_NOT_WRITTEN"),
        ("policy people", "FILE is missing; pratique policy people --help"),
        ("policy people --at", "--at"),
        ("policy check", "give the names"),
        ("rules test lists", "a rule.json has them beside it"),
    ],
)
def test_what_it_says(here: Path, shell: Shell, words: str, said: str) -> None:
    ran = shell(*(word.replace("''", "") for word in words.split()))
    assert (ran.code, ran.out) == (Exit.USAGE, ""), ran
    assert said in ran.err


def test_another_databases_keys_are_refused(here: Path, shell: Shell) -> None:
    assert shell("records", "setup").code == Exit.DONE
    assert shell("records", "import", "--source", "lab.json", "good.csv").code == Exit.DONE
    shell("records", "setup", "--database", "sqlite:///other.db", "--vault", "other.json")
    for words in (
        ("import", "--source", "lab.json", "good.csv", "--vault", "other.json"),
        ("show", "UTO:XA1234567", "--account", "desk-1", "--vault", "other.json"),
        ("setup", "--vault", "other.json"),
        ("setup", "--vault", "mistyped.json"),
    ):
        ran = shell("records", *words)
        assert ran.code == Exit.USAGE, words
        assert "STORE_VAULT" in ran.err
    assert not (here / "mistyped.json").exists()
    assert shell("records", "show", "UTO:XA1234567", "--account", "desk-1").code == Exit.DONE


def test_an_empty_file_of_records_is_told(here: Path, shell: Shell) -> None:
    (here / "empty.ndjson").write_bytes(b"")
    shell("records", "setup")
    ran = shell("records", "import", "--source", "lab.json", "empty.ndjson")
    assert ran.code == Exit.DONE
    assert ran.err.startswith("empty.ndjson: no record in it")


@pytest.mark.parametrize("kind", ["binary", "deep", "deep_object", "empty"])
def test_records_that_are_none(here: Path, shell: Shell, kind: str) -> None:
    assert shell("keys", "new", "--country", "XA", "--out", "keys", "--passphrase-file", "words.txt").code == Exit.DONE
    (here / "wrong.json").write_bytes(WRONG[kind] or b"")
    signed = ("issue", "--format", "ithc", "--key", "keys/dsc.key.pem", "--issuer", "M")
    ran = shell(*signed, "--passphrase-file", "words.txt", "wrong.json")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert "wrong.json: not JSON" in ran.err
    assert shell("verify", "wrong.json").code in (Exit.REFUSED, Exit.USAGE)
