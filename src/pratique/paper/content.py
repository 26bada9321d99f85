"""A sheet in words: the labels of the catalogues `texts/paper.*.json` around the values of the certificate.

Values are cleaned here and carry a language of their own, by which their letters are shaped and ordered.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pratique import qr
from pratique.model.certificate import AnyClaim, Exemption, Name, Recovery, Test, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.valueset import Code, display
from pratique.paper.sheet import Scan, Sheet, paper_level
from pratique.texts import catalogue, filled, utc_offset

Line = tuple[str, str]
"""A language, by which letters are shaped and ordered, and the text."""
Words = tuple[str, list[Line]]
"""A line of a table cell: how it is set (strong, plain, small, facts, tiny), and what stands side by side in it."""


_SIDE = (50.0, 60.0)
"""Millimetres, quiet zone included: 50 is preferred, 60 is what the WHO guidance allows at most."""
_MODULE = 0.65
"""Millimetres to a module for which a code grows beyond 50 mm: the size that survives a photocopy of a photocopy."""


# --- words


_JOINERS = "\u200c\u200d"
"""The only invisible letters that a name may need."""


def _clean(value: str) -> str:
    """A value on one line, and without marks that would turn the direction of what follows."""
    line = " ".join(value.split())
    return "".join(letter for letter in line if letter in _JOINERS or unicodedata.category(letter) != "Cf")


def say(language: str, key: str, **values: str) -> str:
    """A sentence of the catalogue of paper."""
    return filled(catalogue("paper", language)[key], language, values)


def _value(text: str) -> Line:
    """A value as it is, with the direction of its own first letter."""
    text = _clean(text)
    direction = next((way for way in map(unicodedata.bidirectional, text) if way in ("L", "R", "AL")), "L")
    return ("en" if direction == "L" else "ar", text)


def _date(language: str, date: PartialDate) -> str:
    known = catalogue("paper", language)
    precision = "date.year" if date.month is None else "date.month" if date.day is None else "date.day"
    months = known["months.alone" if date.day is None else "months"].split()
    return known[precision].format(year=date.year, month=months[(date.month or 1) - 1], day=date.day)


def instant(language: str, moment: datetime) -> str:
    """To the minute, never later than it is, with its clock."""
    return say(language, "instant", date=_date(language, PartialDate.of(moment.date())), time=_time(moment))


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M} {utc_offset(moment)}"


def _lines(sheet: Sheet, write: Callable[[str], str]) -> list[Line]:
    """What `write` says in each language of the sheet, once where two say the same."""
    said = {write(language): language for language in reversed(sheet.languages)}
    return [(language, text) for text, language in reversed(said.items())]


def _label(sheet: Sheet, key: str, **values: str) -> list[Line]:
    return _lines(sheet, lambda language: say(language, key, **values))


def _coded(sheet: Sheet, code: Code) -> list[Line]:
    """A code in words, as on the record; one that no value set names is shown as the code it is."""
    words = display(code)
    return [_value(words)] if words else _label(sheet, "code", code=_clean(code.value))


# --- the page


def content(sheet: Sheet) -> dict[str, Any]:
    """What `certificate.typ` draws, with every word in every language of the sheet.

    Raises `PrintRefused` (PRINT_CODE_TOO_DENSE) for a scan that is too long for paper.
    """
    certificate = sheet.certificate
    until = _lines(sheet, lambda language: _until(language, sheet))
    title = _label(sheet, "title")
    mark = "preview" if sheet.preview else "specimen" if certificate.specimen else None
    return {
        "languages": sheet.languages,
        "mark": say("en", mark) if mark else None,
        "title": title,
        "not_real": _label(sheet, f"{mark}.note") if mark else [],
        "fields": _fields(sheet, until),
        "columns": [_label(sheet, key) for key in ("what", "when", "detail")],
        "notes": {key: _label(sheet, key) for key in ("flat", "check", "passport", "keep", "wrong")},
        "running": [title[0], *_names(certificate.holder.name)[-1:], *_running(sheet)],
        "page": [(language, catalogue("paper", language)["page"]) for language in sheet.languages],
        "sheets": [_code(sheet, number, scan) for number, scan in enumerate(sheet.scans, 1)],
    }


def _until(language: str, sheet: Sheet) -> str:
    return say(language, "endless") if sheet.expires is None else instant(language, sheet.expires)


def _running(sheet: Sheet) -> list[Line]:
    """What ties a further page to the first."""
    return _lines(sheet, lambda language: say(language, "running", until=_until(language, sheet)))


def _fields(sheet: Sheet, until: list[Line]) -> list[dict[str, Any]]:
    holder = sheet.certificate.holder
    born = holder.birth_date
    unknown = _label(sheet, "unknown")
    values: list[tuple[str, str, list[Line]]] = [
        ("name", "name", _names(holder.name) or unknown),
        ("born", "plain", _lines(sheet, lambda language: _date(language, born)) if born else unknown),
        ("document", "plain", _document_lines(sheet) or unknown),
        ("issuer", "plain", [_value(f"{sheet.issuer} ({sheet.country})")]),
        ("issued", "plain", _lines(sheet, lambda language: instant(language, sheet.issued))),
        ("until", "until", until),
    ]
    return [{"label": _label(sheet, key), "kind": kind, "value": lines} for key, kind, lines in values]


def _names(name: Name) -> list[Line]:
    """The name in its own script, then as the machine readable zone has it; both for everybody, never shortened."""
    own = [part for part in (name.family, name.given) if part]
    han = any("CJK" in unicodedata.name(letter, "") for part in own for letter in part)
    latin = [part.replace("<", " ") for part in (name.family_icao, name.given_icao) if part]
    written = dict.fromkeys(("".join(own) if han else " ".join(reversed(own)), ", ".join(latin)))
    return [_value(text) for text in written if text]


def _document_lines(sheet: Sheet) -> list[Line]:
    document = sheet.certificate.holder.document
    if document is None:
        return []
    key = "document.P" if document.kind.startswith("P") else "document.other"
    values = {"kind": document.kind, "tail": f"••••{document.tail}", "country": document.country}
    return _label(sheet, key, **{name: _clean(value) for name, value in values.items()})


def _code(sheet: Sheet, number: int, scan: Scan) -> dict[str, Any]:
    modules, svg = qr.measured_svg(scan.text, level=paper_level(scan.text))
    smallest, largest = _SIDE
    count = len(sheet.scans)
    name = next(iter(_names(sheet.certificate.holder.name)), ("", ""))[1]
    language = sheet.languages[0]
    return {
        "svg": svg,
        "side": min(largest, max(smallest, _MODULE * (modules + 2 * qr.QUIET_ZONE))),
        "alt": say(language, "alt", name=name, until=_until(language, sheet)),
        "part": _label(sheet, "part", number=str(number), count=str(count)) if count > 1 else [],
        "rows": [_row(sheet, claim) for claim in scan.claims],
    }


# --- the table


def _row(sheet: Sheet, claim: AnyClaim) -> list[list[Words]]:
    """The three cells of a claim: what, when, and dose or result with the place and who vouches for it."""
    kind = f"test.{claim.kind.value}" if isinstance(claim, Test) else type(claim).__name__.lower()
    evidence = f"evidence.{'none' if claim.evidence is None else claim.evidence.name.lower()}"
    centre = claim.centre if isinstance(claim, Test) else None
    place = f"{centre}, {claim.country}" if centre else claim.country
    record = say(sheet.languages[0], "record", record=_grouped(claim.record_id))
    one = {each.issuer for each in sheet.certificate.claims} == {sheet.issuer}  # and stands above already
    facts = [_value(text) for text in ((place,) if one else (place, claim.issuer))]
    return [
        [("strong", _label(sheet, kind)), *_subject(sheet, claim)],
        _when(sheet, claim),
        [
            *_outcome(sheet, claim),
            ("facts", [*facts, *_label(sheet, evidence)]),
            ("tiny", [(sheet.languages[0], record)]),
        ],
    ]


def _grouped(identifier: str) -> str:
    return " ".join(identifier[start : start + 4] for start in range(0, len(identifier), 4))


def _subject(sheet: Sheet, claim: AnyClaim) -> list[Words]:
    """The disease, and the product or the test in words; a vaccine without a named product by its kind and maker."""
    facts = _coded(sheet, claim.disease)
    words: list[Words] = [("facts", facts)]
    match claim:
        case Vaccination():
            named = claim.product and display(claim.product)
            facts += _coded(sheet, claim.product) if claim.product else []
            kinds = () if named else (claim.prophylaxis, claim.manufacturer)
            words += [("small", _coded(sheet, code)) for code in kinds if code]
        case Test():
            facts += [_value(claim.analyte)] if claim.analyte else []
            words += [("small", [_value(claim.name)])] if claim.name else []
            words += [("small", _coded(sheet, claim.device))] if claim.device else []
        case Recovery() | Exemption():
            pass
    return words


def _when(sheet: Sheet, claim: AnyClaim) -> list[Words]:
    match claim:
        case Vaccination():
            return [("plain", _dates(sheet, claim.date))]
        case Test():
            day = PartialDate.of(claim.sampled.date())
            lines = dict(_dates(sheet, day))
            if not claim.day_only:
                lines["en"] = instant("en", claim.sampled)  # the time once: digits are for all
            return [("small", _label(sheet, "sampled")), ("plain", list(lines.items()))]
        case Recovery():
            return [("small", _label(sheet, "first_positive")), ("plain", _dates(sheet, claim.first_positive))]
        case Exemption():
            return [("plain", _period(sheet, claim))]


def _dates(sheet: Sheet, date: PartialDate) -> list[Line]:
    return _lines(sheet, lambda language: _date(language, date))


def _period(sheet: Sheet, claim: Recovery | Exemption) -> list[Line]:
    def written(language: str) -> str:
        start, end = _date(language, claim.valid_from), _date(language, claim.valid_until)
        return say(language, "period", start=start, end=end)

    return _lines(sheet, written)


def _outcome(sheet: Sheet, claim: AnyClaim) -> list[Words]:
    match claim:
        case Vaccination(dose=None):
            lines = _label(sheet, "dose.unknown")
        case Vaccination(doses=None):
            lines = _label(sheet, "dose.number", dose=str(claim.dose))
        case Vaccination():
            lines = _label(sheet, "dose", dose=str(claim.dose), doses=str(claim.doses))
        case Test(detected=None):
            lines = _label(sheet, "result.other", code=_clean(claim.result.value))
        case Test():
            lines = _label(sheet, "result.detected" if claim.detected else "result.not_detected")
        case Recovery():
            return [("plain", _period(sheet, claim))]
        case Exemption():
            return []
    return [("strong", lines)]
