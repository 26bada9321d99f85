"""What the vectors of tests/vectors/procedures name of sealed certificates and entry permits."""

from pathlib import Path

import pytest
from msgspec import structs

from pratique.model.certificate import Certificate
from pratique.model.valueset import SNOMED, Code
from pratique.permits import Attachment, AttachmentKind, Lodging, Outcome, Review, issue_permit, permit_of, review
from pratique.sealing import issue_sealed
from pratique.trust.recipients import recipient
from tests import special
from tests.cases.known import SIGNER
from tests.issuer import AT
from tests.test_permits import ISSUER, NUMBER, Applied, insured, thailand
from tests.test_sealing import ANNA, dose
from tests.travel import BERTIL


def _sealed(certificate: Certificate = ANNA, *authorities: special.KnownUnsealer) -> None:
    issue_sealed(
        certificate,
        claims=range(len(certificate.claims)),
        recipients=[each.recipient for each in authorities],
        identifier=NUMBER,
        signer=SIGNER,
        at=AT,
    )


def sealed_for_nobody(_: Path, __: pytest.MonkeyPatch) -> None:
    _sealed()


def sealed_about_another_condition(_: Path, __: pytest.MonkeyPatch) -> None:
    _sealed(structs.replace(ANNA, claims=(dose(Code(SNOMED, "86406008")),)), special.XB)


def sealed_for_a_signers_key(_: Path, __: pytest.MonkeyPatch) -> None:
    recipient(SIGNER.certificate)


def _granted(applied: Applied) -> None:
    applied.reviewed()


def permit_against_the_rules(_: Path, __: pytest.MonkeyPatch) -> None:
    _granted(thailand(thailand().then.test(80)))


def permit_with_anothers_certificate(_: Path, __: pytest.MonkeyPatch) -> None:
    applied = thailand()
    document = applied.application.holder.document
    _granted(thailand(holder=structs.replace(BERTIL, document=document)))


def permit_of_another_states_key(_: Path, __: pytest.MonkeyPatch) -> None:
    applied = thailand()
    issue_permit(permit_of(applied.reviewed(), applied.requirements), number=NUMBER, signer=ISSUER, at=applied.at)


def permit_without_insurance(_: Path, __: pytest.MonkeyPatch) -> None:
    _granted(thailand(insurance=insured(amount=99_999)))


def permit_without_lodging(_: Path, __: pytest.MonkeyPatch) -> None:
    _granted(thailand(lodging=Lodging("Hotel", thailand().then.arrive.date(), 9)))


def permit_with_a_program(_: Path, __: pytest.MonkeyPatch) -> None:
    program = Attachment(AttachmentKind.VISA, b"MZ", "visa.pdf")
    _granted(thailand(attachments=(*thailand().application.attachments, program)))


def permit_refused_without_a_reason(_: Path, __: pytest.MonkeyPatch) -> None:
    applied = thailand()
    review(applied.application, applied.assessed, Review(officer="consul-7", outcome=Outcome.REFUSED, at=applied.at))


SPECIAL = (
    sealed_for_nobody,
    sealed_about_another_condition,
    sealed_for_a_signers_key,
    permit_against_the_rules,
    permit_with_anothers_certificate,
    permit_of_another_states_key,
    permit_without_insurance,
    permit_without_lodging,
    permit_with_a_program,
    permit_refused_without_a_reason,
)
