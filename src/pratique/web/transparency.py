"""P1: what everybody may see, without an account: one page of four headings, each with its table and its download.

    GET  /transparency                         policies, counts by cause, the log's checkpoint, agreements
    GET  /transparency/WHAT.json               each of the four, as it stands on the page
    GET  /transparency/log/KEY/checkpoint.txt  three lines to keep
    GET  /transparency/log/KEY/proof.json      that it begins with the log of `?since=` entries
    POST /transparency/check                   adds every log up anew, and the page says what came of it

They are handlers for any application; objections to policies are in `objecting`. The database is read in a role that
can see nobody (`DatabaseRole.PUBLIC`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from threading import Lock
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.issuance import log, proofs
from pratique.authority.store import Vault, as_of_now, reading, signing_log
from pratique.authority.store.signing_log import SigningKey
from pratique.bundle import Bundle
from pratique.model.dates import parse_instant
from pratique.rules.policy import Policy
from pratique.web import published
from pratique.web.api.house import Release
from pratique.web.fields import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.published import PublishedAgreement, PublishedPolicy, Source, State
from pratique.web.words import Words, words

LARGEST = 200_000
"""Entries of a log that are added up while somebody waits: about a second. A larger one is checked by its proofs."""
CHECKED_LASTS = timedelta(minutes=1)
"""What came of a check is told to everybody who asks for one meanwhile."""

COMMAND = "pratique ledger verify --old checkpoint-before.txt --new checkpoint.txt --proof proof.json"


class House(Struct, frozen=True, kw_only=True):
    """Whose page it is, and what it works with."""

    site: Site
    engine: Engine
    vault: Vault
    release: Release
    country: str
    code: Source | None
    """The health code's policy, where there is one; over, in force or to come."""
    zone: tzinfo
    clock: Callable[[], datetime]

    def sources(self, bundle: Bundle) -> tuple[Source, ...]:
        """The policies of the country."""
        return published.sources(bundle, self.release.files, self.country, self.code)


class Checked(Struct, frozen=True):
    """What came of adding up a log: `wrong` is the number from which on it does not, None where it does."""

    at: datetime
    size: int
    wrong: int | None = None
    too_large: bool = False


class Checks:
    """Logs are added up one at a time, whoever asks, and not again within a minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: dict[str, Checked] = {}
        self._at: datetime | None = None

    def run(self, engine: Engine, at: datetime) -> Mapping[str, Checked]:
        """By the id of each key."""
        with self._lock:
            if self._at is None or not self._at <= at < self._at + CHECKED_LASTS:
                with as_of_now(engine) as connection:
                    self._found = {key.key_id: _checked(connection, key, at) for key in signing_log.keys(connection)}
                self._at = at
            return self._found


def _checked(connection: Connection, key: SigningKey, at: datetime) -> Checked:
    size = signing_log.size(connection, key.key_id)
    if size > LARGEST:
        return Checked(at, size, too_large=True)
    return Checked(at, size, log.doubtful(connection, key.key_id))


def handlers(house: House, checks: Checks) -> list[Any]:
    """The page and its downloads."""

    @get(everywhere("/transparency"), include_in_schema=False)
    async def shown(request: AnyRequest) -> Response[str]:
        return await sync_to_thread(_shown, house, request)

    @post(everywhere("/transparency/check"), status_code=200, include_in_schema=False)
    async def check(request: AnyRequest) -> Response[str]:
        found = await sync_to_thread(checks.run, house.engine, house.clock())
        return await sync_to_thread(_shown, house, request, found)

    return [shown, check, *_downloads(house)]


def _downloads(house: House) -> list[Any]:
    @get(everywhere("/transparency/{what:str}"), include_in_schema=False)
    async def download(what: FromPath[str]) -> Response[bytes]:
        told = _TOLD.get(what.removesuffix(".json")) if what.endswith(".json") else None
        if told is None:
            raise Problem(Code.PAGE_UNKNOWN)
        found = await sync_to_thread(_read, house, told)
        return saved(published.as_json(found), "application/json", what)

    @get(everywhere("/transparency/log/{key:str}/checkpoint.txt"), include_in_schema=False)
    async def checkpoint(key: FromPath[str]) -> Response[bytes]:
        def text() -> bytes:
            with reading(house.engine) as connection:
                return log.checkpoint(connection, _key(connection, key)).to_text().encode()

        try:
            return saved(await sync_to_thread(text), "text/plain", "checkpoint.txt")
        except LookupError:  # of a tree that is broken, which the page says
            raise Problem(Code.PAGE_UNKNOWN) from None

    @get(everywhere("/transparency/log/{key:str}/proof.json"), include_in_schema=False)
    async def proof(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        since, say = request.query_params.get("since", ""), words(language_of(request))
        try:
            made = await sync_to_thread(_proof, house, key, since)
        except LookupError:
            raise Problem(Code.PAGE_UNKNOWN) from None
        except ValueError:
            fault = Fault(f"since-{key}", say("clear.log.since.wrong"))
            return await sync_to_thread(_shown, house, request, None, (fault,))
        return saved(made, "application/json", "proof.json")

    return [download, checkpoint, proof]


def _proof(house: House, name: str, since: str) -> bytes:
    """Raises `ValueError` for what is no size that the log had, `Problem` (PAGE_UNKNOWN) where there is no such log."""
    with reading(house.engine) as connection:
        key = _key(connection, name)
        if not (since.isascii() and since.isdecimal() and len(since) < 19):
            raise ValueError("no number of 64 bits")
        return published.as_json(proofs.consistency(connection, key, int(since)))


def _key(connection: Connection, name: str) -> SigningKey:
    found = next((key for key in signing_log.keys(connection) if key.key_id == name), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return found


# --- what is told


Told = Callable[[House, Connection, Bundle, datetime], Struct]


def _policies(house: House, connection: Connection, bundle: Bundle, at: datetime) -> published.Policies:
    return published.policies(connection, house.sources(bundle), bundle, at)


def _counts(house: House, connection: Connection, _: Bundle, at: datetime) -> published.Counts:
    return published.counts(connection, _code(house), at, house.zone)


def _logs(_: House, connection: Connection, __: Bundle, at: datetime) -> published.Logs:
    return published.logs(connection, at)


def _agreements(_: House, __: Connection, bundle: Bundle, at: datetime) -> published.Agreements:
    return published.agreements(bundle, at)


_TOLD: Mapping[str, Told] = {"policies": _policies, "counts": _counts, "log": _logs, "agreements": _agreements}


def _code(house: House) -> Policy | None:
    return None if house.code is None else house.code.policy


def _read(house: House, told: Told) -> Struct:
    bundle, at = house.release.current(), house.clock()
    with reading(house.engine) as connection:
        return told(house, connection, bundle, at)


# --- the page


def _shown(
    house: House,
    request: AnyRequest,
    checked: Mapping[str, Checked] | None = None,
    faults: Sequence[Fault] = (),
) -> Response[str]:
    bundle, at = house.release.current(), house.clock()
    language, say = language_of(request), words(language_of(request))
    with reading(house.engine) as connection:
        policies = _policies(house, connection, bundle, at)
        counts = _counts(house, connection, bundle, at)
        logs = _logs(house, connection, bundle, at)
    agreements = _agreements(house, connection, bundle, at)
    return page(
        request,
        "transparency/page.html",
        site=house.site,
        language=language,
        status=422 if faults else 200,
        now=say.instant(at),
        release=bundle.number,
        issued=say.instant(bundle.issued),
        policies=[policy_row(each, say) for each in policies.policies],
        in_force=any(each.state is State.IN_FORCE for each in policies.policies),
        counts=counts,
        coded=_code(house) is not None,
        counted=None if counts.day is None else say.day(counts.day),
        late=None if counts.late is None else say.day(counts.late),
        logs=logs.logs,
        checked=checked,
        agreements=[_agreement_row(each, say) for each in agreements.agreements],
        faults=faults,
        command=COMMAND,
    )


class PolicyRow(Struct, frozen=True):
    """A policy in words: `ends` says when, and in how many days."""

    policy: PublishedPolicy
    title: str
    purpose: str
    setting: str
    start: str
    ends: tuple[str, ...]
    signers: tuple[str, ...]
    open: bool
    """Whether one can object to it."""


def policy_row(policy: PublishedPolicy, say: Words) -> PolicyRow:
    """One policy, in a language."""
    return PolicyRow(
        policy,
        say.of(policy.title),
        say.of(policy.purpose),
        say(f"clear.setting.{policy.setting}"),
        say.day(policy.start.date()),
        tuple(_ends(policy, say)),
        tuple(say.of(each) for each in policy.signed_by),
        policy.state is State.NOTICE,
    )


def _ends(policy: PublishedPolicy, say: Words) -> Sequence[str]:
    if policy.sunset is None:  # none that may be published is without
        return []
    sunset = say.day(policy.sunset.date())
    if policy.state is not State.ENDED:
        return [say("clear.ends.on", day=sunset), say("clear.ends.in", days=policy.ends_in_days)]
    told = [say("clear.ended", day=sunset)]
    if policy.destroyed is not None:
        return [*told, say("clear.destroyed", day=say.day(policy.destroyed.date()))]
    if policy.destroyed_from is not None:
        told.append(say("clear.destroyed.from", day=say.day(policy.destroyed_from.date())))
    return told


class AgreementRow(Struct, frozen=True):
    """An agreement in words."""

    agreement: PublishedAgreement
    title: str
    who: str
    others: tuple[str, ...]
    claims: tuple[str, ...]
    lifts: str
    period: str


def _agreement_row(agreement: PublishedAgreement, say: Words) -> AgreementRow:
    named = [say("clear.party.withheld") if each is None else each for each in agreement.parties]
    begins = say.day(parse_instant(agreement.begins).date())
    until = None if agreement.until is None else say.day(parse_instant(agreement.until).date())
    one_way = agreement.direction == "one_way"
    return AgreementRow(
        agreement,
        say.of(agreement.title),
        say("clear.accepts.one_way", first=named[0]) if one_way else say("clear.accepts.mutual"),
        tuple(named[1:] if one_way else named),
        tuple(say(f"clear.claim.{each}") for each in agreement.claims),
        say("clear.lifts.none") if agreement.lifts is None else say(f"clear.lifts.{agreement.lifts}"),
        say("clear.from", day=begins) if until is None else say("clear.from.until", day=begins, until=until),
    )
