"""The three answers in words, and the next step: what a border page shows and a command prints.

Each answer is a word for the bar and sentences below it. "This person" is never YES here: a document settles name,
birth date and number, and only the officer who looks can settle the face.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from pratique.admission import Admission
from pratique.answering import Answer
from pratique.identification import Match
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.model.status import Status
from pratique.texts.saying import Saying, say
from pratique.verification import Verification


class Question(StrEnum):
    """The three, in the order in which they are always shown."""

    GENUINE = "genuine"
    PERSON = "person"
    ACCEPTED = "accepted"


class Word(StrEnum):
    """The word on the bar."""

    YES = "yes"
    NO = "no"
    CHECK = "check"
    COMPARE = "compare"
    NOT_CHECKED = "not_checked"


class Said(Struct, frozen=True):
    """One answer: its word and its sentences, the first of which says what to know, the others why and what next."""

    question: Question
    word: Word
    sentences: tuple[Saying, ...]

    def in_words(self, language: str = "en") -> dict[str, object]:
        """The question, the word and the sentences in a language."""
        return {
            "question": say(Saying(f"answer.question.{self.question}"), language),
            "answer": say(Saying(f"answer.word.{self.word}"), language),
            "word": self.word,
            "sentences": [say(sentence, language) for sentence in self.sentences],
        }


def three(answer: Answer) -> tuple[Said, Said, Said]:
    """The three answers, always all of them and in this order; none of them repeats a name or a birth date."""
    return _genuine(answer), _person(answer), _accepted(answer)


def next_step(answer: Answer) -> Saying:
    """The one thing to do next."""
    genuine, person, accepted = (said.word for said in three(answer))
    if Word.NO in (genuine, person):
        return Saying("answer.next.another")
    if genuine is not Word.YES:
        return Saying("answer.next.check" if genuine is Word.CHECK else "answer.next.scan")
    kinds = {type(told.content) for told in answer.verifications}
    if Sealed in kinds:
        return Saying("answer.next.open_twin")
    if Status in kinds and answer.verdict is not None:
        return Saying("answer.next.another")
    if accepted is Word.NO:
        return Saying("answer.next.not_accepted")
    if accepted is Word.CHECK:
        return Saying("answer.next.check")
    return Saying("answer.next.compare")


def _genuine(answer: Answer) -> Said:
    told = answer.verifications
    if answer.authentic:
        return Said(Question.GENUINE, Word.YES, tuple(_signed(told)))
    unread = not told or any(each.format is None for each in told)
    word = Word.NOT_CHECKED if unread else Word.CHECK if answer.authentic is None else Word.NO
    doubtful = [each for each in told if each.authentic is not True]
    sentences = tuple(_explained([reason for each in doubtful for reason in each.reasons]))
    return Said(Question.GENUINE, word, sentences or (Saying("answer.genuine.nothing"),))


def _signed(told: Sequence[Verification]) -> Iterator[Saying]:
    for each in told:
        asked = Reason.REVOCATION_NOT_ASKED not in each.reasons
        key = "answer.genuine.not_withdrawn" if asked else "answer.genuine.withdrawal_not_asked"
        yield Saying(key, {"issuer": each.issuer or "?"})
        if isinstance(each.content, Sealed):
            yield Saying("answer.genuine.sealed", {"states": ", ".join(each.content.recipients)})
        elif isinstance(each.content, Status):
            yield Saying(f"answer.genuine.{'live' if each.live else 'not_live'}")


def _explained(reasons: Sequence[Reason]) -> Iterator[Saying]:
    for reason in dict.fromkeys(reasons):
        yield Saying(f"reason.{reason}.what")
        yield Saying(f"reason.{reason}.next")


def _person(answer: Answer) -> Said:
    if answer.holder is None:
        told = [each.content for each in answer.verifications if isinstance(each.content, Status)]
        if not told or len(told) < len(answer.verifications):
            return Said(Question.PERSON, Word.NOT_CHECKED, (Saying("answer.person.not_established"),))
        return Said(Question.PERSON, Word.COMPARE, tuple(_shown(told)))
    identity = answer.person
    if identity is None:
        return Said(Question.PERSON, Word.COMPARE, (Saying("answer.person.compare"),))
    if identity.match is Match.DIFFERENT:
        return Said(Question.PERSON, Word.NO, tuple(_explained(identity.reasons)))
    said = "same" if identity.match is Match.EXACT else "close"
    whys = [Saying(f"reason.{reason}.what") for reason in identity.reasons]
    return Said(Question.PERSON, Word.COMPARE, (Saying(f"answer.person.{said}"), *whys))


def _shown(statuses: Sequence[Status]) -> Iterator[Saying]:
    """What a photo document has to agree with, which is all that a status says of its holder."""
    for status in dict.fromkeys(statuses):
        stated = {"initials": status.initials or "–", "birthday": status.birthday or "–"}
        yield Saying("answer.person.shown", stated)


def _accepted(answer: Answer) -> Said:
    """Where no certificate counts there is nothing to ask the rules about; what they say of that is told anyway."""
    verdict = answer.verdict
    if verdict is None:
        return Said(Question.ACCEPTED, Word.NOT_CHECKED, (Saying("answer.accepted.not_asked"),))
    if verdict.reasons == (Reason.ENTRY_NO_RULES,):
        country = {"country": verdict.leg.to}
        return Said(Question.ACCEPTED, Word.NOT_CHECKED, (Saying("answer.accepted.no_rules", country),))
    words = {Admission.ACCEPTED: Word.YES, Admission.REFUSED: Word.NO, Admission.OPEN: Word.CHECK}
    counting = len(answer.verifications) - len(verdict.set_aside)
    return Said(Question.ACCEPTED, words[verdict.outcome] if counting else Word.NOT_CHECKED, verdict.explanation)
