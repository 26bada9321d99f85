"""From a template and values to HTML that is complete before any script runs: no request, no server."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from msgspec import Struct

from pratique.texts import LANGUAGES, RIGHT_TO_LEFT
from pratique.web.words import words


class Site(Struct, frozen=True, kw_only=True):
    """What all pages of one application have in common."""

    service: str
    """The key of the service's name."""
    authority: Mapping[str, str]
    """Who runs it, by language; English is there, and stands in for one that is not."""
    specimen: bool
    """Whether all of it is a rehearsal: every page then says so."""
    scene: str = ""
    """The sandbox's own pages, linked from every page where there are any: an address."""
    transparency: str | None = None
    """Where everybody sees policies, counts, log and agreements: the origin, empty for this very one; None for none."""

    def named(self, language: str) -> str:
        """Who runs it."""
        return self.authority.get(language, self.authority["en"])


class Sheet(Struct, frozen=True, kw_only=True):
    """A page before it is written: its template and what that needs, the status it is told with."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    back: str = ""
    """Where it goes by itself after a while; empty for a page that stays."""
    after: int = 0
    """Seconds until it does."""


_MODULES = "compiled"
"""Beside the templates lie the modules that they become, where whoever packed this library put them (`as_module`)."""


@cache
def _templates() -> jinja2.Environment:
    modules = jinja2.ModuleLoader(Path(__file__).with_name(_MODULES))
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([modules, jinja2.PackageLoader("pratique.web")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(
    template: str, *, site: Site, language: str, path: str, query: str = "", large: bool = False, **values: Any
) -> str:
    """The page `template` at `path` in `language`; a value that the template lacks is our fault and raises."""
    rest = path.removeprefix(f"/{language}") + (f"?{query}" if query else "")
    addresses = {tag: (name, f"/{tag}{rest}") for tag, name in LANGUAGES.items()}
    return (
        _templates()
        .get_template(template)
        .render(
            say=words(language),
            language=language,
            direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
            languages=addresses,
            site=site,
            large=large,
            path=path,
            **values,
        )
    )


def load(*templates: str) -> None:
    """Read templates before they are needed: the first page of each kind takes ten times as long as the next."""
    for template in templates:
        _templates().get_template(template)


def as_module(template: str) -> tuple[str, str]:
    """What a template becomes, its place beside this file and its text: a page that has it need not translate it."""
    source, _, _ = jinja2.PackageLoader("pratique.web").get_source(_templates(), template)
    text = _templates().compile(source, template, raw=True, defer_init=True)
    return f"{_MODULES}/{jinja2.ModuleLoader.get_module_filename(template)}", text


def drawing(svg: str) -> Markup:
    """A drawing that we made ourselves, to stand in a page as it is."""
    return Markup(svg)  # noqa: S704  never from a value of a certificate or a form
