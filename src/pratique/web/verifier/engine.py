"""A border's desk under Pyodide: everything but the arithmetic of signatures, which WebCrypto does."""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from pratique.answering import Answer, compose
from pratique.bundle import Bundle
from pratique.model.mrz import MachineReadableZone
from pratique.trust import Environment
from pratique.verification import Prepared, Verification, conclude, prepare
from pratique.web.fields import Fault, Form, told
from pratique.web.gate import Came, Gate, Question, answered, gate, question, ready
from pratique.web.listing import Listed, listed, table, waiting
from pratique.web.rendering import Sheet, Site, html, load
from pratique.web.verifier.releases import Updating, in_force
from pratique.web.words import words

_WORKSHOP = Path("/releases")
"""Where an update works, in memory."""


class Asked(Struct, frozen=True):
    """A question whose signatures are still to be checked, by the release that it was asked under."""

    gate: Gate
    form: Form
    language: str
    question: Question | Listed
    prepared: tuple[Prepared, ...]

    @property
    def at(self) -> datetime:
        """The instant of the question."""
        return self.question.asked.at if isinstance(self.question, Listed) else self.question.at

    def answer(self, told: Sequence[Verification], asked: Question, document: MachineReadableZone | None) -> Answer:
        """The three answers about one person."""
        bundle = self.gate.bundle
        return compose(told, at=asked.at, bundle=bundle, document=document, journey=asked.journey)


class Desk:
    """One border in one browser; `setting` says which (JSON).

    Its release is in `files`, or where there is a network was `kept`, and is replaced by whatever `updated` brings.
    """

    def __init__(
        self, setting: str, files: Mapping[str, bytes], root: bytes | None = None, kept: bytes | None = None
    ) -> None:
        self._setting = json.loads(setting)
        self._root = bytes(root) if root is not None else None
        self._kept = bytes(kept) if kept is not None else None
        self._came = Came(signed=root is not None)
        self._gate: Gate | None = None
        if self._root is None:
            self._go_by(Bundle.from_files({name: bytes(content) for name, content in files.items()}))
        else:
            self._go_by(in_force(self._kept, self._environment))

    @property
    def works(self) -> bool:
        """Whether there is a release to go by."""
        return self._gate is not None

    @property
    def _environment(self) -> Environment:
        return Environment(self._setting["network"]["environment"])

    def updating(self) -> Updating:
        """An update from the network, for the page to bring what it asks for. Raises `ValueError` without a network."""
        if self._root is None:
            raise ValueError("a page without a network's root takes its release from its server")
        shutil.rmtree(_WORKSHOP, ignore_errors=True)
        now = datetime.now(UTC)
        return Updating(_WORKSHOP, self._kept, root=self._root, environment=self._environment, at=now)

    def updated(self, updating: Updating) -> bytes:
        """Go by what came of an update, which is at least what was kept; what to keep from now on."""
        came = updating.update
        if came is None:
            raise ValueError("this update wants more")
        self._came = Came(signed=True, problems=tuple(dict.fromkeys(problem.reason for problem in came.problems)))
        self._go_by(came.bundle)
        self._kept = updating.kept()
        return self._kept

    def _go_by(self, bundle: Bundle | None) -> None:
        if bundle is None:
            self._gate = None
            return
        self._gate = gate(
            bundle,
            country=self._setting["country"],
            port=self._setting["port"],
            authority=self._setting["authority"],
            clock=lambda: datetime.now(UTC),
            came=self._came,
        )

    def ready(self, language: str, pairs: Sequence[tuple[str, str]], *, large: bool) -> str:
        """The page that waits for a code, or says why there is no release to go by."""
        if self._gate is None:
            return self._none(language, large=large)
        return _html(self._gate.site, ready(self._gate, _form(pairs), language), language, large=large)

    def warm(self) -> None:
        """What the first scan would wait for, read before there is one."""
        load("border/answer.html")

    def about(self, language: str, *, large: bool) -> str:
        """Help, privacy and accessibility."""
        sheet = Sheet(template="about.html", values={"side": "border"})
        return _html(self._site, sheet, language, path="/about", large=large)

    def begin(self, language: str, pairs: Sequence[tuple[str, str]], *, unread: bool, large: bool) -> Asked | str:
        """What a form asks, or the page where it asks nothing; `unread` says that its picture has no code."""
        if self._gate is None:
            return self._none(language, large=large)
        form = _form(pairs)
        faults = [Fault("picture", words(language)("border.picture.unread"))] if unread else []
        asked = question(self._gate, form, language, faults=faults)
        if isinstance(asked, Sheet):
            return _html(self._gate.site, asked, language, large=large)
        trust_list = self._gate.bundle.trust_list
        prepared = tuple(prepare(scan, trust_list=trust_list) for scan in asked.scans)
        return Asked(self._gate, form, language, asked, prepared)

    def begin_list(self, language: str, pairs: Sequence[tuple[str, str]], *, large: bool) -> Asked | str:
        """What a carrier's list asks, or the page that waits for one."""
        if self._gate is None:
            return self._none(language, large=large)
        form = _form(pairs)
        sent = any(name == "list" for name, _ in pairs)
        asked = listed(self._gate, form, language) if sent else waiting(self._gate, form, language)
        if isinstance(asked, Sheet):
            return _html(self._gate.site, asked, language, path="/list", large=large)
        trust_list = self._gate.bundle.trust_list
        scans = [scan for passenger in asked.passengers for scan in passenger.scans]
        return Asked(self._gate, form, language, asked, tuple(prepare(scan, trust_list=trust_list) for scan in scans))

    def questions(self, asked: Asked) -> list[list[tuple[bytes, str, bytes, bytes]]]:
        """The signature checks of each scan: key (SPKI), algorithm, signed bytes, signature (raw)."""
        return [
            [(check.key.spki, str(check.algorithm), check.signed, check.signature) for check in each.checks]
            for each in asked.prepared
        ]

    def finish(self, asked: Asked, held: Sequence[Sequence[bool | None]], *, large: bool) -> str:
        """The three answers; `held` has what WebCrypto found, None where it does not know the algorithm."""
        found = [
            conclude(each, list(answers), at=asked.at, revocation=asked.gate.bundle.revocation)
            for each, answers in zip(asked.prepared, held, strict=True)
        ]
        if isinstance(asked.question, Listed):
            each = zip(asked.question.passengers, found, strict=True)
            made = [asked.answer([one], asked.question.asked, passenger.document) for passenger, one in each]
            sheet = table(asked.gate, asked.form, asked.language, asked.question, made)
            return _html(asked.gate.site, sheet, asked.language, path="/list", large=large)
        answer = asked.answer(found, asked.question, asked.question.document)
        sheet = answered(asked.gate, asked.form, asked.language, asked.question, answer)
        return _html(asked.gate.site, sheet, asked.language, path="/answer", large=large)

    @property
    def _site(self) -> Site:
        if self._gate is not None:
            return self._gate.site
        specimen = self._environment is not Environment.PRODUCTION
        return Site(service="service.border", authority=self._setting["authority"], specimen=specimen)

    def _none(self, language: str, *, large: bool) -> str:
        wrong = [told(reason, words(language)) for reason in self._came.problems]
        return _html(self._site, Sheet(template="border/none.html", values={"wrong": wrong}), language, large=large)


def _html(site: Site, sheet: Sheet, language: str, *, path: str = "", large: bool) -> str:
    return html(sheet.template, site=site, language=language, path=f"/{language}{path}", large=large, **sheet.values)


def _form(pairs: Sequence[tuple[str, str]]) -> Form:
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return Form(texts, {})
