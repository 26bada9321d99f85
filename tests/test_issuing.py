"""Issuing: what a verifier would refuse is never signed, and what is signed is read back as it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, issuing, verify
from pratique.formats import hcert
from pratique.formats.hcert.eu_dcc import normalised
from pratique.issuing import LIFETIME, issue, issue_split, refusals
from pratique.model import uvci
from pratique.model.certificate import Certificate, Evidence, Test, TestKind, choose
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, CVX, DETECTED, ICD_10, LOINC, SNOMED, YELLOW_FEVER, Code, code_of
from pratique.trust import Environment
from pratique.verification import Verification
from tests import strategies
from tests.formats import ithc_examples as examples
from tests.issuer import AT, NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

SIGNER = MemorySigner()
RSA = MemorySigner(algorithm=Algorithm.PS256)
RSA_4096 = MemorySigner(algorithm=Algorithm.PS256, private_key=rsa.generate_private_key(65537, 4096))
LATE = datetime(2100, 1, 2, tzinfo=UTC)
"""After everything that `strategies` makes up has happened."""
LATE_SIGNER = MemorySigner(not_after=datetime(2110, 1, 1, tzinfo=UTC))
PROFILES = ("eu-dcc", "ithc")

MANY = structs.replace(examples.certificate(12), specimen=False)
DOCUMENTLESS = structs.replace(MANY.holder, document=None)
VACCINATED, TESTED, ANTIBODY, RECOVERED, EXEMPT = 0, 2, 3, 7, 10


def plain(position: int = VACCINATED, **changes: Any) -> Certificate:
    """A certificate of one claim that a DCC can hold, with `changes` to the claim."""
    claim = structs.replace(examples.claims(12)[position], evidence=None)
    return choose(MANY, structs.replace(claim, **changes))


def named(certificate: Certificate, **changes: str | None) -> Certificate:
    holder = certificate.holder
    return structs.replace(certificate, holder=structs.replace(holder, name=structs.replace(holder.name, **changes)))


def refused(certificate: Certificate, **changes: Any) -> tuple[Reason, ...]:
    """Why it is refused."""
    return refusal_of(certificate, **changes)[0]


def refusal_of(certificate: Certificate, **changes: Any) -> tuple[tuple[Reason, ...], str]:
    """Why and where it is refused; the signer is not asked then, and is asked once if it is not refused."""
    options = {"format": "eu-dcc", "signer": SIGNER, "at": AT} | changes
    signer, before = options["signer"], options["signer"].signatures
    try:
        issue(certificate, **options)
    except IssueRefused as refusal:
        assert signer.signatures == before
        return refusal.reasons, refusal.detail
    assert signer.signatures == before + 1
    return (), ""


def checked(scan: str, *, signer: MemorySigner = SIGNER, at: datetime = AT) -> Verification:
    """What a sandbox's verifier says at the moment of issue, or at another."""
    sandbox = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    return verify(scan, trust_list=sandbox, at=at)


# what is not signed


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (choose(MANY), Reason.ISSUE_NO_CLAIM),
        (choose(MANY, *plain().claims, *plain(TESTED).claims), Reason.ISSUE_SEVERAL_CLAIMS),
        (plain(ANTIBODY), Reason.ISSUE_ANTIBODY_TEST),
        (plain(EXEMPT), Reason.ISSUE_EXEMPTION),
        (plain(TESTED, kind=TestKind.OTHER), Reason.ISSUE_TEST_KIND),
        (plain(disease=YELLOW_FEVER), Reason.ISSUE_CODE),
        (plain(product=Code(CVX, "37")), Reason.ISSUE_CODE),
        (plain(manufacturer=Code("urn:oid:1.2.3", "maker")), Reason.ISSUE_CODE),
        (plain(TESTED, method=Code(LOINC, "99999-9")), Reason.ISSUE_CODE),
        (plain(TESTED, method=Code(LOINC, "94558-4")), Reason.ISSUE_CODE),  # which is no molecular test
        (plain(TESTED, result=Code(SNOMED, "419984006")), Reason.ISSUE_CODE),  # inconclusive
        (plain(TESTED, device=Code("urn:oid:1.2.3", "device")), Reason.ISSUE_CODE),
        (plain(dose=None), Reason.ISSUE_FIELD),
        (plain(date=PartialDate(2021, 5)), Reason.ISSUE_FIELD),
        (plain(country="xa"), Reason.ISSUE_FIELD),
        (plain(issuer="I" * 81), Reason.ISSUE_FIELD),
        (plain(issuer=" Ministry"), Reason.ISSUE_FIELD),
        (plain(issuer="\ud800"), Reason.ISSUE_FIELD),
        (named(plain(), given="e\u0301"), Reason.ISSUE_FIELD),
        (plain(TESTED, sampled=datetime(2021, 6, 1)), Reason.ISSUE_FIELD),  # noqa: DTZ001
    ],
)
def test_what_a_dcc_cannot_hold(certificate: Certificate, reason: Reason) -> None:
    assert refused(certificate) == (reason,)


@pytest.mark.parametrize("position", [VACCINATED, TESTED, RECOVERED])
def test_what_a_dcc_can_hold(position: int) -> None:
    assert refused(plain(position)) == ()


@pytest.mark.parametrize(
    ("position", "given", "written"),
    [
        (VACCINATED, {"product": Code(CVX, "208")}, {"product": code_of("mp", "EU/1/20/1528")}),
        (VACCINATED, {"prophylaxis": Code(CVX, "208")}, {"prophylaxis": code_of("vp", "1119349007")}),
        (RECOVERED, {"disease": Code(ICD_10, "U07.1")}, {}),
        *(
            (TESTED, {"method": Code(LOINC, value)}, {"method": code_of("tt", "LP6464-4")})
            for value in ("94500-6", "94309-2", "94845-5", "95409-9")
        ),
        *(
            (TESTED, {"kind": TestKind.ANTIGEN, "method": Code(LOINC, value)}, {"method": code_of("tt", "LP217198-3")})
            for value in ("94558-4", "97097-0")
        ),
        (TESTED, {"result": Code(SNOMED, "10828004")}, {"result": DETECTED}),
        (TESTED, {"result": Code(LOINC, "LA11882-0")}, {"result": DETECTED}),
    ],
)
def test_a_code_that_a_map_knows_is_written_as_the_dccs_own(position: int, given: dict, written: dict) -> None:
    scan = issue(plain(position, **given), format="eu-dcc", signer=SIGNER, at=AT)
    expected = structs.replace(plain(position, **given | {"disease": COVID_19} | written), holder=DOCUMENTLESS)
    assert checked(scan).content == expected
    content = hcert.open(scan).payload
    assert all(b"\x62" + key not in content for key in (b"cd", b"ev", b"kd", b"an")), "the keys of our own shape"


def graded(position: int, **changes: Any) -> Certificate:
    return choose(MANY, structs.replace(MANY.claims[position], **changes))


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (choose(MANY), Reason.ISSUE_NO_CLAIM),
        (choose(MANY, *examples.claims(49)), Reason.ISSUE_TOO_LARGE),
        (graded(VACCINATED, evidence=None), Reason.ISSUE_EVIDENCE),
        (graded(VACCINATED, disease=Code("", "840539006")), Reason.ISSUE_CODE),
        (graded(VACCINATED, disease=Code("http://snomed.info/sct", "86406008")), Reason.ISSUE_CONDITION),
        (graded(VACCINATED, issuer=""), Reason.ISSUE_FIELD),
        (graded(TESTED, sampled=datetime(2021, 6, 1)), Reason.ISSUE_FIELD),  # noqa: DTZ001
    ],
)
def test_what_an_ithc_cannot_hold(certificate: Certificate, reason: Reason) -> None:
    assert refused(certificate, format="ithc") == (reason,)


def test_what_an_ithc_can_hold() -> None:
    assert refused(MANY, format="ithc") == ()


def test_a_format_we_do_not_issue() -> None:
    assert refused(plain(), format="nzcp") == (Reason.ISSUE_FORMAT,)
    assert set(PROFILES) < set(issuing.FORMATS)


@pytest.mark.parametrize("format", PROFILES)
@pytest.mark.parametrize(
    "changes",
    [
        {"family_icao": None, "given_icao": None},
        {"family_icao": "Ouyang"},
        {"family_icao": "OU YANG"},
        {"family_icao": "<OUYANG"},
        {"family_icao": "OU<<YANG"},
        {"family_icao": "OUYANG<"},
        {"given_icao": ""},
        {"given_icao": "XIAOM1NG"},
    ],
)
def test_a_name_that_was_typed(format: str, changes: dict) -> None:
    certificate = plain() if format == "eu-dcc" else MANY
    assert Reason.ISSUE_NAME in refused(named(certificate, **changes), format=format)


@pytest.mark.parametrize("changes", [{"family_icao": None}, {"given_icao": None}, {"family_icao": "OU<YANG"}])
def test_a_name_of_one_part_or_of_several_words(changes: dict) -> None:
    assert refused(named(MANY, **changes), format="ithc") == ()


TWO = choose(MANY, *MANY.claims[:2])


def second(**changes: Any) -> Certificate:
    return choose(TWO, TWO.claims[0], structs.replace(TWO.claims[1], **changes))


@pytest.mark.parametrize(
    ("certificate", "format", "place"),
    [
        (plain(dose=None), "eu-dcc", "v[0].dn"),
        (plain(date=PartialDate(2021, 5)), "eu-dcc", "v[0].dt"),
        (plain(issuer="I" * 81), "eu-dcc", "v[0].is"),
        (plain(issuer="I" * 300), "eu-dcc", "v[0].is"),
        (plain(issuer=" Ministry"), "eu-dcc", "v[0].is"),
        (plain(product=Code(CVX, "37"), manufacturer=Code("urn:oid:1.2.3", "maker")), "eu-dcc", "v[0].mp; v[0].ma"),
        (plain(TESTED, result=Code(SNOMED, "419984006")), "eu-dcc", "t[0].tr"),
        (plain(disease=YELLOW_FEVER), "eu-dcc", "v[0].tg"),
        (plain(ANTIBODY), "eu-dcc", ""),
        (plain(EXEMPT), "eu-dcc", ""),
        (named(plain(), given="e\u0301"), "eu-dcc", "nam.gn"),
        (named(MANY, family_icao="x", given_icao=""), "ithc", "holder.name.family_icao; holder.name.given_icao"),
        (named(MANY, family_icao=None, given_icao=None), "ithc", "holder.name"),
        (second(uvci="nonsense"), "ithc", "claims[1].uvci"),
        (second(issuer=""), "ithc", "claims[1].issuer"),
        (second(product=Code("", "x")), "ithc", "claims[1].product"),
        (second(date=PartialDate(2021, 7, 3)), "ithc", "claims[1].date"),
        (second(evidence=None), "ithc", "claims[1].evidence"),
        (plain(TESTED, sampled=AT + timedelta(seconds=1)), "eu-dcc", "claims[0].sampled"),
        (plain(RECOVERED, first_positive=PartialDate(2021, 7, 3)), "eu-dcc", "claims[0].first_positive"),
        (choose(MANY), "ithc", ""),
    ],
)
def test_the_place_is_named_and_no_value(certificate: Certificate, format: str, place: str) -> None:
    reasons, detail = refusal_of(certificate, format=format)
    assert (len(reasons), detail) == (1, place)


@pytest.mark.parametrize("format", PROFILES)
@pytest.mark.parametrize(
    ("position", "field"),
    [
        (VACCINATED, "uvci"),
        (VACCINATED, "disease"),
        (VACCINATED, "country"),
        (VACCINATED, "issuer"),
        (VACCINATED, "date"),
        (TESTED, "kind"),
        (TESTED, "sampled"),
        (TESTED, "result"),
        (RECOVERED, "first_positive"),
        (RECOVERED, "valid_from"),
        (EXEMPT, "valid_until"),
    ],
)
def test_a_claim_without_what_every_claim_has(format: str, position: int, field: str) -> None:
    wrong = graded(position, **{field: None})
    assert refusal_of(wrong, format=format) == ((Reason.ISSUE_FIELD,), f"claims[0].{field}")


RIGHT = uvci.from_record_id("XA", bytes(16))
OPAQUE = "7T1UG87G61Y7NRXI"


@pytest.mark.parametrize(
    "identifier", [RIGHT[:-2], RIGHT[:-1] + "/", RIGHT.replace("#", ""), "nonsense", "URN:UVCI:01:XA:ß#A"]
)
def test_an_identifier_with_a_wrong_check_character_or_none(identifier: str) -> None:
    assert refused(plain(uvci=identifier)) == (Reason.ISSUE_UVCI,)
    assert refused(graded(VACCINATED, uvci=identifier), format="ithc") == (Reason.ISSUE_UVCI,)
    assert refused(plain(uvci=RIGHT)) == refused(plain(uvci=RIGHT.lower())) == ()


@pytest.mark.parametrize(
    "opaque", ["1", "4711ABC", "7T1UG87G61Y7NRX", "MINISTRY/7T1UG87G61Y7NRX", "0123456789ABCDEF/1", "0123456789:ABCDEF"]
)
def test_an_identifier_that_can_be_guessed(opaque: str) -> None:
    guessable = uvci.build("XA", opaque)
    assert refusal_of(plain(uvci=guessable)) == ((Reason.ISSUE_UVCI,), "claims[0].uvci")
    assert refused(graded(VACCINATED, uvci=guessable), format="ithc") == (Reason.ISSUE_UVCI,)
    assert refused(plain(uvci=uvci.build("XA", opaque + "/7T1UG87G61Y7NRXI"))) == ()


def test_an_identifier_of_a_third_country() -> None:
    foreign = plain(uvci=uvci.from_record_id("FR", bytes(16)))
    assert refused(foreign) == (Reason.ISSUE_UVCI,)
    assert refused(plain(country="FR", uvci=foreign.claims[0].uvci)) == ()
    assert refused(plain(country="FR", uvci=RIGHT)) == ()  # the signing country's own record of a dose given elsewhere
    assert refused(plain(country="GR", uvci=uvci.from_record_id("EL", bytes(16)))) == ()  # both are Greece


@pytest.mark.parametrize(
    "body", ["URN:UVCI:01::7T1UG87G61Y7NRXI", "URN:UVCI:7T1UG87G61Y7NRXI", "01:XA:7T1UG87G61Y7NRXI"]
)
def test_an_identifier_without_a_country(body: str) -> None:
    assert refused(plain(uvci=f"{body}#{uvci.check_character(body)}")) == (Reason.ISSUE_UVCI,)


@pytest.mark.parametrize(
    ("position", "use"), [(VACCINATED, Use.VACCINATION), (TESTED, Use.TEST), (RECOVERED, Use.RECOVERY)]
)
def test_a_key_that_may_not_vouch_for_the_claim(position: int, use: Use) -> None:
    for allowed in Use:
        signer = MemorySigner(purposes=purposes(allowed))
        expected = () if allowed is use else (Reason.ISSUE_KEY_USE,)
        assert refused(plain(position), signer=signer) == expected


def test_a_key_must_be_allowed_for_every_claim() -> None:
    tests = MemorySigner(purposes=purposes(Use.TEST, Use.RECOVERY))
    assert refused(MANY, format="ithc", signer=tests) == (Reason.ISSUE_KEY_USE,)
    assert refused(graded(EXEMPT), format="ithc", signer=tests) == (Reason.ISSUE_KEY_USE,)
    assert refused(graded(ANTIBODY), format="ithc", signer=tests) == ()


SECOND = timedelta(seconds=1)
EARLY_CLAIM = plain(date=PartialDate(2020, 12, 1))


@pytest.mark.parametrize(
    ("at", "expires", "reasons"),
    [
        (NOT_BEFORE - SECOND, AT, (Reason.ISSUE_KEY_PERIOD,)),
        (NOT_BEFORE, AT, ()),
        (AT, NOT_AFTER, ()),
        (AT, NOT_AFTER + SECOND, (Reason.ISSUE_KEY_PERIOD,)),
        (NOT_AFTER + SECOND, NOT_AFTER + SECOND * 2, (Reason.ISSUE_KEY_PERIOD,)),
        (NOT_AFTER, None, (Reason.ISSUE_PERIOD,)),
        (AT, AT, (Reason.ISSUE_PERIOD,)),
        (AT, AT - SECOND, (Reason.ISSUE_PERIOD,)),
        (AT, AT + SECOND, ()),
        (AT, AT + timedelta(microseconds=5), (Reason.ISSUE_PERIOD,)),  # whole seconds are what is signed
    ],
)
def test_the_period(at: datetime, expires: datetime | None, reasons: tuple[Reason, ...]) -> None:
    assert refused(EARLY_CLAIM, at=at, expires=expires) == reasons


@pytest.mark.parametrize(
    ("certificate", "reasons"),
    [
        (plain(date=PartialDate(2021, 7, 3)), (Reason.ISSUE_FUTURE_EVENT,)),
        (plain(date=PartialDate(2021, 7, 2)), ()),  # at noon UTC it has begun at UTC+14
        (plain(RECOVERED, first_positive=PartialDate(2021, 7, 3)), (Reason.ISSUE_FUTURE_EVENT,)),
        (plain(RECOVERED, first_positive=PartialDate(2021, 7, 2)), ()),
        (plain(RECOVERED, valid_from=PartialDate(2021, 8, 1), valid_until=PartialDate(2022, 1, 1)), ()),
        (plain(TESTED, sampled=AT + SECOND), (Reason.ISSUE_FUTURE_EVENT,)),
        (plain(TESTED, sampled=AT), ()),
        (plain(TESTED, sampled=datetime(2021, 7, 2, 2, 0, tzinfo=timezone(timedelta(hours=14)))), ()),
    ],
)
def test_an_event_of_the_future(certificate: Certificate, reasons: tuple[Reason, ...]) -> None:
    assert refused(certificate) == reasons


def test_a_partial_date_is_of_the_future_once_all_of_it_is() -> None:
    for date, reasons in (
        (PartialDate(2021, 8), (Reason.ISSUE_FUTURE_EVENT,)),
        (PartialDate(2021, 7), ()),
        (PartialDate(2021), ()),
    ):
        assert refused(graded(VACCINATED, date=date), format="ithc") == reasons


def test_a_calendar_date_begins_at_utc_plus_14() -> None:
    midnight = datetime(2021, 7, 2, tzinfo=timezone(timedelta(hours=14)))
    tomorrow = plain(date=PartialDate(2021, 7, 2))
    assert refused(tomorrow, at=midnight - SECOND) == (Reason.ISSUE_FUTURE_EVENT,)
    assert refused(tomorrow, at=midnight) == ()


def test_every_reason_is_given_at_once() -> None:
    wrong = named(plain(ANTIBODY, uvci="nonsense", sampled=AT + SECOND), family_icao="Ouyang")
    signer = MemorySigner(purposes=purposes(Use.VACCINATION), not_before=AT + SECOND)
    assert refused(wrong, signer=signer, expires=AT) == (
        Reason.ISSUE_ANTIBODY_TEST,
        Reason.ISSUE_KEY_USE,
        Reason.ISSUE_KEY_PERIOD,
        Reason.ISSUE_PERIOD,
        Reason.ISSUE_NAME,
        Reason.ISSUE_UVCI,
        Reason.ISSUE_FUTURE_EVENT,
    )


@pytest.mark.parametrize("clocks", [{"at": datetime(2021, 7, 1)}, {"at": AT, "expires": datetime(2021, 8, 1)}])  # noqa: DTZ001
def test_a_naive_clock_is_the_callers_fault(clocks: dict) -> None:
    with pytest.raises(ValueError, match="aware"):
        refused(plain(), **clocks)


@given(st.one_of(strategies.certificates(), strategies.ithc_certificates()), st.sampled_from([*PROFILES, "shc"]))
def test_any_certificate_is_judged(certificate: Certificate, format: str) -> None:
    found = refusals(certificate, format=format, key=SIGNER.key, at=AT, expires=AT + LIFETIME)
    assert {refusal.reason for refusal in found} <= {reason for reason in Reason if reason.startswith("ISSUE_")}
    assert len(set(found)) == len(found)


@given(st.one_of(strategies.certificates(), strategies.ithc_certificates()), st.sampled_from(PROFILES))
def test_whatever_is_not_refused_is_issued_and_authentic(certificate: Certificate, format: str) -> None:
    if not refused(certificate, format=format, signer=LATE_SIGNER, at=LATE):
        scan = issue(certificate, format=format, signer=LATE_SIGNER, at=LATE)
        assert checked(scan, signer=LATE_SIGNER, at=LATE).authentic is True


# what is signed


@given(strategies.issuable("eu-dcc"))
def test_a_dcc_is_read_back_with_the_dccs_own_codes_and_otherwise_as_it_was(certificate: Certificate) -> None:
    verification = checked(
        issue(certificate, format="eu-dcc", signer=LATE_SIGNER, at=LATE), signer=LATE_SIGNER, at=LATE
    )
    assert verification.authentic is True
    assert verification.format == "eu-dcc"
    (claim,) = certificate.claims
    assert verification.content == choose(certificate, normalised(claim))
    assert normalised(normalised(claim)) == normalised(claim)
    if isinstance(claim, Test):
        assert normalised(claim).detected is not None


@given(strategies.issuable("ithc"))
def test_an_ithc_is_read_back_as_it_was(certificate: Certificate) -> None:
    verification = checked(issue(certificate, format="ithc", signer=LATE_SIGNER, at=LATE), signer=LATE_SIGNER, at=LATE)
    assert verification.authentic is True
    assert verification.format == "ithc"
    assert verification.content == certificate


@given(strategies.ithc_certificates())
def test_the_container_loses_nothing_at_the_edges(certificate: Certificate) -> None:
    draft = hcert.build(certificate, profile="ithc", key=SIGNER.key, at=AT, expires=AT + LIFETIME)
    envelope = hcert.open(hcert.seal(draft, SIGNER.sign(draft.signed)))
    assert envelope.signed == draft.signed
    assert hcert.read(envelope).content == certificate


def test_a_dcc_leaves_out_the_document_and_the_evidence() -> None:
    certificate = choose(MANY, structs.replace(plain().claims[0], evidence=Evidence.ADMINISTERED))
    assert certificate.holder.document is not None
    content = checked(issue(certificate, format="eu-dcc", signer=SIGNER, at=AT)).content
    assert content == structs.replace(plain(), holder=DOCUMENTLESS)


@pytest.mark.parametrize("signer", [SIGNER, RSA])
def test_the_scan_names_its_key_issuer_and_period(signer: MemorySigner) -> None:
    at = AT.replace(microsecond=999_999)
    scan = issue(plain(), format="eu-dcc", signer=signer, at=at, expires=at + timedelta(days=1))
    verification = checked(scan, signer=signer)
    assert verification.authentic is True
    assert verification.key_id == signer.key.kid
    assert verification.issuer == "XA"
    assert (verification.issued, verification.expires) == (AT, AT + timedelta(days=1))


def test_it_ends_after_a_year_or_with_its_key() -> None:
    for at, end in ((AT, AT + LIFETIME), (NOT_AFTER - timedelta(days=9), NOT_AFTER)):
        assert checked(issue(plain(), format="eu-dcc", signer=SIGNER, at=at), at=at).expires == end


# several scans


def shorter_than(characters: int) -> Callable[[str], bool]:
    return lambda scan: len(scan) <= characters


@pytest.mark.parametrize("signer", [SIGNER, RSA])
@pytest.mark.parametrize("characters", [900, 1000, 2000])
def test_split_scans_carry_every_claim_once_and_in_order(signer: MemorySigner, characters: int) -> None:
    before = signer.signatures
    parts = issue_split(MANY, fits=shorter_than(characters), format="ithc", signer=signer, at=AT)
    assert signer.signatures - before == len(parts)
    assert (len(parts) == 1) is (characters == 2000)
    assert tuple(claim for part, _ in parts for claim in part.claims) == MANY.claims
    for part, scan in parts:
        assert part.holder == MANY.holder
        assert len(scan) <= characters
        verification = checked(scan, signer=signer)
        assert verification.authentic is True
        assert verification.content == part


@pytest.mark.parametrize("signer", [SIGNER, RSA, RSA_4096])
def test_what_was_found_to_fit_still_fits_once_signed(signer: MemorySigner) -> None:
    for count in range(1, 13):
        judged: list[int] = []
        certificate = choose(MANY, *examples.claims(count))
        ((_, scan),) = issue_split(
            certificate,
            fits=lambda draft, judged=judged: not judged.append(len(draft)),
            format="ithc",
            signer=signer,
            at=AT,
        )
        assert judged[0] - 24 <= len(scan) <= judged[0]


def test_split_in_as_few_as_fit() -> None:
    def fits(scan: str) -> bool:
        content = hcert.read(hcert.open(scan)).content
        return len(content.claims) <= 5

    parts = issue_split(MANY, fits=fits, format="ithc", signer=SIGNER, at=AT)
    assert [len(part.claims) for part, _ in parts] == [5, 5, 2]


def test_a_claim_that_does_not_fit_is_refused_and_nothing_is_signed() -> None:
    before = SIGNER.signatures
    for certificate in (MANY, graded(VACCINATED)):
        with pytest.raises(IssueRefused) as refusal:
            issue_split(certificate, fits=shorter_than(300), format="ithc", signer=SIGNER, at=AT)
        assert refusal.value.reasons == (Reason.ISSUE_TOO_LARGE,)
    assert SIGNER.signatures == before


def test_a_split_refuses_what_issue_refuses() -> None:
    before = SIGNER.signatures
    wrong = choose(MANY, *MANY.claims[:-1], structs.replace(MANY.claims[-1], uvci="nonsense"))
    with pytest.raises(IssueRefused) as refusal:
        issue_split(wrong, fits=shorter_than(900), format="ithc", signer=SIGNER, at=AT)
    assert refusal.value.reasons == (Reason.ISSUE_UVCI,)
    assert SIGNER.signatures == before
