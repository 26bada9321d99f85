"""How certificates stop to count, and the list by which verifiers know.

    certificate, record   one person of the authority      at once
    facility, lot         two                              after a notice (`recalling`)
    key                   two                              at once; what the log says the key signed goes on to count

What is listed are identifiers of records, so that every certificate with the record stops to count, in every format,
and those that a certificate has besides. A list only grows: what was published once stays on it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, Item, Look, both, may
from pratique.authority.store import issuance as store
from pratique.authority.store import signing_log
from pratique.authority.store import withdrawals as withdrawn
from pratique.authority.store.issuance import Issued
from pratique.authority.store.signing_log import SigningKey
from pratique.authority.store.withdrawals import Distrusted, Withdrawal
from pratique.model.errors import AccessRefused, IssueRefused, LogFault
from pratique.model.reasons import Reason
from pratique.model.uvci import opaque_part
from pratique.revocation import Distrust, Identifier, Prefixes, RevocationList, prefix_of

FRESH = timedelta(days=7)
"""How long a list may be relied on: a ship's week without a network."""


class Effect(StrEnum):
    """What a verifier says of it."""

    REVOKED = "revoked"
    REPLACED = "replaced"


class Ground(StrEnum):
    """Why something stopped to count. A closed list."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    LEAKED = "leaked"
    RENEWED = "renewed"
    FRAUD = "fraud"
    MISTAKE = "mistake"
    ASKED_FOR = "asked_for"
    PROVED_LATE = "proved_late"


# one certificate, one record


def of_certificate(connection: Connection, certificate_id: str) -> frozenset[Identifier]:
    """What a certificate is revoked by: its records', and its own. Raises `IssueRefused` (ISSUE_REQUEST)."""
    person_id = store.whose(connection, certificate_id)
    kept = None if person_id is None else store.one(connection, person_id, certificate_id)
    if kept is None:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such certificate")
    return identifiers_of(connection, [kept])


def identifiers_of(connection: Connection, certificates: Iterable[Issued]) -> frozenset[Identifier]:
    """What certificates are revoked by: their records', and their own."""
    found: set[Identifier] = set()
    wanted = {each.certificate_id: each for each in certificates}
    for person_id in {each.person_id for each in wanted.values()}:
        for claim in store.claims_of(connection, person_id):
            if claim.certificate_id in wanted:
                found.add(("record", opaque_part(claim.uvci)))
    return frozenset(found | {each for kept in wanted.values() for each in kept.identifiers})


def of_record(connection: Connection, uvci: str) -> frozenset[Identifier]:
    """What a record is revoked by: its identifier, and those that its certificates have besides.

    One that nobody has here is taken as well: another program may have signed it.
    """
    found: set[Identifier] = {("record", opaque_part(uvci))}
    for person_id, certificate_id in store.claiming(connection, uvci):
        kept = store.one(connection, person_id, certificate_id)
        found |= set() if kept is None else set(kept.identifiers)
    return frozenset(found)


def with_the_same_records(connection: Connection, certificate_id: str) -> list[tuple[str, str]]:
    """The certificates that stop to count together with one, it included: whose, and which."""
    person_id = store.whose(connection, certificate_id) or ""
    claims = store.claims_of(connection, person_id)
    uvcis = {each.uvci for each in claims if each.certificate_id == certificate_id}
    return sorted({each for uvci in uvcis for each in store.claiming(connection, uvci)})


def withdraw(
    connection: Connection,
    identifiers: Iterable[Identifier],
    by: Account,
    ground: Ground,
    *,
    at: datetime,
    effect: Effect = Effect.REVOKED,
    second: Account | None = None,
) -> int:
    """Let identifiers count no more; how many did until now. One decides, or two together. Raises `AccessRefused`."""
    may(by, Act.WITHDRAW)
    if second is not None:
        both(by, second, Act.WITHDRAW)
    return enter(connection, identifiers, by, ground, at=at, effect=effect, second=second)


def enter(
    connection: Connection,
    identifiers: Iterable[Identifier],
    by: Account,
    ground: Ground,
    *,
    at: datetime,
    effect: Effect,
    second: Account | None = None,
) -> int:
    """The same, for callers that have made sure who decides."""
    moment, other = int(at.timestamp()), None if second is None else second.account_id
    rows = [
        Withdrawal(":".join(each), effect, ground, by.account_id, other, moment) for each in sorted(set(identifiers))
    ]
    return withdrawn.withdraw(connection, rows)


# keys


def find_key(connection: Connection, name: str) -> SigningKey:
    """A key by its key id (hexadecimal) or the name of its log. Raises `LogFault` (LOG_BROKEN) for none, or several."""
    found = [key for key in signing_log.keys(connection) if name.lower() in (key.key_id, key.kid.hex())]
    if len(found) != 1:
        raise LogFault(Reason.LOG_BROKEN, detail="no key, or several, of this name have a log")
    return found[0]


def distrust(
    connection: Connection, key: SigningKey, *, by: tuple[Account, Account], at: datetime, after: datetime | None = None
) -> Distrust:
    """Believe a key no more, but for what its log has. Nothing is signed with it again. Raises `AccessRefused`."""
    both(*by, Act.WITHDRAW)
    last = None if after is None else int(after.timestamp())
    entry = Distrusted(key.key_id, int(at.timestamp()), last, by[0].account_id, by[1].account_id)
    withdrawn.distrust_key(connection, entry)
    return Distrust(key.spki, after, honest_signatures(connection, key.key_id))


def honest_signatures(connection: Connection, key_id: str) -> Prefixes:
    """What a key signed by its log, as `Distrust` has it: a thief's signature is not among them."""
    return Prefixes.of(("signed", digest.hex()) for digest in store.digests(connection, key_id))


# the list


def revocation_list(
    connection: Connection, *, at: datetime, before: RevocationList | None = None, fresh: timedelta = FRESH
) -> RevocationList:
    """Everything that does not count at `at`, and whatever a list `before` has: for the country's part of a bundle.

    What is published has decoys besides (`decoys.published`).
    """
    revoked, replaced = _entries(connection, at)
    before = before or RevocationList(at, at)
    ours = _distrusted(connection)
    theirs = [each for each in before.distrusted if each.spki not in {own.spki for own in ours}]
    return before.changed(
        issued=at,
        fresh_until=at + fresh,
        revoked=revoked | before.revoked,
        replaced=replaced | before.replaced,
        distrusted=[*ours, *theirs],
    )


def _entries(connection: Connection, at: datetime) -> tuple[Prefixes, Prefixes]:
    """What is revoked and what is replaced, each under the effect that it had first.

    An entry that went from one to the other, or stood under both, would tell that it is no decoy; and whoever shows
    what was replaced is sent for its newer one, which says the rest.
    """
    first: dict[int, tuple[int, bool]] = {}

    def enter(identifier: Identifier, effect: str, moment: int) -> None:
        prefix, since = prefix_of(identifier), (moment, effect == Effect.REPLACED)
        first[prefix] = min(since, first.get(prefix, since))

    for written, effect, moment in withdrawn.all_withdrawn(connection):
        kind, _, value = written.partition(":")
        enter((kind, value), effect, moment)
    for uvci, besides, moment in withdrawn.recalled(connection, at=int(at.timestamp())):
        for identifier in (("record", opaque_part(uvci)), *besides):
            enter(identifier, Effect.REVOKED, moment)
    replaced = {prefix for prefix, (_, is_replaced) in first.items() if is_replaced}
    return Prefixes(first.keys() - replaced), Prefixes(replaced)


def _distrusted(connection: Connection) -> list[Distrust]:
    keys = {key.key_id: key for key in signing_log.keys(connection)}
    return [
        Distrust(
            keys[each.key_id].spki,
            None if each.after is None else datetime.fromtimestamp(each.after, UTC),
            honest_signatures(connection, each.key_id),
        )
        for each in withdrawn.distrusted(connection)
    ]


class State(StrEnum):
    """What a certificate is worth now, for its holder."""

    GOOD = "good"
    ENDED = "ended"
    REPLACED = "replaced"
    REVOKED = "revoked"
    RECALLED = "recalled"


class Standing(Struct, frozen=True):
    """A certificate of a person and what it is worth; `ground` says why it is worth nothing, `since` from when on
    (seconds since 1970), where it was withdrawn."""

    certificate: Issued
    state: State
    ground: str | None = None
    since: int | None = None


def standings(connection: Connection, look: Look, *, at: datetime) -> tuple[Standing, ...]:
    """What a person's certificates are worth, the latest first. Raises `AccessRefused`."""
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="certificates")
    kept = store.of_person(connection, look.person_id)
    identifiers: dict[str, list[str]] = {
        each.certificate_id: [":".join(one) for one in each.identifiers] for each in kept
    }
    for claim in store.claims_of(connection, look.person_id):
        identifiers[claim.certificate_id].append(f"record:{opaque_part(claim.uvci)}")
    listed = withdrawn.of(connection, {one for each in identifiers.values() for one in each})
    recalled = _recalled(connection, look, at)
    return tuple(_standing(each, identifiers[each.certificate_id], listed, recalled, at) for each in kept)


def _standing(
    kept: Issued, identifiers: list[str], listed: dict[str, Withdrawal], recalled: frozenset[str], at: datetime
) -> Standing:
    against = [listed[each] for each in identifiers if each in listed]
    for effect, state in ((Effect.REVOKED, State.REVOKED), (Effect.REPLACED, State.REPLACED)):
        for each in against:
            if each.effect == effect:
                return Standing(kept, state, each.ground, each.moment)
    if kept.certificate_id in recalled:
        return Standing(kept, State.RECALLED)
    ended = kept.expires is not None and kept.expires < at.timestamp()
    return Standing(kept, State.ENDED if ended else State.GOOD)


def _recalled(connection: Connection, look: Look, at: datetime) -> frozenset[str]:
    """The certificates of a person that a recall in effect has reached."""
    claims = store.claims_of(connection, look.person_id)
    recalls = withdrawn.recalls(connection, {each.facility_id for each in claims})
    proved = withdrawn.proved(connection, look.person_id)
    found = set()
    for recall in recalls:
        for claim in claims:
            of_it = recall.reaches(claim.facility_id, claim.received, claim.lot)
            moment = proved.get((claim.record_id, recall.recall_id))
            again = moment is not None and (moment < recall.effective or claim.issued >= moment)
            if of_it and not again and recall.effective <= at.timestamp():
                found.add(claim.certificate_id)
    return frozenset(found)
