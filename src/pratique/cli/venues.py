"""`pratique venues`: let doors register for a time, declare, open slips, publish, purge; posters."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cyclopts import App

from pratique.authority.access import Role
from pratique.authority.signers.opening import open_signer
from pratique.authority.store import Vault, reading
from pratique.authority.store import venues as store
from pratique.authority.venues import exposures, registering
from pratique.authority.venues.doors import Mode
from pratique.authority.venues.exposures import hour_of
from pratique.authority.venues.registering import Act
from pratique.cli import _files, _passphrase, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Lang, Proposer, SignerPassphrase, VaultFile
from pratique.cli._printing import json_line, note, out
from pratique.model.dates import format_instant
from pratique.model.errors import VenueRefused
from pratique.model.keys import base64url
from pratique.model.reasons import Reason
from pratique.texts import Language, sentence

venues = App(
    name="venues",
    help="Let doors register for a time, declare exposures, open slips, publish, purge; print posters.",
    help_epilogue="""\
Examples:

  pratique venues poster taxi poster.pdf
  pratique venues allow --law 'Doors Order 2026' --from 2026-11-24T00:00Z --until 2027-01-31T00:00Z --account li
  pratique venues agree allow PERIOD --account wang
  pratique venues open mall 'North Mall' --account li
  pratique venues declare PLACE --from 2026-11-24T14:00Z --until 2026-11-24T16:00Z --account li
  pratique venues notice PLACE notice.pdf --time-zone Asia/Shanghai
  pratique venues publish notices.json --key keys/dsc.key.pem
  pratique venues purge

Showing needs none of this, and is what doors do. Registering is off until two officials have agreed, and it ends.
The database and its keys are those of `pratique records`.

Exit codes: 0 done; 2 agreed, and a second official is needed; 3 it is refused, or a file or the database cannot be
used; 4 our fault.
""",
)


@venues.command
def poster(mode: Mode, file: Path, /, *, lang: Language = "en") -> Exit:
    """Write the poster of a door that shows (PDF).

    Parameters
    ----------
    mode
        mall, taxi, station_gate or event.
    file
        Where to write it.
    lang
        The language on top; en if not given.
    """
    from pratique.paper.door import poster_pdf
    from pratique.web.doors import show_poster

    _files.write(file, poster_pdf(show_poster(mode, lang, datetime.now(UTC))))
    note(f"{file.name} written")
    return Exit.DONE


@venues.command
def allow(*, law: str, from_: str, until: str, account: Proposer, database: Database = None, lang: Lang = "en") -> Exit:
    """Propose a period in which doors may register, and print its id; a second official has to agree.

    Parameters
    ----------
    law
        The law or order that allows it.
    from_
        Its first instant, such as 2026-11-24T00:00Z.
    until
        Its end, at most six months later.
    """
    begins, ends = _files.instant(from_, "--from"), _files.instant(until, "--until")
    engine, who = _store.engine(database), _store.account(account, Role.HEALTH_AUTHORITY)
    try:
        period = registering.propose(engine, who, law, begins=begins, ends=ends, at=datetime.now(UTC))
    except ValueError as fault:
        raise UsageFault(str(fault)) from fault
    return _proposed(period, lang)


@venues.command
def agree(act: Act, subject: str, /, *, account: str, database: Database = None, lang: Lang = "en") -> Exit:
    """Agree to a period (allow), to an exposure (declare), or to opening its slips (open).

    Parameters
    ----------
    act
        allow, declare or open.
    subject
        The id of the period or exposure.
    account
        The official who agrees.
    """
    by_two = registering.agree(
        _store.engine(database), _store.account(account, Role.HEALTH_AUTHORITY), act, subject, at=datetime.now(UTC)
    )
    out(sentence("venues.by_two" if by_two else "venues.by_one", lang))
    return Exit.DONE if by_two else Exit.UNDECIDED


@venues.command(name="open")
def open_(mode: Mode, name: str, /, *, account: str, database: Database = None, vault: VaultFile = None) -> Exit:
    """Let a place register, and print its id and the code of its page, `/en/place/CODE`, as JSON.

    Parameters
    ----------
    mode
        mall or event; transport only shows.
    name
        The place's name, as its poster says it.
    account
        The official who opens it.
    """
    engine, keys = _store.engine(database), Vault.read(_store.vault_path(vault))
    try:
        place = registering.open_venue(
            engine, keys, _store.account(account, Role.HEALTH_AUTHORITY), mode, name, at=datetime.now(UTC)
        )
    except ValueError as fault:
        raise UsageFault(str(fault)) from fault
    json_line({"place": place.venue_id, "code": base64url(place.code)})
    return Exit.DONE


@venues.command
def declare(
    place: str, /, *, from_: str, until: str, account: str, database: Database = None, lang: Lang = "en"
) -> Exit:
    """Declare that a confirmed case was at a place, and print the exposure's id; a second official has to agree.

    Parameters
    ----------
    place
        The place's id.
    from_
        From when, such as 2026-11-24T14:00Z; the whole hour counts.
    until
        Until when, at most twelve hours later.
    account
        The official who declares it.
    """
    first, last = (hour_of(_files.instant(text, option)) for text, option in ((from_, "--from"), (until, "--until")))
    engine, who = _store.engine(database), _store.account(account, Role.HEALTH_AUTHORITY)
    try:
        exposure = registering.declare(engine, who, place, first_hour=first, last_hour=last, at=datetime.now(UTC))
    except ValueError as fault:
        raise UsageFault(str(fault)) from fault
    return _proposed(exposure, lang)


@venues.command
def notice(
    place: str, file: Path, /, *, time_zone: str = "UTC", lang: Language = "en", database: Database = None
) -> Exit:
    """Write what hangs at a door of which two officials declared hours, for whoever has no telephone (PDF).

    Parameters
    ----------
    place
        The place's id.
    file
        Where to write it.
    time_zone
        By whose clock it says the hours, such as Asia/Shanghai; UTC if not given.
    lang
        The language on top; en if not given.
    """
    from pratique.paper.door import poster_pdf
    from pratique.web.doors import notice_poster

    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise UsageFault("--time-zone: a name of the time zone database, such as Asia/Shanghai") from fault
    engine, at = _store.engine(database), datetime.now(UTC)
    with reading(engine) as connection:
        known = store.place(connection, place)
    if known is None:
        raise VenueRefused(Reason.VENUE_UNKNOWN, detail="no such place")
    hours = registering.exposed(engine, known, at=at)
    if not hours:
        raise VenueRefused(Reason.EXPOSURE_UNDECLARED, detail="no hour of this place")
    _files.write(file, poster_pdf(notice_poster(known, hours, zone, lang, at, specimen=False)))
    note(f"{file.name} written")
    return Exit.DONE


@venues.command
def slips(exposure: str, /, *, account: str, database: Database = None, vault: VaultFile = None) -> Exit:
    """Print the contacts of an exposure's hours, one JSON object a line. Two officials have agreed to it before.

    Parameters
    ----------
    exposure
        The exposure's id.
    account
        One of the two.
    """
    engine, keys = _store.engine(database), Vault.read(_store.vault_path(vault))
    for opened in registering.open_slips(
        engine, keys, _store.account(account, Role.HEALTH_AUTHORITY), exposure, at=datetime.now(UTC)
    ):
        hour = format_instant(datetime.fromtimestamp(opened.hour * 3600, UTC))
        json_line({"hour": hour, "contact": opened.contact})
    return Exit.DONE


@venues.command
def publish(file: Path, /, *, key: Path, passphrase_file: SignerPassphrase = None, database: Database = None) -> Exit:
    """Write the signed list of exposed hours, which names no one and no place. Run it each day, whatever happened.

    Parameters
    ----------
    file
        Where to write it.
    key
        The key file that signs it, its certificate and counter beside it; or pkcs11:…
    """
    _files.check_writable(file)
    at = datetime.now(UTC)
    entries = registering.published(_store.engine(database), at=at)
    signer = open_signer(key, passphrase=_passphrase.get(passphrase_file))
    _files.write(file, exposures.sign(entries, signer, at=at))
    note(f"{file.name} written")
    return Exit.DONE


@venues.command
def purge(*, database: Database = None, vault: VaultFile = None, lang: Lang = "en") -> Exit:
    """Delete every slip older than fourteen days, and the keys that would open a copy of one. Run it each day."""
    gone = registering.purge(_store.engine(database), Vault.read(_store.vault_path(vault)), at=datetime.now(UTC))
    out(sentence("venues.purged", lang, slips=str(gone.slips), places=str(gone.places)))
    return Exit.DONE


def _proposed(identifier: str, lang: Language) -> Exit:
    out(identifier)
    out(sentence("venues.by_one", lang))
    return Exit.UNDECIDED
