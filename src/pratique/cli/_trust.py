"""Trust lists from what lies on a disk: certificates, JSON trust lists, and folders of both."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from pratique.authority.signers.certificates import is_root
from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.cli._printing import note
from pratique.model.dates import format_instant
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import der_certificates, trusted_keys

MAX_FILE = 32 * 1024 * 1024
"""The whole world's keys are under 2 MB; what is larger is something else."""


def load(paths: Sequence[Path], *, sandbox: bool, at: datetime) -> TrustList:
    """One list of all keys under `paths`; certificates count for the sandbox or for production.

    Freshness is that of the list that goes stale first; a note names each that is stale at the instant `at`. In a
    folder, what is no trust material is skipped with a note.
    Raises `UsageFault`, and `TrustMaterialError` for a file that was named and is none, or if there is no key at all.
    """
    if not paths:
        note("no trust list was given (--trust): no certificate can be found genuine")
        return TrustList((), environment=_environment(sandbox))
    lists = []
    for path in paths:
        for file, found in _lists(path, sandbox):
            _remark(file, found, sandbox, at)
            lists.append(found)
    keys = [key for found in lists for key in found.keys]
    if not keys:
        raise TrustMaterialError(Reason.TRUST_EMPTY, detail="nothing under --trust is a key that can be used")
    environments = {found.environment for found in lists}
    if len(environments) > 1:
        names = ", ".join(sorted(environments))
        raise UsageFault(f"the trust lists are of different environments ({names}); certificates need --sandbox there")
    return TrustList(
        keys,
        environment=environments.pop(),
        issued=_earliest(found.issued for found in lists),
        fresh_until=_earliest(found.fresh_until for found in lists),
    )


def certificates(path: Path) -> list[bytes]:
    """The certificates of one file, in DER or PEM, of which there may be several.

    Raises `UsageFault`, and `TrustMaterialError` naming the file.
    """
    try:
        return der_certificates(_files.read(path, at_most=MAX_FILE))
    except TrustMaterialError as fault:
        raise TrustMaterialError(*fault.reasons, detail=f"{path}: {fault.detail}") from fault


def _remark(file: Path, found: TrustList, sandbox: bool, at: datetime) -> None:
    """What a list brings with it that its user may not expect."""
    if found.fresh_until is not None and at > found.fresh_until:
        stale = format_instant(found.fresh_until)
        note(f"{file}: stale since {stale}, and with it all that is trusted here; renew the list or leave it out")
    if sandbox and found.environment is not Environment.SANDBOX:
        note(f"{file}: a list of {found.environment}, and stays one; --sandbox speaks of bare certificates alone")


def _environment(sandbox: bool) -> Environment:
    return Environment.SANDBOX if sandbox else Environment.PRODUCTION


def _earliest(moments: Iterator[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _lists(path: Path, sandbox: bool) -> Iterator[tuple[Path, TrustList]]:
    """Each file under `path` with what it holds."""
    if not path.is_dir():
        try:
            yield path, _list(path, sandbox)
        except TrustMaterialError as fault:
            raise TrustMaterialError(*fault.reasons, detail=f"{path}: {fault.detail}") from fault
        return
    for file in sorted(path.rglob("*")):
        if not file.is_file():
            continue
        try:
            if _has_root(file):
                note(f"{file}: skipped, a root signs keys and no certificates; name the file to trust it all the same")
                continue
            yield file, _list(file, sandbox)
        except (TrustMaterialError, UsageFault):
            note(f"{file}: skipped, no trust material")


def _list(path: Path, sandbox: bool) -> TrustList:
    data = _files.read(path, at_most=MAX_FILE)
    if data.lstrip()[:1] == b"{":
        return TrustList.from_json(data)
    return TrustList(trusted_keys(data), environment=_environment(sandbox))


def _has_root(file: Path) -> bool:
    """Whether a file holds nothing but roots, as far as a strict parser can tell: real signers' certificates stray."""
    try:
        return all(is_root(certificate) for certificate in certificates(file))
    except TrustMaterialError:
        return False
