"""The story to take part in: XA's ministry and XB's border as two processes, their pages side by side.

The ministry can be unplugged on the page, and the border goes on answering.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.response import Redirect

from pratique.model import mrz
from pratique.sandbox import traveller
from pratique.sandbox.attempts import attempts
from pratique.sandbox.demo import World
from pratique.sandbox.serving import HOST, bound, serve_here
from pratique.web import guarding
from pratique.web.pages import AnyRequest, Site, everywhere
from pratique.web.pages import page as shown
from pratique.web.problems import language_of
from pratique.web.verifier.site import PARTS

PORTS = (8100, 8101, 8102)
"""Of the stage, the ministry and the border; where one is taken, any that is free."""
PAGE = 8103
"""Of the page that checks in the visitor's own browser, likewise."""
STARTS_WITHIN = 120.0
"""Seconds: the matcher loads its models, which takes about two."""


class Process:
    """A page's process: started, stopped, started again, always at the same address."""

    def __init__(self, module: str, folder: Path, port: int, scene: str, secret: bytes = b"") -> None:
        self.port = port
        self._command = [sys.executable, "-m", module, str(folder), str(port), scene]
        self._secret = secret
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The origin of its page."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it answers, or will."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until it listens. Raises `RuntimeError` where it ends instead."""
        if self.running:
            return
        # in a session of its own: Ctrl-C is for the process that tells this one to end
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
        assert self._process.stdin is not None  # noqa: S101  for the type checker: a pipe was asked for
        self._process.stdin.write(self._secret + b"\n")
        self._process.stdin.flush()
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("a page's process did not start")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it: its standard input ends, and if it does not follow, it is told."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0


@contextmanager
def cast(
    world: World, out: Path, *, ports: tuple[int, int, int] = PORTS
) -> Iterator[tuple[Process, Process, socket.socket]]:
    """The ministry's and the border's processes, started, and the socket of the page that shows both."""
    with bound_somewhere(ports[0]) as listening:
        scene = f"http://{HOST}:{listening.getsockname()[1]}"
        issuer, gate = free(ports[1]), free(ports[2])
        ministry = Process("pratique.sandbox.ministry", out / "xa", issuer, scene, secret=world.issuer.passphrase)
        border = Process("pratique.sandbox.gate", out / "bundle", gate, scene)
        try:
            border.start()
            ministry.start()
            yield ministry, border, listening
        finally:
            ministry.stop()
            border.stop()


def play(world: World, out: Path, *, opened: Callable[[str, str, str], None]) -> None:
    """Serve all three pages until Ctrl-C; `opened` is told the addresses of stage, ministry and border."""
    with cast(world, out) as (ministry, border, listening), in_the_browser(out) as page:
        opened(f"http://{HOST}:{listening.getsockname()[1]}", ministry.address, border.address)
        serve_here(app(ministry, border, attempts(world, out, at=world.bundle.issued), page=page), listening)


@contextmanager
def in_the_browser(out: Path, port: int = PAGE) -> Iterator[str]:
    """The address of the page that checks in the browser, served; empty where its parts are not installed."""
    if not (PARTS / "pinned").is_file():
        yield ""
        return
    serving = Process("pratique.sandbox.page", out / "bundle", free(port), "")
    try:
        serving.start()
        yield serving.address
    finally:
        serving.stop()


def app(ministry: Process, border: Process, scans: Mapping[str, str], *, page: str = "") -> Litestar:
    """The page that shows both, on which the ministry can be unplugged; `scans` are `attempts`.

    `page` is the address of the page that checks in the browser, if there is one.
    """
    site = Site(service="service.scene", authority={"en": "XA, XB", "zh": "XA、XB"}, specimen=True)

    @get(everywhere("/"), sync_to_thread=False)
    def both(request: AnyRequest) -> Response[str]:
        return shown(
            request,
            "sandbox/stage.html",
            site=site,
            language=language_of(request),
            ministry=ministry.address,
            border=border.address,
            page=page,
            plugged=ministry.running,
            scans=scans,
            brother=traveller.BROTHERS_PASSPORT.number,
            passports=[mrz.write(zone) for zone in (traveller.PASSPORT, traveller.BROTHERS_PASSPORT)],
        )

    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        return shown(request, "about.html", site=site, language=language_of(request), side="stage")

    @post(everywhere("/unplug"), status_code=200)
    async def unplug(request: AnyRequest) -> Any:
        await sync_to_thread(ministry.stop)
        return Redirect(f"/{language_of(request)}", status_code=303)

    @post(everywhere("/plug"), status_code=200)
    async def plug(request: AnyRequest) -> Any:
        await sync_to_thread(ministry.start)
        return Redirect(f"/{language_of(request)}", status_code=303)

    frames = (ministry.address, border.address)
    return guarding.application(site, [both, about, unplug, plug], hosts=(HOST, "localhost"), frames=frames)


def bound_somewhere(port: int) -> socket.socket:
    """A socket on this port, or on any that is free."""
    try:
        return bound(port)
    except OSError:
        return bound(0)


def free(port: int) -> int:
    """This port, or any that is free."""
    with bound_somewhere(port) as listening:
        return int(listening.getsockname()[1])
