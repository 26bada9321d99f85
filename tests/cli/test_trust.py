"""Trust from the disk: certificates, lists, folders of both, and what is none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import ec

from pratique.authority.signers.certificates import make_csca
from pratique.model.dates import format_instant
from pratique.sandbox.attacks import forging
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import anchor
from tests.cases import controllers, credentials
from tests.cli.conftest import WHEN, Desk, Shell
from tests.issuer import AT, MemorySigner


def authentic(desk: Desk, shell: Shell, *words: object) -> tuple[int, bool | None]:
    ran = shell("verify", "--at", WHEN, "--json", *words, desk.good)
    return ran.code, json.loads(ran.out)["authentic"] if ran.out else None


def test_der_and_pem_and_a_pem_of_several(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    several = tmp_path / "several.pem"
    several.write_bytes(
        pem.armor("CERTIFICATE", MemorySigner("XB").certificate) + pem.armor("CERTIFICATE", desk.signer.certificate)
    )
    assert authentic(desk, shell, "--trust", desk.der) == (0, True)
    assert authentic(desk, shell, "--trust", several) == (0, True)


def test_a_folder_with_garbage(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    deep = tmp_path / "eu" / "xa"
    deep.mkdir(parents=True)
    (deep / "dsc.pem").write_bytes(pem.armor("CERTIFICATE", desk.signer.certificate))
    (tmp_path / "README").write_text("hello", encoding="ascii")
    (tmp_path / "notes.json").write_text("{}", encoding="ascii")
    (tmp_path / "key.pem").write_bytes(pem.armor("PRIVATE KEY", b"0"))
    (tmp_path / "empty").touch()
    (tmp_path / "root.pem").write_bytes(pem.armor("CERTIFICATE", make_csca("XA", "XA root", at=AT).certificate_der))
    ran = shell("verify", "--trust", tmp_path, "--at", WHEN, desk.good)
    assert ran.code == 0
    assert ran.err.count("no trust material") == 4
    assert ran.err.count("a root signs keys") == 1


def test_a_controller_of_divoc_keys(shell: Shell, tmp_path: Path) -> None:
    (credential := tmp_path / "credential.zip").write_bytes(credentials.GOOD.encode("latin-1"))
    (trusted := tmp_path / "issuers").mkdir()
    named = trusted / "controller.json"
    other = "https://another.example/"
    for document, code, reason, said in (
        (controllers.written(controllers.rsa(), controllers.rsa(id="did:b")), 0, "REVOCATION_NOT_ASKED", ""),
        (controllers.written(controllers.edwards()), 1, "KEY_ALGORITHM", ""),
        (controllers.written(controllers.rsa(controller=other), issuer=other), 1, "KEY_ISSUER_MISMATCH", ""),
        (controllers.written(controllers.rsa(), asserted=()), 3, None, "publicKey[0] left out, TRUST_NOT_ASSERTED"),
    ):
        named.write_bytes(document)
        for path in (named, trusted):
            ran = shell("verify", "--trust", path, "--at", WHEN, "--json", credential)
            assert ran.code == code, ran.err
            assert reason is None or json.loads(ran.out)["reasons"][0] == reason
            assert said in ran.err


def test_nothing_to_trust(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "README").write_text("hello", encoding="ascii")
    ran = shell("verify", "--trust", tmp_path, desk.good)
    assert (ran.code, ran.out) == (3, "")
    assert "TRUST_EMPTY" in ran.err
    assert "TRUST_UNREADABLE" in shell("verify", "--trust", tmp_path / "README", desk.good).err
    key = tmp_path / "key.pem"
    key.write_bytes(pem.armor("ENCRYPTED PRIVATE KEY", b"hello"))
    unread = shell("verify", "--trust", key, desk.good).err
    assert "TRUST_UNREADABLE" in unread
    assert unread.count(str(key)) == 1
    assert shell("verify", "--trust", tmp_path / "absent", desk.good).code == 3


def test_without_trust_nothing_is_decided(desk: Desk, shell: Shell) -> None:
    ran = shell("verify", "--json", "--at", WHEN, desk.good)
    assert ran.code == 2
    assert "--trust" in ran.err
    assert json.loads(ran.out)["reasons"] == ["KEY_UNKNOWN"]


def test_environments_agree(desk: Desk, shell: Shell) -> None:
    other = MemorySigner("XB")
    (desk.folder / "xb.der").write_bytes(other.certificate)
    both = ("--trust", desk.list_file, "--trust", desk.folder / "xb.der")
    ran = shell("verify", *both, "--at", WHEN, desk.good)
    assert ran.code == 3
    assert "--sandbox" in ran.err
    assert authentic(desk, shell, *both, "--sandbox") == (0, True)


def test_the_list_that_is_stale_first_counts(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    for name, hours in (("fresh", 48), ("stale", -1)):
        listed = TrustList.from_certificates([desk.signer.certificate])
        until = AT + timedelta(hours=hours)
        listed = TrustList(listed.keys, issued=AT - timedelta(days=1), fresh_until=until)
        (tmp_path / f"{name}.json").write_bytes(listed.to_json())
    assert authentic(desk, shell, "--trust", tmp_path / "fresh.json") == (0, True)
    ran = shell("verify", "--trust", tmp_path, "--at", WHEN, "--json", desk.good)
    assert ran.code == 2
    assert json.loads(ran.out)["reasons"] == ["TRUST_LIST_STALE", "REVOCATION_NOT_ASKED"]
    (said,) = ran.err.splitlines()
    assert said.startswith(f"{tmp_path / 'stale.json'}: stale since 2021-07-01T11:00:00Z")
    assert "stale" not in shell("verify", "--trust", tmp_path / "fresh.json", "--at", WHEN, desk.good).err


def test_sandbox_speaks_of_certificates_alone(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    listed = TrustList.from_certificates([desk.signer.certificate], environment=Environment.TEST)
    (tmp_path / "test.json").write_bytes(listed.to_json())
    ran = shell("verify", "--trust", tmp_path / "test.json", "--sandbox", "--at", WHEN, desk.good)
    assert ran.code == 0
    assert ran.err.startswith(f"{tmp_path / 'test.json'}: a list of test, and stays one")
    assert shell("verify", "--trust", desk.list_file, "--sandbox", "--at", WHEN, desk.good).err == ""
    assert shell("verify", "--trust", tmp_path / "test.json", "--at", WHEN, desk.good).err == ""


def test_keys_from_new_to_trusted(shell: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery\n", encoding="ascii")
    made = ("--country", "XB", "--out", tmp_path / "xb", "--uses", "vaccination,test", "--passphrase-file", secret)
    ran = shell("keys", "new", *made)
    assert ran.code == 0, ran.err
    assert "document signer (DSC) of XB" in ran.out
    assert "uses    test, vaccination" in ran.out
    assert shell("keys", "new", *made).code == 3
    dsc, listed = tmp_path / "xb" / "dsc.pem", tmp_path / "xb.json"
    ran = shell("keys", "trust", dsc, "--out", listed, "--environment", "sandbox", "--days", "30")
    assert ran.code == 0
    trust_list = TrustList.from_json(listed.read_bytes())
    assert trust_list.environment is Environment.SANDBOX
    assert trust_list.fresh_until is not None
    assert trust_list.fresh_until > datetime.now(UTC) + timedelta(days=29)
    assert [key.issuer for key in trust_list.keys] == ["XB"]
    told = [
        json.loads(line) for line in shell("keys", "show", "--json", dsc, dsc.with_name("csca.pem")).out.splitlines()
    ]
    assert [one["root"] for one in told] == [False, True]
    assert told[0]["key_id"] == trust_list.keys[0].kid.hex()
    assert "root (CSCA) of XB" in shell("keys", "show", dsc.with_name("csca.pem")).out


def test_keys_refused(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery\n", encoding="ascii")
    out = tmp_path / "x"
    root = tmp_path / "root.pem"
    root.write_bytes(pem.armor("CERTIFICATE", make_csca("XA", "XA root", at=AT).certificate_der))
    for words, said in (
        (("new", "--country", "xa", "--out", out, "--passphrase-file", secret), "KEY_TEMPLATE"),
        (("new", "--country", "XA", "--out", out, "--passphrase-file", tmp_path / "absent"), "absent"),
        (("new", "--country", "XA", "--out", out), "--passphrase-file"),
        (("new", "--country", "XA", "--out", out, "--uses", "all", "--passphrase-file", secret), "--uses"),
        (("new", "--out", out), "--country is missing"),
        (("show",), "no certificate"),
        (("show", secret), "TRUST_UNREADABLE"),
        (("trust", "--out", out), "TRUST_EMPTY"),
        (("trust", root, "--out", out), "root"),
        (("trust", desk.der, "--out", out, "--days", "0"), "--days"),
        (("trust", desk.der, "--out", out, "--days", "3000000"), "--days is a number of days, from 1 to 36500"),
        (("new", "--country", "XA", "--out", out, "--organisation", "\x1b", "--passphrase-file", secret), "one line"),
        (("trust", desk.der, "--out", tmp_path / "no" / "list.json"), "No such file"),
    ):
        ran = shell("keys", *words)
        assert (ran.code, ran.out) == (3, ""), words
        assert said in ran.err, words
    assert not out.exists()


@pytest.mark.parametrize("as_root", [False, True])
def test_a_list_of_production_with_a_key_that_everybody_has(shell: Shell, tmp_path: Path, as_root: bool) -> None:
    private = ec.derive_private_key(int("8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2", 16),
                                    ec.SECP256R1())  # RFC 7515, appendix A.3  # fmt: skip
    everybodys = forging.MemorySigner(private_key=private)
    scan = forging.hcert(everybodys, forging.dcc())
    for environment in Environment:
        folder, file = tmp_path / environment, tmp_path / f"{environment}.json"
        keys = TrustList.from_certificates([everybodys.certificate], environment=environment)
        if as_root:
            keys = TrustList((), anchors=[anchor(everybodys.certificate)], environment=environment)
        file.write_bytes(keys.to_json())
        for name, content in bundle_files(keys, number=1, at=forging.AT - timedelta(hours=1)).items():
            stated = content.replace(b'"sandbox"', f'"{environment}"'.encode()) if name == "bundle.json" else content
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(stated)
        for given in (("--trust", file), ("--bundle", folder)):
            ran = shell("verify", *given, "--at", format_instant(forging.AT), scan)
            refused = environment is Environment.PRODUCTION
            others = 2 if as_root else 0  # nobody knows the signer
            assert ran.code == (3 if refused else others), (environment, given[0], ran.err)
            assert ("TRUST_KEY_PUBLIC" in ran.err) is refused


def test_a_passphrase_from_the_environment(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "short")
    assert "KEY_PASSPHRASE" in shell("keys", "new", "--country", "XA", "--out", tmp_path / "x").err
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "long enough to be one")
    assert shell("keys", "new", "--country", "XA", "--out", tmp_path / "x", "--algorithm", "PS256").code == 0


def test_a_passphrase_is_asked_for(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one passphrase", "another passphrase", "one passphrase", "one passphrase"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    monkeypatch.setattr("pratique.cli._passphrase._somebody_is_there", lambda: True)
    new = ("keys", "new", "--country", "XA", "--out", tmp_path / "x")
    ran = shell(*new)
    assert ran.code == 3
    assert "not the same" in ran.err
    assert not (tmp_path / "x").exists()
    assert shell(*new).code == 0


def test_ended_and_not_begun(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    (tmp_path / "later.der").write_bytes(
        MemorySigner(not_before=later, not_after=later + timedelta(days=1)).certificate
    )
    assert "ended" in shell("keys", "show", desk.der).out
    assert "not begun" in shell("keys", "show", tmp_path / "later.der").out
