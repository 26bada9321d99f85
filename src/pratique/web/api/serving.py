"""From a configuration to the house that the API works with, one in each process."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.issuance.certificates import Office
from pratique.authority.issuance.eligibility import PRESETS
from pratique.authority.permits.office import PermitOffice
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.signers.opening import open_signer
from pratique.authority.store import DatabaseRole, Vault, check_version, open_store, people, reading
from pratique.config import Config, UnusableConfig, refuse_examples
from pratique.model.countries import canonical
from pratique.model.errors import BundleRefused, RuleRefused, TrustMaterialError
from pratique.permits import parse_requirements
from pratique.trust import Environment
from pratique.trust.published import any_published, published
from pratique.web.api.confirming import ConfirmationKey, UnusableKey
from pratique.web.api.counting import Counts
from pratique.web.api.house import Engines, House, Release
from pratique.web.api.opening import Opener
from pratique.web.api.routes import ROUTES
from pratique.web.api.throttling import Pace
from pratique.web.pages import Site

FILE, COUNTS = "PRATIQUE_CONFIG", "PRATIQUE_COUNTS"
"""Variables by which `serve` tells its processes which file to read, and where counts are kept."""


def log(stream: Any) -> None:
    """Lines of a time, a level and what happened; there is no personal data to leave out, for none is passed on."""
    logging.basicConfig(
        stream=stream, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for name in ("sqlalchemy", "alembic", "uvicorn.access", "multipart", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)


def house(config: Config, counts: Path | None) -> House:
    """The house of a configuration. Raises `UnusableConfig` for what it names and cannot be used, and `StoreFault`."""
    refuse_examples(config)
    engines = _engines(config)
    vault = Vault.read(config.vault)
    check_version(engines.api)
    with reading(engines.health) as connection:
        people.check_vault(connection, vault)
    release = _release(config)
    return House(
        site=Site(service="service.support", authority=config.authority, specimen=config.sandbox),
        country=config.country,
        address=config.address.rstrip("/"),
        hosts=config.hosts,
        proxies=config.proxies,
        metrics_from=config.metrics_from,
        engines=engines,
        vault=vault,
        release=release,
        confirmation=_confirmation(config),
        opener=_opener(config),
        office=_office(config, engines.issuance, vault),
        register=_register(config.facility_register),
        permits=_permits(config, engines.health, vault, release),
        pace=Pace(max(config.verify_a_minute // config.workers, 1)),
        counts=None if counts is None else Counts(counts, ROUTES),
        token_lasts=timedelta(seconds=config.token_seconds),
        flight_seconds=config.flight_seconds,
        answer_after=config.answer_milliseconds / 1000,
    )


def _engines(config: Config) -> Engines:
    url = config.database_url
    if url.startswith("sqlite"):
        engine = open_store(url)
        return Engines.one(engine)
    roles = {name: DatabaseRole(f"pratique_{name}") for name in Engines.__struct_fields__}
    return Engines(**{name: open_store(url, role=role) for name, role in roles.items()})


def _register(path: Path | None) -> Mapping[str, str] | None:
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as fault:
        raise UnusableConfig("facility_register: not a JSON object of names by their numbers") from fault


def _release(config: Config) -> Release:
    try:
        release = Release(config.bundle)
    except OSError as fault:
        raise UnusableConfig("bundle: no release is there; fetch one with `pratique bundle update`") from fault
    except BundleRefused as refusal:
        raise UnusableConfig("bundle: the release cannot be used; `pratique bundle show` says why") from refusal
    if config.environment == "production" and release.bundle.environment is not Environment.PRODUCTION:
        raise UnusableConfig("bundle: the release is of a rehearsal, and environment is production")
    if config.environment == "production" and any_published(release.bundle.trust_list.spkis):
        raise UnusableConfig("bundle: the private half of a key that it trusts is published; tell whoever lists it")
    return release


def _confirmation(config: Config) -> ConfirmationKey:
    try:
        return ConfirmationKey.read(config.confirmation_key)
    except (OSError, UnusableKey) as fault:
        raise UnusableConfig("confirmation_key: cannot be read; `pratique migrate` makes one") from fault


def _opener(config: Config) -> Opener | None:
    if config.booking_key is None:
        return None
    try:
        return Opener.read(config.booking_key)
    except (OSError, ValueError) as fault:
        raise UnusableConfig("booking_key: cannot be read; `pratique migrate` makes one") from fault


def _office(config: Config, engine: Engine, vault: Vault) -> Office | None:
    """Who signs, where keys to sign with are named."""
    if not config.signing_keys:
        return None
    return Office(
        engine,
        vault,
        tuple(_opened(config, "signing_keys", key) for key in config.signing_keys),
        Account(config.issuing_account, Role.ISSUER),
        specimen=config.sandbox,
        eligibility=PRESETS[config.eligible],
        country=config.country,
    )


def _permits(config: Config, engine: Engine, vault: Vault, release: Release) -> PermitOffice | None:
    """Who decides on applications to enter. Raises `UnusableConfig`."""
    signer = signer_of(config, "permit_key")
    if config.permit_requirements is None or signer is None:
        return None
    try:
        asked = parse_requirements(config.permit_requirements.read_bytes())
    except (OSError, RuleRefused) as fault:
        raise UnusableConfig("permit_requirements: cannot be read; docs/formats/permit.md shows the form") from fault
    if asked.historical or canonical(asked.country) != canonical(config.country):
        raise UnusableConfig("permit_requirements: history, or of another country")
    return PermitOffice(
        engine=engine,
        vault=vault,
        requirements=asked,
        bundle=release.current,
        signer=signer,
        specimen=config.sandbox,
    )


def signer_of(config: Config, name: str) -> CountedSigner | None:
    """The key of a setting, which signs no certificate. Raises `UnusableConfig`."""
    key = getattr(config, name)
    if key is None:
        return None
    if key in config.signing_keys:
        raise UnusableConfig(f"{name}: signs certificates, whose log would not account for what else it signs")
    return _opened(config, name, key)


def _opened(config: Config, name: str, key: Path) -> CountedSigner:
    """A key that a setting names. Raises `UnusableConfig`, for one that everybody has outside a sandbox as well."""
    try:
        signer = open_signer(key, passphrase=passphrase_of(config))
    except TrustMaterialError as fault:
        raise UnusableConfig(f"{name}: a key cannot be used: {fault}") from fault
    if not config.sandbox and signer.key.public is not None and published(signer.key.public.spki) is not None:
        raise UnusableConfig(f"{name}: the private half of a key is published, and it signs specimens alone")
    return signer


def passphrase_of(config: Config) -> bytes:
    """The passphrase of the keys that a configuration names, and the PIN of a module. Raises `UnusableConfig`."""
    if config.passphrase_file is None:
        raise UnusableConfig("passphrase_file: names a file with the passphrase of the signing keys")
    try:
        return config.passphrase_file.read_bytes().rstrip(b"\r\n")
    except OSError as fault:
        raise UnusableConfig("passphrase_file: cannot be read") from fault
