"""A day pass (T7, venue): admitted for one slot of 24 hours, the same for everybody, and nothing of why.

    claims ─ policy of the setting ─► word ─ crowd ─► initials, birthday ─► Status ─ sign ─► the pass of a slot

Nothing of it is kept here. Where the policy does not lead to a pass, none is made, and what would is said.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from pratique import passes
from pratique.model.certificate import Certificate
from pratique.model.crowd import Crowd
from pratique.model.keys import Signer
from pratique.model.status import Status, StatusWord
from pratique.passes import HOUR, Slot, begins, day_passes, statuses
from pratique.rules.policy import Policy

DAYS = 7
"""Slots that can be chosen: the running one and those of a week."""
MOST_KEYS = 8
"""One-time keys at a time: as many as the page draws."""


class Passes(Struct, frozen=True):
    """What makes day passes: a policy in force, how many people share initials, and a key that signs statuses."""

    policy: Policy
    crowd: Crowd
    signer: Signer
    zone: tzinfo
    """Of the clock by which slots are shown."""
    specimen: bool = False
    hour: int = HOUR

    def slots(self, at: datetime) -> tuple[datetime, ...]:
        """The begins of the slots that can be chosen: those through which the policy is in force."""
        return tuple(each for each in begins(at, days=DAYS, hour=self.hour) if passes.covered(self.policy, each, at))

    def leads(self, certificate: Certificate, begin: datetime, at: datetime) -> bool:
        """Whether the policy leads these claims to a pass of the slot that begins then."""
        return passes.word_for(certificate, self.policy, begin, at) is StatusWord.ADMITTED

    def made(
        self, certificate: Certificate, begin: datetime, keys: Sequence[bytes | None], at: datetime
    ) -> tuple[tuple[Status, str], ...]:
        """Passes of a slot, one for each one-time key (None: for a still code). Raises `IssueRefused`."""
        slot = Slot(begin, tuple(keys))
        stated = statuses(certificate.holder, StatusWord.ADMITTED, [slot], crowd=self.crowd, specimen=self.specimen)
        return tuple(zip(stated, day_passes(stated, signer=self.signer, at=at), strict=True))
