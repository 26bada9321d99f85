"""`pratique records new-key` and `reseal`: the keys that names, numbers and faces are sealed with, replaced."""

from pathlib import Path

from pratique.authority.store import DatabaseRole, Vault, check_version, open_store, people, reading, resealing
from pratique.cli import _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Lang
from pratique.cli._printing import json_line, out
from pratique.texts import sentence


def new_key(*, database: Database = None, vault: Path | None = None, lang: Lang = "en") -> Exit:
    """Put a new key in front in the key file; the older ones stay there, and open what they sealed.

    Parameters
    ----------
    vault
        The key file, which has to be of this database.
    """
    _, keys = _store.opened(database, vault, DatabaseRole.KEYS)
    path = _store.vault_path(vault)
    try:
        keys.rotated().write(path)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    out(sentence("records.new_key", lang))
    return Exit.DONE


def reseal(*, database: str | None = None, vault: Path | None = None, json: bool = False, lang: Lang = "en") -> Exit:
    """Seal everything anew that an older key sealed. What was broken off goes on when it is run again.

    Parameters
    ----------
    database
        sqlite:///FILE or postgresql://…; on PostgreSQL as pratique_keys, which can do nothing else.
    vault
        The key file, with the new key and the older ones.
    json
        Print how many rows there were as JSON.
    """
    keys = Vault.read(_store.vault_path(vault))
    engine = open_store(_store.url(database), role=DatabaseRole.KEYS, pooled=False)
    check_version(engine)
    with reading(engine) as connection:
        people.check_vault(connection, keys)
    rows = 0
    while done := resealing.reseal(engine, keys):  # once more for what was written meanwhile
        rows += done
    if json:
        json_line({"resealed": rows})
    else:
        out(sentence("records.resealed", lang, count=str(rows)))
    return Exit.DONE
