"""An installation as somebody sets it up: a folder with its configuration, keys, a release, a facility and people."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Role, clients
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.issuance import facilities
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, open_store, writing
from pratique.authority.store.clients import Registered
from pratique.cli import main
from pratique.config import Config, read
from pratique.model.dates import format_instant
from pratique.sandbox import codes, states, traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.trust import Environment, TrustList
from tests.authority.identity.scripted import registered
from tests.authority.issuing import ANNE, BO, LAB, PASSPHRASE, REGISTER, key_pair
from tests.web.desks import PORTRAIT

ROOT = Path(__file__).parents[2]
SENDER = Source(LAB.facility_id, LAB.name, "XA", "UTO", "administered")
CLIENT = {"keys": "lab.jwks.json", "source": "lab.json", "config": "pratique.toml"}
"""What the laboratory's program is entered with."""
TRAVELLERS, DESK, DOORS = "travel.localhost", "desk.localhost", "doors.localhost"


class Place(Struct, frozen=True):
    """The folder of an installation, and what a test knows of it besides."""

    folder: Path
    port: int
    key: ECKey
    """Of the laboratory's program."""

    @property
    def config(self) -> Config:
        return read(self.folder / "pratique.toml", {})

    @property
    def vault(self) -> Vault:
        return Vault.read(self.folder / "vault.json")

    def engine(self) -> Engine:
        return open_store(self.config.database_url, pooled=False)

    def origin(self, name: str) -> str:
        return f"http://{name}:{self.port}"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pratique", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment(), capture_output=True, text=True, check=False, timeout=120
        )

    def done(self, *words: str) -> str:
        told = self.run(*words)
        assert told.returncode == 0, (words, told.stdout, told.stderr)
        return told.stdout


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRATIQUE_")}
    return kept | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"} | settings


def policy(at: datetime) -> bytes:
    """The sandbox's health code, in force since a month."""
    stated = json.loads(codes.policy())
    begins, ends = (format_instant(at + timedelta(days=days)) for days in (-30, 120))
    stated |= {"published": format_instant(at - timedelta(days=50)), "start": begins, "sunset": ends}
    stated["rules"] = [rule | {"ValidFrom": begins, "ValidTo": ends} for rule in stated["rules"]]
    return json.dumps(stated).encode()


def place(folder: Path, *, port: int = 8080, url: str = "sqlite:///records.db", face: str = "alone") -> Place:
    """Everything that an operator does before `pratique serve`."""
    at = datetime.now(UTC)
    made = Place(folder, port, ECKey.generate_key("P-384", {"kid": "lab-1"}))
    pairs = [key_pair(folder, name=name, at=at - timedelta(days=1)) for name in ("dsc", "status", "notices", "permits")]
    trusted = TrustList.from_certificates([pair.certificate_der for pair in pairs[:2]], environment=Environment.SANDBOX)
    (folder / "bundle").mkdir()
    before, until = at - timedelta(hours=1), at + timedelta(days=7)
    dated = TrustList(trusted.keys, environment=Environment.SANDBOX, issued=before, fresh_until=until)
    states.publish(folder / "bundle", dated, at=before)
    (folder / "passphrase").write_bytes(PASSPHRASE)
    (folder / "code.json").write_bytes(policy(at))
    (folder / "permits.json").write_text('{"permit": 1, "country": "XA", "source": "a rehearsal"}')
    (folder / "pratique.toml").write_text(
        f"""\
environment = "sandbox"
country = "XA"
address = "http://127.0.0.1:{port}"
travellers = "{made.origin(TRAVELLERS)}"
desk = "{made.origin(DESK)}"
doors = "{made.origin(DOORS)}"
port = {port}
database_url = "{url}"
signing_keys = ["dsc.key.pem"]
passphrase_file = "passphrase"
face = "{face}"
code_policy = "code.json"
status_key = "status.key.pem"
status_folder = "statuses"
notices_key = "notices.key.pem"
permit_requirements = "permits.json"
permit_key = "permits.key.pem"
time_zone = "Asia/Shanghai"
[authority]
en = "Ministry of Health of XA"
zh = "XA 卫生部"
""",
        encoding="utf-8",
    )
    assert main(["migrate", "--config", str(folder / "pratique.toml")]) == 0
    _people(made, at)
    return made


def _people(made: Place, at: datetime) -> None:
    engine = made.engine()
    keys = json.dumps({"keys": [made.key.as_dict(private=False)]})
    program = Registered(LAB.facility_id, Role.LABORATORY.value, LAB.name, keys, msgspec.json.encode(SENDER).decode())
    with writing(engine) as connection:
        clients.let_in(connection, program, at=at - timedelta(days=1))
        facilities.propose(connection, LAB, ANNE, register=REGISTER, at=at - timedelta(days=60))
        facilities.approve(connection, LAB.facility_id, BO, at=at - timedelta(days=60))
    registry = StoreRegistry(engine, made.vault, country="UTO")
    her, child = (
        registered(zone, born, PORTRAIT)
        for zone, born in ((traveller.PASSPORT, "1990-05-08"), (DAUGHTERS_PASSPORT, "2017-06-01"))
    )
    registry.enter([her, child], at=at - timedelta(days=1))
    engine.dispose()
