"""Spark counts as DuckDB does: the same text, on a standalone cluster of two workers on this machine's loopback."""

import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.authority.population import crowds
from tests.authority.population.crowds import AT, Crowd
from tests.authority.population.test_assessing import HISTORY, MADE, XA

from pratique.authority.population import assessing, engines
from pratique.authority.population.engines import Engine

pytestmark = [
    pytest.mark.enable_socket,  # a cluster speaks over sockets
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="needs pyspark: `make spark`"),
    pytest.mark.skipif(shutil.which("java") is None, reason="needs java"),
]
PATIENCE = 180
"""Seconds for a process of Java to say that it is there."""
HERE = {"SPARK_LOCAL_IP": "127.0.0.1", "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""For processes of Java that live a minute: their compiler would spend most of it on what runs once."""
ALL = {policy.identifier: policy for policy in (XA, HISTORY[0])} | MADE


class Daemon:
    """A process of the cluster, and what it says."""

    def __init__(self, log: Path, *arguments: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        self._log, self._file = log, log.open("wb")
        self._process = subprocess.Popen(
            [home / "bin" / "spark-class", *arguments],
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=os.environ | HERE | {"SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m"},
        )

    def says(self, pattern: str) -> str:
        """What it says that matches, once it does."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if found := re.search(pattern, self._log.read_text("utf-8", "replace")):
                return found[1]
            time.sleep(0.2)
        raise AssertionError(f"never said {pattern}: {self._log.read_text('utf-8', 'replace')[-2000:]}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._file.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a master with two workers of one core each."""
    logs = tmp_path_factory.mktemp("cluster")
    package = "org.apache.spark.deploy"
    with ExitStack() as running:

        def start(name: str, *arguments: str) -> Daemon:
            daemon = Daemon(logs / f"{name}.log", *arguments, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
            running.callback(daemon.stop)
            return daemon

        master = start("master", f"{package}.master.Master")
        address = master.says(r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
        for number in (1, 2):
            folder = str(logs / f"worker-{number}")
            worker = f"{package}.worker.Worker", address, "-c", "1", "-m", "1g", "-d", folder
            start(f"worker-{number}", *worker).says("(Successfully registered with master)")
        yield address


@pytest.fixture(scope="module")
def both(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and the cluster over a crowd."""
    crowd = Crowd(5, people=300)
    folder = crowds.write(tmp_path_factory.mktemp("crowd"), crowd.ids, crowd.rows)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in HERE.items():
            patch.setenv(name, value)
        with engines.duckdb(folder, threads=1) as duck, engines.spark(folder, master=cluster) as spark:
            yield duck, spark


# one in six of all policies: a statement takes a cluster some seconds, and DuckDB runs all of them against `assess`
@pytest.mark.parametrize("name", sorted(ALL)[::6])
def test_each_person_has_the_same_colour(both: tuple[Engine, Engine], name: str) -> None:
    duck, spark = both
    statement = assessing.of_each(ALL[name], AT)
    found = duck.ask(statement)
    assert len(found) == 300
    assert spark.ask(statement) == found


def test_the_same_counts(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    statement = assessing.everybody(XA, AT)
    assert sorted(spark.ask(statement)) == sorted(duck.ask(statement))
    (part,) = assessing.assess(spark, XA, AT)
    assert (part.done, part.of, sum(group.people for group in part.groups)) == (1, 1, 300)


def test_two_policies_at_once(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    statement = assessing.compared(XA, MADE["folds contacts"], AT)
    assert sorted(spark.ask(statement)) == sorted(duck.ask(statement))


def test_both_workers_work(both: tuple[Engine, Engine]) -> None:
    """Executors of the application, the driver aside."""
    _, spark = both
    context = spark._session.sparkContext  # type: ignore[attr-defined]
    assert context._jsc.sc().getExecutorMemoryStatus().size() == 3
