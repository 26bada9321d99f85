"""The API as it is served, in a process of its own: what part 13 asks. `python -m bench.serving_worker FOLDER PORT`

The one thing that differs from `pratique serve` is the clock, which stands at the instant of the strings.
"""

import sys
from datetime import timedelta
from pathlib import Path

import uvicorn

from bench import material
from pratique.authority.access import Account, Role, enter, tokens
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.identity.matching import ReviewMatcher
from pratique.authority.identity.registry import Registered
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.store import Vault, migrate, open_store, writing
from pratique.model import names
from pratique.model.dates import PartialDate
from pratique.sandbox.traveller import PASSPORT
from pratique.web.api import app
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.counting import Counts
from pratique.web.api.house import Engines, House, Release
from pratique.web.api.routes import ROUTES
from pratique.web.api.throttling import Pace
from pratique.web.api.watching import Watched
from pratique.web.pages import Site

BEARER = "bearer"
MANY = Limits(attempts=Allowance(10_000, 10_000, 10_000), challenges=Allowance(10_000, 10_000, 10_000))
ANSWER_AFTER = 0.05
"""Seconds: shorter than in service, so that a difference would stand out more."""


def main(folder: Path, port: int) -> None:
    """Serve until killed; a carrier's token is left in the folder."""
    engine, vault = open_store(f"sqlite:///{folder / 'records.db'}"), Vault.draw()
    migrate(engine)
    carrier = Account("carrier-1", Role.CARRIER)
    with writing(engine) as connection:
        enter(connection, carrier, "Carrier", at=material.AT)
    registry = StoreRegistry(engine, vault, country="UTO")
    holder = Registered("", PASSPORT, names.name("Han", "Meimei"), PartialDate(1990, 5, 8), b"no picture")
    registry.enter([holder], at=material.AT)
    (folder / BEARER).write_text(tokens.grant(vault, carrier, until=material.AT + timedelta(minutes=5)))
    counts = Counts(folder, ROUTES)
    house = House(
        site=Site(service="service.support", authority={"en": "XA", "zh": "XA"}, specimen=True),
        country="XA",
        address="http://127.0.0.1",
        hosts=("127.0.0.1",),
        engines=Engines.one(engine),
        vault=vault,
        release=Release(folder / "release"),
        confirmation=ConfirmationKey.draw(),
        enrolments=Enrolments(registry, ReviewMatcher(), limits=MANY),
        pace=Pace(10_000_000),
        counts=counts,
        answer_after=ANSWER_AFTER,
        clock=lambda: material.AT,
    )
    uvicorn.run(
        Watched(app(house), counts), host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False,
        log_level="error", server_header=False, proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
