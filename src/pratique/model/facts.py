"""What a policy may read about a person, every path with its data category.

Facts are derived from records, declarations and what authorities decided; `authority.records.gather` makes them. A
policy names the categories that it reads, and a checker compares them with the paths in its rules (`category_of`).
There is no path for a name, a document, a place of birth, a score or a position.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType

import msgspec
from msgspec import Struct

from pratique.model.dates import format_instant
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason


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


class ContactKind(StrEnum):
    """How near somebody came to a case."""

    CLOSE = "close"
    SECONDARY = "secondary"
    """A contact of a close contact."""
    COMPANION = "companion"
    """In the same place at the same time, by somebody's count of minutes."""
    POOL = "pool"
    """Their sample was in a pool in which something was found, and whose it was is not known yet."""


class ObservationKind(StrEnum):
    """Where a health authority asked somebody to stay."""

    HOME = "home"
    CENTRAL = "central"
    """A facility for people who are not ill."""
    HOSPITAL = "hospital"
    """As a confirmed or a suspected case."""


class Level(StrEnum):
    """How a policy grades the areas that it names."""

    HIGH = "high"
    MEDIUM = "medium"


APART = timedelta(hours=24)
"""Between two samples that count as two: an infection that one of them came too early for shows in the other."""


class LatestTest(Struct, frozen=True):
    """The latest test of one kind. `detected` is None for a result that nobody has mapped, or where two reports of
    the same sample disagree (`conflict`)."""

    kind: str
    sampled: datetime
    detected: bool | None
    conflict: bool = False
    earlier: datetime | None = None
    """When this one is negative: the latest negative sample that was taken `APART` or longer before it, with nothing
    positive since. Two such negatives after a day are one condition: the day of this is after that day."""
    positive: datetime | None = None
    """The latest positive sample of the last three weeks, if that is an earlier one."""

    @property
    def found(self) -> datetime | None:
        """The latest positive sample, be it this one."""
        return self.sampled if self.detected else self.positive


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
    abnormal: date | None = None
    """The latest day with something to report, a day that is open excepted."""
    temperature: int | None = None
    """Tenths of a degree Celsius, as it was measured last on that last day."""
    measured: datetime | None = None
    """When that was."""


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

    def to_data(
        self, areas: Mapping[str, tuple[str, ...]] = MappingProxyType({}), clock: tzinfo = UTC
    ) -> dict[str, object]:
        """The shape that rules read; dates as `YYYY-MM-DD`, instants with their offset. Absent facts are absent.

        `clock` says on which day a sample was taken (`sampled_day`): an instant is compared with a day through it.

        `areas` are the areas that a policy names, by `Level`: `latest` has of each kind of contact and observation, and
        of trips to areas of each level, the one that ended last.
        """
        data: dict[str, object] = {
            "tests": {test.kind: _test(test, clock) for test in self.tests},
            "doses": [{"disease": dose.disease, "day": dose.day.isoformat()} for dose in self.doses],
            **{name: [_period(each) for each in getattr(self, name)] for name in _PERIODS},
            "latest": {
                name: {kind: _span(found) for kind in kinds if (found := latest(self.periods(name, kind, areas)))}
                for name, kinds in KINDS.items()
            },
        }
        if self.declarations is not None:
            data["declarations"] = _declared(self.declarations)
        return data

    def periods(
        self, name: str, kind: str | None = None, areas: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    ) -> tuple[Period, ...]:
        """The contacts, observations or trips, `name` says which; of one kind, or to areas of one level."""
        found: tuple[Period, ...] = getattr(self, name)
        if kind is None:
            return found
        if name != "trips":
            return tuple(period for period in found if period.kind == kind)
        return tuple(period for period in found if any(map(period.kind.startswith, areas.get(kind, ()))))


def read_facts(data: bytes) -> Facts:
    """Facts from JSON, in the shape of `Facts` itself: days as `YYYY-MM-DD`, instants with their offset.

        {"tests": [{"kind": "molecular", "sampled": "2026-11-20T09:00:00+08:00", "detected": true}],
         "contacts": [{"kind": "close", "first": "2026-11-18", "last": "2026-11-18"}]}

    Raises `MalformedRecord` (RECORD_FIELD_INVALID, or RECORD_KIND for what is no JSON object) and never quotes a value.
    """
    try:
        read = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise MalformedRecord(Reason.RECORD_KIND, detail="not a JSON object") from None
    for name in read.keys() - set(Facts.__struct_fields__):
        place = name if name.isidentifier() and len(name) <= 20 else "a field"
        raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail=f"{place} (no such fact)")
    values = {}
    for field in msgspec.structs.fields(Facts):
        if field.name in read:
            try:
                values[field.name] = msgspec.json.decode(read[field.name], type=field.type)
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail=field.name) from None
    found = Facts(**values)
    moments = [moment for test in found.tests for moment in (test.sampled, test.earlier, test.positive)]
    moments += [found.declarations.measured] if found.declarations is not None else []
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail="an instant without its offset")
    return found


def latest(periods: Iterable[Period]) -> Period | None:
    """The one that ended last; of those that ended on one day, the one that began first."""
    return min(periods, key=lambda period: (-period.last.toordinal(), period.first, period.kind), default=None)


def _test(test: LatestTest, clock: tzinfo) -> dict[str, object]:
    told: dict[str, object] = {"detected": test.detected, "conflict": test.conflict}
    for name, moment in (("sampled", test.sampled), ("earlier", test.earlier), ("positive", test.found)):
        if moment is not None:
            told |= {name: format_instant(moment), f"{name}_day": moment.astimezone(clock).date().isoformat()}
    return told


def _declared(told: Declarations) -> dict[str, object]:
    data: dict[str, object] = {
        "last": told.last.isoformat(),
        "normal": told.normal,
        "streak": told.streak,
        "normal_streak": told.normal_streak,
    }
    if told.abnormal is not None:
        data["abnormal"] = told.abnormal.isoformat()
    if told.temperature is not None and told.measured is not None:
        data |= {"temperature": told.temperature, "measured": format_instant(told.measured)}
    return data


def _period(period: Period) -> dict[str, str]:
    return {"kind": period.kind} | _span(period)


def _span(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


_PERIODS = ("recoveries", "exemptions", "trips", "contacts", "observations")
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"contacts": tuple(ContactKind), "observations": tuple(ObservationKind), "trips": tuple(Level)}
)
"""Of what `latest` has the latest, by its kind: all that there are."""

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
     for kind in ("molecular", "antigen", "antibody", "other")
     for part in ("detected", "conflict", *(f"{name}{day}" for name in ("sampled", "earlier", "positive")
                                            for day in ("", "_day")))}
    | {f"doses.*.{part}": Category.VACCINATIONS for part in ("disease", "day")}
    | {f"{name}.*.{part}": CATEGORIES[name] for name in _PERIODS for part in ("kind", "first", "last")}
    | {f"latest.{name}.{kind}.{part}": CATEGORIES[name]
       for name, kinds in KINDS.items() for kind in kinds for part in ("first", "last")}
    | {f"declarations.{part}": Category.DECLARATIONS
       for part in ("last", "normal", "streak", "normal_streak", "abnormal", "temperature", "measured")}
)  # fmt: skip
"""Every path that there is, `*` for the place in a list."""

SINCE: Mapping[str, Category] = MappingProxyType(
    {f"tests.{kind}{part}": Category.TESTS for kind in ("molecular", "antigen") for part in ("", ".positive")}
    | {f"{name}.{kind}": CATEGORIES[name] for name, kinds in KINDS.items() for kind in kinds}
    | {f"declarations{part}": Category.DECLARATIONS for part in ("", ".abnormal", ".measured")}
)
"""The facts that a colour can rest on, since each has a day or an instant from which its end is counted."""


def category_of(path: str) -> Category | None:
    """What a rule reads with `{"var": path}`: the category of the path or of all below it.

    None for no fact, and for what would be several categories at once.
    """
    wanted = ".".join("*" if step.isdecimal() else step for step in path.split("."))
    found = {category for known, category in PATHS.items() if known == wanted or known.startswith(wanted + ".")}
    return found.pop() if len(found) == 1 else None
