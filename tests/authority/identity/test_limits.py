"""How often may be tried, and for how long it is remembered."""

from datetime import timedelta

import pytest
from tests.authority.identity.scripted import AT, SECOND

from pratique.authority.identity.limits import WINDOW, Allowance, Counts, network_of

KEY = bytes(32)


def test_a_try_counts_for_a_day() -> None:
    counts = Counts(Allowance(2, 9, 9), KEY)
    source = counts.source("X1", "device", "network")
    counts.add(source, at=AT)
    counts.add(source, at=AT + timedelta(hours=2))
    assert counts.left(source, at=AT + timedelta(hours=3)) == 0
    assert counts.left(source, at=AT + WINDOW - SECOND) == 0
    assert counts.left(source, at=AT + WINDOW) == 1
    assert counts.left(source, at=AT + 2 * WINDOW) == 2


def test_the_least_of_the_three_is_left() -> None:
    counts = Counts(Allowance(5, 3, 4), KEY)
    counts.add(counts.source("X1", "a", "n"), at=AT)
    assert counts.left(counts.source("X1", "a", "n"), at=AT) == 2
    assert counts.left(counts.source("X1", "b", "m"), at=AT) == 3
    assert counts.left(counts.source("X2", "b", "n"), at=AT) == 3
    assert counts.left(counts.source("X2", "b", "m"), at=AT) == 3


def test_a_device_is_not_a_network_of_the_same_name() -> None:
    counts = Counts(Allowance(9, 1, 1), KEY)
    counts.add(counts.source("X1", "same", "other"), at=AT)
    assert counts.left(counts.source("X2", "other", "same"), at=AT) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", "192.0.2.2"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_whoever_has_many_addresses_has_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_counted_is_bounded_and_the_oldest_is_forgotten() -> None:
    counts = Counts(Allowance(1, 1, 1), KEY, most_keys=6)
    sources = [counts.source(f"X{number}", f"d{number}", f"n{number}") for number in range(3)]
    for source in sources:
        counts.add(source, at=AT)
    assert [counts.left(source, at=AT) for source in sources] == [1, 0, 0]
    assert len(counts._tries) == 6


def test_no_passport_number_is_kept() -> None:
    counts = Counts(Allowance(1, 1, 1), KEY)
    counts.add(counts.source("XA1234567", "d", "n"), at=AT)
    assert b"XA1234567" not in b"".join(counts._tries)
    assert counts.source("XA1234567", "d", "n") != Counts(Allowance(1, 1, 1), b"1" * 32).source("XA1234567", "d", "n")
