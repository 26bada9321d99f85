"""Trust lists from what lies on a disk: certificates, roots and their master lists, JSON trust lists, key sets of
issuers, and folders of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from pratique import crypto
from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.cli._printing import note
from pratique.model.dates import format_instant
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.texts import explain
from pratique.trust import Anchor, Environment, TrustedKey, TrustList, controller, did, icao, jwks, vci
from pratique.trust.published import any_published, published
from pratique.trust.report import Report
from pratique.trust.x509 import anchor, der_certificates, is_authority

Published = tuple[tuple[TrustedKey, ...], Report]
"""The keys of a published list, and what became of it."""

MAX_FILE = 32 * 1024 * 1024
"""The whole world's keys are under 2 MB; what is larger is something else."""
ANCHORS = "anchors"
"""The name of a folder whose certificates are roots, and vouch for every signer that they issued."""
CARD_ANCHORS = "card-anchors"
"""The name of a folder whose certificates are roots of card issuers, for the key sets beside it. They vouch for no
signer of a state: a root of the web's would."""
DIRECTORY = "vci-issuers.json"
"""The name of the directory that says which issuers of a snapshot beside it are allowed."""


def load(paths: Sequence[Path], *, sandbox: bool, at: datetime) -> TrustList:
    """One list of all keys and roots under `paths`; certificates count for the sandbox or for production.

    A root counts where its file is named, or lies in a folder `anchors`: it vouches for every signer that it issued, in
    the formats whose scans bring their signers along. Elsewhere in a folder it is skipped with a note, and so is what
    is no trust material. A master list counts if one of the other roots vouches for its signer.

    Beside a key set of card issuers, a folder `card-anchors` asks each key for a chain to one of its roots, and of a
    snapshot a file `vci-issuers.json` leaves the issuers that it names.

    Freshness is that of the list that goes stale first; a note names each that is stale at the instant `at`.
    Raises `UsageFault`, and `TrustMaterialError` for a file that was named and is none, or if there is no key at all.
    """
    if not paths:
        note("no trust list was given (--trust): no certificate can be found genuine")
        return TrustList((), environment=_environment(sandbox))
    lists: list[TrustList] = []
    master_lists: list[tuple[Path, bool]] = []
    for path in paths:
        for file, found in _lists(path, sandbox, master_lists):
            _remark(file, found, sandbox, at)
            lists.append(found)
    roots = [root for found in lists for root in found.anchors]
    lists += [_master_list(file, roots, sandbox, named=named) for file, named in master_lists]
    keys = [key for found in lists for key in found.keys]
    roots = [root for found in lists for root in found.anchors]
    if not (keys or roots):
        raise TrustMaterialError(Reason.TRUST_EMPTY, detail="nothing under --trust is a key that can be used")
    environments = {found.environment for found in lists}
    if len(environments) > 1:
        names = ", ".join(sorted(environments))
        raise UsageFault(f"the trust lists are of different environments ({names}); certificates need --sandbox there")
    return TrustList(
        keys,
        anchors=roots,
        environment=environments.pop(),
        issued=_earliest(found.issued for found in lists),
        fresh_until=_earliest(found.fresh_until for found in lists),
    )


def anchors(paths: Sequence[Path]) -> tuple[Anchor, ...]:
    """The roots in files, in folders of them, and on master lists that another of the roots vouches for.

    Raises `UsageFault`, and `TrustMaterialError` naming the file.
    """
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    files = [file for file in files if not file.is_dir()]
    listed = [file for file in files if _claims_master_list(file)]
    found = [root for file in files if file not in listed for root in _named_roots(file)]
    for file in listed:
        found += _master_list(file, found, sandbox=False, named=True).anchors
    return tuple(found)


def _named_roots(path: Path) -> tuple[Anchor, ...]:
    with _files.of(path):
        return _roots(path)


def offered(path: Path, *, signers: Sequence[Anchor]) -> tuple[Sequence[TrustedKey], Sequence[Anchor], Report]:
    """The keys and the roots of a list that somebody published, and what became of the rest; its content tells its
    kind, and a master list counts if one of `signers` vouches for its own.

    Raises `UsageFault`, and `TrustMaterialError`.
    """
    data = _files.read(path, at_most=MAX_FILE)
    if icao.is_master_list(data):
        roots, report = icao.master_list(data, signers=signers, check=crypto.check)
        return (), roots, report
    members = _members(data)
    read = next((read for name, read in _PUBLISHED.items() if name in members and "trust_list" not in members), None)
    if read is None:
        raise UsageFault(
            f"{path}: no list that is known here: DID document, key set, snapshot, controller, master list"
        )
    keys, report = read(path, data)
    return keys, (), report


def certificates(path: Path) -> list[bytes]:
    """The certificates of one file, in DER or PEM, of which there may be several.

    Raises `UsageFault`, and `TrustMaterialError` naming the file.
    """
    with _files.of(path):
        return der_certificates(_files.read(path, at_most=MAX_FILE))


def _remark(file: Path, found: TrustList, sandbox: bool, at: datetime) -> None:
    """What a list brings with it that its user may not expect."""
    if found.fresh_until is not None and at > found.fresh_until:
        stale = format_instant(found.fresh_until)
        note(f"{file}: stale since {stale}, and with it all that is trusted here; renew the list or leave it out")
    if found.environment is not Environment.SANDBOX:
        for where in dict.fromkeys(filter(None, map(published, found.spkis))):
            note(f"{file}: a key that anybody can sign with: its private half is in {where}. It is for rehearsals")
    if sandbox and found.environment is not Environment.SANDBOX:
        note(f"{file}: a list of {found.environment}, and stays one; --sandbox speaks of bare certificates alone")


def _environment(sandbox: bool) -> Environment:
    return Environment.SANDBOX if sandbox else Environment.PRODUCTION


def _earliest(moments: Iterator[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _lists(path: Path, sandbox: bool, master_lists: list[tuple[Path, bool]]) -> Iterator[tuple[Path, TrustList]]:
    """Each file under `path` with what it holds; master lists are put aside, until all roots are known."""
    if not path.is_dir():
        with _files.of(path):
            if _claims_master_list(path):
                master_lists.append((path, True))
            elif (found := _list(path, sandbox, named=True)) is not None:
                yield path, found
        return
    for file in sorted(path.rglob("*")):
        if not file.is_file() or _beside_key_sets(path, file):
            continue
        anchors = ANCHORS in (path.name, *file.relative_to(path).parts[:-1])
        try:
            if _claims_master_list(file):
                master_lists.append((file, False))
            elif anchors:
                yield file, TrustList((), anchors=_roots(file), environment=_environment(sandbox))
            elif (found := _list(file, sandbox, named=False)) is not None:
                yield file, found
        except TrustMaterialError as fault:
            unread = "no root" if anchors else "no trust material"
            known = not anchors and fault.reasons[0] is not Reason.TRUST_UNREADABLE
            note(f"{file}: skipped, {explain(fault.reasons[0]).what if known else unread}")
        except UsageFault:
            note(f"{file}: skipped, no trust material")


def _claims_master_list(path: Path) -> bool:
    return icao.is_master_list(_files.read(path, at_most=MAX_FILE))


def _master_list(path: Path, roots: Sequence[Anchor], sandbox: bool, *, named: bool) -> TrustList:
    """The roots on a master list. Raises `TrustMaterialError` if the file was named; else a note says why it is not
    believed."""
    try:
        found, report = icao.master_list(_files.read(path, at_most=MAX_FILE), signers=roots, check=crypto.check)
    except TrustMaterialError as fault:
        if named:
            raise TrustMaterialError(*fault.reasons, detail=f"{path}: {fault.detail}") from fault
        reason = fault.reasons[0]
        note(f"{path}: skipped, {reason}: {explain(reason).what} {explain(reason).next}")
        return TrustList((), environment=_environment(sandbox))
    _report(path, report)
    note(f"{path}: a master list of {report.accepted} roots, of which {len(report.refused)} more are left out")
    return TrustList((), anchors=found, environment=_environment(sandbox))


def _roots(path: Path) -> tuple[Anchor, ...]:
    """The roots in a file. Raises `TrustMaterialError` if there is none."""
    found, report = icao.roots(_files.read(path, at_most=MAX_FILE), check=crypto.check)
    if not found:
        raise TrustMaterialError(*dict.fromkeys(reason for _, reason in report.refused), detail="no root")
    _report(path, report)
    return found


def _list(path: Path, sandbox: bool, *, named: bool) -> TrustList | None:
    """What a file holds; None where that is roots alone, and it was not named."""
    data = _files.read(path, at_most=MAX_FILE)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return _certified(path, data, sandbox, named=named)
    if named and path.name == DIRECTORY:
        raise UsageFault(f"{path}: names issuers and has no keys; it counts where it lies beside a snapshot of keys")
    read = next((read for name, read in _PUBLISHED.items() if name in _members(data)), None)
    if read is None or "trust_list" in _members(data):
        return _secret(TrustList.from_json(data))
    keys, report = read(path, data)
    _report(path, report)
    if any(Reason.TRUST_KEY_UNMARKED in key.notes for key in keys):
        note(f"{path}: {Reason.TRUST_KEY_UNMARKED}: {explain(Reason.TRUST_KEY_UNMARKED).what}")
    return TrustList(keys, environment=_environment(sandbox))


def _secret(found: TrustList) -> TrustList:
    """A list, unless it says that it is of production, and anybody can sign under it. Raises `TrustMaterialError`.

    Of keys that somebody names by hand, which say of themselves nothing of the kind, there is a remark.
    """
    if found.environment is Environment.PRODUCTION and any_published(found.spkis):
        raise TrustMaterialError(Reason.TRUST_KEY_PUBLIC, detail="a list of production")
    return found


def _certified(path: Path, data: bytes, sandbox: bool, *, named: bool) -> TrustList | None:
    """Document signers are keys; authorities are roots, if the file was named."""
    each = der_certificates(data)
    signers = [der for der in each if not is_authority(der)]
    authorities = [der for der in each if der not in signers]
    found = TrustList.from_certificates(signers, environment=_environment(sandbox))
    if not authorities:
        return found
    if not named:
        note(
            f"{path}: skipped, a root signs keys and no certificates; name the file, or put it into a folder"
            f" {ANCHORS}/, to trust every signer that it issued"
        )
        return found if signers else None
    roots: list[Anchor] = []
    for der in authorities:
        anchors, report = icao.roots(der, check=crypto.check)
        if report.refused:
            raise TrustMaterialError(report.refused[0][1], detail="a root")
        roots += anchors
    return TrustList(found.keys, anchors=roots, environment=found.environment)


def _beside_key_sets(folder: Path, file: Path) -> bool:
    """Whether a file in a folder is no trust material of its own, and is looked for where it lies beside some."""
    return file.name == DIRECTORY or CARD_ANCHORS in (folder.name, *file.relative_to(folder).parts[:-1])


def _key_set(path: Path, data: bytes) -> Published:
    return jwks.trusted_keys(data, anchors=_card_anchors(path), check=crypto.check)


def _snapshot(path: Path, data: bytes) -> Published:
    directory = path.with_name(DIRECTORY)
    allowed = vci.issuers(_files.read(directory, at_most=MAX_FILE)) if directory.exists() else None
    return vci.trusted_keys(data, allowed=allowed, anchors=_card_anchors(path), check=crypto.check)


def _card_anchors(path: Path) -> list[Anchor]:
    """The roots in the folder beside a key set; none if there is no such folder.

    Raises `UsageFault`, and `TrustMaterialError` for a folder that holds none: without a root every key would count.
    """
    folder = path.with_name(CARD_ANCHORS)
    if not folder.is_dir():
        return []
    found: list[Anchor] = []
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        try:
            found += [anchor(der) for der in certificates(file)]
        except TrustMaterialError:
            note(f"{file}: skipped, no trust material")
    if not found:
        raise TrustMaterialError(Reason.TRUST_EMPTY, detail=f"{CARD_ANCHORS}/ beside it")
    return found


_PUBLISHED: dict[str, Callable[[Path, bytes], Published]] = {
    "keys": _key_set,
    "issuerInfo": _snapshot,
    "verificationMethod": lambda _, data: did.trusted_keys(data),
    "publicKey": lambda _, data: controller.trusted_keys(data),
}
"""What the world publishes in JSON, by the member that tells it from a trust list of ours."""


def _members(data: bytes) -> frozenset[str]:
    """The names at the top of a JSON object; none of what is no JSON object."""
    try:
        return frozenset(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return frozenset()


def _report(path: Path, report: Report) -> None:
    """What became of a published list, in words; what its user has to act on comes first."""
    for alarm in report.alarms:
        note(f"{path}: ALARM {alarm}: {explain(alarm).what} {explain(alarm).next}")
    for place, reason in report.refused:
        note(f"{path}: {place} left out, {reason}: {explain(reason).what}")
