"""One certificate as several that each fit: for paper, where a code is small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.certificate import Certificate, choose, split
from pratique.model.errors import IssueRefused
from pratique.model.reasons import Reason
from tests.formats import ithc_examples as examples

SIX = examples.certificate(6)


def test_a_claim_that_does_not_fit_alone_is_refused() -> None:
    large = SIX.claims[3]
    for certificate in (SIX, choose(SIX, large), choose(SIX, large, *SIX.claims[:2])):
        with pytest.raises(IssueRefused) as caught:
            split(certificate, lambda part: large not in part.claims)
        assert caught.value.reasons == (Reason.ISSUE_TOO_LARGE,)


def test_a_holder_who_does_not_fit_is_refused() -> None:
    with pytest.raises(IssueRefused):
        split(choose(SIX), lambda part: False)


def test_what_fits_stays_whole() -> None:
    assert split(SIX, lambda part: True) == (SIX,)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(9, 30))
def test_the_parts_are_the_fewest_that_fit_and_carry_every_claim_in_order(sizes: list[int], room: int) -> None:
    certificate = choose(SIX, *SIX.claims[: len(sizes)])
    size = dict(zip(certificate.claims, sizes, strict=True))

    def fits(part: Certificate) -> bool:
        return sum(size[claim] for claim in part.claims) <= room

    parts = split(certificate, fits)
    assert tuple(claim for part in parts for claim in part.claims) == certificate.claims
    assert all(fits(part) and part.claims for part in parts)
    assert {(part.holder, part.specimen) for part in parts} == {(SIX.holder, True)}
    assert len(parts) == fewest(sizes, room)


def fewest(sizes: list[int], room: int) -> int:
    """The least number of runs whose sums stay within the room, by trying every first run."""
    if not sizes:
        return 0
    first = range(1, len(sizes) + 1)
    return 1 + min(fewest(sizes[count:], room) for count in first if sum(sizes[:count]) <= room)
