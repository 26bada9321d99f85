"""Who people are: passports and cards by the keyed hash of their number, names and faces sealed.

A `subject` is who somebody is, a `person` what happened to them; the sealed `link` leads from one to the other.
"""

import secrets
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, TextClause, bindparam, select, text, update

from pratique.authority.store import tables
from pratique.authority.store.health import by_column, insert_once, unnested
from pratique.authority.store.vault import Vault
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.errors import StoreFault
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

NUMBER = "document number"
"""What kind of thing a number's hash is of."""


class Known(Struct, frozen=True):
    """Somebody in the store. `person_id` is under what their records are kept; it stands nowhere in the clear here."""

    subject_id: str
    person_id: str
    name: Name
    birth_date: PartialDate | None


class Papers(Struct, frozen=True):
    """The number by which somebody is known, and its issuing state as a machine readable zone writes it (`UTO`)."""

    country: str
    number: str

    @property
    def text(self) -> str:
        """What is hashed: two states may give the same number."""
        return f"{self.country}:{self.number}"


def new_id() -> str:
    """16 random bytes in hexadecimal: for a subject, a person, a record."""
    return secrets.token_hex(16)


def find(connection: Connection, vault: Vault, papers: Papers) -> Known | None:
    """Whose document this is; None for a number that nobody has."""
    return find_many(connection, vault, [papers]).get(papers)


FOUND = (
    select(
        tables.document.c.number_hash,
        tables.person.c.subject_id,
        tables.person.c.link,
        tables.person.c.name,
        tables.person.c.birth_date,
    )
    .join(tables.person, tables.person.c.subject_id == tables.document.c.subject_id)
    .where(tables.document.c.number_hash.in_(bindparam("hashes", expanding=True)))
)
"""Whose documents have one of these hashes."""


def find_many(connection: Connection, vault: Vault, papers: Iterable[Papers]) -> dict[Papers, Known]:
    """Whose documents these are; those that nobody has are left out."""
    wanted = by_hash(vault, papers)
    return {
        wanted[bytes(row.number_hash)]: known(vault, row) for row in connection.execute(FOUND, {"hashes": [*wanted]})
    }


def by_hash(vault: Vault, papers: Iterable[Papers]) -> dict[bytes, Papers]:
    """Documents by the hashes of their numbers, under every key."""
    return {hashed: each for each in papers for hashed in vault.hashes(NUMBER, each.text)}


def anybody(connection: Connection) -> bool:
    """Whether there is anybody at all."""
    return connection.execute(select(tables.person.c.subject_id).limit(1)).first() is not None


def check_vault(connection: Connection, vault: Vault) -> None:
    """Refuse keys that are not this database's: with them nobody in it is found, and everybody is entered again.

    Raises `StoreFault` (STORE_VAULT).
    """
    row = connection.execute(select(tables.person).limit(1)).one_or_none()
    try:
        if row is not None:
            known(vault, row)
    except StoreFault as fault:
        raise StoreFault(Reason.STORE_VAULT, detail="these are not the keys of this database") from fault


def by_subject(connection: Connection, vault: Vault, subject_id: str) -> Known | None:
    """Who the subject is, or None."""
    person = tables.person
    row = connection.execute(select(person).where(person.c.subject_id == subject_id)).one_or_none()
    return None if row is None else known(vault, row)


def with_documents(
    connection: Connection, vault: Vault, subject_id: str
) -> tuple[Known | None, list[tuple[Papers, MachineReadableZone | None]]]:
    """Who the subject is, or None, and every document of theirs, the newest first."""
    rows = connection.execute(_WITH_DOCUMENTS, {"subject_id": subject_id}).all()
    zones = [row.zone for row in rows if row.zone is not None]
    return known(vault, rows[0]) if rows else None, _opened(vault, subject_id, zones)


_WITH_DOCUMENTS = (
    select(tables.person, tables.document.c.zone)
    .outerjoin(tables.document, tables.document.c.subject_id == tables.person.c.subject_id)
    .where(tables.person.c.subject_id == bindparam("subject_id"))
    .order_by(tables.document.c.made.desc())
)


class _Sealed(Struct):
    subject_id: str
    link: bytes
    name: bytes
    birth_date: bytes | None


def known(vault: Vault, row: object) -> Known:
    """Who it is, of a row with what is sealed of a person."""
    sealed = msgspec.convert(row, _Sealed, from_attributes=True)
    subject_id, born = sealed.subject_id, sealed.birth_date
    return Known(
        subject_id,
        vault.open(sealed.link, f"person.link:{subject_id}").hex(),
        msgspec.json.decode(vault.open(sealed.name, f"person.name:{subject_id}"), type=Name),
        None if born is None else PartialDate.parse(vault.open(born, f"person.birth_date:{subject_id}").decode()),
    )


class Newcomer(Struct, frozen=True):
    """Somebody to be entered, with the document that brought them."""

    papers: Papers
    name: Name
    birth_date: PartialDate | None
    zone: MachineReadableZone | None = None
    """The whole zone, where there is one."""
    portrait: bytes | None = None


def enter(connection: Connection, vault: Vault, newcomers: Sequence[Newcomer], *, at: int) -> dict[Papers, Known]:
    """Enter people whose documents nobody has yet. Of two that enter one number at once, one wins and both are told.

    Returns who is known under each document now. Whoever lost may have another name: it is for the caller to compare.
    """
    if not newcomers:
        return {}
    entering = {new_id(): each for each in newcomers}
    made = {subject: new_id() for subject in entering}
    documents = [_document(vault, subject, each.papers, each.zone, at) for subject, each in entering.items()]
    rows = [_person(vault, subject, made[subject], each, at) for subject, each in entering.items()]
    won = _claim(connection, documents, rows)
    winners = {subject: each for subject, each in entering.items() if subject in won}
    pictures: list[dict[str, object]] = [
        {"subject_id": subject, "picture": vault.seal(each.portrait, f"portrait.picture:{subject}")}
        for subject, each in winners.items()
        if each.portrait is not None
    ]
    insert_once(connection, tables.portrait, pictures)
    entered = {
        each.papers: Known(subject, made[subject], each.name, each.birth_date) for subject, each in winners.items()
    }
    lost = [each.papers for each in newcomers if each.papers not in entered]
    return entered | (find_many(connection, vault, lost) if lost else {})


def _person(vault: Vault, subject_id: str, person_id: str, newcomer: Newcomer, at: int) -> dict[str, object]:
    name, born = msgspec.json.encode(newcomer.name), newcomer.birth_date
    return {
        "subject_id": subject_id,
        "link": vault.seal(bytes.fromhex(person_id), f"person.link:{subject_id}"),
        "name": vault.seal(name, f"person.name:{subject_id}"),
        "birth_date": None if born is None else vault.seal(str(born).encode(), f"person.birth_date:{subject_id}"),
        "made": at,
    }


def _claim(
    connection: Connection, documents: Sequence[dict[str, object]], people: Sequence[dict[str, object]]
) -> set[str]:
    """Claim each number for its subject, and enter those that got theirs; which they are."""
    if connection.dialect.name == "sqlite":
        won = {key[0] for key in insert_once(connection, tables.document, documents)}
        insert_once(connection, tables.person, [row for row in people if row["subject_id"] in won])
        return won
    columns = by_column(tables.document, documents, "d_") | by_column(tables.person, people, "p_")
    return set(connection.execute(_CLAIM, columns).scalars())


def _claim_all() -> TextClause:
    document, person = tables.document, tables.person
    first, second = (", ".join(table.columns.keys()) for table in (document, person))
    return text(  # names of our own tables
        f"WITH won AS (INSERT INTO document ({first}) SELECT * FROM {unnested(document, 'd_')} "  # noqa: S608
        f"ON CONFLICT DO NOTHING RETURNING subject_id) INSERT INTO person ({second}) "
        f"SELECT * FROM {unnested(person, 'p_')} AS one(subject_id) "
        "WHERE one.subject_id IN (SELECT subject_id FROM won) RETURNING subject_id"
    )


_CLAIM = _claim_all()
"""Both in one statement: each takes the server's time, and the way there and back."""


def _document(
    vault: Vault, subject_id: str, papers: Papers, zone: MachineReadableZone | None, at: int
) -> dict[str, object]:
    whole = msgspec.json.encode({"papers": papers, "zone": zone})
    number_hash = vault.hash(NUMBER, papers.text)
    place = f"document.zone:{subject_id}"
    return {"subject_id": subject_id, "number_hash": number_hash, "zone": vault.seal(whole, place), "made": at}


def correct(connection: Connection, vault: Vault, subject_id: str, name: Name, birth_date: PartialDate | None) -> None:
    """Put another name and birth date in place of a subject's; what stood there before does not stay."""
    born = None if birth_date is None else vault.seal(str(birth_date).encode(), f"person.birth_date:{subject_id}")
    sealed = vault.seal(msgspec.json.encode(name), f"person.name:{subject_id}")
    one = update(tables.person).where(tables.person.c.subject_id == subject_id)
    connection.execute(one.values(name=sealed, birth_date=born))


def renew(
    connection: Connection, vault: Vault, subject_id: str, papers: Papers, zone: MachineReadableZone | None, *, at: int
) -> bool:
    """Enter one more document of a subject, so that their records stay theirs; False if the number is taken already.

    While a key is being replaced it may be taken under the hash of an older one, of which the database knows nothing.
    """
    if find(connection, vault, papers) is not None:
        return False
    return bool(insert_once(connection, tables.document, [_document(vault, subject_id, papers, zone, at)]))


def complete(connection: Connection, vault: Vault, subject_id: str, newcomer: Newcomer, *, at: int) -> None:
    """Give somebody whom an intake entered the zone and the picture that the passport's issuer has of them."""
    table = tables.document
    row = _document(vault, subject_id, newcomer.papers, newcomer.zone, at)
    same = (table.c.subject_id == subject_id) & table.c.number_hash.in_(vault.hashes(NUMBER, newcomer.papers.text))
    connection.execute(update(table).where(same).values(zone=row["zone"], number_hash=row["number_hash"]))
    if newcomer.portrait is not None:
        sealed = vault.seal(newcomer.portrait, f"portrait.picture:{subject_id}")
        if not insert_once(connection, tables.portrait, [{"subject_id": subject_id, "picture": sealed}]):
            of_them = tables.portrait.c.subject_id == subject_id
            connection.execute(update(tables.portrait).where(of_them).values(picture=sealed))


class _Whole(Struct):
    papers: Papers
    zone: MachineReadableZone | None


def documents(connection: Connection, vault: Vault, subject_id: str) -> list[tuple[Papers, MachineReadableZone | None]]:
    """Every document of a subject, the newest first."""
    document = tables.document
    rows = connection.execute(
        select(document.c.zone).where(document.c.subject_id == subject_id).order_by(document.c.made.desc())
    ).scalars()
    return _opened(vault, subject_id, rows)


def _opened(vault: Vault, subject_id: str, zones: Iterable[bytes]) -> list[tuple[Papers, MachineReadableZone | None]]:
    wholes = [msgspec.json.decode(vault.open(zone, f"document.zone:{subject_id}"), type=_Whole) for zone in zones]
    return [(whole.papers, whole.zone) for whole in wholes]


def portrait(connection: Connection, vault: Vault, subject_id: str) -> bytes | None:
    """The picture, or None."""
    column = tables.portrait.c
    sealed = connection.execute(select(column.picture).where(column.subject_id == subject_id)).scalar()
    return None if sealed is None else vault.open(sealed, f"portrait.picture:{subject_id}")


def rehash(vault: Vault, whole: bytes) -> bytes:
    """The hash of a document's number under the vault's current key, from what is sealed of it."""
    return vault.hash(NUMBER, msgspec.json.decode(whole, type=_Whole).papers.text)
