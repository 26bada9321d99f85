"""`pratique pass`: day passes for a policy's setting, for a screen or on strips of paper."""

import binascii
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from msgspec import Meta

from pratique.cli import _files, _records, _signing
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import SignerPassphrase
from pratique.cli._printing import json_line, note
from pratique.model.certificate import Evidence
from pratique.model.crowd import Crowd
from pratique.model.status import Status
from pratique.passes import HOUR, Slot, begins, day_passes, on_paper, statuses, word_for
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


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class DayPass:
    """What day passes are made of besides records and a key.

    Parameters
    ----------
    policy
        The policy of the setting (JSON); it has to pass every check, and each day is decided by it for itself.
    crowd
        How many people of the country have which initials (JSON, such as {"AM": 20311}): what is rare is not shown.
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
        Where to write a PDF of strips to cut apart, for passes on paper; it names --issuer.
    """

    policy: Path
    crowd: Path
    keys: Path | None = None
    days: int = 1
    each: int = 1
    hour: int = HOUR
    strip: Path | None = None


@passes.default
def sign(
    records: Path,
    /,
    *,
    door: DayPass,
    key: Path,
    issuer: str = "",
    specimen: bool = False,
    at: str | None = None,
    passphrase_file: SignerPassphrase = None,
    json: bool = False,
    lang: Language = "en",
) -> Exit:
    """Sign a holder's day passes: admitted or not, for 24 hours each, with no health data.

    `pratique issue --format day-pass` is the same.

    Parameters
    ----------
    records
        A FHIR R4 Bundle (JSON) of the holder's records, as for issue; of the Patient alone if there are none.
    key
        The document signer's key file, its certificate and counter beside it; or pkcs11:token=…;object=…?module-path=…
    issuer
        The body that issues them, as the strips name it.
    specimen
        Mark them as specimens, which only a sandbox accepts.
    at
        The time of issue, in ISO 8601; now if not given.
    json
        Print one JSON object a pass, a line each.
    lang
        The holder's language on the strips, beside English; en if not given.
    """
    strip = door.strip
    instant = _files.instant(at, "--at")
    if not 0 <= door.hour <= 23:
        raise UsageFault("--hour is from 0 to 23")
    if strip is not None and (door.keys is not None or not issuer):
        raise UsageFault("--strip prints passes for paper, which have no --keys, and names their --issuer")
    try:
        slots = _slots(begins(instant, days=door.days, hour=door.hour), door.keys, door.each)
    except ValueError as fault:
        raise UsageFault(f"--days and --each: {fault}") from fault
    counted = _crowd(door.crowd)
    with _files.of(door.policy):
        asked = parse_policy(_files.read(door.policy, at_most=LONGEST))
    signer = _signing.signer(key, passphrase_file, specimen=specimen)
    certificate = _records.certificate_of(
        _files.json(records, at_most=LONGEST),
        issuer=issuer,
        country=None,
        home=signer.key.issuer,
        evidence=Evidence.REGISTRY,
        without_claims=True,
    )
    words = [word_for(certificate, asked, slot.begins, instant) for slot in slots]
    made = [
        status
        for slot, word in zip(slots, words, strict=True)
        if word is not None
        for status in statuses(certificate.holder, word, [slot], crowd=counted, specimen=specimen)
    ]
    if undecided := words.count(None):
        note(f"Days for which the policy decides nothing on these records, and no pass is made: {undecided}")
    if not made:
        return Exit.UNDECIDED
    if strip is not None:
        _files.check_writable(strip)
    scans = day_passes(made, signer=signer, at=instant)
    for scan, status in zip(scans, made, strict=True):
        if json:
            json_line({"begins": status.begins, "ends": status.ends, "word": status.word, "scan": scan})
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
