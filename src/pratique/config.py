"""How an installation is set up: one frozen value, read from a TOML file and the environment.

    pratique.toml ─┐
    PRATIQUE_PORT ─┴► Config ─ refuse_examples ─► what `serve` and `migrate` work with

A setting in the environment (`PRATIQUE_` and its name in capitals) comes before the same one in the file. A key that
nobody knows is refused: it may have been meant to forbid something. docs/operate.md has every setting.
"""

import base64
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from msgspec import Struct
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from pratique.authority.signers.places import beside
from pratique.trust.published import published

PREFIX = "PRATIQUE_"
OF_OTHERS = frozenset({"CONFIG", "DEBUG", "PASSPHRASE", "VECTORS", "CI"})
"""Variables with our prefix that are no settings: what names the file, and what other commands and the tests read."""
EXAMPLES = frozenset({"", "admin", "changeme", "example", "password", "postgres", "pratique", "secret", "test"})
"""Passwords of examples everywhere, ours among them."""
PASSPHRASES = EXAMPLES | {
    "a long passphrase", "a passphrase for this example", "a passphrase of the machine", "a sentence for each",
    "a sentence for this", "another one for the safe", "correct horse battery", "correct horse battery staple",
    "for the machine", "for the strong safe", "of the machine that signs", "of the strong safe",
    "one for the machine that signs", "one for the safe",
}  # fmt: skip
"""Those of our pages, which everybody has who read them."""
_LEAST_OCTETS = 8
"""Different octets in a key: one that was drawn has about thirty of its 32, one that was typed has few."""


class UnusableConfig(ValueError):
    """A setting that cannot be used: its text names the setting, and never the value."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An installation. Paths are taken from the folder of the file."""

    environment: Literal["sandbox", "test", "production"] = "production"
    country: str
    authority: dict[str, str]
    address: str
    database_url: str = "sqlite:///records.db"
    vault: Path = Path("vault.json")
    bundle: Path = Path("bundle")
    confirmation_key: Path = Path("confirmation.pem")
    booking_key: Path | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    listen: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    proxies: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    token_seconds: int = 300
    flight_seconds: int = 10
    answer_milliseconds: int = 400
    verify_a_minute: int = 6000
    shutdown_seconds: int = 20
    signing_keys: tuple[Path, ...] = ()
    passphrase_file: Path | None = None
    issuing_account: str = "issuing-program"
    travellers: str | None = None
    desk: str | None = None
    doors: str | None = None
    face: Literal["off", "people", "alone"] = "off"
    face_evidence: Path | None = None
    data_page_reader: bool = False
    eligible: Literal["anyone", "ithc-2021"] = "anyone"
    chip_roots: Path | None = None
    facility_register: Path | None = None
    facility_keys: Path | None = None
    code_policy: Path | None = None
    status_key: Path | None = None
    status_folder: Path | None = None
    status_capacity: int = 1000
    notices_key: Path | None = None
    recipients: tuple[Path, ...] = ()
    door_policy: Path | None = None
    door_crowd: Path | None = None
    door_key: Path | None = None
    permit_requirements: Path | None = None
    permit_key: Path | None = None
    pass_key: Path | None = None
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        for name, problem in _problems(self).items():
            raise UnusableConfig(f"{name}: {problem}")

    @property
    def sandbox(self) -> bool:
        """Whether all of it is a rehearsal."""
        return self.environment == "sandbox"


def _problems(config: Config) -> dict[str, str]:
    """What is wrong with single settings, by their names."""
    found: dict[str, str] = {}
    for name in ADDRESSES:
        address = getattr(config, name)
        if address and not address.startswith("https://") and not (config.sandbox and address.startswith("http://")):
            found[name] = "begins with https://, but for a sandbox"
        if address and name != "address" and named(address) in _names_before(config, name):
            found[name] = "has a name of its own: cookies and passkeys of one room are not for another"
    if not config.authority.keys() >= {"en"}:
        found["authority"] = "names who runs this at least in English (en)"
    for name, limits in _LIMITS.items():
        if getattr(config, name) not in limits:
            found[name] = f"lies between {limits[0]} and {limits[-1]}"
    for name in ("proxies", "metrics_from"):
        try:
            [ip_network(each) for each in getattr(config, name)]
        except ValueError:
            found[name] = "has addresses or networks, such as 10.0.0.0/8"
    if config.workers > 1 and (config.face != "off" or config.travellers or config.desk):
        found["workers"] = "is 1 where people sign up or in: who they are lives in the memory of one process"
    if config.face == "alone" and not config.sandbox and config.face_evidence is None:
        found["face_evidence"] = "names what was examined, without which no face issues alone outside a sandbox"
    if config.code_policy is not None and config.status_key is None:
        found["code_policy"] = "is given with status_key: a code is shown signed"
    given = [each is not None for each in (config.door_policy, config.door_crowd, config.door_key)]
    if any(given) and not all(given):
        found["door_crowd"] = "and door_policy and door_key are given together: a pass is signed, and shows little"
    if (config.permit_requirements is None) is not (config.permit_key is None):
        found["permit_key"] = "and permit_requirements are given together: a permit is signed, and for something"
    if config.travellers and not config.signing_keys:
        found["signing_keys"] = "are needed where travellers get certificates"
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        found["time_zone"] = "is a name of the time zone database, such as Asia/Shanghai"
    return found


ADDRESSES = ("address", "travellers", "desk", "doors")
"""Of the API and of each application of pages."""


def named(address: str) -> str:
    """The name of the host in an address."""
    return urlsplit(address).hostname or ""


def _names_before(config: Config, name: str) -> set[str]:
    others = ADDRESSES[: ADDRESSES.index(name)]
    return {named(getattr(config, other) or "") for other in others} | {""}


_LIMITS = {
    "port": range(1, 65536),
    "workers": range(1, 129),
    "token_seconds": range(30, 301),
    "flight_seconds": range(1, 61),
    "answer_milliseconds": range(50, 5001),
    "verify_a_minute": range(1, 1_000_001),
    "shutdown_seconds": range(1, 301),
    "status_capacity": range(1, 100_001),
}
"""The SMART specification keeps a client's token below five minutes (300 seconds); the others are what makes sense."""


def read(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The installation of a file (none: of the environment alone). Raises `UnusableConfig`, and `OSError`."""
    stated: dict[str, Any] = {}
    if path is not None:
        try:
            stated = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UnusableConfig(f"{path.name} is not TOML") from fault
    stated |= _from_environment(environment)
    for name in sorted(stated.keys() - get_type_hints(Config).keys()):
        raise UnusableConfig(f"{name}: there is no such setting; docs/operate.md has all of them")
    try:
        config = msgspec.convert(stated, Config, strict=False, dec_hook=_path)
    except msgspec.ValidationError as fault:
        raise UnusableConfig(_place(fault)) from None  # its words may quote the value
    return _beside(config, path.parent if path is not None else Path())


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Settings in the environment: lists and names by language are written with commas, `en=Ministry,zh=卫生部`."""
    kinds = get_type_hints(Config)
    found: dict[str, Any] = {}
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX)
        if not variable.startswith(PREFIX) or name in OF_OTHERS:
            continue
        kind = kinds.get(name.lower())
        if kind in (tuple[str, ...], tuple[Path, ...]):
            found[name.lower()] = [part.strip() for part in text.split(",") if part.strip()]
        elif kind == dict[str, str]:
            found[name.lower()] = dict(part.strip().partition("=")[::2] for part in text.split(","))
        else:
            found[name.lower()] = text
    return found


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError("a path")


def _place(fault: msgspec.ValidationError) -> str:
    """Which setting it is; where one is missing, which."""
    text = str(fault)
    if isinstance(fault.__cause__, UnusableConfig):
        return str(fault.__cause__)
    if "missing required field" in text:
        return f"{text.rpartition('field ')[2].partition(' ')[0].strip('`')}: this setting is missing"
    return f"{text.rpartition('$.')[2].strip('`') or 'a setting'}: it does not take this value"


def _beside(config: Config, folder: Path) -> Config:
    """The same with its paths, and an SQLite file, in `folder` where they are not absolute."""
    stated = msgspec.structs.asdict(config)
    paths = {name: _placed(name, folder, value) for name, value in stated.items() if isinstance(value, Path | tuple)}
    try:
        url = make_url(config.database_url)
    except ArgumentError:
        raise UnusableConfig("database_url: not the address of a database") from None
    if url.drivername == "sqlite" and url.database:
        paths["database_url"] = url.set(database=str(folder / url.database)).render_as_string(hide_password=False)
    return msgspec.structs.replace(config, **paths)


def _placed(name: str, folder: Path, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_placed(name, folder, each) for each in value)
    if not isinstance(value, Path):
        return value
    try:
        return beside(value, folder)
    except ValueError as fault:  # what was typed is not told: some write their PIN into it
        raise UnusableConfig(f"{name}: {fault}") from None


def refuse_examples(config: Config) -> None:
    """Refuse secrets that are in examples or in everybody's hands, but in a sandbox.

    Raises `UnusableConfig`; a file that is not there is for whoever opens it to tell.
    """
    if config.sandbox:
        return
    url = make_url(config.database_url)
    if url.drivername.startswith("postgresql") and url.password is not None and url.password in EXAMPLES:
        raise UnusableConfig("database_url: its password is an example's; draw one")
    for name in ("confirmation_key", "booking_key"):
        path = getattr(config, name)
        if path is not None and path.is_file() and _is_published(path):
            raise UnusableConfig(f"{name}: its private key is published; make one with `pratique migrate`")
    if config.passphrase_file is not None and config.passphrase_file.is_file() and _is_known(config.passphrase_file):
        raise UnusableConfig("passphrase_file: an example's, which others know; choose another, and make keys with it")
    if config.vault.is_file() and _is_typed(config.vault):
        raise UnusableConfig("vault: its keys were never drawn at random; make one with `pratique migrate`")


def _is_published(path: Path) -> bool:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        return False
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return published(spki) is not None


def _is_known(path: Path) -> bool:
    return path.read_bytes().strip().decode("utf-8", "replace").lower() in PASSPHRASES


class _Keys(Struct):
    keys: dict[str, dict[str, str]]


def _is_typed(path: Path) -> bool:
    try:
        stated = msgspec.json.decode(path.read_bytes(), type=_Keys)
        secrets = [base64.b64decode(text) for key in stated.keys.values() for text in key.values()]
    except (msgspec.MsgspecError, ValueError):
        return False
    return any(len(set(secret)) < _LEAST_OCTETS or secret.isascii() for secret in secrets)
