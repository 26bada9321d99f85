"""Who recognises whose certificates, country by country: what agreements come to, and where one side gives more.

    found = recognised(agreements, at)        {("XA", "XB"): Recognition(...)}: XA's border, XB's certificates
    relation(found, "XA", "XB")               mutual, one way, uneven, planned, or nothing

A union is its members here; an organisation that issues is beside them, and has no border.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import product

from msgspec import Struct

from pratique.model.countries import is_country
from pratique.rules.agreement import Agreement, ClaimType, Party, PartyKind, Status

Pair = tuple[str, str]
"""The country at whose border, and the country or the organisation that issues."""


class Recognition(Struct, frozen=True):
    """What a country takes of another's certificates; `planned` is how far others are, which do not count."""

    claims: tuple[ClaimType, ...] = ()
    planned: tuple[Status, ...] = ()
    agreements: tuple[str, ...] = ()


class Relation(StrEnum):
    """How two countries stand to each other, from the first one's side."""

    MUTUAL = "mutual"
    THEIRS = "theirs"
    """We take theirs; they do not take ours."""
    OURS = "ours"
    """They take ours; we do not take theirs."""
    UNEVEN = "uneven"
    """Both take some, and not the same."""
    PLANNED = "planned"
    NONE = "none"


def countries(agreements: Iterable[Agreement]) -> tuple[str, ...]:
    """Every country that is named, and after them every organisation."""
    found = {code for agreement in agreements for party in agreement.parties for code in _issuers(party)}
    return tuple(sorted(found, key=lambda code: (not is_country(code), code)))


def _issuers(party: Party) -> frozenset[str]:
    """A party's countries, or the organisation that it is."""
    return party.issuers if party.kind is PartyKind.ORGANISATION else party.states


def recognised(agreements: Iterable[Agreement], at: datetime) -> Mapping[Pair, Recognition]:
    """What each country takes of each other's, by what is in force at an instant; and what is planned."""
    found: dict[Pair, Recognition] = {}
    for agreement in agreements:
        counts = agreement.in_force(at)
        for here, there in agreement.pairs():
            for pair in product(here.states, _issuers(there)):
                if pair[0] != pair[1]:
                    found[pair] = _with(found.get(pair, Recognition()), agreement, counts=counts)
    return found


def _with(known: Recognition, agreement: Agreement, *, counts: bool) -> Recognition:
    claims = {*known.claims, *(agreement.claims if counts else ())}
    planned = known.planned if counts else (*known.planned, agreement.status)
    ordered = tuple(claim for claim in ClaimType if claim in claims)
    return Recognition(ordered, planned, (*known.agreements, agreement.identifier))


def relation(found: Mapping[Pair, Recognition], ours: str, theirs: str) -> Relation:
    """How two of them stand to each other."""
    we, they = found.get((ours, theirs), Recognition()), found.get((theirs, ours), Recognition())
    if we.claims and they.claims:
        return Relation.MUTUAL if we.claims == they.claims else Relation.UNEVEN
    if we.claims or they.claims:
        return Relation.THEIRS if we.claims else Relation.OURS
    return Relation.PLANNED if we.planned or they.planned else Relation.NONE
