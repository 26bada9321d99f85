"""The verdict as a value, and in the words of a traveller."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from pratique.admission.asking import RuleResult
from pratique.admission.judging import Unmet
from pratique.admission.proofs import SetAside
from pratique.admission.recognition import Recognition
from pratique.admission.ways import Way, WayKind
from pratique.model.certificate import TestKind
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.journey import Leg
from pratique.model.reasons import Reason
from pratique.model.valueset import display
from pratique.rules import Outcome
from pratique.rules.agreement import Agreement
from pratique.rules.entry import Route
from pratique.texts.saying import Moment, Published, Saying, say


class Admission(StrEnum):
    """The answer to the third question."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    OPEN = "open"
    """Not decided: rules, lists or values are lacking. It is no refusal."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What the entry rules of one country say of a person's proofs on arrival, and why.

    `consequence` follows where the outcome is accepted or refused and the rules state it: proofs that are refused still
    lead somewhere, such as to a quarantine.
    """

    outcome: Admission
    leg: Leg
    consequence: Consequence | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What is worth knowing and changes nothing: that the plan was made by another release."""
    routes: tuple[Route, ...] = ()
    """The route by which the person is accepted, one for each disease asked about; none where rules have no routes."""
    open_routes: tuple[Route, ...] = ()
    """Routes that lead to something better and were not decided."""
    results: tuple[RuleResult, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    """What stands in the way of each route, or of a set without routes."""
    set_aside: tuple[SetAside, ...] = ()
    ways: tuple[Way, ...] = ()
    """What would do, or do better; the nearest first."""
    recognition: tuple[Recognition, ...] = ()
    """Of each authentic certificate, whether its issuer is recognised here, and by which agreements."""
    corridors: tuple[Agreement, ...] = ()
    """The agreements whose corridor's own rules were asked and told the outcome."""
    lifted_by: tuple[Agreement, ...] = ()
    """The agreements that lifted a measure; `consequence` is what follows instead."""
    bundle: int

    @property
    def accepted(self) -> bool | None:
        """True, false, or None for not decided."""
        return {Admission.ACCEPTED: True, Admission.REFUSED: False}.get(self.outcome)

    @property
    def explanation(self) -> tuple[Saying, ...]:
        """What was decided, why, what follows and what would do, for a traveller; `texts.saying.say` says it."""
        return explanation(self)

    def to_json(self, language: str = "en") -> dict[str, object]:
        """The verdict with stable names, and its explanation in words."""
        return {
            "accepted": self.accepted,
            "outcome": self.outcome,
            "country": self.leg.to,
            "port": self.leg.port,
            "arrive": self.leg.arrive,
            "consequence": self.consequence,
            "reasons": self.reasons,
            "notes": self.notes,
            "routes": [route.name for route in self.routes],
            "rules": self.results,
            "set_aside": self.set_aside,
            "recognition": self.recognition,
            "corridors": [agreement.identifier for agreement in self.corridors],
            "lifted_by": [agreement.identifier for agreement in self.lifted_by],
            "ways": self.ways,
            "explanation": [say(saying, language) for saying in self.explanation],
            "bundle": self.bundle,
        }


def explanation(verdict: Verdict) -> tuple[Saying, ...]:
    """In this order: the outcome, what was set aside, what is not met or not decided, what follows, what would do."""
    return (
        *_outcome(verdict),
        *_unmet(verdict),
        *following(verdict),
        *advised(verdict),
    )


def _outcome(verdict: Verdict) -> Iterator[Saying]:
    when, country = Moment(verdict.leg.arrive, verdict.leg.port), verdict.leg.to
    for agreement in verdict.corridors:
        yield Saying("entry.corridor", {"agreement": Published(agreement.title)})
    if verdict.outcome is Admission.ACCEPTED:
        for route in verdict.routes:
            yield Saying("entry.accepted.route", {"route": Published(route.title), "country": country, "when": when})
        for agreement in verdict.lifted_by:
            measure = Saying(f"entry.measure.{agreement.lifts}")
            yield Saying("entry.lifted", {"agreement": Published(agreement.title), "measure": measure})
        if not verdict.routes:
            yield Saying("entry.accepted.rules", {"country": country, "when": when})
    for reason in verdict.reasons:
        yield Saying(f"reason.{reason}.what")


def _unmet(verdict: Verdict) -> Iterator[Saying]:
    """Each obstacle once: several routes may have one title, and one rule in common."""
    if verdict.outcome is Admission.ACCEPTED:
        return
    told = set()
    for each in verdict.unmet:
        result, route = each.result, each.route
        obstacle = (route.title.get("en") if route is not None else None, result.rule)
        if obstacle not in told:
            told.add(obstacle)
            key = f"entry.{'unmet' if result.outcome is Outcome.FAILED else 'undecided'}"
            called = Published(route.title) if route is not None else result.rule
            yield Saying(key, {"name": called, "rule": Published(result.description)})


def following(verdict: Verdict) -> Iterator[Saying]:
    """What follows on arrival, where that was decided."""
    consequence = verdict.consequence
    if consequence is not None:
        yield consequence_saying(consequence)
        shorter = consequence.shortened_by
        if shorter is not None and shorter.on is not None:
            yield Saying("entry.consequence.shortened", {"test": _test(shorter.test), "on": shorter.on})
    elif verdict.results and verdict.outcome is not Admission.OPEN:
        yield Saying("entry.consequence.unknown")


def consequence_saying(consequence: Consequence) -> Saying:
    """A consequence, once its days are on the calendar, as a sentence."""
    key = f"entry.consequence.{consequence.kind}"
    match consequence.kind:
        case ConsequenceKind.TEST_ON_ARRIVAL:
            return Saying(key, {"test": _test(consequence.test or TestKind.OTHER)})
        case ConsequenceKind.QUARANTINE:
            place = Saying(f"entry.place.{consequence.place or 'any'}")
            until = consequence.until or ""
            return Saying(key, {"days": consequence.days or 0, "until": until, "place": place})
    return Saying(key)


def _test(kind: TestKind) -> Saying:
    return Saying(f"entry.test.{kind}")


def advised(verdict: Verdict) -> Iterator[Saying]:
    """What would do, or do better, and by when; the nearest first."""
    for way in verdict.ways:
        yield _way(way, verdict.leg)
        if way.consequence is not None and way.consequence.kind is not ConsequenceKind.FREE:
            yield Saying("entry.way.leads", {"consequence": consequence_saying(way.consequence)})
    if verdict.outcome is Admission.REFUSED and not verdict.ways and verdict.results:
        yield Saying("entry.way.none")


def _way(way: Way, leg: Leg) -> Saying:
    match way.kind:
        case WayKind.TEST if way.sampled_from is not None:
            analyte = f"_{way.analyte}" if way.analyte else ""
            values: dict[str, object] = {
                "test": Saying(f"entry.proof.{way.test}{analyte}"),
                "from": Moment(way.sampled_from, leg.port),
            }
            if way.sampled_until is None:
                return Saying("entry.way.test", values)
            return Saying("entry.way.test_between", values | {"until": Moment(way.sampled_until, leg.port)})
        case WayKind.DOSE if way.product is not None:
            product = display(way.product) or way.product.value
            return Saying("entry.way.dose", {"product": product, "by": way.given_by})
    return Saying("entry.way.wait", {"from": Moment(way.arrive_from or leg.arrive, leg.port)})
