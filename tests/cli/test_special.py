"""`pratique issue --format sealed`, `unseal`, `pass`, `permit`: from keys to answers, refusals first."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pratique import qr
from pratique.authority.signers.keyfiles import new_country
from pratique.authority.store import migrate, open_store
from pratique.bundle import REVOCATION
from pratique.model import mrz, uvci
from pratique.model.dates import format_instant
from pratique.sandbox import traveller
from pratique.sandbox.border import bundle_files, policy
from pratique.trust import Environment, TrustList
from tests import special
from tests.cli.conftest import Ran, Shell
from tests.test_permits import pdf

PASSPHRASE = b"correct horse battery"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("special")
    (folder / "pass").write_bytes(PASSPHRASE)
    now = datetime.now(UTC)
    made = [
        new_country(
            country, out=folder / country.lower(), at=now - timedelta(days=2), passphrase=PASSPHRASE, sealing=True
        )
        for country in ("XA", "XB", "XC")
    ]
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    (folder / "records.json").write_text(json.dumps(traveller.bundle(now, identifiers)), encoding="utf-8")
    (folder / "passport.txt").write_text(mrz.write(traveller.PASSPORT), encoding="ascii")
    certificates = [(folder / country / "dsc.pem").read_bytes() for country in ("xa", "xb")]
    listed = TrustList.from_certificates(certificates, environment=Environment.SANDBOX)
    (folder / "list.json").write_bytes(listed.to_json())
    for name, data in bundle_files(listed, number=1, at=now).items():
        (folder / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bundle" / name).write_bytes(data)
    (folder / "events.json").write_text(in_force(now))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    (folder / "initials.json").write_text(json.dumps({a + b: 60_000 for a in letters for b in letters}))
    assert all(each.unsealer_key is not None for each in made)
    return folder


def in_force(now: datetime) -> str:
    """The policy of the sandbox as if it had begun ten days ago."""
    text, midnight = policy().decode(), now.replace(hour=0, minute=0, second=0, microsecond=0)
    for before, days in (("2026-11-16", -25), ("2026-12-01", -10), ("2027-06-01", 170)):
        text = text.replace(f"{before}T00:00:00Z", format_instant(midnight + timedelta(days=days)))
    return text


def signing(folder: Path, country: str = "xa") -> tuple[object, ...]:
    return ("--key", folder / country / "dsc.key.pem", "--passphrase-file", folder / "pass")


def sealed(shell: Shell, folder: Path, *words: object) -> Ran:
    given = ("--format", "sealed", *signing(folder), "--issuer", "Ministry", "--evidence", "registry")
    return shell("issue", *given, *words, folder / "records.json")


def unseal(shell: Shell, folder: Path, *words: object, country: str = "xb") -> Ran:
    key = ("--key", folder / country / "unsealer.key.pem", "--passphrase-file", folder / "pass")
    return shell("unseal", "--trust", folder / "list.json", *key, *words)


# keys


def test_a_key_that_opens_is_no_signer(shell: Shell, folder: Path) -> None:
    shown = shell("keys", "show", "--json", folder / "xb" / "unsealer.pem")
    told = json.loads(shown.out)
    assert (told["sealing"], told["root"], told["uses"]) == (True, False, [])
    assert "signs nothing" in shell("keys", "show", folder / "xb" / "unsealer.pem").out
    listed = shell("keys", "trust", folder / "xb" / "unsealer.pem", "--out", folder / "no.json")
    assert listed.code == 3
    assert "belongs on no trust list" in listed.err
    key = ("--key", folder / "xb" / "unsealer.key.pem", "--passphrase-file", folder / "pass")
    signed = shell("issue", "--format", "ithc", *key, "--issuer", "Ministry", folder / "records.json")
    assert signed.code == 3
    assert "never signs" in signed.err


def test_new_makes_it_on_request_alone(shell: Shell, folder: Path) -> None:
    for more, names in (((), 5), (("--sealing",), 7)):
        out = folder / f"new{names}"
        ran = shell("keys", "new", "--country", "XD", "--out", out, "--passphrase-file", folder / "pass", *more)
        assert ran.code == 0, ran.err
        assert len(list(out.iterdir())) == names


# sealed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--claim", "1"), "ISSUE_RECIPIENT"),
        (("--for", "xb/unsealer.pem"), "--claim for each claim"),
        (("--claim", "1", "--for", "xb/dsc.pem"), "RECIPIENT_PURPOSE"),
        (("--claim", "1", "--for", "xb/unsealer.pem", "--for", "xb/unsealer.pem"), "ISSUE_RECIPIENT"),
        (("--claim", "1", "--for", "xb/unsealer.pem", "--png", "x.png"), "by itself"),
        (("--claim", "1", "--for", "nowhere.pem"), "nowhere.pem"),
    ],
)
def test_what_is_not_sealed(shell: Shell, folder: Path, words: tuple[str, ...], said: str) -> None:
    ran = sealed(shell, folder, *(folder / word if word.endswith(".pem") else word for word in words))
    assert ran.code in (1, 3)
    assert said in ran.err
    assert ran.out == ""


def test_sealed_for_two_and_opened_by_each(shell: Shell, folder: Path) -> None:
    authorities = ("--for", folder / "xb" / "unsealer.pem", "--for", folder / "xc" / "unsealer.pem")
    ran = sealed(shell, folder, "--claim", "1", "--claim", "2", *authorities)
    assert ran.code == 0, ran.err
    assert "sealed for XB, XC" in ran.err
    twin, closed = ran.out.splitlines()
    checked = shell("verify", "--trust", folder / "list.json", closed)
    assert checked.code == 0
    assert "sealed for XB, XC: only their health authorities can read it" in checked.out
    told = json.loads(shell("verify", "--trust", folder / "list.json", "--json", closed).out)
    assert (told["authentic"], told["sealed_for"], told["certificate"]) == (True, ["XB", "XC"], None)
    claims = json.loads(shell("verify", "--trust", folder / "list.json", "--json", twin).out)["certificate"]
    for country in ("xb", "xc"):
        opened = unseal(shell, folder, "--json", closed, country=country)
        assert opened.code == 0, opened.err
        assert json.loads(opened.out)["certificate"] == claims
    others = unseal(shell, folder, closed, country="xa")
    assert others.code == 2
    assert "SEALED_FOR_OTHERS" in others.out
    nothing = unseal(shell, folder, twin)
    assert "nothing to open" in nothing.err
    border = shell("verify", "--bundle", folder / "bundle", "--to", "XBHAV", closed)
    assert border.code == 2
    assert "The certificate is sealed" in border.out


def test_unsealing_takes_its_own_key_and_passphrase(shell: Shell, folder: Path) -> None:
    wrong = ("--key", folder / "xb" / "dsc.key.pem", "--passphrase-file", folder / "pass")
    ran = shell("unseal", "--trust", folder / "list.json", *wrong, "HC1:X")
    assert ran.code == 3
    assert "RECIPIENT_PURPOSE" in ran.err


# status, and a day's passes


def test_a_status_layer_by_layer(shell: Shell) -> None:
    key, point = special.one_time_key()
    begins = datetime(2021, 7, 1, 12, tzinfo=UTC)
    shown = special.live(special.status(begins, _7=point), begins, key)
    ran = shell("inspect", shown)
    assert ran.code == 0
    assert "live proof" in ran.out
    assert "payload under key -2022 (status)" in ran.out
    assert shell("inspect", shown[:60]).code == 1


def passes(shell: Shell, folder: Path, *words: object, records: str = "records.json") -> Ran:
    given = ("--policy", folder / "events.json", "--crowd", folder / "initials.json", *signing(folder))
    return shell("pass", *given, *words, folder / records)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--days", "29"), "days"),
        (("--each", "0"), "passes"),
        (("--hour", "24"), "--hour"),
        (("--strip", "strip.pdf"), "--issuer"),
        (("--keys", "points.txt"), "66 hexadecimal digits"),
    ],
)
def test_what_no_pass_is(shell: Shell, folder: Path, words: tuple[str, ...], said: str) -> None:
    (folder / "points.txt").write_text("nonsense")
    ran = passes(shell, folder, *(folder / word if "." in word else word for word in words))
    assert ran.code == 3
    assert said in ran.err
    assert ran.out == ""


def test_passes_for_a_screen(shell: Shell, folder: Path) -> None:
    points = [special.one_time_key(str(n))[1].hex() for n in range(4)]
    (folder / "points.txt").write_text("\n".join(points))
    ran = passes(shell, folder, "--days", "2", "--keys", folder / "points.txt", "--json")
    assert ran.code == 0, ran.err
    made = [json.loads(line) for line in ran.out.splitlines()]
    assert len(made) == 4
    assert {each["word"] for each in made} == {"admitted"}
    assert len({each["begins"] for each in made}) == 2
    told = json.loads(shell("verify", "--trust", folder / "list.json", "--json", made[0]["scan"]).out)
    assert told["authentic"] is True
    assert told["status"]["word"] == "admitted"
    assert told["status"]["live"] is False
    assert told["certificate"] is None
    said = shell("verify", "--trust", folder / "list.json", made[0]["scan"])
    assert "Day pass: admitted" in said.out
    assert "LIVE_ABSENT" in said.out
    assert said.code == 0
    border = shell("verify", "--bundle", folder / "bundle", "--to", "XBHAV", made[0]["scan"])
    assert border.code == 1
    assert "no proof at a border" in border.out


def test_a_strip_of_paper(shell: Shell, folder: Path) -> None:
    strip = folder / "strips.pdf"
    ran = passes(shell, folder, "--days", "3", "--strip", strip, "--issuer", "Ministry", "--lang", "zh")
    assert ran.code == 0, ran.err
    assert set(qr.read_pdf(strip.read_bytes())) == set(ran.out.splitlines())


def test_without_a_proof_nobody_is_admitted(shell: Shell, folder: Path) -> None:
    records = json.loads((folder / "records.json").read_text("utf-8"))
    patient = [entry for entry in records["entry"] if entry["resource"]["resourceType"] == "Patient"]
    (folder / "nobody.json").write_text(json.dumps(records | {"entry": patient}))
    ran = passes(shell, folder, "--json", records="nobody.json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["word"] == "not_admitted"
    child = [{"resource": patient[0]["resource"] | {"birthDate": str(datetime.now(UTC).date() - timedelta(days=3000))}}]
    (folder / "child.json").write_text(json.dumps(records | {"entry": child}))
    ran = passes(shell, folder, "--json", records="child.json")
    assert json.loads(ran.out)["word"] == "admitted", ran.err


def test_a_test_is_good_for_the_days_that_it_covers(shell: Shell, folder: Path) -> None:
    records = json.loads((folder / "records.json").read_text("utf-8"))
    kinds = {"Patient", "Observation"}
    tested = [entry for entry in records["entry"] if entry["resource"]["resourceType"] in kinds]
    (folder / "tested.json").write_text(json.dumps(records | {"entry": tested}))
    ran = passes(shell, folder, "--days", "7", "--json", records="tested.json")
    assert ran.code == 0, ran.err
    words = [json.loads(line)["word"] for line in ran.out.splitlines()]
    assert len(words) == 7
    assert words == sorted(words), "admitted first, and then not any more"
    assert (words[0], words[-1]) == ("admitted", "not_admitted")


def test_nothing_decided_is_no_pass(shell: Shell, folder: Path) -> None:
    before = (datetime.now(UTC) - timedelta(days=11)).isoformat()
    ran = passes(shell, folder, "--at", before)
    assert (ran.code, ran.out) == (2, "")
    assert "no pass is made: 1" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("day-pass",), "--policy is missing"),
        (("day-pass", "--policy", "events.json"), "--crowd is missing"),
        (("permit",), "--requirements is missing"),
        (("ithc",), "--issuer is missing"),
        (
            ("ithc", "--issuer", "Ministry", "--policy", "events.json", "--crowd", "initials.json"),
            "no use for --policy",
        ),
        (
            ("day-pass", "--policy", "events.json", "--crowd", "initials.json", "--claim", "1", "--pdf", "x"),
            "no use for --claim, --pdf",
        ),
    ],
)
def test_each_format_takes_its_own_options(shell: Shell, folder: Path, words: tuple[str, ...], said: str) -> None:
    typed = (folder / word if word.endswith(".json") else word for word in words)
    ran = shell("issue", *signing(folder), "--format", *typed, folder / "records.json")
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


def test_a_day_pass_is_issued_as_any_format_is(shell: Shell, folder: Path) -> None:
    given = ("--policy", folder / "events.json", "--crowd", folder / "initials.json", "--days", "2")
    ran = shell("issue", "--format", "day-pass", *signing(folder), *given, folder / "records.json")
    assert ran.code == 0, ran.err
    told = [
        json.loads(shell("verify", "--trust", folder / "list.json", "--json", "--at", at, scan).out)
        for scan, at in zip(ran.out.splitlines(), instants(2), strict=True)
    ]
    assert [each["status"]["kind"] for each in told] == ["day_pass", "day_pass"]
    assert all(each["authentic"] for each in told)


def instants(days: int) -> list[str]:
    """Now, and as late in each of the days after it."""
    return [(datetime.now(UTC) + timedelta(days=day)).isoformat() for day in range(days)]


# permits


def applied(folder: Path, scan: str, **changes: object) -> Path:
    arrive = datetime.now(UTC) + timedelta(hours=20)
    written = {
        "application": 1,
        "document": mrz.write(traveller.PASSPORT).replace("\n", "/"),
        "birth_date": traveller.PATIENT["birthDate"],
        "from": "XA",
        "to": "XBHAV",
        "arrive": arrive.isoformat(),
        "carrier": "XA 12",
        "scans": [scan],
        "insurance": {
            "currency": "EUR",
            "amount": 30_000,
            "begins": str(arrive.date()),
            "ends": str((arrive + timedelta(days=40)).date()),
        },
        "attachments": [{"kind": "insurance", "file": "insurance.exe"}],
    }
    (folder / "insurance.exe").write_bytes(pdf())
    (folder / "application.json").write_text(json.dumps(written | changes))
    requirements = {
        "permit": 1,
        "country": "XB",
        "source": "a rehearsal",
        "insurance": {"currency": "EUR", "amount": 20_000},
        "attachments": ["insurance"],
    }
    (folder / "requirements.json").write_text(json.dumps(requirements))
    return folder / "application.json"


def certificate(shell: Shell, folder: Path) -> str:
    ran = shell(
        "issue", "--format", "ithc", *signing(folder), "--issuer", "Ministry", "--evidence", "registry", "--document",
        f"@{folder / 'passport.txt'}", folder / "records.json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return ran.out.strip()


def asked(folder: Path) -> tuple[object, ...]:
    return ("--requirements", folder / "requirements.json", "--bundle", folder / "bundle")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"insurance": None}, "insurance  PERMIT_INSURANCE"),
        ({"attachments": []}, "attachments.insurance  PERMIT_ATTACHMENT"),
        ({"scans": []}, "scans  PERMIT_RULES"),
    ],
)
def test_an_application_with_findings_is_not_granted(
    shell: Shell, folder: Path, changes: dict[str, object], said: str
) -> None:
    application = applied(folder, certificate(shell, folder), **changes)
    ran = shell("permit", "assess", application, *asked(folder))
    assert ran.code == 1
    assert said in ran.out
    officer = ("--officer", "consul-7", "--seen", "insurance")
    granted = shell("permit", "grant", application, *asked(folder), *officer, *signing(folder, "xb"))
    assert granted.code == 1
    assert granted.out == ""
    assert said.split()[1] in granted.err


@pytest.mark.parametrize(
    "changes",
    [
        {"application": 2},
        {"arrive": "tomorrow"},
        {"to": "XBXXX"},
        {"attachments": [{"kind": "visa", "file": "../passport.txt"}]},
        {"document": "P<UTO"},
        {"birth_date": "1990-05-09"},
        {"unknown": 1},
    ],
)
def test_an_application_that_is_none(shell: Shell, folder: Path, changes: dict[str, object]) -> None:
    ran = shell("permit", "assess", applied(folder, "HC1:X", **changes), *asked(folder))
    assert ran.code == 3
    assert traveller.PASSPORT.number not in ran.err


def test_a_permit_from_application_to_border(shell: Shell, folder: Path) -> None:
    application = applied(folder, certificate(shell, folder))
    assessed = shell("permit", "assess", "--json", application, *asked(folder))
    assert assessed.code == 0, assessed.out
    assert json.loads(assessed.out)["media"] == ["application/pdf"]
    unseen = shell("permit", "grant", application, *asked(folder), "--officer", "consul-7", *signing(folder, "xb"))
    assert unseen.code == 1
    assert "PERMIT_REVIEW" in unseen.err
    officer = ("--officer", "consul-7", "--seen", "insurance")
    elsewhere = shell("permit", "grant", application, *asked(folder), *officer, *signing(folder, "xa"))
    assert elsewhere.code == 1
    granted = shell("permit", "grant", application, *asked(folder), *officer, *signing(folder, "xb"))
    assert granted.code == 0, granted.err
    issued = shell("issue", "--format", "permit", application, *asked(folder), *officer, *signing(folder, "xb"))
    assert issued.code == 0, issued.err
    scan = issued.out.strip()
    passport = ("--document", f"@{folder / 'passport.txt'}")
    arrive = json.loads(application.read_text())["arrive"]
    border = ("verify", "--bundle", folder / "bundle", *passport, "--arrive", arrive, scan)
    entered = shell(*border, "--to", "XBHAV")
    assert entered.code == 0, entered.out
    assert "permit to enter XB" in entered.out
    told = json.loads(shell(*border, "--to", "XBHAV", "--json").out)
    assert told["permit"]["destination"] == "XB"
    assert told["certificate"] is None
    other = shell(*border, "--to", "XA")
    assert other.code == 1
    assert "counts nowhere else" in other.out
    assert "payload under key -2024 (permit)" in shell("inspect", scan).out


def test_a_permit_is_withdrawn_by_its_number(shell: Shell, folder: Path, tmp_path: Path) -> None:
    application = applied(folder, certificate(shell, folder))
    granted = shell(
        "permit", "grant", application, *asked(folder), "--officer", "consul-7", "--seen", "insurance",
        *signing(folder, "xb"),
    )  # fmt: skip
    number = granted.err.split()[1].rstrip(":")
    database = f"sqlite:///{tmp_path / 'records.db'}"
    migrate(open_store(database))
    withdraw = ("permit", "withdraw", "--account", "authority-1", "--database", database)
    for words, said in (
        ((number, "--reason", "EXPIRED"), "--reason is one of"),
        (("nonsense", "--reason", "PERMIT_TRIP"), "32 hexadecimal digits"),
    ):
        ran = shell(*withdraw, *words)
        assert (ran.code, ran.out) == (3, "")
        assert said in ran.err
    for said in ("Withdrawn.", "It was withdrawn before."):
        ran = shell(*withdraw, number, "--reason", "PERMIT_TRIP")
        assert (ran.code, ran.out.strip()) == (0, said), ran.err
    listed = tmp_path / "XB.bin"
    assert shell("revoke", "list", listed, "--database", database).code == 0
    release = tmp_path / "bundle"
    shutil.copytree(folder / "bundle", release)
    shutil.copy(listed, release / REVOCATION)
    told = json.loads(shell("verify", "--bundle", release, "--json", granted.out.strip()).out)
    assert told["authentic"] is False
    assert "REVOKED" in told["reasons"]
