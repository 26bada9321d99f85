"""What the participants signed, each its own, becomes the files of one `Bundle`.

trust/XA.json       XA's keys and roots. A key without an issuer becomes XA's; one of another issuer is refused
revocation/XA.bin   what XA withdrew, which counts for its own certificates, and the keys that it no longer believes. It
                    cannot distrust another's key
revocation/XA.….bin slices of what XA withdrew, as they are: a base that stays and what was added since (`slicing`)
rules/XA.json       XA's entry rules, as they are; corridors/XA.NAME.json those of a corridor into XA
officials/XA.json   whose signatures XA's policies have to bear; policies/XA-NAME.json its policies
trust.json, revocation.bin, value-sets/ID.json     the network's own: keys of those who are not members, emergencies

A participant's list of withdrawals is fresh until its own file says, and no longer than the release: after that its
certificates are undecided, and nobody else's. Slices have no time of their own; that of revocation/XA.bin is theirs.
Keys and rules count as long as the role that signed them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from pratique import revocation
from pratique.bundle import MANIFEST, REVOCATION, SLICE, TRUST
from pratique.model import countries
from pratique.model.dates import format_instant
from pratique.model.errors import Problem, TrustMaterialError
from pratique.model.reasons import Reason
from pratique.network.stated import revocation_name, trust_name
from pratique.revocation import Distrust, Prefixes, RevocationList, Source, Withdrawals
from pratique.trust import Anchor, Environment, TrustedKey, TrustList
from pratique.trust.published import any_published

_Owned = TypeVar("_Owned", TrustedKey, Anchor)
_T = TypeVar("_T")


class Contribution(Struct, frozen=True):
    """What one role signed. `country` is None for the network itself, which may sign for every issuer."""

    country: str | None
    issuers: frozenset[str]
    issued: datetime
    files: Mapping[str, bytes]


class Release(Struct, frozen=True):
    """What the network says of a release as a whole."""

    number: int
    environment: Environment
    issued: datetime
    fresh_until: datetime


def merged(contributions: Sequence[Contribution], release: Release) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """The files of the bundle, and everything that is wrong with a contribution."""
    problems: list[Problem] = [problem for each in contributions for problem in _foreign_slices(each)]
    trusted = _trust(contributions, release, problems)
    withdrawn = _revocation(contributions, release, trusted, problems)
    files, ages = {}, {}
    for contribution in contributions:
        for name, data in contribution.files.items():
            if name not in (_trust_file(contribution), _revocation_file(contribution)):
                files[name] = data
                ages[name] = contribution.issued
    files |= {TRUST: trusted.to_json(), REVOCATION: revocation.to_bytes(withdrawn)}
    ages |= dict.fromkeys((TRUST, REVOCATION), release.issued)
    until = format_instant(release.fresh_until)
    manifest = {
        "bundle": 1,
        "number": release.number,
        "environment": release.environment,
        "issued": format_instant(release.issued),
        "parts": {name: {"issued": format_instant(ages[name]), "fresh_until": until} for name in sorted(ages)},
    }
    files[MANIFEST] = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    return files, tuple(problems)


def returned(old: RevocationList | None, new: RevocationList | None) -> tuple[Problem, ...]:
    """Keys that the old list distrusts and the new one does not, or less: distrust only grows.

    What the issuer's log says the key signed honestly may become more, as that log is read; the instant after which
    nothing counts may only move back.
    """
    kept: dict[bytes, list[Distrust]] = {}
    for distrust in new.distrusted if new is not None else ():
        kept.setdefault(distrust.spki, []).append(distrust)
    lost = [
        distrust
        for distrust in (old.distrusted if old is not None else ())
        if not any(_no_weaker(found, distrust) for found in kept.get(distrust.spki, ()))
    ]
    return tuple(Problem(f"{REVOCATION}: distrusted", Reason.NETWORK_KEY_RETURNED) for _ in lost[:1])


def overdue(listed: RevocationList | None, at: datetime) -> tuple[Problem, ...]:
    """The lists of withdrawals whose own time is over in a release whose time is not: nobody is refused for them."""
    return tuple(Problem(each.name, Reason.REVOCATION_STALE) for each in (listed.stale_sources(at) if listed else ()))


def _no_weaker(found: Distrust, before: Distrust) -> bool:
    if found.issuers is not None and not (before.issuers is not None and before.issuers <= found.issuers):
        return False
    return found.after is None or (before.after is not None and found.after <= before.after)


def _trust_file(contribution: Contribution) -> str:
    return TRUST if contribution.country is None else trust_name(contribution.country)


def _revocation_file(contribution: Contribution) -> str:
    return REVOCATION if contribution.country is None else revocation_name(contribution.country)


def _read(whose: Contribution, name: str, read: Callable[[bytes], _T], problems: list[Problem]) -> _T | None:
    """What a file says; None where there is none, or it cannot be read, which is a problem."""
    if name not in whose.files:
        return None
    try:
        return read(whose.files[name])
    except TrustMaterialError as refusal:
        problems += [Problem(name, reason) for reason in refusal.reasons]
        return None


def _trust(contributions: Iterable[Contribution], release: Release, problems: list[Problem]) -> TrustList:
    keys: list[TrustedKey] = []
    anchors: list[Anchor] = []
    for contribution in contributions:
        name = _trust_file(contribution)
        found = _read(contribution, name, TrustList.from_json, problems)
        if found is None:
            continue
        if found.environment is not release.environment:
            problems.append(Problem(name, Reason.BUNDLE_ENVIRONMENT))
        if release.environment is Environment.PRODUCTION and any_published(found.spkis):
            problems.append(Problem(name, Reason.TRUST_KEY_PUBLIC))
        keys += _own(found.keys, f"{name}: keys", contribution, problems)
        anchors += _own(found.anchors, f"{name}: anchors", contribution, problems)
    try:
        return _listed(keys, anchors, release)
    except TrustMaterialError as refusal:
        problems += [Problem(TRUST, reason) for reason in refusal.reasons]
        return _listed((), (), release)


def _listed(keys: Iterable[TrustedKey], anchors: Iterable[Anchor], release: Release) -> TrustList:
    return TrustList(
        keys,
        anchors=anchors,
        environment=release.environment,
        issued=release.issued,
        fresh_until=release.fresh_until,
    )


def _own(found: Sequence[_Owned], place: str, whose: Contribution, problems: list[Problem]) -> list[_Owned]:
    """What is the contributor's own; what names no issuer is his as well."""
    if whose.country is None:
        return list(found)
    kept = []
    for number, each in enumerate(found):
        if each.issuer is None:
            kept.append(structs.replace(each, issuer=whose.country))
        elif countries.canonical(each.issuer) in whose.issuers:
            kept.append(each)
        else:
            problems.append(Problem(f"{place}[{number}]", Reason.NETWORK_OUTSIDE_ROLE))
    return kept


def _revocation(
    contributions: Iterable[Contribution], release: Release, trusted: TrustList, problems: list[Problem]
) -> RevocationList:
    lists: list[tuple[Contribution, RevocationList]] = []
    for contribution in contributions:
        name = _revocation_file(contribution)
        found = _read(contribution, name, revocation.from_bytes, problems)
        if found is None:
            continue
        foreign = _foreign(found, contribution, trusted)
        problems += [Problem(f"{name}: {part}", Reason.NETWORK_OUTSIDE_ROLE) for part in foreign]
        lists.append((contribution, found))
    everybodys = [found for whose, found in lists if whose.country is None]
    return RevocationList(
        release.issued,
        release.fresh_until,
        _union([found.revoked for found in everybodys]),
        _union([found.replaced for found in everybodys]),
        confined=[each for whose, found in lists for each in _confined(found, whose)],
        batches=[batch for _, found in lists for batch in found.batches],
        cards=[card for _, found in lists for card in found.cards],
        distrusted=[each for whose, found in lists for each in _distrusted(found, whose)],
        sources=[each for whose, found in lists for each in _sources(found, whose)],
    )


def _sources(found: RevocationList, whose: Contribution) -> Iterable[Source]:
    """What a list says of its own time, and of that of what it has from others: for its own issuers alone.

    The network's own list counts as long as the release does, but for what it has from those who are not members.
    """
    if whose.country is not None:
        yield Source(revocation_name(whose.country), whose.issuers, found.issued, found.fresh_until)
        own = whose.issuers
    else:
        own = found.foreign_issuers
    yield from (each for each in found.sources if each.issuers <= own)


def _distrusted(found: RevocationList, whose: Contribution) -> Iterable[Distrust]:
    """The keys that a list no longer believes: a participant's own alone, those under its roots among them."""
    if whose.country is None:
        return found.distrusted
    return (structs.replace(each, issuers=whose.issuers) for each in found.distrusted)


def _confined(found: RevocationList, whose: Contribution) -> Iterable[Withdrawals]:
    """What a list withdraws for some issuers alone: all of it, where it is a participant's."""
    yield from found.confined
    if whose.country is not None and (len(found.revoked) or len(found.replaced)):
        yield Withdrawals(whose.issuers, found.revoked, found.replaced)


def _foreign_slices(whose: Contribution) -> Iterable[Problem]:
    """Slices that count for another's certificates, or cannot be read; the network itself publishes none."""
    for name, data in whose.files.items():
        if not SLICE.fullmatch(name):
            continue
        try:
            found = revocation.slice_from_bytes(data)
        except TrustMaterialError as refusal:
            yield from (Problem(name, reason) for reason in refusal.reasons)
            continue
        if not found.issuers <= whose.issuers:
            yield Problem(f"{name}: issuers", Reason.NETWORK_OUTSIDE_ROLE)


def _foreign(found: RevocationList, whose: Contribution, trusted: TrustList) -> Iterable[str]:
    """The parts of a participant's list that speak of another's certificates."""
    if whose.country is None:
        return
    if any(not each.issuers <= whose.issuers for each in found.confined):
        yield "confined"
    if any(countries.canonical(batch.country) not in whose.issuers for batch in found.batches):
        yield "batches"
    if any(card.issuer not in whose.issuers for card in found.cards):
        yield "cards"
    distrusted = {distrust.spki for distrust in found.distrusted}
    owners: dict[bytes, set[bool]] = {}
    for key in trusted.keys:
        if key.key.spki in distrusted:
            own = key.issuer is not None and countries.canonical(key.issuer) in whose.issuers
            owners.setdefault(key.key.spki, set()).add(own)
    if any(True not in own for own in owners.values()):
        yield "distrusted"


def _union(sets: Sequence[Prefixes]) -> Prefixes:
    if len(sets) == 1:
        return sets[0]
    octets = [each.to_bytes() for each in sets]
    return Prefixes(int.from_bytes(data[place : place + 8]) for data in octets for place in range(0, len(data), 8))
