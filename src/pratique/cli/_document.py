"""The travel document in hand, as an option of a command."""

from pathlib import Path

from pratique.cli import _files
from pratique.model import mrz
from pratique.model.mrz import MachineReadableZone

_LONGEST = 1024


def read(text: str | None) -> MachineReadableZone | None:
    """The machine readable zone in an option's value: its lines, separated by line ends or `/`, or `@` and a file.

    No zone holds a `/`, which is easier to type than a line end. Raises `MalformedDocument`, `UsageFault`.
    """
    if text is None:
        return None
    if text.startswith("@"):
        text = _files.read(Path(text[1:]), at_most=_LONGEST).decode("utf-8", "replace")
    return mrz.parse(text.replace("/", "\n"))
