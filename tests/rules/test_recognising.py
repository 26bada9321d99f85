"""Who recognises whom, as agreements come to at an instant."""

import json
from datetime import UTC, datetime, timedelta

from pratique.rules.agreement import ClaimType, Status, parse_agreements
from pratique.rules.recognising import Recognition, Relation, countries, recognised, relation
from pratique.sandbox import alliance

AT = datetime(2026, 11, 26, tzinfo=UTC)
LISTED = parse_agreements(alliance.agreements(AT))


def listed(**changes: object) -> dict:
    state = [{"kind": "state", "code": code} for code in ("XA", "XB")]
    made = {
        "identifier": "A", "title": {"en": "A"}, "status": "in_force", "direction": "one_way", "parties": state,
        "claims": ["vaccination"], "instrument": "Fictional", "from": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    return made | changes


def read(*each: dict) -> tuple:
    return parse_agreements(json.dumps({"agreements": 1, "list": each}).encode())


def test_the_alliance_of_the_sandbox() -> None:
    found = recognised(LISTED, AT)
    assert countries(LISTED) == ("XA", "XB", "XC", "XE", "XF")
    assert relation(found, "XA", "XB") is Relation.MUTUAL
    assert (relation(found, "XA", "XC"), relation(found, "XC", "XA")) == (Relation.OURS, Relation.THEIRS)
    assert relation(found, "XA", "XE") is relation(found, "XE", "XA") is Relation.PLANNED
    assert relation(found, "XB", "XF") is Relation.NONE


def test_nothing_that_is_not_in_force_counts() -> None:
    for at in (AT - timedelta(days=2),):
        assert relation(recognised(LISTED, at), "XA", "XB") is Relation.PLANNED
    over = read(listed(until="2026-11-20T00:00:00Z"))
    assert recognised(over, AT) == {("XA", "XB"): Recognition((), (Status.IN_FORCE,), ("A",))}


def test_two_that_take_some_and_not_the_same() -> None:
    other = {"parties": [{"kind": "state", "code": code} for code in ("XB", "XA")], "identifier": "B"}
    found = recognised(read(listed(), listed(claims=["test", "vaccination"], **other)), AT)
    assert found["XB", "XA"].claims == (ClaimType.VACCINATION, ClaimType.TEST)
    assert relation(found, "XA", "XB") is relation(found, "XB", "XA") is Relation.UNEVEN


def test_a_party_that_is_withheld_is_nobody() -> None:
    hidden = [{"kind": "state", "code": "XA"}, {"kind": "state", "withheld": True}]
    found = read(listed(status="willing", parties=hidden))
    assert recognised(found, AT) == {}
    assert countries(found) == ("XA",)


def test_an_organisation_issues_and_has_no_border() -> None:
    body = [{"kind": "state", "code": "XA"}, {"kind": "organisation", "code": "https://laboratory.example"}]
    found = read(listed(direction="mutual", parties=body))
    assert countries(found) == ("XA", "https://laboratory.example")
    assert list(recognised(found, AT)) == [("XA", "https://laboratory.example")]
