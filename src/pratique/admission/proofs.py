"""Which certificates count as proofs, whether they are one person's, and what they say together.

verifications ─ gather ─► Proofs (those that count; those set aside, and why) ─ payload ─► what rules read
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import combinations

from msgspec import Struct, structs

from pratique.admission.permitted import why_not
from pratique.bundle import Bundle
from pratique.identification import Match, same_holder
from pratique.model import dcc
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TestKind,
    Vaccination,
    same_event,
)
from pratique.model.dates import PartialDate, format_instant
from pratique.model.journey import Journey, Leg
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.model.status import Status
from pratique.model.valueset import CONDITION_MAP, Code
from pratique.rules import Outcome, run
from pratique.verification import Verification

NOBODY = Person(Name())
"""The holder where no certificate counts: nothing is known of the traveller."""


class Proof(Struct, frozen=True):
    """A certificate that counts. `number` is its place among those given, None for one that is only supposed."""

    holder: Person
    claims: tuple[AnyClaim, ...]
    number: int | None = None
    format: str | None = None
    issuer: str | None = None
    issued: datetime | None = None
    expires: datetime | None = None
    key_id: bytes | None = None


class SetAside(Struct, frozen=True):
    """A certificate that does not count as a proof, by its place among those given, and why."""

    number: int
    reason: Reason


class Proofs(Struct, frozen=True):
    """What was gathered. `persons` is why the certificates cannot be taken for one person's, or None if they can."""

    counting: tuple[Proof, ...]
    claims: tuple[AnyClaim, ...] = ()
    """Everything claimed, each event once, the newest first of each kind."""
    set_aside: tuple[SetAside, ...] = ()
    persons: Reason | None = None

    @property
    def silent(self) -> bool:
        """Whether one of them is a pass that states no event: whatever a rule asks about events is open then."""
        return any(not proof.claims for proof in self.counting)

    @property
    def holder(self) -> Person:
        """The person: as the first certificate has it that states a birth date, since rules ask for the age."""
        holders = [proof.holder for proof in self.counting]
        return next((holder for holder in holders if holder.birth_date), holders[0] if holders else NOBODY)

    def with_claim(self, claim: AnyClaim, issuer: str) -> "Proofs":
        """The same with one claim more, on a certificate of its own; an event that is there already adds nothing."""
        if any(same_event(claim, other) for other in self.claims):
            return self
        supposed = Proof(self.holder, (claim,), issuer=issuer)
        claims = sorted([*self.claims, claim], key=_newness, reverse=True)
        return structs.replace(self, counting=(*self.counting, supposed), claims=tuple(claims))


def gather(verifications: Sequence[Verification], *, bundle: Bundle, journey: Journey) -> Proofs:
    """Keep what is authentic, still counts on arrival, and was not taken back by its issuer's own rules."""
    counting, aside = [], []
    for number, told in enumerate(verifications):
        reason = _why_not(told, bundle, journey)
        if reason is not None:
            aside.append(SetAside(number, reason))
        elif told.certificate is not None:
            counting.append(_proof(number, told, told.certificate, journey.destination))
    claims = unique([claim for proof in counting for claim in proof.claims])
    return Proofs(tuple(counting), claims, tuple(aside), _persons(counting))


def _proof(number: int, told: Verification, content: Certificate, leg: Leg) -> Proof:
    claims = tuple([claim for claim in content.claims if _has_happened(claim, leg)])
    return Proof(content.holder, claims, number, told.format, told.issuer, told.issued, told.expires, told.key_id)


def _has_happened(claim: AnyClaim, leg: Leg) -> bool:
    """Whether what a claim tells of may lie before the arrival, since a trusted key may sign nonsense."""
    match claim:
        case Vaccination():
            return claim.date.first <= leg.day
        case Test():
            return claim.sampled <= leg.arrive
        case Recovery():
            return claim.first_positive.first <= leg.day
        case Exemption():
            return True


def _why_not(told: Verification, bundle: Bundle, journey: Journey) -> Reason | None:
    arrive = journey.destination.arrive
    if told.authentic is False:
        return Reason.ENTRY_PROOF_REFUSED
    if isinstance(told.content, Status):
        return Reason.ENTRY_STATUS
    if told.authentic is None or told.content is None:
        return Reason.ENTRY_PROOF_OPEN
    if isinstance(told.content, Permit):
        return why_not(told.content, journey)
    if told.certificate is None:
        return Reason.ENTRY_SEALED
    if told.expires is not None and arrive > told.expires:
        return Reason.ENTRY_PROOF_ENDS
    proof = _proof(0, told, told.certificate, journey.destination)
    if told.certificate.claims and not proof.claims:
        return Reason.ENTRY_PROOF_FUTURE
    return _taken_back(proof, bundle, journey)


def _taken_back(proof: Proof, bundle: Bundle, journey: Journey) -> Reason | None:
    """The issuing country's Invalidation rules, which say of its own certificates that they still stand."""
    found = [
        run(rule, whole_payload(proof, journey.destination), external(journey, bundle, proof))
        for entry in bundle.rules_for(proof.issuer or "")
        for rule in entry.in_force("Invalidation", journey.destination.arrive)
        if rule.certificate_type in ("General", *kinds(proof.claims))
    ]
    if Outcome.FAILED in found:
        return Reason.ENTRY_PROOF_INVALIDATED
    return Reason.ENTRY_PROOF_OPEN if Outcome.OPEN in found else None


def _persons(counting: Sequence[Proof]) -> Reason | None:
    matches = {same_holder(a.holder, b.holder) for a, b in combinations(counting, 2) if a.holder != b.holder}
    if Match.DIFFERENT in matches:
        return Reason.ENTRY_PERSONS_DIFFER
    return Reason.ENTRY_PERSONS_OPEN if Match.NOT_STATED in matches else None


def disease(claim: AnyClaim) -> Code:
    """What a claim is about, by the code that rules name it by where there is one."""
    return CONDITION_MAP.map(claim.disease) or claim.disease


def unmapped(claim: AnyClaim) -> bool:
    """Whether nobody here knows what disease a claim is about."""
    return CONDITION_MAP.map(claim.disease) is None


def kinds(claims: Sequence[AnyClaim]) -> tuple[str, ...]:
    """The certificate types that rules call these claims by; an exemption has none."""
    named = {Vaccination: "Vaccination", Test: "Test", Recovery: "Recovery"}
    return tuple({named[type(claim)] for claim in claims if type(claim) in named})


def unique(claims: Sequence[AnyClaim]) -> tuple[AnyClaim, ...]:
    """Each event once, whatever certificates tell of it: of two accounts, the one that says more.

    Two tests of one minute that contradict each other are both kept. The newest event comes first, and a positive
    result before a negative one.
    """
    kept: list[AnyClaim] = []
    for claim in sorted(claims, key=_says, reverse=True):
        if not any(same_event(claim, other) and _agree(claim, other) for other in kept):
            kept.append(claim)
    return tuple(sorted(kept, key=_newness, reverse=True))


def once(claims: Sequence[AnyClaim]) -> tuple[AnyClaim, ...]:
    """The same for claims of which some were given another time, so that they may be an event that is there: the first
    account of each stays. It compares times and no record ids, and takes a moment for any number of claims."""
    kept: dict[object, AnyClaim] = {}
    for number, claim in enumerate(claims):
        kept.setdefault(_event(claim) or number, claim)
    return tuple(sorted(kept.values(), key=_newness, reverse=True))


def _event(claim: AnyClaim) -> tuple[object, ...] | None:
    """What tells an event from every other; None where nothing does."""
    match claim:
        case Vaccination(date=day) if day.complete:
            return Vaccination, claim.disease, day
        case Test():
            return Test, claim.disease, claim.kind, claim.analyte, claim.result, claim.sampled
        case Recovery(first_positive=day) if day.complete:
            return Recovery, claim.disease, day
    return None


def _says(claim: AnyClaim) -> tuple[int, int]:
    stated = sum(getattr(claim, field) is not None for field in claim.__struct_fields__)
    return stated, int(claim.evidence or 0)


def _agree(claim: AnyClaim, other: AnyClaim) -> bool:
    return not (isinstance(claim, Test) and isinstance(other, Test) and claim.result != other.result)


def _newness(claim: AnyClaim) -> tuple[float, bool, str]:
    """For ordering within a kind: when it was, a negative result last, and then anything that is always the same."""
    match claim:
        case Vaccination():
            return claim.date.last.toordinal(), False, claim.uvci
        case Test():
            return claim.sampled.timestamp(), claim.detected is not False, claim.uvci
        case Recovery():
            return claim.first_positive.last.toordinal(), False, claim.uvci
        case Exemption():
            return claim.valid_until.last.toordinal(), False, claim.uvci


def whole_payload(proof: Proof, leg: Leg) -> dict[str, object]:
    """A certificate as rules of member states read it: what it says, and the days by the calendar of the port."""
    return _by_the_calendar(dcc.to_dcc(Certificate(proof.holder, proof.claims)), leg.clock)


def payload(holder: Person, claims: Sequence[AnyClaim], leg: Leg) -> dict[str, object]:
    """All proofs of a person as rules read them: the shape of a DCC with any number of entries, the newest first.

    Beside `t`, `tests` has the same entries by what was looked for: `molecular`, `antigen`, `antibody`, `other`, and
    `IgG`, `IgM` of the antibodies, so that `payload.tests.molecular.0` is the last such test.
    """
    found = _by_the_calendar(dcc.to_dcc(Certificate(holder, tuple(claims))), leg.clock)
    entries = found.get("t", [])
    tests: dict[str, list[object]] = {}
    for claim, entry in zip([claim for claim in claims if isinstance(claim, Test)], list_of(entries), strict=True):
        for name in groups(claim):
            tests.setdefault(name, []).append(entry)
    return found | {"tests": tests} if tests else found


def list_of(value: object) -> list[object]:
    """The items of a JSON array."""
    return value if isinstance(value, list) else []


def groups(claim: Test) -> Iterator[str]:
    """The names under which `payload.tests` has a test."""
    yield claim.kind.value
    if claim.kind is TestKind.ANTIBODY and claim.analyte is not None:
        yield claim.analyte.value


_DAYS = {"v": ("dt",), "r": ("fr", "df", "du"), "x": ("df", "du")}


def _by_the_calendar(found: dict[str, object], clock: tzinfo) -> dict[str, object]:
    """Calendar days as the midnights they begin with at the port of entry; a partial date as its last day.

    CertLogic makes instants of dates, and takes them for days of UTC. Written with the offset of the port they are what
    they should be, days of the calendar there, and the rules stay as they were published.
    """
    offset = _offset(clock)
    local = dict(found)
    for group, fields in _DAYS.items():
        if group in found:
            local[group] = [
                entry | {field: _midnight(entry[field], offset) for field in fields if entry.get(field)}
                for entry in list_of(found[group])
                if isinstance(entry, dict)
            ]
    return local


def _midnight(day: object, offset: str) -> str:
    return f"{PartialDate.parse(str(day)).last.isoformat()}T00:00:00{offset}"


def _offset(clock: tzinfo) -> str:
    minutes = round((clock.utcoffset(None) or timedelta(0)).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def external(journey: Journey, bundle: Bundle, proof: Proof | None = None) -> dict[str, object]:
    """What rules may know besides the proofs: the instant and place of arrival, the way there, and the value sets.

    `proof` adds what is known of one certificate: `iss`, `iat`, `exp`, `kid` (RFC 8392, as rules of member states name
    them).
    """
    leg = journey.destination
    told: dict[str, object] = {
        "validationClock": format_instant(leg.arrive),
        "valueSets": dict(bundle.value_sets),
        "countryCode": leg.to,
        "journey": {
            "origin": journey.origin,
            "passed": list(journey.passed),
            "from": journey.passed[-1] if journey.passed else None,
            "boarding": format_instant(leg.board or leg.arrive),
            "port": leg.port,
            "transit": leg.transit,
            "ofRight": journey.of_right,
        },
    }
    if leg.region is not None:
        told["region"] = leg.region
    if proof is not None:
        told |= {"iss": proof.issuer or "", "issuerCountryCode": proof.issuer or ""}
        told |= {"iat": format_instant(proof.issued)} if proof.issued else {}
        told |= {"exp": format_instant(proof.expires)} if proof.expires else {}
        told |= {"kid": proof.key_id.hex()} if proof.key_id else {}
    return told
