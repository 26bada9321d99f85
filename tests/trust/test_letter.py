"""A certificate that came by letter counts once two people have confirmed it, and not before."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pratique import TrustList
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust.letter import accept
from tests.cli.conftest import Shell, shell  # noqa: F401
from tests.trust.onboarding_scenes import DSC, LETTERS, LI, PRINT, ROOT, WU


@pytest.mark.parametrize(("letter", "reason"), LETTERS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_refused(letter: Callable[[], None], reason: Reason) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        letter()
    assert refusal.value.reasons == (reason,)


def test_two_people_in_their_own_spelling() -> None:
    assert accept(DSC.certificate_der, [LI, WU]).issuer == "XA"


def test_on_the_command_line(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    (tmp_path / "letter.der").write_bytes(DSC.certificate_der)
    (tmp_path / "root.der").write_bytes(ROOT.certificate_der)
    words = ("trust", "accept", tmp_path / "letter.der", "--out", tmp_path / "xa.json")
    one = ("--by", "A. Li", "--fingerprint", PRINT)
    refused = shell(*words, *one)
    assert (refused.code, (tmp_path / "xa.json").exists()) == (1, False)
    assert "TRUST_TWO_PEOPLE" in refused.err
    done = shell(*words, *one, "--by", "B. Wu", "--fingerprint", PRINT)
    assert done.code == 0, done.err
    assert len(TrustList.from_json((tmp_path / "xa.json").read_bytes())) == 1
    assert shell(*words, "--by", "A. Li").code == 3


def test_the_doctor_on_the_command_line(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    (tmp_path / "dsc.der").write_bytes(DSC.certificate_der)
    (tmp_path / "root.der").write_bytes(ROOT.certificate_der)
    at = ("--at", "2021-07-02T12:00Z")
    well = shell("trust", "doctor", tmp_path / "dsc.der", tmp_path / "root.der", *at)
    assert (well.code, well.out) == (0, "nothing is wrong with 2 certificates\n")
    ill = shell("trust", "doctor", "--country", "XB", tmp_path / "dsc.der", *at)
    assert ill.code == 1
    assert "ONBOARD_COUNTRY" in ill.out
    assert "ONBOARD_CHAIN" in ill.out
    assert shell("trust", "doctor", "--json", tmp_path / "dsc.der", *at).out.count("\n") == 1
    assert shell("trust", "doctor").code == 3
