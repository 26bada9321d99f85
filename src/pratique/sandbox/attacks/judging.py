"""Attacks on what is judged: names and dates of persons, rules, doses, and paper."""

import asyncio
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pypdfium2
import zxingcpp
from litestar.testing import TestClient
from msgspec import structs
from PIL import Image, ImageFilter

from pratique import qr
from pratique.admission import Admission, admit
from pratique.admission.proofs import unique
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.registry import Identified
from pratique.bundle import Bundle
from pratique.formats import _base45
from pratique.identification import Match, identify
from pratique.issuing import issue
from pratique.model.certificate import Certificate, Person, Recovery, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import BundleRefused
from pratique.model.journey import Journey, Leg
from pratique.model.mrz import MachineReadableZone
from pratique.model.names import name, to_icao
from pratique.model.ports import PORTS
from pratique.model.reasons import Reason
from pratique.paper import Scan as Printed
from pratique.paper import Sheet, certificate_pdf
from pratique.rules import evaluate, parse_rule
from pratique.rules.evaluation import Outcome, find
from pratique.rules.rule import Rule
from pratique.sandbox import border, traveller
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT, dcc, dose
from pratique.sandbox.attacks.forging import hcert as certificate
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import AUTHORITY, DAY, HOST, Yard, bundle, enrolments
from pratique.texts.saying import say
from pratique.trust import Environment, TrustList
from pratique.verification import verify
from pratique.web import border as gate
from pratique.web import issuing
from pratique.web.holding import signing
from pratique.web.ministry import Ministry, Office
from pratique.web.words import words

# persons


@tries("REQ 22.1", "REQ 22.2", "REQ 22.3", what="names in other letters, cut, in another order, and of another person")
def names_compared(yard: Yard) -> str:
    def shown(family: str, given: str, truncated: bool = False) -> MachineReadableZone:
        return structs.replace(traveller.PASSPORT, family_icao=family, given_icao=given, name_truncated=truncated)

    def match(person: Any, zone: MachineReadableZone) -> tuple[Match, tuple[Reason, ...]]:
        found = identify(Certificate(Person(person, PartialDate(1990, 5, 8)), ()), zone)
        return found.name, found.reasons

    for what, family, given, zone, wanted in (
        ("as ICAO writes it", "Jörg", "Jürgen", shown("JOERG", "JUERGEN"), Match.EXACT),
        ("without its dots", "Jörg", "Jürgen", shown("JORG", "JURGEN"), Match.EQUIVALENT),
        ("another person", "Han", "Meimei", shown("HAN", "LEILEI"), Match.DIFFERENT),
        ("the same", "Han", "Meimei", shown("HAN", "MEIMEI"), Match.EXACT),
        ("turned round", "Meimei", "Han", shown("HAN", "MEIMEI"), Match.EQUIVALENT),
        ("a single name", "Suharto", None, shown("SUHARTO", ""), Match.EXACT),
        ("Ukrainian", "Щербак", "Юрій", shown(to_icao("Щербак", language="uk"), to_icao("Юрій", language="uk")),
         Match.EQUIVALENT),
        ("cut by the line", "Papandropoulous", "Jonathon Alec Maximilian", shown("PAPANDROPOULOUS",
         "JONATHON<ALEC<MAXIMI", truncated=True), Match.EQUIVALENT),
        ("cut, and another person", "Papandropoulous", "Jonathon Alec Maximilian", shown("PAPANDROPOULOUS",
         "JONATHON<ALEC<MARTIN", truncated=True), Match.DIFFERENT),
    ):  # fmt: skip
        found, reasons = match(name(family, given), zone)
        expect(found is wanted, f"{what}: {found}")
        expect(found is Match.EXACT or any(str(each).startswith("NAME_") for each in reasons),
               f"{what}: {found} without a reason")  # fmt: skip
    chinese = name("韩", "梅梅", family_latin="Han", given_latin="Meimei")
    expect((chinese.family, chinese.family_icao, chinese.given_icao) == ("韩", "HAN", "MEIMEI"), "pinyin is lost")
    told = verify(issue(structs.replace(vaccinated(), holder=structs.replace(vaccinated().holder, name=chinese)),
                        format="ithc", signer=yard.signer, at=AT), trust_list=yard.trust, at=AT)  # fmt: skip
    expect(told.holder is not None and told.holder.name == chinese, "a certificate loses the characters")
    with refused(by=ValueError):
        name("韩", "梅梅")
    return "exact, equivalent with a reason, different; characters and pinyin both arrive; none is guessed"


@tries("REQ 21.1", what="birth dates of a year, of a month, of the year 0023, of month 00")
def partial_birth_dates(yard: Yard) -> str:
    for text in ("1988-00-02", "23.05.1990", "1990-13-01", "2021-02-29", "1990-5-8", "XX-XX-1963", ""):
        with refused(by=ValueError):
            PartialDate.parse(text)
    said = []
    for born in (PartialDate(1963), PartialDate(1963, 4), PartialDate(1963, 4, 7)):
        for each in ("eu-dcc", "ithc", "shc"):
            holder = structs.replace(vaccinated().holder, birth_date=born)
            text = issue(structs.replace(vaccinated(), holder=holder), format=each, signer=yard.signer, at=AT)
            told = verify(text, trust_list=yard.trust, at=AT)
            found = told.holder.birth_date if told.holder else None
            expect(found == born, f"{each}: {born} comes back as {found}")
        zone = structs.replace(traveller.PASSPORT, birth_date="630407", family_icao="HAN", given_icao="MEIMEI")
        person = Person(name("Han", "Meimei"), born)
        said.append(identify(Certificate(person, ()), zone).birth_date)
    expect(said == [Match.EQUIVALENT, Match.EQUIVALENT, Match.EXACT], f"{said}")
    odd = structs.replace(traveller.PASSPORT, birth_date="63<<<<")
    expect(
        identify(Certificate(Person(name("Han", "Meimei"), PartialDate(1963)), ()), odd).birth_date is Match.EQUIVALENT,
        "<<",
    )
    return "7 refused; a year and a month come back as they are, and match what is known of a passport"


# time and rules


def rule(logic: object, *, engine: str = "1.3.0") -> Rule:
    """An acceptance rule of XB."""
    made = {
        "Identifier": "GR-XB-0001", "Type": "Acceptance", "Country": "XB", "Version": "1.0.0", "SchemaVersion": "1.3.0",
        "Engine": "CERTLOGIC", "EngineVersion": engine, "CertificateType": "General",
        "Description": [{"lang": "en", "desc": "A rule of an attack, long enough to be one."}],
        "ValidFrom": "2026-01-01T00:00:00Z", "ValidTo": "2027-12-01T00:00:00Z", "AffectedFields": [], "Logic": logic,
    }  # fmt: skip
    return parse_rule(msgspec.json.encode(made))


@tries(
    "REQ 20.1",
    "REQ 20.2",
    "REQ 19.3",
    what="arrivals at both ends of the calendar day, a leap day, a change of clocks, and hours against days",
)
def ends_of_a_day(yard: Yard) -> str:
    moment = datetime.fromisoformat("2026-12-03T11:30:00Z")
    days = {each.code: Leg(each.country, moment, each.code).day for each in PORTS.values()}
    expect(len(set(days.values())) >= 2, "every port has one calendar")
    change = datetime.fromisoformat("2026-10-25T00:30:00Z")
    europe = next((each for each in PORTS.values() if str(each.clock) in ("Europe/Paris", "Europe/Berlin")), None)
    if europe is not None:
        before, after = (
            Leg(europe.country, each, europe.code) for each in (change, change + timedelta(hours=1, minutes=30))
        )
        expect(before.clock.utcoffset(None) != after.clock.utcoffset(None), "the clocks do not change")
    said = _at_the_port(yard)
    hours = {
        "not-after": [
            {"plusTime": ["2026-12-01T12:00:00Z", 48, "hour"]},
            {"plusTime": ["2026-12-03T11:59:00Z", 0, "hour"]},
        ]
    }
    calendar = {"before": [{"plusTime": ["2026-12-01", 2, "day"]}, {"plusTime": ["2026-12-03T00:00:00Z", 0, "day"]}]}
    expect(evaluate(hours, {}) is False, "48 hours end before 48 hours")
    expect(evaluate(calendar, {}) is False, "two days are less than two days")
    leap = {"plusTime": ["2028-02-29", 1, "year"]}
    expect(evaluate({"not-before": [leap, {"plusTime": ["2029-02-28", 0, "day"]}]}, {}) is True, "a leap day is lost")
    with refused(by=ValueError):
        Leg("XB", moment.replace(tzinfo=None), "XBHAV")
    with refused(by=ValueError):
        verify("HC1:", trust_list=TrustList([]), at=moment.replace(tzinfo=None))
    return f"{len(days)} ports, {len(set(days.values()))} calendar days at one instant; {said}"


def _at_the_port(yard: Yard) -> str:
    """A dose fourteen days ago, by the calendar of the haven, an hour east of Greenwich: an hour before and after."""
    lists = bundle(yard.trust)
    text = certificate(yard.signer, dcc(v=[dose(mp="EU/1/20/1525", dn=1, sd=1, dt="2026-11-20")]))
    told = verify(text, trust_list=lists.trust_list, at=AT)
    found = []
    for clock in ("22:59", "23:00"):
        arrive = datetime.fromisoformat(f"2026-12-03T{clock}Z")
        found.append(admit([told], bundle=lists, journey=Journey((Leg("XB", arrive, "XBHAV"),), "XA"), at=AT).outcome)
    expect(found == [Admission.REFUSED, Admission.ACCEPTED], f"around midnight at the port: {' and '.join(found)}")
    return "fourteen days end at midnight of the port, and not of Greenwich"


@tries(
    "REQ 25.1",
    "REQ 25.2",
    "REQ 25.3",
    "RC-3",
    "EQ-8",
    "REQ 20.3",
    what="rules for a newer engine, products that are not listed, certificates nobody recognises",
)
def rules_that_are_newer(yard: Yard) -> str:
    newer = rule({"===": [1, 1]}, engine="9.0.0")
    found = find(newer, {}, external={})
    expect(found.outcome is Outcome.OPEN and found.reason is Reason.OPEN_ENGINE, f"a newer rule is {found.outcome}")
    lists = bundle(yard.trust)
    journey = Journey((Leg("XB", AT + DAY, "XBHAV"),), "XA")
    for product, listed in (("EU/1/20/1525", True), ("Sputnik-Q", False)):
        text = certificate(yard.signer, dcc(v=[dose(mp=product, dn=1, sd=1)]))
        told = verify(text, trust_list=lists.trust_list, at=AT)
        verdict = admit([told], bundle=lists, journey=journey, at=AT)
        expect(told.authentic is True, "a product that is not listed makes it a forgery")
        expect(verdict.bundle == 7, "the verdict names no bundle")
        expect(all(say(each, "zh") for each in verdict.explanation), "nothing is said")
        expect((verdict.outcome is Admission.ACCEPTED) == listed, f"{product} is {verdict.outcome}")
        expect(listed or verdict.ways, "nothing is said of what would do instead")
    forged = admit([verify("HC1:X", trust_list=lists.trust_list, at=AT)], bundle=lists, journey=journey, at=AT)
    expect(forged.outcome is not Admission.ACCEPTED, "nonsense is accepted")
    old = admit([], bundle=lists, journey=journey, at=AT + 40 * DAY)
    expect(old.outcome is Admission.OPEN and Reason.ENTRY_RULES_STALE in old.reasons, "old rules decide")
    words = [say(each, "zh") for each in old.explanation]
    expect(all(words), "an open one has no words")
    files = dict(border.bundle_files(TrustList(yard.trust.keys, environment=Environment.SANDBOX), number=1, at=AT))
    files["rules/XB.json"] = files["rules/XB.json"][:-20]
    with refused(by=BundleRefused):
        Bundle.from_files(files)
    return "OPEN_ENGINE, ENTRY_RULES_STALE, in words; a release whole or not at all; three answers"


@tries("REQ 25.1", what="a trip planned by one release, and a border that goes by another")
def planned_by_another_release(yard: Yard) -> str:
    lists = bundle(yard.trust)
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    told = verify(text, trust_list=lists.trust_list, at=AT)
    plain = Journey((Leg("XB", AT + DAY, "XBHAV"),), "XA")
    page = gate.app(lists, country="XB", port="XBHAV", authority=AUTHORITY, clock=lambda: AT)
    with TestClient(page, base_url=HOST) as browser:
        for number, note in ((6, Reason.PLAN_OLDER), (7, None), (8, Reason.PLAN_NEWER)):
            judged, asked = (
                admit([told], bundle=lists, journey=structs.replace(plain, planned=each), at=AT)
                for each in (number, None)
            )
            expect(judged.notes == ((note,) if note else ()), f"planned by {number}, at a border by 7: {judged.notes}")
            expect(structs.replace(judged, notes=()) == asked, "a number changes what is decided")
            shown = browser.post("/en/answer", data={"scan": text, "planned": str(number)}).text
            said = [each for each in (Reason.PLAN_OLDER, Reason.PLAN_NEWER) if words("en").why(each).what in shown]
            expect(said == ([note] if note else []), f"planned by {number}: the officer reads {said}")
    shown = wallet_after(yard, [lists, structs.replace(lists, number=8)])
    expect("Planned by release 7." in shown, "the wallet does not name its release")
    expect("Release 8 has come since" in shown, "the wallet does not say that its release is old")
    expect("XBHAV" not in shown, "the code's page tells of the trip")
    return (
        "PLAN_OLDER and PLAN_NEWER at the border, and no answer changed; the wallet names its release, and a newer one"
    )


def wallet_after(yard: Yard, releases: Sequence[Bundle]) -> str:
    """The page of a holder's code after a trip was planned by the first of these, when the last is in force."""
    now, offices = [releases[0]], list[Office]()
    ministry = Ministry(
        enrolments=enrolments(),
        hold=signing(lambda _: vaccinated().claims, yard.signer, specimen=True),
        issuer="Ministry of Health of XA",
        country="XA",
        authority=AUTHORITY,
        specimen=True,
        release=lambda: now[-1],
    )

    def more(office: Office) -> list[Any]:
        offices.append(office)
        return []

    with TestClient(issuing.app(ministry, more=more, clock=lambda: AT), base_url=HOST) as browser:
        browser.cookies.set("device", "d" * 32)
        her = vaccinated().holder
        who = Identified("meimei", her.name, her.birth_date, traveller.PASSPORT)
        visit = asyncio.run(offices[0].welcome(who, Assurance.DESK, "d" * 32))
        address = f"/en/certificate/{visit.name}"
        browser.post(f"{address}/trip", data={"to": "XBHAV", "day": f"{AT + DAY:%Y-%m-%d}"})
        now.append(releases[-1])
        return browser.get(f"{address}/show/1").text


@tries("REQ 23.1", what="the known puzzles of doses: 2/1, 3/3, 3/1, recovered and one, twice the same")
def doses_counted(yard: Yard) -> str:
    def given(day: int, *, of: tuple[int, int] = (1, 2), number: int = 0) -> Vaccination:
        base = vaccinated(number=number or day).claims[0]
        return structs.replace(base, date=PartialDate(2026, 9, day), dose=of[0], doses=of[1])  # type: ignore[return-value]

    puzzles = {
        "2/1 after one dose product": ([given(1, of=(1, 1)), given(20, of=(2, 1))], 2),
        "3/3": ([given(1), given(10, of=(2, 2)), given(20, of=(3, 3))], 3),
        "3/1": ([given(1, of=(3, 1))], 1),
        "one day from two sources": ([given(1, number=1), given(1, number=2, of=(2, 2))], 1),
        "the same record twice": ([given(1), given(1)], 1),
    }
    for what, (claims, count) in puzzles.items():
        found = [each for each in unique(claims) if isinstance(each, Vaccination)]
        expect(len(found) == count, f"{what}: {len(found)} doses")
    ill = Recovery(
        uvci=vaccinated(number=9).claims[0].uvci, disease=vaccinated().claims[0].disease, country="XA", issuer="x",
        first_positive=PartialDate(2026, 8, 1), valid_from=PartialDate(2026, 8, 12),
        valid_until=PartialDate(2027, 1, 1),
    )  # fmt: skip
    expect(len(unique([given(1), ill])) == 2, "a recovery is no event")
    del yard
    return f"{len(puzzles) + 1} puzzles: events are counted, whatever the fractions say"


# paper


@tries("REQ 33.1", "EQ-4", what="a printed certificate, blurred, turned, noisy and squeezed")
def bad_print(yard: Yard) -> str:
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    sheet = _sheet(yard, text)
    pdf = certificate_pdf(sheet)
    expect(text in qr.read_pdf(pdf), "the page does not hold the code")
    with pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[0].render(scale=150 / 72).to_pil().convert("L")
    millimetres, level, octets_ = _symbol(picture, text)
    expect(35 <= millimetres <= 60, f"the code is {millimetres:.0f} mm wide")
    expect(level in ("Q", "H") and octets_ <= 500, f"level {level}, {octets_} octets")
    dice = random.Random(5)  # noqa: S311
    for what, changed in (
        ("blurred", picture.filter(ImageFilter.GaussianBlur(1))),
        ("turned", picture.rotate(7, expand=True, fillcolor=255)),
        ("noisy", picture.point(lambda value: value)),
        ("squeezed", picture),
    ):
        if what == "noisy":
            noise = Image.frombytes("L", changed.size, dice.randbytes(changed.width * changed.height))
            changed = Image.blend(changed, noise, 0.2)  # noqa: PLW2901
        octets = io.BytesIO()
        changed.save(octets, "JPEG", quality=40)
        expect(text in qr.read(octets.getvalue()), f"{what}, it is not read")
    return (
        f"150 dpi in grey, blurred, turned, 20 % noise, JPEG 40: read; {millimetres:.0f} mm, level {level}, "
        f"{octets_} octets"
    )


def _symbol(picture: Image.Image, text: str) -> tuple[float, str, int]:
    """How wide the code of a page of 150 dpi is, in millimetres; its level; how many octets are packed in it."""
    (code,) = [each for each in zxingcpp.read_barcodes(picture) if each.text == text]
    wide = code.position.top_right.x - code.position.top_left.x
    return wide / 150 * 25.4, str(code.ec_level), len(_base45.decode(text.removeprefix("HC1:")))


def _sheet(yard: Yard, text: str) -> Sheet:
    told = verify(text, trust_list=yard.trust, at=AT)
    if told.certificate is None or told.issued is None:
        raise TypeError("not a certificate of ours")
    return Sheet(
        certificate=told.certificate, scans=(Printed(text, told.certificate.claims),),
        issuer="Ministry of Health of XA",
        country="XA", issued=told.issued, expires=told.expires,
    )  # fmt: skip
