"""What a certificate says, in plain words for whoever looks at it: no verdict, no code where there is a word."""

from datetime import datetime

from msgspec import Struct

from pratique.model.certificate import AnyClaim, Certificate, Exemption, Name, Person, Recovery, Test, Vaccination
from pratique.model.names import script
from pratique.model.valueset import Code, display
from pratique.web.words import Words

_SCRIPTS = {"CHINESE": "zh", "ARABIC": "ar", "CYRILLIC": "ru", "GREEK": "el"}


class Line(Struct, frozen=True):
    """One claim."""

    what: str
    outcome: str
    more: str


class Card(Struct, frozen=True):
    """A certificate on one card; empty where it does not say."""

    name: str
    name_language: str
    """By which a screen reader speaks the name."""
    latin: str
    """As the passport writes it; empty where that is what `name` says."""
    born: str
    document: str
    claims: tuple[Line, ...]
    issuer: str
    until: str


def card(certificate: Certificate, say: Words, *, issuer: str, until: datetime | None) -> Card:
    """The card of a certificate, for its holder: the name in its own script first."""
    holder = certificate.holder
    own, language, latin = names(holder.name)
    return Card(
        name=own or latin,
        name_language=language,
        latin=latin if own.upper() != latin.replace(",", "") else "",
        born=say.day(holder.birth_date) if holder.birth_date else say("unknown"),
        document=document(holder, say),
        claims=tuple(line(claim, say) for claim in certificate.claims),
        issuer=issuer,
        until=say.instant(until) if until else say("unknown"),
    )


def names(name: Name) -> tuple[str, str, str]:
    """A name in its own script and order, the language to speak it in, and in the Latin of the passport."""
    parts = [part for part in (name.family, name.given) if part]
    written = next((tag for kind, tag in _SCRIPTS.items() if kind in script("".join(parts))), "en")
    # a Chinese name has its family first, and no space
    own = "".join(parts).replace(" ", "") if written == "zh" else " ".join(reversed(parts))
    latin = ", ".join(part.replace("<", " ") for part in (name.family_icao, name.given_icao) if part)
    return own, written, latin


def document(holder: Person, say: Words) -> str:
    """The travel document with all but the end of its number hidden; empty where none is stated."""
    stated = holder.document
    if stated is None:
        return ""
    key = "document.P" if stated.kind.startswith("P") else "document.other"
    return say(key, kind=stated.kind, tail=f"••••{stated.tail}", country=stated.country)


def line(claim: AnyClaim, say: Words) -> Line:
    """A claim in plain words: what, with which outcome, and the rest."""
    match claim:
        case Vaccination():
            product = claim.product or claim.prophylaxis
            known = say("dose.unknown") if claim.dose is None else say("dose.number", dose=claim.dose)
            outcome = known if claim.doses is None else say("dose", dose=claim.dose, doses=claim.doses)
            more = [say.day(claim.date), *([coded(product, say)] if product else [])]
            return Line(say("vaccination"), outcome, _joined(more, claim, say))
        case Test():
            kind = say(f"test.{claim.kind}")
            found = claim.detected
            outcome = say("result.detected" if found else "result.not_detected")
            if found is None:
                outcome = say("result.other", code=claim.result.value)
            more = [
                say("labelled", label=say("sampled"), value=say.instant(claim.sampled)),
                *filter(None, (claim.analyte, claim.centre)),
            ]
            return Line(kind, outcome, _joined(more, claim, say))
        case Recovery():
            more = [
                say("labelled", label=say("first_positive"), value=say.day(claim.first_positive)),
                _period(claim, say),
            ]
            return Line(say("recovery"), "", _joined(more, claim, say))
        case Exemption():
            return Line(say("exemption"), "", _joined([_period(claim, say)], claim, say))


def coded(code: Code, say: Words) -> str:
    """A code in words, as on the record; one that no value set names is shown as the code it is."""
    return display(code) or say("code", code=code.value)


def _period(claim: Recovery | Exemption, say: Words) -> str:
    return say("period", start=say.day(claim.valid_from), end=say.day(claim.valid_until))


def _joined(parts: list[str], claim: AnyClaim, say: Words) -> str:
    evidence = "none" if claim.evidence is None else claim.evidence.name.lower()
    return say.listed(coded(claim.disease, say), *parts, claim.country, say(f"evidence.{evidence}"))
