"""What a verified foreign certificate becomes in a national record: claims of one's own, and how each came about.

The event stays what it was, where it was and when. What changes is who vouches, and how it is known: an authority that
saw a foreign certificate knows no more than that. A weaker grade that the certificate itself states stays.
"""

from typing import Any

from msgspec import Struct, structs

from pratique.model.certificate import AnyClaim, Evidence, Test
from pratique.model.dcc import TEST_TYPES
from pratique.model.valueset import (
    CONDITION_MAP,
    CONDITIONS,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    TEST_TYPE_MAP,
    Code,
    CodeMap,
)


class Mapped(Struct, frozen=True):
    """A code of the certificate, and the one that it is in the national record."""

    field: str
    given: Code
    national: Code


class Converted(Struct, frozen=True):
    """A claim for the national record, and how it came about."""

    claim: AnyClaim
    original: str
    """The identifier in the certificate; empty where it gives the claim none of its own."""
    mapped: tuple[Mapped, ...]
    kept: tuple[tuple[str, Code], ...]
    """The codes that no map knows, by their fields: they stay as they are, and open to rules."""


_MAPS: dict[str, CodeMap] = {
    "disease": CONDITION_MAP,
    "prophylaxis": PROPHYLAXIS_MAP,
    "product": PRODUCT_MAP,
    "method": TEST_TYPE_MAP,
    "result": RESULT_MAP,
}
"""For each coded field what codes of other systems mean."""


def converted(claim: AnyClaim, *, uvci: str, issuer: str) -> Converted | None:
    """The claim as national evidence under an identifier of one's own; `issuer` is the body that now vouches for it.

    None for a disease that is not on the closed list: of that no record is taken in.
    """
    changes: dict[str, Any] = {}
    mapped: list[Mapped] = []
    kept: list[tuple[str, Code]] = []
    for field, codes in _MAPS.items():
        given: Code | None = getattr(claim, field, None)
        if given is None:
            continue
        national = _type_of(claim) if field == "method" and isinstance(claim, Test) else codes.map(given)
        if national is not None and national != given:
            changes[field] = national
            mapped.append(Mapped(field, given, national))
        elif national is None:
            kept.append((field, given))
    if changes.get("disease", claim.disease) not in CONDITIONS:
        return None
    evidence = min(claim.evidence or Evidence.FOREIGN_CERTIFICATE, Evidence.FOREIGN_CERTIFICATE)
    own = structs.replace(claim, **changes, uvci=uvci, issuer=issuer, evidence=evidence)
    return Converted(own, claim.uvci, tuple(mapped), tuple(kept))


def _type_of(claim: Test) -> Code | None:
    """The type of a test by what it looks for, which was read from ICAO's words as well; an antibody test has none."""
    return TEST_TYPES.get(claim.kind)
