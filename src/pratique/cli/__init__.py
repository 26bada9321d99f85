"""The command line: `pratique verify`, `plan`, `inspect`, `issue`, `convert` and more; `--help` lists them.

Here the clock, files and the environment are read; what is decided is decided below. Results go to stdout and
everything else to stderr, so that either can be piped, and no message repeats a value that may be a person's.
"""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from cyclopts import App, Argument, Parameter
from cyclopts.exceptions import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)
from cyclopts.help import InlineText
from rich.text import Text

from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import Terminal, explain_reasons, note
from pratique.model.errors import (
    AccessRefused,
    ClientRefused,
    FacilityRefused,
    IssueRefused,
    LogFault,
    MalformedRecord,
    NetworkRefused,
    OrderRefused,
    PermitRefused,
    PratiqueError,
    PrintRefused,
)

__all__ = ["app", "main"]

DEBUG = "--debug"

_EXTRAS = {
    **dict.fromkeys(("zxingcpp", "PIL"), "qr"),
    **dict.fromkeys(("dlib", "numpy"), "face"),
    **dict.fromkeys(
        (
            "litestar",
            "jinja2",
            "multipart",
            "uvicorn",
            "sqlalchemy",
            "alembic",
            "psycopg",
            "tuf",
            "securesystemslib",
            "uvloop",
            "joserfc",
        ),
        "server",
    ),
    **dict.fromkeys(("duckdb", "pyarrow", "sqlglot"), "population"),
    "pyspark": "spark",
    "pkcs11": "hsm",
    "skimage": "demo",
    **dict.fromkeys(("typst", "fontTools", "pypdfium2", "justmytype_intl_cjk"), "qr,pdf"),
}
"""Modules that an ordinary installation lacks, and the extras that bring them; paper needs codes too."""

_REFUSALS = (
    AccessRefused, ClientRefused, FacilityRefused, IssueRefused, LogFault, MalformedRecord, NetworkRefused,
    OrderRefused, PermitRefused, PrintRefused,
)  # fmt: skip
"""What is nobody's mistake in typing: it was understood, and is not done."""

app = App(
    name="pratique",
    help="Digital travel-health certificates: issue them, check them offline, and say why.",
    help_format="plaintext",
    help_epilogue="""\
Examples:

  pratique demo
  pratique verify --trust demo/xa/trust.json demo/certificate.pdf
  pratique plan --bundle demo/bundle --to XBHAV --on 2026-12-03 demo/certificate.pdf
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
    "plan": "Say leg by leg whether a trip's entry rules are met, and what would do.",
    "inspect": "Show what is in a scan, layer by layer, without believing any of it.",
    "issue": "Sign a certificate of health records.",
    "unseal": "Open certificates that were sealed for your health authority.",
    "pass": "Sign day passes: admitted or not, and no health data.",
    "permit": "Assess applications to enter, decide them, and sign entry permits.",
    "keys": "Make a country's keys, look at certificates of keys, write trust lists.",
    "convert": "Turn verified foreign certificates into national evidence.",
    "rules": "Check rules (CertLogic), and run the tests that come with them.",
    "bundle": "Publish, fetch and look at releases: keys, entry rules and withdrawals under one number.",
    "trust": "Find what is wrong with a country's certificates, and take in others' lists and keys.",
    "policy": "Check policies before they are published, and see what becomes of whom.",
    "code": "Say what a health-code policy makes of somebody's facts: a colour, why, and until when.",
    "population": "Make people who do not exist, and see what a health code makes of a whole country.",
    "agreements": "Show who lifts what for whom without return, and compare two countries' rules.",
    "qr": "Make a QR code of a text, or read the codes in pictures.",
    "records": "Take health records in, look at a person's, correct them.",
    "flight": "Check a carrier's list of passengers before departure: OK, NOK or CHECK.",
    "client": "Let laboratories, clinics and carriers in, by two people, and out again.",
    "accounts": "Let people who work here in, and out again: officials, desk officers, doors, auditors.",
    "migrate": "Bring the database to this version's form, and draw the keys that are not there yet.",
    "serve": "Serve the HTTP API, and the pages of travellers, officials and doors.",
    "tend": "Do once what has to happen by itself: forget, publish, count, warn. A timer calls it.",
    "venues": "Let doors register for a time, declare exposures, open slips, publish, purge; print posters.",
    "facilities": "Enter who may vouch for records, by two people; suspend one without stopping others.",
    "revoke": "Call certificates back, and write the list by which verifiers know.",
    "ledger": "Show and check the log of signatures: that it only grows, and adds up.",
    "face": "Measure how often the face matcher is wrong.",
    "verifier": "Serve the page that checks in the browser with the network off, or write its files.",
    "sandbox": "Rehearse with three fictional countries and a union: publish, cross borders, lose a key, and recover.",
    "selftest": "Attack this system as systems like it were attacked, and say what held.",
    "demo": "Sign up before a camera at one fictional country, and cross the border of another.",
}.items():
    _module = {"pass": "passes"}.get(_name, _name)  # `pass` is a word of the language
    app.command(f"pratique.cli.{_module}:{_module}", name=_name, help=_help)  # imported only when it is asked for


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`Exit`); never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = DEBUG in words or bool(os.environ.get("PRATIQUE_DEBUG"))
    try:
        return _run([word for word in words if word != DEBUG], debug=debug)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.PIPE_CLOSED
    except OSError:  # stderr itself cannot be written to, so that nobody can be told
        return Exit.USAGE
    finally:
        _let_go()


def _run(words: list[str], *, debug: bool) -> int:
    try:
        _open_what_is_closed()
        watched = sys.stdout.isatty()
        app.help_formatter = "default" if watched else "plain"
        console = _Screen(file=sys.stdout) if watched else Terminal(file=sys.stdout, soft_wrap=True, width=120)
        code = app(words, console=console)
        sys.stdout.flush()
        return int(code or Exit.DONE)
    except BrokenPipeError:
        raise
    except Exception as fault:
        if debug:
            traceback.print_exc()
        return _told(fault)


class _Screen(Terminal):
    """Where help is read by somebody: its sentences, written in lines of 120, flow to the width that there is."""

    def print(self, *parts: Any, **how: Any) -> None:
        for part in parts:
            if isinstance(part, InlineText) and isinstance(part.primary_renderable, Text):
                part.primary_renderable = Text(_BROKEN.sub(r"\1 ", part.primary_renderable.plain))
        super().print(*parts, **how)


_BROKEN = re.compile(r"^(\S.*)\n(?=\S)", re.MULTILINE)
"""A line that goes on in the next; those of examples are indented."""


def _open_what_is_closed() -> None:
    """A stream that the caller closed is None here, and its number would go to the next file that is opened.

    Raises `UsageFault` for stdout: whoever wants no results can say so with /dev/null, and a signature is not to be
    made for nobody.
    """
    stdout_closed = sys.stdout is None
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  they stay open as long as we run
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if stdout_closed:
        raise UsageFault("stdout is closed, and results go there; send them to /dev/null if nobody wants them")


def _let_go() -> None:
    """What is still buffered must not fail once more when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _told(fault: Exception) -> Exit:
    """Say what happened and what can be done, on stderr, and how the command ends."""
    match fault:
        case CycloptsError():
            note(f"pratique: {_usage(fault)}")
        case UsageFault():
            note(f"pratique: {fault}")
        case OSError():
            place = f"{fault.filename}: " if isinstance(fault.filename, str) else ""
            note(f"pratique: {place}{fault.strerror or 'a file or device cannot be used'}")
        case ImportError() if extra := _missing_extra(fault):
            note(f"pratique: this needs an extra part: pip install 'pratique[{extra}]'")
        case PratiqueError():
            refused = isinstance(fault, _REFUSALS)
            note(": ".join(part for part in ("pratique", "refused" if refused else "", fault.detail) if part))
            for line in explain_reasons(fault.reasons):
                note(line)
            if refused:
                return Exit.REFUSED
        case _ if _not_granted(fault):
            note(
                "pratique: this user of the database may not do that; "
                "name one that owns the tables, or that docs/operate.md grants their roles to"
            )
        case _:
            note("pratique: sorry, this is our fault and not yours. Run it again with --debug and report what it says.")
            return Exit.OUR_FAULT
    return Exit.USAGE


def _not_granted(fault: Exception) -> bool:
    """Whether PostgreSQL refused a right or a role (its manual, appendix A: insufficient_privilege)."""
    return getattr(getattr(fault, "orig", fault), "sqlstate", None) == "42501"


def _missing_extra(fault: BaseException | None) -> str | None:
    """The extra that would have brought what could not be imported, here or in what this was raised from."""
    while fault is not None:
        if isinstance(fault, ModuleNotFoundError) and fault.name in _EXTRAS:
            return _EXTRAS[fault.name]
        fault = fault.__cause__
    return None


def _usage(fault: CycloptsError) -> str:
    """The fault without the values that were typed: any of them may be a certificate or a document."""
    place = " ".join(("pratique", *(fault.command_chain or ())))
    option = _named(fault.argument) if fault.argument is not None else "an argument"
    match fault:
        case UnknownCommandError():
            said = "there is no such command"
        case UnknownOptionError():
            said = f"there is no option {fault.token.keyword.partition('=')[0] if fault.token.keyword else 'like that'}"
        case CoercionError():
            choices = fault.argument.get_choices() if fault.argument is not None else None
            said = f"{option} takes one of {', '.join(choices)}" if choices else f"{option} does not take this value"
        case MissingArgumentError():
            said = f"{option} is missing"
        case UnusedCliTokensError():
            said = "more arguments than this command takes"
        case _:
            said = f"{option} cannot be used like this"
    return f"{said}; {place} --help shows how"


def _named(argument: Argument) -> str:
    """As the first line of the help has it: what goes by its place stands there in capitals."""
    return argument.name.lstrip("-").upper() if argument.index is not None else argument.name
