"""Attacks on the health code, on policies and at doors: codes for other ends, rules that creep, doors that track."""

import re
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs
from sqlalchemy import inspect, text

from pratique import crypto
from pratique.authority import sunset
from pratique.authority.access import Account, Role, enter
from pratique.authority.records import local_codes
from pratique.authority.records.local_codes import National, Recognition
from pratique.authority.status import appeals, assigning, codes, counting, declaring, tracing
from pratique.authority.status.declaring import Told, Trip
from pratique.authority.status.tracing import Met
from pratique.authority.store import health, people, reading, writing
from pratique.authority.store.asking import State, Words
from pratique.authority.store.health import NewRecord
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.authority.store.purging import Order, Report, SignedOrder
from pratique.authority.venues import registering, slips
from pratique.authority.venues.doors import Mode
from pratique.authority.venues.exposures import hour_of
from pratique.authority.venues.registering import Act
from pratique.colour import Colour, HealthCode, explain
from pratique.formats import open_scan
from pratique.issuing import FORMATS, issue
from pratique.model import facts, uvci
from pratique.model.certificate import Certificate, Evidence, Person, Test, TestKind, TravelDocument
from pratique.model.crowd import Crowd
from pratique.model.dates import PartialDate
from pratique.model.errors import (
    OrderRefused,
    PratiqueError,
    RuleRefused,
    StatusRefused,
)
from pratique.model.facts import ContactKind
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.model.status import StatusWord
from pratique.model.valueset import CONDITIONS, COVID_19, DETECTED, LOINC, NOT_DETECTED, Code
from pratique.passes import Slot, begins, day_passes, statuses, word_of
from pratique.rules.linting import parse_policy
from pratique.rules.personas import decision, has_a_way, personas
from pratique.rules.policy import ESSENTIAL, Policy
from pratique.sandbox import border
from pratique.sandbox import codes as published
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.yard import (
    CARRIER,
    DAY,
    GATE,
    LILEI,
    MEIMEI,
    NORTH,
    NORTH_TOO,
    NURSE,
    SOUTH,
    WEST,
    Town,
    Yard,
    trusting,
)  # fmt: skip
from pratique.trust.x509 import trusted_key
from pratique.verification import verify

ZONE = timezone(timedelta(hours=8))
TODAY = AT.astimezone(ZONE).date()
HOUR = timedelta(hours=1)
POLICY = parse_policy(published.policy())
DEPOSITORS = 1317
"""Zhengzhou, June 2022: people whose only fact was that they wanted their money back."""
MET = Met(ContactKind.CLOSE, TODAY - timedelta(days=2))


def swab(hours: float = 6, result: Code = DETECTED) -> Test:
    """A molecular test so many hours ago."""
    return Test(
        uvci=uvci.from_record_id("XA", bytes([7] * 16)),
        disease=COVID_19,
        country="XA",
        issuer="Laboratory 7",
        evidence=Evidence.ADMINISTERED,
        kind=TestKind.MOLECULAR,
        sampled=(AT - timedelta(hours=hours)).replace(microsecond=0),
        result=result,
        method=Code(LOINC, "94500-6"),
    )


def newcomer(town: Town, number: int) -> Known:
    """Somebody more, whose passport has this number."""
    return newcomers(town, 1, first=number)[0]


def papers_of(number: int) -> Papers:
    """Their passport."""
    return Papers("UTO", f"XB{number:07}")


def newcomers(town: Town, count: int, *, first: int = 1) -> list[Known]:
    """So many more."""
    made = [
        Newcomer(papers_of(number), name("Han", "Fang"), PartialDate(1980, 1, 1))
        for number in range(first, first + count)
    ]
    with writing(town.engine) as connection:
        return list(people.enter(connection, town.vault, made, at=int(AT.timestamp())).values())


def ill(town: Town, known: Known, claim: Test | None = None, number: int = 1) -> tuple[str, str]:
    """A laboratory's record of somebody's test: whose, and which."""
    record_id = f"{number:032x}"
    kept = NewRecord(known.person_id, record_id, claim or swab(), "lab-7", bytes([number]), b"", "i", number)
    with writing(town.engine) as connection:
        health.keep(connection, [kept], at=int(AT.timestamp()))
    return known.person_id, record_id


def colour(town: Town, known: Known, at: datetime = AT) -> HealthCode:
    """The code of somebody."""
    with reading(town.engine) as connection:
        return codes.code_of(connection, known.person_id, POLICY, at=at, zone=ZONE)


def proof_of(yard: Yard, known: Known, papers: Papers = MEIMEI, *, by: Any = None, claim: Test | None = None) -> str:
    """A facility's signed record of a positive test."""
    document = TravelDocument.conceal("P", papers.country, papers.number, salt=secrets.token_bytes(16))
    holder = Person(known.name, known.birth_date, document)
    return issue(Certificate(holder, (claim or swab(),)), format="ithc", signer=by or yard.signer, at=AT)


# by hand


@tries("GV-2", "REQ 34.1", what="1 317 people turned red at once, one by one, and by a venue's poster, by every role")
def zhengzhou(yard: Yard) -> str:
    town, listed = yard.town(), trusting(yard.signer)
    crowd = newcomers(town, DEPOSITORS)
    everybody = [Account(f"zhengzhou-{role}", role) for role in Role]
    with writing(town.engine) as connection:
        for account in everybody:
            enter(connection, account, account.account_id, at=AT - HOUR)
    tried = 0
    for account in (*everybody, NORTH, SOUTH):
        many: Any = crowd
        with refused(Reason.STATUS_BULK):
            assigning.propose(town.engine, town.vault, account, many, "", facilities=listed, at=AT)
    for number, known in enumerate(crowd):
        account = (*everybody, NORTH, SOUTH)[number % (len(everybody) + 2)]
        reason = Reason.STATUS_EVIDENCE if account in (NORTH, SOUTH) else Reason.ACCESS_ROLE
        with refused(reason):
            assigning.propose(
                town.engine, town.vault, account, known, "HC1:A POSTER OF A VENUE", facilities=listed, at=AT
            )
        tried += 1
    red = [known for known in crowd[::50] if colour(town, known).colour is not Colour.UNKNOWN]
    expect(not red, f"{len(red)} have a colour")
    expect(counting.count(town.engine, POLICY, at=AT, zone=ZONE) == 0, "somebody is counted")
    return f"STATUS_BULK at once; {tried} one by one: ACCESS_ROLE or STATUS_EVIDENCE; nobody has a colour"


@tries(
    "GV-2",
    "GV-1",
    "GV-6",
    "REQ 34.1",
    what="a red code by one office, without evidence, with another's, and by whoever is no official",
)
def red_by_hand(yard: Yard) -> str:
    town, listed = yard.town(), trusting(yard.signer)
    known = newcomer(town, 1)
    good = proof_of(yard, known, papers_of(1))
    negative = swab(result=NOT_DETECTED)
    for scan in ("", "HC1:X", proof_of(yard, known, LILEI), proof_of(yard, known, papers_of(1), by=yard.thief),
                 proof_of(yard, known, papers_of(1), claim=negative),
                 proof_of(yard, known, papers_of(1), claim=swab(8 * 24))):  # fmt: skip
        with refused(Reason.STATUS_EVIDENCE):
            assigning.propose(town.engine, town.vault, NORTH, known, scan, facilities=listed, at=AT)
    for account in (NURSE, GATE, CARRIER, *(Account(f"police-{role}", role) for role in Role)):
        with refused(Reason.ACCESS_ROLE):
            assigning.propose(town.engine, town.vault, account, known, good, facilities=listed, at=AT)
    made = assigning.propose(town.engine, town.vault, NORTH, known, good, facilities=listed, at=AT)
    for second in (NORTH, NORTH_TOO):
        with refused(Reason.STATUS_OFFICES):
            assigning.approve(town.engine, town.vault, second, known, made.proposal_id, facilities=listed, at=AT)
    expect(colour(town, known).colour is Colour.UNKNOWN, "a proposal turned somebody red")
    assigning.approve(town.engine, town.vault, SOUTH, known, made.proposal_id, facilities=listed, at=AT)
    code = colour(town, known)
    expect(
        code.colour is Colour.RED and code.evidence and code.cause and code.appeal and code.remedy, "not all is told"
    )
    expect(code.ends <= AT + timedelta(hours=72), "it does not end")
    expect(colour(town, known, AT + timedelta(hours=72)).colour is Colour.UNKNOWN, "it does not end by itself")
    row = ("INSERT INTO status_assignment SELECT person_id, 'x', 'red', 'bank_deposit', sampled, evidence, content, "
           "proposed_by, proposed_office, proposed_by, proposed_office, moment, until "
           "FROM status_assignment")  # fmt: skip
    try:
        with writing(town.engine) as connection:
            connection.execute(text(row))
    except Exception as fault:
        expect(type(fault).__name__ in ("IntegrityError", "OperationalError"), "the table refused something else")
    else:
        expect(False, "the table took a code of one person without a cause")
    return "STATUS_EVIDENCE, ACCESS_ROLE, STATUS_OFFICES; by two offices: red with cause, end, remedy and appeal"


@tries("GV-1", what="codes without cause, evidence, end, remedy or appeal, and policies that would give them")
def colour_without_a_reason(yard: Yard) -> str:
    town = yard.town()
    case = ill(town, town.known(LILEI))
    tracing.establish(town.engine, town.vault, (NORTH, SOUTH), town.known().person_id, MET, case=case, at=AT)
    whole = colour(town, town.known())
    expect(whole.colour is Colour.YELLOW, "a contact is no yellow")
    for bare in ({"cause": None}, {"evidence": ()}, {"remedy": None}, {"appeal": None}):
        with refused(by=ValueError):
            structs.replace(whole, **bare)
    for field, reason in (("cause", Reason.POLICY_CAUSE), ("ends", Reason.POLICY_END), ("remedy", Reason.POLICY_REMEDY),
                          ("appeal", Reason.POLICY_APPEAL)):  # fmt: skip
        with refused(reason, by=RuleRefused):
            parse_policy(changed(border.policy(), lambda text, field=field: text["otherwise"].pop(field)))
    return "none can be made, and no policy that would: POLICY_CAUSE, POLICY_END, POLICY_REMEDY, POLICY_APPEAL"


@tries("GV-3", what="the same facts and rules a hundred times, in another order")
def same_facts(yard: Yard) -> str:
    town = yard.town()
    ill(town, town.known(), swab(30, NOT_DETECTED), 1)
    ill(town, town.known(), swab(5, NOT_DETECTED), 2)
    found = {msgspec.json.encode((code := colour(town, town.known()), explain(code))) for _ in range(100)}
    expect(len(found) == 1, f"{len(found)} answers")
    return "one answer, in the same words"


@tries("GV-4", what="a contested fact that nobody looks at for a day")
def appeal_past_its_clock(yard: Yard) -> str:
    town = yard.town()
    case = ill(town, newcomer(town, 1))
    fact = tracing.establish(
        town.engine, town.vault, (NORTH, SOUTH), town.known(LILEI).person_id, MET, case=case, at=AT
    )
    words = Words("I was abroad on that day.", None)
    opened = appeals.open_appeal(town.engine, town.vault, town.own(LILEI), fact, words, at=AT)
    expect(colour(town, town.known(LILEI), AT + 23 * HOUR).colour is Colour.YELLOW, "it counts less than a day")
    expect(colour(town, town.known(LILEI), AT + 24 * HOUR).colour is Colour.UNKNOWN, "it counts past its clock")
    with refused(Reason.STATUS_OFFICES, by=StatusRefused):
        appeals.decide(town.engine, NORTH, opened.appeal_id, State.NOT_ACCEPTED, at=AT + HOUR)
    appeals.decide(town.engine, WEST, opened.appeal_id, State.ACCEPTED, at=AT + 2 * HOUR)
    expect(
        colour(town, town.known(LILEI), AT + 2 * HOUR).colour is Colour.UNKNOWN, "an accepted appeal changes nothing"
    )
    return "yellow for 24 hours, then no colour; its own office decides nothing; accepted: gone at once"


@tries("GV-5", "RC-5", what="no data, old data, and words of local codes that no table knows")
def missing_is_not_red(yard: Yard) -> str:
    town = yard.town()
    expect(colour(town, newcomer(town, 9)).colour is Colour.UNKNOWN, "no data has a colour")
    old = newcomer(town, 10)
    ill(town, old, swab(30 * 24, NOT_DETECTED), 5)
    expect(colour(town, old).colour is Colour.UNKNOWN, "old data has a colour")
    tried = 0
    for system, words in (*local_codes.SYSTEMS.items(), ("nobody's", {})):
        for word in (*words, "紫", "purple", ""):
            meaning = local_codes.to_national(system, word)
            expect(word in words or meaning is National.REVIEW, f"{system}: an unknown word means {meaning}")
            for there in (*local_codes.SYSTEMS, "nobody's"):
                for way in Recognition:
                    shown = local_codes.recognise(system, word, way, destination=there)
                    worse = shown.meaning is National.CONFIRMED and meaning is not National.CONFIRMED
                    expect(not worse, f"{system} {way} {there}: red from {meaning}")
                    tried += 1
    for system, words in local_codes.SYSTEMS.items():
        for word, meaning in words.items():
            own = local_codes.to_local(meaning, system)
            expect(
                own is None or local_codes.to_national(system, own) is meaning, f"{system}: {word} does not come back"
            )
    return f"unknown, never red; of {tried} readings of local codes none turned red"


@tries("GV-7", what="counts of those who are red, where they are few")
def public_counts(yard: Yard) -> str:
    town = yard.town()
    case = ill(town, town.known(LILEI))
    for number in range(1, 13):
        known = newcomer(town, number)
        tracing.establish(town.engine, town.vault, (NORTH, SOUTH), known.person_id, MET, case=case, at=AT)
    counting.count(town.engine, POLICY, at=AT, zone=ZONE)
    with reading(town.engine) as connection:
        lines = {(each.colour, str(each.cause)): each.people for each in counting.published(connection, TODAY)}
    expect(lines[("yellow", "contact")] == 12, "the contacts are not counted")
    expect(lines[("red", "positive_test")] is None, "one red person is told of")
    return "12 yellow by contact; fewer than ten are hidden"


@tries(
    "FC-4", what="a policy past its end: a code shown, a status signed, a purge by a wrong order, and by the right one"
)
def after_the_end(yard: Yard) -> str:
    town = yard.town()
    sunset_at = POLICY.sunset
    expect(sunset_at is not None, "the policy has no end")
    if sunset_at is None:
        return ""
    known = town.known()
    code = colour(town, known)
    declaring.declare(town.engine, town.vault, known, Told(36.5, trips=(Trip("XB", TODAY, TODAY),)), by=known, at=AT,
                      zone=ZONE)  # fmt: skip
    for late in (lambda: colour(town, known, sunset_at),
                 lambda: counting.count(town.engine, POLICY, at=sunset_at, zone=ZONE),
                 lambda: codes.issue_statuses(code, known, POLICY, yard.signer, [None], at=sunset_at)):  # fmt: skip
        with refused(Reason.STATUS_ENDED, by=StatusRefused):
            late()
    destroy = sunset_at + sunset.EXPORTED_WITHIN

    def ordered(**more: Any) -> SignedOrder:
        order = Order("a" * 32, "the end of the policy", destroy.isoformat(), (destroy + 7 * DAY).isoformat(),
                      tables=sunset.DESTROYED)  # fmt: skip
        data = msgspec.json.encode(structs.replace(order, **more))
        private = yard.pair.private_key
        expect(isinstance(private, ec.EllipticCurvePrivateKey), "another key")
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))  # type: ignore[call-arg, arg-type]
        return SignedOrder(data, r.to_bytes(32) + s.to_bytes(32), trusted_key(yard.pair.certificate_der).key)

    with refused(Reason.ORDER_PERIOD, by=OrderRefused):
        sunset.destroy(town.engine, POLICY, ordered(), yard.signer, at=sunset_at)
    with refused(Reason.ORDER_UNSIGNED, by=OrderRefused):
        forged = structs.replace(ordered(), order=ordered().order.replace(b"the end", b"THE END"))
        sunset.destroy(town.engine, POLICY, forged, yard.signer, at=destroy)
    proof = sunset.destroy(town.engine, POLICY, ordered(), yard.signer, at=destroy)
    key = yard.signer.key.public
    check = key is not None and crypto.check(SignatureCheck(key, Algorithm.ES256, proof.report, proof.signature))
    expect(check is True, "the report is not signed")
    left = msgspec.json.decode(proof.report, type=Report).left
    expect(set(left.values()) == {0} and not any(sunset.remaining(town.engine).values()), "rows are left")
    return f"STATUS_ENDED, ORDER_PERIOD, ORDER_UNSIGNED; then {len(left)} tables are empty, with a signed report"


# policies


def changed(policy: bytes, change: Any) -> bytes:
    """A policy with something else in it."""
    stated = msgspec.json.decode(policy)
    change(stated)
    return msgspec.json.encode(stated)


def _logic(stated: Any, logic: object) -> None:
    stated["rules"][0]["Logic"] = logic
    stated["rules"][0]["AffectedFields"] = []


@tries("EQ-1", "EQ-2", what="a policy that vaccination alone satisfies, and one that leaves somebody no way in")
def vaccination_alone(yard: Yard) -> str:
    del yard

    def _nobody(stated: Any) -> None:
        stated["branches"], stated["otherwise"]["remedy"] = stated["branches"][:2], {"kind": "wait"}

    def alone(stated: Any) -> None:
        branch = next(each for each in stated["branches"] if any(name.startswith("VR") for name in each["rules"]))
        stated["branches"] = [branch]
        stated["otherwise"]["remedy"] = {"kind": "vaccination"}

    with refused(Reason.POLICY_VACCINATION, by=RuleRefused):
        parse_policy(changed(border.policy(), alone))

    def waived(stated: Any) -> None:
        alone(stated)
        stated["waiver"] = "ihr-annex-7"

    with refused(Reason.POLICY_WAIVER, by=RuleRefused):
        parse_policy(changed(border.policy(), waived))
    with refused(Reason.POLICY_PERSONA, by=RuleRefused):
        parse_policy(changed(border.policy(), _nobody))
    found = []
    for text_ in (border.policy(), published.policy()):
        policy = parse_policy(text_)
        clock = policy.start + DAY
        without = [each.name for each in personas() if not has_a_way(each, policy, clock)]
        expect(not without, f"{policy.identifier} leaves out {', '.join(without)}")
        found.append(policy.identifier)
    return f"POLICY_VACCINATION, POLICY_WAIVER, POLICY_PERSONA; {len(personas())} people have a way under {len(found)}"


@tries(
    "FC-1",
    "FC-2",
    "FC-3",
    "FC-5",
    what="policies for a school, for another condition, with a score, and about more than they say",
)
def creeping(yard: Yard) -> str:
    tried: list[tuple[Reason, Any]] = [
        *((Reason.POLICY_ESSENTIAL, lambda stated, place=place: stated.update(setting=place)) for place in ESSENTIAL),
        (Reason.POLICY_CONDITION, lambda stated: stated.update(disease="86406008")),
        (Reason.POLICY_CATEGORY, lambda stated: stated["categories"].remove("vaccinations")),
        (Reason.POLICY_DATA, lambda stated: _logic(stated, {"===": [{"var": "payload.nam.fnt"}, "HAN"]})),
        (Reason.POLICY_SCORE, lambda stated: _logic(stated, {">": [{"+": [{"var": "payload.v.0.dn"}, 1]}, 2]})),
        (Reason.POLICY_RESULT, lambda stated: stated["branches"][0].update(result="green")),
        (Reason.POLICY_SUNSET_MISSING, lambda stated: stated.pop("sunset")),
        (Reason.POLICY_SUNSET_FAR, lambda stated: stated.update(sunset="2030-01-01T00:00:00Z")),
    ]
    for reason, change in tried:
        with refused(reason, by=RuleRefused):
            parse_policy(changed(border.policy(), change))
    for odd in ({"score": 7}, {"rank": 1}, {"location": "31.2,121.5"}):
        with refused(by=RuleRefused):
            parse_policy(changed(border.policy(), lambda stated, odd=odd: stated.update(odd)))
    expect(isinstance(parse_policy(border.policy()), Policy), "the untouched one is refused")
    condition = Code("http://snomed.info/sct", "86406008")
    expect(condition not in CONDITIONS, "another condition is on the list")
    told = issue_refused(yard, condition)
    return f"{len(tried) + 3} policies refused; another condition: {told}"


def issue_refused(yard: Yard, condition: Code) -> str:
    """Why a certificate, and a record, of another condition is refused."""
    certificate = Certificate(
        Person(name("Han", "Meimei"), PartialDate(1990, 5, 8)), (structs.replace(swab(), disease=condition),)
    )
    for each in FORMATS:
        with refused():
            issue(certificate, format=each, signer=yard.signer, at=AT)
    return "no format certifies it"


@tries("PR-7", "FC-3", what="a position, a cell or a score where facts, declarations and trips are read")
def no_input_for_a_position(yard: Yard) -> str:
    town = yard.town()
    word = re.compile(
        r"lat(itude)?$|lon(gitude)?$|gps|geo|position|cell(_id)?$|imsi|wifi|bluetooth|score|rank", re.IGNORECASE
    )
    columns = [f"{table}.{column['name']}" for table in inspect(town.engine).get_table_names()
               for column in inspect(town.engine).get_columns(table)]  # fmt: skip
    fields = [
        *facts.PATHS,
        *columns,
        *(field.name for field in structs.fields(Trip)),
        *(field.name for field in structs.fields(Told)),
    ]
    found = [each for each in fields if word.search(each.rpartition(".")[2])]
    expect(not found, f"there is {', '.join(found)}")
    known = town.known()
    for far in (Trip("XB", TODAY - timedelta(days=400), TODAY - timedelta(days=399)), Trip("31.2,121.5", TODAY, TODAY)):
        with refused(by=(ValueError, PratiqueError)):  # type: ignore[arg-type]
            declaring.declare(town.engine, town.vault, known, Told(36.5, trips=(far,)), by=known, at=AT, zone=ZONE)
    return f"of {len(fields)} columns, facts and fields none is a position; trips are places and days of three weeks"


# passes and doors


def new_keys(count: int) -> tuple[bytes, ...]:
    """One-time keys of a holder."""
    return tuple(
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        for _ in range(count)
    )


CROWD = Crowd(
    {given + family: 20_000 for given in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for family in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
)
MEI = Person(name("Han", "Meimei"), PartialDate(1990, 5, 8))


@tries(
    "PR-3",
    "PR-4",
    "PR-5",
    "EQ-3",
    "REQ 18.1",
    what="day passes of one holder, and of people who were admitted in different ways, compared",
)
def passes_compared(yard: Yard) -> str:
    signer, trust = yard.signer, yard.trust
    venue = parse_policy(border.policy())
    clock = venue.start + DAY
    shapes = {}
    for persona in personas():
        word = word_of(decision(persona, venue, clock))
        if word is not StatusWord.ADMITTED:
            continue
        slots = [Slot(day, new_keys(1)) for day in begins(AT, days=2)]
        made = day_passes(statuses(MEI, word, slots, crowd=CROWD), signer=signer, at=AT)
        told = [verify(scan, trust_list=trust, at=slots[0].begins + HOUR).content for scan in made[:1]]
        shapes[persona.name] = (len(made[0]), [(each.begins, each.ends, each.word, each.initials) for each in told])  # type: ignore[union-attr]
    expect({"vaccinated", "recovered", "tested", "exempt"} <= shapes.keys(), "somebody is not admitted")
    expect(len({repr(each) for each in shapes.values()}) == 1, "the way shows")
    slots = [Slot(day, new_keys(20)) for day in begins(AT, days=5)]
    made = day_passes(statuses(MEI, StatusWord.ADMITTED, slots, crowd=CROWD),
                      signer=signer, at=AT)  # fmt: skip
    envelopes = [open_scan(scan) for scan in made]
    expect(len({each.signature for each in envelopes}) == len(made), "two signatures are the same")
    keys = [verify(scan, trust_list=trust, at=AT).content for scan in made]
    expect(len({each.key for each in keys}) == len(made), "two keys are the same")  # type: ignore[union-attr]
    disclosed = {(each.initials, each.birthday) for each in keys}  # type: ignore[union-attr]
    expect(len(disclosed) == 1 and all(len(part or "") <= 5 for part in disclosed.pop()), "more is told")
    expect(all(not verify(scan, trust_list=trust, at=AT).identifiers for scan in made), "they have identifiers")
    return f"{len(shapes)} ways, one shape and size; {len(made)} passes of one holder share initials and a birthday"


@tries("PR-6", what="doors that register by themselves, for ever, in a taxi, and slips that one official opens")
def doors_that_track(yard: Yard) -> str:
    town = yard.town()
    engine, vault = town.engine, town.vault
    with refused(Reason.VENUE_REGISTER_OFF):
        registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    begin = AT - DAY
    period = registering.propose(engine, NORTH, "An order", begins=begin, ends=begin + 100 * DAY, at=AT)
    registering.agree(engine, NORTH, Act.ALLOW, period, at=AT)
    with refused(Reason.VENUE_REGISTER_OFF):
        registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    registering.agree(engine, SOUTH, Act.ALLOW, period, at=AT)
    with refused(Reason.VENUE_SHOW_ONLY):
        registering.open_venue(engine, vault, NORTH, Mode.TAXI, "Taxi 12", at=AT)
    place = registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    kit = registering.kit(engine, vault, place.code, at=AT)
    content = slips.seal("13800000000", kit.keys[0], code=kit.code, hour=kit.first_hour)
    registering.take(engine, place.code, kit.first_hour, content, at=AT)
    expect(b"13800000000" not in town.path.read_bytes(), "the slip is in the clear")
    hour = hour_of(AT)
    exposure = registering.declare(engine, NORTH, place.venue_id, first_hour=hour, last_hour=hour, at=AT)
    with refused(Reason.EXPOSURE_UNDECLARED):
        registering.open_slips(engine, vault, NORTH, exposure, at=AT)
    registering.agree(engine, SOUTH, Act.DECLARE, exposure, at=AT)
    registering.agree(engine, NORTH, Act.OPEN, exposure, at=AT)
    with refused(Reason.EXPOSURE_ONE_OFFICIAL):
        registering.open_slips(engine, vault, NORTH, exposure, at=AT)
    registering.purge(engine, vault, at=AT + 15 * DAY)
    with reading(engine) as connection:
        left = connection.execute(text("SELECT count(*) FROM slip")).scalar_one()
    expect(left == 0, "slips are left after two weeks")
    tables = set(inspect(engine).get_table_names())
    expect(not {"visit", "scan", "check_in"} & tables, "there is a table of visits")
    return "VENUE_REGISTER_OFF, VENUE_SHOW_ONLY, EXPOSURE_ONE_OFFICIAL; slips are sealed, and gone after 14 days"
