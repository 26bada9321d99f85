"""An answer at the gate, for people and as JSON: three questions, never one tick."""

from collections.abc import Iterator

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from pratique.admission import Verdict
from pratique.answering import Answer
from pratique.answering.certificates import identity_json, key_id, verification_json
from pratique.cli import _special
from pratique.cli._exits import Exit
from pratique.cli._printing import explain_reasons, shown
from pratique.cli._scans import Source
from pratique.identification import Identity, Match
from pratique.model.certificate import AnyClaim, Exemption, Person, Recovery, Test, Vaccination
from pratique.model.dates import format_instant
from pratique.model.names import script
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.model.status import Status
from pratique.model.valueset import Code, display
from pratique.texts import sentence
from pratique.texts.saying import say
from pratique.verification import Verification

_WORD = {True: "yes", False: "no", None: "undecided"}
_STYLE = {True: "bold green", False: "bold red", None: "bold yellow"}
MATCHED = {Match.EXACT: True, Match.EQUIVALENT: True, Match.DIFFERENT: False, Match.NOT_STATED: None}


class Told(Struct, frozen=True):
    """An answer, and where its scan was found."""

    source: Source
    answer: Answer


def exit_of(answer: Answer) -> Exit:
    """REFUSED if a question that was asked has the answer no, else UNDECIDED if one is open."""
    answers = [answer.authentic] if answer.verifications else []
    answers += [MATCHED[each.match] for each in answer.identities if each is not None]
    if answer.verdict is not None:
        answers.append(answer.accepted)
    return Exit.REFUSED if False in answers else Exit.UNDECIDED if None in answers else Exit.DONE


def as_json(told: Told, language: str) -> dict[str, object]:
    """One object of stable names (docs/cli.md); nothing from the payload is in it unless the signature held."""
    answer = told.answer
    return {
        **verification_json(answer.verifications[0]),
        "person": identity_json(answer.person),
        **verdict_json(answer, language),
        "source": told.source,
    }


def together_json(answer: Answer, language: str) -> dict[str, object]:
    """The same of several scans that are one person's."""
    return {
        "authentic": answer.authentic,
        "reasons": answer.reasons,
        "person": identity_json(answer.person),
        **verdict_json(answer, language),
    }


def verdict_json(answer: Answer, language: str) -> dict[str, object]:
    """The third answer: null throughout where it was not asked."""
    verdict = answer.verdict
    return {
        "accepted": answer.accepted,
        "consequence": verdict.consequence if verdict is not None else None,
        "explanation": [say(each, language) for each in verdict.explanation] if verdict is not None else None,
        "notes": verdict.notes if verdict is not None else None,
        "bundle": answer.bundle,
    }


def lines(answer: Answer, language: str) -> Iterator[Text]:
    """The answer in words."""
    said = sentence(f"verify.answer.{_WORD[answer.authentic]}", language)
    yield _question("genuine", said, answer.authentic, language)
    yield _person(answer, language)
    yield from verdict_lines(answer.verdict, language)
    for told in answer.verifications:
        if told.content is None:
            yield Text(sentence("verify.unread", language))
        else:
            yield Text(sentence("verify.says", language))
            yield from (Text(f"  {line}") for line in _says(told, language))
    if reasons := tuple(reason for reason in answer.reasons if not _said_by_the_verdict(reason)):
        yield Text(sentence("verify.why", language))
        yield from explain_reasons(reasons, language)


def _person(answer: Answer, language: str) -> Text:
    identity = answer.person
    if identity is None:
        why = "not_established" if answer.document_shown else "not_asked"
        return _question("person", sentence(f"verify.person.{why}", language), None, language)
    said = sentence(f"verify.person.{identity.match}", language)
    return _question("person", f"{said} ({_parts(identity, language)})", MATCHED[identity.match], language)


def verdict_lines(verdict: Verdict | None, language: str) -> Iterator[Text]:
    """The third answer, and under it what was decided, why, and what would do."""
    if verdict is None:
        yield _question("accepted", sentence("verify.accepted.not_asked", language), None, language)
        return
    said = sentence(f"verify.answer.{_WORD[verdict.accepted]}", language)
    yield _question("accepted", said, verdict.accepted, language)
    for each in verdict.explanation:
        yield Text(f"  {shown(say(each, language))}")


def _said_by_the_verdict(reason: Reason) -> bool:
    return reason.startswith("ENTRY_")


def _question(name: str, said: str, answer: bool | None, language: str) -> Text:
    questions = {each: sentence(f"verify.question.{each}", language) for each in ("genuine", "person", "accepted")}
    column = max(16, 2 + max(map(cell_len, questions.values())))
    return Text.assemble(questions[name] + " " * (column - cell_len(questions[name])), (said, _STYLE[answer]))


def _parts(identity: Identity, language: str) -> str:
    parts = {"name": identity.name, "birth_date": identity.birth_date, "document": identity.document}
    return ", ".join(
        f"{sentence(f'verify.part.{part}', language)}: {sentence(f'verify.match.{match}', language)}"
        for part, match in parts.items()
    )


def _says(told: Verification, language: str) -> Iterator[str]:
    content = told.content
    if content is not None and content.specimen:
        yield sentence("verify.specimen", language)
    if told.holder is not None:
        yield _holder(told.holder, language)
    if isinstance(content, Permit):
        yield _special.permit(content, language)
    elif isinstance(content, Status):
        yield _special.status(content, language)
    elif isinstance(content, Sealed):
        yield _special.sealed(content, language)
    unknown = sentence("verify.unknown", language)
    yield sentence(
        "verify.issued",
        language,
        format=str(told.format),
        issuer=shown(told.issuer or unknown),
        issued=format_instant(told.issued) if told.issued else unknown,
        expires=format_instant(told.expires) if told.expires else unknown,
        kid=shown(key_id(told) or ""),
    )
    for number, claim in enumerate(told.certificate.claims if told.certificate else (), 1):
        yield f"{number}. {claim_line(claim, language)}"


def _holder(holder: Person, language: str) -> str:
    name, document = holder.name, holder.document
    parts = [part for part in (name.family, name.given) if part]
    chinese = "CHINESE" in script("".join(parts))  # the family first and no space, as on paper
    own = "".join(parts).replace(" ", "") if chinese else " ".join(reversed(parts))
    latin = ", ".join(part.replace("<", " ") for part in (name.family_icao, name.given_icao) if part)
    both = " / ".join(dict.fromkeys(part for part in (own, latin) if part))
    unknown = sentence("verify.unknown", language)
    said = sentence(
        "verify.holder", language, name=shown(both) or unknown, birth_date=str(holder.birth_date or unknown)
    )
    if document is None:
        return said
    tail, country = f"••••{shown(document.tail)}", shown(document.country) or unknown
    return f"{said}, {sentence('verify.holder_document', language, tail=tail, country=country)}"


def claim_line(claim: AnyClaim, language: str = "en") -> str:
    """One claim in plain words, on one line."""
    kind = type(claim).__name__.lower() + (f"_{claim.kind}" if isinstance(claim, Test) else "")
    parts = [f"{sentence(f'verify.claim.{kind}', language)}: {_coded(claim.disease)}", *_details(claim, language)]
    return ", ".join([*parts, *(shown(text) for text in (claim.issuer, claim.country) if text)])


def _details(claim: AnyClaim, language: str) -> Iterator[str]:
    def say(key: str, **values: object) -> str:
        return sentence(f"verify.claim.{key}", language, **{name: str(value) for name, value in values.items()})

    match claim:
        case Vaccination():
            if code := claim.product or claim.prophylaxis:
                yield _coded(code)
            if claim.dose is not None:
                yield say("dose", dose=claim.dose, doses=claim.doses or "?")
            yield str(claim.date)
        case Test():
            if claim.analyte:
                yield claim.analyte
            yield (
                _coded(claim.result)
                if claim.detected is None
                else say("detected" if claim.detected else "not_detected")
            )
            yield say("sampled", when=claim.sampled.date() if claim.day_only else format_instant(claim.sampled))
        case Recovery():
            yield say("first_positive", when=claim.first_positive)
            yield say("period", start=claim.valid_from, end=claim.valid_until)
        case Exemption():
            yield say("period", start=claim.valid_from, end=claim.valid_until)


def _coded(code: Code) -> str:
    return shown(display(code) or code.value)
