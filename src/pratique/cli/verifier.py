"""`pratique verifier`: the page that checks in the browser, with the network off."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from pratique.cli import _bundle, _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import note
from pratique.cli._printing import out as tell
from pratique.model.countries import canonical, is_country
from pratique.model.ports import PORTS
from pratique.texts import explain
from pratique.trust import Environment

if TYPE_CHECKING:
    from pratique.web.verifier.site import Network

verifier = App(
    name="verifier",
    help="Serve the page that checks in the browser with the network off, or write its files.",
    help_epilogue="""\
Examples:

  pratique verifier serve demo/bundle --to XBHAV --name "Port of entry, XB"
  pratique verifier export demo/bundle --to XBHAV --name "Port of entry, XB" --out page
  pratique verifier serve --from dist --root root.json --to FRA --name "Port of entry"

With --from and --root the page checks the network's signatures by itself, as bundle update does; without them it takes
the release from whoever serves it.
""",
)

PORT = 8103
_From = Annotated[Path | None, Parameter(name="--from")]


@verifier.command
def serve(
    bundle: Path | None = None,
    *,
    to: str,
    name: str,
    from_: _From = None,
    root: Path | None = None,
    environment: Environment = Environment.PRODUCTION,
    listen: int = PORT,
) -> Exit:
    """Serve the page on this machine until Ctrl-C; once a browser has loaded it, it needs nobody.

    Parameters
    ----------
    bundle
        The folder of a release, or one that is kept by bundle update.
    to
        Whose border it is: a country, or a port such as FRA or XBHAV.
    name
        Who works there, as the head of the page says.
    from_
        The folder of a network's files, instead of a release; they are served as they stand when they are asked for.
    root
        The network's root file, as you got it from a person.
    environment
        Where this verifier works: production, also if not given, test or sandbox. No other release is taken.
    listen
        The port of this machine; 8103 if not given.
    """
    files = _site(bundle, _network(from_, root, environment), to, name)
    from pratique.sandbox.serving import HOST, bound, serve_here
    from pratique.web.verifier.serving import app

    try:
        listening = bound(listen)
    except OSError as fault:
        raise UsageFault(f"port {listen} is taken; name another with --listen") from fault
    tell(f"The verifier's page   http://{HOST}:{listen}")
    tell("Ctrl-C ends it; a page that was loaded goes on.")
    serve_here(app(files, network=from_), listening)
    return Exit.DONE


@verifier.command
def export(
    bundle: Path | None = None,
    *,
    to: str,
    name: str,
    out: Path,
    from_: _From = None,
    root: Path | None = None,
    environment: Environment = Environment.PRODUCTION,
) -> Exit:
    """Write the page's files for any web server; `headers.txt` has what it must send with each.

    Parameters
    ----------
    bundle
        The folder of a release, or one that is kept by bundle update.
    to
        Whose border it is: a country, or a port such as FRA or XBHAV.
    name
        Who works there, as the head of the page says.
    from_
        The folder of a network's files, instead of a release; they are copied beside the page, where they have to be
        kept up to date.
    root
        The network's root file, as you got it from a person.
    environment
        Where this verifier works: production, also if not given, test or sandbox. No other release is taken.
    out
        A folder that is not there yet.
    """
    files = _site(bundle, _network(from_, root, environment), to, name)
    from pratique.web.verifier.serving import PUBLIC, headers_of
    from pratique.web.verifier.site import NETWORK

    if out.exists():
        raise UsageFault(f"{out} is there already; name another folder with --out")
    for path, content in files.items():
        place = out / (path.removeprefix("/") + ("" if "." in path.rpartition("/")[2] else ".html"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    if from_ is not None:
        for part in PUBLIC:
            shutil.copytree(from_ / part, out / NETWORK.strip("/") / part)
    headers = [f"{each}: {value}\n" for each, value in headers_of().items()]
    (out / "headers.txt").write_text("".join(headers), encoding="ascii")
    tell(f"{len(files)} files in {out}; serve /en and /zh from en.html and zh.html")
    return Exit.DONE


def _network(folder: Path | None, root: Path | None, environment: Environment) -> "Network | None":
    """The network whose signatures the page is to check. Raises `UsageFault` where it has no release for a page."""
    if folder is None and root is None:
        return None
    if folder is None or root is None:
        raise UsageFault("--from and --root go together: the network's files, and who signs them")
    if not folder.is_dir():
        raise UsageFault("--from takes the folder of a distribution: a page asks nobody but its own server")
    from pratique.cli import _network as networks
    from pratique.network import client
    from pratique.web.verifier.site import Network

    found = Network(networks.root(root), environment)
    with tempfile.TemporaryDirectory() as place:
        source = networks.source(str(folder))
        at = _files.instant(None, "--at")
        taken = client.update(Path(place), fetch=source, at=at, environment=environment, root=found.root)
    for problem in (*taken.problems, *taken.findings):
        note(f"{problem.path}  {problem.reason}  {explain(problem.reason).what}")
    if taken.bundle is None:
        raise UsageFault(f"{folder}: no page would take this release; publish it anew, or give the root that signed it")
    return found


def _site(folder: Path | None, network: "Network | None", to: str, name: str) -> dict[str, bytes]:
    """The files of the page. Raises `UsageFault`."""
    from pratique.web.verifier.site import Missing, Post, site

    port = PORTS.get(to.upper())
    country = port.country if port else canonical(to.upper())
    if not is_country(country):
        raise UsageFault(f"--to {to}: neither a country nor a port of the table")
    if (folder is None) is (network is None):
        raise UsageFault("give the folder of a release, or a network by --from and --root")
    if folder is not None:
        _bundle.load(folder, at=_files.instant(None, "--at"))  # says what is wrong with it, and what is stale
    release = network if folder is None else _bundle.files(folder)
    assert release is not None  # noqa: S101  for the type checker: one of both is there
    try:
        return site(Post(country, {"en": name}, port.code if port else None), release)
    except Missing as fault:
        raise UsageFault(str(fault)) from fault
