"""`pratique venues` from a shell: off, on by two, an exposure, its notice, its slips, and the purge."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from pratique import qr
from pratique.authority.store import Vault, open_store, reading, venues
from pratique.authority.venues.exposures import digest, hour_of
from pratique.cli import main
from pratique.cli._exits import Exit
from pratique.model.errors import UnreadableImage
from pratique.model.keys import base64url
from tests.venue_settings import LI, WANG, slip_of, staffed

Run = Callable[..., tuple[int, str, str]]
LI_, WANG_ = ("--account", LI.account_id), ("--account", WANG.account_id)


def now() -> datetime:
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes").replace("+00:00", "Z")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in a folder with a database and two officials; a command's code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for variable in ("PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT"):
        monkeypatch.delenv(variable, raising=False)
    assert main(["records", "setup"]) == Exit.DONE
    engine = open_store("sqlite:///records.db")
    staffed(engine)
    engine.dispose()
    capsys.readouterr()

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["venues", *words])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return run


def on(office: Run) -> None:
    begins = written(now() - timedelta(days=1))
    until = written(now() + timedelta(days=60))
    code, out, _ = office("allow", "--law", "Doors Order", "--from", begins, "--until", until, *LI_)
    assert code == Exit.UNDECIDED
    assert "second official" in out
    assert office("agree", "allow", out.split()[0], *WANG_)[0] == Exit.DONE


def test_it_is_off_until_two_have_agreed(office: Run) -> None:
    code, _, err = office("open", "mall", "North Mall", *LI_)
    assert code == Exit.USAGE
    assert "Registering at doors is switched off" in err
    on(office)
    code, _, err = office("open", "taxi", "Taxi 7", *LI_)
    assert "Transport never registers" in err
    assert office("open", "mall", "North Mall", "--account", "clerk")[0] == Exit.REFUSED
    assert office("open", "mall", "North Mall", *LI_)[0] == Exit.DONE


@pytest.mark.parametrize(
    "words",
    [
        ("allow", "--law", "", "--from", "2026-01-01T00:00Z", "--until", "2026-02-01T00:00Z", *LI_),
        ("allow", "--law", "x", "--from", "yesterday", "--until", "2026-02-01T00:00Z", *LI_),
        ("agree", "wish", "a" * 32, *LI_),
        ("agree", "allow", "a" * 32, *LI_),
        ("declare", "a" * 32, "--from", "2020-01-01T00:00Z", "--until", "2020-01-01T01:00Z", *LI_),
        ("open", "mall", "", *LI_),
        ("open", "mall", "x", "--account", "a" * 65),
        ("slips", "a" * 32, *LI_),
        ("publish", "nowhere/notices.json", "--key", "no.pem"),
        ("poster", "school", "x.pdf"),
        ("notice", "a" * 32, "x.pdf"),
        ("notice", "a" * 32, "x.pdf", "--time-zone", "../Mars"),
    ],
)
def test_what_cannot_be(office: Run, words: tuple[str, ...]) -> None:
    on(office)
    code, out, err = office(*words)
    assert code == Exit.USAGE
    assert out == ""
    assert err


def test_an_exposure_from_its_declaration_to_its_end(office: Run) -> None:
    on(office)
    place = json.loads(office("open", "event", "Concert", *LI_)[1])
    engine, vault = open_store("sqlite:///records.db"), Vault.read(Path("vault.json"))
    with reading(engine) as connection:
        known = venues.place(connection, place["place"])
    assert known is not None
    at = now()
    slip_of(engine, vault, known, "somebody's telephone", at=at)
    code, out, _ = office("declare", place["place"], "--from", written(at), "--until", written(at), *LI_)
    exposure = out.split()[0]
    assert code == Exit.UNDECIDED
    assert office("slips", exposure, *LI_)[0] == Exit.USAGE
    assert "No exposure is declared" in office("notice", place["place"], "notice.pdf")[2]
    assert not Path("notice.pdf").exists()
    assert office("agree", "declare", exposure, *WANG_)[0] == Exit.DONE
    assert (
        office("notice", place["place"], "notice.pdf", "--lang", "fr", "--time-zone", "Asia/Shanghai")[0] == Exit.DONE
    )
    told = pypdfium2.PdfDocument(Path("notice.pdf").read_bytes())[0].get_textpage().get_text_range()
    begins = at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:00")
    for said in ("Concert", "Étiez-vous ici", "Were you here?", begins, "UTC+08:00"):
        assert said in told.replace("\xa0", " "), said
    assert LI.account_id not in told
    assert office("agree", "open", exposure, *LI_)[0] == Exit.UNDECIDED
    assert "Only one official" in office("slips", exposure, *LI_)[2]
    assert office("agree", "open", exposure, *WANG_)[0] == Exit.DONE
    code, out, _ = office("slips", exposure, *LI_)
    assert (code, json.loads(out)["contact"]) == (Exit.DONE, "somebody's telephone")
    Path("passphrase.txt").write_text("long enough for a key", encoding="ascii")
    assert main(["keys", "new", "--country", "XA", "--passphrase-file", "passphrase.txt", "--out", "keys"]) == Exit.DONE
    office("purge")
    code, out, err = office(
        "publish", "notices.json", "--key", "keys/dsc.key.pem", "--passphrase-file", "passphrase.txt"
    )
    assert code == Exit.DONE, err
    notices = json.loads(json.loads(Path("notices.json").read_bytes())["list"])
    assert notices["entries"] == [base64url(digest(known.code, hour_of(at)))]
    code, out, _ = office("purge")
    assert (code, out) == (Exit.DONE, "Slips deleted: 0. Places whose older keys are thrown away: 0.\n")
    engine.dispose()


def test_a_poster_of_a_door_that_shows_has_no_code(office: Run) -> None:
    for mode in ("mall", "taxi", "station_gate", "event"):
        assert office("poster", mode, f"{mode}.pdf", "--lang", "zh")[0] == Exit.DONE
        with pytest.raises(UnreadableImage):
            qr.read_pdf(Path(f"{mode}.pdf").read_bytes())
