"""Who signs for a network, from a file; its keys; and its files from a folder or a web server."""

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from pratique.authority.signers.opening import pin_of
from pratique.authority.signers.places import HOW, Place, is_hardware, place
from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.network import folder as folders
from pratique.network.fetching import Fetch
from pratique.network.keyfiles import Public, read_private, read_public
from pratique.network.roles import Officers, Participant, SigningKey
from pratique.trust import Environment

MAX_FILE = 1024 * 1024
_SECONDS = 20
"""Without an octet, after which a web server is given up."""
_PIECE = 64 * 1024
_AHEAD = 4
"""Pieces that may lie ready before the next is read."""


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


@contextmanager
def keys(paths: Sequence[Path], passphrase: bytes) -> Iterator[list[SigningKey]]:
    """Private keys from their files, which share a passphrase, or in a hardware module, whose PIN that is; a module's
    are given back afterwards. Raises `UsageFault`, `TrustMaterialError`.
    """
    with ExitStack() as held:
        yield [held.enter_context(_key(path, passphrase)) for path in paths]


@contextmanager
def _key(path: Path, passphrase: bytes) -> Iterator[SigningKey]:
    if not is_hardware(path):
        yield read_private(_files.read(path, at_most=MAX_FILE), passphrase, name=path.name)
        return
    from pratique.network.hardware import HardwareKey

    where = _place(path)
    with closing(HardwareKey.open(where, pin=pin_of(where, passphrase))) as key:
        yield key


def made_in_hardware(key: Path, passphrase: bytes) -> Public:
    """The public half of a new key that a hardware module makes. Raises `UsageFault`, `TrustMaterialError`."""
    from pratique.network.hardware import make_key

    where = _place(key)
    return make_key(where, pin=pin_of(where, passphrase))


def named(key: Path) -> str:
    """What a key is called: its label in a module or the name of its file, up to a dot. Raises `UsageFault`."""
    return (_place(key).label if is_hardware(key) else key.name).partition(".")[0]


def _place(key: Path) -> Place:
    try:
        return place(str(key))
    except ValueError as fault:  # what was typed is not told: some write their PIN into it
        raise UsageFault(f"a key in hardware is named {HOW}, and its PIN is asked for as a passphrase is") from fault


def source(place: str) -> Fetch:
    """What reads a network's files: from a folder, or a web address. Raises `UsageFault`."""
    if place.startswith(("https://", "http://")):
        return _web(place.rstrip("/"))
    if not Path(place).is_dir():
        raise UsageFault("--from takes the folder of a distribution, or its address on the web")
    return folders.reading(Path(place))


def _web(address: str) -> Fetch:
    """What is signed needs no other protection; an address without https only shows others what is asked for.

    A thread of its own reads, since a server that sends its headers an octet at a time holds whoever waits for them.
    """

    def fetch(name: str) -> Iterator[bytes]:
        pieces: queue.Queue[bytes | Exception] = queue.Queue(_AHEAD)

        def hand_over(piece: bytes | Exception) -> None:
            pieces.put(piece, timeout=_SECONDS)

        threading.Thread(target=_read, args=(f"{address}/{name}", hand_over), daemon=True).start()
        while piece := _next(pieces):
            yield piece

    return fetch


def _next(pieces: "queue.Queue[bytes | Exception]") -> bytes:
    """The next piece, empty at the end. Raises `OSError` for what came instead of one, or if nothing came."""
    try:
        piece = pieces.get(timeout=_SECONDS)
    except queue.Empty as fault:
        raise TimeoutError("no octet came") from fault
    if isinstance(piece, Exception):
        raise piece
    return piece


def _read(address: str, hand_over: Callable[[bytes | Exception], None]) -> None:
    """A file in pieces as they come, and an empty one at its end, or the `OSError` why it has no end."""
    try:
        try:
            with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310  source() saw it
                while piece := answer.read1(_PIECE):
                    hand_over(piece)
                hand_over(ConnectionError("broken off") if answer.length else b"")
        except urllib.error.HTTPError as fault:
            fault.close()
            gone = fault.code in (403, 404)
            hand_over(FileNotFoundError(address) if gone else ConnectionError(f"status {fault.code}"))
        except OSError as fault:
            hand_over(fault)
        except (HTTPException, ValueError) as fault:
            hand_over(ConnectionError(f"no answer of a web server: {type(fault).__name__}"))
    except queue.Full:
        return  # nobody reads on
