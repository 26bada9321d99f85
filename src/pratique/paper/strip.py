"""Day passes on paper: strips to cut apart, one for each slot, for whoever carries no phone.

A strip shows at a door what a screen shows: the code, the day, the initials and the birthday. It has no live proof, so
that somebody looks at the person; nobody is refused for it (docs/formats/status.md).
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from pratique import qr
from pratique.model.status import Status, StatusWord
from pratique.paper.content import Line, instant, say
from pratique.paper.sheet import paper_level
from pratique.texts import LANGUAGES

_SIDE = 47.0
"""Millimetres, quiet zone included: a pass has 65 modules at level Q, so that each is 0.64 mm."""


class Pass(Struct, frozen=True):
    """One scan, and what it says."""

    text: str
    status: Status


class Strip(Struct, frozen=True, kw_only=True):
    """The passes of a batch, eight to a page.

    `issuer` is the issuer's name and `country` its code; times are printed by `clock`. `languages` are one or two of
    `texts.LANGUAGES`, the holder's first. Construction refuses other languages, and a strip without passes
    (`ValueError`).
    """

    passes: tuple[Pass, ...]
    issuer: str
    country: str
    clock: tzinfo
    languages: tuple[str, ...] = ("en", "zh")

    def __post_init__(self) -> None:
        if not set(self.languages) <= LANGUAGES.keys() or not len(set(self.languages)) == len(self.languages) in (1, 2):
            raise ValueError(f"languages: one or two of {', '.join(LANGUAGES)}")
        if not self.passes:
            raise ValueError("passes: none")


def content(strip: Strip) -> dict[str, Any]:
    """What `strip.typ` draws. Raises `PrintRefused` (PRINT_CODE_TOO_DENSE) for a scan that is too long for paper."""

    def written(write: Callable[[str], str]) -> list[Line]:
        said = {write(language): language for language in reversed(strip.languages)}
        return [(language, text) for text, language in reversed(said.items())]

    def label(key: str, **values: str) -> list[Line]:
        return written(lambda language: say(language, key, **values))

    def drawn(each: Pass) -> dict[str, Any]:
        status = each.status
        shown = {"initials": status.initials or "–", "birthday": status.birthday or "–"}
        period = {"begins": status.begins.astimezone(strip.clock), "ends": status.ends.astimezone(strip.clock)}
        return {
            "svg": qr.svg(each.text, level=paper_level(each.text)),
            "alt": say(strip.languages[0], "pass.alt", day=instant(strip.languages[0], period["begins"])),
            "word": label("pass.admitted" if status.word is StatusWord.ADMITTED else "pass.not_admitted"),
            "period": written(
                lambda language: say(
                    language, "pass.period", **{name: instant(language, moment) for name, moment in period.items()}
                )
            ),
            "holder": label("pass.holder", **shown),
            "specimen": label("specimen.note") if status.specimen else [],
        }

    return {
        "languages": strip.languages,
        "side": _SIDE,
        "title": label("pass.title"),
        "issuer": [("en", f"{strip.issuer} ({strip.country})")],
        "note": label("pass.note"),
        "passes": [drawn(each) for each in strip.passes],
    }
