"""Every page has its words in every language, by the rules for words, and nothing else is said."""

import json
import re
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest

from pratique.model.certificate import Test
from pratique.texts import LANGUAGES, catalogue
from pratique.texts.saying import Moment, Saying, say
from pratique.web import cards
from pratique.web.words import preferred, words
from tests.test_texts import FORBIDDEN
from tests.web.houses import claims

WEB = Path(__file__).parents[2] / "src" / "pratique" / "web"
SOURCES = {path: path.read_text("utf-8") for path in WEB.rglob("*") if path.suffix in (".py", ".html", ".js")}
ENGLISH = catalogue("web", "en")


def test_languages_say_the_same_in_the_same_order() -> None:
    stated = [json.loads(files("pratique.texts").joinpath(f"web.{tag}.json").read_text("utf-8")) for tag in LANGUAGES]
    for other in stated[1:]:
        assert list(other) == list(stated[0])
    for key, text in stated[0].items():
        for other in stated[1:]:
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", other[key])), key


@pytest.mark.parametrize(("key", "text"), ENGLISH.items(), ids=list(ENGLISH))
def test_english_words(key: str, text: str) -> None:
    assert not FORBIDDEN.search(text), text
    for sentence in re.split(r"[.?!:;] ?", text):
        limit = 20 if key.startswith(("about.", "stage.", "face.specimen")) else 15
        assert len(sentence.split()) <= limit, sentence


def test_chinese_words_have_chinese_stops() -> None:
    for key, text in catalogue("web", "zh").items():
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|无效|非法", text), key


def test_every_key_that_is_said_is_there() -> None:
    known = ENGLISH.keys() | catalogue("paper", "en").keys()
    for path, source in SOURCES.items():
        for key in re.findall(r"""\bsay\(["']([\w.]+)["'][),]""", source):
            assert key in known, f"{path.name}: {key}"


def test_every_key_is_said() -> None:
    whole = "".join(SOURCES.values())
    sandbox = WEB.parent / "sandbox"
    whole += "".join(path.read_text("utf-8") for path in sandbox.glob("*.py"))
    prefixes = re.findall(r"""["'](\w+(?:\.\w+)*\.)(?:["']|\{)""", whole)

    def composed(key: str) -> bool:
        return any(key.startswith(prefix) for prefix in prefixes)

    assert [key for key in ENGLISH if f'"{key}"' not in whole and not composed(key)] == []


def test_no_sentence_stands_in_a_template() -> None:
    for path, source in SOURCES.items():
        if path.suffix != ".html":
            continue
        text = re.sub(r"{% block (\w+_attributes|body|root) %}.*?{% endblock %}", " ", source, flags=re.DOTALL)
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
        assert not re.findall(r"[A-Za-z\u4e00-\u9fff]{3,}", text), path.name
        assert not re.findall(r"say\([^}]*}}[.,;:!?。，]", source), f"{path.name}: each language has stops of its own"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9", "zh"),
        ("de, zh;q=0.5, en;q=0.1", "zh"),
        ("fr-CH, fr;q=0.9", "fr"),
        ("EN-us", "en"),
        ("xx;q=1,*", "en"),
    ],
)
def test_the_language_of_a_browser(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, "0 min"),
        (119, "119 min"),
        (120, "2 h"),
        (1441, "24 h"),
        (2879, "47 h"),
        (2880, "2 days"),
        (99_999, "69 days"),
    ],
)
def test_how_long_something_waits_is_said_in_what_people_count_in(minutes: int, told: str) -> None:
    assert words("en").waits(minutes) == told


def test_two_latin_words_do_not_turn_what_is_between_them_in_arabic() -> None:
    """Without isolates all that stands between two of them would be read from the left (UAX 9, rule N1)."""
    assert words("en").listed("COVID-19", "", "taken", "XA") == "COVID-19 · taken · XA"
    assert words("ar").listed("COVID-19", "XA") == "\u2068COVID-19\u2069 · \u2068XA\u2069"
    line = cards.line(next(claim for claim in claims() if isinstance(claim, Test)), words("ar"))
    outside = re.sub("\u2068[^\u2068\u2069]*\u2069", "", line.more)
    assert not re.search("[A-Za-z]", outside), ascii(outside)
    offset = say(
        Saying("colour.ends", {"when": Moment(datetime(2026, 12, 2, tzinfo=timezone(timedelta(hours=8))))}), "ar"
    )
    assert "(\u2068UTC+08:00\u2069)" in offset, "its sign and digits stay beside its name"


def test_a_value_that_lacks_is_our_fault() -> None:
    with pytest.raises(LookupError):
        words("en")("step")
    with pytest.raises(LookupError):
        words("xx")
