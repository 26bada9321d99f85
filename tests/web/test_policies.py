"""D8: what stops a draft stands beside its text and can be mended from it; whom it hits; and two people publish."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from errno import EAGAIN
from html import unescape
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs

from pratique.authority import policies
from pratique.authority.policies import Draft, Standing, State
from pratique.authority.population.sampling import FEWEST, sample, shown
from pratique.model.dates import format_instant, parse_instant
from pratique.rules.linting import findings as lint
from pratique.rules.policy import ESSENTIAL, read_policy
from pratique.sandbox import border, codes
from pratique.web.desk_policies import country_of
from pratique.web.effects import Effects, Why
from pratique.web.policy_effect import charts, hits
from pratique.web.policy_words import findings
from pratique.web.words import words
from tests.cases.policies import signed, with_rule
from tests.cases.ruling import var
from tests.web.desks import LINA, town
from tests.web.houses import AT
from tests.web.ruling import HU, LIN, NAMES, PUBLISHED, TEXT, Ruling, country, released, ruling, text

WHOLE = "rules[6].Logic.after[0].dccDateOfBirth[0]"

EDITION = f"{PUBLISHED['identifier']} {PUBLISHED['version']}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ruling]:
    with town(tmp_path_factory.mktemp("policies")) as place:
        yield ruling(place)


@pytest.fixture(scope="module")
def hu(desk: Ruling) -> TestClient[Any]:
    return desk.browser(HU)


@pytest.fixture(scope="module")
def lin(desk: Ruling) -> TestClient[Any]:
    return desk.browser(LIN)


def begun(desk: Ruling, content: str) -> str:
    made = policies.begin(desk.place.engine, HU, content, at=AT)
    assert isinstance(made, Draft)
    return f"/en/policies/drafts/{made.draft_id}"


def now(desk: Ruling, address: str) -> Draft:
    found = policies.find(desk.place.engine, address.rpartition("/")[2])
    assert found is not None
    return found


def saved(browser: TestClient[Any], address: str, content: str, do: str = "save", number: int = 1) -> Any:
    return browser.post(address, data={"do": do, "number": str(number), "text": content})


def seen(page: str) -> str:
    """What is to be read, without the tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


# findings


@pytest.mark.parametrize("days", [0, 40], ids=["as it is", "its rules end early"])
def test_a_missing_end_is_mended_from_its_words(desk: Ruling, hu: TestClient[Any], days: int) -> None:
    end = format_instant(parse_instant(TEXT["sunset"]) - timedelta(days=days))
    endless = text(sunset=None, rules=[rule | {"ValidTo": end} for rule in TEXT["rules"]])
    address = begun(desk, endless)
    page = hu.get(address)
    assert "No end date. Add one, at most six months away." in seen(page.text)
    written = re.search(r'"sunset": "[^"]+"', unescape(page.text))
    assert written
    mended = endless.replace('"start"', f'{written[0]}, "start"', 1)
    assert saved(hu, address, mended).status_code == 200
    assert "Nothing stops it" in hu.get(address).text


def test_an_undeclared_field_is_mended_from_its_words(desk: Ruling, hu: TestClient[Any]) -> None:
    declared = [name for name in TEXT["categories"] if name != "birth_date"]
    content = text(categories=declared)
    address = begun(desk, content)
    page = hu.get(address)
    assert "Reads “payload.dob”: “birth_date” is not declared." in seen(page.text)
    line = re.search(r'data-line="(\d+)"', page.text)
    assert line
    assert "payload.dob" in "".join(content.splitlines()[int(line[1]) - 1 : int(line[1]) + 1])
    written = re.search(r'"categories": (\[[^\]]+\])', seen(page.text).rpartition("Write:")[2])
    assert written
    saved(hu, address, text(categories=json.loads(written[1])))
    assert "Nothing stops it" in hu.get(address).text


def test_a_field_that_no_policy_may_read(desk: Ruling, hu: TestClient[Any]) -> None:
    address = begun(desk, json.dumps(with_rule({"!": [var("payload.phone")]}, signers=list(NAMES)), indent=1))
    assert "Reads “payload.phone”, which no policy may read." in seen(hu.get(address).text)


@pytest.mark.parametrize("setting", sorted(ESSENTIAL))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_essential_place_cannot_be_a_setting(setting: str, language: str) -> None:
    say = words(language)
    content = text(setting=setting)
    (found,) = [
        each for each in findings(policies.stopping(content, country(), at=AT), content, country(), say)
        if each.place == "setting"
    ]  # fmt: skip
    assert found.what.endswith("cannot be a setting." if language == "en" else "不得作为适用场所。")
    assert setting in found.source


def test_a_hospital(desk: Ruling, hu: TestClient[Any]) -> None:
    address = begun(desk, text(setting="hospital"))
    assert "A hospital cannot be a setting." in seen(hu.get(address).text)
    assert "医院不得作为适用场所。" in hu.get(address.replace("/en/", "/zh/")).text


SPOILT: list[tuple[str, str]] = [
    ("{", "not one JSON object"),
    (text(version=None), "“version” is missing"),
    (text(colour="red"), "“colour” is no field"),
    (text(setting="street"), "Choose one of: border, transit"),
    (text(categories=[*TEXT["categories"], "steps"]), "“steps” is no category"),
    (text(categories=[*TEXT["categories"], "trips"]), "“trips” is declared, and no rule reads it"),
    (text(branches=TEXT["branches"][:2]), "No way in, or a remedy that does not help: a child"),
    (text(signers=None), "Name two of: health, justice"),
    (text(signers=["health", "cousin"]), "“cousin” is no official"),
    (text(sunset="2027-12-01T00:00:00Z"), "End it earlier"),
    (text(sunset="2026-12-20T00:00:00Z", start="2026-11-30T00:00:00Z"), "The rule ends before the policy"),
    (text(identifier=PUBLISHED["identifier"]), "An extension is announced 14 days before"),
    (text(otherwise=None), "“otherwise” is missing"),
]


@pytest.mark.parametrize(("content", "said"), SPOILT, ids=[said[:20] for _, said in SPOILT])
def test_every_finding_is_said(desk: Ruling, hu: TestClient[Any], content: str, said: str) -> None:
    address = begun(desk, content)
    assert said in seen(hu.get(address).text)
    refused = saved(hu, address, content, "send")
    assert (refused.status_code, now(desk, address).state) == (422, State.DRAFT)
    assert "It was not sent." in refused.text


def test_the_releases_own_want_of_officials(desk: Ruling, hu: TestClient[Any]) -> None:
    desk.country = country(signers=())
    try:
        page = hu.get("/en/policies")
        assert "names no official" in page.text
        assert "pratique policy officials --country XA" in page.text
        assert "names no official" in hu.get(begun(desk, text())).text
    finally:
        desk.country = country()


def test_a_text_that_is_too_long_stays_in_the_form(desk: Ruling, hu: TestClient[Any]) -> None:
    address = begun(desk, text())
    answer = saved(hu, address, "x" * 300_000)
    assert answer.status_code == 422
    assert "The text is too long" in answer.text
    assert "x" * 300_000 in answer.text
    assert len(now(desk, address).texts) == 1


def test_two_texts_of_one_policy_have_a_page_each(desk: Ruling, hu: TestClient[Any]) -> None:
    newer = text(identifier=PUBLISHED["identifier"], version="2.0.0", instrument="Another law.").encode()
    found = desk.country
    desk.country = structs.replace(found, standing=(*found.standing, Standing(newer, read_policy(newer))))
    listed = hu.get("/en/policies").text
    for version, law in ((PUBLISHED["version"], "Public Health Act"), ("2.0.0", "Another law.")):
        address = f"/en/policies/published/{PUBLISHED['identifier']}%20{version}"
        assert address in listed
        assert law in seen(hu.get(address).text)


# writing


def test_a_draft_begins_from_the_example_or_from_what_is_published(desk: Ruling, hu: TestClient[Any]) -> None:
    assert hu.post("/en/policies", data={"from": "nothing"}).status_code == 422
    for begins, name in (("example", "XA-LARGE-EVENTS"), (EDITION, PUBLISHED["identifier"])):
        page = hu.post("/en/policies", data={"from": begins})
        assert page.url.path.startswith("/en/policies/drafts/")
        assert name in page.text
    listed = hu.get("/en/policies").text
    assert "being written" in listed
    assert "announced" in listed


def test_a_published_policy_has_its_page(hu: TestClient[Any]) -> None:
    page = seen(hu.get(f"/en/policies/published/{EDITION}").text)
    for said in (
        "Large event",
        "Public Health Act",
        "1 Jun 2027",
        "in 187 days",
        "Announced.",
        "To keep outbreaks",
    ):
        assert said in page
    for none in ("none", PUBLISHED["identifier"], f"{PUBLISHED['identifier']} 9.9.9"):
        assert hu.get(f"/en/policies/published/{none}").status_code == 404
    assert hu.get(f"/en/policies/drafts/{'0' * 32}").status_code == 404


def test_two_who_write_at_once(desk: Ruling, hu: TestClient[Any], lin: TestClient[Any]) -> None:
    address = begun(desk, text())
    saved(lin, address, text(version="2.1.0"))
    late = saved(hu, address, text(version="2.2.0"))
    assert late.status_code == 422
    assert "This changed while you read. Here is what is new." in late.text
    assert '"version": "2.1.0"' in unescape(re.search(r'class="diff.*?</div>', late.text, re.S)[0])  # type: ignore[index]
    assert "2.2.0" in unescape(late.text)
    assert 'name="number" value="2"' in late.text
    assert saved(hu, address, text(version="2.2.0"), number=2).status_code == 200


def test_what_a_draft_changes_is_shown(desk: Ruling, hu: TestClient[Any]) -> None:
    page = hu.get(begun(desk, text(identifier=PUBLISHED["identifier"], version="2.0.0"))).text
    assert re.search(r'<ins><span class="unseen">Added: </span>.*version&#34;: &#34;2.0.0', page)
    assert re.search(r'<del><span class="unseen">Removed: </span>.*version&#34;: &#34;1.0.0', page)
    assert "There is nothing to compare with" in hu.get(begun(desk, text())).text
    same = json.dumps({name: value for name, value in PUBLISHED.items() if name != "signatures"})
    assert "The two texts are the same." in hu.get(begun(desk, same)).text


def test_a_draft_is_given_up(desk: Ruling, hu: TestClient[Any]) -> None:
    address = begun(desk, text())
    assert saved(hu, address, "", "give_up").url.path == "/en/policies"
    assert hu.get(address).status_code == 404
    assert saved(hu, address, "", "nonsense").status_code == 400


def test_what_was_sent_meanwhile_is_not_given_up(desk: Ruling, hu: TestClient[Any], lin: TestClient[Any]) -> None:
    address = begun(desk, text())
    saved(lin, address, text(), "send")
    late = saved(hu, address, "", "give_up")
    assert late.status_code == 422
    assert "This changed while you read. Look at where it stands now." in late.text
    assert now(desk, address).state is State.SENT
    policies.give_back(desk.place.engine, LIN, address.rpartition("/")[2], "later", at=AT)


# whom it hits


def test_the_effect_is_told_in_words_and_numbers(desk: Ruling, hu: TestClient[Any]) -> None:
    goes_on = {"identifier": PUBLISHED["identifier"], "branches": TEXT["branches"][:2]}
    address = begun(desk, text(**goes_on)) + "/effect"
    page = hu.get(address)
    for _ in range(20):
        if "being worked out" not in page.text:
            break
        page = hu.get(address)
    told = seen(page.text)
    assert "Asked of 300 people who do not exist" in told
    worse = re.search(r"Worse off than today: (\d+) of 300", told)
    assert worse
    assert int(worse[1]) > 100
    assert "Better off than today: 0 of 300" in told
    assert "Hit hardest: " in told
    assert page.text.count("<caption>") == 5
    assert "fewer than 10" in told
    figures = re.findall(r'<td class="count">.*?</td>', page.text, re.S)
    assert figures
    assert not [each for each in figures if re.search(r">[1-9]<", each)]


def test_no_number_below_ten_is_shown() -> None:
    assert shown([0, 1, FEWEST - 1, FEWEST, 11]) == (0, None, None, FEWEST, 11)
    found = sample(read_policy(border.policy()), AT, people=400)
    for chart in charts(found, words("zh")):
        for row in chart.rows:
            assert all(number is None or number == 0 or number >= FEWEST for number in row.numbers)
            assert all(bar.length >= 0 for bar in row.bars)
            hidden = [chart.columns[place] for place, number in enumerate(row.numbers) if number is None]
            assert [bar.length for bar in row.bars if bar.kind in hidden] == [0.0] * len(hidden)
    assert hits(found, words("en"))


def test_what_cannot_be_counted_is_said(desk: Ruling, hu: TestClient[Any]) -> None:
    assert "The text is no policy yet" in hu.get(begun(desk, "{") + "/effect").text
    effects = Effects(people=300, within=0.05)
    assert effects.of(border.policy(), None, AT, wait=60) is Why.TOO_LONG
    assert effects.of(border.policy(), codes.policy(), AT + timedelta(days=1), wait=0) is Why.WORKING
    assert Effects(people=300).of(border.policy(), codes.policy(), AT, wait=60) is Why.OUTSIDE
    say = words("en")
    assert all(say(f"policies.why.{why}", people=1) for why in Why)


def test_a_process_that_dies_is_not_called_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = BaseProcess.start

    def dying(process: BaseProcess) -> None:
        begin(process)
        process.kill()

    monkeypatch.setattr(BaseProcess, "start", dying)
    assert Effects(people=300).of(border.policy(), None, AT, wait=60) is Why.BROKE


def test_a_crowd_of_drafts_is_told_to_wait() -> None:
    effects = Effects(people=300, within=0.05)
    told = [effects.of(border.policy(), None, AT + timedelta(days=day), wait=0) for day in range(12)]
    assert told.count(Why.BUSY) >= 1


def test_without_a_process_it_is_said_and_the_next_one_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: BaseProcess) -> None:
        raise BlockingIOError(EAGAIN, "no more processes")

    effects = Effects(people=300, within=0.05)
    with monkeypatch.context() as full:
        full.setattr(BaseProcess, "start", refused)
        with pytest.raises(BlockingIOError):
            effects.of(border.policy(), None, AT, wait=60)
    assert effects.of(border.policy(), None, AT, wait=60) is Why.TOO_LONG


# two people


def brings(browser: TestClient[Any], address: str, data: bytes, do: str, **form: str) -> Any:
    return browser.post(f"{address}/sign", data={"do": do, **form}, files={"file": ("policy.json", data)})


def test_the_writer_sends_and_another_signs_and_publishes(
    desk: Ruling, hu: TestClient[Any], lin: TestClient[Any]
) -> None:
    address = begun(desk, text())
    assert lin.get("/en").text.count("/en/policies") == 1
    assert saved(hu, address, text(), "send").url.path == address
    assert now(desk, address).state is State.SENT
    page = hu.get(address).text
    digest = now(desk, address).digest
    assert " ".join(re.findall("....", digest)) in page
    assert "pratique policy sign policy.json --as health --key health.key.pem" in page
    file = hu.get(f"{address}/file").content
    assert json.loads(file) == TEXT
    assert hu.post(f"{address}/sign", data={"do": "sign"}).status_code == 422
    assert brings(hu, address, file, "sign").status_code == 422
    assert brings(hu, address, json.dumps(signed(json.loads(file), "health")).encode(), "sign").status_code == 200
    mine = hu.get(address).text
    assert "Another official publishes it." in mine
    assert 'value="publish"' not in mine
    own = hu.post(f"{address}/sign", data={"do": "publish", "digest": digest})
    assert own.status_code == 422
    assert "You wrote in this draft." in own.text
    theirs = lin.get(address).text
    assert "Sign and publish" in theirs
    assert re.search(r"<td[^>]*>1</td>", lin.get("/en").text)
    again = json.loads(lin.get(f"{address}/file").content)
    both = json.dumps(again | {"signatures": signed(TEXT, *NAMES)["signatures"]}).encode()
    other = brings(lin, address, both, "publish", digest="0" * 64)
    assert other.status_code == 422
    assert "This changed while you read." in other.text
    done = lin.post(f"{address}/sign", data={"do": "publish", "digest": digest})
    assert done.status_code == 200
    assert "Published and closed." in done.text
    assert "policies/XA-EVENTS-TWO.json" in done.text
    published = json.loads(lin.get(f"{address}/file").content)
    assert {each["signer"] for each in published["signatures"]} == set(NAMES)
    assert saved(hu, address, text(), "save").status_code == 422
    assert len(now(desk, address).texts) == 1


def test_a_draft_goes_back_with_a_word(desk: Ruling, hu: TestClient[Any], lin: TestClient[Any]) -> None:
    address = begun(desk, text())
    saved(hu, address, text(), "send")
    assert lin.post(f"{address}/back", data={"note": ""}).status_code == 422
    assert lin.post(f"{address}/back", data={"note": "A <week> shorter"}).status_code == 200
    page = hu.get(address).text
    assert "A &lt;week&gt; shorter" in page
    assert "<textarea" in page
    assert lin.post(f"{address}/back", data={"note": "again"}).status_code == 422


def test_what_came_up_since_it_was_sent_is_shown(desk: Ruling, hu: TestClient[Any], lin: TestClient[Any]) -> None:
    address = begun(desk, text())
    saved(hu, address, text(), "send")
    desk.country = country(signers=("health", "minister"))
    try:
        assert "“justice” is no official" in seen(lin.get(address).text)
    finally:
        desk.country = country()


def test_the_file_of_a_draft_that_was_not_sent_is_not_given_out(desk: Ruling, hu: TestClient[Any]) -> None:
    assert hu.get(begun(desk, text()) + "/file").status_code == 404


def test_another_role_sees_none_of_it(desk: Ruling) -> None:
    browser = desk.browser(LINA)
    address = begun(desk, text())
    for path in ("/en/policies", address, f"{address}/effect", f"{address}/file"):
        assert browser.get(path).status_code == 403
    for path in ("/en/policies", address, f"{address}/sign", f"{address}/back"):
        assert browser.post(path, data={"x": "y"}).status_code == 403


# what a release has


def test_the_country_of_a_release_has_its_own_policies_and_those_beside_it(desk: Ruling) -> None:
    other = structs.replace(read_policy(border.policy()), country="XB", identifier="XB-EVENTS")
    own = read_policy(json.dumps(PUBLISHED).encode())
    files = {"policies/XA-events.json": b"1", "policies/XB-events.json": b"2"}
    bundle = structs.replace(released(desk), policies={"XA-events": own, "XB-events": other})
    found = country_of("XA", bundle, files, beside=[codes.policy(), json.dumps(PUBLISHED).encode()])
    assert [each.policy.identifier for each in found.standing] == [own.identifier, "XA-HEALTH-CODE"]
    assert found.standing[0].data == b"1"
    assert found.officials is None


def test_the_example_passes_every_check() -> None:
    assert lint(read_policy(border.policy())) == ()


def test_a_page_of_the_sandbox_is_in_both_languages(desk: Ruling, hu: TestClient[Any]) -> None:
    address = begun(desk, text(sunset=None))
    for path in ("/zh/policies", address.replace("/en/", "/zh/")):
        assert "政策" in hu.get(path).text


def test_a_place_of_a_finding_is_known() -> None:
    content = text(categories=[name for name in TEXT["categories"] if name != "birth_date"])
    (found,) = findings(policies.stopping(content, country(), at=AT), content, country(), words("en"))
    assert (found.place, found.there) == (WHOLE, True)
