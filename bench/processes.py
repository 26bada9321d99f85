"""Part 3: two processes against one, each with its own half of the strings; they share nothing to wait for."""

import multiprocessing
from multiprocessing.connection import Connection
from time import perf_counter

from bench import material
from bench.report import Budget, Part, Spread
from bench.verifying import must_be_authentic, unreservedly
from pratique.model.keys import Algorithm
from pratique.trust import TrustList
from pratique.verification import verify

BUDGETS = (Budget("two processes, of the rate of one", 1.8, None, "×"),)
_ROUNDS = 7


def measure(count: int) -> Part:
    """Rounds in which first one and then two waiting processes verify; each string meets a process once."""
    signer = material.DocumentSigner(Algorithm.ES256)
    trust_list = material.trust_list(signer).to_json()
    block = max(count // _ROUNDS // 2, 1)
    scans = material.scans(3 * block * _ROUNDS, signer)
    blocks = [scans[start : start + block] for start in range(0, len(scans), block)]
    spawn = multiprocessing.get_context("spawn")
    ends, processes = [], []
    for _ in range(2):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_verify_blocks, args=(theirs, trust_list), daemon=True)
        process.start()
        theirs.close()
        ends.append(ours)
        processes.append(process)
    try:
        _seconds(ends, blocks[:2])
        one, two = [], []
        for number in range(_ROUNDS):
            first, second, third = blocks[3 * number : 3 * number + 3]
            one.append(block / _seconds(ends[:1], [first]))
            two.append(2 * block / _seconds(ends, [second, third]))
    finally:
        for end in ends:
            end.send(None)
        for process in processes:
            process.join(30)
    ratio = Spread.of([pair / single for single, pair in zip(one, two, strict=True)])
    rows = (("one process", str(block), _rate(one), ""), ("two processes", str(2 * block), _rate(two), str(ratio)))
    return Part(
        "3. two processes against one",
        ("", "strings a round", "verify/s", "two / one"),
        rows,
        ("by the clock on the wall: whoever else uses the machine lowers the figure",),
        (Budget(BUDGETS[0].name, BUDGETS[0].limit, ratio.middle, BUDGETS[0].unit),),
    )


def _verify_blocks(end: Connection, trust_list_json: bytes) -> None:
    """A process: verify every block that comes, and say when it is done."""
    trust_list, revocation = TrustList.from_json(trust_list_json), material.revocation_list()
    while (block := end.recv()) is not None:
        end.send("ready")
        end.recv()
        answers = [verify(scan, trust_list=trust_list, at=material.AT, revocation=revocation) for scan in block]
        must_be_authentic([unreservedly(answer) for answer in answers])
        end.send("done")


def _seconds(ends: list[Connection], blocks: list[list[str]]) -> float:
    """From the word to begin until the last has done; handing over the strings is not counted."""
    for end, block in zip(ends, blocks, strict=True):
        end.send(block)
    for end in ends:
        end.recv()
    started = perf_counter()
    for end in ends:
        end.send("begin")
    for end in ends:
        if end.recv() != "done":
            raise AssertionError("a process did not finish")
    return perf_counter() - started


def _rate(rates: list[float]) -> str:
    return f"{Spread.of(rates).middle:,.0f}"
