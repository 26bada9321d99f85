"""What an official of one office proposes and one of another confirms within a day: codes set by hand, and tracing."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.status import officials
from pratique.authority.store import reading
from pratique.authority.store.status import Waits
from pratique.model.errors import AccessRefused
from pratique.rules.policy import Cause
from pratique.trust import TrustList
from pratique.web import forms, guarding
from pratique.web.desk import Desk, Page, Queue
from pratique.web.desk_joint import Line
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})


class Work(Struct, frozen=True):
    """What these pages work with: the database in the role of the health authority, and where its days begin."""

    desk: Desk
    engine: Engine
    zone: tzinfo
    facilities: TrustList
    """The keys whose signed records count."""

    def waiting(self, account: Account, causes: frozenset[Cause]) -> tuple[Waits, ...]:
        return officials.waiting(self.engine, account, causes, at=self.desk.clock())

    def one(self, account: Account, causes: frozenset[Cause], key: str) -> Waits:
        """A proposal that waits. Raises `Problem` (PAGE_UNKNOWN)."""
        found = next((each for each in self.waiting(account, causes) if each.proposal_id == key), None)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return found

    def own(self, account: Account, waits: Waits) -> bool:
        """Whether their office proposed it, so that another has to look."""
        at = self.desk.clock()
        with reading(self.engine) as connection:
            return officials.office(connection, account, at=at) == waits.office

    def local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.zone)

    def lapses(self, waits: Waits) -> datetime:
        return self.local(waits.moment) + officials.ANSWERED

    def rows(self, account: Account, causes: frozenset[Cause], say: Words) -> list[dict[str, Any]]:
        """What waits, for a list."""
        now = int(self.desk.clock().timestamp())
        return [
            {
                "id": each.proposal_id,
                "what": say(f"counts.cause.{each.cause}"),
                "by": each.proposed_by,
                "own": each.proposed_by == account.account_id,
                "minutes": (now - each.moment) // 60,
            }
            for each in self.waiting(account, causes)
        ]

    def queue(self, causes: frozenset[Cause], title: str, address: str) -> Callable[[Account, datetime], Queue]:
        """What waits for an account: of other officials. Whoever is of no office decides nothing here."""

        def waits(account: Account, _: datetime) -> Queue:
            try:
                found = [each for each in self.waiting(account, causes) if each.proposed_by != account.account_id]
            except AccessRefused:
                found = []
            return Queue(title, address, len(found), datetime.fromtimestamp(found[0].moment, UTC) if found else None)

        return waits


def room(
    work: Work, causes: frozenset[Cause], *, title: str, path: str, largest: int = guarding.MAX_BODY,
    listed: Callable[..., Response[str]], propose: Callable[[Work, Account, Form, Words], str | Fault],
    shown: Callable[..., Response[str]], confirm: Callable[[Work, Account, str, Form, Words], Fault | None],
) -> Page:  # fmt: skip
    """One kind of it. `listed` and `shown` are pages: of what waits, with a form; of one, for the second official.

    `propose` gives the proposal's id; what is wrong is said on the page whose form it was.
    """
    desk = work.desk

    @get(everywhere(path))
    async def all_of_them(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(listed, work, request, account, Form({}, {}))

    @post(everywhere(path), status_code=303, request_max_body_size=largest)
    async def proposed(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        made = await sync_to_thread(propose, work, account, form, words(language_of(request)))
        if isinstance(made, Fault):
            return await sync_to_thread(listed, work, request, account, form, made)
        return Redirect(f"/{language_of(request)}{path}/{made}", status_code=303)

    @get(everywhere(f"{path}/{{key:str}}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(shown, work, request, account, key, Form({}, {}))

    @post(everywhere(f"{path}/{{key:str}}"), status_code=303)
    async def confirmed(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        fault = await sync_to_thread(confirm, work, account, key, form, words(language_of(request)))
        if fault is not None:
            return await sync_to_thread(shown, work, request, account, key, form, fault)
        return Redirect(f"/{language_of(request)}{path}?done=1", status_code=303)

    return Page(ROLES, work.queue(causes, title, path), [all_of_them, proposed, one, confirmed])


def page_of(
    work: Work, request: AnyRequest, account: Account, waits: Waits, template: str, *faults: Fault,
    read: Callable[[], list[Line]], **values: Any,
) -> Response[str]:  # fmt: skip
    """One proposal, for the second official. Its own office sees who proposed it, has no form, and looks at nobody.

    `read` looks at what was proposed, which stands in the person's list.
    """
    say, own = words(language_of(request)), work.own(account, waits)
    return work.desk.page(
        request,
        template,
        status=409 if faults else 200,
        id=waits.proposal_id,
        own=own,
        until=say.instant(work.lapses(waits)),
        lines=[*([] if own else read()), Line("joint.proposed", waits.proposed_by, mono=True)],
        faults=[fault.alone for fault in faults] if own else faults,
        **values,
    )
