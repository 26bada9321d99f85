"""Sealing: what is never sealed, and that what is sealed is read again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, issue, verify
from pratique.formats.vds_nc import _codes
from pratique.model import uvci
from pratique.model._code_maps import ANTIGEN_TESTS, MOLECULAR_TESTS
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    LegibleDocument,
    Name,
    Person,
    Recovery,
    Sex,
    Test,
    TestKind,
    TravelDocument,
    Vaccination,
)
from pratique.model.countries import canonical
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused
from pratique.model.reasons import Reason
from pratique.model.valueset import (
    CONDITION_MAP,
    COVID_19,
    CVX,
    DETECTED,
    ICD_11,
    LOINC,
    NOT_DETECTED,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    SNOMED,
    YELLOW_FEVER,
    Code,
)
from pratique.revocation import RevocationList
from pratique.trust import Environment
from pratique.trust.x509 import anchor
from tests import strategies
from tests.seals import Root, SealSigner

LATE = datetime(2100, 1, 2, tzinfo=UTC)
"""After everything that `strategies` makes up has happened."""
END = datetime(2110, 1, 1, tzinfo=UTC)
ROOT = Root("XA", "XA health root", not_after=END)
SIGNER = ROOT.signer("XA", not_after=END)
TRUST = TrustList([], anchors=[anchor(ROOT.certificate)], environment=Environment.SANDBOX)
FRESH = RevocationList(LATE, END)


class Keyed:
    """The signer with another description of its key."""

    def __init__(self, **changes: Any) -> None:
        self.key = structs.replace(SIGNER.key, **changes)
        self.signatures = 0

    def sign(self, data: bytes) -> bytes:
        raise AssertionError("nothing is signed")


PASSPORT = LegibleDocument.reveal("P", "UTO", "L898902C3", salt=bytes(8))
HOLDER = Person(Name("Müller", "Erika", "MUELLER", "ERIKA<ANNA"), PartialDate(1964, 8, 12), PASSPORT)
COMIRNATY = Code("https://ec.europa.eu/health/documents/community-register/html/", "EU/1/20/1528")
COMMON: dict[str, Any] = {"disease": COVID_19, "country": "XA", "issuer": "Harbour clinic"}


def record(number: int = 0) -> str:
    return uvci.from_record_id("XA", bytes(range(number, number + 16)))


DOSE = Vaccination(uvci=record(), **COMMON, date=PartialDate(2021, 3, 3), product=COMIRNATY, dose=1)
TEST = Test(
    uvci=record(),
    **COMMON,
    kind=TestKind.ANTIGEN,
    sampled=datetime(2021, 6, 30, 12, tzinfo=UTC),
    result=NOT_DETECTED,
    method=Code(LOINC, "LP217198-3"),
)
RECOVERED = Recovery(
    uvci=record(), **COMMON, first_positive=PartialDate(2021, 1, 1), valid_from=PartialDate(2021, 1, 12),
    valid_until=PartialDate(2021, 6, 30),
)  # fmt: skip
EXEMPT = Exemption(uvci=record(), **COMMON, valid_from=PartialDate(2021), valid_until=PartialDate(2022))


def certificate(*claims: AnyClaim, **changes: Any) -> Certificate:
    return Certificate(structs.replace(HOLDER, **changes), claims, specimen=True)


def sealed(given_: Certificate, signer: Any = SIGNER) -> str:
    return issue(given_, format="vds-nc", signer=signer, at=LATE)


def refusal_of(given_: Certificate, signer: Any = SIGNER) -> tuple[tuple[Reason, ...], str]:
    """Why and where it is refused; the signer is not asked then."""
    before = signer.signatures
    try:
        sealed(given_, signer)
    except IssueRefused as refusal:
        assert signer.signatures == before
        return refusal.reasons, refusal.detail
    return (), ""


@pytest.mark.parametrize(
    ("given_", "reasons", "place"),
    [
        (certificate(), (Reason.ISSUE_NO_CLAIM,), ""),
        (certificate(TEST, TEST), (Reason.ISSUE_SEVERAL_CLAIMS,), ""),
        (certificate(DOSE, TEST), (Reason.ISSUE_SEVERAL_CLAIMS,), ""),
        (certificate(RECOVERED), (Reason.ISSUE_RECOVERY,), ""),
        (certificate(EXEMPT), (Reason.ISSUE_EXEMPTION,), ""),
        (certificate(DOSE, EXEMPT, RECOVERED), (Reason.ISSUE_RECOVERY, Reason.ISSUE_EXEMPTION), ""),
        (certificate(*[DOSE] * 65), (Reason.ISSUE_TOO_LARGE,), ""),
        (certificate(DOSE, name=Name(given="Erika", given_icao="ERIKA")), (Reason.ISSUE_NAME,), "holder.name"),
        (certificate(DOSE, name=Name(family_icao="X" * 81)), (Reason.ISSUE_NAME,), "holder.name"),
        (certificate(DOSE, birth_date=PartialDate(1964)), (Reason.ISSUE_FIELD,), "holder.birth_date"),
        (certificate(DOSE, birth_date=None, document=None), (Reason.ISSUE_FIELD,), "holder.birth_date"),
        (certificate(TEST, birth_date=None), (Reason.ISSUE_FIELD,), "holder.birth_date"),
        (certificate(TEST, document=None), (Reason.ISSUE_FIELD,), "holder.document"),
        (
            certificate(TEST, document=TravelDocument.conceal("P", "UTO", "L898902C3", salt=bytes(8))),
            (Reason.ISSUE_FIELD,),
            "holder.document",
        ),
        (certificate(structs.replace(DOSE, product=None)), (Reason.ISSUE_FIELD,), "claims[0].product"),
        (certificate(structs.replace(DOSE, product=Code(CVX, "37"))), (Reason.ISSUE_CODE,), "claims[0].product"),
        (certificate(DOSE, structs.replace(DOSE, dose=None)), (Reason.ISSUE_FIELD,), "claims[1].dose"),
        (certificate(structs.replace(DOSE, dose=100)), (Reason.ISSUE_FIELD,), "claims[0].dose"),
        (certificate(structs.replace(DOSE, date=PartialDate(2021, 3))), (Reason.ISSUE_FIELD,), "claims[0].date"),
        (certificate(structs.replace(DOSE, issuer="two\nlines")), (Reason.ISSUE_FIELD,), "claims[0].issuer"),
        (certificate(structs.replace(DOSE, lot=" ")), (Reason.ISSUE_FIELD,), "claims[0].lot"),
        (certificate(structs.replace(DOSE, issuer="")), (Reason.ISSUE_FIELD,), "claims[0].issuer"),
        (certificate(structs.replace(DOSE, issuer="x" * 81)), (Reason.ISSUE_FIELD,), "claims[0].issuer"),
        (
            certificate(structs.replace(DOSE, disease=YELLOW_FEVER, product=Code(_codes.BRANDS, "Stamaril"))),
            (Reason.ISSUE_CODE,),
            "claims[0].prophylaxis",
        ),
        (certificate(structs.replace(DOSE, disease=Code(SNOMED, "1"))), (Reason.ISSUE_CODE,), "claims[0].disease"),
        (certificate(structs.replace(TEST, kind=TestKind.OTHER)), (Reason.ISSUE_TEST_KIND,), "claims[0].kind"),
        (
            certificate(structs.replace(TEST, result=Code(SNOMED, "419984006"))),
            (Reason.ISSUE_CODE,),
            "claims[0].result",
        ),
        (certificate(structs.replace(TEST, disease=YELLOW_FEVER)), (Reason.ISSUE_CODE,), "claims[0].disease"),
        (certificate(structs.replace(TEST, centre="a  b")), (Reason.ISSUE_FIELD,), "claims[0].centre"),
    ],
)
def test_what_no_seal_can_hold(given_: Certificate, reasons: tuple[Reason, ...], place: str) -> None:
    found, places = refusal_of(given_, Keyed(uses=None))
    assert found == reasons
    assert places.startswith(place)


def test_an_event_in_no_country() -> None:
    reasons, places = refusal_of(certificate(structs.replace(DOSE, country="UNHCR")))
    assert reasons[0] is Reason.ISSUE_FIELD
    assert places == "claims[0].country"


@pytest.mark.parametrize("given_", [certificate(DOSE), certificate(TEST), certificate(DOSE, birth_date=None)])
def test_what_a_seal_can_hold(given_: Certificate) -> None:
    assert refusal_of(given_) == ((), "")


RSA_SIGNER = ROOT.signer("XA", key=rsa.generate_private_key(65537, 2048), not_after=END)


@pytest.mark.parametrize(
    ("signer", "reasons"),
    [
        (Keyed(certificate=None), (Reason.ISSUE_KEY_KIND,)),
        (RSA_SIGNER, (Reason.ISSUE_KEY_KIND,)),
        (Keyed(issuer="FR"), (Reason.ISSUE_SPECIMEN,)),
        (Keyed(issuer="UNHCR"), (Reason.ISSUE_KEY_KIND, Reason.ISSUE_SPECIMEN)),
        (ROOT.signer("XA", not_after=END, types=("NT",)), (Reason.ISSUE_KEY_USE,)),
    ],
)
def test_keys_that_seal_nothing(signer: Any, reasons: tuple[Reason, ...]) -> None:
    assert refusal_of(certificate(DOSE), signer)[0] == reasons


def test_only_a_fictional_state_seals_specimens_and_nothing_else() -> None:
    real = structs.replace(certificate(DOSE), specimen=False)
    assert refusal_of(real) == ((Reason.ISSUE_SPECIMEN,), "specimen")
    root = Root("FR", "French health root", not_after=END)
    signer: SealSigner = root.signer("FR", not_after=END)
    given_ = structs.replace(real, claims=(structs.replace(DOSE, country="FR", uvci=_of_country("FR")),))
    scan = sealed(given_, signer)
    trust_list = TrustList([], anchors=[anchor(root.certificate)])
    verification = verify(scan, trust_list=trust_list, at=LATE, revocation=FRESH)
    assert (verification.authentic, verification.issuer) == (True, "FR")


def _of_country(country: str) -> str:
    return uvci.from_record_id(country, bytes(range(16)))


def test_a_vaccine_is_written_as_its_kind() -> None:
    for changes, vaccine in (
        ({"prophylaxis": Code(SNOMED, "1119349007")}, "XM0GQ8"),
        ({"prophylaxis": Code(ICD_11, "XM0000")}, "XM0000"),
        ({"prophylaxis": Code(SNOMED, "1162643001")}, "XM0GQ8"),  # it has no code of its own, and the product has
        ({"prophylaxis": Code("urn:oid:1.2.3", "x"), "product": Code(_codes.BRANDS, "Brand")}, "XM68M6"),
    ):
        verification = read(sealed(certificate(structs.replace(DOSE, **changes))))
        assert verification.claims[0].prophylaxis == Code(ICD_11, vaccine)  # type: ignore[union-attr]


def test_the_number_of_the_passport_stands_in_the_seal_and_nowhere_else() -> None:
    scan = sealed(certificate(DOSE))
    assert "L898902C3" in scan
    assert "L898902C3" not in repr(HOLDER)
    document = read(scan).holder.document
    assert document is not None
    assert type(document) is TravelDocument
    assert document.is_number("UTO", "L898902C3")
    concealed = TravelDocument.conceal("P", "UTO", "L898902C3", salt=bytes(8))
    assert "L898902C3" not in sealed(certificate(DOSE, document=concealed))


def read(scan: str) -> Certificate:
    verification = verify(scan, trust_list=TRUST, at=LATE, revocation=FRESH)
    assert verification.authentic is True, (verification.reasons, verification.fault)
    assert verification.content is not None
    return verification.content


def test_revoking_a_record_revokes_its_seal() -> None:
    second = structs.replace(DOSE, uvci=record(7), dose=2, date=PartialDate(2021, 4, 3))
    scan = sealed(certificate(DOSE, second))
    for claim in (DOSE, second):
        revocation = RevocationList(LATE, END, revoked=frozenset({("record", claim.record_id)}))
        assert verify(scan, trust_list=TRUST, at=LATE, revocation=revocation).reasons == (Reason.REVOKED,)


def test_a_seal_fits_a_printed_code() -> None:
    doses = [structs.replace(DOSE, uvci=record(number), dose=number + 1) for number in range(3)]
    assert len(sealed(certificate(*doses))) < 2331  # a QR code of version 40, level M


# what is sealed is read again

_COUNTRIES = st.sampled_from(["XA", "XB", "AT", "DE", "GB", "EL", "UK", "CN", "EU", "XK"])
_TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(
    lambda text: text.isprintable() and text == text.strip()
)


def _nfc(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text)


def _identified(claim: Any) -> Any:
    issuing = claim.country if canonical(claim.country) != "EU" else "XA"
    return structs.replace(claim, uvci=uvci.from_record_id(issuing, bytes(claim.uvci.encode()[:16])))


_common: dict[str, Any] = {
    "uvci": st.text("0123456789abcdef", min_size=16, max_size=16),
    "country": _COUNTRIES,
    "issuer": _TEXTS.map(_nfc),
}
_vaccines = st.none() | st.sampled_from(sorted(PROPHYLAXIS_MAP.targets, key=lambda c: (c.system, c.value)))
_doses = st.builds(
    Vaccination,
    **_common,
    disease=st.sampled_from([COVID_19, Code(ICD_11, "RA01")]),
    date=strategies.complete_dates(),
    prophylaxis=_vaccines,
    product=st.sampled_from(sorted(PRODUCT_MAP.targets, key=lambda c: (c.system, c.value))),
    dose=st.integers(1, 99),
    doses=st.none() | st.integers(1, 9),
    lot=st.none() | st.just("B4711"),
).map(_identified)
_tests = st.sampled_from(
    [
        *((TestKind.MOLECULAR, Code(LOINC, value)) for value in sorted(MOLECULAR_TESTS)),
        *((TestKind.ANTIGEN, Code(LOINC, value)) for value in sorted(ANTIGEN_TESTS)),
        (TestKind.ANTIBODY, None),
        (TestKind.MOLECULAR, Code(_codes.ICAO_TEST, "molecular(other)")),
    ]
).flatmap(
    lambda pair: st.builds(
        Test,
        **_common,
        disease=st.just(COVID_19),
        kind=st.just(pair[0]),
        method=st.just(pair[1]),
        sampled=strategies.instants(),
        result=st.sampled_from([DETECTED, NOT_DETECTED, Code(_codes.RESULTS, "abnormal")]),
        name=st.none() | st.just("RT-PCR"),
        centre=st.none() | _TEXTS.map(_nfc),
    ).map(_identified)
)
_holders = st.builds(
    Person,
    st.builds(Name, family_icao=strategies.icao_texts(), given_icao=st.none() | strategies.icao_texts()).filter(
        lambda name: len(f"{name.family_icao}  {name.given_icao or ''}") <= 80
    ),
    strategies.complete_dates(),
    st.builds(
        lambda number: LegibleDocument.reveal("P", "UTO", number, salt=bytes(8)),
        st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=9),
    ),
    st.none() | st.sampled_from([Sex.FEMALE, Sex.MALE, Sex.UNKNOWN]),
)
_certificates = st.builds(
    Certificate,
    _holders,
    st.lists(_doses, min_size=1, max_size=4).map(tuple) | _tests.map(lambda test: (test,)),
    st.just(True),
)


def as_sealed(claim: AnyClaim) -> AnyClaim:
    """The claim as a seal says it: its record's identifier alone, ICD-11 and ICAO's words, and what it has no place for
    left out."""
    changes: dict[str, Any] = {"uvci": claim.record_id, "country": canonical(claim.country)}
    changes["disease"] = CONDITION_MAP.map(claim.disease) or claim.disease
    match claim:
        case Vaccination():
            assert claim.product is not None
            vaccine = _codes.vaccine_written(claim.prophylaxis, claim.product, changes["disease"])
            changes |= {"product": PRODUCT_MAP.map(claim.product), "prophylaxis": Code(ICD_11, vaccine or "")}
            changes |= {"doses": None}
        case Test():
            word = _codes.test_type_written(claim.kind, claim.method, claim.name)
            centre = claim.centre or claim.issuer
            changes |= {"method": Code(_codes.ICAO_TEST, word or ""), "name": None, "centre": centre, "issuer": centre}
    return structs.replace(claim, **changes)


@given(_certificates)
def test_what_is_sealed_is_read_again(given_: Certificate) -> None:
    content = read(sealed(given_))
    assert content.claims == tuple(map(as_sealed, given_.claims))
    assert content.specimen is True
    stated, told = given_.holder, content.holder
    assert (told.name.family_icao, told.name.given_icao) == (stated.name.family_icao, stated.name.given_icao)
    assert told.birth_date == stated.birth_date
    assert told.sex == (stated.sex if isinstance(given_.claims[0], Vaccination) else None)
    assert isinstance(stated.document, LegibleDocument)
    assert told.document is not None
    assert told.document.is_number("UTO", stated.document.number)
    assert not told.document.is_number("UTO", stated.document.number + "X")


def test_a_seal_ends_with_its_key_and_no_earlier() -> None:
    early = {"format": "vds-nc", "signer": Keyed(), "at": LATE, "expires": END - timedelta(days=1)}
    with pytest.raises(IssueRefused) as refusal:
        issue(certificate(DOSE), **early)
    assert (refusal.value.reasons, refusal.value.detail) == ((Reason.ISSUE_FIELD,), "expires")
    for expires in (None, END):
        scan = issue(certificate(DOSE), format="vds-nc", signer=SIGNER, at=LATE, expires=expires)
        assert verify(scan, trust_list=TRUST, at=LATE, revocation=FRESH).expires == END
