"""The clinics' records as a page: what is signed is what stands there, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.identity.registry import FileRegistry
from pratique.model import mrz
from pratique.model.certificate import AnyClaim
from pratique.sandbox import clinic
from pratique.web import issuing
from pratique.web.holding import signing
from tests.authority.identity.scripted import enrolments, registered
from tests.sandbox.test_office import PASSPORT
from tests.web import houses
from tests.web.houses import AUTHORITY, HOST, SIGNER, Clock, claims


def opened(records: Callable[[str], tuple[AnyClaim, ...]]) -> TestClient[Any]:
    registry = FileRegistry([registered(mrz.parse(PASSPORT), "1990-05-08", b"meimei")])
    ministry = issuing.Ministry(
        enrolments=enrolments(people=()), hold=signing(records, SIGNER, specimen=True), issuer="XA", country="XA",
        authority=AUTHORITY, specimen=True,
    )  # fmt: skip
    more = clinic.handlers(registry, records, AUTHORITY, scene="")
    return TestClient(issuing.app(ministry, more=lambda _: more, clock=Clock()), base_url=HOST)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_record_stands_there_once(language: str) -> None:
    kept = claims("whoever")
    assert kept
    with opened(claims) as browser:
        page = browser.get(f"/{language}/records")
    assert page.status_code == 200
    assert [page.text.count(claim.record_id) for claim in kept] == [1] * len(kept)


def test_whoever_has_none_is_said_to_have_none() -> None:
    with opened(lambda _: ()) as browser:
        assert "No records." in browser.get("/en/records").text


def test_without_a_rehearsal_there_is_no_such_page() -> None:
    with houses.ministry() as browser:
        assert browser.get("/en/records").status_code == 404
