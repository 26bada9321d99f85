"""Taking the certificate along: files that the holder's own device keeps, and none of them by way of anybody else.

A pass of a telephone maker's wallet has to be signed with a key that the maker gave out, and unsigned ones are refused:
where the operator has no such key there is none, and it is said what works instead.
"""

from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from pratique.formats import shc
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.web.certificate import card_of, held, signed
from pratique.web.kept_here import on_device
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words


def handlers(desk: Office) -> list[Any]:
    """The page, and the files that are no picture and no page to print."""

    def shown(request: AnyRequest, name: str, refused: tuple[str, ...] = ()) -> Response[str]:
        found, language = signed(desk, request, name), language_of(request)
        say = words(language)
        return desk.page(
            request,
            "holder/along.html",
            status=422 if refused else 200,
            address=f"/{language}/certificate/{name}",
            codes=range(1, len(found.parts) + 1),
            health_card=found.anew is not None and found.anew.card is not None,
            carried=desk.ministry.carrying(desk.clock()) is not None,
            refused=refused,
            kept=on_device(found, card_of(desk, found, say), say, desk.visit(request, name).planned),
        )

    @get(everywhere("/certificate/{name:str}/along"), sync_to_thread=False)
    def along(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        return shown(request, name)

    @get(everywhere("/certificate/{name:str}/text"), sync_to_thread=False)
    def text(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        found = signed(desk, request, name)
        lines = "".join(f"{part.scan}\n" for part in found.parts)
        return saved(lines.encode(), "text/plain; charset=utf-8", "certificate.txt")

    @post(everywhere("/certificate/{name:str}/health-card"), status_code=200)
    async def health_card(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
        found = held(desk, request, name)
        if found.anew is None or found.anew.card is None:
            raise Problem(Code.SESSION_UNKNOWN)
        try:
            scan = await sync_to_thread(found.anew.card, desk.clock())
        except IssueRefused as refusal:
            say = words(language_of(request))
            return shown(request, name, tuple(say.why(reason).what for reason in refusal.reasons))
        except AccessRefused:
            raise Problem(Code.SESSION_UNKNOWN) from None
        return saved(shc.file_of(scan), "application/smart-health-card", "certificate.smart-health-card")

    return [along, text, health_card]
