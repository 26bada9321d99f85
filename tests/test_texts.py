"""Every reason has its words, in every language, by the rules for words."""

import json
import re
from importlib.resources import files

import pytest

from pratique.model.reasons import Reason
from pratique.texts import LANGUAGES, Explanation, explain, sentence

FORBIDDEN = re.compile(r"\b(invalid|unauthori[sz]ed|error|failed|fake|please|simply|sorry|oops)\b", re.IGNORECASE)


def pairs(language: str) -> list[tuple[str, object]]:
    """Everything a catalogue states, in its order; a key stated twice is there twice."""
    text = files("pratique.texts").joinpath(f"{language}.json").read_text("utf-8")
    stated: list[tuple[str, object]] = []

    def note(members: list[tuple[str, object]]) -> dict[str, object]:
        stated.extend(members)
        return dict(members)

    json.loads(text, object_pairs_hook=note)
    return stated


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_complete(language: str) -> None:
    told = [key for key, _ in pairs(language) if key.isupper()]
    known = [reason.value for reason in Reason]
    place = f"src/pratique/texts/{language}.json"
    assert [code for code in known if code not in told] == [], f"{place} lacks these"
    assert [code for code in told if code not in known] == [], f"{place} explains what is no reason"
    assert [code for code in set(told) if told.count(code) > 1] == [], f"{place} states these twice"
    assert told == known, f"{place} is not in the order of model/reasons.py"


@pytest.mark.parametrize("reason", Reason)
def test_english_words(reason: Reason) -> None:
    told = explain(reason)
    for text in (told.what, told.next):
        assert text.endswith(".")
        assert not FORBIDDEN.search(text), text
        for one in re.split(r"[.?!:] ?", text):
            assert len(one.split()) <= 15, one


@pytest.mark.parametrize("reason", Reason)
def test_chinese_words(reason: Reason) -> None:
    told = explain(reason, "zh")
    for text in (told.what, told.next):
        assert text.endswith("。")
        assert not re.search(r"[,;:?!](?!\w)|无效|非法", text), text
        for one in re.split("[。；：]", text):
            assert len(one) <= 40, one


def test_explain() -> None:
    assert explain(Reason.REPLACED) == Explanation(
        "The issuer replaced this certificate with a newer one.", "Ask for the newer one."
    )
    assert explain(Reason.REPLACED, "zh").next == "请出示新的证明。"


def test_languages_say_the_same() -> None:
    keys = [{key for key, _ in pairs(language)} for language in LANGUAGES]
    assert all(each == keys[0] for each in keys)


@pytest.mark.parametrize(("key", "language"), [("reason.NO_SUCH", "en"), ("reason.EXPIRED.what", "xx"), ("", "../en")])
def test_unknown_is_refused(key: str, language: str) -> None:
    with pytest.raises(LookupError):
        sentence(key, language)
