"""The surroundings that some parts need, made on first use beside the project and ignored by git."""

import os
import subprocess
import sys
from pathlib import Path

from bench.report import Skipped

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"
"""What a part fetched, kept between runs; may be deleted at any time."""


def fetch(*command: str | Path, cwd: Path = ROOT, needs: str) -> None:
    """Run a command that fetches or makes something. Raises `Skipped` with `needs` where it is not there, or fails."""
    try:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=600)
    except (FileNotFoundError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"needs {needs}") from error


def answer(*command: str | Path, cwd: Path) -> str:
    """What a command prints. Raises `RuntimeError` with the end of what it complained of: this is no reason to skip."""
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    if finished.returncode:
        complaints = [line[:200] for line in finished.stderr.splitlines() if "Error" in line[:200]]
        raise RuntimeError(f"{command[0]} failed: " + "; ".join(complaints[-3:]))
    return finished.stdout


def python_with(requirements: str) -> Path:
    """The interpreter of `.venv-cose`, made anew whenever `requirements` changed."""
    pinned = ROOT / "requirements" / requirements
    home = ROOT / ".venv-cose"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = home / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != pinned.read_bytes():
        fetch(sys.executable, "-m", "venv", "--clear", home, needs="python3-venv")
        fetch(
            python, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install",
            "--require-hashes", "--requirement", pinned, needs="a package index",
        )  # fmt: skip
        stamp.write_bytes(pinned.read_bytes())
    return python
