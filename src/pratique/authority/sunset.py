"""The end of the health code: nothing is shown or signed, holders take what is theirs, and then it is destroyed.

    Policy.sunset ─► current, issue_statuses, count: STATUS_ENDED
                  ─ two weeks, in which holders `export` ─► destroy(signed order) ─► tables empty, and a signed report

What was gathered for a colour goes: what people said, where they were, whom they met, what was set, appealed and told.
Health records and who looked at them stay: they were there before, and are not the policy's.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select

from pratique.authority.access import Look
from pratique.authority.records import rights
from pratique.authority.store import Vault, reading, status, status_tables, tables, writing
from pratique.authority.store.people import Known
from pratique.authority.store.purging import Proof, SignedOrder, prove, purge, read_order
from pratique.model.errors import OrderRefused
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.rules.policy import Policy

EXPORTED_WITHIN = timedelta(days=14)
"""How long holders can take what is theirs, after the end and before it is destroyed."""

DESTROYED = tuple(
    f"{table.name}"  # a plain text, which an order can hold
    for table in (
        tables.declaration,
        tables.trip,
        tables.contact,
        tables.observation,
        tables.local_status,
        *status_tables.PERSONAL,
    )
)
"""The tables that a sunset leaves empty."""


def ended(policy: Policy, at: datetime) -> bool:
    """Whether the policy is over, so that nothing of it may be shown."""
    return policy.sunset is not None and at >= policy.sunset


def export(connection: Connection, vault: Vault, own: Look, known: Known) -> dict[str, object]:
    """Everything that is kept of somebody, what they wrote in appeals included. Raises `AccessRefused`."""
    whole = rights.export(connection, vault, own, known)
    appealed = status.appeals(connection, own.person_id)
    return whole | {"appealed": {each.appeal_id: status.appeal_words(connection, vault, each) for each in appealed}}


def destroy(engine: Engine, policy: Policy, order: SignedOrder, signer: Signer, *, at: datetime) -> Proof:
    """Carry the authority's order out, look that nothing is left, and sign the report.

    Raises `OrderRefused`: ORDER_PERIOD before the policy's end and the two weeks after it, ORDER_UNSIGNED for an order
    that names other tables than `DESTROYED`, and as `purging.purge` does.
    """
    if policy.sunset is None or at < policy.sunset + EXPORTED_WITHIN:
        raise OrderRefused(Reason.ORDER_PERIOD, detail="holders can still take what is theirs")
    if set(read_order(order, at=at).tables) != set(DESTROYED):
        raise OrderRefused(Reason.ORDER_UNSIGNED, detail="the order names other tables")
    with writing(engine) as connection:
        report = purge(connection, order, at=at)
    left = remaining(engine)
    if any(left.values()) or any(report.left.values()):
        raise OrderRefused(Reason.ORDER_PERIOD, detail="rows are left: something still writes")
    return prove(report, signer)


def remaining(engine: Engine) -> dict[str, int]:
    """How many rows each of the tables has now."""
    found = {}
    with reading(engine) as connection:
        for name in DESTROYED:
            counted = select(func.count()).select_from(tables.declaration.metadata.tables[name])
            found[name] = connection.execute(counted).scalar_one()
    return found
