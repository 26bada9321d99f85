"""`pratique migrate`: tables of this version's form, and the keys of an installation where there are none."""

import os
from collections.abc import Callable
from pathlib import Path

from cyclopts import App
from sqlalchemy import Engine

from pratique.authority.store import Vault, people, reading
from pratique.authority.store import migrate as migrate_store
from pratique.authority.store.opening import open_store
from pratique.cli import _config
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import ConfigFile
from pratique.cli._printing import out
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.opening import Opener

migrate = App(
    name="migrate",
    help_epilogue="""\
Examples:

  pratique migrate
  pratique migrate --config /etc/pratique.toml

Run it before `pratique serve` whenever a new version was installed, as a user that owns the tables. It only goes
forwards: an older form comes back from a backup.

Exit codes: 0 done; 3 a file or the database cannot be used; 4 our fault.
""",
)


@migrate.default
def bring(*, config: ConfigFile = None) -> Exit:
    """Bring the database to this version's form, and draw the keys that are not there yet."""
    settings = _config.load(_config.find(config))
    engine = open_store(settings.database_url, pooled=False)
    migrate_store(engine)
    out("tables: of this version's form")
    _vault(engine, settings.vault)
    _key(settings.confirmation_key, "confirmation_key", lambda: ConfirmationKey.draw().pem)
    if settings.booking_key is not None:
        _key(settings.booking_key, "booking_key", lambda: Opener.draw().pem)
    return Exit.DONE


def _vault(engine: Engine, path: Path) -> None:
    """Draw a vault only for a database that nobody is in: without the old one its people could not be found again."""
    with reading(engine) as connection:
        if path.exists():
            people.check_vault(connection, Vault.read(path))
            out(f"vault: {path}, as it was")
            return
        if people.anybody(connection):
            raise UsageFault(f"{path}: the vault of this database is not there; bring it back from where it is kept")
    try:
        Vault.draw().write(path)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    out(f"vault: {path}, drawn now; keep a copy of it, and never beside the database")


def _key(path: Path, name: str, draw: Callable[[], bytes]) -> None:
    if path.exists():
        out(f"{name}: {path}, as it was")
        return
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(draw())
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    out(f"{name}: {path}, drawn now")
