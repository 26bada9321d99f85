"""What the generator's records say, word for word as the store keeps it: `record.claim`.

A claim of every kind is encoded once, with marks where its identifier, its days and its instant stand, and taken apart
there; so its shape is that of `model.certificate`, whatever becomes of it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from pratique.authority.population.assumptions import COUNTRIES
from pratique.authority.population.people import PRODUCTS
from pratique.model.certificate import Analyte, AnyClaim, Evidence, Exemption, Recovery, Test, TestKind, Vaccination
from pratique.model.dates import PartialDate, format_instant
from pratique.model.valueset import COVID_19, DETECTED, LOINC, NOT_DETECTED, SNOMED, YELLOW_FEVER, Code, code_of

Ints = NDArray[np.int64]

DISEASES = (COVID_19, YELLOW_FEVER)
TRIAL = len(PRODUCTS)
"""The number of a product that no list names."""
DOSES = 3
RESULTS = (NOT_DETECTED, DETECTED, Code(SNOMED, "419984006"))
METHODS = {
    TestKind.MOLECULAR: (code_of("tt", "LP6464-4"), None),
    TestKind.ANTIGEN: (code_of("tt", "LP217198-3"), None),
    TestKind.ANTIBODY: (Code(LOINC, "94563-4"), Analyte.IGG),
    TestKind.OTHER: (Code(LOINC, "100000-0"), None),
}
"""Each kind of test as it is coded; the last is a code that no table maps."""

EPOCH = date(1970, 1, 1).toordinal()
_ID = "FEDCBA9876543210" * 2
_DAYS = (PartialDate(1111, 11, 11), PartialDate(1112, 12, 12), PartialDate(1113, 1, 13))
_MOMENT = datetime(1111, 11, 11, 11, 11, 11, tzinfo=UTC)


class Told(Struct, frozen=True):
    """What claims of one kind say: which of the templates, and the texts that go where its marks are."""

    template: Ints
    texts: tuple[pa.Array, ...]


def vaccinations(vaccine: Ints, dose: Ints | int, country: Ints, day: Ints) -> Told:
    """Doses against COVID-19; `vaccine` is an index into `PRODUCTS`, or `TRIAL`."""
    return Told(((vaccine * DOSES + dose - 1) * len(COUNTRIES)) + country, (_days(day),))


def yellow_fever(country: Ints, day: Ints) -> Told:
    """Doses against yellow fever."""
    return Told(_first("yellow fever") + country, (_days(day),))


def tests(kind: Ints, result: Ints, country: Ints, moment: Ints) -> Told:
    """Tests; `kind` and `result` are indices into `METHODS` and `RESULTS`."""
    place = (kind * len(RESULTS) + result) * len(COUNTRIES) + country
    return Told(_first("test") + place, (_instants(moment),))


def recoveries(country: Ints, first: Ints, begins: Ints, ends: Ints) -> Told:
    """Recoveries from COVID-19."""
    return Told(_first("recovery") + country, (_days(first), _days(begins), _days(ends)))


def exemptions(country: Ints, begins: Ints, ends: Ints) -> Told:
    """Exemptions from vaccination against COVID-19."""
    return Told(_first("exemption") + country, (_days(begins), _days(ends)))


def written(told: Told, ids: pa.Array) -> pa.Array:
    """The claims as JSON, each with the identifier of its record."""
    parts = _parts()
    nothing = pa.scalar("")
    columns = [parts[0].take(pa.array(told.template)), pc.utf8_upper(ids)]
    for place in range(3):
        columns.append(parts[place + 1].take(pa.array(told.template)))
        columns.append(told.texts[place] if place < len(told.texts) else nothing)
    return pc.binary_join_element_wise(*columns, parts[4].take(pa.array(told.template)), "")


# templates


def _claims() -> Iterator[tuple[str, AnyClaim]]:
    """One claim of each kind, in the order of their numbers."""
    for number, dose, country in product(range(TRIAL + 1), range(1, DOSES + 1), COUNTRIES):
        yield "vaccination", Vaccination(**_stated(country.code), **_product(number, dose), date=_DAYS[0], dose=dose)
    for country in COUNTRIES:
        stated = _stated(country.code) | {"disease": YELLOW_FEVER}
        yield "yellow fever", Vaccination(**stated, date=_DAYS[0])
    for (kind, (method, analyte)), result, country in product(METHODS.items(), RESULTS, COUNTRIES):
        yield (
            "test",
            Test(**_stated(country.code), kind=kind, method=method, analyte=analyte, sampled=_MOMENT, result=result),
        )
    for country in COUNTRIES:
        first, begins, ends = _DAYS
        yield "recovery", Recovery(**_stated(country.code), first_positive=first, valid_from=begins, valid_until=ends)
    for country in COUNTRIES:
        yield "exemption", Exemption(**_stated(country.code), valid_from=_DAYS[0], valid_until=_DAYS[1])


def _stated(country: str) -> dict[str, Any]:
    evidence = Evidence.REGISTRY
    uvci = f"URN:UVCI:01:{country}:{_ID}"
    return {
        "uvci": uvci,
        "disease": COVID_19,
        "country": country,
        "issuer": f"Registry of {country}",
        "evidence": evidence,
    }


def _product(number: int, dose: int) -> dict[str, Any]:
    """A booster counts as one more of a course that is one longer."""
    if number == TRIAL:
        return {"doses": max(2, dose)}
    of = PRODUCTS[number]
    return {
        "product": code_of("mp", of.product),
        "prophylaxis": code_of("vp", of.prophylaxis),
        "manufacturer": code_of("ma", of.manufacturer),
        "doses": max(of.doses, dose),
    }


@cache
def _first(kind: str) -> int:
    return next(number for number, (name, _) in enumerate(_claims()) if name == kind)


@cache
def _parts() -> tuple[pa.Array, ...]:
    """Each template in five parts: before the identifier, and before and behind up to three texts."""
    marks = [msgspec.json.encode(day).decode() for day in _DAYS] + [format_instant(_MOMENT)]
    between = re.compile("|".join(map(re.escape, [_ID, *marks])))
    pieces = [between.split(msgspec.json.encode(claim).decode()) for _, claim in _claims()]
    return tuple(pa.array([(piece + [""] * 3)[place] for piece in pieces]) for place in range(5))


# texts


def _days(ordinals: Ints) -> pa.Array:
    """Days as JSON writes a `PartialDate`, each distinct one once."""
    distinct, places = np.unique(ordinals, return_inverse=True)
    texts = [msgspec.json.encode(PartialDate.of(day)).decode() for day in map(date.fromordinal, distinct.tolist())]
    return pa.array(texts, pa.string()).take(pa.array(places))


def _instants(moments: Ints) -> pa.Array:
    """Instants in UTC to the second."""
    days, seconds = np.divmod(moments, 86_400)
    distinct, places = np.unique(days, return_inverse=True)
    dates = pa.array([date.fromordinal(day + EPOCH).isoformat() + "T" for day in distinct.tolist()], pa.string())
    return pc.binary_join_element_wise(dates.take(pa.array(places)), _clock().take(pa.array(seconds)), "Z", "")


@cache
def _clock() -> pa.Array:
    return pa.array([f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(86_400)])
