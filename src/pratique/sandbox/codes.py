"""The health code's policies: one of a fictional state that may be published, and those of 2020 to 2022 as history."""

from importlib.resources import files

HISTORY = (
    "CN-Hangzhou-2020",
    "CN-national-2020",
    "CN-Hubei-2020",
    "CN-Guangdong-2020",
    "CN-Beijing-2020",
    "CN-companion-2021",
    "CN-Shanghai-2022",
)
"""The files in `history/health-codes/`. Each says in its `instrument` what is told of it and what we assumed."""


def policy() -> bytes:
    """The health code of a fictional state: one that passes every check, to begin from."""
    return files("pratique.sandbox").joinpath("policies", "XA-health-code.json").read_bytes()


def history(name: str) -> bytes:
    """A health code that was once in force, under a name of `HISTORY`: to be studied, never published."""
    return files("pratique.sandbox").joinpath("history", "health-codes", f"{name}.json").read_bytes()
