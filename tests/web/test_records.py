"""Intake with its row report (D2), records and corrections (T10), who looked (T12): over HTTP, and in a browser."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.records import rights
from pratique.authority.store import asking, people, reading, writing
from pratique.authority.store.asking import State
from pratique.sandbox.serving import HOST as MACHINE
from pratique.web.words import words
from tests.records_settings import GOOD, LAB
from tests.web.chromium import SHAPES, Watched, chromium, served
from tests.web.houses import HOST
from tests.web.offices import AT, LEI, POSITIVE, Office, office, table

SENDS = {"x-sends": LAB.source_id}
LEIS = {"x-holder": LEI.number}
REPEAT = GOOD.replace("negative", "repeat").replace("L-1", "L-3")
DESK = Account("desk-1", Role.HEALTH_AUTHORITY)


@pytest.fixture
def house(tmp_path: Path) -> Office:
    return office(tmp_path)


@pytest.fixture
def browser(house: Office) -> Iterator[TestClient[Any]]:
    with TestClient(house.app, base_url=HOST) as client:
        yield client


def send(
    browser: TestClient[Any], content: bytes, *, kind: str = "csv", source: str = LAB.source_id, **more: Any
) -> Any:
    fields = {"source": source, "kind": kind}
    return browser.post("/en/intake", data=fields, files={"file": ("rows.csv", content)}, headers=SENDS, **more)


# intake


@pytest.mark.parametrize("address", ["/en/intake", "/zh/intake/x", "/en/intake/x/rows.csv", "/en/records", "/zh/looks"])
def test_whoever_is_nobody_here_sees_nothing(browser: TestClient[Any], address: str) -> None:
    assert browser.get(address).status_code == 404


def test_what_is_no_form_and_no_table(browser: TestClient[Any]) -> None:
    assert browser.post("/en/intake", data={"source": LAB.source_id}, headers=SENDS).status_code == 400
    assert send(browser, table(GOOD), source="somebody-else").status_code == 400
    assert send(browser, table(GOOD), kind="xls").status_code == 400
    none = browser.post("/en/intake", data={"source": LAB.source_id, "kind": "csv"}, headers=SENDS)
    assert (none.status_code, "Choose a file first." in none.text) == (422, True)
    wrong = send(browser, b"document,family\n")
    assert wrong.status_code == 422
    assert "sampled" in wrong.text


def test_each_row_has_its_report(browser: TestClient[Any]) -> None:
    done = send(browser, table(GOOD, POSITIVE, REPEAT), follow_redirects=True)
    assert done.status_code == 200
    assert "2 taken, 0 known already, 1 need you, 0 refused." in done.text
    assert "Add the word to the mapping, or let a person decide." in done.text
    for value in ("XA1234567", "Meimei", "repeat"):
        assert value not in done.text
    name = str(done.url).rpartition("/")[2]
    chinese = browser.get(f"/zh/intake/{name}", headers=SENDS).text
    assert "已收 2 条，0 条此前已有，1 条待处理，0 条拒收。" in chinese
    rows = browser.get(f"/en/intake/{name}/rows.csv", headers=SENDS)
    assert rows.headers["content-disposition"].endswith('.csv"')
    (row,) = csv.DictReader(io.StringIO(rows.content.decode("utf-8-sig")))
    assert (row["Row"], row["Outcome"], row["Where"]) == ("3", "needs you", "result")


def test_the_same_file_is_taken_once(browser: TestClient[Any], house: Office) -> None:
    first, second = (send(browser, table(GOOD), follow_redirects=False) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    with reading(house.engine) as connection:
        known = people.find(connection, house.vault, LEI)
    assert known is None


def test_a_report_is_for_whoever_sent_it(browser: TestClient[Any]) -> None:
    address = send(browser, table(GOOD), follow_redirects=False).headers["location"]
    assert browser.get(address, headers={"x-sends": "another"}).status_code == 404
    assert browser.get(f"{address}/rows.csv", headers={"x-sends": "another"}).status_code == 404
    assert browser.get("/en/intake/" + "0" * 32, headers=SENDS).status_code == 404
    assert browser.get(address, headers=SENDS).status_code == 200


# records and corrections


def records_of(house: Office) -> list[str]:
    with reading(house.engine) as connection:
        known = people.find(connection, house.vault, LEI)
        assert known is not None
    allowed = look(house.engine, DESK, known.person_id, Purpose.CORRECTION, frozenset({Item.RECORDS}), at=AT)
    with reading(house.engine) as connection:
        return [each.record_id for each in rights.records(connection, allowed)]


@pytest.mark.parametrize(("language", "wrong"), [("en", "This is wrong"), ("zh", "这条有误")])
def test_a_holder_sees_each_record_with_its_source(
    browser: TestClient[Any], house: Office, language: str, wrong: str
) -> None:
    house.take(GOOD, POSITIVE)
    shown = browser.get(f"/{language}/records", headers=LEIS)
    assert shown.status_code == 200
    say = words(language)
    for told in ("Laboratory 7", say("result.detected"), say("evidence.administered"), wrong):
        assert told in shown.text
    assert say("result.not_detected") not in shown.text, "that is another person's"


def test_only_ones_own_record_can_be_said_to_be_wrong(browser: TestClient[Any], house: Office) -> None:
    house.take(GOOD, POSITIVE)
    (mine,) = records_of(house)
    for address in (f"/en/records/{'0' * 32}/wrong", f"/en/records/{mine}/wrong"):
        other = browser.get(address, headers={"x-holder": "XA1234567"})
        assert other.status_code == 404
    said = {"statement": "It was another person.", "none": "yes"}
    sent = browser.post(f"/en/records/{mine}/wrong", data=said, headers={"x-holder": "XA1234567"})
    assert sent.status_code == 404


def test_a_reason_and_a_file_or_none(browser: TestClient[Any], house: Office) -> None:
    house.take(POSITIVE)
    (mine,) = records_of(house)
    address = f"/en/records/{mine}/wrong"
    empty = browser.post(address, data={"statement": "  "}, headers=LEIS)
    assert empty.status_code == 422
    assert "Say what is wrong" in empty.text
    assert "Choose a file, or say that you have none." in empty.text
    long = browser.post(address, data={"statement": "x" * 2001, "none": "yes"}, headers=LEIS)
    assert long.status_code == 422


def test_what_is_said_to_be_wrong_is_followed(browser: TestClient[Any], house: Office) -> None:
    house.take(POSITIVE)
    (mine,) = records_of(house)
    letter = {"evidence": ("letter.jpg", b"\xff\xd8\xff a letter")}
    for _ in range(2):  # a form sent twice says it once
        done = browser.post(
            f"/en/records/{mine}/wrong", data={"statement": "It was my brother."}, files=letter, headers=LEIS,
            follow_redirects=True,
        )  # fmt: skip
        assert "Received. Answer by 24 Nov" in done.text
    with reading(house.engine) as connection:
        known = people.find(connection, house.vault, LEI)
        assert known is not None
        (dispute,) = asking.disputes(connection, known.person_id)
        assert asking.words(connection, house.vault, dispute).evidence == letter["evidence"][1]
    with writing(house.engine) as connection:
        rights.decide(connection, dispute, State.NOT_ACCEPTED, "desk-1", at=AT)
    assert "Not changed." in browser.get("/en/records", headers=LEIS).text


# who looked


def test_who_looked_is_shown_to_the_person(browser: TestClient[Any], house: Office) -> None:
    house.take(GOOD, POSITIVE)
    nobody = browser.get("/en/looks", headers={"x-holder": "XA1234567"})
    assert "Nobody but you looked so far." in nobody.text
    records_of(house)
    shown = browser.get("/en/looks", headers=LEIS)
    assert "desk-1 (health authority)" in shown.text
    assert "a correction" in shown.text
    assert "Scans of your code are not recorded" in shown.text
    assert f"holder {LEI.number}" not in shown.text
    guardian = browser.get("/zh/looks", headers=LEIS).text
    assert "扫描您的二维码不会被记录" in guardian


@pytest.mark.parametrize("language", SHAPES)
def test_every_role_purpose_and_kind_of_data_has_its_word(language: str) -> None:
    say = words(language)
    for prefix, kind in (("role", Role), ("purpose", Purpose), ("item", Item)):
        for each in kind:
            assert say(f"looks.{prefix}.{each}")


# in a browser


@pytest.mark.allow_hosts([MACHINE])
@pytest.mark.parametrize("language", SHAPES)
def test_on_a_phone_by_keyboard(tmp_path: Path, language: str) -> None:
    house = office(tmp_path, holder=LEI, sends=True)
    file = tmp_path / "rows.csv"
    file.write_bytes(table(GOOD, POSITIVE, REPEAT))
    say = words(language)
    with served(house.app) as address, chromium() as browser:
        watched = Watched(browser.new_context(viewport={"width": 320, "height": 640}), address)
        page = watched.page

        def must_fit() -> None:
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url

        page.goto(f"{address}/{language}/intake")
        must_fit()
        page.set_input_files("#file", file)
        page.focus("main form button.button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#counts", timeout=20_000)
        assert page.inner_text("#counts") == say("intake.counts", taken="2", known="0", held="1", refused="0")
        must_fit()
        with page.expect_download() as download:
            page.click("main a.button:not(.second)")
        assert download.value.suggested_filename.startswith("rows-")
        page.goto(f"{address}/{language}/records")
        must_fit()
        page.focus("main .claims a")
        page.keyboard.press("Enter")
        page.wait_for_selector("#statement")
        must_fit()
        page.fill("#statement", "?")
        page.check("[name=none]")
        page.focus("main form button.button")
        page.keyboard.press("Enter")
        page.wait_for_selector("strong.more")
        assert page.url.partition("#")[0] == f"{address}/{language}/records"
        page.click("main a.second")
        page.wait_for_selector("#odd")
        must_fit()
        watched.must_be_clean()
