"""The fields of a form, however they came."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pratique.model.reasons import Reason
from pratique.web.words import Words


class Fault(Struct, frozen=True):
    """What is wrong with a field, in words."""

    field: str
    """Its id; empty for what no field of the page could mend."""
    text: str

    @property
    def alone(self) -> "Fault":
        """The same on a page that has no such field."""
        return Fault("", self.text)


def told(reason: Reason, say: Words) -> str:
    """What happened, and what to do next, beside a field."""
    words = say.why(reason)
    return say("sentences", first=words.what, second=words.next)


class Form:
    """The fields of a form: texts by name, each sent once or several times, and files that are not empty."""

    def __init__(self, texts: Mapping[str, Sequence[str]], files: Mapping[str, bytes]) -> None:
        self._texts = texts
        self.files = files

    def __getitem__(self, name: str) -> str:
        """The text of a field without blanks around it; empty where the form did not send it."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """The texts of a field that was sent several times, without blanks around them, and none that is empty."""
        return [text.strip() for text in self._texts.get(name, ()) if text.strip()]
