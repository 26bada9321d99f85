"""Records of one person as events: the same event from two sources is one, and where the two disagree, both are shown.

Nothing is merged, and nothing edited. What stands is derived from what was kept, every time it is asked for.
"""

from collections.abc import Collection, Iterable
from itertools import chain

from msgspec import Struct, structs

from pratique.authority.store.health import Kept
from pratique.model.certificate import AnyClaim, Evidence, same_event


class Event(Struct, frozen=True):
    """One thing that happened, by every record that tells of it, the best evidence first."""

    records: tuple[Kept, ...]

    @property
    def claim(self) -> AnyClaim:
        """What a certificate would say of it: the record with the best evidence, of those the earliest received."""
        return self.records[0].claim

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The fields in which any two of its records disagree: both state them, and not alike."""
        return tuple(
            field for field in structs.asdict(self.claim) if field not in _NOT_COMPARED and self._differ(field)
        )

    def _differ(self, field: str) -> bool:
        stated = [value for record in self.records if (value := getattr(record.claim, field)) is not None]
        return any(value != stated[0] for value in stated)


_NOT_COMPARED = frozenset({"uvci", "issuer", "evidence", "country", "sampled", "centre", "name", "device"})
"""What two honest reports of one event may differ in; the instant of a sample differs by less than a minute."""


def events(records: Iterable[Kept]) -> tuple[Event, ...]:
    """The events that the records still standing tell of, in the order of their first record."""
    groups: list[list[Kept]] = []
    for record in records:
        if record.superseded:
            continue
        same = [group for group in groups if any(same_event(record.claim, other.claim) for other in group)]
        if not same:
            groups.append([record])
            continue
        first, *others = same  # in whichever order they came, what one record joins is one event
        first += [record, *chain.from_iterable(others)]
        groups = [group for group in groups if not any(group is other for other in others)]
    return tuple(Event(tuple(sorted(group, key=_worth))) for group in groups)


def claims(records: Iterable[Kept], set_aside: Collection[str] = ()) -> tuple[AnyClaim, ...]:
    """What may be signed: one claim for each event, and none for an event whose records contradict each other.

    Records that are `set_aside`, by their ids, neither tell of an event nor contradict one.
    """
    counting = (record for record in records if record.record_id not in set_aside)
    return tuple(event.claim for event in events(counting) if not event.conflicts)


def _worth(record: Kept) -> tuple[int, int, str]:
    return -(record.claim.evidence or Evidence.SELF_DECLARED), record.received, record.record_id
