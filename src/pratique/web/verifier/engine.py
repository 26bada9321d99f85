"""A border's desk under Pyodide: everything but the arithmetic of signatures, which WebCrypto does."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from pratique.answering import compose
from pratique.bundle import Bundle
from pratique.verification import Prepared, conclude, prepare
from pratique.web.fields import Fault, Form
from pratique.web.gate import Question, answered, gate, question, ready
from pratique.web.rendering import Sheet, html
from pratique.web.words import words


class Asked(Struct, frozen=True):
    """A question whose signatures are still to be checked."""

    form: Form
    language: str
    question: Question
    prepared: tuple[Prepared, ...]


class Desk:
    """One border in one browser; `setting` says which (JSON), `files` are its release."""

    def __init__(self, setting: str, files: Mapping[str, bytes]) -> None:
        told = json.loads(setting)
        bundle = Bundle.from_files({name: bytes(content) for name, content in files.items()})  # views of the page's
        self._gate = gate(
            bundle,
            country=told["country"],
            port=told["port"],
            authority=told["authority"],
            clock=lambda: datetime.now(UTC),
        )

    def ready(self, language: str, pairs: Sequence[tuple[str, str]], *, large: bool) -> str:
        """The page that waits for a code."""
        return self._html(ready(self._gate, _form(pairs), language), language, large=large)

    def about(self, language: str, *, large: bool) -> str:
        """Help, privacy and accessibility."""
        sheet = Sheet(template="about.html", values={"side": "border"})
        return self._html(sheet, language, path="/about", large=large)

    def begin(self, language: str, pairs: Sequence[tuple[str, str]], *, unread: bool, large: bool) -> Asked | str:
        """What a form asks, or the page where it asks nothing; `unread` says that its picture has no code."""
        form = _form(pairs)
        faults = [Fault("picture", words(language)("border.picture.unread"))] if unread else []
        asked = question(self._gate, form, language, faults=faults)
        if isinstance(asked, Sheet):
            return self._html(asked, language, large=large)
        trust_list = self._gate.bundle.trust_list
        return Asked(form, language, asked, tuple(prepare(scan, trust_list=trust_list) for scan in asked.scans))

    def questions(self, asked: Asked) -> list[list[tuple[bytes, str, bytes, bytes]]]:
        """The signature checks of each scan: key (SPKI), algorithm, signed bytes, signature (raw)."""
        return [
            [(check.key.spki, str(check.algorithm), check.signed, check.signature) for check in each.checks]
            for each in asked.prepared
        ]

    def finish(self, asked: Asked, held: Sequence[Sequence[bool | None]], *, large: bool) -> str:
        """The three answers; `held` has what WebCrypto found, None where it does not know the algorithm."""
        bundle = self._gate.bundle
        told = [
            conclude(each, list(found), at=asked.question.at, revocation=bundle.revocation)
            for each, found in zip(asked.prepared, held, strict=True)
        ]
        made = compose(
            told,
            at=asked.question.at,
            bundle=bundle,
            document=asked.question.document,
            journey=asked.question.journey,
        )
        sheet = answered(self._gate, asked.form, asked.language, asked.question, made)
        return self._html(sheet, asked.language, path="/answer", large=large)

    def _html(self, sheet: Sheet, language: str, *, path: str = "", large: bool) -> str:
        site = self._gate.site
        return html(
            sheet.template, site=site, language=language, path=f"/{language}{path}", large=large, **sheet.values
        )


def _form(pairs: Sequence[tuple[str, str]]) -> Form:
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return Form(texts, {})
