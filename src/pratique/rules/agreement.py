"""Agreements: who recognises whose certificates, for what, under which instrument, and which measure that lifts.

    {"agreements": 1, "list": [
      {"identifier": "XA-XB-2026", "title": {"en": "..."}, "status": "in_force", "direction": "mutual",
       "parties": [{"kind": "state", "code": "XA"}, {"kind": "state", "code": "XB"}],
       "claims": ["vaccination", "recovery"], "instrument": "...", "from": "...", "until": "...",
       "lifts": "quarantine", "instead": {"kind": "free"},
       "corridor": {"rules": "fast-track", "stands": "beside"}}]}

One-way: the first party recognises the certificates of the others. Only an agreement in force affects an answer, and
recognition is an answer of its own: a certificate that nobody agreed on is as authentic as before.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import permutations
from typing import Any

import msgspec
from msgspec import Struct

from pratique.model.certificate import AnyClaim, Exemption, Recovery, Test, Vaccination
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.countries import canonical, is_country, is_issuer
from pratique.model.dates import parse_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.fields import decoded, fields_of, stray, unsaid


class Status(StrEnum):
    """How far an agreement is; only the fourth counts."""

    PROPOSED = "proposed"
    WILLING = "willing"
    """A party has said that it would, and may not want to be named."""
    AGREED = "agreed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"


class PartyKind(StrEnum):
    """What can be a party."""

    STATE = "state"
    UNION = "union"
    ORGANISATION = "organisation"


class ClaimType(StrEnum):
    """What an agreement may be about."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"
    EXEMPTION = "exemption"


class Direction(StrEnum):
    """Whether all parties recognise each other, or the first one the others."""

    MUTUAL = "mutual"
    ONE_WAY = "one_way"


class Stands(StrEnum):
    """Where the rules of a corridor stand: what somebody has to meet who comes by it."""

    BESIDE = "beside"
    """They are one more way in: whoever does not meet them is judged by the country's own, and the better counts."""
    INSTEAD = "instead"
    """They alone are asked, and the country's own for their disease are not."""


class Corridor(Struct, frozen=True, forbid_unknown_fields=True):
    """A "fast track": the rule set for those who come from one party to the other, `corridors/XB.NAME.json` at XB's
    border."""

    rules: str
    stands: Stands


CLAIM_TYPES: dict[type[AnyClaim], ClaimType] = {
    Vaccination: ClaimType.VACCINATION,
    Test: ClaimType.TEST,
    Recovery: ClaimType.RECOVERY,
    Exemption: ClaimType.EXEMPTION,
}


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """A state, a union with its member states, or an organisation that issues; `code` is None if it is withheld.

    An organisation may be named as formats name issuers, by an https address or a `did:web`.
    """

    kind: PartyKind
    code: str | None = None
    members: tuple[str, ...] = ()
    withheld: bool = False

    @property
    def issuers(self) -> frozenset[str]:
        """Whose certificates are meant: the codes that certificates name as their issuer."""
        return frozenset(map(canonical, [*self.members, *([self.code] if self.code else [])]))

    @property
    def states(self) -> frozenset[str]:
        """The states at whose borders the agreement holds."""
        return frozenset(filter(is_country, self.issuers))

    @property
    def known(self) -> bool:
        """Whether it is named as its kind is, and every code is one."""
        if self.withheld:
            return self.code is None and not self.members
        if not all(map(is_country, self.members)) or bool(self.members) is not (self.kind is PartyKind.UNION):
            return False
        if self.code is None:
            return False
        if self.kind is PartyKind.STATE:
            return is_country(self.code)
        named = self.kind is PartyKind.ORGANISATION and self.code.startswith(("https://", "did:web:"))
        return named or is_issuer(self.code)


class Agreement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"begins": "from"}):
    """One agreement. `lifts` is the measure that its holders are spared, and `instead` what follows for them."""

    identifier: str
    title: dict[str, str]
    status: Status
    direction: Direction
    parties: tuple[Party, ...]
    claims: tuple[ClaimType, ...]
    instrument: str
    begins: str
    until: str | None = None
    lifts: ConsequenceKind | None = None
    instead: Consequence = Consequence(ConsequenceKind.FREE)
    corridor: Corridor | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it affects an answer at an instant."""
        if self.status is not Status.IN_FORCE or at < parse_instant(self.begins):
            return False
        return self.until is None or at < parse_instant(self.until)

    def pairs(self) -> Iterator[tuple[Party, Party]]:
        """Who recognises whose certificates: the party at whose border, and the party that issues."""
        if self.direction is Direction.MUTUAL:
            yield from permutations(self.parties, 2)
            return
        for other in self.parties[1:]:
            yield self.parties[0], other

    def covers(self, issuer: str, at_border: str, claim: ClaimType | None = None) -> bool:
        """Whether a border recognises an issuer's certificates by it, of this type or of any."""
        issuer, at_border = canonical(issuer), canonical(at_border)
        if claim is not None and claim not in self.claims:
            return False
        return any(at_border in here.states and issuer in there.issuers for here, there in self.pairs())

    def joins(self, origin: str, at_border: str) -> bool:
        """Whether it holds for who comes from one country to another's border."""
        origin, at_border = canonical(origin), canonical(at_border)
        return any(at_border in here.states and origin in there.states for here, there in self.pairs())


_NAME = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_FIELDS: dict[str, Any] = {"agreements": int, "list": list[msgspec.Raw]}


def parse_agreements(data: bytes) -> tuple[Agreement, ...]:
    """Read a list of agreements. Raises `RuleRefused` with everything that is wrong, and each place."""
    fields = fields_of(data, "agreements")
    problems = stray(fields, _FIELDS, ())
    read = {name: decoded(fields[name], kind, name, problems) for name, kind in _FIELDS.items() if name in fields}
    found = [
        (number, each)
        for number, raw in enumerate(read.get("list") or ())
        if (each := decoded(raw, Agreement, f"list[{number}]", problems))
    ]
    for number, each in found:
        problems += _problems(each, f"list[{number}]")
    names = [each.identifier for _, each in found]
    problems += [
        Problem(f"list[{number}].identifier", Reason.RULE_FIELD_VALUE)
        for number, each in found
        if names.count(each.identifier) > 1
    ]
    if read["agreements"] != 1:
        problems.append(Problem("agreements", Reason.RULE_FIELD_VALUE))
    if problems:
        raise RuleRefused(dict.fromkeys(problems))
    return tuple(each for _, each in found)


def _problems(agreement: Agreement, place: str) -> Iterator[Problem]:
    texts: dict[str, str | Mapping[str, str]] = {
        "identifier": agreement.identifier,
        "instrument": agreement.instrument,
        "title": agreement.title,
    }
    yield from unsaid(texts, f"{place}.")
    if not agreement.claims:
        yield Problem(f"{place}.claims", Reason.RULE_FIELD_VALUE)
    yield from _period(agreement, place)
    if not agreement.instead.complete or (agreement.lifts is not None and not _lighter(agreement)):
        yield Problem(f"{place}.instead", Reason.RULE_FIELD_VALUE)
    if agreement.corridor is not None and not _NAME.fullmatch(agreement.corridor.rules):
        yield Problem(f"{place}.corridor.rules", Reason.RULE_FIELD_VALUE)
    if len(agreement.parties) < 2:
        yield Problem(f"{place}.parties", Reason.AGREEMENT_PARTY)
    for number, party in enumerate(agreement.parties):
        if party in agreement.parties[:number] and not party.withheld:
            yield Problem(f"{place}.parties[{number}]", Reason.AGREEMENT_PARTY)
        if not party.known or (party.withheld and agreement.status is not Status.WILLING):
            yield Problem(f"{place}.parties[{number}]", Reason.AGREEMENT_PARTY)


def _lighter(agreement: Agreement) -> bool:
    """Something has to be lifted by it: what follows instead is better than what would have followed."""
    kinds = list(ConsequenceKind)
    return agreement.lifts is not None and kinds.index(agreement.instead.kind) < kinds.index(agreement.lifts)


def _period(agreement: Agreement, place: str) -> Iterator[Problem]:
    instants = []
    for name, text in (("from", agreement.begins), ("until", agreement.until)):
        try:
            instants += [parse_instant(text)] if text is not None else []
        except ValueError:
            yield Problem(f"{place}.{name}", Reason.RULE_FIELD_VALUE)
    if instants != sorted(set(instants)):
        yield Problem(f"{place}.until", Reason.RULE_FIELD_VALUE)


class Asymmetry(Struct, frozen=True):
    """Country `lifts_at` spares the holders of `issuer` a measure, or has a corridor for them, and is not paid back in
    kind. `measure` is None for a corridor, whose own rules say what follows."""

    lifts_at: str
    issuer: str
    measure: ConsequenceKind | None
    claim: ClaimType
    agreement: str


def asymmetries(agreements: Iterable[Agreement], at: datetime) -> tuple[Asymmetry, ...]:
    """Who lifts what for whom without return, by what is in force at an instant; a corridor answers a corridor."""
    lifted = [each for agreement in agreements if agreement.in_force(at) for each in _favours(agreement)]
    returned = {(each.issuer, each.lifts_at, each.measure, each.claim) for each in lifted}
    found = [each for each in lifted if (each.lifts_at, each.issuer, each.measure, each.claim) not in returned]
    return tuple(sorted(found, key=lambda each: (each.lifts_at, each.issuer, each.measure or "", each.claim)))


def _favours(agreement: Agreement) -> Iterator[Asymmetry]:
    measures = [agreement.lifts] if agreement.lifts is not None else []
    for measure in (*measures, *([None] if _a_way_in(agreement) else [])):
        yield from _for_holders(agreement, measure)


def _a_way_in(agreement: Agreement) -> bool:
    """Whether its corridor is a favour: one whose rules stand instead of a country's own may ask for more."""
    return agreement.corridor is not None and agreement.corridor.stands is Stands.BESIDE


def _for_holders(agreement: Agreement, measure: ConsequenceKind | None) -> Iterator[Asymmetry]:
    for here, there in agreement.pairs():
        for border in here.states:
            for issuer in there.states - {border}:
                for claim in agreement.claims:
                    yield Asymmetry(border, issuer, measure, claim, agreement.identifier)
