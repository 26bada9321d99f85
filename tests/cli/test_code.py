"""`pratique code`: what a policy makes of facts in a file, as it is typed."""

import json
from pathlib import Path

import pytest

from pratique.model.errors import MalformedRecord
from pratique.model.facts import read_facts
from pratique.sandbox import codes
from tests.cli.conftest import Shell

AT = "2026-11-24T12:00+08:00"


@pytest.fixture
def files(shell: Shell, tmp_path: Path) -> tuple[Path, Path]:
    facts, policy = tmp_path / "facts.json", tmp_path / "policy.json"
    facts.write_text(shell("code", "example", "--facts").out)
    policy.write_text(shell("code", "example").out)
    return facts, policy


def test_a_newcomer_sees_a_colour_that_accounts_for_itself(shell: Shell, files: tuple[Path, Path]) -> None:
    facts, policy = files
    ran = shell("code", "assess", facts, "--policy", policy, "--at", AT)
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[0] == "YELLOW"
    for said in ("contact", "ends by itself", "What you can do", "Appeal", "version 1.0.0"):
        assert any(said in line for line in lines), said
    assert shell("code", "assess", facts, "--policy", policy, "--at", AT).out == ran.out


def test_json_says_all_of_it_in_either_language(shell: Shell, files: tuple[Path, Path]) -> None:
    facts, policy = files
    for language, word in (("en", "Reason"), ("zh", "原因")):
        ran = shell("code", "assess", facts, "--policy", policy, "--at", AT, "--json", "--lang", language)
        told = json.loads(ran.out)
        assert (told["colour"], told["cause"], told["quarantine"]) == ("yellow", "contact", True)
        assert told["evidence"] == ["contacts.close@2026-11-18"]
        assert (told["starts"], told["ends"]) == ("2026-11-18T00:00:00+08:00", "2026-11-26T00:00:00+08:00")
        assert any(word in line for line in told["explanation"])


@pytest.mark.parametrize(
    ("facts", "code", "word"),
    [
        ("{}", 2, "NO COLOUR"),
        ('{"declarations": {"last": "2026-11-24", "normal": true, "streak": 1, "normal_streak": 1}}', 0, "GREEN"),
        ('{"tests": [{"kind": "molecular", "sampled": "2026-11-23T12:00:00Z", "detected": true}]}', 1, "RED"),
    ],
)
def test_the_exit_code_is_the_colour(
    shell: Shell, files: tuple[Path, Path], facts: str, code: int, word: str
) -> None:  # fmt: skip
    files[0].write_text(facts)
    ran = shell("code", "assess", files[0], "--policy", files[1], "--at", AT)
    assert (ran.code, ran.out.splitlines()[0]) == (code, word)


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("[" * 10_000, "not a JSON object"),
        ('{"score": 87}', "score (no such fact)"),
        ('{"位置": 1}', "no such fact"),
        ('{"contacts": [{"kind": "close"}]}', "contacts"),
        ('{"trips": "XB"}', "trips"),
        (
            '{"tests": [{"kind": "molecular", "sampled": "2026-11-23T12:00:00", "detected": true}]}',
            "without its offset",
        ),
        ('{"declarations": {"last": "2026-02-30"}}', "declarations"),
    ],
)
def test_facts_that_cannot_be_read_are_no_red_code(
    shell: Shell, files: tuple[Path, Path], facts: str, place: str
) -> None:
    files[0].write_text(facts, encoding="utf-8")
    ran = shell("code", "assess", files[0], "--policy", files[1], "--at", AT)
    assert (ran.code, ran.out) == (3, "")
    assert place in ran.err
    assert "example --facts" in ran.err
    with pytest.raises(MalformedRecord):
        read_facts(facts.encode())


def test_a_policy_of_another_setting_and_a_language_of_no_catalogue(shell: Shell, files: tuple[Path, Path]) -> None:
    facts, policy = files
    other = policy.with_name("events.json")
    other.write_text(shell("policy", "example").out)
    for typed in (("--policy", other), ("--policy", policy, "--lang", "xx"), ("--policy", facts)):
        assert shell("code", "assess", facts, *typed).code == 3
    told = shell("code", "assess", facts, "--policy", policy, "--lang", "xx").err
    assert "--lang takes one of en, zh, fr, ar, ru, es" in told


def test_history_is_told_and_evaluated(shell: Shell, files: tuple[Path, Path]) -> None:
    facts, _ = files
    assert shell("code", "history").out.split() == list(codes.HISTORY)
    assert shell("code", "history", "nowhere").code == 3
    old = facts.with_name("old.json")
    old.write_text(shell("code", "history", "CN-national-2020").out)
    ran = shell("code", "assess", facts, "--policy", old, "--at", AT)
    assert (ran.code, ran.out.splitlines()[0]) == (1, "YELLOW (orange)")
    assert "historical, and may not be published" in ran.err
    early = shell("code", "assess", facts, "--policy", old, "--at", "2020-01-01T00:00Z")
    assert early.code == 2
    assert "does not hold at this time" in early.err


def test_the_shipped_code_leaves_nobody_without_a_way(shell: Shell, files: tuple[Path, Path]) -> None:
    assert shell("policy", "check", files[1]).code == 0
    ran = shell("policy", "people", files[1])
    assert ran.code == 0
    assert "unknown (Nothing is known that would count today); remedy: declare" in ran.out
