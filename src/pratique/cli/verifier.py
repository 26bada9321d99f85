"""`pratique verifier`: the page that checks in the browser, with the network off."""

from pathlib import Path

from cyclopts import App

from pratique.cli import _bundle, _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import out as tell
from pratique.model.countries import canonical, is_country
from pratique.model.ports import PORTS

verifier = App(
    name="verifier",
    help="Serve the page that checks in the browser with the network off, or write its files.",
    help_epilogue="""\
Examples:

  pratique verifier serve demo/bundle --to XBHAV --name "Port of entry, XB"
  pratique verifier export demo/bundle --to XBHAV --name "Port of entry, XB" --out page
""",
)

PORT = 8103


@verifier.command
def serve(bundle: Path, *, to: str, name: str, listen: int = PORT) -> Exit:
    """Serve the page on this machine until Ctrl-C; once a browser has loaded it, it needs nobody.

    Parameters
    ----------
    bundle
        The folder of a release, or one that is kept by bundle update.
    to
        Whose border it is: a country, or a port such as FRA or XBHAV.
    name
        Who works there, as the head of the page says.
    listen
        The port of this machine; 8103 if not given.
    """
    files = _site(bundle, to, name)
    from pratique.sandbox.serving import HOST, bound, serve_here
    from pratique.web.verifier.serving import app

    try:
        listening = bound(listen)
    except OSError as fault:
        raise UsageFault(f"port {listen} is taken; name another with --listen") from fault
    tell(f"The verifier's page   http://{HOST}:{listen}")
    tell("Ctrl-C ends it; a page that was loaded goes on.")
    serve_here(app(files), listening)
    return Exit.DONE


@verifier.command
def export(bundle: Path, *, to: str, name: str, out: Path) -> Exit:
    """Write the page's files for any web server; `headers.txt` has what it must send with each.

    Parameters
    ----------
    bundle
        The folder of a release, or one that is kept by bundle update.
    to
        Whose border it is: a country, or a port such as FRA or XBHAV.
    name
        Who works there, as the head of the page says.
    out
        A folder that is not there yet.
    """
    files = _site(bundle, to, name)
    from pratique.web.verifier.serving import headers_of

    if out.exists():
        raise UsageFault(f"{out} is there already; name another folder with --out")
    for path, content in files.items():
        place = out / (path.removeprefix("/") + ("" if "." in path.rpartition("/")[2] else ".html"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    headers = [f"{each}: {value}\n" for each, value in headers_of().items()]
    (out / "headers.txt").write_text("".join(headers), encoding="ascii")
    tell(f"{len(files)} files in {out}; serve /en and /zh from en.html and zh.html")
    return Exit.DONE


def _site(folder: Path, to: str, name: str) -> dict[str, bytes]:
    """The files of the page. Raises `UsageFault`."""
    from pratique.web.verifier.site import Missing, Post, site
    from pratique.web.words import LANGUAGES

    port = PORTS.get(to.upper())
    country = port.country if port else canonical(to.upper())
    if not is_country(country):
        raise UsageFault(f"--to {to}: neither a country nor a port of the table")
    _bundle.load(folder, at=_files.instant(None, "--at"))  # says what is wrong with it, and what is stale
    try:
        return site(Post(country, dict.fromkeys(LANGUAGES, name), port.code if port else None), _bundle.files(folder))
    except Missing as fault:
        raise UsageFault(str(fault)) from fault
