"""The log of each key: its entry n is its signature n, and there is no signature without an entry.

    hold ─► Log ─ signer.numbered ─► (number, signature) ─ enter ─► committed together with the certificate
             └ numbers that were taken and gave nobody anything (a crash) are entered first, as void

The counter of the key, on the signer's disk, is never behind the log; the log is at most one crash behind the counter,
and makes up for it before it signs again. So, at rest, `count` = entries = certificates + void ones: for everybody to
check, without seeing one of them (docs/decisions/0018).
"""

import hashlib
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique import crypto
from pratique.authority import ledger
from pratique.authority.ledger import Checkpoint, MemoryNodes, Tree
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.store import alone, writing
from pratique.authority.store import signing_log as store
from pratique.authority.store.signing_log import Entry, SigningKey, StoredNodes
from pratique.model.errors import LogFault, TrustMaterialError
from pratique.model.keys import Algorithm, KeyInfo, PublicKey, SignatureCheck, Signer
from pratique.model.reasons import Reason

MOST_LOST = 100
"""Numbers that are made up for without a person: a crash loses one a process. More are a key that signs elsewhere."""


class Issue(Struct, frozen=True):
    """What an entry commits to: that this was signed, on whose word, for which request."""

    certificate_id: str
    format: str
    signed: str
    """SHA-256 of what was signed, in hexadecimal."""
    facilities: tuple[str, ...]
    account_id: str
    issued: int

    @property
    def octets(self) -> bytes:
        """The same as JSON, members in the order of the fields."""
        return msgspec.json.encode(self)


class Sealed(Struct, frozen=True):
    """A commitment, and the salt without which it says nothing."""

    commitment: bytes
    salt: bytes


def seal(issued: Issue) -> Sealed:
    """Commit to an issue under a new salt."""
    salt = secrets.token_bytes(ledger.SALT_LENGTH)
    return Sealed(ledger.commit(issued.octets, salt=salt), salt)


def key_id(key: KeyInfo) -> str:
    """The name of a key's log. Raises `TrustMaterialError` (KEY_UNREADABLE) for a key that does not show itself."""
    if key.public is None:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="a key without its public half has no log")
    return hashlib.sha256(key.public.spki).digest()[:16].hex()


def leaf(number: int, commitment: bytes | None) -> bytes:
    """An entry as the tree has it: three lines."""
    return f"pratique signature\n{number}\n{'void' if commitment is None else commitment.hex()}\n".encode()


class Log:
    """A key's log in the hands of one transaction, until that ends; nobody else signs with the key meanwhile."""

    def __init__(self, connection: Connection, key_id: str, *, at: datetime) -> None:
        self._connection = connection
        self._moment = int(at.timestamp())
        self._nodes = StoredNodes(connection, key_id)
        self.key_id = key_id
        self.tree = Tree(self._nodes, store.size(connection, key_id))

    @classmethod
    def hold(
        cls, connection: Connection, signer: CountedSigner, *, at: datetime, most_lost: int | None = MOST_LOST
    ) -> "Log":
        """Wait for the key's turn, and enter the numbers that gave nobody anything.

        Raises `LogFault` (LOG_BROKEN) where the counter is behind the log, or more than `most_lost` ahead of it, and
        `TrustMaterialError` as the signer does.
        """
        name = key_id(signer.key)
        alone(connection, f"log:{name}")
        log = cls(connection, name, at=at)
        if log.tree.size == 0 and signer.key.public is not None:
            key = SigningKey(name, signer.key.kid, signer.key.public.spki, signer.key.issuer, log._moment)
            store.enter_key(connection, key)
        count = signer.count
        if count < log.tree.size:
            raise LogFault(Reason.LOG_BROKEN, detail="the counter of the key is behind its log")
        if most_lost is not None and count - log.tree.size > most_lost:
            detail = f"{count - log.tree.size} signatures were made outside of the log"
            raise LogFault(Reason.LOG_BROKEN, detail=detail)
        log._append((number, None) for number in range(log.tree.size + 1, count + 1))
        return log

    def enter(self, number: int, commitment: bytes) -> int:
        """Enter what the signature `number` was, and return its index, from 0.

        Numbers that somebody took meanwhile, without the log, are void. Raises `LogFault` (LOG_BROKEN) for a number
        that has its entry.
        """
        if number <= self.tree.size:
            raise LogFault(Reason.LOG_BROKEN, detail="the counter gave a number twice")
        self._append([*((lost, None) for lost in range(self.tree.size + 1, number)), (number, commitment)])
        return number - 1

    def _append(self, numbered: Iterable[tuple[int, bytes | None]]) -> None:
        entries = [Entry(number, commitment, self._moment) for number, commitment in numbered]
        for entry in entries:
            self.tree.append(leaf(entry.number, entry.commitment))
        if entries:
            store.append(self._connection, self.key_id, entries)
            self._nodes.write()


def reconcile(engine: Engine, signer: CountedSigner, *, at: datetime) -> "Balance":
    """Make the log account for every number of the key, and say how it stands: after a crash, or before an audit.

    Raises `LogFault`, `TrustMaterialError`, `StoreFault`.
    """
    with writing(engine) as connection:
        log = Log.hold(connection, signer, at=at, most_lost=None)
        return balance(connection, log.key_id, count=signer.count)


# what anybody may see


class Balance(Struct, frozen=True):
    """A log in numbers: `entries` = `issued` + `void`; `count` is what the signer says, where it was asked."""

    key_id: str
    entries: int
    issued: int
    void: int
    count: int | None
    root: bytes


def balance(connection: Connection, key_id: str, *, count: int | None = None) -> Balance:
    """Add a log up anew, entry by entry.

    Raises `LogFault` (LOG_BROKEN): a number is missing, the tree is not that of the entries, a certificate has no
    entry, or the counter says another number. An entry whose certificate is gone is an erased person's (`erased`).
    """
    tree, issued = Tree(MemoryNodes()), set()
    with closing(store.entries(connection, key_id)) as entries:
        for place, entry in enumerate(entries, 1):
            if entry.number != place:
                raise LogFault(Reason.LOG_BROKEN, detail=f"entry {place} is missing")
            tree.append(leaf(entry.number, entry.commitment))
            if entry.commitment is not None:
                issued.add(entry.number)
    if tree.root() != Tree(StoredNodes(connection, key_id), tree.size).root():
        raise LogFault(Reason.LOG_BROKEN, detail="the tree is not that of its entries")
    if store.certified(connection, key_id) - issued:
        raise LogFault(Reason.LOG_BROKEN, detail="a certificate has no entry")
    if count is not None and count != tree.size:
        raise LogFault(Reason.LOG_BROKEN, detail=f"the counter says {count}, the log {tree.size}")
    return Balance(key_id, tree.size, len(issued), tree.size - len(issued), count, tree.root())


def doubtful(connection: Connection, key_id: str) -> int | None:
    """The number from which on a log does not add up, for everybody to be told; None where `balance` finds nothing."""
    try:
        balance(connection, key_id)
    except (LogFault, LookupError):  # a node that is not there
        return _first_wrong(connection, key_id)
    return None


def _first_wrong(connection: Connection, key_id: str) -> int:
    """The lowest number that is missing, is not what the tree has, or is a certificate's without an entry.

    Where every entry is what the tree has: the first one under a node that is not what its entries make.
    """
    fresh, issued = MemoryNodes(), set()
    tree = Tree(fresh)
    with closing(store.entries(connection, key_id)) as entries:
        for place, entry in enumerate(entries, 1):
            if entry.number != place:
                break
            tree.append(leaf(entry.number, entry.commitment))
            if entry.commitment is not None:
                issued.add(entry.number)
    places = [(level, place) for level in range(tree.size.bit_length()) for place in range(tree.size >> level)]
    right = {(level, place): fresh.get(level, place) for level, place in places}
    kept = store.nodes(connection, key_id)
    others = {at for at in right.keys() | kept.keys() if right.get(at) != kept.get(at)}
    leaves = {place + 1 for level, place in others if level == 0} | (store.certified(connection, key_id) - issued)
    return min(leaves or {(place << level) + 1 for level, place in others})


def erased(connection: Connection, key_id: str) -> int:
    """Issued entries whose certificate is not kept any more: of people who were erased."""
    issued = {entry.number for entry in store.entries(connection, key_id) if entry.commitment is not None}
    return len(issued - store.certified(connection, key_id))


def checkpoint(connection: Connection, key: SigningKey) -> Checkpoint:
    """A key's log as it is now."""
    return ledger.checkpoint(tree(connection, key.key_id), origin=origin(key))


def tree(connection: Connection, key_id: str) -> Tree:
    """The tree of a key's log, for proofs."""
    return Tree(StoredNodes(connection, key_id), store.size(connection, key_id))


def origin(key: SigningKey) -> str:
    """What a checkpoint calls a key's log."""
    return f"{key.issuer}/signatures/{key.key_id}"


def publish(found: Checkpoint, signer: Signer) -> str:
    """A checkpoint's three lines, and a fourth with a signature over them: by a key that signs no certificates."""
    signature = b64encode(signer.sign(found.to_text().encode())).decode()
    return f"{found.to_text()}{signer.key.kid.hex()} {signature}\n"


def read_published(text: str, *, key: PublicKey | None = None, algorithm: Algorithm = Algorithm.ES256) -> Checkpoint:
    """A checkpoint, signed or not; with a `key`, signed by it. Raises `LogFault` (LOG_BROKEN)."""
    lines = text.splitlines(keepends=True)
    try:
        found = Checkpoint.from_text("".join(lines[:3]))
    except ValueError as fault:
        raise LogFault(Reason.LOG_BROKEN, detail=str(fault)) from fault
    if key is None:
        return found
    try:
        signature = b64decode("".join(lines[3:]).split()[1], validate=True)
    except (ValueError, IndexError) as fault:
        raise LogFault(Reason.LOG_BROKEN, detail="the checkpoint is not signed") from fault
    if crypto.check(SignatureCheck(key, algorithm, found.to_text().encode(), signature)) is not True:
        raise LogFault(Reason.LOG_BROKEN, detail="another key signed the checkpoint")
    return found
