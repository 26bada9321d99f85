"""`pratique issue`: from records to a scan that a verifier believes, or to a reason why not."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from pratique import qr
from pratique.authority.signers.certificates import KeyPair, certify_dsc, make_csca
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.model import mrz, uvci
from pratique.model._code_maps import ANTIBODY_TESTS, ANTIGEN_TESTS, MOLECULAR_TESTS
from pratique.sandbox import traveller
from tests.cases.known import ec_key
from tests.cli.conftest import Ran, Shell

Issue = Callable[..., Ran]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pratique.authority.signers.keyfiles import new_country

    folder = tmp_path_factory.mktemp("issue")
    (folder / "pass").write_text("correct horse battery", encoding="ascii")
    now = datetime.now(UTC)
    new_country("XA", out=folder / "xa", at=now, passphrase=b"correct horse battery")
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    records = traveller.bundle(now, identifiers)
    (folder / "records.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "passport.txt").write_text(mrz.write(traveller.PASSPORT), encoding="ascii")
    (folder / "brother.txt").write_text(mrz.write(traveller.BROTHERS_PASSPORT), encoding="ascii")
    return folder


@pytest.fixture
def issue(shell: Shell, folder: Path) -> Issue:
    def run(*words: object, records: object = "records.json", opened_by: str = "pass") -> Ran:
        key = ("--key", folder / "xa" / "dsc.key.pem", "--passphrase-file", folder / opened_by)
        issuer = () if "--issuer" in words else ("--issuer", "Ministry")
        return shell("issue", *key, *issuer, *words, folder / str(records))

    return run


def verified(shell: Shell, folder: Path, *words: object, stdin: str = "") -> list[dict[str, object]]:
    ran = shell("verify", "--sandbox", "--trust", folder / "xa", "--json", *words, stdin=stdin.encode())
    return [json.loads(line) for line in ran.out.splitlines()]


def test_ithc_with_a_passport(issue: Issue, shell: Shell, folder: Path) -> None:
    passport = f"@{folder / 'passport.txt'}"
    ran = issue("--format", "ithc", "--evidence", "registry", "--document", passport, "--specimen")
    assert ran.code == 0, ran.err
    (told,) = verified(shell, folder, "--document", passport, "-", stdin=ran.out)
    assert told["authentic"] is True
    certificate, person = told["certificate"], told["person"]
    assert isinstance(certificate, dict)
    assert isinstance(person, dict)
    assert person["parts"] == {"name": "exact", "birth_date": "exact", "document": "exact"}
    assert certificate["document"] == {"kind": "P", "country": "UTO", "tail": "567"}
    assert certificate["sp"] is True
    assert [len(certificate[group]) for group in "vt"] == [2, 2]
    assert certificate["v"][0]["ci"] == uvci.from_record_id("XA", bytes(16))


def test_one_claim_of_an_eu_dcc(issue: Issue, shell: Shell, folder: Path) -> None:
    ran = issue("--format", "eu-dcc", "--claim", "2", "--country", "XB", "--expires", "2027-01-01T00:00Z")
    assert ran.code == 0, ran.err
    (told,) = verified(shell, folder, "-", stdin=ran.out)
    assert told["format"] == "eu-dcc"
    assert told["expires"] == "2027-01-01T00:00:00Z"
    certificate = told["certificate"]
    assert isinstance(certificate, dict)
    assert certificate["v"][0]["dn"] == 2
    assert certificate["v"][0]["co"] == "XB"


def test_a_page_and_codes(issue: Issue, shell: Shell, folder: Path, tmp_path: Path) -> None:
    pdf, png, svg = (tmp_path / f"c.{kind}" for kind in ("pdf", "png", "svg"))
    files = ("--pdf", pdf, "--png", png, "--svg", svg)
    ran = issue("--format", "ithc", "--evidence", "administered", "--lang", "zh", *files)
    assert ran.code == 0, ran.err
    assert qr.read(png.read_bytes()) == (ran.out.strip(),)
    assert qr.read_pdf(pdf.read_bytes()) == (ran.out.strip(),)
    assert svg.read_text("ascii").startswith("<svg")
    assert verified(shell, folder, pdf)[0]["authentic"] is True


def test_claims_too_many_for_one_printed_code(issue: Issue, shell: Shell, folder: Path, tmp_path: Path) -> None:
    records = json.loads((folder / "records.json").read_text("utf-8"))
    doses = [
        {
            **records["entry"][1]["resource"],
            "occurrenceDateTime": f"{2024 + month // 12}-{month % 12 + 1:02}-01",
            "identifier": [
                {"system": "urn:uvci", "value": uvci.from_record_id("XA", sha256(bytes([month])).digest()[:16])}
            ],
        }
        for month in range(24)
    ]
    many = {**records, "entry": records["entry"] + [{"resource": dose} for dose in doses]}
    (folder / "many.json").write_text(json.dumps(many), encoding="utf-8")
    pdf = tmp_path / "many.pdf"
    words = ("--format", "ithc", "--evidence", "registry")
    ran = issue(*words, "--pdf", pdf, "--png", tmp_path / "many.png", records="many.json")
    scans = ran.out.split("\n")[:-1]
    assert len(scans) > 1, ran.err
    assert qr.read_pdf(pdf.read_bytes()) == tuple(scans)
    assert qr.read((tmp_path / "many-2.png").read_bytes()) == (scans[1],)
    assert issue(*words, records="many.json").out.count("\n") == 1


def test_several_claims_are_listed(issue: Issue) -> None:
    ran = issue("--format", "eu-dcc")
    assert (ran.code, ran.out) == (1, "")
    assert "ISSUE_SEVERAL_CLAIMS" in ran.err
    assert "  2. Vaccination: COVID-19, BBIBP-CorV, dose 2 of 2" in ran.err
    assert "--claim" in ran.err


def test_a_record_without_an_identifier_gets_one(issue: Issue, shell: Shell, folder: Path) -> None:
    records = json.loads((folder / "records.json").read_text("utf-8"))
    del records["entry"][1]["resource"]["identifier"]
    records["entry"][2]["resource"]["identifier"] = [{"system": "urn:other", "value": "URN:UVCI:01:XA:OTHER"}]
    (folder / "bare.json").write_text(json.dumps(records), encoding="utf-8")
    for number in (1, 2):
        scans = [issue("--format", "eu-dcc", "--claim", number, records="bare.json").out for _ in range(2)]
        first, second = (verified(shell, folder, "-", stdin=scan)[0]["certificate"] for scan in scans)
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        assert first["v"][0]["ci"].startswith("URN:UVCI:01:XA:")
        assert first["v"][0]["ci"] != second["v"][0]["ci"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--format", "ithc"), 1, "ISSUE_EVIDENCE"),
        (("--format", "eu-dcc", "--claim", "4"), 1, "ISSUE_ANTIBODY_TEST"),
        (("--format", "eu-dcc", "--claim", "5"), 3, "--claim"),
        (("--format", "eu-dcc", "--claim", "0"), 3, "--claim"),
        (("--format", "eu-dcc", "--claim", "1", "--at", "2020-01-01T00:00Z"), 1, "ISSUE_KEY_PERIOD"),
        (("--format", "eu-dcc", "--claim", "1", "--expires", "2020-01-01T00:00Z"), 1, "ISSUE_PERIOD"),
        (("--format", "nzcp"), 3, "--format"),
        (("--format", "shc"), 1, "ISSUE_KEY_URL"),
        ((), 3, "--format is missing"),
        (("--format", "ithc", "--evidence", "hearsay"), 3, "--evidence"),
        (("--format", "eu-dcc", "--claim", "1", "--svg", "/no/such/folder/c.svg"), 3, "No such file"),
    ],
)
def test_refused(issue: Issue, words: tuple[str, ...], code: int, said: str) -> None:
    ran = issue(*words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Meimei" not in ran.err


def test_another_persons_passport_is_refused(issue: Issue, folder: Path) -> None:
    ran = issue("--format", "ithc", "--evidence", "registry", "--document", f"@{folder / 'brother.txt'}")
    assert (ran.code, ran.out) == (1, "")
    assert "NAME_DIFFERENT" in ran.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[]", "RECORD_FIELD_MISSING"),
        ('{"resourceType": "Bundle", "entry": [1, {"resource": {"resourceType": "Patient"}}]}', "RECORD_KIND"),
        (
            json.dumps({"resourceType": "Bundle", "entry": [{"resource": traveller.PATIENT}] * 2}),
            "RECORD_FIELD_INVALID",
        ),
    ],
)
def test_records_that_are_none(issue: Issue, folder: Path, content: str, reason: str) -> None:
    (folder / "broken.json").write_text(content, encoding="utf-8")
    ran = issue("--format", "ithc", records="broken.json")
    assert (ran.code, ran.out) == (1, "")
    assert reason in ran.err


def test_a_file_that_is_not_json_cannot_be_used(issue: Issue, folder: Path) -> None:
    (folder / "words.json").write_text("not json", encoding="utf-8")
    ran = issue("--format", "ithc", records="words.json")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"pratique: {folder / 'words.json'}: not JSON")


ONE = ("--format", "eu-dcc", "--claim", "1")


def signatures(folder: Path) -> int:
    return FileSigner.open(folder / "xa" / "dsc.key.pem", passphrase=b"correct horse battery").count


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--png", "{folder}/no/c.png"), "No such file"),
        (("--svg", "{folder}/no/c.svg"), "No such file"),
        (("--pdf", "{folder}/no/c.pdf"), "No such file"),
        (("--png", "{folder}"), "Is a directory"),
        (("--png", "{folder}/same", "--pdf", "{folder}/same"), "different files"),
        (("--pdf", "{folder}/c.pdf", "--issuer", "Ministry ⴰ"), "PRINT_GLYPH_MISSING"),
        (("--issuer", "Ministry \x1b[2J"), "--issuer takes one line"),
        (("--issuer", "Ministry\nof Health"), "--issuer takes one line"),
        (("--issuer", "Ministry \u202eof Health"), "--issuer takes one line"),
        (("--issuer", " "), "--issuer takes one line"),
        (("--at", "9999-12-31T23:59Z"), "--at takes a time between the years 1900 and 2999"),
        (("--at", "0001-01-01T00:00+14:00"), "--at takes a time between"),
        (("--expires", "9999-12-31T23:59Z"), "--expires takes a time between"),
    ],
)
def test_no_signature_is_spent_on_what_cannot_be_done(
    issue: Issue, folder: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    before = signatures(folder)
    ran = issue(*ONE, *(word.format(folder=tmp_path) for word in words))
    assert ran.code == (1 if "PRINT" in said else 3)
    assert ran.out == ""
    assert said in ran.err
    assert signatures(folder) == before
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_font_draws_is_signed_without_a_page(issue: Issue, folder: Path, tmp_path: Path) -> None:
    records = json.loads((folder / "records.json").read_text("utf-8"))
    records["entry"][0]["resource"]["name"][0] |= {"family": "ⴰⵎⵣⵔⵓ", "given": ["ⴰⵏⵉⵔ"]}
    (folder / "tifinagh.json").write_text(json.dumps(records), encoding="utf-8")
    before = signatures(folder)
    ran = issue(*ONE, "--pdf", tmp_path / "c.pdf", "--png", tmp_path / "c.png", records="tifinagh.json")
    assert (ran.code, ran.out) == (1, "")
    assert "refused: no font for: TIFINAGH" in ran.err
    assert signatures(folder) == before
    assert list(tmp_path.iterdir()) == []
    assert issue(*ONE, "--png", tmp_path / "c.png", records="tifinagh.json").code == 0
    assert signatures(folder) == before + 1


@pytest.mark.parametrize(("absent", "words", "extra"), [("zxingcpp", "--png", "qr"), ("typst", "--pdf", "qr,pdf")])
def test_no_signature_is_spent_where_an_extra_is_missing(
    folder: Path, tmp_path: Path, absent: str, words: str, extra: str
) -> None:
    (tmp_path / f"{absent}.py").write_text(f"raise ModuleNotFoundError({absent!r}, name={absent!r})")
    before = signatures(folder)
    key = ["--key", folder / "xa" / "dsc.key.pem", "--passphrase-file", folder / "pass"]
    command = [sys.executable, "-m", "pratique", "issue", *ONE, *key, "--issuer", "M", words, tmp_path / "c"]
    ran = subprocess.run(
        [str(word) for word in (*command, folder / "records.json")],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (3, "")
    assert f"pip install 'pratique[{extra}]'" in ran.stderr
    assert signatures(folder) == before


def test_what_fails_after_signing_does_not_lose_the_scan(issue: Issue, shell: Shell, folder: Path) -> None:
    ran = issue(*ONE, "--png", "/dev/full")
    assert ran.code == 3
    assert "No space left" in ran.err
    assert verified(shell, folder, "-", stdin=ran.out)[0]["authentic"] is True


def test_files_are_written_though_stdout_cannot_be(folder: Path, tmp_path: Path) -> None:
    key = f"--key {folder / 'xa' / 'dsc.key.pem'} --passphrase-file {folder / 'pass'}"
    words = f"issue {' '.join(ONE)} {key} --issuer M --png {tmp_path / 'c.png'} {folder / 'records.json'}"
    command = [sys.executable, "-m", "pratique", *words.split()]
    with open("/dev/full", "w", encoding="ascii") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert ran.returncode == 3
    assert qr.read((tmp_path / "c.png").read_bytes())[0].startswith("HC1:")


def test_a_file_that_is_there_keeps_what_it_holds(issue: Issue, tmp_path: Path) -> None:
    (tmp_path / "c.pdf").write_bytes(b"an older page")
    assert issue(*ONE, "--pdf", tmp_path / "c.pdf", "--issuer", "Ministry ⴰ").code == 1
    assert (tmp_path / "c.pdf").read_bytes() == b"an older page"


def test_the_issuers_page_names_every_test() -> None:
    page = (Path(__file__).parents[2] / "docs" / "issuer.md").read_text("utf-8")
    named = re.findall(r"`(\d+-\d)`", page)
    known = {code for code in MOLECULAR_TESTS | ANTIGEN_TESTS | ANTIBODY_TESTS.keys() if not code.startswith("LP")}
    assert sorted(named) == sorted(known)


def test_keys_that_do_not_open(issue: Issue, folder: Path) -> None:
    (folder / "wrong").write_text("another passphrase", encoding="ascii")
    ran = issue("--format", "ithc", opened_by="wrong")
    assert (ran.code, ran.out) == (3, "")
    assert "KEY_LOCKED" in ran.err
    assert "passphrase" not in ran.out
    assert issue("--format", "ithc", records="absent.json").code == 3


def test_a_key_that_everybody_has_signs_specimens_alone(shell: Shell, folder: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    root = make_csca("XA", "XA root", at=now)
    certificate = certify_dsc(root, ec_key("XA").public_key(), common_name="known to all", at=now)
    files = write_key(tmp_path / "dsc.key.pem", KeyPair(certificate, ec_key("XA")), b"a passphrase for tests")
    (tmp_path / "words.txt").write_bytes(b"a passphrase for tests")
    words = ("issue", "--format", "eu-dcc", "--claim", "2", "--key", files.key, "--issuer", "XA")
    words = (*words, "--passphrase-file", tmp_path / "words.txt", folder / "records.json")
    refused = shell(*words)
    assert (refused.code, refused.out) == (3, "")
    assert "TRUST_KEY_PUBLIC" in refused.err
    assert shell(*words, "--specimen").code == 0
