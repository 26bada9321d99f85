"""Attacks on what is shown, on who asks for it, and on what works when the servers do not."""

import asyncio
import json
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from sqlalchemy import func, select

from pratique.authority.access import Role
from pratique.authority.access.clients import read_keys
from pratique.authority.records import queued
from pratique.authority.records.queued import Item
from pratique.authority.records.sources import Source
from pratique.authority.store import clients, reading, writing
from pratique.authority.store.tables import record
from pratique.issuing import issue
from pratique.model.dates import format_instant
from pratique.model.status import StatusWord
from pratique.passes import MOST_DAYS, SLOT, Slot, begins, day_passes, statuses
from pratique.rules.agreement import asymmetries, parse_agreements
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT, dcc
from pratique.sandbox.attacks.forging import hcert as certificate
from pratique.sandbox.attacks.policing import CROWD, MEI, new_keys
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import AUTHORITY, CARRIER, CLINIC, DAY, HOST, TESTS, Yard
from pratique.texts import LANGUAGES
from pratique.verification import verify
from pratique.web import doors, wallet
from pratique.web.display import LATEST, STATUS, Admission, Display, Shelf, new_address
from pratique.web.wallet import WORDS

WEEK = 7 * DAY


# what is shown


@tries("REQ 17.1", "REQ 30.1", what="the holder's pages searched for a verdict, and for somebody else's servers")
def holders_pages(yard: Yard) -> str:
    del yard
    seen = 0
    with TestClient(wallet.app(AUTHORITY, specimen=True), base_url=HOST) as browser:
        for language in LANGUAGES:
            for page in ("wallet", "about"):
                answer = browser.get(f"/{language}/{page}")
                expect(answer.status_code == 200, f"{page} is not there")
                policy = answer.headers["content-security-policy"]
                expect("connect-src 'self'" in policy or "connect-src" not in policy, "it asks other servers")
                expect("http:" not in policy and "https:" not in policy, "it loads from elsewhere")
                for word in ("✓", "✔", "✅", "VALID", "Verified", "Genuine"):
                    expect(word not in answer.text, f"a holder's page says {word}")
                seen += 1
        worker = browser.get("/worker.js")
        expect(worker.status_code == 200 and "https://" not in worker.text, "the worker asks elsewhere")
    expect(set(WORDS) == {"green", "yellow", "red", "unknown", "admitted", "not_admitted"}, "there are other words")
    return f"{seen} pages: data, a code and a word of the issuer's; nothing from elsewhere; kept without a network"


@tries("REQ 18.2", what="an online check by whoever says that it is an airline")
def who_asks_online(yard: Yard) -> str:
    town = yard.town()
    key, stranger = (ECKey.generate_key("P-384", {"kid": CARRIER.account_id}) for _ in range(2))
    with writing(town.engine) as connection:
        keys = read_keys(json.dumps({"keys": [key.as_dict(private=False)]}))
        clients.enter(connection, CARRIER.account_id, keys, None, at=int(AT.timestamp()) - 86400)
    now, subject = int(AT.timestamp()), "b" * 32

    def token(signer: ECKey, **more: Any) -> str:
        claims = {
            "iss": CARRIER.account_id, "sub": subject, "aud": f"https://pratique.example/v1/booking/initialize/{subject}",
            "iat": now, "exp": now + 240, "jti": "c" * 16, "t": 0, "v": "1.0",
        } | more  # fmt: skip
        return jwt.encode({"alg": "ES384", "kid": signer.kid, "typ": "JWT"}, claims, signer, ["ES384"])

    with town.api() as api:
        path = f"/v1/booking/initialize/{subject}"
        for what, bearer in (
            ("nobody", ""),
            ("a stranger's key", token(stranger)),
            ("another booking", token(key, sub="d" * 32)),
            ("another house", token(key, aud="https://evil.example")),
            ("yesterday", token(key, iat=now - 90_000, exp=now - 86_400)),
        ):
            headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
            answer = api.client.post(path, json={}, headers=headers)
            expect(answer.status_code == 401, f"{what}: {answer.status_code}")
        known = api.client.post(path, json={}, headers={"authorization": f"Bearer {token(key)}"})
        expect(known.status_code != 401, "the carrier itself is sent away")
        for headers in (api.bearer(Role.HOLDER), {}):
            answer = api.client.post("/v1/flights/check", json={}, headers=headers)
            expect(answer.status_code in (401, 403), f"flights: {answer.status_code}")
    return "five strangers: 401; the carrier with its own key, for its own booking, is let in"


@tries("REQ 27.5", what="every application asked where to report a weakness")
def where_to_report(yard: Yard) -> str:
    town = yard.town()
    apps = {
        "wallet": wallet.app(AUTHORITY, specimen=True),
        "doors": doors.app(AUTHORITY, specimen=True),
    }
    for word, app in apps.items():
        with TestClient(app, base_url=HOST) as browser:
            _reported(word, browser)
    with town.api() as api:
        _reported("api", api.client)
    return f"/.well-known/security.txt of {len(apps) + 1} applications names an address and a day"


def _reported(word: str, browser: Any) -> None:
    answer = browser.get("/.well-known/security.txt")
    expect(answer.status_code == 200, f"{word}: {answer.status_code}")
    expect(answer.headers["content-type"].startswith("text/plain"), f"{word}: no plain text")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines() if ": " in line and not line.startswith("#"))
    expect({"Contact", "Expires"} <= fields.keys(), f"{word}: {', '.join(fields)}")
    ends = datetime.fromisoformat(fields["Expires"])
    expect(
        timedelta(0) < ends - datetime.now(ends.tzinfo) < timedelta(days=366), f"{word}: it has ended, or never ends"
    )


@tries("RC-2", what="an agreement that gives more than it gets")
def one_sided_agreement(yard: Yard) -> str:
    del yard
    stated = {
        "identifier": "XA-XB", "title": {"en": "XA spares XB"}, "status": "in_force", "direction": "one_way",
        "parties": [{"kind": "state", "code": code_} for code_ in ("XA", "XB")], "claims": ["vaccination"],
        "instrument": "Fictional", "from": format_instant(AT - DAY), "lifts": "quarantine", "instead": {"kind": "free"},
    }  # fmt: skip
    both = stated | {"identifier": "XA-XB-2", "direction": "mutual"}
    (one_way,) = asymmetries(parse_agreements(json.dumps({"agreements": 1, "list": [stated]}).encode()), AT)
    expect((one_way.lifts_at, one_way.issuer) == ("XA", "XB"), "it is not told who gives")
    none = asymmetries(parse_agreements(json.dumps({"agreements": 1, "list": [both]}).encode()), AT)
    expect(not none, "a mutual one is called one-sided")
    with refused():
        parse_agreements(json.dumps({"agreements": 1, "list": [{**stated, "instrument": ""}]}).encode())
    return "XA spares holders of XB a quarantine without return: told; the mutual one is not"


# without servers


def _asked(app: Any, path: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], head, sent[1]["body"]


@tries("RS-1", "REQ 24.1", "RS-4", what="a week without any server, for those who show and those who check")
def week_without_servers(yard: Yard) -> str:
    slots = [Slot(day, new_keys(1)) for day in begins(AT, days=8)]
    made = day_passes(statuses(MEI, StatusWord.ADMITTED, slots, crowd=CROWD), signer=yard.signer, at=AT)
    for text, slot in zip(made, slots, strict=True):
        told = verify(text, trust_list=yard.trust, at=slot.begins + SLOT / 2)
        expect(told.authentic is True, f"a pass of {slot.begins:%d %B} is {told.authentic}")
    paper = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    fresh = certificate(yard.signer, dcc())
    for text in (paper, fresh):
        expect(verify(text, trust_list=yard.trust, at=AT + WEEK).authentic is True, "a certificate ends in a week")
    expect(MOST_DAYS >= 7, "passes are not handed out for a week")
    shelf = Shelf(yard.fresh())
    address = new_address()
    content = wallet.shown(paper, "green", signed=AT, until=AT + DAY)
    shelf.put(address, content, until=AT + DAY)
    status, head, body = _asked(Display(shelf, capacity=1e6, clock=AT.timestamp), f"{STATUS}{address}")
    expect(status == 200 and "stale-if-error" in head["cache-control"], "a cache may not keep it while we are down")
    expect("signed" in json.loads(body), "its age is not in it")
    late = _asked(Display(shelf, capacity=1e6, clock=(AT + 2 * DAY).timestamp), f"{STATUS}{address}")[0]
    expect(late == 404, "an old status is still given out")
    return f"{len(made)} passes, a certificate and paper hold for a week; a status is kept by caches, with its age"


@tries("RS-2", what="ten times the load, all at once")
def ten_times_the_load(yard: Yard) -> str:
    clock, shelf = [0.0], Shelf(yard.fresh())
    address = new_address()
    shelf.put(address, wallet.shown("HC1:X", "green", signed=AT, until=AT + DAY), until=AT + DAY)
    admission = Admission(100, clock=lambda: clock[0], random=Random(7))  # noqa: S311
    app = Display(shelf, capacity=100, clock=AT.timestamp, admission=admission)
    served, waits = 0, []
    for number in range(10_000):  # a thousand a second, for ten seconds
        clock[0] = number / 1000
        status, headers, _ = app.answer("GET", f"{STATUS}{address}", ())
        found = dict(headers)
        served += status == 200
        if status == 503:
            waits.append(int(found[b"retry-after"]))
    expect(900 <= served <= 1300, f"{served} of 10 000 were served, and 1 000 can be")
    expect(len(set(waits)) > 5 and max(waits) <= LATEST, "all come back at once")
    return f"{served} served at the measured pace; {len(waits)} told to come back in {min(waits)} to {max(waits)} s"


@tries("RS-3", what="samples taken without a network, a lost device, and a line that breaks off twice")
def samples_without_a_network(yard: Yard) -> str:
    town, folder, key = yard.town(), yard.fresh(), X25519PrivateKey.generate()
    source = Source(CLINIC.facility_id, CLINIC.name, "XA", "UTO", "administered", mapping=TESTS)
    row = "XA1234567,Han,Meimei,1990-05-08,Q-1,2026-11-23T08:30Z,negative"
    item = Item(source.source_id, "csv", f"document,family,given,born,id,sampled,result\n{row}".encode())
    path = queued.queue(folder, item, key.public_key(), at=AT)
    expect(b"Han" not in path.read_bytes() and b"XA1234567" not in path.read_bytes(), "a lost device tells of people")
    expect(queued.opened(path, X25519PrivateKey.generate()) is None, "another key opens it")
    kept = path.read_bytes()

    def count() -> int:
        with reading(town.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(record)).scalar_one())

    before = count()
    for _ in range(3):
        path.write_bytes(kept)  # the answer was lost, and the device sends it again
        list(queued.sync(town.engine, town.vault, folder, {source.source_id: source}, key, at=AT))
    expect(count() == before + 1, f"{count() - before} records of one sample")
    return "sealed on the device; sent three times, kept once"
