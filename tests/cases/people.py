"""Authentic scans beside a travel document: is it this person?"""

from collections.abc import Iterator

from pratique.model import mrz
from pratique.model.reasons import Reason
from tests import wire
from tests.cases.known import SIGNER, Case, Vector
from tests.cases.scans import authentic, plain, scan_case


def zone(family: str, given: str, born: str, number: str = "L898902C3", **changes: object) -> str:
    """A passport of Utopia."""
    told = {
        "layout": "TD3",
        "kind": "P",
        "country": "UTO",
        "family_icao": family,
        "given_icao": given,
        "name_truncated": False,
        "number": number,
        "nationality": "UTO",
        "birth_date": born,
        "sex": "F",
        "expiry": "280415",
    }
    return mrz.write(mrz.MachineReadableZone(**told | changes))  # type: ignore[arg-type]


def person(
    match: str, *reasons: Reason, name: str = "exact", birth_date: str = "exact", document: str = "not_stated"
) -> Vector:
    return {"match": match, "name": name, "birth_date": birth_date, "document": document, "reasons": list(reasons)}


def exact() -> Vector:
    return person("exact", document="exact")


GIVEN = "GABRIELE"
FAMILY = "MUSTERFRAU<GOESSINGER"
BORN = "980226"
PASSPORT = zone(FAMILY, GIVEN, BORN)
NO_PAPERS = Reason.DOCUMENT_NOT_STATED


def cases() -> Iterator[Case]:
    section, rule = "ICAO 9303-3 section 6", "docs/names.md"
    latin = {"fn": "Musterfrau-Gößinger", "fnt": FAMILY, "gn": "Gabriele", "gnt": GIVEN}
    long = {
        "fn": "Wolfeschlegelsteinhausenbergerdorff",
        "fnt": "WOLFESCHLEGELSTEINHAUSENBERGERDORFF",
        "gn": "Gabriele Maria",
        "gnt": "GABRIELE<MARIA",
    }
    other = {"name": "different"}
    alike = {"name": "equivalent"}
    for case, description, source, content, document, expected in (
        ("same", "The same person; a DCC states no document", rule, {}, PASSPORT, person("exact", NO_PAPERS)),
        (
            "name-different",
            "Another first name, as a sister has",
            rule,
            {},
            zone(FAMILY, "ADELHEID", BORN),
            person("different", Reason.NAME_DIFFERENT, NO_PAPERS, **other),
        ),
        (
            "name-in-chinese-alone",
            "The certificate spells no name in Latin letters",
            rule,
            {"nam": {"fn": "王", "gn": "小明"}},
            zone("WANG", "XIAOMING", BORN),
            person("not_stated", Reason.NAME_NOT_STATED, NO_PAPERS, name="not_stated"),
        ),
        (
            "umlaut-spelled-otherwise",
            "Ö as O, as some passports have it",
            section,
            {},
            zone("MUSTERFRAU<GOSSINGER", GIVEN, BORN),
            person("equivalent", Reason.NAME_TRANSLITERATION, NO_PAPERS, **alike),
        ),
        (
            "pinyin-umlaut-spelled-otherwise",
            "Passports wrote the ü of 吕 as LU before 2012, and write it as LYU since",
            rule,
            {"nam": {"fn": "吕", "fnt": "LYU", "gn": "秀英", "gnt": "XIUYING"}},
            zone("LU", "XIUYING", BORN),
            person("equivalent", Reason.NAME_TRANSLITERATION, NO_PAPERS, **alike),
        ),
        (
            "pinyin-without-umlaut",
            "路 has no ü, so that LYU is another surname",
            rule,
            {"nam": {"fn": "路", "fnt": "LU", "gn": "秀英", "gnt": "XIUYING"}},
            zone("LYU", "XIUYING", BORN),
            person("different", Reason.NAME_DIFFERENT, NO_PAPERS, **other),
        ),
        (
            "name-cut-in-the-passport",
            "A name too long for its field",
            "ICAO 9303-4 section 4.2.3",
            {"nam": long},
            zone(long["fnt"], long["gnt"], BORN, name_truncated=True),
            person("equivalent", Reason.NAME_TRUNCATED, NO_PAPERS, **alike),
        ),
        (
            "names-in-the-other-order",
            "Family and given name are exchanged",
            rule,
            {},
            zone(GIVEN, FAMILY, BORN),
            person("equivalent", Reason.NAME_ORDER, NO_PAPERS, **alike),
        ),
        (
            "second-given-name-left-out",
            "The passport has one given name more",
            rule,
            {},
            zone(FAMILY, "GABRIELE<MARIA", BORN),
            person("equivalent", Reason.NAME_PART_MISSING, NO_PAPERS, **alike),
        ),
        (
            "family-name-alone",
            "The certificate has the family name alone, which a sister has too",
            rule,
            {"nam": {"fn": latin["fn"], "fnt": FAMILY}},
            PASSPORT,
            person("not_stated", Reason.NAME_PART_MISSING, NO_PAPERS, name="not_stated"),
        ),
        (
            "birth-date-different",
            "Another day",
            rule,
            {},
            zone(FAMILY, GIVEN, "980227"),
            person("different", Reason.BIRTH_DATE_DIFFERENT, NO_PAPERS, birth_date="different"),
        ),
        (
            "birth-date-partial",
            "The certificate states the year alone",
            rule,
            {"dob": "1998"},
            PASSPORT,
            person("equivalent", Reason.BIRTH_DATE_PARTIAL, NO_PAPERS, birth_date="equivalent"),
        ),
        (
            "birth-date-not-stated",
            "The certificate states none",
            rule,
            {"dob": ""},
            PASSPORT,
            person("equivalent", Reason.BIRTH_DATE_NOT_STATED, NO_PAPERS, birth_date="not_stated"),
        ),
    ):
        yield scan_case(
            f"person-{case}",
            description,
            source,
            wire.hcert(SIGNER, wire.dcc(**content)),
            authentic(plain(**content), person=expected),
            document=document,
        )
