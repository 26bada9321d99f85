"""The configuration of an installation, from the option, the environment, or the folder one stands in."""

import os
from collections.abc import Mapping
from pathlib import Path

from pratique.cli._exits import UsageFault
from pratique.config import Config, UnusableConfig, read

VARIABLE, USUAL = "PRATIQUE_CONFIG", Path("pratique.toml")


def find(stated: Path | None) -> Path | None:
    """The file: as stated, or as PRATIQUE_CONFIG names it, or pratique.toml here; None where there is none."""
    named = os.environ.get(VARIABLE)
    return stated or (Path(named) if named else USUAL if USUAL.is_file() else None)


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """What it says, and the environment before it. Raises `UsageFault`."""
    try:
        return read(path, environment)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    except UnusableConfig as fault:
        raise UsageFault(f"{path or 'the environment'}: {fault}; docs/operate.md has every setting") from fault
