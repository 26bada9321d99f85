"""The log of a key: it accounts for every number, it only grows, and whoever tampers with it is found out."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from tests import databases
from tests.authority import issuing as scene
from tests.authority.issuing import AT, MEIMEI
from tests.records_settings import signed

from pratique.authority.issuance import log, proofs
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person
from pratique.authority.issuance.requests import Wanted
from pratique.authority.ledger import Checkpoint
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import DatabaseRole, Vault, open_store, reading, signing_log, writing
from pratique.authority.store.purging import Order, purge
from pratique.model.errors import AccessRefused, IssueRefused, LogFault
from pratique.model.reasons import Reason
from pratique.trust.x509 import trusted_key


@pytest.fixture
def key(tmp_path: Path) -> FileSigner:
    return scene.signer(tmp_path)


@pytest.fixture
def office(store: Engine, vault: Vault, key: FileSigner) -> Office:
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose()])
    return scene.office(store, vault, key)


def issued(office: Office) -> Issued:
    look = scene.own(office.engine, scene.known(office.engine, office.vault).person_id)
    return certificate_of_person(office, look, wanted=Wanted(papers=MEIMEI), at=AT)


def checkpoint(office: Office, key: FileSigner) -> Checkpoint:
    with reading(office.engine) as connection:
        (found,) = (each for each in signing_log.keys(connection) if each.kid == key.key.kid)
        return log.checkpoint(connection, found)


def balance(office: Office, key: FileSigner) -> log.Balance:
    with reading(office.engine) as connection:
        return log.balance(connection, log.key_id(key.key), count=key.count)


def test_counter_log_and_certificates_agree(office: Office, key: FileSigner) -> None:
    for _ in range(5):
        issued(office)
    found = balance(office, key)
    assert (found.entries, found.issued, found.void, found.count) == (5, 5, 0, 5)


def test_numbers_that_gave_nobody_anything_are_made_up_for(office: Office, key: FileSigner) -> None:
    issued(office)
    key.sign(b"a crash threw this signature away")
    with pytest.raises(LogFault, match="the counter says 2, the log 1"):
        balance(office, key)
    assert issued(office).number == 3
    found = balance(office, key)
    assert (found.entries, found.issued, found.void) == (3, 2, 1)
    key.sign(b"and this")
    settled = log.reconcile(office.engine, key, at=AT)
    assert (settled.entries, settled.void, settled.count) == (4, 2, 4)


class Rival(FileSigner):
    """A signer beside which somebody else signs with the same key, without the log."""

    def numbered(self, data: bytes) -> tuple[int, bytes]:
        super().numbered(b"signed around the log")
        return super().numbered(data)


def test_a_number_that_somebody_took_meanwhile_is_void(store: Engine, vault: Vault, tmp_path: Path) -> None:
    key = scene.signer(tmp_path)
    rival = Rival(key._key, key._private_key, key._counter)
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose()])
    office = scene.office(store, vault, rival)
    assert issued(office).number == 2
    found = balance(office, rival)
    assert (found.entries, found.issued, found.void) == (2, 1, 1)


def test_a_key_that_signs_elsewhere_is_stopped(office: Office, key: FileSigner) -> None:
    issued(office)
    for _ in range(log.MOST_LOST + 1):
        key.sign(b"signed around the log")
    with pytest.raises(LogFault, match="101 signatures were made outside of the log"):
        issued(office)
    assert log.reconcile(office.engine, key, at=AT).void == 101
    assert issued(office).number == 103


def test_a_counter_that_was_put_back_is_stopped(office: Office, key: FileSigner, tmp_path: Path) -> None:
    counter = tmp_path / "dsc.key.counter"
    before = counter.read_bytes()
    issued(office)
    counter.write_bytes(before)
    restarted = FileSigner.open(tmp_path / "dsc.key.pem", passphrase=scene.PASSPHRASE)
    with pytest.raises(LogFault, match="behind its log") as fault:
        issued(structs.replace(office, signers=(restarted,)))
    assert fault.value.reasons == (Reason.LOG_BROKEN,)


def test_whoever_changes_the_log_is_found_out(postgresql: str, vault: Vault, key: FileSigner) -> None:
    with databases.copy(postgresql) as url:
        engine = open_store(url)
        scene.onboarded(engine)
        scene.entered(engine, vault)
        scene.recorded(engine, vault, [scene.dose()])
        office = scene.office(engine, vault, key)
        for _ in range(4):
            issued(office)
        for change in (
            "DELETE FROM log_entry WHERE number = 2",
            "DELETE FROM log_entry WHERE number = 4",
            "UPDATE log_entry SET commitment = NULL WHERE number = 3",
            "UPDATE log_entry SET commitment = decode('00', 'hex') WHERE number = 1",
            "UPDATE log_node SET value = decode(repeat('00', 32), 'hex') WHERE level = 2",
        ):
            with engine.connect() as connection:
                connection.execute(text("SET LOCAL session_replication_role = replica"))  # as the owner can
                connection.execute(text(change))
                with pytest.raises(LogFault):
                    log.balance(connection, log.key_id(key.key), count=key.count)
        assert balance(office, key).entries == 4
        engine.dispose()


# proofs


def test_the_log_only_grows(office: Office, key: FileSigner) -> None:
    seen = []
    for _ in range(7):
        issued(office)
        seen.append(checkpoint(office, key))
    with reading(office.engine) as connection:
        (row,) = signing_log.keys(connection)
        for old in seen:
            for new in seen:
                if old.size <= new.size:
                    proof = proofs.consistency(connection, row, old.size, new.size)
                    read = msgspec.json.decode(msgspec.json.encode(proof), type=proofs.Consistency)
                    assert proofs.follows(read, old, new)
        proof = proofs.consistency(connection, row, 3, 7)
        nothing = proofs.consistency(connection, row, 0, 7)
    assert proofs.follows(nothing, Checkpoint(seen[6].origin, 0, log.ledger.EMPTY_ROOT), seen[6])
    other = structs.replace(seen[6], root=bytes(32))
    elsewhere = structs.replace(seen[2], origin="XB/signatures/" + row.key_id)
    assert not proofs.follows(proof, seen[2], other)
    assert not proofs.follows(proof, seen[3], seen[6])
    assert not proofs.follows(proof, elsewhere, seen[6])
    assert not proofs.follows(structs.replace(proof, path=("?",)), seen[2], seen[6])
    assert not proofs.follows(structs.replace(proof, key_id="f" * 32), seen[2], seen[6])


def test_a_certificate_is_shown_to_be_in_the_log(office: Office, key: FileSigner) -> None:
    made = [issued(office) for _ in range(5)]
    look = scene.own(office.engine, made[0].person_id)
    point = checkpoint(office, key)
    with reading(office.engine) as connection:
        for each in made:
            proof = proofs.inclusion(connection, look, each.certificate_id)
            read = msgspec.json.decode(msgspec.json.encode(proof), type=proofs.Inclusion)
            assert proofs.holds(each.scan, read, point)
        proof = proofs.inclusion(connection, look, made[0].certificate_id)
        assert proofs.holds(made[0].scan, proofs.inclusion(connection, look, made[0].certificate_id, size=5), point)
        with pytest.raises(IssueRefused, match="no such certificate"):
            proofs.inclusion(connection, look, "f" * 32)
        with pytest.raises(ValueError, match="no such entry"):
            proofs.inclusion(connection, look, made[4].certificate_id, size=2)
    assert not proofs.holds(made[1].scan, proof, point)
    assert not proofs.holds("HC1:nothing", proof, point)
    assert not proofs.holds(made[0].scan, structs.replace(proof, number=2), point)
    assert not proofs.holds(made[0].scan, structs.replace(proof, salt=proof.path[0]), point)
    assert not proofs.holds(made[0].scan, proof, structs.replace(point, root=bytes(32)))
    changed = structs.replace(proof.issue, account_id="somebody else")
    assert not proofs.holds(made[0].scan, structs.replace(proof, issue=changed), point)
    stranger = structs.replace(look, person_id="f" * 32)
    with pytest.raises(IssueRefused), reading(office.engine) as connection:
        proofs.inclusion(connection, stranger, made[0].certificate_id)
    blind = structs.replace(look, items=frozenset())
    with pytest.raises(AccessRefused), reading(office.engine) as connection:
        proofs.inclusion(connection, blind, made[0].certificate_id)


def test_a_checkpoint_is_published_under_another_key(office: Office, key: FileSigner, tmp_path: Path) -> None:
    issued(office)
    point = checkpoint(office, key)
    publisher, stranger = scene.signer(tmp_path, name="log"), scene.signer(tmp_path, name="stranger")
    written = log.publish(point, publisher)
    assert publisher.key.public is not None
    assert log.read_published(written) == point
    assert log.read_published(written, key=publisher.key.public) == point
    wrong = written.replace(f"\n{point.size}\n", f"\n{point.size + 1}\n")
    signed_by = {"another key": stranger.key.public, "the publisher": publisher.key.public}
    for told, by in ((written, "another key"), (wrong, "the publisher"), (point.to_text(), "the publisher")):
        with pytest.raises(LogFault):
            log.read_published(told, key=signed_by[by])
    with pytest.raises(LogFault, match="three lines"):
        log.read_published("no checkpoint")


def test_erasing_a_person_leaves_the_tree(store: Engine, vault: Vault, key: FileSigner, office: Office) -> None:
    made = issued(office)
    issued(office)
    before = checkpoint(office, key)
    authority = make_dsc(make_csca("XA", "XA root", at=AT), common_name="XA orders", at=AT)
    order = Order("a" * 32, "erasure", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", person_id=made.person_id)
    with writing(store) as connection:
        report = purge(connection, signed(authority, order), at=AT)
    assert report.deleted["certificate"] == report.deleted["certificate_claim"] == 2
    with reading(store) as connection:
        assert log.erased(connection, made.key_id) == 2
        assert signing_log.certified(connection, made.key_id) == set()
    assert checkpoint(office, key) == before
    assert balance(office, key).issued == 2
    assert trusted_key(key.key.certificate or b"").kid == key.key.kid


def test_the_audit_role_adds_up_the_log_and_sees_nobody(postgresql: str, vault: Vault, key: FileSigner) -> None:
    with databases.copy(postgresql) as url:
        owner = open_store(url)
        scene.onboarded(owner)
        scene.entered(owner, vault)
        scene.recorded(owner, vault, [scene.dose()])
        issued(scene.office(owner, vault, key))
        audit = open_store(url, role=DatabaseRole.AUDIT)
        with reading(audit) as connection:
            assert log.balance(connection, log.key_id(key.key), count=key.count).issued == 1
            assert log.erased(connection, log.key_id(key.key)) == 0
        for column in ("person_id", "scan", "salt", "signed"):
            with pytest.raises(Exception, match="permission denied"), reading(audit) as connection:
                connection.execute(text(f"SELECT {column} FROM certificate"))
        audit.dispose()
        owner.dispose()


def test_the_issuing_role_issues_and_sees_no_movements(postgresql: str, vault: Vault, key: FileSigner) -> None:
    with databases.copy(postgresql) as url:
        owner = open_store(url)
        scene.onboarded(owner)
        scene.entered(owner, vault)
        scene.recorded(owner, vault, [scene.dose()])
        engine = open_store(url, role=DatabaseRole.ISSUANCE)
        assert issued(scene.office(engine, vault, key)).number == 1
        for table in ("declaration", "trip", "contact", "observation", "local_status"):
            with pytest.raises(Exception, match="permission denied"), reading(engine) as connection:
                connection.execute(text(f"SELECT count(*) FROM {table}"))
        engine.dispose()
        owner.dispose()
