"""`pratique serve`: the API and the pages, until somebody ends it; what is under way is finished."""

import os
import sys
import tempfile
from pathlib import Path

from cyclopts import App

from pratique.cli import _config
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import ConfigFile
from pratique.cli._printing import note
from pratique.config import Config, UnusableConfig

serve = App(
    name="serve",
    help_epilogue="""\
Examples:

  pratique migrate && pratique serve
  pratique serve --config /etc/pratique.toml --check
  PRATIQUE_PORT=8443 pratique serve --config pratique.toml

SIGTERM or Ctrl-C ends it: nothing new is taken, and what is under way has `shutdown_seconds` to be finished. Settings,
health and metrics are in docs/operate.md.

Exit codes: 0 it was ended; 3 a setting, a file or the database cannot be used; 4 our fault.
""",
)


@serve.default
def run(*, config: ConfigFile = None, check: bool = False) -> Exit:
    """Serve the API of an installation, and the pages that its configuration names.

    Parameters
    ----------
    check
        Only find out whether it could be served.
    """
    path = _config.find(config)
    settings = _config.load(path)
    with tempfile.TemporaryDirectory(prefix="pratique-counts-") as counts:
        _check(settings, Path(counts))
        if check:
            note("It can be served.")
            return Exit.DONE
        addresses = filter(None, (settings.address, settings.travellers, settings.desk, settings.doors))
        note(f"Serving {', '.join(addresses)} at {settings.listen}:{settings.port}; Ctrl-C ends it.")
        return _run(settings, path, Path(counts))


def _check(settings: Config, counts: Path) -> None:
    """Everything that can be refused is refused before a socket is opened. Raises `UsageFault`, `StoreFault`."""
    from pratique.web.installation import installed

    try:
        opened = installed(settings, counts, trying=True)
    except UnusableConfig as fault:
        raise UsageFault(f"{fault}") from fault
    opened.close()  # connections are no matter of the process that only starts others
    for file in counts.iterdir():
        file.unlink()


def _run(settings: Config, path: Path | None, counts: Path) -> Exit:
    import uvicorn

    from pratique.web.api import serving

    os.environ[serving.COUNTS] = str(counts)
    if path is not None:
        os.environ[serving.FILE] = str(path.resolve())
    serving.log(sys.stderr)
    uvicorn.run(
        "pratique.web.installation:application",
        factory=True,
        host=settings.listen,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=settings.shutdown_seconds,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # the application believes the proxies of its setting, and nobody else
    )
    return Exit.DONE
