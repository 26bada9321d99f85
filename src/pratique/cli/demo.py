"""`pratique demo`: the whole way of a certificate, to take part in or to read."""

import importlib
import os
import shutil
import sys
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pratique.cli import _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import out as tell

demo = App(
    name="demo",
    help_epilogue="""\
Examples:

  pratique demo
  pratique demo --no-browser --out rehearsal
""",
)


@demo.default
def play(
    *,
    out: Path = Path("demo"),
    browser: Annotated[bool | None, Parameter(negative="--no-browser")] = None,
    faces: Path | None = None,
) -> Exit:
    """Two fictional countries: sign up before a camera at one, cross the border of the other, without a network.

    With a terminal and a browser both pages are opened, and served on this machine until Ctrl-C. Without either the
    same story is played and printed, each answer compared with the one that is told.

    Parameters
    ----------
    out
        The folder for everything that is made, demo if not given; an earlier demonstration in it is replaced, unless
        something else was put beside it.
    browser
        Serve the pages, whether or not a browser can be opened here; --no-browser prints the story.
    faces
        A folder of photographs, named as for face evaluate: in the printed story real people then try her passport.
    """
    if faces is not None and not any(faces.glob("*__1.*")):
        raise UsageFault(f"{faces}: no photograph named LABEL__1.jpg in this folder")
    _need_the_extra()
    from pratique.sandbox.demo import MADE, MARK, run

    _clear(out, MARK, MADE)
    at = _files.instant(None, "--at")
    if browser or (browser is None and _somebody_looks()):
        _serve(out, at, can_open=_somebody_looks())
    else:
        run(out, at=at, say=tell, command=command(), faces=faces)
    return Exit.DONE


def _need_the_extra() -> None:
    """Find out now whether anything is missing: the folder is not touched then, and the extra is named."""
    for module in ("skimage", "dlib", "litestar", "pypdfium2", "typst"):
        importlib.import_module(module)


def _clear(out: Path, mark: str, made: frozenset[str]) -> None:
    """An empty folder in the place of an earlier demonstration, and of nothing else."""
    if out.exists() and not (out / mark).is_file():
        raise UsageFault(
            "the folder for the demonstration is there already and is none of ours: name another with --out"
        )
    for path in sorted(out.rglob("*")):
        if path.relative_to(out).as_posix() not in made:
            raise UsageFault(
                f"{path} is none of ours, and would be deleted: move it, or name another folder with --out"
            )
    try:
        shutil.rmtree(out, ignore_errors=not out.exists())
        out.mkdir(parents=True)
        (out / mark).touch()
    except OSError as fault:
        raise UsageFault(f"{out}: {fault.strerror}") from fault


def _serve(out: Path, at: datetime, *, can_open: bool) -> None:
    from pratique.sandbox import stage
    from pratique.sandbox.demo import prepare

    tell("Two countries that do not exist: XA, which issues, and XB, which has a border.")
    world = prepare(out, at=at, say=tell)
    tell("   The pages start; the matcher loads its models.")

    def opened(scene: str, ministry: str, border: str) -> None:
        tell("")
        tell(f"Both pages side by side   {scene}")
        tell(f"XA: sign up               {ministry}")
        tell(f"XB: border                {border}")
        tell("")
        tell("Sign up with passport XA1234567 and the specimen camera, or have a passport made for yourself.")
        tell("Ctrl-C ends it.")
        if can_open:
            webbrowser.open(scene)

    stage.play(world, out, opened=opened)


def _somebody_looks() -> bool:
    """Whether there is a terminal, and a screen on which a browser can be opened."""
    screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not (screen and sys.stdout.isatty()):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def command() -> str:
    """How this program was called, so that what is printed works as printed."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{sys.executable} -m pratique"
    return "pratique" if shutil.which("pratique") else str(called)
