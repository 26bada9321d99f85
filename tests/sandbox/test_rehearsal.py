"""The rehearsed theft: what it says is what was counted, and a border that keeps to nothing is noticed."""

import pytest

from pratique import TrustList
from pratique.model.errors import NetworkRefused
from pratique.model.reasons import Reason
from pratique.network import repository
from pratique.sandbox import alliance, rehearsal
from pratique.sandbox.alliance import Alliance, found
from pratique.trust import Environment
from tests.cli.conftest import Shell, shell  # noqa: F401
from tests.network.net import AT, DAY, HOUR


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Alliance:
    return found(tmp_path_factory.mktemp("world"), at=AT)


def test_the_timeline(shell: Shell) -> None:  # noqa: F811
    done = shell("sandbox", "rehearse", "key-compromise")
    assert done.code == 0, done.err
    assert "hurt 8 of 24 holders (33%), passed 0 of 5 forgeries" in done.out
    assert done.out.count(" of 24 holders ") == 5, "whoever is given a new certificate is no other holder"
    assert "33% of XA's holders were hurt for 6 h\nForgeries passed for 20 h\n" in done.out
    assert "offered again: NETWORK_ROLLBACK" in done.out


def test_each_border_keeps_to_what_is_agreed(world: Alliance) -> None:
    told: list[str] = []
    rehearsal.cross(world, AT + HOUR, told.append)
    no = "not recognised"
    assert told == [
        f"  border of XA: XA genuine, XB genuine, XC {no}, XE {no}, XF {no}",
        f"  border of XB: XA genuine, XB genuine, XC {no}, XE {no}, XF {no}",
        "  border of XC: XA genuine, XB genuine, XC genuine, XE genuine, XF genuine",
        f"  border of XE: XA {no}, XB {no}, XC {no}, XE genuine, XF genuine",
        f"  border of XF: XA {no}, XB {no}, XC {no}, XE genuine, XF genuine",
    ]


def test_what_is_agreed_is_in_the_release_and_one_gateway_signs_for_the_union(world: Alliance) -> None:
    told: list[str] = []
    rehearsal.agreed(world, AT, told.append)
    assert told == [
        "  The group of XA and XB: mutual",
        "  The union of XE and XF: mutual",
        "  XC recognises everybody: one-way",
        "  XA and the union: mutual (proposed: it counts for nothing)",
        "  XU has one gateway: it signs for XE and XF",
    ]
    assert "metadata/1.XU.json" in world.distribution.files
    assert not any(name.endswith((".XE.json", ".XF.json")) for name in world.distribution.files)
    assert {key.issuer for key in world.lists("XE").trust_list.keys} == {"XE", "XF"}


def test_the_gateway_signs_for_its_members_alone(world: Alliance) -> None:
    stranger = world.states["XA"].listed()
    gateway = world.gateways["XU"]
    parts = {"trust/XU.json": TrustList(stranger, environment=Environment.SANDBOX).to_json()}
    wrong = repository.contribute(world.distribution, "XU", parts, signers=[gateway.role], at=AT + HOUR)
    with pytest.raises(NetworkRefused) as refusal:
        repository.release(wrong, world.online, at=AT + HOUR)
    assert {each.reason for each in refusal.value.problems} == {Reason.NETWORK_OUTSIDE_ROLE}


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
