"""A population as a table: what rules read of a certificate, one typed column for each path and each way of reading it.

JSON has one value at a path and SQL one type in a column, so that a path which is compared with a text, counted and
read as a date has three columns. What a column cannot hold is NULL in it: a number is no text, and `2021-02-30` no
date. The values are computed here, once for each certificate, by the very functions of the reference interpreter.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

from pratique.rules.checking import MAX_ITEMS
from pratique.rules.values import (
    EvaluationError,
    access,
    date_of_birth,
    fragments,
    instant,
    integer,
    truth,
    uvci_fragment,
)

NULL, TRUE, FALSE, EMPTY = "null", "true", "false", '"'
"""Values as texts: a text has a quotation mark before it, so that it is never taken for anything else."""

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*|[0-9]+")
_CAMEL = re.compile(r"[a-z][A-Za-z0-9]*")


class Facet(StrEnum):
    """A way to read a value; its name ends the column's."""

    TRUTH = "is"
    """BOOLEAN: truthy or falsy; NULL for what is neither."""
    TEXT = "text"
    INTEGER = "int"
    SCALAR = "value"
    """VARCHAR: any value but arrays and objects, as `tagged` writes it."""
    INSTANT = "at"
    """TIMESTAMP, without a zone and in UTC: as `plusTime` reads it."""
    BIRTH = "born"
    """The same as `dccDateOfBirth` reads it."""
    PART = "part"
    """VARCHAR: a part of an identifier (`extractFromUVCI`) as `tagged` writes it; NULL where there is no answer."""
    ITEMS = "items"
    """A list of structures, for a fold over it: of every item the columns that the fold reads. Empty where nothing is;
    NULL for what is no list, or a longer one than a fold may have."""


class Column(Struct, frozen=True, order=True):
    """What is read at a path, and how; `index` is that of a part, and `fields` are what is read of items.

    The path of a field begins with `payload` as well: each item is read as if it were one.
    """

    path: str
    facet: Facet
    index: int = 0
    fields: "tuple[Column, ...]" = ()

    @property
    def name(self) -> str:
        """`v_0_dn_int` for `payload.v.0.dn`, `external_issuer_country_code_text` for `external.issuerCountryCode`.

        A line inside of a name is doubled (`declarations_normal__streak_int`), so that it parts nothing.
        """
        plain = [str(part).replace("_", "__") for part in fragments(self.path)]
        parts = [re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", part) for part in plain]
        suffix = f"{self.facet}_{self.index}" if self.facet is Facet.PART else self.facet.value
        return "_".join([*(parts[1:] if parts[0] == "payload" else parts), suffix])

    def value(self, data: Mapping[str, Any]) -> object:
        """What a certificate has in this column; date-times in milliseconds. `data` has `payload` and `external`."""
        found = access(data, self.path)
        if self.facet is Facet.PART:
            return _or_none(lambda value: tagged(uvci_fragment(value, self.index)), found)
        if self.facet is Facet.ITEMS:
            return self._items(found)
        return _READERS[self.facet](found)

    def _items(self, found: object) -> list[dict[str, object]] | None:
        if found is None:
            return []
        if not isinstance(found, list | tuple) or len(found) > MAX_ITEMS:
            return None
        return [{field.name: field.value({"payload": item}) for field in self.fields} for item in found]


def united(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Columns in order, each once: several folds over one list read one column, with the fields of them all."""
    fields: dict[Column, set[Column]] = {}
    for column in columns:
        fields.setdefault(structs.replace(column, fields=()), set()).update(column.fields)
    return tuple(structs.replace(column, fields=tuple(sorted(fields[column]))) for column in sorted(fields))


def column_path(path: str) -> bool:
    """Whether a path can be part of a column's name: no two paths that can be have the same one."""
    parts = path.split(".")
    match parts:
        case ["payload", _, *_]:
            return all(map(_PLAIN.fullmatch, parts))
        case ["external", name]:
            return _CAMEL.fullmatch(name) is not None
    return False


def tagged(value: object) -> str | None:
    """A value as a text, equal to another's if the values are the same; None for arrays and objects."""
    whole = integer(value)
    match value:
        case None:
            return NULL
        case bool():
            return TRUE if value else FALSE
        case str():
            return EMPTY + value if encodable(value) else f"'{value.encode('utf-8', 'backslashreplace').decode()}"
        case int() | float():
            return str(value if whole is None else whole)
    return None


def writable(text: str) -> bool:
    """Whether a text can stand in the text of a statement."""
    return encodable(text) and "\0" not in text


def encodable(text: str) -> bool:
    """Whether a text is one for every program: half of a surrogate pair, which JSON can spell, is none."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _or_none(reader: Callable[[object], object], value: object) -> object:
    try:
        return reader(value)
    except EvaluationError:
        return None


_READERS: dict[Facet, Callable[[object], object]] = {
    Facet.TRUTH: truth,
    Facet.TEXT: lambda value: value if isinstance(value, str) and encodable(value) else None,
    Facet.INTEGER: integer,
    Facet.SCALAR: tagged,
    Facet.INSTANT: lambda value: _or_none(instant, value),
    Facet.BIRTH: lambda value: _or_none(date_of_birth, value),
}
