"""What reaches the terminal: results on stdout, everything else on stderr."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import lru_cache
from typing import TextIO, TypeVar

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from pratique import texts
from pratique.model.errors import Problem
from pratique.model.reasons import Reason

T = TypeVar("T")

_PATIENCE = 200
"""Scans after which somebody watching would like to see that it goes on."""


class Terminal(Console):
    """Rich's console, where a reader that went away stays a `BrokenPipeError` and never becomes an exit code 1."""

    def on_broken_pipe(self) -> None:
        """Called while the error is being handled; it goes on."""
        raise  # noqa: PLE0704


@lru_cache(maxsize=2)
def _terminal(stream: TextIO) -> Terminal:
    """One for each stream, so that a note goes above the count that is being shown and not into it."""
    return Terminal(file=stream, highlight=False, soft_wrap=True)


def terminal() -> Terminal:
    """Where notes and bars go: stderr."""
    return _terminal(sys.stderr)


def out(*parts: str | Text) -> None:
    """One line of the result, styled on a terminal and plain elsewhere."""
    _terminal(sys.stdout).print(_line(parts))


def note(*parts: str | Text) -> None:
    """One line that is not a result, on stderr."""
    _terminal(sys.stderr).print(_line(parts))


def json_line(value: object) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()  # whoever reads on may be waiting for this one


def shown(text: str) -> str:
    """A text from outside as a terminal may show it: what would move the cursor or turn the line is written out.

    Spaces that do not break stay, and isolates that are closed again, which turn nothing but what is inside them:
    `texts.filled` puts values into them.
    """
    if text.isprintable():
        return text
    kept = f"{_SPACES}{_ISOLATES if _closes(text) else ''}"
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


_SPACES = "\u00a0\u202f"
_ISOLATES = "\u2068\u2069"


def _closes(text: str) -> bool:
    """Whether every isolate in a text is closed, and nothing is closed that was not begun."""
    deep = 0
    for letter in text:
        deep += (letter == _ISOLATES[0]) - (letter == _ISOLATES[1])
        if deep < 0:
            return False
    return deep == 0


def explain_reasons(reasons: Iterable[Reason], language: str = "en") -> Iterator[Text]:
    """Each reason as lines: its code and what happened, then what to do next."""
    for reason in reasons:
        told = texts.explain(reason, language)
        yield Text.assemble("  ", (reason.value, "bold"), f"  {told.what}")
        yield Text(f"    → {told.next}")


def tell_problems(problems: Iterable[Problem], say: Callable[..., None]) -> None:
    """Each place with its reason; `say` is `out` where they are the result, else `note`."""
    for problem in problems:
        say(f"  {problem.path or 'the whole'}")
        for line in explain_reasons([problem.reason]):
            say("  ", line)


def watched(items: Iterable[T]) -> Generator[T]:
    """The same items, with a count on stderr once there are many, where a person watches and results go elsewhere.

    To be closed by whoever stops before the end, so that the count is gone before anything else is said.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} scans"), TimeElapsedColumn()
    with Progress(
        *columns,
        console=_terminal(sys.stderr),
        transient=True,
        redirect_stdout=False,  # results go elsewhere, and have to arrive there
        redirect_stderr=False,
    ) as progress:
        task = progress.add_task("", total=None, visible=False)
        for count, item in enumerate(items, 1):
            yield item
            progress.update(task, completed=count, visible=count > _PATIENCE)


def _line(parts: tuple[str | Text, ...]) -> Text:
    return Text.assemble(*(part if isinstance(part, Text) else shown(part) for part in parts))
