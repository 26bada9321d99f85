"""What has to be called back, put right, or told to whom it concerns, and what a claim says of who vouches for it."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec import structs

from pratique.authority.access import Account
from pratique.authority.issuance import correcting, facilities, recalling, requests, revoking, support
from pratique.authority.issuance.certificates import Issued, ending, issue_for
from pratique.authority.issuance.correcting import Case as Matter
from pratique.authority.issuance.correcting import Replaced
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import rights
from pratique.authority.store import reading, writing
from pratique.authority.store.health import Correction
from pratique.authority.store.health import Ground as Wrong
from pratique.issuing import issue
from pratique.model.certificate import AnyClaim, Evidence, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.dcc import to_dcc
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.reasons import Reason
from pratique.rules.evaluation import Outcome, find
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.judging import rule
from pratique.sandbox.attacks.scans import vaccinated
from pratique.sandbox.attacks.yard import (
    ANNE,
    BO,
    CLINIC,
    DAY,
    HOLDER,
    LILEI,
    NURSE,
    PROGRAM,
    Town,
    Yard,
    dose,
    sample,
)  # fmt: skip
from pratique.verification import verify

FORMATS = ("ithc", "shc", "eu-dcc")


def said(town: Town, issued: Issued, *, days: float = 0) -> tuple[bool | None, tuple[Reason, ...]]:
    """What a verifier says that fetched the list of that day."""
    at = AT + timedelta(days=days)
    with reading(town.engine) as connection:
        listed = revoking.revocation_list(connection, at=at)
    told = verify(issued.scan, trust_list=town.trust, at=at, revocation=listed)
    return told.authentic, told.reasons


GREEN = (True, ())


def _all_say(town: Town, made: list[Issued], wanted: object, what: str, *, days: float = 0) -> None:
    for each in made:
        found = said(town, each, days=days)
        expect(found == wanted, f"{what}: {each.format} says {found[0]} {', '.join(found[1])}")


def _in_every_format(town: Town, record: str) -> list[Issued]:
    """A dose alone in each format."""
    return [town.certified(format=each, records=(record,)) for each in FORMATS]


def _decided(town: Town, act: Callable[[Matter], Replaced], *, by: Account = ANNE, days: float = 0) -> list[Issued]:
    """Let a desk, or a holder through the program, decide, and sign what takes the place."""
    at = AT + timedelta(days=days)
    allowed = town.own(at=at) if by is PROGRAM else town.desk(at=at)
    with writing(town.engine) as connection:
        replaced = act(Matter(connection, town.vault, allowed, town.known(), by, at))
    return [issue_for(town.office, each, at=at) for each in replaced.requests]


# facilities and records


@tries("REQ 4.2", "REQ 5.4", what="everything of a facility called back, and somebody who can prove it again")
def recall_of_a_facility(yard: Yard) -> str:
    town = yard.town()
    town.record(dose(LILEI, "D-9"), at=AT + timedelta(hours=2))
    hers, his = town.certified(), town.certified(LILEI)

    def recalled(by: tuple[Account, Account]) -> str:
        with writing(town.engine) as connection:
            planned = recalling.recall_of(
                connection, CLINIC.facility_id, AT - timedelta(hours=1), AT + timedelta(hours=1),
                by=by, ground=facilities.Ground.STOLEN_ACCESS, at=AT,
            )  # fmt: skip
            recalling.announce(connection, planned)
        return planned.recall_id

    with refused(Reason.ACCESS_SECOND_PERSON, by=AccessRefused):
        recalled((ANNE, ANNE))
    recall_id = recalled((ANNE, BO))
    notice = recalling.NOTICE / DAY
    _all_say(town, [hers, his], GREEN, "before its effect")
    _all_say(town, [hers], (False, (Reason.REVOKED,)), "at its effect", days=notice)
    _all_say(town, [his], GREEN, "of another hour", days=notice)
    with refused(Reason.ISSUE_RECALLED, by=IssueRefused):
        town.certified()
    with reading(town.engine) as connection:
        told = {each.record_id: each.ground for each in recalling.notices(connection, town.own())}
    expect(set(told.values()) == {"stolen_access"}, "the holder is not told the ground")
    for record in told:
        _decided(town, lambda matter, record=record: correcting.reprove(  # type: ignore[misc]
            matter, recall_id, record, recalling.Proof.PATIENT_FILE))  # fmt: skip
    _all_say(town, [hers], GREEN, "proved again", days=notice + 1)
    return f"two people, {notice:.0f} days' notice; REVOKED then, of that hour alone; proved again: genuine"


@tries("REQ 14.1", "REQ 14.2", "REQ 28.1", what="a record revoked, and one corrected, in every format of it")
def in_every_format(yard: Yard) -> str:
    town = yard.town(dose(), dose(number="D-2", day="2026-07-01", dose="2"), sample())
    doses = {str(kept.claim.date): kept for kept in town.records() if isinstance(kept.claim, Vaccination)}
    wrong, other = doses["2026-06-01"], doses["2026-07-01"]
    made, spared = [*_in_every_format(town, wrong.record_id), town.certified()], _in_every_format(town, other.record_id)
    _all_say(town, [*made, *spared], GREEN, "untouched")
    claim: Any = structs.replace(wrong.claim, date=PartialDate(2026, 6, 2))
    decision = rights.Decision(wrong.record_id, claim, Correction(Wrong.WRONG_DATE, "desk"))
    began = time.perf_counter()
    again = _decided(town, lambda matter: correcting.supersede(matter, decision))
    took = time.perf_counter() - began
    expect(took < 60, f"a correction took {took:.0f} s")
    _all_say(town, made, (False, (Reason.REPLACED,)), "corrected")
    _all_say(town, again, GREEN, "instead")
    expect({each.replaces for each in again} == {each.certificate_id for each in made}, "not every format came again")
    alone = next(each for each in again if each.replaces == made[0].certificate_id)
    for one, of_it in ((alone, again), (spared[0], spared)):
        _all_say(town, of_it, GREEN, "of another dose")
        with writing(town.engine) as connection:
            identifiers = revoking.of_certificate(connection, one.certificate_id)
            with refused(Reason.ACCESS_ROLE, by=AccessRefused):
                revoking.withdraw(connection, identifiers, HOLDER, revoking.Ground.FRAUD, at=AT)
            revoking.withdraw(connection, identifiers, ANNE, revoking.Ground.FRAUD, at=AT)
        _all_say(town, of_it, (False, (Reason.REVOKED,)), "revoked")
    return f"{len(made)} of one dose REPLACED, then new ones; each dose REVOKED in every format; {took:.1f} s"


@tries("REQ 16.3", what="a certificate that strangers have a picture of")
def leaked_code(yard: Yard) -> str:
    town = yard.town()
    made = town.certified()
    (again,) = _decided(town, lambda matter: correcting.leaked(matter, made.certificate_id), by=PROGRAM)
    _all_say(town, [made], (False, (Reason.REVOKED,)), "leaked")
    _all_say(town, [again], GREEN, "instead")
    both = [verify(each.scan, trust_list=town.trust, at=AT) for each in (made, again)]
    expect(not both[0].identifiers & both[1].identifiers, "an identifier is the same")
    claims = [told.certificate.claims if told.certificate else () for told in both]
    expect([str(c.issuer) for c in claims[0]] == [str(c.issuer) for c in claims[1]], "other records")
    return "REVOKED; the same records under other identifiers are genuine"


@tries("REQ 24.2", "REQ 28.3", "REQ 29.1", what="a holder who waits, whose certificate ends, or who needs help")
def holder_who_waits(yard: Yard) -> str:
    town = yard.town()
    with writing(town.engine) as connection:
        asked = requests.ask(connection, town.vault, town.known(), Wanted(), HOLDER, at=AT)
        number = support.write(connection, town.vault, support.Topic.NAME, "My name is wrong.", language="en", at=AT)
    with reading(town.engine) as connection:
        (standing,) = requests.of_person(connection, town.own())
        expect(standing.state == "waiting" and standing.request_id == asked.request_id, "nobody knows how it stands")
        expect(support.status(connection, town.vault, number) is not None, "the number is not known")
        expect(support.status(connection, town.vault, number[:-1] + "?") is None, "any number is")
        with refused(Reason.ACCESS_ROLE, by=AccessRefused):
            support.waiting(connection, NURSE)
    made = town.certified(expires=AT + 10 * DAY)
    with reading(town.engine) as connection:
        told = [each for _, each, _ in ending(connection, at=AT)]
    expect(told == [made.certificate_id], "the holder is not told before it ends")
    return "waiting; told 30 days before the end; help under a number that nobody else has"


@tries("REQ 31.1", what="claims without who vouches for them, and of a lower grade than rules ask for")
def evidence_under_the_signature(yard: Yard) -> str:
    good = vaccinated()
    bare = structs.replace(good, claims=(structs.replace(good.claims[0], evidence=None),))
    with refused(Reason.ISSUE_EVIDENCE, by=IssueRefused):
        issue(bare, format="ithc", signer=yard.signer, at=AT)
    town = yard.town()
    told = verify(town.certified().scan, trust_list=town.trust, at=AT).certificate
    grades = {each.evidence for each in told.claims} if told else set()
    expect(grades == {Evidence.ADMINISTERED}, "the grade is not in it")
    facility = {each.issuer for each in told.claims} if told else set()
    expect(facility == {CLINIC.name}, "the facility is not in it")
    said_of = [_asked_for_a_register(yard, structs.replace(good.claims[0], evidence=grade)) for grade in Evidence]
    enough = [outcome is Outcome.PASSED for outcome in said_of]
    expect(enough == [grade >= Evidence.REGISTRY for grade in Evidence], f"a rule's minimum: {', '.join(said_of)}")
    unsaid = _asked_for_a_register(yard, good.claims[0], in_format="eu-dcc")
    expect(unsaid is Outcome.OPEN, f"a certificate that says no grade is {unsaid}")
    return "ISSUE_EVIDENCE; grade and facility are under the signature; rules ask for a minimum, and none said is open"


def _asked_for_a_register(yard: Yard, claim: AnyClaim, *, in_format: str = "ithc") -> Outcome:
    """What a rule that wants a register, or better, says of a certificate of this claim, once its signature held."""
    text = issue(structs.replace(vaccinated(), claims=(claim,)), format=in_format, signer=yard.signer, at=AT)
    told = verify(text, trust_list=yard.trust, at=AT).certificate
    expect(told, "the certificate is not genuine")
    asked = rule({">=": [{"var": "payload.v.0.ev"}, int(Evidence.REGISTRY)]})
    return find(asked, to_dcc(told) if told else {}, external={}).outcome
