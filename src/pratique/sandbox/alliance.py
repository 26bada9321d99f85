"""Five states that do not exist, each with its keys and holders, in one network: XA and XB recognise each other, XC
recognises everybody and is recognised by nobody, XE and XF are a union with one gateway, which signs for both.

Who recognises whom is in no table here: it is the agreements in force of the release, as every border reads them.

A state signs with a key for each group of facilities, so that a stolen one is a small part of its certificates. Borders
are verifiers with a folder of their own, and get everything by `pratique.network`.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct, structs

from pratique import formats, revocation
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.bundle import AGREEMENTS, Bundle
from pratique.issuing import issue
from pratique.model import fhir, uvci
from pratique.model.certificate import Certificate, Evidence, choose
from pratique.model.countries import FICTIONAL_UNION
from pratique.model.dates import format_instant
from pratique.network import client, repository
from pratique.network.client import Update
from pratique.network.distribution import Repository
from pratique.network.roles import Officers, Participant
from pratique.network.stated import revocation_name, trust_name
from pratique.revocation import Distrust, Identifier, Prefixes, RevocationList, signed_content
from pratique.sandbox import border, traveller
from pratique.trust import Environment, TrustedKey, TrustList
from pratique.trust.x509 import trusted_key
from pratique.verification import Verification, verify

GROUPS = ("north", "coast", "south")
HOLDERS = 8
"""Of each group of each state."""
STATES = ("XA", "XB", "XC", "XE", "XF")
UNION: Mapping[str, tuple[str, ...]] = MappingProxyType({FICTIONAL_UNION: ("XE", "XF")})
"""The union's gateway, and whose certificates it signs for in the network."""


def agreements(at: datetime) -> bytes:
    """What the states agreed on, as the network's office signs it: a group of two, a union, and one who gives more than
    it gets. A proposal lies beside them, and counts for nothing."""
    claims = ["vaccination", "test", "recovery", "exemption"]
    union = {"kind": "union", "code": FICTIONAL_UNION, "members": UNION[FICTIONAL_UNION]}

    def state(code: str) -> dict[str, object]:
        return {"kind": "state", "code": code}

    def one(name: str, title: str, direction: str, *parties: object, status: str = "in_force") -> dict[str, object]:
        return {
            "identifier": name, "title": {"en": title}, "status": status, "direction": direction,
            "parties": parties, "claims": claims, "instrument": "Fictional: a rehearsal",
            "from": format_instant(at - timedelta(days=1)),
        }  # fmt: skip

    listed = [
        one("XA-XB", "The group of XA and XB", "mutual", state("XA"), state("XB")),
        one("XU", "The union of XE and XF", "mutual", state("XE"), state("XF")),
        one("XC", "XC recognises everybody", "one_way", state("XC"), state("XA"), state("XB"), union),
        one("XA-XU", "XA and the union", "mutual", state("XA"), union, status="proposed"),
    ]
    return msgspec.json.encode({"agreements": 1, "list": listed})


class Office(Struct):
    """The signing office of one group of facilities: its key, what it signed for whom, and its log of that."""

    pair: KeyPair
    signer: FileSigner
    scans: list[str]
    log: list[Identifier]

    def sign(self, country: str, at: datetime) -> str:
        """A vaccination certificate for the next holder, noted in the log."""
        scan = certificate(country, self.signer, at)
        self.scans.append(scan)
        self.log.append(signed_content(formats.open_scan(scan).signed))
        return scan

    @property
    def spki(self) -> bytes:
        """The public half of its key."""
        return trusted_key(self.pair.certificate_der).key.spki


class State(Struct):
    """A state: its root, its offices by group, and what it distrusts and publishes. One in a union has no `role`."""

    country: str
    root: KeyPair
    role: Ed25519PrivateKey | None
    offices: dict[str, Office]
    retired: list[Office]
    distrusted: tuple[Distrust, ...] = ()

    def parts(self, at: datetime) -> dict[str, bytes]:
        """What it signs in the network: its keys, what it does not believe any more, its rules of entry."""
        listed = RevocationList(at, at + timedelta(days=7), distrusted=self.distrusted)
        rules = {f"rules/{self.country}.json": border.rules(self.country)} if self.country in border.COUNTRIES else {}
        return {
            trust_name(self.country): TrustList(self.listed(), environment=Environment.SANDBOX).to_json(),
            revocation_name(self.country): revocation.to_bytes(listed),
            **rules,
        }

    def listed(self) -> list[TrustedKey]:
        """The keys that it signs certificates with, those of retired offices included."""
        return [trusted_key(office.pair.certificate_der) for office in (*self.offices.values(), *self.retired)]

    def holders(self) -> list[str]:
        """What every holder has in the pocket."""
        return [scan for office in (*self.offices.values(), *self.retired) for scan in office.scans]


class Gateway(Struct):
    """A union's office in the network: one role, under which it signs what its members handed to it."""

    code: str
    members: tuple[State, ...]
    role: Ed25519PrivateKey

    def parts(self, at: datetime) -> dict[str, bytes]:
        """The members' keys in one list, each under its own issuer, and what any of them does not believe any more."""
        keys = [key for state in self.members for key in state.listed()]
        distrusted = [each for state in self.members for each in state.distrusted]
        listed = RevocationList(at, at + timedelta(days=7), distrusted=distrusted)
        return {
            trust_name(self.code): TrustList(keys, environment=Environment.SANDBOX).to_json(),
            revocation_name(self.code): revocation.to_bytes(listed),
        }


class Alliance(Struct):
    """The network of all of them, its distribution, and the folder in which the borders keep their lists."""

    folder: Path
    states: dict[str, State]
    distribution: Repository
    root: bytes
    online: Ed25519PrivateKey
    gateways: dict[str, Gateway]

    def publish(self, countries: Iterable[str], at: datetime) -> None:
        """These states sign what they have to say, and the network releases it."""
        for code in dict.fromkeys(map(self._signing, countries)):
            signer = self.gateways.get(code) or self.states[code]
            keys = [signer.role] if signer.role is not None else []
            self.distribution = repository.contribute(self.distribution, code, signer.parts(at), signers=keys, at=at)
        self.confirm(at)

    def _signing(self, country: str) -> str:
        """Who signs for a state in the network: itself, or the gateway of its union."""
        return next((code for code, members in UNION.items() if country in members), country)

    def confirm(self, at: datetime) -> None:
        """The next release, or the last one confirmed."""
        self.distribution = repository.release(self.distribution, self.online, at=at)

    def update(self, name: str, at: datetime, distribution: Repository | None = None) -> Update:
        """A border fetches the newest release, or what somebody else offers it as that."""
        files = (distribution or self.distribution).files

        def fetch(part: str) -> Iterable[bytes]:
            if part not in files:
                raise FileNotFoundError(part)
            return [files[part]]

        return client.update(
            self.folder / "borders" / name, fetch=fetch, at=at, environment=Environment.SANDBOX, root=self.root
        )

    def lists(self, name: str) -> Bundle:
        """What a border has, and believes. Raises `RuntimeError` before its first update."""
        bundle = client.installed(self.folder / "borders" / name)
        if bundle is None:
            raise RuntimeError("a border without lists")
        believed = self.recognised(name[:2], bundle)
        keys = [key for key in bundle.trust_list.keys if key.issuer in believed]
        listed = bundle.trust_list
        trusted = TrustList(keys, environment=listed.environment, issued=listed.issued, fresh_until=listed.fresh_until)
        return structs.replace(bundle, trust_list=trusted)

    def recognised(self, country: str, bundle: Bundle) -> frozenset[str]:
        """Whose certificates a border believes: its own country's, and those of whom the agreements in force name."""
        in_force = [each for each in bundle.agreements if each.in_force(bundle.issued)]
        others = (code for code in self.states if any(each.covers(code, country) for each in in_force))
        return frozenset({country, *others})

    def check(self, name: str, scans: Sequence[str], at: datetime) -> list[Verification]:
        """What a border establishes of these, with nothing but its own lists."""
        bundle = self.lists(name)
        return [verify(scan, trust_list=bundle.trust_list, revocation=bundle.revocation, at=at) for scan in scans]


def certificate(country: str, signer: FileSigner, at: datetime) -> str:
    """A vaccination certificate of a person who does not exist, under a record of its own."""
    identifiers = tuple(uvci.from_record_id(country, secrets.token_bytes(16)) for _ in range(traveller.RECORDS))
    claims = fhir.claims(
        traveller.bundle(at - timedelta(days=30), identifiers),
        uvci=lambda place: identifiers[place - 1],
        issuer=f"Ministry of Health of {country}",
        country=country,
        evidence=Evidence.REGISTRY,
    )
    person = Certificate(fhir.person(traveller.PATIENT), claims, specimen=True)
    return issue(choose(person, claims[0]), format="eu-dcc", signer=signer, at=at)


def office(folder: Path, root: KeyPair, group: str, at: datetime) -> Office:
    """A new key of a group: its certificate under the root, its files in `folder`."""
    pair = make_dsc(root, common_name=f"{group} {at:%Y-%m-%d %H:%M}", at=at - timedelta(hours=1))
    return Office(pair, opened(folder / f"{group}-{secrets.token_hex(4)}", pair), [], [])


def opened(stem: Path, pair: KeyPair) -> FileSigner:
    """A signer of a key pair whose files are written beside `stem`, under a passphrase that nobody keeps."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    passphrase = secrets.token_hex(16).encode()
    files = write_key(stem.with_name(f"{stem.name}.key.pem"), pair, passphrase)
    return FileSigner.open(files.key, passphrase=passphrase)


def found(folder: Path, *, at: datetime) -> Alliance:
    """The states with their keys and holders, in a network with its first release; every border is up to date."""
    states = {}
    within = {member for members in UNION.values() for member in members}
    for country in STATES:
        root = make_csca(country, f"root of {country}", at=at - timedelta(hours=2))
        offices = {group: office(folder / country.lower(), root, group, at) for group in GROUPS}
        for each in offices.values():
            for _ in range(HOLDERS):
                each.sign(country, at)
        role = None if country in within else Ed25519PrivateKey.generate()
        states[country] = State(country, root, role, offices, [])
    gateways = {
        code: Gateway(code, tuple(states[member] for member in members), Ed25519PrivateKey.generate())
        for code, members in UNION.items()
    }
    roots = [Ed25519PrivateKey.generate() for _ in range(3)]
    targets, online = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    officers = Officers(tuple(key.public_key() for key in roots), (targets.public_key(),), online.public_key())
    members = [Participant(code, (state.role.public_key(),)) for code, state in states.items() if state.role]
    members += [Participant(code, (each.role.public_key(),), 1, UNION[code]) for code, each in gateways.items()]
    distribution = repository.rotate(Repository(), officers, environment=Environment.SANDBOX, signers=roots[:2], at=at)
    own = {AGREEMENTS: agreements(at)}
    distribution = repository.delegate(distribution, members, own, signers=[targets], at=at)
    alliance = Alliance(folder, states, distribution, distribution.files["metadata/1.root.json"], online, gateways)
    alliance.publish(states, at)
    for country in states:
        alliance.update(country, at)
    return alliance


def honest(office_: Office) -> Prefixes:
    """The export of an office's log."""
    return Prefixes.of(office_.log)
