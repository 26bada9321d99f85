"""The entry rules of the fictional states, and a bundle of them: what a rehearsed border has loaded.

The rules are data, in `rules/XA.json` and `rules/XB.json` beside this file. XB lets everybody in and asks the untested
to stay ten days in a hotel; XA asks everybody for a test and turns nobody away who enters of right.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec

from pratique import revocation
from pratique.bundle import MANIFEST, REVOCATION, TRUST
from pratique.model.dates import format_instant
from pratique.revocation import RevocationList
from pratique.trust import Environment, TrustList

COUNTRIES = ("XA", "XB")
HISTORY = {
    "BH-be-aware": "BH",
    "CN-health-declaration": "CN",
    "EU": "EU",
    "GB-domestic-pass": "GB",
    "IL-green-pass": "IL",
    "TH-certificate-of-entry": "TH",
}
"""The files in `history/`, each with the country, or the body, whose rules it tells of."""
FRESH = timedelta(days=1)
"""For how long a bundle of the sandbox may be relied on: every verifier is to have the next one within a day."""


def bundle_files(trust_list: TrustList, *, number: int, at: datetime) -> Mapping[str, bytes]:
    """The files of a bundle issued at `at`: this trust list, no withdrawals, and the rules of both states."""
    issued, until = format_instant(at), format_instant(at + FRESH)
    parts = {
        TRUST: trust_list.to_json(),
        REVOCATION: revocation.to_bytes(RevocationList(at, at + FRESH)),
        **{f"rules/{code}.json": rules(code) for code in COUNTRIES},
    }
    manifest = {
        "bundle": 1,
        "number": number,
        "environment": Environment.SANDBOX,
        "issued": issued,
        "parts": {name: {"issued": issued, "fresh_until": until} for name in parts},
    }
    return {MANIFEST: msgspec.json.format(msgspec.json.encode(manifest)) + b"\n", **parts}


def published(folder: Path) -> Mapping[str, bytes]:
    """The files of a published bundle, by the names that `Bundle.from_files` knows."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def history(name: str) -> bytes:
    """The file of entry rules that were once in force, under a name of `HISTORY`: to be studied, never published."""
    return files("pratique.sandbox").joinpath("history", f"{name}.json").read_bytes()


def permit(name: str) -> bytes:
    """What was asked for an entry permit besides the rules of the same name in `HISTORY`: to be studied, too."""
    return files("pratique.sandbox").joinpath("permits", f"{name}.json").read_bytes()


def rules(country: str) -> bytes:
    """The file of entry rules of a fictional state."""
    return files("pratique.sandbox").joinpath("rules", f"{country}.json").read_bytes()


def policy() -> bytes:
    """The policy of a fictional state for large events: one that passes every check, to begin from."""
    return files("pratique.sandbox").joinpath("policies", "XA-large-events.json").read_bytes()
