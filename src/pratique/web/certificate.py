"""What the holder holds: the card, its codes, the page to print. No verdict: that is for a border to say."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from pratique import pkpass, qr
from pratique.authority.signers.pkpass import PassSigner
from pratique.paper import certificate_pdf
from pratique.qr import Level
from pratique.web.cards import card
from pratique.web.holding import Held, sheet
from pratique.web.pages import AnyRequest, Site, drawing, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.visits import LASTS, Visit
from pratique.web.words import Words, words


def handlers(
    site: Site,
    *,
    issuer: str,
    country: str,
    visit: Callable[[AnyRequest, str], Visit],
    own: Sequence[tuple[str, str]] | None = None,
    passes: PassSigner | None = None,
) -> list[Any]:
    """The pages of what `issuer` of `country` issued; `visit` finds a visitor's own and refuses everybody else.

    `passes` makes each code a pass for a telephone's wallet too.
    `own` are other pages of theirs (a key of the words, and an address); None where there is no store behind it.
    """

    def held(request: AnyRequest, name: str, number: int | None = None) -> Held:
        outcome = visit(request, name).outcome
        if not isinstance(outcome, Held) or (number is not None and not 1 <= number <= len(outcome.parts)):
            raise Problem(Code.SESSION_UNKNOWN)
        return outcome

    @get(everywhere("/certificate/{name:str}"), sync_to_thread=False)
    def whole(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        found, language = held(request, name), language_of(request)
        mine = _mine(own, language, visit(request, name))
        if not found.parts:
            return page(
                request,
                "issuing/no_records.html",
                site=site,
                language=language,
                own=mine,
                refused=_why(found, language),
            )
        values = _values(site, request, name, found, issuer)
        return page(request, "issuing/certificate.html", **values, own=mine, passes=passes is not None)

    @get(everywhere("/certificate/{name:str}/show/{number:int}"), sync_to_thread=False)
    def shown(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[str]:
        values = _values(site, request, name, held(request, name, number), issuer)
        return page(request, "issuing/show.html", **values, code=values["codes"][number - 1])

    @get(everywhere("/certificate/{name:str}/code/{number:int}"))
    async def picture(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        found = held(request, name, number)
        png = await sync_to_thread(qr.png, found.parts[number - 1].scan, level=Level.M)
        return _file(png, "image/png", f"certificate-{number}.png")

    @get(everywhere("/certificate/{name:str}/print"))
    async def printed(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        drawn = sheet(held(request, name, 1), issuer=issuer, country=country, language=language_of(request))
        return _file(await sync_to_thread(certificate_pdf, drawn), "application/pdf", "certificate.pdf")

    @get(everywhere("/certificate/{name:str}/pass/{number:int}"))
    async def carried(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        found = held(request, name, number)
        if passes is None:
            raise Problem(Code.PAGE_UNKNOWN)
        drawn = _carried(found, number, words(language_of(request)), issuer)
        return _file(await sync_to_thread(passes.make, drawn), pkpass.MEDIA_TYPE, f"certificate-{number}.pkpass")

    return [whole, shown, picture, printed, carried]


def _carried(held: Held, number: int, say: Words, issuer: str) -> pkpass.Shown:
    """A code as a pass shows it: its own claims, and who it is about."""
    part = held.parts[number - 1]
    shown = card(part.certificate, say, issuer=issuer, until=held.expires)
    return pkpass.Shown(
        scan=part.scan,
        title=say("certificate.title"),
        issuer=issuer,
        name=pkpass.Line(say("desk.name"), shown.name),
        lines=[
            pkpass.Line(say("born"), shown.born),
            pkpass.Line(say("wallet.until"), shown.until),
            *(pkpass.Line(each.what, f"{each.outcome} {each.more}".strip()) for each in shown.claims),
        ],
        expires=held.expires,
    )


def _mine(own: Sequence[tuple[str, str]] | None, language: str, visit: Visit) -> list[tuple[str, str]]:
    """The pages that are theirs: those of passkeys for the holder alone, all else for whoever acts for them too."""
    if own is None or not (visit.subject_id or visit.acting):
        return []
    keys = [("own.open", f"/{language}/own/{visit.name}")] if visit.subject_id else []
    return [*((key, f"/{language}{address}") for key, address in own), *keys]


def _why(held: Held, language: str) -> list[str]:
    say = words(language)
    return [say.why(reason).what for reason in held.refused]


def _values(site: Site, request: AnyRequest, name: str, held: Held, issuer: str) -> dict[str, Any]:
    language = language_of(request)
    say = words(language)
    shown = card(held.certificate, say, issuer=issuer, until=held.expires)
    codes = [
        {
            "number": number,
            "svg": drawing(part.svg),
            "scan": part.scan,
            "alt": say("alt", name=shown.latin or shown.name, until=shown.until),
            "claims": len(part.certificate.claims),
        }
        for number, part in enumerate(held.parts, 1)
    ]
    return {
        "site": site,
        "language": language,
        "card": shown,
        "codes": codes,
        "address": f"/{language}/certificate/{name}",
        "issued_ms": max(1, round(held.took * 1000)),
        "whole_ms": max(1, round(held.whole * 1000)),
        "minutes": int(LASTS.total_seconds() // 60),
    }


def _file(content: bytes, kind: str, name: str) -> Response[bytes]:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
