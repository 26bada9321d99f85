"""Codes for local apps: made for their holder and by nobody else, checked for anybody, kept nowhere."""

import base64
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.records import codes, national
from pratique.authority.records.codes import Codes
from pratique.authority.status.codes import by_policy
from pratique.authority.store import reading
from pratique.model.reasons import Reason
from pratique.rules.linting import parse_policy
from pratique.sandbox import codes as sandbox
from pratique.web.api.throttling import Pace
from tests import special
from tests.web.api.authority import LILEI, SOURCES, Installed, Populated, opened
from tests.web.houses import SIGNER, scan

Api = tuple[Installed, TestClient[Any]]
POINT = base64.urlsafe_b64encode(special.one_time_key("code")[1]).decode()
MESSAGE = {"bizSeqNo": "C-1", "key": POINT}
HER = {"country": "UTO", "certNo": "XA1234567", "familyName": "Han", "givenName": "Meimei", "birthDate": "1990-05-08"}


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[Api]:
    with opened(url, populated, tmp_path, signing=True) as both:
        yield both


def make(api: Api, body: Any = MESSAGE, *, person: str = "me", role: Role = Role.HOLDER, **who: Any) -> Any:
    there, client = api
    return client.post(f"/v1/people/{person}/codes", json=body, headers=there.bearer(role, **who))


def check(api: Api, code: str) -> Any:
    return api[1].post("/v1/national/code-checks", json={"bizSeqNo": "V-1", "code": code})


def told(api: Api, colour: str) -> None:
    there, at = api[0], api[0].clock()
    message = {"bizSeqNo": f"S-{colour}", "person": HER, "system": "three-colours", "colour": colour}
    message |= {"since": at.isoformat(), "until": (at + timedelta(hours=9)).isoformat()}
    body = msgspec.json.encode(message)
    answer = national.share_status(there.engine, there.house.vault, body, source=SOURCES[Role.LOCAL_CODE], at=at)
    assert answer.outcome == "taken"


@pytest.mark.parametrize("role", [Role.LOCAL_CODE, Role.CLINIC, Role.HEALTH_AUTHORITY, Role.STAFF])
def test_nobody_makes_a_code_but_its_holder(api: Api, role: Role) -> None:
    her = next(known for papers, known in api[0].people.items() if papers != LILEI)
    for person in ("me", her.subject_id):
        refused = make(api, person=person, role=role)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")
    other = make(api, person=her.subject_id, who=LILEI)
    assert (other.status_code, other.json()["code"]) == (404, "THING_UNKNOWN")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"bizSeqNo": ""}, 400),
        ({"bizSeqNo": "1" * 65}, 400),
        ({"bizSeqNo": "1", "key": "?" * 44}, 400),
        ({"bizSeqNo": "1", "key": POINT[:-1]}, 400),
        ({"bizSeqNo": "1", "person": HER}, 400),
        ({"bizSeqNo": "1", "key": "A" * 44}, 422),
    ],
)
def test_what_is_not_made(api: Api, body: dict[str, Any], status: int) -> None:
    assert make(api, body).status_code == status


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "$.bizSeqNo"),
        ([], None),
        ({"bizSeqNo": "V-1"}, "$.code"),
        ({"bizSeqNo": "", "code": "x"}, "$.bizSeqNo"),
        ({"bizSeqNo": 1, "code": ""}, "$.bizSeqNo"),
    ],
)
def test_what_is_no_check(api: Api, body: Any, place: str | None) -> None:
    answer = api[1].post("/v1/national/code-checks", json=body)
    told = answer.json()
    assert (answer.status_code, told["code"], told.get("place")) == (400, "REQUEST_UNREADABLE", place)


def test_a_code_says_what_local_systems_shared_and_anybody_may_check_it(api: Api) -> None:
    there, client = api
    told(api, "green")
    made = make(api)
    assert made.status_code == 201, made.text
    assert set(made.json()) == {"bizSeqNo", "code", "ends"}
    said = check(api, made.json()["code"]).json()
    assert (said["bizSeqNo"], said["authentic"], said["word"]) == ("V-1", True, "green")
    assert (said["initials"], said["birthday"], said["ends"]) == ("MH", "05-08", made.json()["ends"])
    changed = check(api, made.json()["code"][:-2] + "AA")
    assert (changed.status_code, changed.json()["authentic"], changed.json()["word"]) == (200, False, None)
    looks = client.get("/v1/people/me/looks", headers=there.bearer(Role.HOLDER)).json()["looks"]
    assert any(set(each["items"]) == codes.NEEDED for each in looks)
    there.clock.at += timedelta(minutes=20)
    told(api, "red")
    assert check(api, make(api, {"bizSeqNo": "C-2"}).json()["code"]).json()["word"] == "red", "what was shared last"


@pytest.mark.parametrize(("code", "reason"), [(scan(), "RECORD_KIND"), ("nonsense", "FORMAT_UNKNOWN")])
def test_what_is_no_code_is_an_answer(api: Api, code: str, reason: str) -> None:
    answer = check(api, code)
    assert answer.status_code == 200
    assert (answer.json()["word"], answer.json()["authentic"], answer.json()["initials"]) == (None, False, None)
    assert reason in answer.json()["reasons"]


def test_a_check_is_written_down_nowhere_and_throttled_as_verifying_is(
    url: str, populated: Populated, tmp_path: Path
) -> None:
    with opened(url, populated, tmp_path, pace=Pace(2)) as api:
        with reading(api[0].engine) as connection:
            before = list(connection.connection.iterdump())  # type: ignore[attr-defined]
        answers = [check(api, "HC1:"), api[1].post("/v1/verify", json={"scans": ["HC1:"]}), check(api, "HC1:")]
        assert [each.status_code for each in answers] == [200, 200, 429]
        with reading(api[0].engine) as connection:
            assert list(connection.connection.iterdump()) == before  # type: ignore[attr-defined]


def test_without_a_key_codes_are_checked_and_not_made(url: str, populated: Populated, tmp_path: Path) -> None:
    with opened(url, populated, tmp_path, signing=True, codes=None) as api:
        assert make(api).status_code == 404
        assert check(api, "HC1:").status_code == 200


def test_a_countrys_own_policy_comes_before_what_was_shared(url: str, populated: Populated, tmp_path: Path) -> None:
    policy = parse_policy(sandbox.policy())
    with opened(url, populated, tmp_path, signing=True, codes=Codes(SIGNER, by_policy(policy, UTC))) as api:
        at = api[0].clock()
        assert policy.in_force(at)
        told(api, "green")
        made = make(api).json()
        assert check(api, made["code"]).json()["word"] == "unknown", "nothing was declared"
        assert made["ends"].endswith(":00:00Z")
        assert policy.sunset is not None
        api[0].clock.at = policy.sunset + timedelta(days=2)
        refused = make(api)
        assert (refused.status_code, refused.json()["reasons"]) == (422, [Reason.STATUS_ENDED])
