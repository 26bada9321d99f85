"""Codes of local apps: what they show, that they say no more, and that verifying one asks nobody."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from tests.cases.known import SIGNER, STRANGER
from tests.issuer import AT as ISSUED
from tests.special import one_time_key

from pratique import TrustList
from pratique.authority.access import Account, Item, Look, Purpose, Role
from pratique.authority.access.permissions import Whose, whose
from pratique.authority.records import codes, national
from pratique.authority.records.codes import Codes, Made, MakeCode, VerifyCode
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, people, reading
from pratique.authority.store.people import Known, Papers
from pratique.issuing import issue_status
from pratique.model import names
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.trust import Environment

AT = ISSUED + timedelta(days=1, minutes=7)
APP = Source("hz-app", "A city's app", "XA", "UTO", "self_declared")
NEXT = Source("nb-app", "The next city's app", "XA", "UTO", "self_declared")
PERSON = {
    "country": "UTO",
    "certNo": "XA1234567",
    "familyName": "Han",
    "givenName": "Meimei",
    "birthDate": "1990-05-08",
}
TRUSTED = TrustList.from_certificates([SIGNER.certificate], environment=Environment.SANDBOX)
Made_ = Callable[..., Made]


def told(
    store: Engine,
    vault: Vault,
    number: str,
    colour: str,
    *,
    system: str = "three-colours",
    hours: int = 10,
    ago: int = 1,
    source: Source = APP,
) -> None:
    since, until = AT - timedelta(hours=ago), AT + timedelta(hours=hours)
    message = {
        "bizSeqNo": number,
        "person": PERSON,
        "system": system,
        "colour": colour,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    answer = national.share_status(store, vault, json.dumps(message).encode(), source=source, at=AT)
    assert answer.outcome == "taken"


@pytest.fixture
def somebody(store: Engine, vault: Vault) -> Known:
    told(store, vault, "S-0", "green", hours=0, ago=2)
    with reading(store) as connection:
        known = people.find(connection, vault, Papers("UTO", "XA1234567"))
    assert known is not None
    return known


def look(known: Known, items: frozenset[Item] = codes.NEEDED) -> Look:
    return Look("x", known.person_id, Account("holder", Role.HOLDER), Purpose.OWN, items)


@pytest.fixture
def make(store: Engine, somebody: Known) -> Made_:
    def made(key: str | None = None, *, at: datetime = AT, signer: Signer = SIGNER) -> Made:
        by = Codes(signer, codes.shared)
        with reading(store) as connection:
            return codes.make(connection, look(somebody), somebody, MakeCode("C-1", key), by=by, at=at)

    return made


def verified(code: str, *, at: datetime = AT, trusted: TrustList = TRUSTED) -> codes.Verified:
    return codes.read(VerifyCode("V-1", code), trust_list=trusted, at=at)


def test_nobody_makes_another_persons_code(store: Engine, somebody: Known) -> None:
    official = Account("official", Role.HEALTH_AUTHORITY)
    with reading(store) as connection:
        for allowed in (
            look(somebody, codes.NEEDED - {Item.STATUS}),
            structs.replace(look(somebody), person_id="f" * 32),
            structs.replace(look(somebody), account=official, purpose=Purpose.EPIDEMIC_CONTROL),
        ):
            with pytest.raises(AccessRefused):
                codes.make(connection, allowed, somebody, MakeCode("1"), by=Codes(SIGNER, codes.shared), at=AT)


def test_a_key_that_is_none_gets_no_code(make: Made_) -> None:
    with pytest.raises(IssueRefused):
        make("A" * 44)


@pytest.mark.parametrize(
    ("shared", "word"),
    [
        ([], "unknown"),
        ([("three-colours", "green")], "green"),
        ([("three-colours", "red")], "red"),
        ([("five-colours-blue", "yellow"), ("numbers", "2")], "yellow"),
        ([("five-colours-blue", "orange")], "unknown"),
        ([("four-colours-grey", "grey")], "unknown"),
        ([("three-colours", "green"), ("numbers", "3")], "unknown"),
        ([("three-colours", "purple")], "unknown"),
        ([("normal-or-not", "1")], "unknown"),
        ([("three-words", "居家观察")], "yellow"),
    ],
)
def test_what_no_table_knows_or_two_disagree_about_is_unknown_and_never_red(
    store: Engine, vault: Vault, make: Made_, shared: list[tuple[str, str]], word: str
) -> None:
    for number, (system, colour) in enumerate(shared, 1):
        told(store, vault, f"S-{number}", colour, system=system)
    made = make()
    assert verified(made.code).word == StatusWord(word)


def test_a_city_does_not_speak_for_another_with_the_same_vocabulary(store: Engine, vault: Vault, make: Made_) -> None:
    told(store, vault, "S-1", "red")
    told(store, vault, "S-1", "green", source=NEXT)
    assert verified(make().code).word == StatusWord.UNKNOWN
    told(store, vault, "S-2", "green", ago=0)  # of one app, what it shared last
    assert verified(make().code).word == StatusWord.GREEN


def test_a_code_says_one_word_and_ends_with_what_it_rests_on(store: Engine, vault: Vault, make: Made_) -> None:
    told(store, vault, "S-1", "green", hours=3)
    _, point = one_time_key()
    made = make(urlsafe_b64encode(point).decode())
    assert made.ends == AT + timedelta(hours=3)
    found = verified(made.code)
    assert (found.authentic is not False, found.initials, found.birthday) == (True, "MH", "05-08")
    assert verified(made.code, at=AT + timedelta(hours=3, seconds=1)).authentic is False
    for word in ("Han", "Meimei", "1990", "XA1234567", "hz-app"):
        assert word not in repr(found)


def test_a_code_of_nobody_known_is_not_decided_and_another_kind_is_none(make: Made_) -> None:
    stranger = make(signer=STRANGER).code
    assert (verified(stranger).authentic, verified(stranger).word) == (None, None)
    assert verified("HC1:").authentic is False
    changed = make().code[:-2] + "AA"
    assert (verified(changed).authentic, verified(changed).word) == (False, None)


def test_a_day_pass_is_no_code(make: Made_) -> None:
    at = AT.replace(minute=0)
    status = Status(kind=StatusKind.DAY_PASS, word=StatusWord.ADMITTED, begins=at, ends=at + timedelta(hours=24))
    found = verified(issue_status(status, signer=SIGNER, at=AT))
    assert (found.authentic, found.word, found.reasons) == (False, None, (Reason.RECORD_KIND,))


def test_verifying_asks_nobody_and_making_writes_nothing_down(store: Engine, make: Made_) -> None:
    before = rows(store)
    verified(make().code)
    assert rows(store) == before


def rows(store: Engine) -> list[int]:
    with reading(store) as connection:
        return [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("looked", "local_status", "record", "declaration", "intake_row")
        ]


def test_initials_are_those_of_the_passport() -> None:
    known = Known("s", "p", names.name("韩", "梅梅", family_latin="Han", given_latin="Meimei"), None)
    assert whose(known) == Whose("MH", None)
    assert whose(structs.replace(known, name=names.name(None, "Cher"))).initials == "C"
