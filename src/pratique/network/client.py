"""The verifier's half: fetch, check everything, and either have the new release whole or keep the old one.

    metadata/       what `tuf` believes: the chain of roots, and the newest of every role (no rollback)
    targets/        parts by their SHA-256, so that only what changed is fetched
    bundles/        the release in force, and the one before it, each in a folder of its own
    current         the link to the one in force

A part is only ever looked up by its name (`get_targetinfo`), never taken from a role's list: that is what makes a
participant's signature count for its own parts alone. Whatever is wrong, the release in force stays, until it is stale.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

from msgspec import Struct
from tuf.api import exceptions
from tuf.api.metadata import DelegatedRole, Signed, TargetFile, Targets
from tuf.ngclient import Updater, UpdaterConfig

from pratique import revocation
from pratique.bundle import MAX_PART, REVOCATION, Bundle
from pratique.model.errors import BundleRefused, Problem
from pratique.model.reasons import Reason
from pratique.network.fetching import Bounded, Clock, Fetch
from pratique.network.merging import Contribution, Release, merged, overdue, returned
from pratique.network.stated import allowed_issuers, issued_of, said, trust_name
from pratique.revocation import RevocationList
from pratique.trust import Environment
from pratique.trust.report import compare

CURRENT = "current"
MOST_PARTICIPANTS = 400
"""Every country and territory with a code, and as many bodies again."""


class Update(Struct, frozen=True):
    """What came of an update. `bundle` is in force now; None where there never was one.

    `problems` are why the old one stayed, none if all is well; `findings` are worth telling, and refuse
    nothing.
    """

    bundle: Bundle | None
    changed: bool
    problems: tuple[Problem, ...] = ()
    findings: tuple[Problem, ...] = ()


def installed(folder: Path) -> Bundle | None:
    """The release in force in a verifier's folder; None before the first. Raises `BundleRefused` if it was damaged."""
    current = folder / CURRENT
    if not current.is_dir():
        return None
    paths = (path for path in current.rglob("*") if path.is_file())
    return Bundle.from_files({path.relative_to(current).as_posix(): path.read_bytes() for path in paths})


def update(
    folder: Path,
    *,
    fetch: Fetch,
    at: datetime,
    environment: Environment,
    root: bytes | None = None,
    clock: Clock = time.monotonic,
) -> Update:
    """Fetch the newest release into `folder`, if every check of it holds at the instant `at`.

    `root` is the network's root as it came with the program or on paper; later ones are reached from it by signatures,
    so that it is needed only the first time. `clock` limits how long it may take. Raises `OSError` for a disk that
    cannot be used, and nothing else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        old = installed(folder)
    except BundleRefused:
        old = None  # damaged on this disk: what tuf remembers in its own files still forbids to go back
    if old is not None and old.environment is not environment:
        return Update(None, False, (Problem("bundle.json", Reason.BUNDLE_ENVIRONMENT),))
    moment = old.not_before(at) if old is not None else at
    findings = [Problem("", Reason.NETWORK_CLOCK)] if moment != at else []
    try:
        fetched = _Fetched(folder, Bounded(fetch, clock), moment, environment, root)
    except _Refused as refusal:
        return Update(old, False, refusal.problems, tuple(findings))
    findings += fetched.findings
    try:
        bundle = fetched.bundle(old)
    except _Refused as refusal:
        return Update(old, False, refusal.problems, tuple(findings))
    if old is not None:
        was, now = old.trust_list, bundle.trust_list
        alarms = (*compare(was.keys, now.keys), *compare(was.anchors, now.anchors))
        findings += [Problem(place, reason) for place, reason in dict.fromkeys(alarms)]
    findings += overdue(bundle.revocation, moment)
    _install(folder, fetched.name, fetched.files)
    fetched.prune()
    return Update(bundle, old is None or bundle.number != old.number, (), tuple(findings))


class _Refused(Exception):
    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class _Fetched:
    """One refresh of the metadata and of every part that it names."""

    def __init__(
        self, folder: Path, fetcher: Bounded, at: datetime, environment: Environment, root: bytes | None
    ) -> None:
        self.findings: list[Problem] = []
        self.files: Mapping[str, bytes] = {}
        self._folder = folder
        self._environment = environment
        self._lapsed = False
        self._parts: set[Path] = set()
        (folder / "metadata").mkdir(exist_ok=True)
        (folder / "targets").mkdir(exist_ok=True)
        if root is None and not (folder / "metadata" / "root.json").exists():
            raise _Refused(Problem("root.json", Reason.NETWORK_ROOT_MISSING))
        place = "root.json"
        try:
            self._updater = Updater(
                str(folder / "metadata"),
                "metadata",
                target_base_url="targets",
                fetcher=fetcher,
                config=UpdaterConfig(max_delegations=MOST_PARTICIPANTS),
                bootstrap=root,
            )
            self._trusted = self._updater._trusted_set
            self._trusted.reference_time = at  # tuf asks the machine's clock; the clock belongs to the question
            place = ""
            self._updater.refresh()
            self._check_said()
            self._contributions = self._all()
        except exceptions.RepositoryError as fault:
            raise _Refused(Problem(place, self._reason(fault))) from fault
        except exceptions.DownloadError as fault:
            raise _Refused(Problem(place, _unreached(fault))) from fault

    @property
    def name(self) -> str:
        """Of the release on this disk: one for each confirmation of it."""
        return f"{self._trusted.snapshot.version}-{self._trusted.timestamp.version}"

    def bundle(self, old: Bundle | None) -> Bundle:
        """The release as a bundle. Raises `_Refused`."""
        timestamp, snapshot = self._trusted.timestamp, self._trusted.snapshot
        issued = issued_of(timestamp) or timestamp.expires
        release = Release(snapshot.version, self._environment, issued, timestamp.expires)
        left = [_tombstones(old)] if old is not None and self._lapsed else []
        self.files, problems = merged([*self._contributions, *left], release)
        if problems:
            raise _Refused(*problems)
        try:
            bundle = Bundle.from_files(self.files)
        except BundleRefused as refusal:
            raise _Refused(*refusal.problems) from refusal
        if old is not None:
            if bundle.number < old.number:
                raise _Refused(Problem("snapshot.json", Reason.NETWORK_ROLLBACK))
            if problems := returned(old.revocation, bundle.revocation):
                raise _Refused(*problems)
        return bundle

    def prune(self) -> None:
        """Let go of the parts of earlier releases."""
        for path in (self._folder / "targets").iterdir():
            if path not in self._parts:
                path.unlink()

    def _check_said(self) -> None:
        trusted = self._trusted
        roles: tuple[Signed, ...] = (trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets)
        problems = [problem for signed in roles for problem in said(f"{signed.type}.json", signed, self._environment)]
        if problems:
            raise _Refused(*problems)

    def _all(self) -> list[Contribution]:
        """What every role signed within its role."""
        top = self._trusted.targets
        roles = (top.delegations.roles or {}) if top.delegations else {}
        if len(roles) > MOST_PARTICIPANTS:
            raise _Refused(Problem("targets.json", Reason.NETWORK_TOO_LARGE))
        found = [self._own(top, roles)]
        for country, role in roles.items():
            issuers = allowed_issuers(role)
            if not issuers:
                raise _Refused(Problem(f"targets.json: {country}", Reason.NETWORK_OUTSIDE_ROLE))
            try:
                self._updater.get_targetinfo(trust_name(country))  # loads the role, if it is signed as it has to be
            except exceptions.ExpiredMetadataError:
                self.findings.append(Problem(f"{country}.json", Reason.NETWORK_EXPIRED))
                self._lapsed = True
                continue
            signed = cast("Targets", self._trusted[country])
            problems = said(f"{country}.json", signed, self._environment)
            if problems:
                raise _Refused(*problems)
            files = {}
            for name, listed in signed.targets.items():
                info = self._updater.get_targetinfo(name)
                if info is None or info != listed or not role.is_delegated_path(name):
                    self.findings.append(Problem(f"{country}.json: {name}", Reason.NETWORK_OUTSIDE_ROLE))
                else:
                    files[name] = self._part(info)
            found.append(Contribution(country, issuers, issued_of(signed) or signed.expires, files))
        return found

    def _own(self, top: Targets, roles: Mapping[str, DelegatedRole]) -> Contribution:
        """The network's own parts. It has no say in a participant's: tuf would let it, as it stands above them."""
        files = {}
        for name in top.targets:
            if any(role.is_delegated_path(name) for role in roles.values()):
                raise _Refused(Problem(f"targets.json: {name}", Reason.NETWORK_OUTSIDE_ROLE))
            info = self._updater.get_targetinfo(name)
            if info is not None:
                files[name] = self._part(info)
        return Contribution(None, frozenset(), issued_of(top) or top.expires, files)

    def _part(self, info: TargetFile) -> bytes:
        if info.length > MAX_PART:
            raise _Refused(Problem(info.path, Reason.NETWORK_TOO_LARGE))
        name = hashlib.sha256(repr(sorted(info.hashes.items())).encode()).hexdigest()
        path = self._folder / "targets" / name  # no name that somebody else chose is ever a path here
        self._parts.add(path)
        if self._updater.find_cached_target(info, str(path)) is None:
            try:
                self._updater.download_target(info, str(path))
            except exceptions.DownloadHTTPError as fault:
                raise _Refused(Problem(info.path, Reason.BUNDLE_PART_MISSING)) from fault
        return path.read_bytes()

    def _reason(self, fault: exceptions.RepositoryError) -> Reason:
        match fault:
            case exceptions.ExpiredMetadataError():
                ended = self._trusted.root.is_expired(self._trusted.reference_time)
                return Reason.NETWORK_ROOT_EXPIRED if ended else Reason.NETWORK_EXPIRED
            case exceptions.BadVersionNumberError():
                return Reason.NETWORK_ROLLBACK
            case exceptions.LengthOrHashMismatchError():
                return Reason.NETWORK_MIXED
            case exceptions.UnsignedMetadataError():
                return Reason.NETWORK_SIGNATURES
            case _:
                return Reason.NETWORK_UNREADABLE


def _unreached(fault: exceptions.DownloadError) -> Reason:
    match fault:
        case exceptions.DownloadLengthMismatchError():
            return Reason.NETWORK_TOO_LARGE
        case exceptions.SlowRetrievalError():
            return Reason.NETWORK_SLOW
        case _:
            return Reason.NETWORK_UNREACHABLE


def _tombstones(old: Bundle) -> Contribution:
    """The keys that stay distrusted although whoever distrusted them let its role end."""
    distrusted = old.revocation.distrusted if old.revocation is not None else ()
    listed = RevocationList(old.issued, old.issued, distrusted=distrusted)
    return Contribution(None, frozenset(), old.issued, {REVOCATION: revocation.to_bytes(listed)})


def _install(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Put a release in force in one step: whoever looks sees the old one whole, or the new one."""
    bundles = folder / "bundles"
    bundles.mkdir(exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=bundles, prefix=f"{name}-"))
    for part, data in files.items():
        (making / part).parent.mkdir(parents=True, exist_ok=True)
        (making / part).write_bytes(data)
    before = (folder / CURRENT).resolve()  # whoever is reading it now may finish
    link = folder / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("bundles") / making.name, target_is_directory=True)
    os.replace(link, folder / CURRENT)
    for other in bundles.iterdir():
        if other.name not in (making.name, before.name):
            shutil.rmtree(other)
