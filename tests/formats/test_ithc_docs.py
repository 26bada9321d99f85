"""docs/formats/ithc.md is true: its example, its encoding, its lists and its keys are those of the code."""

import ast
import re
from pathlib import Path

import cbor2

from pratique.formats.hcert import _ithc_layout as layout
from pratique.formats.hcert import ithc
from pratique.model.certificate import choose
from pratique.model.reasons import EFFECTS, Effect, Reason
from pratique.model.valueset import Code
from tests.formats import ithc_examples as examples

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "ithc.md").read_text("utf-8")
TWELVE = examples.certificate(12)
EXAMPLE = choose(TWELVE, *(TWELVE.claims[position] for position in (0, 2, 3, 10)))
TOKEN = re.compile(r"""(?P<text>"(?:[^"\\]|\\.)*")|h'(?P<bytes>[0-9a-f]*)'|(?P<comment>/[^/]*/)|\btrue\b""")


def block(kind: str) -> str:
    return re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]


def diagnostic(notation: str) -> object:
    """The value that diagnostic notation shows; it differs from Python's in bytes, comments and true."""

    def python(token: re.Match[str]) -> str:
        if token["text"]:
            return token["text"]
        if token["bytes"] is not None:
            return repr(bytes.fromhex(token["bytes"]))
        return "" if token["comment"] else "True"

    return ast.literal_eval(TOKEN.sub(python, notation))


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in line] for line in lines[2:]]


def test_the_example_is_what_is_written_and_read() -> None:
    shown = diagnostic(block("cbor-diag"))
    assert shown == ithc.write(EXAMPLE)
    assert ithc.read(shown) == EXAMPLE
    assert f"`{EXAMPLE.claims[0].uvci}`" in PAGE


def test_the_encoding_is_that_of_the_example() -> None:
    assert bytes.fromhex(block("text")) == cbor2.dumps(ithc.write(EXAMPLE))


def test_the_lists_are_those_of_the_code() -> None:
    systems = rows("Systems")
    assert [system for _, system in systems] == list(layout.SYSTEMS)
    codes = rows("Codes")
    assert [Code(systems[int(system)][1], value) for _, system, value, _ in codes] == list(layout.CODES)
    for table in (systems, codes):
        assert [int(row[0]) for row in table] == list(range(len(table)))


def test_the_keys_and_limits_are_those_of_the_code() -> None:
    assert [int(row[0]) for row in rows("Claims")] == list(range(layout.VALID_UNTIL + 1))
    assert [int(row[0]) for row in rows("The payload")] == list(range(layout.SPECIMEN + 1))
    assert [int(row[0]) for row in rows("Holder")] == list(range(layout.DOCUMENT + 1))
    assert [int(row[0]) for row in rows("Travel document")] == list(range(layout.DOCUMENT_DIGEST + 1))
    assert f"**{ithc.KEY}**" in PAGE
    assert f"{layout.MAX_CLAIMS} claims" in PAGE
    assert f"array, at most {layout.MAX_TABLE}" in PAGE
    assert f"`{layout.UNLISTED}`" in PAGE


def test_an_unknown_version_says_nothing_against_a_certificate() -> None:
    assert EFFECTS[Reason.CONTENT_VERSION][1] is Effect.OPEN
