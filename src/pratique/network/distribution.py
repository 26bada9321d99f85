"""The files of a distribution as a value, and what any of its roles signed."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Signed, Timestamp

from pratique.model.errors import NetworkRefused, Problem
from pratique.model.reasons import Reason

S = TypeVar("S", bound=Signed)
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


def signed_file(
    repository: Repository, kind: type[S], role: str | None = None, *, version: int | None = None
) -> S | None:
    """A role's newest file, or the one of a version; None where there is none. Raises `NetworkRefused`."""
    name = role or kind.type
    data = repository.newest(name) if version is None else repository.files.get(f"{METADATA}{version}.{name}.json")
    return None if data is None else read_file(kind, data, name)


def read_file(kind: type[S], data: bytes, name: str) -> S:
    """What a file says. Raises `NetworkRefused` (NETWORK_UNREADABLE)."""
    try:
        signed = Metadata.from_bytes(data).signed
    except RepositoryError as fault:
        raise NetworkRefused([Problem(f"{name}.json", Reason.NETWORK_UNREADABLE)]) from fault
    if not isinstance(signed, kind):
        raise NetworkRefused([Problem(f"{name}.json", Reason.NETWORK_UNREADABLE)])
    return signed


def present(signed: S | None, role: str) -> S:
    """The same, where it has to be there. Raises `NetworkRefused` (BUNDLE_PART_MISSING)."""
    if signed is None:
        raise NetworkRefused([Problem(f"{role}.json", Reason.BUNDLE_PART_MISSING)])
    return signed
