"""Trust lists from what lies on a disk: certificates, JSON trust lists, key sets of issuers, and folders of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from pratique.authority.signers.certificates import is_root
from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.cli._printing import note
from pratique.model.dates import format_instant
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.texts import explain
from pratique.trust import Environment, TrustedKey, TrustList, jwks, vci
from pratique.trust.report import Report
from pratique.trust.x509 import der_certificates

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
        except TrustMaterialError as fault:
            unsaid = Reason.TRUST_ISSUER in fault.reasons
            note(f"{file}: skipped, {explain(Reason.TRUST_ISSUER).what if unsaid else 'no trust material'}")
        except UsageFault:
            note(f"{file}: skipped, no trust material")


def _list(path: Path, sandbox: bool) -> TrustList:
    data = _files.read(path, at_most=MAX_FILE)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return TrustList.from_certificates([data], environment=_environment(sandbox))
    read = next((read for name, read in _PUBLISHED.items() if name in _members(data)), None)
    if read is None or "trust_list" in _members(data):
        return TrustList.from_json(data)
    keys, report = read(data)
    _report(path, report)
    if any(Reason.TRUST_KEY_UNMARKED in key.notes for key in keys):
        note(f"{path}: {Reason.TRUST_KEY_UNMARKED}: {explain(Reason.TRUST_KEY_UNMARKED).what}")
    return TrustList(keys, environment=_environment(sandbox))


_PUBLISHED: dict[str, Callable[[bytes], tuple[tuple[TrustedKey, ...], Report]]] = {
    "keys": jwks.trusted_keys,
    "issuerInfo": vci.trusted_keys,
}
"""What the world publishes in JSON, by the member that tells it from a trust list of ours."""


def _members(data: bytes) -> frozenset[str]:
    """The names at the top of a JSON object; none of what is no JSON object."""
    try:
        return frozenset(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    except msgspec.DecodeError:
        return frozenset()


def _report(path: Path, report: Report) -> None:
    """What became of a published list, in words; what its user has to act on comes first."""
    for alarm in report.alarms:
        note(f"{path}: ALARM {alarm}: {explain(alarm).what} {explain(alarm).next}")
    for place, reason in report.refused:
        note(f"{path}: {place} left out, {reason}: {explain(reason).what}")


def _has_root(file: Path) -> bool:
    """Whether a file holds nothing but roots, as far as a strict parser can tell: real signers' certificates stray."""
    try:
        return all(is_root(certificate) for certificate in certificates(file))
    except TrustMaterialError:
        return False
