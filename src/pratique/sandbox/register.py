"""The population register of XA, a state that does not exist: three people, their portraits, and their records.

registry.json, <person>.png   for `authority.identity.FileRegistry`
records/<person>.json         for `authority.records.FileRecords`
"""

import secrets
from datetime import datetime
from pathlib import Path

import msgspec

from pratique.model import mrz, uvci
from pratique.sandbox import traveller
from pratique.sandbox.camera import altered

MEIMEI, LEILEI, XIAOXIAO = "xa-0001", "xa-0002", "xa-0003"
"""Han Meimei, her brother, and her daughter, who is a child."""

DAUGHTERS_PASSPORT = traveller.passport("HAN", "XIAOXIAO", number="XA2468013", birth_date="170601", sex="F")


def write(folder: Path, portrait: bytes, *, at: datetime) -> None:
    """Write the register and the records of the day `at` into `folder`; `portrait` is Han Meimei's.

    The others are shown with the same portrait altered until the matcher calls it another person's.
    """
    other = altered(portrait)
    people = (
        (MEIMEI, traveller.PASSPORT, "1990-05-08", "韩", "梅梅", portrait),
        (LEILEI, traveller.BROTHERS_PASSPORT, "1992-02-14", "韩", "雷雷", other),
        (XIAOXIAO, DAUGHTERS_PASSPORT, "2017-06-01", "韩", "小小", other),
    )
    records = folder / "records"
    records.mkdir(parents=True)
    entries = []
    for person, zone, born, family, given, picture in people:
        (folder / f"{person}.png").write_bytes(picture)
        entries.append(
            {
                "person_id": person,
                "zone": mrz.write(zone),
                "birth_date": born,
                "family": family,
                "given": given,
                "portrait": f"{person}.png",
            }
        )
    _write(folder / "registry.json", entries)
    identifiers = tuple(uvci.from_record_id("XA", secrets.token_bytes(16)) for _ in range(traveller.RECORDS))
    _write(records / f"{MEIMEI}.json", traveller.bundle(at, identifiers))


def _write(path: Path, content: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
