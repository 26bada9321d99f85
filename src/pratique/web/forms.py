"""What a form sends, read in memory: nothing that a traveller shows or types may reach a disk."""

import io
from collections.abc import Mapping
from urllib.parse import parse_qsl

from litestar.exceptions import SerializationException
from multipart import MultipartError, MultipartParser, parse_options_header

from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

MAX_FIELDS = 40
"""More than any form of ours has."""


class Form:
    """The fields of a form: texts by name, and files that are not empty."""

    def __init__(self, texts: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        self.texts = texts
        self.files = files

    def __getitem__(self, name: str) -> str:
        """The text of a field without blanks around it; empty where the form did not send it."""
        return self.texts.get(name, "").strip()


async def read(request: AnyRequest) -> Form:
    """The form of a request, of either encoding. Raises `Problem` (FORM_UNREADABLE) for what is none."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    body = await request.body()
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
            return Form(dict(pairs), {})
        if kind == "multipart/form-data":
            return _parts(body, options["boundary"])
    except (ValueError, KeyError, MultipartError, SerializationException) as fault:
        raise Problem(Code.FORM_UNREADABLE) from fault
    raise Problem(Code.FORM_UNREADABLE)


def _parts(body: bytes, boundary: str) -> Form:
    whole = len(body) + 1  # what is larger than the whole body would go to a file, and nothing is
    parser = MultipartParser(
        io.BytesIO(body), boundary, len(body), part_limit=MAX_FIELDS, memory_limit=whole, spool_limit=whole
    )
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in parser:
        if part.filename is None:
            texts[part.name] = part.value
        elif part.raw:
            files[part.name] = part.raw
    return Form(texts, files)
