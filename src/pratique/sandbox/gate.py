"""XB's border as a process of its own, with the network unplugged: `python -m pratique.sandbox.gate FOLDER PORT SCENE`.

FOLDER is the published release, and all that it reads of anybody. The interpreter is told to refuse every connection
that this process would open and every name that it would look up, so that an answer cannot have come from elsewhere.
"""

import sys
from pathlib import Path

from pratique.bundle import Bundle
from pratique.sandbox.border import published
from pratique.sandbox.serving import serve
from pratique.web import border

AUTHORITY = {"en": "Port of entry, XB", "zh": "XB 口岸"}
_OUTWARD = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")


class Unplugged(OSError):
    """Something in this process tried to reach the network."""


def unplug() -> None:
    """Refuse, for as long as this process lives, whatever would leave it (PEP 578)."""

    def refuse(event: str, _: tuple[object, ...]) -> None:
        if event in _OUTWARD:
            raise Unplugged("this border has no network")

    sys.addaudithook(refuse)


def main(folder: Path, port: int, scene: str) -> None:
    """Serve the border's page."""
    bundle = Bundle.from_files(published(folder))
    unplug()
    serve(border.app(bundle, country="XB", port="XBHAV", authority=AUTHORITY, framed_by=scene, scene=scene), port)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
