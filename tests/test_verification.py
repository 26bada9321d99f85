"""Is it authentic? Refusals first, and that the untouched case passes."""

import asyncio
import zlib
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, conclude, crypto, prepare, verify
from pratique.formats import _base45
from pratique.model.keys import Algorithm, SignatureCheck, Use
from pratique.model.reasons import Fact, Reason
from pratique.revocation import RevocationList
from pratique.trust import Environment, TrustedKey
from pratique.trust.x509 import trusted_key
from pratique.verification import Verification

from . import wire
from .issuer import AT, NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

SIGNER = MemorySigner()
RSA = MemorySigner(algorithm=Algorithm.PS256)
TRUST = TrustList.from_certificates([SIGNER.certificate, RSA.certificate])
FRESH = RevocationList(issued=AT, fresh_until=AT + timedelta(days=7))
ZIPPED = zlib.compress(wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc()))))
GOOD = wire.hcert(SIGNER, wire.dcc())


def answer(scan: str | bytes, **changes: object) -> Verification:
    options = {"trust_list": TRUST, "at": AT, "revocation": FRESH} | changes
    return verify(scan, **options)  # type: ignore[arg-type]


def test_the_untouched_certificate_is_authentic() -> None:
    verification = answer(GOOD)
    assert verification.authentic is True
    assert verification.reasons == ()
    assert verification.format == "eu-dcc"
    assert verification.issuer == "XA"
    assert verification.content is not None
    assert verification.content.holder.name.family == "Musterfrau-Gößinger"
    assert all(verification.facts.values())


@pytest.mark.parametrize("content", [{"t": [wire.test()]}, {"r": [wire.recovery()]}])
def test_tests_and_recoveries_are_authentic(content: dict) -> None:
    assert answer(wire.hcert(SIGNER, wire.dcc(v=None, **content))).authentic is True


def test_an_rsa_signature_is_authentic() -> None:
    assert answer(wire.hcert(RSA, wire.dcc())).authentic is True


# what is no certificate


@pytest.mark.parametrize(
    ("scan", "reason", "authentic"),
    [
        ("", Reason.FORMAT_UNKNOWN, False),
        ("https://example.org/", Reason.FORMAT_UNKNOWN, False),
        ("HC2:" + GOOD[4:], Reason.FORMAT_UNKNOWN, False),
        (b"\xff\xfe\x00", Reason.FORMAT_UNKNOWN, False),
        ("NZCP:/2/ABC", Reason.FORMAT_NOT_SUPPORTED, None),
        ("PK\x03\x04", Reason.ARCHIVE_BROKEN, False),
        ("shc:/5676", Reason.JWS_STRUCTURE, False),
        ("HC1:", Reason.COMPRESSION_BROKEN, False),
        ("HC1:A", Reason.BASE45_LENGTH, False),
        ("HC1::::", Reason.BASE45_OVERFLOW, False),
        (GOOD + "you fool", Reason.BASE45_CHARACTER, False),
        ("HC1:" + _base45.encode(ZIPPED + b"you fool"), Reason.COMPRESSION_TRAILING, False),
        ("HC1:" + _base45.encode(ZIPPED[:-9]), Reason.COMPRESSION_BROKEN, False),
        ("HC1:" + "A" * 70_000, Reason.SCAN_TOO_LONG, False),
        ("HC1:" + _base45.encode(zlib.compress(b"\0" * 3_000_000)), Reason.COMPRESSION_TOO_LARGE, False),
        ("HC1:" + _base45.encode(b"not compressed"), Reason.COMPRESSION_BROKEN, False),
        (wire.scan(b"\xd2\x84\x40"), Reason.CBOR_TRUNCATED, False),
        (wire.scan(cbor2.dumps(7)), Reason.COSE_STRUCTURE, False),
        (wire.scan(wire.cose(SIGNER, b"", protected={1: -8})), Reason.ALGORITHM_UNKNOWN, False),
    ],
)
def test_what_is_no_certificate(scan: str | bytes, reason: Reason, authentic: bool | None) -> None:
    verification = answer(scan)
    assert verification.reasons == (reason,)
    assert verification.authentic is authentic
    assert verification.content is None


def test_a_label_is_given_to_what_was_recognised() -> None:
    assert answer("HC1:!").format == "hcert"
    assert answer("hello").format is None


def test_white_space_around_a_scan_is_nobodys_fault() -> None:
    assert answer("\ufeff  " + GOOD + " \r\n").authentic is True
    assert answer(GOOD.encode()).authentic is True


# signature and key


def tampered() -> str:
    message = cbor2.loads(wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc()))))
    protected, unprotected, payload, signature = message.value
    return wire.scan(cbor2.dumps([protected, unprotected, payload.replace(b"Gabriele", b"Adolphus"), signature]))


def test_a_changed_letter_is_a_broken_signature_and_shows_nothing() -> None:
    verification = answer(tampered())
    assert verification.reasons == (Reason.SIGNATURE_INVALID,)
    assert verification.authentic is False
    assert verification.signature_held is False
    assert verification.key_trusted is True
    assert (verification.content, verification.issuer, verification.expires) == (None, None, None)
    assert verification.format == "eu-dcc"


def test_an_unknown_key_is_undecided_not_forged() -> None:
    verification = answer(GOOD, trust_list=TrustList([]))
    assert verification.reasons == (Reason.KEY_UNKNOWN,)
    assert verification.authentic is None
    assert verification.content is None
    assert verification.key_id == SIGNER.key.kid


def test_no_key_id_is_undecided() -> None:
    message = wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc())), protected={1: -7})
    verification = answer(wire.scan(message))
    assert verification.reasons == (Reason.KEY_ID_MISSING,)
    assert verification.authentic is None


@pytest.mark.parametrize("length", [0, 3, 63, 65])
def test_a_signature_of_another_length(length: int) -> None:
    message = cbor2.loads(wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc())))).value
    verification = answer(wire.scan(cbor2.dumps([*message[:3], b"\1" * length])))
    assert verification.reasons == (Reason.SIGNATURE_LENGTH,)
    assert verification.authentic is False


def test_a_short_signature_under_an_unknown_key_is_refused_with_both_reasons() -> None:
    message = cbor2.loads(wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc())))).value
    verification = answer(wire.scan(cbor2.dumps([*message[:3], b"abc"])), trust_list=TrustList([]))
    assert verification.reasons == (Reason.SIGNATURE_LENGTH, Reason.KEY_UNKNOWN)
    assert verification.authentic is False


def test_a_key_that_cannot_make_such_a_signature() -> None:
    message = wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc())), protected={1: -7, 4: RSA.key.kid})
    verification = answer(wire.scan(message))
    assert verification.reasons == (Reason.KEY_ALGORITHM,)
    assert verification.authentic is False


def test_every_key_sharing_a_key_id_is_tried() -> None:
    others = [TrustedKey(SIGNER.key.kid, trusted_key(MemorySigner().certificate).key) for _ in range(3)]
    mine = trusted_key(SIGNER.certificate)
    assert answer(GOOD, trust_list=TrustList([*others, mine])).authentic is True
    assert answer(GOOD, trust_list=TrustList(others)).reasons == (Reason.SIGNATURE_INVALID,)


def test_a_key_listed_for_another_format_is_unknown() -> None:
    key = trusted_key(SIGNER.certificate)
    for formats, expected in ((frozenset({"shc"}), None), (frozenset({"hcert"}), True)):
        listed = TrustedKey(key.kid, key.key, formats=formats)
        assert answer(GOOD, trust_list=TrustList([listed])).authentic is expected


@pytest.mark.parametrize("claimed", ["XB", "xb", "UNHCR", "EL"])
def test_one_countrys_key_cannot_sign_for_another(claimed: str) -> None:
    verification = answer(wire.hcert(SIGNER, wire.dcc(), _1=claimed))
    assert verification.reasons == (Reason.KEY_ISSUER_MISMATCH,)
    assert verification.authentic is False


def test_a_key_that_another_lists_as_its_own_stays_its_issuers() -> None:
    (own,) = TrustList.from_certificates([SIGNER.certificate]).keys
    anothers = structs.replace(own, issuer="XB")
    for keys in ((own, anothers), (anothers, own), (anothers, structs.replace(own, issuer=None))):
        assert verify(GOOD, trust_list=TrustList(keys), at=AT, revocation=FRESH).reasons == ()
    only = verify(GOOD, trust_list=TrustList([anothers]), at=AT, revocation=FRESH)
    assert only.reasons == (Reason.KEY_ISSUER_MISMATCH,)


@pytest.mark.parametrize(
    ("of_key", "claimed"),
    [
        ("GR", "EL"),
        ("UN", "UNHCR"),
        ("XA", "xa"),
        ("XA", " XA"),
        ("xa", "XA"),
        ("XA", None),
        (None, "XA"),
        ("XA", "XA MoH"),  # an office, as Swiss and French issuers have named themselves there
        ("XA", "NHIF"),
    ],
)
def test_aliases_and_silence_about_the_issuer_are_no_mismatch(of_key: str | None, claimed: str | None) -> None:
    signer = MemorySigner(of_key)
    scan = wire.hcert(signer, wire.dcc(), _1=claimed)
    assert answer(scan, trust_list=TrustList.from_certificates([signer.certificate])).authentic is True


@pytest.mark.parametrize("zero", [True, False])
@pytest.mark.parametrize(
    ("content", "use"),
    [
        ({"v": [wire.vaccination()]}, Use.VACCINATION),
        ({"t": [wire.test()]}, Use.TEST),
        ({"r": [wire.recovery()]}, Use.RECOVERY),
    ],
)
def test_key_usage_in_both_spellings(content: dict, use: Use, zero: bool) -> None:
    for allowed in Use:
        signer = MemorySigner(purposes=purposes(allowed, zero=zero))
        scan = wire.hcert(signer, wire.dcc(v=None) | content)
        verification = answer(scan, trust_list=TrustList.from_certificates([signer.certificate]))
        assert verification.authentic is (allowed is use)
        assert verification.reasons == (() if allowed is use else (Reason.KEY_USE,))


def test_a_key_with_only_unknown_purposes_is_good_for_nothing() -> None:
    signer = MemorySigner(purposes=["1.3.6.1.5.5.7.3.2"])
    verification = answer(wire.hcert(signer, wire.dcc()), trust_list=TrustList.from_certificates([signer.certificate]))
    assert verification.reasons == (Reason.KEY_USE,)


def test_a_key_use_that_cannot_be_read_is_undecided() -> None:
    key = trusted_key(SIGNER.certificate)
    noted = TrustedKey(key.kid, key.key, notes=(Reason.KEY_USE_UNREADABLE,))
    verification = answer(GOOD, trust_list=TrustList([noted]))
    assert verification.reasons == (Reason.KEY_USE_UNREADABLE,)
    assert verification.authentic is None


def test_a_stale_trust_list_is_undecided_never_invalid() -> None:
    stale = TrustList(TRUST.keys, fresh_until=AT - timedelta(seconds=1))
    verification = answer(GOOD, trust_list=stale)
    assert verification.reasons == (Reason.TRUST_LIST_STALE,)
    assert verification.authentic is None
    assert verification.content is not None


# content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (wire.dcc(v=[wire.vaccination(dn=10**35)]), Reason.CONTENT_NUMBER),
        (wire.dcc(v=[]), Reason.CONTENT_EMPTY),
        (wire.dcc(v="nonsense"), Reason.CONTENT_FIELD_TYPE),
        (wire.dcc(dob="1988-00-02"), Reason.CONTENT_DATE),
        (7, Reason.CONTENT_FIELD_TYPE),
    ],
)
def test_a_trusted_key_may_sign_nonsense(content: object, reason: Reason) -> None:
    verification = answer(wire.hcert(SIGNER, content))
    assert verification.reasons == (reason,)
    assert verification.signature_held is True
    assert verification.authentic is False
    assert verification.content is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.CBOR_TRUNCATED),
        (cbor2.dumps([1]), Reason.CWT_STRUCTURE),
        (cbor2.dumps({1: "XA", -260: "healthy"}), Reason.CWT_STRUCTURE),
        (cbor2.dumps(wire.cwt(wire.dcc(), _4="soon")), Reason.CONTENT_FIELD_TYPE),
        (cbor2.dumps(wire.cwt(wire.dcc(), _4=10**20)), Reason.CONTENT_DATE),
        (cbor2.dumps(wire.cwt(wire.dcc(), _4=float("nan"))), Reason.CONTENT_DATE),
    ],
)
def test_a_trusted_key_may_sign_what_is_no_cwt(payload: bytes, reason: Reason) -> None:
    verification = answer(wire.scan(wire.cose(SIGNER, payload)))
    assert verification.reasons == (reason,)
    assert verification.authentic is False


def test_faults_beside_content_that_cannot_be_read_are_listed_too() -> None:
    content = wire.dcc(v=[wire.vaccination(dt="never")])
    scan = wire.hcert(SIGNER, content, _1="XB", _4=int(AT.timestamp()) - 1)
    verification = answer(scan, trust_list=TrustList(TRUST.keys, fresh_until=AT - timedelta(days=1)))
    assert verification.reasons == (
        Reason.CONTENT_DATE,
        Reason.KEY_ISSUER_MISMATCH,
        Reason.TRUST_LIST_STALE,
        Reason.EXPIRED,
    )
    assert verification.key_trusted is False
    assert verification.key_use_allowed is verification.not_revoked is verification.not_specimen is None


@pytest.mark.parametrize("payload", [cbor2.dumps({1: "XA"}), cbor2.dumps({"ver": "1.0.0", "name": "X"})])
def test_a_payload_of_another_kind_is_undecided(payload: bytes) -> None:
    verification = answer(wire.scan(wire.cose(SIGNER, payload)))
    assert verification.reasons == (Reason.PROFILE_UNKNOWN,)
    assert verification.authentic is None
    assert verification.key_trusted is None  # for which issuer, nobody has read


def test_a_profile_we_do_not_know_is_undecided() -> None:
    verification = answer(wire.hcert(SIGNER, {"some": "thing"}, key=99))
    assert verification.reasons == (Reason.PROFILE_UNKNOWN,)
    assert verification.authentic is None
    assert verification.signature_held is True


@pytest.mark.parametrize("tags", ["d83d", "d9d9f7", "d83dd83d", "d9d9f7d83d"])
def test_tags_before_the_payload_change_nothing(tags: str) -> None:
    payload = cbor2.dumps(wire.cwt(wire.dcc()))
    assert answer(wire.scan(wire.cose(SIGNER, bytes.fromhex(tags) + payload))).authentic is True
    assert answer(wire.scan(wire.cose(SIGNER, bytes.fromhex(tags)))).reasons == (Reason.CBOR_TRUNCATED,)


def test_what_software_without_null_writes_is_read() -> None:
    undefined = cbor2.undefined
    scan = wire.hcert(SIGNER, wire.dcc(v=undefined, r=None, t=[wire.test(nm=undefined, ma=undefined)]))
    assert answer(scan).authentic is True
    assert answer(wire.hcert(SIGNER, wire.dcc(), _4=undefined)).reasons == (Reason.EXPIRY_MISSING,)


def test_a_certificate_without_an_identifier_is_on_no_revocation_list() -> None:
    scan = wire.hcert(SIGNER, wire.dcc(v=[wire.vaccination(ci="")]))
    revocation = RevocationList(AT, AT, revoked=frozenset({("record", "")}))
    verification = answer(scan, revocation=revocation)
    assert verification.identifiers == frozenset()
    assert verification.authentic is True


# look-alikes of what member states have issued


@pytest.mark.parametrize(
    ("content", "claims"),
    [
        ({"v": [wire.vaccination(ci="01/XA/CHILD/7T1UG87G61Y7NRXIBQJDTYQ9", dn=3, sd=2)], "t": None, "r": None}, 1),
        ({"nam": {"fn": " DE LA CRUZ ", "fnt": "DE<LA<CRUZ", "gn": "MARÍA ", "gnt": "MARIA"}, "dob": "1961-02-00"}, 1),
        ({"nam": {"fn": "Παπαδοπούλου", "fnt": "PAPADOPOULOU", "gn": "Μαρία Έλενα", "gnt": "MARIA<ELENA"}}, 1),
        ({"v": [wire.vaccination(dn=1), wire.vaccination(dn=2, dt="2021-06-19")]}, 2),
        ({"v": [], "t": [wire.test(), wire.test(tt="LP217198-3", ma="1232", nm="")], "r": []}, 2),
        ({"v": None, "t": [wire.test(sc="2021-06-30T10:00:00+02", nm="", ma="", tc="", dr="2021-06-30")]}, 1),
        ({"v": None, "t": [wire.test(sc=datetime(2021, 6, 30, 8, 0, tzinfo=UTC))]}, 1),
        ({"v": None, "r": [wire.recovery(df=cbor2.CBORTag(0, "2021-04-12"), du="2021-09-28T00:00:00Z")]}, 1),
        ({"v": [wire.vaccination(dt="2021-05-29T00:00:00", dn=1.0, sd=2.0, ma=" ", **{"is": ""})], "dob": ""}, 1),
        ({"ver": "1.0.0", "nam": {"fnt": "NAGY"}, "dob": "1964", "v": [wire.vaccination(ci="nagy/1#7")]}, 1),
    ],
)
def test_what_real_issuers_write_is_authentic(content: dict, claims: int) -> None:
    period = {"_6": AT.timestamp() - 60.25, "_4": AT.timestamp() + 3600.5}
    verification = answer(wire.hcert(SIGNER, wire.dcc(**content), **period))
    assert verification.authentic is True, (verification.reasons, verification.fault)
    assert verification.content is not None
    assert len(verification.content.claims) == claims


# period


@pytest.mark.parametrize(
    ("changes", "reason", "authentic"),
    [
        ({"_4": int(AT.timestamp()) - 1}, Reason.EXPIRED, False),
        ({"_4": int(AT.timestamp())}, None, True),  # "after which": the instant itself still counts
        ({"_4": None}, Reason.EXPIRY_MISSING, None),
        ({"_6": int(AT.timestamp()) + 1}, Reason.NOT_YET_VALID, False),
        ({"_6": int(AT.timestamp())}, None, True),
        ({"_6": None}, Reason.ISSUED_MISSING, None),
        ({"_5": int(AT.timestamp()) + 1}, Reason.NOT_YET_VALID, False),
        ({"_6": int(NOT_BEFORE.timestamp()) - 1}, Reason.KEY_PERIOD, False),
        ({"_6": AT.timestamp() - 0.5, "_4": AT.timestamp() + 0.5}, None, True),  # floats, as issuers wrote them
        ({"_6": AT - timedelta(days=1), "_4": AT + timedelta(days=1)}, None, True),  # dates under a CBOR tag
    ],
)
def test_the_period(changes: dict, reason: Reason | None, authentic: bool | None) -> None:
    verification = answer(wire.hcert(SIGNER, wire.dcc(), **changes))
    assert verification.reasons == ((reason,) if reason else ())
    assert verification.authentic is authentic


def test_a_key_that_ended_after_signing_still_counts_while_it_is_listed() -> None:
    late = NOT_AFTER + timedelta(days=1)
    scan = wire.hcert(SIGNER, wire.dcc(), _4=int(late.timestamp()) + 1)
    assert answer(scan, at=late, revocation=None).authentic is True
    scan = wire.hcert(SIGNER, wire.dcc(), _6=int(late.timestamp()), _4=int(late.timestamp()) + 10)
    assert answer(scan, at=late, revocation=None).reasons == (Reason.KEY_PERIOD, Reason.REVOCATION_NOT_ASKED)


def test_a_naive_clock_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="aware"):
        answer(GOOD, at=datetime(2021, 7, 1))  # noqa: DTZ001


# revocation and specimens

RECORD = ("record", "7T1UG87G61Y7NRXIBQJDTYQ9")


@pytest.mark.parametrize(
    ("revocation", "reason", "authentic"),
    [
        (RevocationList(AT, AT, revoked=frozenset({RECORD})), Reason.REVOKED, False),
        (RevocationList(AT, AT, replaced=frozenset({RECORD})), Reason.REPLACED, False),
        (RevocationList(AT, AT, revoked=frozenset({("record", "ANOTHER")})), None, True),
        (RevocationList(AT, AT - timedelta(days=1)), Reason.REVOCATION_STALE, None),
        (RevocationList(AT, AT - timedelta(days=1), revoked=frozenset({RECORD})), Reason.REVOKED, False),
        (None, Reason.REVOCATION_NOT_ASKED, True),
    ],
)
def test_revocation(revocation: RevocationList | None, reason: Reason | None, authentic: bool | None) -> None:
    verification = answer(GOOD, revocation=revocation)
    assert verification.reasons == ((reason,) if reason else ())
    assert verification.authentic is authentic
    assert verification.not_revoked is (None if revocation is None else authentic)


def test_revocation_outlives_another_encoding_and_spelling() -> None:
    revocation = RevocationList(AT, AT, revoked=frozenset({RECORD}))
    for uvci in ("urn:uvci:01:xa:7t1ug87g61y7nrxibqjdtyq9", "01/XA/7T1UG87G61Y7NRXIBQJDTYQ9#U"):
        scan = wire.hcert(SIGNER, wire.dcc(v=[wire.vaccination(ci=uvci)]))
        assert answer(scan, revocation=revocation).reasons == (Reason.REVOKED,)


def test_all_faults_are_listed_at_once() -> None:
    signer = MemorySigner(purposes=purposes(Use.TEST))
    scan = wire.hcert(signer, wire.dcc(), _1="XB", _4=int(AT.timestamp()) - 1, _6=int(NOT_BEFORE.timestamp()) - 1)
    verification = answer(
        scan,
        trust_list=TrustList.from_certificates([signer.certificate]),
        revocation=RevocationList(AT, AT, revoked=frozenset({RECORD})),
    )
    assert verification.reasons == (
        Reason.KEY_ISSUER_MISMATCH,
        Reason.KEY_USE,
        Reason.EXPIRED,
        Reason.KEY_PERIOD,
        Reason.REVOKED,
    )
    assert [fact for fact, held in verification.facts.items() if held is False] == [
        Fact.KEY_TRUSTED,
        Fact.IN_PERIOD,
        Fact.KEY_USE_ALLOWED,
        Fact.NOT_REVOKED,
    ]


# the two halves


def test_the_halves_answer_as_the_whole_does() -> None:
    async def somewhere_else(check: SignatureCheck) -> bool | None:
        await asyncio.sleep(0)
        return crypto.check(check)

    async def in_a_browser(scan: str) -> Verification:
        prepared = prepare(scan, trust_list=TRUST)
        return conclude(prepared, [await somewhere_else(check) for check in prepared.checks], at=AT, revocation=FRESH)

    for scan in (GOOD, tampered(), "HC1:nothing", wire.hcert(RSA, wire.dcc())):
        assert asyncio.run(in_a_browser(scan)) == answer(scan)


def test_what_the_arithmetic_cannot_say_is_open() -> None:
    prepared = prepare(GOOD, trust_list=TRUST)
    verification = conclude(prepared, [None], at=AT)
    assert verification.reasons == (Reason.SIGNATURE_NOT_CHECKED,)
    assert verification.authentic is None


# any text, any octets


@given(st.one_of(st.text(), st.binary(), st.text().map("HC1:".__add__)))
def test_anything_gets_a_verdict(scan: str | bytes) -> None:
    verification = answer(scan)
    assert verification.reasons
    assert verification.authentic is not True


@given(st.data())
def test_after_any_flipped_bit_nothing_false_is_authentic(data: st.DataObject) -> None:
    message = wire.cose(SIGNER, cbor2.dumps(wire.cwt(wire.dcc())))
    place = data.draw(st.integers(0, len(message) - 1))
    bit = data.draw(st.integers(0, 7))
    flipped = bytearray(message)
    flipped[place] ^= 1 << bit
    untouched, verification = answer(wire.scan(message)), answer(wire.scan(bytes(flipped)))
    if verification.authentic:
        assert verification.content == untouched.content
        assert verification.identifiers == untouched.identifiers


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**80), 2**80)
        | st.floats()
        | st.text(max_size=20)
        | st.binary(max_size=20)
        | st.datetimes(timezones=st.just(UTC)),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["nam", "fn", "gnt", "dob", "v", "t", "r", "tg", "dn", "sd", "dt", "sc", "ci", "ver"]),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_a_trusted_key_signed_gets_a_verdict(content: object) -> None:
    verification = answer(wire.hcert(SIGNER, content))
    assert verification.signature_held is True
    assert verification.reasons or verification.content is not None


def test_a_specimen_is_refused_outside_the_sandbox() -> None:
    scan = wire.hcert(SIGNER, wire.dcc(sp=True))
    for environment in Environment:
        authentic = environment is Environment.SANDBOX
        verification = answer(scan, trust_list=TrustList(TRUST.keys, environment=environment))
        assert verification.authentic is authentic
        assert (Reason.SPECIMEN in verification.reasons) is not authentic
