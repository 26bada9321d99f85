"""Whatever is sent gets a report, row by row, and never an exception of ours."""

import copy
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests import databases
from tests.cases.records import CONDITION, IMMUNIZATION, OBSERVATION
from tests.records_settings import AT, GOOD, LAB

from pratique.authority.records import intake, national
from pratique.authority.store import Vault
from pratique.model.errors import MalformedRecord

VAULT = Vault.draw()
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["\0", "\ud800", "a" * 300, "2026-11-23", "٣"]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": "XA1234567"}],
    "name": [{"use": "official", "family": "Han", "given": ["Meimei"]}],
    "birthDate": "1990-05-08",
}
MESSAGE = {
    "bizSeqNo": "1",
    "person": {"country": "UTO", "certNo": "XA1234567", "familyName": "Han", "birthDate": "1990-05-08"},
    "declaredAt": "2026-11-23T08:00:00Z",
    "firstDay": "2026-11-20",
    "symptoms": ["cough"],
    "system": "numbers",
    "colour": "1",
    "since": "2026-11-23T08:00:00Z",
    "until": "2026-11-24T08:00:00Z",
}


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return databases.sqlite(tmp_path_factory.mktemp("anything") / "records.db")


def places(value: object, path: tuple = ()) -> list[tuple]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in children for found in places(inner, (*path, key)))]


@st.composite
def broken(draw: st.DrawFn, whole: object) -> object:
    """The same with one part replaced by anything."""
    spoilt = copy.deepcopy(whole)
    *way, last = draw(st.sampled_from(places(spoilt)[1:]))
    part = spoilt
    for step in way:
        part = part[step]  # type: ignore[index]
    part[last] = draw(JSON)  # type: ignore[index]
    return spoilt


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [{"resource": resource} for resource in (PATIENT, IMMUNIZATION, OBSERVATION, CONDITION)],
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.one_of(JSON, broken(BUNDLE), broken({**IMMUNIZATION, "contained": [PATIENT]})))
def test_any_document_gets_its_report(sqlite_store: Engine, document: object) -> None:
    reports = intake.take_message(sqlite_store, VAULT, json.dumps(document).encode(), source=LAB, at=AT)
    assert [report.place for report in reports] == list(range(1, len(reports) + 1))
    assert all(report.reasons or report.outcome in ("taken", "known") for report in reports)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.one_of(JSON, broken(MESSAGE)))
def test_any_message_gets_its_answer(sqlite_store: Engine, message: object) -> None:
    for take in (national.declare_health, national.declare_trip, national.share_status):
        answer = take(sqlite_store, VAULT, json.dumps(message).encode(), source=LAB, at=AT)
        assert answer.reasons or answer.outcome in ("taken", "known")


CELLS = st.one_of(st.sampled_from(GOOD.split(",")), st.text(max_size=6))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, max_size=9), max_size=4), tail=st.binary(max_size=20))
def test_any_table_gets_its_report_or_is_refused_as_a_whole(sqlite_store: Engine, rows: list, tail: bytes) -> None:
    text = "\n".join(["document,family,given,born,sampled,result,id", *(",".join(row) for row in rows)])
    content = text.encode("utf-8", "replace") + b"\n" + tail
    try:
        intake.take(sqlite_store, VAULT, io.BytesIO(content), form="csv", source=LAB, at=AT)
    except MalformedRecord as refusal:
        assert refusal.reasons == ("RECORD_MAPPING",)
