"""Pages as answers to requests."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from litestar import MediaType, Request, Response
from litestar.concurrency import sync_to_thread

from pratique.texts import LANGUAGES
from pratique.web.rendering import Sheet, Site, drawing, html

__all__ = ["AnyRequest", "Site", "drawing", "everywhere", "in_a_thread", "page", "saved", "sheet"]

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")


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


def saved(content: bytes, kind: str, name: str) -> Response[bytes]:
    """A file to be saved under this name, which is one of ours and never a visitor's."""
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def in_a_thread(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """A handler that waits for a database, run beside the others; Litestar's own way holds for one application only."""

    @wraps(handler)
    async def run(**values: Any) -> T:
        return await sync_to_thread(handler, **values)

    return run


def everywhere(path: str) -> list[str]:
    """The addresses of one page: in every language."""
    return [f"/{language}{path}".rstrip("/") for language in LANGUAGES]
