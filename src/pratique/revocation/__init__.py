"""What was withdrawn, replaced or is no longer believed, over opaque identifiers and offline; it knows no format.

A certificate is looked up by what was found under its signature, never by how it was packed: another encoding, another
compression or the mirrored ECDSA signature changes nothing. Nothing is asked of anybody, so that no look-up tells who
was scanned.

Our own lists hold BLAKE2b with a digest of eight octets (RFC 7693) over `kind:value`, sorted; SHA-256 would take three
microseconds more of each scan. The identifiers of our records cannot be guessed (128 bits and more), so that nobody can
try a list for a person; two of 200 000 entries or a stranger's identifier meet in eight octets with a chance of about
one in 10^14. Foreign lists are kept in their own terms: the batches of the EU gateway, and the lists that issuers of
SMART Health Cards keep for each key.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from pratique.model.countries import canonical
from pratique.model.dates import Instant
from pratique.model.envelope import Envelope, Reading
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.revocation._foreign import Batch, CardList, HashType, card_list, eu_batch, eu_hashes
from pratique.revocation._prefixes import Identifier, Prefixes, prefix_of

__all__ = [
    "Batch",
    "CardList",
    "Distrust",
    "HashType",
    "Identifier",
    "Prefixes",
    "RevocationList",
    "Source",
    "Withdrawals",
    "card_list",
    "eu_batch",
    "from_bytes",
    "prefix_of",
    "signed_content",
    "slice_from_bytes",
    "slice_to_bytes",
    "to_bytes",
]

_F = TypeVar("_F", bound=Struct)

_PARTS = (
    "issued", "fresh_until", "revoked", "replaced", "confined", "batches", "cards", "distrusted", "sources",
)  # fmt: skip
MAX_BYTES = 32 * 1024 * 1024
"""Four million entries of our own; a nation that has more publishes slices (`network.slicing`)."""


class Withdrawals(Struct, frozen=True):
    """What one participant of a network withdrew or replaced: it counts under keys of its own `issuers` alone.

    Eight octets do not say whose they are, so that in one set with those of others they would reach anybody's records.
    """

    issuers: frozenset[str]
    revoked: Prefixes = Prefixes()
    replaced: Prefixes = Prefixes()


class Source(Struct, frozen=True):
    """What a list that became a part of this one said of its own time, by the `name` of its file.

    Of certificates of its `issuers` this one knows nothing newer: after `fresh_until`, absence establishes nothing.
    """

    name: str
    issuers: frozenset[str]
    issued: Instant
    fresh_until: Instant


class Distrust(Struct, frozen=True):
    """A key that is believed no more, in part or at all; it outlives the key's own entry on any trust list.

    Nothing counts that says it was issued after `after` (None: nothing at all), except what the issuer's log says the
    key signed: `honest` is the export of that. A thief writes any date, so that `after` holds against the careless
    alone: without it, and with the whole log, a stolen key is worth nothing.

    `issuers` confines it to keys of these, since a participant of a network has no say in another's (None: of any).
    """

    spki: bytes
    after: Instant | None = None
    honest: Prefixes = Prefixes()
    issuers: frozenset[str] | None = None

    def reaches(self, issuer: str) -> bool:
        """Whether it is about keys of this issuer, in its canonical spelling."""
        return self.issuers is None or issuer in map(canonical, self.issuers)

    def refuses(self, signed: bytes, issued: datetime | None) -> bool:
        """Whether a certificate under this key does not count."""
        if self.after is not None and issued is not None and issued <= self.after:
            return False
        return prefix_of(signed_content(signed)) not in self.honest


def signed_content(signed: bytes) -> Identifier:
    """The identifier of signed bytes, as the export of an issuer's log has it: of what was signed, not of how."""
    return "signed", sha256(signed).hexdigest()


class RevocationList:
    """Everything withdrawn, as of `issued`; after `fresh_until`, absence from it establishes nothing.

    Immutable once made. `revoked` and `replaced` take identifiers, or the `Prefixes` of them, and count for every
    issuer; `confined` holds what counts for some. `sources` make it stale sooner for some, and never later.
    """

    __slots__ = ("_batches", "_cards", "_distrusted", "_everybodys", "_own", "_until", "batches", "cards", "confined",
                 "distrusted", "fresh_until", "issued", "replaced", "revoked", "sources")  # fmt: skip

    def __init__(
        self,
        issued: datetime,
        fresh_until: datetime,
        revoked: Iterable[Identifier] | Prefixes = (),
        replaced: Iterable[Identifier] | Prefixes = (),
        *,
        confined: Iterable[Withdrawals] = (),
        batches: Iterable[Batch] = (),
        cards: Iterable[CardList] = (),
        distrusted: Iterable[Distrust] = (),
        sources: Iterable[Source] = (),
    ) -> None:
        self.issued = issued
        self.fresh_until = fresh_until
        self.revoked = revoked if isinstance(revoked, Prefixes) else Prefixes.of(revoked)
        self.replaced = replaced if isinstance(replaced, Prefixes) else Prefixes.of(replaced)
        self.confined = tuple(confined)
        self._everybodys = (_held(self.revoked), _held(self.replaced))
        self._own: dict[str, tuple[tuple[Prefixes, ...], tuple[Prefixes, ...]]] = {}
        for each in self.confined:
            for issuer in map(canonical, each.issuers):
                gone, renewed = self._own.get(issuer, self._everybodys)
                self._own[issuer] = (*gone, *_held(each.revoked)), (*renewed, *_held(each.replaced))
        self.batches = tuple(batches)
        self.cards = tuple(cards)
        self.distrusted = tuple(distrusted)
        self.sources = tuple(sources)
        self._until: dict[str, datetime] = {}
        for source in self.sources:
            for issuer in map(canonical, source.issuers):
                self._until[issuer] = min(source.fresh_until, self._until.get(issuer, fresh_until))
        self._batches: dict[bytes | None, list[Batch]] = {}
        for batch in self.batches:
            self._batches.setdefault(batch.kid, []).append(batch)
        self._cards = {(card.issuer, card.kid): card.rids for card in self.cards}
        self._distrusted: dict[bytes, list[Distrust]] = {}
        for distrust in self.distrusted:
            self._distrusted.setdefault(distrust.spki, []).append(distrust)

    def changed(self, **parts: Any) -> "RevocationList":
        """The same with other parts, by the names that they are made under."""
        return RevocationList(**({name: getattr(self, name) for name in _PARTS} | parts))

    def with_slices(self, slices: Iterable[Withdrawals]) -> "RevocationList":
        """The same with slices of participants' lists that came as files of their own; small ones are put together."""
        return self.changed(confined=(*self.confined, *_together(slices)))

    @property
    def foreign_issuers(self) -> frozenset[str]:
        """Those of whom something is listed in their own terms."""
        return frozenset({*(each.country for each in self.batches), *(each.issuer for each in self.cards)})

    def sources_of(self, issuer: str) -> tuple[Source, ...]:
        """The lists whose time counts for an issuer's certificates."""
        whose = canonical(issuer)
        return tuple(each for each in self.sources if whose in map(canonical, each.issuers))

    def stale_sources(self, at: datetime) -> tuple[Source, ...]:
        """The lists whose own time is over: certificates of their issuers are undecided, and nobody else's."""
        return tuple(each for each in self.sources if at > each.fresh_until)

    def judge(
        self, envelope: Envelope, reading: Reading, spki: bytes, *, issuer: str | None, at: datetime
    ) -> tuple[Reason, ...]:
        """What is listed of a certificate whose signature held under the key `spki`, and whose content was read.

        `issuer` is whose key that is; for one that may sign for any (None), the certificate says. KEY_DISTRUSTED, and
        REVOKED or REPLACED; REVOCATION_STALE if none of them and the list is old, or its source for this issuer.
        """
        reasons: tuple[Reason, ...] = ()
        foreign = self._batches or self._cards
        asked = foreign or self._own or self._distrusted or self._until
        whose = canonical(issuer or reading.issuer or "") if asked else ""
        if self._distrusted and any(
            distrust.reaches(whose) and distrust.refuses(envelope.signed, reading.issued)
            for distrust in self._distrusted.get(spki, ())
        ):
            reasons = (Reason.KEY_DISTRUSTED,)
        prefixes = list(map(prefix_of, reading.identifiers))
        revoked, replaced = self._own.get(whose, self._everybodys)
        if _in_any(revoked, prefixes) or (foreign and self._in_foreign_terms(envelope, reading, whose, at)):
            return (*reasons, Reason.REVOKED)
        if _in_any(replaced, prefixes):
            return (*reasons, Reason.REPLACED)
        return reasons if at <= self._until.get(whose, self.fresh_until) or reasons else (Reason.REVOCATION_STALE,)

    def withdrawn(self, identifiers: Iterable[Identifier], *, issuer: str) -> Reason | None:
        """REVOKED or REPLACED where one of our own lists, for everybody or for `issuer`, names one of them."""
        prefixes = list(map(prefix_of, identifiers))
        revoked, replaced = self._own.get(canonical(issuer), self._everybodys)
        if _in_any(revoked, prefixes):
            return Reason.REVOKED
        return Reason.REPLACED if _in_any(replaced, prefixes) else None

    def _in_foreign_terms(self, envelope: Envelope, reading: Reading, whose: str, at: datetime) -> bool:
        batches = (*self._batches.get(envelope.key_id, ()), *self._batches.get(None, ()))
        return self._on_card_list(envelope, reading) or any(
            canonical(batch.country) == whose
            and batch.expires >= at
            and not batch.hashes.isdisjoint(eu_hashes(batch.hash_type, envelope, reading))
            for batch in batches
        )

    def _on_card_list(self, envelope: Envelope, reading: Reading) -> bool:
        rids = self._cards.get((reading.issuer or "", envelope.key_id or b""), {})
        for kind, value in reading.identifiers:
            if kind == "rid" and value in rids:
                before = rids[value]
                if before is None or reading.issued is None or reading.issued < before:
                    return True
        return False


def _held(prefixes: Prefixes) -> tuple[Prefixes, ...]:
    """The set, where it holds anything: an empty one is asked nothing."""
    return (prefixes,) if prefixes else ()


def _in_any(sets: Iterable[Prefixes], prefixes: list[int]) -> bool:
    for each in sets:  # noqa: SIM110  a generator costs as much as a look-up
        if each.has_any(prefixes):
            return True
    return False


class _File(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The file form, in MessagePack: octets stay octets, so that 200 000 entries are 1.6 MB."""

    revocation_list: Literal[2]
    issued: Instant
    fresh_until: Instant
    revoked: Prefixes
    replaced: Prefixes
    confined: tuple[Withdrawals, ...] = ()
    batches: tuple[Batch, ...] = ()
    cards: tuple[CardList, ...] = ()
    distrusted: tuple[Distrust, ...] = ()
    sources: tuple[Source, ...] = ()


def to_bytes(listed: RevocationList) -> bytes:
    """Write a list as a file."""
    file = _File(2, *(getattr(listed, name) for name in _PARTS))
    return _written(file)


def from_bytes(data: bytes) -> RevocationList:
    """Read a list from a file, whole or not at all. Raises `TrustMaterialError` (REVOCATION_UNREADABLE)."""
    file = _read(data, _File)
    return RevocationList(**{name: getattr(file, name) for name in _PARTS})


_SMALL = 250_000
"""Entries of a slice that is put together with others: a look-up costs as much in a small one as in a large one, and to
sort them takes a quarter of a second, once."""


def _together(slices: Iterable[Withdrawals]) -> Iterator[Withdrawals]:
    """As few sets as a look-up can have: of each participant's large slices one, where they are a list that was cut,
    and of its small ones, which are what was added since, another."""
    small: dict[frozenset[str], list[Withdrawals]] = {}
    large: dict[frozenset[str], list[Withdrawals]] = {}
    for part in slices:
        whose = large if len(part.revoked) + len(part.replaced) > _SMALL else small
        whose.setdefault(part.issuers, []).append(part)
    for parts in large.values():
        yield from _uncut(parts)
    for issuers, parts in small.items():
        revoked = Prefixes(each for part in parts for each in part.revoked)
        yield Withdrawals(issuers, revoked, Prefixes(each for part in parts for each in part.replaced))


def _uncut(parts: Iterable[Withdrawals]) -> Iterator[Withdrawals]:
    """Slices of one participant as one, each that begins where those before it end."""
    first, *others = parts
    for part in others:
        if part.revoked.follows(first.revoked) and part.replaced.follows(first.replaced):
            revoked, replaced = first.revoked.followed_by(part.revoked), first.replaced.followed_by(part.replaced)
            first = Withdrawals(part.issuers, revoked, replaced)
        else:
            yield first
            first = part
    yield first


class _Slice(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a participant's list, as a file of its own."""

    revocation_slice: Literal[2]
    issuers: tuple[str, ...]
    revoked: Prefixes
    replaced: Prefixes


def slice_to_bytes(part: Withdrawals) -> bytes:
    """Write a slice as a file."""
    file = _Slice(2, tuple(sorted(part.issuers)), part.revoked, part.replaced)
    return _written(file)


def slice_from_bytes(data: bytes) -> Withdrawals:
    """Read a slice from a file. Raises `TrustMaterialError` (REVOCATION_UNREADABLE)."""
    file = _read(data, _Slice)
    return Withdrawals(frozenset(file.issuers), file.revoked, file.replaced)


def _written(file: _File | _Slice) -> bytes:
    return msgspec.msgpack.encode(file, enc_hook=_encoded, order="deterministic")


def _read(data: bytes, kind: type[_F]) -> _F:
    if len(data) > MAX_BYTES:
        raise TrustMaterialError(Reason.REVOCATION_UNREADABLE, detail=f"more than {MAX_BYTES} octets")
    try:
        return msgspec.msgpack.decode(data, type=kind, dec_hook=_decoded)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise TrustMaterialError(Reason.REVOCATION_UNREADABLE, detail=str(error)) from error


def _encoded(value: object) -> bytes:
    if isinstance(value, Prefixes):
        return value.to_bytes()
    raise NotImplementedError(type(value).__name__)  # by which msgspec asks hooks to refuse


def _decoded(wanted: type, value: Any) -> object:
    if wanted is Prefixes and isinstance(value, bytes):
        return Prefixes.from_bytes(value)
    raise ValueError("prefixes are octets")
