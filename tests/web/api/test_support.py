"""Help in private: the form, the number, the status page, and the desk that answers."""

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.access import Role
from tests.web.api.authority import Installed

Api = tuple[Installed, TestClient[Any]]
WRITTEN = {"topic": "record", "message": "My second dose is missing. I am Han Meimei."}


def ask(client: TestClient[Any], language: str = "en", **form: str) -> Any:
    return client.post(f"/{language}/support", data=WRITTEN | form)


def number_in(page: str) -> str:
    found = re.search(r">([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})<", page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize("form", [{"topic": ""}, {"topic": "x"}, {"message": ""}, {"message": "x" * 4001}], ids=str)
def test_forms_that_are_not_complete(api: Api, form: dict[str, str]) -> None:
    told = ask(api[1], **form)
    assert told.status_code == 422
    assert 'id="faults"' in told.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_request_from_the_form_to_the_answer(api: Api, language: str) -> None:
    there, client = api
    assert client.get(f"/{language}/support").status_code == 200
    asked = ask(client, language)
    assert asked.status_code == 201
    assert asked.headers["cache-control"] == "no-store"
    number = number_in(asked.text)
    headers = there.bearer(Role.HEALTH_AUTHORITY)
    (waiting,) = client.get("/v1/support", headers=headers).json()["waiting"]
    assert (waiting["topic"], waiting["language"]) == ("record", language)
    assert number not in str(waiting)
    address = f"/v1/support/{waiting['support_id']}"
    assert client.get(address, headers=headers).json()["words"] == WRITTEN["message"]
    step = {"state": "answered", "words": "It is there now: <b>ask anew</b>."}
    assert client.post(f"{address}/steps", json=step, headers=headers).status_code == 201
    for typed in (number, number.lower().replace("-", " ")):
        page = client.post(f"/{language}/support/status", data={"number": typed})
        assert page.status_code == 200
        assert "It is there now: &lt;b&gt;" in page.text
        assert WRITTEN["message"] not in page.text
        assert "health_authority-1" not in page.text


@pytest.mark.parametrize("number", ["", "23456-23456-23456-23456", "x", "' OR 1=1 --"])
def test_another_number_is_no_request(api: Api, number: str) -> None:
    ask(api[1])
    told = api[1].post("/en/support/status", data={"number": number})
    assert told.status_code == 404
    assert "no request under this number" in told.text


def test_an_id_that_nobody_has(api: Api) -> None:
    there, client = api
    headers = there.bearer(Role.HEALTH_AUTHORITY)
    assert client.get(f"/v1/support/{'0' * 32}", headers=headers).status_code == 404
    told = client.post(f"/v1/support/{'0' * 32}/steps", json={"state": "answered"}, headers=headers)
    assert told.status_code == 404


def test_what_was_written_is_sealed(api: Api, tmp_path: Any) -> None:
    ask(api[1])
    content = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert b"second dose" not in content
    assert b"Meimei" not in content


@pytest.mark.parametrize("path", ["/en", "/zh", "/en/about", "/zh/about", "/en/support/status", "/zh/support/status"])
def test_pages_are_complete_before_any_script(api: Api, path: str) -> None:
    page = api[1].get(path)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'lang="' + path.split("/")[1] in page.text
    assert "SPECIMEN" in page.text or "样本" in page.text
