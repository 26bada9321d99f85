"""The nearest way to be accepted, found by trying: one more test, one more dose, or a later arrival.

Each supposed addition is judged by the same rules as the proofs, so that nothing here knows what any country asks. What
is tried is a small closed set; where nothing in it helps, no way was found, and that is said.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from pratique.admission.proofs import Proofs, unique
from pratique.bundle import Bundle
from pratique.model.certificate import Analyte, AnyClaim, Evidence, Test, TestKind, Vaccination
from pratique.model.consequence import Consequence
from pratique.model.dates import YEARS, PartialDate
from pratique.model.dcc import TEST_TYPES
from pratique.model.journey import Journey
from pratique.model.valueset import DETECTED, HOLDER_MAP, NOT_DETECTED, PROPHYLAXIS_MAP, Code, code_of

MAX_WAYS = 3
"""More choices than these help nobody at a counter."""

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_HOUR = timedelta(hours=1)
_AGES = [0 * _HOUR, 6 * _HOUR, 24 * _HOUR, 48 * _HOUR, 72 * _HOUR, *(n * _DAY for n in (7, 14, 30, 90, 365))]
"""How old a sample may be that is tried; between one that helps and one that does not the limit is sought."""
_DOSE_AGES = [0 * _DAY, 14 * _DAY, 28 * _DAY]
_WAITS = [_HOUR, 6 * _HOUR, *(n * _DAY for n in (1, 2, 3, 5, 7, 10, 14, 21, 28, 60, 90, 180))]
_TESTS = (
    (TestKind.MOLECULAR, None, NOT_DETECTED),
    (TestKind.ANTIGEN, None, NOT_DETECTED),
    (TestKind.ANTIBODY, Analyte.IGG, DETECTED),
    (TestKind.ANTIBODY, Analyte.IGM, NOT_DETECTED),
)


class WayKind(StrEnum):
    """What the traveller can do."""

    TEST = "test"
    DOSE = "dose"
    WAIT = "wait"


class Way(Struct, frozen=True, kw_only=True):
    """One thing that would do, and by when; `consequence` is what it would lead to."""

    kind: WayKind
    consequence: Consequence | None
    test: TestKind | None = None
    analyte: Analyte | None = None
    sampled_from: datetime | None = None
    """A sample taken at this instant or later would do."""
    sampled_until: datetime | None = None
    """And no later than this one; None where until arrival."""
    product: Code | None = None
    given_by: date | None = None
    """The last day on which the dose may be given."""
    arrive_from: datetime | None = None


Helps = Callable[[Proofs, Journey], "Consequence | None"]
"""What supposed proofs on a supposed journey would lead to; None where they are not accepted, or lead to nothing
better."""


class Question(Struct, frozen=True):
    """What ways are sought for: the proofs there are, the journey, and who decides."""

    proofs: Proofs
    journey: Journey
    bundle: Bundle
    disease: Code
    at: datetime
    helps: Helps

    def with_claim(self, claim: AnyClaim) -> Consequence | None:
        """What one claim more would lead to."""
        return self.helps(self.proofs.with_claim(claim, claim.country), self.journey)

    def with_wait(self, wait: timedelta) -> Consequence | None:
        """What a later arrival would lead to, with the certificates that still count then."""
        legs = self.journey.legs
        later = legs[-1].arrive + wait
        if later.year not in YEARS:
            return None
        last = structs.replace(legs[-1], arrive=later)
        left = tuple([each for each in self.proofs.counting if each.expires is None or each.expires >= last.arrive])
        if not left:
            return None
        proofs = structs.replace(self.proofs, counting=left)
        if len(left) < len(self.proofs.counting):
            proofs = structs.replace(proofs, claims=unique([claim for each in left for claim in each.claims]))
        return self.helps(proofs, structs.replace(self.journey, legs=(*legs[:-1], last)))


def ways(question: Question) -> tuple[Way, ...]:
    """What would do, the nearest first."""
    found = [*_tests(question), *_doses(question), *_waits(question)]
    return tuple(sorted(found, key=lambda way: _cost(way, question.journey)))[:MAX_WAYS]


def _cost(way: Way, journey: Journey) -> tuple[timedelta, tuple[int, int]]:
    """A test costs no time; a dose, which is not had for one trip alone, comes after a short wait. Of two ways at one
    cost the one that leads to the better comes first."""
    weight = way.consequence.weight if way.consequence is not None else (0, 0)
    match way.kind:
        case WayKind.TEST:
            return 0 * _DAY, weight
        case WayKind.DOSE:
            return 30 * _DAY, weight
    return (way.arrive_from or journey.destination.arrive) - journey.destination.arrive, weight


def _tests(question: Question) -> Iterator[Way]:
    arrive = question.journey.destination.arrive
    for kind, analyte, result in _TESTS:
        made = _test(kind, analyte, result, question)

        def tried(age: timedelta, made: Test = made) -> Consequence | None:
            return question.with_claim(structs.replace(made, sampled=arrive - age))

        window = _window(tried, _AGES)
        if window is None or arrive - window[0] < min(question.at, arrive):
            continue  # none helps, or it is too late for one that would have
        newest, oldest = window
        yield Way(
            kind=WayKind.TEST,
            consequence=tried(newest),
            test=kind,
            analyte=analyte,
            sampled_from=arrive - oldest,
            sampled_until=arrive - newest if newest else None,
        )


def _doses(question: Question) -> Iterator[Way]:
    """One more dose of the product given last, or a first dose of any product that would do alone."""
    leg = question.journey.destination
    for product in _products(question):
        made = _dose(product, question)

        def tried(age: timedelta, made: Vaccination = made) -> Consequence | None:
            return question.with_claim(structs.replace(made, date=PartialDate.of(leg.day - age)))

        newest = next((age for age in _DOSE_AGES if tried(age)), None)
        if newest is None:
            continue
        while newest and tried(newest - _DAY):
            newest -= _DAY
        by = leg.day - newest
        if by >= question.at.astimezone(leg.clock).date():
            yield Way(kind=WayKind.DOSE, consequence=tried(newest), product=product, given_by=by)
            return


def _products(question: Question) -> Sequence[Code]:
    given = [claim for claim in question.proofs.claims if isinstance(claim, Vaccination)]
    if given:
        return [given[0].product] if given[0].product else []
    return [code_of("mp", value) for value in question.bundle.value_sets.get("vaccines-covid-19-names", ())]


def _waits(question: Question) -> Iterator[Way]:
    enough = next((wait for wait in _WAITS if question.with_wait(wait)), None)
    if enough is not None:
        too_short = max((wait for wait in _WAITS if wait < enough), default=timedelta(0))
        wait = _bisected(question.with_wait, good=enough, bad=too_short)
        arrive_from = question.journey.destination.arrive + wait
        yield Way(kind=WayKind.WAIT, consequence=question.with_wait(wait), arrive_from=arrive_from)


Tried = Callable[[timedelta], Consequence | None]
"""What an age, or a wait, would lead to."""


def _window(tried: Tried, ages: Sequence[timedelta]) -> tuple[timedelta, timedelta] | None:
    """The newest and the oldest age that helps, to the minute; None where none of `ages` does."""
    helps = _until_it_ends(tried, ages)
    if True not in helps:
        return None
    first = helps.index(True)
    last = len(helps) - 1 if helps[-1] else len(helps) - 2
    newest = _bisected(tried, good=ages[first], bad=ages[first - 1]) if first else ages[0]
    oldest = _bisected(tried, good=ages[last], bad=ages[last + 1]) if last + 1 < len(ages) else ages[last]
    return newest, oldest


def _until_it_ends(tried: Tried, ages: Sequence[timedelta]) -> list[bool]:
    """Whether each of the ages helps, up to the first that does not any more after one that did."""
    helps: list[bool] = []
    for age in ages:
        helps.append(bool(tried(age)))
        if helps[-2:] == [True, False]:
            break
    return helps


def _bisected(tried: Tried, *, good: timedelta, bad: timedelta) -> timedelta:
    """The age nearest to `bad` that still helps, to the minute."""
    next_to_good = good + (_MINUTE if bad > good else -_MINUTE)
    if not tried(next_to_good):  # a limit is mostly one of the ages that are tried
        return good
    while abs(good - bad) > _MINUTE:
        middle = min(good, bad) + (abs(good - bad) // 2 // _MINUTE) * _MINUTE
        good, bad = (middle, bad) if tried(middle) else (good, middle)
    return good


def _place(journey: Journey) -> str:
    """Where a supposed proof would be made: in the country before the destination, as far as that is known."""
    return journey.passed[-1] if journey.passed else journey.destination.to


def _test(kind: TestKind, analyte: Analyte | None, result: Code, question: Question) -> Test:
    """A test whose every code is on the lists, sampled on arrival."""
    devices = question.bundle.value_sets.get("covid-19-lab-test-manufacturer-and-name", ())
    return Test(
        uvci="supposed",
        disease=question.disease,
        country=_place(question.journey),
        issuer="",
        evidence=Evidence.ADMINISTERED,
        kind=kind,
        method=TEST_TYPES.get(kind),
        device=code_of("t.ma", devices[0]) if devices and kind is TestKind.ANTIGEN else None,
        analyte=analyte,
        sampled=question.journey.destination.arrive,
        result=result,
    )


def _dose(product: Code, question: Question) -> Vaccination:
    """The next dose of a product, on the day of arrival."""
    given = [claim for claim in question.proofs.claims if isinstance(claim, Vaccination)]
    number = len(given) + 1
    return Vaccination(
        uvci="supposed",
        disease=question.disease,
        country=_place(question.journey),
        issuer="",
        evidence=Evidence.ADMINISTERED,
        date=PartialDate.of(question.journey.destination.day),
        product=product,
        prophylaxis=PROPHYLAXIS_MAP.map(product),
        manufacturer=HOLDER_MAP.map(product),
        dose=number,
        doses=max([number, *(claim.doses or 0 for claim in given)]),
    )
