"""A border: three answers about a code, by the lists that lie on this machine, with no network.

    camera, picture, scanner, text ─► scans ─ answer(bundle, document, journey) ─► three answers ─► the officer's press

Nothing about a holder is kept: what an answer was made of travels in the page's own form, and the page clears itself.
A process that runs this needs the published bundle and nothing else of whoever issued.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.concurrency import sync_to_thread
from msgspec import Struct

from pratique import qr
from pratique.answering import answer
from pratique.bundle import Bundle
from pratique.model.errors import UnreadableImage
from pratique.model.reasons import Reason
from pratique.web import forms, guarding
from pratique.web.fields import Form
from pratique.web.gate import MAX_SCANS, Gate, answered, gate, question, ready
from pratique.web.pages import AnyRequest, everywhere, page, sheet
from pratique.web.pictured import pictured
from pratique.web.problems import Code, Problem, language_of
from pratique.web.rendering import Sheet
from pratique.web.words import words

__all__ = ["MAX_PICTURE", "MAX_SCANS", "app"]

MAX_PICTURE = 24_000_000
"""A photograph of paper as a telephone takes it, which nobody has made smaller, and the fields beside it."""


class Found(Struct, frozen=True):
    """What is in a picture of the camera; None for nothing yet."""

    scan: str | None = None


def app(
    bundle: Bundle,
    *,
    country: str,
    port: str | None = None,
    authority: Mapping[str, str],
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    framed_by: str = "'none'",
    scene: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The border of `country` at `port`, which asks by the rules of `bundle`; `authority` is its name by language."""
    here = gate(bundle, country=country, port=port, authority=authority, scene=scene, clock=clock)
    return guarding.application(here.site, _handlers(here), hosts=hosts, framed_by=framed_by)


def _handlers(here: Gate) -> list[Any]:
    @get(everywhere("/"), sync_to_thread=False)
    def waiting(request: AnyRequest) -> Response[str]:
        language = language_of(request)
        return sheet(request, ready(here, _from_address(request), language), site=here.site, language=language)

    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        return page(request, "about.html", site=here.site, language=language_of(request), side="border")

    @post("/read", status_code=200)
    async def read(request: AnyRequest) -> Found:
        """Look at one picture of the camera, which is forgotten with the answer; most have no code in them yet."""
        picture = await request.body()
        try:
            return Found((await sync_to_thread(qr.read, picture))[0])
        except UnreadableImage as refused:
            if Reason.IMAGE_NO_CODE in refused.reasons:
                return Found()
            raise Problem(Code.FORM_UNREADABLE) from refused

    @post(everywhere("/answer"), status_code=200, request_max_body_size=MAX_PICTURE)
    async def asked(request: AnyRequest) -> Response[str]:
        """The three answers, and again with what the officer added: the passport, another certificate, a press."""
        form, language = await forms.read(request), language_of(request)
        made = await sync_to_thread(_made, here, form, language)
        answer_page = sheet(request, made, site=here.site, language=language)
        if made.back:
            answer_page.headers["refresh"] = f"{made.after}; url={made.back}"
        return answer_page

    return [waiting, about, read, asked]


def _made(here: Gate, form: Form, language: str) -> Sheet:
    found, faults = pictured(form, words(language))
    asked = question(here, form, language, found=found, faults=faults)
    if isinstance(asked, Sheet):
        return asked
    made = answer(asked.scans, bundle=here.bundle, at=asked.at, document=asked.document, journey=asked.journey)
    return answered(here, form, language, asked, made)


def _from_address(request: AnyRequest) -> Form:
    return Form({name: [request.query_params[name]] for name in request.query_params}, {})
