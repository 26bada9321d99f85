"""The verifier's page takes a network's releases by their signatures, and keeps what it has where they do not hold."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Browser, BrowserContext

from pratique.model.reasons import Reason
from pratique.network import folder as folders
from pratique.network.client import Update
from pratique.network.distribution import Repository
from pratique.network.paged import Check
from pratique.sandbox.border import rules
from pratique.sandbox.serving import HOST
from pratique.trust import Environment
from pratique.trust.x509 import trusted_key
from pratique.web.verifier import serving, site
from pratique.web.verifier.releases import Updating, in_force
from pratique.web.verifier.site import PARTS, Network
from tests.network import net
from tests.network.test_paged import by_openssl
from tests.web.chromium import READY, Watched, chromium, served
from tests.web.findings import AXE, findings
from tests.web.houses import PASSPORT
from tests.web.test_verifier_page import NOW, POST, SIGNER, ask, scan

pytestmark = [pytest.mark.allow_hosts([HOST])]
in_a_browser = pytest.mark.skipif(not (PARTS / "pinned").is_file(), reason="the page's parts: npm registry")
SANDBOX = Environment.SANDBOX
BEGAN = NOW - timedelta(hours=2)
FOUNDED = net.founded(at=BEGAN)
ROOT = FOUNDED.files["metadata/1.root.json"]
OF_XA = {"trust/XA.json": net.trust(trusted_key(SIGNER.certificate)), "revocation/XA.bin": net.withdrawn(at=BEGAN)}
OF_XB = {"trust/XB.json": net.trust(net.XB_KEY), "rules/XB.json": rules("XB")}


def next_release(found: Repository, country: str, parts: Mapping[str, bytes]) -> Repository:
    return net.released(net.signed(found, country, parts, at=BEGAN), at=BEGAN)


def first_release() -> Repository:
    found = FOUNDED
    for country, parts in {"XA": OF_XA, "XB": OF_XB, "XC": {"trust/XC.json": net.trust()}}.items():
        found = net.signed(found, country, parts, at=BEGAN)
    return net.released(found, at=BEGAN)


FIRST = first_release()
SECOND = next_release(FIRST, "XB", {**OF_XB, "trust/XB.json": net.trust()})


def forged(found: Repository) -> dict[str, bytes]:
    """The release with one octet changed where only a signature shows it."""
    name = "metadata/timestamp.json"
    return {**found.files, name: found.files[name].replace(b'"sandbox"', b'"sandbos"', 1)}


# --- what is kept, without a browser


def updated(
    folder: Path, kept: bytes | None, files: Mapping[str, bytes], *, root: bytes = ROOT, webcrypto: bool = True
) -> tuple[Update, bytes]:
    turn = Updating(folder, kept, root=root, environment=SANDBOX, at=NOW)
    while (wanted := turn.step()) is not None:
        names, checks = wanted
        answers = by_openssl(tuple(Check(**check) for check in checks)) if webcrypto else None
        turn.give([files.get(name) for name in names], answers)
    assert turn.update is not None
    return turn.update, turn.kept()


def test_the_kept_release_goes_on_when_anything_is_wrong(tmp_path: Path) -> None:
    taken, kept = updated(tmp_path / "1", None, SECOND.files)
    assert (taken.problems, taken.bundle and taken.bundle.number) == ((), 2)
    for number, (offered, reason) in enumerate(
        [
            (FIRST.files, Reason.NETWORK_ROLLBACK),
            ({**SECOND.files, "metadata/timestamp.json": b"{}"}, Reason.NETWORK_UNREADABLE),
            (net.founded(at=BEGAN).files, Reason.NETWORK_UNREACHABLE),
        ]
    ):
        refused, still = updated(tmp_path / f"refused {number}", kept, offered)
        assert [problem.reason for problem in refused.problems] == [reason]
        bundle = in_force(still, SANDBOX)
        assert bundle is not None
        assert bundle.number == 2


def test_another_root_counts_for_nothing_once_one_was_kept(tmp_path: Path) -> None:
    _, kept = updated(tmp_path / "1", None, FIRST.files)
    refused, _ = updated(tmp_path / "2", kept, {**SECOND.files, "metadata/2.root.json": b"{}"}, root=b"{}")
    assert [problem.reason for problem in refused.problems] == [Reason.NETWORK_UNREADABLE]
    taken, _ = updated(tmp_path / "3", kept, SECOND.files, root=b"{}")
    assert (taken.problems, taken.bundle and taken.bundle.number) == ((), 2)


def test_a_browser_without_ed25519_reckons_in_python(tmp_path: Path) -> None:
    refused, _ = updated(tmp_path / "1", None, forged(FIRST), webcrypto=False)
    assert [problem.reason for problem in refused.problems] == [Reason.NETWORK_SIGNATURES]
    taken, _ = updated(tmp_path / "2", None, FIRST.files, webcrypto=False)
    assert taken.problems == ()


def test_what_was_damaged_is_fetched_again(tmp_path: Path) -> None:
    _, kept = updated(tmp_path / "1", None, FIRST.files)
    assert in_force(kept[:2000], SANDBOX) is None
    assert in_force(kept, Environment.PRODUCTION) is None
    taken, again = updated(tmp_path / "2", kept[:2000], FIRST.files)
    assert taken.problems == ()
    assert in_force(again, SANDBOX) is not None


def test_nothing_but_what_is_published_is_served(tmp_path: Path) -> None:
    folders.write(tmp_path / "dist", FIRST)
    (tmp_path / "dist" / "online.key.pem").write_text("a secret")
    (tmp_path / "secret").write_text("another")
    with TestClient(serving.app({}, network=tmp_path / "dist")) as client:
        for name in ("online.key.pem", "metadata/%2e%2e/online.key.pem", "metadata/..%2f..%2fsecret", "metadata"):
            assert client.get(f"/network/{name}").status_code == 404
        assert client.get("/network/metadata/1.root.json").content == ROOT
    with TestClient(serving.app({})) as client:
        assert client.get("/network/metadata/1.root.json").status_code == 404


# --- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def offer(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put these files in place of all that the folder offers."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


NUMBER = "#check.ready ~ .strip span:first-child"


@in_a_browser
def test_signatures_are_checked_and_what_was_kept_goes_on(context: BrowserContext, tmp_path: Path) -> None:
    offer(tmp_path, forged(FIRST))
    files = site.site(POST, Network(ROOT, SANDBOX))
    assert not [name for name in files if "/release/" in name]
    with served(serving.app(files, network=tmp_path)) as address:
        watched = Watched(context, address)
        page = watched.page
        page.goto(f"{address}/en")
        page.wait_for_selector(READY)
        assert "Too few of those who must sign" in page.inner_text("#none")
        assert page.locator("#check").count() == 0
        assert not AXE.is_file() or findings(page) == []

        offer(tmp_path, SECOND.files)
        page.click("#again")
        page.wait_for_selector("#came.signed")
        assert "Release 2" in page.inner_text(NUMBER)
        assert ask(page, scan=scan(), document=PASSPORT) == ["YES", "COMPARE", "YES"]
        page.wait_for_function("navigator.serviceWorker.controller !== null")

        offer(tmp_path, FIRST.files)
        page.reload()
        page.wait_for_selector("#not-taken")
        assert "a release older than the one we have" in page.inner_text("#not-taken")
        assert "Release 2" in page.inner_text(NUMBER)

        offer(tmp_path, next_release(SECOND, "XB", OF_XB).files)
        page.reload()
        page.locator(NUMBER, has_text="Release 3").wait_for()
        assert page.locator("#not-taken").count() == 0
    # nobody listens there any more
    page.reload()
    page.wait_for_selector("#not-taken")
    assert "cannot be reached" in page.inner_text("#not-taken")
    assert ask(page, scan=scan(), document=PASSPORT) == ["YES", "COMPARE", "YES"]
    assert watched.strangers == []


@in_a_browser
def test_a_page_that_checks_signatures_becomes_none_that_does_not(context: BrowserContext, tmp_path: Path) -> None:
    from tests.web.test_verifier_page import files as unsigned

    offer(tmp_path / "dist", FIRST.files)
    offered = site.site(POST, Network(ROOT, SANDBOX))
    with served(serving.app(offered, network=tmp_path / "dist")) as address:
        page = Watched(context, address).page
        page.goto(f"{address}/en")
        page.wait_for_selector("#came.signed")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        offered.clear()
        offered.update(unsigned(tmp_path / "release"))
        page.evaluate("navigator.serviceWorker.ready.then((kept) => kept.update()).catch(() => null)")
        page.wait_for_timeout(3_000)
        page.reload()
        page.wait_for_selector("#came.signed")
