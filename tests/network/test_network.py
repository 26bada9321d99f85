"""What goes well: new keys, new members, one that lapsed, and what a person is told."""

import json
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from pratique import answer, revocation
from pratique.model.reasons import Reason
from pratique.network import repository
from pratique.network.client import installed
from pratique.network.distribution import Repository
from pratique.network.roles import Officers, Participant, public, signed_bytes
from pratique.network.stated import OFFLINE
from pratique.revocation import Batch, HashType, Prefixes, RevocationList, Source, Withdrawals
from pratique.trust import Anchor, Environment, TrustedKey, TrustList
from pratique.trust.x509 import trusted_key
from pratique.verification import verify
from tests import wire
from tests.cases.known import SIGNER
from tests.issuer import AT as THEN
from tests.issuer import MemorySigner
from tests.network import scenes
from tests.network.net import (
    AT,
    DAY,
    FIRST,
    HOUR,
    OFFICE,
    ONLINE,
    PARTICIPANTS,
    PARTS,
    ROOTS,
    SANDBOX,
    SIGNERS,
    XA_KEY,
    XB_KEY,
    contributed,
    founded,
    key,
    released,
    signed,
    trust,
    update,
    withdrawn,
)


def test_each_signs_its_own(tmp_path: Path) -> None:
    taken = update(tmp_path, FIRST)
    assert (taken.problems, taken.findings, taken.changed) == ((), (), True)
    bundle = taken.bundle
    assert bundle is not None
    assert (bundle.number, bundle.environment, bundle.issued) == (1, SANDBOX, AT)
    assert {known.issuer for known in bundle.trust_list.keys} == {"XA", "XB"}
    assert set(bundle.rules) == {"XA", "XB"}
    assert bundle.revocation is not None
    assert len(bundle.revocation.revoked) == 0
    assert [(each.issuers, len(each.revoked)) for each in bundle.revocation.confined] == [({"XA"}, 1)]
    assert installed(tmp_path) is not None


def test_a_key_without_an_issuer_becomes_its_publishers(tmp_path: Path) -> None:
    nobodys = trust(structs.replace(XA_KEY, issuer=None))
    taken = update(tmp_path, released(signed(FIRST, "XB", {"trust/XB.json": nobodys}))).bundle
    assert taken is not None
    assert sorted(str(known.issuer) for known in taken.trust_list.keys) == ["XA", "XB"]


def test_an_address_that_the_network_granted_is_the_participants(tmp_path: Path) -> None:
    cards = structs.replace(XA_KEY, issuer="https://health.xb.example/cards", formats=frozenset({"shc"}))
    parts = {"trust/XB.json": trust(cards)}
    assert scenes.refused(lambda: released(signed(FIRST, "XB", parts)))
    granted = Participant("XB", (SIGNERS["XB"].public_key(),), issuers=("https://health.xb.example/cards",))
    members = (PARTICIPANTS[0], granted, PARTICIPANTS[2])
    found = repository.delegate(FIRST, members, {}, signers=[OFFICE], at=AT)
    assert update(tmp_path, released(signed(found, "XB", parts))).problems == ()


def test_a_union_speaks_for_its_members(tmp_path: Path) -> None:
    """A regional gateway is a participant under the names of its members; those of others it may not use."""
    gateway = key("gateway of a union")
    union = Participant("XU", (gateway.public_key(),), issuers=("XA", "XB"))
    found = founded(participants=(union, PARTICIPANTS[2]))
    found = signed(found, "XC", PARTS["XC"])

    def listing(*keys: TrustedKey) -> Repository:
        parts = {"trust/XU.json": trust(*keys)}
        return released(repository.contribute(found, "XU", parts, signers=[gateway], at=AT))

    assert scenes.refused(lambda: listing(structs.replace(XA_KEY, issuer="XC")))
    first = listing(XA_KEY, XB_KEY)
    taken = update(tmp_path, first, root=first.files["metadata/1.root.json"]).bundle
    assert taken is not None
    assert sorted(str(known.issuer) for known in taken.trust_list.keys) == ["XA", "XB"]


def test_published_keys_sign_in_no_production() -> None:
    """Those of these tests are known; other keys of a network for production are not asked for."""
    told = scenes.refused(lambda: founded(environment=Environment.PRODUCTION))
    assert [problem.reason for problem in told] == [Reason.TRUST_KEY_PUBLIC]
    own = [Ed25519PrivateKey.generate() for _ in range(3)]
    officers = Officers(tuple(each.public_key() for each in own[:1]), (own[1].public_key(),), own[2].public_key(), 1)
    found = repository.rotate(Repository(), officers, environment=Environment.PRODUCTION, signers=own[:1], at=AT)
    told = scenes.refused(lambda: repository.delegate(found, PARTICIPANTS, {}, signers=[own[1]], at=AT))
    assert [(problem.path, problem.reason) for problem in told] == [("targets.json: XA", Reason.TRUST_KEY_PUBLIC)]
    xa = Ed25519PrivateKey.generate()
    found = repository.delegate(found, [Participant("XA", (xa.public_key(),))], {}, signers=[own[1]], at=AT)
    listed = {"trust/XA.json": trust(trusted_key(SIGNER.certificate), environment=Environment.PRODUCTION)}
    found = repository.contribute(found, "XA", listed, signers=[xa], at=AT)
    told = scenes.refused(lambda: repository.release(found, own[2], at=AT))
    assert [(problem.path, problem.reason) for problem in told] == [("trust/XA.json", Reason.TRUST_KEY_PUBLIC)]


def test_parts_of_earlier_releases_are_let_go(tmp_path: Path) -> None:
    update(tmp_path, FIRST)
    before = len(list((tmp_path / "targets").iterdir()))
    update(tmp_path, scenes.SECOND, at=AT + HOUR)
    assert len(list((tmp_path / "targets").iterdir())) == before
    update(tmp_path, released(scenes.SECOND, at=AT + 2 * HOUR), at=AT + 2 * HOUR)
    assert len(list((tmp_path / "bundles").iterdir())) == 2


def test_confirmed_every_hour_under_the_same_number(tmp_path: Path) -> None:
    update(tmp_path, FIRST)
    later = update(tmp_path, released(FIRST, at=AT + HOUR), at=AT + HOUR)
    assert later.bundle is not None
    assert (later.bundle.number, later.changed) == (1, False)
    assert later.bundle.parts["trust.json"].fresh_until == AT + HOUR + OFFLINE


def test_the_number_rises_with_every_change(tmp_path: Path) -> None:
    assert update(tmp_path, FIRST).changed
    second = update(tmp_path, scenes.SECOND, at=AT + HOUR)
    assert second.bundle is not None
    assert (second.bundle.number, second.changed) == (2, True)


def test_time_has_a_floor(tmp_path: Path) -> None:
    taken = update(tmp_path, FIRST)
    assert taken.bundle is not None
    assert taken.bundle.not_before(AT - timedelta(days=900)) == AT
    assert taken.bundle.not_before(AT + DAY) == AT + DAY


def test_the_roots_keys_change_hands(tmp_path: Path) -> None:
    """Every key of the root and of the distribution is replaced, in two steps as it would be done."""
    assert update(tmp_path, FIRST).problems == ()
    new = [key(f"new root {number}") for number in range(3)]
    online = key("new online")
    officers = Officers(tuple(each.public_key() for each in new), (OFFICE.public_key(),), online.public_key())
    both = [*ROOTS[:2], *new[:2]]
    found = repository.rotate(FIRST, officers, environment=SANDBOX, signers=both, at=AT + HOUR)
    found = repository.release(found, online, at=AT + HOUR)
    assert update(tmp_path, found, at=AT + HOUR, root=None).problems == ()
    assert scenes.refused(lambda: repository.release(found, ONLINE, at=AT + HOUR))
    later = repository.rotate(found, officers, environment=SANDBOX, signers=new[1:], at=AT + 2 * HOUR)
    later = repository.release(later, online, at=AT + 2 * HOUR)
    assert update(tmp_path, later, at=AT + 2 * HOUR, root=None).problems == ()
    assert repository.ends(later)["root"] == AT + 2 * HOUR + timedelta(days=365)


def test_two_of_three_officials_of_a_country() -> None:
    keys = [key(f"XA official {number}") for number in range(3)]
    careful = Participant("XA", tuple(each.public_key() for each in keys), threshold=2)
    found = founded(participants=(careful,))
    alone = scenes.refused(lambda: repository.contribute(found, "XA", PARTS["XA"], signers=keys[:1], at=AT))
    assert [problem.reason for problem in alone] == [Reason.NETWORK_SIGNATURES]
    twice = [keys[0], keys[0]]
    assert scenes.refused(lambda: repository.contribute(found, "XA", PARTS["XA"], signers=twice, at=AT))
    released(repository.contribute(found, "XA", PARTS["XA"], signers=keys[1:], at=AT))


def by_hand(found: Repository) -> Repository:
    """A release by whoever has the online key and asks nobody whether it can be used."""
    snapshot = Metadata[Snapshot].from_bytes(found.newest("snapshot") or b"").signed
    snapshot.version += 1
    for role in ("targets", "XA", "XB", "XC"):
        version = found.versions(role)[-1]
        data = found.files[f"metadata/{version}.{role}.json"]
        snapshot.meta[f"{role}.json"] = MetaFile.from_data(version, data, ["sha256"])
    data = signed_bytes(snapshot, [ONLINE])
    timestamp = Metadata[Timestamp].from_bytes(found.newest("timestamp") or b"").signed
    timestamp.version += 1
    timestamp.snapshot_meta = MetaFile.from_data(snapshot.version, data, ["sha256"])
    name = f"metadata/{snapshot.version}.snapshot.json"
    return found.having({name: data, "metadata/timestamp.json": signed_bytes(timestamp, [ONLINE])})


def test_what_lies_outside_a_role_is_not_used_and_told(tmp_path: Path) -> None:
    taken = update(tmp_path, by_hand(scenes.smuggled()))
    assert taken.problems == ()
    told = [(problem.path, problem.reason) for problem in taken.findings]
    assert told == [("XB.json: rules/XA.json", Reason.NETWORK_OUTSIDE_ROLE)]
    assert taken.bundle is not None
    assert set(taken.bundle.rules) == {"XA", "XB"}


def test_what_an_office_without_our_checks_publishes_is_refused(tmp_path: Path) -> None:
    assert update(tmp_path, FIRST).problems == ()
    for parts in (
        {"trust/XB.json": trust(XA_KEY)},
        {"trust/XB.json": b"{}"},
        {"trust/XB.json": trust(environment=Environment.PRODUCTION)},
        {"rules/XB.json": b"{}"},
        {"rules/XB.UPPER.json": b"[]"},
        {"revocation/XB.bin": withdrawn(scenes.STOLEN)},
    ):
        taken = update(tmp_path, by_hand(signed(FIRST, "XB", parts)))
        assert taken.problems
        assert taken.bundle is not None
        assert taken.bundle.number == 1


def test_a_role_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    """What the office signed is read before anything of it is believed, and `tuf` takes any name."""
    body = json.loads(FIRST.files["metadata/1.targets.json"])["signed"]
    body["delegations"]["roles"][0]["name"] = 7
    octets = encode_canonical(body).encode()
    signature = {"keyid": public(OFFICE.public_key()).keyid, "sig": OFFICE.sign(octets).hex()}
    name = "metadata/1.targets.json"
    files = {**FIRST.files, name: json.dumps({"signatures": [signature], "signed": body}).encode()}
    taken = update(tmp_path, by_hand(Repository(files)))
    assert [(each.path, each.reason) for each in taken.problems] == [("targets.json: 7", Reason.NETWORK_OUTSIDE_ROLE)]


def test_one_that_lapsed_does_not_stop_the_others(tmp_path: Path) -> None:
    """Its keys are gone until it signs again, and what it distrusted stays distrusted."""
    early = AT - timedelta(days=360)
    parts = {**PARTS["XA"], "revocation/XA.bin": withdrawn(scenes.STOLEN)}
    found = signed(signed(founded(), "XA", parts, at=early), "XB", PARTS["XB"])
    found = signed(found, "XC", PARTS["XC"])
    before = update(tmp_path, released(found)).bundle
    assert before is not None
    assert before.revocation is not None
    later = AT + 6 * DAY
    found = released(released(found), at=later)
    taken = update(tmp_path, found, at=later)
    assert taken.problems == ()
    told = [(problem.path, problem.reason) for problem in taken.findings]
    assert ("XA.json", Reason.NETWORK_EXPIRED) in told
    assert ("XA", Reason.TRUST_ISSUER_VANISHED) in told
    assert taken.bundle is not None
    assert taken.bundle.revocation is not None
    assert {known.issuer for known in taken.bundle.trust_list.keys} == {"XB"}
    assert [each.spki for each in taken.bundle.revocation.distrusted] == [scenes.STOLEN.spki]


def test_a_root_that_vanished_is_told(tmp_path: Path) -> None:
    """A root vouches for every signer that it issued: without it they are gone, though no key left the list."""
    root = Anchor(XA_KEY.key, b"a name", "XA")
    listed = TrustList([XA_KEY], anchors=[root], environment=SANDBOX).to_json()
    found = released(signed(FIRST, "XA", {**PARTS["XA"], "trust/XA.json": listed}), at=AT + HOUR)
    assert update(tmp_path, found, at=AT + HOUR).findings == ()
    taken = update(tmp_path, released(signed(found, "XA", PARTS["XA"]), at=AT + 2 * HOUR), at=AT + 2 * HOUR)
    told = [(problem.path, problem.reason) for problem in taken.findings]
    assert told == [("XA", Reason.TRUST_ISSUER_VANISHED), ("", Reason.TRUST_LIST_SHRANK)]


def test_a_damaged_release_is_fetched_again(tmp_path: Path) -> None:
    update(tmp_path, FIRST)
    (tmp_path / "current" / "trust.json").write_bytes(b"{}")
    again = update(tmp_path, released(FIRST, at=AT + HOUR), at=AT + HOUR)
    assert (again.problems, again.changed) == ((), True)


def test_a_damaged_release_under_the_same_timestamp_is_made_whole(tmp_path: Path) -> None:
    update(tmp_path, FIRST)
    (tmp_path / "current" / "trust.json").write_bytes(b"{}")
    assert update(tmp_path, FIRST).problems == ()
    assert installed(tmp_path) is not None


def test_only_what_changed_is_fetched(tmp_path: Path) -> None:
    update(tmp_path, FIRST)
    metadata = {name: data for name, data in scenes.SECOND.files.items() if name.startswith("metadata/")}
    changed = {name: data for name, data in scenes.SECOND.files.items() if name not in FIRST.files}
    taken = update(tmp_path, {**metadata, **changed}, at=AT + HOUR)
    assert (taken.problems, taken.bundle and taken.bundle.number) == ((), 2)


def test_a_distrusted_key_is_refused_by_the_bundle(tmp_path: Path) -> None:
    parts = {**PARTS["XA"], "revocation/XA.bin": withdrawn(scenes.STOLEN)}
    taken = update(tmp_path, released(signed(FIRST, "XA", parts))).bundle
    assert taken is not None
    assert taken.revocation is not None
    assert taken.revocation.distrusted == (structs.replace(scenes.STOLEN, issuers=frozenset({"XA"})),)
    assert scenes.STOLEN.refuses(b"anything", AT)


def test_nobody_withdraws_anothers_certificates(tmp_path: Path) -> None:
    """Each has seen the other's certificate, and lists its record as withdrawn and its key as one's own."""
    mine, theirs = MemorySigner("XB"), MemorySigner("XA")
    scans = {
        "XA": wire.hcert(theirs, wire.dcc()),
        "XB": wire.hcert(mine, wire.dcc(), _1="XB"),
    }
    keys = {"XA": trusted_key(theirs.certificate), "XB": trusted_key(mine.certificate)}
    anothers = {"XA": structs.replace(keys["XB"], issuer="XA"), "XB": structs.replace(keys["XA"], issuer="XB")}
    record = verify(scans["XA"], trust_list=TrustList([keys["XA"]]), at=THEN).identifiers
    listing = revocation.to_bytes(RevocationList(AT, AT + DAY, record))

    def answers(by: str, folder: Path) -> list[tuple[Reason, ...]]:
        parts: dict[str, dict[str, bytes]] = {
            country: {f"trust/{country}.json": trust(anothers[country], keys[country])} for country in keys
        }
        parts[by][f"revocation/{by}.bin"] = listing
        found = founded()
        for country in keys:
            found = signed(found, country, parts[country])
        bundle = update(folder, released(signed(found, "XC", PARTS["XC"]))).bundle
        assert bundle is not None
        lists = {"trust_list": bundle.trust_list, "revocation": bundle.revocation}
        return [verify(scan, at=THEN, **lists).reasons for scan in scans.values()]

    assert answers("XB", tmp_path / "xb") == [(), (Reason.REVOKED,)]
    assert answers("XA", tmp_path / "xa") == [(Reason.REVOKED,), ()]


def test_a_countrys_own_list_is_old_when_it_says_so(tmp_path: Path) -> None:
    """XA lets its list end although the release goes on: what is XA's is open, XB's is not, and everybody is told."""
    made = {"XA": MemorySigner("XA"), "XB": MemorySigner("XB")}
    scans = {country: wire.hcert(each, wire.dcc(), _1=country) for country, each in made.items()}
    found = founded()
    for country, each in made.items():
        own = {f"trust/{country}.json": trust(trusted_key(each.certificate)), f"revocation/{country}.bin": withdrawn()}
        found = signed(found, country, own)
    found = signed(found, "XC", PARTS["XC"])
    batch = Batch("XD", None, HashType.UCI, AT + 9 * DAY, frozenset({bytes(16)}))
    members, others = (
        Source("revocation/XB", frozenset({"XB"}), AT, AT),
        Source("revocation/XD", frozenset({"XD"}), AT, AT),
    )
    own = RevocationList(AT - 9 * DAY, AT - 8 * DAY, batches=[batch], sources=[members, others])
    found = repository.delegate(
        found, PARTICIPANTS, {"revocation.bin": revocation.to_bytes(own)}, signers=[OFFICE], at=AT
    )
    found = signed(found, "XB", {"trust/XB.json": trust(trusted_key(made["XB"].certificate)),
                                 "revocation/XB.bin": withdrawn(at=AT + 2 * DAY)})  # fmt: skip
    later = AT + 2 * DAY
    found = released(found, at=later)
    overdue = {(each.path, each.reason) for each in repository.overdue_lists(found, at=later)}
    assert overdue == {(name, Reason.REVOCATION_STALE) for name in ("revocation/XA.bin", "revocation/XD")}
    taken = update(tmp_path, found, at=later)
    assert taken.problems == ()
    assert {(each.path, each.reason) for each in taken.findings} == overdue
    assert taken.bundle is not None
    assert taken.bundle.revocation is not None
    for country, stale in (("XA", True), ("XB", False)):
        given = {"trust_list": taken.bundle.trust_list, "revocation": taken.bundle.revocation}
        assert (Reason.REVOCATION_STALE in verify(scans[country], at=later, **given).reasons) == stale
        answered = answer([scans[country]], bundle=taken.bundle, at=later)
        assert answered.stale == stale
        assert (f"revocation/{country}.bin", stale) in [(each.name, each.stale) for each in answered.lists]
    assert not taken.bundle.stale(later), "the release itself is as fresh as it was"


def test_nobody_makes_anothers_certificates_old(tmp_path: Path) -> None:
    anothers = Source("revocation/XA.bin", frozenset({"XA"}), AT - DAY, AT - DAY)
    listed = RevocationList(AT, AT + DAY, sources=[anothers])
    found = signed(FIRST, "XB", {**PARTS["XB"], "revocation/XB.bin": revocation.to_bytes(listed)})
    taken = update(tmp_path, released(found, at=AT + HOUR), at=AT + HOUR)
    assert taken.bundle is not None
    assert taken.bundle.revocation is not None
    assert taken.bundle.revocation.stale_sources(AT + HOUR) == ()


def test_nobody_distrusts_a_key_under_anothers_root(tmp_path: Path) -> None:
    """A signer that only its root vouches for is on no list by which to tell whose it is: its issuer tells."""
    root = Anchor(XA_KEY.key, b"a name", "XA")
    listed = TrustList([], anchors=[root], environment=SANDBOX).to_json()
    found = signed(FIRST, "XA", {"trust/XA.json": listed})
    found = signed(found, "XB", {**PARTS["XB"], "revocation/XB.bin": withdrawn(scenes.STOLEN)})
    bundle = update(tmp_path / "xb", released(found, at=AT + HOUR), at=AT + HOUR).bundle
    assert bundle is not None
    assert bundle.revocation is not None
    assert [each.reaches("XA") for each in bundle.revocation.distrusted] == [False]
    found = signed(FIRST, "XA", {"trust/XA.json": listed, "revocation/XA.bin": withdrawn(scenes.STOLEN)})
    bundle = update(tmp_path / "xa", released(found, at=AT + HOUR), at=AT + HOUR).bundle
    assert bundle is not None
    assert bundle.revocation is not None
    assert [each.reaches("XA") for each in bundle.revocation.distrusted] == [True]


def test_nobody_withdraws_in_anothers_name() -> None:
    listed = RevocationList(AT, AT + DAY, confined=[Withdrawals(frozenset({"XA"}), Prefixes([1]))])
    anothers = {**PARTS["XB"], "revocation/XB.bin": revocation.to_bytes(listed)}
    assert scenes.refused(lambda: released(signed(FIRST, "XB", anothers)))
    assert released(signed(FIRST, "XA", {**PARTS["XA"], "revocation/XA.bin": revocation.to_bytes(listed)}))


def test_everybody_may_sign_again_the_same_day() -> None:
    again = contributed(FIRST, at=AT + HOUR)
    assert released(again, at=AT + HOUR).versions("XA") == [1, 2]
