"""Machine readable zones: what they say, and what is wrong with them. The specimens are those of ICAO 9303."""

from collections.abc import Iterator

from pratique.model.mrz import check_digit
from tests.cases.known import Case, Vector

TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
ANNA: Vector = {
    "kind": "P",
    "country": "UTO",
    "family_icao": "ERIKSSON",
    "given_icao": "ANNA<MARIA",
    "name_truncated": False,
    "nationality": "UTO",
    "birth_date": "740812",
    "sex": "F",
    "expiry": "120415",
}


def changed(line: int, column: int, text: str) -> tuple[str, ...]:
    """The passport with characters replaced, and no check digit mended."""
    lines = list(TD3)
    lines[line] = lines[line][:column] + text + lines[line][column + len(text) :]
    return tuple(lines)


def mended(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The passport with the check digits of its dates, and the last one, made right."""
    line = lines[1]
    line = line[:19] + check_digit(line[13:19]) + line[20:27] + check_digit(line[21:27]) + line[28:43]
    return lines[0], line + check_digit(line[:10] + line[13:20] + line[21:43])


def mrz_case(name: str, description: str, source: str, lines: tuple[str, ...], **expected: object) -> Case:
    return f"mrz/{name}.json", {
        "description": description,
        "source": source,
        "text": "\n".join(lines),
        "expected": expected,
    }


def cases() -> Iterator[Case]:
    passport, card = (
        "ICAO 9303-4, appendix B",
        ANNA | {"kind": "I", "number": "D23145890", "optional": "", "optional2": ""},
    )
    td3 = ANNA | {"layout": "TD3", "number": "L898902C3", "optional": "ZE184226B", "optional2": ""}
    yield mrz_case("passport", "The specimen of a passport", passport, TD3, fields=td3)
    yield mrz_case("passport-in-one-run", "The same without its line end", passport, ("".join(TD3),), fields=td3)
    yield mrz_case(
        "passport-in-lower-case", "The same in lower case", passport, tuple(line.lower() for line in TD3), fields=td3
    )
    yield mrz_case(
        "card-td2", "The specimen of a TD2 card", "ICAO 9303-6, appendix B", TD2, fields=card | {"layout": "TD2"}
    )
    yield mrz_case(
        "card-td1", "The specimen of a TD1 card", "ICAO 9303-5, appendix B", TD1, fields=card | {"layout": "TD1"}
    )
    digits, names = "ICAO 9303-3 section 4.9", "ICAO 9303-3 section 4.6"
    for name, description, source, lines, reasons in (
        ("one-line-missing", "The first line alone", passport, TD3[:1], ["MRZ_FORMAT"]),
        ("one-character-missing", "A line of 43", passport, (TD3[0], TD3[1][:-1]), ["MRZ_FORMAT"]),
        (
            "umlaut",
            "Ö, which a zone never has",
            "ICAO 9303-3 section 4.3",
            changed(0, 5, "Ö"),
            ["MRZ_CHARACTER", "MRZ_NAME"],
        ),
        ("issuing-state-unknown", "QQQ is nobody's code", "ICAO 9303-3 part 5", changed(0, 2, "QQQ"), ["MRZ_COUNTRY"]),
        ("name-empty", "Fillers where the name stands", names, changed(0, 5, "<" * 39), ["MRZ_NAME"]),
        ("name-with-a-digit", "ER1KSSON", names, changed(0, 7, "1"), ["MRZ_NAME"]),
        (
            "number-misread",
            "8 read as B in the number",
            digits,
            changed(1, 1, "B"),
            ["MRZ_NUMBER_CHECK", "MRZ_COMPOSITE_CHECK"],
        ),
        (
            "birth-date-misread",
            "The last digit of the birth date is another one",
            digits,
            changed(1, 18, "3"),
            ["MRZ_BIRTH_DATE_CHECK", "MRZ_COMPOSITE_CHECK"],
        ),
        (
            "born-in-month-13",
            "741312, with its check digits right",
            "ICAO 9303-3 section 4.8",
            mended(changed(1, 13, "741312")),
            ["MRZ_BIRTH_DATE"],
        ),
        ("sex-unknown-letter", "Q", passport, changed(1, 20, "Q"), ["MRZ_SEX"]),
        (
            "expiry-misread",
            "The last digit of the expiry is another one",
            digits,
            changed(1, 26, "6"),
            ["MRZ_EXPIRY_CHECK", "MRZ_COMPOSITE_CHECK"],
        ),
        (
            "expires-on-31-april",
            "120431, with its check digits right",
            "ICAO 9303-3 section 4.8",
            mended(changed(1, 21, "120431")),
            ["MRZ_EXPIRY"],
        ),
        (
            "personal-number-misread",
            "The last digit of the personal number is another one",
            digits,
            changed(1, 35, "7"),
            ["MRZ_OPTIONAL_CHECK", "MRZ_COMPOSITE_CHECK"],
        ),
        (
            "last-digit-misread",
            "The composite digit is another one",
            digits,
            changed(1, 43, "1"),
            ["MRZ_COMPOSITE_CHECK"],
        ),
    ):
        yield mrz_case(name, description, source, lines, reasons=reasons)
