"""The other services of a ministry as processes: a slow intake, an issuer that never rests. For `test_load`.

Each says when it works, goes on until its input ends, and prints what came of it.
"""

import io
import json
import sys
import threading
import time

from sqlalchemy import func, select

from pratique.authority.records import intake
from pratique.authority.store import Vault, migrate, open_store, reading
from pratique.authority.store.intakes import Settled
from pratique.authority.store.tables import record
from tests.records_settings import AT, LAB
from tests.web import houses

SLOW = 0.5
"""Seconds between two chunks: a clinic's line, or a disk that has other work."""
CHUNK = 20


def taking(path: str, rows: int, over: threading.Event) -> dict[str, object]:
    """Take a table in, slowly: each row once, however long it takes."""
    engine = open_store(f"sqlite:///{path}")
    migrate(engine)
    lines = [
        f"XA{1000000 + number},Han,Meimei,1990-05-08,2026-11-22T08:30Z,negative,L-{number}" for number in range(rows)
    ]
    file = io.BytesIO("\n".join(("document,family,given,born,sampled,result,id", *lines)).encode())
    print("working", flush=True)  # noqa: T201

    def slowly(_: Settled) -> None:
        over.wait(SLOW)

    _, settled = intake.take(engine, Vault.draw(), file, form="csv", source=LAB, at=AT, chunk=CHUNK, progress=slowly)
    with reading(engine) as connection:
        kept = connection.execute(select(func.count()).select_from(record)).scalar_one()
    engine.dispose()
    return {"taken": settled.taken, "kept": kept}


def issuing(over: threading.Event) -> dict[str, object]:
    """Issue certificates one after the other, ten a second."""
    print("working", flush=True)  # noqa: T201
    issued, worst = 0, 0.0
    while not over.wait(0.1):
        began = time.perf_counter()
        assert houses.scan().startswith("HC1:")
        worst = max(worst, time.perf_counter() - began)
        issued += 1
    return {"issued": issued, "worst": worst}


def main(kind: str, *words: str) -> None:
    over = threading.Event()

    def until_input_ends() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=until_input_ends, daemon=True).start()
    found = taking(words[0], int(words[1]), over) if kind == "intake" else issuing(over)
    print(json.dumps(found), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
