"""Three states that do not exist, each with its keys and holders, in one network: XA and XB recognise each other, XC
recognises both and is recognised by neither.

A state signs with a key for each group of facilities, so that a stolen one is a small part of its certificates. Borders
are verifiers with a folder of their own, and get everything by `pratique.network`.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct, structs

from pratique import formats, revocation
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.bundle import Bundle
from pratique.issuing import issue
from pratique.model import fhir, uvci
from pratique.model.certificate import Certificate, Evidence, choose
from pratique.network import client, repository
from pratique.network.client import Update
from pratique.network.distribution import Repository
from pratique.network.roles import Officers, Participant, revocation_name, trust_name
from pratique.revocation import Distrust, Identifier, Prefixes, RevocationList, signed_content
from pratique.sandbox import border, traveller
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.verification import Verification, verify

GROUPS = ("north", "coast", "south")
HOLDERS = 8
"""Of each group of each state."""
RECOGNISES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"XA": frozenset({"XA", "XB"}), "XB": frozenset({"XA", "XB"}), "XC": frozenset({"XA", "XB", "XC"})}
)


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
    """A state: its root, its offices by group, and what it distrusts and publishes."""

    country: str
    root: KeyPair
    role: Ed25519PrivateKey
    offices: dict[str, Office]
    retired: list[Office]
    distrusted: tuple[Distrust, ...] = ()

    def parts(self, at: datetime) -> dict[str, bytes]:
        """What it signs in the network: its keys, what it does not believe any more, its rules of entry."""
        keys = [trusted_key(office.pair.certificate_der) for office in (*self.offices.values(), *self.retired)]
        listed = RevocationList(at, at + timedelta(days=7), distrusted=self.distrusted)
        rules = {f"rules/{self.country}.json": border.rules(self.country)} if self.country in border.COUNTRIES else {}
        return {
            trust_name(self.country): TrustList(keys, environment=Environment.SANDBOX).to_json(),
            revocation_name(self.country): revocation.to_bytes(listed),
            **rules,
        }

    def holders(self) -> list[str]:
        """What every holder has in the pocket."""
        return [scan for office in (*self.offices.values(), *self.retired) for scan in office.scans]


class Alliance(Struct):
    """The network of the three, its distribution, and the folder in which the borders keep their lists."""

    folder: Path
    states: dict[str, State]
    distribution: Repository
    root: bytes
    online: Ed25519PrivateKey

    def publish(self, countries: Iterable[str], at: datetime) -> None:
        """These states sign what they have to say, and the network releases it."""
        for country in countries:
            state = self.states[country]
            self.distribution = repository.contribute(
                self.distribution, country, state.parts(at), signers=[state.role], at=at
            )
        self.confirm(at)

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
        believed = RECOGNISES.get(name[:2], frozenset())
        keys = [key for key in bundle.trust_list.keys if key.issuer in believed]
        listed = bundle.trust_list
        trusted = TrustList(keys, environment=listed.environment, issued=listed.issued, fresh_until=listed.fresh_until)
        return structs.replace(bundle, trust_list=trusted)

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
    """The three states with their keys and holders, in a network with its first release; every border is up to date."""
    states = {}
    for country in RECOGNISES:
        root = make_csca(country, f"root of {country}", at=at - timedelta(hours=2))
        offices = {group: office(folder / country.lower(), root, group, at) for group in GROUPS}
        for each in offices.values():
            for _ in range(HOLDERS):
                each.sign(country, at)
        states[country] = State(country, root, Ed25519PrivateKey.generate(), offices, [])
    roots = [Ed25519PrivateKey.generate() for _ in range(3)]
    targets, online = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    officers = Officers(tuple(key.public_key() for key in roots), (targets.public_key(),), online.public_key())
    members = [Participant(country, (state.role.public_key(),)) for country, state in states.items()]
    distribution = repository.rotate(Repository(), officers, environment=Environment.SANDBOX, signers=roots[:2], at=at)
    distribution = repository.delegate(distribution, members, {}, signers=[targets], at=at)
    alliance = Alliance(folder, states, distribution, distribution.files["metadata/1.root.json"], online)
    alliance.publish(states, at)
    for country in states:
        alliance.update(country, at)
    return alliance


def honest(office_: Office) -> Prefixes:
    """The export of an office's log."""
    return Prefixes.of(office_.log)
