"""What the vectors of tests/vectors/procedures name of records: each setting does the thing that is refused."""

import io
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from sqlalchemy import Engine, text

from pratique.authority.access import Account, Item, Purpose, Role, applying, enter, look
from pratique.authority.access.applying import Asked
from pratique.authority.access.roles import PEOPLE_AN_HOUR
from pratique.authority.records import intake, rights
from pratique.authority.records.sources import Mapping, Source
from pratique.authority.signers.certificates import KeyPair
from pratique.authority.store import Vault, check_version, intakes, open_store, reading, writing
from pratique.authority.store.health import Correction, Ground
from pratique.authority.store.purging import Order, SignedOrder, purge
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.trust.x509 import trusted_key
from tests import databases

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAPPING = Mapping(
    columns={
        "document": "document", "family": "family", "given": "given", "birth_date": "born", "sampled": "sampled",
        "result": "result", "identifier": "id",
    },
    constants={"kind": "test", "method": "http://loinc.org|94500-6"},
    codes={"result": {"negative": "http://snomed.info/sct|260415000", "positive": "http://snomed.info/sct|260373001"}},
)  # fmt: skip
LAB = Source("lab-7", "Laboratory 7", "XA", "UTO", "administered", mapping=MAPPING)
DESK = Account("desk-1", Role.HEALTH_AUTHORITY)
GOOD = "XA1234567,Han,Meimei,1990-05-08,2026-11-22T08:30Z,negative,L-1"


def opened(folder: Path) -> Engine:
    return databases.sqlite(folder / "records.db")


def taken(folder: Path, *rows: str, headings: str = "document,family,given,born,sampled,result,id") -> None:
    """Take the rows in, and raise what the report says of them."""
    engine = opened(folder)
    file = io.BytesIO("\n".join((headings, *rows)).encode())
    key, _ = intake.take(engine, Vault.draw(), file, form="csv", source=LAB, at=AT)
    with reading(engine) as connection:
        reasons = [Reason(reason) for row in intakes.reports(connection, key) for reason in row.reasons]
    engine.dispose()
    if reasons:
        raise MalformedRecord(*reasons)


def row_without_a_document(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, GOOD, GOOD.replace("XA1234567", "").replace("L-1", "L-2"))


def row_of_a_known_document_with_another_name(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, GOOD, GOOD.replace("Han,Meimei", "Li,Lei").replace("L-1", "L-2"))


def row_sent_before_of_somebody_else(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, GOOD, GOOD.replace("XA1234567", "XA7654321"))


def row_sent_before_with_another_result(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, GOOD, GOOD.replace("negative", "positive"))


def row_with_a_word_in_no_table(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, GOOD, GOOD.replace("negative", "repeat").replace("L-1", "L-2"))


def table_without_a_sample_time(folder: Path, _: pytest.MonkeyPatch) -> None:
    taken(folder, headings="document,family,given,born,result,id")


def correction_of_a_record_that_is_not_there(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine = opened(folder)
    allowed = look(engine, DESK, "f" * 32, Purpose.CORRECTION, frozenset({Item.RECORDS}), at=AT)
    decision = rights.Decision("0" * 32, None, Correction(Ground.NEVER_HAPPENED, "desk-1"))
    with writing(engine) as connection:
        rights.correct(connection, Vault.draw(), allowed, decision, at=AT)


def database_that_is_not_there(folder: Path, _: pytest.MonkeyPatch) -> None:
    check_version(open_store(f"sqlite:///{folder}/nowhere/records.db"))


def database_of_a_newer_version(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine = opened(folder)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    check_version(engine)


def key_file_that_others_may_read(folder: Path, _: pytest.MonkeyPatch) -> None:
    Vault.draw().write(folder / "vault.json")
    (folder / "vault.json").chmod(0o644)
    Vault.read(folder / "vault.json")


def signed(pair: KeyPair, order: object) -> SignedOrder:
    """An order as the authority signs it."""
    data = msgspec.json.encode(order)
    assert isinstance(pair.private_key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(pair.private_key.sign(data, ec.ECDSA(hashes.SHA256())))
    return SignedOrder(data, r.to_bytes(32) + s.to_bytes(32), trusted_key(pair.certificate_der).key)


ORDER = Order("a" * 32, "sunset", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", tables=("declaration",))


def carried_out(folder: Path, order: SignedOrder) -> None:
    with writing(opened(folder)) as connection:
        purge(connection, order, at=AT)


def looking_without_a_purpose_of_the_role(folder: Path, _: pytest.MonkeyPatch) -> None:
    carrier = Account("carrier-1", Role.CARRIER)
    look(opened(folder), carrier, "f" * 32, Purpose.EPIDEMIC_CONTROL, frozenset({Item.RECORDS}), at=AT)


def looking_at_more_people_than_a_desk_sees(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine = opened(folder)
    for number in range(PEOPLE_AN_HOUR[DESK.role] + 1):
        look(engine, DESK, f"{number:032x}", Purpose.CORRECTION, frozenset({Item.RECORDS}), at=AT)


def app_under_a_name_that_is_taken(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine = opened(folder)
    with writing(engine) as connection:
        enter(connection, Account("lab-7", Role.LABORATORY), "Laboratory 7", at=AT)
        applying.file(connection, Asked("P-1", "lab-7", "Laboratory 7", None, "{}", "{}"), at=AT)
