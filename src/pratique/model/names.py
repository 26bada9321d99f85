"""Names in the Latin of the machine readable zone: ICAO Doc 9303-3, section 6, eighth edition (2021).

Table A gives Latin letters, B Cyrillic and C Arabic. 9303 has no table for Greek; Greek passports use ELOT 743
(second edition 2001, the same as ISO 843 type 2), and so does this module. Letters are looked up in upper case; a
letter with marks that no table lists stands for the letter without its last mark, so that all of Latin-1, Latin
Extended and Vietnamese need few entries. Hyphens, spaces and commas separate words (`<`); everything else that is not
a letter is dropped (9303-3, 4.6).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product

from pratique.model.certificate import Name

SPELLINGS_LIMIT = 64
"""How many spellings of one name part are considered. A real part has at most three letters with a choice, which
gives twelve spellings, or eight readings of Cyrillic; the limit is for parts made up to be slow."""


def _table(text: str) -> dict[str, str]:
    return {
        letter: "" if latin == "-" else latin for letter, _, latin in (pair.partition(":") for pair in text.split())
    }


_LATIN = _table("Ä:AE Å:AA Æ:AE Ð:D Ö:OE Ø:OE Ü:UE Þ:TH ẞ:SS Đ:D Ħ:H ı:I ĸ:K Ł:L Ŋ:N Œ:OE Ŧ:T")
_LATIN_BEYOND = _table("Ə:A Ɓ:B Ɖ:D Ɗ:D Ɛ:E Ƒ:F Ɠ:G Ɨ:I Ɩ:I Ƙ:K Ɲ:N Ɔ:O Ƥ:P Ƭ:T Ʋ:V Ƴ:Y Ǝ:E")
"""Letters outside table A, of Azerbaijani, Hausa, Ewe and their neighbours: what their passports print."""

_CYRILLIC = _table(
    "Ё:E Ђ:D Є:IE Ѕ:DZ І:I Ї:I Ј:J Љ:LJ Њ:NJ Ћ:C Ќ:K Ѓ:G Ѝ:I Ў:U Џ:DZ А:A Б:B В:V Г:G Д:D Е:E Ж:ZH З:Z И:I Й:I К:K "
    "Л:L М:M Н:N О:O П:P Р:R С:S Т:T У:U Ф:F Х:KH Ц:TS Ч:CH Ш:SH Щ:SHCH Ъ:IE Ы:Y Ь:- Э:E Ю:IU Я:IA Ѫ:U Ѵ:Y Ґ:G Ғ:G "
    "Һ:C"
)
# Ћ and Ѓ stand in table B under the code points of Һ and Ғ; Ь has no row and is not written by any office using it.

_LANGUAGES = {
    "be": _table("Ё:IO Г:H"),
    "bg": _table("Щ:SHT"),
    "mk": _table("Ѓ:GJ Ќ:KJ Х:H Ц:C Џ:DJ Ғ:GJ"),
    "sr": _table("Г:H Ж:Z Х:H Ц:C Ч:C Ш:S"),
    "uk": _table("Г:H И:Y"),
    # not in 9303: Chinese passports write pinyin ü as YU (GB/T 28039-2011)
    "zh": _table("Ü:YU"),
}
_NATIONAL_LAW = (
    _table("Ж:ZH Й:Y Х:H Ц:TS Щ:SHT Ъ:A Ь:Y Ю:YU Я:YA"),
    _table("Г:G Ђ:DJ Ж:Z Х:H Ц:C Ч:C Ш:S"),
)
"""How Bulgaria (Transliteration Act, 2009) and Serbia write names in passports where their law differs from table B."""

_UKRAINIAN_FIRST = _table("Є:YE Ї:YI Й:Y Ю:YU Я:YA")
"""At the beginning of a Ukrainian word."""

_ARABIC = _table(
    "ء:XE آ:XAA أ:XAE ؤ:U إ:I ئ:XI ا:A ب:B ة:XTA ت:T ث:XTH ج:J ح:XH خ:XKH د:D ذ:XDH ر:R ز:Z س:S ش:XSH ص:XSS ض:XDZ "
    "ط:XTT ظ:XZZ ع:E غ:G ف:F ق:Q ك:K ل:L م:M ن:N ه:H و:W ى:XAY ي:Y ٱ:XXA ٹ:XXT ټ:XRT پ:P ځ:XKE څ:XXH چ:XC ڈ:XXD "
    "ډ:XDR ڑ:XXR ړ:XRR ږ:XRX ژ:XJ ښ:XXS ڜ:- ڢ:- ڧ:- ڨ:- ک:XKK ګ:XXK ڭ:XNG گ:XGG ں:XNN ڼ:XXN ھ:XDO ۀ:XYH ہ:XXG "
    "ۂ:XGE ۃ:XTG ی:XYA ۍ:XXY ې:Y ے:XYB ۓ:XBE"
)
_TEH_MARBUTA, _TEH_MARBUTA_LAST, _SHADDA = "ة", "XAH", "\u0651"

_GREEK = _table("Α:A Β:V Γ:G Δ:D Ε:E Ζ:Z Η:I Θ:TH Ι:I Κ:K Λ:L Μ:M Ν:N Ξ:X Ο:O Π:P Ρ:R Σ:S Τ:T Υ:Y Φ:F Χ:CH Ψ:PS Ω:O")
_GREEK_LETTER = re.compile("[Ͱ-Ͽἀ-῿]")
_GREEK_PAIRS = (
    (re.compile("ΟΥ|ΟΎ"), "OU"),
    (re.compile("(?<=[ΑΕΗ])[ΥΎ](?=[ΒΓΔΖΛΜΝΡΑΕΗΙΟΥΩΆΈΉΊΌΎΏΪΫ])"), "V"),
    (re.compile("(?<=[ΑΕΗ])[ΥΎ]"), "F"),
    (re.compile("Γ(?=[ΓΞΧ])"), "N"),
    (re.compile("(?<![^<])ΜΠ|ΜΠ(?![^<])"), "B"),
)

_ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Ü": ("UE", "UXX", "U"),
    "Ñ": ("N", "NXX"),
    "Đ": ("D", "DJ"),
    "Ə": ("A", "E"),
}
"""The choices of table A, the bare letter where offices print it (Å, Ø), DJ for Đ as in Serbia, and E for Ə."""

_PINYIN_U = ("YU", "V", "U", "UE")
"""Pinyin ü in Chinese passports: YU since 2012, V and U before; UE is what 9303 makes of a ü that it sees."""
_ANY_U = tuple(map(re.compile, (r"(?<=[LN])V|(?<=L)YU|(?<=\bN)YU", "(?<=[LN])U", "(?<=[LN])UE")))
"""A ü in the ICAO form of a Chinese name: sure, since no syllable has a V or ends in L (but JIANYU is Jian and Yu), and
two that are one only where the native name shows a ü."""
_SPOKEN_U = frozenset("驴吕铝侣旅履屡缕虑氯律率滤绿偻捋闾榈膂稆褛掠略锊女恧钕衄虐疟驢呂鋁侶屢縷慮濾綠僂閭櫚褸鋝釹瘧")
"""The characters of GB 2312 that can be read lü, nü, lüe or nüe, and their traditional forms: these show a ü."""
_PINYIN_WORD = re.compile(r"\b[LN]ÜE?\b")

_LETTERS = _GREEK | _ARABIC | _CYRILLIC | _LATIN_BEYOND | _LATIN
_CYRILLIC_READINGS = (
    {},
    *(_LANGUAGES[language] for language in ("be", "bg", "mk", "sr", "uk")),
    *_NATIONAL_LAW,
)
_TABLES = {language: _LETTERS | own for language, own in _LANGUAGES.items()}
_LETTER_KINDS = frozenset({"Lu", "Ll", "Lt", "Lo"})
_DROPPED_KINDS = frozenset({"Sk", "Cf", "Lm"})
_SEPARATOR = re.compile(r"[\s,<\-\u2010-\u2015\u2212\u058a\ufe58\ufe63\uff0d]+")


def to_icao(text: str, *, language: str | None = None) -> str:
    """One part of a name in A-Z with `<` between words, empty if it holds no letter.

    `language` (ISO 639-1) chooses the national column of table B: be, bg, mk, sr, uk; zh writes pinyin ü as YU.
    Raises `ValueError` naming the script of a letter that no table holds, such as Chinese.
    """
    if language != "zh" and (text.isascii() or max(text) <= _LAST_LATIN):
        written = text.translate(_LATIN_FORMS)
        return "<".join(filter(None, written.split("<"))) if "<" in written else written
    letters = _TABLES.get(language or "", _LETTERS)
    return _transliterate(_prepare(text), letters, first=_UKRAINIAN_FIRST if language == "uk" else {})


def name(
    family: str | None,
    given: str | None,
    *,
    family_latin: str | None = None,
    given_latin: str | None = None,
    language: str | None = None,
) -> Name:
    """A name with its ICAO forms computed, from the Latin that came with the record (such as pinyin) if there is one.

    Latin beside Chinese characters is pinyin, whatever `language` says. Raises `ValueError` where a part is in a script
    without a table and no Latin was given.
    """
    own = f"{family or ''}{given or ''}"
    if not own.isascii() and max(own) > _LAST_LATIN and "CHINESE" in script(own):
        language = "zh"
    return Name(
        family=family or None,
        given=given or None,
        family_icao=to_icao(family_latin or family or "", language=language) or None,
        given_icao=to_icao(given_latin or given or "", language=language) or None,
    )


def spellings(text: str) -> frozenset[str]:
    """Every ICAO form under which a part may legitimately stand in a passport, at most `SPELLINGS_LIMIT`.

    One office spells one letter in one way, so each letter with a choice is decided once for the whole part, and so
    is the language of Cyrillic. Raises `ValueError` as `to_icao` does.
    """
    prepared = _prepare(text)
    return frozenset(
        _transliterate(prepared, letters, first=first)
        for letters, first in islice(_readings(prepared), SPELLINGS_LIMIT)
    )


def pinyin_spellings(form: str, native: str) -> frozenset[str]:
    """Every way in which Chinese passports write the ü of a name part.

    `form` is its ICAO form, `native` its own writing. Where `form` says LU or NU, which is another name without the
    dots, a ü is taken for shown only by characters that are read so: 吕 LU may be LYU, 路 LU may not. Without
    characters `native` has to be pinyin with its dots, a word of its own. Only `form` itself where there is no ü.
    """
    shown = bool(_SPOKEN_U & set(native) or _PINYIN_WORD.search(_prepare(native)))
    patterns = _ANY_U if shown else _ANY_U[:1] if "CHINESE" in script(native) else ()
    return frozenset([form, *(pattern.sub(spelled, form) for pattern in patterns for spelled in _PINYIN_U)])


def script(text: str) -> frozenset[str]:
    """The scripts of the letters in `text`, as Unicode names them: `LATIN`, `ARABIC`, `CJK`."""
    return frozenset(map(_script, filter(str.isalpha, set(text))))


def _readings(prepared: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The tables under which a part can be read, that of 9303 first, each with what begins a word."""
    present = _roots(set(prepared))
    chosen = [letter for letter in _ALTERNATIVES if letter in present]
    readings = _CYRILLIC_READINGS if present & _CYRILLIC.keys() else ({},)
    for choice in product(*(_ALTERNATIVES[letter] for letter in chosen)):
        for reading in readings:
            first = _UKRAINIAN_FIRST if reading is _LANGUAGES["uk"] else {}
            yield _LETTERS | dict(zip(chosen, choice, strict=True)) | reading, first


def _roots(letters: Iterable[str]) -> set[str]:
    """The letters themselves and what they are when marks are taken off, one after the other."""
    found: set[str] = set()
    for letter in letters:
        found.add(letter)
        while (decomposed := unicodedata.decomposition(letter)) and not decomposed.startswith("<"):
            letter = chr(int(decomposed.split()[0], 16))  # noqa: PLW2901 - the chain of one letter
            found.add(letter)
    return found


def _prepare(text: str) -> str:
    """Upper case with one `<` between words; marks composed, spacing accents and invisible characters gone."""
    # a spacing accent used as apostrophe would become a space under NFKC
    kept = "".join([c for c in text if unicodedata.category(c) not in _DROPPED_KINDS])
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).upper())
    return "<".join(filter(None, _SEPARATOR.split(folded)))


def _transliterate(prepared: str, letters: Mapping[str, str], *, first: Mapping[str, str]) -> str:
    if _GREEK_LETTER.search(prepared):
        for pattern, latin in _GREEK_PAIRS:
            prepared = pattern.sub(latin, prepared)
    return "<".join(filter(None, [_word(word, letters, first) for word in prepared.split("<")]))


def _word(word: str, letters: Mapping[str, str], first: Mapping[str, str]) -> str:
    written: list[str] = []
    characters = [c for c in word if unicodedata.category(c) in _LETTER_KINDS or c == _SHADDA]
    for place, character in enumerate(characters):
        if character == _SHADDA:
            # doubles what it stands on (table C, note on shadda)
            written.extend(written[-1:])
        elif character == _TEH_MARBUTA and place == len(characters) - 1:
            written.append(_TEH_MARBUTA_LAST)
        elif place == 0 and character in first:
            written.append(first[character])
        else:
            written.append(_letter(character, letters))
    return "".join(written)


def _letter(character: str, letters: Mapping[str, str]) -> str:
    if "A" <= character <= "Z":
        return character
    if character in letters:
        return letters[character]
    decomposed = unicodedata.decomposition(character)
    if not decomposed or decomposed.startswith("<"):
        raise ValueError(f"ICAO Doc 9303-3 has no table for this letter of the script {_script(character)}")
    return _letter(chr(int(decomposed.split()[0], 16)), letters)


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    spoken = unicodedata.name(letter, "UNKNOWN").split()[0]
    return {"CJK": "CHINESE"}.get(spoken, spoken)


_LAST_LATIN = "ſ"
_LATIN_FORMS = {
    code: "<" if _SEPARATOR.fullmatch(chr(code)) else _transliterate(_prepare(chr(code)), _LETTERS, first={})
    for code in range(ord(_LAST_LATIN) + 1)
}
"""Up to the end of Latin Extended-A, where most names stay, no character depends on its neighbours."""
