"""From a holder to what the holder takes along: the certificate signed, its codes drawn, its page ready to print."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from msgspec import Struct

from pratique import qr
from pratique.authority.identity.answers import Holder
from pratique.issuing import issue_split
from pratique.model.certificate import AnyClaim, Certificate, Person, TravelDocument
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.paper import Scan, Sheet, fits_paper
from pratique.qr import Level

VALID = timedelta(days=180)
"""How long a certificate counts; its facts are judged by each border's own rules, and most of those end sooner."""

Claims = Callable[[str], tuple[AnyClaim, ...]]
"""What the records say of a person, by the register's name for them."""


class Part(Struct, frozen=True):
    """One code and what it carries."""

    certificate: Certificate
    scan: str
    svg: str


class Held(Struct, frozen=True, kw_only=True):
    """What the holder takes along. `parts` is empty where the records say nothing of them."""

    certificate: Certificate
    parts: tuple[Part, ...]
    issued: datetime
    expires: datetime
    took: float
    """Seconds that signing and drawing took."""
    whole: float = 0.0
    """Seconds from the last picture's arrival until all of it was there."""
    refused: tuple[Reason, ...] = ()
    """Why nothing was signed, where there are records and they cannot be certified."""


Hold = Callable[[Holder, str | None, datetime], Held]
"""Makes what somebody holds; the second is who acts for them, by their subject in the store, where somebody does."""


def signing(claims: Claims, signer: Signer, *, specimen: bool) -> Hold:
    """The `Hold` of records in memory, and of a key without a log: a rehearsal's."""
    return lambda holder, _, at: hold(holder, claims, signer, specimen=specimen, at=at)


def hold(
    holder: Holder, claims: Claims, signer: Signer, *, specimen: bool, at: datetime, expires: datetime | None = None
) -> Held:
    """Sign all that the records say of `holder`, bound to their passport if they have one, in as few codes as can be.

    Raises `IssueRefused` for records that cannot be certified, and `TrustMaterialError` where the key cannot sign.
    """
    zone, salt = holder.zone, secrets.token_bytes(16)
    document = None if zone is None else TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=salt)
    person = Person(holder.name, holder.birth_date, document)
    certificate = Certificate(person, claims(holder.person_id), specimen=specimen)
    until = expires or at + VALID
    started = perf_counter()
    signed: tuple[tuple[Certificate, str], ...] = ()
    if certificate.claims:
        signed = issue_split(certificate, format="ithc", signer=signer, at=at, expires=until, fits=fits)
    parts = tuple(Part(part, scan, qr.svg(scan, level=Level.M)) for part, scan in signed)
    took = perf_counter() - started
    return Held(certificate=certificate, parts=parts, issued=at, expires=until, took=took)


def fits(scan: str) -> bool:
    """Whether a scan is read from paper."""
    return fits_paper(scan, level=Level.M)


def sheet(held: Held, *, issuer: str, country: str, language: str) -> Sheet:
    """What is printed: in the reader's language, and in English for the officer."""
    languages = ("en",) if language == "en" else (language, "en")
    return Sheet(
        certificate=held.certificate,
        scans=tuple(Scan(part.scan, part.certificate.claims) for part in held.parts),
        issuer=issuer,
        country=country,
        issued=held.issued,
        expires=held.expires,
        languages=languages,
    )
