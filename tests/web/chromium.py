"""A real browser before the pages: Debian's Chromium, with a film in place of its camera."""

import asyncio
import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Request, sync_playwright

from pratique.sandbox.serving import HOST, bound
from tests.searching import searched

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}, EXCLUDE localhost, EXCLUDE *.localhost",
)  # fmt: skip
"""No name leads anywhere but to this machine, as if the network were unplugged."""
WITHIN = 60_000
"""Milliseconds for whatever is waited for: two slow cores with other work."""

SHAPES = ("zh", "ar", "ru")
"""Languages by which the shape of a page is tried: short words, from right to left, long words."""

READY = "html[data-ready=yes]"
"""The verifier's page, once its engine answers."""

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@contextlib.contextmanager
def chromium(film: Path | None = None, *, cameras: int = 1) -> Iterator[Browser]:
    """The browser; `film` (y4m or mjpeg) is what its camera sees, else a test picture."""
    with sync_playwright() as playwright, _launched(playwright.chromium, film, cameras) as browser:
        yield browser


@contextlib.contextmanager
def beside(browser: Browser, film: Path) -> Iterator[Browser]:
    """Another one on the same machine, with a camera of its own."""
    with _launched(browser.browser_type, film) as another:
        yield another


@contextlib.contextmanager
def _launched(kind: BrowserType, film: Path | None, cameras: int = 1) -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium: apt-get install chromium")
    more = [f"--use-file-for-fake-video-capture={film}"] if film else []
    more += [f"--use-fake-device-for-media-stream=device-count={cameras}"] if cameras > 1 else []
    browser = kind.launch(executable_path=path, args=[*ARGUMENTS, *more])
    yield browser
    browser.close()


class Watched:
    """A page, and what it asked for and complained about."""

    def __init__(self, context: BrowserContext, *origins: str) -> None:
        context.set_default_timeout(WITHIN)
        context.add_init_script(WATCH)
        self.origins = origins
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        context.on("request", self._asked)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("blob:", "data:", *(f"{origin}/" for origin in self.origins))):
            self.strangers.append(request.url)

    def must_be_clean(self) -> None:
        """Nothing was asked of anybody else, and no rule of the page was broken."""
        assert self.strangers == []
        assert self.complaints == []
        assert self.page.evaluate("window.violations") == []


@contextlib.contextmanager
def leaving(page: Page) -> Iterator[None]:
    """What is done inside leads to another page, which has loaded when this ends: a click alone waits for nothing."""
    with page.expect_event("load", timeout=WITHIN):
        yield


def follow(page: Page, selector: str) -> None:
    """Clicks what leads to another page."""
    with leaving(page):
        page.click(selector)


@contextlib.contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """The application at an address of this machine, in a thread of its own; at any port if none is named."""
    with bound(port) as listening:
        server = uvicorn.Server(uvicorn.Config(searched(app), log_level="warning", loop="asyncio", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
