"""The people of one chunk: who they are to the generator, as arrays in the order of their ids."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from pratique.authority.population import assumptions as like
from pratique.authority.population.assumptions import COUNTRIES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Octets = NDArray[np.uint8]

_HEX = np.array([list(f"{octet:02x}".encode()) for octet in range(256)], dtype=np.uint8)


def identifiers(octets: Octets) -> pa.Array:
    """Rows of 16 octets as identifiers of 32 digits."""
    size = len(octets)
    offsets = np.arange(0, 32 * size + 1, 32, dtype=np.int32)
    digits = _HEX[octets].reshape(-1)
    return pa.Array.from_buffers(pa.string(), size, [None, pa.py_buffer(offsets), pa.py_buffer(digits)])


def happens(random: Generator, chance: float | Floats, size: int | None = None) -> Bools:
    """Whether it happened to each, with one chance for all `size` of them or with each one's own."""
    drawn: Floats = random.random(np.size(chance) if size is None else size)
    return drawn < chance


class Shares(Struct, frozen=True):
    """What each country has some of, by their shares: drawn as an index into the items of all countries together."""

    first: Ints
    upto: Floats

    @classmethod
    def of(cls, shares: Sequence[Sequence[float]]) -> "Shares":
        """The shares of each country's items; the last item has what the others leave."""
        widest = max(map(len, shares))
        upto = np.ones((len(shares), widest))
        for number, each in enumerate(shares):
            upto[number, : len(each) - 1] = np.cumsum(each[:-1])
        return cls(np.concatenate([[0], np.cumsum([len(each) for each in shares])[:-1]]), upto)

    def draw(self, random: Generator, country: Ints) -> Ints:
        """An item for each country."""
        drawn: Ints = self.first[country] + (random.random(country.size)[:, None] >= self.upto[country]).sum(axis=1)
        return drawn


REGIONS = tuple(f"{country.code}-{31 + number}" for country in COUNTRIES for number in range(len(country.regions)))
PREFECTURES = 9
DIVISIONS = tuple(f"{region[3:]}{1 + number:02}01" for region in REGIONS for number in range(PREFECTURES))
"""A county in each prefecture of each region: two digits of either, and two of its own."""
PRODUCTS = tuple(product for country in COUNTRIES for product in country.products)
_REGIONS = Shares.of([country.regions for country in COUNTRIES])
_PRODUCTS = Shares.of([[product.share for product in country.products] for country in COUNTRIES])


class People(Struct, frozen=True):
    """`country` and `region` are indices into `COUNTRIES` and `REGIONS`, `age` in years, `on_paper` without a phone."""

    octets: Octets
    country: Ints
    region: Ints
    age: Ints
    on_paper: Bools

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.octets)

    def ids(self, who: Ints) -> pa.Array:
        """The identifier of each of these people."""
        return identifiers(self.octets[who])

    def of_country(self, attribute: str, who: Ints | slice = slice(None)) -> Floats:
        """What the country of each is like."""
        return np.array([getattr(country, attribute) for country in COUNTRIES])[self.country[who]]

    def access(self) -> Floats:
        """How likely each is to have had a dose; over a country it comes to what was measured there."""
        weights = np.zeros(self.count)
        for age, weight in like.WILLINGNESS:
            weights[self.age >= age] = weight
        chances = np.zeros(self.count)
        for number, country in enumerate(COUNTRIES):
            here = np.flatnonzero(self.country == number)
            if here.size:
                chances[here] = _scaled(weights[here], country.access)
        return chances

    def anywhere(self, random: Generator, who: Ints) -> Ints:
        """A county of the country of each, as an index into `DIVISIONS`."""
        region = _REGIONS.draw(random, self.country[who])
        return region * PREFECTURES + random.integers(0, PREFECTURES, who.size)

    def products(self, random: Generator, who: Ints) -> Ints:
        """A vaccine of the country of each, as an index into `PRODUCTS`."""
        return _PRODUCTS.draw(random, self.country[who])

    def table(self) -> pa.Table:
        """Who lives where: all that is known of them besides events."""
        everybody = np.arange(self.count)
        return pa.table(
            {
                "person_id": self.ids(everybody),
                "country": _words([country.code for country in COUNTRIES], self.country),
                "region": _words(REGIONS, self.region),
                "income": _words([country.income.value for country in COUNTRIES], self.country),
                "age": pa.array(self.age.astype(np.int16)),
                "shows": _words(("screen", "paper"), self.on_paper.astype(np.int64)),
            }
        )


def draw(number: int, count: int, random: Generator) -> People:
    """The people of chunk `number`; their ids begin with it, so that chunk after chunk they are in order."""
    octets = random.integers(0, 256, (count, 16), np.uint8)
    octets[:, 0], octets[:, 1] = number >> 8, number & 255
    octets = octets[np.lexsort(octets.T[::-1])]
    country = random.choice(len(COUNTRIES), count, p=[each.people for each in COUNTRIES])
    young = happens(random, np.array([each.young for each in COUNTRIES])[country])
    adult = 18 + (random.beta(1.2, 2.0, count) * (like.OLDEST - 18)).astype(np.int64)
    age = np.where(young, random.integers(0, 18, count), adult)
    paper = np.where(
        age >= like.OLD, like.PAPER_IF_OLD, np.array([like.PAPER[each.income] for each in COUNTRIES])[country]
    )
    return People(octets, country, _REGIONS.draw(random, country), age, happens(random, paper))


def _scaled(weights: Floats, share: float) -> Floats:
    """Chances in the proportion of the weights, none above one, whose mean is the share."""
    factor, target = share, share * weights.size
    for _ in range(20):  # each round gives what was cut off at one to the others
        chances = np.minimum(weights * factor, 1.0)
        factor *= target / max(float(chances.sum()), 1e-9)
    return chances


def _words(words: Sequence[str], places: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16)), pa.array(words)).dictionary_decode()
