"""`pratique policy` and `pratique agreements`, as they are typed."""

import json
from pathlib import Path

import pytest

from pratique.sandbox import border
from pratique.trust import Environment, TrustList
from tests.cases.admitting import AGREEMENT
from tests.cases.policies import good, score
from tests.cli.conftest import Shell
from tests.travel import NOW

AT = "2026-03-10T12:00Z"


def test_a_refused_policy_is_told_its_places(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(good() | {"setting": "supermarket"}))
    ran = shell("policy", "check", file)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:2] == [f"{file}: 1 to mend", "  setting"]
    ran = shell("policy", "check", "--json", file)
    found = [{"path": "setting", "reason": "POLICY_ESSENTIAL"}]
    assert json.loads(ran.out) == {"file": str(file), "historical": False, "findings": found}


def test_history_is_told_its_findings_and_no_refusal(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(score(historical=True)))
    ran = shell("policy", "check", file)
    assert ran.code == 0
    assert "historical, never to be published; 11 to mend" in ran.out


def test_an_extension_is_compared_with_what_it_extends(shell: Shell, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(good() | {"start": "2026-06-01T00:00:00Z", "sunset": "2026-12-01T00:00:00Z"}))
    new.write_text(json.dumps(good()))
    assert shell("policy", "check", new).code == 0
    ran = shell("policy", "check", "--previous", old, new)
    assert (ran.code, ran.out.splitlines()[1]) == (1, "  signers")


def test_two_officials_sign_what_is_published(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "for the machine")
    file, known = tmp_path / "policy.json", tmp_path / "officials.json"
    for name in ("health", "justice"):
        assert shell("bundle", "key", tmp_path / name).code == 0
    pairs = [f"{name}={tmp_path / name}.pub.pem" for name in ("health", "justice")]
    made = shell("policy", "officials", "--country", "XA", *pairs)
    known.write_text(made.out)
    assert shell("policy", "officials", "--country", "XA", pairs[0]).code == 3

    def sign(name: str, key: str | None = None) -> int:
        return shell("policy", "sign", file, "--as", name, "--key", f"{tmp_path / (key or name)}.key.pem").code

    file.write_text(json.dumps(good() | {"setting": "hospital", "signers": ["health", "justice"]}))
    assert sign("health") == 1, "what may not be published is not signed"
    file.write_text(json.dumps(good()))
    assert sign("health") == 3, "who signs is part of the text"
    file.write_text(json.dumps(good() | {"signers": ["health", "justice"]}))
    ran = shell("policy", "check", "--officials", known, file)
    assert (ran.code, "POLICY_SIGNATURE" in ran.out) == (1, True)
    assert sign("health") == 0
    assert sign("justice", "health") == 0
    assert shell("policy", "check", "--officials", known, file).code == 1, "the wrong key"
    assert sign("justice") == 0
    assert shell("policy", "check", "--officials", known, file).code == 0
    changed = json.loads(file.read_text()) | {"sunset": "2027-04-30T00:00:00Z"}
    file.write_text(json.dumps(changed))
    assert shell("policy", "check", "--officials", known, file).code == 1


def test_the_example_passes(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(shell("policy", "example").out)
    assert (shell("policy", "check", file).code, shell("policy", "people", file).code) == (0, 0)
    lines = shell("policy", "people", "--json", file).out.splitlines()
    assert len(lines) == 10
    assert json.loads(lines[3]) == {
        "persona": "antibody_only", "outcome": "failed", "result": "not_admitted", "way": True,
    }  # fmt: skip


def test_somebody_left_out_is_named(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(good() | {"shows": ["screen"]}))
    ran = shell("policy", "people", file)
    assert ran.code == 1
    assert "with paper and no phone: not_admitted" in ran.out
    assert "no way is left" in ran.out


@pytest.mark.parametrize("words", [("check",), ("check", "nothing.json")])
def test_nothing_to_check(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell("policy", *words).code == 3


def folder(place: Path, **changes: object) -> Path:
    """The sandbox's bundle with one agreement, in force in 2026."""
    files = dict(border.bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))
    manifest = json.loads(files["bundle.json"])
    manifest["parts"]["agreements.json"] = {"issued": manifest["issued"]}
    one = AGREEMENT | {"until": "2027-01-01T00:00:00Z", "lifts": "quarantine"} | changes
    files |= {
        "bundle.json": json.dumps(manifest).encode(),
        "agreements.json": json.dumps({"agreements": 1, "list": [one]}).encode(),
    }
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def test_what_is_lifted_without_return(shell: Shell, tmp_path: Path) -> None:
    bundle = folder(tmp_path, direction="one_way", claims=["vaccination"])
    ran = shell("agreements", "asymmetries", "--at", AT, bundle)
    assert (ran.code, ran.out) == (1, "XA lifts quarantine for vaccinations of XB without return (XA-XB)\n")
    ran = shell("agreements", "asymmetries", "--at", AT, "--json", bundle)
    assert json.loads(ran.out) == {
        "lifts_at": "XA", "issuer": "XB", "measure": "quarantine", "claim": "vaccination", "agreement": "XA-XB",
    }  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"direction": "one_way", "status": "suspended"}])
def test_no_asymmetries(shell: Shell, tmp_path: Path, changes: dict[str, object]) -> None:
    ran = shell("agreements", "asymmetries", "--at", AT, folder(tmp_path, **changes))
    assert (ran.code, ran.out) == (0, "no asymmetries: whatever is lifted is lifted on both sides\n")


def test_two_countries_are_compared(shell: Shell, tmp_path: Path) -> None:
    bundle = folder(tmp_path)
    ran = shell("agreements", "compare", "XA", "XB", "--at", AT, bundle)
    assert ran.code == 1
    assert "otherwise\n" in ran.out
    places = [json.loads(line)["place"] for line in shell(
        "agreements", "compare", "XA", "XB", "--at", AT, "--json", bundle).out.splitlines()]  # fmt: skip
    assert "otherwise" in places
    assert shell("agreements", "compare", "XA", "XA", "--at", AT, bundle).out == "no differences\n"
    assert shell("agreements", "compare", "XA", "FR", "--at", AT, bundle).code == 3
