"""The number of signatures that a key has made, on the disk before the signature is in anyone's hand.

The file is one record of 64 bytes, overwritten in place: it lies within one sector, so that one flush makes it durable,
and it does not grow.

    00000000000000000042 81a2c3d4e5f60718 4f0c…\\n
    │ count              │ key id         └ the first 25 digits of SHA-256 over what precedes
    └ 20 digits

A number is never used twice. It can be lost: a crash between the flush and the signature leaves a number that signed
nothing, and the ledger has to say so.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Protocol

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyInfo
from pratique.model.reasons import Reason

_LENGTH = 64
_DIGITS = 20


def record(count: int, kid: bytes) -> bytes:
    """What the file of the key `kid` (8 bytes) holds after `count` signatures; a new key starts at 0."""
    text = f"{count:0{_DIGITS}} {kid.hex()} "
    return f"{text}{hashlib.sha256(text.encode()).hexdigest()[:25]}\n".encode()


class CountedSigner(Protocol):
    """A `pratique.model.keys.Signer` that says which number a signature has: what the log of a key goes by."""

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""

    @property
    def count(self) -> int:
        """How many numbers have been taken, by whomever. Raises `TrustMaterialError`."""

    def sign(self, data: bytes) -> bytes:
        """The raw signature."""

    def numbered(self, data: bytes) -> tuple[int, bytes]:
        """The number of a signature, taken and flushed before it was made, and the signature."""


class Counter:
    """The counter in the file `path`, of the key `kid`. It is created with the key, and never here.

    Threads and processes may share the file: each number is taken under a lock. The file is opened anew for each, so
    that one put in its place is noticed. Every method raises `TrustMaterialError` (`KEY_COUNTER`) if the file is
    missing, damaged, of another key, or behind what this object has seen of it.
    """

    def __init__(self, path: Path, kid: bytes) -> None:
        self._path = path
        self._kid = kid
        self._seen = 0

    @property
    def count(self) -> int:
        """How many numbers have been taken, by whomever."""
        with self._locked() as file:
            return self._read(file)

    @contextmanager
    def next(self) -> Iterator[int]:
        """Take the next number, flushed when the body starts; the body runs under the lock."""
        with self._locked() as file:
            number = self._read(file) + 1
            try:
                written = os.pwrite(file, record(number, self._kid), 0)
                os.fsync(file)
            except OSError as fault:
                self._refuse("could not be written", fault)
            if written != _LENGTH:
                self._refuse("was only partly written")
            self._seen = number
            yield number

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            file = os.open(self._path, os.O_RDWR)
        except FileNotFoundError as fault:
            self._refuse("is missing", fault)
        except PermissionError as fault:  # nothing is wrong with the count: a new signer would be the wrong remedy
            raise TrustMaterialError(
                Reason.KEY_COUNTER,
                detail=f"the counter file {self._path.name} may not be written by whoever runs this; "
                "next: let its owner sign, or give permission to read and write it",
            ) from fault
        except OSError as fault:
            self._refuse("cannot be opened for writing", fault)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as fault:
                self._refuse("cannot be locked", fault)
            yield file
        finally:
            os.close(file)

    def _read(self, file: int) -> int:
        content = os.pread(file, _LENGTH + 1, 0)
        digits = content[:_DIGITS]
        if len(content) != _LENGTH or not digits.isdigit():
            self._refuse("is torn or damaged")
        count = int(digits)
        if content != record(count, self._kid):
            self._refuse("is damaged, or of another key")
        if count < self._seen:
            self._refuse("has gone back: an older copy was put in its place")
        self._seen = count
        return count

    def _refuse(self, what: str, fault: OSError | None = None) -> NoReturn:
        # A count that is guessed would let two signatures share a number, so there is no way to repair one.
        todo = "make a new document signer, keep the old certificate on the trust list, settle the count in the ledger"
        raise TrustMaterialError(
            Reason.KEY_COUNTER, detail=f"the counter file {self._path.name} {what}; next: {todo}"
        ) from fault
