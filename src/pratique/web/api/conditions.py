"""What a carrier's access token asks of a certificate, and what was found: the words of the EU's booking protocol."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Literal

from msgspec import Struct

from pratique.admission import Admission, admit
from pratique.bundle import Bundle
from pratique.identification import Match, same_holder
from pratique.model.certificate import Certificate, Name, Person, Recovery, Test, TestKind, Vaccination
from pratique.model.countries import canonical, is_country
from pratique.model.dates import YEARS, PartialDate
from pratique.model.journey import Journey, Leg
from pratique.model.sealed import Sealed
from pratique.rules import Outcome
from pratique.texts.saying import published
from pratique.verification import Verification, verify

Word = Literal["OK", "NOK", "CHK"]


class Level(IntEnum):
    """`t`: how much is to be checked; each includes the one before."""

    STRUCTURE = 0
    CRYPTOGRAPHIC = 1
    FULL = 2


class Conditions(Struct, frozen=True, rename="camel"):
    """`vc`: whose certificate, of which kinds, for which journey. Names and birth date as a DCC spells them."""

    hash: str = ""
    lang: str = "en"
    fnt: str = ""
    gnt: str = ""
    dob: str = ""
    coa: str = ""
    cod: str = ""
    roa: str = ""
    rod: str = ""
    type: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    validation_clock: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class Finding(Struct, frozen=True):
    """One thing that was checked. `identifier` is a reason code of ours, or a rule's."""

    identifier: str
    result: Word
    type: Literal["TechnicalVerification", "DestinationAcceptance"]
    details: str = ""


def findings(scan: str, level: Level, conditions: Conditions, bundle: Bundle, at: datetime) -> tuple[Finding, ...]:
    """Everything that was found out about a certificate; at least one finding. Never raises for any scan."""
    told = verify(scan, trust_list=bundle.trust_list, at=at, revocation=bundle.revocation)
    found = list(_structure(told, scan, conditions))
    if level >= Level.CRYPTOGRAPHIC:
        found += _cryptographic(told, conditions)
    if level is Level.FULL:
        found += _full(told, conditions, bundle, at)
    return tuple(found)


def overall(found: Sequence[Finding]) -> Word:
    """NOK: the certificate does not count. CHK: cross-check, or ask for a test; also where rules are not met."""
    if any(each.result == "NOK" and each.type == "TechnicalVerification" for each in found):
        return "NOK"
    return "OK" if found and all(each.result == "OK" for each in found) else "CHK"


def _technical(identifier: str, held: bool | None, details: str = "") -> Finding:
    word: Word = "OK" if held else "CHK" if held is None else "NOK"
    return Finding(identifier, word, "TechnicalVerification", details)


def _structure(told: Verification, scan: str, conditions: Conditions) -> Iterator[Finding]:
    yield _technical("WELL_FORMED", told.well_formed)
    if told.format is not None and not scan.startswith("HC1:"):
        yield _technical("FORMAT", None, "not a European certificate")
    if conditions.hash:
        digest = hashlib.sha256(scan.encode()).digest()
        yield _technical("HASH", conditions.hash in (digest.hex(), base64.b64encode(digest).decode()))


def _cryptographic(told: Verification, conditions: Conditions) -> Iterator[Finding]:
    if told.authentic:
        yield _technical("AUTHENTIC", True)
    for reason in told.reasons if not told.authentic else ():
        yield _technical(reason.value, told.authentic)
    content = told.content
    if content is None:
        return
    if not isinstance(content, Certificate):  # sealed: nobody here can say; a pass or a permit is no such proof
        yield _technical("TYPE", None if isinstance(content, Sealed) else False)
        return
    yield from _holder(content, conditions)
    if conditions.type:
        kinds = {kind for claim in content.claims for kind in _kinds(claim)}
        yield _technical("TYPE", bool(kinds & set(conditions.type)))
    for name, instant in (("validFrom", conditions.valid_from), ("validTo", conditions.valid_to)):
        if instant is not None:
            moment = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            begins, ends = told.issued is None or told.issued <= moment, told.expires is None or moment <= told.expires
            yield _technical(name, begins and ends)


def _holder(content: Certificate, conditions: Conditions) -> Iterator[Finding]:
    """Whose it is; a carrier that names nobody learns nothing about that."""
    if not (conditions.fnt or conditions.gnt or conditions.dob):
        return
    try:
        born = PartialDate.parse(conditions.dob) if conditions.dob else None
    except ValueError:
        yield _technical("HOLDER", None, "dob")
        return
    named = Person(Name(None, None, conditions.fnt or None, conditions.gnt or None), born)
    same = {Match.EXACT: True, Match.EQUIVALENT: True, Match.DIFFERENT: False}
    yield _technical("HOLDER", same.get(same_holder(content.holder, named)))


def _kinds(claim: object) -> Iterator[str]:
    """How an access token names what is claimed."""
    match claim:
        case Vaccination():
            yield "v"
        case Recovery():
            yield "r"
        case Test(kind=kind):
            yield "t"
            if kind is TestKind.MOLECULAR:
                yield "tp"
            elif kind is TestKind.ANTIGEN:
                yield "tr"


def _full(told: Verification, conditions: Conditions, bundle: Bundle, at: datetime) -> Iterator[Finding]:
    if not is_country(conditions.coa):
        yield Finding("coa", "CHK", "DestinationAcceptance", "no country of arrival that is known here")
        return
    clock = conditions.validation_clock or at
    arrive = clock if clock.tzinfo else clock.replace(tzinfo=UTC)
    if arrive.year not in YEARS:
        yield Finding("validationClock", "CHK", "DestinationAcceptance", "no time from which days can be counted")
        return
    leg = Leg(canonical(conditions.coa), arrive, region=conditions.roa or None)
    origin = canonical(conditions.cod) if is_country(conditions.cod) else None
    verdict = admit([told], bundle=bundle, journey=Journey((leg,), origin), at=at, advice=False)
    words: dict[Admission, Word] = {Admission.ACCEPTED: "OK", Admission.REFUSED: "NOK", Admission.OPEN: "CHK"}
    yield Finding("ACCEPTED", words[verdict.outcome], "DestinationAcceptance")
    outcomes: dict[Outcome, Word] = {Outcome.FAILED: "NOK", Outcome.OPEN: "CHK"}
    for result in verdict.results if verdict.outcome is not Admission.ACCEPTED else ():
        if result.outcome in outcomes:
            text = published(result.description, conditions.lang[:2])
            yield Finding(result.rule, outcomes[result.outcome], "DestinationAcceptance", text)
