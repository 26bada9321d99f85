"""Files, times and lines of text from the shell: the clock and the disk are read here, and nowhere below."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pratique.cli._exits import UsageFault
from pratique.cli._printing import note, tell_problems
from pratique.model.dates import YEARS, parse_instant
from pratique.model.errors import MalformedRecord, RuleRefused, TrustMaterialError
from pratique.model.lines import is_line


def read(path: Path, *, at_most: int) -> bytes:
    """The bytes of a file of no more than `at_most`. Raises `UsageFault`."""
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    if len(data) > at_most:
        raise UsageFault(f"{path}: larger than {at_most} bytes")
    return data


def json(path: Path, *, at_most: int) -> object:
    """What a file of JSON holds. Raises `UsageFault`."""
    try:
        return msgspec.json.decode(read(path, at_most=at_most))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not JSON, or nested too deeply; mend it, or name another") from fault


@contextmanager
def of(path: Path) -> Iterator[None]:
    """Whatever turns out to be wrong with what a file holds is told with the file's name.

    Raises `TrustMaterialError` and `MalformedRecord` anew, and `UsageFault` for a `RuleRefused`, after a note on each
    of its problems.
    """
    try:
        yield
    except (TrustMaterialError, MalformedRecord) as fault:
        raise type(fault)(*fault.reasons, detail=f"{path}: {fault.detail}") from fault
    except RuleRefused as refusal:
        tell_problems(refusal.problems, note)
        raise UsageFault(f"{path}: this file cannot be used; mend it, or name another") from refusal


def check_folder(path: Path) -> None:
    """Refuse a destination that is there and no folder. Raises `UsageFault`."""
    if path.exists() and not path.is_dir():
        raise UsageFault(f"{path}: not a folder; name another")


def write(path: Path, data: bytes) -> None:
    """Write a result to `path`, over whatever it held. Raises `UsageFault`."""
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault


def check_writable(path: Path) -> None:
    """Refuse a destination that cannot be written to, before there is a result; nothing is left behind.

    Raises `UsageFault`.
    """
    try:
        if path.exists():
            path.open("ab").close()
        else:
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault


def line(text: str, option: str) -> str:
    """The value of an option that others will read as a line of text. Raises `UsageFault`."""
    if not text.strip() or not is_line(text):
        raise UsageFault(f"{option} takes one line of text, without control characters")
    return text.strip()


def instant(text: str | None, option: str) -> datetime:
    """The instant that an option names, or now, in whole seconds; without a zone it is UTC, and a note says so.

    Raises `UsageFault`.
    """
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = parse_instant(text)
        naive = datetime.fromisoformat(text.strip()).tzinfo is None
    except ValueError as fault:
        raise UsageFault(f"{option} takes a date and time such as 2026-11-23T12:00Z") from fault
    if moment.year not in YEARS:
        raise UsageFault(f"{option} takes a time between the years {YEARS[0]} and {YEARS[-1]}")
    if naive:
        note(f"{option} names no time zone: it is taken as UTC")
    return moment
