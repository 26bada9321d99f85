"""What a form sends, read in memory: nothing that a traveller shows or types may reach a disk."""

import io
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from msgspec import Struct
from multipart import MultipartError, MultipartParser, parse_options_header

from pratique.model.reasons import Reason
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem
from pratique.web.words import Words

MAX_FIELDS = 40
"""More than any form of ours has."""


class Fault(Struct, frozen=True):
    """What is wrong with a field, in words."""

    field: str
    text: str


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


async def read(request: AnyRequest) -> Form:
    """The form of a request, of either encoding. Raises `Problem` (FORM_UNREADABLE) for what is none."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    body = await request.body()
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
            return Form(_gathered(pairs), {})
        if kind == "multipart/form-data":
            return _parts(body, options["boundary"])
    except (ValueError, LookupError, MultipartError) as fault:  # LookupError: no boundary, or an unknown charset
        raise Problem(Code.FORM_UNREADABLE) from fault
    raise Problem(Code.FORM_UNREADABLE)


def _gathered(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return texts


def _parts(body: bytes, boundary: str) -> Form:
    whole = len(body) + 1  # what is larger than the whole body would go to a file, and nothing is
    parser = MultipartParser(
        io.BytesIO(body), boundary, len(body), part_limit=MAX_FIELDS, memory_limit=whole, spool_limit=whole
    )
    parts = list(parser)
    texts = _gathered([(part.name, part.value) for part in parts if part.filename is None])
    return Form(texts, {part.name: part.raw for part in parts if part.filename is not None and part.raw})
