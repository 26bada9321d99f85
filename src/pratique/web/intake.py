"""The desk's intake (D2): a file in, and what became of every row, in words that whoever sent it can act on.

    GET  /intake                   the form, and which sources the account sends for
    POST /intake                   the file is taken in, once; then to its report
    GET  /intake/NAME              taken, known, held, refused; each row that was not taken, why, and what to do
    GET  /intake/NAME/rows.csv     those rows as a table

They are handlers for any application; `sources` says what the account sends for, and raises `Problem` for everybody
else. A report belongs to the sources of its account. Nothing that a row held is shown: whoever sent it has it.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.records import intake
from pratique.authority.records.intake import Form
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, intakes, reading
from pratique.authority.store.intakes import RowReport
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.web import forms
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

MAX_FILE = 64_000_000
"""Octets: a table of half a million rows. A larger one is for `pratique records import`, which shows how far it is."""
SHOWN = 100
"""Rows on the page; the table to download has all of them."""
_FORMS: Mapping[str, Form] = {"csv": "csv", "fhir": "fhir", "ndjson": "ndjson"}


class Counters(Struct, frozen=True, kw_only=True):
    """What the pages work with. `sources` are those that the request's account sends for, by their ids."""

    site: Site
    engine: Engine
    vault: Vault
    sources: Callable[[AnyRequest], Mapping[str, Source]]
    """Raises `Problem` for whoever may not send."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Line(Struct, frozen=True):
    """One row that was not taken."""

    place: int
    outcome: str
    what: str
    next: str
    detail: str


def handlers(counters: Counters) -> list[Any]:
    """The four addresses, for the application that has them."""

    def form(request: AnyRequest, faults: Sequence[Fault] = ()) -> Response[str]:
        return page(
            request,
            "records/intake.html",
            site=counters.site,
            language=language_of(request),
            status=422 if faults else 200,
            sources=counters.sources(request),
            faults=faults,
        )

    @get(everywhere("/intake"), sync_to_thread=False)
    def empty(request: AnyRequest) -> Response[str]:
        return form(request)

    @post(everywhere("/intake"), status_code=303, request_max_body_size=MAX_FILE)
    async def send(request: AnyRequest) -> Response[Any]:
        sources, say = counters.sources(request), words(language_of(request))
        sent = await forms.read(request)
        source, kind, file = sources.get(sent["source"]), _FORMS.get(sent["kind"]), sent.files.get("file")
        if source is None or kind is None:
            raise Problem(Code.FORM_UNREADABLE)
        if file is None:
            return form(request, [Fault("file", say("intake.file.none"))])
        try:
            name = await sync_to_thread(_take, counters, file, kind, source)
        except MalformedRecord as fault:
            return form(request, [Fault("file", forms.told(fault.reasons[0], say)), Fault("file", fault.detail)])
        return Redirect(f"/{language_of(request)}/intake/{name}", status_code=303)

    @get(everywhere("/intake/{name:str}"))
    async def report(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        rows, say = await sync_to_thread(_rows, counters, request, name), words(language_of(request))
        counts = Counter(row.outcome for row in rows)
        wrong = [_line(row, say) for row in rows if row.outcome in ("held", "refused")]
        return page(
            request,
            "records/report.html",
            site=counters.site,
            language=language_of(request),
            name=name,
            counts={outcome: f"{counts[outcome]:,}" for outcome in ("taken", "known", "held", "refused")},
            rows=wrong[:SHOWN],
            more=max(0, len(wrong) - SHOWN),
        )

    @get(everywhere("/intake/{name:str}/rows.csv"))
    async def table(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        found, say = await sync_to_thread(_rows, counters, request, name), words(language_of(request))
        lines = [_line(row, say) for row in found if row.outcome in ("held", "refused")]
        written = io.StringIO()
        rows = csv.writer(written)
        rows.writerow([say(f"intake.column.{column}") for column in Line.__struct_fields__])
        rows.writerows([line.place, line.outcome, line.what, line.next, line.detail] for line in lines)
        return saved(written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"rows-{name}.csv")

    return [empty, send, report, table]


def _take(counters: Counters, file: bytes, kind: Form, source: Source) -> str:
    name, _ = intake.take(counters.engine, counters.vault, BytesIO(file), form=kind, source=source, at=counters.clock())
    return name


def _rows(counters: Counters, request: AnyRequest, name: str) -> list[RowReport]:
    """The rows of an intake of the account's own sources. Raises `Problem` (PAGE_UNKNOWN) for any other."""
    sources = counters.sources(request)
    with reading(counters.engine) as connection:
        if intakes.source_of(connection, name) not in sources:
            raise Problem(Code.PAGE_UNKNOWN)
        return list(intakes.reports(connection, name))


def _line(row: RowReport, say: Words) -> Line:
    told = [say.why(Reason(reason)) for reason in row.reasons]
    return Line(
        row.place,
        say(f"intake.outcome.{row.outcome}"),
        " ".join(each.what for each in told),
        " ".join(each.next for each in told),
        row.detail,
    )
