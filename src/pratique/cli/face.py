"""`pratique face evaluate`: how often the face matcher is wrong, over portraits of one's own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec import Struct

from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.evaluation import (
    Evaluation,
    Pair,
    Rate,
    copies,
    evaluate,
    false_matches,
    person_of,
    portraits,
)
from pratique.authority.identity.matching import INCONCLUSIVE_AT_MOST, MATCH_AT_MOST, Template
from pratique.authority.identity.tradeoff import plot
from pratique.cli import _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json
from pratique.cli._printing import json_line, note, out, watched

THRESHOLDS = (0.45, 0.48, MATCH_AT_MOST, 0.52, 0.55, INCONCLUSIVE_AT_MOST)

_LARGEST = 64 * 1024 * 1024
"""Octets of a portrait; the largest that a camera writes has half as many."""

face = App(
    name="face",
    help="Measure how often the face matcher is wrong.",
    help_epilogue="""\
Examples:

  pratique face evaluate portraits
  pratique face evaluate portraits --json
  pratique face evaluate portraits --plot tradeoff.svg
""",
)


@face.command(name="evaluate")
def evaluate_folder(
    folder: Path,
    /,
    *,
    json: Json = False,
    plot_file: Annotated[Path | None, Parameter(name="--plot")] = None,
) -> Exit:
    """Compare every portrait of a folder with every other, and count both errors.

    Portraits are <person>__<n>.jpg, or <person>/<n>.jpg; PNG, WebP and JPEG 2000 are read too. Nothing is kept.

    Parameters
    ----------
    folder
        Where the portraits are.
    plot_file
        Where to draw the trade-off between the two errors (SVG).
    """
    if not folder.is_dir():
        raise UsageFault(f"{folder}: not a folder of portraits")
    if plot_file is not None:
        _files.check_writable(plot_file)
    paths = portraits(folder)
    if len(paths) < 2:
        raise UsageFault("there are not two portraits in this folder; --help shows how they are named")
    people = {path: _person(path, folder) for path in paths}
    with DlibMatcher() as matcher:
        found = asyncio.run(_templates(matcher, paths))
    usable = {path: (people[path], template) for path, template in found.items() if template is not None}
    if len(usable) < 2:
        raise UsageFault("there is exactly one face in fewer than two of these pictures")
    evaluation, told = evaluate(usable), _Told.of(found, usable, folder)
    if plot_file is not None:
        _files.write(plot_file, plot(evaluation, MATCH_AT_MOST).encode())
    if json:
        json_line(_as_json(evaluation, len(paths), told))
    else:
        _print(evaluation, len(paths), told)
    return Exit.DONE


def _person(path: Path, folder: Path) -> str:
    try:
        return person_of(path, folder)
    except ValueError:
        raise UsageFault(f"{path}: whose portrait? --help shows how they are named") from None


async def _templates(matcher: DlibMatcher, paths: list[Path]) -> dict[Path, Template | None]:
    """Of every portrait, a handful of them in memory at a time."""
    found: dict[Path, Template | None] = {}
    for start in watched(range(0, len(paths), 16)):
        chosen = paths[start : start + 16]
        pictures = [_files.read(path, at_most=_LARGEST) for path in chosen]
        made = await asyncio.gather(*map(matcher.reference, pictures))
        found.update(zip(chosen, made, strict=True))
    return found


Named = list[dict[str, object]]
"""Pairs of portraits, by their names in the folder."""


class _Told(Struct, frozen=True):
    """Which portraits whoever measures should look at themselves."""

    faceless: list[str]
    """Without exactly one face."""
    matches: Named
    """Of two people, taken for one's."""
    copies: Named
    """Of one person, and perhaps one photograph."""

    @classmethod
    def of(
        cls, found: Mapping[Path, Template | None], usable: Mapping[Path, tuple[str, Template]], folder: Path
    ) -> "_Told":
        def name(path: Path) -> str:
            return str(path.relative_to(folder))

        def named(pairs: tuple[Pair, ...]) -> Named:
            return [{"one": name(p.one), "other": name(p.other), "distance": round(p.distance, 4)} for p in pairs]

        faceless = [name(path) for path, template in found.items() if template is None]
        return cls(faceless, named(false_matches(usable, MATCH_AT_MOST)), named(copies(usable)))


def _print(evaluation: Evaluation, pictures: int, told: _Told) -> None:
    out(f"{pictures} pictures, {Rate(pictures - evaluation.portraits, pictures)} without exactly one face")
    out(f"{evaluation.people} people, {len(evaluation.genuine)} genuine and {len(evaluation.impostor)} impostor pairs")
    out()
    out("threshold  false matches                              false non-matches")
    for threshold in THRESHOLDS:
        rates = evaluation.at(threshold)
        mark = "*" if threshold == MATCH_AT_MOST else " "
        out(f"{threshold:.2f} {mark}     {rates.false_match!s:<42} {rates.false_non_match}")
    out()
    out("* in use. Intervals are 95 % (Wilson); pairs share portraits, so that they are too narrow.")
    out()
    out("false matches at the threshold in use:" if told.matches else "no false match at the threshold in use")
    for pair in told.matches:
        out(f"  {pair['one']}  {pair['other']}  {pair['distance']}")
    if told.faceless:
        out("without exactly one face, and not counted:")
    for name in told.faceless:
        out(f"  {name}")
    if told.copies:
        out("perhaps copies of one photograph, which flatter the matcher; counted all the same:")
    for pair in told.copies:
        out(f"  {pair['one']}  {pair['other']}  {pair['distance']}")
    if not evaluation.genuine:
        note("nobody has two portraits here, so that nothing is known of false non-matches")


def _as_json(evaluation: Evaluation, pictures: int, told: _Told) -> dict[str, object]:
    def counted(rate: Rate) -> dict[str, object]:
        return {"events": rate.events, "of": rate.of, "value": rate.value, "low": rate.low, "high": rate.high}

    return {
        "pictures": pictures,
        "portraits": evaluation.portraits,
        "people": evaluation.people,
        "in_use": MATCH_AT_MOST,
        "without_one_face": told.faceless,
        "false_matches": told.matches,
        "perhaps_copies": told.copies,
        "thresholds": [
            {
                "threshold": threshold,
                "false_match": counted(evaluation.at(threshold).false_match),
                "false_non_match": counted(evaluation.at(threshold).false_non_match),
            }
            for threshold in THRESHOLDS
        ],
    }
