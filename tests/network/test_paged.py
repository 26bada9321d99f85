"""The verifier's half without `cryptography`, and with the files and signatures of a real browser."""

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pratique.model.reasons import Reason
from pratique.network.client import Update
from pratique.network.paged import Check, Wanted, step
from pratique.sandbox.serving import HOST
from tests.network.net import AT, DAY, FIRST, OFFICE, ROOT, SANDBOX
from tests.web.chromium import Watched, chromium, served

Fetch = Callable[[tuple[str, ...]], list[bytes | None]]
Answer = Callable[[tuple[Check, ...]], list[bool]]
MOST = 60
"""Steps: far more than a release of three countries takes."""


def walked(folder: Path, fetch: Fetch, answer: Answer, *, at: object = AT) -> Update:
    files: dict[str, bytes | None] = {}
    answers: dict[Check, bool] = {}
    for _ in range(MOST):
        came = step(folder, files, answers, at=at, environment=SANDBOX, root=ROOT)  # type: ignore[arg-type]
        if isinstance(came, Update):
            return came
        assert isinstance(came, Wanted)
        files.update(zip(came.names, fetch(came.names), strict=True))
        answers.update(zip(came.checks, answer(came.checks), strict=True))
    raise AssertionError("it never ends")


def from_memory(names: tuple[str, ...]) -> list[bytes | None]:
    return [FIRST.files.get(name) for name in names]


def by_openssl(checks: tuple[Check, ...]) -> list[bool]:
    def holds(check: Check) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(check.key).verify(check.signature, check.signed)
        except InvalidSignature:
            return False
        return True

    return list(map(holds, checks))


def test_what_does_not_hold_is_refused(tmp_path: Path) -> None:
    refused = walked(tmp_path, from_memory, lambda checks: [False] * len(checks))
    assert refused.bundle is None
    assert [problem.reason for problem in refused.problems] == [Reason.NETWORK_SIGNATURES]
    late = walked(tmp_path, from_memory, by_openssl, at=AT + 8 * DAY)
    assert [problem.reason for problem in late.problems] == [Reason.NETWORK_EXPIRED]


def test_it_is_the_release(tmp_path: Path) -> None:
    taken = walked(tmp_path, from_memory, by_openssl)
    assert taken.problems == ()
    assert taken.bundle is not None
    assert taken.bundle.number == 1
    assert set(taken.bundle.rules) == {"XA", "XB"}


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] == "cryptography":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
import pratique.network.paged
assert "cryptography" not in sys.modules
"""


def test_a_page_needs_no_cryptography() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", BLOCKED], check=True, env={"PYTHONPATH": ":".join(sys.path)})


@pytest.mark.allow_hosts([HOST])
def test_a_browser_fetches_and_checks_all_of_it(tmp_path: Path) -> None:
    from litestar import Litestar, Response, get
    from litestar.params import FromPath

    from pratique.web import guarding

    script = (Path(guarding.__file__).parent / "static" / "release.mjs").read_text("utf-8")

    @get("/", media_type="text/html", sync_to_thread=False)
    def empty() -> str:
        return "<!doctype html><title>a page</title>"

    @get("/network/{name:path}", sync_to_thread=False)
    def file(name: FromPath[str]) -> Response[bytes]:
        data = FIRST.files.get(name.lstrip("/"))
        status = 200 if data is not None else 404
        return Response(data or b"", status_code=status, media_type="application/octet-stream")

    @get("/release.mjs", media_type="text/javascript", sync_to_thread=False)
    def module() -> str:
        return script

    with served(Litestar([empty, file, module], openapi_config=None)) as address, chromium() as browser:
        page = Watched(browser.new_context(), address).page
        page.goto(address)
        page.evaluate("import('/release.mjs').then((module) => Object.assign(window, module))")

        def fetch(names: tuple[str, ...]) -> list[bytes | None]:
            came = page.evaluate(
                "async (names) => (await fetched('/network', names)).map((octets) => octets && Array.from(octets))",
                list(names),
            )
            return [None if octets is None else bytes(octets) for octets in came]

        def answer(checks: tuple[Check, ...]) -> list[bool]:
            told = [[base64.b64encode(part).decode() for part in (c.key, c.signed, c.signature)] for c in checks]
            found: list[bool] = page.evaluate(
                """async (told) => {
                  const octets = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
                  return answered(told.map(([key, signed, signature]) => (
                    { key: octets(key), signed: octets(signed), signature: octets(signature) })));
                }""",
                told,
            )
            return found

        key, signature = OFFICE.public_key().public_bytes_raw(), OFFICE.sign(b"one text")
        asked = (Check(key, b"one text", signature), Check(key, b"another", signature), Check(b"?", b"", b""))
        assert answer(asked) == [True, False, False]
        taken = walked(tmp_path, fetch, answer)
    assert taken.problems == ()
    assert taken.bundle is not None
    assert taken.bundle.number == 1
