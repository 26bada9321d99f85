"""`pratique face evaluate`: what it refuses, and what it counts."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from pratique.sandbox import camera
from tests.cli.conftest import Shell
from tests.shared import VECTORS, needs_vectors


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two portraits of one person and a copy, one altered until it is another's, and a picture of nobody."""
    place = tmp_path_factory.mktemp("portraits")
    portrait = camera.astronaut()
    (place / "eileen__1.png").write_bytes(portrait)
    (place / "eileen__2.jpg").write_bytes(camera.frames_for(portrait, [], fps=1)[0])
    Image.open(io.BytesIO(portrait)).convert("RGB").save(place / "eileen__3.jpg", quality=80)
    (place / "altered").mkdir()
    (place / "altered" / "1.png").write_bytes(camera.altered(portrait))
    (place / "nobody__1.jpg").write_bytes(b"no picture")
    (place / "notes.txt").write_text("no portrait", encoding="ascii")
    return place


def test_a_folder_without_portraits_is_refused(shell: Shell, tmp_path: Path) -> None:
    ran = shell("face", "evaluate", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert "not two portraits" in ran.err


def test_pictures_without_faces_are_refused(shell: Shell, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"nobody__{number}.jpg").write_bytes(b"no picture")
    ran = shell("face", "evaluate", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert "exactly one face" in ran.err


@pytest.mark.parametrize("name", ["__1.jpg", "set/anna/1.jpg"])
def test_a_portrait_that_is_nobodys_is_named(shell: Shell, tmp_path: Path, name: str) -> None:
    """One level too deep, and everybody would be one person: figures, and none of them true."""
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"no picture")
    (tmp_path / "bert__1.jpg").write_bytes(b"no picture")
    ran = shell("face", "evaluate", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert f"{name}: whose portrait?" in ran.err


def test_both_errors_are_counted(shell: Shell, folder: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "tradeoff.svg"
    ran = shell("face", "evaluate", str(folder), "--plot", str(drawn))
    assert (ran.code, ran.err) == (0, "")
    assert "5 pictures, 1/5" in ran.out
    assert "2 people, 3 genuine and 3 impostor pairs" in ran.out
    assert "no false match at the threshold in use" in ran.out
    assert "not counted:\n  nobody__1.jpg\n" in ran.out
    assert "copies of one photograph, which flatter the matcher; counted all the same:\n  eileen__1.png" in ran.out
    assert drawn.read_text("utf-8").startswith("<svg ")
    told = json.loads(shell("face", "evaluate", str(folder), "--json").out)
    assert (told["pictures"], told["portraits"], told["people"], told["in_use"]) == (5, 4, 2, 0.5)
    assert told["without_one_face"] == ["nobody__1.jpg"]
    assert [(pair["one"], pair["other"]) for pair in told["perhaps_copies"]] == [("eileen__1.png", "eileen__3.jpg")]
    used = next(each for each in told["thresholds"] if each["threshold"] == 0.5)
    assert (used["false_match"]["events"], used["false_match"]["of"]) == (0, 3)
    assert (used["false_non_match"]["events"], used["false_non_match"]["of"]) == (0, 3)


@needs_vectors
def test_over_the_shared_portraits(shell: Shell, tmp_path: Path) -> None:
    """What an operator runs: it fails here beyond the limits, and names every false match."""
    assert VECTORS is not None
    drawn = tmp_path / "plot.svg"
    told = json.loads(shell("face", "evaluate", str(VECTORS / "faces"), "--json", "--plot", str(drawn)).out)
    used = next(each for each in told["thresholds"] if each["threshold"] == told["in_use"])
    wrong, missed, named = used["false_match"], used["false_non_match"], told["false_matches"]
    assert len(named) == wrong["events"], named
    assert (told["without_one_face"], told["perhaps_copies"]) == ([], [])
    assert wrong["low"] <= 0.001, named
    assert missed["of"] == 9
    assert missed["of"] - missed["events"] >= 7
    assert drawn.read_text("utf-8").startswith("<svg ")


def test_a_picture_that_is_gone_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "anna__1.jpg").write_bytes(b"no picture")
    assert "not two portraits" in shell("face", "evaluate", str(tmp_path)).err
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    ran = shell("face", "evaluate", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.endswith("gone.jpg: No such file or directory\n")
