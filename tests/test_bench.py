"""The benchmark runs and prints what it promises; how fast anything was is no business of a test."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench import formats, material, report, revoking, run, verifying

from pratique.formats import FORMATS
from pratique.model.keys import Algorithm
from pratique.rules.gateway import problems
from pratique.verification import verify

ROOT = Path(__file__).parents[1]


def test_a_flipped_bit_is_refused_and_the_untouched_string_is_not() -> None:
    signer = material.DocumentSigner(Algorithm.ES256)
    trust_list = material.trust_list(signer)
    (scan,) = material.scans(1, signer)
    assert verify(material.flipped(scan), trust_list=trust_list, at=material.AT).authentic is False
    assert verify(scan, trust_list=trust_list, at=material.AT).authentic is True


def test_refusals_are_not_measured() -> None:
    signer, stranger = material.DocumentSigner(Algorithm.ES256), material.DocumentSigner(Algorithm.ES256)
    (scan,) = material.scans(1, stranger)
    result = verify(scan, trust_list=material.trust_list(signer), at=material.AT)
    with pytest.raises(AssertionError, match="not authentic"):
        verifying.must_be_authentic([verifying.unreservedly(result)])
    trust_list = material.trust_list(stranger)
    result = verify(scan, trust_list=trust_list, at=material.AT)
    assert not verifying.unreservedly(result)  # no revocation list was given, so that a check was skipped
    result = verify(scan, trust_list=trust_list, at=material.AT, revocation=material.revocation_list())
    verifying.must_be_authentic([verifying.unreservedly(result)])


def test_no_two_strings_are_alike() -> None:
    scans = material.scans(30, material.DocumentSigner(Algorithm.ES256))
    assert len(set(scans)) == 30


@pytest.mark.parametrize(
    ("figure", "at_most", "outcome"),
    [(1.0, False, "missed"), (2.0, False, "met"), (2.1, True, "missed"), (2.0, True, "met"), (None, False, "skipped")],
)
def test_a_budget_is_judged_by_its_figure(figure: float | None, at_most: bool, outcome: str) -> None:
    assert report.Budget("a promise", 2.0, figure, at_most=at_most).outcome == outcome


def test_a_part_that_cannot_run_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: int) -> report.Part:
        raise report.Skipped("needs node")

    promised = (report.Budget("a promise", 1, None),)
    monkeypatch.setattr(run, "PARTS", {5: (absent, 1, 1, promised)})
    assert run.main(["--part", "5"]) == 0
    printed = capsys.readouterr().out
    assert "\n5. skipped: needs node\n" in printed
    assert re.search(r"^a promise +≥ 1 +– +skipped$", printed, re.MULTILINE)


def test_part_1_prints_a_table_and_its_budgets() -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "bench" / "run.py", "--quick", "--part", "1"],
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    number, ratio = r"\d+\.\d", r"\d\.\d\d"
    for pattern in (
        r"\d{4}-\d\d-\d\d, .+ cores, CPython 3\.\d+\.\d+.*, cryptography .+",
        r"1\. verify, every check on, against the raw signature check",
        rf"ES256 +20 +{number} +{number} +-?{number} +{ratio} \({ratio} to {ratio}\)",
        rf"PS256 +2 +{number} +{number} +-?{number} +{ratio} \({ratio} to {ratio}\)",
        r"every string was authentic; the one with a flipped bit was refused \(SIGNATURE_INVALID\)",
        rf"verify, of the raw ES256 rate +≥ 0\.6 +{ratio} +(met|missed)",
        rf"verify, of the raw ES256 rate \(stretch\) +≥ 0\.7 +{ratio} +(met|missed)",
    ):
        assert re.search(rf"^{pattern}$", finished.stdout, re.MULTILINE), (pattern, finished.stdout)


PRINTED = {
    6: (
        r"6\. from the last camera frame to the QR code",
        r"together +\d+\.\d +\d+\.\d +\d+\.\d",
        r"2 travellers, one at a time, \d+ workers on \d+ cores; load average at the end [\d.?]+",
        r"last camera frame to QR, p95 +≤ 1000 ms +\d+\.\d\d ms +(met|missed)",
        r"of which signing and QR, p95 +≤ 15 ms +\d+\.\d\d ms +(met|missed)",
    ),
    9: (
        r"9\. one policy over a million certificates",
        r"DuckDB, one thread +\d+\.\d +\d+\.\d\d \(.+ to .+\)",
        r"equal counts: \d+ passed, \d+ failed, \d+ open",
        r"a policy over a million certificates in DuckDB, of compiled Python's rate +≥ 20× +\d+\.\d\d× +(met|missed)",
    ),
    12: (
        r"12\. From a record to a certificate, its code and its page",
        r"request to certificate, committed +\d+\.\d +\d+\.\d +\d+\.\d",
        r"every certificate was authentic; the key's counter, its log and the certificates agree",
        r"record to certificate to QR on PostgreSQL, p95 +≤ 50 ms +\d+\.\d\d ms +(met|missed)",
        r"page to print, warm, median +≤ 15 ms +\d+\.\d\d ms +(met|missed)",
    ),
    13: (
        r"13\. The API over HTTP",
        r"authentic\? +[\d,]+ +[\d,]+ +\d+ µs +\d\.\d\d \(.+ to .+\)",
        r"passport that is not +\d+\.\d\d ms",
        r"/v1/verify over HTTP, one worker, of the bare pipeline +≥ 0\.5 +\d\.\d\d +(met|missed)",
        r"a flight of 300 passengers +≤ 1 s +\d+\.\d\d s +(met|missed)",
    ),
    15: (
        r"15\. the colour of a whole population",
        r"DuckDB, two threads, elapsed +\d+\.\d\d \(.+ to .+\) +\d+\.\d",
        r"colours: \d+ green, \d+ red, \d+ unknown, \d+ yellow",
        r"colours of a population from Parquet on disk, DuckDB on two cores +≥ 1 M people/s +\d+\.\d\d.+(met|missed)",
    ),
    16: (
        r"16\. displays",
        r"one core serves [\d,]+ displays/s, \d+ µs of processor time each",
        r"capacity set to [\d,]+/s, a tenth of the most; sent away: \d+%, to come back after \d+ to \d+ s, .+",
        r"display, p95 below capacity +≤ 100 ms +\d+\.\d\d ms +(met|missed)",
        r"display, served of capacity at ten times +≥ 0\.8× +\d+\.\d\d× +(met|missed)",
    ),
}
"""Lines that each part prints, as patterns: what was measured, that it was right, and its budgets."""
SOCKETS = (9, 13, 15, 16)
"""Servers of our own, and Spark where it is installed, are asked over one."""


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=pytest.mark.enable_socket if each in SOCKETS else ()) for each in PRINTED]
)
def test_a_part_prints_what_it_found_and_its_budgets(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--quick", "--part", str(number)]) == 0
    printed = capsys.readouterr().out
    for pattern in PRINTED[number]:
        assert re.search(rf"^{pattern} *$", printed, re.MULTILINE), (pattern, printed)


def test_part_14_reports_both_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--quick", "--part", "14"]) == 0
    printed = capsys.readouterr().out
    for name in ("look-up before the camera", "a wrong code on paper"):
        assert re.search(
            rf"^{name} +\d+\.\d{{3}} +\d+\.\d{{3}} +[+-]\d+\.\d{{3}} +.+ to .+ +\d+%$", printed, re.MULTILINE
        )


def test_rules_of_the_benchmark_are_in_order() -> None:
    for content in json.loads((ROOT / "bench" / "certlogic" / "rules.json").read_text("utf-8")):
        assert problems(json.dumps(content).encode()) == ()


def test_part_7_measures_every_format() -> None:
    part = formats.measure(2)
    assert {row[0].split(",")[0].split()[0] for row in part.rows} == {module.NAME for module in FORMATS}
    assert {row[0]: row[2] for row in part.rows}["vds-nc"] == "2"
    assert not any(budget.name.startswith("verify divoc") for budget in part.budgets)


def test_part_10_looks_up_what_it_wrote() -> None:
    part = revoking.measure(300)
    assert [budget.unit for budget in part.budgets] == ["MB", "µs", "µs"]
    assert all(budget.figure for budget in part.budgets)
