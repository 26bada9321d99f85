"""What the people of the generator are like: every number, and where it is from.

Four fictional states stand for the World Bank's four income groups. One number is measured: the share of people with at
least one dose by income group, which Our World in Data gave for 24 October 2021 (E. Mathieu, read second-hand). All the
others are assumptions of ours, chosen so that each way a person can be occurs; they are no estimate of any country.
"""

from enum import StrEnum

from msgspec import Struct


class Income(StrEnum):
    """The World Bank's income groups of countries."""

    HIGH = "high"
    UPPER_MIDDLE = "upper_middle"
    LOWER_MIDDLE = "lower_middle"
    LOW = "low"


class Product(Struct, frozen=True):
    """A vaccine: its value under `mp`, `vp` and `ma`, the doses of its course, and its share of a country's."""

    product: str
    prophylaxis: str
    manufacturer: str
    doses: int
    share: float


class Country(Struct, frozen=True):
    """A fictional state. Shares are of its people, `tests` the tests of a person in the last 30 days."""

    code: str
    income: Income
    people: float
    """Of the whole population that is made."""
    access: float
    """With at least one dose: measured, see above."""
    boosted: float
    """Of those whose course is complete."""
    tests: float
    young: float
    """Under 18."""
    regions: tuple[float, ...]
    """The share of each region, which is named `XA-31` and so on."""
    products: tuple[Product, ...]


MRNA = Product("EU/1/20/1528", "1119349007", "ORG-100030215", 2, 1.0)
JANSSEN = Product("EU/1/20/1525", "J07BX03", "ORG-100001417", 1, 1.0)
BBIBP = Product("BBIBP-CorV", "1157024006", "ORG-100020693", 2, 1.0)
CORONAVAC = Product("CoronaVac", "1157024006", "Sinovac-Biotech", 2, 1.0)
COVISHIELD = Product("Covishield", "J07BX03", "ORG-100001981", 2, 1.0)
SPUTNIK = Product("Sputnik-V", "J07BX03", "Gamaleya-Research-Institute", 2, 1.0)


def _of(share: float, product: Product) -> Product:
    return Product(product.product, product.prophylaxis, product.manufacturer, product.doses, share)


HOME = Country(
    "XA", Income.UPPER_MIDDLE, 0.80, 0.65, 0.35, 0.9, 0.22, (0.24, 0.19, 0.15, 0.13, 0.11, 0.08, 0.06, 0.04),
    (_of(0.46, BBIBP), _of(0.38, CORONAVAC), _of(0.12, MRNA), _of(0.04, JANSSEN)),
)  # fmt: skip
ABROAD = (
    Country(
        "XB", Income.HIGH, 0.08, 0.70, 0.55, 1.1, 0.18, (0.6, 0.4),
        (_of(0.86, MRNA), _of(0.14, JANSSEN)),
    ),
    Country(
        "XC", Income.LOWER_MIDDLE, 0.09, 0.36, 0.08, 0.3, 0.32, (0.5, 0.3, 0.2),
        (_of(0.70, COVISHIELD), _of(0.18, BBIBP), _of(0.12, SPUTNIK)),
    ),
    Country(
        "XD", Income.LOW, 0.03, 0.03, 0.01, 0.1, 0.48, (0.7, 0.3),
        (_of(0.75, COVISHIELD), _of(0.25, JANSSEN)),
    ),
)  # fmt: skip
COUNTRIES = (HOME, *ABROAD)

OLDEST = 95
VACCINATED_FROM = 12
"""Years of age below which nobody is vaccinated."""
WILLINGNESS = ((12, 0.6), (18, 0.9), (60, 1.15))
"""By age from which it holds: how much more likely than others to be vaccinated; scaled so that `access` comes out."""
CAMPAIGN = 400
"""Days over which first doses are spread."""
SECOND_AFTER, BOOSTER_AFTER = 28, 180
"""Days after the first dose, and after the second."""
COMPLETED = 0.92
"""Of those whose course has two doses."""
TRIAL = 0.002
"""Of the vaccinated: with a product under trial, which no list names."""
EXEMPT = 0.005
YELLOW_FEVER = 0.01
"""Vaccinated against yellow fever: a dose that no rule about another disease may count."""
RECOVERED = 0.12
"""With a positive molecular test in the last 400 days, and a recovery that counts from day 11 to day 180 (Regulation
(EU) 2021/953 as domain knowledge, unread)."""
RECOVERY_FROM, RECOVERY_UNTIL = 11, 180
TESTED = 30
"""Days over which recent tests are spread, the newer the more."""
TEST_KINDS = (("molecular", 0.58), ("antigen", 0.36), ("antibody", 0.05), ("other", 0.01))
POSITIVE = 0.02
UNMAPPED = 0.001
"""Results that no table knows: open."""
REPORTED_TWICE, DISAGREEING = 0.03, 0.05
"""Tests that a second source tells of within a minute, and those of them where it says the opposite."""
WITHDRAWN = 0.003
"""Records that were corrected away."""
DISPUTED = 0.05
"""Of the positive tests; half of these are past their 24 hours, and half of those were answered with no."""
DECLARING, DECLARED_FOR = 0.08, 21
"""People who declare their health every day, and for how many days at most."""
MISSED, ABNORMAL, UNCLEAR = 0.03, 0.015, 0.003
"""Days left out, days with a symptom, days with one that no table knows."""
TRAVELLED, ABROAD_OF_THEM, TRAVELLED_WITHIN = 0.12, 0.1, 40
"""People with a trip in the last 40 days, and those of them who went abroad."""
CONTACTS, SECOND_CONTACT = 0.006, 0.3
OBSERVED = 0.003
OLD, PAPER_IF_OLD = 70, 0.5
PAPER = {Income.HIGH: 0.08, Income.UPPER_MIDDLE: 0.12, Income.LOWER_MIDDLE: 0.35, Income.LOW: 0.6}
"""Without a smartphone, with paper alone; from `OLD` on half of all."""
