"""A bundle from a folder on a disk."""

from datetime import datetime
from pathlib import Path

from pratique.bundle import MANIFEST, MAX_PART, TRUST, Bundle
from pratique.cli import _files, _trust
from pratique.cli._exits import UsageFault
from pratique.cli._printing import note
from pratique.model.dates import format_instant
from pratique.model.errors import BundleRefused
from pratique.model.reasons import Reason
from pratique.texts import explain
from pratique.trust import Environment
from pratique.trust.published import any_published

CURRENT = "current"
"""Under this name the folder that `pratique bundle update` keeps has the release in force."""
MAX_FILES = 1_000
"""Two hundred and fifty countries, some with two diseases, and their value sets and policies."""


def given(folder: Path | None, trust: tuple[Path, ...], *, sandbox: bool, at: datetime) -> Bundle:
    """The bundle in a folder, or one of nothing but the keys that are trusted. Raises `UsageFault`."""
    if folder is None:
        return Bundle.of_trust(_trust.load(trust, sandbox=sandbox, at=at), issued=at)
    if trust or sandbox:
        raise UsageFault("a bundle brings its own trust list: --bundle goes without --trust and --sandbox")
    return load(folder, at=at)


def files(folder: Path) -> dict[str, bytes]:
    """The files of the bundle in a folder, or of the one in force in a folder that is kept up to date, by their names.

    Raises `UsageFault` where there is none.
    """
    if (folder / CURRENT / MANIFEST).is_file():
        folder = folder / CURRENT
    if not (folder / MANIFEST).is_file():
        raise UsageFault(f"{folder}: no bundle: that is a folder with {MANIFEST} in it")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if len(paths) > MAX_FILES:
        raise UsageFault(f"{folder}: more than {MAX_FILES} files; a bundle is a folder of its own")
    return {path.relative_to(folder).as_posix(): _files.read(path, at_most=MAX_PART) for path in paths}


def load(folder: Path, *, at: datetime) -> Bundle:
    """The bundle in a folder, or the one in force in a folder that is kept up to date.

    A note names each part whose time is over at the instant `at`.

    Raises `UsageFault`, after a note on everything that is wrong.
    """
    try:
        bundle = Bundle.from_files(files(folder))
    except BundleRefused as refusal:
        for problem in refusal.problems:
            note(f"{folder}/{problem.path}  {problem.reason}  {explain(problem.reason).what}")
        raise UsageFault(f"{folder}: this bundle cannot be used; get it again from its publisher") from refusal
    listed = bundle.trust_list
    if listed.environment is Environment.PRODUCTION and any_published(listed.spkis):
        note(f"{folder}/{TRUST}  {Reason.TRUST_KEY_PUBLIC}  {explain(Reason.TRUST_KEY_PUBLIC).what}")
        raise UsageFault(f"{folder}: this bundle is of production, and anybody can sign under it; ask its publisher")
    for name in bundle.stale(at):
        until = bundle.parts[name].fresh_until
        note(f"{folder}/{name}: stale since {format_instant(until) if until else '?'}; what rests on it is undecided")
    for each in bundle.revocation.stale_sources(at) if bundle.revocation is not None else ():
        whose, since = ", ".join(sorted(each.issuers)), format_instant(each.fresh_until)
        note(f"{each.name}: stale since {since}; certificates of {whose} are undecided")
    return bundle


def parts(folder: Path | None) -> dict[str, bytes]:
    """A folder's files by their names in it."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise UsageFault(f"{folder}: no folder of parts")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if len(paths) > MAX_FILES:
        raise UsageFault(f"{folder}: more than {MAX_FILES} files")
    return {path.relative_to(folder).as_posix(): _files.read(path, at_most=MAX_PART) for path in paths}


def reckoned(bundle: Bundle, now: datetime) -> datetime:
    """The instant to reckon with where the machine's clock says `now`; a note where it is behind what was signed."""
    moment = bundle.not_before(now)
    if moment != now:
        note(f"NETWORK_CLOCK  {explain(Reason.NETWORK_CLOCK).what}")
    return moment
