"""Two states that do not exist: XA, which issues, and XB, which has a border, rules of entry, and a published bundle.

xa/keys, xa/trust.json         XA's keys, and the list that it publishes for everybody
xb/published/                  XB's release no. 1: XA's keys, withdrawals, and XB's own rules
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import NewKeys, new_country
from pratique.bundle import MANIFEST, REVOCATION, TRUST, Bundle
from pratique.model.dates import format_instant
from pratique.model.valueset import COVID_19
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key

RELEASE = 1
FRESH = timedelta(days=7)
"""How long XB relies on a release; a border without a network for longer is told so by every answer."""


class Country(Struct, frozen=True):
    """A fictional state: its document signer and the trust list that it publishes."""

    code: str
    signer: FileSigner
    public: TrustList
    keys: NewKeys
    passphrase: bytes
    """Never written down, so that nobody signs again once this program has ended."""


def country(code: str, out: Path, at: datetime) -> Country:
    """A root, a signer and a public trust list of a new state, in the folder `out`/`code`."""
    folder, passphrase = out / code.lower(), secrets.token_hex(16).encode()
    folder.mkdir()
    keys = new_country(code, out=folder / "keys", at=at - timedelta(hours=1), passphrase=passphrase)
    signer = FileSigner.open(keys.dsc_key, passphrase=passphrase)
    public = TrustList(
        [trusted_key(keys.dsc_certificate.read_bytes())],
        environment=Environment.SANDBOX,
        issued=at,
        fresh_until=at + timedelta(days=30),
    )
    (folder / "trust.json").write_bytes(public.to_json())
    return Country(code, signer, public, keys, passphrase)


def publish(folder: Path, trusted: TrustList, *, at: datetime) -> Bundle:
    """Write XB's release to `folder`, and read it as its border will."""
    rules = f"rules/{ENTRY_RULES['country']}.json"
    parts = {name: {"issued": at, "fresh_until": at + FRESH} for name in (TRUST, REVOCATION, rules)}
    withdrawn = {"revocation_list": 1, "issued": at, "fresh_until": at + FRESH, "revoked": [], "replaced": []}
    manifest = {"bundle": 1, "number": RELEASE, "environment": "sandbox", "issued": at, "parts": parts}
    files = {
        MANIFEST: _json(manifest),
        TRUST: trusted.to_json(),
        REVOCATION: _json(withdrawn),
        rules: _json(entry_rules(at)),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Bundle.from_files(files)


def published(folder: Path) -> Mapping[str, bytes]:
    """The files of a published bundle, by the names that `Bundle.from_files` knows."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _json(content: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content)) + b"\n"


def entry_rules(at: datetime) -> dict[str, object]:
    """XB's rules of entry, in force for a year around the day `at`."""
    period = {
        "ValidFrom": format_instant(at - timedelta(days=180)),
        "ValidTo": format_instant(at + timedelta(days=180)),
    }
    return {**ENTRY_RULES, "rules": [{**rule, **period} for rule in _RULES]}


_CLOCK = {"plusTime": [{"var": "external.validationClock"}, 0, "day"]}


def _rule(name: str, kind: str, description: tuple[str, str], affected: list[str], logic: object) -> dict[str, object]:
    """A rule in the shape of the EU gateway (dgc-business-rules), described in English and Chinese."""
    english, chinese = description
    return {
        "Identifier": name,
        "Type": "Acceptance",
        "CertificateType": kind,
        "Country": "XB",
        "Version": "1.0.0",
        "SchemaVersion": "1.3.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.2.2",
        "Description": [{"lang": "en", "desc": english}, {"lang": "zh", "desc": chinese}],
        "AffectedFields": affected,
        "Logic": logic,
    }


_RULES = (
    _rule(
        "VR-XB-0001",
        "Vaccination",
        ("All doses of a vaccine, the last one 14 to 365 days ago.", "已完成全部剂次，最后一剂在 14 至 365 天前。"),
        ["v.0", "v.0.dn", "v.0.sd", "v.0.dt"],
        {
            "and": [
                {"var": "payload.v.0"},
                {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]},
                {"not-after": [{"plusTime": [{"var": "payload.v.0.dt"}, 14, "day"]}, _CLOCK]},
                {"not-before": [{"plusTime": [{"var": "payload.v.0.dt"}, 365, "day"]}, _CLOCK]},
            ]
        },
    ),
    _rule(
        "TR-XB-0001",
        "Test",
        (
            "A negative PCR test, its sample taken at most 72 hours before arrival.",
            "核酸检测阴性，采样在到达前 72 小时内。",
        ),
        ["t.0", "t.0.tr", "t.0.sc"],
        {
            "and": [
                {"var": "payload.tests.molecular.0"},
                {"===": [{"var": "payload.tests.molecular.0.tr"}, "260415000"]},
                {"not-before": [{"plusTime": [{"var": "payload.tests.molecular.0.sc"}, 72, "hour"]}, _CLOCK]},
            ]
        },
    ),
)

ENTRY_RULES: dict[str, object] = {
    "entry_rules": 1,
    "country": "XB",
    "disease": COVID_19.value,
    "source": "Invented for rehearsals.",
    "routes": [
        {
            "name": "vaccinated-and-tested",
            "title": {"en": "all vaccine doses, and a PCR test", "zh": "完成接种并有核酸检测"},
            "rules": ["VR-XB-0001", "TR-XB-0001"],
            "consequence": {"kind": "free"},
        },
        {
            "name": "tested",
            "title": {"en": "a PCR test", "zh": "核酸检测"},
            "rules": ["TR-XB-0001"],
            "consequence": {"kind": "test_on_arrival", "test": "molecular"},
        },
    ],
    "otherwise": {
        "kind": "quarantine",
        "days": 7,
        "place": "home",
        "shortened_by": {"test": "molecular", "day": 3},
    },
}
