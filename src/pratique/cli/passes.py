"""`pratique pass`: day passes for a policy's setting, for a screen or on strips of paper."""

import binascii
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App
from msgspec import Meta

from pratique.cli import _files, _records, _signing
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, note
from pratique.model.certificate import Evidence
from pratique.model.crowd import Crowd
from pratique.model.status import Status
from pratique.passes import HOUR, Slot, begins, day_passes, decided, on_paper, statuses, word_of
from pratique.rules.linting import parse_policy
from pratique.texts import Language

LONGEST = 16 * 1024 * 1024

passes = App(
    name="pass",
    help_epilogue="""\
Examples:

  pratique pass --policy events.json --crowd initials.json --key keys/xa/dsc.key.pem --keys points.txt records.json
  pratique pass --policy events.json --crowd initials.json --key keys/xa/dsc.key.pem --days 7 --strip strips.pdf \\
      --issuer 'Ministry of Health' records.json

Exit codes: 0 signed, 1 refused, 2 the policy decides nothing on these records, 3 cannot be used, 4 our fault.
""",
)


@passes.default
def sign(
    records: Path,
    /,
    *,
    policy: Path,
    crowd: Path,
    key: Path,
    keys: Path | None = None,
    days: int = 1,
    each: int = 1,
    hour: int = HOUR,
    strip: Path | None = None,
    issuer: str = "",
    specimen: bool = False,
    at: str | None = None,
    passphrase_file: Path | None = None,
    json: bool = False,
    lang: Language = "en",
) -> Exit:
    """Sign a holder's day passes: admitted or not, for 24 hours each, with no health data.

    Parameters
    ----------
    records
        A FHIR R4 Bundle (JSON) of the holder's records, as for issue.
    policy
        The policy of the setting (JSON); it has to pass every check.
    crowd
        How many people of the country have which initials (JSON, such as {"AM": 20311}): what is rare is not shown.
    key
        The document signer's key file; its certificate and counter lie beside it.
    keys
        The holder's one-time public keys, compressed points of P-256 in hexadecimal, one a line: a pass for each, and
        as many for each day. Without it the passes are for paper, and prove nothing live.
    days
        For how many slots of 24 hours, the running one first; 1 if not given, 28 at most.
    each
        Passes a day on paper; 1 if not given.
    hour
        The hour (UTC) at which everybody's slots begin.
    strip
        Where to write a PDF of strips to cut apart, for passes on paper.
    issuer
        The body that issues them, as the strips name it.
    specimen
        Mark them as specimens, which only a sandbox accepts.
    at
        The time of issue, in ISO 8601; now if not given.
    passphrase_file
        A file with the key's passphrase; else PRATIQUE_PASSPHRASE, else you are asked.
    json
        Print one JSON object a pass, a line each.
    lang
        The holder's language on the strips, beside English; en if not given.
    """
    instant = _files.instant(at, "--at")
    if not 0 <= hour <= 23:
        raise UsageFault("--hour is from 0 to 23")
    if strip is not None and (keys is not None or not issuer):
        raise UsageFault("--strip prints passes for paper, which have no --keys, and names their --issuer")
    try:
        slots = _slots(begins(instant, days=days, hour=hour), keys, each)
    except ValueError as fault:
        raise UsageFault(f"--days and --each: {fault}") from fault
    counted = _crowd(crowd)
    with _files.of(policy):
        asked = parse_policy(_files.read(policy, at_most=LONGEST))
    signer = _signing.signer(key, passphrase_file, specimen=specimen)
    certificate = _records.certificate_of(
        _files.json(records, at_most=LONGEST),
        issuer=issuer,
        country=None,
        home=signer.key.issuer,
        evidence=Evidence.REGISTRY,
    )
    word = word_of(decided(certificate, asked, instant))
    if word is None:
        note("The policy decides nothing on these records: no pass is made, and nobody is refused.")
        return Exit.UNDECIDED
    if strip is not None:
        _files.check_writable(strip)
    made = statuses(certificate.holder, word, slots, crowd=counted, specimen=specimen)
    scans = day_passes(made, signer=signer, at=instant)
    for scan, status in zip(scans, made, strict=True):
        if json:
            json_line({"begins": status.begins, "ends": status.ends, "word": word, "scan": scan})
        else:
            sys.stdout.write(scan + "\n")
    sys.stdout.flush()
    if strip is not None:
        _files.write(strip, _strips(scans, made, issuer=issuer, country=signer.key.issuer, lang=lang))
    return Exit.DONE


def _slots(days: Sequence[datetime], keys: Path | None, each: int) -> tuple[Slot, ...]:
    if keys is None:
        if not 1 <= each <= 100:
            raise ValueError("from 1 to 100 passes a day")
        return on_paper(days, each=each)
    lines = _files.read(keys, at_most=LONGEST).decode("ascii", "replace").split()
    try:
        points = [binascii.unhexlify(line) for line in lines]
    except (ValueError, binascii.Error) as fault:
        raise UsageFault(f"{keys}: a key is 66 hexadecimal digits") from fault
    if not points or len(points) % len(days):
        raise UsageFault(f"{keys}: as many keys for each day, one a line")
    share = len(points) // len(days)
    return tuple(Slot(day, tuple(points[n * share : (n + 1) * share])) for n, day in enumerate(days))


def _crowd(path: Path) -> Crowd:
    try:
        kind = dict[Annotated[str, Meta(pattern="^[A-Z]{1,2}$")], Annotated[int, Meta(ge=0)]]
        return Crowd(msgspec.json.decode(_files.read(path, at_most=LONGEST), type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise UsageFault(f'{path}: initials with their counts, such as {{"AM": 20311}}') from fault


def _strips(scans: Sequence[str], made: Sequence[Status], *, issuer: str, country: str, lang: str) -> bytes:
    """The PDF. Raises `PrintRefused`."""
    from pratique.paper import Pass, Strip, strip_pdf

    languages = ("en",) if lang == "en" else (lang, "en")
    passes = tuple(map(Pass, scans, made))
    return strip_pdf(Strip(passes=passes, issuer=issuer, country=country, clock=UTC, languages=languages))
