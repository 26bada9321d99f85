"""Requests for certificates, what was decided, what was signed, and under which identifiers."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, RowMapping, and_, exists, func, insert, select

from pratique.authority.store.health import IN_PARTS, insert_once
from pratique.authority.store.issuance_tables import alias, certificate, certificate_claim, decision, request
from pratique.authority.store.people import Papers
from pratique.authority.store.vault import Vault


class Request(Struct, frozen=True):
    """That somebody asked for a certificate. `records` are ids, empty for all that stand."""

    person_id: str
    request_id: str
    subject_id: str
    papers: Papers | None
    """The document to be named in it."""
    format: str
    records: tuple[str, ...]
    expires: int | None
    facility_id: str | None
    """On whose behalf it was asked for; None for the authority's own page or desk."""
    account_id: str
    replaces: str | None
    """The certificate in whose place it stands."""
    moment: int


class Decision(Struct, frozen=True):
    """Whether a request may be signed, and who said so."""

    approved: bool
    account_id: str
    moment: int


class Issued(Struct, frozen=True):
    """A certificate as it is kept, without its scan."""

    person_id: str
    certificate_id: str
    key_id: str
    number: int
    format: str
    salt: bytes
    signed: bytes
    identifiers: tuple[tuple[str, str], ...]
    facility_id: str | None
    account_id: str
    replaces: str | None
    issued: int
    expires: int | None


class Claimed(Struct, frozen=True):
    """One claim of a certificate, by its record; `facility_id` is who sent the record, `received` when."""

    person_id: str
    certificate_id: str
    place: int
    record_id: str
    uvci: str
    kind: str
    facility_id: str
    received: int
    day: int | None
    lot: str | None
    issued: int


def ask(connection: Connection, vault: Vault, asked: Request) -> None:
    """Enter a request."""
    row = structs.asdict(asked)
    row |= {"records": " ".join(asked.records), "subject": _sealed(vault, asked, "subject", asked.subject_id.encode())}
    papers = None if asked.papers is None else msgspec.json.encode(asked.papers)
    row["papers"] = None if papers is None else _sealed(vault, asked, "papers", papers)
    del row["subject_id"]
    connection.execute(insert(request).values(row))


def _sealed(vault: Vault, asked: Request, column: str, value: bytes) -> bytes:
    return vault.seal(value, f"request.{column}:{asked.request_id}")


def find(connection: Connection, vault: Vault, request_id: str) -> Request | None:
    """A request, or None."""
    row = connection.execute(select(request).where(request.c.request_id == request_id)).mappings().one_or_none()
    return None if row is None else _request(vault, row)


def _request(vault: Vault, row: RowMapping) -> Request:
    key, papers = row["request_id"], row["papers"]
    known = {name: row[name] for name in Request.__struct_fields__ if name not in ("subject_id", "papers", "records")}
    return Request(
        subject_id=vault.open(row["subject"], f"request.subject:{key}").decode(),
        papers=None
        if papers is None
        else msgspec.json.decode(vault.open(papers, f"request.papers:{key}"), type=Papers),
        records=tuple(row["records"].split()),
        **known,
    )


def decide(connection: Connection, person_id: str, request_id: str, made: Decision) -> bool:
    """Enter what was decided of a request; False if something was decided before."""
    key = {"person_id": person_id, "request_id": request_id}
    row = key | {"approved": int(made.approved), "account_id": made.account_id, "moment": made.moment}
    return bool(insert_once(connection, decision, [row]))


def decided(connection: Connection, person_id: str, request_id: str) -> Decision | None:
    """What was decided, or None."""
    column = decision.c
    of_it = (column.person_id == person_id) & (column.request_id == request_id)
    row = connection.execute(select(decision).where(of_it)).one_or_none()
    return None if row is None else Decision(bool(row.approved), row.account_id, row.moment)


def unsigned(connection: Connection, *, at_most: int) -> list[str]:
    """Requests that were approved and are not signed yet, the oldest first."""
    approved = and_(decision.c.person_id == request.c.person_id, decision.c.request_id == request.c.request_id)
    signed = exists().where(
        certificate.c.person_id == request.c.person_id, certificate.c.certificate_id == request.c.request_id
    )
    waiting = select(request.c.request_id).join(decision, approved).where(decision.c.approved == 1, ~signed)
    return list(connection.execute(waiting.order_by(request.c.moment).limit(at_most)).scalars())


class Waiting(Struct, frozen=True):
    """A request that nobody decided: of whom is not said. `records` is how many are named, 0 for all that stand."""

    request_id: str
    format: str
    records: int
    facility_id: str | None
    account_id: str
    replaces: bool
    moment: int


def undecided(connection: Connection, *, facility_id: str | None = None, at_most: int) -> list[Waiting]:
    """Requests that nobody decided, the oldest first: of one facility, or all."""
    both = and_(decision.c.person_id == request.c.person_id, decision.c.request_id == request.c.request_id)
    column = request.c
    waiting = select(
        column.request_id, column.format, column.records, column.facility_id, column.account_id, column.replaces,
        column.moment,
    ).where(~exists().where(both))  # fmt: skip
    if facility_id is not None:
        waiting = waiting.where(column.facility_id == facility_id)
    rows = connection.execute(waiting.order_by(column.moment, column.request_id).limit(at_most))
    return [Waiting(row[0], row[1], len(row[2].split()), row[3], row[4], row[5] is not None, row[6]) for row in rows]


def decided_since(connection: Connection, *, since: int) -> tuple[int, int]:
    """How many requests were approved since, and how many declined."""
    grouped = select(decision.c.approved, func.count()).where(decision.c.moment >= since)
    found = {row[0]: row[1] for row in connection.execute(grouped.group_by(decision.c.approved))}
    return found.get(1, 0), found.get(0, 0)


def asked_by(connection: Connection, person_id: str) -> list[tuple[str, str, int, bool | None]]:
    """A person's requests, the latest first: id, format, when, and whether it was approved (None: not decided)."""
    both = and_(decision.c.person_id == request.c.person_id, decision.c.request_id == request.c.request_id)
    rows = connection.execute(
        select(request.c.request_id, request.c.format, request.c.moment, decision.c.approved)
        .outerjoin(decision, both)
        .where(request.c.person_id == person_id)
        .order_by(request.c.moment.desc(), request.c.request_id)
    )
    return [(row[0], row[1], row[2], None if row[3] is None else bool(row[3])) for row in rows]


# certificates


def keep(connection: Connection, vault: Vault, made: Issued, scan: str, claims: Sequence[Claimed]) -> None:
    """Keep a certificate and what it claims; the database refuses a second one for one request, or for one number."""
    row = structs.asdict(made) | {
        "identifiers": msgspec.json.encode(made.identifiers).decode(),
        "scan": vault.seal(scan.encode(), f"certificate.scan:{made.certificate_id}"),
    }
    connection.execute(insert(certificate).values(row))
    connection.execute(insert(certificate_claim), [structs.asdict(claim) for claim in claims])


_KEPT = [column for column in certificate.columns if column.name != "scan"]


def of_person(connection: Connection, person_id: str) -> list[Issued]:
    """A person's certificates, the latest first."""
    rows = connection.execute(
        select(*_KEPT)
        .where(certificate.c.person_id == person_id)
        .order_by(certificate.c.issued.desc(), certificate.c.number.desc(), certificate.c.certificate_id)
    ).mappings()
    return [_issued(row) for row in rows]


def one(connection: Connection, person_id: str, certificate_id: str) -> Issued | None:
    """One certificate of a person, or None: another's is not there."""
    column = certificate.c
    of_it = (column.person_id == person_id) & (column.certificate_id == certificate_id)
    row = connection.execute(select(*_KEPT).where(of_it)).mappings().one_or_none()
    return None if row is None else _issued(row)


def whose(connection: Connection, certificate_id: str) -> str | None:
    """The person that a certificate or a request is about, or None."""
    column = request.c
    return connection.execute(select(column.person_id).where(column.request_id == certificate_id)).scalar()


def _issued(row: RowMapping) -> Issued:
    known: dict[str, Any] = dict(row)
    known["identifiers"] = msgspec.json.decode(known["identifiers"], type=tuple[tuple[str, str], ...])
    return Issued(**known | {name: bytes(known[name]) for name in ("salt", "signed")})


def scan(connection: Connection, vault: Vault, person_id: str, certificate_id: str) -> str | None:
    """The scan of a certificate, or None."""
    column = certificate.c
    of_it = (column.person_id == person_id) & (column.certificate_id == certificate_id)
    sealed = connection.execute(select(column.scan).where(of_it)).scalar()
    return None if sealed is None else vault.open(sealed, f"certificate.scan:{certificate_id}").decode()


def claims_of(connection: Connection, person_id: str) -> list[Claimed]:
    """Every claim of every certificate of a person."""
    column = certificate_claim.c
    rows = connection.execute(
        select(certificate_claim).where(column.person_id == person_id).order_by(column.certificate_id, column.place)
    )
    return [Claimed(*row) for row in rows]


def claiming(connection: Connection, uvci: str) -> list[tuple[str, str]]:
    """The certificates that claim a record under this identifier: whose, and which."""
    column = certificate_claim.c
    rows = connection.execute(select(column.person_id, column.certificate_id).where(column.uvci == uvci))
    return [(row.person_id, row.certificate_id) for row in rows]


def issued_to(connection: Connection, person_id: str, *, since: int) -> int:
    """How many certificates of a person were issued since."""
    counted = select(func.count()).where(certificate.c.person_id == person_id, certificate.c.issued >= since)
    return connection.execute(counted).scalar_one()


def issued_by(connection: Connection, account_id: str, *, since: int) -> int:
    """How many certificates an account asked for that were issued since."""
    column = certificate.c
    counted = select(func.count()).where(column.account_id == account_id, column.issued >= since)
    return connection.execute(counted).scalar_one()


def issued_each(connection: Connection, column: str, *, since: int) -> dict[str, int]:
    """Certificates issued since, by their `column`: key_id; or account_id, of those alone that a facility asked for."""
    by = certificate.c[column]
    counted = select(by, func.count()).where(certificate.c.issued >= since)
    if column == "account_id":
        counted = counted.where(certificate.c.facility_id.is_not(None))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(by))}


def issued_in_all(connection: Connection, *, since: int = 0) -> int:
    """How many certificates were issued since, or ever."""
    return connection.execute(
        select(func.count()).select_from(certificate).where(certificate.c.issued >= since)
    ).scalar_one()


def signed_for(connection: Connection, *, since: int) -> Iterable[tuple[str, str, int]]:
    """What facilities asked for that was issued since: facility, operator, when; in the order of time."""
    column = certificate.c
    asked = select(column.facility_id, column.account_id, column.issued).where(column.facility_id.is_not(None))
    within = asked.where(column.issued >= since).order_by(column.issued)
    for row in connection.execute(within, execution_options=IN_PARTS):
        yield row[0], row[1], row[2]


def digests(connection: Connection, key_id: str) -> Iterable[bytes]:
    """SHA-256 of everything that a key signed and gave out."""
    signed = select(certificate.c.signed).where(certificate.c.key_id == key_id)
    for digest in connection.execute(signed, execution_options=IN_PARTS).scalars():
        yield bytes(digest)


def ending(connection: Connection, *, first: int, last: int) -> Iterable[tuple[str, str, int]]:
    """Certificates that end between two instants: whose, which, when; the first to end first."""
    column = certificate.c
    ends = select(column.person_id, column.certificate_id, column.expires)
    within = ends.where(column.expires >= first, column.expires <= last).order_by(column.expires)
    for row in connection.execute(within, execution_options=IN_PARTS):
        yield row[0], row[1], row[2]


# identifiers


def rename(connection: Connection, person_id: str, named: dict[str, str], *, at: int) -> None:
    """Give records (by their ids) other identifiers, under which they are certified from now on."""
    column = alias.c
    numbers = connection.execute(
        select(column.record_id, func.max(column.number))
        .where(column.person_id == person_id, column.record_id.in_(list(named)))
        .group_by(column.record_id)
    )
    last = {row[0]: row[1] for row in numbers}
    rows = [
        {"person_id": person_id, "record_id": record, "number": last.get(record, 0) + 1, "uvci": uvci, "moment": at}
        for record, uvci in named.items()
    ]
    if rows:
        connection.execute(insert(alias), rows)


def names(connection: Connection, person_id: str) -> dict[str, str]:
    """The identifiers of a person's records that were given another one, by the ids of the records."""
    column = alias.c
    rows = connection.execute(
        select(column.record_id, column.uvci).where(column.person_id == person_id).order_by(column.number)
    )
    return {row.record_id: row.uvci for row in rows}
