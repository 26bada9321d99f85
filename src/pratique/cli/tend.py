"""`pratique tend`: what has to happen by itself, once: a timer calls it every hour."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

from cyclopts import App
from msgspec import Struct

from pratique.authority import objections
from pratique.authority.identity import review
from pratique.authority.issuance import certificates, support
from pratique.authority.permits import office as permits
from pratique.authority.records.rights import ANSWER_WITHIN
from pratique.authority.status import counting
from pratique.authority.store import asking, bookings, clients, locks, looks, reading, status, writing
from pratique.authority.store.asking import State
from pratique.authority.sunset import EXPORTED_WITHIN, ended
from pratique.authority.venues import exposures, registering
from pratique.cli import _config
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import ConfigFile
from pratique.cli._printing import explain_reasons, json_line, note, out
from pratique.config import UnusableConfig
from pratique.model.dates import format_instant
from pratique.model.errors import PratiqueError
from pratique.web.equipment import Tending, tending

WARNED = (90, 30, 7)
"""Days before the end of a key, of the policy or of a release's part, from which on it is spoken of."""
REFUSED_WITHIN = timedelta(days=1)
NOTICES_LAST = timedelta(days=2)
"""How long a list of exposed hours is shown, if nobody publishes another: a device asks every six hours."""

tend = App(
    name="tend",
    help_epilogue="""\
Examples:

  pratique tend
  pratique tend --config /etc/pratique.toml --json

Run it every hour: what was done before is not done again. docs/operate.md has a timer for it.

Exit codes: 0 done; 1 something could not be done, and the rest was; 3 a setting or the database cannot be used.
""",
)


class Did(Struct, frozen=True):
    """What one task did: counts by their names, and what somebody has to see to."""

    task: str
    counts: dict[str, int]
    warnings: tuple[str, ...] = ()


Task = Callable[[Tending, datetime], Did]


@tend.default
def run(*, json: bool = False, config: ConfigFile = None) -> Exit:
    """Forget what is over, publish what is due, and say what ends soon.

    Parameters
    ----------
    json
        Print one JSON object a task.
    """
    settings, at = _config.load(_config.find(config)), datetime.now(UTC)
    try:
        work = tending(settings)
    except UnusableConfig as fault:
        raise UsageFault(f"{fault}") from fault
    failed = False
    with closing(work):
        for task in TASKS:
            try:
                did = task(work, at)
            except PratiqueError as fault:
                failed = True
                _failed(task, fault, json=json)
                continue
            _tell(did, json=json)
    return Exit.REFUSED if failed else Exit.DONE


def _failed(task: Task, fault: PratiqueError, *, json: bool) -> None:
    name = task.__name__.strip("_")
    if json:
        json_line({"task": name, "failed": [str(reason) for reason in fault.reasons]})
    note(f"{name}: could not be done")
    for line in explain_reasons(fault.reasons):
        note(line)


def _tell(did: Did, *, json: bool) -> None:
    if json:
        json_line({"task": did.task, "counts": did.counts, "warnings": did.warnings})
        return
    out(f"{did.task}: ", ", ".join(f"{count} {name}" for name, count in did.counts.items()))
    for warning in did.warnings:
        out(f"  ! {warning}")


# --- what is over


def _forgotten(work: Tending, at: datetime) -> Did:
    """Cases, pictures, codes and acts at the desk; locked numbers; letters; applications; used assertions; bookings."""
    counts = {name.replace("_", " "): count for name, count in review.forget(work.engines.enrolment, at=at).items()}
    with writing(work.engines.enrolment) as connection:
        counts["locked numbers"] = locks.forget(connection, at=at)
    with writing(work.engines.health) as connection:
        counts["settled letters"] = support.forget(connection, at=at)
        counts["answered objections"] = objections.forget(connection, at=at)
        counts["applications to enter"] = permits.forget(connection, at=at)
    with writing(work.engines.api) as connection:
        counts["assertions"] = clients.forget(connection, at=int(at.timestamp()))
        counts["bookings"] = bookings.forget(connection, at=int(at.timestamp()))
    return Did("forgotten", counts)


def _venues(work: Tending, at: datetime) -> Did:
    """Slips of fourteen days ago, with the keys that would open a copy; and the list of exposed hours."""
    gone = registering.purge(work.engines.venues, work.vault, at=at)
    counts = {"slips deleted": gone.slips, "places' keys moved on": gone.places}
    if work.notices is not None and work.shelf is not None:
        entries = registering.published(work.engines.venues, at=at)
        work.shelf.put_notices(exposures.sign(entries, work.notices, at=at), until=at + NOTICES_LAST)
        counts["exposed hours published"] = len(entries)
    return Did("venues", counts)


def _shelf(work: Tending, at: datetime) -> Did:
    """What has ended; everything, once the policy has: the list of exposed hours, which is not its, is written next."""
    if work.shelf is None:
        return Did("shelf", {"statuses taken away": 0})
    over = work.policy is not None and ended(work.policy, at)
    return Did("shelf", {"statuses taken away": work.shelf.empty() if over else work.shelf.sweep(at=at)})


# --- what is due


def _counts(work: Tending, at: datetime) -> Did:
    """The day's colours by cause, once a day."""
    if work.policy is None or not work.policy.in_force(at):
        return Did("counts", {"lines": 0})
    return Did("counts", {"lines": counting.count(work.engines.health, work.policy, at=at, zone=work.zone)})


def _signed(work: Tending, at: datetime) -> Did:
    """Requests that were approved and are not signed: what a crash broke off."""
    if work.office is None:
        return Did("signed", {"certificates": 0})
    done = 0
    for request_id in certificates.pending(work.office.engine):
        certificates.issue_for(work.office, request_id, at=at)
        done += 1
    return Did("signed", {"certificates": done})


# --- what somebody has to see to


def _late(work: Tending, at: datetime) -> Did:
    """Disputes and appeals, and how many of them nobody answered in a day."""
    now = int(at.timestamp())
    with reading(work.engines.health) as connection:
        disputes = asking.waiting(connection)
        appealed = status.appeals(connection)
    open_ = [each for each in appealed if each.state not in (State.ACCEPTED, State.NOT_ACCEPTED)]
    late = sum(due <= now for due in (*(each.due for each in disputes), *(each.due for each in open_)))
    hours = int(ANSWER_WITHIN.total_seconds() // 3600)
    warnings = (f"{late} wait for more than {hours} hours, and count for nothing until decided",) if late else ()
    return Did("waiting", {"disputes": len(disputes), "appeals": len(open_), "late": late}, warnings)


def _refused(work: Tending, at: datetime) -> Did:
    """Accounts that wanted to look at somebody and were refused within a day: their role, or too many people."""
    with reading(work.engines.health) as connection:
        found = looks.alarms(connection, since=int((at - REFUSED_WITHIN).timestamp()))
    warnings = tuple(
        f"{name} was refused {count} looks at people within a day: ask what for" for name, count in found.items()
    )
    return Did("refused", {"accounts": len(found), "looks": sum(found.values())}, warnings)


def _ending(work: Tending, at: datetime) -> Did:
    """Certificates that end within thirty days, and what of ours ends: keys, the policy, parts of the release."""
    with reading(work.engines.issuance) as connection:
        soon = sum(1 for _ in certificates.ending(connection, at=at))
    return Did("ending", {"certificates within 30 days": soon}, tuple(_warnings(work, at)))


def _warnings(work: Tending, at: datetime) -> Iterator[str]:
    for name, until in work.keys.items():
        if (left := _left(until, at)) is not None:
            yield f"the key {name} ends on {format_instant(until)}, in {left} days: make its successor known now"
    policy = work.policy
    if policy is not None and policy.sunset is not None:
        if ended(policy, at):
            destroyed = format_instant(policy.sunset + EXPORTED_WITHIN)
            yield f"the health code is over: from {destroyed} on an order destroys what is kept for it"
        elif (left := _left(policy.sunset, at)) is not None:
            yield f"the health code ends on {format_instant(policy.sunset)}, in {left} days; nothing prolongs it"
    for part in work.stale(at):
        yield f"the release's part {part} is out of date: pratique bundle update"


def _left(until: datetime, at: datetime) -> int | None:
    """The days that are left, where that is worth a warning."""
    days = (until - at).days
    return max(0, days) if days < max(WARNED) else None


TASKS: tuple[Task, ...] = (_forgotten, _shelf, _venues, _counts, _signed, _late, _refused, _ending)
