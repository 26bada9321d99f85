"""`pratique verify`: what an argument is, what is answered, and how the shell hears of it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pratique import qr
from pratique.cli._answers import _holder
from pratique.cli._exits import Exit, worst
from pratique.formats import _base45
from pratique.model.certificate import Name, Person
from pratique.model.errors import MalformedCertificate
from pratique.paper.content import _names as names_on_paper
from tests import foreign
from tests.cases.known import RSA, SIGNER, listed
from tests.cli.conftest import WHEN, Desk, Shell

NAMES = {
    "format", "authentic", "reasons", "facts", "issuer", "key_id", "issued", "expires", "person", "certificate",
    "accepted", "consequence", "explanation", "notes", "bundle", "source", "status", "sealed_for", "permit",
}  # fmt: skip


def verify(desk: Desk, *words: object) -> tuple[object, ...]:
    return "verify", "--trust", desk.list_file, "--at", WHEN, *words


@pytest.mark.parametrize(
    ("scans", "code"),
    [
        (["good"], 0),
        (["expired"], 1),
        (["unknown"], 2),
        (["/no/such/file"], 3),
        (["good", "unknown"], 2),
        (["unknown", "expired"], 1),
        (["expired", "/no/such/file", "unknown"], 3),
        (["good", "good"], 0),
    ],
)
def test_exit_codes(desk: Desk, shell: Shell, scans: list[str], code: int) -> None:
    at = WHEN.replace("12:00", "12:01")
    ran = shell("verify", "--trust", desk.list_file, "--at", at, *(getattr(desk, scan, scan) for scan in scans))
    assert ran.code == code, ran


def test_worst_of_many() -> None:
    order = [Exit.OUR_FAULT, Exit.USAGE, Exit.REFUSED, Exit.UNDECIDED, Exit.DONE]
    for number in range(len(order)):
        assert worst(reversed(order[number:])) == order[number]
    assert worst([]) == Exit.DONE


def test_our_own_fault_is_4(desk: Desk, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError("ZHANG<<SAN")

    monkeypatch.setattr("pratique.cli.verify.verify_scan", stumble)
    ran = shell(*verify(desk, desk.good))
    assert (ran.code, ran.out) == (4, "")
    assert "our fault" in ran.err
    assert "Traceback" not in ran.err
    assert "ZHANG" not in ran.err
    assert "Traceback" in shell("--debug", *verify(desk, desk.good)).err


def test_interrupted_is_130(desk: Desk, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pratique.cli.verify.verify_scan", interrupt)
    assert shell(*verify(desk, desk.good)).code == 130


def test_three_questions_and_never_one_tick(desk: Desk, shell: Shell) -> None:
    ran = shell(*verify(desk, "--document", f"@{desk.folder / 'passport.txt'}", desk.good))
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["Genuine?", "yes"]
    assert lines[1].startswith("This person?    yes")
    assert lines[2] == "Accepted here?  not asked: no rules loaded"
    assert "韩梅梅 / HAN, MEIMEI" in ran.out
    assert "IgG" in ran.out
    assert "REVOCATION_NOT_ASKED" in ran.out
    assert ran.err == ""


def test_nothing_unverified_is_shown(desk: Desk, shell: Shell) -> None:
    ran = shell(*verify(desk, desk.unknown))
    assert ran.code == 2
    assert "HAN" not in ran.out
    assert "韩" not in ran.out
    told = json.loads(shell(*verify(desk, "--json", desk.unknown)).out)
    assert told["authentic"] is None
    assert told["certificate"] is told["issuer"] is told["person"] is None


def test_chinese(desk: Desk, shell: Shell) -> None:
    lines = shell(*verify(desk, "--lang", "zh", desk.good)).out.splitlines()
    assert lines[0] == "真实？          是"
    assert any("疫苗接种" in line for line in lines)


def test_json(desk: Desk, shell: Shell) -> None:
    ran = shell(*verify(desk, "--json", "--document", f"@{desk.folder / 'passport.txt'}", desk.good))
    told = json.loads(ran.out)
    assert set(told) == NAMES
    assert told["format"] == "ithc"
    assert told["authentic"] is True
    assert told["reasons"] == ["REVOCATION_NOT_ASKED"]
    assert told["facts"]["signature_held"] is True
    assert told["facts"]["not_revoked"] is None
    assert told["issuer"] == "XA"
    assert told["key_id"] == desk.signer.key.kid.hex()
    assert told["issued"] == "2021-07-01T12:00:00Z"
    assert told["person"]["match"] == "exact"
    assert told["person"]["parts"]["birth_date"] == "exact"
    assert [entry["dn"] for entry in told["certificate"]["v"]] == [1, 2]
    assert told["source"] == {"argument": 1}


def test_another_persons_passport(desk: Desk, shell: Shell) -> None:
    ran = shell(*verify(desk, "--json", "--document", f"@{desk.folder / 'brother.txt'}", desk.good))
    told = json.loads(ran.out)
    assert ran.code == 1
    assert told["authentic"] is True
    assert told["person"]["match"] == "different"
    assert "NAME_DIFFERENT" in told["person"]["reasons"]


def test_a_passport_beside_what_is_not_verified(desk: Desk, shell: Shell) -> None:
    passport = f"@{desk.folder / 'passport.txt'}"
    ran = shell(*verify(desk, "--document", passport, desk.unknown))
    assert ran.code == 2
    assert ran.out.splitlines()[1] == "This person?    undecided, since nothing it says is established"
    assert json.loads(shell(*verify(desk, "--json", "--document", passport, desk.unknown)).out)["person"] is None


@pytest.mark.parametrize(
    ("family", "given", "shown"),
    [
        ("韩", "梅梅", "韩梅梅"),
        ("ヤマダ", "太郎", "ヤマダ太郎"),
        ("Gößinger", "Gabriele", "Gabriele Gößinger"),
        ("Иванов", "Иван", "Иван Иванов"),
        ("韩", None, "韩"),
    ],
)
def test_a_name_is_written_as_on_paper(family: str, given: str | None, shown: str) -> None:
    name = Name(family=family, given=given, family_icao="HAN", given_icao="MEIMEI")
    assert _holder(Person(name), "en").startswith(f"{shown} / HAN, MEIMEI, born ")
    assert names_on_paper(name)[0][1] == shown


def test_document_lines_may_be_joined_by_a_slash(desk: Desk, shell: Shell) -> None:
    zone = (desk.folder / "passport.txt").read_text("ascii").replace("\n", "/")
    assert shell(*verify(desk, "--document", zone, desk.good)).code == 0


def test_a_wrong_document_is_not_repeated(desk: Desk, shell: Shell) -> None:
    zone = (desk.folder / "passport.txt").read_text("ascii").replace("XA1234567", "XA1234568")
    ran = shell(*verify(desk, "--document", zone, desk.good))
    assert (ran.code, ran.out) == (3, "")
    assert "MRZ_NUMBER_CHECK" in ran.err
    assert "1234568" not in ran.err
    assert shell(*verify(desk, "--document", "@/no/such/file", desk.good)).code == 3


def test_text_files_and_stdin(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "scans.txt"
    file.write_text(f"\n{desk.good}\r\n\n{desk.unknown}\n", encoding="ascii")
    told = [json.loads(line) for line in shell(*verify(desk, "--json", file)).out.splitlines()]
    assert [one["source"] for one in told] == [{"file": str(file), "line": 2}, {"file": str(file), "line": 4}]
    assert [one["authentic"] for one in told] == [True, None]
    ran = shell(*verify(desk, "--json", "-"), stdin=file.read_bytes())
    assert [json.loads(line)["source"]["line"] for line in ran.out.splitlines()] == [2, 4]


def test_ten_thousand_lines(desk: Desk, shell: Shell) -> None:
    bad = [b"HC1:6BF", b"\xff\xfe\x00", b"x" * 100_000, b"shc:/5676", "证明".encode()]
    lines = [bad[number // 100 % len(bad)] if number % 100 == 0 else b"HC1:NCF" for number in range(10_000)]
    lines[5_000] = desk.good.encode()
    ran = shell(*verify(desk, "--json", "-"), stdin=b"\n".join(lines))
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 1
    assert [one["source"]["line"] for one in told] == list(range(1, 10_001))
    assert [one["source"]["line"] for one in told if one["authentic"]] == [5_001]
    assert {"SCAN_TOO_LONG"} in [set(one["reasons"]) for one in told]


@pytest.mark.parametrize("blanks", [" ", "  ", "   ", "    "])
def test_blanks_at_the_end_that_came_from_a_mail(desk: Desk, shell: Shell, blanks: str) -> None:
    piped = shell(*verify(desk, "--json", "-"), stdin=(desk.good + blanks + "\r\n").encode())
    assert json.loads(piped.out)["authentic"] is True
    assert shell(*verify(desk, desk.good + blanks)).code == 0
    assert shell("inspect", desk.good + blanks).code == 0


@given(octets=st.binary(), blanks=st.integers(1, 4))
def test_no_scan_ends_in_a_blank(octets: bytes, blanks: int) -> None:
    """Why they can be taken off: whatever base45 ends in one is malformed as it was typed."""
    assert not _base45.encode(octets).endswith(" ")
    with pytest.raises(MalformedCertificate):
        _base45.decode(_base45.encode(octets) + " " * blanks)


def test_blanks_do_not_mend_what_is_broken(desk: Desk, shell: Shell) -> None:
    told = [json.loads(shell(*verify(desk, "--json", scan)).out) for scan in ("HC1:6BF ", "HC1:6BF")]
    assert [one["authentic"] for one in told] == [False, False]


@pytest.mark.parametrize("name", ["scans/today.txt", "photo.jpg", "./x", "a b.pdf"])
def test_a_file_that_is_not_there_is_named_as_it_was_typed(desk: Desk, shell: Shell, name: str) -> None:
    for command in (verify(desk, name), ("inspect", name), ("qr", "read", name)):
        ran = shell(*command)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith(f"{name}: neither a scan") or command[0] == "qr", command
        assert name.removeprefix("./") in ran.err


@pytest.mark.parametrize("typed", ["", " "])
def test_an_empty_argument_is_no_folder(desk: Desk, shell: Shell, typed: str) -> None:
    ran = shell(*verify(desk, typed))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("argument 1: no scan in it")


@pytest.mark.parametrize("typed", ["hc1:6BF/X.Y", " Hc1:6BF.X", "P<UTOHAN<<MEIMEI/XA1234567", "XA1234567", "x/" * 200])
def test_what_may_be_a_scan_or_a_document_is_not_repeated(desk: Desk, shell: Shell, typed: str) -> None:
    ran = shell(*verify(desk, typed))
    assert ran.code == 3
    assert ran.err.startswith("argument 1: neither")


def picture(*scans: str) -> bytes:
    codes = [Image.open(io.BytesIO(qr.png(scan, level=qr.Level.M, scale=4))).convert("L") for scan in scans]
    sheet = Image.new(
        "L", (sum(code.width for code in codes) + 100, max((code.height for code in codes), default=50) + 50), 255
    )
    left = 25
    for code in codes:
        sheet.paste(code, (left, 25))
        left += code.width + 25
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def test_a_picture_with_two_codes(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "family.png"
    file.write_bytes(picture(desk.good, desk.unknown))
    ran = shell(*verify(desk, "--json", file))
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert {one["authentic"] for one in told} == {True, None}
    assert [one["source"] for one in told] == [{"file": str(file), "code": 1}, {"file": str(file), "code": 2}]
    assert ran.code == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (picture(), "IMAGE_NO_CODE"),
        (b"\x89PNG\r\n\x1a\n\x00garbage", "IMAGE_UNREADABLE"),
        (b"%PDF-1.7", "IMAGE_UNREADABLE"),
    ],
)
def test_pictures_without_a_code(desk: Desk, shell: Shell, tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "photo"
    file.write_bytes(content)
    ran = shell(*verify(desk, "--json", file, desk.good))
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 3
    assert told[0]["reasons"] == [reason]
    assert told[0]["authentic"] is None
    assert told[1]["authentic"] is True
    assert reason in shell(*verify(desk, file)).out


def test_a_zip_is_a_credential_or_broken(shell: Shell, tmp_path: Path) -> None:
    rsa = foreign.entry(RSA, "RSA", kid=foreign.METHOD, issuer=foreign.ISSUER, format="divoc")
    keys, file = tmp_path / "keys.json", tmp_path / "certificate.zip"
    keys.write_text(json.dumps(listed(rsa) | {"environment": "test"}), "utf-8")
    file.write_bytes(b"PK\x03\x04" + bytes(100))
    ran = shell("verify", "--trust", keys, "--at", "2021-07-01T12:00Z", "--json", file)
    assert (ran.code, json.loads(ran.out)["reasons"]) == (1, ["ARCHIVE_BROKEN"])
    file.write_bytes(foreign.divoc(RSA).encode("latin-1"))
    ran = shell("verify", "--trust", keys, "--at", "2021-07-01T12:00Z", "--json", file)
    assert ran.code == 0
    assert json.loads(ran.out)["key_id"] == foreign.METHOD
    assert "Gabriele Musterfrau" in shell("verify", "--trust", keys, "--at", "2021-07-01T12:00Z", file).out


def test_a_pass_against_its_issuers_did_document(shell: Shell, tmp_path: Path) -> None:
    document = tmp_path / "did.json"
    methods = foreign.method(SIGNER), foreign.method(SIGNER, kid="key-2")
    document.write_bytes(foreign.did_document(*methods, asserted=[methods[0]["id"]]))
    ran = shell("verify", "--trust", document, "--at", "2021-07-01T12:00Z", foreign.nzcp(SIGNER))
    assert ran.code == 0
    assert "verificationMethod[1] left out, TRUST_NOT_ASSERTED" in ran.err
    another = foreign.nzcp(SIGNER, _1="did:web:x")
    ran = shell("verify", "--trust", document, "--at", "2021-07-01T12:00Z", "--json", another)
    assert (ran.code, json.loads(ran.out)["reasons"]) == (1, ["KEY_ISSUER_MISMATCH"])


def test_what_is_typed_wrong_is_not_repeated(desk: Desk, shell: Shell) -> None:
    ran = shell(*verify(desk, desk.good.lower(), "a\0b", desk.folder, f"--sacn={desk.good}"))
    assert ran.code == 3
    ran = shell(*verify(desk, desk.good.lower(), "a\0b", desk.folder))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("\n") == 3
    assert desk.good.lower()[:20] not in ran.err
    assert shell(*verify(desk, f"--sacn={desk.good}")).err.count(desk.good) == 0
    assert shell(*verify(desk, f"--lang={desk.good}")).err.count(desk.good) == 0
    assert shell("verfiy", desk.good).err.count(desk.good) == 0


@pytest.mark.parametrize("words", [(), ("--at", "2021-07-01"), ("--at", "noon"), ("--lang", "xx"), ("--trust",)])
def test_usage(desk: Desk, shell: Shell, words: tuple[str, ...]) -> None:
    ran = shell("verify", "--trust", desk.list_file, *words, *([desk.good] if words else []))
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.err.splitlines()) == 1


def test_an_empty_file_is_not_a_success(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert shell(*verify(desk, tmp_path / "empty")).code == 3
    assert shell(*verify(desk, "-"), stdin=b"\n\n").code == 3


def test_a_time_without_a_zone_is_utc_with_a_note(desk: Desk, shell: Shell) -> None:
    ran = shell("verify", "--trust", desk.list_file, "--at", "2021-07-01T12:00", desk.good)
    assert ran.code == 0
    assert "UTC" in ran.err


def test_names_cannot_move_the_cursor(desk: Desk, shell: Shell) -> None:
    from pratique.cli._printing import shown

    assert shown("HAN \x1b[2J\u202eIEM\x9b") == "HAN \\x1b[2J\\u202eIEM\\x9b"
    assert shown("韩梅梅") == "韩梅梅"
    assert shown("\u2068XB\u2069، d’entrée\u00a0: 1") == "\u2068XB\u2069، d’entrée\u00a0: 1"
    for turned in ("\u2068XB", "XB\u2069", "\u2069XB\u2068", "\u202e\u2068XB\u2069\u2068"):
        assert "\\u206" in shown(turned)
    assert "\x1b" not in shell(*verify(desk, desk.good)).out


def run(*words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pratique", *map(str, words)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def test_a_real_process(desk: Desk) -> None:
    ran = run(*verify(desk, "--json", "-"), stdin=desk.good.encode())
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["authentic"] is True


def test_results_come_while_scans_come(desk: Desk) -> None:
    command = [sys.executable, "-m", "pratique", *map(str, verify(desk, "--json", "-"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(f"{desk.good}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["authentic"] is True
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_closed_pipe_is_no_fault(desk: Desk) -> None:
    scans = " ".join(["HC1:NCF"] * 3000)
    command = f"{sys.executable} -m pratique verify --trust {desk.list_file} --json {scans}"
    script = f"({command}; echo exit $? >&2) | head -1"
    ran = subprocess.run(["/bin/bash", "-c", script], capture_output=True, check=False, timeout=60)
    assert ran.stdout.count(b"\n") == 1
    assert ran.stderr.decode().splitlines() == ["exit 141"]


@pytest.mark.parametrize("text", ["a = 1\n[b]\nc = 2\n", "Dear traveller,\nthank you.\n", "a long file\n" * 9_000])
def test_a_file_that_is_no_file_of_scans_is_told_once(desk: Desk, shell: Shell, text: str) -> None:
    (desk.folder / "another.txt").write_text(text)
    ran = shell(*verify(desk, desk.folder / "another.txt"))
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err.count("begins like a scan") == 1


def test_one_odd_line_among_scans_is_answered_by_itself(desk: Desk, shell: Shell) -> None:
    (desk.folder / "mixed.txt").write_text(f"nonsense\n{desk.good}\n")
    ran = shell(*verify(desk, desk.folder / "mixed.txt"))
    assert ran.code == Exit.REFUSED
    assert ran.out.count("Genuine?") == 2
