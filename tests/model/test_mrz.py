"""The machine readable zone, on the worked examples of ICAO Doc 9303-4, -5 and -6 and on made-up ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pratique.model.errors import MalformedDocument
from pratique.model.mrz import NAME_WIDTH, MachineReadableZone, check_digit, name_field, parse, write
from pratique.model.reasons import Reason

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD1_LONG = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"

ANNA = MachineReadableZone(
    layout="TD3",
    kind="P",
    country="UTO",
    family_icao="ERIKSSON",
    given_icao="ANNA<MARIA",
    name_truncated=False,
    number="L898902C3",
    nationality="UTO",
    birth_date="740812",
    sex="F",
    expiry="120415",
    optional="ZE184226B",
)


def reasons_of(text: str) -> tuple[Reason, ...]:
    with pytest.raises(MalformedDocument) as caught:
        parse(text)
    return caught.value.reasons


def put(text: str, line: int, place: int, new: str) -> str:
    lines = text.split("\n")
    lines[line] = lines[line][:place] + new + lines[line][place + len(new) :]
    return "\n".join(lines)


@pytest.mark.parametrize("text", ["", " \n ", TD3[:-1], TD3 + "<", TD3 + "\n" + "<" * 44, "<" * 89, TD1[:30]])
def test_a_wrong_shape_is_refused(text: str) -> None:
    assert reasons_of(text) == (Reason.MRZ_FORMAT,)


@pytest.mark.parametrize(
    ("line", "place", "new", "expected"),
    [
        (0, 0, "V", {Reason.MRZ_FORMAT}),  # a visa is not a travel document
        (0, 2, "QQQ", {Reason.MRZ_COUNTRY}),
        (0, 5, "<", {Reason.MRZ_NAME}),
        (0, 6, "0", {Reason.MRZ_NAME}),
        (0, 6, "é", {Reason.MRZ_NAME, Reason.MRZ_CHARACTER}),
        (1, 0, "M", {Reason.MRZ_NUMBER_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 0, "ß", {Reason.MRZ_CHARACTER, Reason.MRZ_NUMBER_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 10, "D<U", {Reason.MRZ_COUNTRY}),
        (1, 13, "741312", {Reason.MRZ_BIRTH_DATE, Reason.MRZ_BIRTH_DATE_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 13, "750229" + check_digit("750229"), {Reason.MRZ_BIRTH_DATE, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 20, "X", {Reason.MRZ_SEX}),
        (1, 21, "<<<<<<0", {Reason.MRZ_EXPIRY}),
        (1, 27, "8", {Reason.MRZ_EXPIRY_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 42, "2", {Reason.MRZ_OPTIONAL_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 42, "<", {Reason.MRZ_OPTIONAL_CHECK, Reason.MRZ_COMPOSITE_CHECK}),
        (1, 43, "1", {Reason.MRZ_COMPOSITE_CHECK}),
    ],
)
def test_each_wrong_field_has_its_reason(line: int, place: int, new: str, expected: set[Reason]) -> None:
    assert set(reasons_of(put(TD3, line, place, new))) == expected


def test_all_wrong_fields_are_named_at_once_and_no_value_is() -> None:
    text = put(put(put(TD3, 1, 20, "Q"), 0, 2, "QQQ"), 1, 9, "1")
    with pytest.raises(MalformedDocument) as caught:
        parse(text)
    assert set(caught.value.reasons) == {
        Reason.MRZ_COUNTRY,
        Reason.MRZ_NUMBER_CHECK,
        Reason.MRZ_SEX,
        Reason.MRZ_COMPOSITE_CHECK,
    }
    assert "QQQ" not in str(caught.value)
    assert "L898902C3" not in str(caught.value)


def test_a_zone_without_a_number_is_refused() -> None:
    assert Reason.MRZ_NUMBER_CHECK in reasons_of(put(TD3, 1, 0, "<<<<<<<<<0"))


def test_a_long_number_has_a_check_digit_too() -> None:
    assert set(reasons_of(put(TD1_LONG, 0, 18, "8"))) == {Reason.MRZ_NUMBER_CHECK, Reason.MRZ_COMPOSITE_CHECK}


def test_the_passport_of_9303_part_4_is_read() -> None:
    assert parse(TD3) == ANNA


@pytest.mark.parametrize(
    "text",
    [
        TD3.replace("\n", "\r\n"),
        TD3.replace("\n", ""),
        TD3.lower(),
        f"  {TD3.replace(chr(10), ' ' + chr(10) + ' ')}\n\n",
    ],
)
def test_line_ends_case_and_spaces_do_not_matter(text: str) -> None:
    assert parse(text) == ANNA


@pytest.mark.parametrize("text", [TD1, TD2])
def test_the_cards_of_9303_parts_5_and_6_are_read(text: str) -> None:
    read = parse(text)
    assert (read.family_icao, read.given_icao) == ("ERIKSSON", "ANNA<MARIA")
    assert (read.number, read.birth_date, read.sex, read.expiry) == ("D23145890", "740812", "F", "120415")
    assert parse(text.replace("\n", "")) == read


def test_a_number_longer_than_nine_goes_on_in_the_optional_data() -> None:
    assert parse(TD1_LONG).number == "D23145890734"
    assert parse(TD1_LONG).optional == ""


@pytest.mark.parametrize("layout", ["TD1", "TD2"])
def test_optional_data_may_follow_a_long_number(layout: str) -> None:
    zone = replace(ANNA, layout=layout, kind="I", number="D2314589012", optional="A2")
    assert parse(write(zone)) == zone


@pytest.mark.parametrize("text", [TD3, TD2, TD1, TD1_LONG])
def test_the_examples_are_written_as_they_were_read(text: str) -> None:
    assert write(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "digit"),
    [("520727", "3"), ("AB2134<<<", "5"), ("HA672242<658022549601086<<<<<<<<<<<<<<0", "8"), ("", "0")],
)
def test_the_check_digits_worked_out_in_9303_part_3(text: str, digit: str) -> None:
    assert check_digit(text) == digit


@pytest.mark.parametrize("text", ["a", "É", " ", "-"])
def test_a_check_digit_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="only"):
        check_digit(text)


@pytest.mark.parametrize("birth", ["<<<<<<", "63<<<<", "6305<<", "<<0505", "000229", "<<0229"])
def test_a_birth_date_may_be_unknown_in_parts(birth: str) -> None:
    zone = replace(ANNA, birth_date=birth)
    assert parse(write(zone)) == zone


@pytest.mark.parametrize("birth", ["6<0505", "630532", "630500", "190229", "63 505", "<<1345", "630431"])
def test_what_no_calendar_has_is_no_birth_date(birth: str) -> None:
    with pytest.raises(MalformedDocument) as caught:
        write(replace(ANNA, birth_date=birth))
    assert Reason.MRZ_BIRTH_DATE in caught.value.reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"layout": "TD4"}, Reason.MRZ_FORMAT),
        ({"family_icao": ""}, Reason.MRZ_NAME),
        ({"family_icao": "ÅSE"}, Reason.MRZ_NAME),
        ({"family_icao": "A<<B"}, Reason.MRZ_FORMAT),
        ({"number": "L898902C34"}, Reason.MRZ_FORMAT),
        ({"number": "L898902C34", "birth_date": "74081"}, Reason.MRZ_COUNTRY),
        ({"optional": "ZE184226B<"}, Reason.MRZ_FORMAT),
        ({"sex": "Q"}, Reason.MRZ_SEX),
        ({"nationality": "D<U"}, Reason.MRZ_COUNTRY),
        ({"optional2": "A"}, Reason.MRZ_FORMAT),
    ],
)
def test_a_value_that_does_not_fit_is_not_written(changes: dict[str, str], reason: Reason) -> None:
    with pytest.raises(MalformedDocument) as caught:
        write(replace(ANNA, **changes))
    assert reason in caught.value.reasons


NILA, BENNELONG = "NILAVADHANANANDA", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNAMBOOL"


@pytest.mark.parametrize(
    ("family", "given_names", "layout", "field"),
    [
        # the first three are examples of 9303-4; the others follow its rules, which leave the way of cutting free
        (NILA, "CHAYAPA<DEJTHAMRONG<KRASUANG", "TD3", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"),
        (NILA, "ARNPOL<PETCH<CHARONGUANG", "TD3", "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU"),
        ("PAPANDROPOULOUS", "JONATHON<WARREN<TREVOR", "TD3", "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"),
        (BENNELONG, "DINGO<POTOROO", "TD3", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D"),
        (BENNELONG, "DINGO<POTOROO", "TD1", "BENNELONG<WOOLOOMOOLOO<WARR<<D"),
        (NILA, "ARNPOL<PETCH<CHARONGUANG", "TD2", "NILAVADHANANANDA<<ARNPOL<PETC<C"),
        (BENNELONG, "", "TD2", "BENNELONG<WOOLOOMOOLOO<WARRANDY"),
        ("ARKFREITH", "", "TD1", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<"),
    ],
)
def test_a_long_name_is_cut_so_that_both_parts_show(family: str, given_names: str, layout: str, field: str) -> None:
    assert name_field(family, given_names, NAME_WIDTH[layout]) == field


def test_a_name_of_initials_alone_can_still_be_cut() -> None:
    assert name_field("A<B<C<D<E", "", 4) == "A<B<"


def test_a_name_that_just_fits_counts_as_perhaps_truncated() -> None:
    zone = replace(ANNA, family_icao="PAPANDROPOULOUS", given_icao="JONATHON<WARREN<TREVOR")
    assert parse(write(zone)) == replace(zone, name_truncated=True)


def test_superfluous_fillers_between_given_names_say_nothing() -> None:
    text = put(TD3, 0, 5, "ERIKSSON<<<ANNA<<MARIA")
    assert parse(text).given_icao == "ANNA<MARIA"


words = st.lists(st.text("ABCXYZ", min_size=1, max_size=12), min_size=1, max_size=6).map("<".join)


@st.composite
def zones(draw: st.DrawFn) -> MachineReadableZone:
    layout = draw(st.sampled_from(["TD1", "TD2", "TD3"]))
    return MachineReadableZone(
        layout=layout,
        kind=draw(st.sampled_from(["P", "PM"] if layout == "TD3" else ["I", "AC", "C"])),
        country=draw(st.sampled_from(["UTO", "D", "XPO"])),
        family_icao=draw(words),
        given_icao=draw(words | st.just("")),
        name_truncated=False,
        number=draw(st.text("ABC123", min_size=1, max_size=9 if layout == "TD3" else 12)),
        nationality=draw(st.sampled_from(["UTO", "D", "XXA"])),
        birth_date=draw(st.sampled_from(["740812", "<<<<<<", "63<<<<"])),
        sex=draw(st.sampled_from("MFX")),
        expiry="300228",
        optional=draw(st.text("ABC123", max_size={"TD1": 10, "TD2": 2, "TD3": 14}[layout])),
        optional2=draw(st.text("ABC123", max_size=11)) if layout == "TD1" else "",
    )


@given(zones())
def test_what_is_written_is_read_again(zone: MachineReadableZone) -> None:
    read = parse(write(zone))
    whole = len(zone.family_icao) + len(zone.given_icao) + 2 * bool(zone.given_icao)
    if whole < NAME_WIDTH[zone.layout]:
        assert read == zone
    else:
        kept = replace(read, family_icao=zone.family_icao, given_icao=zone.given_icao, name_truncated=False)
        assert kept == zone
        assert bool(read.given_icao) == bool(zone.given_icao)
        assert write(read) == write(zone)


@given(zones(), st.data())
def test_one_changed_digit_never_goes_unnoticed(zone: MachineReadableZone, data: st.DataObject) -> None:
    lines = write(zone).split("\n")
    line = 0 if zone.layout == "TD1" else 1
    places = [place for place, character in enumerate(lines[line]) if character.isdigit() and place > 4]
    place = data.draw(st.sampled_from(places))
    new = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != lines[line][place]]))
    lines[line] = lines[line][:place] + new + lines[line][place + 1 :]
    assert reasons_of("\n".join(lines))


@given(st.text(alphabet="P<UTO0123456789AZaz \n\ré", max_size=140) | st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse(write(parse(text))) == parse(text)
    except MalformedDocument as refused:
        assert refused.reasons
