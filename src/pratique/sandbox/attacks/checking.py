"""Attacks on whoever checks: networks, clocks, lists, and what is kept of those checked."""

import contextlib
import gc
import io
import random
import time
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from litestar.testing import TestClient
from msgspec import structs

from pratique import crypto, revocation
from pratique.answering import answer
from pratique.answering.words import Question, Word, three
from pratique.authority.issuance import decoys, revoking
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.authority.store import writing
from pratique.bundle import Bundle
from pratique.cli import _bundle
from pratique.cli._exits import UsageFault
from pratique.cli._trust import load as loaded
from pratique.config import Config, UnusableConfig
from pratique.issuing import issue
from pratique.model.errors import BundleRefused, NetworkRefused
from pratique.model.reasons import Reason
from pratique.network import client, slicing
from pratique.revocation import Distrust, Prefixes, RevocationList, Source, Withdrawals
from pratique.sandbox import border, rehearsal, traveller
from pratique.sandbox.alliance import Alliance, found
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.forging import AT, MemorySigner, dcc, dose, message_of, scan
from pratique.sandbox.attacks.forging import hcert as certificate
from pratique.sandbox.attacks.scans import SCANS, vaccinated
from pratique.sandbox.attacks.watching import watched
from pratique.sandbox.attacks.yard import ANNE, AUTHORITY, CLINIC, DAY, HOST, MEIMEI, Town, Yard, bundle, trusting
from pratique.trust import Environment, TrustList, jwks
from pratique.trust.onboarding import examine
from pratique.trust.published import published
from pratique.trust.report import compare
from pratique.verification import verify
from pratique.web import border as gate
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.serving import house

HOUR = timedelta(hours=1)


# the network


@tries(
    "REQ 2.2",
    "PR-1",
    "REQ 15.1",
    "RC-1",
    "REQ 24.1",
    what="every scan of this corpus, checked with the network unplugged",
)
def network_unplugged(yard: Yard) -> str:
    count, slowest = 0, 0.0
    with watched() as tried:
        for case in SCANS:
            for each in case.make(yard):
                began = time.perf_counter()
                each.ask()
                slowest = max(slowest, time.perf_counter() - began)
                count += 1
        first, second = (
            certificate(yard.signer, dcc(v=[dose(ci=f"URN:UVCI:01:XA:{n}AAAAAAAAAAAAAAAAAAAAAAA")])) for n in "12"
        )
        for text in (first, second):
            answer([text], bundle=bundle(yard.trust), at=AT, document=traveller.PASSPORT)
    expect(not tried, f"{len(tried)} networks or files were tried")
    expect(slowest < 1, f"one took {slowest:.1f} s")
    return f"{count} scans, no connection; the slowest took {slowest * 1000:.0f} ms, with public keys alone"


@tries("REQ 10.4", "REQ 12.1", "REQ 12.2", what="a thousand broken scans, and what each costs and shows")
def broken_scans(yard: Yard) -> str:
    dice = random.Random(7)  # noqa: S311
    good = [issue(vaccinated(), format=each, signer=yard.signer, at=AT) for each in ("eu-dcc", "ithc", "shc")]
    packed = [message_of(text) for text in good[:2]]
    slowest = 0.0
    tracemalloc.start()
    try:
        for number in range(1000):
            if number % 2:
                octets = bytearray(dice.choice(packed))
                for _ in range(dice.randint(1, 6)):
                    octets[dice.randrange(len(octets))] = dice.randrange(256)
                text = scan(bytes(octets[: dice.choice((None, -1, -7))]))
            else:
                letters = list(dice.choice(good))
                letters[dice.randrange(len(letters))] = chr(dice.choice((0, 32, 65, 0x7F, 0x4E2D)))
                text = "".join(letters)
            began = time.process_time()
            told = verify(text, trust_list=yard.trust, at=AT)
            slowest = max(slowest, time.process_time() - began)
            expect(told.reasons, "a broken scan has no reason")
            shows = told.content is not None and not (told.signature_held and told.key_trusted)
            expect(not shows, "something unverified is shown")
        for text in ("HC1:" + "A" * 60_000, "shc:/" + "5" * 60_000, "{" * 60_000, "NZCP:/1/" + "A" * 60_000):
            began = time.process_time()
            expect(verify(text, trust_list=yard.trust, at=AT).authentic is not True, "nonsense is genuine")
            slowest = max(slowest, time.process_time() - began)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
    expect(slowest < 0.5, f"one took {slowest * 1000:.0f} ms")
    expect(peak < 64, f"{peak:.0f} MB at once")
    return f"each has a reason, none an exception; at most {slowest * 1000:.0f} ms (traced) and {peak:.1f} MB"


@tries(
    "PR-2",
    "REQ 18.3",
    "REQ 16.1",
    "REQ 17.2",
    "PR-5",
    what="a thousand checks at a border's page, and what is left of those checked",
)
def left_of_those_checked(yard: Yard) -> str:
    text = issue(vaccinated(), format="ithc", signer=yard.signer, at=AT)
    page = gate.app(bundle(yard.trust), country="XB", port="XBHAV", authority=AUTHORITY, clock=lambda: AT)
    with TestClient(page, base_url=HOST) as browser:
        browser.post("/en/answer", data={"scan": text})  # what is read once, such as fonts and words, is read now
        with watched() as reached:
            for number in range(100):
                shown = browser.post("/en/answer", data={"scan": text})
                expect(shown.status_code == 200, f"check {number} was answered by {shown.status_code}")
        expect("no-store" in shown.headers["cache-control"] and not browser.cookies, "the browser keeps it")
        for part in ("Han", "Meimei", "1990"):
            expect(part in shown.text, "the officer is not shown whom to compare")
    with watched() as reached_by_library:
        for _ in range(1000):
            verify(text, trust_list=yard.trust, at=AT)
    reached += reached_by_library
    expect(not reached, f"{len(reached)} files or networks were reached for")
    expect(not _remembered(text), "an object keeps the scan")
    told = answer([text], bundle=bundle(yard.trust), at=AT)
    words = {each.question: each.word for each in three(told)}
    expect(words[Question.PERSON] is Word.COMPARE, f"without a document the person is {words[Question.PERSON]}")
    shown_ = answer([text], bundle=bundle(yard.trust), at=AT, document=traveller.PASSPORT)
    expect({each.word for each in three(shown_)} != {Word.YES}, "there is a single tick")
    expect(shown_.lists and shown_.at == AT, "neither time nor age of lists is told")
    return "no file, no cookie, no-store; the officer has to compare, and sees the age of the lists"


def _remembered(text: str) -> bool:
    """Whether a cache of the decoders holds the scan, as a key or a value."""
    gc.collect()
    kinds = (dict, list, tuple, set, frozenset)
    return any(_holds(each, text) for each in gc.get_objects() if type(each) in kinds)


def _holds(found: Any, text: str) -> bool:
    try:
        parts = [*found, *found.values()] if type(found) is dict else found
        return any(type(each) is str and each == text for each in parts)
    except RuntimeError:  # another thread changes it just now
        return False


# lists


@tries(
    "REQ 15.2",
    "REQ 15.4",
    what="a list searched for a person by all that others know, every list of a country compared, and 200 000 entries",
)
def list_searched(yard: Yard) -> str:
    searched, compared = _searched(yard), _compared(yard)
    dice = random.Random(3)  # noqa: S311
    own = [Source(f"revocation/{number}.bin", frozenset({f"{number}"}), AT, AT + DAY) for number in range(200)]
    listed = RevocationList(AT, AT + DAY, Prefixes(dice.getrandbits(64) for _ in range(200_000)), sources=own)
    size = len(revocation.to_bytes(listed))
    expect(size <= 2_000_000, f"{size} octets")
    prefixes = [dice.getrandbits(64) for _ in range(2000)]
    began = time.perf_counter()
    expect(not listed.revoked.has_any(prefixes), "anything is found")
    took = (time.perf_counter() - began) / len(prefixes)
    base = slicing.based("XA", Withdrawals(frozenset({"XA"}), Prefixes(dice.getrandbits(64) for _ in range(300_000))))
    grown = slicing.extended("XA", base, Withdrawals(frozenset({"XA"}), Prefixes([1, 2, 3])))
    added = {key: data for key, data in grown.items() if key not in base}
    expect(base.items() <= grown.items() and sum(map(len, added.values())) < 1000, "a day is fetched as the whole")
    return (
        f"{searched}; {compared}; {size / 1e6:.2f} MB, {took * 1e6:.1f} µs a look; "
        f"a day more: {sum(map(len, added.values()))} octets"
    )


def _searched(yard: Yard) -> str:
    """Somebody's certificate is on a country's list, and nobody finds it who has not seen the certificate.

    Two countries that know the same of one person list other entries: no entry is made of what is known.
    """
    listed, kinds = [], set()
    for town in (yard.town(), yard.town()):
        made = town.certified()
        with writing(town.engine) as connection:
            identifiers = revoking.of_certificate(connection, made.certificate_id)
            revoking.withdraw(connection, identifiers, ANNE, revoking.Ground.FRAUD, at=AT)
            listed.append(revoking.revocation_list(connection, at=AT).revoked)
        kinds |= {kind for kind, _ in identifiers}
        expect(all(revocation.prefix_of(each) in listed[-1] for each in identifiers), "it is not on the list")
    expect(not set(listed[0]) & set(listed[1]), "what is known makes an entry")
    days = [f"{AT - n * DAY:%Y-%m-%d}" for n in range(1000)]
    known = [
        MEIMEI.number,
        f"UTO{MEIMEI.number}",
        "HAN<<MEIMEI",
        "Han Meimei",
        "1990-05-08",
        "D-1",
        "T-1",
        CLINIC.facility_id,
    ]
    values = [*known, *(f"{one}{between}{other}" for one in known for between in ("", ":", "#", "|") for other in days)]
    guesses = [(kind, value) for kind in kinds for value in values]
    found = [each for each in guesses if revocation.prefix_of(each) in listed[0]]
    expect(not found, f"{len(found)} guesses are found")
    return f"{len(guesses)} guesses of passport, name, birth and day: none on the list"


def _compared(yard: Yard) -> str:
    """Somebody keeps every list of two countries, of which one withdrew nothing, and cannot say which."""
    quiet, busy = _seen(yard.town(), (0, 0, 0, 0)), _seen(yard.town(), (0, 1, 3, 3))
    expect(quiet == busy, f"days with 0, 1, 3 and 3 withdrawals add {busy}, and such without {quiet}")
    added = {each[:2] for each in quiet[1:]}
    return (
        f"days of 0, 1 and 3 withdrawals look the same: {', '.join(f'{one} and {two} entries' for one, two in added)}"
    )


def _seen(town: Town, history: Sequence[int]) -> list[tuple[int, int, list[int]]]:
    """What is new on each day's list, revoked and replaced, and the octets of its slices; each list is made from the
    store alone, as after a loss. On the last day what was replaced on the one before is revoked."""
    seen, entries, files = [], (Prefixes(), Prefixes()), dict[str, bytes]()
    for day, count in enumerate(history):
        last = day == len(history) - 1
        named = [("record", f"{(day - last) * 100 + number:032X}") for number in range(count)]
        effect = revoking.Effect.REVOKED if last else revoking.Effect.REPLACED
        with writing(town.engine) as connection:
            revoking.withdraw(connection, named, ANNE, revoking.Ground.FRAUD, at=AT + day * DAY, effect=effect)
            listed = decoys.published(connection, at=AT + day * DAY)
        now = listed.revoked, listed.replaced
        expect(min(map(len, now)) >= 1000, f"a list of {min(map(len, now))} entries")
        expect(all(listed.withdrawn([each], issuer="XA") for each in named), "what was withdrawn is not listed")
        expect(set(now[0]).isdisjoint(now[1]), "what stands under both is no decoy")
        gone = sum(len(set(before) - set(after)) for before, after in zip(entries, now, strict=True))
        expect(not gone, f"{gone} entries are gone the next day: they were decoys")
        whole = Withdrawals(frozenset({"XA"}), *now)
        files = slicing.extended("XA", files, whole) if files else slicing.based("XA", whole)
        seen.append((len(now[0]) - len(entries[0]), len(now[1]) - len(entries[1]), sorted(map(len, files.values()))))
        entries = now
    return seen


def _production(folder: Path, trust: TrustList) -> None:
    """A release of production, of today."""
    for name_, content in border.bundle_files(trust, number=1, at=AT - HOUR).items():
        stated = content.replace(b'"sandbox"', b'"production"') if name_ == "bundle.json" else content
        (folder / name_).parent.mkdir(parents=True, exist_ok=True)
        (folder / name_).write_bytes(stated)


_EVERYBODYS = "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"
"""The private key of RFC 7515, appendix A.3."""


@tries(
    "REQ 7.1", what="a key out of a standard as a trusted one and as the house's own, and lists that hold private keys"
)
def keys_everybody_has(yard: Yard) -> str:
    private = ec.derive_private_key(int(_EVERYBODYS, 16), ec.SECP256R1())
    everybodys = MemorySigner(private_key=private)
    expect(published(everybodys.key.public.spki if everybodys.key.public else b""), "the key is not known to be public")
    expect(published(yard.signer.key.public.spki if yard.signer.key.public else b"") is None, "a fresh key is")
    town = yard.town()
    town.vault.write(town.folder / "vault.json")
    (town.folder / "own.pem").write_bytes(ConfirmationKey.draw().pem)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (town.folder / "stolen.pem").write_bytes(secret)
    for word, signer in (("good", yard.signer), ("bad", everybodys)):
        _production(town.folder / word, trusting(signer))
    config = Config(
        country="XA", authority={"en": "XA"}, address="https://pratique.example", database_url=town.url,
        vault=town.folder / "vault.json", bundle=town.folder / "good", confirmation_key=town.folder / "own.pem",
    )  # fmt: skip
    house(config, yard.fresh()).engines.api.dispose()
    for wrong in ({"bundle": town.folder / "bad"}, {"confirmation_key": town.folder / "stolen.pem"}):
        with refused(by=UnusableConfig):
            house(structs.replace(config, **wrong), yard.fresh())
    (town.folder / "list.json").write_bytes(trusting(everybodys).to_json())
    with refused(Reason.TRUST_KEY_PUBLIC):
        loaded([town.folder / "list.json"], sandbox=False, at=AT)
    with refused(by=UsageFault), contextlib.redirect_stderr(io.StringIO()):
        _bundle.load(town.folder / "bad", at=AT)
    jwk = msgspec.json.decode(jwks.write([yard.signer.certificate]))["keys"][0]
    data = msgspec.json.encode({"keys": [jwk | {"d": "A" * 43}]})
    keys, report = jwks.trusted_keys(data, issuer="https://health.xa.example/cards")
    expect(not keys and Reason.TRUST_PRIVATE_KEY in report.alarms, "a list with a private key is taken")
    return "production starts with neither, nor loads such lists; one with a private key: TRUST_PRIVATE_KEY, an alarm"


@tries("REQ 7.3", what="lists of a rehearsal loaded as those of production")
def lists_of_a_rehearsal(yard: Yard) -> str:
    files = dict(border.bundle_files(TrustList(yard.trust.keys, environment=Environment.SANDBOX), number=1, at=AT))
    manifest = msgspec.json.decode(files["bundle.json"])
    files["bundle.json"] = msgspec.json.encode(manifest | {"environment": "production"})
    with refused(by=BundleRefused):
        Bundle.from_files(files)
    world = yard.network

    def fetch(part: str) -> list[bytes]:
        if part not in world.distribution.files:
            raise FileNotFoundError(part)
        return [world.distribution.files[part]]

    got = client.update(yard.fresh(), fetch=fetch, at=AT, environment=Environment.PRODUCTION, root=world.root)
    expect(got.bundle is None and got.problems, "a rehearsal's network is taken for production")
    return f"refused as a file, and as a network: {got.problems[0].reason}"


@tries(
    "REQ 6.1",
    "REQ 6.2",
    "REQ 19.1",
    "REQ 19.2",
    "RC-4",
    what="a stolen key, older lists offered again, and clocks that were set back",
)
def key_compromise(yard: Yard) -> str:
    told = rehearsal.key_compromise(yard.fresh(), at=AT, say=lambda _: None)
    expect(told.hours_exposed <= 24, f"forgeries passed for {told.hours_exposed:.0f} h")
    worst = max(each.hurt for each in told.timeline)
    share = worst / told.timeline[0].holders
    expect(share <= 0.34, f"{share:.0%} of the holders are hurt")
    expect(not told.timeline[-1].forgeries_passed and not told.timeline[-1].hurt, "it does not end")
    expect(told.returned == Reason.NETWORK_ROLLBACK, f"older lists: {told.returned}")
    world = yard.network
    back = world.update("XB", AT - 10 * DAY)
    expect(Reason.NETWORK_CLOCK in {each.reason for each in back.findings}, "a clock that is behind is not told of")
    _never_back(found(yard.fresh(), at=AT))
    lists = world.lists("XB")
    expect(lists.not_before(AT - 10 * DAY) == lists.issued, "a clock that is behind is believed")
    return f"forgeries end after {told.hours_exposed:.0f} h, {share:.0%} are hurt; {told.returned}, NETWORK_CLOCK"


def _never_back(world: Alliance) -> None:
    """A key that was distrusted, and a later list of its own country that believes it again."""
    xa = world.states["XA"]
    distrust = Distrust(xa.offices["north"].spki)
    for distrusted, back in ((distrust,), ()), ((distrust,), (structs.replace(distrust, after=AT),)):
        xa.distrusted = distrusted
        world.publish(["XA"], AT)
        before = world.distribution
        xa.distrusted = back
        with refused(Reason.NETWORK_KEY_RETURNED, by=NetworkRefused):
            world.publish(["XA"], AT)
        world.distribution = before


@tries("REQ 26.1", "REQ 26.3", what="a list with broken entries, one that shrank, and keys that end")
def list_that_shrank(yard: Yard) -> str:
    good = msgspec.json.decode(jwks.write([yard.signer.certificate]))["keys"]
    data = msgspec.json.encode({"keys": [*good, {"kty": "RSA"}, 7, {**good[0], "use": "enc"}]})
    keys, report = jwks.trusted_keys(data, issuer="https://health.xa.example/cards")
    expect(
        (report.accepted, len(keys)) == (1, 1) and len({place for place, _ in report.refused}) == 3, "not all is told"
    )
    alarms = {reason for _, reason in compare(yard.trust.keys, trusting(yard.signer).keys)}
    expect(alarms == {Reason.TRUST_ISSUER_VANISHED, Reason.TRUST_LIST_SHRANK}, f"told of: {', '.join(alarms)}")
    root = make_csca("XA", "XA root", at=AT)
    pair = make_dsc(root, common_name="XA signer", at=AT)
    listed = [("root", root.certificate_der), ("signer", pair.certificate_der)]
    ends = TrustList.from_certificates([pair.certificate_der]).keys[0].not_after
    said = []
    for days in (89, 29, 6):
        at = (ends or AT) - days * DAY
        found = [each for each in examine(listed, country="XA", at=at, check=crypto.check) if each.place == "signer"]
        said += [each.days for each in found if each.reason is Reason.ONBOARD_ENDS_SOON]
    expect(said == [90, 30, 7], f"told {said} days before")
    return "1 accepted, 3 refused with places; TRUST_ISSUER_VANISHED, TRUST_LIST_SHRANK; alarms at 90, 30 and 7 days"
