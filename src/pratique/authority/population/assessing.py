"""Everybody's colour after a policy change: `gather`, the rules and `colour.assess`, as one SQL statement.

    everybody(policy, at)                statement: how many people of each group are where in the policy
    compared(policy, against, at)        statement: the same under two policies
    of_each(policy, at)                  statement: where each person is
    for part in assess(engine, policy, at): ...

A statement is made of three texts: the facts as one row a person (`wide`), what rules read of them (`reading`), and the
rules themselves as SQL (`rules.sql`). Rules have three outcomes and so have SQL's truths: what is open is NULL, and who
is undecided is unknown, never red.
"""

from collections.abc import Iterator
from datetime import datetime

import sqlglot
from msgspec import Struct
from sqlglot import exp

from pratique.authority.population.engines import Engine, Range
from pratique.authority.population.reading import Reader
from pratique.authority.population.wide import NOBODY, Moment, gathered
from pratique.authority.store.facts import EVERYBODY
from pratique.colour import ADVERSE, SHADES, Colour, clock, external
from pratique.rules.policy import Branch, Cause, Policy
from pratique.rules.sql import Outside, Plan, translate, united

OTHERWISE, UNDECIDED = -1, -2
"""Where somebody is who is in no branch, and who may be in one; else it is the branch's number."""
SLICE = 1_000_000
"""People asked about at once: their facts take some hundred megabytes."""
AGES = (0, 12, 18, 40, 60, 75)
"""Years at which groups of age begin."""
_STRATA = ("country", "region", "income", "shows")


class Untranslatable(Exception):
    """A rule of which no statement can be made: its name, the place in it, and what stands there."""

    def __init__(self, rule: str, outside: Outside) -> None:
        self.rule, self.path, self.what = rule, outside.path, outside.what
        super().__init__(f"{rule}, {outside.path}: {outside.what}")


class Alike(Struct, frozen=True):
    """What is the same of some people: where they are from, the income group of that country, in which form they can
    show a proof, and how old they are (where their group begins)."""

    country: str
    region: str
    income: str
    shows: str
    age: int


class Group(Alike, frozen=True):
    """How many people who are alike are where in a policy."""

    place: int
    people: int


class Part(Struct, frozen=True):
    """What came of one slice, and how many of all slices are done."""

    groups: tuple[Group, ...]
    done: int
    of: int


def assess(engine: Engine, policy: Policy, at: datetime, *, people: int = SLICE) -> Iterator[Part]:
    """Everybody of an engine's folder, about `people` at once. Raises `Untranslatable`, and what the engine raises.

    The offset of `at` says which day it is.
    """
    slices = engine.slices(people)
    for done, between in enumerate(slices, 1):
        rows = engine.ask(everybody(policy, at, between=between))
        yield Part(tuple(Group(*row) for row in rows), done, len(slices))


def everybody(policy: Policy, at: datetime, *, between: Range = EVERYBODY) -> str:
    """The statement that counts people by group, with the columns of `Group`."""
    strata = ", ".join((*_STRATA, "age", "place"))
    return f"{_placed(policy, at, between)} SELECT {strata}, COUNT(*) AS people FROM placed GROUP BY {strata}"  # noqa: S608


def compared(policy: Policy, against: Policy, at: datetime, *, between: Range = EVERYBODY) -> str:
    """The statement that counts people by group under two policies: `place` in the first, `before` in the second."""
    strata = ", ".join((*_STRATA, "age", "place"))
    now = f"{_placed(policy, at, between)} SELECT person_id, {strata} FROM placed"  # noqa: S608
    before = f"{_placed(against, at, between)} SELECT person_id, place AS before FROM placed"  # noqa: S608
    return f"""SELECT {strata}, before, COUNT(*) AS people FROM ({now}) AS now JOIN ({_apart(before)}) AS earlier
    USING (person_id) GROUP BY {strata}, before"""  # noqa: S608


def _apart(statement: str) -> str:
    """The same with other names for its common tables, so that it can stand beside another one in Spark's SQL."""
    tree = sqlglot.parse_one(statement, dialect="duckdb")
    common = {table.alias for table in tree.find_all(exp.CTE)}
    for named in tree.find_all(exp.CTE):
        named.set("alias", exp.TableAlias(this=exp.to_identifier(f"earlier_{named.alias}")))
    for table in tree.find_all(exp.Table):
        if table.name in common:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias_or_name)))
            table.set("this", exp.to_identifier(f"earlier_{table.name}"))
    return tree.sql("duckdb")


def of_each(policy: Policy, at: datetime, *, between: Range = EVERYBODY) -> str:
    """The statement that says of each person where in the policy they are."""
    return f"{_placed(policy, at, between)} SELECT person_id, place FROM placed ORDER BY person_id"  # noqa: S608


def colour_at(policy: Policy, place: int) -> tuple[Colour, Cause | None]:
    """The colour of whoever is there, and its cause, as `colour.assess` gives them."""
    branch = policy.branches[place] if place >= 0 else policy.otherwise
    colour = Colour.UNKNOWN if place == UNDECIDED else SHADES.get(branch.result, Colour.UNKNOWN)
    if colour in ADVERSE and place >= 0 and branch.cause is not None:
        return colour, Cause(branch.cause)
    return (colour, None) if colour is Colour.GREEN else (Colour.UNKNOWN, Cause.NO_PROOF)


def _placed(policy: Policy, at: datetime, between: Range) -> str:
    """Common tables, of which the last says of everybody where in the policy they are."""
    reader = Reader(policy.areas, clock(at))
    plans = _plans(policy, at, reader)
    columns = {column.name: reader.column(column) for column in united(c for p in plans.values() for c in p.columns)}
    columns |= {f"counts_{n}": reader.counts(branch, policy, at) for n, branch in enumerate(policy.branches)}
    bands = " ".join(f"WHEN age >= {age} THEN {age}" for age in reversed(AGES))
    read = ", ".join(f"{sql} AS {name}" for name, sql in columns.items()) or "TRUE AS nothing"
    met = "".join(f", {_met(branch, plans)} AS met_{number}" for number, branch in enumerate(policy.branches))
    counts = "".join(f", counts_{number}" for number in range(len(policy.branches)))
    return f"""WITH {gathered(reader.wanted, Moment.of(at), between)},
    read AS (SELECT person_id, {read} FROM gathered),
    met AS (SELECT person_id{counts}{met} FROM read),
    coloured AS (SELECT person_id, {_place(policy, at)} AS place FROM met),
    placed AS (
      SELECT people.person_id, {", ".join(_STRATA)}, CASE {bands} END AS age,
        COALESCE(known.place, nobody.place) AS place
      FROM people LEFT JOIN coloured AS known ON known.person_id = people.person_id
      CROSS JOIN (SELECT place FROM coloured WHERE person_id = '{NOBODY}') AS nobody
      WHERE people.person_id BETWEEN '{between[0]}' AND '{between[1]}'
    )"""  # noqa: S608  rules are written by SQLGlot


def _plans(policy: Policy, at: datetime, reader: Reader) -> dict[str, Plan]:
    """The rules as SQL, of which everything can be read. Raises `Untranslatable`."""
    constants, plans = external(policy, at), {}
    for rule in policy.rules:
        try:
            plans[rule.identifier] = plan = translate(rule, constants)
            for column in plan.columns:
                reader.column(column)
        except Outside as outside:
            raise Untranslatable(rule.identifier, outside) from outside
    return plans


def _met(branch: Branch, plans: dict[str, Plan]) -> str:
    """Whether all rules of a branch pass: false if one fails, and else open if one is; as SQL's own AND."""
    return " AND ".join(f"({plans[name].text('duckdb')})" for name in branch.rules)


def _place(policy: Policy, at: datetime) -> str:
    """The first branch that is met and counts, unless one before it is open and leads elsewhere.

    Few people have an open branch, so that it is asked once whether there is any: the long question is theirs alone.
    """
    if not policy.in_force(at):
        return str(UNDECIDED)
    plain, careful = [], []
    for number, branch in enumerate(policy.branches):
        here = f"{_standing(branch, number)} AND met_{number}"
        careful.append(f"WHEN {here} AND ({_open_before(policy, number, branch)}) THEN {UNDECIDED}")
        if _can_be_given(branch):
            adverse = SHADES.get(branch.result) in ADVERSE
            plain.append(f"WHEN {here}{f' AND counts_{number}' if adverse else ''} THEN {number}")
            careful.append(plain[-1])
    elsewhere = _open_before(policy, len(policy.branches), policy.otherwise)
    any_open = _open_before(policy, len(policy.branches), None)
    return f"""CASE WHEN {any_open} THEN CASE {" ".join(careful)} WHEN {elsewhere} THEN {UNDECIDED} ELSE {OTHERWISE} END
      {" ".join(plain)} ELSE {OTHERWISE} END"""


def _standing(branch: Branch, number: int) -> str:
    return "TRUE" if branch.since is None else f"counts_{number}"


def _open_before(policy: Policy, number: int, branch: Branch | None) -> str:
    """Whether a branch before this one is open, and leads elsewhere than `branch`."""
    tests = [
        f"({_standing(each, place)} AND met_{place} IS NULL)"
        for place, each in enumerate(policy.branches[:number])
        if branch is None or each.result != branch.result
    ]
    return " OR ".join(tests) or "FALSE"


def _can_be_given(branch: Branch) -> bool:
    """Whether a colour of this branch can account for itself; one that cannot is passed over (`colour.assess`)."""
    if SHADES.get(branch.result, Colour.UNKNOWN) not in ADVERSE:
        return True
    return branch.remedy is not None and branch.appeal is not None and branch.cause in set(Cause)
