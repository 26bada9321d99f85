"""From a template and values to a page: HTML that is complete before any script runs."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar

import jinja2
from litestar import MediaType, Request, Response
from litestar.concurrency import sync_to_thread
from markupsafe import Markup
from msgspec import Struct

from pratique.web.words import LANGUAGES, words

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")


class Site(Struct, frozen=True, kw_only=True):
    """What all pages of one application have in common."""

    service: str
    """The key of the service's name."""
    authority: Mapping[str, str]
    """Who runs it, in each language."""
    specimen: bool
    """Whether all of it is a rehearsal: every page then says so."""
    scene: str = ""
    """The sandbox's own pages, linked from every page where there are any: an address."""


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("pratique.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(
    request: AnyRequest, template: str, *, site: Site, language: str, status: int = 200, **values: Any
) -> Response[str]:
    """The page `template` in `language`, with its values; a value that the template lacks is our fault and raises."""
    say = words(language)
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    rest = path.removeprefix(f"/{language}") + (f"?{query}" if query else "")
    html = (
        _templates()
        .get_template(template)
        .render(
            say=say,
            language=language,
            languages={tag: (name, f"/{tag}{rest}") for tag, name in LANGUAGES.items() if tag != language},
            site=site,
            large=request.cookies.get("text") == "large",
            path=path,
            **values,
        )
    )
    return Response(html, media_type=MediaType.HTML, status_code=status)


def in_a_thread(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """A handler that waits for a database, run beside the others; Litestar's own way holds for one application only."""

    @wraps(handler)
    async def run(**values: Any) -> T:
        return await sync_to_thread(handler, **values)

    return run


def everywhere(path: str) -> list[str]:
    """The addresses of one page: in every language."""
    return [f"/{language}{path}".rstrip("/") for language in LANGUAGES]


def drawing(svg: str) -> Markup:
    """A drawing that we made ourselves, to stand in a page as it is."""
    return Markup(svg)  # noqa: S704  never from a value of a certificate or a form
