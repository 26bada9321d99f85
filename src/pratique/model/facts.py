"""What a policy may read about a person, every path with its data category.

Facts are derived from records, declarations and what authorities decided; `authority.records.gather` makes them. A
policy names the categories that it reads, and a checker compares them with the paths in its rules (`category_of`).
There is no path for a name, a document, a place of birth, a score or a position.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from pratique.model.dates import format_instant


class Category(StrEnum):
    """The kinds of data that a policy has to name before it may read them."""

    TESTS = "tests"
    VACCINATIONS = "vaccinations"
    RECOVERIES = "recoveries"
    EXEMPTIONS = "exemptions"
    DECLARATIONS = "declarations"
    TRIPS = "trips"
    CONTACTS = "contacts"
    OBSERVATIONS = "observations"
    BIRTH_DATE = "birth_date"
    """Of a certificate's holder; no fact has it."""
    JOURNEY = "journey"
    """Where somebody comes from and arrives: for a border alone."""


class LatestTest(Struct, frozen=True):
    """The latest test of one kind. `detected` is None for a result that nobody has mapped, or where two reports of
    the same sample disagree (`conflict`)."""

    kind: str
    sampled: datetime
    detected: bool | None
    conflict: bool = False


class Dose(Struct, frozen=True):
    """One dose event: a day on which somebody was vaccinated against a disease, however many sources tell of it."""

    disease: str
    day: date


class Period(Struct, frozen=True):
    """From a day to a day, both included; `kind` says of what."""

    kind: str
    first: date
    last: date


class Declarations(Struct, frozen=True):
    """What somebody said of their health: the last day they did, and for how many days without a gap."""

    last: date
    normal: bool | None
    """Of the last day; None where a symptom is in no table."""
    streak: int
    normal_streak: int
    """How many of those days, counted back from the last, had nothing to report."""


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that may be read about one person at one instant."""

    tests: tuple[LatestTest, ...] = ()
    doses: tuple[Dose, ...] = ()
    recoveries: tuple[Period, ...] = ()
    exemptions: tuple[Period, ...] = ()
    declarations: Declarations | None = None
    trips: tuple[Period, ...] = ()
    """Where to: an ISO country, and after a hyphen a county where one was said."""
    contacts: tuple[Period, ...] = ()
    observations: tuple[Period, ...] = ()

    def to_data(self) -> dict[str, object]:
        """The shape that rules read; dates as `YYYY-MM-DD`, instants with their offset. Absent facts are absent."""
        data: dict[str, object] = {
            "tests": {
                test.kind: {
                    "sampled": format_instant(test.sampled),
                    "detected": test.detected,
                    "conflict": test.conflict,
                }
                for test in self.tests
            },
            "doses": [{"disease": dose.disease, "day": dose.day.isoformat()} for dose in self.doses],
            **{name: [_period(each) for each in getattr(self, name)] for name in _PERIODS},
        }
        if self.declarations is not None:
            told = self.declarations
            data["declarations"] = {
                "last": told.last.isoformat(),
                "normal": told.normal,
                "streak": told.streak,
                "normal_streak": told.normal_streak,
            }
        return data


def _period(period: Period) -> dict[str, str]:
    return {"kind": period.kind, "first": period.first.isoformat(), "last": period.last.isoformat()}


_PERIODS = ("recoveries", "exemptions", "trips", "contacts", "observations")

CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {
        "tests": Category.TESTS,
        "doses": Category.VACCINATIONS,
        "recoveries": Category.RECOVERIES,
        "exemptions": Category.EXEMPTIONS,
        "declarations": Category.DECLARATIONS,
        "trips": Category.TRIPS,
        "contacts": Category.CONTACTS,
        "observations": Category.OBSERVATIONS,
    }
)
"""The category of everything under each first step of a path."""

PATHS: Mapping[str, Category] = MappingProxyType(
    {f"tests.{kind}.{part}": Category.TESTS
     for kind in ("molecular", "antigen", "antibody", "other") for part in ("sampled", "detected", "conflict")}
    | {f"doses.*.{part}": Category.VACCINATIONS for part in ("disease", "day")}
    | {f"{name}.*.{part}": CATEGORIES[name] for name in _PERIODS for part in ("kind", "first", "last")}
    | {f"declarations.{part}": Category.DECLARATIONS for part in ("last", "normal", "streak", "normal_streak")}
)  # fmt: skip
"""Every path that there is, `*` for the place in a list."""


def category_of(path: str) -> Category | None:
    """What a rule reads with `{"var": path}`: the category of the path or of all below it; None for no fact."""
    steps = ["*" if step.isdecimal() else step for step in path.split(".")]
    wanted = ".".join(steps)
    if any(known == wanted or known.startswith(wanted + ".") for known in PATHS):
        return CATEGORIES[steps[0]]
    return None
