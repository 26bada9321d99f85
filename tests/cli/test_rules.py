"""`pratique rules`: what is wrong with a rule, and whether its tests hold."""

import json
from pathlib import Path

import pytest

from pratique.sandbox.border import rules
from tests.cases.ruling import CLOCK, rule
from tests.cli.conftest import Shell

SUITE = Path(__file__).parents[1] / "rules" / "suite"


def folder(place: Path, *expected: bool) -> Path:
    """A rule in a folder, with a test for each expectation; one dose of two each time."""
    (place / "VR-XA-0001" / "tests").mkdir(parents=True)
    (place / "VR-XA-0001" / "rule.json").write_text(json.dumps(rule()))
    for number, each in enumerate(expected):
        test = {"name": "one of two", "payload": {"v": [{"dn": 1, "sd": 2}]}, "external": {}, "expected": each}
        (place / "VR-XA-0001" / "tests" / f"test{number:03}.json").write_text(json.dumps(test))
    return place


def test_a_failing_test_is_named(shell: Shell, tmp_path: Path) -> None:
    ran = shell("rules", "test", folder(tmp_path, False, True))
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines() == [
        f"{tmp_path}/VR-XA-0001/tests/test001.json: one of two",
        "  expected passed, got failed",
        "1 passed, 1 failed",
    ]


def test_passing_tests(shell: Shell, tmp_path: Path) -> None:
    ran = shell("rules", "test", folder(tmp_path, False), SUITE)
    assert (ran.code, ran.err) == (0, "")
    passed = int(ran.out.split()[0])
    assert ran.out == f"{passed} passed, 0 failed, 1 skipped\n"
    assert passed > 100
    ran = shell("rules", "test", tmp_path / "VR-XA-0001" / "tests" / "test000.json")
    assert (ran.code, ran.out) == (0, "1 passed, 0 failed\n")


def test_tests_as_json(shell: Shell, tmp_path: Path) -> None:
    ran = shell("rules", "test", "--json", folder(tmp_path, True))
    assert ran.code == 1
    assert [json.loads(line) for line in ran.out.splitlines()] == [
        {
            "file": f"{tmp_path}/VR-XA-0001/tests/test000.json",
            "name": "one of two",
            "result": "failed",
            "difference": "expected passed, got failed",
        },
        {"passed": 0, "failed": 1, "skipped": 0},
    ]


def test_what_cannot_be_read_has_failed(shell: Shell, tmp_path: Path) -> None:
    place = folder(tmp_path, False) / "VR-XA-0001"
    (place / "tests" / "test001.json").write_text("nonsense")
    (place / "tests" / "test002.json").write_text("{}")
    (tmp_path / "schema.json").write_text('{"type": "object"}')  # neither a suite nor a test: passed over
    (tmp_path / "suite.json").write_text('{"cases": 1}')
    ran = shell("rules", "test", tmp_path)
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "1 passed, 3 failed"
    (place / "rule.json").write_text(json.dumps(rule(Logic={"or": [True]})))
    ran = shell("rules", "test", place)
    assert ran.code == 1
    assert "RULE_OPERATOR at Logic" in ran.out
    assert ran.out.splitlines()[-1] == "0 passed, 4 failed"


@pytest.mark.parametrize("words", [["rules", "test"], ["rules", "check"]])
def test_nothing_was_named(shell: Shell, words: list[str]) -> None:
    assert shell(*words).code == 3


def test_no_tests(shell: Shell, tmp_path: Path) -> None:
    ran = shell("rules", "test", tmp_path)
    assert (ran.code, ran.out) == (3, "")
    assert "no tests were found" in ran.err
    assert shell("rules", "test", tmp_path / "nowhere.json").code == 3


def test_problems_have_their_places(shell: Shell, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(rule()))
    bad.write_text(json.dumps(rule(Logic={"and": [{"or": []}, True]}, AffectedFields=[])))
    ran = shell("rules", "check", good, bad)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:4] == [
        f"{good}: as it should be",
        f"{bad}: 1 to mend",
        "  Logic.and[0]",
        "    RULE_OPERATOR  CertLogic has no operation of this name.",
    ]
    assert shell("rules", "check", good).code == 0
    ran = shell("rules", "check", "--json", bad)
    problem = {"path": "Logic.and[0]", "reason": "RULE_OPERATOR"}
    assert json.loads(ran.out) == {"file": str(bad), "problems": [problem]}


def test_a_bare_expression(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "expression.json"
    file.write_text('{"!": [{"var": "payload.v.0"}]}')
    assert shell("rules", "check", file).code == 0
    file.write_text('{"!": [{"var": "payload..0"}]}')
    ran = shell("rules", "check", "--json", file)
    assert (ran.code, json.loads(ran.out)["problems"]) == (1, [{"path": "![0]", "reason": "RULE_PATH"}])
    file.write_text("[1")
    assert json.loads(shell("rules", "check", "--json", file).out)["problems"][0]["reason"] == "RULE_UNREADABLE"


def test_an_upload(shell: Shell, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(rule(ValidFrom="2021-06-01T00:00:00Z")))
    new.write_text(json.dumps(rule(Version="1.0.1")))
    words = ["rules", "check", "--at", CLOCK, "--previous", old, "--json"]
    assert shell(*words, "--upload", "XA", new).code == 0
    ran = shell(*words, "--upload", "XB", old)
    assert ran.code == 1
    assert json.loads(ran.out)["problems"] == [
        {"path": "Country", "reason": "RULE_COUNTRY"},
        {"path": "Version", "reason": "RULE_VERSION"},
        {"path": "ValidFrom", "reason": "RULE_LEAD"},
    ]


def test_a_list_of_rules_is_checked_as_it_is_published(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "XA.json"
    file.write_text(json.dumps([rule(), rule("adult")]))
    ran = shell("rules", "check", file)
    assert (ran.code, ran.out) == (0, f"{file}: as it should be\n")
    file.write_text(json.dumps([rule(), rule(Version="1"), rule(Logic={"or": [1, 2]}), 7]))
    ran = shell("rules", "check", "--json", file)
    assert ran.code == 1
    assert [(each["path"], each["reason"]) for each in json.loads(ran.out)["problems"]] == [
        ("[1].Version", "RULE_FIELD_VALUE"),
        ("[2].Logic", "RULE_OPERATOR"),
        ("[3]", "RULE_UNREADABLE"),
    ]
    file.write_text("[" * 5_000)
    assert "RULE_TOO_DEEP" in shell("rules", "check", file).out
    file.write_text(json.dumps([rule()] * 201))
    assert "RULE_TOO_LARGE" in shell("rules", "check", file).out


def test_the_entry_rules_of_a_country_are_checked(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "XB.json"
    file.write_bytes(rules("XB"))
    assert shell("rules", "check", file).code == 0
    content = json.loads(rules("XB"))
    for changed, expected in (
        (content | {"routes": content["routes"][:1]}, ["routes"]),
        (content | {"colour": "green", "country": "XA"}, ["colour", *(f"rules[{n}].Country" for n in range(10))]),
        ({"entry_rules": 1, "country": 7}, ["disease", "source", "rules", "routes", "otherwise", "country", "routes"]),
    ):
        file.write_text(json.dumps(changed))
        ran = shell("rules", "check", "--json", file)
        assert ran.code == 1
        assert [each["path"] for each in json.loads(ran.out)["problems"]][: len(expected)] == expected
