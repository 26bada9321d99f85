"""The releases of a network in a page: checked as `bundle update` checks them, and kept as one value.

    kept ─ in_force ─► Bundle ─► the desk answers, while the next one is fetched
    kept, root ─ Updating ─ step ─► files and signatures wanted ─ the page fetches, and asks WebCrypto ─ give ─┐
                     └─ what came of it, and what to keep instead ◄────────────────────────────────────────────┘

What is kept is an archive of the folder that `network.client` works in: it is replaced whole, or not at all.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.bundle import Bundle
from pratique.model.errors import BundleRefused, Problem
from pratique.model.reasons import Reason
from pratique.trust import Environment

if TYPE_CHECKING:
    from pratique.network.client import Update
    from pratique.network.paged import Check

_IN_FORCE = "current/"
_RELEASE = Path("bundles", "kept")


def in_force(kept: bytes | None, environment: Environment) -> Bundle | None:
    """The release that was kept; None before the first, or where it was damaged, or is of another environment."""
    if kept is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(kept)) as archive:
            names = [name for name in archive.namelist() if name.startswith(_IN_FORCE)]
            bundle = Bundle.from_files({name.removeprefix(_IN_FORCE): archive.read(name) for name in names})
    except (zipfile.BadZipFile, BundleRefused):
        return None
    return bundle if bundle.environment is environment else None


class Updating:
    """One update in a folder that is this page's own, as far as it was given what it needs."""

    def __init__(
        self, folder: Path, kept: bytes | None, *, root: bytes, environment: Environment, at: datetime
    ) -> None:
        unpack(kept, folder)
        self._kept = kept
        # whose word counts is settled by the first root: what a server says later has to be signed by its people
        self._root = None if (folder / "metadata" / "root.json").exists() else root
        self._folder = folder
        self._environment = environment
        self._at = at
        self._files: dict[str, bytes | None] = {}
        self._answers: dict[Check, bool] = {}
        self._wanted: tuple[tuple[str, ...], tuple[Check, ...]] = ((), ())
        self.update: Update | None = None
        """What came of it, once `step` wants nothing more."""

    def step(self) -> tuple[list[str], list[dict[str, bytes]]] | None:
        """The names of files, and the signatures, that the next step needs; None when there is none."""
        from pratique.network.paged import Wanted, step

        came = step(
            self._folder, self._files, self._answers, at=self._at, environment=self._environment, root=self._root
        )
        if not isinstance(came, Wanted):
            self.update = came
            return None
        self._wanted = (came.names, came.checks)
        checks = [{"key": each.key, "signed": each.signed, "signature": each.signature} for each in came.checks]
        return list(came.names), checks

    def give(self, files: Sequence[bytes | None], answers: Sequence[bool] | None) -> None:
        """What `step` asked for, in its order; a file is None where the network does not have it.

        `answers` is None where WebCrypto does not know Ed25519: then they are reckoned here, some 10 ms each.
        """
        names, checks = self._wanted
        if answers is None:
            answers = [_holds(check) for check in checks]
        octets = [None if file is None else bytes(file) for file in files]
        self._files.update(zip(names, octets, strict=True))
        self._answers.update(zip(checks, answers, strict=True))

    def unreachable(self) -> None:
        """Nobody answered: what was kept goes on."""
        from pratique.network.client import Update

        kept = in_force(self._kept, self._environment)
        self.update = Update(kept, False, (Problem("", Reason.NETWORK_UNREACHABLE),))

    def kept(self) -> bytes:
        """What to keep from now on, whatever came of it: what was seen forbids to go back."""
        return pack(self._folder)


def _holds(check: "Check") -> bool:
    from securesystemslib.exceptions import UnverifiedSignatureError
    from securesystemslib.signer import Signature, SSlibKey

    key = SSlibKey("", "ed25519", "ed25519", {"public": check.key.hex()})
    try:
        key.verify_signature(Signature("", check.signature.hex()), check.signed)
    except UnverifiedSignatureError:  # and what cannot be checked at all, which is one of these
        return False
    return True


def pack(folder: Path) -> bytes:
    """The folder of `network.client` as one value: its metadata, its parts, and the release in force."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for part in ("metadata", "targets", "current"):
            top = (folder / part).resolve()
            for path in sorted(top.rglob("*")):
                if path.is_file():
                    archive.writestr(f"{part}/{path.relative_to(top).as_posix()}", path.read_bytes())
    return into.getvalue()


def unpack(kept: bytes | None, folder: Path) -> None:
    """The folder of `network.client` from what was kept; an empty one from nothing, or from what was damaged."""
    folder.mkdir(parents=True)
    if kept is None:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(kept)) as archive:
            files: Mapping[str, bytes] = {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        return
    for name, content in files.items():
        released = name.startswith(_IN_FORCE)
        path = folder / _RELEASE / name.removeprefix(_IN_FORCE) if released else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if (folder / _RELEASE).is_dir():
        (folder / "current").symlink_to(_RELEASE, target_is_directory=True)
