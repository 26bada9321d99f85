"""Digital seals on the command line: roots to trust, seals in files, and one that we issue."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem

from pratique.trust import Environment, TrustList
from pratique.trust.x509 import anchor
from tests import masterlists, seals
from tests.cli.conftest import WHEN, Desk, Shell
from tests.seals import Root
from tests.trust import test_icao

ROOT = Root("XB", "XB health root")
SEAL = seals.seal(ROOT.signer("XB"))
LAID_OUT = json.dumps(json.loads(SEAL), indent=2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / "root.pem"
    file.write_bytes(pem.armor("CERTIFICATE", ROOT.certificate))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a root that is not to be trusted, and one that is."""
    for name, trusted in (("stray.der", Root("XC", "XC root")), ("world/anchors/xb.der", ROOT)):
        file = tmp_path / "trust" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(trusted.certificate)
    return tmp_path / "trust"


def verdict(shell: Shell, *words: object) -> tuple[int, dict]:
    ran = shell("verify", "--json", "--sandbox", "--at", WHEN, *words)
    return ran.code, json.loads(ran.out.splitlines()[0])


def test_a_root_that_is_named_vouches_for_its_signers(shell: Shell, root: Path) -> None:
    code, told = verdict(shell, "--trust", root, SEAL)
    assert (code, told["authentic"], told["format"], told["issuer"]) == (0, True, "vds-nc", "XB")
    assert told["certificate"]["document"] == {"kind": "", "country": "", "tail": "T47"}
    assert told["expires"] == "2023-01-01T00:00:00Z"
    assert "L01X00T47" not in json.dumps(told)


def test_a_root_in_a_folder_counts_among_the_anchors_alone(shell: Shell, folder: Path) -> None:
    assert verdict(shell, "--trust", folder, SEAL)[0] == 0
    ran = shell("verify", "--trust", folder, "--sandbox", "--at", WHEN, SEAL)
    assert ran.err.count("a root signs keys") == 1
    assert "stray.der" in ran.err
    assert "anchors/" in ran.err
    (folder / "world" / "anchors").rename(folder / "world" / "roots")
    assert shell("verify", "--trust", folder, SEAL).code == 3  # nothing to trust is left
    assert verdict(shell, "--trust", folder / "world" / "roots" / "xb.der", SEAL)[0] == 0
    (folder / "world" / "roots").rename(folder / "anchors")
    assert verdict(shell, "--trust", folder / "anchors", SEAL)[0] == 0


def test_what_is_no_root_among_the_anchors(shell: Shell, folder: Path) -> None:
    (folder / "anchors").mkdir()
    (folder / "anchors" / "dsc.der").write_bytes(ROOT.signer("XB").certificate)
    (folder / "anchors" / "README").write_text("hello", encoding="ascii")
    ran = shell("verify", "--trust", folder, "--sandbox", "--at", WHEN, SEAL)
    assert ran.code == 0
    assert ran.err.count("skipped, no root") == 2


def test_a_root_that_is_none_is_refused_where_it_is_named(shell: Shell, root: Path) -> None:
    root.write_bytes(Root(None, "of no country").certificate)
    ran = shell("verify", "--trust", root, SEAL)
    assert ran.code == 3
    assert "TRUST_NOT_ROOT" in ran.err


@pytest.fixture
def master_list(tmp_path: Path) -> Path:
    file = tmp_path / "list.ml"
    content = masterlists.content_of(ROOT.certificate, Root("XC", "XC", ca=False).certificate)
    file.write_bytes(test_icao.signed_list(content))
    return file


def test_a_master_list_counts_beside_the_root_of_its_signer(shell: Shell, master_list: Path, root: Path) -> None:
    root.write_bytes(test_icao.LISTER.certificate)
    for order in ((root, master_list), (master_list, root)):
        code, told = verdict(shell, "--trust", order[0], "--trust", order[1], SEAL)
        assert (code, told["authentic"]) == (0, True)
    ran = shell("verify", "--trust", root, "--trust", master_list, "--sandbox", "--at", WHEN, SEAL)
    assert "a master list of 1 root" in ran.err
    assert "TRUST_NOT_ROOT" in ran.err
    alone = shell("verify", "--trust", master_list, SEAL)
    assert alone.code == 3
    assert "TRUST_SIGNER" in alone.err


def test_a_master_list_in_a_folder_that_nobody_vouches_for(shell: Shell, master_list: Path, root: Path) -> None:
    ran = shell("verify", "--json", "--trust", master_list.parent, "--trust", root, "--sandbox", "--at", WHEN, SEAL)
    assert "list.ml: skipped, TRUST_SIGNER" in ran.err
    assert json.loads(ran.out)["authentic"] is True


def test_a_json_list_keeps_its_roots(shell: Shell, tmp_path: Path, desk: Desk) -> None:
    listed = TrustList([], anchors=[anchor(ROOT.certificate)], environment=Environment.SANDBOX)
    file = tmp_path / "list.json"
    file.write_bytes(listed.to_json())
    assert verdict(shell, "--trust", file, SEAL)[0] == 0
    assert verdict(shell, "--trust", desk.list_file, "--trust", file, SEAL)[0] == 0


def test_a_list_of_roots_is_written(shell: Shell, root: Path, master_list: Path, tmp_path: Path, desk: Desk) -> None:
    out = tmp_path / "roots.json"
    lister = tmp_path / "lister.der"
    lister.write_bytes(test_icao.LISTER.certificate)
    ran = shell("keys", "trust", "--anchor", root, "--out", out, "--environment", "sandbox")
    assert (ran.code, "1 root, sandbox" in ran.err) == (0, True)
    assert verdict(shell, "--trust", out, SEAL)[0] == 0
    words = ("keys", "trust", desk.der, "--anchor", master_list, "--anchor", lister, "--out", out)
    ran = shell(*words, "--environment", "sandbox")
    assert (ran.code, "1 key, 2 roots, sandbox" in ran.err) == (0, True)
    assert verdict(shell, "--trust", out, SEAL)[0] == 0
    refused = shell("keys", "trust", "--anchor", master_list, "--out", out)
    assert (refused.code, "TRUST_SIGNER" in refused.err) == (3, True)
    refused = shell("keys", "trust", "--anchor", desk.folder / "passport.txt", "--out", out)
    assert refused.code == 3
    assert "passport.txt" in refused.err


# seals in files


def test_a_seal_laid_out_over_lines_is_one_scan(shell: Shell, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "seals.txt"
    file.write_text(f"\ufeff{LAID_OUT}\n{SEAL}\nHC1:6BF\n\n{LAID_OUT}", encoding="utf-8")
    ran = shell("verify", "--json", "--sandbox", "--trust", root, "--at", WHEN, file)
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["authentic"] for one in told] == [True, True, False, True]
    lines = LAID_OUT.count("\n") + 1
    assert [one["source"]["line"] for one in told] == [1, lines + 1, lines + 2, lines + 4]
    piped = shell("verify", "--json", "--sandbox", "--trust", root, "--at", WHEN, "-", stdin=file.read_bytes())
    assert [json.loads(line)["authentic"] for line in piped.out.splitlines()] == [True, True, False, True]


def test_a_broken_seal_takes_no_other_scan_with_it(shell: Shell, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "seals.txt"
    for broken in ('{"data": "open', '{"data": {', "{nonsense"):
        file.write_text(f"{broken}\n{SEAL}\n", encoding="utf-8")
        ran = shell("verify", "--json", "--sandbox", "--trust", root, "--at", WHEN, file)
        told = [json.loads(line) for line in ran.out.splitlines()]
        assert [one["authentic"] for one in told] == [False, True], broken


def test_inspecting_a_seal(shell: Shell) -> None:
    ran = shell("inspect", SEAL)
    assert ran.code == 0
    assert ran.out.startswith("UNVERIFIED")
    assert "VDS-NC" in ran.out
    told = json.loads(shell("inspect", "--json", SEAL).out)
    assert told["layers"][1] == {"name": "header", "t": "icao.vacc", "v": 1, "is": "ZZB"}
    stopped = json.loads(shell("inspect", "--json", seals.seal(ROOT.signer("XB"), cer="?")).out)
    assert stopped["stopped"]["reasons"] == ["BASE64_BROKEN"]


# issuing


def test_a_seal_of_ours(shell: Shell, tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "correct horse battery")
    assert shell("keys", "new", "--country", "XA", "--out", tmp_path / "xa").code == 0
    passport = f"@{desk.folder / 'passport.txt'}"
    records = tmp_path / "records.json"
    records.write_text(json.dumps(health_records()), encoding="utf-8")
    words = ("issue", "--format", "vds-nc", "--key", tmp_path / "xa" / "dsc.key.pem", "--issuer", "Ministry of Health")
    words = (*words, "--evidence", "registry", "--document", passport, "--claim", "1", "--country", "XA")
    ran = shell(*words, records)
    assert (ran.code, "ISSUE_SPECIMEN" in ran.err) == (1, True)
    ran = shell(*words, "--specimen", records)
    assert ran.code == 0, ran.err
    told = json.loads(
        shell(
            "verify", "--json", "--sandbox", "--trust", tmp_path / "xa" / "csca.pem", "--document", passport, ran.out
        ).out
    )
    assert (told["authentic"], told["person"]["parts"]["document"]) == (True, "exact")


def health_records() -> dict:
    from pratique.model import uvci
    from pratique.sandbox import traveller

    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    return traveller.bundle(datetime(2021, 7, 1, tzinfo=UTC), identifiers)
