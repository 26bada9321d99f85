"""A network from keys to a verifier's folder, with nothing but the command line."""

import http.server
import json
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest

from pratique import revocation
from pratique.cli import _network
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.network.keyfiles import new_key, read_private, read_public
from pratique.revocation import RevocationList
from pratique.sandbox.border import rules
from tests.cli.conftest import Desk, Shell

AT = "2026-11-23T06:00Z"
PASSPHRASE = "a passphrase for tests"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    (tmp_path / "words.txt").write_text(PASSPHRASE)
    return tmp_path / "words.txt"


@pytest.fixture
def network(tmp_path: Path, words: Path, desk: Desk, shell: Shell) -> Path:
    """A distribution with one release, in `dist`."""
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("r1", "r2", "office", "online", "xa"):
        assert shell("bundle", "key", keys / name, "--passphrase-file", words).code == 0
    told = {
        "network": 1,
        "environment": "sandbox",
        "root": {"keys": ["r1.pub.pem", "r2.pub.pem"], "threshold": 2},
        "office": {"keys": ["office.pub.pem"]},
        "online": "online.pub.pem",
        "participants": {"XA": {"keys": ["xa.pub.pem"]}},
    }
    (keys / "network.json").write_text(json.dumps(told))
    (tmp_path / "xa" / "trust").mkdir(parents=True)
    (tmp_path / "xa" / "rules").mkdir()
    (tmp_path / "xa" / "trust" / "XA.json").write_bytes(desk.list_file.read_bytes())
    (tmp_path / "xa" / "rules" / "XA.json").write_bytes(rules("XA"))
    done = shell(
        *("bundle", "publish", tmp_path / "dist", "--network", keys / "network.json"),
        *("--root-key", keys / "r1.key.pem", keys / "r2.key.pem", "--office-key", keys / "office.key.pem"),
        *("--participant", "XA", "--parts", tmp_path / "xa", "--key", keys / "xa.key.pem"),
        *("--online-key", keys / "online.key.pem", "--passphrase-file", words, "--at", AT),
    )
    assert (done.code, done.out) == (0, ""), done.err
    return tmp_path


def fetch(shell: Shell, network: Path, *more: object, source: object = None) -> object:
    root = network / "dist" / "metadata" / "1.root.json"
    place = source or network / "dist"
    return shell("bundle", "update", network / "lists", "--from", place, "--root", root, *more)


def test_published_and_fetched(network: Path, desk: Desk, shell: Shell) -> None:
    taken = fetch(shell, network, "--environment", "sandbox", "--at", AT)
    assert (taken.code, taken.out) == (0, "release 1 (sandbox) is in force, new\n"), taken.err
    shown = shell("bundle", "show", network / "lists", "--at", "2026-11-23T12:00Z")
    assert shown.code == 0, shown.err
    assert "Bundle 1, sandbox" in shown.out
    assert shell("bundle", "show", network / "lists", "--at", "2026-12-01T12:00Z").code == 2


def test_a_countrys_list_that_ended_is_told_of_when_the_release_is_made_and_when_it_comes(
    network: Path, words: Path, shell: Shell
) -> None:
    listed = network / "xa" / "revocation" / "XA.bin"
    listed.parent.mkdir()
    made = datetime(2026, 11, 23, tzinfo=UTC)
    listed.write_bytes(revocation.to_bytes(RevocationList(made, made + timedelta(days=2))))
    keys, later = network / "keys", "2026-11-25T12:00Z"
    publish = ("bundle", "publish", network / "dist", "--passphrase-file", words)
    own = ("--participant", "XA", "--parts", network / "xa", "--key", keys / "xa.key.pem")
    for at, told in ((AT, False), (later, True)):
        done = shell(*publish, *own, "--online-key", keys / "online.key.pem", "--at", at)
        assert done.code == 0, done.err
        assert ("revocation/XA.bin  REVOCATION_STALE" in done.err) == told
    taken = fetch(shell, network, "--environment", "sandbox", "--at", later)
    assert (taken.code, "revocation/XA.bin  REVOCATION_STALE" in taken.err) == (0, True)
    shown = shell("bundle", "show", network / "lists", "--at", later)
    assert shown.code == 2
    assert "revocation/XA.bin: 60 h old, stale since 2026-11-25T00:00:00Z" in shown.out
    assert "certificates of XA are undecided" in shown.err
    assert json.loads(shell("bundle", "show", network / "lists", "--at", later, "--json").out)["parts"][
        "revocation/XA.bin"
    ] == {"issued": "2026-11-23T00:00:00Z", "fresh_until": "2026-11-25T00:00:00Z", "hours": 60, "stale": True}


def test_a_sandbox_is_not_production(network: Path, shell: Shell) -> None:
    taken = fetch(shell, network, "--at", AT)
    assert (taken.code, taken.out) == (1, "no release is in force\n")
    assert "BUNDLE_ENVIRONMENT" in taken.err


def test_what_is_in_force_stays(network: Path, shell: Shell) -> None:
    assert fetch(shell, network, "--environment", "sandbox", "--at", AT).code == 0
    stamp = network / "dist" / "metadata" / "timestamp.json"
    stamp.write_bytes(stamp.read_bytes()[:-9])
    taken = fetch(shell, network, "--environment", "sandbox", "--at", AT, "--json")
    assert taken.code == 1
    told = json.loads(taken.out)
    assert (told["number"], told["changed"]) == (1, False)
    assert told["problems"] == [{"path": "", "reason": "NETWORK_UNREADABLE"}]
    stamp.unlink()
    assert fetch(shell, network, "--environment", "sandbox", "--at", AT).code == 2


def test_what_lies_outside_a_role_is_not_signed(network: Path, words: Path, shell: Shell) -> None:
    (network / "xa" / "rules" / "XB.json").write_bytes(b"[]")
    before = sorted((network / "dist").rglob("*"))
    done = shell(
        *("bundle", "publish", network / "dist", "--participant", "XA", "--parts", network / "xa"),
        *("--key", network / "keys" / "xa.key.pem", "--passphrase-file", words, "--at", AT),
    )
    assert (done.code, done.out) == (1, "")
    assert "rules/XB.json  NETWORK_OUTSIDE_ROLE" in done.err
    assert sorted((network / "dist").rglob("*")) == before


@pytest.mark.parametrize(
    ("words_", "said"),
    [
        ((), "no key was given"),
        (("--root-key", "r1.key.pem"), "name its file"),
        (("--participant", "XA", "--online-key", "x"), "take all of"),
    ],
)
def test_publish_says_what_is_missing(words_: tuple[str, ...], said: str, tmp_path: Path, shell: Shell) -> None:
    done = shell("bundle", "publish", tmp_path / "dist", *words_)
    assert done.code == 3
    assert said in done.err


def test_a_role_that_ends_soon_is_told(network: Path, words: Path, shell: Shell) -> None:
    key = network / "keys" / "online.key.pem"
    done = shell(
        *("bundle", "publish", network / "dist", "--online-key", key, "--passphrase-file", words),
        *("--at", "2027-09-23T06:00Z"),
    )
    assert done.code == 0, done.err
    assert "root.json ends in 61 days" in done.err


@pytest.mark.enable_socket
def test_from_a_web_server(network: Path, shell: Shell) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(network / "dist")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        taken = fetch(shell, network, "--environment", "sandbox", "--at", AT, source=address)
        assert (taken.code, taken.out) == (0, "release 1 (sandbox) is in force, new\n"), taken.err
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    gone = fetch(shell, network, "--environment", "sandbox", "--at", AT, source=address)
    assert (gone.code, gone.out) == (2, "release 1 (sandbox) is in force, kept\n")


class Drip:
    """A web server for one request, which it answers with these octets one by one, so many seconds apart."""

    def __init__(self, answer: bytes, *, seconds: float = 0) -> None:
        self._answer, self._seconds = answer, seconds
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, suppress(OSError):  # whoever asked gives up
            connection.recv(4096)
            if not self._seconds:
                connection.sendall(self._answer)
                return
            for octet in self._answer:
                if self._over.wait(self._seconds):
                    return
                connection.sendall(bytes([octet]))


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "answer",
    [
        b"garbage garbage\r\n\r\n",
        OK + b"X: " + bytes(70_000),
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        OK + b"Content-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\n\r\n",
        b"",
    ],
    ids=["no_answer", "long_header", "chunks", "broken_off", "away", "error", "nothing"],
)
def test_a_web_server_that_gives_no_file_is_not_reached(answer: bytes) -> None:
    with Drip(answer) as address, pytest.raises(OSError) as told:  # noqa: PT011  whichever it is
        list(_network.source(address)("metadata/timestamp.json"))
    assert not isinstance(told.value, FileNotFoundError), "nobody is to conclude that there is no such file"


@pytest.mark.enable_socket
def test_a_slow_web_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Octets are handed on as they come, so that `Bounded` counts the time; headers that drip are waited for once."""
    with Drip(OK + b"Content-Length: 100000\r\n\r\n" + bytes(100), seconds=0.001) as address:
        assert len(next(iter(_network.source(address)("metadata/timestamp.json")))) < 100
    monkeypatch.setattr(_network, "_SECONDS", 0.3)
    with Drip(OK + b"X: " + bytes(10_000), seconds=0.1) as address, pytest.raises(TimeoutError):
        list(_network.source(address)("metadata/timestamp.json"))


def test_a_folder_that_is_not_there(network: Path, shell: Shell) -> None:
    assert fetch(shell, network, source=network / "nowhere").code == 3


def test_key_files(tmp_path: Path) -> None:
    private, public = new_key(tmp_path / "one", PASSPHRASE.encode())
    key = read_private(private.read_bytes(), PASSPHRASE.encode(), name="one")
    assert read_public(public.read_bytes(), name="one") == key.public_key()
    assert private.stat().st_mode & 0o777 == 0o600
    for make, reason in (
        (lambda: new_key(tmp_path / "one", PASSPHRASE.encode()), Reason.KEY_EXISTS),
        (lambda: new_key(tmp_path / "nowhere" / "one", PASSPHRASE.encode()), Reason.KEY_NOT_WRITTEN),
        (lambda: new_key(tmp_path / "two", b"short"), Reason.KEY_PASSPHRASE),
        (lambda: read_private(private.read_bytes(), b"another passphrase", name="one"), Reason.KEY_LOCKED),
        (lambda: read_private(public.read_bytes(), b"another passphrase", name="one"), Reason.KEY_UNREADABLE),
        (lambda: read_public(private.read_bytes(), name="one"), Reason.KEY_UNREADABLE),
    ):
        with pytest.raises(TrustMaterialError) as refusal:
            make()
        assert refusal.value.reasons == (reason,)


def test_a_network_file_with_an_unknown_field(tmp_path: Path) -> None:
    (tmp_path / "network.json").write_text('{"network": 1, "more": 1}')
    with pytest.raises(_network.UsageFault):
        _network.read(tmp_path / "network.json")


def test_a_clock_behind_the_lists_is_reckoned_as_theirs(
    network: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    class Behind(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2021, 1, 1, tzinfo=tz)

    assert fetch(shell, network, "--environment", "sandbox", "--at", AT).code == 0
    (network / "scan.txt").write_text(desk.good)
    words = ("verify", "--bundle", network / "lists", network / "scan.txt", "--json")
    assert "NETWORK_CLOCK" not in shell(*words, "--at", "2021-07-01T12:00Z").err
    monkeypatch.setattr("pratique.cli._files.datetime", Behind)
    told = shell(*words)
    assert "NETWORK_CLOCK" in told.err
    assert "NOT_YET_VALID" not in told.out


def test_officials_apart_sign_one_file_and_nobody_holds_two_keys(network: Path, words: Path, shell: Shell) -> None:
    keys, dist = network / "keys", network / "dist"
    told = json.loads((keys / "network.json").read_text())
    ceremony = network / "ceremony"
    prepare = ("bundle", "prepare", dist, "root", "--to", ceremony, "--network")
    (keys / "shared.json").write_text(json.dumps(told | {"office": {"keys": ["r1.pub.pem"]}}))
    refused = shell(*prepare, keys / "shared.json")
    assert (refused.code, "NETWORK_KEY_TWICE" in refused.err) == (1, True)
    made = shell(*prepare, keys / "network.json", "--at", AT)
    assert made.code == 0, made.err
    draft = ceremony / "2.root.json"
    assert draft.exists()
    (digest,) = [line for line in made.out.splitlines() if line.startswith("SHA-256")]
    copies = []
    for name in ("r1", "r2"):
        machine = network / f"machine-{name}"
        machine.mkdir()
        (machine / "2.root.json").write_bytes(draft.read_bytes())
        done = shell(
            "bundle", "sign", machine / "2.root.json", "--key", keys / f"{name}.key.pem", "--passphrase-file", words
        )
        assert done.code == 0, done.err
        assert digest in done.out
        copies.append(machine / f"2.root.{name}.json")
    one = shell("bundle", "assemble", dist, copies[0])
    assert (one.code, "1 more signature is needed" in one.err) == (2, True)
    assert not (dist / "metadata" / "2.root.json").exists()
    assert shell("bundle", "assemble", dist, draft, keys / "network.json").code == 3
    whole = shell("bundle", "assemble", dist, *copies)
    assert (whole.code, (dist / "metadata" / "2.root.json").exists()) == (0, True), whole.err
    again = shell("bundle", "assemble", dist, *copies)
    assert (again.code, "NETWORK_ROLLBACK" in again.err) == (1, True)


def test_a_participants_file_is_assembled_with_its_parts(network: Path, words: Path, shell: Shell) -> None:
    dist, xa = network / "dist", network / "xa"
    made = shell("bundle", "prepare", dist, "participant", "--participant", "XA", "--parts", xa, "--to", network / "c")
    assert made.code == 0, made.err
    signing = ("--key", network / "keys" / "xa.key.pem", "--passphrase-file", words)
    assert shell("bundle", "sign", network / "c" / "2.XA.json", *signing).code == 0
    copy = network / "c" / "2.XA.xa.json"
    without = shell("bundle", "assemble", dist, copy)
    assert (without.code, "NETWORK_MIXED" in without.err) == (1, True)
    assert shell("bundle", "assemble", dist, copy, "--parts", xa).code == 0
    assert shell("bundle", "prepare", dist, "participant", "--to", network / "c").code == 3
    assert shell("bundle", "prepare", dist, "office", "--to", network / "c").code == 3
