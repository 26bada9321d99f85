"""The health authority's rooms: two people for what harms, numbers before anything is done, a log that is checked."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from msgspec import structs

from pratique.authority.access import Account, Role, looking, tokens
from pratique.authority.issuance import facilities, log, proofs, requests, revoking
from pratique.authority.issuance.certificates import issue_for
from pratique.authority.issuance.facilities import State
from pratique.authority.issuance.proofs import Consistency
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import national
from pratique.authority.store import issuance, reading, signing_log, withdrawals, writing
from pratique.web import guarding, kept
from pratique.web.desk import End
from pratique.web.pages import Site
from pratique.web.who import Who
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, BO, CLINIC, LAB, NURSE
from tests.web.desks import client
from tests.web.houses import AUTHORITY
from tests.web.town_hall import AUDITOR, DAY, LOT, Hall, Made, hall, hall_app, made, official

HTML = {"accept": "text/html"}
PAGES = (
    "/facilities", f"/facilities/{CLINIC.facility_id}", "/enter-facility", "/withdrawals", "/joint", "/apps",
    "/issuance", "/requests", "/counters", "/log", "/clients", "/enter-client", "/token",
)  # fmt: skip
PERIOD = {
    "facility": CLINIC.facility_id, "since": "2026-11-01T00:00", "until": "2026-12-01T00:00",
    "ground": "stolen_access", "notice": "168",
}  # fmt: skip
APP_KEY = ECKey.generate_key("P-256", {"kid": "city-2-1"}).as_dict(private=False)
ONE = f"/en/facilities/{CLINIC.facility_id}"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("hall"))


@pytest.fixture
def place(before: Made, tmp_path: Path) -> Iterator[Hall]:
    with hall(before, tmp_path) as found:
        yield found


@pytest.fixture
def both(place: Hall) -> tuple[TestClient[Any], TestClient[Any]]:
    """Anne's browser and Bo's."""
    app = hall_app(place)
    return official(app, place, ANNE), official(app, place, BO)


def posted(browser: TestClient[Any], address: str, **data: str) -> Any:
    return browser.post(address, data=data or {"nothing": "x"}, headers=HTML)


def state(place: Hall) -> State:
    with reading(place.engine) as connection:
        return facilities.facility(connection, CLINIC.facility_id).state


def recalls(place: Hall) -> list[withdrawals.Recall]:
    with reading(place.engine) as connection:
        return withdrawals.recalls(connection)


# who gets in


def test_another_role_is_told_so(place: Hall) -> None:
    app = hall_app(place)
    auditor, nurse = official(app, place, AUDITOR), official(app, place, NURSE)
    for address in PAGES:
        for browser, may in ((auditor, ("/issuance", "/counters", "/log")), (nurse, ("/requests",))):
            answer = browser.get(f"/en{address}", headers=HTML)
            assert answer.status_code == (200 if address in may else 403), (address, answer.status_code)
            assert ("another role" in answer.text) is (address not in may)
    assert nurse.get("/en").text.count("/en/requests") == 1
    for address in (
        "/en/joint/x",
        "/en/withdrawals/lot",
        f"{ONE}/suspension",
        "/en/enter-facility",
        "/en/enter-client",
    ):
        assert posted(auditor, address).status_code == 403
    assert recalls(place) == []


def test_what_is_not_there(both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    for address in (
        "/en/facilities/nobody-9",
        "/en/clients/nobody-9",
        "/en/withdrawals/everything",
        "/en/joint/" + "0" * 32,
        "/en/apps/" + "0" * 32,
        "/en/log/nothing/checkpoint",
        "/en/log/nothing/proof?old=1",
        "/en/withdrawals/lot/check",
    ):
        assert anne.get(address, headers=HTML).status_code == 404, address
    assert posted(anne, "/en/joint/" + "0" * 32, decision="confirm").status_code == 404
    assert posted(anne, "/en/joint/" + "0" * 32, decision="maybe").status_code == 400
    assert posted(anne, f"{ONE}/terms", decision="maybe").status_code == 400
    assert posted(anne, "/en/requests/" + "0" * 32, decision="maybe").status_code == 400
    assert posted(anne, "/en/withdrawals/facility/check").status_code == 404, "nothing was looked at before"


# D7


def asked(browser: TestClient[Any], kind: str, **data: str) -> Any:
    """To the page that shows the number, and on to the second person."""
    answer = posted(browser, f"/en/withdrawals/{kind}", **data)
    assert answer.url.path == f"/en/withdrawals/{kind}/check", answer.text
    return answer


CANNOT = (
    ("certificate", {"certificate": "0" * 32, "ground": "mistake"}, "certificate"),
    ("certificate", {"certificate": "0" * 32, "ground": "renewed"}, "ground"),
    ("facility", PERIOD | {"facility": "nobody-9"}, "facility"),
    ("facility", PERIOD | {"ground": ""}, "ground"),
    ("facility", PERIOD | {"until": PERIOD["since"]}, "until"),
    ("facility", PERIOD | {"since": "yesterday"}, "since"),
    ("facility", PERIOD | {"notice": "23"}, "notice"),
    ("facility", PERIOD | {"notice": "soon"}, "notice"),
    ("facility", PERIOD | {"notice": "9" * 15}, "notice"),
    ("lot", {"lot": "LOT-43", "ground": "anomaly", "notice": "24"}, "lot"),
    ("lot", {"lot": "", "ground": "anomaly", "notice": "24"}, "lot"),
)


def test_what_cannot_be_withdrawn(place: Hall) -> None:
    anne = official(hall_app(place), place, ANNE)
    for kind, data, field in CANNOT:
        answer = posted(anne, f"/en/withdrawals/{kind}", **data)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    assert recalls(place) == []


@pytest.mark.parametrize(
    ("kind", "data"),
    [("facility", PERIOD), ("lot", {"lot": LOT, "ground": "false_records", "notice": "24"})],
)
def test_the_number_first_and_then_a_second_person(
    place: Hall, both: tuple[TestClient[Any], TestClient[Any]], kind: str, data: dict[str, str]
) -> None:
    anne, bo = both
    check = asked(anne, kind, **data)
    for said in ("Certificates that stop to count: 1", "prove it in another way first: 1", "is in doubt"):
        assert said in check.text
    assert recalls(place) == [], "nothing is done by looking"
    waits = posted(anne, f"/en/withdrawals/{kind}/check")
    address = waits.url.path
    assert address.startswith("/en/joint/")
    assert 'value="confirm"' not in waits.text
    assert "Somebody else" in waits.text
    refused = posted(anne, address, decision="confirm")
    assert refused.status_code == 409
    assert "second person" in refused.text
    assert recalls(place) == []

    assert "/en/joint" in bo.get("/en").text
    assert address in bo.get("/en/joint").text
    seen = bo.get(address).text
    for said in ("Certificates that stop to count: 1", "You are the second person", "is in doubt", 'value="confirm"'):
        assert said in seen
    done = posted(bo, address, decision="confirm")
    assert done.url.path == address
    assert "authority-1, decided by authority-2" in done.text
    (recall,) = recalls(place)
    assert (recall.account_id, recall.second_id, recall.lot) == (
        ANNE.account_id, BO.account_id, LOT if kind == "lot" else None,
    )  # fmt: skip
    again = posted(anne, address, decision="turn_down")
    assert "Done." in again.text, "what is done is not turned down"
    assert "Clinic of the Harbour" in bo.get("/en/withdrawals").text


def test_times_are_those_of_the_installation(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    asked(anne, "facility", **PERIOD)
    address = posted(anne, "/en/withdrawals/facility/check").url.path
    posted(bo, address, decision="confirm")
    assert recalls(place)[0].since == int((AT - timedelta(days=22, hours=20)).timestamp()), "midnight in Shanghai"


def test_one_certificate_stops_at_once(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    check = asked(anne, "certificate", certificate=place.issued.certificate_id.upper(), ground="mistake")
    assert "counts at once" in check.text
    assert "What its holders read" not in check.text
    address = posted(anne, "/en/withdrawals/certificate/check").url.path
    posted(bo, address, decision="confirm")
    look = scene.own(place.engine, place.issued.person_id)
    with reading(place.engine) as connection:
        assert revoking.standings(connection, look, at=AT)[0].state is revoking.State.REVOKED
    assert "a mistake of ours" in anne.get("/en/counters").text


def test_turned_down_taken_back_and_too_late(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    addresses = []
    for _ in range(3):
        asked(anne, "facility", **PERIOD)
        addresses.append(posted(anne, "/en/withdrawals/facility/check").url.path)
    assert "Turned down" in posted(bo, addresses[0], decision="turn_down").text
    assert "Turned down" in posted(anne, addresses[1], decision="turn_down").text
    place.clock.at += timedelta(days=3)
    app = hall_app(place)
    late = official(app, place, BO)
    assert "waited too long" in late.get(addresses[2]).text
    assert "waited too long" in posted(late, addresses[2], decision="confirm").text
    assert recalls(place) == []


def test_the_holder_reads_the_same(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    asked(anne, "facility", **PERIOD)
    posted(bo, posted(anne, "/en/withdrawals/facility/check").url.path, decision="confirm")
    known = scene.known(place.engine, place.vault)
    site = Site(service="service.issuing", authority=AUTHORITY, specimen=True)
    house = kept.House(
        site=site,
        engine=place.engine,
        vault=place.vault,
        holder=lambda _: Who(scene.HOLDER, known, known),
        clock=place.clock,
    )
    app = guarding.application(site, kept.handlers(house), hosts=("127.0.0.1",))
    for language, said in (("en", "A record of yours is in doubt"), ("zh", "您的一条记录存疑")):
        answer = client(app).get(f"/{language}/records")
        assert said in answer.text
        assert "Clinic of the Harbour" in answer.text
    place.clock.at += timedelta(days=8)
    assert "counts no more since" in client(app).get("/en/records").text


# D6


def test_facilities_are_entered_by_two(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    new = {
        "facility_id": LAB.facility_id, "name": LAB.name, "country": "XA", "registered": LAB.registered,
        "zone": "Asia/Shanghai", "quota": "50", "events": "100", "scope": "test",
    }  # fmt: skip
    wrong = posted(anne, "/en/enter-facility", **(new | {"facility_id": "A Lab", "country": "Narnia"}))
    assert wrong.status_code == 422
    assert 'href="#facility_id"' in wrong.text
    assert 'href="#country"' in wrong.text
    for field, value in (("quota", "many"), ("events", "-1"), ("registered", "XA-0007"), ("scope", "miracles")):
        answer = posted(anne, "/en/enter-facility", **(new | {field: value}))
        assert answer.status_code == 422
        assert f'href="#{"scopes" if field == "scope" else field}"' in answer.text
    page = posted(anne, "/en/enter-facility", **new)
    address = f"/en/facilities/{LAB.facility_id}"
    assert page.url.path == address
    assert "vouches for nothing yet" in page.text
    assert "Confirm these terms" not in page.text
    assert "second person" in posted(anne, f"{address}/terms", decision="confirm").text
    assert "Confirm these terms" in bo.get(address).text
    assert "It vouches for records." in posted(bo, f"{address}/terms", decision="confirm").text
    with reading(place.engine) as connection:
        found = facilities.facility(connection, LAB.facility_id)
    assert (found.state, found.quota, found.lots) == (State.ACTIVE, 50, False)


def test_terms_wait_for_another_whoever_acted_since(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    with writing(place.engine) as connection:
        other = structs.replace(CLINIC, quota=7)
        facilities.propose(connection, other, ANNE, register=scene.REGISTER, at=AT)
    posted(bo, f"{ONE}/suspension", who="", ground="anomaly")
    for browser, waits in ((anne, 0), (bo, 1)):
        row = re.search(r'/en/facilities">.*?</tr>', browser.get("/en").text, re.S)
        assert row
        assert f'data-label="Waiting">{waits}<' in row[0]


def test_other_terms_are_turned_down(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    form = anne.get(f"/en/enter-facility?of={CLINIC.facility_id}").text
    assert 'value="Clinic of the Harbour"' in form
    other = {
        "facility_id": CLINIC.facility_id, "name": CLINIC.name, "country": "XA", "registered": CLINIC.registered,
        "zone": "Asia/Shanghai", "quota": "7", "events": "100", "scope": "vaccination", "lots": "yes",
    }  # fmt: skip
    assert "Terms that were proposed" in posted(anne, "/en/enter-facility", **other).text
    assert posted(anne, "/en/enter-facility", **other).status_code == 422, "one proposal at a time"
    assert "Terms that were proposed" not in posted(bo, f"{ONE}/terms", decision="turn_down").text
    assert "turned down" in bo.get(ONE).text
    new = other | {"facility_id": LAB.facility_id, "name": LAB.name, "registered": LAB.registered, "scope": "test"}
    posted(anne, "/en/enter-facility", **new)
    page = posted(anne, f"/en/facilities/{LAB.facility_id}/terms", decision="turn_down").text
    assert "Its terms were turned down" in page
    assert "Terms that count" not in page
    assert "turned down" in bo.get("/en/facilities").text


def test_without_a_register_nobody_is_entered(place: Hall) -> None:
    anne = official(hall_app(place, register=None), place, ANNE)
    page = anne.get("/en/enter-facility").text
    assert "No register" in page
    assert '<form method="post" action="/en/enter-facility"' not in page
    assert posted(anne, "/en/enter-facility", facility_id="x").status_code == 422


def test_one_stops_it_and_two_let_it_go_on(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    assert posted(anne, f"{ONE}/suspension", who="", ground="cleared").status_code == 422
    assert posted(anne, f"{ONE}/suspension", who="nobody", ground="anomaly").status_code == 422
    assert "go on" not in anne.get(ONE).text.split("Suspend now")[1].split("<h2")[0]
    assert "It is suspended" in posted(anne, f"{ONE}/suspension", who="", ground="anomaly").text
    assert state(place) is State.SUSPENDED
    assert posted(anne, f"{ONE}/suspension", who="", ground="anomaly").status_code == 422
    waits = posted(anne, f"{ONE}/resumption", who="")
    assert state(place) is State.SUSPENDED
    assert posted(anne, waits.url.path, decision="confirm").status_code == 409
    assert "Done." in posted(bo, waits.url.path, decision="confirm").text
    assert state(place) is State.ACTIVE
    assert posted(anne, f"{ONE}/resumption", who="").status_code == 422


def test_one_operator_alone(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    posted(anne, f"{ONE}/suspension", who=NURSE.account_id, ground="stolen_access")
    with reading(place.engine) as connection:
        assert facilities.operator(connection, NURSE.account_id).state is State.SUSPENDED
    assert state(place) is State.ACTIVE
    nurse = official(hall_app(place), place, NURSE)
    assert "Nothing waits" in nurse.get("/en/requests").text


def test_a_delivery_by_two(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    for lot, doses in (("a lot", "5"), (LOT, "0"), (LOT, "five"), (LOT, "9" * 30)):
        assert posted(anne, f"{ONE}/deliveries", lot=lot, doses=doses).status_code == 422
    waits = posted(anne, f"{ONE}/deliveries", lot=LOT, doses="5")
    assert "then has received: 15" in waits.text
    assert "1 of 10" in anne.get("/en/facilities").text
    posted(bo, waits.url.path, decision="confirm")
    assert "1 of 15" in anne.get("/en/facilities").text


def test_what_is_odd_is_said_in_words(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    assert "Nothing is out of the usual" in anne.get(ONE).text
    night = AT.replace(hour=16)
    known = scene.known(place.engine, place.vault)
    with writing(place.engine) as connection:
        asked_for = requests.ask(connection, place.vault, known, Wanted(), NURSE, at=night)
        facilities.propose(
            connection, structs.replace(CLINIC, events=1, quota=2), ANNE, register=scene.REGISTER, at=night
        )
        facilities.approve(connection, CLINIC.facility_id, BO, at=night)
    place.clock.at = night
    anne = official(hall_app(place), place, ANNE)
    assert "1 of 2" in anne.get("/en/facilities").text
    posted(anne, f"/en/requests/{asked_for.request_id}", decision="approve")
    place.clock.at = night + timedelta(minutes=1)
    page = anne.get(ONE).text
    for said in ("asked for at night: 1. Usual in a day: 0.", "1 Jun 2026: 1. At most 1", "in 24 hours: 2. At most 2"):
        assert said in page
    found = page.count('<li class="notice attention">')
    assert found >= 3
    assert f"To look at: {found}" in anne.get("/en/facilities").text, "the list has what the page has"
    use = anne.get("/en/issuance").text
    assert "The quota is used up." in use
    assert NURSE.account_id in use


# requests and figures


def test_one_signature_for_each_approved_request(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    known = scene.known(place.engine, place.vault)
    with writing(place.engine) as connection:
        first, second = (requests.ask(connection, place.vault, known, Wanted(), NURSE, at=AT) for _ in range(2))
    page = anne.get("/en/requests").text
    assert first.request_id in page
    assert "Han" not in page
    assert known.person_id not in page
    assert posted(bo, f"/en/requests/{second.request_id}", decision="decline").url.path == "/en/requests"
    posted(anne, f"/en/requests/{first.request_id}", decision="approve")
    (signer,) = place.office.signers
    assert signer.count == 2
    for decision in ("approve", "decline"):
        answer = posted(bo, f"/en/requests/{first.request_id}", decision=decision)
        assert answer.status_code == 409
        assert "decided this meanwhile" in answer.text
    assert signer.count == 2
    with reading(place.engine) as connection:
        assert issuance.one(connection, known.person_id, first.request_id) is not None
        assert issuance.one(connection, known.person_id, second.request_id) is None


def test_approved_and_not_signed_says_why(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    known = scene.known(place.engine, place.vault)
    with writing(place.engine) as connection:
        asked_for = requests.ask(connection, place.vault, known, Wanted(), NURSE, at=AT)
        facilities.suspend(connection, CLINIC.facility_id, ANNE, facilities.Ground.ANOMALY, at=AT)
    answer = posted(anne, f"/en/requests/{asked_for.request_id}", decision="approve")
    assert answer.status_code == 409
    assert "not signed yet" in answer.text
    counters = anne.get("/en/counters").text
    assert re.search(r"Approved and not signed</th><td[^>]*>1<", counters)
    assert re.search(r"Requests to decide</th><td[^>]*>0<", counters)


def test_a_nurse_decides_about_her_own_facility_alone(place: Hall) -> None:
    known = scene.known(place.engine, place.vault)
    with writing(place.engine) as connection:
        own = requests.ask(connection, place.vault, known, Wanted(), NURSE, at=AT)
        others = requests.ask(connection, place.vault, known, Wanted(), scene.HOLDER, at=AT)
    nurse = official(hall_app(place), place, NURSE)
    page = nurse.get("/en/requests").text
    assert own.request_id in page
    assert others.request_id not in page
    answer = posted(nurse, f"/en/requests/{others.request_id}", decision="approve")
    assert answer.status_code == 403
    with reading(place.engine) as connection:
        assert issuance.decided(connection, known.person_id, others.request_id) is None


def test_figures_have_no_person(place: Hall) -> None:
    auditor = official(hall_app(place), place, AUDITOR)
    for address in ("/en/counters", "/en/issuance", "/en/log"):
        page = auditor.get(address).text
        assert "Meimei" not in page
        assert place.issued.person_id not in page
        assert place.issued.certificate_id not in page
    assert (
        'Certificates issued</th><td class="count" data-label="Last 7 days">1</td>' in auditor.get("/en/counters").text
    )


# D10


def test_the_log_agrees_and_is_added_up(place: Hall) -> None:
    auditor = official(hall_app(place), place, AUDITOR)
    assert "Counter and log agree. Signatures: 1." in auditor.get("/en/log").text
    page = posted(auditor, "/en/log/verify")
    assert page.url.path == "/en/log"
    assert "It holds." in page.text
    assert "Certificates: 1. Given to nobody: 0. Erased: 0." in page.text


def test_a_counter_that_differs(place: Hall, tmp_path: Path) -> None:
    (signer,) = place.office.signers
    auditor = official(hall_app(place), place, AUDITOR)
    signer.numbered(b"what nobody was given")
    assert "The counter is ahead by 1." in auditor.get("/en/log").text
    for _ in range(log.MOST_LOST):
        signer.numbered(b"another")
    page = auditor.get("/en/log").text
    assert "Counter and log differ by 101. Issuing is paused." in page
    (counter,) = tmp_path.glob("*.counter")
    counter.unlink()
    assert "missing or damaged. Issuing is paused." in auditor.get("/en/log").text
    elsewhere = official(hall_app(place, signers=False), place, AUDITOR)
    assert "cannot be read here" in elsewhere.get("/en/log").text


def test_a_log_that_was_tampered_with(place: Hall) -> None:
    auditor = official(hall_app(place), place, AUDITOR)
    with writing(place.engine) as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entry_never_changes")
        connection.exec_driver_sql("UPDATE log_entry SET commitment = x'" + "00" * 32 + "'")
    assert "It does not hold." in posted(auditor, "/en/log/verify").text


def test_what_can_be_taken_along(place: Hall) -> None:
    auditor = official(hall_app(place), place, AUDITOR)
    key_id = place.issued.key_id
    old = auditor.get(f"/en/log/{key_id}/checkpoint")
    assert "attachment" in old.headers["content-disposition"]
    known = scene.known(place.engine, place.vault)
    with writing(place.engine) as connection:
        asked_for = requests.ask(connection, place.vault, known, Wanted(), scene.HOLDER, at=AT)
        requests.approve(connection, asked_for, ANNE, at=AT)
    issue_for(place.office, asked_for.request_id, at=AT)
    new = auditor.get(f"/en/log/{key_id}/checkpoint")
    proof = msgspec.json.decode(auditor.get(f"/en/log/{key_id}/proof?old=1").content, type=Consistency)
    assert proofs.follows(proof, log.read_published(old.text), log.read_published(new.text))
    for size in ("3", "many", "-1", "", "9" * 19):
        answer = auditor.get(f"/en/log/{key_id}/proof?old={size}", headers=HTML)
        assert answer.status_code == 422
        assert f'href="#old-{key_id}"' in answer.text
    with reading(place.engine) as connection:
        assert signing_log.size(connection, key_id) == 2


# a token for the API


def test_a_token_is_of_whoever_made_it_and_ends(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    assert 'id="token"' not in anne.get("/en/token").text
    page = posted(anne, "/en/token").text
    found = re.search(r'id="token">([^<]+)<', page)
    assert found is not None
    known = tokens.known(place.vault, found[1], at=AT)
    assert known is not None
    assert known.account == ANNE
    assert tokens.known(place.vault, found[1], at=AT + timedelta(minutes=5)) is None
    assert found[1] not in anne.get("/en/token").text, "it is shown once"


# D1


def test_what_ends_soon_is_said_to_whom_it_concerns(place: Hall) -> None:
    ends = (
        End("list", "revocation/XA.bin", AT - DAY), End("list", "trust.json", AT + DAY / 2),
        End("key", "aa", AT + 6 * DAY), End("key", "bb", AT + 20 * DAY), End("key", "cc", AT + 80 * DAY),
    )  # fmt: skip
    app = hall_app(place, ends=ends)
    page = official(app, place, ANNE).get("/en").text
    told = re.findall(r'<li class="notice ?(\w*)">([^<]*)', page)
    assert [how for how, _ in told] == ["problem", "attention", "problem", "attention", ""]
    assert "ended on" in told[0][1]
    assert "Days left: 80" in told[4][1]
    assert "What ends soon" not in official(app, place, NURSE).get("/en").text


def test_every_page_is_in_both_languages(place: Hall, both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    asked(anne, "facility", **PERIOD)
    address = posted(anne, "/en/withdrawals/facility/check").url.path.removeprefix("/en")
    for page in (*PAGES, address, "/withdrawals/certificate", "/withdrawals/facility", "/withdrawals/lot"):
        for language in ("en", "zh"):
            answer = anne.get(f"/{language}{page}")
            assert answer.status_code == 200
            assert f'lang="{language}"' in answer.text
            assert answer.text.count("<h1") == 1


# apps that ask to be let in


def applied(place: Hall, number: str = "P-1") -> str:
    """How an application stands."""
    asked = {"bizSeqNo": number, "appId": "city-2", "name": "City <2>", "country": "XA", "keys": {"keys": [APP_KEY]}}
    stands = national.apply(place.engine, msgspec.json.encode(asked), at=place.clock())
    assert stands.state is not None
    return stands.state.value


def test_an_app_is_let_in_by_two_people_who_see_the_thumbprint_of_its_key(place: Hall, both: Any) -> None:
    anne, bo = both
    assert applied(place) == "waiting"
    assert "/en/apps" in anne.get("/en").text
    (address,) = re.findall(r"/en/apps/[0-9a-f]{32}", anne.get("/en/apps").text)
    seen = anne.get(address).text
    assert ECKey.import_key(APP_KEY).thumbprint() in seen
    assert "City &lt;2&gt;" in seen
    assert posted(anne, address, decision="maybe").status_code == 400
    joint = posted(anne, address, decision="propose")
    assert joint.url.path.startswith("/en/joint/")
    assert posted(anne, joint.url.path, decision="confirm").status_code == 409
    assert applied(place) == "waiting"
    assert ECKey.import_key(APP_KEY).thumbprint() in bo.get(joint.url.path).text
    done = posted(bo, joint.url.path, decision="confirm")
    assert "authority-1, decided by authority-2" in done.text
    assert applied(place) == "granted"
    assert bo.get(address).status_code == 404


def test_an_app_whose_name_was_taken_meanwhile_is_not_proposed_and_the_page_says_why(place: Hall, both: Any) -> None:
    anne, bo = both
    applied(place)
    (address,) = re.findall(r"/en/apps/[0-9a-f]{32}", anne.get("/en/apps").text)
    with writing(place.engine) as connection:
        looking.enter(connection, Account("city-2", Role.CARRIER), "City Air", at=place.clock())
    refused = posted(anne, address, decision="propose")
    assert (refused.status_code, "its name is taken" in refused.text) == (409, True)
    assert "/en/joint/" not in bo.get("/en/joint").text
    assert posted(bo, address, decision="turn_down").url.path == "/en/apps"
    assert address not in anne.get("/en/apps").text


def test_one_person_turns_an_app_down(place: Hall, both: Any) -> None:
    anne, bo = both
    applied(place)
    (address,) = re.findall(r"/en/apps/[0-9a-f]{32}", anne.get("/en/apps").text)
    joint = posted(anne, address, decision="propose").url.path
    assert posted(bo, address, decision="turn_down").url.path == "/en/apps"
    assert applied(place) == "turned_down"
    late = posted(bo, joint, decision="confirm")
    assert (late.status_code, "its name is taken" in late.text) == (409, True)
    assert bo.get(joint).status_code == 409


# programs


KEY = ECKey.generate_key("P-256", {"kid": "one"})
PROGRAM = {
    "client_id": "air-9", "name": "Airline 9", "role": "carrier", "source": "",
    "keys": json.dumps({"keys": [KEY.as_dict(private=False)]}),
}  # fmt: skip


def test_a_program_that_cannot_be_let_in(both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, _ = both
    for name, value in (
        ("client_id", "air 9"), ("client_id", ANNE.account_id), ("name", ""), ("role", "auditor"), ("keys", "{}"),
        ("keys", json.dumps({"keys": [KEY.as_dict(private=True)]})), ("source", "{}"),
    ):  # fmt: skip
        answer = posted(anne, "/en/enter-client", **PROGRAM | {name: value})
        assert (answer.status_code, f'href="#{name}"' in answer.text) == (422, True), (name, value)
    no_source = posted(anne, "/en/enter-client", **PROGRAM | {"role": "laboratory", "source": "{"})
    assert 'href="#source"' in no_source.text
    assert "air-9" not in anne.get("/en/clients").text


def test_a_program_is_let_in_by_two_and_out_by_one(both: tuple[TestClient[Any], TestClient[Any]]) -> None:
    anne, bo = both
    waits = posted(anne, "/en/enter-client", **PROGRAM)
    assert waits.url.path.startswith("/en/joint/"), waits.text
    assert KEY.thumbprint() in waits.text
    assert posted(anne, waits.url.path, decision="confirm").status_code == 409
    assert "air-9" not in bo.get("/en/clients").text
    assert KEY.thumbprint() in bo.get(waits.url.path).text
    assert "Done." in posted(bo, waits.url.path, decision="confirm").text
    assert "/en/clients/air-9" in anne.get("/en/clients").text
    wrong = posted(anne, "/en/clients/air-9/keys", keys="{}")
    assert (wrong.status_code, 'href="#keys"' in wrong.text) == (422, True)
    other = posted(anne, "/en/clients/air-9/keys", keys=PROGRAM["keys"])
    assert "Done." in posted(bo, other.url.path, decision="confirm").text
    assert "ended" in posted(anne, "/en/clients/air-9/end").text
    assert posted(anne, "/en/clients/air-9/keys", keys=PROGRAM["keys"]).status_code == 422
