"""Attacks on whoever checks: networks, clocks, lists, rules, names and dates, and what is kept of those checked."""

import gc
import io
import random
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from litestar.testing import TestClient
from msgspec import structs
from PIL import Image, ImageFilter

from pratique import crypto, qr, revocation
from pratique.admission import Admission, admit
from pratique.admission.proofs import unique
from pratique.answering import answer
from pratique.answering.words import Question, Word, three
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.bundle import Bundle
from pratique.config import Config, UnusableConfig
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
from pratique.network import client, slicing
from pratique.paper import Scan as Printed
from pratique.paper import Sheet, certificate_pdf
from pratique.revocation import Prefixes, RevocationList, Withdrawals
from pratique.rules import evaluate, parse_rule
from pratique.rules.evaluation import Outcome, find
from pratique.rules.rule import Rule
from pratique.sandbox import border, rehearsal, traveller
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT, MemorySigner, dcc, dose, message_of, scan
from pratique.sandbox.attacks.forging import hcert as certificate
from pratique.sandbox.attacks.scans import SCANS, vaccinated
from pratique.sandbox.attacks.yard import AUTHORITY, DAY, HOST, Yard, trusting
from pratique.texts.saying import say
from pratique.trust import Environment, TrustList, jwks
from pratique.trust.onboarding import examine
from pratique.trust.published import published
from pratique.trust.report import compare
from pratique.verification import verify
from pratique.web import border as gate
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.serving import house

HOUR = timedelta(hours=1)


def bundle(trust: TrustList, *, at: datetime = AT) -> Bundle:
    """A release of the sandbox's rules with these keys."""
    listed = TrustList(trust.keys, environment=Environment.SANDBOX)
    return Bundle.from_files(border.bundle_files(listed, number=7, at=at - HOUR))


@contextmanager
def unplugged() -> Iterator[list[object]]:
    """Every connection and every look-up of a name that is tried is noted, and refused."""
    tried: list[object] = []

    def refuse(*words: object, **_: object) -> None:
        tried.append(words[-1])
        raise OSError("the network is unplugged")

    kept = socket.socket.connect, socket.getaddrinfo, socket.create_connection
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = socket.create_connection = refuse  # type: ignore[assignment]
    try:
        yield tried
    finally:
        socket.socket.connect, socket.getaddrinfo, socket.create_connection = kept  # type: ignore[method-assign]


# the network


@tries(
    "REQ 2.2",
    "PR-1",
    "REQ 15.1",
    "RC-1",
    "REQ 24.1",
    what="every scan of this corpus, checked with the network unplugged",
)
def network_unplugged(yard: Yard) -> str:
    count, slowest = 0, 0.0
    with unplugged() as tried:
        for case in SCANS:
            for each in case.make(yard):
                began = time.perf_counter()
                each.ask()
                slowest = max(slowest, time.perf_counter() - began)
                count += 1
        first, second = (
            certificate(yard.signer, dcc(v=[dose(ci=f"URN:UVCI:01:XA:{n}AAAAAAAAAAAAAAAAAAAAAAA")])) for n in "12"
        )
        for text in (first, second):
            answer([text], bundle=bundle(yard.trust), at=AT, document=traveller.PASSPORT)
    expect(not tried, f"{len(tried)} connections were tried")
    expect(slowest < 1, f"one took {slowest:.1f} s")
    return f"{count} scans, no connection; the slowest took {slowest * 1000:.0f} ms, with public keys alone"


@tries("REQ 10.4", "REQ 12.1", "REQ 12.2", what="a thousand broken scans, and what each costs and shows")
def broken_scans(yard: Yard) -> str:
    dice = random.Random(7)  # noqa: S311
    good = [issue(vaccinated(), format=each, signer=yard.signer, at=AT) for each in ("eu-dcc", "ithc", "shc")]
    packed = [message_of(text) for text in good[:2]]
    slowest = 0.0
    tracemalloc.start()
    try:
        for number in range(1000):
            if number % 2:
                octets = bytearray(dice.choice(packed))
                for _ in range(dice.randint(1, 6)):
                    octets[dice.randrange(len(octets))] = dice.randrange(256)
                text = scan(bytes(octets[: dice.choice((None, -1, -7))]))
            else:
                letters = list(dice.choice(good))
                letters[dice.randrange(len(letters))] = chr(dice.choice((0, 32, 65, 0x7F, 0x4E2D)))
                text = "".join(letters)
            began = time.process_time()
            told = verify(text, trust_list=yard.trust, at=AT)
            slowest = max(slowest, time.process_time() - began)
            expect(told.reasons, "a broken scan has no reason")
            shows = told.content is not None and not (told.signature_held and told.key_trusted)
            expect(not shows, "something unverified is shown")
        for text in ("HC1:" + "A" * 60_000, "shc:/" + "5" * 60_000, "{" * 60_000, "NZCP:/1/" + "A" * 60_000):
            began = time.process_time()
            expect(verify(text, trust_list=yard.trust, at=AT).authentic is not True, "nonsense is genuine")
            slowest = max(slowest, time.process_time() - began)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
    expect(slowest < 0.5, f"one took {slowest * 1000:.0f} ms")
    expect(peak < 64, f"{peak:.0f} MB at once")
    return f"each has a reason, none an exception; at most {slowest * 1000:.0f} ms (traced) and {peak:.1f} MB"


@tries(
    "PR-2",
    "REQ 18.3",
    "REQ 16.1",
    "REQ 17.2",
    "PR-5",
    what="a thousand checks at a border's page, and what is left of those checked",
)
def left_of_those_checked(yard: Yard) -> str:
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    folder = yard.fresh()
    page = gate.app(bundle(yard.trust), country="XB", port="XBHAV", authority=AUTHORITY, clock=lambda: AT)
    with TestClient(page, base_url=HOST) as browser:
        for number in range(100):
            shown = browser.post("/en/answer", data={"scan": text})
            expect(shown.status_code == 200, f"check {number} was answered by {shown.status_code}")
        expect("no-store" in shown.headers["cache-control"] and not browser.cookies, "the browser keeps it")
        for part in ("Han", "Meimei", "1990"):
            expect(part in shown.text, "the officer is not shown whom to compare")
    for _ in range(1000):
        verify(text, trust_list=yard.trust, at=AT)
    expect(not list(folder.iterdir()), "there are files")
    expect(not _remembered(text), "an object keeps the scan")
    told = answer([text], bundle=bundle(yard.trust), at=AT)
    words = {each.question: each.word for each in three(told)}
    expect(words[Question.PERSON] is Word.COMPARE, f"without a document the person is {words[Question.PERSON]}")
    shown_ = answer([text], bundle=bundle(yard.trust), at=AT, document=traveller.PASSPORT)
    expect({each.word for each in three(shown_)} != {Word.YES}, "there is a single tick")
    expect(shown_.lists and shown_.at == AT, "neither time nor age of lists is told")
    return "no file, no cookie, no-store; the officer has to compare, and sees the age of the lists"


def _remembered(text: str) -> bool:
    """Whether a cache of the decoders holds the scan."""
    return any(text in each for each in gc.get_objects() if type(each) is dict and len(each) < 5)


# lists


@tries("REQ 15.2", "REQ 15.4", what="a list of 200 000 entries searched for a person, and a country of ten million")
def list_searched(yard: Yard) -> str:
    del yard
    dice = random.Random(3)  # noqa: S311
    listed = RevocationList(AT, AT + DAY, Prefixes(dice.getrandbits(64) for _ in range(200_000)))
    size = len(revocation.to_bytes(listed))
    expect(size <= 2_000_000, f"{size} octets")
    guesses = [("record", f"XA1234567{day:%Y%m%d}") for day in (AT - n * DAY for n in range(2000))]
    prefixes = [revocation.prefix_of(each) for each in guesses]
    began = time.perf_counter()
    expect(not listed.revoked.has_any(prefixes), "a passport and a day are found")
    took = (time.perf_counter() - began) / len(prefixes)
    base = slicing.based("XA", Withdrawals(frozenset({"XA"}), Prefixes(dice.getrandbits(64) for _ in range(300_000))))
    grown = slicing.extended("XA", base, Withdrawals(frozenset({"XA"}), Prefixes([1, 2, 3])))
    added = {key: data for key, data in grown.items() if key not in base}
    expect(base.items() <= grown.items() and sum(map(len, added.values())) < 1000, "a day is fetched as the whole")
    return f"{size / 1e6:.2f} MB, {took * 1e6:.1f} µs a look; a day more: {sum(map(len, added.values()))} octets"


def _production(folder: Path, trust: TrustList) -> None:
    """A release of production, of today."""
    for name_, content in border.bundle_files(trust, number=1, at=AT - HOUR).items():
        stated = content.replace(b'"sandbox"', b'"production"') if name_ == "bundle.json" else content
        (folder / name_).parent.mkdir(parents=True, exist_ok=True)
        (folder / name_).write_bytes(stated)


_EVERYBODYS = "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"
"""The private key of RFC 7515, appendix A.3."""


@tries(
    "REQ 7.1", what="a key out of a standard as a trusted one and as the house's own, and lists that hold private keys"
)
def keys_everybody_has(yard: Yard) -> str:
    private = ec.derive_private_key(int(_EVERYBODYS, 16), ec.SECP256R1())
    everybodys = MemorySigner(private_key=private)
    expect(published(everybodys.key.public.spki if everybodys.key.public else b""), "the key is not known to be public")
    expect(published(yard.signer.key.public.spki if yard.signer.key.public else b"") is None, "a fresh key is")
    town = yard.town()
    town.vault.write(town.folder / "vault.json")
    (town.folder / "own.pem").write_bytes(ConfirmationKey.draw().pem)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (town.folder / "stolen.pem").write_bytes(secret)
    for word, signer in (("good", yard.signer), ("bad", everybodys)):
        _production(town.folder / word, trusting(signer))
    config = Config(
        country="XA", authority={"en": "XA"}, address="https://pratique.example", database_url=town.url,
        vault=town.folder / "vault.json", bundle=town.folder / "good", confirmation_key=town.folder / "own.pem",
    )  # fmt: skip
    house(config, yard.fresh()).engines.api.dispose()
    for wrong in ({"bundle": town.folder / "bad"}, {"confirmation_key": town.folder / "stolen.pem"}):
        with refused(by=UnusableConfig):
            house(structs.replace(config, **wrong), yard.fresh())
    jwk = msgspec.json.decode(jwks.write([yard.signer.certificate]))["keys"][0]
    data = msgspec.json.encode({"keys": [jwk | {"d": "A" * 43}]})
    keys, report = jwks.trusted_keys(data, issuer="https://health.xa.example/cards")
    expect(not keys and Reason.TRUST_PRIVATE_KEY in report.alarms, "a list with a private key is taken")
    return "production starts with neither; a list with a private key: TRUST_PRIVATE_KEY, an alarm"


@tries("REQ 7.3", what="lists of a rehearsal loaded as those of production")
def lists_of_a_rehearsal(yard: Yard) -> str:
    files = dict(border.bundle_files(TrustList(yard.trust.keys, environment=Environment.SANDBOX), number=1, at=AT))
    manifest = msgspec.json.decode(files["bundle.json"])
    files["bundle.json"] = msgspec.json.encode(manifest | {"environment": "production"})
    with refused(by=BundleRefused):
        Bundle.from_files(files)
    world = yard.network

    def fetch(part: str) -> list[bytes]:
        if part not in world.distribution.files:
            raise FileNotFoundError(part)
        return [world.distribution.files[part]]

    got = client.update(yard.fresh(), fetch=fetch, at=AT, environment=Environment.PRODUCTION, root=world.root)
    expect(got.bundle is None and got.problems, "a rehearsal's network is taken for production")
    return f"refused as a file, and as a network: {got.problems[0].reason}"


@tries(
    "REQ 6.1",
    "REQ 6.2",
    "REQ 19.1",
    "REQ 19.2",
    "RC-4",
    what="a stolen key, older lists offered again, and clocks that were set back",
)
def key_compromise(yard: Yard) -> str:
    told = rehearsal.key_compromise(yard.fresh(), at=AT, say=lambda _: None)
    expect(told.hours_exposed <= 24, f"forgeries passed for {told.hours_exposed:.0f} h")
    worst = max(each.hurt for each in told.timeline)
    share = worst / told.timeline[0].holders
    expect(share <= 0.34, f"{share:.0%} of the holders are hurt")
    expect(not told.timeline[-1].forgeries_passed and not told.timeline[-1].hurt, "it does not end")
    expect(told.returned == Reason.NETWORK_ROLLBACK, f"older lists: {told.returned}")
    world = yard.network
    back = world.update("XB", AT - 10 * DAY)
    expect(Reason.NETWORK_CLOCK in {each.reason for each in back.findings}, "a clock that is behind is not told of")
    lists = world.lists("XB")
    expect(lists.not_before(AT - 10 * DAY) == lists.issued, "a clock that is behind is believed")
    return f"forgeries end after {told.hours_exposed:.0f} h, {share:.0%} are hurt; {told.returned}, NETWORK_CLOCK"


@tries("REQ 26.1", "REQ 26.3", what="a list with broken entries, one that shrank, and keys that end")
def list_that_shrank(yard: Yard) -> str:
    good = msgspec.json.decode(jwks.write([yard.signer.certificate]))["keys"]
    data = msgspec.json.encode({"keys": [*good, {"kty": "RSA"}, 7, {**good[0], "use": "enc"}]})
    keys, report = jwks.trusted_keys(data, issuer="https://health.xa.example/cards")
    expect(
        (report.accepted, len(keys)) == (1, 1) and len({place for place, _ in report.refused}) == 3, "not all is told"
    )
    alarms = {reason for _, reason in compare(yard.trust.keys, trusting(yard.signer).keys)}
    expect(alarms == {Reason.TRUST_ISSUER_VANISHED, Reason.TRUST_LIST_SHRANK}, f"told of: {', '.join(alarms)}")
    root = make_csca("XA", "XA root", at=AT)
    pair = make_dsc(root, common_name="XA signer", at=AT)
    listed = [("root", root.certificate_der), ("signer", pair.certificate_der)]
    ends = TrustList.from_certificates([pair.certificate_der]).keys[0].not_after
    said = []
    for days in (89, 29, 6):
        at = (ends or AT) - days * DAY
        found = [each for each in examine(listed, country="XA", at=at, check=crypto.check) if each.place == "signer"]
        said += [each.days for each in found if each.reason is Reason.ONBOARD_ENDS_SOON]
    expect(said == [90, 30, 7], f"told {said} days before")
    return "1 accepted, 3 refused with places; TRUST_ISSUER_VANISHED, TRUST_LIST_SHRANK; alarms at 90, 30 and 7 days"


# persons


@tries("REQ 22.1", "REQ 22.2", "REQ 22.3", what="names in other letters, cut, in another order, and of another person")
def names_compared(yard: Yard) -> str:
    def shown(family: str, given: str, truncated: bool = False) -> MachineReadableZone:
        return structs.replace(traveller.PASSPORT, family_icao=family, given_icao=given, name_truncated=truncated)

    def match(person: Any, zone: MachineReadableZone) -> tuple[Match, tuple[Reason, ...]]:
        found = identify(Certificate(Person(person, PartialDate(1990, 5, 8)), ()), zone)
        return found.name, found.reasons

    for family, given, zone, wanted in (
        ("Jörg", "Jürgen", shown("JOERG", "JUERGEN"), Match.EXACT),
        ("Jörg", "Jürgen", shown("JORG", "JURGEN"), Match.EQUIVALENT),
        ("Han", "Meimei", shown("HAN", "LEILEI"), Match.DIFFERENT),
        ("Han", "Meimei", shown("HAN", "MEIMEI"), Match.EXACT),
        ("Щербак", "Юрій", shown(to_icao("Щербак", language="uk"), to_icao("Юрій", language="uk")), Match.EQUIVALENT),
    ):
        found, reasons = match(name(family, given), zone)
        expect(found is wanted or {found, wanted} == {Match.EXACT, Match.EQUIVALENT}, f"{family}: {found}")
        expect(found is not Match.EQUIVALENT or reasons, f"{family} is equivalent without a reason")
    alone = match(name("Suharto", None), shown("SUHARTO", ""))[0]
    expect(alone in (Match.EXACT, Match.EQUIVALENT), f"one with a single name is {alone}")
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
    del yard
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
    return f"{len(days)} ports, {len(set(days.values()))} calendar days at one instant; days are the calendar's"


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
    for product in ("EU/1/20/1528", "Sputnik-Q"):
        text = certificate(yard.signer, dcc(v=[dose(mp=product)]))
        told = verify(text, trust_list=lists.trust_list, at=AT)
        verdict = admit([told], bundle=lists, journey=journey, at=AT)
        expect(told.authentic is True, "a product that is not listed makes it a forgery")
        expect(verdict.bundle == 7, "the verdict names no bundle")
        expect(verdict.explanation, "nothing is said")
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
    return f"150 dpi in grey, blurred, turned, 20 % noise, JPEG 40: read; {len(message_of(text))} octets"


def _sheet(yard: Yard, text: str) -> Sheet:
    told = verify(text, trust_list=yard.trust, at=AT)
    if told.certificate is None or told.issued is None:
        raise TypeError("not a certificate of ours")
    return Sheet(
        certificate=told.certificate, scans=(Printed(text, told.certificate.claims),),
        issuer="Ministry of Health of XA",
        country="XA", issued=told.issued, expires=told.expires,
    )  # fmt: skip
