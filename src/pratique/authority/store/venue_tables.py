"""The tables of doors that register: places, hours and slips that only an hour's own key opens. No column is a person.

    venue ─ slip          what was handed in at a place in an hour, sealed; deleted after fourteen days
    register_period       under what law anything is registered at all, from when to when
    exposure ─ venue_step which hours of a place were declared, and the two officials of every act
    slip_opening          who opened slips, when, and how many

The role that reads these reads nothing about people, and no role that reads about people reads these.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from pratique.authority.store.columns import day, instant, key, metadata, sealed

venue = Table(
    "venue",
    metadata,
    key("venue_id"),
    Column("mode", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("code", LargeBinary, nullable=False),
    sealed("chain"),
    day("chain_day", nullable=False),
    instant("opened"),
    instant("closed", nullable=True),
    Index(None, "code", unique=True),
)
"""A place whose door registers. `code` is on its poster; `chain`, of `chain_day`, is what its hours' keys come from."""
slip = Table(
    "slip",
    metadata,
    key("venue_id"),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    key("slip_id"),
    Column("content", LargeBinary, nullable=False),
)
"""How somebody without a telephone can be reached, for the key of this place and hour alone. All are equally long."""
register_period = Table(
    "register_period",
    metadata,
    key("period_id"),
    Column("instrument", Text, nullable=False),
    instant("begins"),
    instant("ends"),
    instant("moment"),
)
"""The law, decree or order that lets doors register, and its end. Without one in force nothing is taken."""
exposure = Table(
    "exposure",
    metadata,
    key("venue_id"),
    key("exposure_id"),
    Column("first_hour", Integer, nullable=False),
    Column("last_hour", Integer, nullable=False),
    instant("moment"),
)
"""That somebody who was at the place in these hours was confirmed a case; not who."""
venue_step = Table(
    "venue_step",
    metadata,
    key("subject_id"),
    Column("act", String(8), primary_key=True),
    Column("account_id", String(64), primary_key=True),
    instant("moment"),
)
"""Who agreed to an act on a period or an exposure. Nobody is here twice for one act, and each act needs two."""
slip_opening = Table(
    "slip_opening",
    metadata,
    key("exposure_id"),
    key("opening_id"),
    Column("account_id", String(64), nullable=False),
    Column("slips", Integer, nullable=False),
    instant("moment"),
)

TABLES = (venue, slip, register_period, exposure, venue_step, slip_opening)
"""What a sunset empties."""
APPEND_ONLY = (register_period, exposure, venue_step, slip_opening)
"""What officials did: written once, and gone under a signed order alone."""
