"""Every application with its pages, over one country in which something waits at every desk."""

import contextlib
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct, structs
from sqlalchemy import Engine

from pratique.authority import objections, policies
from pratique.authority.access import Account, Item, Purpose, Role, enter, invitations, look
from pratique.authority.access.tokens import holder_account
from pratique.authority.identity import clinic_code
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.issuance import facilities, requests
from pratique.authority.issuance.requests import Wanted
from pratique.authority.permits import office as permits
from pratique.authority.permits.written import Written
from pratique.authority.records import intake, national, rights
from pratique.authority.status import appeals, assigning, counting, tracing
from pratique.authority.store import asking, daily, people, reading, status, writing
from pratique.authority.store.asking import Words
from pratique.authority.store.daily import Count
from pratique.authority.store.people import Known, Papers
from pratique.bundle import Bundle
from pratique.config import Config, read
from pratique.model.certificate import Vaccination
from pratique.model.facts import ContactKind
from pratique.rules.linting import parse_policy
from pratique.sandbox import border as rules
from pratique.sandbox import clinic, office, stage, traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.sandbox.stage import Process
from pratique.web import border, code, issuing
from pratique.web import pages as rendered
from pratique.web.effects import Effects
from pratique.web.holding import signing
from pratique.web.installation import Installation, installed
from pratique.web.ministry import Ministry
from tests.authority.identity.scripted import ScriptedMatcher, enrolments, registered
from tests.authority.issuing import ANNE, BO, CLINIC, HOLDER, LAB, REGISTER
from tests.authority.status import scenes
from tests.cases.policies import signed
from tests.permit_settings import files, written
from tests.test_passes import CROWD
from tests.test_permits import thailand
from tests.web import clear, houses, ruling
from tests.web.api.authority import bundle
from tests.web.chromium import served
from tests.web.code_houses import House as Codes
from tests.web.desks import PORTRAIT
from tests.web.holders import doors
from tests.web.houses import AUTHORITY, SIGNER, claims
from tests.web.installations import DESK, DOORS, SENDER, TRAVELLERS, Place, place
from tests.web.served import Served
from tests.web.test_holder_store import opening
from tests.web.test_installation import NEGATIVE, swab

MEIMEI, CHILD = Papers("UTO", traveller.PASSPORT.number), Papers("UTO", DAUGHTERS_PASSPORT.number)
SON = structs.replace(DAUGHTERS_PASSPORT, number="XA5556667", given_icao="XIAOMING")
"""The second child's passport; the first has no records here."""
NORTH, SOUTH = scenes.NORTH, scenes.SOUTH
LINA, WANG = Account("li-na", Role.ENROLMENT), Account("wang-lei", Role.ENROLMENT)
NURSE, GUARD = Account("nurse-1", Role.CLINIC), Account("gate-9", Role.STAFF)


class Scene(Struct):
    """Where everything is, and what a walk needs to know besides."""

    place: Place
    origins: dict[str, str]
    """Of each application, by its name."""
    templates: list[str]
    """Every template of which a page was made, the last one last."""
    known: Known
    """Han Meimei."""
    drafts: dict[str, str]
    """Of policies: one that is being written, and one that was sent."""

    def code(self, papers: Papers = MEIMEI) -> str:
        """A new code on paper by which somebody comes in."""
        engine, at = self.place.engine(), datetime.now(UTC)
        with reading(engine) as connection:
            found = people.find(connection, self.place.vault, papers)
        assert found is not None
        made = clinic_code.make(engine, self.place.vault, LINA, clinic_code.Kind.DESK, found.subject_id, at=at)
        engine.dispose()
        return made.text

    def invitation(self, account: Account) -> str:
        """A new code by which an official comes in."""
        engine = self.place.engine()
        at = datetime.now(UTC)
        made = invitations.invite(engine, self.place.vault, account.account_id, made_by="operator", at=at)
        engine.dispose()
        return made


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """All of it, served from this process."""
    for name in ("country", "counts", "border", "codes"):
        (folder / name).mkdir()
    made = place(folder / "country", port=stage.free(0), face="alone")
    _published(made)
    known = _lived(made)
    drafts = _drafted(made)
    templates: list[str] = []
    html = rendered.html

    def noted(template: str, **values: Any) -> str:
        templates.append(template)
        return html(template, **values)

    with (
        mock.patch.object(rendered, "html", noted),
        mock.patch("pratique.authority.identity.dlib_matcher.DlibMatcher", Served),
        mock.patch("pratique.web.installation.Effects", return_value=Effects(people=300)),
        contextlib.ExitStack() as stack,
    ):
        country = installed(_settings(made), folder / "counts")
        stack.callback(country.close)
        _applied(country)
        stack.enter_context(served(country, made.port))
        origins = {"api": f"http://127.0.0.1:{made.port}"}
        origins |= {
            name: made.origin(host) for name, host in (("travellers", TRAVELLERS), ("desk", DESK), ("doors", DOORS))
        }
        others = {"border": _border(folder / "border"), "over": _over(folder / "codes"), "sandbox": _sandbox()}
        others["stage"] = _stage()
        origins |= {name: stack.enter_context(served(app)) for name, app in others.items()}
        yield Scene(made, origins, templates, known, drafts)


def _settings(made: Place) -> Config:
    """What a place is set up with here besides: whom codes are sealed for, a policy of doors, a register."""
    contents = {
        "recipients": ("xb.pem", opening("XB")),
        "door_policy": ("doors.json", doors(datetime.now(UTC))),
        "door_crowd": ("crowd.json", msgspec.json.encode(CROWD.initials)),
        "facility_register": ("register.json", json.dumps(REGISTER).encode()),
        "facility_keys": ("facilities.pem", ssl.DER_cert_to_PEM_cert(scenes.FACILITY.certificate).encode()),
    }
    more = {"PRATIQUE_DOOR_KEY": str(made.folder / "notices.key.pem")}
    for name, (file, content) in contents.items():
        (made.folder / file).write_bytes(content)
        more[f"PRATIQUE_{name.upper()}"] = str(made.folder / file)
    return read(made.folder / "pratique.toml", more)


def _published(made: Place) -> None:
    """A release with a policy that two officials signed under notice, and agreements."""
    at = datetime.now(UTC).replace(microsecond=0)
    events = signed(clear.under_notice(at), *ruling.NAMES)
    clear.release(made.folder / "bundle", at=at - timedelta(hours=1), policies={"events": events})


def _drafted(made: Place) -> dict[str, str]:
    """Two drafts of policies: one without an end, and one that waits for signatures."""
    engine, at = made.engine(), datetime.now(UTC).replace(microsecond=0)
    whole = clear.under_notice(at, identifier="XA-EVENTS-TWO", version="2.0.0")
    endless = {name: value for name, value in whole.items() if name != "sunset"}
    begun = [
        policies.begin(engine, NORTH, json.dumps(each, ensure_ascii=False, indent=2) + "\n", at=at)
        for each in (endless, whole)
    ]
    written, sent = (each.draft_id for each in begun if isinstance(each, policies.Draft))
    frozen = policies.send(engine, NORTH, sent, ruling.country(published=False), at=at)
    assert isinstance(frozen, policies.Draft), frozen
    engine.dispose()
    return {"written": written, "sent": sent}


def _applied(country: Installation) -> None:
    """Somebody who wants to enter, with all of their files."""
    office, there, at = country.house.permits, thailand(), datetime.now(UTC).replace(microsecond=0)
    assert office
    arrive = at + timedelta(days=5)
    board = arrive - timedelta(hours=5)
    stay = {"place": "Quarantine Hotel", "begins": arrive.date().isoformat(), "nights": 15}
    sent = written(there, to="XAHAV", arrive=arrive.isoformat(), board=board.isoformat(), insurance=None, lodging=stay)
    permits.apply(office, msgspec.convert(sent, Written), files(there), at=at)


def _lived(made: Place) -> Known:
    """Two people with records, and what they and the desks did with them."""
    engine, vault, at = made.engine(), made.vault, datetime.now(UTC).replace(microsecond=0)
    since = at - timedelta(days=1)
    _employed(engine, since)
    (report,) = intake.take_message(
        engine, vault, bundle(traveller.PASSPORT.number, "Han", "Meimei"), source=SENDER, at=at
    )
    assert report.outcome == "taken", report
    StoreRegistry(engine, vault, country="UTO").enter([registered(SON, "2019-02-03", PORTRAIT)], at=since)
    tested = [
        _tested(traveller.PASSPORT.number, "Meimei", "1990-05-08"),
        _tested(SON.number, "Xiaoming", "2019-02-03"),
    ]
    for each in tested:
        (report,) = intake.take_message(engine, vault, each, source=SENDER, at=at)
        assert report.outcome == "taken", report
    with reading(engine) as connection:
        her = people.find(connection, vault, MEIMEI)
        children = [people.find(connection, vault, papers) for papers in (CHILD, Papers("UTO", SON.number))]
    assert her
    begins, ends = int(since.timestamp()), int((at + timedelta(days=300)).timestamp())
    with writing(engine) as connection:
        for child in children:
            assert child
            asking.appoint(connection, child.subject_id, her.subject_id, "child", at=begins, until=ends)
    own = look(
        engine,
        holder_account(vault, her.subject_id),
        her.person_id,
        Purpose.OWN,
        frozenset(Item) - {Item.PORTRAIT},
        at=at,
    )
    with reading(engine) as connection:
        (record,) = (each.record_id for each in rights.records(connection, own) if isinstance(each.claim, Vaccination))
    with writing(engine) as connection:
        rights.dispute(connection, vault, own, record, Words("It was the other clinic.", None), at=at)
    with writing(engine) as connection:
        requests.ask(connection, vault, her, Wanted(), HOLDER, at=at)
    ill = scenes.person(engine, vault, 77, "Lei")
    positive = structs.replace(scenes.swab(), sampled=at - timedelta(hours=6))
    case = (ill.person_id, scenes.record(engine, ill.person_id, positive, 9))
    met = tracing.Met(ContactKind.CLOSE, at.date() - timedelta(days=2))
    fact = tracing.establish(engine, vault, (NORTH, SOUTH), her.person_id, met, case=case, at=at)
    tracing.propose(engine, vault, NORTH, next(each for each in children if each), met, ill=ill, at=at)
    signed_record = scenes.signed(ill, positive, number=77, at=at)
    assigning.propose(engine, vault, NORTH, ill, signed_record, facilities=scenes.FACILITIES, at=at)
    appeals.open_appeal(engine, vault, own, fact, Words("I was abroad that day.", None), at=at)
    line = Count(at.date().toordinal(), "XA-HEALTH-CODE", "yellow", "contact", 0, 1312)
    counting.count(engine, parse_policy((made.folder / "code.json").read_bytes()), at=at, zone=clear.ZONE)
    with writing(engine) as connection:
        daily.write(connection, [line, structs.replace(line, colour="red", cause="positive_test", people=7)])
    _objected(made, engine, at)
    asked = {"bizSeqNo": "P-1", "appId": "city-2", "name": "City 2", "country": "XA", "division": "990100"}
    keys = {"keys": [ECKey.generate_key("P-256", {"kid": "city-2-1"}).as_dict(private=False)]}
    national.apply(engine, msgspec.json.encode(asked | {"keys": keys}), at=at)
    engine.dispose()
    return her


def _employed(engine: Engine, since: datetime) -> None:
    """Who works at the desks, and a clinic that waits to be entered."""
    with writing(engine) as connection:
        for account in (NORTH, SOUTH, LINA, WANG, NURSE, GUARD):
            enter(connection, account, account.account_id, at=since)
        for account, of in ((NORTH, "north"), (SOUTH, "south")):
            status.enter_official(connection, account.account_id, of, at=int(since.timestamp()))
        facilities.propose_operator(connection, NURSE, LAB.facility_id, ANNE, at=since)
        facilities.approve_operator(connection, NURSE.account_id, BO, at=since)
        facilities.propose(connection, CLINIC, ANNE, register=REGISTER, at=since)


def _objected(made: Place, engine: Engine, at: datetime) -> None:
    """Two objections to the policy of events, one of them answered."""
    events = parse_policy((made.folder / "bundle" / "policies" / "events.json").read_bytes())
    for words in ("Concerts of my choir have a thousand and one visitors.", "A thousand is too few."):
        with writing(engine) as connection:
            objections.file(connection, made.vault, events, words, language="en", at=at)
    with writing(engine) as connection:
        first = objections.waiting(connection, NORTH)[0].objection_id
        objections.answer(connection, first, "Choirs are counted by their seats.", by=NORTH, at=at)


def _tested(number: str, given: str, born: str) -> bytes:
    """A negative test of yesterday, as a laboratory sends it."""
    sent = msgspec.json.decode(bundle(number, "Han", given, born))
    sent["entry"][0]["resource"]["birthDate"] = born
    found = swab(NEGATIVE)
    sent["entry"][1]["resource"] = found | {"identifier": [{"system": "https://lab.example", "value": f"S-{number}"}]}
    return msgspec.json.encode(sent)


def _border(folder: Path) -> Any:
    houses.release_of_today(folder)
    return border.app(Bundle.from_files(rules.published(folder)), country="XB", port="XBHAV", authority=AUTHORITY)


def _over(folder: Path) -> Any:
    """The health code after its end."""
    made = Codes(folder)
    assert scenes.POLICY.sunset
    made.clock.at = scenes.POLICY.sunset + timedelta(days=1)
    return code.app(made.service, clock=made.clock)


def _sandbox() -> Any:
    """The rehearsal's passport office and clinic, beside its sign-up."""
    people_ = FileRegistry([registered(traveller.PASSPORT, "1990-05-08", b"meimei")])
    visitors = office.Office(people_, claims, ScriptedMatcher(), lambda: datetime.now(UTC))
    house = enrolments(people=())
    ministry = Ministry(
        enrolments=house,
        hold=signing(claims, SIGNER, specimen=True),
        issuer=traveller.ISSUER,
        country="XA",
        authority=AUTHORITY,
        specimen=True,
    )
    more = [
        *office.handlers(visitors, AUTHORITY, scene=""),
        *clinic.handlers(people_, claims, AUTHORITY, scene=""),
    ]
    return issuing.app(ministry, more=lambda _: more)


def _stage() -> Any:
    """The rehearsal's first page, with both of its processes unplugged."""
    ministry, gate = (Process("pratique.sandbox.gate", Path(), stage.free(0), "") for _ in range(2))
    return stage.app(ministry, gate, {"tampered": "HC1:X"})
