"""Signing in by passport and face over the API: neither answer nor clock tells known from unknown passports."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.identity.limits import Allowance, Limits
from pratique.web.api.enrolling import at_deadline
from pratique.web.problems import Code, Problem
from tests.authority.identity import scripted
from tests.web.api.authority import Installed, Populated, opened

Api = tuple[Installed, TestClient[Any]]
DEADLINE = 0.2
UNKNOWN = "XA9999999"


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[Api]:
    enrolments = scripted.enrolments(None, limits=None, seed=11)
    with opened(url, populated, tmp_path, enrolments=enrolments, answer_after=DEADLINE) as both:
        yield both


def begin(api: Api, number: str, device: str = "d" * 16) -> Any:
    return api[1].post("/v1/enrolments", json={"document": number, "device": device})


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
    "body", [{}, {"document": "XA1234567"}, {"document": "XA1234567", "device": "short"}, {"device": "d" * 16}]
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
