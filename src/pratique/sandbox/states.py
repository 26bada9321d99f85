"""Two states that do not exist: XA, which issues, and XB, which has a border, rules of entry, and a published bundle.

xa/keys, xa/trust.json         XA's keys, and the list that it publishes for everybody
xb/published/                  XB's release no. 1: XA's keys, withdrawals, and XB's own rules
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import NewKeys, new_country
from pratique.bundle import Bundle
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key

RELEASE = 1


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
    files = bundle_files(trusted, number=RELEASE, at=at)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Bundle.from_files(files)
