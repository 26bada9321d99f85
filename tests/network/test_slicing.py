"""A long list as a base that stays and what was added since: what counts is the same, and little is fetched again."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import revocation
from pratique.bundle import Bundle
from pratique.model.errors import BundleRefused, NetworkRefused, TrustMaterialError
from pratique.model.reasons import Reason
from pratique.network import client, slicing
from pratique.network.distribution import Repository
from pratique.network.merging import Contribution, Release, merged
from pratique.network.slicing import based, extended, slices
from pratique.revocation import Prefixes, RevocationList, Withdrawals, slice_from_bytes, slice_to_bytes
from pratique.trust import Environment
from tests.network import net

XA = frozenset({"XA"})
NUMBERS = st.sets(st.integers(0, 2**64 - 1), max_size=30)


def withdrawn(revoked: object = (), replaced: object = (), issuers: frozenset[str] = XA) -> Withdrawals:
    return Withdrawals(issuers, Prefixes(revoked), Prefixes(replaced))  # type: ignore[arg-type]


def union(files: dict[str, bytes]) -> tuple[set[int], set[int]]:
    parts = [slice_from_bytes(data) for data in files.values()]
    return {each for part in parts for each in part.revoked}, {each for part in parts for each in part.replaced}


@given(NUMBERS, NUMBERS, st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8))
def test_what_counts_is_everything_that_was_ever_added(
    revoked: set[int], replaced: set[int], additions: list[tuple[set[int], set[int]]]
) -> None:
    files = based("XA", withdrawn(revoked, replaced))
    for more, other in additions:
        files = extended("XA", files, withdrawn(more, other))
        revoked, replaced = revoked | more, replaced | other
        assert union(files) == (revoked, replaced)
        assert slices(files) == files, "every name is one of a slice"


def test_a_long_base_is_cut_at_prefixes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "MOST", 200)
    files = based("XA", withdrawn(range(1, 450), range(1000, 1120)), generation=7)
    assert sorted(files) == [f"revocation/XA.base-7-00{number}.bin" for number in range(5)]
    parts = [slice_from_bytes(files[name]) for name in sorted(files)]
    edges = [(min(part.revoked), max(part.revoked)) for part in parts]
    assert edges == sorted(edges)
    assert all(before[1] < after[0] for before, after in pairwise(edges))


def test_an_addition_leaves_the_base_as_it_is_until_it_is_a_quarter_of_it() -> None:
    files = based("XA", withdrawn(range(1000)))
    known = extended("XA", files, withdrawn([5, 6]))
    assert known == files, "what is in it already is no addition"
    more = extended("XA", files, withdrawn([5, 2000]))
    assert more.items() > files.items()
    assert set(more) - set(files) == {"revocation/XA.delta-1-0001.bin"}
    full = extended("XA", more, withdrawn(range(3000, 3251)))
    assert sorted(full) == ["revocation/XA.base-2-000.bin"]
    assert union(full)[0] == {*range(1000), 2000, *range(3000, 3251)}


def test_there_are_few_additions_at_a_time() -> None:
    files = based("XA", withdrawn(range(100_000)))
    most = 0
    for hour in range(500):
        files = extended("XA", files, withdrawn(range(10**6 + hour * 10, 10**6 + hour * 10 + 10)))
        most = max(most, len(files) - 1)
    assert 2 <= most <= 10


def test_additions_to_nothing_or_of_others_are_refused() -> None:
    with pytest.raises(ValueError, match="base"):
        extended("XA", {}, withdrawn([1]))
    with pytest.raises(ValueError, match="issuers"):
        extended("XA", based("XA", withdrawn([1])), withdrawn([2], issuers=frozenset({"XB"})))
    with pytest.raises(TrustMaterialError, match="REVOCATION_UNREADABLE"):
        extended("XA", {"revocation/XA.base-1-000.bin": b"?"}, withdrawn([2]))


# in a release


class Counted:
    """A verifier that updates, and how many octets it fetched of what."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.octets = 0

    def update(self, found: Repository, hour: int) -> Bundle:
        def fetch(name: str) -> Iterator[bytes]:
            if name not in found.files:
                raise FileNotFoundError(name)
            self.octets += len(found.files[name]) if "targets/revocation" in name else 0
            yield found.files[name]

        at = net.AT + timedelta(hours=hour)
        taken = client.update(self.folder, fetch=fetch, at=at, environment=Environment.SANDBOX, root=net.ROOT)
        assert taken.problems == ()
        assert taken.bundle is not None
        return taken.bundle


def released(found: Repository, files: dict[str, bytes], hour: int) -> Repository:
    at = net.AT + timedelta(hours=hour)
    return net.released(net.signed(found, "XA", {**net.PARTS["XA"], **files}, at=at), at=at)


def test_a_verifier_fetches_what_is_new_and_little_more(tmp_path: Path) -> None:
    """A day of hourly additions to 100 000: less than a fifth of the list once more, where it was 24 times."""
    draw = Random(20261126)  # noqa: S311
    files = based("XA", withdrawn(draw.randrange(2**64) for _ in range(100_000)))
    verifier, found = Counted(tmp_path), net.FIRST
    everything = set(union(files)[0])
    for hour in range(25):
        if hour:
            more = {draw.randrange(2**64) for _ in range(50)}
            files, everything = extended("XA", files, withdrawn(more)), everything | more
        found = released(found, files, hour)
        bundle = verifier.update(found, hour)
        if hour == 0:
            first, verifier.octets = verifier.octets, 0
    assert first > 800_000
    assert verifier.octets < first / 20
    assert bundle.revocation is not None
    whole = [part for part in bundle.revocation.confined if part.issuers == XA]
    assert {each for part in whole for each in part.revoked} >= everything


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"?", "", Reason.REVOCATION_UNREADABLE),
        (slice_to_bytes(withdrawn([1], issuers=frozenset({"XB"}))), ": issuers", Reason.NETWORK_OUTSIDE_ROLE),
        (slice_to_bytes(withdrawn([1], issuers=frozenset({"XA", "XB"}))), ": issuers", Reason.NETWORK_OUTSIDE_ROLE),
    ],
)
def test_a_slice_counts_for_its_participant_alone(data: bytes, path: str, reason: Reason) -> None:
    name = "revocation/XA.base-1-000.bin"
    with pytest.raises(NetworkRefused) as refusal:
        released(net.FIRST, {name: data}, 1)
    assert (f"{name}{path}", reason) in [(each.path, each.reason) for each in refusal.value.problems]


def test_nobody_signs_anothers_slice() -> None:
    with pytest.raises(NetworkRefused) as refusal:
        released(net.FIRST, based("XB", withdrawn([1])), 1)
    assert [each.reason for each in refusal.value.problems] == [Reason.NETWORK_OUTSIDE_ROLE]


def test_a_look_up_is_in_few_sets_however_many_files_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a list are one again, and additions another, small ones together; what is in any of them is found."""
    monkeypatch.setattr(slicing, "MOST", 200)
    monkeypatch.setattr(revocation, "_SMALL", 30)
    at = datetime(2026, 11, 23, tzinfo=UTC)
    files = based("XA", withdrawn(range(0, 900, 2), range(2000, 2130)))
    for more in (range(1, 71, 2), range(901, 905), range(911, 913), range(931, 932)):
        files = extended("XA", files, withdrawn(more))
    others = slice_to_bytes(withdrawn(range(500, 600), issuers=frozenset({"XB"})))
    parts = [slice_from_bytes(data) for _, data in sorted(files.items())] + [slice_from_bytes(others)]
    assert len(parts) > 7
    listed = RevocationList(at, at).with_slices(parts)
    own = [each for each in listed.confined if each.issuers == XA]
    assert len(own) == 3, "the base, the large addition, the small ones"
    assert Counter(each for part in own for each in part.revoked) == Counter(
        [*range(0, 900, 2), *range(1, 71, 2), *range(901, 905), *range(911, 913), 931]
    )
    assert sorted(each for part in own for each in part.replaced) == list(range(2000, 2130))
    for prefix in range(2200):
        monkeypatch.setattr(revocation, "prefix_of", lambda _, prefix=prefix: prefix)
        expected = None
        if any(prefix in part.revoked for part in parts[:-1]):
            expected = Reason.REVOKED
        elif any(prefix in part.replaced for part in parts[:-1]):
            expected = Reason.REPLACED
        assert listed.withdrawn([("record", "x")], issuer="XA") is expected


def test_slices_without_their_list_are_nothing() -> None:
    files = dict(client_files())
    del files["revocation.bin"]
    with pytest.raises(BundleRefused) as refusal:
        Bundle.from_files(files)
    assert ("revocation.bin", Reason.BUNDLE_PART_MISSING) in [
        (each.path, each.reason) for each in refusal.value.problems
    ]


def client_files() -> dict[str, bytes]:
    """A bundle with a slice."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    parts = {**net.PARTS["XA"], **based("XA", withdrawn([1]))}
    files, problems = merged([Contribution("XA", XA, at, parts)], Release(1, Environment.SANDBOX, at, at + net.DAY))
    assert problems == ()
    assert Bundle.from_files(files).revocation is not None
    return files
