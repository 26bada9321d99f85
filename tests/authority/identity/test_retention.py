"""A clock that is moved: frames, templates, sessions, pictures, codes and abandoned enrolments are gone."""

import gc
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select
from tests.authority.identity import scripted
from tests.authority.identity.desks import AT, COUNTRY, LINA, case_of, enrolments, house, known
from tests.authority.identity.scripted import ScriptedMatcher, enrolled, frame, obedient, run, show, started
from tests.web.desks import PORTRAIT, client, ministry_app, town
from tests.web.houses import film, visit

from pratique.authority.identity import clinic_code, desk, review
from pratique.authority.identity import enrolment as steps
from pratique.authority.identity.answers import Gone, Holder, Started
from pratique.authority.identity.clinic_code import Kind
from pratique.authority.identity.desk import Admit, Seen
from pratique.authority.identity.matching import Template
from pratique.authority.store import Vault, reading, reviewing
from pratique.authority.store.columns import metadata
from pratique.web import issuing, ways
from pratique.web.ministry import CONSENT

MINUTE = timedelta(minutes=1)


class Templates(ScriptedMatcher):
    """Remembers what it gave out, without keeping it."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[weakref.ref[Any]] = []

    async def template(self, face: bytes) -> Template:
        return self._kept(await super().template(face))

    async def reference(self, portrait: bytes) -> Template | None:
        found = await super().reference(portrait)
        return found and self._kept(found)

    def _kept(self, template: Template) -> Template:
        class Kept(Template, frozen=True, weakref=True):
            pass

        kept = Kept(template.model, template.vector)
        self.given.append(weakref.ref(kept))
        return kept

    @property
    def alive(self) -> int:
        gc.collect()
        return sum(each() is not None for each in self.given)


def test_templates_go_with_the_session() -> None:
    matcher = Templates()
    signing_up = scripted.enrolments(matcher)

    async def abandoned() -> Started:
        begun = await started(signing_up)
        await show(signing_up, begun, *obedient(begun)[:3])
        return begun

    begun = run(abandoned)
    assert matcher.alive > 0
    assert signing_up.forget(at=AT + steps.SESSION_LASTS - MINUTE) == 1
    assert signing_up.forget(at=AT + steps.SESSION_LASTS) == 0
    assert matcher.alive == 0
    assert run(lambda: signing_up.finish(begun.session, at=AT + steps.SESSION_LASTS)) == Gone()


def test_templates_go_with_the_answer() -> None:
    for face in (b"meimei", b"leilei"):
        matcher = Templates()
        signing_up = scripted.enrolments(matcher)
        run(lambda signing_up=signing_up, face=face: enrolled(signing_up, face=face))
        signing_up.forget(at=AT + steps.SESSION_LASTS)
        assert matcher.alive == 0, face


def test_no_frame_is_kept_anywhere() -> None:
    """Of what was sent, no session, case or count holds the octets."""
    signing_up = scripted.enrolments()
    secret = frame(face=b"meimei") + b" " * 10

    async def scene() -> None:
        begun = await started(signing_up)
        await show(signing_up, begun, secret)

    run(scene)
    found: list[object] = []

    def walk(value: object, depth: int = 0) -> None:
        if isinstance(value, bytes):
            found.append(value)
        elif depth < 8 and isinstance(value, dict):
            for each in (*value.keys(), *value.values()):
                walk(each, depth + 1)
        elif depth < 8 and isinstance(value, (list, tuple, set, frozenset)):
            for each in value:
                walk(each, depth + 1)
        elif depth < 8 and hasattr(value, "__struct_fields__"):
            for name in value.__struct_fields__:
                walk(getattr(value, name), depth + 1)
        elif depth < 8 and hasattr(value, "__dict__"):
            walk(vars(value), depth + 1)

    walk(signing_up)
    assert found  # digests and measures are
    assert secret not in found
    assert not any(secret[:64] in each for each in found if isinstance(each, bytes))


def test_holders_and_cases_end() -> None:
    signing_up = scripted.enrolments()
    holder = run(lambda: enrolled(signing_up))
    assert isinstance(holder, Holder)
    run(lambda: enrolled(signing_up, face=b"leilei"))
    later = AT + timedelta(minutes=16)
    assert signing_up.holder(holder.token, at=later) is None
    signing_up.forget(at=later)
    assert signing_up.forget(at=AT + steps.CASE_LASTS + MINUTE) == 0


def test_the_database_after_a_month_has_people_and_decisions_alone(store: Engine, vault: Vault) -> None:
    signing_up = enrolments(house(store, vault))
    code, case = case_of(signing_up, run(lambda: enrolled(signing_up, face=b"weiwei")))
    waiting = review.hand_over(store, vault, case, code=code, country=COUNTRY, consent="1", language="en", at=AT)
    review.send_picture(store, vault, waiting.name, PORTRAIT, consent="1", language="en", at=AT)
    subject = known(store, vault).subject_id
    desk.propose(store, vault, LINA, Admit(subject, Seen.PASSPORT), at=AT)
    clinic_code.make(store, vault, LINA, Kind.DESK, subject, at=AT)
    gone = review.forget(store, at=AT + timedelta(days=30))
    assert gone == {"review": 1, "one_time_code": 1, "desk_act": 1}
    with reading(store) as connection:
        for name in ("review", "one_time_code"):
            assert connection.execute(select(metadata.tables[name])).all() == [], name
        acts = connection.execute(select(metadata.tables["desk_act"])).mappings().all()
    assert [(act["content"], act["state"]) for act in acts] == [(None, "lapsed")]
    assert review.forget(store, at=AT + timedelta(days=30)) == dict.fromkeys(gone, 0)


def test_no_table_has_a_place_for_a_template_or_a_frame(store: Engine) -> None:
    with reading(store) as connection:
        columns = {
            column["name"]
            for table in inspect(connection).get_table_names()
            for column in inspect(connection).get_columns(table)
        }
    assert not {
        name for name in columns if any(word in name for word in ("template", "embedding", "frame", "face", "vector"))
    }


# consent, and refusing


def test_consent_is_kept_with_the_version_of_its_text(tmp_path: Path) -> None:
    with town(tmp_path) as place:
        browser = client(ministry_app(place))
        assert film(browser, visit(browser, language="zh"))[-1]["next"].startswith("/zh/certificate/")
        with reading(place.engine) as connection:
            kept = reviewing.consents(connection, place.known().subject_id)
    assert [(each.purpose, each.version, each.language) for each in kept] == [("sign_up", issuing.CONSENT, "zh")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_another_text_is_agreed_to_anew(tmp_path: Path, language: str) -> None:
    with town(tmp_path) as place:
        browser = client(ministry_app(place))
        assert browser.post(f"/{language}/consent", data={"consent": "0"}).url.path == f"/{language}/consent"
        assert browser.get(f"/{language}/passport?consent=0").url.path == f"/{language}/consent"
        address = visit(browser)
        film(browser, address, face=b"weiwei")
        waits = browser.post(f"{address}/people").url.path
        other = {"consent": f"{ways.CONSENT}.old"}
        assert browser.post(f"{waits}/picture", data=other, files={"photograph": ("x", PORTRAIT)}).status_code == 422


def test_refusing_the_camera_costs_nothing(tmp_path: Path) -> None:
    """The certificate of whoever declined has the same claims, counts as long, and says nothing of it."""
    from tests.web.desks import CLINIC, MEIMEI
    from tests.web.houses import TRUSTED

    from pratique.verification import verify

    told = []
    for camera in (True, False):
        (tmp_path / str(camera)).mkdir()
        with town(tmp_path / str(camera)) as place:
            browser = client(ministry_app(place))
            if camera:
                page = browser.get(film(browser, visit(browser))[-1]["next"])
            else:
                browser.post(f"{visit(browser)}/desk")
                code = clinic_code.make_for_patient(place.engine, place.vault, CLINIC, MEIMEI, at=place.clock())
                assert code is not None
                page = browser.post(
                    "/en/paper-code", data={"number": MEIMEI.number, "code": code.text, "consent": CONSENT}
                )
            scan = page.text.split('data-scan="')[1].split('"')[0]
            read = verify(scan, trust_list=TRUSTED, at=place.clock())
            assert read.authentic
            assert read.content is not None
            told.append(
                (read.content.claims, read.content.specimen, page.text.split('class="until">')[1].split("<")[0])
            )
    assert told[0] == told[1]
