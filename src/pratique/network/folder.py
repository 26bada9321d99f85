"""A distribution in a folder, as any web server or memory stick carries it."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from pratique.network.distribution import Repository
from pratique.network.fetching import Fetch

TIMESTAMP = "metadata/timestamp.json"
_PIECE = 64 * 1024


def load(folder: Path) -> Repository:
    """Every file of a distribution; an empty one where there is no folder yet.

    What a `write` that was killed left half made has a dot before its name, and is no part of it.
    """
    found = (path for part in ("metadata", "targets") for path in (folder / part).rglob("*") if path.is_file())
    paths = (path for path in found if not path.name.startswith("."))
    return Repository(MappingProxyType({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}))


def write(folder: Path, repository: Repository) -> int:
    """Write what is not there yet, and the timestamp last, so that nobody is led to what has not arrived.

    How many files were written.
    """
    names = sorted(repository.files, key=lambda name: name == TIMESTAMP)
    written = 0
    for name in names:
        path, data = folder / name, repository.files[name]
        if path.exists() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_name(f".{path.name}.making")
        making.write_bytes(data)
        making.replace(path)
        written += 1
    return written


def reading(folder: Path) -> Fetch:
    """What `client.update` reads a folder with."""

    def fetch(name: str) -> Iterator[bytes]:
        with (folder / name).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    return fetch
