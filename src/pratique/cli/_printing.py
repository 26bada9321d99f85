"""What reaches the terminal: results on stdout, everything else on stderr."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from pratique import texts
from pratique.model.reasons import Reason

T = TypeVar("T")

_PATIENCE = 200
"""Scans after which somebody watching would like to see that it goes on."""


def out(*parts: str | Text) -> None:
    """One line of the result, styled on a terminal and plain elsewhere."""
    Console(file=sys.stdout, highlight=False, soft_wrap=True).print(_line(parts))


def note(*parts: str | Text) -> None:
    """One line that is not a result, on stderr."""
    Console(file=sys.stderr, highlight=False, soft_wrap=True).print(_line(parts))


def json_line(value: object) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()  # whoever reads on may be waiting for this one


def shown(text: str) -> str:
    """A text from outside as a terminal may show it: what would move the cursor or turn the line is written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def explain_reasons(reasons: Iterable[Reason], language: str = "en") -> Iterator[Text]:
    """Each reason as lines: its code and what happened, then what to do next."""
    for reason in reasons:
        told = texts.explain(reason, language)
        yield Text.assemble("  ", (reason.value, "bold"), f"  {told.what}")
        yield Text(f"    → {told.next}")


def watched(items: Iterable[T]) -> Iterator[T]:
    """The same items, with a count on stderr once there are many, where a person watches and results go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} scans"), TimeElapsedColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=None, visible=False)
        for count, item in enumerate(items, 1):
            yield item
            progress.update(task, completed=count, visible=count > _PATIENCE)


def _line(parts: tuple[str | Text, ...]) -> Text:
    return Text.assemble(*(part if isinstance(part, Text) else shown(part) for part in parts))
