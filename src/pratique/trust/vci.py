"""The directory of SMART Health Card issuers that VCI keeps, and the snapshot of their keys, from files.

    vci-issuers.json    {"participating_issuers": [{"iss": "https://…", "name": …}, …]}
    vci_snapshot.json   {"directory": …, "time": …, "issuerInfo": [{"issuer": {"iss": …, "name": …}, "keys": […]}, …]}

The directory says who may be trusted; the snapshot says with which keys, as its auditor found them that day. Neither is
signed here: where they come from is for whoever loads them to see to.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust._chain import Check
from pratique.trust.jwks import keys_of
from pratique.trust.keys import Anchor, TrustedKey
from pratique.trust.report import Report, reported

MOST_ISSUERS = 20_000
"""The directory has about a thousand."""


def issuers(directory: bytes) -> dict[str, str]:
    """The allowed issuers by `iss`, each with its name; one without a name goes by its address.

    Raises `TrustMaterialError` (TRUST_UNREADABLE, TRUST_KEY_COUNT).
    """
    entries = _list(directory, "participating_issuers")
    named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("iss"), str)]
    return {entry["iss"]: entry["name"] if isinstance(entry.get("name"), str) else entry["iss"] for entry in named}


def trusted_keys(
    snapshot: bytes,
    *,
    allowed: Mapping[str, str] | None = None,
    anchors: Sequence[Anchor] = (),
    check: Check | None = None,
) -> tuple[tuple[TrustedKey, ...], Report]:
    """The keys of a snapshot, of issuers that are `allowed` (None: all in it), and the report of what is left out.

    `anchors` and `check` as in `trust.jwks`. Raises `TrustMaterialError` (TRUST_UNREADABLE, TRUST_KEY_COUNT).
    """
    accepted: list[TrustedKey] = []
    refused: list[tuple[str, Reason]] = []
    count = 0
    for number, entry in enumerate(_list(snapshot, "issuerInfo")):
        place = f"issuerInfo[{number}]."
        told = entry if isinstance(entry, dict) else {}
        issuer = told["issuer"].get("iss") if isinstance(told.get("issuer"), dict) else None
        if allowed is not None and issuer not in allowed:
            refused.append((f"{place}issuer", Reason.TRUST_ISSUER_NOT_LISTED))
            continue
        try:
            keys, report = keys_of(told.get("keys"), issuer=issuer, anchors=anchors, check=check, place=place)
        except TrustMaterialError as refusal:
            refused.append((place.rstrip("."), refusal.reasons[0]))
            continue
        accepted += keys
        count += report.accepted
        refused += report.refused
    return tuple(accepted), reported(count, refused)


def _list(data: bytes, name: str) -> list[Any]:
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a JSON object") from None
    entries = content.get(name)
    if not isinstance(entries, list):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=name)
    if len(entries) > MOST_ISSUERS:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_ISSUERS} issuers")
    return entries
