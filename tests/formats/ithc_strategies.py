"""Certificates that the ITHC profile can carry, at their edges: every kind, partial dates, odd zones, any script."""

import unicodedata
from datetime import timedelta, timezone

from hypothesis import strategies as st

from pratique.formats.hcert._ithc_layout import CODES, SYSTEMS, UNLISTED
from pratique.model import uvci
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TestKind,
    TravelDocument,
    Vaccination,
)
from pratique.model.dates import PartialDate
from pratique.model.valueset import Code


def texts(longest: int = 80) -> st.SearchStrategy[str]:
    """Any script in NFC, without control characters."""
    letters = st.characters(exclude_categories=["Cc", "Cs"])
    composed = st.text(letters, min_size=1, max_size=longest).map(lambda text: unicodedata.normalize("NFC", text))
    return composed.filter(lambda text: 0 < len(text) <= longest)


countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=10)
days = st.dates().map(PartialDate.of)
months = st.builds(PartialDate, st.integers(1, 9999), st.integers(1, 12))
years = st.builds(PartialDate, st.integers(1, 9999))
partial_dates = st.one_of(days, months, years)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(timezones=st.one_of(st.just(timezone(timedelta(hours=8))), zones))
codes = st.one_of(
    st.sampled_from(CODES),
    st.builds(Code, st.sampled_from([*SYSTEMS, UNLISTED, "urn:oid:1.2.3"]), texts()),
    st.builds(Code, texts(160), texts()),
)
doses = st.none() | st.integers(1, 99)


def _names(family: str | None, given: str | None, icao: tuple[str | None, str | None]) -> Name:
    return Name(family, given, *icao)


_icao = st.none() | st.from_regex(r"\A[A-Z<]{1,80}\Z")
names = st.builds(
    _names, st.none() | texts(), st.none() | texts(), st.tuples(_icao, _icao).filter(lambda pair: pair != (None, None))
)
documents = st.builds(
    TravelDocument,
    st.from_regex(r"\A[A-Z<]{1,2}\Z"),
    st.from_regex(r"\A[A-Z<]{1,3}\Z"),
    st.from_regex(r"\A[A-Z0-9<]{1,3}\Z"),
    st.binary(min_size=8, max_size=16),
    st.binary(min_size=16, max_size=16),
)
holders = st.builds(Person, names, st.none() | partial_dates, st.none() | documents)


@st.composite
def claims(draw: st.DrawFn) -> AnyClaim:
    """A claim of any kind, with an identifier that is canonical, of another country, or free text."""
    country = draw(countries)
    record = st.binary(min_size=16, max_size=16)
    stated = {
        "uvci": draw(
            st.one_of(
                record.map(lambda identifier: uvci.from_record_id(country, identifier)),
                record.map(lambda identifier: uvci.from_record_id("XB", identifier).lower()),
                record.map(lambda identifier: uvci.from_record_id(country, identifier).removeprefix("URN:UVCI:")),
                texts(),
            )
        ),
        "disease": draw(codes),
        "country": country,
        "issuer": draw(texts()),
        "evidence": draw(st.sampled_from(Evidence)),
    }
    optional_code = st.none() | codes
    match draw(st.integers(0, 3)):
        case 0:
            return Vaccination(
                **stated,
                date=draw(partial_dates),
                prophylaxis=draw(optional_code),
                product=draw(optional_code),
                manufacturer=draw(optional_code),
                dose=draw(doses),
                doses=draw(doses),
            )
        case 1:
            return Test(
                **stated,
                kind=draw(st.sampled_from(TestKind)),
                sampled=draw(instants),
                result=draw(codes),
                method=draw(optional_code),
                analyte=draw(st.none() | st.sampled_from(Analyte)),
                name=draw(st.none() | texts()),
                device=draw(optional_code),
                centre=draw(st.none() | texts()),
            )
        case 2:
            return Recovery(
                **stated,
                first_positive=draw(partial_dates),
                valid_from=draw(partial_dates),
                valid_until=draw(partial_dates),
            )
        case _:
            return Exemption(**stated, valid_from=draw(partial_dates), valid_until=draw(partial_dates))


certificates = st.builds(
    Certificate, holders, st.lists(claims(), min_size=1, max_size=5).map(tuple), specimen=st.booleans()
)
