"""`pratique plan`: a trip leg by leg, what is asked there, what is missing, and by when to get it."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pratique.admission import Verdict
from pratique.answering import planning
from pratique.cli import _answers, _bundle, _files, _journey, _scans
from pratique.cli._exits import Exit, UsageFault, worst
from pratique.cli._options import Lang
from pratique.cli._printing import json_line, out
from pratique.model.dates import format_instant
from pratique.texts.saying import Moment, Saying, say
from pratique.verification import verify as verify_scan

plan = App(
    name="plan",
    help_epilogue="""\
Examples:

  pratique plan --bundle bundle/ --from XAHAV --to XBHAV --on 2026-12-03 certificate.pdf
  pratique plan --bundle bundle/ --from PVG --via BKK --to FRA --on 2021-08-01T14:30+02:00 ithc.txt test.txt
  pratique plan --bundle bundle/ --to XB --on 2026-12-03

Exit codes: 0 accepted on every leg, 1 refused on one, 2 undecided on one, 3 cannot be used, 4 our fault.
""",
)


@plan.default
def plan_trip(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    to: str,
    on: str,
    bundle: Path,
    origin: Annotated[str | None, Parameter(name="--from")] = None,
    via: tuple[str, ...] = (),
    of_right: bool = False,
    at: str | None = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Say for each leg of a trip whether one traveller's certificates are accepted, what follows, and what would do.

    Parameters
    ----------
    scan
        The certificates of one traveller: scans, text files, pictures or PDFs; none asks what somebody without needs.
    to
        Where the trip goes: a country (ISO 3166-1 alpha-2), an airport (IATA) or a seaport (UN/LOCODE).
    on
        The day, or the day and time, of the arrival; of a day the last minute there is asked about.
    bundle
        The folder of the bundle: trust list, entry rules and withdrawals.
    origin
        Where the trip begins.
    via
        A port or country of transit; may be given again, in the order of the trip.
    of_right
        The traveller is a national or resident of the destination, or seeks protection there.
    at
        The instant at which the certificates are verified, in ISO 8601; now if not given.
    json
        Print one JSON object a leg, a line each.
    """
    moment = _files.instant(at, "--at")
    journey = _journey.planned(origin, via, to, on=on, of_right=of_right)
    rules = _bundle.load(bundle, at=moment)
    moment = _bundle.reckoned(rules, moment) if at is None else moment
    told = [
        verify_scan(text, trust_list=rules.trust_list, at=moment, revocation=rules.revocation) for text in _texts(scan)
    ]
    verdicts = planning.plan(told, bundle=rules, journey=journey, at=moment)
    for number, verdict in enumerate(verdicts):
        if json:
            json_line(verdict.to_json(lang))
        else:
            _print(number, verdict, len(journey.legs), lang)
    if not json and rules.number:
        out()
        out(say(Saying("plan.release", {"number": rules.number, "issued": format_instant(rules.issued)}), lang))
    return worst(_exit(verdict) for verdict in verdicts)


def _texts(scans: tuple[str, ...]) -> list[str | bytes]:
    """Every scan in the arguments. Raises `UsageFault` where one holds none: a plan on half the proofs is no plan."""
    found: list[str | bytes] = []
    for each in _scans.find(scans) if scans else ():
        if isinstance(each, _scans.Missing) or each.scan is None:
            _scans.tell(each)
            raise UsageFault("a certificate cannot be read, and the plan would be wrong without it")
        found.append(each.scan)
    return found


def _exit(verdict: Verdict) -> Exit:
    return {True: Exit.DONE, False: Exit.REFUSED, None: Exit.UNDECIDED}[verdict.accepted]


def _print(number: int, verdict: Verdict, legs: int, language: str) -> None:
    if number:
        out()
    leg = verdict.leg
    heading = {
        "number": number + 1,
        "legs": legs,
        "place": leg.place.name(language) if leg.place is not None else leg.to,
        "when": Moment(leg.arrive, leg.port),
    }
    out(say(Saying("plan.transit" if leg.transit else "plan.entry", heading), language))
    for line in _answers.verdict_lines(verdict, language):
        out(line)
