"""What the requirement files pin is what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("demo.txt", "fuzz.txt", "spark.txt", "test.txt")


def pins(name: str) -> dict[str, str]:
    """Package to version, by normalised name."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def asked(*groups: list[str]) -> set[str]:
    """The packages that these lists of requirements name, ours left out."""
    named = (re.match(r"[A-Za-z0-9._-]+", one) for group in groups for one in group)
    return {match[0].lower().replace("_", "-").replace(".", "-") for match in named if match} - {"pratique"}


def test_everything_asked_for_is_pinned() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project, build = stated["project"], stated["dependency-groups"]["build"]
    extras = project["optional-dependencies"]
    for name in ("spark", "fuzz"):  # what not every machine can have
        assert asked(extras.pop(name)) - pins(f"{name}.txt").keys() == set(), "run `make requirements`"
    assert asked(project["dependencies"], *extras.values(), build) - pins("test.txt").keys() == set(), (
        "run `make requirements`"
    )
    shown = [extras[name] for name in ("demo", "server", "face", "qr", "pdf")]
    assert asked(project["dependencies"], *shown, build) - pins("demo.txt").keys() == set(), "run `make requirements`"


@pytest.mark.parametrize("name", ["demo.txt", "fuzz.txt", "spark.txt"])
def test_other_files_pin_what_was_tested(name: str) -> None:
    tested = pins("test.txt")
    others = {package: version for package, version in pins(name).items() if tested.get(package) != version}
    assert others.keys() <= {"atheris", "pyspark", "py4j"}


@pytest.mark.parametrize("name", FILES)
def test_every_pin_is_hashed_and_no_place_is_named(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert {re.match(r"[a-z0-9-]+", entry)[0] for entry in entries} == pins(name).keys() != set()
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
