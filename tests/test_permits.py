"""Entry permits: what is not granted, that one opens one border, once, for one person; and how it was in history."""

import io
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from PIL import Image

from pratique import Bundle, Journey, Leg, TrustList, admit, answer, issue, qr, verify
from pratique.admission import Admission
from pratique.answering.boarding import Passenger, Result, check
from pratique.formats import hcert
from pratique.identification import Match
from pratique.model import mrz, uvci
from pratique.model.certificate import AnyClaim, Certificate, TestKind, TravelDocument
from pratique.model.consequence import Consequence, ConsequenceKind, Place, Shortening
from pratique.model.errors import IssueRefused, PermitRefused, RuleRefused, UnreadableImage
from pratique.model.keys import Use
from pratique.model.permit import Permit, Trip
from pratique.model.reasons import Reason
from pratique.permits import (
    Application,
    Attachment,
    AttachmentKind,
    Insurance,
    Lodging,
    Outcome,
    Requirements,
    Review,
    assess,
    issue_permit,
    parse_requirements,
    permit_of,
    review,
    withdrawal,
)
from pratique.revocation import RevocationList
from pratique.rules.entry import parse_entry_rules
from pratique.sandbox.border import HISTORY, history
from pratique.sandbox.border import permit as requirements_of
from tests import travel, wire
from tests.cases.known import SIGNER, KnownSigner
from tests.issuer import AT
from tests.sandbox.test_history import Then
from tests.travel import ANNA, BERTIL, BUNDLE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)
ISSUER = KnownSigner("US issuer", "US", not_before=EARLY)
ZONE = mrz.parse("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")
DOCUMENT = TravelDocument.conceal("P", "UTO", "L898902C3", salt=bytes(8))
HOLDER = structs.replace(ANNA, document=DOCUMENT)
NUMBER = bytes(range(16))
KINDS = frozenset(AttachmentKind)


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, kind)
    return out.getvalue()


def pdf(*, attached: bool = False) -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    if attached:
        document.new_attachment("invoice.exe").set_data(b"MZ")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


PNG = picture()


def insured(**changes: Any) -> Insurance:
    return structs.replace(Insurance("USD", 100_000, date(2021, 8, 1), date(2021, 9, 1)), **changes)


def arriving(country: str, month: int = 8) -> Journey:
    return Journey((Leg(country, datetime(2021, month, 1, 12, tzinfo=UTC)),), "US")


class Applied:
    """An application under the rules of a year: `claims` are what the certificate says, all else is in order."""

    def __init__(self, name: str, day: str, *claims: AnyClaim, port: str, **changes: Any) -> None:
        self.then = Then(name, day)
        self.country = HISTORY[name]
        self.at = self.then.arrive - 2 * HOUR
        self.board = self.then.arrive - 1 * HOUR
        self.requirements = parse_requirements(requirements_of(name))
        numbered = tuple(
            structs.replace(claim, uvci=uvci.from_record_id("US", bytes([n]) * 16), issuer="CDC")
            for n, claim in enumerate(claims)
        )
        scan = issue(Certificate(HOLDER, numbered), format="ithc", signer=ISSUER, at=self.at - HOUR)
        arrival = self.then.arrive.date()
        self.application = Application(
            number=NUMBER,
            holder=HOLDER,
            journey=Journey((Leg(self.country, self.then.arrive, port, board=self.board),), "US"),
            scans=(scan,),
            carrier="XX 676",
            insurance=Insurance("USD", 100_000, arrival, arrival + 30 * DAY),
            lodging=Lodging("Quarantine Hotel", arrival, 15),
            attachments=tuple(Attachment(kind, pdf() if n % 2 else picture()) for n, kind in enumerate(AttachmentKind)),
        )
        self.application = structs.replace(self.application, **changes)
        self.signer = KnownSigner(self.country, self.country, not_before=EARLY)

    @property
    def bundle(self) -> Bundle:
        entry = parse_entry_rules(history(self.then.name), self.country)
        return structs.replace(
            BUNDLE,
            trust_list=TrustList.from_certificates([ISSUER.certificate, self.signer.certificate]),
            rules=MappingProxyType({self.country: (entry,)}),
            parts=MappingProxyType({}),
            revocation=RevocationList(self.at, self.at + 30 * DAY),
        )

    @property
    def findings(self) -> set[tuple[str, Reason]]:
        return {(each.path, each.reason) for each in self.assessed.findings}

    @property
    def assessed(self) -> Any:
        return assess(self.application, self.requirements, bundle=self.bundle, at=self.at)

    def reviewed(self, **changes: Any) -> Application:
        decision = Review(officer="consul-7", outcome=Outcome.GRANTED, at=self.at, seen=KINDS)
        return review(self.application, self.assessed, structs.replace(decision, **changes))

    def permitted(self) -> str:
        permit = permit_of(self.reviewed(), self.requirements)
        return issue_permit(permit, number=NUMBER, signer=self.signer, at=self.at)


def thailand(*claims: AnyClaim, **changes: Any) -> Applied:
    then = Then("TH-certificate-of-entry", "2021-08-01")
    return Applied(then.name, "2021-08-01", *(claims or (then.test(60),)), port="BKK", **changes)


def china(*claims: AnyClaim, **changes: Any) -> Applied:
    then = Then("CN-health-declaration", "2020-12-01")
    return Applied(then.name, "2020-12-01", *(claims or (then.test(40), then.igm(40))), port="PVG", **changes)


# what the machine finds


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"carrier": "X" * 81}, ("trip.carrier", Reason.PERMIT_TRIP)),
        (
            {"holder": structs.replace(HOLDER, name=structs.replace(HOLDER.name, family="E" * 81))},
            ("holder.name.family", Reason.PERMIT_PERSON),
        ),
        ({"insurance": None}, ("insurance", Reason.PERMIT_INSURANCE)),
        ({"insurance": insured(amount=99_999)}, ("insurance", Reason.PERMIT_INSURANCE)),
        ({"insurance": insured(currency="EUR", amount=200_000)}, ("insurance", Reason.PERMIT_INSURANCE)),
        ({"insurance": insured(begins=date(2021, 8, 2))}, ("insurance", Reason.PERMIT_INSURANCE)),
        ({"insurance": insured(ends=date(2021, 8, 10))}, ("insurance", Reason.PERMIT_INSURANCE)),
        ({"lodging": None}, ("lodging", Reason.PERMIT_LODGING)),
        ({"lodging": Lodging("Hotel", date(2021, 8, 1), 9)}, ("lodging", Reason.PERMIT_LODGING)),
        ({"lodging": Lodging("Hotel", date(2021, 8, 2), 20)}, ("lodging", Reason.PERMIT_LODGING)),
        ({"lodging": Lodging("Hotel", date(2021, 7, 31), 10)}, ("lodging", Reason.PERMIT_LODGING)),
        ({"lodging": Lodging("Hotel", date(2021, 8, 1), -(10**20))}, ("lodging", Reason.PERMIT_LODGING)),
        ({"attachments": ()}, ("attachments.visa", Reason.PERMIT_ATTACHMENT)),
        ({"attachments": (Attachment(AttachmentKind.VISA, PNG),) * 11}, ("attachments", Reason.PERMIT_ATTACHMENT)),
        ({"scans": ()}, ("scans", Reason.PERMIT_RULES)),
        ({"scans": ("nonsense",)}, ("scans", Reason.PERMIT_RULES)),
        ({"holder": structs.replace(BERTIL, document=DOCUMENT)}, ("scans[0]", Reason.PERMIT_PERSON)),
        ({"holder": ANNA}, ("holder.document", Reason.PERMIT_PERSON)),
        ({"journey": arriving("XB")}, ("journey", Reason.PERMIT_TRIP)),
        ({"journey": arriving("TH", month=7)}, ("journey.arrive", Reason.PERMIT_TRIP)),
        ({"journey": structs.replace(arriving("TH"), origin=None)}, ("journey", Reason.PERMIT_TRIP)),
        (
            {"journey": Journey((Leg("TH", datetime(2999, 12, 31, tzinfo=UTC)),), "US")},
            ("journey.arrive", Reason.PERMIT_TRIP),
        ),
    ],
)
def test_what_is_found(changes: dict, finding: tuple[str, Reason]) -> None:
    assert finding in thailand(**changes).findings


def test_nothing_is_found_where_all_is_in_order() -> None:
    assert thailand().findings == set()
    assert thailand(lodging=Lodging("Hotel", date(2021, 7, 31), 11)).findings == set()
    assert thailand(lodging=Lodging("Hotel", date(2021, 8, 1), 10**20)).findings == set(), "no calendar is so long"
    assert thailand(insurance=insured(amount=10**40, ends=date.max)).findings == set()
    assert china().findings == set()


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (pdf(), "application/pdf"),
        (b"MZ\x90\x00 a program", None),
        (b"<html><script>", None),
        (b"", None),
        (b"%PDF-1.7 and nothing", None),
        (pdf(attached=True), None),
        (picture("PNG")[:60], None),
    ],
)
@pytest.mark.parametrize("name", ["insurance.pdf", "insurance.exe", "../../etc/passwd", ""])
def test_an_attachment_is_what_its_content_says(content: bytes, media: str | None, name: str) -> None:
    sent = Attachment(AttachmentKind.INSURANCE, content, name)
    applied = thailand(attachments=(sent, *(Attachment(kind, picture()) for kind in AttachmentKind)))
    assert applied.assessed.media[0] == media
    assert (("attachments[0]", Reason.PERMIT_ATTACHMENT) in applied.findings) is (media is None)


def test_a_pdf_with_a_script_is_refused() -> None:
    script = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a) 4 0 R]>>>>>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"4 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    with pytest.raises(UnreadableImage, match="script"):
        qr.media_type(script)
    assert (
        qr.media_type(script.replace(b"/JavaScript<<", b"/Dests<<").replace(b"/S/JavaScript", b"/S/GoTo"))
        == "application/pdf"
    )


# what an officer may decide


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"officer": " "}, "officer"),
        ({"seen": frozenset({AttachmentKind.VISA})}, "seen"),
        ({"outcome": Outcome.REFUSED}, "reasons"),
        ({"outcome": Outcome.MORE}, "reasons"),
        ({"outcome": Outcome.REFUSED, "reasons": (Reason.NAME_DIFFERENT,)}, "reasons"),
        ({"outcome": Outcome.WITHDRAWN, "reasons": (Reason.PERMIT_TRIP,)}, "outcome"),
    ],
)
def test_what_no_officer_may_decide(changes: dict, place: str) -> None:
    with pytest.raises(PermitRefused) as refused:
        thailand().reviewed(**changes)
    assert place in {problem.path for problem in refused.value.problems}


def test_nothing_is_granted_against_a_finding() -> None:
    applied = thailand(insurance=None)
    with pytest.raises(PermitRefused) as refused:
        applied.reviewed()
    assert refused.value.reasons == (Reason.PERMIT_INSURANCE,)
    asked = applied.reviewed(outcome=Outcome.MORE, reasons=(Reason.PERMIT_INSURANCE,))
    assert asked.decided is None
    with pytest.raises(PermitRefused):
        permit_of(asked, applied.requirements)


def test_nothing_is_decided_twice_but_withdrawn() -> None:
    applied = thailand()
    granted = applied.reviewed()
    again = Review(officer="consul-7", outcome=Outcome.REFUSED, at=applied.at, reasons=(Reason.PERMIT_TRIP,))
    with pytest.raises(PermitRefused):
        review(granted, applied.assessed, again)
    gone = review(granted, applied.assessed, structs.replace(again, outcome=Outcome.WITHDRAWN))
    with pytest.raises(PermitRefused):
        permit_of(gone, applied.requirements)
    assert [each.outcome for each in gone.reviews] == [Outcome.GRANTED, Outcome.WITHDRAWN]
    with pytest.raises(PermitRefused):
        review(gone, applied.assessed, structs.replace(again, outcome=Outcome.WITHDRAWN))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"permit": 2, "country": "TH", "source": ""}',
        b'{"permit": 1, "country": "TH", "source": "", "x": 1}',
    ],
)
def test_requirements_that_nobody_can_read(text: bytes) -> None:
    with pytest.raises(RuleRefused):
        parse_requirements(text)


# history


def test_thailand_2021_the_certificate_of_entry() -> None:
    applied = thailand()
    told = verify(applied.permitted(), trust_list=applied.bundle.trust_list, at=applied.at)
    permit = told.content
    assert told.authentic is True
    assert told.format == "permit"
    assert isinstance(permit, Permit)
    assert (permit.destination, permit.trip) == ("TH", Trip("US", "BKK", "XX 676"))
    assert permit.consequence == Consequence(ConsequenceKind.QUARANTINE, 10, Place.HOTEL)
    then = applied.then
    vaccinated = thailand(then.test(60), then.dose(60), then.dose(30))
    assert permit_of(vaccinated.reviewed(), vaccinated.requirements).consequence.days == 7
    late = thailand(then.test(80))
    assert ("scans", Reason.PERMIT_RULES) in late.findings
    with pytest.raises(PermitRefused):
        late.reviewed()


def test_china_2020_the_health_declaration_codes() -> None:
    applied = china()
    permit = permit_of(applied.reviewed(), applied.requirements)
    assert permit.consequence == Consequence(ConsequenceKind.QUARANTINE, 14, Place.FACILITY)
    then = applied.then
    for claims in ((then.test(40),), (then.test(40), then.igm(60)), (then.test(40, country="TH"), then.igm(40))):
        assert ("scans", Reason.PERMIT_RULES) in china(*claims).findings
    via = Journey((Leg("CN", then.arrive, "PVG", board=applied.board, via=("TH",)),), "US")
    assert ("scans", Reason.PERMIT_RULES) in china(journey=via).findings
    again = then.test(40), then.igm(40), then.test(8, country="TH"), then.igm(8, country="TH")
    assert china(*again, journey=via).findings == set()


def test_a_negative_result_of_another_kind_is_not_enough() -> None:
    then = Then("TH-certificate-of-entry", "2021-08-01")
    assert ("scans", Reason.PERMIT_RULES) in thailand(then.test(60, TestKind.ANTIGEN)).findings


def test_a_permit_is_no_ground_for_a_permit() -> None:
    applied = thailand()
    assert ("scans", Reason.PERMIT_RULES) in thailand(scans=(applied.permitted(),)).findings


# at the airline's desk and at the border


def judged(applied: Applied, scan: str, **leg: Any) -> Any:
    there = {"to": applied.country, "arrive": applied.then.arrive} | leg
    told = verify(scan, trust_list=applied.bundle.trust_list, at=applied.at, revocation=applied.bundle.revocation)
    return admit([told], bundle=applied.bundle, journey=Journey((Leg(**there),)), at=applied.at)


def test_one_border_opens() -> None:
    applied = thailand()
    scan = applied.permitted()
    verdict = judged(applied, scan, port="BKK")
    assert verdict.outcome is Admission.ACCEPTED
    assert verdict.reasons == (Reason.ENTRY_PERMIT,)
    assert verdict.consequence.days == 10
    assert verdict.consequence.until == date(2021, 8, 11)
    for leg, reason in (
        ({"to": "XB"}, Reason.ENTRY_PERMIT_ELSEWHERE),
        ({"to": "CN"}, Reason.ENTRY_PERMIT_ELSEWHERE),
        ({"arrive": applied.then.arrive - 25 * HOUR}, Reason.ENTRY_PERMIT_WINDOW),
        ({"arrive": applied.then.arrive + 49 * HOUR}, Reason.ENTRY_PERMIT_WINDOW),
        ({"port": "HKT"}, Reason.ENTRY_PERMIT_TRIP),
        ({"transit": True}, Reason.ENTRY_PERMIT_TRIP),
    ):
        elsewhere = judged(applied, scan, **leg)
        assert elsewhere.outcome is not Admission.ACCEPTED
        assert [each.reason for each in elsewhere.set_aside] == [reason]


def test_an_airline_asks_all_three_questions_and_sees_no_health_fact() -> None:
    applied = thailand()
    asked = {"bundle": applied.bundle, "at": applied.at, "journey": applied.application.journey}
    found = answer([applied.permitted()], document=ZONE, **asked)
    assert (found.authentic, found.accepted) == (True, True)
    assert found.person is not None
    assert found.person.match is Match.EXACT
    other = structs.replace(ZONE, number="X898902C3")
    assert answer([applied.permitted()], document=other, **asked).person.match is Match.DIFFERENT
    told = found.to_json()["certificates"][0]
    assert told["certificate"] is None
    assert told["permit"]["destination"] == "TH"
    assert found.certificates == ()


def test_a_carriers_list_takes_a_permit_for_its_own_passenger_and_trip() -> None:
    applied = thailand()
    scan, journey = applied.permitted(), applied.application.journey
    late = Journey((structs.replace(journey.destination, arrive=applied.then.arrive + 49 * HOUR),), "US")
    for document, trip, result in (
        (ZONE, journey, Result.OK),
        (structs.replace(ZONE, number="X898902C3"), journey, Result.NOK),
        (ZONE, late, Result.NOK),
        (None, journey, Result.CHECK),
    ):
        told = check(Passenger("7A", (scan,), document), bundle=applied.bundle, journey=trip, at=applied.at)
        assert told.result is result
    told = check(Passenger("7A", (scan,), ZONE), bundle=applied.bundle, journey=journey, at=applied.at)
    assert told.consequence == Consequence(ConsequenceKind.QUARANTINE, 10, Place.HOTEL, until=date(2021, 8, 11))


@pytest.mark.parametrize("listed", [None, "XA", "Ministry of Health of Thailand"])
def test_a_key_that_is_not_the_states_own_opens_no_border(listed: str | None) -> None:
    applied = thailand()
    keys = TrustList.from_certificates([applied.signer.certificate]).keys
    for issuer, authentic in ((listed, False), ("TH", True)):
        trusted = TrustList(tuple(structs.replace(key, issuer=issuer) for key in keys))
        told = verify(applied.permitted(), trust_list=trusted, at=applied.at, revocation=applied.bundle.revocation)
        assert told.authentic is authentic
        assert (Reason.KEY_ISSUER_MISMATCH in told.reasons) is not authentic
        verdict = admit([told], bundle=applied.bundle, journey=applied.application.journey, at=applied.at)
        assert (verdict.outcome is Admission.ACCEPTED) is authentic


def test_a_permit_beside_anothers_certificate_is_refused() -> None:
    applied = thailand()
    permit = verify(applied.permitted(), trust_list=applied.bundle.trust_list, at=applied.at)
    journey = applied.application.journey
    beside = admit([permit, travel.told(holder=BERTIL)], bundle=applied.bundle, journey=journey, at=applied.at)
    assert beside.outcome is Admission.REFUSED
    assert Reason.ENTRY_PERSONS_DIFFER in beside.reasons
    own = admit([permit, travel.told(holder=ANNA)], bundle=applied.bundle, journey=journey, at=applied.at)
    assert own.outcome is Admission.ACCEPTED


def test_a_withdrawn_permit_opens_nothing() -> None:
    applied = thailand()
    listed = RevocationList(applied.at, applied.at + DAY, [withdrawal(NUMBER)])
    told = verify(applied.permitted(), trust_list=applied.bundle.trust_list, at=applied.at, revocation=listed)
    assert told.authentic is False
    assert Reason.REVOKED in told.reasons
    verdict = admit([told], bundle=applied.bundle, journey=applied.application.journey, at=applied.at)
    assert verdict.outcome is Admission.REFUSED


def test_a_permit_of_no_listed_key_opens_nothing() -> None:
    applied = thailand()
    told = verify(applied.permitted(), trust_list=TrustList([]), at=applied.at)
    assert (
        admit([told], bundle=applied.bundle, journey=applied.application.journey, at=applied.at).outcome
        is Admission.OPEN
    )


def test_another_states_key_permits_nothing() -> None:
    applied = thailand()
    permit = permit_of(applied.reviewed(), applied.requirements)
    with pytest.raises(IssueRefused) as refused:
        issue_permit(permit, number=NUMBER, signer=ISSUER, at=applied.at)
    assert refused.value.reasons == (Reason.PERMIT_TRIP,)
    draft = hcert.build_permit(permit, key=ISSUER.key, at=applied.at, identifier=NUMBER)
    told = verify(hcert.seal(draft, ISSUER.sign(draft.signed)), trust_list=applied.bundle.trust_list, at=applied.at)
    assert told.authentic is False
    assert Reason.KEY_ISSUER_MISMATCH in told.reasons


# the profile


PERMIT = Permit(
    destination="XA",
    holder=HOLDER,
    trip=Trip("XB", "XAHAV", "XB 12"),
    opens=AT,
    closes=AT + 3 * DAY,
    consequence=Consequence(ConsequenceKind.FREE),
)
consequences = st.one_of(
    st.just(Consequence(ConsequenceKind.FREE)),
    st.sampled_from(list(TestKind)).map(lambda test: Consequence(ConsequenceKind.TEST_ON_ARRIVAL, test=test)),
    st.builds(
        lambda days, place, test, day: Consequence(
            ConsequenceKind.QUARANTINE, days, place, shortened_by=test and Shortening(test, day % days)
        ),
        st.integers(1, 28),
        st.none() | st.sampled_from(list(Place)),
        st.none() | st.sampled_from(list(TestKind)),
        st.integers(0, 27),
    ),
)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"holder": ANNA}, "holder.document"),
        ({"trip": Trip("EU")}, "trip.origin"),
        ({"trip": Trip("XB", "XBHAV")}, "trip.port"),
        ({"trip": Trip("XB", carrier="\n")}, "trip.carrier"),
        ({"closes": AT}, "closes"),
        ({"closes": AT + 15 * DAY}, "closes"),
        ({"opens": AT - 3 * DAY, "closes": AT - HOUR}, "closes"),
        ({"consequence": Consequence(ConsequenceKind.NOT_ADVISED)}, "consequence"),
        ({"consequence": Consequence(ConsequenceKind.QUARANTINE)}, "consequence"),
        ({"destination": "XB", "trip": Trip("XB")}, "destination"),
    ],
)
def test_what_is_not_signed(changes: dict, place: str) -> None:
    before = SIGNER.signatures
    with pytest.raises(IssueRefused) as refused:
        issue_permit(structs.replace(PERMIT, **changes), number=NUMBER, signer=SIGNER, at=AT)
    assert place in refused.value.detail
    assert SIGNER.signatures == before


def test_a_confined_key_signs_none() -> None:
    with pytest.raises(IssueRefused) as refused:
        issue_permit(PERMIT, number=NUMBER, signer=KnownSigner(uses=[Use.TEST]), at=AT)
    assert refused.value.reasons == (Reason.ISSUE_KEY_USE,)
    for bad in (b"", bytes(17)):
        with pytest.raises(ValueError, match="octets"):
            issue_permit(PERMIT, number=bad, signer=SIGNER, at=AT)


@given(consequences, st.booleans(), st.integers(1, 14 * 24 * 3600), st.none() | st.just("XAHAV"))
def test_what_is_issued_is_read_again(consequence: Consequence, specimen: bool, seconds: int, port: str | None) -> None:
    permit = structs.replace(
        PERMIT,
        consequence=consequence,
        specimen=specimen,
        closes=AT + timedelta(seconds=seconds),
        trip=Trip("XB", port),
    )
    scan = issue_permit(permit, number=NUMBER, signer=SIGNER, at=AT)
    told = verify(scan, trust_list=TrustList.from_certificates([SIGNER.certificate]), at=AT)
    assert told.content == permit
    assert (told.issuer, told.expires) == ("XA", permit.closes)
    assert told.holder == HOLDER


@given(
    st.dictionaries(
        st.integers(0, 9),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=5), max_leaves=8
        ),
    )
)
def test_a_trusted_key_may_sign_nonsense(changes: dict) -> None:
    payload: Any = hcert.permit.write(PERMIT)
    scan = wire.hcert(SIGNER, payload | changes, key=-2024)
    told = verify(scan, trust_list=TrustList.from_certificates([SIGNER.certificate]), at=AT)
    assert told.reasons
    if told.content is None:
        assert [reason for reason in told.reasons if reason.startswith("CONTENT_")]


def test_the_files_of_history_are_marked() -> None:
    for name in ("TH-certificate-of-entry", "CN-health-declaration"):
        found = parse_requirements(requirements_of(name))
        assert isinstance(found, Requirements)
        assert found.historical
        assert len(found.source) > 80
