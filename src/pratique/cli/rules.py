"""`pratique rules`: check rules before they are published, and run the tests that come with them."""

import json as standard_json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cyclopts import App
from msgspec import Struct

from pratique.cli import _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out, tell_problems
from pratique.model.errors import Problem, RuleRefused
from pratique.rules import check as check_expression
from pratique.rules import compiled, parse_rule
from pratique.rules.compiling import Compiled
from pratique.rules.entry import parse_entry_rules
from pratique.rules.fields import MAX_FILE, decoded, fields_of
from pratique.rules.gateway import list_problems, problems, upload_problems
from pratique.rules.rule import MAX_RULE, Rule, read_json
from pratique.rules.suites import Result, run_rule_test, run_suite

RULE = "rule.json"
"""The file of a rule; its tests are the files in the folder `tests` beside it."""

MAX_TESTS = 16 * 1024 * 1024
"""Octets of a file of tests; the largest of the official suite has 20 000."""

rules = App(
    name="rules",
    help="Check rules (CertLogic), and run the tests that come with them.",
    help_epilogue="""\
Examples:

  pratique rules check VR-XA-0001.json bundle/rules/XA.json
  pratique rules check --upload XA --at 2026-11-23T12:00Z --previous old.json new.json
  pratique rules test rules/XA testSuite
""",
)


@rules.command
def check(
    *file: Path, upload: str | None = None, at: str | None = None, previous: Path | None = None, json: bool = False
) -> Exit:
    """Say everything that is wrong with rules, each with its place.

    Parameters
    ----------
    file
        Rules in JSON as countries publish them, one or a list, a country's entry rules, or bare CertLogic expressions.
    upload
        Also check what a gateway asks of a rule that this country (ISO 3166-1 alpha-2) uploads.
    at
        The instant of the upload, in ISO 8601; now if not given, and UTC if it names no zone.
    previous
        The published rule that this one replaces.
    json
        Print one JSON object a file, a line each.
    """
    if not file:
        raise UsageFault("no rule was named: give the names of their files")
    before = None if previous is None else _usable(previous)
    moment = _files.instant(at, "--at")
    refused = False
    for path in file:
        data = _files.read(path, at_most=MAX_FILE)
        if upload is not None:
            found = upload_problems(data, country=upload, at=moment, previous=before)
        else:
            found = _problems(data)
        refused |= bool(found)
        if json:
            json_line({"file": str(path), "problems": found})
        else:
            _print(path, found)
    return Exit.REFUSED if refused else Exit.DONE


def _usable(path: Path) -> Rule:
    """A rule that somebody compares with. Raises `UsageFault`, after a note on all that is wrong."""
    with _files.of(path):
        return parse_rule(_files.read(path, at_most=MAX_RULE))


def _problems(data: bytes) -> tuple[Problem, ...]:
    """Those of a rule, a list of rules, a country's file, or a bare expression: what has neither name nor logic."""
    if data.lstrip()[:1] == b"[":
        return list_problems(data)
    if (found := _entry_problems(data)) is not None:
        return found
    try:
        content = read_json(data)
    except RuleRefused as refusal:
        return refusal.problems
    return problems(data) if content.keys() & {"Identifier", "Logic"} else check_expression(content)


def _entry_problems(data: bytes) -> tuple[Problem, ...] | None:
    """Those of a country's entry rules; None for any other file."""
    try:
        fields = fields_of(data, "entry_rules")
    except RuleRefused:
        return None
    country = decoded(fields["country"], str, "country", []) if "country" in fields else None
    try:
        parse_entry_rules(data, country or "")
    except RuleRefused as refusal:
        return refusal.problems
    return ()


def _print(path: Path, found: tuple[Problem, ...]) -> None:
    out(f"{path}: {'as it should be' if not found else f'{len(found)} to mend'}")
    tell_problems(found, out)


@rules.command(name="test")
def run_tests(*folder: Path, json: bool = False) -> Exit:
    """Run the tests of rules (rule.json and tests/ beside it) and suites of expressions.

    Parameters
    ----------
    folder
        Folders to search, however deep the tests are, or single files of tests.
    json
        Print one JSON object a test, a line each, and the counts at the end.
    """
    if not folder:
        raise UsageFault("no folder was named: give those in which tests lie")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for ran in _run(folder):
        end = "skipped" if ran.result.skipped else "failed" if ran.result.difference else "passed"
        counts[end] += 1
        if json:
            json_line({"file": str(ran.file), "name": ran.result.name, "result": end, **ran.told})
        elif end == "failed":
            out(f"{ran.file}: {ran.result.name}".removesuffix(": "))
            out(f"  {ran.result.difference}")
    if not any(counts.values()):
        raise UsageFault(
            "no tests were found there: a rule.json has them beside it in a folder tests, a suite has cases"
        )
    if json:
        json_line(counts)
    else:
        skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
        out(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return Exit.REFUSED if counts["failed"] else Exit.DONE


class _Ran(Struct, frozen=True):
    """One test that ran, and the file it stands in."""

    file: Path
    result: Result

    @property
    def told(self) -> dict[str, str]:
        return {"difference": self.result.difference} if self.result.difference else {}


_Loaded = tuple[tuple[Rule, Compiled] | None, tuple[Problem, ...]]
"""A rule with its function, or what is wrong with it."""


def _run(places: tuple[Path, ...]) -> Iterator[_Ran]:
    load = cache(_load)
    for place in places:
        named = not place.is_dir()
        for file in [place] if named else sorted(place.rglob("*.json")):
            rule = file.parent.parent / RULE
            if file.name == RULE:
                results = _readable(load(file))
            elif file.parent.name == "tests" and rule.is_file():
                results = _test(load(rule), file)
            else:
                results = _suite(file, named=named)
            for result in results:
                yield _Ran(file, result)


def _readable(loaded: _Loaded) -> list[Result]:
    """A rule has no result of its own, unless it cannot be read; its tests lie beside it."""
    told = "; ".join(f"{problem.reason} at {problem.path or 'the whole'}" for problem in loaded[1])
    return [Result("the rule", told)] if told else []


def _test(loaded: _Loaded, file: Path) -> list[Result]:
    rule, _ = loaded
    if rule is None:
        return [Result("", "its rule cannot be read")]
    try:
        return [run_rule_test(*rule, _content(file))]
    except ValueError as fault:
        return [Result("", str(fault))]


def _suite(file: Path, *, named: bool) -> list[Result]:
    """The results of a suite; other files of a folder, such as schemas and value sets, are passed over."""
    try:
        content = _content(file)
        if named or (isinstance(content, dict) and "cases" in content):
            return list(run_suite(content))
    except ValueError as fault:
        return [Result("", str(fault))]
    return []


def _load(file: Path) -> _Loaded:
    try:
        rule = parse_rule(_files.read(file, at_most=MAX_RULE))
    except RuleRefused as refusal:
        return None, refusal.problems
    return (rule, compiled(rule)), ()


def _content(file: Path) -> object:
    """A file's JSON. Raises `ValueError`."""
    try:
        return standard_json.loads(_files.read(file, at_most=MAX_TESTS))
    except (ValueError, RecursionError) as fault:
        raise ValueError("not JSON: mend the file, or leave it out") from fault
