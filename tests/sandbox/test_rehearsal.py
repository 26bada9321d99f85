"""The rehearsed theft: what it says is what was counted, and a border that keeps to nothing is noticed."""

import pytest

from pratique.sandbox import alliance, rehearsal
from pratique.sandbox.alliance import Alliance, found
from tests.cli.conftest import Shell, shell  # noqa: F401
from tests.network.net import AT, DAY, HOUR


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Alliance:
    return found(tmp_path_factory.mktemp("world"), at=AT)


def test_the_timeline(shell: Shell) -> None:  # noqa: F811
    done = shell("sandbox", "rehearse", "key-compromise")
    assert done.code == 0, done.err
    assert "hurt 8 of 24 holders (33%), passed 0 of 5 forgeries" in done.out
    assert "33% of XA's holders were hurt for 6 h\nForgeries passed for 20 h\n" in done.out
    assert "offered again: NETWORK_ROLLBACK" in done.out


def test_each_border_keeps_to_what_is_agreed(world: Alliance) -> None:
    told: list[str] = []
    rehearsal.cross(world, AT + HOUR, told.append)
    assert told == [
        "  border of XA: XA genuine, XB genuine, XC not recognised",
        "  border of XB: XA genuine, XB genuine, XC not recognised",
        "  border of XC: XA genuine, XB genuine, XC genuine",
    ]


def test_a_border_that_does_not_keep_to_it_is_noticed(world: Alliance) -> None:
    """Its lists are stale, so that it recognises nobody."""
    with pytest.raises(RuntimeError):
        rehearsal.cross(world, AT + 8 * DAY, lambda _: None)


def test_a_border_without_lists(world: Alliance) -> None:
    with pytest.raises(RuntimeError):
        world.lists("XA-nowhere")


def test_a_key_signs_for_a_third(world: Alliance) -> None:
    state = world.states["XA"]
    spkis = {office.spki for office in state.offices.values()}
    assert len(spkis) == len(alliance.GROUPS)
    assert len(state.holders()) == len(alliance.GROUPS) * alliance.HOLDERS
