"""The machine readable zone of travel documents: ICAO Doc 9303-3, -4 (TD3), -5 (TD1) and -6 (TD2), eighth edition.

    TD3  P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<      2 lines of 44: passports
         L898902C36UTO7408122F1204159ZE184226B<<<<<10
    TD2  2 lines of 36, TD1  3 lines of 30: cards and other travel documents

Text is read as typed, scanned or sent by a chip reader; letters that optical reading confuses are not guessed here.
"""

import calendar
import re

from msgspec import Struct, structs

from pratique.model.countries import is_mrz_code
from pratique.model.errors import MalformedDocument
from pratique.model.reasons import Reason

NAME_WIDTH = {"TD1": 30, "TD2": 31, "TD3": 39}
"""Characters of the name field (9303-5, -6 and -4, section 4.2.2)."""

_SHAPES = {(3, 30): "TD1", (2, 36): "TD2", (2, 44): "TD3"}
_RUNS = {count * size: size for count, size in _SHAPES}
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_PRIMARY = {"TD1": "ACI", "TD2": "ACI", "TD3": "P"}
_PAIRS = re.compile(r"(\d\d|<<)(\d\d|<<)(\d\d|<<)", re.ASCII)


class MachineReadableZone(Struct, frozen=True):
    """What a machine readable zone says, fillers at the ends of fields removed.

    `birth_date` and `expiry` are six characters YYMMDD; `<` stands for each unknown character of a birth date, and
    the zone states no century. `sex` is `M`, `F` or `X` (unspecified, `<` in the zone).
    """

    layout: str
    """`TD1`, `TD2` or `TD3`."""
    kind: str
    """The document code, such as `P`, `PM` or `ID`."""
    country: str
    """The issuing state or organisation as the zone writes it: `UTO`, `D`."""
    family_icao: str
    """The primary identifier, `<` between words; the whole name of a person with one name."""
    given_icao: str
    """The secondary identifier; empty for a person with one name."""
    name_truncated: bool
    """Whether the name field ends in a letter: the name may then be longer than what is shown (9303-4, 4.2.3)."""
    number: str
    nationality: str
    birth_date: str
    sex: str
    expiry: str
    optional: str = ""
    """TD3: personal number (14 characters); TD2: 7; TD1: 15, of the first line. A long number's tail is removed."""
    optional2: str = ""
    """TD1 alone: 11 characters of the second line."""


def check_digit(text: str) -> str:
    """The check digit of 9303-3, 4.9: weights 7, 3, 1 repeating, modulo 10, `<` counting as zero.

    Raises `ValueError` for a character outside A-Z, 0-9 and `<`.
    """
    if not _VALUES.keys() >= set(text):
        raise ValueError("a machine readable zone holds only A-Z, 0-9 and <")
    return str(sum(_VALUES[character] * (7, 3, 1)[place % 3] for place, character in enumerate(text)) % 10)


def parse(text: str) -> MachineReadableZone:
    """Read a zone of two or three lines, or of one run of 72, 88 or 90 characters.

    Surrounding spaces, blank lines and lower case are tolerated. Raises `MalformedDocument` with one reason for each
    kind of field that is wrong, all of them at once; only a wrong shape is reported alone.
    """
    layout, lines = _shape(text)
    raw = _split(layout, lines)
    places = _faults(raw, layout, lines)
    if places:
        reasons = tuple(dict.fromkeys(reason for reason, _ in places))
        raise MalformedDocument(*reasons, detail=", ".join(place for _, place in places))
    number, optional = _number(raw)
    family, _, given = raw["name"].partition("<<")
    return MachineReadableZone(
        layout=layout,
        kind=raw["kind"].rstrip("<"),
        country=raw["country"].rstrip("<"),
        family_icao=family.rstrip("<"),
        # one filler separates words; a few issuers write more, which says nothing else
        given_icao="<".join(word for word in given.split("<") if word),
        name_truncated=raw["name"][-1] != "<",
        number=number,
        nationality=raw["nationality"].rstrip("<"),
        birth_date=raw["birth"],
        sex=raw["sex"].replace("<", "X"),
        expiry=raw["expiry"],
        optional=optional,
        optional2=raw.get("optional2", "").rstrip("<"),
    )


def write(mrz: MachineReadableZone) -> str:
    """The zone of a document: its lines joined by a line feed, with check digits, the name cut if it must be.

    Raises `MalformedDocument` for a value that does not fit its field, as `parse` of the same zone would.
    """
    if mrz.layout not in NAME_WIDTH or not mrz.family_icao:
        wrong = Reason.MRZ_NAME if mrz.layout in NAME_WIDTH else Reason.MRZ_FORMAT
        raise MalformedDocument(wrong, detail="a zone needs a known layout and a primary identifier")
    text = "\n".join(_lines(mrz))
    read = parse(text)
    # a cut name differs; otherwise fields too long by as much as others are too short land in each other's places
    cut = len(mrz.family_icao) + len(mrz.given_icao) + 2 * bool(mrz.given_icao) > NAME_WIDTH[mrz.layout]
    names = (mrz.family_icao, mrz.given_icao) if cut else (read.family_icao, read.given_icao)
    shown = structs.replace(read, family_icao=names[0], given_icao=names[1], name_truncated=mrz.name_truncated)
    if shown != mrz:
        raise MalformedDocument(Reason.MRZ_FORMAT, detail="a value does not fit its field")
    return text


def name_field(family: str, given: str, width: int) -> str:
    """The name field of `width` characters for names in their ICAO form (9303-4, 4.2.3).

    A name that does not fit is cut at the end, the primary identifier only as far as one letter of the secondary one
    needs; the last character of a cut name is a letter, for which an earlier word gives up its last one.
    """
    if not given:
        return _cut(family, width).ljust(width, "<")
    whole = f"{family}<<{given}"
    if len(family) + 3 > width:
        whole = f"{_cut(family, width - 3)}<<{given[0]}"
    return _cut(whole, width).ljust(width, "<")


def _cut(name: str, width: int) -> str:
    shown = name[:width]
    while len(name) > width and shown.endswith("<"):
        ends = [match.end() for match in re.finditer(r"[A-Z]{2,}", shown)]
        if not ends:
            return shown.rstrip("<")
        name = name[: ends[-1] - 1] + name[ends[-1] :]
        shown = name[:width]
    return shown


def _shape(text: str) -> tuple[str, list[str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) in _RUNS:
        size = _RUNS[len(lines[0])]
        lines = [lines[0][start : start + size] for start in range(0, len(lines[0]), size)]
    shapes = {(len(lines), len(line)) for line in lines}
    layout = _SHAPES.get(next(iter(shapes))) if len(shapes) == 1 else None
    if layout is None:
        raise MalformedDocument(Reason.MRZ_FORMAT, detail="neither 2 lines of 44 or 36 characters, nor 3 of 30")
    # upper() may change the length of a letter that cannot stand here anyway
    return layout, [line.upper() if line.isascii() else line for line in lines]


def _split(layout: str, lines: list[str]) -> dict[str, str]:
    """The fields by name, check digits among them, and `composite_over`, which the last digit covers."""
    first, second = lines[0], lines[1]
    raw = {"kind": first[:2], "country": first[2:5]}
    if layout == "TD1":
        return raw | {
            "number": first[5:14],
            "number_check": first[14],
            "optional": first[15:30],
            "birth": second[:6],
            "birth_check": second[6],
            "sex": second[7],
            "expiry": second[8:14],
            "expiry_check": second[14],
            "nationality": second[15:18],
            "optional2": second[18:29],
            "composite": second[29],
            "composite_over": first[5:30] + second[:7] + second[8:15] + second[18:29],
            "name": lines[2],
        }
    return raw | {
        "name": first[5:],
        "number": second[:9],
        "number_check": second[9],
        "nationality": second[10:13],
        "birth": second[13:19],
        "birth_check": second[19],
        "sex": second[20],
        "expiry": second[21:27],
        "expiry_check": second[27],
        "optional": second[28:42] if layout == "TD3" else second[28:35],
        **({"optional_check": second[42]} if layout == "TD3" else {}),
        "composite": second[-1],
        "composite_over": second[:10] + second[13:20] + second[21:-1],
    }


def _faults(raw: dict[str, str], layout: str, lines: list[str]) -> list[tuple[Reason, str]]:
    number, check = raw["number"], raw["number_check"]
    if _is_long(raw):
        tail = raw["optional"].partition("<")[0]
        number, check = number + tail[:-1], tail[-1:]
    # an empty personal number may have a filler for its check digit (9303-4, 4.2.2.2)
    optional_held = layout != "TD3" or (not raw["optional"].strip("<") and raw["optional_check"] == "<")
    judged = [
        (not _VALUES.keys() >= set("".join(lines)), Reason.MRZ_CHARACTER, "characters"),
        (re.fullmatch("[A-Z][A-Z0-9<]", raw["kind"]) is None, Reason.MRZ_FORMAT, "document code"),
        (raw["kind"][0] not in _PRIMARY[layout], Reason.MRZ_FORMAT, "document code for this size"),
        (not is_mrz_code(raw["country"].rstrip("<")), Reason.MRZ_COUNTRY, "issuing state"),
        (re.fullmatch("[A-Z]+(<[A-Z]+)*(<<[A-Z<]*|<)?", raw["name"]) is None, Reason.MRZ_NAME, "name"),
        (not number.strip("<"), Reason.MRZ_NUMBER_CHECK, "document number"),
        (not _holds(number, check), Reason.MRZ_NUMBER_CHECK, "check digit of the document number"),
        (not is_mrz_code(raw["nationality"].rstrip("<")), Reason.MRZ_COUNTRY, "nationality"),
        (not _is_date(raw["birth"]), Reason.MRZ_BIRTH_DATE, "date of birth"),
        (not _holds(raw["birth"], raw["birth_check"]), Reason.MRZ_BIRTH_DATE_CHECK, "check digit of the date of birth"),
        (raw["sex"] not in "MF<", Reason.MRZ_SEX, "sex"),
        ("<" in raw["expiry"] or not _is_date(raw["expiry"]), Reason.MRZ_EXPIRY, "date of expiry"),
        (not _holds(raw["expiry"], raw["expiry_check"]), Reason.MRZ_EXPIRY_CHECK, "check digit of the date of expiry"),
        (
            not optional_held and not _holds(raw["optional"], raw["optional_check"]),
            Reason.MRZ_OPTIONAL_CHECK,
            "check digit of the personal number",
        ),
        (not _holds(raw["composite_over"], raw["composite"]), Reason.MRZ_COMPOSITE_CHECK, "composite check digit"),
    ]
    return [(reason, place) for wrong, reason, place in judged if wrong]


def _holds(text: str, digit: str) -> bool:
    return _VALUES.keys() >= set(text) and check_digit(text) == digit


def _is_date(text: str) -> bool:
    """Whether YYMMDD is a day that some century has; `<<` stands for any year, month or day."""
    match = _PAIRS.fullmatch(text)
    if match is None:
        return False
    year, month, day = match.groups()
    months = range(1, 13) if month == "<<" else [int(month)]
    # a leap year for an unknown one, and 2000 rather than 1900 for 00
    leap = 2000 if year == "<<" else 2000 + int(year)
    longest = max((calendar.monthrange(leap, number)[1] for number in months if 1 <= number <= 12), default=0)
    return longest > 0 and (day == "<<" or 1 <= int(day) <= longest)


def _is_long(raw: dict[str, str]) -> bool:
    """Whether the document number goes on in the optional data (9303-5 and -6, 4.2.2, note on long numbers)."""
    return "optional_check" not in raw and raw["number_check"] == "<" and raw["number"][-1] != "<"


def _number(raw: dict[str, str]) -> tuple[str, str]:
    if not _is_long(raw):
        return raw["number"].rstrip("<"), raw["optional"].rstrip("<")
    tail, _, rest = raw["optional"].partition("<")
    return raw["number"] + tail[:-1], rest.rstrip("<")


def _lines(mrz: MachineReadableZone) -> list[str]:
    name = name_field(mrz.family_icao, mrz.given_icao, NAME_WIDTH[mrz.layout])
    number, optional = mrz.number, mrz.optional
    if len(number) > 9 and mrz.layout != "TD3":
        numbered = f"{number[:9]}<"
        tail = f"{number[9:]}{_digit(number)}"
        optional = f"{tail}<{optional}"
    else:
        numbered = _checked(number.ljust(9, "<"))
    head = mrz.kind.ljust(2, "<") + mrz.country.ljust(3, "<")
    born, expires = _checked(mrz.birth_date), _checked(mrz.expiry)
    sex = "<" if mrz.sex == "X" else mrz.sex
    nationality = mrz.nationality.ljust(3, "<")
    if mrz.layout == "TD1":
        optional, optional2 = optional.ljust(15, "<"), mrz.optional2.ljust(11, "<")
        composite = _digit(numbered + optional + born + expires + optional2)
        return [head + numbered + optional, born + sex + expires + nationality + optional2 + composite, name]
    optional = _checked(optional.ljust(14, "<")) if mrz.layout == "TD3" else optional.ljust(7, "<")
    composite = _digit(numbered + born + expires + optional)
    return [head + name, numbered + nationality + born + sex + expires + optional + composite]


def _checked(text: str) -> str:
    return text + _digit(text)


def _digit(text: str) -> str:
    # a character without a value is reported by `parse` of the finished zone, with its place
    return check_digit(text) if _VALUES.keys() >= set(text) else "<"
