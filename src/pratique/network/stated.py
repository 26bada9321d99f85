"""What a signed file says beyond The Update Framework, and what a participant's role may sign: the half of it that a
verifier asks, without any arithmetic, so that a page in a browser can ask it too.
"""

import re
from datetime import datetime, timedelta

from tuf.api.metadata import DelegatedRole, Signed

from pratique.model import countries
from pratique.model.dates import format_instant, parse_instant
from pratique.model.errors import Problem
from pratique.model.reasons import Reason
from pratique.trust import Environment

OFFLINE = timedelta(days=7)
"""How long a verifier may work without the network; also how long it can be kept from seeing the next release."""
COUNTRY = re.compile("[A-Z]{2}", re.ASCII)


def trust_name(country: str) -> str:
    """The file of a participant's keys."""
    return f"trust/{country}.json"


def revocation_name(country: str) -> str:
    """The file of what a participant withdrew."""
    return f"revocation/{country}.bin"


def paths(country: str) -> list[str]:
    """What a participant's role may sign; `*` does not cross a slash."""
    return [
        trust_name(country),
        revocation_name(country),
        f"revocation/{country}.*.bin",
        f"rules/{country}.json",
        f"rules/{country}.*.json",
        f"corridors/{country}.*.json",
        f"officials/{country}.json",
        f"policies/{country}-*.json",
    ]


def allowed_issuers(role: DelegatedRole) -> frozenset[str]:
    """The names under which a participant's keys may sign; empty if the role is not one that this house delegates."""
    listed = role.unrecognized_fields.get("issuers", [])
    name = str(role.name)  # which tuf takes whatever it is
    if not COUNTRY.fullmatch(name) or role.paths != paths(name) or not role.terminating:
        return frozenset()
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        return frozenset()
    return frozenset({countries.canonical(name), *listed})


def fields(environment: Environment, at: datetime) -> dict[str, str]:
    """What every file says besides, inside its signed part."""
    return {"environment": environment.value, "issued": format_instant(at)}


def environment_of(signed: Signed) -> str:
    """Where a signed file counts; empty where it does not say."""
    return str(signed.unrecognized_fields.get("environment", ""))


def issued_of(signed: Signed) -> datetime | None:
    """When a signed file says that it was issued; None where it does not, or says it was after its own end."""
    try:
        issued = parse_instant(str(signed.unrecognized_fields.get("issued", "")))
    except ValueError:
        return None
    return issued if issued.tzinfo is not None and issued <= signed.expires else None


def said(name: str, signed: Signed, environment: Environment) -> list[Problem]:
    """What is wrong with the fields of ours in a signed file."""
    problems = []
    if environment_of(signed) != environment.value:
        problems.append(Problem(name, Reason.BUNDLE_ENVIRONMENT))
    if issued_of(signed) is None:
        stated = "issued" in signed.unrecognized_fields
        reason = Reason.RULE_FIELD_VALUE if stated else Reason.RULE_FIELD_MISSING
        problems.append(Problem(f"{name}: issued", reason))
    return problems
