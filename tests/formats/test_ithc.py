"""The ITHC profile: what is refused on both sides, that everything else survives, and that it stays small."""

import copy
import math
import zlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha512
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pratique.formats.hcert import _ithc_layout as layout
from pratique.formats.hcert import ithc
from pratique.model import uvci
from pratique.model.certificate import Certificate, Person, choose
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, Code
from tests.formats import ithc_examples as examples
from tests.strategies import ithc_certificates

ALL_KINDS = examples.certificate(12)
VACCINATED, MOLECULAR, ANTIBODY, ANTIGEN, RECOVERED, EXEMPT = 0, 2, 3, 6, 7, 10
HUGE = 10**35


def payload(certificate: Certificate = ALL_KINDS) -> Any:
    """The payload as a verifier gets it."""
    return cbor2.loads(cbor2.dumps(ithc.write(certificate)))


def characters(certificate: Certificate) -> int:
    """The length of the whole scan: CWT, COSE_Sign1 with a 64-byte signature and 8-byte kid, zlib, base45, `HC1:`."""
    claims = cbor2.dumps({1: "XA", 4: 1640000000, 6: 1620000000, -260: {ithc.KEY: ithc.write(certificate)}})
    protected = cbor2.dumps({1: -7, 4: sha512(b"kid").digest()[:8]})
    message = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, claims, sha512(claims).digest()]))
    pairs, odd = divmod(len(zlib.compress(message, 9)), 2)
    return len("HC1:") + 3 * pairs + 2 * odd


# what we refuse to sign


def person(**changes: Any) -> Certificate:
    holder = msgspec.structs.replace(examples.HOLDER, **changes)
    return msgspec.structs.replace(ALL_KINDS, holder=holder)


def named(**changes: Any) -> Certificate:
    return person(name=msgspec.structs.replace(examples.HOLDER.name, **changes))


def document(**changes: Any) -> Certificate:
    return person(document=msgspec.structs.replace(examples.HOLDER.document, **changes))


def claim(position: int, **changes: Any) -> Certificate:
    return choose(ALL_KINDS, msgspec.structs.replace(ALL_KINDS.claims[position], **changes))


SHANGHAI = timezone(timedelta(seconds=29143))
"""Its local mean time of 1890, which is no whole minutes."""

REFUSED = [
    (choose(ALL_KINDS), Reason.ISSUE_NO_CLAIM, ""),
    (choose(ALL_KINDS, *examples.claims(49)), Reason.ISSUE_TOO_LARGE, ""),
    (named(family_icao=None, given_icao=None), Reason.ISSUE_NAME, "holder.name"),
    (named(family_icao="Ouyang"), Reason.ISSUE_NAME, "holder.name.family_icao"),
    (named(family_icao=""), Reason.ISSUE_NAME, "holder.name.family_icao"),
    (named(given_icao="X" * 81), Reason.ISSUE_NAME, "holder.name.given_icao"),
    (named(family="欧" * 81), Reason.ISSUE_FIELD, "holder.name.family"),
    (named(given="e\u0301"), Reason.ISSUE_FIELD, "holder.name.given"),
    (named(given="\ud800"), Reason.ISSUE_FIELD, "holder.name.given"),
    (named(given=""), Reason.ISSUE_FIELD, "holder.name.given"),
    (document(kind="PAS"), Reason.ISSUE_FIELD, "holder.document"),
    (document(country="uto"), Reason.ISSUE_FIELD, "holder.document"),
    (document(tail=""), Reason.ISSUE_FIELD, "holder.document"),
    (document(salt=bytes(7)), Reason.ISSUE_FIELD, "holder.document"),
    (document(digest=bytes(15)), Reason.ISSUE_FIELD, "holder.document"),
    (claim(VACCINATED, evidence=None), Reason.ISSUE_EVIDENCE, "claims[0].evidence"),
    (claim(VACCINATED, uvci=""), Reason.ISSUE_UVCI, "claims[0].uvci"),
    (claim(VACCINATED, uvci="A" * 81), Reason.ISSUE_UVCI, "claims[0].uvci"),
    (claim(VACCINATED, country="xa"), Reason.ISSUE_FIELD, "claims[0].country"),
    (claim(VACCINATED, issuer="I" * 81), Reason.ISSUE_FIELD, "claims[0].issuer"),
    (claim(VACCINATED, dose=0), Reason.ISSUE_FIELD, "claims[0].dose"),
    (claim(VACCINATED, doses=100), Reason.ISSUE_FIELD, "claims[0].doses"),
    (claim(VACCINATED, disease=Code("", "840539006")), Reason.ISSUE_CODE, "claims[0].disease"),
    (claim(VACCINATED, product=Code("urn:x", "\n")), Reason.ISSUE_CODE, "claims[0].product"),
    (claim(MOLECULAR, name=""), Reason.ISSUE_FIELD, "claims[0].name"),
    (claim(MOLECULAR, sampled=datetime(2021, 3, 1)), Reason.ISSUE_FIELD, "claims[0].sampled"),  # noqa: DTZ001
    (claim(MOLECULAR, sampled=datetime(1890, 1, 1, tzinfo=SHANGHAI)), Reason.ISSUE_FIELD, "claims[0].sampled"),
]


@pytest.mark.parametrize(("certificate", "reason", "place"), REFUSED)
def test_what_we_refuse_to_sign_and_where(certificate: Certificate, reason: Reason, place: str) -> None:
    assert ithc.refusals(certificate) == (Refusal(reason, place),)


def test_the_untouched_certificate_is_signed() -> None:
    assert ithc.refusals(ALL_KINDS) == ()


def test_every_place_is_named() -> None:
    twice = [msgspec.structs.replace(one, evidence=None, uvci="") for one in examples.claims(2)]
    assert ithc.refusals(choose(ALL_KINDS, *twice)) == (
        Refusal(Reason.ISSUE_EVIDENCE, "claims[0].evidence"),
        Refusal(Reason.ISSUE_UVCI, "claims[0].uvci"),
        Refusal(Reason.ISSUE_EVIDENCE, "claims[1].evidence"),
        Refusal(Reason.ISSUE_UVCI, "claims[1].uvci"),
    )


# what we refuse to read


def changed(*path: Any, to: Any) -> Any:
    """The payload of all kinds with the value at `path` replaced."""
    whole = payload()
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return whole


def without(*path: Any) -> Any:
    whole = payload()
    place = whole
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return whole


def a_text() -> int:
    return next(position for position, entry in enumerate(payload()[2]) if type(entry) is str)


MALFORMED = [
    (None, Reason.CONTENT_FIELD_TYPE, "payload"),
    ([], Reason.CONTENT_FIELD_TYPE, "payload"),
    (without(0), Reason.CONTENT_FIELD_MISSING, "0"),
    (changed(0, to="1"), Reason.CONTENT_FIELD_TYPE, "0"),
    (changed(0, to=True), Reason.CONTENT_FIELD_TYPE, "0"),
    (changed(0, to=2), Reason.CONTENT_VERSION, "0"),
    (changed(0, to=HUGE), Reason.CONTENT_NUMBER, "0"),
    (without(1), Reason.CONTENT_FIELD_MISSING, "1"),
    (changed(1, to=[]), Reason.CONTENT_FIELD_TYPE, "1"),
    (changed(1, 2, to="ouyang"), Reason.CONTENT_NAME, "1.2"),
    (changed(1, to={0: "欧阳"}), Reason.CONTENT_NAME, "1.2"),
    (changed(1, 0, to=None), Reason.CONTENT_FIELD_TYPE, "1.0"),
    (changed(1, 0, to="x" * 81), Reason.CONTENT_FIELD_LENGTH, "1.0"),
    (changed(1, 4, to=[2021, 13]), Reason.CONTENT_DATE, "1.4"),
    (changed(1, 4, to=[]), Reason.CONTENT_DATE, "1.4"),
    (changed(1, 4, to=[2021, 1, 1]), Reason.CONTENT_DATE, "1.4"),
    (changed(1, 4, to=["2021"]), Reason.CONTENT_FIELD_TYPE, "1.4"),
    (changed(1, 4, to=HUGE), Reason.CONTENT_DATE, "1.4"),
    (changed(1, 4, to=[HUGE]), Reason.CONTENT_DATE, "1.4"),
    (changed(1, 4, to="1987"), Reason.CONTENT_FIELD_TYPE, "1.4"),
    (changed(1, 5, to=[]), Reason.CONTENT_FIELD_TYPE, "1.5"),
    (changed(1, 5, 3, to=bytes(17)), Reason.CONTENT_FIELD_LENGTH, "1.5.3"),
    (changed(1, 5, 4, to="d"), Reason.CONTENT_FIELD_TYPE, "1.5.4"),
    (without(2), Reason.CONTENT_FIELD_MISSING, "2"),
    (changed(2, to={}), Reason.CONTENT_FIELD_TYPE, "2"),
    (changed(2, to=["x"] * 385), Reason.CONTENT_FIELD_LENGTH, "2"),
    (changed(2, 0, to=-1), Reason.CONTENT_NUMBER, "2[0]"),
    (changed(2, 0, to=HUGE), Reason.CONTENT_NUMBER, "2[0]"),
    (changed(2, 0, to=0.0), Reason.CONTENT_FIELD_TYPE, "2[0]"),
    (changed(2, 0, to=""), Reason.CONTENT_FIELD_LENGTH, "2[0]"),
    (changed(2, 0, to=[0]), Reason.CONTENT_FIELD_LENGTH, "2[0]"),
    (changed(2, 0, to=[-1, "x"]), Reason.CONTENT_NUMBER, "2[0]"),
    (changed(2, 0, to=[9, "x"]), Reason.CONTENT_NUMBER, "2[0]"),
    (changed(2, 0, to=[0, 840539006]), Reason.CONTENT_FIELD_TYPE, "2[0]"),
    (changed(2, 0, to=["u" * 161, "x"]), Reason.CONTENT_FIELD_LENGTH, "2[0]"),
    (changed(3, to=[]), Reason.CONTENT_EMPTY, "3"),
    (changed(3, to=payload()[3] * 5), Reason.CONTENT_FIELD_LENGTH, "3"),
    (changed(3, 11, to=None), Reason.CONTENT_FIELD_TYPE, "3[11].0"),
    (changed(3, 0, 0, to=8), Reason.CONTENT_NUMBER, "3[0].0"),
    (changed(3, 0, 0, to=[]), Reason.CONTENT_FIELD_TYPE, "3[0].0"),
    (changed(3, 0, 0, to=True), Reason.CONTENT_FIELD_TYPE, "3[0].0"),
    (without(3, 0, 0), Reason.CONTENT_FIELD_MISSING, "3[0].0"),
    (changed(3, 0, 1, to=-1), Reason.CONTENT_NUMBER, "3[0].1"),
    (changed(3, 0, 1, to=99), Reason.CONTENT_NUMBER, "3[0].1"),
    (changed(3, 0, 1, to=0.0), Reason.CONTENT_FIELD_TYPE, "3[0].1"),
    (changed(3, 0, 1, to=Decimal(0)), Reason.CONTENT_FIELD_TYPE, "3[0].1"),
    (changed(3, 0, 1, to=[]), Reason.CONTENT_FIELD_TYPE, "3[0].1"),
    (changed(3, 0, 1, to=a_text()), Reason.CONTENT_FIELD_TYPE, "3[0].1"),
    (changed(3, 0, 2, to=0), Reason.CONTENT_FIELD_TYPE, "3[0].2"),
    (without(3, 0, 3), Reason.CONTENT_FIELD_MISSING, "3[0].3"),
    (without(3, 0, 4), Reason.CONTENT_FIELD_MISSING, "3[0].4"),
    (changed(3, 0, 4, to=6), Reason.CONTENT_NUMBER, "3[0].4"),
    (without(3, 0, 5), Reason.CONTENT_FIELD_MISSING, "3[0].5"),
    (changed(3, 0, 5, to=bytes(15)), Reason.CONTENT_FIELD_LENGTH, "3[0].5"),
    (changed(3, 0, 5, to=5), Reason.CONTENT_FIELD_TYPE, "3[0].5"),
    (changed(3, 0, 5, to="x" * 81), Reason.CONTENT_FIELD_LENGTH, "3[0].5"),
    (without(3, 0, 6), Reason.CONTENT_FIELD_MISSING, "3[0].6"),
    (changed(3, 0, 10, to=HUGE), Reason.CONTENT_NUMBER, "3[0].10"),
    (changed(3, 0, 10, to=math.nan), Reason.CONTENT_FIELD_TYPE, "3[0].10"),
    (changed(3, 0, 10, to=None), Reason.CONTENT_FIELD_TYPE, "3[0].10"),
    (changed(3, 0, 10, to="1"), Reason.CONTENT_FIELD_TYPE, "3[0].10"),
    (without(3, 2, 12), Reason.CONTENT_FIELD_MISSING, "3[2].12"),
    (changed(3, 2, 12, to=HUGE), Reason.CONTENT_DATE, "3[2].12"),
    (changed(3, 2, 12, to=[0, 1440]), Reason.CONTENT_DATE, "3[2].12"),
    (changed(3, 2, 12, to=[0, 0, 1_000_000]), Reason.CONTENT_DATE, "3[2].12"),
    (changed(3, 2, 12, to=[0]), Reason.CONTENT_FIELD_TYPE, "3[2].12"),
    (changed(3, 2, 12, to="2021-03-04T08:00Z"), Reason.CONTENT_FIELD_TYPE, "3[2].12"),
    (without(3, 2, 13), Reason.CONTENT_FIELD_MISSING, "3[2].13"),
    (changed(3, 3, 15, to=3), Reason.CONTENT_NUMBER, "3[3].15"),
    (changed(3, 2, 18, to=0), Reason.CONTENT_FIELD_TYPE, "3[2].18"),
    (without(3, 7, 20), Reason.CONTENT_FIELD_MISSING, "3[7].20"),
    (changed(4, to=1440), Reason.CONTENT_NUMBER, "4"),
    (changed(4, to=10**5000), Reason.CONTENT_NUMBER, "4"),
    (changed(3, 2, 12, to=-(10**5000)), Reason.CONTENT_DATE, "3[2].12"),
    (changed(5, to=1), Reason.CONTENT_FIELD_TYPE, "5"),
]


@pytest.mark.parametrize(("content", "reason", "place"), MALFORMED)
def test_what_we_refuse_to_read(content: object, reason: Reason, place: str) -> None:
    with pytest.raises(MalformedCertificate) as caught:
        ithc.read(content)
    assert (caught.value.reasons, caught.value.detail) == ((reason,), place)


def test_a_country_that_a_uvci_cannot_hold_is_refused_with_a_record_of_16_bytes() -> None:
    content = payload()
    content[2].append("X A")
    content[3][0][2] = len(content[2]) - 1
    with pytest.raises(MalformedCertificate, match=r"CONTENT_FIELD_TYPE: 3\[0\]\.2"):
        ithc.read(content)
    for country in ("ABCDEFGHIJK", "X"):
        content[2][-1] = country
        with pytest.raises(MalformedCertificate, match=r"CONTENT_FIELD_LENGTH: 3\[0\]\.2"):
            ithc.read(content)


def test_the_untouched_payload_is_read() -> None:
    assert ithc.read(payload()) == ALL_KINDS


# nothing is lost


@given(ithc_certificates())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back(certificate: Certificate) -> None:
    assert ithc.refusals(certificate) == ()
    written = ithc.write(certificate)
    encoded = cbor2.dumps(written)
    back = ithc.read(cbor2.loads(encoded))
    assert back == ithc.read(written) == certificate
    assert [one.sampled.utcoffset() for one in back.claims if hasattr(one, "sampled")] == [
        one.sampled.utcoffset() for one in certificate.claims if hasattr(one, "sampled")
    ]
    assert encoded == cbor2.dumps(written, canonical=True) == cbor2.dumps(ithc.write(back))


def test_48_claims_of_every_kind_are_carried() -> None:
    most = examples.certificate(layout.MAX_CLAIMS)
    assert ithc.refusals(most) == ()
    assert ithc.read(payload(most)) == most


def test_nothing_but_a_latin_name_need_be_stated_of_the_holder() -> None:
    least = Certificate(
        Person(msgspec.structs.replace(examples.HOLDER.name, family=None, given=None)), ALL_KINDS.claims
    )
    assert ithc.read(payload(least)) == least


@pytest.mark.parametrize(
    ("identifier", "form"),
    [
        (uvci.from_record_id("XA", bytes(16)), bytes),
        (uvci.from_record_id("XB", bytes(16)), str),
        (uvci.from_record_id("XA", bytes(16)).lower(), str),
        (uvci.from_record_id("XA", bytes(16)).removeprefix("URN:UVCI:"), str),
        ("URN:UVCI:01:XA:FREE/TEXT", str),
    ],
)
def test_only_the_canonical_identifier_of_the_own_country_travels_as_bytes(identifier: str, form: type) -> None:
    certificate = claim(VACCINATED, uvci=identifier)
    assert type(payload(certificate)[3][0][5]) is form
    assert ithc.read(payload(certificate)) == certificate


# the future


def test_keys_that_this_version_does_not_have_are_ignored() -> None:
    content = payload()
    content[6] = {"later": 1.5}
    content[1][6] = True
    content[1][5][5] = None
    content[3][0][22] = ["later"]
    assert ithc.read(content) == ALL_KINDS


def test_a_number_that_the_table_of_codes_will_have_later_is_kept_as_a_code_of_its_own_system() -> None:
    content = payload()
    content[2][content[2].index(0)] = 60_000
    diseases = {one.disease for one in ithc.read(content).claims}
    assert diseases == {Code("urn:x-ithc:code", "60000")}
    assert ithc.read(payload(ithc.read(content))) == ithc.read(content)
    assert COVID_19 not in diseases


# a trusted key may sign nonsense

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 1, 5, 21, 10**35, -(10**35), 10**4000]),
    st.floats(),
    st.decimals(),
    st.text(max_size=90),
    st.binary(max_size=18),
    st.builds(cbor2.CBORTag, st.integers(0, 99), st.none()),
)
nonsense = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-1, 22) | st.text(max_size=2), inner, max_size=8)
        | st.tuples(inner)
    ),
    max_leaves=12,
)


def outcome(content: object) -> None:
    """A certificate or a refusal with reasons; anything else fails the test by itself."""
    try:
        ithc.read(content)
        refused = None
    except MalformedCertificate as error:
        refused = error
    assert refused is None or (refused.detail and all(reason.startswith("CONTENT_") for reason in refused.reasons))


@given(nonsense)
@example({0: 1, 1: {2: "A"}, 2: [], 3: [{}]})
def test_any_object_gets_a_reason(content: object) -> None:
    outcome(content)


@given(st.data())
@settings(max_examples=400)
def test_any_change_of_a_payload_gets_a_certificate_or_a_reason(data: st.DataObject) -> None:
    content = copy.deepcopy(payload())
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = content
        while True:
            key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        if data.draw(st.integers(0, 4)) == 0:
            del place[key]
        else:
            place[key] = data.draw(nonsense)
        if not isinstance(content, dict) or not content:
            break
    outcome(content)


# size


@pytest.mark.parametrize(("count", "most"), [(1, 520), (3, 720), (6, 900), (12, 1200), (20, 1500), (48, 3391)])
def test_the_scan_stays_small(count: int, most: int) -> None:
    assert characters(examples.certificate(count)) <= most


def test_partial_dates_keep_their_precision() -> None:
    for day in (PartialDate(1987), PartialDate(1987, 4), PartialDate(1987, 4, 12), PartialDate(1, 1, 1)):
        assert ithc.read(payload(person(birth_date=day))).holder.birth_date == day
