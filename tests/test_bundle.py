"""A bundle is whole or refused, with everything that is wrong; old parts are stale, not wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList
from pratique.bundle import BUILT_IN, Bundle
from pratique.model.errors import BundleRefused
from pratique.model.reasons import Reason
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment
from tests.travel import NOW

FILES = dict(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))


DEEP = b'{"a":' * 5_000
"""What a decoder follows until Python stops it."""


def changed(name: str, change: Callable[[Any], object]) -> dict[str, bytes]:
    """The sandbox's files, with one of them changed."""
    content = msgspec.json.decode(FILES[name])
    change(content)
    return FILES | {name: msgspec.json.encode(content)}


def manifest(**fields: object) -> dict[str, bytes]:
    return changed("bundle.json", lambda content: content.update(fields))


VALUES = changed("bundle.json", lambda content: content["parts"].update({"value-sets/x.json": {"issued": NOW}}))
"""They name one part more."""


def problems(files: dict[str, bytes]) -> list[tuple[str, Reason]]:
    with pytest.raises(BundleRefused) as refusal:
        Bundle.from_files(files)
    return [(problem.path, problem.reason) for problem in refusal.value.problems]


def without(name: str) -> dict[str, bytes]:
    return {other: data for other, data in FILES.items() if other != name}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, [("bundle.json", Reason.BUNDLE_PART_MISSING), ("trust.json", Reason.BUNDLE_PART_MISSING)]),
        (without("trust.json"), [("trust.json", Reason.BUNDLE_PART_MISSING)]),
        (without("rules/XA.json"), [("rules/XA.json", Reason.BUNDLE_PART_MISSING)]),
        (FILES | {"rules/XC.json": b"[]"}, [("rules/XC.json", Reason.BUNDLE_PART_UNKNOWN)]),
        (FILES | {"notes.txt": b""}, [("notes.txt", Reason.BUNDLE_PART_UNKNOWN)] * 2),
        (FILES | {"bundle.json": b"{"}, [("bundle.json", Reason.BUNDLE_PART_UNREADABLE)]),
        (FILES | {"trust.json": b"[]"}, [("trust.json", Reason.TRUST_UNREADABLE)]),
        (FILES | {"revocation.bin": b"{}"}, [("revocation.bin", Reason.REVOCATION_UNREADABLE)]),
        (VALUES | {"value-sets/x.json": DEEP}, [("value-sets/x.json", Reason.BUNDLE_PART_UNREADABLE)]),
        (FILES | {"trust.json": DEEP}, [("trust.json", Reason.TRUST_UNREADABLE)]),
        (FILES | {"rules/XA.json": DEEP}, [("rules/XA.json", Reason.RULE_TOO_DEEP)]),
        (manifest(more=1), [("bundle.json: more", Reason.RULE_FIELD_UNKNOWN)]),
        (manifest(number=None), [("bundle.json: number", Reason.RULE_FIELD_VALUE)]),
        (manifest(issued="2026-01-01T00:00:00"), [("bundle.json: issued", Reason.RULE_FIELD_VALUE)]),
        (manifest(environment="production"), [("trust.json", Reason.BUNDLE_ENVIRONMENT)]),
    ],
)  # fmt: skip
def test_refused(files: dict[str, bytes], expected: list[tuple[str, Reason]]) -> None:
    assert problems(files) == expected


def test_everything_that_is_wrong_is_told_at_once() -> None:
    files = changed("rules/XA.json", lambda file: (file["routes"].reverse(), file["rules"][0].pop("ValidFrom")))
    found = problems(files | {"trust.json": b"", "revocation.bin": b"x", "more": b""})
    assert {path.partition(":")[0] for path, _ in found} == {"rules/XA.json", "trust.json", "revocation.bin", "more"}
    assert ("rules/XA.json: rules[0].ValidFrom", Reason.RULE_FIELD_MISSING) in found
    assert ("rules/XA.json: routes", Reason.ROUTES_ORDER) in found


def test_what_is_whole_is_read() -> None:
    bundle = Bundle.from_files(FILES)
    assert (bundle.number, bundle.environment, bundle.issued) == (7, Environment.SANDBOX, NOW)
    assert [len(bundle.rules_for(country)) for country in ("XA", "XB", "XC")] == [1, 1, 0]
    assert bundle.value_sets == BUILT_IN
    assert bundle.revocation is not None
    assert set(bundle.parts) == set(FILES) - {"bundle.json"}


def test_a_value_set_of_the_bundle_stands_in_place_of_the_built_in_one() -> None:
    published = {
        "valueSetId": "vaccines-covid-19-names",
        "valueSetDate": "2026-01-01",
        "valueSetValues": {"One": {"display": "One", "lang": "en", "active": True, "system": "x", "version": ""}},
    }
    name = "value-sets/vaccines-covid-19-names.json"
    files = changed("bundle.json", lambda m: m["parts"].update({name: {"issued": m["issued"]}}))
    bundle = Bundle.from_files(files | {name: msgspec.json.encode(published)})
    assert bundle.value_sets["vaccines-covid-19-names"] == ("One",)
    assert bundle.value_sets["covid-19-lab-result"] == BUILT_IN["covid-19-lab-result"]


def test_history_is_never_published() -> None:
    historical = changed("rules/XB.json", lambda file: file.update(historical=True))
    assert Bundle.from_files(historical).rules_for("XB")[0].historical
    trust = TrustList([], environment=Environment.PRODUCTION).to_json()
    production = manifest(environment="production")["bundle.json"]
    files = historical | {"bundle.json": production, "trust.json": trust}
    assert problems(files) == [("rules/XB.json", Reason.BUNDLE_ENVIRONMENT)]


def test_ages() -> None:
    bundle = Bundle.from_files(FILES)
    assert bundle.stale(NOW + timedelta(days=1)) == ()
    late = NOW + timedelta(days=1, seconds=1)
    assert set(bundle.stale(late)) == set(bundle.parts)
    assert bundle.rules_stale("XA", late)
    assert not bundle.rules_stale("XC", late)
    assert bundle.parts["trust.json"].age(late) == timedelta(days=1, seconds=1)


def test_of_two_ends_of_a_list_the_earlier_counts() -> None:
    trust = TrustList([], environment=Environment.SANDBOX, issued=NOW, fresh_until=NOW + timedelta(hours=1))
    bundle = Bundle.from_files(bundle_files(trust, number=7, at=NOW))
    assert bundle.parts["trust.json"].fresh_until == NOW + timedelta(hours=1)


@given(st.dictionaries(st.sampled_from([*FILES, "rules/XC.json", "value-sets/a.json"]), st.binary(max_size=40)))
def test_any_files_are_read_or_refused(files: dict[str, bytes]) -> None:
    try:
        Bundle.from_files(FILES | files)
    except BundleRefused as refusal:
        assert refusal.problems
    else:
        assert files == {}


@pytest.mark.parametrize("written", ["EL", "GR"])
def test_a_country_has_its_rules_under_either_of_its_codes(written: str) -> None:
    """The EU writes Greece as EL, ISO 3166-1 as GR."""
    own = msgspec.json.decode(FILES["rules/XB.json"]) | {"country": written}
    own["rules"] = [rule | {"Country": written} for rule in own["rules"]]
    name, parts = f"rules/{written}.json", msgspec.json.decode(FILES["bundle.json"])["parts"]
    files = manifest(parts={part.replace("rules/XB.json", name): age for part, age in parts.items()})
    files[name] = msgspec.json.encode(own)
    del files["rules/XB.json"]
    bundle = Bundle.from_files(files)
    for code in ("EL", "GR"):
        assert bundle.rules_for(code)
        assert bundle.rule_files(code) == (name,)
        assert bundle.rules_stale(code, NOW + timedelta(days=2))
        assert not bundle.rules_stale(code, NOW)
