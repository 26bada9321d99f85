"""After any changed octet of an authentic vector, in every format: not authentic, or what it says is unchanged.

That each untouched vector gives its recorded result is in `test_vectors`; here it is asked again before it is changed.
"""

import json
import zlib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pratique.formats import _base45
from tests.test_vectors import verified

SCANS = Path(__file__).parent / "vectors" / "scans"
CHANGES = 60
"""Of each vector in each layer; other ones for each of several hundred vectors."""


def authentic() -> list[Any]:
    found = []
    for path in sorted(SCANS.rglob("*.json")):
        vector = json.loads(path.read_text("utf-8"))
        if vector.get("expected", {}).get("authentic") is True and isinstance(vector.get("scan"), str):
            found.append(pytest.param(vector, id=path.stem))
    return found


VECTORS = authentic()


def answered(vector: Any, scan: str) -> Any:
    return verified(vector, scan)


def changed(scan: str, dice: Random) -> list[str]:
    """One character of the scan, and, where something is packed in it, one octet of that."""
    found = []
    for _ in range(CHANGES):
        place = dice.randrange(len(scan))
        letter = chr(ord(scan[place]) ^ 1 << dice.randrange(7))
        found.append(scan[:place] + letter + scan[place + 1 :])
    if scan.startswith("HC1:"):
        message = zlib.decompress(_base45.decode(scan[4:]))
        for _ in range(CHANGES):
            octets = bytearray(message)
            octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)
            found.append("HC1:" + _base45.encode(zlib.compress(bytes(octets))))
    return found


def test_there_are_vectors_of_every_format() -> None:
    starts = {vector.values[0]["scan"][:4] for vector in VECTORS}
    assert {"HC1:", "shc:"} <= starts, starts


@pytest.mark.parametrize("vector", VECTORS)
def test_after_any_changed_octet(vector: Any) -> None:
    untouched = answered(vector, vector["scan"])
    assert untouched.authentic is True
    for scan in changed(vector["scan"], Random(vector["scan"])):  # noqa: S311
        told = answered(vector, scan)
        if told.authentic:
            assert told.content == untouched.content
            assert told.identifiers == untouched.identifiers
