"""What a verifier, or the network's office, refuses: each scene ends with the problems that were told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from msgspec import structs
from tuf.api.metadata import Metadata, Root, Targets

from pratique.model.errors import NetworkRefused, Problem
from pratique.network import ceremony, client, repository
from pratique.network.distribution import Repository
from pratique.network.fetching import MOST_OCTETS
from pratique.network.roles import Officers, signed_bytes
from pratique.revocation import Distrust
from pratique.sandbox.border import rules
from pratique.trust import Environment
from tests.network.net import (
    AT,
    DAY,
    FIRST,
    HOUR,
    OFFICE,
    OFFICERS,
    PARTICIPANTS,
    PARTS,
    ROOT,
    ROOTS,
    SIGNERS,
    XA_KEY,
    contributed,
    founded,
    released,
    signed,
    trust,
    update,
    withdrawn,
)

Problems = tuple[Problem, ...]
STOLEN = Distrust(XA_KEY.key.spki)
SECOND = released(signed(FIRST, "XB", {**PARTS["XB"], "rules/XB.json": rules("XB") + b"\n"}), at=AT + HOUR)


def refused(make: Callable[[], object]) -> Problems:
    try:
        make()
    except NetworkRefused as refusal:
        return refusal.problems
    return ()


def without_a_root(folder: Path) -> Problems:
    return update(folder, FIRST, root=None).problems


def nobody_answers(folder: Path) -> Problems:
    def fetch(name: str) -> Iterator[bytes]:
        raise ConnectionError
        yield b""

    return client.update(folder, fetch=fetch, at=AT, environment=Environment.SANDBOX, root=ROOT).problems


def slow_drip(folder: Path) -> Problems:
    """One octet a second."""
    seconds = iter(range(10**9))

    def fetch(name: str) -> Iterator[bytes]:
        if name.endswith("2.root.json"):
            raise FileNotFoundError
        for octet in FIRST.files[name]:
            yield bytes([octet])

    return client.update(
        folder, fetch=fetch, at=AT, environment=Environment.SANDBOX, root=ROOT, clock=lambda: next(seconds)
    ).problems


def nothing_for_ever(folder: Path) -> Problems:
    """No octet at all, again and again."""
    seconds = iter(range(10**9))

    def fetch(name: str) -> Iterator[bytes]:
        while True:
            yield b""

    return client.update(
        folder, fetch=fetch, at=AT, environment=Environment.SANDBOX, root=ROOT, clock=lambda: next(seconds)
    ).problems


def file_that_never_ends(folder: Path) -> Problems:
    def fetch(name: str) -> Iterator[bytes]:
        if name.endswith("root.json"):
            raise FileNotFoundError
        while True:
            yield b" " * 2**20

    assert MOST_OCTETS > 2**20
    return client.update(folder, fetch=fetch, at=AT, environment=Environment.SANDBOX, root=ROOT).problems


def timestamp_cut_off(folder: Path) -> Problems:
    files = dict(FIRST.files)
    files["metadata/timestamp.json"] = files["metadata/timestamp.json"][:-20]
    return update(folder, files).problems


def key_of_two_signers(_: Path) -> Problems:
    """The office's key is one of the root's."""
    officers = structs.replace(OFFICERS, targets=(ROOTS[0].public_key(),))
    return ceremony.shared_keys(officers, PARTICIPANTS)


def root_with_one_signature_of_two(folder: Path) -> Problems:
    metadata = Metadata[Root].from_bytes(ROOT)
    metadata.signed.version = 2
    return update(folder, {**FIRST.files, "metadata/2.root.json": signed_bytes(metadata.signed, ROOTS[:1])}).problems


def older_release(folder: Path) -> Problems:
    assert update(folder, SECOND, at=AT + HOUR).problems == ()
    return update(folder, FIRST, at=AT + HOUR).problems


def older_release_of_one_country(folder: Path) -> Problems:
    """Signed anew by whoever stole the online key: XB's part is the one of last week."""
    assert update(folder, SECOND, at=AT + HOUR).problems == ()
    newest = {name: data for name, data in SECOND.files.items() if name != "metadata/2.XB.json"}
    return update(folder, released(Repository(newest), at=AT + 2 * HOUR), at=AT + 2 * HOUR).problems


def files_of_two_releases(folder: Path) -> Problems:
    files = {**SECOND.files, "metadata/2.snapshot.json": FIRST.files["metadata/1.snapshot.json"]}
    return update(folder, files, at=AT + HOUR).problems


def other_octets_under_a_name(folder: Path) -> Problems:
    turned = {name: data[::-1] for name, data in FIRST.files.items() if "/rules/" in name}
    return update(folder, {**FIRST.files, **turned}).problems


def part_that_is_not_there(folder: Path) -> Problems:
    files = {name: data for name, data in FIRST.files.items() if not name.startswith("targets/rules/")}
    return update(folder, files).problems


def eight_days_of_the_same(folder: Path) -> Problems:
    return update(folder, FIRST, at=AT + 8 * DAY).problems


def root_past_its_time(folder: Path) -> Problems:
    return update(folder, FIRST, at=AT + 366 * DAY).problems


def rehearsal_in_production(folder: Path) -> Problems:
    return update(folder, FIRST, environment=Environment.PRODUCTION).problems


def folder_of_a_rehearsal(folder: Path) -> Problems:
    """A verifier for production is pointed to the folder of one that rehearsed; nothing in it is in force."""
    assert update(folder, FIRST).problems == ()
    told = update(folder, FIRST, environment=Environment.PRODUCTION)
    assert told.bundle is None
    return told.problems


def root_that_is_none(folder: Path) -> Problems:
    return update(folder, FIRST, root=ROOT[:-40]).problems


def list_of_another_environment(_: Path) -> Problems:
    parts = {"trust/XC.json": trust(environment=Environment.PRODUCTION)}
    return refused(lambda: released(signed(FIRST, "XC", parts)))


def stolen_key_believed_again(folder: Path) -> Problems:
    """The office lost the list of last week, and its own check with it."""
    distrusted = released(signed(FIRST, "XA", {**PARTS["XA"], "revocation/XA.bin": withdrawn(STOLEN)}), at=AT + HOUR)
    assert update(folder, distrusted, at=AT + HOUR).problems == ()
    newest = {
        name: data for name, data in distrusted.files.items() if "snapshot" not in name and "timestamp" not in name
    }
    lost = signed(Repository(newest), "XA", PARTS["XA"])
    lost = released(lost, at=AT + 2 * HOUR)
    for _ in range(3):  # the numbers have to rise above those that the verifier has seen
        lost = signed(lost, "XC", {"trust/XC.json": trust(), "rules/XC.json": b"[]"})
        lost = released(signed(lost, "XC", {"trust/XC.json": trust()}), at=AT + 2 * HOUR)
    return update(folder, lost, at=AT + 2 * HOUR).problems


def stolen_key_left_out(_: Path) -> Problems:
    distrusted = released(signed(FIRST, "XA", {**PARTS["XA"], "revocation/XA.bin": withdrawn(STOLEN)}))
    return refused(lambda: released(signed(distrusted, "XA", PARTS["XA"])))


def stolen_key_distrusted_less(_: Path) -> Problems:
    distrusted = released(signed(FIRST, "XA", {**PARTS["XA"], "revocation/XA.bin": withdrawn(STOLEN)}))
    less = withdrawn(structs.replace(STOLEN, after=AT))
    return refused(lambda: released(signed(distrusted, "XA", {**PARTS["XA"], "revocation/XA.bin": less})))


def keys_of_another_country(_: Path) -> Problems:
    return refused(lambda: released(signed(FIRST, "XB", {"trust/XB.json": trust(XA_KEY)})))


def distrust_of_anothers_key(_: Path) -> Problems:
    return refused(lambda: released(signed(FIRST, "XB", {**PARTS["XB"], "revocation/XB.bin": withdrawn(STOLEN)})))


def rules_of_another_country(_: Path) -> Problems:
    return refused(lambda: signed(FIRST, "XB", {**PARTS["XB"], "rules/XA.json": b"[]"}))


def rules_below_ones_own(_: Path) -> Problems:
    """A star does not cross a slash."""
    return refused(lambda: signed(FIRST, "XB", {**PARTS["XB"], "rules/XB/more.json": b"[]"}))


def smuggled(name: str = "rules/XA.json") -> Repository:
    """XB signed XA's rules by other means than ours."""
    metadata = Metadata[Targets].from_bytes(FIRST.files["metadata/1.XB.json"])
    own = Metadata[Targets].from_bytes(FIRST.files["metadata/1.XA.json"]).signed.targets[name]
    metadata.signed.targets[name] = own
    metadata.signed.version = 2
    return FIRST.having({"metadata/2.XB.json": signed_bytes(metadata.signed, [SIGNERS["XB"]])})


def smuggled_rules(_: Path) -> Problems:
    return refused(lambda: released(smuggled()))


def office_in_a_countrys_name(_: Path) -> Problems:
    """The network's own role stands above the participants', and has no say in what is theirs."""
    return refused(
        lambda: released(repository.delegate(FIRST, PARTICIPANTS, {"rules/XA.json": b"[]"}, signers=[OFFICE], at=AT))
    )


def not_a_participant(_: Path) -> Problems:
    return refused(lambda: repository.contribute(FIRST, "XD", {}, signers=[SIGNERS["XA"]], at=AT))


def anothers_signature(_: Path) -> Problems:
    return refused(lambda: repository.contribute(FIRST, "XA", PARTS["XA"], signers=[SIGNERS["XB"]], at=AT))


def root_that_the_old_one_did_not_sign(_: Path) -> Problems:
    officers = Officers(tuple(SIGNERS[name].public_key() for name in ("XA", "XB")), OFFICERS.targets, OFFICERS.online)
    signers = [SIGNERS["XA"], SIGNERS["XB"]]
    return refused(lambda: repository.rotate(FIRST, officers, environment=Environment.SANDBOX, signers=signers, at=AT))


def release_under_an_old_root(_: Path) -> Problems:
    at = AT + timedelta(days=360)
    again = contributed(repository.delegate(FIRST, PARTICIPANTS, {}, signers=[OFFICE], at=at), at=at)
    return refused(lambda: released(again, at=at))


def release_of_a_participant_that_signed_nothing(_: Path) -> Problems:
    found = founded()
    return refused(lambda: released(signed(found, "XA", PARTS["XA"])))


def clock_behind(folder: Path) -> Problems:
    assert update(folder, FIRST).problems == ()
    return update(folder, FIRST, at=AT - DAY).findings


def issuer_gone(folder: Path) -> Problems:
    assert update(folder, FIRST).problems == ()
    return update(folder, released(signed(FIRST, "XB", {**PARTS["XB"], "trust/XB.json": trust()}))).findings[:1]


def half_of_the_list_gone(folder: Path) -> Problems:
    assert update(folder, FIRST).problems == ()
    return update(folder, released(signed(FIRST, "XB", {**PARTS["XB"], "trust/XB.json": trust()}))).findings[1:]


VECTORS = (
    *(without_a_root, nobody_answers, slow_drip, file_that_never_ends, timestamp_cut_off),
    *(root_with_one_signature_of_two, older_release, files_of_two_releases, eight_days_of_the_same),
    *(
        root_past_its_time,
        smuggled_rules,
        stolen_key_believed_again,
        key_of_two_signers,
        clock_behind,
        rehearsal_in_production,
    ),
    *(issuer_gone, half_of_the_list_gone),
)
"""One for each reason code of the network."""
