"""Attacks on whoever signs: requests of strangers, facilities that lie, stolen keys, and what has to be called back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pratique.authority.access import Role, invitations, passkeys
from pratique.authority.issuance import facilities, limits, log, proofs, requests
from pratique.authority.issuance.certificates import issue_for
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import people, reading, signing_log, writing
from pratique.authority.store.passkeys import Owner
from pratique.config import Config
from pratique.issuing import issue
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, FacilityRefused, IssueRefused, LogFault
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from pratique.sandbox import states
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT, MemorySigner, purposes
from pratique.sandbox.attacks.recalling import GREEN, said
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import (
    ANNE,
    BO,
    CLINIC,
    HOLDER,
    LAB,
    LILEI,
    MEIMEI,
    NURSE,
    PASSPHRASE,
    PROGRAM,
    REGISTER,
    Town,
    Yard,
    dose,
    sample,
)  # fmt: skip
from pratique.trust import Environment, TrustList
from pratique.verification import verify
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.routes import ROUTES, Open
from pratique.web.installation import installed

DESK = "desk.example"
_FILLED = {"{name}": "trust.json", "{number}": "1", "{person}": "me"}


def address(route: str) -> tuple[str, str]:
    """A route of the table with something in its places."""
    method, _, path = route.partition(" ")
    for part, value in _FILLED.items():
        path = path.replace(part, value)
    return method, "/".join("f" * 32 if step.startswith("{") else step for step in path.split("/"))


# who may cause a signature


@tries("REQ 1.1", what="every route of the API asked by nobody, by a wrong token, and by every other role")
def strangers_at_every_route(yard: Yard) -> str:
    town, asked = yard.town(), 0
    with town.api() as api:
        before = town.key.count
        for route, who in ROUTES.items():
            method, path = address(route)
            for headers in ({}, {"authorization": "Bearer nonsense"}, *(api.bearer(role) for role in Role)):
                if "authorization" in headers and who is not Open.ANYBODY and route.endswith("/certificates"):
                    continue  # the holder's own, of whom below
                body: Any = {"scans": ["HC1:X"]} if method == "POST" else None
                answer = api.client.request(method, path, json=body, headers=headers)
                asked += 1
                known = headers.get("authorization", "Bearer nonsense") != "Bearer nonsense"
                if who is not Open.ANYBODY and not known:
                    expect(answer.status_code in (401, 404), f"{route} answered {answer.status_code} to nobody")
                expect(answer.status_code < 500, f"{route} broke: {answer.status_code}")
        path = "/v1/people/me/certificates"
        for role in Role:
            if role is not Role.HOLDER:
                answer = api.client.post(path, json={}, headers=api.bearer(role))
                expect(answer.status_code == 403, f"{role} was not sent away: {answer.status_code}")
        expect(town.key.count == before, "the counter of the key moved")
        answer = api.client.post(path, json={}, headers=api.bearer(Role.HOLDER))
        expect((answer.status_code, town.key.count) == (201, before + 1), "the holder's own request was not signed")
    return f"{asked} requests, no signature; the holder's own is one"


_DESK_OPEN = {"sign-in", "begin", "invitation", "about", "screen", "security.txt"}
"""The ends of the addresses at which a desk answers anybody: who they are is asked there."""


@tries("REQ 1.1", "REQ 3.1", what="every page of travellers, the desk and doors asked by nobody")
def strangers_at_every_page(yard: Yard) -> str:
    town, asked = yard.town(), 0
    made = installed(_settings(town), yard.fresh(), trying=True)
    try:
        for name, room in made.rooms.items():
            if not name:
                continue  # the API, of which above
            with TestClient(room, base_url=f"https://{name}") as browser:
                for method, path in _addresses(room):
                    sent = {"document": MEIMEI.number, "family": "Han"} if method == "POST" else None
                    answer = browser.request(method, path, data=sent, follow_redirects=False)
                    asked += 1
                    expect(answer.status_code < 500, f"{method} {path} broke: {answer.status_code}")
                    opened = answer.status_code < 300 and path.rpartition("/")[2] not in _DESK_OPEN
                    expect(name != DESK or not opened, f"the desk's {method} {path} is open to anybody")
                    expect("Meimei" not in answer.text, f"{method} {path} tells of somebody")
        key = FileSigner.open(town.key_file, passphrase=PASSPHRASE)
        expect(key.count == town.key.count == 0, "the counter of the key moved")
    finally:
        made.close()
    expect(asked > 100, f"only {asked} pages were found")
    return f"{asked} requests, no signature; a desk asks everybody who they are"


def _addresses(room: Any) -> Iterator[tuple[str, str]]:
    for route in room.routes:
        for method in sorted(getattr(route, "methods", set()) - {"OPTIONS"}):
            yield method, address(f"{method} {route.path}")[1]


def _settings(town: Town) -> Config:
    """A whole installation of the town, which signs."""
    folder = town.folder
    town.vault.write(folder / "vault.json")
    (folder / "own.pem").write_bytes(ConfirmationKey.draw().pem)
    (folder / "pass").write_bytes(PASSPHRASE)
    (folder / "lists").mkdir()
    listed = TrustList(town.trust.keys, environment=Environment.SANDBOX)
    states.publish(folder / "lists", listed, at=AT - timedelta(hours=6))
    return Config(
        environment="sandbox", country="XA", authority={"en": "Ministry of Health of XA"},
        address="https://pratique.example", travellers="https://travel.example", desk=f"https://{DESK}",
        doors="https://doors.example", database_url=town.url, vault=folder / "vault.json", bundle=folder / "lists",
        confirmation_key=folder / "own.pem", signing_keys=(town.key_file,), passphrase_file=folder / "pass",
    )  # fmt: skip


@tries("REQ 1.2", "REQ 8.2", "REQ 22.1", what="the issuer asked to sign what a verifier would refuse")
def issuer_asked_for_nonsense(yard: Yard) -> str:
    good = vaccinated()
    (claim,) = good.claims
    typed = structs.replace(good.holder, name=structs.replace(good.holder.name, family_icao="JÖRG"))
    tester = MemorySigner(purposes=purposes(Use.TEST))
    unnamed, unborn = (
        structs.replace(claim, uvci="URN:UVCI:01:XA:1#X"),
        structs.replace(claim, date=PartialDate(2027, 1, 1)),
    )
    wrong: list[tuple[Reason, Any, MemorySigner]] = [
        (Reason.ISSUE_NAME, structs.replace(good, holder=typed), yard.signer),
        (Reason.ISSUE_UVCI, structs.replace(good, claims=(unnamed,)), yard.signer),
        (Reason.ISSUE_FUTURE_EVENT, structs.replace(good, claims=(unborn,)),
         yard.signer),
        (Reason.ISSUE_FIELD, structs.replace(good, claims=(structs.replace(claim, disease=None),)), yard.signer),
        (Reason.ISSUE_NO_CLAIM, structs.replace(good, claims=()), yard.signer),
        (Reason.ISSUE_KEY_USE, good, tester),
    ]  # fmt: skip
    for reason, certificate, signer in wrong:
        with refused(reason, by=IssueRefused):
            issue(certificate, format="eu-dcc", signer=signer, at=AT)
        expect(signer.signatures == 0 or signer is yard.signer, "the key was used")
    count = yard.signer.signatures
    for nonsense in (b"\x00" * 32, "e3b0c44298fc1c149afbf4c8996fb924", {"hash": "e3b0"}):
        try:
            issue(nonsense, format="eu-dcc", signer=yard.signer, at=AT)  # type: ignore[arg-type]
        except (AttributeError, TypeError, IssueRefused):
            continue
        expect(False, "a hash was signed")
    expect(yard.signer.signatures == count, "the key was used")
    return f"{len(wrong)} certificates and 3 hashes refused before the key was asked"


@tries("REQ 1.3", "REQ 1.4", what="a preview, a request that nobody approved, one signed twice, one decided twice")
def preview_and_approval(yard: Yard) -> str:
    town = yard.town()
    known = town.known()
    with writing(town.engine) as connection:
        asked = requests.ask(connection, town.vault, known, Wanted(), HOLDER, at=AT)
    with reading(town.engine) as connection:
        preview = requests.preview(connection, town.vault, town.own(), asked, at=AT)
    expect(town.key.count == 0, "a preview moved the counter")
    told = verify(preview.scan, trust_list=town.trust, at=AT)
    expect(told.authentic is False and told.content is None, "a preview is taken")
    with refused(Reason.ISSUE_REQUEST, by=IssueRefused):
        issue_for(town.office, asked.request_id, at=AT)
    with writing(town.engine) as connection:
        requests.approve(connection, asked, PROGRAM, at=AT)
    first, second = (issue_for(town.office, asked.request_id, at=AT) for _ in range(2))
    expect(first.scan == second.scan and town.key.count == 1, "two signatures for one request")
    with refused(Reason.ISSUE_REQUEST, by=IssueRefused), writing(town.engine) as connection:
        requests.approve(connection, asked, PROGRAM, at=AT)
    return "unsigned preview, ISSUE_REQUEST, one signature for one request"


@tries("REQ 1.5", "REQ 5.2", "REQ 5.3", what="a facility, an operator and a person who ask too much, and at night")
def too_much(yard: Yard) -> str:
    town = yard.town(person=2)
    for _ in range(2):
        town.certified()
    with refused(Reason.ISSUE_QUOTA, by=IssueRefused):
        town.certified()
    for what, terms in (("a facility's day", {"quota": 1}), ("a day's events", {"events": 1})):
        small = yard.town()
        with writing(small.engine) as connection:
            facilities.propose(connection, structs.replace(CLINIC, **terms), ANNE, register=REGISTER, at=AT)
            facilities.approve(connection, CLINIC.facility_id, BO, at=AT)
        small.record(dose(LILEI, "D-2"))
        small.certified()
        reason = Reason.ISSUE_QUOTA if "quota" in terms else Reason.ISSUE_IMPLAUSIBLE
        try:
            small.certified(LILEI)
        except IssueRefused as refusal:
            expect(reason in refusal.reasons, f"{what}: refused for something else")
        else:
            expect(False, f"{what}: not refused")
    key = yard.town(key=1)
    key.certified()
    with refused(Reason.ISSUE_QUOTA, by=IssueRefused):
        key.certified()
    return f"person, facility and key: ISSUE_QUOTA; a day: ISSUE_IMPLAUSIBLE; {_lots(yard)}; {_oddities(yard)}"


def _lots(yard: Yard) -> str:
    town = yard.town(sample())
    town.shot("L-77")
    with refused(Reason.ISSUE_LOT, by=IssueRefused):
        town.certified()
    with writing(town.engine) as connection:
        facilities.deliver(connection, CLINIC.facility_id, "L-77", 1, (ANNE, BO), at=AT)
    town.certified()
    town.shot("L-77", LILEI, number="L-2")
    with refused(Reason.ISSUE_LOT, by=IssueRefused):
        town.certified(LILEI)
    return "a second dose of a lot of one: ISSUE_LOT"


def _oddities(yard: Yard) -> str:
    """Somebody of 130 years is not certified, and a nurse who signs in a hurry by night is told of."""
    town = yard.town()
    night = AT + timedelta(hours=13)  # at the clinic 01:00
    for _ in range(limits.BURST + 1):
        with writing(town.engine) as connection:
            asked = requests.ask(connection, town.vault, town.known(), Wanted(), NURSE, at=AT)
            requests.approve(connection, asked, NURSE, at=AT)
        issue_for(town.office, asked.request_id, at=night)
    with reading(town.engine) as connection:
        found = {each.anomaly.value for each in limits.alarms(connection, since=AT)}
    expect(found == {"night", "burst"}, f"told of: {', '.join(sorted(found))}")
    with writing(town.engine) as connection:
        known = town.known()
        people.correct(connection, town.vault, known.subject_id, known.name, PartialDate(1890, 5, 8))
    with refused(Reason.ISSUE_IMPLAUSIBLE, by=IssueRefused):
        town.certified()
    return "130 years old: ISSUE_IMPLAUSIBLE; night and hurry are told of"


@tries("REQ 1.7", what="the log of signatures: an entry changed, a signature outside of it, a counter set back")
def log_of_signatures(yard: Yard) -> str:
    town = yard.town()
    made = [town.certified() for _ in range(3)]
    with reading(town.engine) as connection:
        found = log.balance(connection, made[0].key_id, count=town.key.count)
        (key,) = signing_log.keys(connection)
        point, proof = log.checkpoint(connection, key), proofs.inclusion(connection, town.own(), made[1].certificate_id)
        expect((found.entries, found.issued, found.void) == (3, 3, 0), "the log does not add up")
        expect(proofs.holds(made[1].scan, proof, point), "a certificate is not in the log")
        expect(not proofs.holds(made[2].scan, proof, point), "another's proof holds")
    for change in (
        "DELETE FROM log_entry WHERE number = 2",
        "UPDATE log_entry SET commitment = x'00' WHERE number = 2",
    ):
        try:
            with writing(town.engine) as connection:
                connection.execute(text(change))
        except SQLAlchemyError:
            continue
        except Exception as fault:  # the store's own word for it
            expect("append" in str(fault) or "stay" in str(fault), "refused for something else")
            continue
        expect(False, "an entry was changed")
    town.key.sign(b"something that the log does not know")
    with reading(town.engine) as connection, refused(Reason.LOG_BROKEN, by=LogFault):
        log.balance(connection, made[0].key_id, count=town.key.count)
    counter = town.folder / "dsc.key.counter"
    before = counter.read_bytes()
    town.certified()
    counter.write_bytes(before)
    again = FileSigner.open(town.key_file, passphrase=PASSPHRASE)
    with refused(Reason.LOG_BROKEN, by=LogFault):
        log.reconcile(town.engine, again, at=AT)
    return "entries cannot be changed; a signature outside and a counter set back: LOG_BROKEN"


# facilities


@tries("REQ 4.1", "REQ 4.3", what="a pharmacy that is in no register, entered by one person, and one that is suspended")
def sun_pharmacy(yard: Yard) -> str:
    town = yard.town()
    with writing(town.engine) as connection:
        for wrong in ({"name": "Sun Pharmacy"}, {"registered": "XA-9999"}, {"facility_id": "x; DROP TABLE"}):
            with refused(Reason.FACILITY_IDENTIFIER, by=FacilityRefused):
                proposal = structs.replace(LAB, **wrong)
                facilities.propose(connection, proposal, ANNE, register=REGISTER, at=AT)
        facilities.propose(connection, LAB, ANNE, register=REGISTER, at=AT)
        with refused(Reason.ACCESS_SECOND_PERSON, by=AccessRefused):
            facilities.approve(connection, LAB.facility_id, ANNE, at=AT)
        with refused(Reason.ACCESS_ROLE, by=AccessRefused):
            facilities.approve(connection, LAB.facility_id, NURSE, at=AT)
        entered = facilities.approve(connection, LAB.facility_id, BO, at=AT)
        expect(entered.quota_at(AT) < entered.quota, "no probation")
        facilities.suspend(connection, CLINIC.facility_id, ANNE, facilities.Ground.ANOMALY, at=AT)
    with refused(by=IssueRefused):
        town.certified()
    with refused(Reason.FACILITY_INACTIVE, by=FacilityRefused), writing(town.engine) as connection:
        requests.ask(connection, town.vault, town.known(), Wanted(), NURSE, at=AT)
    town.record(sample(LILEI, "T-9"), source=LAB)
    expect(said(town, town.certified(LILEI)) == GREEN, "the other facility stopped as well")
    with writing(town.engine) as connection:
        only = structs.replace(LAB, facility_id="xa-lab-9")
        facilities.propose(connection, only, ANNE, register=REGISTER, at=AT)
        facilities.approve(connection, only.facility_id, BO, at=AT)
    town.record(dose(LILEI, "D-9"), source=only)
    left = town.certified(LILEI).left_out
    expect(Reason.FACILITY_SCOPE in dict(left).values() or left, "a laboratory vaccinates")
    return "FACILITY_IDENTIFIER, ACCESS_SECOND_PERSON, probation; suspended: the others sign on"


@tries("REQ 5.1", what="an official who signs in with a password, on another site, or by a code that is used up")
def sign_in_of_officials(yard: Yard) -> str:
    town = yard.town()
    site = passkeys.Site("ministry.xa.example", ("https://ministry.xa.example",), "Ministry of Health")
    house = passkeys.Passkeys(town.engine, town.vault, Owner.OFFICIAL, site)
    made = house.begin_making(ANNE.account_id, "desk", at=AT)
    expect(made is not None and made.options["rp"]["id"] == site.domain, "the key is good for every site")
    expect(
        made is not None and made.options["authenticatorSelection"]["userVerification"] == "required",
        "nobody is asked to be there",
    )
    begun = house.begin_using(at=AT)
    for answer in (b"", b"{}", b'{"password": "12345678"}', b'{"rawId": "AAAA", "id": "AAAA", "type": "public-key"}'):
        expect(house.finish_using(begun.ceremony, answer, at=AT) is None, "somebody came in")
    code = invitations.invite(town.engine, town.vault, BO.account_id, made_by=ANNE.account_id, at=AT)
    expect(invitations.accept(town.engine, town.vault, BO.account_id, "AAAA-AAAA", at=AT) is None, "any code serves")
    expect(invitations.accept(town.engine, town.vault, BO.account_id, code, at=AT) is not None, "the code does not")
    expect(invitations.accept(town.engine, town.vault, BO.account_id, code, at=AT) is None, "a code serves twice")
    return "only keys bound to the ministry's own domain, with a look at who holds them; an invitation serves once"
