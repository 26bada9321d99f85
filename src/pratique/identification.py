"""This person? A certificate's holder against the machine readable zone of the document in the officer's hand.

Names are compared in their ICAO form, and every leniency has a reason code and an end (`docs/names.md`): what is
lenient must still tell a person from a sibling. Nothing here raises, reads a clock, or judges a face.
"""

from collections.abc import Callable
from enum import StrEnum
from itertools import product
from operator import eq

from msgspec import Struct

from pratique.model.certificate import Certificate, Name, Person, TravelDocument
from pratique.model.dates import PartialDate
from pratique.model.mrz import NAME_WIDTH, MachineReadableZone
from pratique.model.names import pinyin_spellings, script, spellings, to_icao
from pratique.model.permit import Permit
from pratique.model.reasons import Reason


class Match(StrEnum):
    """How two statements of the same thing compare."""

    EXACT = "exact"
    EQUIVALENT = "equivalent"
    """Not letter for letter the same, for a reason that is named and does not point to another person."""
    DIFFERENT = "different"
    NOT_STATED = "not_stated"
    """One of the two says too little to tell."""


_Judgement = tuple[Match, tuple[Reason, ...]]
_ANOTHER: _Judgement = (Match.DIFFERENT, (Reason.NAME_DIFFERENT,))


class Identity(Struct, frozen=True):
    """The three comparisons, and why each that is not exact is not."""

    name: Match
    birth_date: Match
    document: Match
    reasons: tuple[Reason, ...]

    @property
    def match(self) -> Match:
        """The answer in one word.

        Anything different makes it different, another document included: the issuer bound the certificate to that
        one. Without a name nothing is established. A birth date that one side does not know costs the exactness, not
        the answer, since people without a known birth date travel too. No certificate need state a document (no EU
        DCC does), so a missing one costs nothing.
        """
        if Match.DIFFERENT in (self.name, self.birth_date, self.document):
            return Match.DIFFERENT
        if self.name is Match.NOT_STATED:
            return Match.NOT_STATED
        exact = self.name is Match.EXACT and self.birth_date is Match.EXACT
        return Match.EXACT if exact else Match.EQUIVALENT


def identify(certificate: Certificate | Permit, document: MachineReadableZone) -> Identity:
    """Compare the holder of a certificate, or of an entry permit, with the holder of a travel document."""
    holder = certificate.holder
    born, born_why = _birth_dates(holder.birth_date, document.birth_date)
    named, named_why = _names(holder.name, document, born_exact=born is Match.EXACT)
    papers, papers_why = _documents(holder.document, document)
    return Identity(named, born, papers, named_why + born_why + papers_why)


def same_holder(one: Person, other: Person) -> Match:
    """Compare the holders of two certificates: names and birth dates, with the same leniency and the same end."""
    born = _same_day(one.birth_date, other.birth_date)
    named = _same_name(one.name, other.name, born_exact=born is Match.EXACT)
    if Match.DIFFERENT in (born, named):
        return Match.DIFFERENT
    if named is Match.NOT_STATED:
        return Match.NOT_STATED
    return Match.EXACT if born is named is Match.EXACT else Match.EQUIVALENT


def _same_day(one: PartialDate | None, other: PartialDate | None) -> Match:
    if one is None or other is None:
        return Match.NOT_STATED
    if one == other:
        return Match.EXACT
    return Match.EQUIVALENT if one.agrees_with(other) else Match.DIFFERENT


def _same_name(one: Name, other: Name, *, born_exact: bool) -> Match:
    """The other name as a machine readable zone would show it, where it can be written so."""
    if one == other:
        return Match.EXACT
    try:
        family, given = (icao or to_icao(own or "") for icao, own in _parts_of(other))
    except ValueError:
        same = (one.family, one.given) == (other.family, other.given)
        return Match.EXACT if same else Match.NOT_STATED
    shown = MachineReadableZone("TD3", "P", "", family, given, False, "", "", "", "", "")
    return _names(one, shown, born_exact=born_exact)[0]


def _parts_of(name: Name) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    return (name.family_icao, name.family), (name.given_icao, name.given)


def _documents(stated: TravelDocument | None, shown: MachineReadableZone) -> _Judgement:
    if stated is None or not shown.number:
        return Match.NOT_STATED, (Reason.DOCUMENT_NOT_STATED,)
    if stated.is_number(shown.country, shown.number):
        return Match.EXACT, ()
    return Match.DIFFERENT, (Reason.DOCUMENT_DIFFERENT,)


def _birth_dates(stated: PartialDate | None, shown: str) -> _Judgement:
    """Compare what both know; the zone has two digits of the year, so 1925 and 2025 are the same to it."""
    known: list[int | None] = [None, None, None]
    if stated is not None:
        known = [stated.year % 100, stated.month, stated.day]
    pairs = [(a, b) for a, b in zip(known, _digits(shown), strict=True) if a is not None and b is not None]
    if not pairs:
        return Match.NOT_STATED, (Reason.BIRTH_DATE_NOT_STATED,)
    if any(a != b for a, b in pairs):
        return Match.DIFFERENT, (Reason.BIRTH_DATE_DIFFERENT,)
    if len(pairs) < 3:
        return Match.EQUIVALENT, (Reason.BIRTH_DATE_PARTIAL,)
    return Match.EXACT, ()


def _digits(shown: str) -> list[int | None]:
    pairs = (shown[start : start + 2] for start in (0, 2, 4))
    return [int(pair) if len(pair) == 2 and pair.isascii() and pair.isdigit() else None for pair in pairs]


class _Part(Struct, frozen=True):
    """One part of a name: the form it is written in (empty if there is none), and all it may legitimately have."""

    written: str
    forms: frozenset[str]
    readable: bool
    """False where the part is stated, but only in a script without a table."""

    def agrees(self, shown: str) -> bool:
        """Whether `shown` is a spelling of this part; where words are divided makes no difference."""
        return shown in self.forms or _solid(shown) in {_solid(form) for form in self.forms}


def _part(icao: str | None, native: str | None = None) -> _Part:
    written, forms, unread = "", frozenset[str](), False
    for text in (icao, native):
        try:
            form, others = to_icao(text or ""), spellings(text or "")
        except ValueError:
            unread = True
            continue
        written = written or form
        forms |= others - {""}
    forms |= pinyin_spellings(written, native or "") - {""}
    return _Part(written, forms or frozenset({""}), readable=bool(written) or not unread)


def _names(name: Name, document: MachineReadableZone, *, born_exact: bool) -> _Judgement:
    family, given = _part(name.family_icao, name.family), _part(name.given_icao, name.given)
    shown_family, shown_given = _part(document.family_icao).written, _part(document.given_icao).written
    stated, shown = (family.written, given.written), (shown_family, shown_given)
    if not any(stated) or not any(shown):
        return Match.NOT_STATED, (Reason.NAME_NOT_STATED,)
    if not (family.readable and given.readable):
        within = _one_within_other(family, given, shown)
        return (Match.NOT_STATED, (Reason.NAME_PART_MISSING,)) if within else _ANOTHER
    if stated == shown:
        return Match.EXACT, ()
    if family.agrees(shown_family) and given.agrees(shown_given):
        return Match.EQUIVALENT, (Reason.NAME_TRANSLITERATION,)
    if family.agrees(shown_given) and given.agrees(shown_family):
        spelled = () if stated == (shown_given, shown_family) else (Reason.NAME_TRANSLITERATION,)
        return Match.EQUIVALENT, (Reason.NAME_ORDER, *spelled)
    if _divided_otherwise(family, given, shown):
        return Match.EQUIVALENT, (Reason.NAME_ORDER,)
    if document.name_truncated and _cut_short(family, given, shown, NAME_WIDTH.get(document.layout, 0)):
        return Match.EQUIVALENT, (Reason.NAME_TRUNCATED,)
    if not all(stated) or not all(shown):
        if _one_within_other(family, given, shown):
            return Match.NOT_STATED, (Reason.NAME_PART_MISSING,)
    elif _word_left_out(family, given, shown):
        # without a whole birth date a sister with the same first name could not be told from her
        return Match.EQUIVALENT if born_exact else Match.NOT_STATED, (Reason.NAME_PART_MISSING,)
    if _only_arabic(name.family, name.family_icao) or _only_arabic(name.given, name.given_icao):
        # most Arabic passports transcribe by ear instead of table C, so that a difference says nothing
        return Match.NOT_STATED, (Reason.NAME_TRANSLITERATION,)
    return _ANOTHER


def _divided_otherwise(family: _Part, given: _Part, shown: tuple[str, str]) -> bool:
    """Whether the same words in the same order are divided elsewhere into family and given names.

    Where one side has everything in a single field, the given names may also come first in it.
    """
    single = not all(shown) or not (family.written and given.written)
    for pair in product(family.forms, given.forms):
        if _words(*pair) == _words(*shown):
            return True
        if single and (_words(*pair[::-1]) == _words(*shown) or _words(*pair) == _words(*shown[::-1])):
            return True
    return False


def _cut_short(family: _Part, given: _Part, shown: tuple[str, str], width: int) -> bool:
    """Whether a name too long for the zone is shown there as 9303-4, 4.2.3 allows: any word may be cut, and the last
    ones of either part left out. A name that fits has no such excuse."""
    return any(
        len(pair[0]) + 2 + len(pair[1]) > width > 0
        and all(_is_cut(_words(part), _words(full)) for part, full in zip(shown, pair, strict=True))
        for pair in product(family.forms, given.forms)
    )


def _is_cut(shown: list[str], full: list[str]) -> bool:
    return (
        bool(shown) == bool(full)
        and len(shown) <= len(full)
        and all(word.startswith(cut) for cut, word in zip(shown, full, strict=False))
    )


def _one_within_other(family: _Part, given: _Part, shown: tuple[str, str]) -> bool:
    """Whether one side says nothing that the other does not say: only the family name, say."""
    b = set(_words(*shown))
    sides = (set(_words(*pair)) for pair in product(family.forms, given.forms))
    return any(a <= b or b <= a for a in sides)


def _word_left_out(family: _Part, given: _Part, shown: tuple[str, str]) -> bool:
    """Whether one part agrees and words are missing from the other: of the given names, never the first.

    The later given names may also be initials, which say more than nothing.
    """
    if family.agrees(shown[0]):
        pairs = ((_words(form), _words(shown[1])) for form in given.forms)
        return any(a[0] == b[0] and _leaves_out(a[1:], b[1:], _same_or_initial) for a, b in pairs)
    return given.agrees(shown[1]) and any(_leaves_out(_words(form), _words(shown[0]), eq) for form in family.forms)


def _leaves_out(a: list[str], b: list[str], alike: Callable[[str, str], bool]) -> bool:
    """Whether the shorter has only words of the longer, in its order."""
    shorter, longer = sorted((a, b), key=len)
    rest = iter(longer)
    return all(any(alike(word, other) for other in rest) for word in shorter)


def _same_or_initial(a: str, b: str) -> bool:
    return a == b or (1 in (len(a), len(b)) and a[0] == b[0])


def _only_arabic(native: str | None, icao: str | None) -> bool:
    return not (icao or "").strip() and "ARABIC" in script(native or "")


def _words(*parts: str) -> list[str]:
    return [word for part in parts for word in part.split("<") if word]


def _solid(form: str) -> str:
    return form.replace("<", "")
