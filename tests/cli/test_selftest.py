"""The attacks: every one is held off, every requirement has one, and one that is let through turns red."""

import json
import re
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from pratique import identification
from pratique.authority.access import permissions
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.issuance import certificates, decoys, revoking
from pratique.authority.signers import pkpass as signers_pkpass
from pratique.authority.status import assigning
from pratique.authority.store.withdrawals import Recall
from pratique.formats import hcert
from pratique.formats.hcert import _ithc_layout as layout
from pratique.model.certificate import Evidence
from pratique.model.journey import Leg
from pratique.revocation import RevocationList
from pratique.rules import linting
from pratique.sandbox.attacks import catalogue, exporting, scans, showing, signing
from pratique.sandbox.attacks.cases import Case, refused, run, tries
from pratique.sandbox.attacks.catalogue import CASES
from pratique.sandbox.attacks.requirements import REQUIREMENTS
from pratique.sandbox.attacks.yard import Yard
from pratique.web import border, guarding
from tests.cli import another_verifier
from tests.cli.conftest import Shell

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Yard(tmp_path_factory.mktemp("yard")) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_defence_holds(yard: Yard, case: Case) -> None:
    assert case.act(yard)


def tried(case: Case, folder: Path) -> bool:
    (outcome,) = run([case], folder)
    return outcome.passed


def named(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


# what is covered


def test_every_requirement_has_a_case_or_a_reason_why_not() -> None:
    covered = {each for case in CASES for each in case.covers}
    assert covered <= REQUIREMENTS.keys()
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    listed = set(re.findall(r"^\| (REQ \d+\.\d|[A-Z]{2}-\d+) \|", page, re.MULTILINE))
    assert listed | covered == REQUIREMENTS.keys(), "each is covered, or listed with its reason"
    assert not listed & covered
    assert len(listed) <= 10


def test_the_list_has_every_requirement() -> None:
    counts = {"EQ": 8, "RC": 5, "PR": 10, "FC": 5, "GV": 7, "RS": 4}
    for kind, count in counts.items():
        assert [each for each in REQUIREMENTS if each.startswith(kind)] == [f"{kind}-{n}" for n in range(1, count + 1)]
    failures = {int(each.split()[1].partition(".")[0]) for each in REQUIREMENTS if each.startswith("REQ")}
    assert failures == set(range(1, 35))
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


# they can fail


def test_a_defence_that_is_broken_turns_its_case_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(case: str, target: Any, name: str, broken: Any) -> None:
        assert tried(named(case), tmp_path), f"{case} fails as it stands"
        with monkeypatch.context() as patch:
            patch.setattr(target, name, broken)
            assert not tried(named(case), tmp_path), f"{case} does not notice"

    check("bomb", hcert, "MAX_CWT", 10_000_000)
    check("packed-anew", RevocationList, "judge", lambda *_, **__: ())
    check("too-much", certificates.limits, "check", lambda *_, **__: None)
    check("red-by-hand", assigning, "_counts", lambda *_, **__: True)
    check("guard-without-a-word", permissions, "LASTS", timedelta(days=1))
    check("creeping", linting, "ESSENTIAL", frozenset())
    check("where-to-report", guarding, "SECURITY", "/elsewhere")
    check("ten-times-the-load", showing.Admission, "wait", lambda _: 0)
    check("left-of-those-checked", border, "answer", kept_on_disk(tmp_path, border.answer))
    check("ends-of-a-day", Leg, "clock", property(lambda _: UTC))
    check("list-searched", revoking, "of_certificate", lambda *_: frozenset({("record", "XA1234567")}))
    check("list-searched", decoys, "LEAST", 64)
    check("list-searched", decoys, "filled", lambda entries, _: max(1024, entries))  # nothing beyond the least size
    check("list-searched", decoys, "filled", lambda entries, _: max(1024, entries + 64))  # so many, whatever was real
    check("list-searched", decoys.withdrawn, "withdraw", kept_unless_decoys(decoys.withdrawn.withdraw))
    check("evidence-under-the-signature", layout, "EVIDENCES", dict.fromkeys(range(1, 6), Evidence.ADMINISTERED))
    check("names-compared", identification, "_is_cut", lambda *_: True)
    check("frames-afterwards", Enrolments, "frame", kept_in_memory(Enrolments.frame))
    check("recall-of-a-facility", Recall, "reaches", lambda *_: False)
    check(
        "pass-for-a-telephone",
        signers_pkpass,
        "manifest",
        lambda found: json.dumps(dict.fromkeys(found, "Han")).encode(),
    )


def kept_unless_decoys(withdraw: Any) -> Any:
    """Decoys that are drawn anew for each list."""
    return lambda connection, rows: withdraw(connection, [each for each in rows if each.ground != "decoy"])


def kept_on_disk(folder: Path, ask: Any) -> Any:
    def answer(scans: Any, **more: Any) -> Any:
        (folder / "of-today.log").write_text(str(scans), encoding="utf-8")
        return ask(scans, **more)

    return answer


def kept_in_memory(look: Any) -> Any:
    async def frame(house: Any, session: str, picture: bytes, **more: Any) -> Any:
        house.album = [*getattr(house, "album", ()), picture]
        return await look(house, session, picture, **more)

    return frame


def test_what_is_not_refused_is_a_breach(tmp_path: Path) -> None:
    @tries("REQ 1.1", what="nothing at all")
    def lets_all_through(yard: Yard) -> str:
        with refused():
            del yard
        return "refused"

    @tries("REQ 1.1", what="something that breaks")
    def breaks(yard: Yard) -> str:
        raise RecursionError

    told = list(run([lets_all_through, breaks], tmp_path))
    assert [each.passed for each in told] == [False, False]
    assert told[0].happened == "it was not refused"
    assert told[1].happened.startswith("RecursionError at test_selftest.py:")


def test_every_route_is_asked_by_nobody() -> None:
    assert {signing.address(route)[1].count("{") for route in signing.ROUTES} == {0}


# the command


def test_the_command_prints_a_line_each_and_counts(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = shell("selftest", "--attacks", "--only", "A11", "--only", "REQ 10.1")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[-1] == "2 passed, 0 failed"
    assert all(line.startswith("passed  ") for line in lines[:-1])
    told = shell("selftest", "--attacks", "--only", "base45", "--json")
    assert json.loads(told.out)["covers"] == ["REQ 11.1"]
    monkeypatch.setattr(hcert, "MAX_CWT", 10_000_000)
    red = shell("selftest", "--attacks", "--only", "bomb")
    assert (red.code, red.out.splitlines()[-1]) == (1, "0 passed, 1 failed")
    assert "FAILED  bomb" in red.out


@pytest.mark.parametrize("words", [[], ["--attacks", "--only", "nothing"]])
def test_what_it_cannot_do(shell: Shell, words: list[str]) -> None:
    assert shell("selftest", *words).code == 3


def test_the_scans_are_files_that_a_verifier_is_asked_with(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    assert shell("selftest", "--attacks", "--export", str(folder)).code == 0
    cases = sorted(folder.glob("*/*/case.json"))
    assert len({path.parents[1].name for path in cases}) == len(scans.SCANS)
    codes = {True: 0, False: 1, None: 2}
    for path in cases:
        told = json.loads(path.read_text("utf-8"))
        ran = shell("verify", "--bundle", str(path.parent / "lists"), "--at", told["at"], "--json",
                    str(path.parent / "scan.txt"))  # fmt: skip
        assert ran.code == codes[told["authentic"]], (told["case"], told["what"])
        if told["reason"]:
            assert told["reason"] in ran.out, (told["case"], told["what"])
        assert list(path.parent.glob("keys/*.pem"))
    assert shell("selftest", "--attacks", "--export", str(folder)).code == 3, "nothing is overwritten"
    assert exporting.README in (folder / "README.md").read_text("utf-8")


def test_another_verifier_is_asked_by_the_readme_alone(yard: Yard, tmp_path: Path) -> None:
    exporting.export(tmp_path, yard)
    asked = 0
    for path in sorted(tmp_path.glob("*/*/case.json")):
        told = json.loads(path.read_text("utf-8"))
        if told["format"] in ("eu-dcc", "hcert", None):
            assert another_verifier.ask(path.parent) is told["authentic"], (told["case"], told["what"])
            asked += 1
        assert told["reason"] is None or told["reason"] in json.loads((tmp_path / "reasons.json").read_text("utf-8"))
    assert asked > 70
    text = Path(another_verifier.__file__).read_text("utf-8")
    assert "pratique" not in text.split('"""')[2], "it is another one"


def test_what_a_case_is_about() -> None:
    case = named("base45")
    assert all(catalogue.about(case, [word]) for word in ("A11", "a11", "REQ 11.1", "11.1", "base45"))
    assert not any(catalogue.about(case, [word]) for word in ("A1", "REQ 1.1", "bomb"))
    assert catalogue.about(case, [])
