"""The exceptions of the library.

    PratiqueError
    ├── MalformedCertificate   a scan, or signed content, that cannot be read as what it says it is
    ├── MalformedDocument      a machine readable zone with wrong fields
    ├── MalformedRecord        a health record (FHIR) that is not a claim
    ├── IssueRefused           a certificate that we will not sign
    ├── TrustMaterialError     a key, certificate or trust list that cannot be used
    ├── StoreFault             the database, or its vault, that cannot be used
    ├── OrderRefused           an order to delete that is not signed, or not for now
    ├── AccessRefused          a reading of somebody's data, or a decision, that a role may not do
    ├── FacilityRefused        a facility or an operator that may not vouch, or a step that it may not take
    ├── LogFault               a log of signatures that does not add up
    ├── VenueRefused           a door, a slip or an exposure that is not in order
    ├── RuleRefused            a rule that cannot be evaluated, or that may not be published
    ├── PermitRefused          an entry permit that is not granted, or a decision without its reasons
    ├── BundleRefused          a bundle of which a part is missing, unknown, or cannot be used
    ├── NetworkRefused         a release that may not be published, or that is not taken
    ├── UnreadableImage        a picture or PDF that cannot be opened, or holds no code
    ├── PrintRefused           a certificate that would not be readable on paper
    ├── MalformedRegistry      a population register that cannot be read
    ├── WeightsRefused         a face model that is not the one whose error rates were measured
    └── FaceOnlyRefused        a sign-up by face alone for which no evidence was recorded

A failure at the gate is not an exception but a `Verification` with reasons; these are for malformed input
inside the house and for callers who handed us something we refuse. Each carries the stable reason codes,
so that one place (the CLI, a page) can say what happened and what to do next.
"""

from collections.abc import Iterable

from msgspec import Struct

from pratique.model.reasons import Reason


class PratiqueError(Exception):
    """The root of them all.

    `reasons` are the stable codes; `detail` is for engineers, names the place, and never holds a value that was read.
    """

    def __init__(self, *reasons: Reason, detail: str = "") -> None:
        self.reasons = reasons
        self.detail = detail
        codes = ", ".join(reasons)
        super().__init__(f"{codes}: {detail}" if detail else codes)


class MalformedCertificate(PratiqueError):
    """A scan, or what a signature covered, could not be read as a certificate."""


class MalformedDocument(PratiqueError):
    """A machine readable zone with wrong fields: one reason for each of them."""


class MalformedRecord(PratiqueError):
    """A health record that cannot be read as a claim."""


class Refusal(Struct, frozen=True):
    """One reason not to sign, and where: `claims[0].uvci`, or `v[0].dn` in the shape of a DCC.

    `place` is empty where the reason is about the certificate as a whole, its key or its period.
    """

    reason: Reason
    place: str = ""


class IssueRefused(PratiqueError):
    """A certificate that a verifier would refuse, or that the format cannot hold; all reasons at once."""

    @classmethod
    def because(cls, refusals: Iterable[Refusal]) -> "IssueRefused":
        """Each reason once, and in `detail` each place once."""
        found = tuple(refusals)
        places = dict.fromkeys(refusal.place for refusal in found if refusal.place)
        return cls(*dict.fromkeys(refusal.reason for refusal in found), detail="; ".join(places))


class TrustMaterialError(PratiqueError):
    """A key, a certificate or a trust list that cannot be used."""


class StoreFault(PratiqueError):
    """The records' database, or the vault of its keys, cannot be used. `detail` never quotes a statement's values."""


class OrderRefused(PratiqueError):
    """An order to delete records that is not the authority's, or not for this day."""


class AccessRefused(PratiqueError):
    """Somebody's data that an account may not read, for this purpose or this often."""


class StatusRefused(PratiqueError):
    """A health code that may not be set, shown or signed."""


class FacilityRefused(PratiqueError):
    """A facility or an operator that may not vouch for records, or a step of its standing that does not follow."""


class ClientRefused(PratiqueError):
    """A program that cannot be let in as it is stated, or that is not there; its detail names the place."""


class LogFault(PratiqueError):
    """The log of signatures, the certificates and the counter of the key do not agree."""


class VenueRefused(PratiqueError):
    """A door that may not register, or a slip that may not, or cannot, be opened."""


class Problem(Struct, frozen=True):
    """One thing that is wrong with a rule, and where: `ValidFrom`, or `Logic.if[1].>=[0]`; empty for the whole."""

    path: str
    reason: Reason


class RuleRefused(PratiqueError):
    """A rule that cannot be evaluated, or may not be published; `problems` are all that were found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        places = dict.fromkeys(problem.path for problem in self.problems if problem.path)
        super().__init__(*dict.fromkeys(problem.reason for problem in self.problems), detail="; ".join(places))


class PermitRefused(RuleRefused):
    """An entry permit that may not be granted, or a decision about one that lacks something; `problems` are all."""


class BundleRefused(RuleRefused):
    """A bundle that cannot be used as a whole; each path of `problems` begins with the name of a file."""


class NetworkRefused(RuleRefused):
    """A release that may not be published, or that is not taken; each path of `problems` begins with a file's name."""


class UnreadableImage(PratiqueError):
    """A picture or PDF that cannot be opened, or in which no code was found."""


class PrintRefused(PratiqueError):
    """A certificate that would not be readable on paper."""


class MalformedRegistry(PratiqueError):
    """A population register that cannot be read, or contradicts itself."""


class WeightsRefused(PratiqueError):
    """The weights of a face model are missing, or are not those whose error rates were measured."""


class FaceOnlyRefused(PratiqueError):
    """A sign-up that would issue by a face alone, without the evidence that this takes outside of rehearsals."""
