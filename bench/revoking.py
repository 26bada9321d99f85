"""Part 10: a revocation list of 200 000 entries: how large its file is, and how long a look-up takes; and how long in
the slices of a list ten times as long, with what was added to it since."""

import secrets
from datetime import UTC, datetime, timedelta

from bench.report import Budget, Part
from bench.timing import microseconds_each, one_core
from pratique import revocation
from pratique.network.slicing import based, extended
from pratique.revocation import Identifier, Prefixes, RevocationList, Withdrawals, prefix_of, slice_from_bytes

_LOOK_UPS = 20_000
_OWN = frozenset({"XA"})
BUDGETS = (
    Budget("revocation: MB of a list of 200 000", 2, None, "MB", at_most=True),
    Budget("revocation: µs of a look-up", 10, None, "µs", at_most=True),
    Budget("revocation: µs of a look-up in slices", 10, None, "µs", at_most=True),
)


def measure(count: int) -> Part:
    """`count` identifiers that nobody can guess, written as a file and read again, and look-ups that hit and miss."""
    at = datetime.now(UTC).replace(microsecond=0)
    identifiers = [("record", secrets.token_urlsafe(16)) for _ in range(count)]
    data = revocation.to_bytes(RevocationList(at, at + timedelta(days=1), identifiers))
    listed = revocation.from_bytes(data)
    hits = identifiers[:_LOOK_UPS]
    misses = [("record", secrets.token_urlsafe(16)) for _ in hits]
    with one_core():
        hit, found = microseconds_each(lambda identifier: listed.revoked.has_any((prefix_of(identifier),)), hits)
        miss, absent = microseconds_each(lambda identifier: listed.revoked.has_any((prefix_of(identifier),)), misses)
    if not all(found) or any(absent):
        raise RuntimeError("a look-up that is wrong is not worth timing")
    sliced, files = _sliced(identifiers, 10 * count)
    with one_core():
        hit_slice, found = microseconds_each(lambda each: sliced.withdrawn((each,), issuer="XA"), hits)
        miss_slice, absent = microseconds_each(lambda each: sliced.withdrawn((each,), issuer="XA"), misses)
    if not all(found) or any(absent):
        raise RuntimeError("a look-up that is wrong is not worth timing")
    size = len(data) / 1_000_000
    figures = (size, max(hit, miss), max(hit_slice, miss_slice))
    return Part(
        title=f"10. Revocation: {count} identifiers in sorted prefixes of eight octets",
        header=("what", "figure"),
        rows=(
            ("file", f"{size:.2f} MB"),
            ("look-up of one that is listed, hashed", f"{hit:.2f} µs"),
            ("look-up of one that is not, hashed", f"{miss:.2f} µs"),
            (f"of one that is listed, in {files} slices of {10 * count}", f"{hit_slice:.2f} µs"),
            ("of one that is not, there", f"{miss_slice:.2f} µs"),
        ),
        remarks=("nothing is asked of anybody, so that no look-up tells who was scanned",),
        budgets=tuple(
            Budget(each.name, each.limit, figure, each.unit, at_most=True)
            for each, figure in zip(BUDGETS, figures, strict=True)
        ),
    )


def _sliced(identifiers: list[Identifier], count: int) -> tuple[RevocationList, int]:
    """A participant's list of `count` in slices, some replaced, a tenth of the identifiers added since; and how many
    files these are."""
    at = datetime.now(UTC).replace(microsecond=0)
    tenth = len(identifiers) // 10
    others = [secrets.randbits(64) for _ in range(count - len(identifiers))]
    base = Prefixes([*map(prefix_of, identifiers[tenth:]), *others[tenth:]])
    files = based("XA", Withdrawals(_OWN, base, Prefixes(others[:tenth])))
    for part in (identifiers[: tenth // 2], identifiers[tenth // 2 : tenth]):
        files = extended("XA", files, Withdrawals(_OWN, Prefixes.of(part)))
    slices = [slice_from_bytes(files[name]) for name in sorted(files)]
    return RevocationList(at, at + timedelta(days=1)).with_slices(slices), len(files)
