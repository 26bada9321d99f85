"""Partial dates and instants: what the calendar lacks is refused, and nothing is turned into something else."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.dates import PartialDate, format_instant, parse_instant
from tests import strategies


@pytest.mark.parametrize(
    "parts",
    [
        (0,),
        (10000,),
        (10**35,),
        (2021, 0),
        (2021, 13),
        (2021, 10**35),
        (2021, 2, 29),
        (2021, 4, 31),
        (2021, 1, 0),
        (2021, 1, 10**35),
        (2021, None, 1),
        (1900, 2, 29),
    ],
)
def test_what_the_calendar_lacks_cannot_be_made(parts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"year|month|day"):
        PartialDate(*parts)


def test_what_the_calendar_has_can() -> None:
    assert PartialDate(2020, 2, 29).complete
    assert PartialDate(2000, 2, 29).first == date(2000, 2, 29)
    assert not PartialDate(2021, 2).complete


@pytest.mark.parametrize(
    "text",
    ["", " ", "21", "2021-2", "2021-02-30", "2021-02-1", "2021/02/01", "2021-W05-1", "20210201", "2021-02-01x", "٢٠٢١"],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021", PartialDate(2021)),
        ("2021-02", PartialDate(2021, 2)),
        ("2021-02-01", PartialDate(2021, 2, 1)),
        (" 2021-02-01 ", PartialDate(2021, 2, 1)),
        ("2021-02-01T23:59:59+14:00", PartialDate(2021, 2, 1)),
        ("2021-02-01 00:00:00", PartialDate(2021, 2, 1)),
    ],
)
def test_iso_spellings_are_read(text: str, expected: PartialDate) -> None:
    assert PartialDate.parse(text) == expected


@given(strategies.partial_dates())
def test_a_date_survives_its_text(day: PartialDate) -> None:
    assert PartialDate.parse(str(day)) == day
    assert PartialDate.parse(f"{day}T00:00:00") == day


@given(strategies.partial_dates())
def test_a_partial_date_spans_what_it_can_mean(day: PartialDate) -> None:
    assert day.first <= day.last
    assert (day.first == day.last) is day.complete
    assert day.agrees_with(PartialDate.of(day.first))
    assert day.agrees_with(PartialDate.of(day.last))
    assert not day.agrees_with(PartialDate.of(day.last + timedelta(days=1)))
    assert not PartialDate.of(day.first - timedelta(days=1)).agrees_with(day)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        day = PartialDate.parse(text)
    except ValueError:
        return
    assert text.strip().startswith(str(day))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-06-11",
        "2021-06-11T25:00:00Z",
        "2021-02-29T10:00:00Z",
        "2021-02-29T24:00:00Z",
        "2021-06-11T24:00:01Z",
        "2021-06-11T24:01Z",
        "2021-06-11T24:00:00.5Z",
        "2021-06-11T24:00:00+",
        "9999-12-31T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2021-06-11T10:10:60Z",
        "yesterday at noon",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize("offset", ["+02", "+0200", "+02:00"])
def test_offsets_of_every_spelling_are_read_alike(offset: str) -> None:
    moment = parse_instant(f"2021-06-11T19:30:00{offset}")
    assert moment == datetime(2021, 6, 11, 17, 30, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("time", ["T24:00:00Z", "T24:00:00", " 24:00:00Z", "t24:00z", "T24:00:00.000Z", "T2400Z"])
def test_a_day_may_end_at_24_hours(time: str) -> None:
    assert parse_instant(f"2021-06-30{time}") == datetime(2021, 7, 1, tzinfo=UTC)
    east = parse_instant("2021-12-31T24:00:00+0800")
    assert (east, east.utcoffset()) == (datetime(2021, 12, 31, 16, tzinfo=UTC), timedelta(hours=8))


def test_an_absent_zone_means_utc() -> None:
    assert parse_instant("2021-06-11T17:30:00") == datetime(2021, 6, 11, 17, 30, tzinfo=UTC)
    assert parse_instant(" 2021-06-11 17:30:00 ") == datetime(2021, 6, 11, 17, 30, tzinfo=UTC)


@given(strategies.instants())
def test_an_instant_survives_its_text(moment: datetime) -> None:
    text = format_instant(moment)
    assert parse_instant(text) == moment
    assert parse_instant(text).utcoffset() == moment.utcoffset()


def test_instants_are_written_as_schemas_ask() -> None:
    assert format_instant(datetime(2021, 6, 11, 17, 30, tzinfo=UTC)) == "2021-06-11T17:30:00Z"
    east = datetime(2021, 6, 11, 19, 30, tzinfo=timezone(timedelta(hours=2)))
    assert format_instant(east) == "2021-06-11T19:30:00+02:00"
