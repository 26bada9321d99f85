"""One SoftHSM 2 token for all tests of a process: the library is loaded once, and reads its settings then."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

PIN = "a PIN of the officer"
TOKEN = "xa"
_LIBRARIES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]
MODULE = next((path for path in _LIBRARIES if path.is_file()), Path("libsofthsm2.so"))

needs_module = pytest.mark.skipif(
    not MODULE.is_file() or shutil.which("softhsm2-util") is None, reason="Debian's softhsm2 is not installed"
)


@cache
def token() -> dict[str, object]:
    """A fresh token, which each test puts keys of its own on: what opens it."""
    place = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, place)
    (place / "tokens").mkdir()
    (place / "softhsm2.conf").write_text(f"directories.tokendir = {place / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(place / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", "the other PIN", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True)
    return {"module": MODULE, "token": TOKEN, "pin": PIN}
