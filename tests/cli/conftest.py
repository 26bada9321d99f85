"""What the tests of the command line share: a fictional issuer's scans, and a shell that runs in this process."""

import io
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import Struct, structs

import pratique
from pratique.cli import main
from pratique.issuing import issue
from pratique.model import fhir, mrz, uvci
from pratique.model.certificate import Certificate, Evidence, choose
from pratique.sandbox import traveller
from pratique.trust import Environment, TrustList
from tests.issuer import AT, MemorySigner

WHEN = "2021-07-01T12:00Z"
"""The same instant as `AT`, as it is typed."""


class Desk(Struct, frozen=True):
    """An issuer, its trust material on the disk, and what it signed."""

    signer: MemorySigner
    folder: Path
    list_file: Path
    """A JSON trust list of the sandbox."""
    der: Path
    certificate: Certificate
    good: str
    expired: str
    unknown: str
    """Signed with a key that no list has."""


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    signer = MemorySigner()
    (folder / "dsc.der").write_bytes(signer.certificate)
    listed = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    (folder / "list.json").write_bytes(listed.to_json())
    (folder / "passport.txt").write_text(mrz.write(traveller.PASSPORT), encoding="ascii")
    (folder / "brother.txt").write_text(mrz.write(traveller.BROTHERS_PASSPORT), encoding="ascii")
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    claims = fhir.claims(
        traveller.bundle(AT, identifiers),
        uvci=lambda place: identifiers[place - 1],
        issuer=traveller.ISSUER,
        country="XA",
        evidence=Evidence.REGISTRY,
    )
    certificate = Certificate(fhir.person(traveller.PATIENT), claims)
    one = choose(certificate, claims[0])
    return Desk(
        signer=signer,
        folder=folder,
        list_file=folder / "list.json",
        der=folder / "dsc.der",
        certificate=certificate,
        good=issue(certificate, format="ithc", signer=signer, at=AT),
        expired=issue(one, format="eu-dcc", signer=signer, at=AT, expires=AT + timedelta(seconds=1)),
        unknown=issue(structs.replace(one, specimen=True), format="eu-dcc", signer=MemorySigner(), at=AT),
    )


class Ran(Struct, frozen=True):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ran]


@pytest.fixture(autouse=True)
def found_by_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process started by a test finds the code under test, installed or not."""
    monkeypatch.setenv("PYTHONPATH", str(Path(pratique.__file__).parents[1]))


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run a command in this process; `stdin` is what is piped into it."""

    def run(*words: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    monkeypatch.delenv("PRATIQUE_DEBUG", raising=False)
    monkeypatch.delenv("PRATIQUE_PASSPHRASE", raising=False)
    return run
