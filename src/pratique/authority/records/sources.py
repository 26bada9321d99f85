"""Who sends records, what their word is worth, and how their tables are to be read: one JSON file for each source.

{"source_id": "xa-lab-7", "issuer": "Laboratory 7", "country": "XA", "document_country": "UTO",
 "evidence": "administered", "identifiers": {"https://id.example/xa": "UTO"},
 "mapping": {"columns": {"document": "护照号码", "family": "姓", "sampled": "采样时间", "result": "结果"},
             "constants": {"kind": "test"}, "codes": {"result": {"阴性": "http://snomed.info/sct|260415000"}},
             "zone": "Asia/Shanghai"}}
"""

import re
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from pratique.model import countries
from pratique.model.certificate import Evidence
from pratique.model.errors import MalformedRecord
from pratique.model.lines import is_line
from pratique.model.reasons import Reason
from pratique.model.valueset import Code

Field = Literal[
    "document", "document_country", "family", "given", "family_latin", "given_latin", "birth_date", "identifier",
    "kind", "disease", "date", "product", "dose", "doses", "sampled", "method", "result", "device", "test_name",
    "centre", "first_positive",
]  # fmt: skip
"""What a column can hold; docs/records.md says what each is."""
CODED: frozenset[Field] = frozenset({"disease", "product", "method", "result", "device"})
"""Columns with a code: `system|code`, or a word of the source's own that its mapping translates into one."""
NEEDED: frozenset[Field] = frozenset({"document", "family", "birth_date", "kind"})
"""What every table says of every row."""
OF_KIND: dict[str, frozenset[Field]] = {
    "vaccination": frozenset({"product", "date"}),
    "test": frozenset({"method", "sampled", "result"}),
    "recovery": frozenset({"disease", "first_positive"}),
}
"""What it says besides, by the kind of record."""


LONGEST_ISSUER = 80
"""Characters: of the issuer of an EU certificate (its schema 1.3, `is`)."""
_STATE = re.compile("[A-Za-z]{1,3}")


class Mapping(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Where a source's table has what we ask for."""

    columns: dict[Field, str]
    """The heading of each column."""
    constants: dict[Field, str] = {}
    """What is the same in every row, and has no column."""
    codes: dict[Field, dict[str, str]] = {}
    """For each coded column, the source's words and the code (`system|code`) of each."""
    dates: str = "%Y-%m-%d"
    times: str | None = None
    """How times are written; ISO 8601 where it is left out."""
    zone: str | None = None
    """The time zone (`Asia/Shanghai`) of times that state none; without it they are refused."""
    encoding: Literal["utf-8-sig", "gb18030"] = "utf-8-sig"
    delimiter: Literal[",", ";", "\t"] = ","

    def __post_init__(self) -> None:
        """`ValueError` for a code without a system, a form of dates that says no day, an unknown time zone, or a column
        that is missing.
        """
        if not self.codes.keys() <= CODED:
            raise ValueError("codes are for coded columns")
        if not all(_CODE.fullmatch(code) for words in self.codes.values() for code in words.values()):
            raise ValueError("a code is written system|code")
        missing = NEEDED - self.columns.keys() - self.constants.keys()
        if missing:
            raise ValueError(f"no column for {sorted(missing)[0]}")
        if not _reads_back(_A_MINUTE.replace(hour=0, minute=0), self.dates):
            raise ValueError("dates has to say day, month and year, as %Y-%m-%d does")
        if self.times is not None and not _reads_back(_A_MINUTE, self.times):
            raise ValueError("times has to say day and minute, as %Y-%m-%d %H:%M does")
        if self.zone is not None:
            _check_zone(self.zone)

    @cached_property
    def words(self) -> dict[Field, dict[str, Code]]:
        """The codes, taken apart."""
        return {field: {word: code_of(code) for word, code in words.items()} for field, words in self.codes.items()}


_CODE = re.compile(r"[^|\s]+\|[^|\s]+")
_A_MINUTE = datetime(2003, 2, 27, 16, 5, tzinfo=UTC)


def _reads_back(moment: datetime, form: str) -> bool:
    """Whether a form of `strptime` says all there is of a moment."""
    try:
        return datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC) == moment
    except ValueError:
        return False


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):  # `America` is a folder of zones
        raise ValueError("zone is the name of a time zone, such as Asia/Shanghai") from None


def code_of(text: str) -> Code:
    """`system|code` as a code."""
    system, _, value = text.rpartition("|")
    return Code(system, value)


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """One clinic, laboratory or local health-code app."""

    source_id: str
    issuer: str
    """Who vouches for its records, as certificates print it."""
    country: str
    """Where the events took place, ISO 3166-1 alpha-2."""
    document_country: str
    """The issuing state of documents whose state is not said, as a machine readable zone writes it."""
    evidence: Literal["self_declared", "paper_seen", "foreign_certificate", "registry", "administered"]
    identifiers: dict[str, str] = {}
    """Systems of FHIR identifiers that are numbers of documents, and the state that gives them."""
    mapping: Mapping | None = None

    def __post_init__(self) -> None:
        """`ValueError` for what columns cannot hold, certificates cannot print, or no document states."""
        if not 0 < len(self.source_id) <= 64 or not self.source_id.isprintable():
            raise ValueError("a source has an id of at most 64 characters")
        if not self.issuer.strip() or len(self.issuer) > LONGEST_ISSUER or not is_line(self.issuer):
            raise ValueError(f"issuer is a name in one line of at most {LONGEST_ISSUER} characters")
        if not countries.is_country(self.country):
            raise ValueError("country is written in two letters (ISO 3166-1)")
        if not all(_STATE.fullmatch(state) for state in (self.document_country, *self.identifiers.values())):
            raise ValueError("the state of a document is written as a passport does, such as UTO or D")

    @property
    def grade(self) -> Evidence:
        """How the source knows."""
        return Evidence[self.evidence.upper()]

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read its file. Raises `MalformedRecord` (RECORD_MAPPING) with the place, and `OSError`."""
        return cls.parse(path.read_bytes(), name=path.name)

    @classmethod
    def parse(cls, data: bytes | str, *, name: str = "source") -> "Source":
        """Read the content of its file. Raises `MalformedRecord` (RECORD_MAPPING) with the place."""
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, ValueError, LookupError) as fault:  # our own words: a source's file is no person
            raise MalformedRecord(Reason.RECORD_MAPPING, detail=f"{name}: {fault}") from None
