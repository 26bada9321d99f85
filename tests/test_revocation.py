"""Revocation: what is listed is found however it was packed, in our terms and in those of others."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import revocation
from pratique.formats import open_scan, read_envelope
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason
from pratique.revocation import (
    Batch,
    CardList,
    Distrust,
    HashType,
    Prefixes,
    RevocationList,
    Source,
    Withdrawals,
    prefix_of,
    signed_content,
)
from pratique.trust import TrustList
from pratique.verification import verify
from tests import wire
from tests.issuer import AT, MemorySigner
from tests.shared import VECTORS, needs_vectors

DAY = timedelta(days=1)
SIGNER = MemorySigner()
TRUST = TrustList.from_certificates([SIGNER.certificate])
SPKI = TRUST.keys[0].key.spki
SCAN = wire.hcert(SIGNER, wire.dcc())
UCI = wire.vaccination()["ci"]


def judged(listed: RevocationList, scan: str = SCAN, at: datetime = AT) -> tuple[Reason, ...]:
    return verify(scan, trust_list=TRUST, at=at, revocation=listed).reasons


def fresh(**listed: object) -> RevocationList:
    return RevocationList(AT, AT + DAY, **listed)


@dataclass
class Foreign:
    """A batch over the vaccination of `wire.dcc()`."""

    hash_type: HashType
    hashed: bytes

    def batch(self, **changes: object) -> Batch:
        stated = {"country": "XA", "kid": SIGNER.key.kid, "hash_type": self.hash_type, "expires": AT + DAY}
        return Batch(**(stated | {"hashes": frozenset({sha256(self.hashed).digest()[:16]})} | changes))


SIGNATURE = open_scan(SCAN).signature
FOREIGN = [
    Foreign(HashType.UCI, UCI.encode()),
    Foreign(HashType.COUNTRY_CODE_UCI, f"XA{UCI}".encode()),
    Foreign(HashType.SIGNATURE, SIGNATURE[:32]),
]
each_type = pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: foreign.hash_type)


@pytest.mark.parametrize("part", ["revoked", "replaced"])
def test_what_a_participant_withdrew_counts_under_its_own_keys_alone(part: str) -> None:
    prefixes = Prefixes.of(verify(SCAN, trust_list=TRUST, at=AT).identifiers)
    reason = Reason(part.upper())
    for issuers, expected in (({"XB"}, ()), ({"XA"}, (reason,)), ({"XB", "XA"}, (reason,)), (set(), ())):
        assert judged(fresh(confined=[Withdrawals(frozenset(issuers), **{part: prefixes})])) == expected, issuers
    others = Withdrawals(frozenset({"XB"}), prefixes), Withdrawals(frozenset({"XA"}), Prefixes([1]))
    assert judged(fresh(confined=others)) == ()
    assert judged(fresh(confined=others, revoked=prefixes)) == (Reason.REVOKED,)
    # of a key that may sign for any issuer, the certificate says whose it is
    anybodys = TrustList([structs.replace(key, issuer=None) for key in TRUST.keys])
    own = fresh(confined=[Withdrawals(frozenset({"XA"}), prefixes)])
    assert verify(SCAN, trust_list=anybodys, at=AT, revocation=own).reasons == (Reason.REVOKED,)


def test_a_source_whose_time_is_over_leaves_its_own_certificates_open_and_nobody_elses() -> None:
    def source(*issuers: str, until: timedelta = -DAY) -> Source:
        return Source(f"revocation/{issuers[0]}.bin", frozenset(issuers), AT - 9 * DAY, AT + until)

    stale = (Reason.REVOCATION_STALE,)
    for sources, expected in (
        ([source("XA")], stale),
        ([source("XB", "XA")], stale),
        ([source("XA", until=DAY)], ()),
        ([source("XA", until=DAY), source("XA")], stale),
        ([source("XB")], ()),
    ):
        listed = fresh(sources=sources)
        assert judged(listed) == expected, sources
        assert judged(revocation.from_bytes(revocation.to_bytes(listed))) == expected
        assert judged(listed.with_slices([])) == expected
    overdue = fresh(sources=[source("XA"), source("XB", until=DAY)])
    assert [each.name for each in overdue.stale_sources(AT)] == ["revocation/XA.bin"]
    # no source makes a list newer, and what is on an old one still counts
    assert judged(RevocationList(AT - 9 * DAY, AT - DAY, sources=[source("XA", until=9 * DAY)])) == stale
    identifiers = verify(SCAN, trust_list=TRUST, at=AT).identifiers
    assert judged(fresh(revoked=identifiers, sources=[source("XA")])) == (Reason.REVOKED,)
    # of a key that may sign for any issuer, the certificate says whose it is
    anybodys = TrustList([structs.replace(key, issuer=None) for key in TRUST.keys])
    assert verify(SCAN, trust_list=anybodys, at=AT, revocation=overdue).reasons == stale


@each_type
def test_a_batch_counts_for_its_key_or_its_country_until_it_expires(foreign: Foreign) -> None:
    assert judged(fresh(batches=[foreign.batch()])) == (Reason.REVOKED,)
    assert judged(fresh(batches=[foreign.batch(kid=None)])) == (Reason.REVOKED,)
    anothers = {"country": "XB"}, {"kid": None, "country": "XB"}
    for elsewhere in ({"kid": bytes(8)}, *anothers, {"expires": AT - DAY}):
        assert judged(fresh(batches=[foreign.batch(**elsewhere)])) == ()
    other = Foreign(foreign.hash_type, b"another").batch()
    assert judged(fresh(batches=[other])) == ()


def test_the_whole_signature_is_hashed_for_rsa_alone() -> None:
    assert judged(fresh(batches=[Foreign(HashType.SIGNATURE, SIGNATURE).batch()])) == ()
    signer = MemorySigner(algorithm=Algorithm.PS256)
    scan = wire.hcert(signer, wire.dcc())
    batch = Foreign(HashType.SIGNATURE, open_scan(scan).signature).batch(kid=signer.key.kid)
    trust_list = TrustList.from_certificates([signer.certificate])
    assert verify(scan, trust_list=trust_list, at=AT, revocation=fresh(batches=[batch])).reasons == (Reason.REVOKED,)


@needs_vectors
def test_the_gateways_hashes_are_those_that_others_compute() -> None:
    assert VECTORS is not None
    for case in json.loads((VECTORS / "revocation" / "dcc-revocation-hashes.json").read_bytes()):
        envelope = open_scan(case["barcodeData"])
        reading = read_envelope(envelope)
        for name in HashType:
            hashes = frozenset({bytes.fromhex(case[f"exp{name}"])})
            batch = Batch(reading.issuer or "", envelope.key_id, name, AT + DAY, hashes)
            assert fresh(batches=[batch]).judge(envelope, reading, b"", issuer=None, at=AT) == (Reason.REVOKED,)


def test_a_card_counts_as_withdrawn_if_it_was_issued_before() -> None:
    def judged(listed: RevocationList, issued: datetime | None, rid: str = "AQPCj4wwk6Mt") -> tuple[Reason, ...]:
        envelope = structs.replace(open_scan(SCAN), key_id=b"kid")
        reading = structs.replace(
            read_envelope(envelope), issuer="https://xa.example", issued=issued, identifiers=frozenset({("rid", rid)})
        )
        return listed.judge(envelope, reading, b"", issuer="https://xa.example", at=AT)

    whole = fresh(cards=[CardList("https://xa.example", b"kid", {"AQPCj4wwk6Mt": None})])
    until = fresh(cards=[CardList("https://xa.example", b"kid", {"AQPCj4wwk6Mt": AT})])
    assert judged(whole, AT + DAY) == (Reason.REVOKED,)
    assert judged(until, AT - DAY) == (Reason.REVOKED,)
    assert judged(until, None) == (Reason.REVOKED,)
    assert judged(until, AT) == ()
    assert judged(whole, AT, rid="another") == ()
    for issuer, kid in (("https://xb.example", b"kid"), ("https://xa.example", b"other")):
        assert judged(fresh(cards=[CardList(issuer, kid, {"AQPCj4wwk6Mt": None})]), AT) == ()


# a stolen key


def test_a_distrust_reaches_keys_of_its_issuers_alone() -> None:
    for issuers, expected in (
        (None, (Reason.KEY_DISTRUSTED,)),
        (frozenset({"XA", "XB"}), (Reason.KEY_DISTRUSTED,)),
        (frozenset({"XB"}), ()),
        (frozenset(), ()),
    ):
        listed = fresh(distrusted=[Distrust(SPKI, issuers=issuers)])
        assert judged(listed) == judged(revocation.from_bytes(revocation.to_bytes(listed))) == expected, issuers


def test_nothing_under_a_stolen_key_counts_but_what_its_log_holds() -> None:
    honest = Prefixes.of([signed_content(open_scan(SCAN).signed)])
    forged = wire.hcert(SIGNER, wire.dcc(dob="1889-04-20"))
    assert judged(fresh(distrusted=[Distrust(SPKI)])) == (Reason.KEY_DISTRUSTED,)
    assert judged(fresh(distrusted=[Distrust(SPKI, honest=honest)])) == ()
    assert judged(fresh(distrusted=[Distrust(SPKI, honest=honest)]), forged) == (Reason.KEY_DISTRUSTED,)
    assert judged(fresh(distrusted=[Distrust(b"another", honest=Prefixes())]), forged) == ()
    verification = verify(forged, trust_list=TRUST, at=AT, revocation=fresh(distrusted=[Distrust(SPKI)]))
    assert verification.authentic is False
    assert verification.key_trusted is False


def test_the_mirrored_signature_is_as_honest_as_the_one_in_the_log() -> None:
    honest = Prefixes.of([signed_content(open_scan(SCAN).signed)])
    mirrored = wire.mirrored(SCAN)
    assert open_scan(mirrored).signature != SIGNATURE
    assert judged(fresh(), mirrored) == ()
    assert judged(fresh(distrusted=[Distrust(SPKI, honest=honest)]), mirrored) == ()
    assert judged(fresh(revoked=read_envelope(open_scan(SCAN)).identifiers), mirrored) == (Reason.REVOKED,)
    for foreign in FOREIGN:
        assert judged(fresh(batches=[foreign.batch()]), mirrored) == (Reason.REVOKED,)


def test_a_date_of_theft_lets_pass_what_says_it_is_older() -> None:
    issued = read_envelope(open_scan(SCAN)).issued
    assert issued is not None
    assert judged(fresh(distrusted=[Distrust(SPKI, after=issued)])) == ()
    assert judged(fresh(distrusted=[Distrust(SPKI, after=issued - DAY)])) == (Reason.KEY_DISTRUSTED,)


# the list itself


@given(st.sets(st.integers(0, 2**64 - 1), max_size=50), st.integers(0, 2**64 - 1))
def test_prefixes_are_a_set_and_its_file(numbers: set[int], other: int) -> None:
    prefixes = Prefixes(numbers)
    data = prefixes.to_bytes()
    assert all(number in prefixes for number in numbers)
    assert (other in prefixes) is (other in numbers)
    assert data == b"".join(number.to_bytes(8) for number in sorted(numbers))
    assert Prefixes.from_bytes(data) == prefixes
    assert hash(Prefixes.from_bytes(data)) == hash(prefixes)


@pytest.mark.parametrize("data", [b"1234567", bytes(16), bytes([1] * 8 + [0] * 8)], ids=["cut", "twice", "unsorted"])
def test_prefixes_that_were_not_written_so_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"prefixes|item size"):
        Prefixes.from_bytes(data)


def test_a_file_brings_everything_back() -> None:
    listed = RevocationList(
        AT,
        AT + DAY,
        [("record", "A" * 24)],
        [("record", "B" * 24)],
        confined=[Withdrawals(frozenset({"XA", "XB"}), Prefixes([3]), Prefixes([4]))],
        batches=[foreign.batch() for foreign in FOREIGN],
        cards=[CardList("https://xa.example", b"kid", {"one": None, "two": AT})],
        distrusted=[Distrust(SPKI, honest=Prefixes([1, 2])), Distrust(b"another", after=AT)],
    )
    read = revocation.from_bytes(revocation.to_bytes(listed))
    for part in ("issued", "fresh_until", "revoked", "replaced", "confined", "batches", "cards", "distrusted"):
        assert getattr(read, part) == getattr(listed, part)
    assert revocation.to_bytes(read) == revocation.to_bytes(listed)
    assert prefix_of(("record", "A" * 24)) in read.revoked


@given(st.binary(max_size=300))
def test_any_other_file_is_refused_whole(data: bytes) -> None:
    whole = revocation.to_bytes(fresh(revoked=[("record", "A" * 24)]))
    for material in (data, whole + data if data else whole[:-1], whole[: len(data) % len(whole)]):
        with pytest.raises(TrustMaterialError) as refusal:
            revocation.from_bytes(material)
        assert refusal.value.reasons == (Reason.REVOCATION_UNREADABLE,)


def test_two_hundred_thousand_entries_take_less_than_two_megabytes() -> None:
    listed = fresh(revoked=[("record", f"{number:032X}") for number in range(200_000)])
    data = revocation.to_bytes(listed)
    assert len(data) < 2_000_000
    assert prefix_of(("record", f"{199_999:032X}")) in revocation.from_bytes(data).revoked


# what others publish


def gateway_file(**changes: object) -> bytes:
    entry = {"hash": b64encode(bytes(16)).decode()}
    stated = {"country": "XA", "expires": "2022-11-01T00:00:00Z", "kid": "Rjene8QvRwA=", "hashType": "SIGNATURE"}
    return json.dumps(stated | {"entries": [entry]} | changes).encode()


def test_a_batch_of_the_gateway_is_read() -> None:
    batch = revocation.eu_batch(gateway_file())
    assert batch.kid == bytes.fromhex("4637a77bc42f4700")
    assert batch.hashes == {bytes(16)}
    assert batch.expires == datetime(2022, 11, 1, tzinfo=UTC)
    assert revocation.eu_batch(gateway_file(kid="Rjene8QvRwA")).kid == batch.kid
    assert revocation.eu_batch(gateway_file(kid="UNKNOWN_KID")).kid is None


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": []},
        {"entries": [{"hash": "AAAA"}]},
        {"entries": [{"hash": b64encode(bytes(16)).decode()}] * 1001},
        {"hashType": "NAME"},
        {"expires": "2022-11-01T00:00:00"},
        {"kid": "!"},
        {"country": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_batch_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        revocation.eu_batch(gateway_file(**changes))
    assert refusal.value.reasons == (Reason.REVOCATION_UNREADABLE,)


def card_file(**changes: object) -> bytes:
    stated = {"kid": "3Kfdg", "method": "rid", "ctr": 1, "rids": ["one", "two.1636977600", "two.1636977500"]}
    return json.dumps(stated | changes).encode()


def test_a_list_of_cards_is_read() -> None:
    listed = revocation.card_list(card_file(), issuer="https://xa.example")
    assert listed == CardList(
        "https://xa.example", b"3Kfdg", {"one": None, "two": datetime(2021, 11, 15, 12, tzinfo=UTC)}
    )
    both = revocation.card_list(card_file(rids=["one.5", "one"]), issuer="https://xa.example")
    assert both.rids == {"one": None}
    last = revocation.card_list(card_file(rids=["one.253402300799", "two.999999999999"]), issuer="https://xa.example")
    assert last.rids == {"one": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "two": None}, "no calendar has it"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "hash-fhir"},
        *({"rids": [rid]} for rid in ("one two", "a" * 25, "one.later", "one\n", "one.5\n", "one.\u0665", "")),
    ],
)
def test_a_list_of_cards_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        revocation.card_list(card_file(**changes), issuer="https://xa.example")
    assert refusal.value.reasons == (Reason.REVOCATION_UNREADABLE,)


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (revocation.eu_batch, b'{"more":' * 5_000),
        (lambda data: revocation.card_list(data, issuer="https://xa.example"), b'{"more":' * 5_000),
        (revocation.from_bytes, b"\x81\xa4more" + b"\x91" * 5_000),
    ],
)
def test_a_list_that_is_nested_without_end_is_refused(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        read(data)
    assert refusal.value.reasons == (Reason.REVOCATION_UNREADABLE,)
