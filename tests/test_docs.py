"""The documentation is true: its links resolve, its examples run, and its tables agree with the code.

A fenced block right under the line `<!-- run -->` is run: `python` as a program; `console` line by line, where `$ `
begins a command, what follows is its output, and a line `…` stands for any lines. Each must exit with 0; the blocks of
one page run in one empty folder, in their order. The demo, with which many begin, is run once and its folder copied.
"""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^<!-- run -->\n```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")

DEMO = "pratique demo --out demo"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def run(command: list[str], folder: Path, text: str = "") -> str:
    """What the command prints, both streams together; its own assertion if it does not exit with 0."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    source = f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
    settings = {"PATH": path, "PYTHONPATH": source, "PYTHONIOENCODING": "utf-8", "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | settings, input=text, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"exit {done.returncode}: {done.stdout}"
    return done.stdout


def commands(body: str) -> list[tuple[str, str]]:
    """The commands of a `console` block, each with the output shown for it."""
    _, *parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def agrees(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed; spaces at the end of a line do not count."""
    lines = (".*" if line.strip() == "…" else re.escape(line.rstrip()) for line in shown.strip("\n").split("\n"))
    pattern = r"\n".join(lines)
    return re.fullmatch(pattern, re.sub(r"[ \t]+$", "", printed, flags=re.MULTILINE).strip("\n"), re.DOTALL) is not None


def anchors(page: Path) -> set[str]:
    """The fragment of each heading, as forges make it."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What it prints, and what it leaves behind."""
    folder = tmp_path_factory.mktemp("demo")
    return run(["bash", "-c", DEMO], folder), folder


@each_page
def test_examples_run(page: Path, tmp_path: Path, demo: tuple[str, Path]) -> None:
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block["kind"] == "python":
            run([sys.executable, "-W", "error", "-"], tmp_path, block["body"])
            continue
        assert block["kind"] == "console", "only python and console blocks can be run"
        assert commands(block["body"]), "a console block without a command"
        for command, shown in commands(block["body"]):
            if command == DEMO:
                printed, left = demo
                shutil.copytree(left, tmp_path, dirs_exist_ok=True)
            else:
                printed = run(["bash", "-c", command], tmp_path)
            assert agrees(shown, printed), f"$ {command}\nshown:\n{shown}\nprinted:\n{printed}"


@each_page
def test_links_resolve(page: Path) -> None:
    for link in LINK.finditer(FENCE.sub("", page.read_text("utf-8"))):
        target = link["target"]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        place = page.parent / name if name else page
        assert place.exists(), target
        assert not fragment or fragment in anchors(place), target


@each_page
def test_every_mark_has_its_block(page: Path) -> None:
    text = page.read_text("utf-8")
    assert len(re.findall(r"^<!-- run -->$", text, re.MULTILINE)) == len(BLOCK.findall(text))


def test_reasons_page() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "reasons.py"))["page"]()
    written = (ROOT / "docs" / "reasons.md").read_text("utf-8")
    different = sorted(set(page.splitlines()) ^ set(written.splitlines()))
    assert written == page, "docs/reasons.md is out of date, run `make docs`:\n" + "\n".join(different)


def test_index_lists_every_page() -> None:
    folder = ROOT / "docs"
    index = (folder / "README.md").read_text("utf-8")
    linked = {(folder / link["target"]).resolve() for link in LINK.finditer(index)}
    missing = [str(page.relative_to(ROOT)) for page in folder.glob("**/*.md") if page.resolve() not in linked]
    assert [page for page in missing if page != "docs/README.md"] == []


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("one\n", "one\n", True),
        ("one\n…\nthree\n", "one\ntwo\n2.5\nthree\n", True),
        ("one\n", "one  \n", True),
        ("one\n", "two\n", False),
        ("one\n", "one\ntwo\n", False),
        ("a.b\n", "axb\n", False),
        ("", "an unexpected line\n", False),
    ],
)
def test_agrees(shown: str, printed: str, expected: bool) -> None:
    assert agrees(shown, printed) is expected


def test_a_failing_command_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="exit 3"):
        run(["bash", "-c", "exit 3"], tmp_path)
