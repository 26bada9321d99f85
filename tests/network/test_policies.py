"""Policies in a release: two officials signed each, and an extension is announced two weeks before."""

import copy
import json
from datetime import timedelta

import pytest

from pratique.model.errors import NetworkRefused
from pratique.network.distribution import Repository
from tests.cases.policies import officials, signed, spoilt
from tests.network import net

FIRST = spoilt(signers=["health", "justice"])
KNOWN = officials("health", "justice")


def released(policy: object, found: Repository = net.FIRST, *, known: object = KNOWN, days: int = 0) -> Repository:
    at = net.AT + timedelta(days=days)
    files = {"policies/XA-events.json": json.dumps(policy).encode()}
    files |= {"officials/XA.json": json.dumps(known).encode()} if known is not None else {}
    return net.released(net.signed(found, "XA", {**net.PARTS["XA"], **files}, at=at), at=at)


def refused(*args: object, **kwargs: object) -> set[tuple[str, str]]:
    with pytest.raises(NetworkRefused) as refusal:
        released(*args, **kwargs)  # type: ignore[arg-type]
    return {(each.path.removeprefix("policies/XA-events.json: "), str(each.reason)) for each in refusal.value.problems}


def test_a_policy_without_its_signatures_is_not_released() -> None:
    assert ("signers", "POLICY_SIGNERS") in refused(FIRST)
    assert ("signers[1]", "POLICY_SIGNATURE") in refused(signed(FIRST, "health"))
    assert ("signers", "POLICY_SIGNERS") in refused(signed(FIRST, "health", "justice"), known=None)
    strangers = officials("health", "justice", country="XB")
    assert ("officials/XA.json: country", "RULE_FIELD_VALUE") in refused(
        signed(FIRST, "health", "justice"), known=strangers
    )


def test_another_country_does_not_sign_it() -> None:
    files = {"policies/XA-events.json": b"{}"}
    with pytest.raises(NetworkRefused):
        net.signed(net.FIRST, "XB", files)


def test_an_extension_is_announced_two_weeks_before_it_holds() -> None:
    first = released(signed(FIRST, "health", "justice"))
    goes_on = copy.deepcopy(FIRST) | {
        "version": "2.0.0", "published": "2026-12-20T00:00:00Z", "start": "2027-01-04T00:00:00Z",
        "sunset": "2027-06-01T00:00:00Z", "extends": {"identifier": FIRST["identifier"], "sunset": FIRST["sunset"]},
    }  # fmt: skip
    for rule in goes_on["rules"]:
        rule["ValidTo"] = "2027-09-01T00:00:00Z"
    extended = signed(goes_on, "health", "justice")
    late = refused(extended, first, days=29)
    assert late == {("start", "POLICY_NOTICE")}, "thirteen days before"
    assert released(extended, first, days=27).versions("snapshot") == [1, 2, 3]
    assert released(signed(FIRST, "health", "justice"), first, days=29).versions("snapshot")[-1] == 3, "the same text"
