"""What rules and colours read of facts, out of one row a person: `Facts.to_data` and `colour.assess` as SQL.

A path leads to a text, a day, an instant, a truth or a number that is NULL where there is none, or to a list or an
object. Each way of reading it (`rules.sql.Facet`) is one expression over it, as `Column.value` is over JSON.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from pratique.authority.population.wide import KINDS_OF, LISTS, Moment, Wanted, among
from pratique.model.facts import CATEGORIES
from pratique.rules.checking import MAX_ITEMS
from pratique.rules.policy import Branch, Ends, Policy
from pratique.rules.sql import Column, Facet, Outside

EPOCH = date(1970, 1, 1).toordinal()
TEXT, DAY, INSTANT, BOOLEAN, NUMBER, LIST, OBJECT = "text", "day", "instant", "truth", "number", "list", "object"


class Node(Struct, frozen=True):
    """What stands at a path: its kind, and an expression for it; of an object, whether it is there."""

    kind: str
    sql: str


MISSING = Node(TEXT, "NULL")
