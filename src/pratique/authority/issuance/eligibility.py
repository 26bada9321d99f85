"""Who may have a certificate: a policy, which by default excludes nobody who has records here.

`ITHC_2021` is how the Chinese certificate of 2021 was given out, to Chinese nationals alone. It is a preset so that the
past can be shown, with its reason; it is no example to follow.
"""

from msgspec import Struct

from pratique.model.countries import from_mrz
from pratique.model.errors import IssueRefused
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

PROTECTED = frozenset({"XXA", "XXB", "XXC"})
"""What a machine readable zone states instead of a nationality (ICAO Doc 9303-3, part D): stateless, refugee under the
convention of 1951, refugee otherwise."""
_TRAVEL = "PIAC"
"""First letters of documents that one travels with: passports of all kinds, and cards. A visa (V) is none."""


class Eligibility(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may have a certificate. `reason` is a key of the catalogues: it is shown wherever the policy is."""

    name: str
    nationals_only: bool
    reason: str

    def refusal(self, zone: MachineReadableZone, *, country: str) -> Reason | None:
        """Why the holder of this document gets none, in `country` (ISO 3166-1 alpha-2); None if they do.

        ENROL_DOCUMENT for what is no travel document; ENROL_NATIONALS under a policy for nationals alone.
        """
        if zone.kind[:1] not in _TRAVEL or not zone.kind:
            return Reason.ENROL_DOCUMENT
        if self.nationals_only and (zone.nationality in PROTECTED or from_mrz(zone.nationality) != country):
            return Reason.ENROL_NATIONALS
        return None

    def check(self, zone: MachineReadableZone, *, country: str) -> None:
        """Raise `IssueRefused` with that reason."""
        if reason := self.refusal(zone, country=country):
            raise IssueRefused(reason)


ANYONE = Eligibility("anyone", nationals_only=False, reason="eligibility.anyone")
"""Anyone with records here and any state's travel document, refugees' and stateless people's included."""
ITHC_2021 = Eligibility("ithc-2021", nationals_only=True, reason="eligibility.ithc-2021")
PRESETS = {each.name: each for each in (ANYONE, ITHC_2021)}
