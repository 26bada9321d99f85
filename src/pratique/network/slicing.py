"""A long list of withdrawals as files that seldom change, so that a verifier fetches what is new and little more.

    revocation/XA.base-3-000.bin, -001.bin, … generation 3, cut at prefixes into slices of at most a million entries
    revocation/XA.delta-3-0007.bin            what was added since, in the seventh addition

A verifier has every slice: to fetch the one in which a certificate would stand would tell who was scanned. What spares
it the rest is that a file it has is not fetched again. Additions are merged while the last is not much smaller than the
one before it, so that there are few of them, and each entry is fetched again but a few times; once they come to a
quarter of the base, or something has to leave the list, the next generation begins.
"""

import heapq
import re
from collections.abc import Iterable, Mapping

from pratique.bundle import MAX_PART
from pratique.revocation import Prefixes, Withdrawals, slice_from_bytes, slice_to_bytes

MOST = 1_000_000
"""Entries of a slice: 8 MB. A connection that breaks off loses no more, and a phone can hold one in memory."""
FULL = 0.25
"""Additions of this share of the base make a new one: whoever was away never fetches much more than the list."""
_NAME = re.compile(r"revocation/([A-Z]{2})\.(base|delta)-(\d{1,6})-(\d{1,6})\.bin", re.ASCII)

assert MOST * 8 * 2 < MAX_PART  # noqa: S101  revoked and replaced together


def based(country: str, whole: Withdrawals, *, generation: int = 1) -> dict[str, bytes]:
    """All that a country withdrew, as the slices of a generation, by their names."""
    revoked, replaced = _cut(whole.revoked), _cut(whole.replaced)
    count = max(len(revoked), len(replaced), 1)
    return {
        f"revocation/{country}.base-{generation}-{number:03}.bin": slice_to_bytes(
            Withdrawals(whole.issuers, _at(revoked, number), _at(replaced, number))
        )
        for number in range(count)
    }


def extended(country: str, before: Mapping[str, bytes], added: Withdrawals) -> dict[str, bytes]:
    """A country's slices with more entries; what is in one of them already is not added again.

    Raises `TrustMaterialError` for slices that cannot be read, and `ValueError` where there is no base yet, or the
    additions are for other issuers than the base.
    """
    parts = {name: slice_from_bytes(data) for name, data in before.items()}
    base = {name: part for name, part in parts.items() if "base" in name}
    if not base:
        raise ValueError("additions to nothing: make a base first")
    issuers = next(iter(base.values())).issuers
    if added.issuers != issuers:
        raise ValueError("additions for other issuers than the base")
    new = Withdrawals(
        issuers,
        Prefixes(each for each in added.revoked if not any(each in part.revoked for part in parts.values())),
        Prefixes(each for each in added.replaced if not any(each in part.replaced for part in parts.values())),
    )
    if not _size(new):
        return dict(before)
    deltas = [(name, parts[name]) for name in sorted(parts.keys() - base.keys())]
    generation = max(_numbers(name)[0] for name in parts)
    if sum(_size(part) for _, part in deltas) + _size(new) > FULL * sum(map(_size, base.values())):
        return based(country, merged([*parts.values(), new]), generation=generation + 1)
    number = max((_numbers(name)[1] for name, _ in deltas), default=0) + 1
    while deltas and _size(deltas[-1][1]) <= 2 * _size(new):
        new = merged([deltas.pop()[1], new])
    kept = {name: before[name] for name in [*base, *(name for name, _ in deltas)]}
    return kept | {f"revocation/{country}.delta-{generation}-{number:04}.bin": slice_to_bytes(new)}


def merged(parts: Iterable[Withdrawals]) -> Withdrawals:
    """Several slices of the same issuers as one; an entry that is in several is in it once."""
    listed = list(parts)
    return Withdrawals(
        listed[0].issuers,
        Prefixes(heapq.merge(*(part.revoked for part in listed))),
        Prefixes(heapq.merge(*(part.replaced for part in listed))),
    )


def slices(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of a participant's files that are slices of its list."""
    return {name: data for name, data in files.items() if _NAME.fullmatch(name)}


def _cut(whole: Prefixes) -> list[Prefixes]:
    """Cut at prefixes, so that a look-up passes over all slices but one."""
    octets = whole.to_bytes()
    size = MOST // 2 * 8
    return [Prefixes.from_bytes(octets[place : place + size]) for place in range(0, len(octets), size)]


def _at(parts: list[Prefixes], number: int) -> Prefixes:
    return parts[number] if number < len(parts) else Prefixes()


def _size(part: Withdrawals) -> int:
    return len(part.revoked) + len(part.replaced)


def _numbers(name: str) -> tuple[int, int]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError("not the name of a slice")
    return int(match[3]), int(match[4])
