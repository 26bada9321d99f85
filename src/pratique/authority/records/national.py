"""The national JSON interface for local apps: health declaration, trip declaration, query, application, correction.

The names follow the contents page of GB/T 38963-2020, whose body we have not read: this claims no conformance to it.
Making and verifying codes (6.6, 6.7) are in `codes`.

    {"bizSeqNo": "A-1", "person": {"country": "UTO", "certNo": "XA1234567", "familyName": "Han", "givenName": "Meimei",
     "birthDate": "1990-05-08"}, "declaredAt": "2026-11-23T08:00:00+08:00", "temperature": 36.5, "symptoms": ["cough"]}

    {"bizSeqNo": "P-1", "appId": "xian-code", "name": "Xi'an Health Code", "country": "CN", "division": "610100",
     "keys": {"keys": [{"kty": "EC", …}]}}

Sent again, a message is answered *known*; `bizSeqNo` is the sender's own number for it.
"""

import re
import secrets
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, Table

from pratique.authority.access import Look, applying
from pratique.authority.access.applying import Asked, State
from pratique.authority.access.clients import UnusableKeys, is_name, read_keys
from pratique.authority.records import intake, rights
from pratique.authority.records.entries import Whose, papers_of
from pratique.authority.records.intake import Doubt, Outcome
from pratique.authority.records.local_codes import SYSTEMS, National, to_national
from pratique.authority.records.reconcile import Event
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, tables, writing
from pratique.authority.store.asking import Dispute, Words
from pratique.authority.store.health import insert_once, stored
from pratique.model import countries, names
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.reasons import Reason

FEVER = 373
"""Tenths of a degree Celsius from which a declared temperature is not normal, as it is kept."""
COLDEST, HOTTEST = 34.0, 43.0
"""What a living person's thermometer can show; beyond it somebody mistyped."""
SYMPTOMS = frozenset(
    {"fever", "cough", "fatigue", "sore_throat", "breathlessness", "diarrhoea", "loss_of_smell", "muscle_pain"}
)
"""The symptoms that a declaration may hold. Any other word is not kept: that there was one is, for a person to ask."""
UNLISTED = "unlisted"
LONGEST_TRIP = 366
"""Days, of a trip, and from its first day to the day on which it is declared or the other way round: beyond it somebody
mistyped the year."""
LONGEST_NUMBER = 64
"""Characters of a sender's own number of a message."""
LONGEST_KEYS = 8192
"""Characters of an app's keys: five of 4096 bits."""
DIVISION = re.compile("[0-9]{6}")
"""A division of China (GB/T 2260)."""
_APP_ID = re.compile("[a-z0-9][a-z0-9-]{1,63}")
NOT_ACCEPTED = ("underlyingDisease", "medicalHistory", "location", "address")
"""Fields that apps send and nobody here may have: they are dropped unread, and the answer says so. Of fields under
other names it says that there were some (`UNLISTED`), since a name may tell what the answer has to leave out."""


class Named(Struct, frozen=True, rename="camel"):
    """Who a message is about."""

    country: str
    cert_no: str
    family_name: str | None = None
    given_name: str | None = None
    birth_date: str | None = None


class HealthDeclaration(Struct, frozen=True, rename="camel"):
    """6.2: what somebody says of their health. `declared_at` has its offset, which decides the day."""

    biz_seq_no: str
    person: Named
    declared_at: str
    temperature: float | None = None
    symptoms: list[str] = []


class TripDeclaration(Struct, frozen=True, rename="camel"):
    """6.3: where somebody says to have been, no finer than a county (six digits of GB/T 2260)."""

    biz_seq_no: str
    person: Named
    declared_at: str
    first_day: str
    last_day: str | None = None
    country: str = "CN"
    division: str | None = None


class LocalStatus(Struct, frozen=True, rename="camel"):
    """What a local code shows, shared for mutual recognition: the word of its own vocabulary, and until when."""

    biz_seq_no: str
    person: Named
    system: str
    colour: str
    since: str
    until: str


class CodeApplication(Struct, frozen=True, rename="camel"):
    """6.5: an app asks to be let in. `keys` is its JWK Set; `division` the one that it serves, as in a trip."""

    biz_seq_no: str
    app_id: str
    name: str
    country: str
    keys: dict[str, Any]
    division: str | None = None


class Applied(Struct, frozen=True, rename="camel"):
    """What became of an application so far; sent again, it is answered with how it stands then."""

    biz_seq_no: str
    outcome: Outcome
    state: State | None = None
    until: datetime | None = None
    """Until when it waits for a decision."""
    reasons: tuple[Reason, ...] = ()
    place: str = ""


class Answer(Struct, frozen=True, rename="camel"):
    """What became of a message."""

    biz_seq_no: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    place: str = ""
    not_accepted: tuple[str, ...] = ()
    """Fields that were dropped unread."""


class _Unfit(Exception):
    """A field that cannot be read."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def declare_health(engine: Engine, vault: Vault, message: bytes, *, source: Source, at: datetime) -> Answer:
    """Take a health declaration in. Raises `StoreFault`."""
    return _take(engine, vault, message, HealthDeclaration, tables.declaration, source=source, at=at)


def declare_trip(engine: Engine, vault: Vault, message: bytes, *, source: Source, at: datetime) -> Answer:
    """Take a trip declaration in. Raises `StoreFault`."""
    return _take(engine, vault, message, TripDeclaration, tables.trip, source=source, at=at)


def share_status(engine: Engine, vault: Vault, message: bytes, *, source: Source, at: datetime) -> Answer:
    """Take in what a local code shows, so that others can recognise it. Raises `StoreFault`."""
    return _take(engine, vault, message, LocalStatus, tables.local_status, source=source, at=at)


def apply(engine: Engine, message: bytes, *, at: datetime) -> Applied:
    """6.5: take an application to use the interface, which two people of the authority decide. Raises `StoreFault`."""
    try:
        asked = msgspec.json.decode(message, type=CodeApplication)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Applied("", Outcome.REFUSED, reasons=(Reason.RECORD_KIND,), place="not the message of this interface")
    number = asked.biz_seq_no
    try:
        wanted = _app(asked)
        with writing(engine) as connection:
            stands, new = applying.file(connection, wanted, at=at)
    except _Unfit as unfit:
        return Applied(number, Outcome.REFUSED, reasons=(Reason.RECORD_FIELD_INVALID,), place=unfit.place)
    except AccessRefused as refusal:
        return Applied(number, Outcome.REFUSED, reasons=refusal.reasons, place=refusal.detail)
    return Applied(number, Outcome.TAKEN if new else Outcome.KNOWN, stands.state, stands.until)


def query(connection: Connection, look: Look) -> tuple[Event, ...]:
    """6.4: what is kept of somebody's health. Raises `AccessRefused`."""
    return rights.events(connection, look)


def correct(connection: Connection, vault: Vault, look: Look, record_id: str, words: Words, *, at: datetime) -> Dispute:
    """6.8: somebody says that a record is wrong; a desk answers within a day. Raises `MalformedRecord`."""
    return rights.dispute(connection, vault, look, record_id, words, at=at)


Declared = HealthDeclaration | TripDeclaration | LocalStatus
_NOT_SAID = frozenset({"origin", "source_id"})
"""Columns that a message does not say: by whom it came, and under which number."""


def _take(
    engine: Engine, vault: Vault, message: bytes, kind: type[Declared], table: Table, *, source: Source, at: datetime
) -> Answer:
    now = int(at.timestamp())
    try:
        fields = msgspec.json.decode(message)
        declared: Declared = msgspec.convert(fields, kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):  # its words may quote a value
        return Answer("", Outcome.REFUSED, (Reason.RECORD_KIND,), "not the message of this interface")
    dropped = _dropped(fields, kind)
    number = declared.biz_seq_no
    try:
        _check_number(number)
        whose, row = _whose(declared.person), _ROWS[kind](declared)
        if not isinstance(declared, LocalStatus):
            _check_days(row, now)
    except _Unfit as unfit:
        return Answer(number, Outcome.REFUSED, (Reason.RECORD_FIELD_INVALID,), unfit.place, dropped)
    except MalformedRecord as refusal:
        return Answer(number, Outcome.HELD, refusal.reasons, refusal.detail, dropped)
    name = next(iter(table.primary_key.columns.keys()[1:]))
    with writing(engine) as connection:
        known = intake.known_people(connection, vault, [whose], at=now)
        somebody = intake.holder(known.get(whose.papers), whose)
        if isinstance(somebody, Doubt):
            return Answer(number, Outcome.HELD, (somebody.reason,), somebody.detail, dropped)
        row |= {"person_id": somebody.person_id, name: secrets.token_hex(16)}
        origin, *older = vault.hashes(table.name, f"{source.source_id}|{number}")
        row["origin"] = origin
        if "source_id" in table.columns:
            row["source_id"] = source.source_id
        before = stored(connection, table, somebody.person_id, older) if older else None
        if before is None and insert_once(connection, table, [row]):
            return Answer(number, Outcome.TAKEN, not_accepted=dropped)
        before = before or stored(connection, table, somebody.person_id, [origin])
        if before is None:
            raise LookupError("what is not written since it is there is there")
        if all(before[column] == value for column, value in row.items() if column not in _NOT_SAID | {name}):
            return Answer(number, Outcome.KNOWN, not_accepted=dropped)
    return Answer(number, Outcome.HELD, (Reason.RECORD_DIFFERENT,), "bizSeqNo", dropped)


def _dropped(fields: dict[str, Any], kind: type[Declared]) -> tuple[str, ...]:
    """What a message has that this interface does not: in itself, or in what it says of its person."""
    beyond = fields.keys() - set(kind.__struct_encode_fields__)
    beyond |= fields["person"].keys() - set(Named.__struct_encode_fields__)
    named = tuple(name for name in NOT_ACCEPTED if name in beyond)
    return named + ((UNLISTED,) if beyond - set(named) else ())


def _whose(person: Named) -> Whose:
    papers = papers_of(person.country, person.cert_no)
    if papers is None:
        raise MalformedRecord(Reason.RECORD_PERSON, detail="person.certNo")
    if not (person.family_name or person.given_name):
        raise MalformedRecord(Reason.RECORD_PERSON, detail="person.familyName")
    try:
        born = PartialDate.parse(person.birth_date) if person.birth_date else None
        return Whose(papers, names.name(person.family_name, person.given_name), born)
    except ValueError:
        raise MalformedRecord(Reason.RECORD_PERSON, detail="person") from None


def _app(asked: CodeApplication) -> Asked:
    """How what the app sends will be read: people and dates are in each message, and its word is theirs."""
    _check_number(asked.biz_seq_no)
    if not _APP_ID.fullmatch(asked.app_id):
        raise _Unfit("appId")
    if not is_name(asked.name):
        raise _Unfit("name")
    if not countries.is_country(asked.country):
        raise _Unfit("country")
    _check_division(asked.division)
    try:
        keys = read_keys(msgspec.json.encode(asked.keys))
    except UnusableKeys as unusable:
        raise _Unfit(f"keys: {unusable}") from None
    if len(keys) > LONGEST_KEYS:
        raise _Unfit("keys")
    mrz = countries.to_mrz(asked.country)
    source = Source(asked.app_id, asked.name, asked.country, mrz, "self_declared")
    return Asked(asked.biz_seq_no, asked.app_id, asked.name, asked.division, keys, msgspec.json.encode(source).decode())


def _check_number(number: str) -> None:
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise _Unfit("bizSeqNo")


def _check_division(division: str | None) -> None:
    if division is not None and not DIVISION.fullmatch(division):
        raise _Unfit("division")


def _check_days(row: dict[str, Any], now: int) -> None:
    if row["moment"] > now + intake.AHEAD.total_seconds():
        raise _Unfit("declaredAt")
    said = datetime.fromtimestamp(row["moment"], UTC).toordinal()
    if abs(row.get("first_day", said) - said) > LONGEST_TRIP:
        raise _Unfit("firstDay")


def _declaration(told: HealthDeclaration) -> dict[str, object]:
    moment = _instant(told.declared_at, "declaredAt")
    warm = told.temperature
    if warm is not None and not COLDEST <= warm <= HOTTEST:
        raise _Unfit("temperature")
    listed = sorted(SYMPTOMS.intersection(told.symptoms))
    unlisted = bool(set(told.symptoms) - SYMPTOMS)
    tenths = None if warm is None else round(warm * 10)
    abnormal = bool(listed) or (tenths is not None and tenths >= FEVER)
    return {
        "day": moment.date().toordinal(),
        "moment": int(moment.timestamp()),
        "temperature": tenths,
        "symptoms": " ".join([*listed, *([UNLISTED] if unlisted else [])]),
        "normal": 0 if abnormal else None if unlisted else 1,
    }


def _trip(told: TripDeclaration) -> dict[str, object]:
    first = _day(told.first_day, "firstDay")
    last = None if told.last_day is None else _day(told.last_day, "lastDay")
    if last is not None and not 0 <= (last - first).days <= LONGEST_TRIP:
        raise _Unfit("lastDay")
    if not countries.is_country(told.country):
        raise _Unfit("country")
    _check_division(told.division)
    return {
        "country": told.country,
        "division": told.division,
        "first_day": first.toordinal(),
        "last_day": None if last is None else last.toordinal(),
        "moment": int(_instant(told.declared_at, "declaredAt").timestamp()),
    }


def _status(told: LocalStatus) -> dict[str, object]:
    since, until = _instant(told.since, "since"), _instant(told.until, "until")
    if until <= since:
        raise _Unfit("until")
    meaning = to_national(told.system, told.colour)
    known = meaning is not National.REVIEW  # a word that no table knows may say anything, and is not kept
    return {
        "system": told.system if told.system in SYSTEMS else UNLISTED,
        "colour": told.colour if known else UNLISTED,
        "national": meaning.value,
        "moment": int(since.timestamp()),
        "until": int(until.timestamp()),
    }


def _instant(text: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Unfit(place) from None
    if moment.tzinfo is None or moment.year == 1:  # the day would be a guess, or in UTC before there are any
        raise _Unfit(place)
    return moment


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Unfit(place) from None


_ROWS: dict[type[Declared], Any] = {
    HealthDeclaration: _declaration,
    TripDeclaration: _trip,
    LocalStatus: _status,
}
