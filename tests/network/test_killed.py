"""kill -9 while releases are published and taken over: a border has a whole release, and takes the next one."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

from pratique.network import client, folder
from tests.network.net import AT, DAY, FIRST, released, update

CHILD = """
import pickle, sys
from datetime import timedelta
from pathlib import Path
from pratique.network.distribution import Repository
from tests.network.net import AT, released, update
folder, made = Path(sys.argv[1]), Repository(pickle.loads(Path(sys.argv[2]).read_bytes()))
print("working", flush=True)
for number in range(1, 300):
    made = released(made, at=AT + timedelta(minutes=number))
    told = update(folder, made, at=AT + timedelta(minutes=number))
    assert not told.problems, told.problems
"""
ROOT = Path(__file__).parents[2]


PUBLISHER = """
import pickle, sys
from datetime import timedelta
from pathlib import Path
from pratique.network import folder
from pratique.network.distribution import Repository
from tests.network.net import AT, released
where, made = Path(sys.argv[1]), Repository(pickle.loads(Path(sys.argv[2]).read_bytes()))
folder.write(where, made)
print("working", flush=True)
for number in range(1, 300):
    made = released(made, at=AT + timedelta(minutes=number))
    folder.write(where, made)
"""


def test_killed_while_publishing(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(pickle.dumps(dict(FIRST.files)))
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    seen = 0
    for number, pause in enumerate((0.02, 0.2, 0.8)):
        where, border = tmp_path / f"published-{number}", tmp_path / f"border-{number}"
        child = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(where), str(tmp_path / "first")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"working\n"
        time.sleep(pause)
        child.kill()
        child.wait(timeout=30)
        child.stdout.close()
        left = folder.load(where)
        told = update(border, left, at=AT + DAY / 2)
        assert not told.problems, "what was published before the kill can be taken"
        before = told.bundle
        (where / "metadata" / ".timestamp.json.making").write_bytes(left.files["metadata/timestamp.json"][:20])
        again = folder.load(where)
        assert again.files == left.files, "what was not finished is no part of it"
        folder.write(where, released(again, at=AT + DAY / 2))
        told = update(border, folder.load(where), at=AT + DAY / 2)
        assert not told.problems
        assert before is not None
        assert told.bundle is not None
        assert told.bundle.issued > before.issued
        seen += before.issued > AT
    assert seen, "it was killed each time before it published anything"


def test_killed_while_releases_come(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(pickle.dumps(dict(FIRST.files)))
    later = FIRST
    for _ in range(310):
        later = released(later, at=AT + DAY)
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    whole = 0
    for number, pause in enumerate((0.02, 0.1, 0.3, 0.7)):
        here = tmp_path / f"border-{number}"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(here), str(tmp_path / "first")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"working\n"
        time.sleep(pause)
        child.kill()
        child.wait(timeout=30)
        child.stdout.close()
        whole += client.installed(here) is not None  # it raises for a release that is not whole
        told = update(here, later, at=AT + DAY)
        assert not told.problems
        assert told.bundle is not None
    assert whole
