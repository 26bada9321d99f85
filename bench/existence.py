"""Part 14: how long it takes to be told nothing, for a passport that is registered and for one that nobody has.

The same bodies, statements and calls are a test's business (tests/web/test_existence.py); time cannot be made equal, so
that it is reported. Known and unknown take turns, each on a number of its own, in a database of many people.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from msgspec.structs import replace

from bench import material
from bench.report import Part, Skipped
from pratique.model import names
from pratique.model.dates import PartialDate
from pratique.sandbox import traveller

PORTRAIT = 60_000
"""Octets of a portrait, as a passport's chip holds it."""


def measure(count: int) -> Part:
    """`count` questions of each kind, over as many registered people."""
    try:
        from sqlalchemy import Engine

        from pratique.authority.identity.clinic_code import Codes
        from pratique.authority.identity.document import Document
        from pratique.authority.identity.limits import Allowance
        from pratique.authority.identity.registry import Registered
        from pratique.authority.identity.stored import StoreRegistry
        from pratique.authority.store import Vault, migrate, open_store
    except ImportError as error:
        raise Skipped("needs the extra [server] of pratique") from error
    random, vault, at = Random(14), Vault.draw(), material.AT
    with tempfile.TemporaryDirectory() as folder:
        engine: Engine = open_store(f"sqlite:///{Path(folder) / 'register.db'}")
        migrate(engine)
        registry = StoreRegistry(engine, vault, country="UTO")
        registry.enter(
            (
                Registered(
                    "", replace(traveller.PASSPORT, number=f"XB{number:07}"), names.name("Han", "Meimei"),
                    PartialDate(1990, 5, 8), random.randbytes(PORTRAIT),
                )
                for number in range(count)
            ),
            at=at,
        )  # fmt: skip
        codes = Codes(engine, vault, country="UTO", allowed=Allowance(10**9, 10**9, 10**9))
        known = [Document(f"XB{number:07}") for number in random.sample(range(count), count)]
        unknown = [Document(f"XC{number:07}") for number in random.sample(range(10**7), count)]
        wrong = "AAAAAAAAAAAA"

        def code(document: Document) -> object:
            return codes.redeem(document, wrong, device="d", network="n", at=at)

        rows = [
            _row("look-up before the camera", registry.find, known, unknown),
            _row("a wrong code on paper", code, known, unknown),
        ]
        engine.dispose()
    return Part(
        "14. what time tells of who is registered",
        ("", "known p50 ms", "unknown p50 ms", "difference", "spread of one (p10 to p90)", "guessed right"),
        tuple(rows),
        (
            f"{count} of each, one after the other, on SQLite; `guessed right` is how often the best threshold of time",
            "tells known from unknown in one question: 50 % is by chance. Over a network its jitter is added.",
        ),
    )


def _row(name: str, ask: Callable[..., object], known: Sequence[object], unknown: Sequence[object]) -> tuple[str, ...]:
    took: tuple[list[float], list[float]] = [], []
    for pair in zip(known, unknown, strict=True):
        for times, document in zip(took, pair, strict=True):
            started = perf_counter()
            ask(document)
            times.append(1000 * (perf_counter() - started))
    one, other = (median(times) for times in took)
    tenths = quantiles(took[0], n=10)
    right = f"{_best_guess(*took):.0%}"
    return name, f"{one:.3f}", f"{other:.3f}", f"{one - other:+.3f}", f"{tenths[0]:.3f} to {tenths[-1]:.3f}", right


def _best_guess(known: Sequence[float], unknown: Sequence[float]) -> float:
    """The share that the best single threshold gets right, on the very times that it was chosen on: an upper bound."""
    labelled = sorted([(time, 1) for time in known] + [(time, -1) for time in unknown])
    balance, best = 0, 0
    for _, sign in labelled:
        balance += sign
        best = max(best, abs(balance))
    return 0.5 + best / len(labelled)
