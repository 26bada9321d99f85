"""The publisher's half: what is signed, by whom, in which order. Nothing here reads or writes; files are values.

    repository = Repository({})
    repository = rotate(repository, officers, environment=…, signers=root_keys, at=at)   once, and to change keys
    repository = delegate(repository, participants, {"value-sets/…": …}, signers=targets_keys, at=at)
    repository = contribute(repository, "XA", {"trust/XA.json": …}, signers=xas_keys, at=at)  each for itself, at home
    repository = release(repository, online_key, at=at)                                      every hour

`release` publishes nothing that a verifier would refuse: it reads what it has signed as one, beside the last release.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from pratique.bundle import MAX_PART, Bundle
from pratique.model.errors import BundleRefused, NetworkRefused, Problem
from pratique.model.reasons import Reason
from pratique.network.merging import Contribution, Release, merged, returned
from pratique.network.policies import unfit_policies
from pratique.network.roles import (
    LONG,
    OFFLINE,
    Officers,
    Participant,
    allowed_issuers,
    environment_of,
    fields,
    issued_of,
    paths,
    public,
    said,
    signed_bytes,
    whole_second,
)
from pratique.trust import Environment
from pratique.trust.published import any_published

S = TypeVar("S", bound=Signed)
Signers = Sequence[Ed25519PrivateKey]
METADATA, TARGETS = "metadata/", "targets/"
_VERSION = re.compile(r"metadata/(\d{1,9})\.([A-Za-z]+)\.json", re.ASCII)


class Repository(Struct, frozen=True):
    """All files of the distribution by their names: `metadata/3.targets.json`, `targets/rules/9f….XA.json`."""

    files: Mapping[str, bytes] = MappingProxyType({})

    def having(self, files: Mapping[str, bytes]) -> "Repository":
        """The repository with more files."""
        return Repository(MappingProxyType({**self.files, **files}))

    def versions(self, role: str) -> list[int]:
        """Every version of a role's file that is there, in order."""
        found = (_VERSION.fullmatch(name) for name in self.files)
        return sorted(int(match[1]) for match in found if match and match[2] == role)

    def newest(self, role: str) -> bytes | None:
        """The newest file of a role; None before the first."""
        if role == Timestamp.type:
            return self.files.get(f"{METADATA}{role}.json")
        versions = self.versions(role)
        return self.files[f"{METADATA}{versions[-1]}.{role}.json"] if versions else None


def rotate(
    repository: Repository, officers: Officers, *, environment: Environment, signers: Signers, at: datetime
) -> Repository:
    """The first root, or the next one: signed by enough of those who signed the last and of those who sign from now on.

    Raises `NetworkRefused` where they are not enough, or for another environment: that is another network.
    """
    before = _signed(repository, Root)
    _require_secret((*officers.root, *officers.targets, officers.online), environment, "root.json")
    roles = {
        Root.type: Role([public(key).keyid for key in officers.root], officers.root_threshold),
        Targets.type: Role([public(key).keyid for key in officers.targets], officers.targets_threshold),
        Snapshot.type: Role([public(officers.online).keyid], 1),
        Timestamp.type: Role([public(officers.online).keyid], 1),
    }
    root = Root(
        version=before.version + 1 if before else 1,
        expires=whole_second(at + LONG),
        keys={public(key).keyid: public(key) for key in (*officers.root, *officers.targets, officers.online)},
        roles=roles,
        unrecognized_fields=fields(environment, whole_second(at)),
    )
    name = f"{METADATA}{root.version}.root.json"
    if before is not None and environment_of(before) != environment.value:
        raise NetworkRefused([Problem(name, Reason.BUNDLE_ENVIRONMENT)])
    data = signed_bytes(root, signers)
    for delegator in (root, *([before] if before else [])):
        _verify(delegator, Root.type, data, name)
    return repository.having({name: data})


def delegate(
    repository: Repository,
    participants: Iterable[Participant],
    own: Mapping[str, bytes],
    *,
    signers: Signers,
    at: datetime,
) -> Repository:
    """Say who participates from now on, and sign the network's own parts (`trust.json`, `value-sets/…`).

    Raises `NetworkRefused` where the signatures are not enough.
    """
    root = _present(_signed(repository, Root), "root")
    listed = sorted(participants, key=lambda each: each.country)
    for each in listed:
        _require_secret(each.keys, Environment(environment_of(root)), f"targets.json: {each.country}")
    roles = {
        each.country: DelegatedRole(
            each.country,
            [public(key).keyid for key in each.keys],
            each.threshold,
            terminating=True,
            paths=paths(each.country),
            unrecognized_fields={"issuers": sorted(each.issuers)},
        )
        for each in listed
    }
    keys: dict[str, Key] = {public(key).keyid: public(key) for each in listed for key in each.keys}
    signed = _targets(repository, Targets.type, own, environment_of(root), at)
    signed.delegations = Delegations(keys, roles)
    data = _verified(root, Targets.type, signed, signers)
    return repository.having({**_prefixed(signed, own), f"{METADATA}{signed.version}.targets.json": data})


def contribute(
    repository: Repository, country: str, parts: Mapping[str, bytes], *, signers: Signers, at: datetime
) -> Repository:
    """All that a participant publishes from now on, signed with its own keys.

    Raises `NetworkRefused` where the country does not participate, where the signatures are not enough, and for a part
    outside the participant's role: verifiers would ignore it without a word.
    """
    root = _present(_signed(repository, Root), "root")
    targets = _present(_signed(repository, Targets), "targets")
    role = (targets.delegations.roles or {}).get(country) if targets.delegations else None
    if role is None:
        raise NetworkRefused([Problem(country, Reason.NETWORK_OUTSIDE_ROLE)])
    outside = [name for name in parts if not role.is_delegated_path(name)]
    if outside:
        raise NetworkRefused([Problem(name, Reason.NETWORK_OUTSIDE_ROLE) for name in outside])
    signed = _targets(repository, country, parts, environment_of(root), at)
    data = _verified(targets, country, signed, signers)
    return repository.having({**_prefixed(signed, parts), f"{METADATA}{signed.version}.{country}.json": data})


def release(repository: Repository, signer: Ed25519PrivateKey, *, at: datetime) -> Repository:
    """The next release, or the same one confirmed: what everybody signed last, as one, for `OFFLINE` from now.

    The number of the release is the snapshot's version, and rises with every change. Raises `NetworkRefused` with
    everything for which a verifier would keep what it has.
    """
    root = _present(_signed(repository, Root), "root")
    at = whole_second(at)
    environment = Environment(environment_of(root))
    before = _signed(repository, Snapshot)
    newest = {role: (repository.versions(role) or [0])[-1] for role in _signing(repository)}
    meta = {f"{role}.json": _meta(repository, role, version) for role, version in newest.items()}
    if before is not None and before.meta == meta and before.expires >= at + OFFLINE:
        snapshot = before
    else:
        number = before.version + 1 if before else 1
        snapshot = Snapshot(version=number, expires=at + LONG, meta=meta, unrecognized_fields=fields(environment, at))
    new = repository.having({f"{METADATA}{snapshot.version}.snapshot.json": signed_bytes(snapshot, [signer])})
    last = _signed(repository, Timestamp)
    timestamp = Timestamp(
        version=last.version + 1 if last else 1,
        expires=at + OFFLINE,
        snapshot_meta=_meta(new, Snapshot.type, snapshot.version),
        unrecognized_fields=fields(environment, at),
    )
    data = signed_bytes(timestamp, [signer])
    _verify(root, Timestamp.type, data, f"{METADATA}timestamp.json")
    problems = [*_unsigned(new, root, at), *_refusals(new, before, snapshot, environment, at)]
    if problems:
        raise NetworkRefused(problems)
    return new.having({f"{METADATA}timestamp.json": data})


def outside_roles(repository: Repository) -> tuple[Problem, ...]:
    """Every part that somebody signed and nobody will ever read: it is outside the role of who signed it."""
    targets = _signed(repository, Targets)
    roles = (targets.delegations.roles or {}) if targets and targets.delegations else {}
    problems = []
    for country, role in roles.items():
        problems += [] if allowed_issuers(role) else [Problem(f"targets.json: {country}", Reason.NETWORK_OUTSIDE_ROLE)]
        signed = _signed(repository, Targets, country)
        for name in signed.targets if signed else ():
            if not role.is_delegated_path(name):
                problems.append(Problem(f"{country}.json: {name}", Reason.NETWORK_OUTSIDE_ROLE))
        if signed and signed.delegations is not None:
            problems.append(Problem(f"{country}.json: delegations", Reason.NETWORK_OUTSIDE_ROLE))
    for name in targets.targets if targets else ():
        if any(role.is_delegated_path(name) for role in roles.values()):
            problems.append(Problem(f"targets.json: {name}", Reason.NETWORK_OUTSIDE_ROLE))
    return tuple(problems)


def contributions(repository: Repository, snapshot: Snapshot) -> tuple[list[Contribution], list[Problem]]:
    """What each role signed, at the versions that a snapshot names, and which of its files are not there."""
    found, problems = [], []
    top = _signed(repository, Targets, version=snapshot.meta["targets.json"].version)
    roles = (top.delegations.roles or {}) if top and top.delegations else {}
    for name, meta in snapshot.meta.items():
        role = name.removesuffix(".json")
        signed = _signed(repository, Targets, role, version=meta.version)
        if signed is None or (role != Targets.type and role not in roles):
            continue
        files = {}
        for path, target in signed.targets.items():
            data = repository.files.get(TARGETS + target.get_prefixed_paths()[0])
            if data is None:
                problems.append(Problem(path, Reason.BUNDLE_PART_MISSING))
            else:
                files[path] = data
        country = None if role == Targets.type else role
        issuers = frozenset() if country is None else allowed_issuers(roles[role])
        found.append(Contribution(country, issuers, issued_of(signed) or signed.expires, files))
    return found, problems


def _refusals(
    repository: Repository, before: Snapshot | None, snapshot: Snapshot, environment: Environment, at: datetime
) -> list[Problem]:
    """Everything in a release that a verifier would refuse."""
    problems = list(outside_roles(repository))
    for role in _signing(repository):
        signed = _signed(repository, Targets, role)
        problems += said(f"{role}.json", signed, environment) if signed else []
    found, missing = contributions(repository, snapshot)
    release = Release(snapshot.version, environment, at, at + OFFLINE)
    files, wrong = merged(found, release)
    problems += [*missing, *wrong]
    try:
        bundle = Bundle.from_files(files)
    except BundleRefused as refusal:
        return [*problems, *refusal.problems]
    old = None
    if before is not None:
        was, _ = merged(contributions(repository, before)[0], release)
        old = Bundle.from_files(was)
        problems += returned(old.revocation, bundle.revocation)
    return [*problems, *unfit_policies(files, bundle, old, at=at)]


def ends(repository: Repository) -> dict[str, datetime]:
    """When each role's file ends, by its name: whoever signs it has to have signed the next one by then."""
    found = {
        Root.type: _signed(repository, Root),
        **{role: _signed(repository, Targets, role) for role in _signing(repository)},
    }
    return {role: signed.expires for role, signed in found.items() if signed is not None}


def _unsigned(repository: Repository, root: Root, at: datetime) -> list[Problem]:
    """Roles that are not signed as they have to be, and those of the network's own that end before the release does.

    A participant that let its role end is left out by verifiers: it cannot keep others from their next release.
    """
    problems = []
    targets = _present(_signed(repository, Targets), "targets")
    for role in _signing(repository):
        data = repository.newest(role)
        if data is None:
            problems.append(Problem(f"{role}.json", Reason.BUNDLE_PART_MISSING))
            continue
        _verify(root if role == Targets.type else targets, role, data, f"{role}.json")
        if role == Targets.type and targets.is_expired(at + OFFLINE):
            problems.append(Problem(f"{role}.json", Reason.NETWORK_EXPIRED))
    if root.is_expired(at + OFFLINE):
        problems.append(Problem("root.json", Reason.NETWORK_ROOT_EXPIRED))
    return problems


def _signing(repository: Repository) -> list[str]:
    """The roles that sign parts: the network's own, and each participant's."""
    targets = _present(_signed(repository, Targets), "targets")
    roles = (targets.delegations.roles or {}) if targets.delegations else {}
    return [Targets.type, *roles]


def _targets(repository: Repository, role: str, parts: Mapping[str, bytes], environment: str, at: datetime) -> Targets:
    """The next file of a role, not signed yet."""
    too_large = [name for name, data in parts.items() if len(data) > MAX_PART]
    if too_large:
        raise NetworkRefused([Problem(name, Reason.NETWORK_TOO_LARGE) for name in too_large])
    return Targets(
        version=(repository.versions(role) or [0])[-1] + 1,
        expires=whole_second(at + LONG),
        targets={name: TargetFile.from_data(name, data, ["sha256"]) for name, data in parts.items()},
        unrecognized_fields=fields(Environment(environment), whole_second(at)),
    )


def _verified(delegator: Root | Targets, role: str, signed: Targets, signers: Signers) -> bytes:
    """A role's file, signed by enough of those who may."""
    data = signed_bytes(signed, signers)
    _verify(delegator, role, data, f"{METADATA}{signed.version}.{role}.json")
    return data


def _prefixed(signed: Targets, parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts under the names at which a verifier looks for them: each has its hash in it."""
    return {TARGETS + signed.targets[name].get_prefixed_paths()[0]: data for name, data in parts.items()}


def _signed(repository: Repository, kind: type[S], role: str | None = None, *, version: int | None = None) -> S | None:
    name = role or kind.type
    data = repository.newest(name) if version is None else repository.files.get(f"{METADATA}{version}.{name}.json")
    if data is None:
        return None
    try:
        signed = Metadata.from_bytes(data).signed
    except RepositoryError as fault:
        raise NetworkRefused([Problem(f"{name}.json", Reason.NETWORK_UNREADABLE)]) from fault
    if not isinstance(signed, kind):
        raise NetworkRefused([Problem(f"{name}.json", Reason.NETWORK_UNREADABLE)])
    return signed


def _present(signed: S | None, role: str) -> S:
    if signed is None:
        raise NetworkRefused([Problem(f"{role}.json", Reason.BUNDLE_PART_MISSING)])
    return signed


def _require_secret(keys: Iterable[Ed25519PublicKey], environment: Environment, place: str) -> None:
    """Refuse keys that everybody has, outside rehearsals."""
    spkis = (key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in keys)
    if environment is Environment.PRODUCTION and any_published(spkis):
        raise NetworkRefused([Problem(place, Reason.TRUST_KEY_PUBLIC)])


def _verify(delegator: Root | Targets, role: str, data: bytes, name: str) -> None:
    metadata = Metadata[Targets].from_bytes(data)
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except RepositoryError as fault:
        raise NetworkRefused([Problem(name, Reason.NETWORK_SIGNATURES)]) from fault


def _meta(repository: Repository, role: str, version: int) -> MetaFile:
    """A file as the role above it names it: with its length and hash, so that nothing can be put in its place."""
    data = repository.files.get(f"{METADATA}{version}.{role}.json", b"")
    return MetaFile.from_data(max(version, 1), data, ["sha256"])
