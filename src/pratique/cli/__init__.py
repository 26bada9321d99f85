"""The command line: `pratique verify`, `inspect`, `issue`, `keys`, `qr`, `demo`.

Here the clock, files and the environment are read; what is decided is decided below. Results go to stdout and
everything else to stderr, so that either can be piped, and no message repeats a value that may be a person's.
"""

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, Parameter
from cyclopts.exceptions import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import explain_reasons, note
from pratique.model.errors import IssueRefused, MalformedRecord, PratiqueError, PrintRefused

__all__ = ["app", "main"]

DEBUG = "--debug"

_EXTRAS = {"zxingcpp": "qr", "PIL": "qr", "typst": "pdf", "fontTools": "pdf", "pypdfium2": "pdf"}

app = App(
    name="pratique",
    help="Digital travel-health certificates: issue them, check them offline, and say why.",
    help_format="plaintext",
    help_epilogue="""\
Examples:

  pratique demo
  pratique verify --trust demo/border/xa.json --sandbox HC1:NCFOXN...
  pratique verify --help

--debug (or PRATIQUE_DEBUG=1) shows where a fault of ours came from.
""",
    default_parameter=Parameter(negative=(), show_default=False),
    result_action="return_value",
    exit_on_error=False,
    print_error=False,
    suppress_keyboard_interrupt=False,
)
for _name, _help in {
    "verify": "Check scans, pictures and PDFs offline, against the keys you trust.",
    "inspect": "Show what is in a scan, layer by layer, without believing any of it.",
    "issue": "Sign a certificate of health records.",
    "keys": "Make a country's keys, look at certificates of keys, write trust lists.",
    "qr": "Make a QR code of a text, or read the codes in pictures.",
    "demo": "Issue, print, check and refuse certificates of fictional states, in one go.",
}.items():
    app.command(f"pratique.cli.{_name}:{_name}", name=_name, help=_help)  # imported only when it is asked for


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`Exit`); never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = DEBUG in words or bool(os.environ.get("PRATIQUE_DEBUG"))
    app.help_formatter = "default" if sys.stdout.isatty() else "plain"
    try:
        code = app([word for word in words if word != DEBUG])
        sys.stdout.flush()
        return int(code or Exit.DONE)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return Exit.PIPE_CLOSED
    except Exception as fault:
        if debug:
            traceback.print_exc()
        _let_go_of_stdout()
        return _told(fault)


def _let_go_of_stdout() -> None:
    """What is still buffered must not fail once more when the interpreter ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _told(fault: Exception) -> Exit:
    """Say what happened and what can be done, on stderr, and how the command ends."""
    match fault:
        case CycloptsError():
            note(f"pratique: {_usage(fault)}")
        case UsageFault():
            note(f"pratique: {fault}")
        case OSError():
            note(f"pratique: {fault.strerror or 'a file or device cannot be used'}")
        case ModuleNotFoundError() if fault.name in _EXTRAS:
            note(f"pratique: this needs an extra part: pip install 'pratique[{_EXTRAS[fault.name]}]'")
        case PratiqueError():
            note(f"pratique: {fault.detail}" if fault.detail else "pratique: refused")
            for line in explain_reasons(fault.reasons):
                note(line)
            if isinstance(fault, IssueRefused | MalformedRecord | PrintRefused):
                return Exit.REFUSED
        case _:
            note("pratique: sorry, this is our fault and not yours. Run it again with --debug and report what it says.")
            return Exit.OUR_FAULT
    return Exit.USAGE


def _usage(fault: CycloptsError) -> str:
    """The fault without the values that were typed: any of them may be a certificate or a document."""
    place = " ".join(("pratique", *(fault.command_chain or ())))
    option = fault.argument.name if fault.argument is not None else "an argument"
    match fault:
        case UnknownCommandError():
            said = "there is no such command"
        case UnknownOptionError():
            said = f"there is no option {fault.token.keyword.partition('=')[0] if fault.token.keyword else 'like that'}"
        case CoercionError():
            said = f"{option} does not take this value"
        case MissingArgumentError():
            said = f"{option} is missing"
        case UnusedCliTokensError():
            said = "more arguments than this command takes"
        case _:
            said = f"{option} cannot be used like this"
    return f"{said}; {place} --help shows how"
