"""Part 17: the verifier's page in a real browser, from its own cache, and each scan until the answers are on it."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import uvicorn
from playwright.sync_api import BrowserContext, sync_playwright

from bench import material
from bench.report import Budget, Part, Skipped
from pratique.model.keys import Algorithm
from pratique.sandbox.border import bundle_files
from pratique.sandbox.serving import HOST, bound
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.web.verifier.serving import app
from pratique.web.verifier.site import PARTS, Post, site

_READY, _SCAN = "verifier's page ready from its cache", "verifier's page, a scan, p95"
BUDGETS = (Budget(_READY, 3_000, None, " ms", at_most=True), Budget(_SCAN, 150, None, " ms", at_most=True))

_STARTS = 5
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
_COMPILED = """async () => {
  while (!(await (await caches.open("compiled")).keys()).length) await new Promise((done) => setTimeout(done, 200));
}"""
"""Until what the first visit compiles is kept, by which every later start is quicker."""
_EACH = """async (scans) => {
  const times = [];
  for (const scan of scans) {
    const started = performance.now();
    const shown = new Promise((done) => document.addEventListener("shown", done, { once: true }));
    document.getElementById("scan").value = scan;
    document.getElementById("check").requestSubmit();
    await shown;
    times.push(performance.now() - started);
    if (!document.querySelector("#answers li:first-child.yes")) throw new Error("not authentic");
  }
  return times;
}"""


def measure(count: int) -> Part:
    """`count` distinct scans, each shown as three answers; and the page started from its cache, the server gone."""
    path = shutil.which("chromium")
    if path is None:
        raise Skipped("needs chromium")
    if not (PARTS / "pinned").is_file():
        raise Skipped("needs the parts of the verifier's page: install with the npm registry in reach")
    signer, now = material.DocumentSigner(Algorithm.ES256), datetime.now(UTC).replace(microsecond=0)
    trusted = TrustList(
        [trusted_key(signer.certificate)],
        environment=Environment.SANDBOX,
        issued=now,
        fresh_until=now + timedelta(days=7),
    )
    files = site(Post("XB", {"en": "XB", "zh": "XB"}, "XBHAV"), bundle_files(trusted, number=1, at=now))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS)).new_context()
        with _served(files) as address:
            first = _start(context, address)
            context.pages[0].wait_for_function("navigator.serviceWorker.controller !== null")
            context.pages[0].evaluate(_COMPILED)
        starts = [_start(context, address) for _ in range(_STARTS)]
        times = context.pages[0].evaluate(_EACH, material.scans(count, signer))
        context.close()
    p95 = sorted(times)[int(len(times) * 0.95)]
    return Part(
        "17. the verifier's page in Chromium",
        ("", "figure"),
        (
            ("octets of all files", f"{sum(map(len, files.values())) / 1e6:.1f} MB"),
            ("first visit, over the loopback", f"{first:.0f} ms"),
            ("ready from its cache, without a server", f"{median(starts):.0f} ms"),
            ("a scan, to the three answers, p50", f"{median(times):.0f} ms"),
            ("a scan, to the three answers, p95", f"{p95:.0f} ms"),
        ),
        (f"{len(times)} distinct scans; every one was genuine", "the browser runs without a screen"),
        (
            Budget(_READY, 3_000, median(starts), " ms", at_most=True),
            Budget(_SCAN, 150, p95, " ms", at_most=True),
        ),
    )


def _start(context: BrowserContext, address: str) -> float:
    """Milliseconds until the page waits for a code."""
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"{address}/en")
    page.wait_for_selector("html[data-ready=yes]", timeout=120_000)
    found: Any = page.evaluate("performance.now()")
    return float(found)


@contextmanager
def _served(files: dict[str, bytes]) -> Iterator[str]:
    with bound(0) as listening:
        server = uvicorn.Server(uvicorn.Config(app(files), log_level="warning", loop="asyncio"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
