"""All three questions at once, and how old the lists are that answered them.

    scans ─ verify ─► verifications ─ identify(document) ─ admit(bundle, journey, at) ─► Answer ─ words ─► a page

There is no single tick: an `Answer` holds three answers, and `words` says each of them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from pratique.admission import Verdict, admit
from pratique.answering.certificates import identity_json, verification_json
from pratique.bundle import AGREEMENTS, REVOCATION, TRUST, Bundle, Part
from pratique.identification import Identity, Match, identify
from pratique.model.certificate import Certificate, Person
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.verification import Verification, verify

__all__ = ["Answer", "ListAge", "answer", "compose"]

_WORST_FIRST = (Match.DIFFERENT, Match.NOT_STATED, Match.EQUIVALENT, Match.EXACT)


class ListAge(Struct, frozen=True):
    """A list that the answer rests on, by the name of its file; `hours` is its age, `stale` that its time is over."""

    name: str
    issued: datetime
    hours: int
    stale: bool


class Answer(Struct, frozen=True, kw_only=True):
    """What can be said of one person's certificates at the instant `at`.

    `identities` has one entry for each certificate: None where no document was shown, or where nothing it says is
    established. `verdict` is None where no journey was given.
    """

    at: datetime
    verifications: tuple[Verification, ...]
    identities: tuple[Identity | None, ...] = ()
    document_shown: bool = False
    verdict: Verdict | None = None
    lists: tuple[ListAge, ...] = ()
    bundle: int | None = None

    @property
    def authentic(self) -> bool | None:
        """False if any certificate is not, else None if any is undecided, or if there is none."""
        found = [told.authentic for told in self.verifications]
        return False if False in found else None if None in found or not found else True

    @property
    def person(self) -> Identity | None:
        """The comparison with the document that agrees least, since all certificates must be this person's."""
        if None in self.identities:
            return None
        known = [identity for identity in self.identities if identity is not None]
        return min(known, key=lambda identity: _WORST_FIRST.index(identity.match), default=None)

    @property
    def accepted(self) -> bool | None:
        """The verdict's answer; None where it was not asked, too."""
        return None if self.verdict is None else self.verdict.accepted

    @property
    def holder(self) -> Person | None:
        """Who the certificates are about: None unless what every one of them says is established by its signature."""
        holders = [told.holder for told in self.verifications]
        return None if not holders or None in holders else holders[0]

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """What the certificates say whose signature held."""
        return tuple([told.certificate for told in self.verifications if told.certificate is not None])

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of all three questions, each once."""
        found = [reason for told in self.verifications for reason in told.reasons]
        found += [reason for identity in self.identities if identity is not None for reason in identity.reasons]
        found += (*self.verdict.reasons, *self.verdict.notes) if self.verdict is not None else ()
        return tuple(dict.fromkeys(found))

    @property
    def stale(self) -> bool:
        """Whether the time of any list is over that the answer rests on."""
        return any(each.stale for each in self.lists)

    def to_json(self, language: str = "en") -> dict[str, object]:
        """The answer with stable names (docs/cli.md); nothing from a payload is in it unless its signature held."""
        return {
            "authentic": self.authentic,
            "person": identity_json(self.person),
            "accepted": self.accepted,
            "certificates": [verification_json(told) for told in self.verifications],
            "verdict": self.verdict.to_json(language) if self.verdict is not None else None,
            "lists": self.lists,
            "bundle": self.bundle,
            "at": self.at,
        }


def answer(
    scans: Sequence[str | bytes],
    *,
    bundle: Bundle,
    at: datetime,
    document: MachineReadableZone | None = None,
    journey: Journey | None = None,
    advice: bool = True,
) -> Answer:
    """Ask everything that can be asked about one person's scans, offline.

    Whether they are this person's needs the `document` in hand, whether they are accepted a `journey`; with `advice` a
    refusal says what would do, which takes most of its time. Never raises for
    any scans; a naive `at` is the caller's fault (`ValueError`).
    """
    told = [verify(scan, trust_list=bundle.trust_list, at=at, revocation=bundle.revocation) for scan in scans]
    return compose(told, at=at, bundle=bundle, document=document, journey=journey, advice=advice)


def compose(
    verifications: Sequence[Verification],
    *,
    at: datetime,
    bundle: Bundle,
    document: MachineReadableZone | None = None,
    journey: Journey | None = None,
    advice: bool = True,
) -> Answer:
    """The same for scans that were verified elsewhere, as a page does with `prepare` and `conclude`."""
    compared = [_compared(told, document) for told in verifications]
    verdict = None
    if journey is not None:
        verdict = admit(verifications, bundle=bundle, journey=journey, at=at, advice=advice)
    return Answer(
        at=at,
        verifications=tuple(verifications),
        identities=tuple(compared),
        document_shown=document is not None,
        verdict=verdict,
        lists=tuple(_lists(bundle, at, journey, [told.issuer for told in verifications if told.issuer])),
        bundle=bundle.number or None,
    )


def _compared(told: Verification, document: MachineReadableZone | None) -> Identity | None:
    content = told.content
    return identify(content, document) if document and isinstance(content, Certificate | Permit) else None


def _lists(bundle: Bundle, at: datetime, journey: Journey | None, issuers: Sequence[str]) -> Iterator[ListAge]:
    """The lists that an answer rests on: keys, withdrawals, those of the `issuers` as they were when each was made, and
    with a journey agreements, and the rules of its end.
    """
    asked = (AGREEMENTS, *bundle.rule_files(journey.destination.to)) if journey is not None else ()
    for name, part in bundle.parts.items():
        if name in (TRUST, REVOCATION, *asked):
            yield _list_age(name, part, at)
    if bundle.revocation is not None:
        sources = dict.fromkeys(each for issuer in issuers for each in bundle.revocation.sources_of(issuer))
        yield from (_list_age(each.name, Part(each.issued, each.fresh_until), at) for each in sources)


def _list_age(name: str, part: Part, at: datetime) -> ListAge:
    return ListAge(name, part.issued, int(part.age(at).total_seconds() // 3600), part.stale(at))
