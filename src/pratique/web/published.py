"""What the public is told, as values: policies, counts, the log and agreements, each with the instant it is of.

The page and its downloads are made of the same values: whoever takes the JSON has what whoever reads the page sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique import crypto
from pratique.authority import objections
from pratique.authority.issuance import log
from pratique.authority.status import counting
from pratique.authority.status.counting import Published
from pratique.authority.store import daily, purging, signing_log
from pratique.authority.store import objections as stored
from pratique.authority.store.objections import Count
from pratique.authority.sunset import DESTROYED, EXPORTED_WITHIN, ended
from pratique.bundle import Bundle
from pratique.model.countries import canonical
from pratique.rules.agreement import Agreement, Direction
from pratique.rules.agreement import Status as AgreementStatus
from pratique.rules.policy import Policy, Setting
from pratique.rules.signing import signed_by

GROUP = 4
"""Characters of a hash that are read out, and compared, at a time."""
_FOLDER = "policies/"
_CODE = "health-code"
"""The name of the health code's policy where the release has none of it."""


class State(StrEnum):
    """Where a policy stands."""

    NOTICE = "notice"
    WAITS = "waits"
    """Read before it is to be published."""
    IN_FORCE = "in_force"
    ENDED = "ended"


class PublishedPolicy(Struct, frozen=True, kw_only=True):
    """One policy, as everybody may know it. `signed_by` are offices, in words by language, whose signatures hold."""

    name: str
    identifier: str
    version: str
    title: Mapping[str, str]
    purpose: Mapping[str, str]
    setting: str
    instrument: str
    published: datetime
    start: datetime
    sunset: datetime | None
    state: State
    ends_in_days: int | None
    """Whole days that are left, while it is in force or before."""
    signed_by: tuple[Mapping[str, str], ...]
    objections: int
    answered: int
    destroyed: datetime | None = None
    """When what was kept for it was destroyed, under a signed order."""
    destroyed_from: datetime | None = None
    """From when on it may be, so that holders can take what is theirs before; for the health code alone."""


class Policies(Struct, frozen=True):
    """Those of one country, those in force first; `release` is the number of the release that has them."""

    at: datetime
    release: int
    policies: tuple[PublishedPolicy, ...]


class Counts(Struct, frozen=True):
    """A day's colours by cause. `day` is None before the first; `late` is the day that should have been counted."""

    at: datetime
    day: date | None
    late: date | None
    fewest: int
    """A smaller number of people is null."""
    lines: tuple[Published, ...]


class PublishedLog(Struct, frozen=True):
    """The checkpoint of a key's log: `root` is hexadecimal, and null where the tree is broken, so that it has none."""

    origin: str
    key_id: str
    size: int
    root: str | None

    @property
    def groups(self) -> tuple[str, ...]:
        """The root, in groups."""
        root = self.root or ""
        return tuple(root[place : place + GROUP] for place in range(0, len(root), GROUP))


class Logs(Struct, frozen=True):
    """The log of each key that signs."""

    at: datetime
    logs: tuple[PublishedLog, ...]


class PublishedAgreement(Struct, frozen=True, kw_only=True):
    """One agreement; a party that may not be named is null."""

    identifier: str
    title: Mapping[str, str]
    status: AgreementStatus
    in_force: bool
    direction: Direction
    parties: tuple[str | None, ...]
    claims: tuple[str, ...]
    lifts: str | None
    instrument: str
    begins: str
    until: str | None


class Agreements(Struct, frozen=True):
    """Those of a release."""

    at: datetime
    release: int
    agreements: tuple[PublishedAgreement, ...]


# --- policies


class Source(Struct, frozen=True):
    """A policy with its file, under the name that addresses call it by."""

    name: str
    policy: Policy
    data: bytes


def sources(bundle: Bundle, files: Mapping[str, bytes], country: str, code: Source | None) -> tuple[Source, ...]:
    """A country's policies: those of the release, and the health code's in force, once each."""
    found = [
        Source(name, policy, files[f"{_FOLDER}{name}.json"])
        for name, policy in bundle.policies.items()
        if canonical(policy.country) == canonical(country)
    ]
    if code is not None and code.policy.edition not in {each.policy.edition for each in found}:
        taken = code.name in {each.name for each in found}  # by the release's file of another of its texts
        found.append(structs.replace(code, name=f"{code.name} {code.policy.version}") if taken else code)
    return tuple(found)


def code_source(policy: Policy, data: bytes) -> Source:
    """The health code's policy, as it is named where the release has none of it."""
    return Source(_CODE, policy, data)


def policies(connection: Connection, found: Sequence[Source], bundle: Bundle, at: datetime) -> Policies:
    """What is told of these policies."""
    counted, orders = stored.counted(connection), tuple(_orders(connection))
    told = [_policy(each, bundle, counted, orders, at) for each in found]
    order = [State.IN_FORCE, State.NOTICE, State.WAITS, State.ENDED]
    told.sort(key=lambda each: (order.index(each.state), each.sunset or each.start, each.identifier))
    return Policies(at, bundle.number, tuple(told))


def state(policy: Policy, at: datetime) -> State:
    """Where it stands at an instant."""
    if policy.in_force(at):
        return State.IN_FORCE
    if ended(policy, at):
        return State.ENDED
    return State.NOTICE if objections.under_notice(policy, at) else State.WAITS


def _policy(
    source: Source, bundle: Bundle, counted: Mapping[tuple[str, str], Count], orders: Sequence[datetime], at: datetime
) -> PublishedPolicy:
    policy, now = source.policy, state(source.policy, at)
    count = counted.get((policy.identifier, policy.version), Count())
    whose = bundle.officials.get(canonical(policy.country))
    signers = signed_by(source.data, whose, check=crypto.check)
    over = policy.sunset + EXPORTED_WITHIN if policy.sunset and policy.setting == Setting.HEALTH_CODE else None
    return PublishedPolicy(
        name=source.name,
        identifier=policy.identifier,
        version=policy.version,
        title=policy.title,
        purpose=policy.purpose,
        setting=policy.setting,
        instrument=policy.instrument,
        published=policy.published,
        start=policy.start,
        sunset=policy.sunset,
        state=now,
        ends_in_days=(policy.sunset - at).days if policy.sunset and now is not State.ENDED else None,
        signed_by=tuple(each.title for each in signers),
        objections=count.objections,
        answered=count.answered,
        destroyed=next((moment for moment in orders if over is not None and moment >= over), None),
        destroyed_from=over if now is State.ENDED else None,
    )


def _orders(connection: Connection) -> Iterator[datetime]:
    """When orders of a sunset were carried out: those that emptied exactly its tables."""
    for tables, moment in purging.carried_out(connection):
        if tables == frozenset(DESTROYED):
            yield datetime.fromtimestamp(moment, UTC)


# --- counts


def counts(connection: Connection, code: Policy | None, at: datetime, zone: tzinfo) -> Counts:
    """The newest day that was counted. A day is counted in its first hours; one that was not by its end is late."""
    last = daily.last_counted(connection)
    day = None if last is None else date.fromordinal(last)
    yesterday = at.astimezone(zone).date() - timedelta(days=1)
    late = None
    if code is not None and code.in_force(at):
        due = day + timedelta(days=1) if day is not None else code.start.astimezone(zone).date()
        late = due if due <= yesterday else None
    lines = () if day is None else counting.published(connection, day)
    return Counts(at, day, late, counting.FEWEST, lines)


# --- the log


def logs(connection: Connection, at: datetime) -> Logs:
    """Every log as it is now."""
    return Logs(at, tuple(_log(connection, key) for key in signing_log.keys(connection)))


def _log(connection: Connection, key: signing_log.SigningKey) -> PublishedLog:
    try:
        root = log.checkpoint(connection, key).root.hex()
    except LookupError:
        root = None
    return PublishedLog(log.origin(key), key.key_id, signing_log.size(connection, key.key_id), root)


# --- agreements


def agreements(bundle: Bundle, at: datetime) -> Agreements:
    """Every agreement of the release, those in force first."""
    told = sorted(
        (_agreement(each, at) for each in bundle.agreements), key=lambda each: (not each.in_force, each.identifier)
    )
    return Agreements(at, bundle.number, tuple(told))


def _agreement(agreement: Agreement, at: datetime) -> PublishedAgreement:
    return PublishedAgreement(
        identifier=agreement.identifier,
        title=agreement.title,
        status=agreement.status,
        in_force=agreement.in_force(at),
        direction=agreement.direction,
        parties=tuple(None if each.withheld else each.code for each in agreement.parties),
        claims=agreement.claims,
        lifts=agreement.lifts,
        instrument=agreement.instrument,
        begins=agreement.begins,
        until=agreement.until,
    )


def as_json(told: Struct) -> bytes:
    """A download, indented for whoever opens it."""
    return msgspec.json.format(msgspec.json.encode(told)) + b"\n"
