"""What is claimed about a person: neutral, coded, frozen.

A `Certificate` *read from a scan* exists only after its signature held. Values keep their code system, so that a
rule written for one system never meets a code of another unmapped; nothing here is translated for display.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from enum import IntEnum, StrEnum

from msgspec import Struct, structs

from pratique.model import _code_maps
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from pratique.model.uvci import opaque_part
from pratique.model.valueset import DETECTED, ICAO_TEST, LOINC, NOT_DETECTED, Code


class Evidence(IntEnum):
    """How an issuer knows what it claims, from weakest to strongest; rules may ask for a minimum."""

    SELF_DECLARED = 1
    PAPER_SEEN = 2
    FOREIGN_CERTIFICATE = 3
    """A foreign certificate whose signature was verified."""
    REGISTRY = 4
    ADMINISTERED = 5
    """Given, or sampled, by the issuer's own facility."""


class Name(Struct, frozen=True):
    """A person's name in its own script and in the Latin of the machine readable zone (ICAO 9303-3).

    The ICAO forms use A to Z and `<` between parts; they are computed by `pratique.model.names`, never typed.
    A person with one name has it as either part. None where the certificate does not state a part.
    """

    family: str | None = None
    given: str | None = None
    family_icao: str | None = None
    given_icao: str | None = None


class TravelDocument(Struct, frozen=True):
    """A travel document that can be compared with the one in hand, but not read out of the certificate.

    `digest` is the first 16 bytes of HMAC-SHA-256 under `salt` over country and number. The salt travels with it,
    so whoever holds the certificate can still try all numbers: this hides a number from eyes, logs and copies,
    not from a determined holder of the certificate.
    """

    kind: str
    """The document code of the machine readable zone, such as `P`; empty where the certificate does not state it."""
    country: str
    """The issuing state as the machine readable zone writes it (ICAO 9303-3 part 5), such as `UTO`; empty where the
    certificate does not state it, so that numbers alone are compared."""
    tail: str
    """The last three characters of the number, shown to the officer."""
    salt: bytes
    digest: bytes

    @classmethod
    def conceal(cls, kind: str, country: str, number: str, *, salt: bytes) -> "TravelDocument":
        """The comparable form of a document `number`; `salt` is 8 to 16 random bytes, fresh for each certificate."""
        return cls(kind, country, number[-3:], salt, _document_digest(country, number, salt))

    def is_number(self, country: str, number: str) -> bool:
        """Whether this is the document `number` of `country`."""
        return hmac.compare_digest(self.digest, _document_digest(self.country and country, number, self.salt))


class LegibleDocument(TravelDocument, frozen=True):
    """A travel document together with its number: what issuing needs where a format states numbers in clear (VDS-NC).

    No scan is read as one: a number that stands there in clear is concealed at once.
    """

    number: str

    @classmethod
    def reveal(cls, kind: str, country: str, number: str, *, salt: bytes) -> "LegibleDocument":
        """A document whose number a format may write; `salt` as for `conceal`."""
        return cls(kind, country, number[-3:], salt, _document_digest(country, number, salt), number)

    def __repr__(self) -> str:
        return f"LegibleDocument({self.kind!r}, {self.country!r}, tail={self.tail!r})"


def _document_digest(country: str, number: str, salt: bytes) -> bytes:
    return hmac.digest(salt, f"{country}:{number}".encode(), hashlib.sha256)[:16]


class Sex(StrEnum):
    """As HL7 FHIR writes it (AdministrativeGender)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Person(Struct, frozen=True):
    """Who a certificate is about. `birth_date` None means that it is not known, or not stated."""

    name: Name
    birth_date: PartialDate | None = None
    document: TravelDocument | None = None
    sex: Sex | None = None
    nationality: str | None = None
    """ISO 3166-1 alpha-2. It and `sex` are stated only where a form asks for them, as the WHO's does."""


class Claim(Struct, frozen=True, kw_only=True):
    """What every kind of claim states.

    `uvci` identifies the record behind the claim, the same in every format and every re-issue; what can be
    revoked is its opaque part, `record_id`.
    """

    uvci: str
    disease: Code
    country: str
    """Where the event took place: ISO 3166-1 alpha-2, or the longer code of an international body."""
    issuer: str
    """The body that vouches for the claim, as text (at most 80 characters in a DCC)."""
    evidence: Evidence | None = None
    """None where the format has no place for it."""

    @property
    def record_id(self) -> str:
        """The unguessable part of the identifier, in upper case without prefix, country, issuer or check character."""
        return opaque_part(self.uvci)


class Vaccination(Claim, frozen=True, kw_only=True, tag="vaccination"):
    """One dose. `dose` of `doses` are the printed fraction; rules count dose events instead."""

    date: PartialDate
    prophylaxis: Code | None = None
    product: Code | None = None
    manufacturer: Code | None = None
    dose: int | None = None
    doses: int | None = None
    lot: str | None = None
    """The manufacturer's batch, where a form asks for it."""


class TestKind(StrEnum):
    """What a test looks for: the virus's nucleic acid, its antigen, or the body's antibody."""

    __test__ = False  # not a test case, whatever a test runner makes of the name

    MOLECULAR = "molecular"
    ANTIGEN = "antigen"
    ANTIBODY = "antibody"
    OTHER = "other"
    """A type code that no table maps: open to rules, never refused by itself."""


class Analyte(StrEnum):
    """Which immunoglobulin an antibody test measures."""

    IGG = "IgG"
    IGM = "IgM"
    TOTAL = "total"


_KINDS: dict[Code, tuple[TestKind, Analyte | None]] = (
    {Code(LOINC, value): (TestKind.MOLECULAR, None) for value in _code_maps.MOLECULAR_TESTS}
    | {Code(LOINC, value): (TestKind.ANTIGEN, None) for value in _code_maps.ANTIGEN_TESTS}
    | {
        Code(LOINC, value): (TestKind.ANTIBODY, Analyte(analyte) if analyte else None)
        for value, analyte in _code_maps.ANTIBODY_TESTS.items()
    }
    | {Code(ICAO_TEST, word): (TestKind(kind), None) for word, kind in _code_maps.ICAO_TESTS.items()}
)


def kind_of(method: Code | None) -> tuple[TestKind, Analyte | None]:
    """What a test of this type looks for; `TestKind.OTHER` for a type that no table maps."""
    return (TestKind.OTHER, None) if method is None else _KINDS.get(method, (TestKind.OTHER, None))


class Test(Claim, frozen=True, kw_only=True, tag="test"):
    """One test. `sampled` is the instant the sample was taken, with its offset."""

    __test__ = False  # not a test case, whatever a test runner makes of the name

    kind: TestKind
    sampled: datetime
    result: Code
    method: Code | None = None
    """The type code (LOINC) as given; `kind` is derived from it."""
    analyte: Analyte | None = None
    """For antibody tests."""
    name: str | None = None
    """Name of a molecular test."""
    device: Code | None = None
    """Manufacturer and name of a rapid test, as a code."""
    centre: str | None = None
    day_only: bool = False
    """Only the day is stated: `sampled` is the first moment of it anywhere on earth, so that no test seems fresher."""

    @property
    def detected(self) -> bool | None:
        """Whether the target was found; None for a result code that is neither."""
        return True if self.result == DETECTED else False if self.result == NOT_DETECTED else None


class Recovery(Claim, frozen=True, kw_only=True, tag="recovery"):
    """A past infection, with the period in which the issuer lets it count."""

    first_positive: PartialDate
    valid_from: PartialDate
    valid_until: PartialDate


class Exemption(Claim, frozen=True, kw_only=True, tag="exemption"):
    """A medical exemption. Its ground is nobody's business and has no field."""

    valid_from: PartialDate
    valid_until: PartialDate


AnyClaim = Vaccination | Test | Recovery | Exemption


class Certificate(Struct, frozen=True):
    """A holder and what is claimed about them, in the order the issuer chose; `specimen` marks one made for tests.

    One read from a pass has no claim: its issuer found that the holder met a policy, and says nothing of any event, so
    that whatever a rule asks about events stays open.
    """

    holder: Person
    claims: tuple[AnyClaim, ...]
    specimen: bool = False


def choose(certificate: Certificate, *claims: AnyClaim) -> Certificate:
    """The same certificate with only these claims."""
    return structs.replace(certificate, claims=claims)


def split(certificate: Certificate, fits: Callable[[Certificate], bool]) -> tuple[Certificate, ...]:
    """The fewest certificates, in order, that each `fits` and together carry all claims: for paper with small codes.

    A certificate with fewer claims is taken to fit where one with more does. Raises `IssueRefused` (ISSUE_TOO_LARGE)
    where even one claim does not fit beside the holder.
    """
    if fits(certificate):
        return (certificate,)
    if len(certificate.claims) < 2:
        raise IssueRefused(Reason.ISSUE_TOO_LARGE)
    parts: list[Certificate] = []
    part = choose(certificate)
    for number, claim in enumerate(certificate.claims):
        longer = choose(certificate, *part.claims, claim)
        if fits(longer):
            part = longer
            continue
        if part.claims:
            parts.append(part)
        part = choose(certificate, claim)
        if not (parts and fits(part)):
            raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail=f"claims[{number}]")
    return (*parts, part)


def same_event(a: AnyClaim, b: AnyClaim) -> bool:
    """Whether two claims about one person tell of the same event, from whatever source or format.

    Equal record ids settle it. Otherwise, for one disease: vaccinations on one day (two doses are never given on one
    day); tests of one kind and analyte whose samples were taken in the same minute; recoveries with one first
    positive day. A partial date settles nothing, and exemptions are the same only by record id.
    """
    if type(a) is not type(b) or a.disease != b.disease:
        return False
    if a.record_id and a.record_id == b.record_id:
        return True
    match a, b:
        case Vaccination(), Vaccination():
            return a.date == b.date and a.date.complete
        case Test(), Test():
            return (a.kind, a.analyte) == (b.kind, b.analyte) and abs((a.sampled - b.sampled).total_seconds()) < 60
        case Recovery(), Recovery():
            return a.first_positive == b.first_positive and a.first_positive.complete
        case _:
            return False


def uses_of(certificate: Certificate) -> frozenset[Use]:
    """Which uses a key must be allowed for to vouch for every claim (HCERT specification A.4).

    A test of any kind, antibodies included, is a test. An exemption has no use of its own: it stands in for a
    vaccination wherever one is asked for, so whoever may not attest vaccinations may not excuse from them either.
    """
    return frozenset([_USES[type(claim)] for claim in certificate.claims])


_USES: dict[type[AnyClaim], Use] = {
    Vaccination: Use.VACCINATION,
    Test: Use.TEST,
    Recovery: Use.RECOVERY,
    Exemption: Use.VACCINATION,
}
