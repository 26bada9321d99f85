"""Part 2: the whole of our `verify` against the COSE layer alone of `cwt` and `pycose`.

Both pin CBOR libraries that ours does not work with, so that they run in another process. Each process also times the
bare signature check in every round, and what is compared is time in units of one's own bare check.
"""

import json
import subprocess

from msgspec import Struct

from bench import environments, material
from bench.report import Budget, Part, Skipped, Spread
from bench.timing import microseconds_each, one_core
from bench.verifying import RawCheck, must_be_authentic, unreservedly
from pratique import crypto, formats
from pratique.formats import _base45, _cose, hcert
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.verification import verify

BUDGETS = (
    Budget("cwt's COSE layer alone, in our whole verify", 2, None, "×"),
    Budget("pycose's COSE layer alone, in our whole verify", 15, None, "×"),
)
_PEERS = {"cwt": 50, "cwt, from the list": 25, "pycose": 10}
"""Messages a round; `pycose` needs milliseconds for one."""


def measure(count: int) -> Part:
    """Rounds over `count` messages; a peer gets the octets after base45 and zlib, and we the text of the QR code."""
    python = environments.python_with("bench-cose.txt")
    ours = _Ours(count)
    rounds: dict[str, list[_Round]] = {name: [] for name in _PEERS}
    with Worker(python, ours.for_others()) as worker, one_core():
        for start in range(0, count, max(_PEERS.values())):
            for name, block in _PEERS.items():
                chosen = slice(start, min(start + block, count))
                whole, layer = ours.measure(chosen)
                their_raw, their_time = worker.ask(name, chosen)
                rounds[name].append(_Round(whole, layer, their_time / their_raw))
    every = [one for name in _PEERS for one in rounds[name]]
    rows = [
        ("pratique, the whole verify", str(Spread.of([one.whole for one in every])), "", ""),
        ("pratique, its COSE layer", str(Spread.of([one.layer for one in every])), "", ""),
    ]
    in_whole = {name: Spread.of([one.theirs / one.whole for one in rounds[name]]) for name in _PEERS}
    for name in _PEERS:
        in_layer = Spread.of([one.theirs / one.layer for one in rounds[name]])
        theirs = Spread.of([one.theirs for one in rounds[name]])
        rows.append((f"{name}, its COSE layer", str(theirs), str(in_layer), str(in_whole[name])))
    return Part(
        "2. verify against other libraries' COSE layer",
        ("", "in raw checks", "in our COSE layers", "in our whole verifies"),
        tuple(rows),
        (
            "every message was verified by everyone, and the one with a flipped bit by no one",
            "from the list: cwt is given every key on the list, as our verify is, and not the one that signed",
        ),
        tuple(
            Budget(budget.name, budget.limit, in_whole[name].middle, budget.unit)
            for budget, name in zip(BUDGETS, ("cwt", "pycose"), strict=True)
        ),
    )


class _Round(Struct, frozen=True):
    """Times of one round, each in units of the raw check that its own process made in the same round."""

    whole: float
    layer: float
    theirs: float


class _Ours:
    """The messages, and our side of a round."""

    def __init__(self, count: int) -> None:
        signer = material.DocumentSigner(Algorithm.ES256)
        self._trust_list, self._revocation = material.trust_list(signer), material.revocation_list()
        self._key = self._trust_list.keys[-1].key
        self._scans = material.scans(count, signer)
        self._raw = RawCheck(signer)
        self._questions = [self._raw.question(scan) for scan in self._scans]
        self._messages = [hcert.inflate(_base45.decode(scan.removeprefix(hcert.PREFIX))) for scan in self._scans]

    def for_others(self) -> dict[str, object]:
        """The same messages, the same raw questions and the same keys, in hexadecimal."""
        return {
            "messages": [message.hex() for message in self._messages],
            "payloads": [formats.open_scan(scan).payload.hex() for scan in self._scans],
            "questions": [(signature.hex(), signed.hex()) for signature, signed in self._questions],
            "keys": [listed.key.spki.hex() for listed in self._trust_list.keys],
            "kids": [listed.kid.hex() for listed in self._trust_list.keys],
        }

    def measure(self, chosen: slice) -> tuple[float, float]:
        """The whole of `verify` and our COSE layer alone, in raw checks."""
        raw, _ = microseconds_each(self._raw, self._questions[chosen])
        whole, results = microseconds_each(self._verify, self._scans[chosen])
        layer, held = microseconds_each(self._cose, self._messages[chosen])
        must_be_authentic(results)
        if not all(held):
            raise AssertionError("a message was not verified")
        return whole / raw, layer / raw

    def _verify(self, scan: str) -> bool:
        return unreservedly(verify(scan, trust_list=self._trust_list, at=material.AT, revocation=self._revocation))

    def _cose(self, message: bytes) -> bool | None:
        opened = _cose.open_sign1(message, format=hcert.NAME)
        return crypto.check(SignatureCheck(self._key, opened.algorithm, opened.signed, opened.signature))


class Worker:
    """The process with the other libraries, asked in turn, so that it rests while we are measured."""

    def __init__(self, python: object, given: dict[str, object]) -> None:
        script = environments.ROOT / "bench" / "peers_worker.py"
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(given)
        if self._hear() != "ready":
            self._process.kill()
            raise Skipped("needs a working .venv-cose; delete it and run again")

    def ask(self, peer: str, chosen: slice) -> tuple[float, float]:
        """µs for one raw check and for one message of the block."""
        self._say([peer, chosen.start, chosen.stop])
        raw, each = json.loads(self._hear())
        return raw, each

    def _say(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)
