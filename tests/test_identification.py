"""This person? Each leniency, and where it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pratique.identification import Identity, Match, identify
from pratique.model.certificate import Certificate, Name, Person, TravelDocument
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone, parse, write
from pratique.model.names import name
from pratique.model.reasons import Reason

EXACT, EQUIVALENT, DIFFERENT, NOT_STATED = Match.EXACT, Match.EQUIVALENT, Match.DIFFERENT, Match.NOT_STATED
PASSPORT = parse("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")
BORN = PartialDate(1974, 8, 12)
ANNA = Name("Eriksson", "Anna Maria", "ERIKSSON", "ANNA<MARIA")
SALT = b"saltsalt"


def certificate(holder: Name, born: PartialDate | None = BORN, document: TravelDocument | None = None) -> Certificate:
    return Certificate(Person(holder, born, document), ())


def passport(family: str, given_names: str, layout: str = "TD3", born: str = "740812") -> MachineReadableZone:
    """The zone that an office would print, read back, so that a long name is cut as it would be."""
    kind = "P" if layout == "TD3" else "I"
    changes = {"layout": layout, "kind": kind, "family_icao": family, "given_icao": given_names, "birth_date": born}
    return parse(write(replace(PASSPORT, **changes, optional="")))


def icao(family: str | None, given_names: str | None) -> Name:
    return Name(family_icao=family, given_icao=given_names)


def judged(holder: Name, zone: MachineReadableZone) -> tuple[Match, tuple[Reason, ...]]:
    identity = identify(certificate(holder), zone)
    assert identity.reasons[-1] is Reason.DOCUMENT_NOT_STATED
    return identity.name, identity.reasons[:-1]


# another person


@pytest.mark.parametrize(
    "other",
    [
        icao("ERIKSSON", "MARIA"),  # a sister, and the middle name is not a first name
        icao("ERIKSSON", "ANNA<LUISA"),
        icao("ERIKSSON", "ANNE<MARIA"),
        icao("ERIKSSON", "MARIA<ANNA"),  # twins are named so
        icao("ERIKSSON", "A<MARIA"),
        icao("ERIKSON", "ANNA<MARIA"),
        icao("E", "ANNA<MARIA"),
        icao("BERG", "ANNA<MARIA"),
        icao("BERG", None),
        icao(None, "LUISA"),
        icao("LUISA<ERIKSSON", None),
    ],
)
def test_another_name_is_another_person(other: Name) -> None:
    assert judged(other, PASSPORT) == (DIFFERENT, (Reason.NAME_DIFFERENT,))
    assert identify(certificate(other), PASSPORT).match is DIFFERENT


def test_twins_whose_pinyin_differs_by_what_looks_like_an_umlaut_are_two_people() -> None:
    twin = Name("王", "旭", "WANG", "XU")
    assert judged(twin, passport("WANG", "XUE"))[0] is DIFFERENT
    assert judged(twin, passport("WANG", "XU"))[0] is EXACT


@pytest.mark.parametrize(
    ("holder", "shown"),
    [
        (Name("路", "明", "LU", "MING"), "LYU"),  # another surname than 吕, as its character says
        (icao("LU", "MING"), "LYU"),
        (icao("LYU", "MING"), "LU"),
        (Name("建", "宇", "JIANYU", "MING"), "JIANU"),
        (Name("吕", "明", "LYU", "MING"), "LI"),
        (Name("Lübke", "Ming", "LUEBKE", "MING"), "LYUBKE"),
    ],
)
def test_no_umlaut_is_assumed_of_pinyin_either(holder: Name, shown: str) -> None:
    assert judged(holder, passport(shown, "MING")) == (DIFFERENT, (Reason.NAME_DIFFERENT,))


def test_another_birth_date_or_document_is_another_person() -> None:
    sister = identify(certificate(ANNA, PartialDate(1976, 8, 12)), PASSPORT)
    assert (sister.birth_date, sister.match) == (DIFFERENT, DIFFERENT)
    assert Reason.BIRTH_DATE_DIFFERENT in sister.reasons
    for country, number in (("UTO", "L898902C4"), ("D", "L898902C3")):
        document = TravelDocument.conceal("P", country, number, salt=SALT)
        other = identify(certificate(ANNA, document=document), PASSPORT)
        assert (other.name, other.birth_date, other.document) == (EXACT, EXACT, DIFFERENT)
        assert (other.match, other.reasons) == (DIFFERENT, (Reason.DOCUMENT_DIFFERENT,))


# the same person, letter for letter


def test_the_same_document_has_nothing_to_explain() -> None:
    document = TravelDocument.conceal("P", "UTO", "L898902C3", salt=SALT)
    assert identify(certificate(ANNA, document=document), PASSPORT) == Identity(EXACT, EXACT, EXACT, ())


def test_a_certificate_without_a_document_is_still_exact() -> None:
    identity = identify(certificate(ANNA), PASSPORT)
    assert identity.document is NOT_STATED
    assert identity.match is EXACT
    assert identity.reasons == (Reason.DOCUMENT_NOT_STATED,)


@pytest.mark.parametrize(
    "holder",
    [
        icao(" eriksson ", "anna<maria<<<<"),
        icao("ERIKSSON", "ANNA  MARIA"),
        Name("Eriksson", "Anna Maria"),
        Name("Eriksson", "Anna-Maria", "", " "),
    ],
)
def test_untidy_or_missing_icao_forms_are_computed(holder: Name) -> None:
    assert judged(holder, PASSPORT) == (EXACT, ())


@pytest.mark.parametrize("native", ["Sukarno", None])
def test_a_single_name_is_a_whole_name(native: str | None) -> None:
    assert judged(Name(native, None, "SUKARNO", None), passport("SUKARNO", "")) == (EXACT, ())


def test_chinese_is_compared_by_the_pinyin_that_came_with_it() -> None:
    holder = name("欧阳", "小明", family_latin="Ouyang", given_latin="Xiaoming", language="zh")
    assert judged(holder, passport("OUYANG", "XIAOMING")) == (EXACT, ())
    assert judged(holder, passport("OUYANG", "XIAO<MING")) == (EQUIVALENT, (Reason.NAME_TRANSLITERATION,))
    assert judged(Name("欧阳", "小明"), passport("OUYANG", "XIAOMING")) == (NOT_STATED, (Reason.NAME_NOT_STATED,))


# the same person, for a reason


@pytest.mark.parametrize("shown", ["JAEGER", "JAGER"])
@pytest.mark.parametrize("stated", ["JAEGER", "JAGER", None])
def test_an_umlaut_may_be_spelled_either_way_where_the_native_name_says_so(shown: str, stated: str | None) -> None:
    expected = (EXACT, ()) if shown == (stated or "JAEGER") else (EQUIVALENT, (Reason.NAME_TRANSLITERATION,))
    assert judged(Name("Jäger", "Anna", stated, "ANNA"), passport(shown, "ANNA")) == expected


LYU = ("LYU", "LV", "LU", "LUE")


@pytest.mark.parametrize("shown", LYU)
@pytest.mark.parametrize(
    "holder",
    [
        name("吕", "秀英", family_latin="Lü", given_latin="Xiuying"),
        name("吕", "秀英", family_latin="Lu", given_latin="Xiuying"),
        *(Name("吕", "秀英", stated, "XIUYING") for stated in LYU),
        Name("陸", "秀英", "LYU", "XIUYING"),
        Name("Lü", "Xiuying", "LUE", "XIUYING"),
        Name("Lü", "Xiuying"),
    ],
)
def test_a_chinese_umlaut_may_be_spelled_as_any_passport_spells_it(holder: Name, shown: str) -> None:
    same = shown == (holder.family_icao or "LUE")
    expected = (EXACT, ()) if same else (EQUIVALENT, (Reason.NAME_TRANSLITERATION,))
    assert judged(holder, passport(shown, "XIUYING")) == expected
    assert judged(holder, passport(shown, "XIULAN"))[0] is DIFFERENT
    swapped = judged(holder, passport("XIUYING", shown))
    assert swapped == (EQUIVALENT, (Reason.NAME_ORDER, *(() if same else (Reason.NAME_TRANSLITERATION,))))


def test_without_the_native_name_no_umlaut_is_assumed() -> None:
    assert judged(icao("JAGER", "ANNA"), passport("JAEGER", "ANNA"))[0] is DIFFERENT


@pytest.mark.parametrize(
    ("holder", "zone"),
    [
        (icao("ERIKSSON", "ANNAMARIA"), PASSPORT),
        (Name("O'Brien", "Anna"), passport("O<BRIEN", "ANNA")),
        (Name("Al-Basri", "Huda"), passport("ALBASRI", "HUDA")),
        (Name("Зеленський", "Юрій", "ZELENSKII", "IURII"), passport("ZELENSKYI", "YURII")),
        (Name("Παπαδόπουλος", "Μάριος", "PAPADOPULOS", "MARIOS"), passport("PAPADOPOULOS", "MARIOS")),
        (Name("محمد", "فاطمة", "MOHAMED", "FATIMA"), passport("MXHMD", "FAXTTMXAH")),
    ],
)
def test_hyphens_apostrophes_and_tables_explain_a_difference(holder: Name, zone: MachineReadableZone) -> None:
    assert judged(holder, zone) == (EQUIVALENT, (Reason.NAME_TRANSLITERATION,))


def test_arabic_without_latin_proves_nothing_against_a_passport_written_by_ear() -> None:
    holder = Name("محمد", "فاطمة")
    assert judged(holder, passport("MXHMD", "FAXTTMXAH")) == (EXACT, ())
    assert judged(holder, passport("MOHAMED", "FATIMA")) == (NOT_STATED, (Reason.NAME_TRANSLITERATION,))
    spoken = Name("محمد", "فاطمة", "MOHAMED", "FATIMA")
    assert judged(spoken, passport("MOHAMED", "FATIMA")) == (EXACT, ())
    assert judged(spoken, passport("MOHAMED", "AISHA"))[0] is DIFFERENT


@pytest.mark.parametrize(
    ("holder", "zone"),
    [
        (icao("ANNA<MARIA", "ERIKSSON"), PASSPORT),
        (icao(None, "SUKARNO"), passport("SUKARNO", "")),
        (icao("ERIKSSON<ANNA<MARIA", None), PASSPORT),
        (icao(None, "ANNA<MARIA<ERIKSSON"), PASSPORT),
        (icao("ERIKSSON", "ANNA<MARIA"), passport("ANNA<MARIA<ERIKSSON", "")),
        (icao("NGUYEN<VAN", "ANH"), passport("NGUYEN", "VAN<ANH")),
    ],
)
def test_the_parts_may_stand_in_each_others_fields(holder: Name, zone: MachineReadableZone) -> None:
    assert judged(holder, zone) == (EQUIVALENT, (Reason.NAME_ORDER,))


def test_a_swap_may_come_with_another_spelling() -> None:
    expected = (EQUIVALENT, (Reason.NAME_ORDER, Reason.NAME_TRANSLITERATION))
    assert judged(Name("Anna", "Jäger"), passport("JAGER", "ANNA")) == expected


LONG = name("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo")


@pytest.mark.parametrize("layout", ["TD1", "TD2", "TD3"])
@pytest.mark.parametrize(
    "holder", [LONG, name("Nilavadhanananda", "Arnpol Petch Charonguang"), name("Jöns-" * 9 + "Ek", "Åke")]
)
def test_a_name_cut_by_the_zone_is_the_same_name(holder: Name, layout: str) -> None:
    zone = passport(holder.family_icao or "", holder.given_icao or "", layout)
    assert zone.name_truncated
    assert judged(holder, zone) == (EQUIVALENT, (Reason.NAME_TRUNCATED,))


@pytest.mark.parametrize(
    ("layout", "kind", "field"),
    [
        ("TD3", "P<", "BENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO"),
        ("TD3", "P<", "BENNEL<WOOLOO<WARRAN<WARNAM<<DINGO<POTO"),
        ("TD2", "I<", "BENNELONG<WOOLOOMOOLOO<W<W<<D<P"),
    ],
)
def test_every_way_of_cutting_in_9303_is_recognised(layout: str, kind: str, field: str) -> None:
    lines = write(replace(passport("A", "B", layout))).split("\n")
    assert judged(LONG, parse(f"{kind}UTO{field}\n{lines[1]}")) == (EQUIVALENT, (Reason.NAME_TRUNCATED,))


@pytest.mark.parametrize(
    "other",
    [
        name("Bennelong Wooloomooloo Warrandyte Warnambool", "Possum Potoroo"),
        name("Bennelong Wooloomooloo Warrandyte Warnambool", None),
        name("Bennelong Wooloomooloo Wattle Warnambool", "Dingo"),
        # would have fitted, so that nothing had to be cut
        icao("BENNELONG<WOOLOOMOOLOO<WARRANDYTE", "DOG"),
    ],
)
def test_a_cut_name_does_not_match_everybody(other: Name) -> None:
    zone = passport("BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNAMBOOL", "DINGO<POTOROO")
    assert judged(other, zone)[0] in (DIFFERENT, NOT_STATED)


@pytest.mark.parametrize(
    ("holder", "zone"),
    [
        (icao("ERIKSSON", "ANNA"), PASSPORT),
        (icao("ERIKSSON", "ANNA<MARIA<LUISA"), PASSPORT),
        (icao("ERIKSSON", "ANNA<KARIN<MARIA"), PASSPORT),
        (icao("ERIKSSON", "ANNA<M"), PASSPORT),
        (icao("ERIKSSON<BERG", "ANNA<MARIA"), PASSPORT),
        (icao("LOPEZ", "ANA"), passport("GARCIA<LOPEZ", "ANA")),
    ],
)
def test_a_word_may_be_left_out_of_one_part_if_all_else_agrees(holder: Name, zone: MachineReadableZone) -> None:
    assert judged(holder, zone) == (EQUIVALENT, (Reason.NAME_PART_MISSING,))


@pytest.mark.parametrize("born", [None, PartialDate(1974)])
def test_a_word_left_out_needs_a_whole_birth_date(born: PartialDate | None) -> None:
    identity = identify(certificate(icao("ERIKSSON", "ANNA"), born), PASSPORT)
    assert (identity.name, identity.match) == (NOT_STATED, NOT_STATED)
    assert Reason.NAME_PART_MISSING in identity.reasons


def test_words_left_out_of_both_parts_are_too_many() -> None:
    assert judged(icao("ERIKSSON<BERG", "ANNA"), PASSPORT)[0] is DIFFERENT


@pytest.mark.parametrize(
    ("holder", "zone"),
    [
        (icao("ERIKSSON", None), PASSPORT),  # fits her sister as well
        (icao(None, "ANNA<MARIA"), PASSPORT),
        (icao(None, "ERIKSSON"), PASSPORT),
        (icao("ERIKSSON", "ANNA<MARIA"), passport("ERIKSSON", "")),
        (icao("ERIKSSON", "ANNA<MARIA"), passport("ANNA", "")),
        (Name("Eriksson", "安娜", "ERIKSSON", None), PASSPORT),
        (Name("Eriksson", "安娜", "ERIKSSON", None), passport("ERIKSSON", "")),
    ],
)
def test_half_a_name_establishes_nobody(holder: Name, zone: MachineReadableZone) -> None:
    assert judged(holder, zone) == (NOT_STATED, (Reason.NAME_PART_MISSING,))
    assert identify(certificate(holder), zone).match is NOT_STATED


def test_an_unreadable_part_does_not_hide_another_person() -> None:
    assert judged(Name("Berg", "安娜"), PASSPORT) == (DIFFERENT, (Reason.NAME_DIFFERENT,))


@pytest.mark.parametrize("holder", [Name(), Name("", "", "", ""), Name("王", "小明"), Name("1", "2", "<<", "3")])
def test_no_name_is_not_stated(holder: Name) -> None:
    assert judged(holder, PASSPORT) == (NOT_STATED, (Reason.NAME_NOT_STATED,))


# birth dates


@pytest.mark.parametrize(
    ("stated", "shown", "match"),
    [
        (PartialDate(1963, 5, 5), "630505", EXACT),
        (PartialDate(2025, 5, 5), "250505", EXACT),
        (PartialDate(1925, 5, 5), "250505", EXACT),  # the zone states no century
        (PartialDate(1963), "630505", EQUIVALENT),
        (PartialDate(1963, 5), "630505", EQUIVALENT),
        (PartialDate(1963, 5, 5), "63<<<<", EQUIVALENT),
        (PartialDate(1963, 5, 5), "<<0505", EQUIVALENT),
        (PartialDate(1963), "63<<<<", EQUIVALENT),
        (PartialDate(1963, 5), "63<<<<", EQUIVALENT),
        (PartialDate(1964), "630505", DIFFERENT),
        (PartialDate(1963, 6), "630505", DIFFERENT),
        (PartialDate(1963, 5, 6), "63<<05", DIFFERENT),
        (PartialDate(1963), "<<0505", NOT_STATED),
        (PartialDate(1963, 5, 5), "<<<<<<", NOT_STATED),
        (None, "630505", NOT_STATED),
        (None, "<<<<<<", NOT_STATED),
    ],
)
def test_birth_dates_are_compared_by_what_both_know(stated: PartialDate | None, shown: str, match: Match) -> None:
    reason = {
        EQUIVALENT: Reason.BIRTH_DATE_PARTIAL,
        DIFFERENT: Reason.BIRTH_DATE_DIFFERENT,
        NOT_STATED: Reason.BIRTH_DATE_NOT_STATED,
    }
    identity = identify(certificate(ANNA, stated), passport("ERIKSSON", "ANNA<MARIA", born=shown))
    assert identity.birth_date is match
    assert identity.reasons[:-1] == ((reason[match],) if match in reason else ())
    assert identity.match is {EXACT: EXACT, DIFFERENT: DIFFERENT}.get(match, EQUIVALENT)


# properties

some_text = st.none() | st.text(max_size=20) | st.text("ABÄÖ <-'王مЩ", max_size=8)
some_names = st.builds(Name, some_text, some_text, some_text, some_text)
some_dates = st.none() | st.builds(PartialDate, st.integers(1, 9999), st.none() | st.integers(1, 12))
some_documents = st.none() | st.builds(
    TravelDocument, st.text(), st.text(max_size=3), st.text(max_size=3), st.binary(), st.binary()
)
some_zones = st.builds(
    MachineReadableZone,
    layout=st.sampled_from(["TD1", "TD3", "?"]),
    kind=st.just("P"),
    country=st.text(max_size=3),
    family_icao=st.text(max_size=40) | st.text("AB<", max_size=40),
    given_icao=st.text(max_size=9) | st.text("AB<", max_size=9),
    name_truncated=st.booleans(),
    number=st.text(max_size=9),
    nationality=st.just("UTO"),
    birth_date=st.text(max_size=7) | st.text("<0123", min_size=6, max_size=6),
    sex=st.just("X"),
    expiry=st.just("300101"),
)


@given(some_names, some_dates, some_documents, some_zones)
def test_nothing_raises_and_whatever_is_not_exact_has_a_reason(
    holder: Name, born: PartialDate | None, document: TravelDocument | None, zone: MachineReadableZone
) -> None:
    identity = identify(certificate(holder, born, document), zone)
    inexact = [part for part in (identity.name, identity.birth_date, identity.document) if part is not EXACT]
    assert len(identity.reasons) >= len(inexact)
    assert bool(identity.reasons) == bool(inexact)
    assert identity.match in Match


parts = st.lists(st.sampled_from(["A", "ANNA", "MARIA", "LI", "NA", "BERG"]), min_size=1, max_size=3).map("<".join)
second = parts | st.just("")


@given(parts, second, parts, second)
def test_it_does_not_matter_which_of_two_names_is_on_the_passport(a: str, b: str, c: str, d: str) -> None:
    assert judged(icao(a, b), passport(c, d)) == judged(icao(c, d), passport(a, b))


@given(parts, second)
def test_a_name_is_its_own(family: str, given_names: str) -> None:
    assert judged(icao(family, given_names), passport(family, given_names)) == (EXACT, ())


# no name here begins another, which a zone that had to cut could not tell apart
firsts = st.sampled_from(["ANNA", "MARIA", "LENA", "JOSE", "XUE", "LUISA"])
given_lists = st.lists(firsts, min_size=1, max_size=3)


@given(parts, given_lists, given_lists, st.sampled_from(["TD1", "TD2", "TD3"]))
def test_a_sibling_with_another_first_name_is_never_taken_for_the_holder(
    family: str, a: list[str], b: list[str], layout: str
) -> None:
    match, _ = judged(icao(family, "<".join(a)), passport(family, "<".join(b), layout))
    assert (match in (EXACT, EQUIVALENT)) <= (a[0] == b[0])
