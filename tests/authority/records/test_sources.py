"""The file of a source: what is wrong with it is said before a row is read, and not of every row."""

import json
from typing import Any

import pytest

from pratique.authority.records.sources import Source
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason

MAPPING: dict[str, Any] = {
    "columns": {"document": "No", "family": "Name", "birth_date": "Born"},
    "constants": {"kind": "test"},
}
SOURCE: dict[str, Any] = {
    "source_id": "lab-7",
    "issuer": "Laboratory 7",
    "country": "XA",
    "document_country": "UTO",
    "evidence": "administered",
    "mapping": MAPPING,
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source_id": ""}, "an id of at most 64"),
        ({"source_id": "a\nb"}, "an id of at most 64"),
        ({"issuer": " "}, "issuer is a name"),
        ({"issuer": "Laboratory\u202e7"}, "issuer is a name"),
        ({"issuer": "L" * 81}, "issuer is a name"),
        ({"country": "China"}, "country is written in two letters"),
        ({"country": "AAA"}, "country is written in two letters"),
        ({"document_country": "UTOPIA"}, "the state of a document"),
        ({"document_country": ""}, "the state of a document"),
        ({"identifiers": {"https://id.example": "123"}}, "the state of a document"),
        ({"evidence": "hearsay"}, "evidence"),
        ({"colour": "red"}, "colour"),
        ({"mapping": MAPPING | {"columns": {"document": "No", "family": "Name"}}}, "no column for birth_date"),
        ({"mapping": MAPPING | {"codes": {"family": {"a": "b|c"}}}}, "codes are for coded columns"),
        ({"mapping": MAPPING | {"codes": {"result": {"negative": "260415000"}}}}, r"system\|code"),
        ({"mapping": MAPPING | {"codes": {"result": {"negative": "http://snomed.info/sct| "}}}}, r"system\|code"),
        ({"mapping": MAPPING | {"dates": "%Y-%m"}}, "dates has to say"),
        ({"mapping": MAPPING | {"dates": "%Q"}}, "dates has to say"),
        ({"mapping": MAPPING | {"dates": ""}}, "dates has to say"),
        ({"mapping": MAPPING | {"times": "%H:%M"}}, "times has to say"),
        ({"mapping": MAPPING | {"times": "%Y-%m-%d"}}, "times has to say"),
        ({"mapping": MAPPING | {"zone": ""}}, "zone is the name"),
        ({"mapping": MAPPING | {"zone": "America"}}, "zone is the name"),
        ({"mapping": MAPPING | {"zone": "Asia/" + "x" * 5000}}, "zone is the name"),
        ({"mapping": MAPPING | {"zone": "../../etc/passwd"}}, "zone is the name"),
        ({"mapping": MAPPING | {"zone": "Mars/Base"}}, "zone is the name"),
    ],
)
def test_what_is_no_source(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedRecord, match=said) as refused:
        Source.parse(json.dumps(SOURCE | changed), name="lab.json")
    assert refused.value.reasons == (Reason.RECORD_MAPPING,)
    assert refused.value.detail.startswith("lab.json: ")


@pytest.mark.parametrize("dates", ["%Y-%m-%d", "%d/%m/%y", "%d.%m.%Y", "%Y年%m月%d日", "%d %b %Y"])
@pytest.mark.parametrize(
    "times", [None, "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M%z", "%m/%d/%Y %I:%M %p"]
)
def test_forms_of_dates_and_times_in_use(dates: str, times: str | None) -> None:
    stated = MAPPING | {"dates": dates, "times": times, "zone": "Asia/Shanghai"}
    assert Source.parse(json.dumps(SOURCE | {"mapping": stated})).mapping


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"source_id": "\\ud800"}'])
def test_what_is_no_file_of_a_source(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        Source.parse(data)
