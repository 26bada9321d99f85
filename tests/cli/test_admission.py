"""`pratique verify --to`, `plan` and `bundle show`: the third question in the shell."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import Struct

from pratique import TrustList
from pratique.issuing import issue
from pratique.model.certificate import Certificate, choose
from pratique.sandbox.border import bundle_files
from pratique.texts import LANGUAGES, sentence
from pratique.trust import Environment
from tests.cli.conftest import Shell
from tests.issuer import MemorySigner
from tests.travel import ANNA, ARRIVE, BERTIL, NOW, dose, pcr

AT = "2026-03-14T08:00Z"


class Gate(Struct, frozen=True):
    """A border's bundle on the disk, and scans of one traveller and of another."""

    bundle: Path
    both: str
    first: str
    last: str
    test: str
    old_test: str
    unknown: str
    bertils: str


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    folder = tmp_path_factory.mktemp("gate") / "bundle"
    signer = MemorySigner(not_after=NOW + timedelta(days=900))
    trust = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    for name, data in bundle_files(trust, number=318, at=ARRIVE - timedelta(hours=6)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    whole = Certificate(ANNA, (dose(60), dose(30), pcr(20), pcr(77)))

    def signed(certificate: Certificate, by: MemorySigner = signer) -> str:
        return issue(certificate, format="ithc", signer=by, at=NOW.replace(day=14, hour=7))

    first, last, test, old = (signed(choose(whole, claim)) for claim in whole.claims)
    return Gate(
        bundle=folder,
        both=signed(choose(whole, *whole.claims[:2])),
        first=first,
        last=last,
        test=test,
        old_test=old,
        unknown=signed(choose(whole, whole.claims[0]), MemorySigner(not_after=NOW + timedelta(days=900))),
        bertils=signed(Certificate(BERTIL, (dose(40),))),
    )


def asked(gate: Gate, *words: object, to: str = "XBHAV") -> tuple[object, ...]:
    return "verify", "--bundle", gate.bundle, "--to", to, "--at", AT, *words


@pytest.mark.parametrize(
    ("scans", "options", "code"),
    [
        (["first"], [], 1),
        (["old_test"], [], 1),
        (["unknown"], [], 2),
        (["both"], [], 0),
        (["test"], [], 0),
        (["first", "last"], [], 1),
        (["first", "last"], ["--together"], 0),
        (["first", "bertils"], ["--together"], 1),
        (["first", "unknown"], ["--together"], 2),
    ],
)
def test_exit_codes(gate: Gate, shell: Shell, scans: list[str], options: list[str], code: int) -> None:
    ran = shell(*asked(gate, *options, *(getattr(gate, name) for name in scans)))
    assert ran.code == code, ran


def test_the_answer_and_what_would_do(gate: Gate, shell: Shell) -> None:
    lines = shell(*asked(gate, gate.old_test)).out.splitlines()
    assert lines[2] == "Accepted here?  no"
    said = "\n".join(lines)
    assert "Not met (tested): A PCR test (molecular) is negative" in said
    assert "Quarantine of 10 days, until 24 Mar 2026, in a hotel that the authority names." in said
    assert "sampled on 11 Mar 2026, 09:00, Haven of XB time or later" in said
    assert "ENTRY_" not in said, "the explanation says it in words"


def test_the_same_in_chinese(gate: Gate, shell: Shell) -> None:
    said = shell(*asked(gate, "--lang", "zh", gate.old_test)).out
    assert "隔离 10 天，至2026年3月24日，在主管部门指定的酒店。" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language_nothing_is_escaped_and_answers_stand_apart(gate: Gate, shell: Shell, language: str) -> None:
    said = shell(*asked(gate, "--lang", language, gate.old_test)).out
    assert "\\" not in said
    for name, line in zip(("genuine", "person", "accepted"), said.splitlines(), strict=False):
        assert line.startswith(sentence(f"verify.question.{name}", language) + "  ")


def test_json(gate: Gate, shell: Shell) -> None:
    (told,) = [json.loads(line) for line in shell(*asked(gate, "--json", gate.old_test)).out.splitlines()]
    assert (told["authentic"], told["accepted"], told["bundle"]) == (True, False, 318)
    assert told["consequence"]["days"] == 10
    assert any("What would do" in sentence for sentence in told["explanation"])
    (asked_nothing,) = [
        json.loads(line)
        for line in shell("verify", "--bundle", gate.bundle, "--at", AT, "--json", gate.both).out.splitlines()
    ]
    assert [asked_nothing[name] for name in ("accepted", "consequence", "explanation")] == [None, None, None]


def test_json_of_several_together(gate: Gate, shell: Shell) -> None:
    (told,) = [
        json.loads(line) for line in shell(*asked(gate, "--json", "--together", gate.first, gate.last)).out.splitlines()
    ]
    assert (told["authentic"], told["accepted"], told["consequence"]) == (True, True, {"kind": "free"})
    assert [each["source"]["argument"] for each in told["certificates"]] == [1, 2]


def test_the_arrival_is_the_clock_of_the_rules(gate: Gate, shell: Shell) -> None:
    assert shell(*asked(gate, "--arrive", "2026-03-16T12:40+01:00", gate.test)).code == 0
    assert shell(*asked(gate, "--arrive", "2026-03-16T13:01+01:00", gate.test)).code == 1


def test_who_enters_of_right(gate: Gate, shell: Shell) -> None:
    turned = shell(*asked(gate, gate.both, to="XAHAV")).out
    assert "Boarding is not advised" in turned
    kept = shell(*asked(gate, "--of-right", gate.both, to="XAHAV")).out
    assert "Boarding is not advised" not in kept
    assert "Quarantine of 14 days" in kept


def test_a_plan_by_another_release_is_told_of(gate: Gate, shell: Shell) -> None:
    plain = shell(*asked(gate, gate.both))
    for number, code in ((317, "PLAN_OLDER"), (318, ""), (319, "PLAN_NEWER")):
        ran = shell(*asked(gate, "--planned", number, gate.both))
        assert ran.code == plain.code
        assert ("PLAN_" in ran.out, code in ran.out) == (bool(code), True)
        (told,) = map(json.loads, shell(*asked(gate, "--planned", number, "--json", gate.both)).out.splitlines())
        assert told["notes"] == ([code] if code else [])
        assert told["accepted"] is True
    for wrong in ((*asked(gate, "--planned", 0, gate.both),), ("verify", "--bundle", gate.bundle, "--planned", 1)):
        assert shell(*wrong).code == 3


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "XB"),
        ("--to", "XB", "--trust", "{bundle}/trust.json"),
        ("--bundle", "{bundle}", "--trust", "{bundle}/trust.json"),
        ("--bundle", "{bundle}", "--sandbox"),
        ("--bundle", "{bundle}", "--via", "BKK"),
        ("--bundle", "{bundle}", "--arrive", AT),
        ("--bundle", "{bundle}", "--to", "NOWHERE"),
        ("--bundle", "{bundle}", "--to", "XB", "--via", "QQ"),
        ("--bundle", "{bundle}", "--to", "XB", "--arrive", "tomorrow"),
        ("--bundle", "{bundle}/rules", "--to", "XB"),
        ("--bundle", "/no/such/folder"),
    ],
)
def test_what_cannot_be_asked(gate: Gate, shell: Shell, words: tuple[str, ...]) -> None:
    ran = shell("verify", *(word.format(bundle=gate.bundle) for word in words), gate.both)
    assert (ran.code, ran.out) == (3, "")
    assert "NOWHERE" not in ran.err


def plan(gate: Gate, *words: object) -> tuple[object, ...]:
    return "plan", "--bundle", gate.bundle, "--at", AT, *words


def test_a_plan_leg_by_leg(gate: Gate, shell: Shell) -> None:
    ran = shell(*plan(gate, "--from", "PVG", "--via", "XBHAV", "--to", "XAHAV", "--on", "2026-03-15", gate.both))
    assert ran.code == 1
    assert [line for line in ran.out.splitlines() if line.startswith("Leg")] == [
        "Leg 1 of 2: transit at Haven of XB, 15 Mar 2026, 16:59, Haven of XB time",
        "Leg 2 of 2: entering at Haven of XA, 15 Mar 2026, 23:59, Haven of XA time",
    ]
    assert ran.out.rstrip().splitlines()[-1].startswith("Planned by release 318 of ")
    assert "Accepted in XB" in ran.out
    assert "What would do: a negative PCR test (molecular), sampled on 13 Mar 2026, 23:59, Haven of XA time" in ran.out


def test_a_plan_of_one_travellers_certificates_together(gate: Gate, shell: Shell) -> None:
    words = plan(gate, "--to", "XBHAV", "--on", "2026-03-15T09:00+01:00")
    assert shell(*words, gate.first).code == 1
    assert shell(*words, gate.first, gate.last).code == 0
    assert shell(*words).code == 1, "without any"
    assert shell(*plan(gate, "--to", "FRA", "--on", "2026-03-15"), gate.both).code == 2, "no rules"


def test_a_plan_as_json(gate: Gate, shell: Shell) -> None:
    ran = shell(*plan(gate, "--via", "XBHAV", "--to", "XA", "--on", "2026-03-15", "--json", gate.both))
    legs = [json.loads(line) for line in ran.out.splitlines()]
    assert [(leg["country"], leg["accepted"]) for leg in legs] == [("XB", True), ("XA", False)]
    assert legs[1]["ways"][0]["test"] == "molecular"


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "XB"),
        ("--on", "2026-03-15"),
        ("--to", "XB", "--on", "2026-13-01"),
        ("--to", "XB", "--on", "1700-01-01"),
        ("--to", "XB", "--on", "2026-03-15", "/no/such/file"),
    ],
)
def test_what_cannot_be_planned(gate: Gate, shell: Shell, words: tuple[str, ...]) -> None:
    ran = shell(*plan(gate, *words))
    assert (ran.code, ran.out) == (3, "")


def test_bundle_show(gate: Gate, shell: Shell) -> None:
    ran = shell("bundle", "show", gate.bundle, "--at", AT)
    assert ran.code == 0
    assert ran.out.startswith("Bundle 318, sandbox, issued 2026-03-14T02:00:00Z\n1 keys\n")
    assert "rules/XB.json: 6 h old, fresh until 2026-03-15T02:00:00Z" in ran.out
    assert "  otherwise: quarantine, 10 days, hotel, shortened by a molecular test on day 5" in ran.out
    late = shell("bundle", "show", gate.bundle, "--at", "2026-03-20T00:00Z")
    assert late.code == 2
    assert "5 days old, stale since 2026-03-15T02:00:00Z" in late.out


def test_bundle_show_json(gate: Gate, shell: Shell) -> None:
    told = json.loads(shell("bundle", "show", gate.bundle, "--at", AT, "--json").out)
    assert (told["number"], told["keys"], told["parts"]["trust.json"]["hours"]) == (318, 1, 6)
    assert told["rules"]["XB"][0]["otherwise"]["days"] == 10


def test_a_broken_bundle_is_told_of_place_by_place(gate: Gate, shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(gate.bundle, broken)
    (broken / "rules" / "XB.json").write_text("[{}]")
    (broken / "notes.txt").write_text("")
    (broken / ".hidden").write_text("")
    ran = shell("bundle", "show", broken)
    assert (ran.code, ran.out) == (3, "")
    assert "rules/XB.json: [0].Identifier  RULE_FIELD_MISSING" in ran.err
    assert "notes.txt  BUNDLE_PART_UNKNOWN" in ran.err
    assert ".hidden" not in ran.err
