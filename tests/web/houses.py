"""A ministry and a border as applications, without a camera or a model: what tests ask over HTTP."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from pratique.authority.identity.limits import Limits
from pratique.bundle import Bundle
from pratique.issuing import issue
from pratique.model import fhir, mrz, uvci
from pratique.model.certificate import AnyClaim, Certificate, Evidence, TravelDocument
from pratique.sandbox import states, traveller
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.web import border, issuing
from pratique.web.holding import signing
from tests.authority.identity import scripted
from tests.authority.identity.scripted import AT, MEIMEI
from tests.issuer import MemorySigner

HOST = "http://127.0.0.1"
AUTHORITY = {"en": "Ministry of Health of XA", "zh": "XA 卫生部"}
PASSPORT, BROTHERS = mrz.write(traveller.PASSPORT), mrz.write(traveller.BROTHERS_PASSPORT)
SIGNER = MemorySigner(not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=700))
TRUSTED = TrustList(
    [trusted_key(SIGNER.certificate)],
    environment=Environment.SANDBOX,
    issued=AT - timedelta(hours=6),
    fresh_until=AT + timedelta(days=7),
)


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def claims(_: str = "") -> tuple[AnyClaim, ...]:
    """Han Meimei's records, the same each time."""
    identifiers = tuple(uvci.from_record_id("XA", bytes([number] * 16)) for number in range(1, traveller.RECORDS + 1))
    return fhir.claims(
        traveller.bundle(AT, identifiers),
        uvci=lambda place: identifiers[place - 1],
        issuer=traveller.ISSUER,
        country="XA",
        evidence=Evidence.REGISTRY,
    )


def ministry(
    *,
    limits: Limits | None = None,
    records: Any = claims,
    matcher: Any = None,
    clock: Clock | None = None,
    pass_signer: Any = None,
    **more: Any,
) -> TestClient[Any]:
    """A browser before the ministry of a house in which Han Meimei alone is registered."""
    enrolments = scripted.enrolments(matcher, limits=limits, seed=next(_seeds))
    house = issuing.Ministry(
        enrolments=enrolments,
        hold=signing(records, SIGNER, specimen=True),
        issuer=traveller.ISSUER,
        country="XA",
        authority=AUTHORITY,
        specimen=True,
        pass_signer=pass_signer,
    )
    return TestClient(issuing.app(house, clock=clock or Clock(), **more), base_url=HOST)


_seeds = count(1)


def scan(*chosen: AnyClaim, at: datetime = AT) -> str:
    """Han Meimei's certificate, with these claims or all."""
    passport = traveller.PASSPORT
    document = TravelDocument.conceal(passport.kind, passport.country, passport.number, salt=bytes(range(16)))
    person = fhir.person(traveller.PATIENT)
    holder = type(person)(person.name, person.birth_date, document)
    certificate = Certificate(holder, chosen or claims(), specimen=True)
    return issue(certificate, format="ithc", signer=SIGNER, at=at)


def release(folder: Path, trusted: TrustList = TRUSTED, *, at: datetime = AT) -> Bundle:
    """XB's release, as it was published six hours before `at`."""
    return states.publish(folder, trusted, at=at - timedelta(hours=6))


def release_of_today(folder: Path) -> Bundle:
    """The same for a process that goes by the machine's own clock."""
    at = now()
    listed = TrustList(
        TRUSTED.keys,
        environment=Environment.SANDBOX,
        issued=at - timedelta(hours=6),
        fresh_until=at + timedelta(days=7),
    )
    return release(folder, listed, at=at)


def gate(bundle: Bundle, clock: Clock | None = None, **more: Any) -> TestClient[Any]:
    """A browser before XB's border."""
    app = border.app(bundle, country="XB", port="XBHAV", authority=AUTHORITY, clock=clock or Clock(), **more)
    return TestClient(app, base_url=HOST)


def agree(browser: TestClient[Any], language: str = "en") -> None:
    """As far as the passport."""
    answer = browser.post(f"/{language}/consent", data={"consent": issuing.CONSENT})
    assert answer.status_code == 200
    assert answer.url.path == f"/{language}/passport"


def visit(browser: TestClient[Any], number: str = MEIMEI, language: str = "en") -> str:
    """As far as the camera: the address of the visit."""
    agree(browser, language)
    data = {"consent": issuing.CONSENT, "number": number, "zone": ""}
    answer = browser.post(f"/{language}/passport", data=data, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def film(browser: TestClient[Any], address: str, **face: Any) -> list[dict[str, Any]]:
    """Do what is asked until there is an answer: what was told of each picture."""
    told = [browser.post(f"{address}/begin").json()]
    for number in range(40):
        if told[-1]["next"] or told[-1]["over"]:
            break
        picture = scripted.moved(scripted.Step(told[-1]["say"]), **face)
        told.append(send(browser, address, picture, number))
    return told


def send(browser: TestClient[Any], address: str, picture: bytes, number: int) -> Any:
    """One picture."""
    headers = {"content-type": "image/jpeg", "x-frame": str(number)}
    answer = browser.post(f"{address}/frames", content=picture, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def now() -> datetime:
    return datetime.now(UTC)
