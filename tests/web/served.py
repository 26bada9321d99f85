"""`pratique serve` as a process, with the scripted matcher in the place of dlib's: `python -m tests.web.served`."""

import sys
from unittest import mock

from pratique.cli import main
from tests.web.desks import Faces


class Served(Faces):
    """What `serve` makes and closes."""

    def close(self) -> None:
        """Nothing was started."""


if __name__ == "__main__":
    with mock.patch("pratique.authority.identity.dlib_matcher.DlibMatcher", Served):
        sys.exit(main(["serve"]))
