"""What an airline and a door see of an answer: less than a border.

An airline learns the word, what follows on arrival, and what to tell somebody at its desk: neither claims nor which way
of entering was taken, nor which rule failed. A door learns a word, initials and a day: whoever may come in looks like
everybody else who may.
"""

from datetime import timedelta
from enum import StrEnum

from msgspec import structs

from pratique.answering import Answer
from pratique.answering.door import AtDoor
from pratique.answering.words import Question, Word
from pratique.model.crowd import initials_of
from pratique.model.status import Status, StatusKind
from pratique.texts.saying import Saying
from pratique.texts.saying import say as said
from pratique.web.answers import NOT_SAME, SAME, Bar, Holder, Shown
from pratique.web.words import Words


class Setting(StrEnum):
    """Who looks."""

    BORDER = "border"
    AIRLINE = "airline"
    VENUE = "venue"


def setting_of(text: str) -> Setting:
    """As a form sends it; a border for anything else."""
    return Setting(text) if text in list(Setting) else Setting.BORDER


def for_airline(made: Shown) -> Shown:
    """An answer without what it says of anybody's health."""
    genuine, person, accepted = made.bars
    asked = accepted.answer is not Word.NOT_CHECKED
    accepted = structs.replace(accepted, because=() if asked else accepted.because, more=())
    details = tuple(structs.replace(each, claims=()) for each in made.details)
    return structs.replace(made, bars=(genuine, person, accepted), details=details, rules=())


def for_venue(made: Shown, answer: Answer, found: AtDoor, say: Words, *, decision: str) -> Shown:
    """An answer at a door: the same for whoever meets its policy. No claim, no route, no year."""
    genuine, person, _ = made.bars
    accepted = Bar(
        question=said(Saying(f"answer.question.{Question.ACCEPTED}"), say.language),
        answer=found.word,
        word=said(Saying(f"answer.word.{found.word}"), say.language),
        because=(_code(answer, say) or say(f"venue.{found.why}"),),
    )
    if not decision and person.answer is Word.COMPARE:
        person = structs.replace(person, because=(say("venue.compare"),), more=())
    bars = (structs.replace(genuine, because=tuple(dict.fromkeys(genuine.because))), person, accepted)
    words = {str(question): bar.word for question, bar in zip(Question, bars, strict=True)}
    return structs.replace(
        made,
        next=_next(made, found, say, decision),
        bars=bars,
        announced=say("answer.announced", **words),
        holder=_initials(answer, say),
        compared=(),
        details=(),
        rules=(),
        lists=made.lists,
    )


def _code(answer: Answer, say: Words) -> str:
    """The signed word of a health code, and its age: a screen shows whatever its page was made to show."""
    shown = [each.content for each in answer.verifications]
    if answer.authentic is not True or len(shown) != 1:
        return ""
    (code,) = shown
    if not isinstance(code, Status) or code.kind is not StatusKind.HEALTH_CODE:
        return ""
    hours = max(int((answer.at - code.begins) / timedelta(hours=1)), 0)
    return say("venue.code", word=said(Saying(f"colour.word.{code.word}"), say.language), hours=hours)


def _next(made: Shown, found: AtDoor, say: Words, decision: str) -> str:
    """The one thing to do next: the door's word is asked once the first two are answered."""
    if decision == NOT_SAME or made.bars[0].answer is not Word.YES:
        return made.next
    if found.word is not Word.YES:
        return say(f"venue.next.{found.word}")
    return say("answer.next.done") if decision == SAME else say("venue.next.compare")


def _initials(answer: Answer, say: Words) -> Holder | None:
    """Two letters and a day without its year, whether a pass says them or a certificate whose signature held."""
    holder = answer.holder
    if holder is not None:
        born = holder.birth_date
        known = (born.month, born.day) if born is not None and born.month and born.day else None
        return _holder(initials_of(holder.name), known, say)
    shown = [each.content for each in answer.verifications if isinstance(each.content, Status)]
    if not shown or len(shown) < len(answer.verifications):
        return None
    month, _, day = (shown[0].birthday or "").partition("-")
    return _holder(shown[0].initials or "", (int(month), int(day)) if day else None, say)


def _holder(letters: str, born: tuple[int, int] | None, say: Words) -> Holder:
    latin = " ".join(f"{letter}." for letter in letters) or "–"
    day = say("venue.day", month=say("months").split()[born[0] - 1], day=born[1]) if born else "–"
    return Holder(latin, "", "en", day, "")
