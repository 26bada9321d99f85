"""The scans of the cases as plain files, so that any other verifier can be asked the same questions.

CASE/NUMBER/scan.txt               what was scanned, as text
CASE/NUMBER/case.json              the clock, and what is to be said
CASE/NUMBER/lists/trust.json       whose keys count, as this system writes it
CASE/NUMBER/lists/revocation.bin   what is withdrawn, where the case has a list
CASE/NUMBER/lists/bundle.json      both as one release, which `pratique verify --bundle` reads
CASE/NUMBER/withdrawn.json         the same list in JSON, which the README explains
CASE/NUMBER/keys/*.pem             the same keys, for verifiers that read public keys alone
reasons.json, requirements.json    every code of the cases in words
"""

import base64
import textwrap
from datetime import timedelta
from pathlib import Path

import msgspec

from pratique import revocation
from pratique.bundle import MANIFEST, REVOCATION, TRUST
from pratique.model.dates import format_instant
from pratique.model.reasons import Reason
from pratique.revocation import Prefixes, RevocationList
from pratique.sandbox.attacks.requirements import REQUIREMENTS
from pratique.sandbox.attacks.scans import SCANS, Scan, ScanCase
from pratique.sandbox.attacks.yard import Yard
from pratique.texts import explain

README = """\
# Scans that no verifier may take for genuine, and the untouched ones beside them

Made fresh by `pratique selftest --attacks --export`: keys and people do not exist, and no two exports are alike.

For each folder, give your verifier the text of `scan.txt`, the keys of `lists/trust.json` (or `keys/*.pem`) as all that
it trusts, `at` of `case.json` as the time, and `withdrawn.json` as what is withdrawn, where there is one. Then compare:

- `authentic` true: it has to be taken for genuine; false: it has to be refused; null: nothing may be said for sure,
  because something that has to be known is not: a key that is on no list, or a list that is too old.
- `reason` is this system's code for it, in words in `reasons.json`. Another verifier has words of its own: what counts
  is that it refuses, and does not crash, hang, or ask a network for anything.
- `format` is what the scan is, as far as it can be told; pass over those that your verifier does not read:
  `eu-dcc` and `hcert`, a DCC of the EU (of schema 1.3), or a code that begins as one; `shc`, a SMART Health Card;
  `ithc` and `status`, this system's own profiles of HCERT (docs/formats/ithc.md, docs/formats/status.md).
- `covers` are the requirements, in words in `requirements.json`.

With this system: `pratique verify --bundle FOLDER/lists --at INSTANT FOLDER/scan.txt`; its exit code is 0 for true, 1
for false, 2 for null.

## lists/trust.json

`kid` is base64: of the eight octets of an HCERT's key id, or of the letters of a card's `kid`. `key.spki` is base64 of
a SubjectPublicKeyInfo in DER, and `key.kind` says its curve, or RSA. `issuer` is whose certificates the key may sign
(`EL` is `GR`, `UNHCR` is `UN`; a certificate that names no issuer is the key's); cards name their `iss`. `uses` are
the kinds of certificate that it may sign, all where it is null; `formats` the formats, every HCERT where it is null. It
has to have been valid, from `not_before` to `not_after`, when it signed. One `kid` may stand there twice: each counts.

`environment`: outside of `sandbox` a certificate that says under its signature that it is a specimen is refused. Where
there is a `fresh_until` and it is past, nothing is genuine for sure any more.

## withdrawn.json

- `revoked`, `replaced`: each entry is BLAKE2b (RFC 7693) with a digest of eight octets, in hexadecimal, over the text
  `record:` and the opaque part of the certificate's identifier: of `URN:UVCI:01:XA:ABC#Q` that is `ABC`. A replaced
  certificate is refused as well, and is not to be called fraud.
- `distrusted`: keys (`spki`, in base64) that count no more, for anything issued later than `after` (null: for nothing
  at all), except for what is in `honest`: there an entry is the same over the text `signed:` and the SHA-256, in small
  hexadecimal letters, of the octets that were signed (of an HCERT its Sig_structure).
- `fresh_until`: after it, that a certificate is not on the list means nothing; that it is, still does.
- `sources`: countries' own lists that were put into this one. Past the `fresh_until` of one of them it means nothing
  either that a certificate of its `issuers` is not on the list.

`lists/revocation.bin` is the same in MessagePack, as this system's verifiers read it.

## Statuses

The four scans of a `status` are genuine. Their `reason` says whether they were shown by whoever holds the key in them
(LIVE_FRESH), from a picture of that (LIVE_STALE), with another's proof, or with none.
"""


def export(folder: Path, yard: Yard) -> int:
    """Write all of them to `folder`, which is made; how many there are. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    (folder / "requirements.json").write_bytes(_json(dict(REQUIREMENTS)))
    count, reasons = 0, set[Reason]()
    for case in SCANS:
        for number, each in enumerate(case.make(yard), 1):
            _write(folder / case.name / f"{number:02}", case, each)
            reasons |= {each.reason} if each.reason else set()
            count += 1
    (folder / "reasons.json").write_bytes(_json({str(code): explain(code).what for code in sorted(reasons)}))
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
        "format": each.ask().format,
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
    if each.revocation is not None:
        (folder / "withdrawn.json").write_bytes(_json(_withdrawn(each.revocation)))


def _withdrawn(listed: RevocationList) -> dict[str, object]:
    """What a list of a case holds, in JSON."""
    return {
        "issued": format_instant(listed.issued),
        "fresh_until": format_instant(listed.fresh_until),
        "revoked": _entries(listed.revoked),
        "replaced": _entries(listed.replaced),
        "distrusted": [
            {
                "spki": base64.b64encode(key.spki).decode(),
                "after": key.after and format_instant(key.after),
                "honest": _entries(key.honest),
            }
            for key in listed.distrusted
        ],
        "sources": [
            {"issuers": sorted(source.issuers), "fresh_until": format_instant(source.fresh_until)}
            for source in listed.sources
        ],
    }


def _entries(prefixes: Prefixes) -> list[str]:
    return [f"{each:016x}" for each in prefixes]


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
