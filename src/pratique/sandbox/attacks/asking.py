"""Attacks by those who ask: for others' certificates and records, with others' passports, in others' names."""

import asyncio
import datetime
import gc
import logging
import re
import statistics
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any

from sqlalchemy import inspect, text

import pratique
from pratique.authority.access import (
    MAY,
    Account,
    Item,
    Purpose,
    Role,
    deciding,
    enter,
    look,
    permissions,
    who_looked,
)  # fmt: skip
from pratique.authority.access.roles import PEOPLE_AN_HOUR, Act
from pratique.authority.identity import proxies
from pratique.authority.identity.answers import Gone, NotConfirmed, Started
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.issuance.certificates import certificate_of_person
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import rights
from pratique.authority.store import locks, people, reading, writing
from pratique.authority.store.people import Newcomer, Papers
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.yard import (
    ANNE,
    BO,
    CARRIER,
    DAY,
    GATE,
    HOLDER,
    LILEI,
    MEIMEI,
    STRANGER,
    Town,
    Yard,
    enrolments,
    send,
)  # fmt: skip
from pratique.verification import verify
from pratique.web import problems
from pratique.web.api.routes import ROUTES
from pratique.web.ministry import CONSENT

SECRETS = ("XA1234567", "XA7654321", "Meimei", "Leilei", "MEIMEI", "LEILEI", "韩", "梅梅", "1990-05-08", "1992-02-14")
"""What tells who somebody is."""
_RANDOM = re.compile(r"[0-9a-f]{32}|[2-9A-Z]{4}-[2-9A-Z]{4}|[A-Za-z0-9_-]{43,}|XA\d{7}")


@tries(
    "REQ 3.1", "REQ 3.2", "PR-8", "REQ 17.1", what="a known passport and an unknown one, with nothing but the numbers"
)
def known_and_unknown_passports(yard: Yard) -> str:
    town = yard.town()
    bodies: dict[str, list[tuple[int, str]]] = {}
    times: dict[str, list[float]] = {MEIMEI.number: [], STRANGER: []}
    for number, taken in times.items():
        with town.api(enrolments=enrolments(seed=7)) as api:
            told = bodies.setdefault(number, [])
            for _ in range(5):
                began = time.perf_counter()
                sent = {"document": number, "device": "d" * 16, "consent": CONSENT, "language": "en"}
                answer = api.client.post("/v1/enrolments", json=sent)
                taken.append(time.perf_counter() - began)
                told.append((answer.status_code, _RANDOM.sub("X", answer.text)))
            session = answer.json().get("session", "f" * 32)
            for path in (f"/v1/enrolments/{session}/finish", f"/v1/enrolments/{session}/challenge"):
                answer = api.client.post(path, json={})
                told.append((answer.status_code, _RANDOM.sub("X", answer.text)))
            for route in ("/v1/people/me/records", "/v1/people/me/certificates", f"/v1/people/{number}/records"):
                answer = api.client.get(route, params={"document": number, "name": "Han Meimei", "born": "1990-05-08"})
                told.append((answer.status_code, _RANDOM.sub("X", answer.text)))
    expect(bodies[MEIMEI.number] == bodies[STRANGER], "the answers differ")
    expect(bodies[STRANGER][0][0] == 201, "no sign-up began")
    apart = abs(statistics.median(times[MEIMEI.number]) - statistics.median(times[STRANGER]))
    expect(apart < 0.03, f"the times differ by {apart * 1000:.0f} ms")
    leaks = [each for each in SECRETS for _, body in bodies[MEIMEI.number] if each in body]
    expect(not leaks, "an answer tells who somebody is")
    return f"{len(bodies[STRANGER])} answers the same; medians {apart * 1000:.1f} ms apart"


@tries("REQ 3.3", what="the same passport, device and network again and again; then its holder comes in")
def again_and_again(yard: Yard) -> str:
    limits = Limits(attempts=Allowance(3, 5, 7), challenges=Allowance(4, 6, 9))

    async def tried(documents: list[str], devices: list[str], networks: list[str]) -> int:
        house, count = enrolments(limits=limits), 0
        for number, (document, device, network) in enumerate(zip(documents, devices, networks, strict=True)):
            begun = await house.begin(document, device=device, network=network, at=AT + timedelta(seconds=number))
            count += isinstance(begun, Started)
        return count

    many = [f"XA{number:07}" for number in range(30)]
    for what, most, found in (
        ("document", 4, asyncio.run(tried([STRANGER] * 30, many, many))),
        ("device", 6, asyncio.run(tried(many, ["one"] * 30, many))),
        ("network", 9, asyncio.run(tried(many, many, ["one"] * 30))),
    ):
        expect(found == most, f"{found} challenges by {what}, and {most} are allowed")
    told = locked_out(yard.town(), limits)
    return f"4 by document, 6 by device, 9 by network, as the limits say; then only a desk code, and {told}"


def locked_out(town: Town, limits: Limits) -> str:
    """Use up the attempts of Han Meimei's passport and of one that nobody has; who is told of it."""
    house = enrolments(limits=limits, locked=partial(locks.note, town.engine, town.vault))

    async def spent(number: str) -> list[int]:
        left = []
        for attempt in range(limits.attempts.document):
            place = f"{number}-{attempt}"
            begun = await house.begin(number, device=place, network=place, at=AT)
            ended = await house.finish(begun.session, at=AT) if isinstance(begun, Started) else begun
            left += [ended.tries_left] if isinstance(ended, NotConfirmed) else []
        return left

    answers = [asyncio.run(spent(number)) for number in (MEIMEI.number, STRANGER)]
    expect(answers == [[2, 1, 0]] * 2, f"the known and the unknown passport are answered by {answers}")
    with reading(town.engine) as connection:
        rows = connection.execute(text("SELECT number_hash, day, moment FROM locked_number")).all()
    expect(len(rows) == 2 and len({row[1:] for row in rows}) == 1, f"{len(rows)} rows tell one of them from the other")
    with town.api() as api:
        found = [
            api.client.get("/v1/people/me/looks", headers=api.bearer(Role.HOLDER, who)).json()["locked"]
            for who in (MEIMEI, LILEI)
        ]
    expect([len(each) for each in found] == [1, 0], f"her notices and his are {found}")
    return "its holder alone is told when"


@tries("REQ 3.4", what="people who are special: the code is searched for lists of them")
def special_people(yard: Yard) -> str:
    del yard
    word = re.compile(
        r"\b(vip|blocklist|block_list|allow_?list_of_people|president|minister_of|celebrit)", re.IGNORECASE
    )
    here = Path(pratique.__file__).parent
    files = [path for path in here.rglob("*.py") if "attacks" not in path.relative_to(here).parts]
    found = [str(path.relative_to(here)) for path in files if word.search(path.read_text("utf-8"))]
    expect(files and not found, f"in {', '.join(found)}")
    return f"{len(files)} files, and no list of persons in any"


@tries("REQ 27.1", "PR-8", what="every object of somebody else, on every route, and ids that are guessed")
def others_things(yard: Yard) -> str:
    town = yard.town()
    made = town.certified()
    hers = town.known()
    record = town.records()[0].record_id
    tried = 0
    with town.api() as api:
        his = api.bearer(Role.HOLDER, LILEI)
        for route, who in ROUTES.items():
            if not isinstance(who, frozenset) or Role.HOLDER not in who or "{" not in route:
                continue
            method, _, path = route.partition(" ")
            filled = path.replace("{record_id}", record).replace("{certificate_id}", made.certificate_id)
            for person in ("me", hers.subject_id, hers.person_id, "0" * 32, "1"):
                if person == "me" and filled == path:
                    continue  # his own
                answer = api.client.request(
                    method, filled.replace("{person}", person), headers=his,
                    json={"statement": "Not mine."} if method == "POST" else None,
                )  # fmt: skip
                tried += 1
                expect(answer.status_code in (400, 404), f"{route} for {person[:4]} answered {answer.status_code}")
                expect(not any(each in answer.text for each in SECRETS), f"{route} tells of somebody")
        own = api.client.get(f"/v1/people/me/records/{record}", headers=api.bearer(Role.HOLDER))
        expect(own.status_code == 200, "her own is not there")
    his_own = town.own(LILEI)
    with refused(Reason.ACCESS_ROLE, by=AccessRefused), reading(town.engine) as connection:
        rights.export(connection, town.vault, his_own, hers)
    ids = [made.certificate_id, record, hers.subject_id, hers.person_id]
    expect(all(re.fullmatch("[0-9a-f]{32}", each) for each in ids), "an id can be guessed")
    return f"{tried} requests: 404; ids have 128 bits"


@tries("REQ 27.2", "PR-9", what="a copy of the database, and of either half of it")
def stolen_database(yard: Yard) -> str:
    town = yard.town()
    town.certified()
    with town.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    files = list(town.folder.glob("records.db*"))
    content = b"".join(path.read_bytes() for path in files)
    found = [each for each in SECRETS if each.encode() in content]
    expect(not found, f"{len(found)} of {len(SECRETS)} stand in the file")
    known = town.known()
    identity, medical = set(), set()
    with reading(town.engine) as connection:
        for table in inspect(town.engine).get_table_names():
            rows = [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
            if any(known.subject_id in row for row in rows):
                identity.add(table)
            if any(known.person_id in row for row in rows):
                medical.add(table)
    expect("person" in identity and "record" in medical, "the halves are not where they were")
    both = identity & medical
    expect(not both, f"{', '.join(sorted(both))} joins the halves")
    return (
        f"nothing of {len(SECRETS)} names, numbers and dates in {len(content) // 1024} kB; no table joins both halves"
    )


@tries("REQ 27.4", "GV-6", what="looks without a purpose, in bulk, by roles that may not, and hidden from the holder")
def looks(yard: Yard) -> str:
    town = yard.town()
    person = town.known().person_id
    tried = 0
    for role in Role:
        account = Account(f"any-{role}", role)
        for purpose in Purpose:
            for item in Item:
                if item in MAY.get(role, {}).get(purpose, frozenset()):
                    continue
                with refused(Reason.ACCESS_ROLE, by=AccessRefused):
                    look(town.engine, account, person, purpose, frozenset({item}), at=AT)
                tried += 1
    most = PEOPLE_AN_HOUR[Role.HEALTH_AUTHORITY]
    items = frozenset({Item.RECORDS})
    for number in range(most):
        look(town.engine, BO, f"{number:032x}", Purpose.CORRECTION, items, at=AT)
    with refused(Reason.ACCESS_TOO_MANY, by=AccessRefused):
        look(town.engine, BO, "f" * 32, Purpose.CORRECTION, items, at=AT)
    town.desk()
    with reading(town.engine) as connection:
        seen = {each.account_id for each in who_looked(connection, town.own())}
    expect(ANNE.account_id in seen, "the holder does not see who looked")
    for role in (Role.CARRIER, Role.LOCAL_CODE, Role.AUDITOR, Role.HOLDER):
        for act in (Act.WITHDRAW, Act.BELIEVE, Act.ONBOARD, Act.SUSPEND):
            with refused(Reason.ACCESS_ROLE, by=AccessRefused):
                deciding.may(Account(f"any-{role}", role), act)
    return (
        f"{tried} looks: ACCESS_ROLE; the {most + 1}st person in an hour: ACCESS_TOO_MANY; the holder sees who looked"
    )


_SHOWS = permissions.Whose("MH", "05-08")


@tries("EQ-5", "PR-5", what="a guard who looks somebody up without their word, with a used one, and a minute too late")
def guard_without_a_word(yard: Yard) -> str:
    town = yard.town()
    for item in Item:
        with refused(Reason.ACCESS_ROLE, by=AccessRefused):
            look(town.engine, GATE, town.known().person_id, Purpose.SHOWN, frozenset({item}), at=AT)
    with refused(Reason.ACCESS_PERMISSION, by=AccessRefused):
        permissions.redeem(town.engine, town.vault, GATE, "0000-0000-0000", at=AT)
    word = permissions.permit(town.engine, town.vault, town.own(), _SHOWS, at=AT)
    with refused(by=AccessRefused):
        permissions.redeem(town.engine, town.vault, CARRIER, word, at=AT)
    seen, _ = permissions.redeem(town.engine, town.vault, GATE, word, at=AT)
    expect(seen.items <= {Item.STATUS, Item.IDENTITY}, f"the guard sees {', '.join(sorted(seen.items))}")
    with refused(Reason.ACCESS_PERMISSION, by=AccessRefused):
        permissions.redeem(town.engine, town.vault, GATE, word, at=AT)
    late = permissions.permit(town.engine, town.vault, town.own(), _SHOWS, at=AT)
    with refused(Reason.ACCESS_PERMISSION, by=AccessRefused):
        permissions.redeem(town.engine, town.vault, GATE, late, at=AT + timedelta(minutes=6))
    return f"ACCESS_ROLE, ACCESS_PERMISSION; with the holder's word, once: {', '.join(sorted(seen.items))}"


@tries("EQ-6", "REQ 28.2", what="somebody with a foreign passport, no national number and no telephone")
def foreign_passport(yard: Yard) -> str:
    town = yard.town()
    papers = Papers("XXB", "B12345678")
    officers = Account("li-na", Role.ENROLMENT), Account("wang-lei", Role.ENROLMENT)
    with writing(town.engine) as connection:
        for each in officers:
            enter(connection, each, each.account_id, at=AT - DAY)
        made = Newcomer(papers, name("García", "José"), PartialDate(1985, 7, None))
        known = people.enter(connection, town.vault, [made], at=int(AT.timestamp()))[papers]
    columns = {column["name"] for table in ("person", "document") for column in inspect(town.engine).get_columns(table)}
    expect(not {"phone", "telephone", "mobile", "email", "national_id"} & columns, "an account hangs on a telephone")
    send(town, papers, "García", "José", "1985-07")
    allowed = look(town.engine, HOLDER, known.person_id, Purpose.OWN, frozenset(Item) - {Item.PORTRAIT}, at=AT)

    issued = certificate_of_person(town.office, allowed, wanted=Wanted(papers=papers), at=AT)
    told = verify(issued.scan, trust_list=town.trust, at=AT)
    born = told.holder.birth_date if told.holder else None
    expect(told.authentic is True and str(born) == "1985-07", f"not certified as it is: {told.authentic} {born}")
    return "entered, recorded and certified, with the month of birth that is known and no day"


@tries("EQ-7", what="a guardian for ever, of an adult, by one officer, and one who was dismissed")
def guardians(yard: Yard) -> str:
    town = yard.town()
    ward, guardian = town.known(LILEI).subject_id, town.known().subject_id
    child = PartialDate(2017, 6, 1)
    until = proxies.may_last_until(proxies.Ground.CHILD, child, None, at=AT)
    expect(until.date() <= datetime.date(2035, 6, 1), "beyond the eighteenth birthday")
    for born in (PartialDate(1990, 1, 1), None):
        with refused(by=ValueError):
            proxies.may_last_until(proxies.Ground.CHILD, born, None, at=AT)
    expect(proxies.act_for(town.engine, town.vault, guardian, ward, at=AT) is None, "anybody acts for him")
    carer = proxies.may_last_until(proxies.Ground.CARER, None, None, at=AT)
    with writing(town.engine) as connection:
        proxies.delegate(connection, ward, guardian, proxies.Ground.CARER, at=AT, until=carer)
    expect(proxies.act_for(town.engine, town.vault, guardian, ward, at=AT) is not None, "the guardian may not")
    expect(proxies.act_for(town.engine, town.vault, guardian, ward, at=carer) is None, "it does not end")
    (told,) = proxies.guardians(town.engine, town.vault, ward, at=AT)
    expect(told.until == carer, "the ward does not see it")
    proxies.revoke(town.engine, ward, guardian, at=AT + timedelta(minutes=1))
    after = proxies.act_for(town.engine, town.vault, guardian, ward, at=AT + timedelta(minutes=2))
    expect(after is None, "it cannot be ended")
    return "a child's ends with eighteen, a carer's in a year, and each at once when it is wanted"


@tries("PR-10", "REQ 27.3", what="frames of a camera, after a sign-up that was broken off and one that ended at a desk")
def frames_afterwards(yard: Yard) -> str:
    town = yard.town()
    picture = b"\xff\xd8\xff\xe0" + b"a face that nobody keeps " * 40

    async def played() -> list[Any]:
        house = enrolments()
        begun = await house.begin(MEIMEI.number, device="d", network="n", at=AT)
        expect(isinstance(begun, Started), "it did not begin")
        if not isinstance(begun, Started):
            return []
        nonce = begun.challenge.nonce
        await house.frame(begun.session, picture, nonce=nonce, number=0, at=AT)
        while_it_lasts = holding(house, picture), holding(house, begun.session)
        ended = await house.finish(begun.session, at=AT + timedelta(seconds=5))
        house.forget(at=AT + timedelta(hours=1))
        again = await house.finish(begun.session, at=AT + timedelta(hours=1))
        return [ended, again, while_it_lasts, house, begun.session]

    ended, again, while_it_lasts, house, session = asyncio.run(played())
    expect(isinstance(ended, NotConfirmed), "a face that nobody saw is somebody's")
    expect(isinstance(again, Gone), "the session is still there")
    expect(while_it_lasts == (False, True), "a frame is kept beyond the look at it, or no session is")
    expect(not holding(house, session), "the session is still in memory")
    expect(house.forget(at=AT + 30 * DAY) == 0, "its case is still at the desk after a month")
    tables = inspect(town.engine)
    words = {f"{table}.{column['name']}" for table in tables.get_table_names() for column in tables.get_columns(table)}
    kept = [each for each in words if re.search(r"template|embedding|frame|face", each.partition(".")[2])]
    expect(not kept, f"there is {', '.join(kept)}")
    data = b"".join(path.read_bytes() for path in town.folder.glob("records.db*"))
    expect(b"a face that nobody keeps" not in data, "the picture is in the database")
    return "looked at and let go of, its session gone after an hour; no table has a place for a face"


def holding(thing: object, part: object) -> bool:
    """Whether something that equals `part` is reached from `thing`, however deep inside of it."""
    waiting, seen = [thing], set[int]()
    while waiting:
        each = waiting.pop()
        if type(each) is type(part) and each == part:
            return True
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType | FrameType):
            seen.add(id(each))
            waiting += gc.get_referents(each)
    return False


@tries("REQ 32.1", "PR-2", what="requests that are wrong in every way, and what is logged and told of them")
def errors_and_logs(yard: Yard) -> str:
    town = yard.town()
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name.split(".")[0] not in ("httpx", "httpcore", "asyncio"):  # the asker's own
                lines.append(self.format(record))

    handler = Kept()
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    name_ = "Han Meimei XA1234567 1990-05-08"
    try:
        with town.api(enrolments=enrolments()) as api:
            senders = api.bearer(Role.CLINIC)
            wrong: list[Any] = [
                api.client.post("/v1/verify", json={"scans": [name_]}),
                api.client.post("/v1/verify", content=b"{" + name_.encode()),
                api.client.post("/v1/verify", content=b"[" * 100_000),
                api.client.post("/v1/records", content=name_.encode(), headers=senders),
                api.client.post("/v1/records", json={"resourceType": name_}, headers=senders),
                api.client.get(f"/v1/people/{name_}/records", headers=api.bearer(Role.HOLDER)),
                api.client.post("/v1/enrolments", json={"document": name_, "device": name_}),
                api.client.get(f"/{name_}"),
                api.client.post("/v1/token", data={"client_assertion": name_}),
                api.client.post("/en/support", data={"topic": name_, "message": ""}),
            ]
            told = [(each.status_code, each.text) for each in wrong]
        try:
            raise RuntimeError(name_)
        except RuntimeError as fault:
            problems.note(fault)  # what a handler does that broke over what somebody typed
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
    for number, (status, body) in enumerate(told[1:], 1):
        expect(status >= 400, f"request {number} is answered by {status}")
        expect(not any(each in body for each in ("Meimei", "XA1234567", "1990-05-08")), f"answer {number} repeats it")
    documents = [each.json() for each in wrong[1:] if "problem+json" in each.headers.get("content-type", "")]
    expect(documents and all(each["code"] and each["title"] and each["detail"] for each in documents), "without a code")
    logged = [line for line in lines if any(each in line for each in ("Meimei", "XA1234567", "1990-05-08"))]
    expect(lines and "RuntimeError" in lines[-1], "a fault of ours is not told of")
    expect(not logged, f"{len(logged)} lines of the log have personal data")
    return (
        f"{len(told)} answers of 400 and more with code, sentence and next step; no name in {len(lines)} lines of log"
    )


@tries("REQ 10.2", what="bodies beyond what the API takes")
def large_bodies(yard: Yard) -> str:
    town = yard.town()
    with town.api() as api:
        for path, size in (("/v1/verify", 40_000_000), ("/v1/records", 200_000_000)):
            headers = api.bearer(Role.CLINIC) | {"content-type": "application/json"}

            def endless(size: int = size) -> Any:
                for _ in range(size // 1_000_000):
                    yield b"a" * 1_000_000

            answer = api.client.post(path, content=endless(), headers=headers)
            expect(answer.status_code in (413, 400), f"{path} answered {answer.status_code}")
        many = api.client.post("/v1/verify", json={"scans": ["HC1:X"] * 10_000})
        expect(many.status_code in (400, 413, 422), f"ten thousand scans: {many.status_code}")
    return "40 MB, 200 MB and ten thousand scans are refused"
