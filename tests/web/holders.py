"""A ministry whose holders plan trips, seal, and fetch passes: what tests of the holder's own pages ask over HTTP."""

import html
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar
from litestar.testing import TestClient
from msgspec import structs

from pratique.bundle import Bundle
from pratique.model.dates import format_instant
from pratique.rules.linting import parse_policy
from pratique.rules.policy import Policy
from pratique.sandbox import traveller
from pratique.sandbox.border import policy
from pratique.trust import TrustList
from pratique.web import issuing
from pratique.web.holding import signing
from pratique.web.passes import Passes
from tests import special
from tests.authority.identity import scripted
from tests.authority.identity.scripted import AT
from tests.test_passes import CROWD
from tests.web.houses import AUTHORITY, HOST, SIGNER, TRUSTED, Clock, claims, film, release, visit

TRIP = "/trip"
_DRAWN = re.compile(r"<svg.*?</svg>|<datalist.*?</datalist>|<dl id=\"sentences\".*?</dl>", re.DOTALL)


def doors(at: datetime) -> bytes:
    """The sandbox's policy for large events, in force since a month."""
    stated = json.loads(policy())
    begins, ends = (format_instant(at + timedelta(days=days)) for days in (-30, 120))
    stated |= {"published": format_instant(at - timedelta(days=50)), "start": begins, "sunset": ends}
    stated["rules"] = [rule | {"ValidFrom": begins, "ValidTo": ends} for rule in stated["rules"]]
    return json.dumps(stated).encode()


def in_force(at: datetime) -> Policy:
    """The same, read."""
    return parse_policy(doors(at))


def house(bundle: Bundle | None, at: datetime = AT, records: Any = claims, clock: Any = None, **more: Any) -> Litestar:
    """The sign-up, with everything that a holder can be offered without a store."""
    unsealers = [each.recipient for each in (special.XB, special.XC)]
    month = timedelta(days=30)
    values: dict[str, Any] = {
        "release": None if bundle is None else lambda: bundle,
        "recipients": tuple(structs.replace(each, not_before=at - month, not_after=at + month) for each in unsealers),
        "passes": Passes(in_force(at), CROWD, SIGNER, ZoneInfo("Asia/Shanghai"), specimen=True),
    }
    ministry = issuing.Ministry(
        enrolments=scripted.enrolments(None, seed=1),
        hold=signing(records, SIGNER, specimen=True),
        issuer=traveller.ISSUER,
        country="XA",
        authority=AUTHORITY,
        specimen=True,
        **(values | more),
    )
    return issuing.app(ministry, clock=clock or Clock())


def holder(folder: Path, trusted: TrustList = TRUSTED, **more: Any) -> tuple[TestClient[Any], str]:
    """A browser in which Han Meimei has signed up, and the address of her certificate."""
    browser = TestClient(house(release(folder, trusted), **more), base_url=HOST)
    return browser, str(film(browser, visit(browser))[-1]["next"])


def said(page: Any) -> str:
    """The words of a page, without drawings and choices."""
    main = _DRAWN.sub(" ", page.text).partition("<main")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))
