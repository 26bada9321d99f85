"""The description is true: `schemathesis` makes requests out of it, and compares every answer with it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pratique.authority.store import migrate, open_store
from pratique.web.api import app
from pratique.web.api.routes import ROUTES
from tests.authority.identity import scripted
from tests.web.api.authority import Installed, installed

EXAMPLES = 6
"""Of each route: a few dozen routes, well within a minute.

What fits the description may be refused for what it says, since records and certificates are checked beyond it: that
one check of schemathesis is left out.
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("schema")
    url = f"sqlite:///{folder / 'records.db'}"
    engine = open_store(url)
    migrate(engine)
    engine.dispose()
    made = installed(url, folder, enrolments=scripted.enrolments(None, limits=None, seed=2), answer_after=0.01)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def described(there: Installed) -> Any:
    return schemathesis.openapi.from_asgi("/v1/openapi.json", app(there.house), headers={"host": "127.0.0.1"})


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "GET /v1/openapi.json"])
def test_every_answer_is_described(described: Any, there: Installed, route: str) -> None:
    method, _, path = route.partition(" ")
    who = ROUTES[route]
    bearer = there.bearer(sorted(who)[0]) if isinstance(who, frozenset) else {}

    @given(case=described[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    def answered(case: Any) -> None:
        case.headers.update(bearer)
        case.call_and_validate(headers={"host": "127.0.0.1"}, excluded_checks=[positive_data_acceptance])

    answered()
