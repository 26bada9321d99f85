"""`pratique demo`: the whole way of a certificate, in one folder."""

import shutil
import sys
from pathlib import Path

from cyclopts import App

from pratique.cli import _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import out as tell

demo = App(
    name="demo",
    help_epilogue="""\
Examples:

  pratique demo
  pratique demo --out rehearsal
""",
)


@demo.default
def play(*, out: Path = Path("demo")) -> Exit:
    """Issue, print, check and refuse certificates of fictional states, in one go and without a network.

    Parameters
    ----------
    out
        The folder for everything that is made, demo if not given; an earlier demonstration in it is replaced, unless
        something else was put beside it.
    """
    import pypdfium2  # noqa: F401  first, so that both extras are named where both are absent
    import typst  # noqa: F401

    from pratique.sandbox.demo import MADE, MARK, run

    if out.exists() and not (out / MARK).is_file():
        raise UsageFault(
            "the folder for the demonstration is there already and is none of ours: name another with --out"
        )
    for path in sorted(out.rglob("*")):
        if path.relative_to(out).as_posix() not in MADE:
            raise UsageFault(
                f"{path} is none of ours, and would be deleted: move it, or name another folder with --out"
            )
    try:
        shutil.rmtree(out, ignore_errors=not out.exists())
        out.mkdir(parents=True)
        (out / MARK).touch()
    except OSError as fault:
        raise UsageFault(f"{out}: {fault.strerror}") from fault
    run(out, at=_files.instant(None, "--at"), say=tell, command=command())
    return Exit.DONE


def command() -> str:
    """How this program was called, so that what is printed works as printed."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{sys.executable} -m pratique"
    return "pratique" if shutil.which("pratique") else str(called)
