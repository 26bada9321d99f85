"""The officials' pages: who gets in, whose pages they are, and two officers for every decision about somebody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import select

from pratique import identify, qr, verify
from pratique.authority.identity import clinic_code, desk, proxies
from pratique.authority.store import reading
from pratique.authority.store.enrolment_tables import one_time_code
from pratique.identification import Match
from pratique.model import mrz
from pratique.sandbox import traveller
from pratique.trust.x509 import anchor
from pratique.web import issuing
from pratique.web.desk import IDLE, LONGEST, Desk
from tests.chips import chip, document_signer
from tests.seals import Root
from tests.web.desks import (
    AUDITOR,
    CHILD,
    CLINIC,
    LINA,
    MEIMEI,
    PORTRAIT,
    WANG,
    Town,
    client,
    comes_back,
    desk_app,
    ministry_app,
    sends,
    sign_in,
    town,
)
from tests.web.houses import TRUSTED, film, visit

ROOT = Root("XA", "XA passports root")
FOREIGN_ROOT = Root("DE", "DE passports root")
GERMAN = structs.replace(
    traveller.PASSPORT,
    country="D",
    nationality="D",
    number="C01X00T47",
    family_icao="MUSTERMANN",
    given_icao="ERIKA",
    birth_date="640812",
)
AGREED = {"consent": "1"}
ADMIT = {"act": "admit"} | AGREED
WORDS = re.compile(r'id="desk-(?:code|number)">([^<]+)<')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as found:
        yield found


@pytest.fixture
def app(place: Town) -> Any:
    return desk_app(place, roots=(anchor(ROOT.certificate), anchor(FOREIGN_ROOT.certificate)))


def officer(app: Any, place: Town, account: Any = LINA) -> TestClient[Any]:
    browser = client(app)
    sign_in(browser, place, account)
    return browser


# who gets in


def test_nobody_gets_in_unseen(app: Any) -> None:
    browser = client(app)
    assert browser.get("/en").url.path == "/en/sign-in"
    for address in ("/en/review", "/en/review/x", "/en/counter", "/en/acts/x", "/en/code", "/en/passkeys"):
        answer = browser.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGNED_OUT")
    for address in (
        "/en/review/x",
        "/en/counter",
        "/en/acts/x",
        "/en/code",
        "/en/passkeys/begin",
        "/en/passkeys/remove",
    ):
        assert browser.post(address, data={"x": "y"}).status_code == 401


@pytest.mark.parametrize(("account", "code"), [("li-na", "AAAA-AAAA-AAAA-AAAA"), ("nobody", ""), ("", "")])
def test_an_invitation_that_fits_nobody(app: Any, account: str, code: str) -> None:
    browser = client(app)
    answer = browser.post("/en/invitation", data={"account": account, "code": code})
    assert answer.status_code == 422
    assert "do not fit" in answer.text
    assert browser.get("/en/passkeys").status_code == 401


def test_guesses_of_invitations_are_counted(app: Any, place: Town) -> None:
    from pratique.authority.access import invitations

    browser = client(app)
    for _ in range(10):
        browser.post("/en/invitation", data={"account": "li-na", "code": "AAAA"})
    code = invitations.invite(place.engine, place.vault, "li-na", made_by="operator", at=place.clock())
    assert browser.post("/en/invitation", data={"account": "li-na", "code": code}).status_code == 422


def test_a_role_has_its_own_pages(app: Any, place: Town) -> None:
    auditor, clinic, lina = (officer(app, place, account) for account in (AUDITOR, CLINIC, LINA))
    for browser, shut in ((auditor, "/en/review"), (auditor, "/en/code"), (clinic, "/en/counter"), (lina, "/en/code")):
        answer = browser.get(shut, headers={"accept": "text/html"})
        assert answer.status_code == 403
        assert "another role" in answer.text
    assert "Nothing waits" in auditor.get("/en").text
    assert "/en/code" in clinic.get("/en").text
    assert "/en/counter" in lina.get("/en").text


def test_a_session_ends_after_a_quarter_of_an_hour_and_after_a_shift(app: Any, place: Town) -> None:
    browser = client(app)
    device = sign_in(browser, place, LINA)
    place.clock.at += IDLE - timedelta(seconds=1)
    assert browser.get("/en/review").status_code == 200
    place.clock.at += IDLE
    assert browser.get("/en/review").status_code == 401
    assert comes_back(browser, device) == "/en"
    for _ in range(int(LONGEST / timedelta(minutes=10)) - 1):
        place.clock.at += timedelta(minutes=10)
        assert browser.get("/en/review").status_code == 200
    place.clock.at += timedelta(minutes=10)
    assert browser.get("/en/review").status_code == 401


def test_an_account_that_ends_is_signed_out_at_once(app: Any, place: Town) -> None:
    from sqlalchemy import update

    from pratique.authority.store import writing
    from pratique.authority.store.tables import account

    browser = officer(app, place)
    with writing(place.engine) as connection:
        connection.execute(update(account).values(until=int(place.clock().timestamp())))
    assert browser.get("/en/review").status_code == 401


def test_what_a_script_may_send(app: Any, place: Town) -> None:
    browser = officer(app, place)
    deep, no_text = sends("x", b"[" * 5_000 + b"]" * 5_000), sends("x", b"{}").replace(b"x", b"\xff")
    for content in (b"", b"{}", b"[]", sends("x", b"{}") + b"x", deep, no_text):
        assert browser.post("/en/sign-in/finish", content=content).status_code == 400
    assert browser.post("/en/sign-in/finish", content=sends("x", b"{}")).json() == {"next": None}


# D3


def waiting_case(place: Town, browser: TestClient[Any], **face: Any) -> str:
    """Somebody is not confirmed, and sends a picture: the address of the page that waits."""
    told = film(browser, visit(browser), **({"face": b"weiwei"} | face))
    page = browser.get(told[-1]["next"])
    assert "Let people decide" in page.text
    address = told[-1]["next"].replace("/not-confirmed", "/people")
    answer = browser.post(address)
    assert "Send a picture" in answer.text
    data, files = {"consent": "1"}, {"photograph": ("x.jpg", PORTRAIT)}
    sent = browser.post(f"{answer.url.path}/picture", data=data, files=files)
    assert "Come back" in sent.text, sent.text
    return str(answer.url.path)


def decides(browser: TestClient[Any], decision: str) -> str:
    page = browser.get("/en/review")
    address = re.search(r'href="(/en/review/[0-9a-f]{32})"', page.text)
    assert address is not None
    assert browser.get(address[1]).status_code == 200
    return browser.post(address[1], data={"decision": decision}).text


def test_two_officers_and_a_certificate(app: Any, place: Town) -> None:
    person, lina, wang = client(ministry_app(place)), officer(app, place), officer(app, place, WANG)
    waits = waiting_case(place, person)
    page = lina.get("/en")
    assert re.search(r"/en/review.*?<td[^>]*>1</td>", page.text, re.DOTALL)
    address = re.search(r'href="(/en/review/[0-9a-f]{32})"', lina.get("/en/review").text)
    assert address is not None
    case = lina.get(address[1])
    assert "XA1234567" in case.text
    assert "Another officer" not in case.text
    for which in ("portrait", "picture"):
        shown = lina.get(f"{address[1]}/{which}")
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["cache-control"] == "no-store"
    assert wang.get(f"{address[1]}/picture").status_code == 404  # not the one before whom it lies
    taken = wang.get(address[1])
    assert taken.status_code == 409
    assert "li-na is deciding this one" in taken.text
    assert lina.post(address[1], data={"decision": "perhaps"}).status_code == 422
    assert "A second officer must agree" in lina.post(address[1], data={"decision": "same"}).text
    assert lina.post(address[1], data={"decision": "same"}).status_code == 409
    assert "Get my certificate" not in person.get(waits).text
    assert "Another officer has decided" in wang.get(address[1]).text
    assert "Decided" in wang.post(address[1], data={"decision": "same"}).text
    assert "confirmed you" in person.get(waits).text
    certificate = person.post(f"{waits}/claim")
    assert certificate.url.path.startswith("/en/certificate/")
    assert "SPECIMEN" in certificate.text
    assert person.post(f"{waits}/claim").url.path == waits
    assert "fetched this certificate" in person.get(waits).text


def test_one_who_sees_another_face(app: Any, place: Town) -> None:
    person, lina = client(ministry_app(place)), officer(app, place)
    waits = waiting_case(place, person)
    assert "Decided" in decides(lina, "different")
    page = person.get(waits)
    assert "could not confirm you" in page.text
    assert person.post(f"{waits}/claim").url.path == waits


def test_a_case_of_an_unknown_passport_looks_the_same_to_its_sender(app: Any, place: Town) -> None:
    lina, pages = officer(app, place), []
    for number in ("XA1234567", "XA7777777"):
        person = client(ministry_app(place))
        told = film(person, visit(person, number), face=b"weiwei")
        answer = person.post(told[-1]["next"].replace("/not-confirmed", "/people"))
        sent = person.post(
            f"{answer.url.path}/picture", data={"consent": "1"}, files={"photograph": ("x.jpg", PORTRAIT)}
        )
        decides(lina, "different")
        pages.append([re.sub(r"[0-9a-f]{32}", "X", each.text) for each in (answer, sent, person.get(answer.url.path))])
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("data", "files", "said"),
    [
        ({}, {"photograph": ("x.jpg", PORTRAIT)}, "Say that officers may see"),
        ({"consent": "0"}, {"photograph": ("x.jpg", PORTRAIT)}, "Say that officers may see"),
        ({"consent": "1"}, {"photograph": ("x.jpg", b"no picture")}, "no picture that we can read"),
        ({"consent": "1"}, {"other": ("x.jpg", PORTRAIT)}, "no picture that we can read"),
    ],
)
def test_pictures_that_are_not_taken(place: Town, data: dict[str, str], files: Any, said: str) -> None:
    person = client(ministry_app(place))
    told = film(person, visit(person), face=b"weiwei")
    address = person.post(told[-1]["next"].replace("/not-confirmed", "/people")).url.path
    answer = person.post(f"{address}/picture", data=data, files=files)
    assert answer.status_code == 422
    assert said in answer.text


def test_where_a_camera_is_and_where_a_picture_was_taken_is_not_kept(app: Any, place: Town) -> None:
    import io

    from PIL import Image

    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 49.0)}  # GPS
    written = io.BytesIO()
    Image.open(io.BytesIO(PORTRAIT)).save(written, "JPEG", exif=exif, comment=b"telephone 7")
    person, lina = client(ministry_app(place)), officer(app, place)
    told = film(person, visit(person), face=b"weiwei")
    address = person.post(told[-1]["next"].replace("/not-confirmed", "/people")).url.path
    person.post(f"{address}/picture", data={"consent": "1"}, files={"photograph": ("x.jpg", written.getvalue())})
    case = re.search(r'href="(/en/review/[0-9a-f]{32})"', lina.get("/en/review").text)
    assert case is not None
    lina.get(case[1])
    shown = lina.get(f"{case[1]}/picture").content
    assert b"telephone 7" not in shown
    assert not Image.open(io.BytesIO(shown)).getexif()


# D4


def acts(browser: TestClient[Any], answer: Any, decision: str = "confirm") -> Any:
    """The second officer opens the act that was proposed, and decides."""
    address = answer.url.path
    assert re.fullmatch(r"/en/acts/[0-9a-f]{32}", address), answer.text
    browser.get(address)
    return browser.post(address, data={"decision": decision})


def test_at_a_desk_without_a_telephone(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    found = lina.post("/en/counter", data={"number": "XA1234567"})
    assert found.url.path == "/en/counter/found"
    assert "Han" in found.text
    assert lina.get("/en/counter/portrait").headers["content-type"] == "image/jpeg"
    asked = lina.post("/en/counter/found", data=ADMIT)
    assert "Second officer: sign in to confirm." in asked.text
    assert 'value="confirm"' not in asked.text
    own = lina.post(asked.url.path, data={"decision": "confirm"})
    assert (own.status_code, "Another officer confirms" in own.text) == (409, True)
    assert asked.url.path in wang.get("/en/counter").text
    done = acts(wang, asked)
    assert done.url.path.endswith("/done")
    pdf = wang.get(done.url.path.replace("/done", "/print"))
    assert pdf.headers["content-type"] == "application/pdf"
    assert len(qr.read_pdf(pdf.content)) == 1
    code = WORDS.search(done.text)
    assert code is not None
    person = client(ministry_app(place))
    data = {"number": "XA1234567", "code": code[1], "consent": issuing.CONSENT}
    assert person.post("/en/paper-code", data=data).url.path.startswith("/en/certificate/")
    assert person.post("/en/paper-code", data=data).status_code == 422


def test_turned_down_changes_nothing(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": "XA1234567"})
    asked = lina.post("/en/counter/found", data=ADMIT)
    assert "Turned down" in acts(wang, asked, "turn_down").text
    assert wang.get(asked.url.path).status_code == 409
    with reading(place.engine) as connection:
        kinds = set(connection.execute(select(one_time_code.c.kind)).scalars())
    assert kinds == {"official"}  # the invitations of the two


def test_a_page_of_an_act_must_have_been_seen(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": "XA1234567"})
    asked = lina.post("/en/counter/found", data=ADMIT)
    assert wang.post(asked.url.path, data={"decision": "confirm"}).status_code == 404
    wang.get(asked.url.path)
    assert wang.post(asked.url.path, data={"decision": "perhaps"}).status_code == 400


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"number": "XA7777777"}, "Nobody is registered"),
        ({"number": "?"}, "no passport number"),
        ({"code": "AAAA-AAAA"}, "No page has this code"),
        ({"number": ""}, "Type your passport number"),
    ],
)
def test_whom_the_counter_does_not_find(app: Any, place: Town, data: dict[str, str], said: str) -> None:
    answer = officer(app, place).post("/en/counter", data=data)
    assert answer.status_code == 422
    assert said in answer.text


def test_by_the_code_of_a_page(app: Any, place: Town) -> None:
    """Whoever chose "I cannot do this" comes to the desk with its code, days later."""
    person, lina = client(ministry_app(place)), officer(app, place)
    page = person.post(f"{visit(person)}/desk")
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.text)
    assert code is not None
    place.clock.at += timedelta(minutes=10)
    assert lina.post("/en/counter", data={"code": code[0].lower()}).url.path == "/en/counter/found"


def test_a_foreigner_by_the_chip(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    files = chip(document_signer(FOREIGN_ROOT, "DE"), GERMAN, PORTRAIT)
    sent = {name: (name, getattr(files, name)) for name in ("sod", "dg1", "dg2")}
    new = lina.post("/en/counter", files=sent)
    assert new.url.path == "/en/counter/newcomer"
    assert "signed by its country" in new.text
    assert "MUSTERMANN" in new.text
    asked = lina.post("/en/counter/newcomer", data={"born": "1964-08-12"} | AGREED)
    shown = wang.get(asked.url.path)
    assert "its chip was checked" in shown.text
    assert wang.get(f"{asked.url.path}/portrait/0").headers["content-type"] == "image/jpeg"
    done = acts(wang, asked)
    assert "Entered" in done.text
    assert lina.post("/en/counter", files=sent).url.path == "/en/counter/found"


def test_a_chip_that_was_changed(app: Any, place: Town) -> None:
    lina = officer(app, place)
    files = chip(document_signer(FOREIGN_ROOT, "DE"), GERMAN, PORTRAIT)
    sent = {"sod": ("s", files.sod), "dg1": ("1", files.dg1), "dg2": ("2", files.dg2[:-1] + b"\x00")}
    answer = lina.post("/en/counter", files=sent)
    assert answer.status_code == 422
    assert "The portrait is not the one that was signed" in answer.text
    assert "Choose all three" in lina.post("/en/counter", files={"sod": ("s", files.sod)}).text


def test_a_foreigner_by_the_lines(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    assert lina.post("/en/counter", data={"zone": mrz.write(GERMAN)}).url.path == "/en/counter/newcomer"
    asked = lina.post("/en/counter/newcomer", data={"born": "1964"} | AGREED, files={"photograph": ("p.jpg", PORTRAIT)})
    assert "Entered" in acts(wang, asked).text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"family": ""}, "A name has at least one part"),
        ({"family": "Окоро", "born": "soon"}, "year, month, day"),
        ({"family": "ሰላም"}, "in Latin letters"),
    ],
)
def test_newcomers_that_are_not_written_so(app: Any, place: Town, data: dict[str, str], said: str) -> None:
    lina = officer(app, place)
    lina.get("/en/counter/newcomer?without=document")
    answer = lina.post("/en/counter/newcomer", data=data)
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize(
    ("born", "said"),
    [("1964-08-13", "another date of birth"), ("1990", "another date of birth"), ("2064-08-12", "not in the future")],
)
def test_a_birth_date_is_that_of_the_passport(app: Any, place: Town, born: str, said: str) -> None:
    """By it somebody is taken for an adult or for a child; a slip would hold for as long as they are registered."""
    lina = officer(app, place)
    lina.post("/en/counter", data={"zone": mrz.write(GERMAN)})
    answer = lina.post("/en/counter/newcomer", data={"born": born} | AGREED)
    assert answer.status_code == 422
    assert said in answer.text
    assert desk.waiting(place.engine, LINA, at=place.clock()) == ()


def test_anothers_passport_is_not_entered_as_somebodys_new_one(app: Any, place: Town) -> None:
    lina = officer(app, place)
    lina.post("/en/counter", data={"number": MEIMEI.number})
    answer = lina.post("/en/counter/found", data={"act": "renew", "new_zone": mrz.write(GERMAN)} | AGREED)
    assert answer.status_code == 422
    assert "See whose passport it is" in answer.text
    assert desk.waiting(place.engine, LINA, at=place.clock()) == ()


def test_without_a_national_document(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.get("/en/counter/newcomer?without=document")
    data = {"family": "ሰላም", "given": "አዳ", "latin_family": "Selam", "latin_given": "Ada", "born": "1954"} | AGREED
    done = acts(wang, lina.post("/en/counter/newcomer", data=data))
    number, code = WORDS.findall(done.text)
    assert re.fullmatch(r"XX[2-9A-Z]{7}", number)
    person = client(ministry_app(place))
    answer = person.post("/en/paper-code", data={"number": number, "code": code, "consent": issuing.CONSENT})
    assert answer.url.path.startswith("/en/certificate/"), answer.text


def test_a_child_by_its_mother_until_it_is_revoked(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": CHILD.number})
    assert lina.post("/en/counter/found", data={"act": "delegate"} | AGREED).status_code == 422
    unknown = {"act": "delegate", "ground": "child", "guardian": "XA0000000"} | AGREED
    assert "Enter them first" in lina.post("/en/counter/found", data=unknown).text
    asked = lina.post("/en/counter/found", data=unknown | {"guardian": MEIMEI.number})
    assert "A parent acts for a child" in wang.get(asked.url.path).text
    done = acts(wang, asked)
    code = WORDS.search(done.text)
    assert code is not None
    mother = client(ministry_app(place))
    answer = mother.post("/en/paper-code", data={"number": MEIMEI.number, "code": code[1], "consent": issuing.CONSENT})
    own = re.search(r'href="(/en/own/[0-9a-f]{32})"', answer.text)
    assert own is not None
    page = mother.get(own[1])
    assert "Your child, until" in page.text
    child = re.search(r'name="person" value="([0-9a-f]{32})"', page.text)
    assert child is not None
    certificate = mother.post(f"{own[1]}/ward", data={"person": child[1]})
    assert certificate.url.path.startswith("/en/certificate/")
    assert "/own/" not in certificate.text  # nobody makes keys to a child's things
    assert mother.get(certificate.url.path.replace("/certificate/", "/own/")).status_code == 404
    mother.post(f"{own[1]}/revoke", data={"person": child[1]})
    assert mother.get(certificate.url.path).status_code == 404  # nor what was open before
    assert mother.get(own[1]).status_code == 200
    assert mother.post(f"{own[1]}/ward", data={"person": child[1]}).status_code == 404
    assert mother.post(f"{own[1]}/ward", data={"person": place.known().subject_id}).status_code == 404


def test_an_officer_ends_a_delegation_alone(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": CHILD.number})
    asked = lina.post(
        "/en/counter/found", data={"act": "delegate", "ground": "child", "guardian": MEIMEI.number} | AGREED
    )
    acts(wang, asked)
    page = wang.post("/en/counter", data={"number": MEIMEI.number})
    assert "this person, as a parent, acts for" in page.text
    mother = client(ministry_app(place))
    own = film(mother, visit(mother))[-1]["next"].replace("/certificate/", "/own/")
    certificate = mother.post(f"{own}/ward", data={"person": place.known(CHILD).subject_id})
    assert certificate.status_code == 200
    page = wang.post("/en/counter", data={"number": CHILD.number})
    guardian = re.search(r'name="guardian" value="([0-9a-f]{32})"', page.text)
    assert guardian is not None
    assert client(app).post("/en/counter/found/end", data={"guardian": guardian[1]}).status_code == 401
    stranger = wang.post("/en/counter/found/end", data={"guardian": "0" * 32})
    assert "as a parent, acts for this person" in stranger.text
    ended = wang.post("/en/counter/found/end", data={"guardian": guardian[1]})
    assert ended.url.path == "/en/counter/found"
    assert "as a parent, acts for this person" not in ended.text
    assert proxies.guardians(place.engine, place.vault, place.known(CHILD).subject_id, at=place.clock()) == ()
    assert mother.get(certificate.url.path).status_code == 404
    assert mother.get(own).status_code == 200


def test_a_new_passport(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    renewed = structs.replace(traveller.PASSPORT, number="XA7654321")
    lina.post("/en/counter", data={"number": MEIMEI.number})
    for zone, said in (("", "Type your passport number"), ("P<UTO", "")):
        answer = lina.post("/en/counter/found", data={"act": "renew", "new_zone": zone} | AGREED)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'href="#new_zone"' in answer.text
    asked = lina.post("/en/counter/found", data={"act": "renew", "new_zone": mrz.write(renewed)} | AGREED)
    place.clock.at += timedelta(minutes=1)
    assert "UTO ••••321" in wang.get(asked.url.path).text
    done = acts(wang, asked)
    assert "The records stay theirs" in done.text
    (scan,) = qr.read_pdf(wang.get(done.url.path.replace("/done", "/print")).content)
    read = verify(scan, trust_list=TRUSTED, at=place.clock())
    assert read.content is not None
    assert identify(read.content, renewed).document is Match.EXACT
    assert lina.post("/en/counter", data={"number": "XA7654321"}).url.path == "/en/counter/found"


def test_what_an_officer_saw_goes_with_the_session(place: Town) -> None:
    """Whoever goes home without signing out leaves no picture of anybody, nor who was at the counter."""
    made: list[Desk] = []
    app = desk_app(place, made=made)
    lina, (here,) = officer(app, place), made
    lina.post("/en/counter/screen")
    lina.post("/en/counter", data={"number": MEIMEI.number})
    assert lina.get("/en/counter/portrait").status_code == 200
    assert here.forget() == 1
    place.clock.at += IDLE
    assert here.forget() == 0
    assert lina.get("/en/counter/portrait", follow_redirects=False).status_code != 200
    (screens,) = {each.__self__ for each in here.forgets}  # type: ignore[attr-defined]
    assert screens._cases == {}


def test_an_act_stands_when_the_officer_has_made_all_codes_of_a_day(
    app: Any, place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was carried out, and its certificate is printed: a code is the one thing that is not handed over."""
    monkeypatch.setattr(clinic_code, "MOST_A_DAY", 0)
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": MEIMEI.number})
    done = acts(wang, lina.post("/en/counter/found", data=ADMIT))
    assert "Print the certificate and hand it over" in done.text
    assert "Code for their own device" not in done.text
    assert wang.get(done.url.path.replace("/done", "/print")).status_code == 200


def test_a_lost_telephone(app: Any, place: Town) -> None:
    lina, wang = officer(app, place), officer(app, place, WANG)
    lina.post("/en/counter", data={"number": MEIMEI.number})
    done = acts(wang, lina.post("/en/counter/found", data={"act": "forget_keys"}))
    assert "All passkeys are removed" in done.text
    assert wang.get(done.url.path.replace("/done", "/print")).status_code == 404


def test_a_lost_telephone_that_is_still_signed_in_opens_nothing(app: Any, place: Town) -> None:
    """Whoever holds it makes no passkey of their own, and has no use of a code that was made before."""
    lina, wang = officer(app, place), officer(app, place, WANG)
    lost = client(ministry_app(place))
    own = film(lost, visit(lost))[-1]["next"].replace("/certificate/", "/own/")
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", lost.post(f"{own}/device").text)
    assert code is not None
    lina.post("/en/counter", data={"number": MEIMEI.number})
    acts(wang, lina.post("/en/counter/found", data={"act": "forget_keys"}))
    for part in ("device", "passkeys/begin"):
        assert lost.post(f"{own}/{part}").json()["code"] == "SESSION_UNKNOWN"
    data = {"number": MEIMEI.number, "code": code[0], "consent": issuing.CONSENT}
    assert lost.post("/en/paper-code", data=data).status_code == 422
    found = client(ministry_app(place))
    assert film(found, visit(found))[-1]["next"].startswith("/en/certificate/")


# a clinic


def test_a_clinics_code_on_paper(app: Any, place: Town) -> None:
    clinic = officer(app, place, CLINIC)
    assert "Send the patient" in clinic.post("/en/code", data={"number": "XA7777777"}).text
    assert clinic.post("/en/code", data={"number": "?"}).status_code == 422
    page = clinic.post("/en/code", data={"number": MEIMEI.number})
    code = re.search(r'id="code">([^<]+)<', page.text)
    assert code is not None
    person = client(ministry_app(place))
    data = {"number": MEIMEI.number, "code": code[1]}
    assert "Say that we may read" in person.post("/en/paper-code", data=data).text
    answer = person.post("/en/paper-code", data=data | {"consent": issuing.CONSENT})
    assert answer.url.path.startswith("/en/certificate/")


def test_every_page_is_in_both_languages(app: Any, place: Town) -> None:
    lina = officer(app, place)
    waiting_case(place, client(ministry_app(place)))
    for path in (
        "",
        "/review",
        "/counter",
        "/passkeys",
        "/counter/newcomer?without=document",
        "/sign-in",
        "/invitation",
    ):
        for language in ("en", "zh"):
            page = lina.get(f"/{language}{path}")
            assert page.status_code == 200, path
            assert f'<html lang="{language}"' in page.text
