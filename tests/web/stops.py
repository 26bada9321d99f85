"""Every page there is, and how to reach it: ONE table, for axe, for the pictures, and for whoever adds a page.

    Stop("desk/today", "desk", "", NORTH)          an address, and who has signed in
    Stop("issuing/face", "travellers", "", face)   or the steps that lead there, as a person takes them

`scene` serves the applications. A page that is in no line here fails a test (`test_axe`).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, Page

from pratique.authority.access import Account
from pratique.authority.store import locks
from pratique.authority.store.people import Papers
from pratique.model.mrz import write
from pratique.sandbox import traveller
from pratique.web.ministry import CONSENT
from tests.authority.issuing import CLINIC, LAB
from tests.chips import picture
from tests.web.api.authority import bundle
from tests.web.chromium import WITHIN, follow
from tests.web.code_houses import SIGNED_IN
from tests.web.houses import scan
from tests.web.scene import CHILD, GUARD, LINA, MEIMEI, NORTH, NURSE, SOUTH, WANG, Scene

NOBODY_ELSE = "XA0000001"
"""A passport number that nobody has, whose allowance of tries is used up."""
USE_UP = """async ([number, consent]) => {
  for (let left = 20; left > 0; left -= 1) {
    await fetch("/en/passport", { method: "POST", body: new URLSearchParams({ consent, number }) });
  }
}"""


class Walk:
    """One language's walk: a browser for each application and whoever has signed in there."""

    def __init__(
        self, scene: Scene, browser: Browser, language: str = "en", *, script: str = "", workers: bool = False
    ) -> None:
        self.scene = scene
        self.language = language
        """May be changed between two stops."""
        self.browser = browser
        self.script = script
        """What every page has from its start."""
        self.workers = workers
        """Whether a page may keep itself, for when there is no network."""
        self._contexts: dict[str, BrowserContext] = {}
        self._pages: dict[str, Page] = {}
        self.visits: dict[Page, str] = {}
        """Where the certificate of whoever came in by a page is, after the language."""
        self.stands: dict[Page, tuple[Steps | None, str]] = {}
        """The steps that the last stop took, and the address to which they led."""
        self.page: Page

    def go(self, application: str, path: str) -> None:
        """To an address."""
        self.page.goto(f"{self.scene.origins[application]}/{self.language}{path}", wait_until="load")

    def come(self, application: str, who: Any) -> bool:
        """Take up the browser of `who`; whether it is a new one, in which nobody has signed in."""
        name = f"{application}:{who.account_id if isinstance(who, Account) else who}"
        known = name in self._contexts
        if not known:
            context = self._contexts[name] = self.browser.new_context(
                viewport={"width": 390, "height": 844}, service_workers="allow" if self.workers else "block"
            )
            context.set_default_timeout(WITHIN)
            if self.script:
                context.add_init_script(self.script)
            self._pages[name] = context.new_page()
        self.page = self._pages[name]
        return not known

    def after(self, steps: "Steps") -> None:
        """Be where these lead: they are not taken again where the last stop took them."""
        if self.stands.get(self.page) != (steps, self.page.url):
            steps(self)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


Steps = Callable[[Walk], None]


class Stop(Struct, frozen=True):
    """One page: the template that it is made of (and what is special, in brackets), and how it is reached."""

    name: str
    application: str
    path: str = ""
    who: Account | Papers | None = None
    """An official, or a holder, who has signed in."""
    steps: Steps | None = None

    @property
    def template(self) -> str:
        return f"{self.name.partition(' ')[0]}.html"

    def reach(self, walk: Walk) -> Page:
        """Stand on it."""
        if walk.come(self.application, self.who):
            if isinstance(self.who, Account):
                _official(walk, self.who)
            elif isinstance(self.who, Papers):
                _holder(walk, self.who)
        if self.steps is None:
            walk.go(self.application, self.path)
        else:
            self.steps(walk)
        walk.stands[walk.page] = (self.steps, walk.page.url)
        return walk.page


def _official(walk: Walk, who: Account) -> None:
    walk.go("desk", "/invitation")
    walk.page.fill("#account", who.account_id)
    walk.page.fill("#code", walk.scene.invitation(who))
    follow(walk.page, "main form .button")


def _holder(walk: Walk, who: Papers) -> None:
    walk.go("travellers", "/paper-code")
    walk.page.fill("#number", who.number)
    walk.page.fill("#code", walk.scene.code(who))
    walk.page.check("#consent")
    follow(walk.page, "main form .button")
    walk.visits[walk.page] = walk.page.url.partition(f"/{walk.language}")[2]


# --- the steps to pages that no address leads to


def certificate(walk: Walk, rest: str = "") -> None:
    walk.go("travellers", f"{walk.visits[walk.page]}{rest}")


def agreed(walk: Walk) -> None:
    walk.go("travellers", "/consent")
    follow(walk.page, "main form .button")


def slip(walk: Walk) -> None:
    walk.after(agreed)
    walk.page.fill("#number", "XA12")
    follow(walk.page, "main form[data-passport] .button")


def face(walk: Walk) -> None:
    agreed(walk)
    walk.page.fill("#number", MEIMEI.number)
    follow(walk.page, "main form[data-passport] .button")


def cannot(walk: Walk) -> None:
    walk.after(face)
    follow(walk.page, "form .quiet")


def waiting(walk: Walk) -> None:
    walk.after(cannot)
    follow(walk.page, "main a[href*=waiting]")


def sent(walk: Walk) -> None:
    walk.after(waiting)
    if not walk.page.locator("#photograph").count():  # sent before, by the walk in another look
        return
    walk.page.set_input_files("#photograph", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    walk.page.check("#consent")
    follow(walk.page, "main form .button")


def refused(walk: Walk) -> None:
    agreed(walk)
    walk.page.evaluate(USE_UP, [NOBODY_ELSE, CONSENT])
    walk.page.fill("#number", NOBODY_ELSE)
    follow(walk.page, "main form[data-passport] .button")


def own(walk: Walk) -> None:
    certificate(walk)
    follow(walk.page, "main a[href*='/own/']")


def wrong_record(walk: Walk) -> None:
    walk.go("travellers", "/records")
    follow(walk.page, "main a[href*=wrong]")


def declared(walk: Walk) -> None:
    walk.go("travellers", "/code/declare")
    walk.page.fill("[name=temperature]", "36.6")
    follow(walk.page, "main form:has([name=temperature]) .button:not(.second)")
    walk.go("travellers", "/code/said")


def appealing(walk: Walk) -> None:
    walk.go("travellers", "/code")
    follow(walk.page, "main a[href*='/code/appeal/']")


def word(walk: Walk) -> None:
    walk.go("travellers", "/code")
    follow(walk.page, "form[action$='/code/word'] button")


def of_hers(rest: str) -> Steps:
    """Under her certificate's address."""

    def step(walk: Walk) -> None:
        certificate(walk, rest)

    return step


def planned(walk: Walk) -> None:
    certificate(walk, "/trip")
    walk.page.fill("#from", "XB")
    walk.page.fill("#through", "XBHAV")
    walk.page.fill("#to", "XAHAV")
    walk.page.fill("#day", (datetime.now(UTC) + timedelta(days=3)).date().isoformat())
    follow(walk.page, "main form .button")


def locked_out(walk: Walk) -> None:
    """Her passport was tried too often."""
    engine = walk.scene.place.engine()
    locks.note(engine, walk.scene.place.vault, MEIMEI.number, at=datetime.now(UTC))
    engine.dispose()
    walk.go("travellers", "/looks")


def nowhere(walk: Walk) -> None:
    certificate(walk, "/trip")
    walk.page.fill("#to", "Atlantis")
    walk.page.fill("#day", datetime.now(UTC).date().isoformat())
    follow(walk.page, "main form .button")


def chosen(walk: Walk) -> None:
    certificate(walk, "/choose")
    walk.page.locator("[name=claim]").first.check()
    walk.page.locator("[name=state]").first.check()
    follow(walk.page, "main form .button")


def sealed(walk: Walk) -> None:
    walk.after(chosen)
    follow(walk.page, "main a[href$='/sealed']")


def passed(walk: Walk) -> None:
    certificate(walk, "/pass")
    follow(walk.page, "main form .button")


def leaked(walk: Walk) -> None:
    certificate(walk, "/leaked")
    follow(walk.page, "main form button")


def left(walk: Walk) -> None:
    walk.go("travellers", "/leave")
    follow(walk.page, "main form button[value=out]")


def first_case(path: str) -> Steps:
    """The first that waits in a queue of the desk."""

    def step(walk: Walk) -> None:
        walk.go("desk", path)
        follow(walk.page, f"main a[href*='{path}/']")

    return step


def handed_over(walk: Walk) -> None:
    """A picture that waits for eyes, where they look."""
    walk.come("travellers", None)
    sent(walk)
    walk.come("desk", LINA)
    first_case("/review")(walk)


def policy(walk: Walk) -> None:
    walk.go("desk", "/policies")
    follow(walk.page, "main a[href*='/policies/published/']")


def draft(which: str, rest: str = "") -> Steps:
    """A policy's draft, as it was left."""

    def step(walk: Walk) -> None:
        walk.go("desk", f"/policies/drafts/{walk.scene.drafts[which]}{rest}")

    return step


def effect(walk: Walk) -> None:
    """Whom it hits, once that has been worked out."""
    draft("sent", "/effect")(walk)
    while walk.page.locator("main a.button[href$='/effect']").count():
        follow(walk.page, "main a.button[href$='/effect']")


def proposal(walk: Walk) -> None:
    walk.go("desk", "/agreements/propose")
    walk.page.fill("#code", "XF")
    for name, value in (("direction", "mutual"), ("claims", "vaccination")):
        walk.page.check(f"[name={name}][value={value}]")
    walk.page.fill("#title", "XA and XF")
    walk.page.fill("#instrument", "Fictional: an exchange of notes")
    walk.page.fill("#from", "2027-01-01")
    follow(walk.page, "main form .button")


def added_up(walk: Walk) -> None:
    walk.go("desk", "/log")
    follow(walk.page, "form[action$='/log/verify'] .button")


def token(walk: Walk) -> None:
    walk.go("desk", "/token")
    follow(walk.page, "main form .button")


def would_withdraw(walk: Walk) -> None:
    """All that a laboratory vouched for in a month: the number, before anything is done."""
    walk.go("desk", "/withdrawals/facility")
    walk.page.select_option("#facility", LAB.facility_id)
    walk.page.fill("#since", "2026-11-01T00:00")
    walk.page.fill("#until", "2026-12-01T00:00")
    walk.page.select_option("#ground", "anomaly")
    follow(walk.page, "main form .button")


def asks_another(walk: Walk) -> None:
    walk.after(would_withdraw)
    follow(walk.page, "main form .button")


def for_the_second(path: str) -> Steps:
    """What one official asked, where the other sees it."""

    def step(walk: Walk) -> None:
        if walk.come("desk", NORTH):
            _official(walk, NORTH)
        asks_another(walk)
        walk.come("desk", SOUTH)
        if path:
            walk.go("desk", path)
        else:
            first_case("/joint")(walk)

    return step


def found(walk: Walk) -> None:
    walk.go("desk", "/counter")
    walk.page.fill("#number", MEIMEI.number)
    follow(walk.page, "main section form .button")


def screened(walk: Walk) -> None:
    """The counter, with a second screen that nobody has opened yet."""
    walk.go("desk", "/counter")
    if walk.page.locator("form[action$='/counter/screen/close']").count():
        follow(walk.page, "form[action$='/counter/screen/close'] .button")
    follow(walk.page, "form[action$='/counter/screen'] .button")


def _second_screen(walk: Walk) -> None:
    """Before the screen, whose letters the officer has read out."""
    if walk.come("desk", LINA):
        _official(walk, LINA)
    screened(walk)
    letters = walk.page.inner_text("#screen-code")
    walk.come("desk", "the second screen")
    walk.go("desk", "/screen")
    walk.page.fill("#code", letters)
    follow(walk.page, "main form .button")


def tongues(walk: Walk) -> None:
    _second_screen(walk)


def mirrored(walk: Walk) -> None:
    _second_screen(walk)
    follow(walk.page, f"form[action^='/{walk.language}/screen/'] .button")


def written(walk: Walk) -> None:
    """What is written, once an officer has said who it is."""
    mirrored(walk)
    walk.come("desk", LINA)
    found(walk)
    walk.page.check("#consent")
    follow(walk.page, "main form .button")
    walk.come("desk", "the second screen")
    walk.page.reload()
    follow(walk.page, "main a[href$='written=1']")


def newcomer(walk: Walk) -> None:
    walk.go("desk", "/counter/newcomer?without=document")


def proposed(walk: Walk) -> None:
    walk.after(found)
    walk.page.check("#consent")
    follow(walk.page, "main form .button")


def _seconds(walk: Walk, decision: str) -> None:
    """What one officer proposed, decided by the other."""
    if walk.come("desk", LINA):
        _official(walk, LINA)
    proposed(walk)
    act = walk.page.url.partition(f"/{walk.language}/")[2]
    walk.come("desk", WANG)
    walk.go("desk", f"/{act}")
    follow(walk.page, f"button[value={decision}]")


def done(walk: Walk) -> None:
    _seconds(walk, "confirm")


def stopped(walk: Walk) -> None:
    _seconds(walk, "turn_down")


def a_code(walk: Walk) -> None:
    walk.go("desk", "/code")
    walk.page.fill("#number", MEIMEI.number)
    follow(walk.page, "main form .button")


def reported(walk: Walk) -> None:
    walk.go("desk", "/intake")
    rows = bundle("XA7777777", "Li", "Lei", "intake-1")
    walk.page.select_option("#kind", "fhir")
    walk.page.set_input_files(
        "main input[type=file]", {"name": "rows.json", "mimeType": "application/json", "buffer": rows}
    )
    follow(walk.page, "main form .button")


def looked(walk: Walk) -> None:
    walk.go("desk", "/look")
    walk.page.fill("[name=word]", "nobody said this")
    follow(walk.page, "main form .button")


def asked(walk: Walk) -> None:
    walk.go("api", "/support")
    walk.page.select_option("#topic", "other")
    walk.page.fill("#message", "Where is my certificate?")
    follow(walk.page, "main form .button")


def its_status(walk: Walk) -> None:
    walk.after(asked)
    follow(walk.page, "main form .button")


def checked(walk: Walk) -> None:
    walk.go("travellers", "/transparency")
    follow(walk.page, "form[action*='/check'] .button")


def answered(text: Callable[[], str], document: str = "") -> Steps:
    def step(walk: Walk) -> None:
        walk.go("border", "")
        walk.page.fill("#scan", text())
        walk.page.fill("#document", document)
        follow(walk.page, ".next-scan")

    return step


def planned_by_another(walk: Walk) -> None:
    answered(_now)(walk)
    walk.page.fill("#planned", "999")
    follow(walk.page, "#with-document .button")


def _now() -> str:
    return scan(at=datetime.now(UTC))


def _forged() -> str:
    text = _now()
    return text[:80] + ("A" if text[80] != "A" else "B") + text[81:]


def over(walk: Walk) -> None:
    origin = walk.scene.origins["over"]
    walk.context.add_cookies([{"name": SIGNED_IN, "value": "meimei", "url": origin}])
    walk.go("over", "/code")


def a_passport(walk: Walk) -> None:
    walk.go("sandbox", "/office")
    walk.page.fill("[name=family]", "Lee")
    walk.page.fill("[name=given]", "Ann")
    walk.page.set_input_files("[name=photograph]", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"ann"})
    follow(walk.page, "main form .button:not([type=button])")


def holder(name: str, path: str, **more: Any) -> Stop:
    """A page of Han Meimei's, who has come in."""
    return Stop(name, "travellers", path, MEIMEI, **more)


STOPS = (
    Stop("issuing/start", "travellers"),
    Stop("issuing/consent", "travellers", "/consent"),
    Stop("issuing/passport", "travellers", steps=agreed),
    Stop("issuing/passport (a slip)", "travellers", steps=slip),
    Stop("issuing/face", "travellers", steps=face),
    Stop("issuing/desk", "travellers", "/desk"),
    Stop("issuing/desk (a code)", "travellers", steps=cannot),
    Stop("issuing/waiting", "travellers", steps=waiting),
    Stop("issuing/waiting (sent)", "travellers", steps=sent),
    Stop("issuing/not_confirmed", "travellers", steps=refused),
    Stop("issuing/code", "travellers", "/paper-code"),
    Stop("issuing/sign_in", "travellers", "/sign-in"),
    holder("issuing/certificate", "", steps=certificate),
    holder("issuing/show", "", steps=lambda walk: certificate(walk, "/show/1")),
    holder("issuing/own", "", steps=own),
    Stop("issuing/no_records", "travellers", "", CHILD, steps=certificate),
    holder("holder/trip", "", steps=of_hers("/trip")),
    holder("holder/trip (a slip)", "", steps=nowhere),
    holder("holder/trip (answered)", "", steps=planned),
    holder("holder/choose", "", steps=of_hers("/choose")),
    holder("holder/chosen", "", steps=chosen),
    holder("holder/sealed", "", steps=sealed),
    holder("holder/along", "", steps=of_hers("/along")),
    holder("holder/pass", "", steps=of_hers("/pass")),
    holder("holder/passed", "", steps=passed),
    holder("holder/leaked", "", steps=of_hers("/leaked")),
    holder("holder/leaked_done", "", steps=leaked),
    holder("holder/certificates", "/certificates"),
    Stop("holder/kept", "travellers", "/kept"),
    Stop("holder/leave", "travellers", "/leave"),
    Stop("holder/left", "travellers", steps=left),
    holder("records/kept", "/records"),
    holder("records/wrong", "", steps=wrong_record),
    holder("records/looks", "/looks"),
    holder("records/looks (a lock)", "", steps=locked_out),
    holder("code/mine", "/code"),
    holder("code/show", "/code/show"),
    holder("code/declare", "/code/declare"),
    holder("code/said", "", steps=declared),
    holder("code/appeal", "", steps=appealing),
    holder("code/word", "", steps=word),
    Stop("code/counts", "travellers", "/counts"),
    Stop("code/over", "over", steps=over),
    Stop("wallet/status", "travellers", "/wallet"),
    Stop("wallet/visit", "travellers", "/visit"),
    Stop("transparency/page", "travellers", "/transparency"),
    holder("transparency/page (checked)", "", steps=checked),
    Stop("transparency/object", "api", "/transparency/object/events"),
    Stop("about", "travellers", "/about"),
    Stop("problem", "travellers", "/nothing"),
    Stop("support/ask", "api", "/support"),
    Stop("support/asked", "api", steps=asked),
    Stop("support/which", "api", "/support/status"),
    Stop("support/status", "api", steps=its_status),
    Stop("desk/sign_in", "desk", "/sign-in"),
    Stop("desk/invitation", "desk", "/invitation"),
    Stop("desk/today", "desk", "", NORTH),
    Stop("desk/passkeys", "desk", "/passkeys", NORTH),
    Stop("desk/disputes", "desk", "/disputes", NORTH),
    Stop("desk/dispute", "desk", "", NORTH, first_case("/disputes")),
    Stop("desk/apps", "desk", "/apps", NORTH),
    Stop("desk/app", "desk", "", NORTH, first_case("/apps")),
    Stop("desk/objections", "desk", "/objections", NORTH),
    Stop("desk/objection", "desk", "", NORTH, first_case("/objections")),
    Stop("status/queue", "desk", "/appeals", NORTH),
    Stop("status/appeal", "desk", "", NORTH, first_case("/appeals")),
    Stop("desk/by_hand", "desk", "/by-hand", NORTH),
    Stop("desk/by_hand_one", "desk", "", SOUTH, first_case("/by-hand")),
    Stop("desk/tracing", "desk", "/tracing", NORTH),
    Stop("desk/tracing_one", "desk", "", SOUTH, first_case("/tracing")),
    Stop("desk/policies", "desk", "/policies", NORTH),
    Stop("desk/policy", "desk", "", NORTH, policy),
    Stop("desk/policy_draft", "desk", "", NORTH, draft("written")),
    Stop("desk/policy_sent", "desk", "", SOUTH, draft("sent")),
    Stop("desk/effect", "desk", "", NORTH, effect),
    Stop("desk/agreements", "desk", "/agreements", NORTH),
    Stop("desk/propose", "desk", "/agreements/propose", NORTH),
    Stop("desk/proposal", "desk", "", NORTH, proposal),
    Stop("desk/facilities", "desk", "/facilities", NORTH),
    Stop("desk/facility", "desk", f"/facilities/{LAB.facility_id}", NORTH),
    Stop("desk/facility (proposed)", "desk", f"/facilities/{CLINIC.facility_id}", NORTH),
    Stop("desk/facility_terms", "desk", f"/enter-facility?of={LAB.facility_id}", NORTH),
    Stop("desk/withdrawals", "desk", "/withdrawals", NORTH),
    Stop("desk/withdraw", "desk", "/withdrawals/facility", NORTH),
    Stop("desk/withdraw_check", "desk", "", NORTH, would_withdraw),
    Stop("desk/joint", "desk", "", NORTH, asks_another),
    Stop("desk/joint (the second)", "desk", "", SOUTH, for_the_second("")),
    Stop("desk/joint_waiting", "desk", "", SOUTH, for_the_second("/joint")),
    Stop("desk/issuance", "desk", "/issuance", NORTH),
    Stop("desk/requests", "desk", "/requests", NORTH),
    Stop("desk/counters", "desk", "/counters", NORTH),
    Stop("desk/log", "desk", "/log", NORTH),
    Stop("desk/log (added up)", "desk", "", NORTH, added_up),
    Stop("desk/clients", "desk", "/clients", NORTH),
    Stop("desk/enter_client", "desk", "/enter-client", NORTH),
    Stop("desk/client", "desk", "", NORTH, first_case("/clients")),
    Stop("desk/token", "desk", "/token", NORTH),
    Stop("desk/token (made)", "desk", "", NORTH, token),
    Stop("desk/permits", "desk", "/permits", NORTH),
    Stop("desk/permit", "desk", "", NORTH, first_case("/permits")),
    Stop("desk/reviews", "desk", "/review", LINA),
    Stop("desk/review", "desk", "", LINA, handed_over),
    Stop("desk/counter", "desk", "/counter", LINA),
    Stop("desk/counter (a second screen)", "desk", "", LINA, screened),
    Stop("screen/code", "desk", "/screen"),
    Stop("screen/language", "desk", steps=tongues),
    Stop("screen/shown", "desk", steps=mirrored),
    Stop("screen/shown (what is written)", "desk", steps=written),
    Stop("desk/found", "desk", "", LINA, found),
    Stop("desk/newcomer", "desk", "", LINA, newcomer),
    Stop("desk/act", "desk", "", LINA, proposed),
    Stop("desk/done", "desk", "", WANG, done),
    Stop("desk/stopped", "desk", "", WANG, stopped),
    Stop("desk/code", "desk", "", NURSE, a_code),
    Stop("records/intake", "desk", "/intake", NURSE),
    Stop("records/report", "desk", "", NURSE, reported),
    Stop("status/paper", "desk", "/paper", NURSE),
    Stop("status/look", "desk", "", GUARD, looked),
    Stop("doors/start", "doors"),
    Stop("doors/door", "doors", "/door/event"),
    Stop("border/ready", "border"),
    Stop("border/answer", "border", steps=answered(_now, write(traveller.PASSPORT))),
    Stop("border/answer (another person)", "border", steps=answered(_now, write(traveller.BROTHERS_PASSPORT))),
    Stop("border/answer (another plan)", "border", steps=planned_by_another),
    Stop("border/answer (forged)", "border", steps=answered(_forged)),
    Stop("sandbox/office", "sandbox", "/office"),
    Stop("sandbox/passport", "sandbox", steps=a_passport),
    Stop("sandbox/records", "sandbox", "/records"),
    Stop("sandbox/stage", "stage"),
)
