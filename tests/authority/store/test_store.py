"""What the database refuses, whoever asks; what a copy of it gives away; and how anything may leave."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from tests import databases
from tests.databases import FILLED, fill
from tests.issuer import MemorySigner
from tests.records_settings import signed

from pratique import crypto
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.store import (
    DatabaseRole,
    Vault,
    check_version,
    migrate,
    migrations,
    open_store,
    people,
    reading,
    writing,
)
from pratique.authority.store.columns import metadata
from pratique.authority.store.opening import versions
from pratique.authority.store.people import Newcomer, Papers
from pratique.authority.store.purging import Order, Report, prove, purge
from pratique.authority.store.roles import GRANTS
from pratique.authority.store.tables import APPEND_ONLY, IDENTITY, PERSONAL, purge_open
from pratique.model import names
from pratique.model.dates import PartialDate
from pratique.model.errors import OrderRefused, StoreFault
from pratique.model.keys import Algorithm, PublicKey, SignatureCheck
from pratique.model.reasons import Reason
from pratique.sandbox.traveller import PASSPORT
from pratique.trust.x509 import trusted_key

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
MEIMEI = Newcomer(
    Papers("UTO", PASSPORT.number),
    names.name("韩", "梅梅", family_latin="Han", given_latin="Meimei"),
    PartialDate(1990, 5, 8),
    PASSPORT,
    b"\xff\xd8\xff a face, as JPEG",
)


# the tables


def test_migrations_make_the_tables_that_the_code_knows(store: Engine) -> None:
    with reading(store) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    check_version(store)
    migrate(store)  # nothing to do, and nothing done


def test_the_forms_of_the_tables_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    config.set_main_option("path_separator", "os")
    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    assert versions() == tuple(reversed(revisions))


def test_every_table_about_people_is_keyed_by_them_first() -> None:
    assert {next(iter(table.primary_key)).name for table in PERSONAL} == {"person_id"}
    assert {next(iter(table.primary_key)).name for table in IDENTITY} == {"subject_id"}


def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreFault, match="STORE_VERSION: the tables are older"):
        check_version(engine)
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (check_version, migrate):
        with pytest.raises(StoreFault, match=r"STORE_VERSION: .* newer"):
            use(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not an address", "sqlite+aiosqlite://"])
def test_only_the_two_databases_are_opened(url: str) -> None:
    with pytest.raises(StoreFault) as refused:
        open_store(url)
    assert refused.value.reasons == (Reason.STORE_UNREACHABLE,)


def test_a_server_that_is_not_there_is_said_without_its_address(tmp_path: Path) -> None:
    engine = open_store(f"postgresql://somebody@/x?host={tmp_path}")
    with pytest.raises(StoreFault, match=r"^STORE_UNREACHABLE: OperationalError$"), reading(engine):
        pass


# what may never change


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
def test_what_is_written_once_is_never_changed_nor_deleted(store: Engine, table) -> None:
    with writing(store) as connection:
        fill(connection)
    column = list(table.columns)[-1]
    changed = update(table).values({column: select(column).scalar_subquery()})
    sqlite = store.dialect.name == "sqlite"
    emptied = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table} CASCADE"
    for statement in (changed, delete(table), text(emptied)):
        with pytest.raises(DBAPIError, match=r"never change|stay without a signed order"), writing(store) as connection:
            connection.execute(statement)
    with reading(store) as connection:
        assert connection.execute(select(table)).all()


def test_an_opened_purge_alone_deletes_nothing_on_postgresql(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        engine = open_store(url)
        with writing(engine) as connection:
            fill(connection)
            connection.execute(insert(purge_open), [{"table_name": "record", "person_id": "*"}])
        with pytest.raises(DBAPIError, match="stay without"), writing(engine) as connection:
            connection.execute(text("DELETE FROM record"))
        engine.dispose()


# orders


@pytest.fixture(scope="module")
def authority() -> KeyPair:
    return make_dsc(make_csca("XA", "XA root", at=AT), common_name="XA orders", at=AT)


def order(**changed: object) -> Order:
    fields: dict = {
        "order_id": "a" * 32,
        "ground": "erasure asked for by the person",
        "not_before": "2026-11-01T00:00:00Z",
        "not_after": "2026-12-01T00:00:00Z",
        "person_id": FILLED,
    }
    return Order(**{**fields, **changed})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"not_before": "2026-11-24T00:00:00Z"}, Reason.ORDER_PERIOD),
        ({"not_after": "2026-11-22T00:00:00Z"}, Reason.ORDER_PERIOD),
        ({"not_after": "some day"}, Reason.ORDER_UNSIGNED),
        ({"person_id": None}, Reason.ORDER_UNSIGNED),
        ({"tables": ("record",)}, Reason.ORDER_UNSIGNED),
        ({"person_id": None, "tables": ("account",)}, Reason.ORDER_UNSIGNED),
    ],
)
def test_orders_that_are_refused(store: Engine, authority: KeyPair, changed: dict, reason: Reason) -> None:
    with writing(store) as connection:
        fill(connection)
    with pytest.raises(OrderRefused) as refused, writing(store) as connection:
        purge(connection, signed(authority, order(**changed)), at=AT)
    assert refused.value.reasons == (reason,)


def test_an_order_that_was_changed_after_signing_is_refused(store: Engine, authority: KeyPair) -> None:
    good = signed(authority, order())
    for changed in (
        msgspec.structs.replace(good, order=good.order.replace(b"erasure", b"Erasure")),
        msgspec.structs.replace(good, key=PublicKey(b"", good.key.kind)),
        msgspec.structs.replace(signed(authority, {"order_id": 1})),
    ):
        with pytest.raises(OrderRefused, match="ORDER_UNSIGNED"), writing(store) as connection:
            purge(connection, changed, at=AT)


def test_an_erasure_leaves_nothing_of_one_person_and_all_of_others(
    store: Engine, vault: Vault, authority: KeyPair
) -> None:
    with writing(store) as connection:
        fill(connection)
        fill(connection, "0" * 32, suffix="1")
        subject = people.enter(connection, vault, [MEIMEI], at=NOW)[MEIMEI.papers].subject_id
    with writing(store) as connection:
        report = purge(connection, signed(authority, order(subject_id=subject)), at=AT)
    assert set(report.left.values()) == {0}
    assert report.left.keys() == report.deleted.keys() >= {"record", "looked", "person", "document", "portrait"}
    signer = MemorySigner()
    proof = prove(report, signer)
    key = trusted_key(signer.certificate).key
    assert crypto.check(SignatureCheck(key, Algorithm.ES256, proof.report, proof.signature))
    assert msgspec.json.decode(proof.report, type=Report) == report
    assert {name: count for name, count in report.deleted.items() if not count} == {
        "guardian": 0,
        "consent": 0,
        "holder_key": 0,
    }
    with reading(store) as connection:
        for table in PERSONAL:
            assert set(connection.execute(select(table.c.person_id)).scalars()) == {"0" * 32}, table
        assert not connection.execute(select(purge_open)).all()
        assert people.find(connection, vault, MEIMEI.papers) is None
    with pytest.raises(OrderRefused, match="carried out before"), writing(store) as connection:
        purge(connection, signed(authority, order()), at=AT)
    with pytest.raises(DBAPIError, match="stay without"), writing(store) as connection:
        connection.execute(text("DELETE FROM record"))


def test_a_sunset_empties_the_tables_it_names(store: Engine, authority: KeyPair) -> None:
    with writing(store) as connection:
        fill(connection)
    sunset = order(person_id=None, tables=("declaration", "trip"))
    with writing(store) as connection:
        report = purge(connection, signed(authority, sunset), at=AT)
    assert report.deleted == {"declaration": 1, "trip": 1}
    assert report.left == {"declaration": 0, "trip": 0}
    with reading(store) as connection:
        assert connection.execute(text("SELECT count(*) FROM record")).scalar() == 1


# roles


def rights(url: str) -> dict[tuple[str, str], set[str]]:
    engine = open_store(url)
    with reading(engine) as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        found = {
            (role, table): {
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
                if connection.execute(text(f"SELECT has_table_privilege('{role}', '{table}', '{right}')")).scalar()
            }
            | columns(connection, role, table)
            for role in map(str, DatabaseRole)
            for table in tables
        }
    engine.dispose()
    return found


def columns(connection: Connection, role: str, table: str) -> set[str]:
    """The columns that a role reads or changes of a table which it may not as a whole, as `GRANTS` writes them."""
    asked = "SELECT has_table_privilege(:role, :table, :right), has_column_privilege(:role, :table, :column, :right)"
    found = set()
    for right in ("SELECT", "UPDATE"):
        named = {"role": role, "table": table, "right": right}
        some = [
            column.name
            for column in metadata.tables[table].columns
            if connection.execute(text(asked), named | {"column": column.name}).one() == (False, True)
        ]
        found |= {f"{right}({','.join(some)})"} if some else set()
    return found


def test_roles_have_what_their_table_says_and_nothing_else(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        for (role, table), found in rights(url).items():
            granted = GRANTS.get(DatabaseRole(role), {}).items()
            expected = {right for names, given in granted if table in names.split() for right in given.split()}
            assert found == expected, (role, table)


def test_issuance_reads_neither_declarations_nor_movements_nor_what_comes_later(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        owner = open_store(url)
        with writing(owner) as connection:
            fill(connection)
            connection.execute(text("CREATE TABLE visit (person_id text)"))
            connection.execute(text("CREATE TABLE colour (person_id text)"))
            connection.execute(text("DROP ROLE IF EXISTS pratique_tests_issuer"))
            connection.execute(text("CREATE ROLE pratique_tests_issuer LOGIN IN ROLE pratique_issuance"))
        try:
            logged_in = open_store(
                databases.address(postgresql, url.rpartition("/")[2].partition("?")[0], "pratique_tests_issuer")
            )
            for table in ("declaration", "trip", "contact", "observation", "local_status", "visit", "colour"):
                with pytest.raises(ProgrammingError, match="permission denied"), reading(logged_in) as connection:
                    connection.execute(text(f"SELECT count(*) FROM {table}"))
            for words in ("statement", "evidence"):
                with pytest.raises(ProgrammingError, match="permission denied"), reading(logged_in) as connection:
                    connection.execute(text(f"SELECT {words} FROM dispute"))
            with reading(logged_in) as connection:
                assert connection.execute(text("SELECT count(*) FROM record")).scalar() == 1
            logged_in.dispose()
            taken_on = open_store(url, role=DatabaseRole.ISSUANCE)
            with pytest.raises(ProgrammingError, match="permission denied"), reading(taken_on) as connection:
                connection.execute(text("SELECT count(*) FROM trip"))
            taken_on.dispose()
        finally:
            with writing(owner) as connection:
                connection.execute(text("DROP ROLE pratique_tests_issuer"))
            owner.dispose()


# a stolen copy


def dumped(url: str) -> bytes:
    """Everything that a thief of the database has: the file with its log, or what `pg_dump` writes."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    engine = open_store(url)
    out = b""
    with reading(engine) as connection:
        for table in metadata.sorted_tables:
            with connection.connection.cursor().copy(f"COPY {table} TO STDOUT") as copied:  # type: ignore[union-attr]
                out += b"".join(map(bytes, copied))
    engine.dispose()
    return out


TELLING = 6
"""Octets: shorter ones turn up by chance among encrypted ones, three about once in a hundred copies."""


def test_a_stolen_copy_shows_no_name_no_number_no_face_and_joins_nothing(
    store: Engine, store_url: str, vault: Vault
) -> None:
    with writing(store) as connection:
        known = people.enter(connection, vault, [MEIMEI], at=NOW)[MEIMEI.papers]
        fill(connection, known.person_id)
    copy = dumped(store_url)
    words = ("韩梅梅", "韩", "梅梅", "HAN", "MEIMEI", "Meimei", "1990-05-08", PASSPORT.number, "19900508", "900508")
    forms = (form for word in words for form in (word.encode(), word.encode().hex().encode(), word.encode("utf-16-le")))
    written = [form for form in forms if len(form) >= TELLING]
    face = MEIMEI.portrait or b""
    for form in [*written, face, face.hex().encode(), PASSPORT.number[-5:].encode()]:
        assert form not in copy
    assert known.person_id.encode() in copy  # the records are there,
    identities = b"".join(
        bytes(value) if isinstance(value, bytes) else str(value).encode()
        for table in IDENTITY
        for row in store_rows(store, table)
        for value in row
    )
    assert known.person_id.encode() not in identities  # but whose they are is not
    assert bytes.fromhex(known.person_id) not in identities


def store_rows(store: Engine, table) -> list:
    with reading(store) as connection:
        return list(connection.execute(select(table)).all())


# people


def test_who_enters_is_found_again_and_nobody_else(store: Engine, vault: Vault) -> None:
    with writing(store) as connection:
        entered = people.enter(connection, vault, [MEIMEI], at=NOW)[MEIMEI.papers]
    with reading(store) as connection:
        assert people.find(connection, vault, MEIMEI.papers) == entered
        assert (entered.name, entered.birth_date) == (MEIMEI.name, MEIMEI.birth_date)
        assert people.find(connection, vault, Papers("XBA", PASSPORT.number)) is None
        assert people.find(connection, Vault.draw(), MEIMEI.papers) is None
        assert people.portrait(connection, vault, entered.subject_id) == MEIMEI.portrait
        assert people.documents(connection, vault, entered.subject_id) == [(MEIMEI.papers, PASSPORT)]


def test_one_number_enters_once_and_a_new_passport_leads_to_the_same_person(store: Engine, vault: Vault) -> None:
    renewed = Papers("UTO", "XA7654321")
    with writing(store) as connection:
        first = people.enter(connection, vault, [MEIMEI], at=NOW)[MEIMEI.papers]
        assert people.enter(connection, vault, [MEIMEI], at=NOW) == {MEIMEI.papers: first}
        assert people.renew(connection, vault, first.subject_id, renewed, None, at=NOW + 1)
        assert not people.renew(connection, vault, first.subject_id, renewed, None, at=NOW + 1)
    with reading(store) as connection:
        assert people.find(connection, vault, renewed) == first
        assert people.find(connection, vault, MEIMEI.papers) == first
        assert [papers for papers, _ in people.documents(connection, vault, first.subject_id)] == [
            renewed,
            MEIMEI.papers,
        ]
