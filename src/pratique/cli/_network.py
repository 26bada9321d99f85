"""Who signs for a network, from a file; its keys; and its files from a folder or a web server."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.network import folder as folders
from pratique.network.fetching import Fetch
from pratique.network.keyfiles import Private, Public, read_private, read_public
from pratique.network.roles import Officers, Participant
from pratique.trust import Environment

MAX_FILE = 1024 * 1024
_SECONDS = 20
"""Without an octet, after which a web server is given up."""
_PIECE = 64 * 1024


class _Signers(Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[str, ...]
    threshold: int = 1
    issuers: tuple[str, ...] = ()


class _Network(Struct, frozen=True, forbid_unknown_fields=True):
    network: Literal[1]
    environment: Environment
    root: _Signers
    office: _Signers
    online: str
    participants: dict[str, _Signers] = {}


class Network(Struct, frozen=True):
    """Who signs for a network."""

    environment: Environment
    officers: Officers
    participants: tuple[Participant, ...]


def read(path: Path) -> Network:
    """A network's file; the keys that it names lie beside it. Raises `UsageFault`, `TrustMaterialError`."""
    try:
        found = msgspec.json.decode(_files.read(path, at_most=MAX_FILE), type=_Network)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not the file of a network ({fault}); docs/network.md shows one") from fault

    def public(names: Sequence[str]) -> tuple[Public, ...]:
        return tuple(read_public(_files.read(path.parent / name, at_most=MAX_FILE), name=name) for name in names)

    return Network(
        found.environment,
        Officers(
            root=public(found.root.keys),
            targets=public(found.office.keys),
            online=public([found.online])[0],
            root_threshold=found.root.threshold,
            targets_threshold=found.office.threshold,
        ),
        tuple(
            Participant(country, public(each.keys), each.threshold, each.issuers)
            for country, each in found.participants.items()
        ),
    )


class _Signed(Struct, rename={"kind": "_type"}):
    kind: Literal["root"]


class _Root(Struct):
    signed: _Signed


def root(path: Path) -> bytes:
    """A network's root file, for `client.update` to judge. Raises `UsageFault` for a file that is none."""
    data = _files.read(path, at_most=MAX_FILE)
    try:
        msgspec.json.decode(data, type=_Root)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not the root file of a network; get it from a person at its office") from fault
    return data


def keys(paths: Sequence[Path], passphrase: bytes) -> list[Private]:
    """Private keys from their files, which share a passphrase. Raises `UsageFault`, `TrustMaterialError`."""
    return [read_private(_files.read(path, at_most=MAX_FILE), passphrase, name=path.name) for path in paths]


def source(place: str) -> Fetch:
    """What reads a network's files: from a folder, or a web address. Raises `UsageFault`."""
    if place.startswith(("https://", "http://")):
        return _web(place.rstrip("/"))
    if not Path(place).is_dir():
        raise UsageFault("--from takes the folder of a distribution, or its address on the web")
    return folders.reading(Path(place))


def _web(address: str) -> Fetch:
    """What is signed needs no other protection; an address without https only shows others what is asked for."""

    def fetch(name: str) -> Iterator[bytes]:
        try:
            with urllib.request.urlopen(f"{address}/{name}", timeout=_SECONDS) as answer:  # noqa: S310  source() saw it
                while piece := answer.read(_PIECE):
                    yield piece
        except urllib.error.HTTPError as fault:
            if fault.code in (403, 404):
                raise FileNotFoundError(name) from fault
            raise

    return fetch
