"""`pratique selftest --attacks`: attack this system as others were, and say what held."""

import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec import structs

from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line
from pratique.cli._printing import note as whisper
from pratique.cli._printing import out as tell

selftest = App(
    name="selftest",
    help="Attack this system as systems like it were attacked, and say what held.",
    help_epilogue="""\
Examples:

  pratique selftest --attacks
  pratique selftest --attacks --only A11
  pratique selftest --attacks --only GV-2 --json | jq .happened
  pratique selftest --attacks --export scans/

Exit codes: 0 every defence held, 1 one did not, 3 cannot be used.
""",
)


@selftest.default
def run(
    *,
    attacks: bool = False,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=False)] = (),
    export: Path | None = None,
    json: bool = False,
) -> Exit:
    """Try every attack against the library, the API and the pages of this installation, with people who do not exist.

    A line for each says what was tried, which requirements it is about, and what happened; the last one counts. Nothing
    is kept on the disk, and nothing outside of this machine is asked.

    Parameters
    ----------
    attacks
        Try the attacks: there is no other test yet.
    only
        Only those about a failure (A11), a requirement ("REQ 11.1", EQ-3), or of this name; may be given again.
    export
        Instead of trying them, write the scans among them to a folder, so that any other verifier can be asked the
        same.
    json
        Print one JSON object a case, a line each.
    """
    if not attacks:
        raise UsageFault("say which: --attacks")
    from pratique.sandbox.attacks import catalogue, exporting
    from pratique.sandbox.attacks.cases import run as tried
    from pratique.sandbox.attacks.yard import Yard

    chosen = [case for case in catalogue.CASES if catalogue.about(case, only)]
    if not chosen:
        raise UsageFault("--only: no case is about that; `pratique selftest --attacks --json` lists all of them")
    with tempfile.TemporaryDirectory(prefix="pratique-attacks-") as folder:
        if export is not None:
            if export.exists() and any(export.iterdir()):
                raise UsageFault("--export: the folder is not empty")
            with Yard(Path(folder)) as yard:
                count = exporting.export(export, yard)
            tell(f"{count} scans in {export}; README.md there says how to use them")
            return Exit.DONE
        failed = 0
        # told one by one, for whoever waits: a few take seconds
        for outcome in tried(chosen, Path(folder)):
            failed += not outcome.passed
            if json:
                json_line(structs.asdict(outcome))
                continue
            word = "passed" if outcome.passed else "FAILED"
            tell(f"{word}  {outcome.name}  [{', '.join(outcome.covers)}]  {outcome.tried}: {outcome.happened}")
    (whisper if json else tell)(f"{len(chosen) - failed} passed, {failed} failed")
    return Exit.REFUSED if failed else Exit.DONE
