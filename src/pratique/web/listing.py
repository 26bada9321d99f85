"""A carrier's list before departure, a passenger a line: what they showed, and the passport that they travel on.

    HC1:…                                      a scan alone: whose it is stays to be compared
    HC1:… ⇥ P<UTO…<<…/L898902C…                a scan, a tab or blanks, the passport's lines with a slash between them

Nobody is named in what comes back: a passenger is the number of a line.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from pratique.admission.verdict import consequence_saying
from pratique.answering import Answer
from pratique.answering.boarding import Checked, Passenger, Result, checked, counts
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.model.mrz import MachineReadableZone
from pratique.texts.saying import say as said
from pratique.web.fields import Fault, Form
from pratique.web.gate import Gate, Question, question, ready
from pratique.web.rendering import Sheet
from pratique.web.words import Words, words

MOST = 1_000
"""Lines: more than the largest aeroplane carries."""
_ZONE = re.compile(r"\s+(?=[A-Z][A-Z<][A-Z<]{3}[^\s]*<[^\s]*$)")
"""Blanks before the lines of a document: no scan of text has their fillers in it."""
_SHAPES = {Result.OK: "yes", Result.NOK: "no", Result.CHECK: "check"}


class Listed(Struct, frozen=True):
    """A list as it was read, and what its passengers have in common."""

    passengers: tuple[Passenger, ...]
    asked: Question


class Row(Struct, frozen=True):
    """One line of the table."""

    line: str
    shape: str
    result: str
    consequence: str
    because: tuple[str, ...]


def passengers(text: str) -> tuple[Passenger, ...]:
    """Those of a list, by the numbers of their lines; a passport that cannot be read is one that a person looks at."""
    found = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return tuple(_passenger(number, line) for number, line in found)


def _passenger(number: int, line: str) -> Passenger:
    scan, tab, zone = line.partition("\t")
    if not tab:
        scan, *rest = _ZONE.split(line, maxsplit=1)
        zone = rest[0] if rest else ""
    return Passenger(str(number), (scan.strip(),), _document(zone.strip()))


def _document(zone: str) -> MachineReadableZone | None:
    try:
        return mrz.parse(zone.replace("/", "\n").replace("\t", "\n")) if zone else None
    except MalformedDocument:
        return None


def waiting(at: Gate, form: Form, language: str, faults: Sequence[Fault] = ()) -> Sheet:
    """The page that waits for a list."""
    values = ready(at, form, language, faults=faults).values
    kept = {name: values[name] for name in ("settings", "places", "chosen", "faults", "clock", "held")}
    return Sheet(template="border/list.html", values={**kept, "rows": (), "counts": "", "most": MOST})


def listed(at: Gate, form: Form, language: str) -> Listed | Sheet:
    """A list and the question about it, or the page where there is none, or too many are on it."""
    found = passengers(form["list"])
    say = words(language)
    if not 0 < len(found) <= MOST:
        return waiting(at, form, language, [Fault("list", say("listing.none" if not found else "listing.long"))])
    journey = Form({**{name: [form[name]] for name in ("place", "arrive")}, "scan": ["every one"]}, {})
    asked = question(at, journey, language)
    if isinstance(asked, Sheet):
        return waiting(at, form, language, asked.values["faults"])
    return Listed(found, asked)


def table(at: Gate, form: Form, language: str, listing: Listed, answers: Sequence[Answer]) -> Sheet:
    """One word for each line, and what follows; `answers` are in the order of the list."""
    say = words(language)
    made = [checked(*each) for each in zip(listing.passengers, answers, strict=True)]
    number = {result: str(count) for result, count in counts(made).items()}
    summary = say("listing.counts", ok=number[Result.OK], nok=number[Result.NOK], check=number[Result.CHECK])
    sheet = waiting(at, form, language)
    return Sheet(
        template=sheet.template, values={**sheet.values, "rows": [_row(each, say) for each in made], "counts": summary}
    )


def _row(each: Checked, say: Words) -> Row:
    follows = said(consequence_saying(each.consequence), say.language) if each.consequence is not None else ""
    because = () if each.result is Result.OK else tuple(say.why(reason).what for reason in each.reasons)
    return Row(each.reference, _SHAPES[each.result], each.result.value, follows, because)
