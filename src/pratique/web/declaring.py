"""The form of a declaration: what was typed as what is said, or what is wrong with which field."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from pratique.authority.records.national import SYMPTOMS
from pratique.authority.status.declaring import Told, Trip
from pratique.authority.store.status import Said
from pratique.model.errors import MalformedRecord
from pratique.web.forms import Fault, Form
from pratique.web.words import Words

SYMPTOM_ORDER = tuple(sorted(SYMPTOMS))
OTHER = "other"
"""A symptom of no list: that there is one is said, and not which."""
TRIPS = 3
"""Rows of the form; whoever was in more places declares again."""


class Typed(Struct, frozen=True):
    """What is in the form: texts as they were typed."""

    temperature: str = ""
    symptoms: tuple[str, ...] = ()
    trips: tuple[Mapping[str, str], ...] = ()


class Read(Struct, frozen=True):
    """What is said, or None and the faults."""

    told: Told | None
    typed: Typed
    faults: tuple[Fault, ...] = ()


_PARTS = ("country", "division", "first", "last")


def read(form: Form, say: Words) -> Read:
    """The form as a declaration. A row of trips in which nothing was typed is none."""
    rows = [{part: form[f"{part}-{number}"] for part in _PARTS} for number in range(1, TRIPS + 1)]
    typed = Typed(form["temperature"], tuple(form.all("symptoms")), tuple(rows))
    faults: list[Fault] = []
    temperature = _temperature(typed.temperature, say, faults)
    trips = [_trip(row, number, say, faults) for number, row in enumerate(rows, 1) if any(row.values())]
    if faults:
        return Read(None, typed, tuple(faults))
    return Read(Told(temperature, typed.symptoms, tuple(trip for trip in trips if trip is not None)), typed)


def refused(found: Read, fault: MalformedRecord, say: Words) -> Read:
    """The same with what the authority says of a field."""
    place = fault.detail.partition("[")[0]
    number = fault.detail.partition("[")[2].partition("]")[0]
    field = "temperature" if place == "temperature" else f"{fault.detail.rpartition('.')[2]}-{int(number or 0) + 1}"
    key = "declare.temperature.wrong" if place == "temperature" else "declare.trip.wrong"
    return Read(None, found.typed, (Fault(field, say(key)),))


def again(kept: Said) -> Typed:
    """The form filled in with what was said before; trips are said anew."""
    warm = "" if kept.temperature is None else f"{kept.temperature / 10:.1f}"
    symptoms = tuple(OTHER if each == "unlisted" else each for each in kept.symptoms.split())
    return Typed(warm, symptoms)


def _temperature(text: str, say: Words, faults: list[Fault]) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", ".").removesuffix("°C").strip())
    except ValueError:
        faults.append(Fault("temperature", say("declare.temperature.wrong")))
        return None


def _trip(row: Mapping[str, str], number: int, say: Words, faults: list[Fault]) -> Trip | None:
    try:
        first = date.fromisoformat(row["first"])
        last = date.fromisoformat(row["last"]) if row["last"] else first
    except ValueError:
        faults.append(Fault(f"first-{number}", say("declare.trip.wrong")))
        return None
    return Trip(row["country"].upper(), first, last, row["division"] or None)


def rows(typed: Typed) -> Sequence[Mapping[str, str]]:
    """As many rows of trips as the form has."""
    empty = dict.fromkeys(_PARTS, "")
    return [*typed.trips, *[empty] * TRIPS][:TRIPS]
