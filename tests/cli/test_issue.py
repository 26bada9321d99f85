"""`pratique issue`: from records to a scan that a verifier believes, or to a reason why not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from pratique import qr
from pratique.model import mrz, uvci
from pratique.sandbox import traveller
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
        return shell("issue", *key, "--issuer", "Ministry", *words, folder / str(records))

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
        (("--format", "shc"), 3, "--format"),
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
        ("not json", "RECORD_KIND"),
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


def test_keys_that_do_not_open(issue: Issue, folder: Path) -> None:
    (folder / "wrong").write_text("another passphrase", encoding="ascii")
    ran = issue("--format", "ithc", opened_by="wrong")
    assert (ran.code, ran.out) == (3, "")
    assert "KEY_LOCKED" in ran.err
    assert "passphrase" not in ran.out
    assert issue("--format", "ithc", records="absent.json").code == 3
