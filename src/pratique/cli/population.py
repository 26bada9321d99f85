"""`pratique population`: everybody at once, on people who do not exist or on a country's event tables."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from cyclopts import App

from pratique.cli import _files, _population
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json
from pratique.cli._population import EngineName
from pratique.cli._printing import note, out
from pratique.model.dates import format_instant
from pratique.rules.policy import Policy, Setting, read_policy
from pratique.sandbox import codes

population = App(
    name="population",
    help="Make people who do not exist, and see what a health code makes of a whole country.",
    help_epilogue="""\
Examples:

  pratique population make --people 1000000 --out people --seed 1
  pratique population assess --data people
  pratique population assess --data people --policy code.json --chart colours.svg
  pratique population assess --people 20000 --json
  pratique population assess --data people --engine spark --master spark://host:7077

Exit codes: 0 done, 3 a file, a folder or a policy that cannot be used.
""",
)


@population.command
def make(*, people: int, out: Path, seed: int = 1, at: str | None = None) -> Exit:
    """Write event tables of people who do not exist, as Parquet: the same seed gives the same people.

    Parameters
    ----------
    people
        How many.
    out
        An empty folder, or one that is made.
    seed
        Any whole number from 0.
    at
        The instant of which the events are the past, in ISO 8601; now if not given.
    """
    began = perf_counter()
    _population.generate(out, people=people, seed=seed, at=_files.instant(at, "--at"))
    note(f"{people:,} people in {perf_counter() - began:.1f} s: {out}")
    return Exit.DONE


@population.command
def assess(
    *,
    people: int | None = None,
    data: Path | None = None,
    policy: Path | None = None,
    at: str | None = None,
    engine: EngineName = "duckdb",
    master: str = "local[*]",
    chart: Path | None = None,
    json: Json = False,
) -> Exit:
    """Give everybody their colour anew, and count them by colour, cause and region.

    Parameters
    ----------
    people
        How many to make for this, where no data is named: 100,000 if not given.
    data
        A folder of event tables in Parquet, as `population make` writes it and docs/population.md says.
    policy
        A health code's policy in JSON; that of the sandbox's country if not given.
    at
        The instant, in ISO 8601, whose offset says which day it is. If not given, the one that the data was made for,
        or now; for people made on the spot the beginning of the policy, where it is not in force.
    engine
        `duckdb` in this process, or `spark`.
    master
        Of Spark: `local[*]`, or the address of a cluster, whose workers see the data under the same path.
    chart
        A file for a chart (SVG).
    """
    asked = read_policy(codes.policy()) if policy is None else _population.policy(policy)
    if asked.setting != Setting.HEALTH_CODE:
        raise UsageFault(f"this policy is for a {asked.setting}: `pratique policy effect` tells what it does to people")
    moment = _moment(asked, data, at)
    if chart is not None:
        _files.check_writable(chart)
    _population.need("duckdb", "pyarrow", "numpy", "sqlglot", "sqlalchemy")
    from pratique.authority.population import assessing, tables

    with (
        _population.people(data, people, moment, usual=100_000) as folder,
        _population.opened(folder, engine, master) as opened,
    ):
        began = perf_counter()
        try:
            parts = _population.watched(assessing.assess(opened, asked, moment))
            groups = [group for part in parts for group in part.groups]
        except assessing.Untranslatable as outside:
            raise UsageFault(f"this policy cannot be asked of everybody at once: {outside}") from outside
        seconds = perf_counter() - began
    counted = sum(group.people for group in groups)
    regions = tables.by_colour_and("region", groups, asked)
    told = [tables.by_colour(groups, asked), regions]
    if chart is not None:
        _population.draw(chart, f"{asked.identifier} {asked.version}, {format_instant(moment)}", regions)
    if json:
        about = {"policy": asked.identifier, "version": asked.version, "at": format_instant(moment)}
        _population.tell_json(about | {"engine": engine, "people": counted}, told)
    else:
        out(f"{asked.identifier} {asked.version} on {format_instant(moment)}: {counted:,} people")
        _population.tell(told)
    note(f"{counted:,} people in {seconds:.2f} s, reading included")
    if not asked.in_force(moment):
        note(f"the policy is not in force on {format_instant(moment)}, so that nobody has a colour; --at names a day")
    return Exit.DONE


def _moment(asked: Policy, data: Path | None, at: str | None) -> datetime:
    if at is not None:
        return _files.instant(at, "--at")
    if moment := _population.moment_of(data):
        return moment
    now = datetime.now(UTC).replace(microsecond=0)
    return now if data is not None or asked.in_force(now) else asked.start
