"""What everybody may see: each heading in each of its states, downloads, proofs, objections, and who answers them."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import insert, text

from pratique.authority import objections
from pratique.authority.access import Account, Role, enter
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.issuance import log, proofs
from pratique.authority.store import objections as stored
from pratique.authority.store import reading, tables, writing
from pratique.authority.store.daily import Count
from pratique.authority.store.passkeys import Owner
from pratique.authority.sunset import DESTROYED
from pratique.model.errors import AccessRefused
from pratique.web import desk, desk_objections, objecting, transparency
from pratique.web.visits import Visits
from tests.authority.issuing import AT
from tests.cases.policies import signed, spoilt
from tests.web import clear
from tests.web.clear import CODE, Country
from tests.web.desks import Town, sign_in, site
from tests.web.houses import AUTHORITY, HOST

PAGE = "/en/transparency"
FORM = f"{PAGE}/object/events"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Country:
    made = clear.country(tmp_path_factory.mktemp("country"))
    made.engine.dispose()
    return made


@pytest.fixture
def country(founded: Country, tmp_path: Path) -> Iterator[Country]:
    made = clear.copied(founded, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def browser(country: Country) -> Iterator[TestClient[Any]]:
    with TestClient(country.app(), base_url=HOST) as client:
        yield client


def said(answer: Any) -> str:
    """The words of a page, without its tags."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


# --- policies


def test_a_policy_with_its_purpose_law_end_and_who_signed(browser: TestClient[Any]) -> None:
    page = said(browser.get(PAGE))
    assert "Events with more than a thousand visitors At large events To keep outbreaks" in page
    assert "Under notice Fictional: Public Health Act of XA" in page
    assert "1 Jun 2027 Days left: 189" in page
    assert "health justice" in page
    assert "No signature is published." in page, "the health code of this house is not signed"
    told = browser.get(f"{PAGE}/policies.json").json()
    assert [(each["identifier"], each["state"], each["ends_in_days"]) for each in told["policies"]] == [
        ("XA-HEALTH-CODE", "in_force", 173),
        ("XA-LARGE-EVENTS", "notice", 189),
    ]
    assert told["policies"][1]["signed_by"] == [{"en": "health"}, {"en": "justice"}]
    assert told["release"] == 318


def test_a_signature_over_another_text_is_none(country: Country, tmp_path: Path) -> None:
    changed = clear.EVENTS | {"instrument": "Another law."}
    (tmp_path / "other").mkdir()
    other = clear.release(tmp_path / "other", policies={"events": changed})
    with TestClient(country.app(release=other, code=None), base_url=HOST) as browser:
        assert browser.get(f"{PAGE}/policies.json").json()["policies"][0]["signed_by"] == []


def test_a_policy_of_another_country_is_not_ours(country: Country) -> None:
    with TestClient(country.app(country="XB", code=None), base_url=HOST) as browser:
        page = said(browser.get(PAGE))
        assert "No policy is in force. No colour is issued." in page
        assert browser.get(f"{PAGE}/policies.json").json()["policies"] == []
        assert "There is no health code here." in page


def test_an_ended_policy_and_what_became_of_its_data(country: Country, browser: TestClient[Any]) -> None:
    assert CODE.policy.sunset
    country.clock.at = CODE.policy.sunset + timedelta(days=1)
    page = said(browser.get(PAGE))
    assert "Ended 16 May 2027. Its data can be destroyed from 30 May 2027." in page
    with writing(country.engine) as connection:  # an erasure of one person, and the sunset's order
        for name, counts, days in (("a", {"record": 1}, 15), ("b", dict.fromkeys(DESTROYED, 7), 16)):
            moment = int((CODE.policy.sunset + timedelta(days=days)).timestamp())
            row = {
                "order_id": name * 32,
                "order": b"",
                "signature": b"",
                "counts": json.dumps(counts),
                "moment": moment,
            }
            connection.execute(insert(tables.purge_order).values(**row))
    country.clock.at = CODE.policy.sunset + timedelta(days=20)
    page = said(browser.get(PAGE))
    assert "Ended 16 May 2027. Data destroyed 1 Jun 2027, under a signed order." in page
    assert "No policy is in force. No colour is issued." in page


# --- counts


def test_a_small_number_is_not_told(country: Country, browser: TestClient[Any]) -> None:
    line = Count(clear.day(), "XA-HEALTH-CODE", "red", "positive_test", 0, 9)
    country.count(AT, line, structs.replace(line, colour="yellow", people=10))
    page = said(browser.get(PAGE))
    assert "Red Positive test By the policy Fewer than 10" in page
    assert "Yellow Positive test By the policy 10" in page
    assert "Counted on 23 Nov 2026." in page
    told = browser.get(f"{PAGE}/counts.json").json()
    assert [(each["colour"], each["people"]) for each in told["lines"]] == [("red", None), ("yellow", 10)]
    assert "9" not in [str(each["people"]) for each in told["lines"]]


def test_counts_that_are_late_say_so(country: Country, browser: TestClient[Any]) -> None:
    assert "These counts are late. They should have been renewed on 16 Nov 2026." in said(browser.get(PAGE))
    country.count(AT)
    page = said(browser.get(PAGE))
    assert "These counts are late" not in page
    assert "Nobody was counted on this day." in page, "a day on which nobody had a colour was counted, too"
    country.clock.at = AT + timedelta(days=1)
    assert "These counts are late" not in said(browser.get(PAGE)), "the hour has not come"
    country.clock.at = AT + timedelta(days=2)
    assert "should have been renewed on 24 Nov 2026." in said(browser.get(PAGE))
    assert browser.get(f"{PAGE}/counts.json").json()["late"] == "2026-11-24"


# --- the log


def test_the_checkpoint_and_that_it_adds_up(country: Country, browser: TestClient[Any]) -> None:
    (told,) = browser.get(f"{PAGE}/log.json").json()["logs"]
    page = browser.get(PAGE)
    groups = " ".join(told["root"][place : place + 4] for place in range(0, 64, 4))
    assert groups in page.text
    assert "adds up" not in page.text
    checked = browser.post(f"{PAGE}/check")
    assert "The log adds up: 3 signatures, as of 23 Nov 2026, 12:00 UTC." in said(checked)


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("DELETE FROM log_entry WHERE number = 2", 2),
        ("DELETE FROM log_entry WHERE number = 3", 3),
        ("UPDATE log_entry SET commitment = NULL WHERE number = 2", 2),
        ("UPDATE log_entry SET commitment = x'00' WHERE number = 1", 1),
        ("UPDATE log_node SET value = x'00' WHERE level = 0 AND place = 2", 3),
        ("UPDATE log_node SET value = x'00' WHERE level = 1", 1),
        ("DELETE FROM log_node WHERE level = 0 AND place = 2", 3),
    ],
)
def test_whoever_changed_the_log_is_told_from_where(
    country: Country, browser: TestClient[Any], change: str, number: int
) -> None:
    with writing(country.engine) as connection:  # as whoever owns the file can
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('log_entry', 'log_node')"
        for trigger in connection.execute(text(named)).scalars().all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(change))
    assert f"The log does not add up since no. {number}. We are looking into it." in said(browser.post(f"{PAGE}/check"))


def test_a_check_is_told_again_for_a_minute(
    country: Country, browser: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post(f"{PAGE}/check")
    country.sign(1)
    assert "3 signatures" in said(browser.post(f"{PAGE}/check"))
    country.clock.at += transparency.CHECKED_LASTS
    assert "4 signatures" in said(browser.post(f"{PAGE}/check"))
    monkeypatch.setattr(transparency, "LARGEST", 3)
    country.clock.at += transparency.CHECKED_LASTS
    assert "With 4 signatures it is too long to add up here." in said(browser.post(f"{PAGE}/check"))


def test_a_kept_checkpoint_is_proved_without_us(country: Country, browser: TestClient[Any]) -> None:
    (told,) = browser.get(f"{PAGE}/log.json").json()["logs"]
    address = f"{PAGE}/log/{told['key_id']}"
    before = log.read_published(browser.get(f"{address}/checkpoint.txt").text)
    country.sign(2)
    after = browser.get(f"{address}/checkpoint.txt")
    assert 'filename="checkpoint.txt"' in after.headers["content-disposition"]
    now = log.read_published(after.text)
    assert (before.size, now.size) == (3, 5)
    made = msgspec.json.decode(browser.get(f"{address}/proof.json?since=3").content, type=proofs.Consistency)
    assert proofs.follows(made, before, now)
    assert not proofs.follows(made, structs.replace(before, root=bytes(32)), now)


@pytest.mark.parametrize("since", ["", "x", "-1", "4", "9" * 20, "٣", "1.0"])
def test_a_size_that_the_log_never_had(browser: TestClient[Any], since: str) -> None:
    (told,) = browser.get(f"{PAGE}/log.json").json()["logs"]
    answer = browser.get(f"{PAGE}/log/{told['key_id']}/proof.json", params={"since": since})
    assert answer.status_code == 422
    assert f'href="#since-{told["key_id"]}"' in answer.text
    assert f'id="since-{told["key_id"]}"' in answer.text


@pytest.mark.parametrize(
    "path", ["log/aa/checkpoint.txt", "log/aa/proof.json?since=1", "log", "log.txt", "x.json", "object/x"]
)
def test_what_is_not_there(browser: TestClient[Any], path: str) -> None:
    assert browser.get(f"{PAGE}/{path}").status_code == 404


# --- agreements


def test_agreements_say_who_accepts_whose(browser: TestClient[Any], country: Country, tmp_path: Path) -> None:
    page = said(browser.get(PAGE))
    assert "The group of XA and XB XA-XB In force They accept each other's: XA XB Vaccination Test Recovery" in page
    assert "XC accepts theirs, and they need not accept its own: XA XB" in page
    assert "Proposed They accept each other's: XA" in page
    told = browser.get(f"{PAGE}/agreements.json").json()["agreements"]
    assert [each["in_force"] for each in told] == [True, True, True, False]
    (tmp_path / "none").mkdir()
    with TestClient(country.app(release=clear.release(tmp_path / "none", agreed=False)), base_url=HOST) as without:
        assert "There is no agreement." in said(without.get(PAGE))


# --- objections


def test_an_objection_is_counted_answered_and_read_by_everybody(country: Country, browser: TestClient[Any]) -> None:
    assert "Received: 0 Answered: 0 Object" in said(browser.get(PAGE))
    for sent in ({"statement": ""}, {"statement": "  "}, {"statement": "x" * 4001}):
        refused = browser.post(FORM, data=sent)
        assert refused.status_code == 422
        assert 'href="#statement"' in refused.text
    written = "Concerts of my choir have a thousand and one visitors."
    filed = browser.post(FORM, data={"statement": written}, headers={"accept-language": "en"})
    assert "We have your objection." in filed.text
    assert written not in filed.text
    assert "Received: 1 Answered: 0" in said(filed)
    anne = Account("anne", Role.HEALTH_AUTHORITY)
    with writing(country.engine) as connection:
        (waits,) = objections.waiting(connection, anne)
        assert objections.read(connection, country.house.vault, waits.objection_id, anne) == written
        assert objections.answer(connection, waits.objection_id, "Choirs are no crowds.", by=anne, at=AT)
        assert not objections.answer(connection, waits.objection_id, "Twice.", by=anne, at=AT)
    page = said(browser.get(FORM))
    assert "Received: 1 Answered: 1" in page
    assert "Choirs are no crowds. 23 Nov 2026, 12:00 UTC. Objections answered by it: 1" in page


@pytest.mark.parametrize("days", [-8, 8])
def test_one_objects_under_notice_alone(country: Country, browser: TestClient[Any], days: int) -> None:
    country.clock.at = AT + timedelta(days=days)
    assert "<textarea" not in browser.get(FORM).text
    answer = browser.post(FORM, data={"statement": "Too late, or too early."})
    assert answer.status_code == 422
    assert "The time to object is over, or has not begun." in answer.text
    with reading(country.engine) as connection:
        assert stored.counted(connection) == {}


def test_a_network_has_its_say_and_no_more(country: Country, browser: TestClient[Any]) -> None:
    for _ in range(objecting.OF_ONE_NETWORK):
        assert browser.post(FORM, data={"statement": "No."}).status_code == 200
    answer = browser.post(FORM, data={"statement": "Kept in the form."})
    assert answer.status_code == 422
    assert "Send yours tomorrow, or on paper." in answer.text
    assert "Kept in the form." in answer.text
    country.clock.at += timedelta(days=1)
    assert browser.post(FORM, data={"statement": "No."}).status_code == 200


def test_the_processes_of_a_server_share_what_a_network_may_say() -> None:
    for processes, each in ((1, 20), (4, 5), (3, 6), (64, 1)):
        tries = objecting.no_tries(processes)
        source, taken = tries.source("a", "a", "a"), 0
        while tries.left(source, at=AT):
            tries.add(source, at=AT)
            taken += 1
        assert taken == each


def test_a_policy_takes_so_many_a_day_whatever_process_took_them(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objections, "MOST_A_DAY", 3)
    for number in range(4):  # each with a count of its own, as a process has
        with TestClient(country.app(), base_url=HOST) as browser:
            answer = browser.post(FORM, data={"statement": "No."})
            assert answer.status_code == (200 if number < 3 else 422)
    assert "Send yours tomorrow, or on paper." in answer.text
    country.clock.at += timedelta(days=1)
    with TestClient(country.app(), base_url=HOST) as browser:
        assert browser.post(FORM, data={"statement": "No."}).status_code == 200


def test_a_policy_of_the_release_does_not_hide_the_one_in_force(country: Country, tmp_path: Path) -> None:
    """Both are called health-code: the release's next text, and the one by which codes are given."""
    (tmp_path / "named").mkdir()
    release = clear.release(tmp_path / "named", policies={"health-code": clear.EVENTS})
    with TestClient(country.app(release=release), base_url=HOST) as browser:
        names = {each["name"]: each["identifier"] for each in browser.get(f"{PAGE}/policies.json").json()["policies"]}
        assert sorted(names.values()) == ["XA-HEALTH-CODE", "XA-LARGE-EVENTS"]
        for name, identifier in names.items():
            form = browser.get(f"{PAGE}/object/{name}")
            assert form.status_code == 200
            assert ("<textarea" in form.text) is (identifier == "XA-LARGE-EVENTS")


def test_an_objection_to_an_older_text_is_not_counted_for_the_newer(country: Country, tmp_path: Path) -> None:
    with TestClient(country.app(), base_url=HOST) as browser:
        browser.post(FORM, data={"statement": "No."})
    (tmp_path / "next").mkdir()
    newer = signed(spoilt(version="1.1.0"), "health")
    with TestClient(
        country.app(release=clear.release(tmp_path / "next", policies={"events": newer})), base_url=HOST
    ) as browser:
        told = browser.get(f"{PAGE}/policies.json").json()["policies"]
        assert [each["objections"] for each in told] == [0, 0]


def test_in_chinese_and_linked_from_the_foot(browser: TestClient[Any]) -> None:
    page = browser.get("/zh/transparency")
    assert "公示中" in page.text
    assert "千人以上的活动" in page.text
    assert 'href="/zh/transparency">公开信息</a>' in page.text


# --- at the desk


def test_an_official_answers_at_the_desk(country: Country) -> None:
    with TestClient(country.app(), base_url=HOST) as browser:
        browser.post(FORM, data={"statement": "<b>My choir</b>"})
    anne = Account("anne", Role.HEALTH_AUTHORITY)
    with writing(country.engine) as connection:
        enter(connection, anne, "Anne", at=AT - timedelta(days=1))
    app = desk.app(
        desk.House(
            engine=country.engine,
            vault=country.house.vault,
            passkeys=Passkeys(country.engine, country.house.vault, Owner.OFFICIAL, site()),
            authority=AUTHORITY,
            specimen=True,
            transparency="https://xa.example",
        ),
        lambda here: [desk_objections.room(here, country.engine)],
        clock=country.clock,
    )
    with TestClient(app, base_url=HOST) as official:
        assert official.get("/en/objections", headers={"accept": "text/html"}).status_code == 401
        place = Town(country.engine, country.house.vault, None, country.clock, Visits())  # type: ignore[arg-type]
        sign_in(official, place, anne)
        today = official.get("/en")
        assert "Objections to policies" in today.text
        assert 'href="https://xa.example/en/transparency"' in today.text
        (address,) = re.findall(r'href="(/en/objections/\w+)"', official.get("/en/objections").text)
        case = official.get(address)
        assert "&lt;b&gt;My choir&lt;/b&gt;" in case.text
        assert official.post(address, data={"answer": " "}).status_code == 422
        assert official.get("/en/objections/none").status_code == 404
        assert "Nothing waits." in official.post(address, data={"answer": "Choirs are no crowds."}).text
        assert official.post(address, data={"answer": "Twice."}).status_code == 404
    with reading(country.engine) as connection:
        assert [each.words for each in stored.answers(connection, "XA-LARGE-EVENTS", "1.0.0")] == [
            "Choirs are no crowds."
        ]
    with writing(country.engine) as connection:
        connection.execute(
            text("UPDATE objection SET words = NULL, answer = NULL, answered_by = NULL, answered = NULL")
        )
    with TestClient(app, base_url=HOST) as official:
        sign_in(official, place, anne)
        assert official.get(address).status_code == 404, "without its words nobody answers it"


def test_everybody_else_is_refused(country: Country) -> None:
    with reading(country.engine) as connection:
        for role in set(Role) - {Role.HEALTH_AUTHORITY}:
            with pytest.raises(AccessRefused):
                objections.waiting(connection, Account("x", role))
