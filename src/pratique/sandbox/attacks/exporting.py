"""The scans of the cases as plain files, so that any other verifier can be asked the same questions.

CASE/NUMBER/scan.txt               what was scanned, as text
CASE/NUMBER/case.json              the clock, and what is to be said
CASE/NUMBER/lists/trust.json       whose keys count, as this system writes it
CASE/NUMBER/lists/revocation.bin   what is withdrawn, where the case has a list
CASE/NUMBER/lists/bundle.json      both as one release, which `pratique verify --bundle` reads
CASE/NUMBER/keys/*.pem             the same keys, for verifiers that read public keys alone
"""

import base64
import textwrap
from datetime import timedelta
from pathlib import Path

import msgspec

from pratique import revocation
from pratique.bundle import MANIFEST, REVOCATION, TRUST
from pratique.model.dates import format_instant
from pratique.sandbox.attacks.requirements import REQUIREMENTS
from pratique.sandbox.attacks.scans import SCANS, Scan, ScanCase
from pratique.sandbox.attacks.yard import Yard

README = """\
# Scans that no verifier may take for genuine, and the untouched ones beside them

Made fresh by `pratique selftest --attacks --export`: keys and people do not exist, and no two exports are alike.

For each folder, give your verifier the text of `scan.txt`, the keys of `lists/trust.json` (or `keys/*.pem`) as all that
it trusts, the clock of `case.json` as the time, and `lists/revocation.bin` as what is withdrawn, where there is one
(MessagePack; docs/trust.md). Then compare:

- `authentic` true: it has to be taken for genuine; false: it has to be refused; null: nothing may be said for sure,
  because something that has to be known is not.
- `reason` is this system's code for it (docs/reasons.md). Another verifier has words of its own: what counts is that it
  refuses, and does not crash, hang, or ask a network for anything.
- `covers` are the requirements, in words in `requirements.json`.

With this system: `pratique verify --bundle FOLDER/lists --at INSTANT FOLDER/scan.txt`; its exit code is 0 for true, 1
for false, 2 for null.

In `lists/trust.json`: `kid` and `key.spki` are base64, the latter a SubjectPublicKeyInfo in DER; `issuer` is whose
certificates the key may sign, `uses` for which kinds (all, where there are none named), `formats` in which formats.
"""


def export(folder: Path, yard: Yard) -> int:
    """Write all of them to `folder`, which is made; how many there are. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    (folder / "requirements.json").write_bytes(_json(dict(REQUIREMENTS)))
    count = 0
    for case in SCANS:
        for number, each in enumerate(case.make(yard), 1):
            _write(folder / case.name / f"{number:02}", case, each)
            count += 1
    return count


def _write(folder: Path, case: ScanCase, each: Scan) -> None:
    for name in ("keys", "lists"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "scan.txt").write_text(each.text, encoding="utf-8", newline="")
    told = {
        "case": case.name,
        "tried": case.tried,
        "what": each.name,
        "covers": case.covers,
        "at": format_instant(each.at),
        "authentic": each.authentic,
        "reason": each.reason,
    }
    (folder / "case.json").write_bytes(_json(told))
    for number, key in enumerate(each.trust.keys, 1):
        body = "\n".join(textwrap.wrap(base64.b64encode(key.key.spki).decode(), 64))
        text = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
        (folder / "keys" / f"{number}.pem").write_text(text, "ascii")
    for name, content in _lists(each).items():
        (folder / "lists" / name).write_bytes(content)


def _lists(each: Scan) -> dict[str, bytes]:
    """The lists as a release of one hour before."""
    issued, parts = each.at - timedelta(hours=1), {TRUST: each.trust.to_json()}
    times = {TRUST: (each.trust.issued or issued, each.trust.fresh_until)}
    if each.revocation is not None:
        parts[REVOCATION] = revocation.to_bytes(each.revocation)
        times[REVOCATION] = (each.revocation.issued, each.revocation.fresh_until)
    manifest = {
        "bundle": 1,
        "number": 1,
        "environment": each.trust.environment,
        "issued": issued,
        "parts": {name: {"issued": begins, "fresh_until": ends} for name, (begins, ends) in times.items()},
    }
    return {MANIFEST: _json(manifest), **parts}


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
