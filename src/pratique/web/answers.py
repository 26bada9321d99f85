"""An answer as a border's page shows it: three bars that never change places, and what stands behind each.

The words are `pratique.answering.words`; here is what a page adds: shapes, the passport beside the certificate, and the
officer's own press, which alone can say that it is this person.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from pratique.admission import Verdict
from pratique.admission.verdict import consequence_saying
from pratique.answering import Answer
from pratique.answering.words import Question, Said, Word, next_step, three
from pratique.bundle import AGREEMENTS, REVOCATION, TRUST, Bundle
from pratique.identification import Identity
from pratique.model.certificate import Certificate
from pratique.model.mrz import MachineReadableZone
from pratique.texts.saying import Saying
from pratique.texts.saying import say as said
from pratique.web.cards import Line, line, names
from pratique.web.cards import document as document_line
from pratique.web.words import Words

SAME, NOT_SAME = "same", "not_same"
"""The officer's presses."""

_LISTS = {TRUST: "list.trust", REVOCATION: "list.revocation", AGREEMENTS: "list.agreements"}
SHAPES = {Word.YES: "yes", Word.NO: "no", Word.CHECK: "check", Word.COMPARE: "check", Word.NOT_CHECKED: "unasked"}


class Bar(Struct, frozen=True):
    """One answer: shape and word, what follows in large letters, and why."""

    question: str
    answer: Word
    word: str
    because: tuple[str, ...]
    consequence: str = ""
    more: tuple[str, ...] = ()
    """The rest of the reasons, for whoever asks: a glance takes in no more than a few lines."""

    @property
    def shape(self) -> str:
        """The form that goes with the word, so that no colour speaks alone."""
        return SHAPES[self.answer]


class Holder(Struct, frozen=True):
    """Who the certificate is about, for the officer: the Latin of the passport first."""

    latin: str
    own: str
    language: str
    born: str
    document: str


class Compared(Struct, frozen=True):
    """One line of certificate and passport side by side."""

    what: str
    certificate: str
    passport: str
    result: str


class Detail(Struct, frozen=True):
    """What stands behind the answers about one certificate; `claims` only where its signature held."""

    format: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    claims: tuple[Line, ...]


class Shown(Struct, frozen=True):
    """All that the page shows."""

    next: str
    bars: tuple[Bar, ...]
    announced: str
    holder: Holder | None
    compared: tuple[Compared, ...]
    to_decide: bool
    """Whether it waits for the officer's press."""
    details: tuple[Detail, ...]
    rules: tuple[tuple[str, str, str, str], ...]
    """Of each its name, the text that its country wrote, the language of that, and how it came out."""
    notes: tuple[str, ...]
    """What changes no answer, such as that the traveller planned by another release; what happened, and what to do."""
    lists: tuple[str, ...]
    stale: bool

    @property
    def tones(self) -> int:
        """How many tell that it is there: three for a no, two where something is to be looked at, one as a rule."""
        found = {bar.answer for bar in self.bars}
        return 3 if Word.NO in found else 2 if Word.CHECK in found else 1


class Held(Struct, frozen=True):
    """What the machine holds: a release, and the age of each of its parts."""

    number: int
    issued: str
    parts: tuple[str, ...]
    stale: bool


def shown(answer: Answer, say: Words, *, decision: str, document: MachineReadableZone | None) -> Shown:
    """The page of an answer; `decision` is the officer's press, or anything else for none."""
    asked = three(answer)
    to_decide = asked[1].word is Word.COMPARE and decision not in (SAME, NOT_SAME)
    bars = tuple(_bar(each, answer, say, decision) for each in asked)
    words = {str(question): bar.word for question, bar in zip(Question, bars, strict=True)}
    return Shown(
        next=_next(answer, say, decision if asked[1].word is Word.COMPARE else ""),
        bars=bars,
        announced=say("answer.announced", **words),
        holder=_holder(answer, say),
        compared=tuple(_compared(answer, say, document)),
        to_decide=to_decide,
        details=tuple(_details(answer, say)),
        rules=tuple(_rules(answer.verdict, say)),
        notes=tuple(_notes(answer.verdict, say)),
        lists=tuple(_list(each.name, each.hours, say) for each in answer.lists),
        stale=answer.stale,
    )


def unchecked(say: Words) -> tuple[Bar, ...]:
    """The three where the check itself did not work: none of them says anything of anybody."""
    word = _sentence(f"answer.word.{Word.NOT_CHECKED}", say)
    return tuple(Bar(_sentence(f"answer.question.{each}", say), Word.NOT_CHECKED, word, ()) for each in Question)


def held(bundle: Bundle, say: Words, *, at: datetime) -> Held:
    """The release and its parts, by their age at `at`."""
    return Held(bundle.number, say.instant(bundle.issued), tuple(_parts(bundle, say, at)), bool(bundle.stale(at)))


def _parts(bundle: Bundle, say: Words, at: datetime) -> Iterator[str]:
    for name, part in bundle.parts.items():
        yield _list(name, int(part.age(at) / timedelta(hours=1)), say)
    for each in bundle.revocation.stale_sources(at) if bundle.revocation is not None else ():
        yield _list(each.name, int((at - each.issued) / timedelta(hours=1)), say)


def _notes(verdict: Verdict | None, say: Words) -> Iterator[str]:
    for each in map(say.why, verdict.notes if verdict is not None else ()):
        yield say("sentences", first=each.what, second=each.next)


def _list(name: str, hours: int, say: Words) -> str:
    """A part of the release and its age in words, such as: Rules of XB, 6 h old."""
    age = _age(hours, say)
    if name.startswith("rules/"):
        return say("list.rules", country=name.removeprefix("rules/")[:2], age=age)
    if name.startswith("revocation/"):
        return say("list.revocation_of", country=name.removeprefix("revocation/").removesuffix(".bin"), age=age)
    return say(_LISTS.get(name, "list.other"), age=age)


def _age(hours: int, say: Words) -> str:
    if hours < 48:
        return say("age.hours", hours=max(hours, 0)) if hours >= 1 else say("age.fresh")
    return say("age.days", days=hours // 24)


def _next(answer: Answer, say: Words, decision: str) -> str:
    if decision == NOT_SAME:
        return said(Saying("answer.next.another"), say.language)
    step = next_step(answer)
    if decision == SAME and step == Saying("answer.next.compare"):
        return say("answer.next.done")
    return said(step, say.language)


def _bar(each: Said, answer: Answer, say: Words, decision: str) -> Bar:
    word, large = each.word, _consequence(each, answer)
    short = [sentence for sentence in each.sentences if sentence != large and _at_a_glance(sentence, each)]
    because = [said(sentence, say.language) for sentence in short]
    if each.question is Question.PERSON and word is Word.COMPARE and decision in (SAME, NOT_SAME):
        word = Word.YES if decision == SAME else Word.NO
        clock = answer.verdict.leg.clock if answer.verdict else answer.at.tzinfo
        because = [say(f"answer.person.pressed.{decision}", time=f"{answer.at.astimezone(clock):%H:%M}")]
    return Bar(
        question=_sentence(f"answer.question.{each.question}", say),
        answer=word,
        word=_sentence(f"answer.word.{word}", say),
        because=tuple(because),
        consequence=said(large, say.language) if large is not None else "",
        more=tuple(said(other, say.language) for other in each.sentences if other not in short and other != large),
    )


def _consequence(each: Said, answer: Answer) -> Saying | None:
    decided = each.question is Question.ACCEPTED and each.word is not Word.NOT_CHECKED
    consequence = answer.verdict.consequence if answer.verdict and decided else None
    return consequence_saying(consequence) if consequence is not None else None


def _at_a_glance(sentence: Saying, each: Said) -> bool:
    """Of one reason all is shown, of several what happened; of proofs that are refused, what follows and would do."""
    if each.question is Question.ACCEPTED and each.word is Word.NO:
        return sentence.key.startswith(("entry.consequence.", "entry.way."))
    if each.question is Question.ACCEPTED and each.word is Word.NOT_CHECKED:
        return not sentence.key.startswith("entry.")
    return len(each.sentences) <= 2 or not sentence.key.endswith(".next")


def _holder(answer: Answer, say: Words) -> Holder | None:
    holder = answer.holder
    if holder is None:
        return None
    own, language, latin = names(holder.name)
    born = say.day(holder.birth_date) if holder.birth_date else say("unknown")
    return Holder(latin or own, own if latin else "", language, born, document_line(holder, say))


def _compared(answer: Answer, say: Words, document: MachineReadableZone | None) -> Iterator[Compared]:
    identity, holder = answer.person, _holder(answer, say)
    if identity is None or holder is None or document is None:
        return
    passport = ", ".join(part.replace("<", " ") for part in (document.family_icao, document.given_icao) if part)
    born = f"{document.birth_date[:2]}-{document.birth_date[2:4]}-{document.birth_date[4:]}"
    for what, certificate, in_hand in (
        ("name", holder.latin, passport),
        ("birth_date", holder.born, born),
        ("document", holder.document, f"••••{document.number[-3:]}"),
    ):
        yield Compared(_sentence(f"verify.part.{what}", say), certificate, in_hand, _match(identity, what, say))


def _match(identity: Identity, what: str, say: Words) -> str:
    return _sentence(f"verify.match.{getattr(identity, what)}", say)


def _sentence(key: str, say: Words) -> str:
    return said(Saying(key), say.language)


def _details(answer: Answer, say: Words) -> Iterator[Detail]:
    for told in answer.verifications:
        facts = tuple((say(f"fact.{fact}"), say(f"fact.is.{held}".lower())) for fact, held in told.facts.items())
        reasons = tuple((reason.value, say.why(reason).what) for reason in told.reasons)
        yield Detail(told.format or say("unknown"), facts, reasons, _claims(told.certificate, say))


def _claims(content: Certificate | None, say: Words) -> tuple[Line, ...]:
    return tuple(line(claim, say) for claim in content.claims) if content else ()


def _rules(verdict: Verdict | None, say: Words) -> Iterator[tuple[str, str, str, str]]:
    for result in verdict.results if verdict else ():
        written = result.description
        yield result.rule, say.of(written), say.chosen(written), say(f"rule.{result.outcome}")
