"""The processes of the demonstration: a border that cannot reach out, a ministry that can be unplugged, one Ctrl-C."""

import html
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pratique.sandbox import stage, states
from pratique.sandbox.serving import HOST
from pratique.sandbox.stage import Process, free
from pratique.trust import Environment, TrustList
from pratique.web.verifier.site import PARTS

SOURCE = Path(__file__).parents[2] / "src"
OUTWARD = """
import socket
from pratique.sandbox.gate import Unplugged, unplug
unplug()
with socket.socket() as here:
    here.bind(("127.0.0.1", 0))
    here.listen()
    for reach in (
        lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: socket.gethostbyname("example.org"),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        lambda: __import__("urllib.request").request.urlopen("http://127.0.0.1:9/"),
    ):
        try:
            reach()
        except OSError as fault:
            assert isinstance(getattr(fault, "reason", fault), Unplugged), fault
        else:
            raise SystemExit("it reached out")
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(SOURCE)}


def test_the_border_cannot_reach_out() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OUTWARD],
        env=environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


OF_THE_ISSUING_SIDE = """
import sys
import pratique.sandbox.gate
theirs = ("pratique.authority", "pratique.issuing", "pratique.sandbox.s")
print([name for name in sys.modules if name.startswith(theirs)])
"""


def test_the_border_loads_nothing_of_the_issuing_side() -> None:
    """Neither keys nor a register nor who signs: what it shares is the published release."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OF_THE_ISSUING_SIDE],
        env=environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("['pratique.sandbox.serving']", "")


@pytest.mark.allow_hosts([HOST])
def test_a_process_that_does_not_start_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    border = Process("pratique.sandbox.gate", tmp_path / "nothing", free(0), "http://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="did not start"):
        border.start()
    assert not border.running
    border.stop()


@pytest.mark.allow_hosts([HOST])
def test_served_until_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "pratique", "demo", "--browser"]
    served = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True)
    assert served.stdout is not None
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = served.stdout.readline()
            assert line, said
            said += line
        scene, ministry, border = re.findall(r"http://\S+", said)
        with httpx.Client(timeout=30, trust_env=False) as client:
            both = client.get(f"{scene}/en")
            assert f"frame-src {ministry} {border};" in both.headers["content-security-policy"]
            assert f'camera=(self "{ministry}" "{border}")' in both.headers["permissions-policy"]
            for address in (ministry, border):
                policy = client.get(f"{address}/zh").headers["content-security-policy"]
                assert f"frame-ancestors {scene};" in policy
            assert "Han Meimei" in client.get(f"{ministry}/en/office").text
            assert client.post(f"{scene}/en/unplug").status_code == 303
            with pytest.raises(httpx.ConnectError):
                client.get(f"{ministry}/en")
            answer = client.post(f"{border}/en/answer", data={"scan": "HC1:NOTHING"})
            assert 'class="answers"' in answer.text
            assert _attempts(client, both.text, border) == [
                ("tampered", "no", ""),
                ("tests", "yes", "A test on arrival"),
                ("dose", "no", "Quarantine of 10 days"),
            ]
            assert client.post(f"{scene}/en/plug").status_code == 303
            assert client.get(f"{ministry}/en").status_code == 200
    finally:
        served.send_signal(signal.SIGINT)
        ended = served.wait(timeout=60)
        served.stdout.close()
    assert ended == 0
    for address in (scene, ministry, border):
        assert _silent(address)


def _attempts(client: httpx.Client, page: str, border: str) -> list[tuple[str, str, str]]:
    """Each code that stands on the page to be tried: the last answer of those that were given, and what follows."""
    found = []
    for name, code in re.findall(r'data-attempt="(\w+)">([^<]+)</pre>', page):
        answer = client.post(f"{border}/en/answer", data={"scan": html.unescape(code)}).text
        shapes = [shape for shape in re.findall(r'<li class="(\w+)">', answer) if shape != "unasked"]
        assert ("HAN, MEIMEI" in answer) == (name != "tampered")
        follows = re.search(r'<p class="consequence">([\w ]+)', answer)
        found.append((name, shapes[-1], follows[1] if follows else ""))
    return found


def _silent(address: str) -> bool:
    for _ in range(50):
        try:
            httpx.get(address, timeout=2, trust_env=False)
        except httpx.HTTPError:
            return True
        time.sleep(0.1)
    return False


def test_the_page_for_a_browser_is_there_if_its_parts_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "PARTS", tmp_path / "none")
    with stage.in_the_browser(tmp_path) as address:
        assert address == ""


@pytest.mark.allow_hosts([HOST])
@pytest.mark.skipif(not (PARTS / "pinned").is_file(), reason="the page's parts: install with the npm registry")
def test_the_page_for_a_browser_gives_its_release_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    states.publish(tmp_path / "bundle", TrustList([], environment=Environment.SANDBOX), at=datetime.now(UTC))
    with stage.in_the_browser(tmp_path, 0) as address:
        assert httpx.get(f"{address}/setting.json").json()["release"]["number"] == 1
