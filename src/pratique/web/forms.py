"""What a form sends, read in memory: nothing that a traveller shows or types may reach a disk."""

import io
from collections.abc import Sequence
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from pratique.web.fields import Fault, Form, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

__all__ = ["Fault", "Form", "read", "told"]

MAX_FIELDS = 140
"""More than any form of ours has: a hundred records to choose from, and whom they are sealed for."""


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
