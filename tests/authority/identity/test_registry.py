"""The register and the records of a folder: what is refused, where it is, and what is found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.authority.identity.scripted import AT

from pratique.authority.identity.document import Document, read
from pratique.authority.identity.registry import MAX_PORTRAIT, FileRegistry
from pratique.authority.records import FileRecords
from pratique.model import mrz
from pratique.model.certificate import Evidence, Name, TestKind
from pratique.model.certificate import Test as TestClaim
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedDocument, MalformedRecord, MalformedRegistry
from pratique.model.reasons import Reason
from pratique.sandbox import traveller

ZONE = mrz.write(traveller.PASSPORT)
MEIMEI = {
    "person_id": "xa-1",
    "zone": ZONE,
    "birth_date": "1990-05-08",
    "family": "韩",
    "given": "梅梅",
    "portrait": "meimei.jpg",
}


def folder_of(folder: Path, *entries: object) -> Path:
    (folder / "meimei.jpg").write_bytes(b"a portrait")
    (folder / "registry.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def registry_of(folder: Path, *entries: object) -> FileRegistry:
    return FileRegistry.load(folder_of(folder, *entries))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"zone": ZONE[:-1] + "9"}, "[0].zone: MRZ_COMPOSITE_CHECK"),
        ({"birth_date": "8 May 1990"}, "[0].birth_date is not YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"birth_date": "1990-05-09"}, "[0].birth_date is not that of its zone"),
        ({"birth_date": "1991"}, "[0].birth_date is not that of its zone"),
        ({"portrait": "nowhere.jpg"}, "[0].portrait cannot be read"),
        ({"portrait": "../meimei.jpg"}, "[0].portrait is not the name of a file beside registry.json"),
        ({"portrait": "empty.jpg"}, f"[0].portrait is empty, or larger than {MAX_PORTRAIT} bytes"),
        ({"portrait": "large.jpg"}, f"[0].portrait is empty, or larger than {MAX_PORTRAIT} bytes"),
        ({"nickname": "Mei"}, "registry.json is not a list of passports; docs/enrolment.md shows its fields"),
        ({"portrait": 7}, "registry.json is not a list of passports; docs/enrolment.md shows its fields"),
    ],
)
def test_what_is_wrong_with_a_register_is_named_by_its_place(
    tmp_path: Path, changes: dict[str, object], place: str
) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "large.jpg").write_bytes(bytes(MAX_PORTRAIT + 1))
    with pytest.raises(MalformedRegistry) as refusal:
        registry_of(tmp_path, MEIMEI | changes)
    assert (refusal.value.reasons, refusal.value.detail) == ((Reason.REGISTRY_UNREADABLE,), place)
    assert len(registry_of(tmp_path, MEIMEI)) == 1


def test_a_number_stands_in_a_register_once(tmp_path: Path) -> None:
    with pytest.raises(MalformedRegistry, match=r"\[1\]: its number stands there twice"):
        registry_of(tmp_path, MEIMEI, MEIMEI | {"person_id": "xa-2"})


@pytest.mark.parametrize("break_it", [Path.unlink, lambda path: path.write_bytes(b"{")])
def test_a_register_that_is_no_register(tmp_path: Path, break_it: Callable[[Path], Any]) -> None:
    break_it(folder_of(tmp_path, MEIMEI) / "registry.json")
    with pytest.raises(MalformedRegistry):
        FileRegistry.load(tmp_path)


def test_a_passport_is_found_by_what_its_holder_states(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, MEIMEI)
    number = traveller.PASSPORT.number
    assert registry.find(Document("XA7777777")) is None
    for field, value in (("country", "D"), ("birth_date", "900509"), ("expiry", "320101")):
        assert registry.find(structs.replace(read(ZONE), **{field: value})) is None
    found = registry.find(Document(number))
    assert found is not None
    assert registry.find(read(ZONE)) == registry.find(Document(number, expiry="310101")) == found
    assert (found.person_id, found.zone, found.portrait) == ("xa-1", traveller.PASSPORT, b"a portrait")
    assert (found.name, found.birth_date) == (Name("韩", "梅梅", "HAN", "MEIMEI"), PartialDate(1990, 5, 8))


def test_no_number_is_a_key(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, MEIMEI)
    assert traveller.PASSPORT.number.encode() not in b"".join(registry._passports)


def test_a_name_is_spelled_as_in_the_zone_where_nothing_else_is_known(tmp_path: Path) -> None:
    found = registry_of(tmp_path, {key: MEIMEI[key] for key in ("person_id", "zone", "portrait")}).find(read(ZONE))
    assert found is not None
    assert (found.name, found.birth_date) == (Name("HAN", "MEIMEI", "HAN", "MEIMEI"), None)


@pytest.mark.parametrize(
    "text",
    [
        "xa 1234567",
        " XA-1234567\n",
        "ｘａ１２３４５６７",
        "XA.123.4567",
        "XA123\u200b4567\u2060",
        "XA1234567 9",
        "XA١٢٣٤٥٦٧",
        "xa۱۲۳ ۴۵۶۷",
    ],
)
def test_a_number_is_read_as_it_is_typed(text: str) -> None:
    assert read(text) == Document("XA1234567")


def test_a_number_may_be_all_letters() -> None:
    """As one in forty German ones is."""
    assert read("CFGHJKLMN") == Document("CFGHJKLMN")


@pytest.mark.parametrize("text", ["", "1234", "1234567890", "HANMEIMEILI", "XA123456Ä", "9" * 201, "一二三四五六七"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        read(text)
    assert refusal.value.reasons == (Reason.PASSPORT_NUMBER,)


def test_a_zone_is_read_whole() -> None:
    assert read(ZONE.lower()) == Document("XA1234567", "UTO", "900508", "310101")
    with pytest.raises(MalformedDocument) as refusal:
        read(ZONE[:-1] + "9")
    assert refusal.value.reasons == (Reason.MRZ_COMPOSITE_CHECK,)


# records


def records_of(folder: Path, **bundles: object) -> FileRecords:
    for person, bundle in bundles.items():
        (folder / f"{person}.json").write_text(json.dumps(bundle), encoding="utf-8")
    return FileRecords.load(folder, issuer="Ministry", country="XA", evidence=Evidence.REGISTRY)


def bundle() -> Any:
    identifiers = tuple(f"URN:UVCI:01:XA:{number:032d}#{'0'}" for number in range(traveller.RECORDS))
    return json.loads(json.dumps(traveller.bundle(AT, identifiers)))


@pytest.mark.parametrize("content", [b"{", b"[" * 5_000])
def test_a_file_of_records_that_is_no_json_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "meimei.json").write_bytes(content)
    with pytest.raises(MalformedRecord, match=r"RECORD_KIND: meimei\.json: not JSON"):
        records_of(tmp_path)


def test_a_record_without_an_identifier_is_refused_by_its_place(tmp_path: Path) -> None:
    told = bundle()
    del told["entry"][2]["resource"]["identifier"]
    with pytest.raises(MalformedRecord, match=r"RECORD_FIELD_MISSING: meimei.json: entry\[2\] identifier"):
        records_of(tmp_path, meimei=told)


def test_what_is_not_json_is_refused_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "meimei.json").write_bytes(b"{")
    with pytest.raises(MalformedRecord, match=r"RECORD_KIND: meimei.json: not JSON"):
        records_of(tmp_path)


def test_the_records_of_a_person(tmp_path: Path) -> None:
    nobody = {"resourceType": "Bundle", "entry": [{"resource": traveller.PATIENT}]}
    records = records_of(tmp_path, meimei=bundle(), leilei=nobody)
    claims = records.claims("meimei")
    assert len(claims) == traveller.RECORDS
    assert [claim.kind for claim in claims if isinstance(claim, TestClaim)] == [TestKind.MOLECULAR, TestKind.ANTIBODY]
    assert {(claim.issuer, claim.country, claim.evidence) for claim in claims} == {
        ("Ministry", "XA", Evidence.REGISTRY)
    }
    assert records.claims("leilei") == records.claims("nobody") == ()
