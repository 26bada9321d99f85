"""Hypothesis strategies for certificates and for whatever else a trusted key may sign."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st
from msgspec import structs

from pratique.formats.hcert._ithc_layout import CODES, SYSTEMS, UNLISTED
from pratique.model import uvci
from pratique.model._code_maps import ANTIGEN_TESTS, MOLECULAR_TESTS
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
from pratique.model.valueset import (
    COVID_19,
    CVX,
    DETECTED,
    FIELDS,
    ICD_10,
    ICD_11,
    LOINC,
    NOT_DETECTED,
    POLIOMYELITIS,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    SNOMED,
    YELLOW_FEVER,
    Code,
    CodeMap,
)

_LATIN = ["Müller", "d'Arsøns-van Halen", "José María", "Nguyễn", "Ó Briain", "Li", "Çelik"]
_CHINESE = ["王", "小明", "欧阳", "司马"]
_ARABIC = ["محمد", "عبد الله", "الفاسي"]
COUNTRIES = st.sampled_from(["XA", "XB", "AT", "CN", "UNHCR"])
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def icao_texts() -> st.SearchStrategy[str]:
    """One part of a name as the machine readable zone writes it."""
    word = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
    return st.lists(word, min_size=1, max_size=3).map("<".join)


def partial_dates() -> st.SearchStrategy[PartialDate]:
    """Years, months and days of 1900 to 2099."""
    return DAYS.flatmap(
        lambda day: st.sampled_from(
            [PartialDate(day.year), PartialDate(day.year, day.month), PartialDate(day.year, day.month, day.day)]
        )
    )


def complete_dates() -> st.SearchStrategy[PartialDate]:
    """Whole days of 1900 to 2099."""
    return DAYS.map(PartialDate.of)


def names() -> st.SearchStrategy[Name]:
    """Names with both parts or one, in Latin, Chinese and Arabic letters, or in the Latin of the passport alone."""

    def in_script(parts: list[str]) -> st.SearchStrategy[Name]:
        part, icao = st.sampled_from(parts), icao_texts()
        return st.one_of(
            st.builds(Name, part, part, icao, icao),
            st.builds(Name, family=part, family_icao=icao),
            st.builds(Name, given=part, given_icao=icao),
        )

    passport = st.builds(Name, family_icao=icao_texts(), given_icao=st.none() | icao_texts())
    return st.one_of(in_script(_LATIN), in_script(_CHINESE), in_script(_ARABIC), passport)


def documents() -> st.SearchStrategy[TravelDocument]:
    """Passports of user-assigned and real states."""
    return st.builds(
        lambda country, number, salt: TravelDocument.conceal("P", country, number, salt=salt),
        st.sampled_from(["UTO", "CHN", "D<<"]),
        st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=9),
        st.binary(min_size=8, max_size=16),
    )


def persons(*, with_document: bool = True) -> st.SearchStrategy[Person]:
    """Holders; `with_document` false leaves the travel document out, for shapes that have no place for it."""
    return st.builds(
        Person, names(), st.none() | partial_dates(), st.none() | documents() if with_document else st.none()
    )


def instants() -> st.SearchStrategy[datetime]:
    """Sampling times with offsets of the world's time zones."""
    zone = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
    return st.builds(
        lambda moment, tz: moment.replace(tzinfo=tz),
        st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001
        zone | st.just(UTC),
    )


def _known(field: str) -> st.SearchStrategy[Code]:
    return st.sampled_from(sorted(FIELDS[field].values(), key=lambda code: code.value))


def _mapped(mapping: CodeMap) -> st.SearchStrategy[Code]:
    return st.sampled_from(sorted(mapping.targets, key=lambda code: (code.system, code.value)))


def _common() -> dict[str, st.SearchStrategy[object]]:
    return {
        "uvci": st.builds(uvci.from_record_id, COUNTRIES, st.binary(min_size=16, max_size=16)),
        "disease": st.sampled_from([COVID_19, YELLOW_FEVER, POLIOMYELITIS]),
        "country": COUNTRIES,
        "issuer": st.sampled_from(
            ["Ministry of Health, Ruritania", "卫生健康委员会", "Bundesamt für Gesundheit (BAG)"]
        ),
        "evidence": st.none() | st.sampled_from(Evidence),
    }


def vaccinations() -> st.SearchStrategy[Vaccination]:
    """Doses, with codes of the EU's lists and of other systems, mapped and not."""
    foreign = st.sampled_from([Code(CVX, "208"), Code(CVX, "37"), Code("urn:oid:1.2.3", "vaccine")])
    dose = st.none() | st.integers(1, 99)
    return st.builds(
        Vaccination,
        **_common(),
        date=partial_dates(),
        prophylaxis=st.none() | _known("vp") | foreign,
        product=st.none() | _known("mp") | foreign,
        manufacturer=st.none() | _known("ma") | st.just(Code("urn:oid:1.2.3", "maker")),
        dose=dose,
        doses=dose,
    )


def tests() -> st.SearchStrategy[Test]:
    """Tests of every kind; a molecular or antigen test always states its type, as a DCC has to."""
    national = Code("urn:oid:1.2.3", "assay")
    methods = {
        TestKind.MOLECULAR: [Code(LOINC, "LP6464-4"), Code(LOINC, "94500-6"), national],
        TestKind.ANTIGEN: [Code(LOINC, "LP217198-3"), Code(LOINC, "94558-4"), national],
        TestKind.ANTIBODY: [None, Code(LOINC, "94563-4"), Code(LOINC, "94762-2"), national],
        TestKind.OTHER: [None, Code(LOINC, "COVID-19 test"), national],
    }

    def of_kind(kind: TestKind) -> st.SearchStrategy[Test]:
        return st.builds(
            Test,
            **_common(),
            kind=st.just(kind),
            sampled=instants(),
            result=st.sampled_from([DETECTED, NOT_DETECTED, Code(SNOMED, "419984006"), Code(LOINC, "LA11882-0")]),
            method=st.sampled_from(methods[kind]),
            analyte=st.none() | st.sampled_from(Analyte) if kind is TestKind.ANTIBODY else st.none(),
            name=st.none() | st.just("2019-nCoV RT-qPCR"),
            device=st.none() | _known("t.ma") | st.just(national),
            centre=st.none() | st.just("Testzentrum Köln Hbf"),
        )

    return st.sampled_from(TestKind).flatmap(of_kind)


def recoveries() -> st.SearchStrategy[Recovery]:
    """Past infections; the period need not make sense, since the shape does not judge it."""
    day = complete_dates()
    return st.builds(Recovery, **_common(), first_positive=partial_dates(), valid_from=day, valid_until=day)


def exemptions() -> st.SearchStrategy[Exemption]:
    """Medical exemptions."""
    return st.builds(Exemption, **_common(), valid_from=complete_dates(), valid_until=complete_dates())


def claims() -> st.SearchStrategy[AnyClaim]:
    """One claim of any kind."""
    return st.one_of(vaccinations(), tests(), recoveries(), exemptions())


def certificates(*, with_document: bool = True) -> st.SearchStrategy[Certificate]:
    """Certificates of one to six claims of any kinds, in any order."""
    several = st.lists(claims(), min_size=1, max_size=6).map(tuple)
    return st.builds(Certificate, persons(with_document=with_document), several, st.booleans())


def dcc_claims() -> st.SearchStrategy[AnyClaim]:
    """What a DCC can carry: codes that are its own or that a map knows, and every field that its schema requires."""
    covid = st.sampled_from([COVID_19, Code(ICD_10, "U07.1"), Code(ICD_11, "RA01")])
    shared = _common() | {"disease": covid}
    dose, day = st.integers(1, 9), complete_dates()
    kinds = {TestKind.MOLECULAR: MOLECULAR_TESTS, TestKind.ANTIGEN: ANTIGEN_TESTS}
    vaccination = st.builds(
        Vaccination,
        **shared,
        date=day,
        prophylaxis=_mapped(PROPHYLAXIS_MAP),
        product=_mapped(PRODUCT_MAP),
        manufacturer=_known("ma"),
        dose=dose,
        doses=dose,
    )
    tested = [
        st.builds(
            Test,
            **shared,
            kind=st.just(kind),
            method=st.none() | st.sampled_from(sorted(methods)).map(lambda value: Code(LOINC, value)),
            sampled=instants(),
            result=_mapped(RESULT_MAP),
            name=st.none() | st.just("2019-nCoV RT-qPCR"),
            device=_known("t.ma"),
            centre=st.none() | st.just("Testzentrum Köln Hbf"),
        )
        for kind, methods in kinds.items()
    ]
    recovery = st.builds(Recovery, **shared, first_positive=day, valid_from=day, valid_until=day)
    return st.one_of(vaccination, *tested, recovery)


def _of_its_country(claim: AnyClaim) -> AnyClaim:
    """The claim with an identifier that its own country gave."""
    record = uvci.to_record_id(claim.uvci)
    assert record is not None
    return structs.replace(claim, uvci=uvci.from_record_id(claim.country, record))


def issuable(profile: str) -> st.SearchStrategy[Certificate]:
    """Certificates that we sign in a profile ("eu-dcc", "ithc") from the year 2100 on."""
    if profile == "eu-dcc":
        one = dcc_claims().map(lambda claim: (_of_its_country(claim),))
        return st.builds(Certificate, persons(with_document=False), one, st.booleans())
    own = claims().map(_of_its_country)
    graded = own.map(lambda claim: structs.replace(claim, evidence=claim.evidence or Evidence.REGISTRY))
    return st.builds(Certificate, persons(), st.lists(graded, min_size=1, max_size=6).map(tuple), st.booleans())


def texts(longest: int = 80) -> st.SearchStrategy[str]:
    """Any script in NFC, without control characters."""
    letters = st.characters(exclude_categories=["Cc", "Cs"])
    composed = st.text(letters, min_size=1, max_size=longest).map(lambda text: unicodedata.normalize("NFC", text))
    return composed.filter(lambda text: 0 < len(text) <= longest)


_edge_countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=10)
_edge_days = st.dates().map(PartialDate.of)
_edge_months = st.builds(PartialDate, st.integers(1, 9999), st.integers(1, 12))
_edge_years = st.builds(PartialDate, st.integers(1, 9999))
_edge_partial_dates = st.one_of(_edge_days, _edge_months, _edge_years)
_edge_zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_edge_instants = st.datetimes(timezones=st.one_of(st.just(timezone(timedelta(hours=8))), _edge_zones))
_edge_codes = st.one_of(
    st.sampled_from(CODES),
    st.builds(Code, st.sampled_from([*SYSTEMS, UNLISTED, "urn:oid:1.2.3"]), texts()),
    st.builds(Code, texts(160), texts()),
)
_edge_doses = st.none() | st.integers(1, 99)


def _edge_name(family: str | None, given: str | None, icao: tuple[str | None, str | None]) -> Name:
    return Name(family, given, *icao)


_edge_icao = st.none() | st.from_regex(r"\A[A-Z<]{1,80}\Z")
_edge_names = st.builds(
    _edge_name,
    st.none() | texts(),
    st.none() | texts(),
    st.tuples(_edge_icao, _edge_icao).filter(lambda pair: pair != (None, None)),
)
_edge_documents = st.builds(
    TravelDocument,
    st.from_regex(r"\A[A-Z<]{1,2}\Z"),
    st.from_regex(r"\A[A-Z<]{1,3}\Z"),
    st.from_regex(r"\A[A-Z0-9<]{1,3}\Z"),
    st.binary(min_size=8, max_size=16),
    st.binary(min_size=16, max_size=16),
)
_edge_holders = st.builds(Person, _edge_names, st.none() | _edge_partial_dates, st.none() | _edge_documents)


@st.composite
def ithc_claims(draw: st.DrawFn) -> AnyClaim:
    """A claim of any kind, with an identifier that is canonical, of another country, or free text."""
    country = draw(_edge_countries)
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
        "disease": draw(_edge_codes),
        "country": country,
        "issuer": draw(texts()),
        "evidence": draw(st.sampled_from(Evidence)),
    }
    optional_code = st.none() | _edge_codes
    match draw(st.integers(0, 3)):
        case 0:
            return Vaccination(
                **stated,
                date=draw(_edge_partial_dates),
                prophylaxis=draw(optional_code),
                product=draw(optional_code),
                manufacturer=draw(optional_code),
                dose=draw(_edge_doses),
                doses=draw(_edge_doses),
            )
        case 1:
            return Test(
                **stated,
                kind=draw(st.sampled_from(TestKind)),
                sampled=draw(_edge_instants),
                result=draw(_edge_codes),
                method=draw(optional_code),
                analyte=draw(st.none() | st.sampled_from(Analyte)),
                name=draw(st.none() | texts()),
                device=draw(optional_code),
                centre=draw(st.none() | texts()),
            )
        case 2:
            return Recovery(
                **stated,
                first_positive=draw(_edge_partial_dates),
                valid_from=draw(_edge_partial_dates),
                valid_until=draw(_edge_partial_dates),
            )
        case _:
            return Exemption(**stated, valid_from=draw(_edge_partial_dates), valid_until=draw(_edge_partial_dates))


def ithc_certificates() -> st.SearchStrategy[Certificate]:
    """Certificates that the ITHC profile can carry, at its edges: partial dates, odd zones, any script, any code."""
    several = st.lists(ithc_claims(), min_size=1, max_size=5).map(tuple)
    return st.builds(Certificate, _edge_holders, several, st.booleans())


def nonsense() -> st.SearchStrategy[object]:
    """Whatever a decoder of CBOR or JSON may hand over."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**35),
        st.floats(),
        st.text(max_size=12),
        st.binary(max_size=8),
        st.dates(),
        st.datetimes(),
        st.datetimes(timezones=st.just(UTC)),
        st.sampled_from(
            ["", " ", "2021-02-29", "2021-13-01", "2021-06-11T17:30:00+02", "9999-12-31", "\ud800", "x" * 300]
        ),
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        ),
        max_leaves=8,
    )
