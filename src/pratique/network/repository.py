"""The publisher's half: what is signed, by whom, in which order. Nothing here reads or writes; files are values.

    repository = Repository({})
    repository = rotate(repository, officers, environment=…, signers=root_keys, at=at)   once, and to change keys
    repository = delegate(repository, participants, {"value-sets/…": …}, signers=targets_keys, at=at)
    repository = contribute(repository, "XA", {"trust/XA.json": …}, signers=xas_keys, at=at)  each for itself, at home
    repository = release(repository, online_key, at=at)                                      every hour

Where the keys are apart, `draft_root` and its like make the same files unsigned, `ceremony` brings the signatures
together, and `accept` takes what enough have signed.

`release` publishes nothing that a verifier would refuse: it reads what it has signed as one, beside the last release.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from pratique import revocation
from pratique.bundle import MAX_PART, REVOCATION, Bundle
from pratique.model.errors import BundleRefused, NetworkRefused, Problem
from pratique.model.reasons import Reason
from pratique.network.distribution import METADATA, TARGETS, Repository, present, read_file, signed_file
from pratique.network.merging import Contribution, Release, merged, overdue, returned
from pratique.network.policies import unfit_policies
from pratique.network.roles import LONG, Officers, Participant, SigningKey, public, signed_bytes, whole_second
from pratique.network.stated import OFFLINE, allowed_issuers, environment_of, fields, issued_of, paths, said
from pratique.trust import Environment
from pratique.trust.published import any_published

Signers = Sequence[SigningKey]


def rotate(
    repository: Repository, officers: Officers, *, environment: Environment, signers: Signers, at: datetime
) -> Repository:
    """The first root, or the next one: signed by enough of those who signed the last and of those who sign from now on.

    Raises `NetworkRefused` where they are not enough, or for another environment: that is another network.
    """
    root = draft_root(repository, officers, environment=environment, at=at)
    return accept(repository, Root.type, signed_bytes(root, signers), {})


def draft_root(repository: Repository, officers: Officers, *, environment: Environment, at: datetime) -> Root:
    """The first root, or the next one, not signed yet. Raises `NetworkRefused` for another environment than before."""
    before = signed_file(repository, Root)
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
    if before is not None and environment_of(before) != environment.value:
        raise NetworkRefused([Problem(f"{METADATA}{root.version}.root.json", Reason.BUNDLE_ENVIRONMENT)])
    return root


def accept(repository: Repository, role: str, data: bytes, parts: Mapping[str, bytes]) -> Repository:
    """The repository with a role's next file, if enough have signed it and its parts are those that it names.

    Raises `NetworkRefused`: `NETWORK_SIGNATURES`, `NETWORK_ROLLBACK` where it is not the next file of the role (another
    was signed in the meantime), `NETWORK_MIXED` for other parts.
    """
    signed: Root | Targets = read_file(Root, data, role) if role == Root.type else read_file(Targets, data, role)
    name = f"{METADATA}{signed.version}.{role}.json"
    if signed.version != (repository.versions(role) or [0])[-1] + 1:
        raise NetworkRefused([Problem(name, Reason.NETWORK_ROLLBACK)])
    for delegator in _delegators(repository, role, signed):
        _verify(delegator, role, data, name)
    prefixed = {}
    if isinstance(signed, Targets):
        made = {part: TargetFile.from_data(part, content, ["sha256"]) for part, content in parts.items()}
        if made != signed.targets:
            raise NetworkRefused([Problem(name, Reason.NETWORK_MIXED)])
        prefixed = _prefixed(signed, parts)
    return repository.having({**prefixed, name: data})


def _delegators(repository: Repository, role: str, signed: Root | Targets) -> list[Root | Targets]:
    """Those whose word it is who signs a role: of a root its predecessor and itself."""
    before = signed_file(repository, Root)
    if isinstance(signed, Root):
        return [signed, *([before] if before else [])]
    return [present(before, "root") if role == Targets.type else present(signed_file(repository, Targets), "targets")]


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
    targets = draft_targets(repository, participants, own, at=at)
    return accept(repository, Targets.type, signed_bytes(targets, signers), own)


def draft_targets(
    repository: Repository, participants: Iterable[Participant], own: Mapping[str, bytes], *, at: datetime
) -> Targets:
    """The office's next file, not signed yet."""
    root = present(signed_file(repository, Root), "root")
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
    return signed


def contribute(
    repository: Repository, country: str, parts: Mapping[str, bytes], *, signers: Signers, at: datetime
) -> Repository:
    """All that a participant publishes from now on, signed with its own keys.

    Raises `NetworkRefused` where the country does not participate, where the signatures are not enough, and for a part
    outside the participant's role: verifiers would ignore it without a word.
    """
    signed = draft_contribution(repository, country, parts, at=at)
    return accept(repository, country, signed_bytes(signed, signers), parts)


def draft_contribution(repository: Repository, country: str, parts: Mapping[str, bytes], *, at: datetime) -> Targets:
    """A participant's next file, not signed yet. Raises `NetworkRefused` as `contribute` does."""
    root = present(signed_file(repository, Root), "root")
    targets = present(signed_file(repository, Targets), "targets")
    role = (targets.delegations.roles or {}).get(country) if targets.delegations else None
    if role is None:
        raise NetworkRefused([Problem(country, Reason.NETWORK_OUTSIDE_ROLE)])
    outside = [name for name in parts if not role.is_delegated_path(name)]
    if outside:
        raise NetworkRefused([Problem(name, Reason.NETWORK_OUTSIDE_ROLE) for name in outside])
    return _targets(repository, country, parts, environment_of(root), at)


def release(repository: Repository, signer: SigningKey, *, at: datetime) -> Repository:
    """The next release, or the same one confirmed: what everybody signed last, as one, for `OFFLINE` from now.

    The number of the release is the snapshot's version, and rises with every change. Raises `NetworkRefused` with
    everything for which a verifier would keep what it has.
    """
    root = present(signed_file(repository, Root), "root")
    at = whole_second(at)
    environment = Environment(environment_of(root))
    before = signed_file(repository, Snapshot)
    newest = {role: (repository.versions(role) or [0])[-1] for role in _signing(repository)}
    meta = {f"{role}.json": _meta(repository, role, version) for role, version in newest.items()}
    if before is not None and before.meta == meta and before.expires >= at + OFFLINE:
        snapshot = before
    else:
        number = before.version + 1 if before else 1
        snapshot = Snapshot(version=number, expires=at + LONG, meta=meta, unrecognized_fields=fields(environment, at))
    new = repository.having({f"{METADATA}{snapshot.version}.snapshot.json": signed_bytes(snapshot, [signer])})
    last = signed_file(repository, Timestamp)
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
    targets = signed_file(repository, Targets)
    roles = (targets.delegations.roles or {}) if targets and targets.delegations else {}
    problems = []
    for country, role in roles.items():
        problems += [] if allowed_issuers(role) else [Problem(f"targets.json: {country}", Reason.NETWORK_OUTSIDE_ROLE)]
        signed = signed_file(repository, Targets, country)
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
    top = signed_file(repository, Targets, version=snapshot.meta["targets.json"].version)
    roles = (top.delegations.roles or {}) if top and top.delegations else {}
    for name, meta in snapshot.meta.items():
        role = name.removesuffix(".json")
        signed = signed_file(repository, Targets, role, version=meta.version)
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
        signed = signed_file(repository, Targets, role)
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


def overdue_lists(repository: Repository, *, at: datetime) -> tuple[Problem, ...]:
    """What is to be told of the last release and refuses nothing: lists of withdrawals that their country let end."""
    snapshot = present(signed_file(repository, Snapshot), "snapshot")
    found, _ = contributions(repository, snapshot)
    files, _ = merged(found, Release(snapshot.version, Environment(environment_of(snapshot)), at, at + OFFLINE))
    return overdue(revocation.from_bytes(files[REVOCATION]), at)


def ends(repository: Repository) -> dict[str, datetime]:
    """When each role's file ends, by its name: whoever signs it has to have signed the next one by then."""
    found = {
        Root.type: signed_file(repository, Root),
        **{role: signed_file(repository, Targets, role) for role in _signing(repository)},
    }
    return {role: signed.expires for role, signed in found.items() if signed is not None}


def _unsigned(repository: Repository, root: Root, at: datetime) -> list[Problem]:
    """Roles that are not signed as they have to be, and those of the network's own that end before the release does.

    A participant that let its role end is left out by verifiers: it cannot keep others from their next release.
    """
    problems = []
    targets = present(signed_file(repository, Targets), "targets")
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
    targets = present(signed_file(repository, Targets), "targets")
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


def _prefixed(signed: Targets, parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts under the names at which a verifier looks for them: each has its hash in it."""
    return {TARGETS + signed.targets[name].get_prefixed_paths()[0]: data for name, data in parts.items()}


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
