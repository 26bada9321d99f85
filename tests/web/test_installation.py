"""One installation: every route of every application is for whom it is for, and a story that crosses all of them."""

import asyncio
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from litestar import Litestar
from litestar.testing import TestClient

from pratique.answering import answer
from pratique.authority.access import Account, Role, enter, invitations
from pratique.authority.access.clients import TYPE
from pratique.authority.access.tokens import holder_account
from pratique.authority.identity import clinic_code
from pratique.authority.identity.answers import Started
from pratique.authority.records import intake
from pratique.authority.store import asking, looks, people, reading, writing
from pratique.authority.store.people import Papers
from pratique.cli._bundle import load
from pratique.model.journey import Journey
from pratique.model.mrz import write
from pratique.model.ports import PORTS
from pratique.model.reasons import Reason
from pratique.revocation import from_bytes
from pratique.sandbox import traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.texts import LANGUAGES
from pratique.web import installation as installations
from pratique.web import objecting
from pratique.web.equipment import Equipment
from pratique.web.installation import Installation, installed
from pratique.web.ministry import CONSENT
from tests import databases
from tests.authenticator import Authenticator
from tests.authority.identity import scripted
from tests.authority.issuing import LAB
from tests.cases.policies import signed
from tests.web import clear, ruling
from tests.web.api.authority import bundle
from tests.web.desks import sends
from tests.web.installations import DESK, SENDER, TRAVELLERS, Place, environment, place

HTML = {"accept": "text/html"}
OPEN_TO_ALL = frozenset(
    {
        "", "/about", "/desk", "/consent", "/passport", "/passport/read", "/passport/photograph", "/sign-in",
        "/sign-in/begin", "/sign-in/finish", "/sign-out", "/invitation", "/paper-code", "/counts", "/wallet", "/visit",
        "/transparency", "/transparency/check",
        "/kept", "/leave", "/screen",
    }
)  # fmt: skip
"""Pages that say nothing of anybody."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Place, Installation]]:
    made = place(tmp_path, face="off")
    found = installed(made.config, tmp_path)
    yield made, found
    found.close()


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Every method and address of an application, with a name that nobody has in each blank."""
    assert isinstance(app, Litestar)
    for route in app.routes:
        for method in getattr(route, "methods", ()):
            if method in ("GET", "POST") and not route.path.startswith(("/static", "/problems")):
                yield method, re.sub(r"{\w+:int}", "1", re.sub(r"{\w+(:str)?}", "a" * 32, route.path))


def pages(installation: Installation, name: str) -> Litestar:
    found = installation.rooms[name]
    for cell in getattr(found, "__closure__", None) or ():  # the display path stands before the travellers' pages
        if isinstance(cell.cell_contents, Litestar):
            return cell.cell_contents
    assert isinstance(found, Litestar)
    return found


@pytest.mark.parametrize("name", [DESK, TRAVELLERS])
def test_nobody_sees_what_is_somebodys(opened: tuple[Place, Installation], name: str) -> None:
    _, installation = opened
    app, walked = pages(installation, name), 0
    with TestClient(app, base_url=f"http://{name}") as browser:
        for method, path in routes(app):
            short = re.sub(rf"^/({'|'.join(LANGUAGES)})(?=/|$)", "", path)
            if (
                path == "/"
                or short in OPEN_TO_ALL
                or short in ("/text", "/worker.js", "/openapi.json", "/.well-known/security.txt")
            ):
                continue
            more: dict[str, Any] = {} if method == "GET" else {"data": {"nothing": "x"}}
            answer = browser.request(method, path, headers=HTML, **more)
            assert answer.status_code in (400, 401, 404), (method, path, answer.status_code)
            if name == DESK:
                expected = 404 if short.startswith("/screen/") else 401  # before the counter nobody signs in
                assert answer.status_code == expected, (method, path, answer.status_code)
            walked += 1
    assert walked > 40


ROOMS: dict[str, set[Role]] = {
    "/review": {Role.ENROLMENT},
    "/counter": {Role.ENROLMENT},
    "/acts": {Role.ENROLMENT},
    "/code": {Role.CLINIC},
    "/intake": {Role.CLINIC, Role.LABORATORY},
    "/disputes": {Role.HEALTH_AUTHORITY},
    "/agreements": {Role.HEALTH_AUTHORITY},
    "/policies": {Role.HEALTH_AUTHORITY},
    "/objections": {Role.HEALTH_AUTHORITY},
    "/permits": {Role.HEALTH_AUTHORITY},
    "/appeals": {Role.HEALTH_AUTHORITY},
    "/joint": {Role.HEALTH_AUTHORITY},
    "/facilities": {Role.HEALTH_AUTHORITY},
    "/enter-facility": {Role.HEALTH_AUTHORITY},
    "/withdrawals": {Role.HEALTH_AUTHORITY},
    "/clients": {Role.HEALTH_AUTHORITY},
    "/enter-client": {Role.HEALTH_AUTHORITY},
    "/token": {Role.HEALTH_AUTHORITY},
    "/requests": {Role.HEALTH_AUTHORITY, Role.CLINIC, Role.LABORATORY},
    "/issuance": {Role.HEALTH_AUTHORITY, Role.AUDITOR},
    "/counters": {Role.HEALTH_AUTHORITY, Role.AUDITOR},
    "/log": {Role.HEALTH_AUTHORITY, Role.AUDITOR},
    "/look": {Role.STAFF},
    "/paper": {Role.CLINIC, Role.HEALTH_AUTHORITY},
}
"""Whose each room is, by how its addresses begin."""
PEOPLE = [role for role in Role if role not in (Role.HOLDER, Role.ISSUER, Role.LOCAL_CODE, Role.CARRIER)]


@pytest.mark.parametrize("role", PEOPLE)
def test_an_official_enters_the_rooms_of_their_role_and_no_other(
    opened: tuple[Place, Installation], role: Role
) -> None:
    made, installation = opened
    engine, at, entered, shut = made.engine(), datetime.now(UTC), set(), 0
    with writing(engine) as connection:
        enter(connection, Account("somebody", role), "Somebody", at=at - timedelta(days=1))
    code = invitations.invite(engine, made.vault, "somebody", made_by="operator", at=at)
    engine.dispose()
    app = pages(installation, DESK)
    with TestClient(app, base_url=f"http://{DESK}") as browser:
        answer = browser.post("/en/invitation", data={"account": "somebody", "code": code})
        assert answer.url.path == "/en/passkeys"
        for method, path in routes(app):
            room = "/" + path.removeprefix("/en/").partition("/")[0]
            if not path.startswith("/en/") or room not in ROOMS:
                continue
            more: dict[str, Any] = {} if method == "GET" else {"data": {"nothing": "x"}}
            answer = browser.request(method, path, headers=HTML, follow_redirects=False, **more)
            if role in ROOMS[room]:
                assert "another role" not in answer.text, (method, path)
                entered.add(room)
            else:
                assert answer.status_code == 403, (method, path, answer.status_code)
                shut += 1
    assert entered == {room for room, roles in ROOMS.items() if role in roles}
    assert shut > 10


def test_a_holder_sees_themselves_and_their_wards(opened: tuple[Place, Installation]) -> None:
    made, installation = opened
    engine, vault, at = made.engine(), made.vault, datetime.now(UTC)
    with writing(engine) as connection:
        her, child = (
            people.find(connection, vault, Papers("UTO", zone.number))
            for zone in (traveller.PASSPORT, DAUGHTERS_PASSPORT)
        )
        assert her
        assert child
        asking.appoint(
            connection, child.subject_id, her.subject_id, "parent", at=int(at.timestamp()) - 60,
            until=int(at.timestamp()) + 3600,
        )  # fmt: skip
    shots = (
        bundle(traveller.PASSPORT.number, "Han", "Meimei"),
        bundle(DAUGHTERS_PASSPORT.number, "Han", DAUGHTERS_PASSPORT.given_icao.title()).replace(
            b"1990-05-08", b"2017-06-01"
        ),
    )
    for shot in shots:
        (report,) = intake.take_message(engine, vault, shot, source=SENDER, at=at)
        assert report.outcome == "taken", report
    officer = Account("officer", Role.ENROLMENT)
    code = clinic_code.make(engine, vault, officer, clinic_code.Kind.DESK, her.subject_id, at=at)
    with TestClient(pages(installation, TRAVELLERS), base_url=f"http://{TRAVELLERS}") as browser:
        form = {"number": traveller.PASSPORT.number, "code": code.text, "consent": CONSENT}
        came = browser.post("/en/paper-code", data=form)
        assert came.url.path.startswith("/en/certificate/"), came.text
        own = came.url.path.replace("certificate", "own")
        assert "Your child, until " in browser.get(own).text, "a parent, as an operator entered it"
        hers = set(re.findall(r'id="r-(\w+)"', browser.get("/en/records").text))
        assert browser.get(f"/en/records/{'a' * 32}/wrong").status_code == 404
        assert browser.post(f"{own}/ward", data={"person": "a" * 32}).status_code == 404
        ward = browser.post(f"{own}/ward", data={"person": child.subject_id})
        assert ward.url.path.startswith("/en/certificate/"), ward.text
        theirs = set(re.findall(r'id="r-(\w+)"', browser.get("/en/records").text))
        assert not hers & theirs
        for path in ("/en/records", "/en/looks", "/en/code"):
            assert "You act for " in browser.get(path).text
        for record in hers:
            assert browser.get(f"/en/records/{record}/wrong").status_code == 404
        with reading(engine) as connection:
            seen = {each.account_id for each in looks.of(connection, child.person_id)}
        assert seen == {holder_account(vault, her.subject_id).account_id}, (
            "nothing could be signed, and nobody else looked"
        )
        assert len(hers) == len(theirs) == 1
        assert her.subject_id not in " ".join(seen)
        with writing(engine) as connection:
            asking.dismiss(connection, child.subject_id, her.subject_id, at=int(at.timestamp()))
        assert browser.get("/en/records").status_code == 404
    engine.dispose()


def test_each_name_has_its_own_pages(opened: tuple[Place, Installation]) -> None:
    _, installation = opened
    with TestClient(installation, base_url="http://127.0.0.1") as client:
        asked = {name: client.get("/en/sign-in", headers={"host": name}) for name in (DESK, TRAVELLERS)}
        assert "Nobody signs in for somebody else" in asked[DESK].text
        assert "Nobody signs in for somebody else" not in asked[TRAVELLERS].text
        for name in (DESK, TRAVELLERS):
            assert client.get("/v1/keys", headers={"host": name}).status_code == 404
            assert client.get("/health/live", headers={"host": name}).status_code == 404
        assert client.get("/health/live").json() == {"live": True}
        assert client.get("/en/review").status_code == 404
        for name in ("", "evil.example", "desk.localhost.evil.example", "["):
            assert client.get("/en", headers={"host": name}).json()["code"] == "OTHER_SITE"


def test_what_is_over_goes_though_nobody_comes_after_it(
    opened: tuple[Place, Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody broke off before the camera, and somebody else left a certificate open: a quiet night follows."""
    installation = opened[1]
    enrolments, visits, at = (
        installation.equipment.enrolments,
        installation.equipment.visits,
        installation.house.clock(),
    )
    later = msgspec.structs.replace(installation.house, clock=lambda: at + timedelta(minutes=16))
    monkeypatch.setattr(installations, "FORGETS_EVERY", 0.01)

    def broken(_: datetime) -> None:
        raise RuntimeError("a fault of ours, which keeps nothing else in memory")

    async def night() -> tuple[int, int]:
        started = asyncio.Event()

        async def receive() -> dict[str, str]:
            if started.is_set():
                await asyncio.sleep(0.1)
                return {"type": "lifespan.shutdown"}
            return {"type": "lifespan.startup"}

        async def send(message: dict[str, str]) -> None:
            started.set()

        begun = await enrolments.begin(traveller.PASSPORT.number, device="d", network="n", at=at)
        assert isinstance(begun, Started)
        visits.add("left open", device="d", challenge=None, at=at)
        before = visits.forget(at=at)
        forgets = [broken, *installation.forgets]
        whole = Installation(later, ended_by_nobody(installation.equipment), {}, forgets)
        await whole({"type": "lifespan"}, receive, send)
        return before, len(visits._visits) + len(enrolments._sessions)

    before, left = asyncio.run(night())
    assert (before >= 1, left) == (True, 0)


def ended_by_nobody(equipment: Equipment) -> Equipment:
    """The same, whose matcher goes on for the tests that follow."""
    return msgspec.structs.replace(equipment, closing=())


def test_one_count_of_objections_under_every_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, at = place(tmp_path, face="off"), datetime.now(UTC).replace(microsecond=0)
    events = signed(clear.under_notice(at), *ruling.NAMES)
    clear.release(tmp_path / "bundle", at=at - timedelta(hours=1), policies={"events": events})
    monkeypatch.setattr(objecting, "OF_ONE_NETWORK", 1)
    objection, form = {"statement": "A thousand is too few."}, "/en/transparency/object/events"
    with TestClient(installed(made.config, tmp_path), base_url="http://127.0.0.1") as client:
        assert client.post(form, data=objection, follow_redirects=False).status_code == 303
        again = client.post(form, data=objection, headers={"host": TRAVELLERS}, follow_redirects=False)
    assert again.status_code == 422, "the same network, under another name"


# --- the story


def free() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def serving(made: Place) -> Iterator[str]:
    log = made.folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.served"], cwd=made.folder, stdout=stream, stderr=stream,
            env=environment(),
        )  # fmt: skip
        address = f"http://127.0.0.1:{made.port}"
        try:
            for _ in range(300):
                assert process.poll() is None, log.read_text("utf-8")
                try:
                    if httpx.get(f"{address}/health/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def browser(address: str, name: str, port: int) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"host": f"{name}:{port}"}, follow_redirects=True, timeout=30)


def token(made: Place, address: str) -> dict[str, str]:
    now = int(time.time())
    stated = {
        "iss": LAB.facility_id, "sub": LAB.facility_id, "aud": f"{address}/v1/token", "iat": now, "exp": now + 200,
        "jti": secrets.token_hex(8),
    }  # fmt: skip
    signed = jwt.encode({"alg": "ES384", "kid": made.key.kid}, stated, made.key, ["ES384"])
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": signed}
    answer = httpx.post(f"{address}/v1/token", data=form)
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def swab(result: str) -> dict[str, Any]:
    """A molecular test of yesterday, as FHIR has it."""
    whole: Any = traveller.bundle(datetime.now(UTC), [f"urn:{number}" for number in range(traveller.RECORDS)])
    resources = [each["resource"] for each in whole["entry"]]
    (found,) = [each for each in resources if each.get("code", {}).get("coding", [{}])[0].get("code") == "94500-6"]
    return found | {
        "identifier": [{"system": "https://lab.example", "value": "S-1"}],
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": result}]},
    }


POSITIVE, NEGATIVE = "260373001", "260415000"


def sign_up(client: httpx.Client) -> str:
    """From consent to the certificate's page, by passport and face: its address."""
    assert client.post("/en/consent", data={"consent": CONSENT}).status_code == 200
    form = {"consent": CONSENT, "number": "", "zone": write(traveller.PASSPORT)}
    begun = client.post("/en/passport", data=form, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    address = begun.headers["location"]
    told = client.post(f"{address}/begin").json()
    for number in range(40):
        if told["next"] or told["over"]:
            break
        picture = scripted.moved(scripted.Step(told["say"]))
        headers = {"content-type": "image/jpeg", "x-frame": str(number)}
        told = client.post(f"{address}/frames", content=picture, headers=headers).json()
    assert "/certificate/" in str(told["next"]), told
    return str(told["next"])


def scan_of(page: str) -> str:
    found = re.search(r'data-scan="(HC1:[^"]+)"', page)
    assert found, page
    return found[1].replace("&#43;", "+").replace("&amp;", "&")


def official(made: Place, client: httpx.Client, account: str) -> None:
    """Come with an invitation, make a passkey, and sign in by it."""
    code = made.done("accounts", "invite", account, "--account", "anne").split()[0]
    answer = client.post("/en/invitation", data={"account": account, "code": code})
    assert answer.url.path == "/en/passkeys", answer.text
    device = Authenticator(made.origin(DESK))
    begun = client.post("/en/passkeys/begin", json={}).json()
    sent = sends(begun["ceremony"], device.make(begun["options"]), "work")
    assert client.post("/en/passkeys/finish", content=sent).json() == {"next": "/en/passkeys"}
    client.post("/en/sign-out")
    begun = client.post("/en/sign-in/begin", json={}).json()
    answer = client.post("/en/sign-in/finish", content=sends(begun["ceremony"], device.use(begun["options"])))
    assert answer.json() == {"next": "/en"}


def at_the_border(made: Place, scan: str) -> Any:
    """What a border says that has this country's release, with the list of withdrawals of this moment."""
    made.done("revoke", "list", "withdrawn.bin", "--database", made.config.database_url)
    bundle = load(made.folder / "bundle", at=datetime.now(UTC))
    known = msgspec.structs.replace(bundle, revocation=from_bytes((made.folder / "withdrawn.bin").read_bytes()))
    at = datetime.now(UTC) + timedelta(seconds=1)
    journey = Journey.entering(PORTS["XBHAV"], at)
    return answer([scan], bundle=known, at=at, document=traveller.PASSPORT, journey=journey)


class Story:
    """A traveller's and an official's browsers before one installation."""

    def __init__(self, made: Place, address: str) -> None:
        self.made = made
        self.address = address
        self.hers = browser(address, TRAVELLERS, made.port)
        self.desk = browser(address, DESK, made.port)

    def __enter__(self) -> "Story":
        return self

    def __exit__(self, *_: object) -> None:
        self.hers.close()
        self.desk.close()

    def a_laboratory_sends(self) -> None:
        patient = traveller.PATIENT | {
            "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": traveller.PASSPORT.number}]
        }
        entries = [{"resource": each} for each in (patient, swab(POSITIVE))]
        body = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        headers = token(self.made, self.address) | {"content-type": "application/fhir+json"}
        sent = httpx.post(f"{self.address}/v1/records", json=body, headers=headers)
        assert (sent.status_code, sent.json()["taken"]) == (200, 1), sent.text

    def she_signs_up(self) -> str:
        self.mine = sign_up(self.hers)
        scan = scan_of(self.hers.get(self.mine).text)
        told = at_the_border(self.made, scan)
        assert (told.authentic, told.verifications[0].reasons) == (True, ())
        return scan

    def she_looks_and_disputes(self) -> None:
        kept = self.hers.get("/en/records").text
        record = re.search(r'id="r-(\w+)"', kept)
        assert record, kept
        assert 'class="colour red"' in self.hers.get("/en/code").text
        looks = self.hers.get("/en/looks")
        assert looks.status_code == 200
        assert "issuing-program" in looks.text
        wrong = f"/en/records/{record[1]}/wrong"
        said = self.hers.post(wrong, data={"statement": "The letter says negative.", "none": "1"})
        assert "Received. Answer by" in said.text, said.text

    def the_desk_corrects(self) -> None:
        desk = self.desk
        official(self.made, desk, "wang-li")
        assert "/en/disputes" in desk.get("/en").text
        case = re.search(r"/en/disputes/(\w+)", desk.get("/en/disputes").text)
        assert case
        page = desk.get(case[0]).text
        assert "The letter says negative." in page
        assert "Old ones that then say replaced: 1." in page
        form = {"decision": "correct", "ground": "wrong_result"}
        right = {"file": ("right.json", msgspec.json.encode(swab(NEGATIVE)))}
        assert desk.post(case[0], data=form | {"ground": ""}, files=right).status_code == 422
        assert desk.post(case[0], data=form).status_code == 422
        assert desk.post(case[0], data=form, files={"file": ("right.json", b"{")}).status_code == 422
        decided = desk.post(case[0], data=form, files=right)
        assert (decided.status_code, decided.url.path) == (200, "/en/disputes"), decided.text
        assert "Nothing waits." in decided.text
        assert desk.get(case[0]).status_code == 404

    def she_sees_what_became_of_it(self) -> str:
        """The address of her status on the shelf."""
        assert "Replaced by a corrected record." in self.hers.get("/en/records").text
        assert "wang-li" in self.hers.get("/en/looks").text
        code = self.hers.get("/en/code").text
        assert 'class="colour red"' not in code
        assert re.search(r'class="colour (green|yellow|unknown)"', code)
        there = re.search(r"/en/wallet#([\w-]{43})", self.hers.get("/en/code/show").text)
        assert there
        status = self.hers.get(f"/status/{there[1]}")
        assert (status.status_code, status.json()["scan"][:4]) == (200, "HC1:")
        return there[1]

    def another_browser_is_a_stranger(self) -> str:
        """Until she signs up there as well: her certificate of now."""
        with browser(self.address, TRAVELLERS, self.made.port) as stranger:
            for path in ("/en/records", "/en/looks", "/en/code", self.mine):
                assert stranger.get(path).status_code == 404
            return scan_of(stranger.get(sign_up(stranger)).text)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of each kind; on PostgreSQL every connection has the one role of what it does."""
    if request.param == "sqlite":
        yield "sqlite:///records.db"
        return
    with databases.server() as server:
        databases.make_template(server)
        with databases.copy(server) as made:
            yield made


@pytest.mark.enable_socket
def test_a_record_its_dispute_and_what_became_of_the_certificate(tmp_path: Path, url: str) -> None:
    made = place(tmp_path, port=free(), url=url)
    for account, office in (("anne", "north"), ("bo", "south"), ("wang-li", "west")):
        told = ("--role", "health_authority", "--name", account, "--office", office)
        made.done("accounts", "add", account, *told, "--account", "anne", "--second", "bo")
    with serving(made) as address, Story(made, address) as story:
        story.a_laboratory_sends()
        time.sleep(1.1)  # whoever came in within the second of a record gets another certificate the next time
        first = story.she_signs_up()
        story.she_looks_and_disputes()
        story.the_desk_corrects()
        told = at_the_border(made, first)
        assert told.authentic is False
        assert Reason.REPLACED in told.verifications[0].reasons
        secret = story.she_sees_what_became_of_it()
        assert at_the_border(made, story.another_browser_is_a_stranger()).authentic is True
    log = (made.folder / "log").read_text("utf-8")
    for word in ("Meimei", traveller.PASSPORT.number, secret, "wang-li"):
        assert word not in log
