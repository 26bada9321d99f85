"""The end: with a moved clock, nothing is shown, holders take what is theirs, and the tables are empty."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from tests.authority.status.scenes import (
    AT,
    FACILITY,
    GATE,
    MET,
    NORTH,
    POLICY,
    SOUTH,
    TODAY,
    ZONE,
    own,
    person,
    record,
    set_by_hand,
    staffed,
    swab,
)
from tests.records_settings import signed

from pratique import crypto
from pratique.authority import sunset
from pratique.authority.access import permissions
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.status import appeals, codes, counting, declaring, tracing
from pratique.authority.status.declaring import Told, Trip
from pratique.authority.store import Vault, daily, reading, status, tables, writing
from pratique.authority.store.asking import Words
from pratique.authority.store.people import Known
from pratique.authority.store.purging import Order, Report
from pratique.model.errors import OrderRefused, StatusRefused
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.model.reasons import Reason

assert POLICY.sunset is not None
END = POLICY.sunset
DESTROY = END + sunset.EXPORTED_WITHIN


@pytest.fixture(scope="module")
def authority() -> KeyPair:
    return make_dsc(make_csca("XA", "XA root", at=AT), common_name="XA orders", at=AT)


def order(**changed: object) -> Order:
    fields: dict[str, Any] = {
        "order_id": "a" * 32, "ground": "the end of XA-HEALTH-CODE", "not_before": DESTROY.isoformat(),
        "not_after": (DESTROY + timedelta(days=7)).isoformat(), "tables": sunset.DESTROYED,
    }  # fmt: skip
    return Order(**fields | changed)


@pytest.fixture
def meimei(store: Engine, vault: Vault) -> Known:
    """Somebody of whom there is a row in every table."""
    staffed(store)
    known, ill = person(store, vault), person(store, vault, 2, "Lei")
    case = (ill.person_id, record(store, ill.person_id, swab()))
    said = declaring.declare(
        store, vault, known, Told(36.5, trips=(Trip("XB", TODAY, TODAY),)), by=known, at=AT, zone=ZONE
    )
    declaring.correct(store, vault, known, said.declaration_id, Told(36.6), by=known, at=AT, zone=ZONE)
    fact = tracing.establish(store, vault, (NORTH, SOUTH), known.person_id, MET, case=case, at=AT)
    stay = tracing.Stay(tracing.ObservationKind.HOME, TODAY, TODAY)
    tracing.establish(store, vault, (NORTH, SOUTH), known.person_id, stay, case=case, at=AT)
    set_by_hand(store, vault, known)
    entry = appeals.open_appeal(store, vault, own(store, known), fact, Words("I was abroad.", None), at=AT)
    with writing(store) as connection:
        status.step_appeal(connection, entry, entry.state, "", decided_by="desk", at=int(AT.timestamp()))
    word = permissions.permit(store, vault, own(store, known), permissions.whose(known), at=AT)
    permissions.redeem(store, vault, GATE, word, at=AT)
    counting.count(store, POLICY, at=AT, zone=ZONE)
    return known


def test_from_the_last_second_on_nothing_is_shown_signed_or_counted(store: Engine, vault: Vault, meimei: Known) -> None:
    before = END - timedelta(seconds=1)
    with reading(store) as connection:
        code = codes.code_of(connection, meimei.person_id, POLICY, at=before, zone=ZONE)
        assert not sunset.ended(POLICY, before)
        assert sunset.ended(POLICY, END)
        with pytest.raises(StatusRefused) as refused:
            codes.code_of(connection, meimei.person_id, POLICY, at=END, zone=ZONE)
    assert refused.value.reasons == (Reason.STATUS_ENDED,)
    with pytest.raises(StatusRefused, match="STATUS_ENDED"):
        codes.issue_statuses(code, meimei, POLICY, FACILITY, [None], at=END)
    with pytest.raises(StatusRefused, match="STATUS_ENDED"):
        counting.count(store, POLICY, at=END, zone=ZONE)


NOT_YET = [
    ({"not_before": AT.isoformat()}, AT, Reason.ORDER_PERIOD),
    ({"not_before": AT.isoformat()}, END, Reason.ORDER_PERIOD),
    ({"not_before": AT.isoformat()}, DESTROY - timedelta(seconds=1), Reason.ORDER_PERIOD),
    ({}, DESTROY + timedelta(days=8), Reason.ORDER_PERIOD),
    ({"tables": sunset.DESTROYED[1:]}, DESTROY, Reason.ORDER_UNSIGNED),
    ({"tables": (*sunset.DESTROYED, "record")}, DESTROY, Reason.ORDER_UNSIGNED),
]


@pytest.mark.usefixtures("meimei")
@pytest.mark.parametrize("case", NOT_YET)
def test_what_is_not_destroyed_yet(store: Engine, authority: KeyPair, case: Any) -> None:
    changed, at, reason = case
    with pytest.raises(OrderRefused) as refused:
        sunset.destroy(store, POLICY, signed(authority, order(**changed)), FACILITY, at=at)
    assert refused.value.reasons == (reason,)
    assert sunset.remaining(store)["declaration"] == 2


def test_a_policy_without_an_end_is_never_purged(store: Engine, authority: KeyPair) -> None:
    forever = msgspec.structs.replace(POLICY, sunset=None)
    with pytest.raises(OrderRefused):
        sunset.destroy(store, forever, signed(authority, order()), FACILITY, at=DESTROY)


def test_holders_export_first_and_then_the_tables_are_empty_with_a_signed_report(
    store: Engine, vault: Vault, meimei: Known, authority: KeyPair
) -> None:
    with writing(store) as connection:
        connection.execute(
            text(
                "INSERT INTO local_status (person_id, status_id, system, colour, national, moment, until, origin)"
                " VALUES (:person, :status, 'three-colours', 'green', 'normal', 0, 1, :origin)"
            ),
            {"person": meimei.person_id, "status": "c" * 32, "origin": b"o"},
        )
    filled = sunset.remaining(store)
    assert all(filled.values()), filled
    look = own(store, meimei, END + timedelta(days=1))
    with reading(store) as connection:
        taken = sunset.export(connection, vault, look, meimei)
    kept: Any = taken["kept"]
    for name in sunset.DESTROYED:
        assert kept[name], name
    assert [words.statement for words in taken["appealed"].values()] == ["I was abroad."]  # type: ignore[attr-defined]
    proof = sunset.destroy(store, POLICY, signed(authority, order()), FACILITY, at=DESTROY)
    key = FACILITY.key.public
    assert key is not None
    assert crypto.check(SignatureCheck(key, Algorithm.ES256, proof.report, proof.signature)) is True
    report = msgspec.json.decode(proof.report, type=Report)
    assert report.deleted == filled
    assert set(report.left.values()) == {0}
    assert set(sunset.remaining(store).values()) == {0}
    with reading(store) as connection:
        assert connection.execute(select(tables.record)).all(), "health records are not the policy's"
        assert daily.counts(connection, day=TODAY.toordinal()), "nor are the public counts"
    with pytest.raises(OrderRefused):
        sunset.destroy(store, POLICY, signed(authority, order()), FACILITY, at=DESTROY)
    with pytest.raises(DBAPIError, match="stay without"), writing(store) as connection:
        connection.execute(text("DELETE FROM status_count"))
