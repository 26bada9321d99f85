"""Every way in which a release is refused, by the office that would publish it or by the verifier that is shown it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pratique.model.reasons import Reason
from tests.network import scenes
from tests.network.net import AT, DAY, FIRST, HOUR, update
from tests.network.scenes import Problems


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (scenes.without_a_root, [("root.json", Reason.NETWORK_ROOT_MISSING)]),
        (scenes.nobody_answers, [("", Reason.NETWORK_UNREACHABLE)]),
        (scenes.slow_drip, [("", Reason.NETWORK_SLOW)]),
        (scenes.nothing_for_ever, [("", Reason.NETWORK_SLOW)]),
        (scenes.file_that_never_ends, [("", Reason.NETWORK_TOO_LARGE)]),
        (scenes.timestamp_cut_off, [("", Reason.NETWORK_UNREADABLE)]),
        (scenes.root_with_one_signature_of_two, [("", Reason.NETWORK_SIGNATURES)]),
        (scenes.older_release, [("", Reason.NETWORK_ROLLBACK)]),
        (scenes.older_release_of_one_country, [("", Reason.NETWORK_ROLLBACK)]),
        (scenes.files_of_two_releases, [("", Reason.NETWORK_MIXED)]),
        (scenes.other_octets_under_a_name, [("", Reason.NETWORK_MIXED)]),
        (scenes.part_that_is_not_there, [("rules/XA.json", Reason.BUNDLE_PART_MISSING)]),
        (scenes.eight_days_of_the_same, [("", Reason.NETWORK_EXPIRED)]),
        (scenes.root_past_its_time, [("", Reason.NETWORK_ROOT_EXPIRED)]),
        (
            scenes.rehearsal_in_production,
            [(f"{role}.json", Reason.BUNDLE_ENVIRONMENT) for role in ("root", "timestamp", "snapshot", "targets")],
        ),
        (scenes.folder_of_a_rehearsal, [("bundle.json", Reason.BUNDLE_ENVIRONMENT)]),
        (scenes.root_that_is_none, [("root.json", Reason.NETWORK_UNREADABLE)]),
        (scenes.list_of_another_environment, [("trust/XC.json", Reason.BUNDLE_ENVIRONMENT)]),
        (scenes.stolen_key_believed_again, [("revocation.bin: distrusted", Reason.NETWORK_KEY_RETURNED)]),
        (scenes.stolen_key_left_out, [("revocation.bin: distrusted", Reason.NETWORK_KEY_RETURNED)]),
        (scenes.stolen_key_distrusted_less, [("revocation.bin: distrusted", Reason.NETWORK_KEY_RETURNED)]),
        (scenes.keys_of_another_country, [("trust/XB.json: keys[0]", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.distrust_of_anothers_key, [("revocation/XB.bin: distrusted", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.rules_of_another_country, [("rules/XA.json", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.rules_below_ones_own, [("rules/XB/more.json", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.smuggled_rules, [("XB.json: rules/XA.json", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.office_in_a_countrys_name, [("targets.json: rules/XA.json", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.not_a_participant, [("XD", Reason.NETWORK_OUTSIDE_ROLE)]),
        (scenes.anothers_signature, [("metadata/2.XA.json", Reason.NETWORK_SIGNATURES)]),
        (scenes.root_that_the_old_one_did_not_sign, [("metadata/2.root.json", Reason.NETWORK_SIGNATURES)]),
        (scenes.release_under_an_old_root, [("root.json", Reason.NETWORK_ROOT_EXPIRED)]),
        (
            scenes.release_of_a_participant_that_signed_nothing,
            [("XB.json", Reason.BUNDLE_PART_MISSING), ("XC.json", Reason.BUNDLE_PART_MISSING)],
        ),
        (scenes.clock_behind, [("", Reason.NETWORK_CLOCK)]),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_refused(scene: Callable[[Path], Problems], expected: list[tuple[str, Reason]], tmp_path: Path) -> None:
    assert [(problem.path, problem.reason) for problem in scene(tmp_path)] == expected


VERIFIERS = (
    *(scenes.older_release, scenes.older_release_of_one_country, scenes.stolen_key_believed_again),
    scenes.clock_behind,
)


@pytest.mark.parametrize("scene", VERIFIERS, ids=lambda scene: scene.__name__)
def test_what_is_in_force_stays(scene: Callable[[Path], Problems], tmp_path: Path) -> None:
    scene(tmp_path)
    kept = update(tmp_path, {}, at=AT + 2 * HOUR)
    assert kept.bundle is not None
    assert (kept.bundle.number, kept.changed) == (1 if scene is scenes.clock_behind else 2, False)
    assert [problem.reason for problem in kept.problems] == [Reason.NETWORK_UNREACHABLE]


@pytest.mark.parametrize("place", range(0, 3000, 211))
@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json", "1.XA.json"])
def test_no_octet_can_be_changed(name: str, place: int, tmp_path: Path) -> None:
    data = bytearray(FIRST.files[f"metadata/{name}"])
    data[place % len(data)] ^= 1
    update_ = update(tmp_path, {**FIRST.files, f"metadata/{name}": bytes(data)})
    if update_.bundle is not None:  # a blank of the JSON, which nothing signs
        assert update_.bundle.number == 1
    else:
        assert update_.problems


def test_a_new_device_takes_the_newest(tmp_path: Path) -> None:
    taken = update(tmp_path, scenes.SECOND, at=AT + HOUR)
    assert (taken.problems, taken.bundle and taken.bundle.number) == ((), 2)


def test_stale_after_seven_days_and_never_wrong(tmp_path: Path) -> None:
    taken = update(tmp_path, FIRST).bundle
    assert taken is not None
    assert taken.stale(AT + 7 * DAY) == ()
    assert set(taken.stale(AT + 8 * DAY)) == set(taken.parts)
