"""What is asked of the policies in a release, beyond what each has to be: that two officials signed, and in time."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pratique import crypto
from pratique.bundle import Bundle
from pratique.model.countries import canonical
from pratique.model.errors import Problem
from pratique.model.reasons import Reason
from pratique.rules.linting import NOTICE, findings
from pratique.rules.policy import Policy
from pratique.rules.signing import unsigned

_FOLDER = "policies/"


def unfit_policies(
    files: Mapping[str, bytes], bundle: Bundle, old: Bundle | None, *, at: datetime
) -> Iterator[Problem]:
    """Policies of a release that two officials of their country did not sign, and extensions that come too late.

    `old` is the release before it: a policy that goes on with one of those is an extension, whatever it calls itself,
    and its notice counts from the release that first has it, since that is when the public is told.
    """
    before = dict(old.policies) if old is not None else {}
    for name, policy in bundle.policies.items():
        place = f"{_FOLDER}{name}.json"
        whose = bundle.officials.get(canonical(policy.country))
        for each in unsigned(files[place], whose, check=crypto.check):
            yield Problem(f"{place}: {each.path}", each.reason)
        previous = _previous(policy, before)
        if previous is not None and policy not in before.values():
            yield from _extended(place, policy, previous, at)


def _previous(policy: Policy, before: Mapping[str, Policy]) -> Policy | None:
    names = {policy.identifier, policy.extends.identifier if policy.extends is not None else policy.identifier}
    return next((each for each in before.values() if each.identifier in names), None)


def _extended(place: str, policy: Policy, previous: Policy, at: datetime) -> Iterator[Problem]:
    for each in findings(policy, previous=previous):
        yield Problem(f"{place}: {each.path}", each.reason)
    if policy.start - at < NOTICE:
        yield Problem(f"{place}: start", Reason.POLICY_NOTICE)
