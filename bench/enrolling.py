"""Part 6: from the last frame of the camera to the certificate's QR code, one traveller after the other.

The sandbox's camera plays an astronaut who does as asked. All but the last frame are judged before; the clock runs from
the last one's arrival through its judgement, the match with the portrait's template, her records, and an ITHC of all
her claims, until its QR code is drawn.
"""

import asyncio
import multiprocessing
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time

from msgspec import Struct

from bench import material
from bench.report import Budget, Part, Skipped
from pratique import qr
from pratique.authority.identity.answers import Holder, Seen, Started
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.records import FileRecords
from pratique.issuing import issue
from pratique.model.certificate import Certificate, Evidence, Person
from pratique.model.keys import Algorithm
from pratique.sandbox import traveller
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.verification import verify

BUDGETS = (
    Budget("last camera frame to QR, p95", 1_000, None, " ms", at_most=True),
    Budget("of which signing and QR, p95", 15, None, " ms", at_most=True),
)
_MANY = Allowance(100_000, 100_000, 100_000)
_FPS = 1.0


class _Run(Struct, frozen=True):
    """Milliseconds of one traveller's last frame, its match, and signing and drawing; and what was signed.

    `processor` is what all processes together used of the cores, in steps of 10 ms: other people's work on the machine
    lengthens the others, and this one hardly.
    """

    frame: float
    match: float
    signing: float
    scan: str
    processor: float

    @property
    def total(self) -> float:
        return self.frame + self.match + self.signing


def measure(count: int) -> Part:
    """`count` travellers, each with a challenge and a recording of their own, and one before them to warm up."""
    try:
        from pratique.authority.identity.dlib_matcher import DlibMatcher
        from pratique.sandbox import camera, register

        portrait = camera.astronaut()
    except ImportError as error:
        raise Skipped("needs the extra [demo] of pratique") from error
    signer = material.DocumentSigner(Algorithm.ES256)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place, DlibMatcher(workers=cores) as matcher:
        register.write(Path(place), portrait, at=material.AT)
        house = Enrolments(
            FileRegistry.load(Path(place)), matcher, limits=Limits(_MANY, _MANY), random=Random(material.AT.day)
        )
        records = FileRecords.load(
            Path(place) / "records", issuer=traveller.ISSUER, country="XA", evidence=Evidence.REGISTRY
        )
        runs = [asyncio.run(_traveller(house, records, signer, portrait, seed)) for seed in range(count + 1)][1:]
    _must_differ_and_verify(runs, signer)
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    total, signing = _p95([run.total for run in runs]), _p95([run.signing for run in runs])
    return Part(
        "6. from the last camera frame to the QR code",
        ("", "p50 ms", "p95 ms", "longest ms"),
        tuple(
            _row(name, [getattr(run, field) for run in runs])
            for name, field in (
                ("the last frame: find, measure, template", "frame"),
                ("the match", "match"),
                ("records, signature, QR code", "signing"),
                ("together", "total"),
                ("processor time of all of it", "processor"),
            )
        ),
        (
            f"{count} travellers, one at a time, {cores} workers on {cores} cores; load average at the end {load}",
            "each was matched, and every certificate was authentic",
        ),
        (
            Budget(BUDGETS[0].name, BUDGETS[0].limit, total, BUDGETS[0].unit, at_most=True),
            Budget(BUDGETS[1].name, BUDGETS[1].limit, signing, BUDGETS[1].unit, at_most=True),
        ),
    )


async def _traveller(
    house: Enrolments, records: FileRecords, signer: material.DocumentSigner, portrait: bytes, seed: int
) -> _Run:
    from pratique.sandbox import camera

    begun = await house.begin(traveller.PASSPORT.number, device="telephone", network="airport", at=material.AT)
    if not isinstance(begun, Started):
        raise AssertionError("an enrolment did not begin")
    for number, frame in enumerate(camera.frames_for(portrait, begun.challenge.steps, fps=_FPS, seed=seed)):
        at = material.AT + timedelta(seconds=number / _FPS)
        arrived, used = perf_counter(), _processor()
        seen = await house.frame(begun.session, frame, nonce=begun.challenge.nonce, number=number, at=at)
        if isinstance(seen, Seen) and seen.complete:
            break
    judged = perf_counter()
    holder = await house.finish(begun.session, at=at)
    matched = perf_counter()
    if not isinstance(holder, Holder):
        raise AssertionError("a traveller was not matched")
    certificate = Certificate(Person(holder.name, holder.birth_date), records.claims(holder.person_id), specimen=True)
    scan = issue(certificate, format="ithc", signer=signer, at=material.AT)
    qr.svg(scan, level=qr.Level.M)
    drawn = perf_counter()
    spent = _processor() - used
    return _Run(1000 * (judged - arrived), 1000 * (matched - judged), 1000 * (drawn - matched), scan, 1000 * spent)


def _processor() -> float:
    """Seconds that this process and its workers have used so far; of the workers where the system tells."""
    ticks = 0
    for worker in multiprocessing.active_children():
        stat = Path(f"/proc/{worker.pid}/stat")
        if stat.exists():
            user, system = stat.read_text("ascii").rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
    return process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _row(name: str, values: list[float]) -> tuple[str, ...]:
    return name, f"{median(values):.1f}", f"{_p95(values):.1f}", f"{max(values):.1f}"


def _must_differ_and_verify(runs: list[_Run], signer: material.DocumentSigner) -> None:
    if len({run.scan for run in runs}) != len(runs):
        raise AssertionError("two travellers have one certificate")
    trust_list = TrustList((trusted_key(signer.certificate),), environment=Environment.SANDBOX, issued=material.AT)
    for run in runs:
        if verify(run.scan, trust_list=trust_list, at=material.AT).authentic is not True:
            raise AssertionError("a certificate was not authentic")
