"""From a holder to what the holder takes along: the certificate signed, its codes drawn, its page ready to print."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from msgspec import Struct, structs

from pratique import qr
from pratique.authority.identity.answers import Holder
from pratique.issuing import issue, issue_split, refusals
from pratique.model.certificate import AnyClaim, Certificate, Person, TravelDocument, choose
from pratique.model.errors import IssueRefused
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.paper import Scan, Sheet, fits_paper
from pratique.qr import Level
from pratique.sealing import issue_sealed

VALID = timedelta(days=180)
"""How long a certificate counts; its facts are judged by each border's own rules, and most of those end sooner."""

CARD = "shc"
"""The format of the file that telephones' own wallets take."""

SOON = 30
"""Days before the end of a certificate from which its holder is told."""

Claims = Callable[[str], tuple[AnyClaim, ...]]
"""What the records say of a person, by the register's name for them."""


class Part(Struct, frozen=True):
    """One code and what it carries."""

    certificate: Certificate
    scan: str
    svg: str


class Twin(Struct, frozen=True):
    """A sealed code beside the open ones: only the health authorities of `states` read it."""

    scan: str
    svg: str
    states: tuple[str, ...]


class Held(Struct, frozen=True, kw_only=True):
    """What the holder takes along. `parts` is empty where the records say nothing of them."""

    certificate: Certificate
    parts: tuple[Part, ...]
    issued: datetime
    expires: datetime
    took: float
    """Seconds that signing and drawing took."""
    whole: float = 0.0
    """Seconds from the last picture's arrival until all of it was there; 0 for whoever came in without a camera."""
    refused: tuple[Reason, ...] = ()
    """Why nothing was signed, where there are records and they cannot be certified."""
    twin: Twin | None = None
    anew: "Anew | None" = None
    """What can be signed anew of it; None of what was itself chosen from the whole."""


class Anew(Struct, frozen=True):
    """What can be signed anew of what somebody holds. Each raises `IssueRefused`, and `AccessRefused` for whoever may
    not act for the holder any more."""

    choose: Callable[[Sequence[int], Sequence[Recipient], datetime], Held]
    """These claims alone, by their places in the certificate; with recipients, a sealed twin for them as well."""
    leaked: Callable[[datetime], Held] | None = None
    """Everything under other identifiers: what was held before stops to count."""
    card: Callable[[datetime], str] | None = None
    """The same as a SMART Health Card (its JWS as a code), which some telephones keep; where a key may sign one."""


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
    held = _held(certificate, signer, at=at, until=until)
    if not held.parts:
        return held
    may = not refusals(certificate, format=CARD, key=signer.key, at=at, expires=until)
    anew = Anew(
        choose=partial(_chosen, held, signer),
        card=partial(_card, certificate, signer, until) if may else None,
    )
    return structs.replace(held, anew=anew)


def _held(certificate: Certificate, signer: Signer, *, at: datetime, until: datetime) -> Held:
    started = perf_counter()
    signed: tuple[tuple[Certificate, str], ...] = ()
    if certificate.claims:
        signed = issue_split(certificate, format="ithc", signer=signer, at=at, expires=until, fits=fits)
    parts = tuple(drawn(part, scan) for part, scan in signed)
    took = perf_counter() - started
    return Held(certificate=certificate, parts=parts, issued=at, expires=until, took=took)


def _chosen(whole: Held, signer: Signer, places: Sequence[int], recipients: Sequence[Recipient], at: datetime) -> Held:
    certificate, until = whole.certificate, whole.expires
    chosen = choose(certificate, *(certificate.claims[place] for place in places))
    if not recipients:
        return _held(chosen, signer, at=at, until=until)
    started = perf_counter()
    both = issue_sealed(
        chosen,
        claims=range(len(places)),
        recipients=recipients,
        identifier=secrets.token_bytes(16),
        signer=signer,
        at=at,
        expires=until,
    )
    if not fits(both.open):
        raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="the open twin")
    parts, twin = (drawn(chosen, both.open),), twinned(both.sealed, recipients)
    took = perf_counter() - started
    return Held(certificate=chosen, parts=parts, issued=at, expires=until, took=took, twin=twin)


def _card(certificate: Certificate, signer: Signer, until: datetime, at: datetime) -> str:
    return issue(certificate, format=CARD, signer=signer, at=at, expires=until)


def drawn(certificate: Certificate, scan: str) -> Part:
    """A code that we signed, drawn."""
    return Part(certificate, scan, qr.svg(scan, level=Level.M))


def twinned(scan: str, recipients: Sequence[Recipient]) -> Twin:
    """A sealed code that we signed, drawn. Raises `IssueRefused` (ISSUE_TOO_LARGE) for one that no code holds."""
    if not fits(scan):
        raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="the sealed twin")
    return Twin(scan, qr.svg(scan, level=Level.M), tuple(each.country for each in recipients))


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
