"""A journey as programs write it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from pratique.model.dates import YEARS
from pratique.model.journey import Journey, Leg, place_of
from pratique.web.problems import Code, Problem

Where = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=5,
        description="A country (ISO 3166-1 alpha-2), an airport (IATA) or a seaport (UN/LOCODE).",
    ),
]
When = Annotated[datetime, Meta(tz=True, description="An instant, with its offset from UTC.")]


class Trip(Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody arrives and when; `of_right` of nationals, residents, and people seeking protection there."""

    to: Where
    arrive: When
    via: Annotated[tuple[Where, ...], Meta(max_length=10)] = ()
    of_right: bool = False
    origin: Where | None = None
    board: When | None = None
    planned: Annotated[int, Meta(ge=1, description="The release by which the traveller planned, if told.")] | None = (
        None
    )

    def read(self) -> Journey:
        """The journey. Raises `Problem` (REQUEST_UNREADABLE) with the place of what is no place, or no time."""
        country, port = place(self.to, "to")
        via = tuple(place(each, f"via[{number}]")[0] for number, each in enumerate(self.via))
        origin = None if self.origin is None else place(self.origin, "origin")[0]
        if self.arrive.year not in YEARS:
            raise Problem(Code.REQUEST_UNREADABLE, place="$.arrive")
        if self.board is not None and (self.board.year not in YEARS or self.board > self.arrive):
            raise Problem(Code.REQUEST_UNREADABLE, place="$.board")
        return Journey((Leg(country, self.arrive, port, via, board=self.board),), origin, self.of_right, self.planned)


def place(code: str, field: str) -> tuple[str, str | None]:
    """A country, and where the code is a port's, the port."""
    found = place_of(code)
    if found is None:
        raise Problem(Code.REQUEST_UNREADABLE, place=f"$.{field}")
    return found
