"""kill -9 while releases are published and taken over: a border has a whole release, and takes the next one."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

from pratique.network import client
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


def test_killed_while_releases_come(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(pickle.dumps(dict(FIRST.files)))
    later = FIRST
    for _ in range(310):
        later = released(later, at=AT + DAY)
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    whole = 0
    for number, pause in enumerate((0.02, 0.1, 0.3, 0.7)):
        folder = tmp_path / f"border-{number}"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder), str(tmp_path / "first")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"working\n"
        time.sleep(pause)
        child.kill()
        child.wait(timeout=30)
        child.stdout.close()
        whole += client.installed(folder) is not None  # it raises for a release that is not whole
        told = update(folder, later, at=AT + DAY)
        assert not told.problems
        assert told.bundle is not None
    assert whole
