"""Attacks on the health code: colours for other ends, without a reason, or past their end."""

import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from msgspec import structs
from sqlalchemy import text

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
from pratique.colour import Colour, HealthCode, explain
from pratique.issuing import issue
from pratique.model import uvci
from pratique.model.certificate import Certificate, Evidence, Person, Test, TestKind, TravelDocument
from pratique.model.dates import PartialDate
from pratique.model.errors import (
    OrderRefused,
    RuleRefused,
    StatusRefused,
)
from pratique.model.facts import ContactKind
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, DETECTED, LOINC, NOT_DETECTED, Code
from pratique.rules.linting import parse_policy
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
    changed,
    trusting,
)  # fmt: skip
from pratique.trust.x509 import trusted_key

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
    confirmed = State.NOT_ACCEPTED, appeals.Ground.CONFIRMED
    for own in (NORTH, NORTH_TOO, SOUTH):
        with refused(Reason.STATUS_OFFICES, by=StatusRefused):
            appeals.decide(town.engine, own, opened.appeal_id, *confirmed, at=AT + HOUR)
    appeals.decide(town.engine, WEST, opened.appeal_id, State.ACCEPTED, appeals.Ground.NOT_FOUND, at=AT + 2 * HOUR)
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
