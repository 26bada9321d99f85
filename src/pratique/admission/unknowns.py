"""What a code that nobody here knows may mean: a rule whose outcome hangs on that is open, never failed.

Such a code is given one after another every meaning that it can have, and so is a sample without its hour, or a date
without its day, that of another event among them. Where the rule always says the same, it does not matter; where it
does not, nobody knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from pratique.model.certificate import Analyte, AnyClaim, Exemption, Recovery, Test, TestKind, Vaccination, same_event
from pratique.model.dates import PartialDate
from pratique.model.dcc import TEST_TYPES
from pratique.model.valueset import (
    CONDITION_MAP,
    CONDITIONS,
    COVID_19,
    DETECTED,
    HOLDER_MAP,
    NOT_DETECTED,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    Code,
    CodeMap,
    code_of,
)

_DAY_ANYWHERE = timedelta(hours=49, minutes=59)
"""From the first moment of a calendar day anywhere on earth to its last: 24 hours, and 26 between the clocks."""

MAX_READINGS = 100
"""Three doses of unknown vaccines, of which the EU lists 26; sixty unknown tests must not keep a gate waiting."""

_DISEASES = (COVID_19, *sorted(CONDITIONS - {COVID_19}, key=lambda each: each.value))
"""In an order that is the same in every process: which meanings are read together hangs on it."""

ValueSets = Mapping[str, Sequence[str]]
_PRODUCTS, _PROPHYLAXIS = "vaccines-covid-19-names", "sct-vaccines-covid-19"
_HOLDERS, _DEVICES = "vaccines-covid-19-auth-holders", "covid-19-lab-test-manufacturer-and-name"


def readings(claims: Sequence[AnyClaim], meanings: Sequence[Sequence[AnyClaim]]) -> Iterator[tuple[AnyClaim, ...]]:
    """The same claims with each read in all of its `meanings`; nothing where none has any.

    First one after another, then all of them at once: a rule asks about one event, or the same of each. Of more than
    `MAX_READINGS` the latter alone.
    """
    few = sum(map(len, meanings)) <= MAX_READINGS
    for number, options in enumerate(meanings if few else ()):
        for option in options:
            yield (*claims[:number], option, *claims[number + 1 :])
    if not few or sum(map(bool, meanings)) > 1:
        for step in range(max(map(len, meanings))):
            yield tuple(
                options[step % len(options)] if options else claim
                for claim, options in zip(claims, meanings, strict=True)
            )


def meanings_of(claim: AnyClaim, value_sets: ValueSets, latest: datetime) -> tuple[AnyClaim, ...]:
    """What a claim may mean by the codes it holds that nobody here knows, and by days it does not state; nothing where
    all is known. Whatever it tells of has happened by the instant `latest`."""
    if CONDITION_MAP.map(claim.disease) is None:
        known = [structs.replace(claim, disease=condition) for condition in _DISEASES]
        return (*known, *(meaning for each in known for meaning in meanings_of(each, value_sets, latest)))
    match claim:
        case Vaccination():
            return (*_vaccines(claim, value_sets), *_dated(claim, ("date",), latest))
        case Test():
            return _tests(claim, value_sets, latest)
        case Recovery():
            return tuple(_dated(claim, ("first_positive", "valid_from", "valid_until"), None))
        case Exemption():
            return tuple(_dated(claim, ("valid_from", "valid_until"), None))


def as_another(claim: AnyClaim, claims: Sequence[AnyClaim]) -> Iterator[AnyClaim]:
    """The claim as one of each other event that it may tell of once more, since its day or hour is not stated: two
    sources of one event must not make it two."""
    for other in claims if _vague(claim) else ():
        match claim, other:
            case Vaccination(date=stated), Vaccination(date=day) if _within(day, stated):
                found: AnyClaim = structs.replace(claim, date=day)
            case Recovery(first_positive=stated), Recovery(first_positive=day) if _within(day, stated):
                found = structs.replace(claim, first_positive=day)
            case Test(day_only=True, sampled=begin), Test(sampled=at) if begin <= at <= begin + _DAY_ANYWHERE:
                found = structs.replace(claim, sampled=at)
            case _:
                continue
        if found != claim and same_event(found, other):
            yield found


def _vague(claim: AnyClaim) -> bool:
    """Whether it does not state when the event was, as far as events are told apart by that."""
    match claim:
        case Vaccination():
            return not claim.date.complete
        case Test():
            return claim.day_only
        case Recovery():
            return not claim.first_positive.complete
    return False


def _within(day: PartialDate, stated: PartialDate) -> bool:
    return day.complete and not stated.complete and stated.first <= day.first <= stated.last


def _dated(claim: AnyClaim, fields: tuple[str, ...], latest: datetime | None) -> Iterator[AnyClaim]:
    """The claim with each partial date as its first day and as its last, but for what is later than `latest`."""
    for field in fields:
        stated: PartialDate = getattr(claim, field)
        if not stated.complete:
            for day in (stated.first, stated.last if latest is None else min(stated.last, latest.date())):
                yield structs.replace(claim, **{field: PartialDate.of(day)})


def _vaccines(claim: Vaccination, value_sets: ValueSets) -> tuple[AnyClaim, ...]:
    """A product brings its kind of vaccine and its holder along, where those are unknown as well."""
    product = _unknown(claim.product, PRODUCT_MAP, "mp", value_sets.get(_PRODUCTS, ()))
    prophylaxis = _unknown(claim.prophylaxis, PROPHYLAXIS_MAP, "vp", value_sets.get(_PROPHYLAXIS, ()))
    holder = _unknown(claim.manufacturer, None, "ma", value_sets.get(_HOLDERS, ()))
    if product:
        codes = [code_of("mp", value) for value in value_sets.get(_PRODUCTS, ())]
        return tuple(
            structs.replace(
                claim,
                product=code,
                prophylaxis=PROPHYLAXIS_MAP.map(code) if prophylaxis else claim.prophylaxis,
                manufacturer=HOLDER_MAP.map(code) if holder else claim.manufacturer,
            )
            for code in codes
        )
    if prophylaxis:
        kinds = [code_of("vp", value) for value in value_sets.get(_PROPHYLAXIS, ())]
        return tuple(structs.replace(claim, prophylaxis=code) for code in kinds)
    if holder:
        holders = [code_of("ma", value) for value in value_sets.get(_HOLDERS, ())]
        return tuple(structs.replace(claim, manufacturer=code) for code in holders)
    return ()


def _unknown(code: Code | None, mapping: CodeMap | None, field: str, known: Sequence[str]) -> bool:
    """Whether nothing is known of a code: it is not stated, of a system without a map, or on no list."""
    if code is None:
        return True
    if code_of(field, code.value) == code:
        return code.value not in known
    return mapping is None or mapping.map(code) is None


def _tests(claim: Test, value_sets: ValueSets, latest: datetime) -> tuple[AnyClaim, ...]:
    options: list[Test] = []
    if claim.kind is TestKind.OTHER:
        options += [structs.replace(claim, kind=kind, method=code) for kind, code in TEST_TYPES.items()]
        options += [_antibodies(claim, analyte) for analyte in Analyte]
    elif claim.kind is TestKind.ANTIBODY and claim.analyte is None:
        options += [_antibodies(claim, analyte) for analyte in Analyte]
    if claim.detected is None and RESULT_MAP.map(claim.result) is None:
        results = (DETECTED, NOT_DETECTED)
        options = [structs.replace(each, result=result) for each in options or [claim] for result in results]
    if claim.kind is TestKind.ANTIGEN and _unknown(claim.device, None, "t.ma", value_sets.get(_DEVICES, ())):
        devices = [code_of("t.ma", value) for value in value_sets.get(_DEVICES, ())]
        options += [structs.replace(claim, device=device) for device in devices]
    if claim.day_only and claim.sampled < latest:
        options.append(structs.replace(claim, sampled=min(latest, claim.sampled + _DAY_ANYWHERE)))
    return tuple(options)


def _antibodies(claim: Test, analyte: Analyte) -> Test:
    return structs.replace(claim, kind=TestKind.ANTIBODY, analyte=analyte, method=None)
