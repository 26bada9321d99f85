"""Intake on both databases: what is refused, what is held, and that nothing is taken twice or lost."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, func, select
from tests.cases.records import CONDITION, IMMUNIZATION, OBSERVATION, coded

from pratique.authority.records import intake
from pratique.authority.records.sources import Mapping, Source
from pratique.authority.store import Vault, health, intakes, people, reading, writing
from pratique.authority.store.people import Papers
from pratique.authority.store.tables import PERSONAL, intake_row, person, record
from pratique.model import names, uvci
from pratique.model.certificate import Evidence, Recovery, Test, TestKind, Vaccination
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.model.valueset import DETECTED, NOT_DETECTED

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAPERS = Papers("UTO", "XA1234567")
MAPPING = Mapping(
    columns={
        "document": "护照号码", "family": "姓", "given": "名", "family_latin": "Surname", "given_latin": "Given names",
        "birth_date": "出生日期", "sampled": "采样时间", "result": "结果", "method": "检测项目", "identifier": "编号",
        "disease": "病种",
    },
    constants={"kind": "test"},
    codes={
        "result": {"阴性": "http://snomed.info/sct|260415000", "阳性": "http://snomed.info/sct|260373001"},
        "method": {"核酸": "http://loinc.org|94500-6"},
        "disease": {"新冠": "http://snomed.info/sct|840539006", "抑郁症": "http://snomed.info/sct|35489007"},
    },
    dates="%Y-%m-%d",
    times="%Y/%m/%d %H:%M",
    zone="Asia/Shanghai",
)  # fmt: skip
LAB = Source("xa-lab-7", "Laboratory 7", "XA", "UTO", "administered", {"https://id.example/xa": "UTO"}, MAPPING)
PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://id.example/xa", "value": "XA 1234567"}],
    "name": [{"use": "official", "family": "Han", "given": ["Meimei"]}],
    "birthDate": "1990-05-08",
}
OFF_THE_LIST = {**CONDITION, "code": coded("http://snomed.info/sct", "35489007")}
ANOTHER = "(another than the Patient that came with it)"
ONE_PATIENT, NO_CLAIM = "Bundle.entry (has one Patient)", "not an Immunization, Observation or Condition"
NO_NUMBER, NO_NAME = "Patient.identifier (the number of a document)", "family, given or birth_date"
HEADINGS = list(MAPPING.columns.values())
ROW = ["XA1234567", "韩", "梅梅", "Han", "Meimei", "1990-05-08", "2026/11/22 08:30", "阴性", "核酸", "L-1", "新冠"]


def bundle(*resources: dict, patient: dict | None = PATIENT) -> bytes:
    entries = [{"resource": resource} for resource in ([patient] if patient else []) + list(resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def table(*rows: list[str], headings: list[str] = HEADINGS) -> bytes:
    return "\n".join(",".join(row) for row in (headings, *rows)).encode("utf-8-sig")


def row(**changed: str) -> list[str]:
    fields = list(MAPPING.columns)
    return [changed.get(field, cell) for field, cell in zip(fields, ROW, strict=True)]


def take(store: Engine, vault: Vault, content: bytes, *, form: intake.Form = "fhir", source: Source = LAB, **how):
    return intake.take(store, vault, io.BytesIO(content), form=form, source=source, at=AT, **how)


def reports(store: Engine, key: str) -> list[tuple[str, tuple[str, ...], str]]:
    with reading(store) as connection:
        return [(each.outcome, each.reasons, each.detail) for each in intakes.reports(connection, key)]


def kept(store: Engine, vault: Vault, papers: Papers = PAPERS) -> list:
    with reading(store) as connection:
        known = people.find(connection, vault, papers)
        return [] if known is None else list(health.records_of(connection, known.person_id))


def count(store: Engine, table=record) -> int:
    with reading(store) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def content_of(store: Engine) -> str:
    with reading(store) as connection:
        return "".join(str(row) for each in (*PERSONAL, intake_row) for row in connection.execute(select(each)).all())


# what a screen would obey

CONTROLS = ["\0", "\t", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_name_with_a_control_character_needs_a_person(store: Engine, vault: Vault, control: str) -> None:
    name = f"Mei{control}mei"
    patient = {**PATIENT, "name": [{"use": "official", "family": "Han", "given": [name]}]}
    said = [("held", ("RECORD_FIELD_INVALID",), "name (a control character)")]
    assert reports(store, take(store, vault, bundle(IMMUNIZATION, patient=patient))[0]) == said
    if control not in "\x85\u2028":  # in a table these end a line
        assert reports(store, take(store, vault, table(row(given=name)), form="csv")[0]) == said
    assert (count(store), count(store, person)) == (0, 0)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize(
    "resource",
    [
        {**IMMUNIZATION, "lotNumber": "L{}1"},
        {**OBSERVATION, "performer": [{"display": "Centre {}1"}]},
        {**IMMUNIZATION, "manufacturer": {"identifier": {"system": "https://example.org", "value": "ORG{}"}}},
    ],
)
def test_no_text_of_a_record_has_one(store: Engine, vault: Vault, resource: dict, control: str) -> None:
    sent = json.loads(json.dumps(resource).replace("{}", json.dumps(control + "x")[1:-1]))
    key, _ = take(store, vault, bundle(sent))
    assert reports(store, key) == [("refused", ("RECORD_FIELD_INVALID",), "a control character")]


@pytest.mark.parametrize(
    "told",
    [
        {"identifier": [{"system": "urn:ietf:rfc:3986", "value": "URN:UVCI:01:XA:XA1234567#C"}]},
        {"performer": [{"display": "for xa1234567"}]},
        {"method": {"text": "XA1234567"}},
    ],
)
def test_no_record_keeps_the_number_of_its_document_in_the_clear(store: Engine, vault: Vault, told: dict) -> None:
    key, _ = take(store, vault, bundle({**OBSERVATION, **told}))
    assert reports(store, key) == [
        ("refused", ("RECORD_FIELD_INVALID",), "the number of the document, in another field")
    ]
    assert "1234567" not in content_of(store)


def test_what_joins_letters_is_none(store: Engine, vault: Vault) -> None:
    patient = {**PATIENT, "name": [{"use": "official", "family": "می\u200cخواهم", "given": ["Mei\u200fmei"]}]}
    assert take(store, vault, bundle(IMMUNIZATION, patient=patient))[1].taken == 1


# what is off the closed list


@pytest.mark.parametrize(
    "resource",
    [
        OFF_THE_LIST,
        {**OFF_THE_LIST, "onsetDateTime": "never", "verificationStatus": coded("x", "refuted")},
        {**IMMUNIZATION, "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "62")},
        {**OBSERVATION, "code": coded("http://loinc.org", "75622-1")},
    ],
)
def test_other_conditions_leave_no_trace_and_the_report_does_not_say_which(
    store: Engine, vault: Vault, resource: dict
) -> None:
    key, settled = take(store, vault, bundle(resource))
    assert (settled.taken, settled.refused) == (0, 1)
    assert reports(store, key) == [("refused", ("RECORD_CONDITION",), "")]
    assert count(store) == 0
    assert count(store, person) == 0
    trace = content_of(store)
    assert not any(code in trace for code in ("35489007", "75622-1", "'62'", "Condition", "Immunization"))


def test_other_conditions_in_a_table_leave_no_trace(store: Engine, vault: Vault) -> None:
    rows = [row(disease="抑郁症"), row(disease="HIV"), row(method="http://loinc.org|75622-1", disease="")]
    key, _ = take(store, vault, table(*rows), form="csv")
    assert reports(store, key) == [("refused", ("RECORD_CONDITION",), "")] * 3
    assert count(store, person) == 0


def test_a_condition_off_the_list_hinders_no_other_record_of_the_bundle(store: Engine, vault: Vault) -> None:
    key, _ = take(store, vault, bundle(OFF_THE_LIST, IMMUNIZATION))
    assert [outcome for outcome, _, _ in reports(store, key)] == ["refused", "taken"]


# what else is not taken


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"{", [("refused", ("RECORD_KIND",), "not JSON")]),
        (b"[]", [("refused", ("RECORD_KIND",), "not a resource")]),
        (b"[" * 10_000, [("refused", ("RECORD_KIND",), "not JSON")]),
        (bundle(), [("refused", ("RECORD_FIELD_MISSING",), "Bundle.entry (has a record)")]),
        (bundle(IMMUNIZATION, patient=None), [("refused", ("RECORD_FIELD_INVALID",), ONE_PATIENT)]),
        (bundle(IMMUNIZATION, PATIENT), [("refused", ("RECORD_FIELD_INVALID",), ONE_PATIENT)]),
        (bundle({"resourceType": "Procedure"}), [("refused", ("RECORD_KIND",), NO_CLAIM)]),
        (bundle({**IMMUNIZATION, "status": "not-done"}), [("refused", ("RECORD_STATUS",), "Immunization.status")]),
        (
            bundle(IMMUNIZATION, patient={**PATIENT, "identifier": []}),
            [("held", ("RECORD_PERSON",), NO_NUMBER)],
        ),
        (bundle(IMMUNIZATION, patient={**PATIENT, "name": []}), [("held", ("RECORD_FIELD_MISSING",), "Patient.name")]),
        (json.dumps(IMMUNIZATION).encode(), [("held", ("RECORD_PERSON",), NO_NUMBER)]),
    ],
)  # fmt: skip
def test_resources_that_are_not_taken(store: Engine, vault: Vault, content: bytes, expected: list) -> None:
    key, settled = take(store, vault, content)
    assert reports(store, key) == expected
    assert settled.taken == 0
    assert count(store) == count(store, person) == 0


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"document": ""}, ("held", ("RECORD_PERSON",), "document")),
        ({"document": "XA/1"}, ("held", ("RECORD_PERSON",), "document")),
        ({"birth_date": "08.05.1990"}, ("held", ("RECORD_PERSON",), NO_NAME)),
        ({"family": "", "given": "", "family_latin": "", "given_latin": ""}, ("held", ("RECORD_PERSON",), "family")),
        ({"result": "待复检"}, ("held", ("RECORD_CODE",), "result")),
        ({"method": "胸片"}, ("held", ("RECORD_CODE",), "method")),
        ({"sampled": ""}, ("refused", ("RECORD_FIELD_MISSING",), "sampled")),
        ({"sampled": "2026-11-22"}, ("refused", ("RECORD_FIELD_INVALID",), "sampled")),
        ({"given": "x" * 1001}, ("refused", ("RECORD_FIELD_INVALID",), "given")),
    ],
)  # fmt: skip
def test_rows_that_are_not_taken(store: Engine, vault: Vault, changed: dict, expected: tuple) -> None:
    key, _ = take(store, vault, table(row(**changed), row()), form="csv")
    assert reports(store, key) == [expected, ("taken", (), "")]


@pytest.mark.parametrize(
    ("content", "mapping", "said"),
    [
        (table(headings=[heading for heading in HEADINGS if heading != "采样时间"]), MAPPING, "no column for sampled"),
        (table(row()).decode("utf-8-sig").encode("gb18030"), MAPPING, "line 1 is not in utf-8-sig"),
        (b"", MAPPING, "no column for document"),
        (table(row()), None, "sends no tables"),
        (table([*row(), "阳性"], headings=[*HEADINGS, "结果"]), MAPPING, "two columns for result"),
    ],
)
def test_tables_that_are_refused_as_a_whole(store: Engine, vault: Vault, content: bytes, mapping, said: str) -> None:
    with pytest.raises(MalformedRecord, match=said) as refused:
        take(store, vault, content, form="csv", source=structs.replace(LAB, mapping=mapping))
    assert refused.value.reasons == (Reason.RECORD_MAPPING,)
    assert count(store) == 0


def test_a_row_with_more_cells_than_headings_is_refused(store: Engine, vault: Vault) -> None:
    content = table(row(given="梅, 梅"), row(given="梅, 梅", disease=""), row())  # a comma in a name moves what follows
    key, _ = take(store, vault, content, form="csv")
    wrong = ("refused", ("RECORD_FIELD_INVALID",), "more cells than headings")
    assert reports(store, key) == [wrong, wrong, ("taken", (), "")]


def test_a_document_may_begin_with_the_mark_that_windows_writes(store: Engine, vault: Vault) -> None:
    assert take(store, vault, b"\xef\xbb\xbf" + bundle(IMMUNIZATION))[1].taken == 1


def test_an_open_quotation_mark_spoils_no_other_file(store: Engine, vault: Vault) -> None:
    key, _ = take(store, vault, table(row(), row(given='"梅'), row(identifier="L-2")), form="csv")
    assert reports(store, key)[0] == ("taken", (), "")
    assert {outcome for outcome, _, _ in reports(store, key)[1:]} == {"refused"}


# what is taken


def test_a_bundle_is_taken_with_the_word_of_its_source(store: Engine, vault: Vault) -> None:
    key, settled = take(store, vault, bundle(IMMUNIZATION, OBSERVATION, CONDITION))
    assert settled == intakes.Settled(3, taken=3)
    kinds = (Vaccination, Test, Recovery)
    shot, test, recovery = sorted(
        (each.claim for each in kept(store, vault)), key=lambda claim: kinds.index(type(claim))
    )
    assert isinstance(shot, Vaccination)
    assert (shot.issuer, shot.country, shot.evidence) == ("Laboratory 7", "XA", Evidence.ADMINISTERED)
    assert isinstance(test, Test)
    assert test.result == NOT_DETECTED
    assert uvci.check_agrees(shot.uvci)
    assert len({shot.record_id, test.record_id, recovery.record_id}) == 3
    with reading(store) as connection:
        assert {each.record_id for each in intakes.reports(connection, key)} == {
            each.record_id for each in kept(store, vault)
        }


def test_a_table_is_taken_through_its_mapping(store: Engine, vault: Vault) -> None:
    take(store, vault, table(row(), row(identifier="L-2", result="阳性")), form="csv")
    first, second = sorted(kept(store, vault), key=lambda each: each.claim.result.value, reverse=True)
    assert first.claim.sampled.isoformat() == "2026-11-22T08:30:00+08:00"
    assert first.claim.kind is TestKind.MOLECULAR
    assert [each.claim.result for each in (first, second)] == [NOT_DETECTED, DETECTED]
    with reading(store) as connection:
        known = people.find(connection, vault, PAPERS)
    assert known is not None
    assert (known.name.family, known.name.family_icao) == ("韩", "HAN")


def test_a_vaccination_and_a_recovery_in_tables(store: Engine, vault: Vault) -> None:
    shots = Mapping(
        columns={**{field: MAPPING.columns[field] for field in ("document", "family", "birth_date")},
                 "product": "疫苗", "date": "接种日期", "dose": "剂次"},
        constants={"kind": "vaccination"},
        codes={"product": {"克尔来福": "http://ec.europa.eu/temp/vaccineproductname|CoronaVac"}},
        dates="%d.%m.%Y",
    )  # fmt: skip
    headings = [*shots.columns.values()]
    source = structs.replace(LAB, mapping=shots)
    key, _ = take(
        store, vault, table(["XA1234567", "Han", "08/05/1990", "克尔来福", "04.03.2021", "2"], headings=headings),
        form="csv", source=source,
    )  # fmt: skip
    assert reports(store, key) == [("held", ("RECORD_PERSON",), NO_NAME)]
    for born in ("08.05.1990", "1990-05-08", "1990"):  # as the table writes days, as we do, and of whom more is unknown
        content = table(["XA1234567", "Han", born, "克尔来福", "04.03.2021", "2"], headings=headings)
        take(store, vault, content, form="csv", source=source)
    (shot,) = kept(store, vault)
    assert (str(shot.claim.date), shot.claim.dose, shot.claim.product.value) == ("2021-03-04", 2, "CoronaVac")
    sick = Mapping(
        columns={**{field: MAPPING.columns[field] for field in ("document", "family", "birth_date", "disease")},
                 "first_positive": "首次阳性"},
        constants={"kind": "recovery"},
        codes=MAPPING.codes,
    )  # fmt: skip
    content = table(["XA1234567", "Han", "1990-05-08", "新冠", "2021-01-02"], headings=[*sick.columns.values()])
    take(store, vault, content, form="csv", source=structs.replace(LAB, mapping=sick))
    assert len(kept(store, vault)) == 2


def test_a_resource_alone_names_its_patient_inside(store: Engine, vault: Vault) -> None:
    take(store, vault, json.dumps({**IMMUNIZATION, "contained": [PATIENT]}).encode())
    assert len(kept(store, vault)) == 1
    logical = {"identifier": {"system": "http://hl7.org/fhir/sid/passport-UTO", "value": "XA1234567"}}
    key, _ = take(store, vault, json.dumps({**OBSERVATION, "subject": logical}).encode())
    assert reports(store, key) == [
        ("held", ("RECORD_PERSON",), "name and birth date")
    ]  # a number alone may be mistyped


# whose it is


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"birthDate": "1991-05-08"}, "birth date"),
        ({"name": [{"use": "official", "family": "Li", "given": ["Lei"]}]}, "name"),
    ],
)
def test_a_known_number_with_somebody_elses_name_is_held(store: Engine, vault: Vault, changed: dict, part: str) -> None:
    take(store, vault, bundle(IMMUNIZATION))
    key, _ = take(store, vault, bundle(OBSERVATION, patient=PATIENT | changed))
    assert reports(store, key) == [("held", ("RECORD_PERSON_DIFFERENT",), part)]
    assert len(kept(store, vault)) == 1


HERS = {**PATIENT, "id": "7"}
PASSPORT = "http://hl7.org/fhir/sid/passport-UTO"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ({"reference": "Patient/8"}, None),
        ({"reference": "https://clinic.example/fhir/Patient/8/_history/2"}, None),
        ({"reference": "#8"}, None),
        ({"reference": "Patient/8"}, "https://clinic.example/fhir/Patient/7"),
        ({"reference": "urn:uuid:61ebe359"}, "urn:uuid:88f151c0"),
        ({"identifier": {"system": PASSPORT, "value": "XA7654321"}}, None),
        ({"reference": "Patient/7", "identifier": {"system": PASSPORT, "value": "XA7654321"}}, None),
    ],
)
def test_a_record_that_names_somebody_else_is_not_the_patients_that_came_with_it(
    store: Engine, vault: Vault, reference: dict, url: str | None
) -> None:
    entries = [
        {"resource": HERS} | ({"fullUrl": url} if url else {}),
        {"resource": {**OBSERVATION, "subject": reference}},
    ]
    key, _ = take(store, vault, json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    assert reports(store, key) == [("held", ("RECORD_PERSON",), f"subject {ANOTHER}")]
    assert (count(store), count(store, person)) == (0, 0)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ({"reference": "Patient/7"}, "https://clinic.example/fhir/Patient/7"),
        ({"reference": "https://clinic.example/fhir/Patient/7/_history/2"}, None),
        ({"reference": "urn:uuid:88f151c0"}, "urn:uuid:88f151c0"),
        ({"reference": "urn:uuid:88f151c0"}, None),
        ({"identifier": {"system": PASSPORT, "value": "xa-1234567"}}, None),
        ({"display": "Han Meimei"}, None),
        (None, None),
    ],
)
def test_a_record_that_names_its_patient_or_nobody_is_the_patients(
    store: Engine, vault: Vault, reference: dict | None, url: str | None
) -> None:
    entries = [
        {"resource": HERS} | ({"fullUrl": url} if url else {}),
        {"resource": {**OBSERVATION, "subject": reference}},
    ]
    take(store, vault, json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    assert len(kept(store, vault)) == 1


@pytest.mark.parametrize(
    ("resource", "later", "born"),
    [
        (OBSERVATION, "2021-07-01", "2021-06-30"),
        (IMMUNIZATION, "2021-05-30", "2021-05-29"),
        (CONDITION, "2022", "2021"),
        (CONDITION, "2021-04-02", "2021-04-01"),
        ({**OBSERVATION, "effectiveDateTime": "2026-11-23T11:00:00Z"}, "2026-11-25", "2026-11-23"),
    ],
)
def test_nothing_happened_to_anybody_before_they_were_born(
    store: Engine, vault: Vault, resource: dict, later: str, born: str
) -> None:
    key, _ = take(store, vault, bundle(resource, patient={**PATIENT, "birthDate": later}))
    assert reports(store, key) == [("held", ("RECORD_PERSON",), "birth date (after the event)")]
    assert count(store, person) == 0
    assert take(store, vault, bundle(resource, patient={**PATIENT, "birthDate": born}))[1].taken == 1


def test_another_spelling_of_the_name_is_the_same_person(store: Engine, vault: Vault) -> None:
    take(store, vault, table(row()), form="csv")
    take(store, vault, bundle(IMMUNIZATION))
    assert len(kept(store, vault)) == 2


# twice


def test_the_same_file_twice_is_one_intake(store: Engine, vault: Vault) -> None:
    first = take(store, vault, table(row(), row(identifier="L-2")), form="csv")
    assert take(store, vault, table(row(), row(identifier="L-2")), form="csv") == first
    assert first[1] == intakes.Settled(2, taken=2)
    assert count(store) == 2


def test_a_file_is_read_anew_once_its_mapping_was_mended(store: Engine, vault: Vault) -> None:
    content = table(row(), row(identifier="L-2", result="弱阳性"))
    first, settled = take(store, vault, content, form="csv")
    assert settled == intakes.Settled(2, taken=1, held=1)
    words = {**MAPPING.codes, "result": {**MAPPING.codes["result"], "弱阳性": "http://snomed.info/sct|260373001"}}
    mended = structs.replace(LAB, mapping=structs.replace(MAPPING, codes=words))
    key, settled = take(store, vault, content, form="csv", source=mended)
    assert settled == intakes.Settled(2, taken=1, known=1)
    assert [outcome for outcome, _, _ in reports(store, key)] == ["known", "taken"]
    assert [outcome for outcome, _, _ in reports(store, first)] == ["taken", "held"]  # what was answered stays


def test_rows_that_needed_a_person_are_decided_anew_when_they_are_sent_again(store: Engine, vault: Vault) -> None:
    wrong = {**PATIENT, "name": [{"use": "official", "family": "Li", "given": ["Lei"]}]}
    take(store, vault, bundle(IMMUNIZATION, patient=wrong))
    content, keys = bundle(OBSERVATION), set()
    for _ in range(3):
        key, settled = take(store, vault, content)
        assert settled == intakes.Settled(1, held=1)
        keys.add(key)
    assert len(keys) == 3
    with writing(store) as connection:
        known = people.find(connection, vault, PAPERS)
        assert known is not None
        people.correct(connection, vault, known.subject_id, names.name("Han", "Meimei"), known.birth_date)
    taken = take(store, vault, content)
    assert taken[1] == intakes.Settled(1, taken=1)
    assert take(store, vault, content) == taken
    assert count(store) == 2


def test_the_same_record_in_another_file_is_known(store: Engine, vault: Vault) -> None:
    take(store, vault, table(row()), form="csv")
    key, settled = take(store, vault, table(row(), row(), row(identifier="L-2")), form="csv")
    assert settled == intakes.Settled(3, taken=1, known=2)
    assert [outcome for outcome, _, _ in reports(store, key)] == ["known", "known", "taken"]
    unnamed, _ = take(store, vault, bundle(IMMUNIZATION, IMMUNIZATION))
    assert [outcome for outcome, _, _ in reports(store, unnamed)] == ["taken", "known"]


def test_a_record_known_under_an_older_key_is_still_known(store: Engine, vault: Vault) -> None:
    take(store, vault, table(row()), form="csv")
    _, settled = take(store, vault.rotated(), table(row(), row(identifier="L-2")), form="csv")
    assert settled == intakes.Settled(2, taken=1, known=1)


def test_the_same_name_with_another_content_or_person_is_held(store: Engine, vault: Vault) -> None:
    take(store, vault, table(row()), form="csv")
    changed = table(row(result="阳性"), row(document="XA7654321", given="雷", given_latin="Lei"))
    key, _ = take(store, vault, changed, form="csv")
    assert reports(store, key) == [
        ("held", ("RECORD_DIFFERENT",), "identifier"),
        ("held", ("RECORD_OTHER_PERSON",), "identifier"),
    ]
    other = structs.replace(LAB, source_id="xa-lab-8")
    assert take(store, vault, table(row(result="阳性")), form="csv", source=other)[1].taken == 1


def test_two_that_send_the_same_people_and_records_at_once(store: Engine, vault: Vault) -> None:
    everybody = [row(identifier=f"L-{number}", document=f"XA{1_000_000 + number // 2}") for number in range(80)]
    files = [table(*everybody), table(*reversed(everybody)), table(*everybody[20:60])]
    with ThreadPoolExecutor(len(files)) as senders:
        done = list(senders.map(lambda content: take(store, vault, content, form="csv", chunk=7), files))
    assert sum(settled.taken for _, settled in done) == count(store) == 80
    assert sum(settled.taken + settled.known for _, settled in done) == 200
    assert count(store, person) == 40


# broken off


def test_a_break_between_chunks_loses_and_doubles_nothing(store: Engine, vault: Vault) -> None:
    content = table(*(row(identifier=f"L-{number}") for number in range(25)))

    class Broken(Exception):
        pass

    def stop(settled: intakes.Settled) -> None:
        if settled.last_place == 20:
            raise Broken

    with pytest.raises(Broken):
        take(store, vault, content, form="csv", chunk=10, progress=stop)
    assert count(store) == 20
    key, settled = take(store, vault, content, form="csv", chunk=10)
    assert settled == intakes.Settled(25, taken=25)
    assert [outcome for outcome, _, _ in reports(store, key)] == ["taken"] * 25


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pratique.authority.records import intake
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, open_store

url, folder = sys.argv[1], Path(sys.argv[2])
source = Source.read(folder / "source.json")
with (folder / "rows.csv").open("rb") as file:
    intake.take(
        open_store(url), Vault.read(folder / "vault.json"), file, form="csv", source=source,
        at=datetime(2026, 11, 23, tzinfo=UTC), chunk=20, progress=lambda whole: print(whole.last_place, flush=True),
    )
"""


def test_kill_9_in_the_middle_loses_and_doubles_nothing(
    store: Engine, store_url: str, vault: Vault, tmp_path: Path
) -> None:
    rows = 600
    (tmp_path / "source.json").write_bytes(msgspec.json.encode(LAB))
    vault.write(tmp_path / "vault.json")
    everybody = [f"XA{1_000_000 + number // 3}" for number in range(rows)]
    content = table(*(row(identifier=f"L-{number}", document=papers) for number, papers in enumerate(everybody)))
    (tmp_path / "rows.csv").write_bytes(content)
    command = [sys.executable, "-c", CHILD, store_url, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    killed = 0
    for patience in (60, 180, 400):  # rows after which it dies, each time somewhere inside the next chunk
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                if int(line) >= patience:
                    time.sleep(0.004)
                    os.kill(child.pid, signal.SIGKILL)
                    break
        killed += child.returncode == -signal.SIGKILL
        assert count(store) % 20 == 0
    assert killed == 3
    assert 400 <= count(store) < rows
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert count(store) == rows
    assert count(store, person) == rows // 3
    with reading(store) as connection:
        assert set(connection.execute(select(record.c.place)).scalars()) == set(range(1, rows + 1))
        assert connection.execute(select(func.count(record.c.origin.distinct()))).scalar() == rows


# one message


def test_a_message_is_answered_at_once_and_taken_once(store: Engine, vault: Vault) -> None:
    document = bundle(OFF_THE_LIST, IMMUNIZATION)
    first = intake.take_message(store, vault, document, source=LAB, at=AT)
    assert [(each.place, each.outcome, each.reasons) for each in first] == [
        (1, "refused", ("RECORD_CONDITION",)),
        (2, "taken", ()),
    ]
    assert first[1].record_id == kept(store, vault)[0].record_id
    again = intake.take_message(store, vault, document, source=LAB, at=AT)
    assert [each.outcome for each in again] == ["refused", "known"]
    assert count(store) == 1


def test_what_is_to_come_has_not_happened(store: Engine, vault: Vault) -> None:
    ahead = [row(identifier="F-1", sampled="2099/11/22 08:30"), row(identifier="F-2", sampled="2026/11/24 20:01")]
    near = row(identifier="F-3", sampled="2026/11/24 19:59")
    _, settled = take(store, vault, table(*ahead, near), form="csv")
    assert (settled.taken, settled.refused) == (1, 2)
