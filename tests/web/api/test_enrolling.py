"""Signing in by passport and face over the API: neither answer nor clock tells known from unknown passports."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from pratique.authority.access import enter
from pratique.authority.identity import review
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.store import reading, reviewing, writing
from pratique.authority.store.columns import metadata
from pratique.web.api.enrolling import at_deadline
from pratique.web.ministry import CONSENT
from pratique.web.problems import Code, Problem
from tests.authority.identity import scripted
from tests.authority.identity.desks import LINA
from tests.web.api.authority import MEIMEI, Installed, Populated, opened

Api = tuple[Installed, TestClient[Any]]
DEADLINE = 0.2
UNKNOWN = "XA9999999"


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[Api]:
    enrolments = scripted.enrolments(None, limits=None, seed=11)
    with opened(url, populated, tmp_path, enrolments=enrolments, answer_after=DEADLINE) as both:
        yield both


def stated(number: str, device: str = "d" * 16) -> dict[str, str]:
    return {"document": number, "device": device, "consent": CONSENT, "language": "fr"}


def begin(api: Api, number: str, device: str = "d" * 16) -> Any:
    return api[1].post("/v1/enrolments", json=stated(number, device))


def film(api: Api, told: dict[str, Any], **face: Any) -> Any:
    """Do what is asked; the last answer."""
    session, asked = told["session"], "centre"
    for number in range(40):
        headers = {"content-type": "image/jpeg", "x-nonce": told["nonce"]}
        picture = scripted.moved(scripted.Step(asked), **face)
        seen = api[1].post(f"/v1/enrolments/{session}/frames/{number}", content=picture, headers=headers)
        assert seen.status_code == 200, seen.text
        if seen.json()["asked"] is None or seen.json()["over"]:
            break
        asked = seen.json()["asked"]
    return api[1].post(f"/v1/enrolments/{session}/finish")


def shape(answer: Any) -> tuple[int, tuple[str, ...], str]:
    """What two answers must have in common: everything but what is random."""
    return answer.status_code, tuple(answer.json()), answer.headers["content-type"]


def test_unknown_and_known_passports_are_answered_alike(api: Api) -> None:
    known, unknown = begin(api, scripted.MEIMEI), begin(api, UNKNOWN)
    assert shape(known) == shape(unknown)
    assert shape(known)[0] == 201
    refused = film(api, begin(api, UNKNOWN).json())
    other = film(api, begin(api, scripted.MEIMEI).json(), face=b"leilei")
    assert shape(refused) == shape(other)
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_CONFIRMED")
    assert refused.json()["desk_code"]


def test_a_holder_is_signed_in(api: Api) -> None:
    told = film(api, begin(api, scripted.MEIMEI).json())
    assert told.status_code == 201, told.text
    headers = {"authorization": f"Bearer {told.json()['access_token']}"}
    assert api[1].get("/v1/people", headers=headers).json() == {"people": ["me"]}
    assert api[1].get("/v1/people/me/records", headers=headers).status_code == 200


def kept(api: Api, table: str) -> list[tuple[Any, ...]]:
    with reading(api[0].engine) as connection:
        return [tuple(row) for row in connection.execute(select(metadata.tables[table]))]


def test_what_a_holder_agreed_to_is_kept_with_the_version_of_its_text(api: Api) -> None:
    assert film(api, begin(api, scripted.MEIMEI).json()).status_code == 201
    with reading(api[0].engine) as connection:
        found = reviewing.consents(connection, api[0].people[MEIMEI].subject_id)
    assert [(each.purpose, each.version, each.language) for each in found] == [("sign_up", CONSENT, "fr")]


def test_nothing_is_kept_of_what_a_stranger_agreed_to(api: Api) -> None:
    for number, face in ((UNKNOWN, b"meimei"), (scripted.MEIMEI, b"leilei")):
        assert film(api, begin(api, number).json(), face=face).status_code == 403
    assert kept(api, "consent") == []


@pytest.mark.parametrize(("number", "face"), [(scripted.MEIMEI, b"leilei"), (UNKNOWN, b"meimei")])
def test_a_desk_finds_what_ended_here(api: Api, number: str, face: bytes) -> None:
    """By its code, in another process and later: nothing of it is in this one's memory alone."""
    house, refused = api[0].house, film(api, begin(api, number).json(), face=face).json()
    at = api[0].clock() + timedelta(days=1)
    found = review.by_code(house.engines.enrolment, house.vault, LINA, refused["desk_code"], at=at)
    assert found is not None
    with writing(api[0].engine) as connection:
        enter(connection, LINA, LINA.account_id, at=at)
    before = review.look_at(house.engines.enrolment, house.vault, LINA, found, at=at)
    assert before is not None
    assert before.stated.number == number
    assert (before.known is None) == (number == UNKNOWN)


def test_whoever_goes_on_asking_fills_no_database(url: str, populated: Populated, tmp_path: Path) -> None:
    few = Limits(attempts=Allowance(1, 1, 9), challenges=Allowance(2, 9, 9))
    enrolments = scripted.enrolments(None, limits=few, seed=13)
    with opened(url, populated, tmp_path, enrolments=enrolments, answer_after=0.01) as api:
        assert film(api, begin(api, UNKNOWN).json()).status_code == 403
        told = [begin(api, UNKNOWN).json() for _ in range(4)]
        assert [bool(each.get("desk_code")) for each in told] == [True, True, False, False]
        assert {each["code"] for each in told} == {"NOT_CONFIRMED"}
        assert len(kept(api, "review")) == 3


def test_the_clock_tells_no_more_than_the_answer(api: Api) -> None:
    took: dict[str, list[float]] = {scripted.MEIMEI: [], UNKNOWN: []}
    for number in range(5):
        for passport, times in took.items():
            began = time.perf_counter()
            begin(api, passport, device=f"{number:016}")
            times.append(time.perf_counter() - began)
    medians = [median(times) for times in took.values()]
    assert min(medians) >= DEADLINE
    assert abs(medians[0] - medians[1]) < DEADLINE / 4


def test_tries_are_counted_by_document_device_and_network(url: str, populated: Populated, tmp_path: Path) -> None:
    limits = Limits(challenges=Allowance(document=2, device=4, network=6))
    enrolments = scripted.enrolments(None, limits=limits, seed=12)
    with opened(url, populated, tmp_path, enrolments=enrolments, answer_after=0.01) as api:

        def statuses(*asked: tuple[str, str]) -> list[int]:
            return [begin(api, number, device).status_code for number, device in asked]

        assert statuses(*[(UNKNOWN, f"a{number:015}") for number in range(3)]) == [201, 201, 403]
        assert statuses(*[(f"XB{number:07}", "b" * 16) for number in range(5)]) == [201, 201, 201, 201, 403]
        assert statuses((scripted.MEIMEI, "c" * 16)) == [403]  # the network's


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"document": "XA1234567", "device": "d" * 16},
        *({name: value for name, value in stated("XA1234567").items() if name != left_out} for left_out in stated("")),
        stated("XA1234567", "short"),
        stated("XA1234567") | {"consent": "1"},
        stated("XA1234567") | {"consent": f"{CONSENT}\n"},
        stated("XA1234567") | {"language": "xx"},
        stated("XA1234567") | {"language": "fr\n"},
    ],
)
def test_requests_that_do_not_fit(api: Api, body: dict[str, Any]) -> None:
    assert api[1].post("/v1/enrolments", json=body).status_code == 400


def test_what_cannot_be_a_passport_says_nothing_of_one(api: Api) -> None:
    told = begin(api, "?")
    assert (told.status_code, told.json()["code"]) == (422, "CONTENT_REFUSED")


def test_another_session_is_not_there(api: Api) -> None:
    client = api[1]
    for path in ("frames/0", "finish", "challenge"):
        told = client.post(f"/v1/enrolments/{'0' * 32}/{path}", content=b"x", headers={"content-type": "image/jpeg"})
        assert (told.status_code, told.json()["code"]) == (404, "THING_UNKNOWN")


def test_a_deadline_is_kept_by_refusals_and_by_what_takes_longer() -> None:
    async def refused() -> None:
        raise Problem(Code.NOT_CONFIRMED)

    async def slow() -> int:
        await asyncio.sleep(0.06)
        return 7

    async def both() -> tuple[float, float]:
        began = time.perf_counter()
        with pytest.raises(Problem):
            await at_deadline(refused, 0.05)
        first = time.perf_counter() - began
        assert await at_deadline(slow, 0.05) == 7
        return first, time.perf_counter() - began - first

    first, second = asyncio.run(both())
    assert 0.05 <= first < 0.09
    assert 0.1 <= second < 0.14
