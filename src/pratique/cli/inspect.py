"""`pratique inspect`: a scan layer by layer, unverified, as far as it can be taken apart."""

import binascii
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated

from cbor2 import CBORSimpleValue, CBORTag, undefined
from cyclopts import App, Parameter

from pratique import formats
from pratique.cli import _scans
from pratique.cli._exits import Exit, worst
from pratique.cli._printing import explain_reasons, json_line, out, shown
from pratique.model.dates import format_instant
from pratique.model.envelope import Layer
from pratique.model.errors import MalformedCertificate

HEADING = "UNVERIFIED: nothing below has been checked, and anybody can have written it."

inspect = App(
    name="inspect",
    help_epilogue="""\
Examples:

  pratique inspect HC1:NCFOXN...
  pratique inspect photo.jpg
  pratique inspect --json - < scans.txt

Exit codes: 0 taken apart to the end, 1 stopped on the way, 3 cannot be used, 4 our fault.
""",
)


@inspect.default
def layers(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    json: bool = False,
) -> Exit:
    """Show what is in a scan, layer by layer, without believing any of it.

    Parameters
    ----------
    scan
        A scan (HC1:...), a text file with a scan a line, a picture or PDF of codes, or - for stdin.
    json
        Print one JSON object a scan, a line each.
    """
    exits = []
    for number, found in enumerate(_scans.find(scan)):
        if isinstance(found, _scans.Missing) or found.scan is None:
            _scans.tell(found)
            exits.append(Exit.USAGE)
            continue
        taken, stopped = _take_apart(found.scan)
        exits.append(Exit.DONE if stopped is None else Exit.REFUSED)
        if json:
            json_line(_as_json(found.source, taken, stopped))
        else:
            _print(
                None if len(scan) == 1 and found.source.argument else found.source, taken, stopped, first=number == 0
            )
    return worst(exits)


def _take_apart(scan: str | bytes) -> tuple[list[Layer], MalformedCertificate | None]:
    taken = []
    try:
        for layer in formats.layers(scan):
            taken.append(layer)  # noqa: PERF402  what came before the stop is kept
    except MalformedCertificate as stopped:
        return taken, stopped
    return taken, None


def _as_json(source: _scans.Source, taken: list[Layer], stopped: MalformedCertificate | None) -> dict[str, object]:
    return {
        "verified": False,
        "layers": [
            {"name": layer.name, **{key: _plain(value) for key, value in layer.facts.items()}} for layer in taken
        ],
        "stopped": stopped and {"reasons": stopped.reasons, "where": stopped.detail},
        "source": source,
    }


def _plain(value: object) -> object:
    """What JSON can say of a CBOR item; octets as `h'...'`, keys as texts, in diagnostic notation."""
    match value:
        case bool() | None | int() | float() | str():
            return value
        case Mapping():
            return {key if isinstance(key, str) else diagnostic(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return diagnostic(value)


def _print(
    source: _scans.Source | None, taken: list[Layer], stopped: MalformedCertificate | None, *, first: bool
) -> None:
    if not first:
        out()
    if source is not None:
        out(f"{source}")
    out(HEADING)
    for layer in taken:
        out(shown(layer.name))
        for key, value in layer.facts.items():
            head, *rest = _lines(value)
            out(f"  {shown(key)}: {head}")
            for line in rest:
                out(f"  {line}")
    if stopped is not None:
        out(f"Stopped here: {stopped.detail}")
        for told in explain_reasons(stopped.reasons):
            out(told)


def _lines(value: object, indent: str = "") -> Iterator[str]:
    """A value in diagnostic notation: containers of several lines where one would be long."""
    flat = diagnostic(value)
    if len(flat) <= 100 or not isinstance(value, Mapping | list | tuple) or not value:
        yield flat
        return
    inner = f"{indent}  "
    if isinstance(value, Mapping):
        yield "{"
        for key, item in value.items():
            head, *rest = _lines(item, inner)
            yield f"{inner}{diagnostic(key)}: {head}"
            yield from rest
        yield f"{indent}}}"
        return
    yield "["
    for item in value:
        head, *rest = _lines(item, inner)
        yield f"{inner}{head}"
        yield from rest
    yield f"{indent}]"


def diagnostic(item: object) -> str:
    """A decoded CBOR item in diagnostic notation (RFC 8949 section 8), on one line and safe to show."""
    match item:
        case bytes():
            return f"h'{binascii.hexlify(item).decode()}'"
        case str():
            return '"' + shown(item).replace('"', '\\"') + '"'
        case bool():
            return "true" if item else "false"
        case None:
            return "null"
        case datetime():
            return f'0("{format_instant(item)}")'
        case date():
            return f'1004("{item.isoformat()}")'
        case Mapping():
            return "{" + ", ".join(f"{diagnostic(key)}: {diagnostic(value)}" for key, value in item.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(diagnostic, item)) + "]"
        case CBORTag():
            return f"{item.tag}({diagnostic(item.value)})"
        case CBORSimpleValue():
            return f"simple({item.value})"
        case _:
            return "undefined" if item is undefined else shown(str(item))
