"""What a door and an airline see: whoever may come in looks like everybody who may, and nobody's health is told."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec import structs

from pratique.answering import compose
from pratique.answering.door import Why, at_door, policies_for
from pratique.answering.words import Word
from pratique.bundle import Bundle
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.rules.policy import read_policy
from pratique.sandbox.border import policy
from pratique.verification import Verification
from pratique.web.fields import Form
from pratique.web.gate import Gate, Question, answered, gate, question, ready
from pratique.web.rendering import Sheet, html
from tests import travel
from tests.travel import ARRIVE, antibodies, dose, exemption, pcr, recovery, told
from tests.web import houses
from tests.web.houses import AUTHORITY

WAYS = {
    "vaccinated": (dose(40), dose(20, dose=2)),
    "recovered": (recovery(40),),
    "tested": (pcr(20),),
    "exempt": (exemption(),),
}


def in_force() -> Bundle:
    """The sandbox's release with the policy of XA's large events, in force at the arrival."""
    begin, end = ARRIVE - timedelta(days=30), ARRIVE + timedelta(days=90)
    text = policy().decode().replace("2026-12-01", f"{begin:%F}").replace("2027-06-01", f"{end:%F}")
    return structs.replace(travel.bundle(), policies=MappingProxyType({"XA-large-events": read_policy(text.encode())}))


def here(country: str = "XA") -> Gate:
    return gate(in_force(), country=country, authority=AUTHORITY, clock=lambda: ARRIVE)


def page(*shown: Verification, setting: str, decision: str = "", at: Gate | None = None, language: str = "en") -> str:
    """The answer as it is shown, without what the form sends back."""
    at = at or here()
    form = Form({"scan": ["a scan"], "setting": [setting], "decision": [decision]}, {})
    asked = question(at, form, language)
    assert isinstance(asked, Question)
    made = compose(shown, at=asked.at, bundle=at.bundle, document=asked.document, journey=asked.journey)
    sheet = answered(at, form, language, asked, made)
    return _text(sheet, at, language)


def _text(sheet: Sheet, at: Gate, language: str) -> str:
    return html(sheet.template, site=at.site, language=language, path=f"/{language}", **sheet.values)


def words(text: str) -> list[str]:
    return re.findall(r'<p class="word">([^<]+)</p>', text)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("decision", ["", "same"])
def test_whoever_may_come_in_looks_the_same(language: str, decision: str) -> None:
    pages = [page(told(*each), setting="venue", decision=decision, language=language) for each in WAYS.values()]
    assert len(set(pages)) == 1
    assert words(pages[0])[2] == {"en": "YES", "zh": "是"}[language]


def test_two_certificates_look_like_one() -> None:
    one, other = (told(claim) for claim in WAYS["vaccinated"])
    assert page(one, other, setting="venue") == page(told(*WAYS["tested"]), setting="venue")


def test_a_door_sees_no_claim_no_route_and_no_year() -> None:
    shown = page(told(*WAYS["vaccinated"], *WAYS["tested"]), setting="venue")
    holder = travel.ANNA
    assert holder.birth_date is not None
    for hidden in (holder.name.family, str(holder.birth_date.year), "EU/1/20", "PCR", "dose", "arantine", "<table"):
        assert hidden not in shown, hidden
    full = page(told(*WAYS["vaccinated"], *WAYS["tested"]), setting="border")
    assert str(holder.birth_date.year) in full


def test_whoever_may_not_come_in_looks_the_same_too() -> None:
    pages = {page(told(*each), setting="venue") for each in ((pcr(100),), (recovery(400),), (antibodies(20),))}
    assert len(pages) == 1
    assert words(pages.pop())[2] == "NO"


BRUNO = structs.replace(travel.ANNA, name=structs.replace(travel.ANNA.name, given="Bruno", given_icao="BRUNO"))
FOREVER = datetime.max.replace(tzinfo=ARRIVE.tzinfo)
PASS = Status(
    kind=StatusKind.DAY_PASS,
    word=StatusWord.ADMITTED,
    begins=ARRIVE - timedelta(hours=2),
    ends=ARRIVE + timedelta(hours=22),
    initials="AM",
    birthday="05-12",
)


def shown_pass(word: StatusWord, kind: StatusKind = StatusKind.DAY_PASS) -> Verification:
    return structs.replace(told(), content=structs.replace(PASS, word=word, kind=kind))


def test_a_day_pass_is_its_issuers_word() -> None:
    assert words(page(shown_pass(StatusWord.ADMITTED), setting="venue")) == ["YES", "COMPARE", "YES"]
    assert words(page(shown_pass(StatusWord.NOT_ADMITTED), setting="venue"))[2] == "NO"


@pytest.mark.parametrize(("word", "said"), [(StatusWord.GREEN, "GREEN"), (StatusWord.UNKNOWN, "NO COLOUR")])
def test_of_a_health_code_a_door_sees_the_signed_word_its_age_and_initials(word: StatusWord, said: str) -> None:
    """A screen may show what it likes: what was signed stands beside the person, and no door's policy judges it."""
    shown = page(shown_pass(word, StatusKind.HEALTH_CODE), setting="venue")
    assert words(shown) == ["YES", "COMPARE", "NOT CHECKED"]
    assert f"Health code: {said}, signed 2 h ago." in shown
    assert "A. M." in shown
    forged = structs.replace(shown_pass(word, StatusKind.HEALTH_CODE), signature_held=False, content=None)
    assert "Health code:" not in page(forged, setting="venue")
    assert "Health code:" not in page(shown_pass(StatusWord.ADMITTED), setting="venue")


def test_what_a_door_does_not_go_by() -> None:
    at, rule = ARRIVE, policies_for(in_force(), "XA")[0]

    def asked(*shown: Verification, policy: object = rule) -> tuple[Word, Why]:
        found = at_door(compose(shown, at=at, bundle=in_force()), policy)  # type: ignore[arg-type]
        return found.word, found.why

    vaccinated = told(*WAYS["vaccinated"])
    assert asked(vaccinated) == (Word.YES, Why.MET)
    for nothing in ((travel.FORGED,), (travel.UNKNOWN,), (vaccinated, travel.UNKNOWN), ()):
        assert asked(*nothing) == (Word.NOT_CHECKED, Why.NOTHING)
    assert asked(vaccinated, told(pcr(20), holder=BRUNO))[1] is Why.NOTHING
    assert asked(vaccinated, shown_pass(StatusWord.ADMITTED))[1] is Why.NOTHING
    assert asked(vaccinated, policy=None)[1] is Why.NO_POLICY
    assert asked(vaccinated, policy=structs.replace(rule, start=FOREVER))[1] is Why.NO_POLICY
    assert policies_for(in_force(), "XB") == ()


def test_an_airline_sees_what_follows_and_nobodys_health(tmp_path: Path) -> None:
    with houses.gate(houses.release(tmp_path)) as browser:
        airline, border = (
            browser.post("/en/answer", data={"scan": houses.scan(), "document": houses.PASSPORT, "setting": each}).text
            for each in ("airline", "border")
        )
    assert words(airline) == words(border) == ["YES", "COMPARE", "YES"]
    follows = '<p class="consequence">No quarantine, and no further test.</p>'
    assert follows in airline
    assert follows in border
    for health in ("PCR", "dose", "R-XB-"):
        assert health in border, health
        assert health not in airline, health


def test_the_setting_is_asked_and_goes_from_page_to_page() -> None:
    at = here()
    text = _text(ready(at, Form({"setting": ["venue"]}, {}), "en"), at, "en")
    assert '<option value="venue" selected>' in text
    assert "Events with more than a thousand visitors" in text
    assert 'id="document"' not in text
    assert "setting=venue" in page(told(*WAYS["tested"]), setting="venue")
    other = _text(ready(at, Form({"setting": ["<b>"]}, {}), "en"), at, "en")
    assert '<option value="border" selected>' in other
