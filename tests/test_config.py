"""One frozen value: unknown keys, unfit values and example secrets are refused, and every setting is documented."""

import json
import re
from base64 import urlsafe_b64decode
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pratique.authority.store import Vault
from pratique.config import PASSPHRASES, PREFIX, Config, UnusableConfig, read, refuse_examples

ROOT = Path(__file__).parents[1]
LEAST = 'country = "XA"\naddress = "https://pratique.example"\n[authority]\nen = "Ministry of Health of XA"\n'


def written(folder: Path, text: str = LEAST) -> Path:
    path = folder / "pratique.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("colour = true", "colour"),
        ('environment = "prod"', "environment"),
        ('port = "many"', "port"),
        ("port = 0", "port"),
        ("workers = 0", "workers"),
        ("token_seconds = 301", "token_seconds"),
        ('proxies = ["somewhere"]', "proxies"),
        ('metrics_from = ["10.0.0.1/8"]', "metrics_from"),
        ('face = "people"\nworkers = 2', "workers"),
        ('desk = "https://desk.example"\nworkers = 2', "workers"),
        ("face = true", "face"),
        ('face = "alone"', "face_evidence"),
        ('environment = "test"\nface = "alone"', "face_evidence"),
        ('travellers = "http://travel.example"', "travellers"),
        ('travellers = "https://travel.example"', "signing_keys"),
        ('travellers = "https://pratique.example:8443"', "travellers"),
        ('desk = "https://pratique.example"', "desk"),
        ('code_policy = "policy.json"', "code_policy"),
        ('permit_key = "permits.pem"', "permit_key"),
        ('permit_requirements = "permits.json"', "permit_key"),
        ("status_capacity = 0", "status_capacity"),
        ('time_zone = "Shanghai"', "time_zone"),
        ('time_zone = "/etc/passwd"', "time_zone"),
        ('database_url = "?"', "database_url"),
        ("vault = 7", "vault"),
        ("this is no TOML", "TOML"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(UnusableConfig, match=named):
        read(written(tmp_path, f"{line}\n{LEAST}"), {})
    assert read(written(tmp_path), {}).country == "XA"


@pytest.mark.parametrize("name", ["country", "address", "authority"])
def test_settings_that_are_missing(tmp_path: Path, name: str) -> None:
    text = LEAST.replace("[authority]\nen = ", "" if name == "authority" else "[authority]\nen = ")
    lines = [line for line in text.splitlines() if not line.startswith((name, '"Min'))]
    with pytest.raises(UnusableConfig, match=name):
        read(written(tmp_path, "\n".join(lines)), {})


def test_a_refusal_quotes_no_value(tmp_path: Path) -> None:
    for line in ('environment = "hunter2"', 'port = "hunter2"', 'hosts = "hunter2"', 'database_url = "hunter2"'):
        with pytest.raises(UnusableConfig) as refused:
            read(written(tmp_path, f"{line}\n{LEAST}"), {})
        assert "hunter2" not in str(refused.value)


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    told = {
        "PRATIQUE_PORT": "9000",
        "PRATIQUE_HOSTS": "a.example, b.example",
        "PRATIQUE_AUTHORITY": "en=Ministry,zh=卫生部",
        "PRATIQUE_FACE": "people",
        "PRATIQUE_SIGNING_KEYS": "one.pem,two.pem",
        "PRATIQUE_DEBUG": "1",
        "HOME": "/nowhere",
    }
    config = read(written(tmp_path), told)
    assert (config.port, config.hosts, config.face) == (9000, ("a.example", "b.example"), "people")
    assert config.authority == {"en": "Ministry", "zh": "卫生部"}
    assert config.signing_keys == (tmp_path / "one.pem", tmp_path / "two.pem")
    with pytest.raises(UnusableConfig, match="prot"):
        read(written(tmp_path), {"PRATIQUE_PROT": "9000"})


def test_it_is_frozen_and_paths_lie_beside_the_file(tmp_path: Path) -> None:
    config = read(written(tmp_path), {})
    with pytest.raises(AttributeError):
        config.port = 1  # type: ignore[misc]
    assert config.vault == tmp_path / "vault.json"
    assert config.database_url == f"sqlite:///{tmp_path / 'records.db'}"
    absolute = read(written(tmp_path, f'vault = "/etc/vault.json"\n{LEAST}'), {})
    assert absolute.vault == Path("/etc/vault.json")


@pytest.mark.parametrize("environment", ["production", "test", "sandbox"])
@pytest.mark.parametrize("secret", ["database_url", "vault", "confirmation_key", "passphrase_file"])
def test_example_secrets_are_refused_outside_the_sandbox(tmp_path: Path, environment: str, secret: str) -> None:
    drawn = Vault.draw()
    drawn.write(tmp_path / "vault.json")
    lines = f'environment = "{environment}"\n'
    good = read(written(tmp_path, lines + LEAST), {})
    refuse_examples(good)
    if secret == "database_url":
        lines += 'database_url = "postgresql://pratique:example@db/pratique"\n'
    elif secret == "passphrase_file":
        lines += 'passphrase_file = "pass"\n'
        (tmp_path / "pass").write_text("Correct horse battery staple\n")
    elif secret == "vault":
        keys = {"look_up": "A" * 43 + "=", "seal": "A" * 43 + "="}
        (tmp_path / "vault.json").write_text(json.dumps({"current": 1, "keys": {"1": keys}}))
    else:
        known = ec.derive_private_key(_RFC_7515, ec.SECP256R1())
        pem = known.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "confirmation.pem").write_bytes(pem)
    config = read(written(tmp_path, lines + LEAST), {})
    if environment == "sandbox":
        refuse_examples(config)
    else:
        with pytest.raises(UnusableConfig, match=secret):
            refuse_examples(config)


def test_no_passphrase_of_our_pages_is_taken_in_earnest() -> None:
    pages = "".join(page.read_text("utf-8") for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    in_shell = re.findall(r"(?:printf|echo) '([^'\\{]+)' > \w+(?:\.txt)?(?![\w.])", pages)
    in_python = re.findall(r"""(?:words = |passphrase=|passphrase": )b"([^"]+)""", pages)
    assert min(len(in_shell), len(in_python)) > 5
    assert {*in_shell, *in_python} <= PASSPHRASES


_RFC_7515 = int.from_bytes(urlsafe_b64decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI="))
"""The private key of RFC 7515, appendix A.3: everybody has it."""


def test_every_setting_is_documented_with_what_it_is_if_not_given() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", page, re.MULTILINE)
    documented = dict(rows)
    fields = {field.name: field for field in msgspec.structs.fields(Config)}
    assert list(documented) == list(fields)
    for name, field in fields.items():
        default = "needed" if field.required else shown(field.default)
        assert documented[name] == default, name
    assert f"`{PREFIX}" in page


def shown(default: object) -> str:
    """A default as the table has it."""
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{each}`" for each in default)
    return f"`{default}`"
