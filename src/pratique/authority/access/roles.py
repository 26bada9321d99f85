"""Roles, and what each may read of a person for which purpose. What is not in the table may not be done."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is employed to do."""

    HOLDER = "holder"
    """Everybody, of themselves and of whom they are guardian."""
    CLINIC = "clinic"
    LABORATORY = "laboratory"
    LOCAL_CODE = "local_code"
    """A local health-code app: passes declarations on, and what its code shows."""
    ISSUER = "issuer"
    ENROLMENT = "enrolment"
    """Officers at a desk: compare faces, see passports, and confirm each other's acts."""
    HEALTH_AUTHORITY = "health_authority"
    CARRIER = "carrier"
    STAFF = "staff"
    """At a door: sees a holder's shown view, once, if the holder lets them (`access.permissions`)."""
    AUDITOR = "auditor"


class Purpose(StrEnum):
    """What a person's data may be read for. There is no other, and none "for reference"."""

    OWN = "own"
    ISSUE = "issue"
    ENROLMENT = "enrolment"
    CORRECTION = "correction"
    EPIDEMIC_CONTROL = "epidemic_control"
    SHOWN = "shown"
    """The holder said so, a minute ago."""


class Item(StrEnum):
    """The kinds of data that are read, each by itself."""

    IDENTITY = "identity"
    PORTRAIT = "portrait"
    RECORDS = "records"
    DECLARATIONS = "declarations"
    MOVEMENTS = "movements"
    DISPUTES = "disputes"
    STATUS = "status"
    """The health code, of which staff see the word alone."""
    LOOKS = "looks"


_ALL_BUT_FACES = frozenset(Item) - {Item.PORTRAIT}

MAY: Mapping[Role, Mapping[Purpose, frozenset[Item]]] = MappingProxyType(
    {
        Role.HOLDER: {Purpose.OWN: _ALL_BUT_FACES},
        Role.CLINIC: {},  # sends records, and reads none
        Role.LABORATORY: {},
        Role.LOCAL_CODE: {},
        Role.ISSUER: {Purpose.ISSUE: frozenset({Item.IDENTITY, Item.PORTRAIT, Item.RECORDS})},
        Role.ENROLMENT: {Purpose.ENROLMENT: frozenset({Item.IDENTITY, Item.PORTRAIT})},
        Role.HEALTH_AUTHORITY: {
            Purpose.CORRECTION: frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES, Item.STATUS}),
            Purpose.EPIDEMIC_CONTROL: frozenset({Item.RECORDS, Item.DECLARATIONS, Item.MOVEMENTS, Item.STATUS}),
        },
        Role.CARRIER: {},  # checks certificates, offline
        Role.STAFF: {},  # without a permission, which is no purpose of theirs
        Role.AUDITOR: {},  # sees who looked and what came in, and nobody's data
    }
)

PEOPLE_AN_HOUR: Mapping[Role, int] = MappingProxyType(
    {Role.HOLDER: 10, Role.ISSUER: 20_000, Role.ENROLMENT: 60, Role.HEALTH_AUTHORITY: 60}
)
"""How many different people one account may look at in an hour: a desk decides a case a minute, the issuing program
makes a few certificates a second, a guardian has a family. Beyond it nothing is shown, and the attempt is kept."""


class Act(StrEnum):
    """What somebody decides about issuing."""

    ONBOARD = "onboard"
    """Propose and approve facilities and operators, let suspended ones go on, enter deliveries. By two people."""
    SUSPEND = "suspend"
    """Stop a facility or an operator: one person, at once."""
    REQUEST = "request"
    """Ask for a certificate of somebody who is there."""
    APPROVE = "approve"
    """Let a request be signed."""
    WITHDRAW = "withdraw"
    """Call certificates back. Of a facility or a key by two people."""
    BELIEVE = "believe"
    """Find that a recalled record was proved in another way."""
    ANSWER = "answer"
    """Read and answer what people wrote to support."""
    POLICY = "policy"
    """Write a policy, and sign and publish what another wrote. By two people."""
    PERMIT = "permit"
    """Read applications to enter, and decide them."""


MAY_DECIDE: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.HOLDER: frozenset({Act.REQUEST}),  # of themselves
        Role.CLINIC: frozenset({Act.REQUEST, Act.APPROVE}),  # of what their own facility recorded
        Role.LABORATORY: frozenset({Act.REQUEST, Act.APPROVE}),
        Role.LOCAL_CODE: frozenset(),
        Role.ISSUER: frozenset({Act.REQUEST, Act.APPROVE}),
        Role.HEALTH_AUTHORITY: frozenset(Act) - {Act.REQUEST},
        Role.CARRIER: frozenset(),
        Role.AUDITOR: frozenset(),
    }
)
