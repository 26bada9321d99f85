"""Issuing: what a verifier would refuse is never signed, and what is signed is read back as it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, issuing, verify
from pratique.formats import hcert
from pratique.issuing import LIFETIME, issue, issue_split, refusals
from pratique.model import uvci
from pratique.model.certificate import Certificate, Evidence, TestKind, choose
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason
from pratique.model.valueset import CVX, LOINC, YELLOW_FEVER, Code
from pratique.trust import Environment
from pratique.verification import Verification
from tests import strategies
from tests.formats import ithc_examples as examples
from tests.issuer import AT, NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

SIGNER = MemorySigner()
RSA = MemorySigner(algorithm=Algorithm.PS256)
LATE = datetime(2100, 1, 2, tzinfo=UTC)
"""After everything that `strategies` makes up has happened."""
LATE_SIGNER = MemorySigner(not_after=datetime(2110, 1, 1, tzinfo=UTC))
PROFILES = ("eu-dcc", "ithc")

MANY = structs.replace(examples.certificate(12), specimen=False)
VACCINATED, TESTED, ANTIBODY, RECOVERED, EXEMPT = 0, 2, 3, 7, 10


def plain(position: int = VACCINATED, **changes: Any) -> Certificate:
    """A certificate of one claim that a DCC can hold, with `changes` to the claim."""
    claim = structs.replace(examples.claims(12)[position], evidence=None)
    return choose(MANY, structs.replace(claim, **changes))


def named(certificate: Certificate, **changes: str | None) -> Certificate:
    holder = certificate.holder
    return structs.replace(certificate, holder=structs.replace(holder, name=structs.replace(holder.name, **changes)))


def refused(certificate: Certificate, **changes: Any) -> tuple[Reason, ...]:
    """Why it is refused; the signer is not asked then, and is asked once if it is not refused."""
    options = {"format": "eu-dcc", "signer": SIGNER, "at": AT} | changes
    signer, before = options["signer"], options["signer"].signatures
    try:
        issue(certificate, **options)
    except IssueRefused as refusal:
        assert signer.signatures == before
        return refusal.reasons
    assert signer.signatures == before + 1
    return ()


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
        (plain(product=Code(CVX, "208")), Reason.ISSUE_CODE),
        (plain(TESTED, method=Code(LOINC, "94500-6")), Reason.ISSUE_CODE),
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


def graded(position: int, **changes: Any) -> Certificate:
    return choose(MANY, structs.replace(MANY.claims[position], **changes))


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (choose(MANY), Reason.ISSUE_NO_CLAIM),
        (choose(MANY, *examples.claims(49)), Reason.ISSUE_TOO_LARGE),
        (graded(VACCINATED, evidence=None), Reason.ISSUE_EVIDENCE),
        (graded(VACCINATED, disease=Code("", "840539006")), Reason.ISSUE_CODE),
        (graded(VACCINATED, issuer=""), Reason.ISSUE_FIELD),
        (graded(TESTED, sampled=datetime(2021, 6, 1)), Reason.ISSUE_FIELD),  # noqa: DTZ001
    ],
)
def test_what_an_ithc_cannot_hold(certificate: Certificate, reason: Reason) -> None:
    assert refused(certificate, format="ithc") == (reason,)


def test_what_an_ithc_can_hold() -> None:
    assert refused(MANY, format="ithc") == ()


def test_a_format_we_do_not_issue() -> None:
    assert refused(plain(), format="shc") == (Reason.ISSUE_FORMAT,)
    assert set(issuing.FORMATS) == set(PROFILES)


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


RIGHT = uvci.from_record_id("XA", bytes(16))


@pytest.mark.parametrize(
    "identifier", [RIGHT[:-2], RIGHT[:-1] + "/", RIGHT.replace("#", ""), "nonsense", "URN:UVCI:01:XA:ß#A"]
)
def test_an_identifier_with_a_wrong_check_character_or_none(identifier: str) -> None:
    assert refused(plain(uvci=identifier)) == (Reason.ISSUE_UVCI,)
    assert refused(graded(VACCINATED, uvci=identifier), format="ithc") == (Reason.ISSUE_UVCI,)
    assert refused(plain(uvci=RIGHT)) == refused(plain(uvci=RIGHT.lower())) == ()


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
    assert set(found) <= {reason for reason in Reason if reason.startswith("ISSUE_")}
    assert len(set(found)) == len(found)


@given(st.one_of(strategies.certificates(), strategies.ithc_certificates()), st.sampled_from(PROFILES))
def test_whatever_is_not_refused_is_issued_and_authentic(certificate: Certificate, format: str) -> None:
    if not refused(certificate, format=format, signer=LATE_SIGNER, at=LATE):
        scan = issue(certificate, format=format, signer=LATE_SIGNER, at=LATE)
        assert checked(scan, signer=LATE_SIGNER, at=LATE).authentic is True


# what is signed


@given(strategies.issuable("eu-dcc"))
def test_a_dcc_is_read_back_as_it_was(certificate: Certificate) -> None:
    verification = checked(
        issue(certificate, format="eu-dcc", signer=LATE_SIGNER, at=LATE), signer=LATE_SIGNER, at=LATE
    )
    assert verification.authentic is True
    assert verification.format == "eu-dcc"
    assert verification.content == certificate


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
    assert content == structs.replace(plain(), holder=structs.replace(MANY.holder, document=None))


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


@pytest.mark.parametrize("signer", [SIGNER, RSA])
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
