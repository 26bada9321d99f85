"""Pages as answers to requests."""

from typing import Any

from litestar import MediaType, Request, Response

from pratique.web.rendering import Sheet, Site, drawing, html
from pratique.web.words import LANGUAGES

__all__ = ["AnyRequest", "Site", "drawing", "everywhere", "page", "sheet"]

AnyRequest = Request[Any, Any, Any]


def page(
    request: AnyRequest, template: str, *, site: Site, language: str, status: int = 200, **values: Any
) -> Response[str]:
    """The page `template` in `language`, with its values; a value that the template lacks is our fault and raises."""
    text = html(
        template,
        site=site,
        language=language,
        path=request.scope["path"],
        query=request.scope["query_string"].decode("latin-1"),
        large=request.cookies.get("text") == "large",
        **values,
    )
    return Response(text, media_type=MediaType.HTML, status_code=status)


def sheet(request: AnyRequest, made: Sheet, *, site: Site, language: str) -> Response[str]:
    """The same for a page that was put together elsewhere."""
    return page(request, made.template, site=site, language=language, status=made.status, **made.values)


def everywhere(path: str) -> list[str]:
    """The addresses of one page: in every language."""
    return [f"/{language}{path}".rstrip("/") for language in LANGUAGES]
