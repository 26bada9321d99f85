"""Day passes: a thousand of them share nothing that would tell that they are one person's."""

import runpy
import zlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import cbor2
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, qr, verify
from pratique.formats import _base45
from pratique.model.certificate import AnyClaim, Certificate, Name, Person
from pratique.model.crowd import FEWEST, Crowd, initials_of
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, PrintRefused
from pratique.model.reasons import Reason
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.paper import Pass, Strip, strip_pdf
from pratique.passes import MOST_DAYS, SLOT, Slot, begins, day_passes, on_paper, statuses, word_for, word_of
from pratique.rules.linting import parse_policy
from pratique.rules.policy import Decision, Policy
from pratique.sandbox.border import policy
from tests import special, travel
from tests.cases.known import SIGNER, ec_key
from tests.issuer import AT

ROOT = Path(__file__).parents[1]
LIST = TrustList.from_certificates([SIGNER.certificate])
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CROWD = Crowd({given + family: 20_000 for given in LETTERS for family in LETTERS})
"""Thirteen and a half million people."""
ANNA = Person(Name(given_icao="ANNA", family_icao="MUSTER"), PartialDate(1990, 5, 24))


def batch(
    holder: Person = ANNA, *, days: int = 1, each: int = 1, word: StatusWord = StatusWord.ADMITTED
) -> tuple[str, ...]:
    slots = [
        Slot(day, tuple(special.one_time_key(f"{number} {n}")[1] for n in range(each)))
        for number, day in enumerate(begins(AT, days=days))
    ]
    return day_passes(statuses(holder, word, slots, crowd=CROWD), signer=SIGNER, at=AT)


def leaves(item: object, path: tuple[object, ...] = ()) -> list[tuple[tuple[object, ...], object]]:
    """Every value in a decoded pass, with the way to it."""
    if isinstance(item, cbor2.CBORTag):
        return [((*path, "tag"), item.tag), *leaves(item.value, path)]
    if hasattr(item, "items"):
        return [leaf for key, value in item.items() for leaf in leaves(value, (*path, key))]
    if isinstance(item, list | tuple):
        return [leaf for number, value in enumerate(item) for leaf in leaves(value, (*path, number))]
    return [(path, item)]


def opened(scan: str) -> dict[tuple[object, ...], object]:
    protected, unprotected, payload, signature = cbor2.loads(zlib.decompress(_base45.decode(scan[4:]))).value
    message = {
        "header": cbor2.loads(protected),
        "beside": unprotected,
        "cwt": cbor2.loads(payload),
        "signature": signature,
    }
    return dict(leaves(message))


FIELD = ("cwt", -260, -2022)
DISCLOSED = {(*FIELD, 5), (*FIELD, 6)}
SLOT_FIELDS = {(*FIELD, 3), (*FIELD, 4), ("cwt", 4), ("cwt", 6)}
KEY_ID = {("header", 4)}
CONSTANTS = {("header", 1), ("cwt", 1), (*FIELD, 0), (*FIELD, 1), (*FIELD, 2)}
FRESH = {(*FIELD, 7), ("signature",)}


def test_a_thousand_passes_of_one_holder_share_nothing_else() -> None:
    made = [opened(scan) for scan in batch(days=25, each=40)]
    assert len(made) == 1000
    assert set().union(*made) == DISCLOSED | SLOT_FIELDS | KEY_ID | CONSTANTS | FRESH, (
        "a new field has to be judged here"
    )
    for path in FRESH:
        values = [told[path] for told in made]
        assert len(set(values)) == 1000
        assert max(Counter(value[n : n + 6] for value in values for n in range(len(value) - 5)).values()) <= 2
    for path in CONSTANTS | KEY_ID | DISCLOSED:
        assert len({told[path] for told in made}) == 1
    for path in SLOT_FIELDS:
        assert len({told[path] for told in made}) == 25
    others = [
        opened(scan) for scan in batch(structs.replace(ANNA, name=Name(given_icao="LI", family_icao="WANG")), days=25)
    ]
    for path in CONSTANTS | KEY_ID:
        assert {told[path] for told in others} == {told[path] for told in made}
    for path in SLOT_FIELDS:
        assert {told[path] for told in others} == {told[path] for told in made}, "the slots are everybody's"


def test_all_have_one_size() -> None:
    assert len({len(scan) for scan in batch(days=25, each=4)}) == 1


VENUE = parse_policy(policy())
OPEN = VENUE.start + timedelta(days=40, hours=12)
"""An instant at which it is in force, in the middle of a slot."""


def claims_of(way: str) -> AnyClaim:
    before, after = (PartialDate.of(OPEN.date() + timedelta(days=days)) for days in (-30, 60))
    return {
        "vaccinated": structs.replace(travel.dose(0, travel.JANSSEN, doses=1), date=before),
        "tested": structs.replace(travel.pcr(0), sampled=OPEN - timedelta(hours=60)),
        "recovered": structs.replace(travel.recovery(0), first_positive=before, valid_from=before, valid_until=after),
        "exempt": structs.replace(travel.exemption(), valid_from=before, valid_until=after),
    }[way]


def words(*claims: AnyClaim, days: int = 2, venue: Policy = VENUE, at: datetime = OPEN) -> list[StatusWord | None]:
    """What the passes of each day from `OPEN` on say."""
    return [word_for(Certificate(ANNA, claims), venue, slot, at) for slot in begins(at, days=days)]


def test_vaccinated_tested_recovered_and_exempt_are_alike() -> None:
    shapes = {}
    for way in ("vaccinated", "tested", "recovered", "exempt"):
        word = words(claims_of(way), days=1)[0]
        assert word is StatusWord.ADMITTED, way
        scans = batch(word=word)
        shapes[way] = (
            tuple(opened(scans[0])),
            len(scans[0]),
            qr.modules(scans[0], level=qr.Level.Q),
            opened(scans[0])[("cwt", 4)],
        )
    assert len(set(shapes.values())) == 1


def test_each_day_is_decided_for_itself() -> None:
    assert words(claims_of("tested"), days=3) == [StatusWord.ADMITTED, StatusWord.ADMITTED, StatusWord.NOT_ADMITTED]
    assert set(words(claims_of("vaccinated"), days=14)) == {StatusWord.ADMITTED}


def test_no_pass_outlives_its_policy() -> None:
    """Before it is in force, and from the last whole slot on; one of history was never to be used."""
    sunset = VENUE.sunset
    assert sunset is not None
    dose = structs.replace(claims_of("vaccinated"), date=PartialDate.of(sunset.date() - timedelta(days=40)))
    last = words(dose, days=4, at=sunset - timedelta(days=2))
    assert last == [StatusWord.ADMITTED, StatusWord.ADMITTED, None, None]
    assert words(claims_of("vaccinated"), days=2, at=VENUE.start - timedelta(days=2)) == [None, None]
    assert words(claims_of("vaccinated"), venue=structs.replace(VENUE, historical=True)) == [None, None]


def test_no_pass_where_nothing_is_decided() -> None:
    assert word_of(Decision()) is None


def test_no_health_data() -> None:
    status = verify(batch()[0], trust_list=LIST, at=AT).content
    assert status == Status(
        kind=StatusKind.DAY_PASS,
        word=StatusWord.ADMITTED,
        begins=datetime(2021, 6, 30, 19, tzinfo=UTC),
        ends=datetime(2021, 7, 1, 19, tzinfo=UTC),
        initials="M",
        birthday="05-24",
        key=special.one_time_key("0 0")[1],
    )


def test_a_slot_that_is_over_or_too_far_is_refused() -> None:
    with pytest.raises(IssueRefused) as refused:
        day_passes(statuses(ANNA, StatusWord.ADMITTED, on_paper([AT - SLOT]), crowd=CROWD), signer=SIGNER, at=AT)
    assert refused.value.reasons == (Reason.ISSUE_PERIOD,)
    for days in (0, MOST_DAYS + 1):
        with pytest.raises(ValueError, match="days"):
            begins(AT, days=days)


@given(st.datetimes(datetime(2021, 1, 1), datetime(2022, 1, 1)), st.integers(0, 23), st.integers(1, MOST_DAYS))  # noqa: DTZ001
def test_the_first_slot_runs_and_the_others_follow(moment: datetime, hour: int, days: int) -> None:
    at = moment.replace(tzinfo=UTC)
    found = begins(at, days=days, hour=hour)
    assert found[0] <= at < found[0] + SLOT
    assert {later - earlier for earlier, later in pairwise(found)} <= {SLOT}
    assert {begin.hour for begin in found} == {hour}


# what is too rare is not shown


@pytest.mark.parametrize(
    ("crowd", "born", "shown"),
    [
        ({"AM": 400_000, "BM": 400_000}, PartialDate(1990, 5, 24), ("AM", "05-24")),
        ({"AM": 36_000, "BM": 30_000}, PartialDate(1990, 5, 24), ("M", "05-24")),
        ({"AM": 36_000, "BM": 400_000}, PartialDate(1990, 5, 24), ("AM", None)),
        ({"AM": 36_000, "AB": 30_000, "BM": 400_000}, PartialDate(1990, 5, 24), (None, "05-24")),
        ({"AM": 36_000, "BM": 100, "BB": 400_000}, PartialDate(1990, 5, 24), ("AM", None)),
        ({"AM": 400_000}, PartialDate(1992, 2, 29), ("AM", "02-29")),
        ({"AM": 140_000}, PartialDate(1992, 2, 29), (None, None)),
        ({"AM": 400_000}, PartialDate(1990, 5), ("AM", None)),
        ({"AM": 60, "BM": 90}, PartialDate(1990, 5, 24), ("M", None)),
        ({"AM": 10, "BM": 400_000}, PartialDate(1990, 5, 24), (None, None)),
        ({"AM": 10}, PartialDate(1990, 5, 24), (None, None)),
        ({"BM": 400_000}, PartialDate(1990, 5, 24), (None, None)),
    ],
)
def test_what_is_shown(crowd: dict[str, int], born: PartialDate, shown: tuple[str | None, str | None]) -> None:
    assert Crowd(crowd).shown(structs.replace(ANNA, birth_date=born)) == shown


def test_a_register_is_counted() -> None:
    names = [ANNA.name, Name(family_icao="LI"), Name(family="Nobody"), ANNA.name]
    assert Crowd.of(names) == Crowd({"AM": 2, "L": 1})
    assert initials_of(Name()) == ""


@given(st.dictionaries(st.text("AB", min_size=1, max_size=2), st.integers(1, 10**6), min_size=1))
def test_whatever_is_shown_enough_people_show_it(counts: dict[str, int]) -> None:
    """Everybody in the country, and how many show each thing that somebody shows."""
    country, groups = Crowd(counts), Counter[tuple[str | None, str | None]]()
    for letters, people in counts.items():
        name = Name(given_icao=letters[:-1] or None, family_icao=letters[-1])
        for day in (date(2020, 1, 1) + timedelta(days=n) for n in range(366)):
            born = (0.2425 if (day.month, day.day) == (2, 29) else 1) / 365.2425
            groups[country.shown(Person(name, PartialDate.of(day)))] += people * born  # type: ignore[assignment]
    assert not [told for told, people in groups.items() if told != (None, None) and people < FEWEST - 0.01]


def test_the_page_tells_what_is_given_away() -> None:
    page, told = (ROOT / "docs/formats/status.md").read_text("utf-8"), runpy.run_path(str(ROOT / "docs/entropy.py"))
    assert told["table"]() in page
    named = {
        "initials": (*FIELD, 5),
        "birthday": (*FIELD, 6),
        "begin of the slot": (*FIELD, 3),
        "end of the slot": (*FIELD, 4),
        "key id": ("header", 4),
        "algorithm, issuer, version, kind": ("cwt", 1),
        "word": (*FIELD, 2),
        "one-time key": (*FIELD, 7),
        "signature": ("signature",),
    }
    made = [opened(scan) for scan in batch(days=25, each=40)]
    assert told["fields"]([{name: each[path] for name, path in named.items()} for each in made]) in page


def test_keys_are_known_points() -> None:
    assert special.one_time_key("0 0")[0].private_numbers() == ec_key("0 0").private_numbers()


# on paper


def strip(*, days: int = 7, **how: object) -> Strip:
    made = statuses(ANNA, StatusWord.ADMITTED, on_paper(begins(AT, days=days)), crowd=CROWD)
    passes = tuple(map(Pass, day_passes(made, signer=SIGNER, at=AT), made))
    given = {"passes": passes, "issuer": "Ministry of Health of XA", "country": "XA", "clock": UTC}
    return Strip(**(given | how))  # type: ignore[arg-type]


@pytest.mark.parametrize("languages", [("en", "zh"), ("ar", "en"), ("zh",)])
def test_every_strip_of_a_page_is_read_again(languages: tuple[str, ...]) -> None:
    printed = strip(days=9, languages=languages)
    pdf = strip_pdf(printed)
    assert set(qr.read_pdf(pdf)) == {each.text for each in printed.passes}
    assert strip_pdf(printed) == pdf
    assert len(pypdfium2.PdfDocument(pdf)) == 2


def test_a_strip_says_what_a_door_needs_and_no_more() -> None:
    page = pypdfium2.PdfDocument(strip_pdf(strip(days=1)))[0].get_textpage().get_text_bounded()
    for told in ("Day pass", "Admitted", "30 Jun 2021, 19:00 UTC", "1 Jul 2021, 19:00 UTC", "M", "05-24"):
        assert told in page
    for hidden in ("ANNA", "MUSTER", "1990"):
        assert hidden not in page


def test_what_no_strip_can_be() -> None:
    for how in ({"passes": ()}, {"languages": ("de",)}, {"languages": ()}, {"languages": ("en", "en")}):
        with pytest.raises(ValueError, match=r"passes|languages"):
            strip(**how)
    with pytest.raises(PrintRefused) as refused:
        strip_pdf(strip(issuer="Ministry " * 30))
    assert refused.value.reasons == (Reason.PRINT_TOO_LONG,)


def test_a_pass_on_paper_refuses_nobody() -> None:
    told = verify(strip(days=1).passes[0].text, trust_list=LIST, at=AT)
    assert told.authentic is True
    assert told.live is False
    assert Reason.LIVE_ABSENT in told.reasons
