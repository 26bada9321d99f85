"""Hypothesis strategies for CertLogic expressions, and for certificates on which they come to every kind of end."""

from typing import Any

from hypothesis import strategies as st

from pratique.rules.checking import COMPARISONS

CLOCK = "2021-07-01T10:00:00Z"
CONSTANTS = {"validationClock": CLOCK, "valueSets": {"products": ["A", "B", "it's"], "mixed": ["A", 1, True]}}
"""External data that is the same for everybody; the rest comes with each certificate."""

Expression = Any
Strategy = st.SearchStrategy[Expression]

_TEXTS = st.sampled_from(["", "A", "B", "C", "it's", "1", "true"])
_NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 270])
_DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(["2021-01-31", "2020-02-29", "2021-07-01", "2021-06-17", "2021-05", "2020", "2021-02-30", ""]),
    st.sampled_from(
        ["2021-07-01T10:00:00Z", "2021-06-30T23:30:00.1239-02:00", "2021-07-01T12:00:00", "2021-07-01 10:00"]
    ),
)
_IDENTIFIERS = st.sampled_from(["URN:UVCI:01:XA:A/B#C", "01:XA:1", "", "urn:uvci:x"])
_ODD = st.sampled_from([None, True, False, 1.5, 2.0, 2**60, [], [1], {}, {"a": 1}, "A", 1, "2021-07-01"])


def often(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any] = _ODD) -> st.SearchStrategy[Any]:
    """Mostly the one, and once in ten the other."""
    return st.integers(0, 9).flatmap(lambda dice: odd if dice == 7 else usual)


def entries() -> st.SearchStrategy[dict[str, Any]]:
    """An entry of a certificate: numbers `dn` and `sd`, a text `mp`, a date `dt`, an identifier `ci`."""
    fields = {"dn": _NUMBERS, "sd": _NUMBERS, "mp": _TEXTS, "dt": _DATES, "ci": _IDENTIFIERS}
    return st.fixed_dictionaries({}, optional={name: often(values) for name, values in fields.items()}) | (
        st.fixed_dictionaries({name: often(values) for name, values in fields.items()})
    )


def certificates() -> st.SearchStrategy[dict[str, Any]]:
    """`payload` and the certificate's own `external`; some entries are no objects, some lists no lists."""
    lists = often(st.lists(often(entries()), min_size=1, max_size=3))
    payload = st.fixed_dictionaries({"dob": often(_DATES)}, optional={"v": lists, "t": lists, "r": lists, "n": _ODD})
    external = st.fixed_dictionaries({}, optional={"iat": often(_NUMBERS), "issuerCountryCode": often(_TEXTS)})
    return st.fixed_dictionaries({"payload": payload, "external": external})


def _paths(*names: str) -> Strategy:
    return st.sampled_from([{"var": f"payload.{group}.{n}.{name}"} for group in "vt" for n in "01" for name in names])


_PRESENCE = st.sampled_from(
    [{"var": path} for path in ("payload.v.0", "payload.t.1", "payload.r", "payload.n", "nothing")]
)


def booleans(depth: int) -> Strategy:
    if depth == 0:
        return st.booleans()
    inner, scalar = booleans(depth - 1), scalars(depth - 1)
    two_or_three = st.integers(2, 3)
    integer_tests = st.tuples(st.sampled_from(COMPARISONS[:4]), two_or_three.flatmap(_several(integers(depth - 1))))
    date_tests = st.tuples(st.sampled_from(COMPARISONS[4:]), two_or_three.flatmap(_several(dates(depth - 1))))
    return often(
        st.one_of(
            st.one_of(integer_tests, date_tests).map(lambda pair: {pair[0]: pair[1]}),
            st.tuples(scalar, scalar).map(lambda pair: {"===": list(pair)}),
            st.tuples(scalar, arrays(depth - 1)).map(lambda pair: {"in": list(pair)}),
            (inner | _PRESENCE).map(lambda one: {"!": [one]}),
            st.lists(inner, min_size=2, max_size=4).map(lambda several: {"and": several}),
            choices(_PRESENCE | inner, inner),
        ),
        scalar,
    )


def _several(one: Strategy) -> Any:
    return lambda count: st.lists(one, min_size=count, max_size=count)


def choices(guards: Strategy, values: Strategy) -> Strategy:
    return st.tuples(guards, values, values).map(lambda three: {"if": list(three)})


def integers(depth: int) -> Strategy:
    leaves = _NUMBERS | _paths("dn", "sd") | st.just({"var": "external.iat"})
    if depth == 0:
        return leaves
    inner = integers(depth - 1)
    sums = st.tuples(inner, inner).map(lambda pair: {"+": list(pair)})
    return often(st.one_of(leaves, sums, choices(_PRESENCE, inner), folds(depth)), scalars(0))


def folds(depth: int) -> Strategy:
    """Counting, over data and over what is written in the rule."""
    operand = st.sampled_from(
        [
            {"var": "payload.v"}, {"var": "payload.n"}, {"var": "external.valueSets.mixed"}, [1, 2, 3], ["A", "B"],
            [{"var": "payload.r"}, {"var": "payload.t"}, {"var": "payload.v"}],
        ]
    )  # fmt: skip
    step = st.sampled_from(
        [
            1, {"if": [{"var": "current.0"}, 1, 0]}, {"if": [{"var": "current.dn"}, 1, 0]}, {"var": "current"},
            {"if": [{"===": [{"var": "current"}, "A"]}, 2, {"var": "accumulator"}]},
        ]
    )  # fmt: skip
    body = step.map(lambda one: {"+": [{"var": "accumulator"}, one]}) | step
    return st.tuples(operand, body, integers(depth - 1)).map(lambda three: {"reduce": list(three)})


def dates(depth: int) -> Strategy:
    units = st.sampled_from(["day", "hour", "month", "year"])
    moved = st.tuples(texts(depth), st.integers(-40, 40), units).map(lambda three: {"plusTime": list(three)})
    born = often(st.just({"var": "payload.dob"}), texts(0)).map(lambda one: {"dccDateOfBirth": [one]})
    leaves = st.one_of(moved, moved, born)
    return leaves if depth == 0 else often(leaves | choices(_PRESENCE, dates(0)), scalars(0))


def texts(depth: int) -> Strategy:
    leaves = _DATES | _paths("dt", "dt", "mp") | st.just({"var": "external.validationClock"})
    return leaves if depth == 0 else leaves | choices(_PRESENCE, texts(depth - 1))


def scalars(depth: int) -> Strategy:
    parts = st.tuples(_paths("ci"), st.integers(0, 4)).map(lambda pair: {"extractFromUVCI": list(pair)})
    leaves = st.one_of(
        _TEXTS, _NUMBERS, st.booleans(), _paths("mp", "dn", "ci"), parts, st.just({"var": "external.issuerCountryCode"})
    )
    if depth == 0:
        return leaves
    return leaves | choices(_PRESENCE, scalars(depth - 1)) | integers(depth - 1) | booleans(depth - 1)


def arrays(depth: int) -> Strategy:
    return often(
        st.one_of(
            st.lists(_TEXTS | _NUMBERS | st.booleans(), max_size=4),
            st.sampled_from([{"var": "external.valueSets.products"}, {"var": "external.valueSets.mixed"}]),
        ),
        st.sampled_from([{"var": "payload.v"}, {"var": "external.valueSets.lost"}, ["A", ["B"]]])
        | st.lists(scalars(depth)),
    )


def operators_in(expression: Expression) -> set[str]:
    match expression:
        case {"var": _}:
            return {"var"}
        case dict():
            return set(expression) | operators_in(next(iter(expression.values())))
        case list():
            return set().union(*map(operators_in, expression))
    return set()
