"""SMART Health Cards beyond their vectors: whatever is given, whatever a trusted key signs, and what we issue."""

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, issue, qr, verify
from pratique.formats import open_scan, shc
from pratique.formats.shc import _scans, together
from pratique.issuing import issue_split, refusals
from pratique.model import uvci
from pratique.model.certificate import Certificate, Person, Test, Vaccination, choose
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, MalformedCertificate
from pratique.model.keys import Algorithm, KeyInfo
from pratique.model.names import name
from pratique.model.reasons import EFFECTS, Reason
from pratique.model.valueset import COVID_19, CVX, NOT_STATED, Code, code_of
from pratique.revocation import RevocationList
from pratique.trust import Environment, TrustedKey
from tests import cards, strategies
from tests.cases.known import RSA, SIGNER, STRANGER
from tests.issuer import AT

KEY = structs.replace(SIGNER.key, url=cards.ISSUER)


class Signer:
    """The known signer, with an address."""

    key: KeyInfo = KEY

    def sign(self, data: bytes) -> bytes:
        return SIGNER.sign(data)


TRUSTED = TrustedKey(cards.kid(SIGNER).encode(), KEY.public, issuer=cards.ISSUER, formats=frozenset({"shc"}))  # type: ignore[arg-type]
TRUST = TrustList([TRUSTED], environment=Environment.SANDBOX)

HOLDER = Person(name("Musterfrau", "Gabriele"), PartialDate(1998, 2, 26))


def dose(number: int = 1, **changes: Any) -> Vaccination:
    stated = {
        "uvci": uvci.from_record_id("XA", bytes([number]) * 16),
        "disease": COVID_19,
        "country": "XA",
        "issuer": "Ministry of Health",
        "date": PartialDate(2021, 1 + number // 28, 1 + number % 28),
        "product": code_of("mp", "EU/1/20/1528"),
        "prophylaxis": code_of("vp", "1119349007"),
    }
    return Vaccination(**(stated | changes))


def payload_of(scan: str) -> dict[str, Any]:
    return json.loads(open_scan(scan).payload)  # type: ignore[no-any-return]


# any text, and any content under a trusted key


@given(
    st.text()
    | st.from_regex(r"shc:/[0-9/]*", fullmatch=True)
    | st.from_regex(r"(shc:/[0-9]/[0-9]/[0-9]{0,8}[ \n]){1,4}", fullmatch=True)
    | st.from_regex(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)
    | st.builds('{{"verifiableCredential": {}}}'.format, st.text())
)
def test_any_text_gets_a_reason(text: str) -> None:
    verification = verify(text, trust_list=TRUST, at=AT)
    assert verification.authentic is not True
    assert verification.reasons
    assert Reason.PARSER_FAULT not in verification.reasons


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.data())
def test_nonsense_under_a_trusted_key_gets_a_reason(data: st.DataObject) -> None:
    """One member of a good card, wherever it is, becomes anything at all."""
    claims = cards.claims(cards.patient(), cards.immunization(), cards.observation())
    places = list(_places(claims))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(JSON)
    payload = json.dumps(claims, separators=(",", ":")).encode("utf-8", "surrogatepass")
    verification = verify(cards.signed(SIGNER, cards.deflated(payload, 9)), trust_list=TRUST, at=AT)
    assert verification.reasons
    assert set(verification.reasons) <= set(EFFECTS)
    assert Reason.PARSER_FAULT not in verification.reasons
    if verification.authentic:
        assert verification.content is not None


def _places(value: Any) -> Any:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)


# nothing is fetched


@pytest.mark.parametrize("address", ["https://127.0.0.1", "https://169.254.169.254/latest", cards.ISSUER])
def test_verifying_opens_nothing_wherever_a_card_points(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []

    def refuse(*arguments: object, **named: object) -> None:
        opened.append(arguments)
        raise AssertionError("a socket, a name or a connection was asked for")

    for asked in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, asked, refuse)
    header = {"zip": "DEF", "alg": "ES256", "kid": cards.kid(STRANGER), "jku": address, "x5u": address}
    payload = cards.deflated(cards.minified(cards.claims(iss=address)))
    for scan in (cards.card(STRANGER, iss=address), cards.signed(STRANGER, payload, header=header)):
        verification = verify(scan, trust_list=TRUST, at=AT)
        assert verification.reasons == (Reason.KEY_UNKNOWN,)
        assert verification.content is None
    with pytest.raises(AssertionError):
        socket.create_connection(("127.0.0.1", 9))  # the guard would have seen it
    assert len(opened) == 1


def test_a_key_that_the_card_brings_along_is_not_looked_at() -> None:
    header = {"zip": "DEF", "alg": "ES256", "kid": cards.kid(SIGNER), "jwk": cards.jwk(STRANGER)}
    scan = cards.signed(STRANGER, cards.deflated(cards.minified(cards.claims())), header=header)
    assert verify(scan, trust_list=TRUST, at=AT).reasons == (Reason.SIGNATURE_INVALID,)


# codes


@given(st.integers(2, 6), st.randoms())
def test_chunks_are_joined_in_any_order_and_none_may_be_missing(count: int, random: Any) -> None:
    jws = cards.card(SIGNER)
    chunks = cards.chunks(jws, count)
    random.shuffle(chunks)
    assert _scans.jws_of("\n".join(chunks)) == (jws, ())
    with pytest.raises(MalformedCertificate, match="CHUNK_MISSING"):
        _scans.jws_of(" ".join(chunks[1:]))
    with pytest.raises(MalformedCertificate, match="CHUNK_DUPLICATE"):
        _scans.jws_of(" ".join([*chunks, chunks[0]]))


@given(st.text(sorted(_scans._LETTERS), min_size=1, max_size=80))
def test_digits_of_a_jws_and_back(jws: str) -> None:
    code = _scans.code_of(jws)
    assert code == cards.numeric(jws)
    assert _scans.jws_of(code) == (jws, ())


def test_the_longest_card_is_a_code_of_version_22() -> None:
    """Version 22 has 105 modules: a writer that did not use the numeric mode would need a larger one."""
    longest = _scans.code_of("Zz9_-" * (_scans.MOST_IN_ONE_CODE // 5))
    assert qr.modules(longest, level=qr.Level.L) == 105
    assert qr.read(qr.png(longest, level=qr.Level.L)) == (longest,)
    assert qr.modules(longest + "00", level=qr.Level.L) == 109


# issuing


def as_read(certificate: Certificate) -> Certificate:
    """What a reader of the card has: written down here beside `_writing.normalised`, which it checks."""
    claims = []
    for claim in certificate.claims:
        said: dict[str, Any] = {"uvci": "", "country": "", "issuer": cards.ISSUER, "evidence": None}
        said |= {"dose": None, "doses": None} if isinstance(claim, Vaccination) else {"name": None, "device": None}
        claims.append(structs.replace(claim, **said))
    holder = structs.replace(certificate.holder, document=None)
    return structs.replace(certificate, holder=holder, claims=tuple(claims))


@given(strategies.certificates(), st.booleans())
def test_what_is_issued_is_read_again_or_was_refused(certificate: Certificate, specimen: bool) -> None:
    certificate = structs.replace(certificate, specimen=specimen)
    found = shc.refusals(certificate, profile="shc", key=KEY)
    if found:
        assert all(refusal.reason.value.startswith("ISSUE_") for refusal in found)
        return
    draft = shc.build(certificate, profile="shc", key=KEY, at=AT, expires=None)
    envelope = shc.open(shc.seal(draft, SIGNER.sign(draft.signed)))
    assert envelope.notes == ()
    reading = shc.read(envelope)
    assert reading.content is not None
    expected = as_read(certificate)
    for read, told in zip(reading.content.claims, expected.claims, strict=True):
        assert read == _coded_as(told, read)
    assert structs.replace(reading.content, claims=()) == structs.replace(expected, claims=())
    assert (reading.issued, reading.expires, reading.issuer) == (AT, None, cards.ISSUER)


def _coded_as(told: Any, read: Any) -> Any:
    """The claim that was issued with the codes of the one that was read, where they are said to be the same."""
    if isinstance(told, Test):
        assert told.method is None or read.method == told.method
        return structs.replace(told, method=read.method, result=read.result)
    for field in ("product", "prophylaxis"):
        given = getattr(told, field)
        assert given is None or given.system == CVX or getattr(read, field) == given
    return structs.replace(told, product=read.product, prophylaxis=read.prophylaxis, manufacturer=read.manufacturer)


def test_the_card_has_no_element_that_a_code_is_to_leave_out() -> None:
    certificate = Certificate(HOLDER, (dose(), dose(2, product=code_of("mp", "CoronaVac"), prophylaxis=None)), True)
    claims = payload_of(issue(certificate, format="shc", signer=Signer(), at=AT))
    assert list(claims) == ["iss", "nbf", "vc"]
    text = json.dumps(claims)
    for element in (
        '"id"',
        '"text"',
        '"display"',
        '"identifier"',
        '"protocolApplied"',
        '"manufacturer"',
        '"versionId"',
    ):
        assert element not in text
    entries = claims["vc"]["credentialSubject"]["fhirBundle"]["entry"]
    assert [entry["fullUrl"] for entry in entries] == ["resource:0", "resource:1", "resource:2"]
    assert entries[1]["resource"]["patient"] == {"reference": "resource:0"}


def test_a_code_of_cvx_is_written_only_where_it_says_no_more() -> None:
    """CVX tells apart doses of Comirnaty that its product does not; it has one code for CoronaVac."""

    def systems(product: str) -> list[str]:
        certificate = Certificate(HOLDER, (dose(product=code_of("mp", product), prophylaxis=None),))
        claims = payload_of(issue(certificate, format="shc", signer=Signer(), at=AT))
        record = claims["vc"]["credentialSubject"]["fhirBundle"]["entry"][1]["resource"]
        return [coding["system"] for coding in record["vaccineCode"]["coding"]]

    assert systems("CoronaVac") == [CVX]
    assert CVX not in systems("EU/1/20/1528")


def test_a_card_has_an_end_only_if_it_was_asked_for() -> None:
    certificate = Certificate(HOLDER, (dose(),))
    endless = issue(certificate, format="shc", signer=Signer(), at=AT)
    assert verify(endless, trust_list=TRUST, at=AT + timedelta(days=9000)).authentic is True
    ends = AT + timedelta(days=30)
    ending = issue(certificate, format="shc", signer=Signer(), at=AT, expires=ends)
    assert payload_of(ending)["exp"] == int(ends.timestamp())
    assert verify(ending, trust_list=TRUST, at=ends).authentic is True
    assert verify(ending, trust_list=TRUST, at=ends + timedelta(seconds=1)).reasons[0] is Reason.EXPIRED


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (structs.replace(RSA.key, url=cards.ISSUER), Reason.ISSUE_KEY_KIND),
        (structs.replace(KEY, public=None), Reason.ISSUE_KEY_KIND),
        (structs.replace(KEY, algorithm=Algorithm.ES384), Reason.ISSUE_KEY_KIND),
        (structs.replace(KEY, url=None), Reason.ISSUE_KEY_URL),
    ],
)
def test_keys_that_cannot_sign_a_card(key: KeyInfo, reason: Reason) -> None:
    certificate = Certificate(HOLDER, (dose(),))
    assert [found.reason for found in refusals(certificate, format="shc", key=key, at=AT, expires=None)] == [reason]
    assert refusals(certificate, format="shc", key=KEY, at=AT, expires=None) == ()


def test_a_card_of_one_record_is_withdrawn_with_it_and_of_several_by_its_rid() -> None:
    one, two = dose(1), dose(2)
    record = ("record", one.record_id)
    listed = RevocationList(AT, AT + timedelta(days=9), revoked=frozenset({record}))

    def reasons(*claims: Vaccination) -> tuple[Reason, ...]:
        scan = issue(Certificate(HOLDER, claims), format="shc", signer=Signer(), at=AT)
        return verify(scan, trust_list=TRUST, at=AT, revocation=listed).reasons

    assert reasons(one) == (Reason.REVOKED,)
    assert reasons(two) == ()
    scan = issue(Certificate(HOLDER, (one, two)), format="shc", signer=Signer(), at=AT)
    again = issue(Certificate(HOLDER, (two, one)), format="shc", signer=Signer(), at=AT + timedelta(days=1))
    found = verify(scan, trust_list=TRUST, at=AT).identifiers
    assert found == verify(again, trust_list=TRUST, at=AT + timedelta(days=1)).identifiers
    assert {kind for kind, _ in found} == {"rid"}


def test_what_is_too_much_for_one_code_is_split_and_stays_within_it() -> None:
    many = Certificate(HOLDER, tuple(dose(number) for number in range(1, 60)))
    with pytest.raises(IssueRefused, match="ISSUE_TOO_LARGE"):
        issue(many, format="shc", signer=Signer(), at=AT)
    anything: Callable[[str], bool] = lambda _: True  # noqa: E731
    parts = issue_split(many, fits=anything, format="shc", signer=Signer(), at=AT)
    assert len(parts) > 1
    assert [claim for part, _ in parts for claim in part.claims] == list(many.claims)
    for part, scan in parts:
        assert len(_scans.jws_of(scan)[0]) <= _scans.MOST_IN_ONE_CODE
        assert verify(scan, trust_list=TRUST, at=AT).content == as_read(_with_makers(part))


def _with_makers(certificate: Certificate) -> Certificate:
    maker = code_of("ma", "ORG-100030215")
    return choose(certificate, *(structs.replace(claim, manufacturer=maker) for claim in certificate.claims))


FULL = Certificate(HOLDER, tuple(dose(number) for number in range(1, 60)))
while shc.refusals(FULL, profile="shc", key=KEY):
    FULL = choose(FULL, *FULL.claims[1:])


@given(st.integers(0, 2**33))
def test_no_time_of_issue_makes_a_card_longer_than_its_code(seconds: int) -> None:
    """The size is judged for one time, and a card may be signed at any other: this one has no room for a dose more."""
    moment = KEY.not_before + timedelta(seconds=seconds)
    for expires in (None, moment + timedelta(days=365)):
        draft = shc.build(FULL, profile="shc", key=KEY, at=moment, expires=expires)
        assert len(draft.signed) + 87 <= _scans.MOST_IN_ONE_CODE


def test_a_foreign_code_that_no_map_knows_stays_open() -> None:
    scan = cards.card(SIGNER, cards.patient(), cards.immunization("999"))
    content = verify(scan, trust_list=TRUST, at=AT).content
    assert content is not None
    (claim,) = content.claims
    assert isinstance(claim, Vaccination)
    assert (claim.disease, claim.prophylaxis, claim.product) == (NOT_STATED, Code(CVX, "999"), None)


# codes and files as they come to a border


def test_the_codes_of_a_card_come_together_in_any_order() -> None:
    one, two, three = cards.chunks(cards.card(SIGNER), 3)
    whole = cards.numeric(cards.card(SIGNER))
    assert together([three, whole, one, three]) == (f"{three}\n{one}", whole), "what lacks a part waits for it"
    (card,) = together([f"{three}\n{one}", two])
    assert verify(card, trust_list=TRUST, at=AT).authentic is True


def test_two_cards_of_as_many_codes_are_two() -> None:
    first, other = (cards.card(SIGNER, nbf=int(AT.timestamp()) - ago) for ago in (1, 100_000))
    found = together([*cards.chunks(first, 2), *reversed(cards.chunks(other, 2))])
    assert [verify(card, trust_list=TRUST, at=AT).authentic for card in found] == [True, True]


def test_the_cards_of_a_file_come_apart() -> None:
    first, other = (cards.card(SIGNER, nbf=int(AT.timestamp()) - ago) for ago in (1, 100_000))
    file = json.dumps({"verifiableCredential": [first, other, first]})
    assert together([file]) == (first, other)
    for broken in ('{"verifiableCredential": ', '{"verifiableCredential": []}', '{"verifiableCredential": [7]}'):
        assert together([broken]) == (broken,)


@given(st.lists(st.text() | st.from_regex(r"shc:/[0-9]{1,3}/[0-9]{1,3}/[0-9]{0,4}", fullmatch=True), max_size=6))
def test_nothing_is_lost_on_the_way(texts: list[str]) -> None:
    found = together(texts)
    pieces = {*found, *chain.from_iterable(map(str.split, found))}
    assert pieces.issuperset(texts)
    assert together(found) == found
