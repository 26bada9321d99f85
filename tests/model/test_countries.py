"""Country codes of certificates and of the machine readable zone."""

import re

import pytest

from pratique.model import countries

PAIRS = ("DE:D", "GB:GBR", "FR:FRA", "XK:RKS", "EL:GRC", "UK:GBR", "EU:EUE", "UN:UNO", "XA:UTO", "XB:ZZB", "XC:ZZC")


@pytest.mark.parametrize("code", ["", "ZZ", "de", "DEU", "UNHCR", "XD"])
def test_what_is_no_country_has_no_zone_code(code: str) -> None:
    assert not countries.is_country(code)
    with pytest.raises(ValueError, match="not a country code"):
        countries.to_mrz(code)


@pytest.mark.parametrize(
    ("alpha2", "mrz"),
    [tuple(pair.split(":")) for pair in PAIRS],
)
def test_the_zone_writes_countries_its_own_way(alpha2: str, mrz: str) -> None:
    assert countries.to_mrz(alpha2) == mrz
    assert countries.from_mrz(mrz) == countries.canonical(alpha2)
    assert countries.is_mrz_code(mrz)


@pytest.mark.parametrize("code", ["GBD", "GBN", "GBO", "GBP", "GBS"])
def test_six_codes_are_british(code: str) -> None:
    assert countries.from_mrz(code) == "GB"


@pytest.mark.parametrize("code", ["XXA", "XXB", "XXC", "XXX", "XOM", "XPO"])
def test_people_without_a_state_and_organisations_have_codes_but_no_country(code: str) -> None:
    assert countries.from_mrz(code) is None
    assert countries.is_mrz_code(code)


@pytest.mark.parametrize("code", ["", "DEU", "ZZZ", "uto"])
def test_nobody_defined_these(code: str) -> None:
    assert countries.from_mrz(code) is None
    assert not countries.is_mrz_code(code)


def test_the_table_has_the_249_countries_of_iso_3166_and_no_code_twice() -> None:
    rows = countries._ISO.split()
    assert len(rows) == len({row[:2] for row in rows}) == len({row[2:] for row in rows}) == 249
    assert all(re.fullmatch("[A-Z]{5}", row) for row in rows)
    every = {row[:2] for row in rows} | {"XK", *countries.FICTIONAL}
    assert all(countries.from_mrz(countries.to_mrz(alpha2)) == alpha2 for alpha2 in every)


def test_international_bodies_issue_certificates_but_are_not_countries() -> None:
    assert countries.is_issuer("UNHCR")
    assert countries.is_issuer("EL")
    assert not countries.is_issuer("ACME")
    assert not countries.is_country("UN")
