"""The second screen at a counter: who may read it, what a passer-by reads, that it ends, that it changes nothing."""

import gc
import re
import weakref
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event

from pratique import qr
from pratique.authority.store import reading, reviewing
from pratique.model import mrz
from pratique.texts import LANGUAGES
from pratique.web import desk_screen
from pratique.web.desk import IDLE
from pratique.web.desk_screen import AFTERWARDS, COVERS_AFTER, LASTS
from tests.authenticator import Authenticator
from tests.web.desks import CHILD, LINA, MEIMEI, WANG, Town, client, comes_back, desk_app, sign_in, town
from tests.web.test_desk import ADMIT, AGREED, GERMAN

LETTERS = re.compile(r'id="screen-code">([^<]+)<')
OVER = "This is over, or another screen has it."
HERS = ("Meimei", "MEIMEI", "HAN", "1990", "XA1234567", "567", "<img", "portrait/")
"""What names Han Meimei."""


class Scene:
    """Two officers who have signed in, and a browser that has not."""

    def __init__(self, place: Town) -> None:
        self.place = place
        self.app: Any = desk_app(place)
        self.lina, self.wang, self.screen = (client(self.app) for _ in range(3))
        self.device: Authenticator = sign_in(self.lina, place, LINA)
        sign_in(self.wang, place, WANG)

    def opens(self, officer: TestClient[Any] | None = None) -> str:
        """The officer opens a case: where it is followed."""
        page = (officer or self.lina).post("/en/counter/screen")
        letters = LETTERS.search(page.text)
        assert letters is not None, page.text
        return f"/screen/{letters[1].replace('-', '')}"

    def follows(self, language: str = "en") -> str:
        address = f"/{language}{self.opens()}"
        assert self.screen.post(address).status_code == 200
        return address

    def proposes(self, papers: Any = MEIMEI, act: dict[str, str] = ADMIT) -> str:
        self.lina.post("/en/counter", data={"number": papers.number})
        return str(self.lina.post("/en/counter/found", data=act).url.path)

    def decides(self, act: str, decision: str = "confirm") -> None:
        self.wang.get(act)
        self.wang.post(act, data={"decision": decision})

    def said(self, address: str) -> str:
        return str(self.screen.get(address).text)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with town(tmp_path) as place:
        yield Scene(place)


def main(page: str) -> str:
    """What is read on it."""
    return re.sub(r"<(script|noscript).*?</\1>", "", page.partition("<main")[2].partition("</main>")[0], flags=re.S)


# who may read it


def test_only_officers_open_one(scene: Scene) -> None:
    for path in ("/en/counter/screen", "/en/counter/screen/close"):
        assert scene.screen.post(path, data={"back": ""}).status_code == 401


def test_whoever_opens_it_first_has_it_and_nobody_else(scene: Scene) -> None:
    address, other = f"/en{scene.opens()}", client(scene.app)
    assert "Choose your language" in scene.said(address)
    assert "Papers" not in scene.said(address)
    assert "Papers" in scene.screen.post(address).text
    unknown = other.get("/en/screen/222222222222")
    for answer in (other.get(address), other.post(address), scene.lina.get(address)):
        assert answer.status_code == 404
        assert OVER in answer.text
        assert answer.text.replace(address.rpartition("/")[2], "222222222222") == unknown.text
    assert other.get(f"{address}/turn").json()["code"] == "SESSION_UNKNOWN"
    assert "Papers" in scene.said(address)


def test_looking_at_an_address_does_not_take_it(scene: Scene) -> None:
    """What previews links for somebody, or runs ahead of them."""
    address = f"/en{scene.opens()}"
    for _ in range(3):
        assert "Choose your language" in client(scene.app).get(address).text
    assert client(scene.app).get(f"{address}/turn").status_code == 404
    assert "Papers" in scene.screen.post(address).text


def test_its_cookie_is_of_no_use_to_another_case(scene: Scene) -> None:
    first = scene.follows()
    second = f"/en{scene.opens(scene.wang)}"
    assert client(scene.app).post(second).status_code == 200
    assert scene.screen.get(second).status_code == 404
    assert "Papers" in scene.said(first)


def test_addresses_are_not_guessed(scene: Scene) -> None:
    letters = {scene.opens().rpartition("/")[2] for _ in range(20)}
    assert len(letters) == 20
    assert all(re.fullmatch("[2-9A-HJ-NP-Z]{12}", each) for each in letters)


@pytest.mark.parametrize("typed", ["", "?", "AAAA-AAAA-AAAA", "../counter", "a" * 500, "٢٢٢٢"])
def test_letters_that_open_nothing(scene: Scene, typed: str) -> None:
    scene.opens()
    answer = scene.screen.post("/en/screen", data={"code": typed})
    assert answer.status_code in (404, 422)
    assert "Letters and digits" in answer.text


def test_by_the_letters_by_the_drawing_and_by_the_short_address(scene: Scene) -> None:
    page = scene.lina.post("/en/counter/screen").text
    found = LETTERS.search(page)
    assert found is not None
    letters, whole = found[1].replace("-", ""), f"http://127.0.0.1/screen/{found[1].replace('-', '')}"
    assert str(qr.svg(whole, level=qr.Level.M)) in page
    typed = scene.screen.post("/zh/screen", data={"code": f" {found[1].lower()} "})
    assert typed.url.path == f"/zh/screen/{letters}"
    short = scene.screen.get(whole, headers={"accept-language": "ar"})
    assert short.url.path == f"/ar/screen/{letters}"


# what is read on it


def test_it_follows_a_case_step_by_step_in_every_language(scene: Scene) -> None:
    address = scene.follows("zh")
    assert "请把护照或其他证件交给工作人员" in scene.said(address)
    turns = [scene.screen.get(f"{address}/turn").json()["turn"]]
    scene.lina.post("/en/counter", data={"number": MEIMEI.number})
    page = scene.said(address)
    assert "请阅读下面的文本" in page
    assert "全国健康记录中的接种与检测" in page
    assert "姓名、出生日期和证件号码" in page
    turns.append(scene.screen.get(f"{address}/turn").json()["turn"])
    act = str(scene.lina.post("/en/counter/found", data=ADMIT).url.path)
    for language in LANGUAGES:
        other = scene.said(address.replace("/zh/", f"/{language}/"))
        assert f'<html lang="{language}"' in other
        assert other.count('aria-current="step"') == 1
    turns.append(scene.screen.get(f"{address}/turn").json()["turn"])
    scene.decides(act)
    assert "已办好" in scene.said(address)
    turns.append(scene.screen.get(f"{address}/turn").json()["turn"])
    assert turns == sorted(set(turns))


def test_a_passer_by_reads_no_name(scene: Scene) -> None:
    address = scene.follows()
    pages = [scene.said(address)]
    scene.lina.post("/en/counter", data={"number": MEIMEI.number})
    pages += [scene.said(address), scene.said(f"{address}?written=1")]  # the officer has not said that it is she
    act = str(scene.lina.post("/en/counter/found", data=ADMIT).url.path)
    pages.append(scene.said(address))
    scene.decides(act)
    pages += [scene.said(address), scene.said(f"{address}?written=1")]
    for page in pages:
        assert [each for each in HERS if each in main(page)] == []


@pytest.mark.parametrize("act", [ADMIT, {"act": "forget_keys"}, AGREED | {"act": "delegate", "ground": "carer"}])
def test_nor_why_somebody_came(scene: Scene, act: dict[str, str]) -> None:
    address = scene.follows()
    path = scene.proposes(MEIMEI, act | {"guardian": CHILD.number})
    before = main(scene.said(address))
    scene.decides(path)
    after = main(scene.said(address))
    other = Scene(scene.place)
    elsewhere = other.follows()
    path = other.proposes()
    assert main(other.said(elsewhere)).replace(elsewhere, address) == before
    other.decides(path)
    assert main(other.said(elsewhere)).replace(elsewhere, address) == after
    assert "code" not in after.lower()


def test_how_somebody_is_written_is_shown_to_whoever_asks_and_covered_again(scene: Scene) -> None:
    address = scene.follows()
    scene.proposes()
    assert f"{address}?written=1" in scene.said(address)
    shown = scene.screen.get(f"{address}?written=1")
    for each in ("Meimei Han", "8 May 1990", "••••567"):
        assert each in shown.text
    assert "XA1234567" not in shown.text
    assert shown.headers["refresh"] == f"{COVERS_AFTER}; url={address}"
    assert "refresh" not in scene.screen.get(address).headers


def test_a_newcomer_checks_what_was_typed(scene: Scene) -> None:
    address = scene.follows()
    scene.lina.post("/en/counter", data={"zone": mrz.write(GERMAN)})
    assert "Erika" not in scene.said(f"{address}?written=1")
    scene.lina.post("/en/counter/newcomer", data={"family": "Müster", "born": "1964"} | AGREED)
    shown = scene.said(f"{address}?written=1")
    assert "Müster" in shown
    assert "1964" in shown


def test_it_works_without_a_script(scene: Scene) -> None:
    address = scene.follows()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in scene.said(address)
    page = main(scene.said(address))
    assert "<form" not in page
    assert "/counter" not in page
    assert 'href="/en"' not in scene.said(address)  # no way into the officials' pages


# that it ends


def test_it_ends_where_the_officer_closes_it_signs_out_or_opens_another(scene: Scene) -> None:
    for end in ("/en/counter/screen/close", "/en/counter/screen", "/en/sign-out"):
        address = scene.follows()
        assert scene.screen.get(address).status_code == 200
        back = scene.lina.post(end, data={"back": "/en/counter/newcomer"})
        assert end != "/en/counter/screen/close" or back.url.path == "/en/counter/newcomer"
        assert OVER in scene.said(address)
        assert scene.screen.get(f"{address}/turn").status_code == 404
    assert scene.screen.post(address).status_code == 404


def test_following_keeps_no_officer_signed_in(scene: Scene) -> None:
    address = scene.follows()
    at = scene.place.clock.at
    for minutes in range(14):
        scene.place.clock.at = at + timedelta(minutes=minutes)
        assert scene.screen.get(address).status_code == 200
        assert scene.screen.get(f"{address}/turn").status_code == 200
    scene.place.clock.at = at + IDLE
    assert OVER in scene.said(address)
    assert scene.lina.get("/en/counter").status_code == 401


def test_even_a_diligent_officer_does_not_keep_it_open(scene: Scene) -> None:
    address, at = scene.follows(), scene.place.clock.at
    while scene.place.clock.at < at + LASTS:
        assert scene.screen.get(address).status_code == 200
        scene.place.clock.at += timedelta(minutes=10)
        scene.lina.get("/en/counter")
    assert OVER in scene.said(address)


@pytest.mark.parametrize("decision", ["confirm", "turn_down"])
def test_it_says_the_end_for_some_minutes(scene: Scene, decision: str) -> None:
    address = scene.follows()
    scene.decides(scene.proposes(), decision)
    said = "Take all that" if decision == "confirm" else "Nothing was changed"
    assert said in scene.said(address)
    scene.place.clock.at += AFTERWARDS
    assert OVER in scene.said(address)


def test_the_next_person_is_not_shown_on_it(scene: Scene) -> None:
    """An officer forgot to close it, and whoever was there has it on their own telephone."""
    for first in ({"number": CHILD.number}, {"zone": mrz.write(GERMAN)}, None):
        address = scene.follows()
        if first is None:
            scene.lina.get("/en/counter/newcomer?without=document")
        else:
            scene.lina.post("/en/counter", data=first)
        scene.proposes()
        assert OVER in scene.said(address)


def test_two_people_without_papers_are_two(scene: Scene) -> None:
    address = scene.follows()
    scene.lina.get("/en/counter/newcomer?without=document")
    scene.lina.get("/en/counter/newcomer")
    assert scene.screen.get(address).status_code == 200  # it is asked for again, in another language
    scene.lina.get("/en/counter/newcomer?without=document")
    assert OVER in scene.said(address)


def test_what_was_left_from_before_is_not_shown_on_it(scene: Scene) -> None:
    """A case is opened, and then the form of somebody else is sent that was still there."""
    scene.lina.post("/en/counter", data={"number": MEIMEI.number})
    address = scene.follows()
    scene.lina.post("/en/counter/found", data=ADMIT)
    assert OVER in scene.said(address)


def test_another_act_ends_nothing(scene: Scene) -> None:
    address = scene.follows()
    scene.proposes()
    scene.wang.post("/en/counter", data={"number": CHILD.number})
    other = str(scene.wang.post("/en/counter/found", data=ADMIT).url.path)
    scene.lina.get(other)
    assert "A second officer" in scene.said(address)
    own = scene.lina.get("/en/counter").text
    assert "It is open, in English." in own
    assert LETTERS.search(own) is None


# that it changes nothing, and that nothing is kept


def test_it_can_change_nothing_but_its_language(scene: Scene) -> None:
    address = scene.follows()
    scene.proposes()
    before = scene.lina.get("/en/counter").text
    statements: list[str] = []
    event.listen(scene.place.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    for path in ("", "/turn", "?written=1", "?written=1&act=admit&consent=1", "/close", "/portrait"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            scene.screen.request(method, f"{address}{path}", data={"act": "admit", "decision": "confirm"})
    assert statements == []
    assert scene.lina.get("/en/counter").text == before
    scene.said(address.replace("/en/", "/fr/"))
    assert scene.lina.get("/en/counter").text == before.replace("in English", "in Français")


def test_with_its_cookie_nobody_is_an_official(scene: Scene) -> None:
    scene.follows()
    for path in ("/en/counter", "/en/review", "/en/acts/x", "/en/passkeys"):
        assert scene.screen.get(path).status_code == 401


def test_nothing_of_it_is_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[weakref.ref[Any]] = []

    class Watched(desk_screen._Case):
        def __init__(self, *values: Any) -> None:
            super().__init__(*values)
            cases.append(weakref.ref(self))

    monkeypatch.setattr(desk_screen, "_Case", Watched)
    address = scene.follows()
    scene.proposes()
    scene.said(f"{address}?written=1")
    scene.lina.post("/en/sign-out")
    assert OVER in scene.said(address)
    gc.collect()
    assert [each() for each in cases] == [None]
    assert comes_back(scene.lina, scene.device) == "/en"
    assert OVER in scene.said(address)


# consent


def test_nothing_is_printed_without_consent(scene: Scene) -> None:
    scene.lina.post("/en/counter", data={"number": MEIMEI.number})
    for act in ({"act": "admit"}, {"act": "admit", "consent": "0"}, {"act": "delegate", "ground": "carer"}):
        answer = scene.lina.post("/en/counter/found", data=act)
        assert answer.status_code == 422
        assert "Ask whether they agree" in answer.text
    scene.lina.get("/en/counter/newcomer?without=document")
    assert "Ask whether" in scene.lina.post("/en/counter/newcomer", data={"family": "Okoro"}).text


@pytest.mark.parametrize(("screen", "language"), [("ar", "ar"), ("", "en")])
def test_consent_is_kept_in_the_language_in_which_it_was_read(scene: Scene, screen: str, language: str) -> None:
    if screen:
        scene.follows(screen)
    act = scene.proposes()
    kept = []
    for _ in range(2):
        with reading(scene.place.engine) as connection:
            kept.append(reviewing.consents(connection, scene.place.known().subject_id))
        scene.decides(act)
    assert kept[0] == ()  # nobody has agreed to what is turned down
    assert [(each.purpose, each.version, each.language) for each in kept[1]] == [("desk", "1", language)]
