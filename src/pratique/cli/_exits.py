"""How a command ends: its exit code, and the one exception for what the caller can mend."""

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """What a shell script can branch on; the meaning of each is the same in every command."""

    DONE = 0
    """Authentic, or the work is done."""
    REFUSED = 1
    """Not authentic, another person's document, or nothing that we sign."""
    UNDECIDED = 2
    """Something that has to be known is not."""
    USAGE = 3
    """An option, a file or a picture that cannot be used."""
    OUR_FAULT = 4
    INTERRUPTED = 130
    """Ctrl-C, as shells count it: 128 + SIGINT."""
    PIPE_CLOSED = 141
    """Whoever read our output stopped reading: 128 + SIGPIPE."""


_WORST_FIRST = (Exit.OUR_FAULT, Exit.USAGE, Exit.REFUSED, Exit.UNDECIDED, Exit.DONE)


def worst(exits: Iterable[Exit]) -> Exit:
    """The one code for many answers; `Exit.DONE` for none."""
    return min(exits, key=_WORST_FIRST.index, default=Exit.DONE)


class UsageFault(Exception):
    """What the caller can mend: one line for people, that never repeats a value which may be a person's."""
