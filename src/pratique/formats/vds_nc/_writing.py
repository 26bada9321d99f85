"""Writing the message of a VDS-NC: vaccinations, any number of one holder's, or one test.

What the message has to state and a certificate does not hold (a lot, a facility's contact) is left as an empty text. A
seal's identifier is that of its records, one after the other, so that revoking a record revokes the seal too.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from pratique.formats.vds_nc import _codes as codes
from pratique.formats.vds_nc._reading import MOST_EVENTS
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    LegibleDocument,
    Person,
    Recovery,
    Test,
    Vaccination,
)
from pratique.model.dates import format_instant
from pratique.model.dcc import MOST_DOSES
from pratique.model.errors import Refusal
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITION_MAP, ICD_11, Code

LONGEST_TEXT: Final = 80
"""Our own; the field table has less (a name 39, a facility 20), and its schema no limit."""
_UNSTATED: Final = ""
"""A text that the message requires, and of which nothing is known."""


def message(certificate: Certificate, *, at: datetime) -> tuple[str, dict[str, object]]:
    """Type and message of a certificate that `refused` lets pass; `at` is when a report is taken to be issued."""
    if isinstance(certificate.claims[0], Test):
        return "icao.test", _test_message(certificate.holder, certificate.claims[0], at)
    doses = [claim for claim in certificate.claims if isinstance(claim, Vaccination)]
    records = "/".join(claim.record_id for claim in doses)
    return "icao.vacc", {"uvci": records, "pid": _vaccinated(certificate.holder), "ve": list(_events(doses))}


def _vaccinated(holder: Person) -> dict[str, object]:
    pid: dict[str, object] = {"n": _name(holder)}
    if holder.birth_date is not None:
        pid["dob"] = str(holder.birth_date)
    if holder.sex is not None:
        pid["sex"] = codes.SEXES_WRITTEN[holder.sex]
    if isinstance(holder.document, LegibleDocument):
        pid["i"] = holder.document.number
    return pid


def _events(doses: list[Vaccination]) -> Iterator[dict[str, object]]:
    """Doses of one vaccine that follow each other are one event's."""
    for (vaccine, brand, disease), group in groupby(doses, key=_coded):
        given = [
            {
                "dvc": str(dose.date),
                "seq": dose.dose,
                "ctr": codes.country_written(dose.country),
                "adm": dose.issuer,
                "lot": dose.lot or _UNSTATED,
            }
            for dose in group
        ]
        yield {"des": vaccine, "nam": brand, "dis": disease, "vd": given}


def _coded(dose: Vaccination) -> tuple[str | None, str | None, str | None]:
    disease = CONDITION_MAP.map(dose.disease) or dose.disease
    vaccine = codes.vaccine_written(dose.prophylaxis, dose.product, disease)
    brand = None if dose.product is None else codes.brand_written(dose.product)
    return vaccine, brand, _disease_written(disease)


def _disease_written(disease: Code) -> str | None:
    return disease.value if disease.system == ICD_11 else codes.DISEASES_WRITTEN.get(disease)


def _test_message(holder: Person, test: Test, at: datetime) -> dict[str, object]:
    document = holder.document
    number = document.number if isinstance(document, LegibleDocument) else _UNSTATED
    kind = document.kind if document is not None else _UNSTATED
    return {
        "utci": test.record_id,
        "pid": {"n": _name(holder), "dob": str(holder.birth_date), "dt": kind.rstrip("<"), "dn": number},
        "sp": {
            "spn": test.centre or test.issuer,
            "ctr": codes.country_written(test.country),
            "cd": {"p": _UNSTATED, "e": _UNSTATED, "a": _UNSTATED},
        },
        "dat": {"sc": format_instant(test.sampled), "ri": format_instant(at)},
        "tr": {
            "tc": codes.test_type_written(test.kind, test.method, test.name),
            "r": codes.result_written(test.result),
        },
    }


def _name(holder: Person) -> str:
    """The name as in the passport: two blanks between family and given names show where it divides."""
    parts = (holder.name.family_icao, holder.name.given_icao)
    return "  ".join(part.replace("<", " ") for part in parts if part)


def refused(certificate: Certificate) -> Iterator[Refusal]:
    """Why, and where, a seal cannot hold this certificate."""
    yield from _shape_refused(certificate.claims)
    yield from _holder_refused(certificate)
    for number, claim in enumerate(certificate.claims):
        fields: Iterator[tuple[Reason, str]] = iter(())
        match claim:
            case Vaccination():
                fields = _vaccination_refused(claim)
            case Test():
                fields = _test_refused(claim)
        yield from (Refusal(reason, f"claims[{number}].{field}") for reason, field in fields)


def _shape_refused(claims: tuple[AnyClaim, ...]) -> Iterator[Refusal]:
    """A message is about vaccinations, or about one test."""
    tests = [claim for claim in claims if isinstance(claim, Test)]
    found = {
        Reason.ISSUE_NO_CLAIM: not claims,
        Reason.ISSUE_SEVERAL_CLAIMS: bool(tests) and len(claims) > 1,
        Reason.ISSUE_RECOVERY: any(isinstance(claim, Recovery) for claim in claims),
        Reason.ISSUE_EXEMPTION: any(isinstance(claim, Exemption) for claim in claims),
        Reason.ISSUE_TOO_LARGE: len(claims) > MOST_EVENTS,
    }
    yield from (Refusal(reason) for reason, is_so in found.items() if is_so)


def _holder_refused(certificate: Certificate) -> Iterator[Refusal]:
    """A whole birth date or none; a test has both it and a document, a vaccination one of them at least."""
    holder, tested = certificate.holder, any(isinstance(claim, Test) for claim in certificate.claims)
    written = _name(holder)
    if not holder.name.family_icao or len(written) > LONGEST_TEXT:
        yield Refusal(Reason.ISSUE_NAME, "holder.name")
    legible = isinstance(holder.document, LegibleDocument)
    born = holder.birth_date
    if (born is not None and not born.complete) or (born is None and (tested or not legible)):
        yield Refusal(Reason.ISSUE_FIELD, "holder.birth_date")
    if tested and not legible:
        yield Refusal(Reason.ISSUE_FIELD, "holder.document")


def _vaccination_refused(claim: Vaccination) -> Iterator[tuple[Reason, str]]:
    vaccine, brand, disease = _coded(claim)
    if disease is None:
        yield Reason.ISSUE_CODE, "disease"
    if vaccine is None:
        yield Reason.ISSUE_CODE, "prophylaxis"
    if claim.product is None:
        yield Reason.ISSUE_FIELD, "product"
    elif brand is None or not _carried(brand):
        yield Reason.ISSUE_CODE, "product"
    if not claim.date.complete:
        yield Reason.ISSUE_FIELD, "date"
    if type(claim.dose) is not int or not 1 <= claim.dose <= MOST_DOSES:
        yield Reason.ISSUE_FIELD, "dose"
    if claim.lot is not None and not _carried(claim.lot):
        yield Reason.ISSUE_FIELD, "lot"
    yield from _common_refused(claim)


def _test_refused(claim: Test) -> Iterator[tuple[Reason, str]]:
    if codes.test_type_written(claim.kind, claim.method, claim.name) is None:
        yield Reason.ISSUE_TEST_KIND, "kind"
    if codes.result_written(claim.result) is None:
        yield Reason.ISSUE_CODE, "result"
    if claim.centre is not None and not _carried(claim.centre):
        yield Reason.ISSUE_FIELD, "centre"
    if claim.sampled.utcoffset() is None:
        yield Reason.ISSUE_FIELD, "sampled"
    if _disease_written(CONDITION_MAP.map(claim.disease) or claim.disease) != _COVID_19:
        yield Reason.ISSUE_CODE, "disease"
    yield from _common_refused(claim)


_COVID_19: Final = "RA01.0"


def _common_refused(claim: AnyClaim) -> Iterator[tuple[Reason, str]]:
    if codes.country_written(claim.country) is None:
        yield Reason.ISSUE_FIELD, "country"
    if not _carried(claim.issuer):
        yield Reason.ISSUE_FIELD, "issuer"


def _carried(text: Any) -> bool:
    """A text that is read back as it was written: one line, with single blanks."""
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable() and " ".join(text.split()) == text
