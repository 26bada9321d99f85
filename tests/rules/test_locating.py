"""The line of every finding: what a person mends is the text before them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from pratique.rules.locating import Line, broken, line, lines
from pratique.sandbox.border import policy

TEXT = """{
  "policy": 1,
  "rules": [
    {"Logic": {"if": [
      {"var": "payload.v"},
      {">=": [1, {"var": "x"}]}, false]}},
    {}
  ],
  "title": {"en": "a } and a \\" too"}
}"""


def test_every_place_has_its_line() -> None:
    found = lines(TEXT)
    for place, number in (
        ("", 1), ("policy", 2), ("rules", 3), ("rules[0]", 4), ("rules[0].Logic.if[0]", 5),
        ("rules[0].Logic.if[1].>=[1].var", 6), ("rules[1]", 7), ("title.en", 9),
    ):  # fmt: skip
        assert line(found, place) == Line(number, True), place


def test_what_is_not_there_is_told_by_what_it_would_be_in() -> None:
    found = lines(TEXT)
    assert line(found, "sunset") == Line(1, False)
    assert line(found, "title.zh") == Line(9, False)
    assert line(found, "rules[7].ValidTo") == Line(3, False)
    assert line(found, "personas.child") == Line(1, False)


def test_a_text_that_is_no_json() -> None:
    assert broken('{\n"a": 1,\n"b" 2}') == 3
    assert broken(TEXT) is None
    assert broken("[" * 100_000) is None
    for place in ("a.b[0]", "a]", "..", "["):
        assert line(lines("}]{,:"), place) == Line(1, False)


def test_the_places_of_a_policy_are_those_of_its_findings() -> None:
    text = policy().decode()
    found = lines(text)
    for number, rule in enumerate(json.loads(text)["rules"]):
        at = line(found, f"rules[{number}].Identifier")
        assert at.exact
        assert rule["Identifier"] in text.splitlines()[at.number - 1]


@given(st.text())
def test_any_text_has_lines(text: str) -> None:
    for place, number in lines(text).items():
        assert 1 <= number <= text.count("\n") + 1
        assert line(lines(text), place + ".x").number >= 1
    broken(text)


_JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex("[A-Za-z]{1,5}", fullmatch=True), inner),
)


@given(_JSON)
def test_every_place_of_a_json_text_is_found(value: object) -> None:
    found = lines(json.dumps(value, indent=1))

    def walk(each: object, place: str) -> None:
        assert place in found
        if isinstance(each, dict):
            for key, inner in each.items():
                walk(inner, f"{place}.{key}".removeprefix("."))
        elif isinstance(each, list):
            for number, inner in enumerate(each):
                walk(inner, f"{place}[{number}]")

    walk(value, "")
