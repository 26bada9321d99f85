"""What people read, in their language: one catalogue for each, and no sentence anywhere else.

A catalogue is the file `<language>.json` beside this one: nested objects whose leaves are sentences, looked up by
their path joined with dots. Each sentence says what happened, why, or what to do next, in at most 15 words. Paper and
pages have catalogues of their own beside it, `paper.<language>.json` and `web.<language>.json`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pkgutil import get_data
from typing import Literal

import msgspec

from pratique.model.reasons import Reason

Language = Literal["en", "zh", "fr", "ar", "ru", "es"]
"""The catalogues there are, by BCP 47 tag; every one holds every key."""

LANGUAGES: Mapping[str, str] = {
    "en": "English", "zh": "中文", "fr": "Français", "ar": "العربية", "ru": "Русский", "es": "Español",
}  # fmt: skip
"""Each language by its own name, by which whoever reads it finds it."""

RIGHT_TO_LEFT = frozenset({"ar"})


class Explanation(msgspec.Struct, frozen=True):
    """A reason in words for the person at the gate: what happened and why, and what to do next."""

    what: str
    next: str


def explain(reason: Reason, language: str = "en") -> Explanation:
    """The words for `reason`. Raises `LookupError` for a language that is not among `LANGUAGES`."""
    return Explanation(
        sentence(f"reason.{reason}.what", language),
        sentence(f"reason.{reason}.next", language),
    )


def sentence(key: str, language: str = "en", **values: str) -> str:
    """The text under `key`, such as `reason.KEY_UNKNOWN.what`, with each `{name}` in it replaced by its value.

    Raises `LookupError` for an unknown language or key, and for a value that the text needs and was not given.
    """
    text = _catalogue(language)[key]
    return filled(text, language, values) if values else text


def filled(text: str, language: str, values: Mapping[str, object]) -> str:
    """A text of a catalogue with its values; from right to left each is isolated, so that its digits keep their order.

    Raises `LookupError` for a value that the text needs and was not given.
    """
    if language in RIGHT_TO_LEFT:
        return text.format_map({name: _isolated(str(value)) for name, value in values.items()})
    return text.format_map(values)


def listed(parts: Iterable[str], language: str) -> str:
    """Several texts in a row; from right to left each is isolated, or two Latin ones would turn all that is between."""
    return " · ".join(map(_isolated, parts) if language in RIGHT_TO_LEFT else parts)


def utc_offset(moment: datetime) -> str:
    """By which clock a moment is written: `UTC`, or `UTC+08:00`."""
    return f"UTC{moment.isoformat()[-6:]}" if moment.utcoffset() else "UTC"


def _isolated(value: str) -> str:
    """A value in isolates (Unicode Standard Annex 9, 2.4); what has some inside is a phrase of ours, and flows."""
    return value if "\u2069" in value else f"\u2068{value}\u2069"


@cache
def catalogue(room: str, language: str) -> dict[str, str]:
    """Every text of a room that has a catalogue of its own, such as `web`, by its key; shared, and not to be changed.

    Raises `LookupError` for a language that is not among `LANGUAGES`.
    """
    return _read(f"{room}.{_known(language)}.json")


@cache
def _catalogue(language: str) -> dict[str, str]:
    return _read(f"{_known(language)}.json")


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise LookupError("no catalogue for this language")
    return language


def _read(name: str) -> dict[str, str]:
    # not importlib.resources, which reads the whole index of an archive for each file
    tree = msgspec.json.decode(get_data(__name__, name) or b"", type=dict[str, object])
    return dict(_leaves(tree, ""))


def _leaves(tree: dict[str, object], path: str) -> list[tuple[str, str]]:
    leaves: list[tuple[str, str]] = []
    for name, value in tree.items():
        if isinstance(value, dict):
            leaves += _leaves(value, f"{path}{name}.")
        else:
            leaves.append((path + name, str(value)))
    return leaves
