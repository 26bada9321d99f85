"""The description is true: `schemathesis` makes requests out of it, and compares every answer with it."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from litestar.testing import TestClient
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from pratique.web.api import app
from pratique.web.api.routes import ROUTES
from tests.web.api.authority import Installed

EXAMPLES = 6
"""Of each route: a few dozen routes, well within a minute."""
LEFT_OUT = [positive_data_acceptance, ignored_auth]
"""What fits the description may be refused for what it says, since records and certificates are checked beyond it. And
who may ask what is walked route by route, with every role, in `test_routes`."""


@pytest.fixture(scope="module")
def described(everything: tuple[Installed, TestClient[Any]]) -> Any:
    application = app(everything[0].house)
    return schemathesis.openapi.from_asgi("/v1/openapi.json", application, headers={"host": "127.0.0.1"})


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "GET /v1/openapi.json"])
def test_every_answer_is_described(described: Any, everything: tuple[Installed, TestClient[Any]], route: str) -> None:
    method, _, path = route.partition(" ")
    who = ROUTES[route]
    bearer = everything[0].bearer(sorted(who)[0]) if isinstance(who, frozenset) else {}

    @given(case=described[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    def answered(case: Any) -> None:
        case.headers.update(bearer)
        case.call_and_validate(headers={"host": "127.0.0.1"}, excluded_checks=LEFT_OUT)

    answered()
