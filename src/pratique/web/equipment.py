"""What an installation's pages work with, made once from its configuration and shared between them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, structs
from sqlalchemy import Engine

from pratique.authority.access.passkeys import Passkeys, Site
from pratique.authority.identity.answers import Assurance, Holder
from pratique.authority.identity.clinic_code import Codes
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.instant import Evidence, Instant, face_only
from pratique.authority.identity.matching import FaceMatcher, ReviewMatcher
from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.issuance.certificates import Office, issue_for
from pratique.authority.records import codes
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.signers.pkpass import PassSigner
from pratique.authority.status.codes import by_policy
from pratique.authority.store import Vault, locks
from pratique.authority.store.passkeys import Owner
from pratique.config import Config, UnusableConfig, named
from pratique.model.countries import to_mrz
from pratique.model.crowd import Crowd
from pratique.model.errors import FaceOnlyRefused, IssueRefused, RuleRefused, TrustMaterialError
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.rules.linting import parse_policy
from pratique.rules.policy import Policy
from pratique.trust import Environment, TrustList
from pratique.trust.keys import Anchor
from pratique.trust.recipients import recipient
from pratique.trust.x509 import anchor, der_certificates
from pratique.web.api.house import Engines, House, Release
from pratique.web.api.serving import house as house_of
from pratique.web.api.serving import passphrase_of, signer_of
from pratique.web.desk import End
from pratique.web.desk_acts import Counter
from pratique.web.display import Shelf
from pratique.web.holder import Service
from pratique.web.holders import Holders
from pratique.web.holding import Held, Hold
from pratique.web.issued import of_office
from pratique.web.ministry import Reader
from pratique.web.pages import AnyRequest
from pratique.web.passes import Passes
from pratique.web.visits import Visits
from pratique.web.ways import Ways
from pratique.web.who import Who

KEYS, LISTS = timedelta(days=90), timedelta(days=1)
"""How long before its end a key is spoken of, and a list: lists are made anew each day, keys in a ceremony."""


class Code(Struct, frozen=True):
    """The health code: its policy in force, and the key that signs a day's status."""

    policy: Policy
    signer: CountedSigner
    file: bytes
    """The policy's, as it was read."""


class Equipment(Struct, frozen=True, kw_only=True):
    """What pages work with."""

    house: House
    enrolments: Enrolments
    ways: Ways
    visits: Visits
    """Who is before the travellers' pages: a desk ends those of whose telephone is lost."""
    officials: Passkeys
    holders: Holders
    hold: Hold
    counter: Counter
    reader: Reader | None
    code: Code | None
    facilities: TrustList | None
    """The keys with which facilities sign the records on which a code may be set by hand."""
    shelf: Shelf | None
    notices: CountedSigner | None
    pass_signer: PassSigner | None
    zone: ZoneInfo
    closing: tuple[Callable[[], None], ...]

    def sign(self, request_id: str, at: datetime) -> None:
        """Sign an approved request, where somebody signs here; else it waits for whoever does."""
        if self.house.office is not None:
            issue_for(self.house.office, request_id, at=at)

    def ends(self, at: datetime) -> tuple[End, ...]:
        """What ends soon: keys within 90 days, lists of the release within one. The first to end comes first."""
        office = self.house.office
        codes_by = self.house.codes
        signers = [*(office.signers if office else ()), codes_by.signer if codes_by else None, self.notices]
        keys = [End("key", each.key.kid.hex(), each.key.not_after) for each in signers if each is not None]
        if self.pass_signer is not None:
            keys.append(End("key", self.pass_signer.maker.pass_type, self.pass_signer.until))
        parts = self.house.release.current().parts.items()
        lists = [End("list", name, part.fresh_until) for name, part in parts if part.fresh_until is not None]
        near = [
            *(each for each in keys if each.until - at <= KEYS),
            *(each for each in lists if each.until - at <= LISTS),
        ]
        return tuple(sorted(near, key=lambda each: each.until))

    def service(self, engine: Engine, holder: Callable[[AnyRequest], Who | None]) -> Service:
        """The health code over the database in one of its roles."""
        if self.code is None:
            raise ValueError("no health code is in force here")
        return Service(
            engine=engine,
            vault=self.house.vault,
            policy=self.code.policy,
            signer=self.code.signer,
            zone=self.zone,
            authority=self.house.site.authority,
            holder=holder,
            specimen=self.house.site.specimen,
            shelf=self.shelf,
        )

    def close(self) -> None:
        """End the processes of matchers and readers."""
        for end in self.closing:
            end()


class Tending(Struct, frozen=True, kw_only=True):
    """What a timer works with: no matcher, no page, nobody's session."""

    engines: Engines
    vault: Vault
    office: Office | None
    policy: Policy | None
    """Of the health code, in force or over."""
    shelf: Shelf | None
    notices: CountedSigner | None
    zone: ZoneInfo
    keys: Mapping[str, datetime]
    """When each key that is named ends."""
    release: Release

    def stale(self, at: datetime) -> tuple[str, ...]:
        """The parts of the release that are out of date."""
        return self.release.bundle.stale(at)

    def close(self) -> None:
        """Let go of every connection."""
        self.engines.dispose()


def tending(config: Config) -> Tending:
    """What the configuration names of it. Raises `UnusableConfig`, `StoreFault`."""
    house = house_of(config, None)
    code, zone, notices = _code(config), ZoneInfo(config.time_zone), signer_of(config, "notices_key")
    codes_by = _codes(config, code, zone)
    signers = [*(house.office.signers if house.office else ()), *((codes_by.signer,) if codes_by else ())]
    return Tending(
        engines=house.engines,
        vault=house.vault,
        office=house.office,
        policy=code.policy if code else None,
        shelf=None if config.status_folder is None else Shelf(config.status_folder),
        notices=notices,
        zone=zone,
        keys={each.key.kid.hex(): each.key.not_after for each in (*signers, *((notices,) if notices else ()))},
        release=house.release,
    )


def equipped(config: Config, house: House, *, trying: bool = False) -> Equipment:
    """Everything that the configuration names. Raises `UnusableConfig`."""
    engines, vault, country = house.engines, house.vault, to_mrz(config.country)
    matcher = _matcher(config, trying=trying)
    reader = _reader(config, trying=trying)
    registry = StoreRegistry(engines.enrolment, vault, country=country)
    enrolments = Enrolments(
        registry,
        matcher,
        instant=instant(config, matcher.model, at=house.clock()),
        locked=partial(locks.note, engines.enrolment, vault),
    )
    if config.face != "off":
        house = structs.replace(house, enrolments=enrolments)
    code, zone = _code(config), ZoneInfo(config.time_zone)
    house = structs.replace(
        house, recipients=_recipients(config.recipients), passes=_passes(config), codes=_codes(config, code, zone)
    )
    hold, visits = _hold(house), Visits()
    closing = [end for each in (matcher, reader) if (end := getattr(each, "close", None)) is not None]
    return Equipment(
        house=house,
        enrolments=enrolments,
        ways=Ways(
            engine=engines.enrolment,
            vault=vault,
            registry=registry,
            codes=Codes(engines.enrolment, vault, country=country),
            passkeys=Passkeys(engines.enrolment, vault, Owner.HOLDER, _site(config, config.travellers)),
            country=country,
        ),
        visits=visits,
        officials=Passkeys(engines.enrolment, vault, Owner.OFFICIAL, _site(config, config.desk)),
        holders=Holders(engines.health, vault),
        hold=hold,
        counter=Counter(
            country=country,
            roots=_roots(config.chip_roots),
            hold=_at_the_desk(hold),
            issuer=house.site.authority["en"],
            issuing_country=config.country,
            ended=visits.end,
        ),
        reader=reader,
        code=code,
        facilities=_facilities(config.facility_keys, house.release.current().environment),
        shelf=None if config.status_folder is None else Shelf(config.status_folder),
        notices=signer_of(config, "notices_key"),
        pass_signer=_pass_signer(config, house.clock()),
        zone=zone,
        closing=tuple(closing),
    )


def instant(config: Config, model: str, *, at: datetime | None = None) -> Instant | None:
    """Whether a match of the matcher `model` issues at once. Raises `UnusableConfig` for want of evidence."""
    if config.face != "alone":
        return None
    evidence = None
    if config.face_evidence is not None:
        try:
            evidence = msgspec.json.decode(config.face_evidence.read_bytes(), type=Evidence)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise UnusableConfig("face_evidence: cannot be read; docs/enrolment.md shows its fields") from fault
    try:
        return face_only(Environment(config.environment), evidence, model=model, at=at or datetime.now(UTC))
    except FaceOnlyRefused as refusal:
        raise UnusableConfig(f"face_evidence: {refusal.detail} is missing, of another matcher, or too old") from refusal


def _matcher(config: Config, *, trying: bool) -> FaceMatcher:
    """Who compares faces: where nobody does, people. Raises `UnusableConfig`, `WeightsRefused`."""
    if config.face == "off":
        return ReviewMatcher()
    from pratique.authority.identity.dlib_matcher import DlibMatcher, require_installed, weights

    try:
        require_installed()
    except ModuleNotFoundError as fault:
        raise UnusableConfig(f'face: {fault}; or "off": people decide') from fault
    if trying:
        weights()
        found = ReviewMatcher()
        found.model = DlibMatcher.model
        return found
    return DlibMatcher()


def _reader(config: Config, *, trying: bool) -> Reader | None:
    if not config.data_page_reader:
        return None
    from pratique.authority.identity.photographed import DataPageReader, require_installed

    try:
        require_installed()
    except ModuleNotFoundError as fault:
        raise UnusableConfig(f"data_page_reader: {fault}") from fault
    return None if trying else DataPageReader()


def _hold(house: House) -> Hold:
    """Of the office that signs; where there is none, nobody holds anything from here."""
    if house.office is not None:
        return of_office(house.office)

    def none(_: Holder, __: str | None, ___: datetime) -> Held:
        raise IssueRefused(Reason.ISSUE_SIGNER, detail="nobody signs here")

    return none


def _at_the_desk(hold: Hold) -> Callable[[Identified, Assurance, datetime], Held]:
    def held(who: Identified, assurance: Assurance, at: datetime) -> Held:
        return hold(Holder.of(who, assurance, token="", at=at, until=at), None, at)

    return held


def _site(config: Config, address: str | None) -> Site:
    """Where passkeys are good: under the very name of their application."""
    origin = (address or config.address).rstrip("/")
    return Site(named(origin), (origin,), config.authority["en"])


def _roots(path: Path | None) -> tuple[Anchor, ...]:
    if path is None:
        return ()
    try:
        return tuple(anchor(each) for each in der_certificates(path.read_bytes()))
    except (OSError, TrustMaterialError) as fault:
        raise UnusableConfig("chip_roots: not the certificates of countries' roots, in PEM") from fault


def _facilities(path: Path | None, environment: Environment) -> TrustList | None:
    """The keys of facilities whose signed records count. Raises `UnusableConfig`."""
    if path is None:
        return None
    try:
        return TrustList.from_certificates([path.read_bytes()], environment=environment)
    except (OSError, TrustMaterialError) as fault:
        raise UnusableConfig("facility_keys: not the certificates of facilities' keys, in PEM") from fault


def _recipients(paths: Sequence[Path]) -> tuple[Recipient, ...]:
    """The health authorities that certificates are sealed for, one key each. Raises `UnusableConfig`."""
    try:
        found = tuple(recipient(path.read_bytes()) for path in paths)
    except (OSError, TrustMaterialError) as fault:
        raise UnusableConfig("recipients: not the certificates of keys that open what is sealed") from fault
    if len({each.country for each in found}) < len(found):
        raise UnusableConfig("recipients: one key for each country")
    return found


def _passes(config: Config) -> Passes | None:
    """What makes day passes. Raises `UnusableConfig`."""
    signer = signer_of(config, "door_key")
    if config.door_policy is None or config.door_crowd is None or signer is None:
        return None
    policy, _ = _policy(config.door_policy, "door_policy")
    if policy.historical or policy.setting in ("health_code", "border"):
        raise UnusableConfig("door_policy: history, or of no door")
    try:
        counts = msgspec.json.decode(config.door_crowd.read_bytes(), type=dict[str, Annotated[int, Meta(ge=0)]])
    except (OSError, msgspec.DecodeError) as fault:
        raise UnusableConfig('door_crowd: initials with their counts, such as {"AM": 20311}') from fault
    return Passes(policy, Crowd(counts), signer, ZoneInfo(config.time_zone), config.sandbox)


def _policy(path: Path, name: str) -> tuple[Policy, bytes]:
    """A policy and its file. Raises `UnusableConfig`."""
    try:
        data = path.read_bytes()
        return parse_policy(data), data
    except OSError as fault:
        raise UnusableConfig(f"{name}: cannot be read") from fault
    except RuleRefused as refusal:
        raise UnusableConfig(f"{name}: cannot be in force; `pratique policy check` says why") from refusal


def _code(config: Config) -> Code | None:
    signer = signer_of(config, "status_key")
    if config.code_policy is None or signer is None:
        return None
    policy, file = _policy(config.code_policy, "code_policy")
    if policy.historical or policy.setting != "health_code":
        raise UnusableConfig("code_policy: history, or of another setting than the health code")
    return Code(policy, signer, file)


def _codes(config: Config, code: Code | None, zone: ZoneInfo) -> codes.Codes | None:
    """What makes codes for local apps: by the country's policy, or else by what local systems shared."""
    if code is not None:
        return codes.Codes(code.signer, by_policy(code.policy, zone), config.sandbox)
    signer = signer_of(config, "status_key")
    return None if signer is None else codes.Codes(signer, codes.shared, config.sandbox)


def _pass_signer(config: Config, at: datetime) -> PassSigner | None:
    """What makes passes for telephones' wallets. Raises `UnusableConfig`."""
    if config.pass_key is None:
        return None
    if config.pass_key in config.signing_keys:
        raise UnusableConfig("pass_key: signs certificates, whose log would not account for what else it signs")
    try:
        return PassSigner.read(config.pass_key, passphrase=passphrase_of(config), at=at)
    except OSError as fault:
        raise UnusableConfig("pass_key: cannot be read") from fault
    except ValueError as fault:
        raise UnusableConfig(f"pass_key: {fault}") from fault
