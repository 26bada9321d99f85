"""XB's page for a browser that keeps it, as a process: `python -m pratique.sandbox.page FOLDER PORT`.

FOLDER is the published release. The process gives files out and asks nothing; it has an origin of its own, since what a
browser keeps of it would answer for every page of that origin.
"""

import sys
from pathlib import Path

from pratique.sandbox.border import published
from pratique.sandbox.gate import AUTHORITY, unplug
from pratique.sandbox.serving import serve
from pratique.web.verifier import serving, site
from pratique.web.verifier.site import Post


def main(folder: Path, port: int) -> None:
    """Serve the page's files."""
    files = site.site(Post("XB", AUTHORITY, "XBHAV"), published(folder))
    unplug()
    serve(serving.app(files), port)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
