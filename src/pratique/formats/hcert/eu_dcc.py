"""The EU Digital COVID Certificate, schema 1.3.x, as a profile of HCERT: one person, one vaccination, test or recovery.

What we issue is a plain DCC. The evidence grade and the travel document have no place in it and are left out; a code
that a map knows is written as the DCC's own, and any other of another system is refused. A specimen carries
`sp: true`, which other readers pass over.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import structs

from pratique.formats.hcert._holder import carried
from pratique.model import dcc
from pratique.model.certificate import AnyClaim, Certificate, Exemption, Test, TestKind, Vaccination
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.reasons import Reason
from pratique.model.valueset import (
    CONDITION_MAP,
    COVID_19,
    DETECTED,
    NOT_DETECTED,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    TEST_TYPE_MAP,
    Code,
    CodeMap,
)

NAME: Final = "eu-dcc"
KEY: Final = 1
KEYS: tuple[int, ...] = (KEY,)


def read(payload: object) -> Certificate:
    """The certificate in a DCC as real issuers wrote them. Raises `MalformedCertificate`.

    The keys of our own shape (`pratique.model.dcc`) mean nothing in a DCC, whatever stands there; `sp` alone counts,
    and only if it is true or false.
    """
    return dcc.from_dcc(payload, ours=False)


def normalised(claim: AnyClaim) -> AnyClaim:
    """The claim as a DCC says it: without the evidence grade, and with the DCC's own codes where a map knows them."""
    changes: dict[str, Any] = {"evidence": None, "disease": _mapped(claim.disease, CONDITION_MAP)}
    match claim:
        case Vaccination():
            changes["prophylaxis"] = _mapped(claim.prophylaxis, PROPHYLAXIS_MAP)
            changes["product"] = _mapped(claim.product, PRODUCT_MAP)
        case Test():
            changes["method"] = _mapped(claim.method or dcc.TEST_TYPES.get(claim.kind), TEST_TYPE_MAP)
            changes["result"] = _mapped(claim.result, RESULT_MAP)
    return structs.replace(claim, **changes)


def _mapped(code: Code | None, mapping: CodeMap) -> Code | None:
    return None if code is None else mapping.map(code) or code


def write(certificate: Certificate) -> dict[str, object]:
    """The payload under the profile's key: what CBOR encodes of a DCC, for a certificate that `refusals` lets pass."""
    return dcc.to_dcc(structs.replace(certificate, claims=tuple(map(normalised, certificate.claims))))


def refusals(certificate: Certificate) -> tuple[Refusal, ...]:
    """Why this certificate cannot be a DCC, and where: each once, in a fixed order; empty if it can."""
    payload = write(certificate)
    found = (*_shape_refused(certificate), *_codes_refused(payload))
    if not found:
        found = tuple(Refusal(Reason.ISSUE_FIELD, place) for place in dict.fromkeys(_misread(payload)))
    return found


def _shape_refused(certificate: Certificate) -> Iterator[Refusal]:
    claims = certificate.claims
    kinds = {claim.kind for claim in claims if isinstance(claim, Test)}
    found = {
        Reason.ISSUE_NO_CLAIM: not claims,
        Reason.ISSUE_SEVERAL_CLAIMS: len(claims) > 1,
        Reason.ISSUE_ANTIBODY_TEST: TestKind.ANTIBODY in kinds,
        Reason.ISSUE_TEST_KIND: TestKind.OTHER in kinds,
        Reason.ISSUE_EXEMPTION: any(isinstance(claim, Exemption) for claim in claims),
    }
    yield from (Refusal(reason) for reason, is_so in found.items() if is_so)


def _codes_refused(payload: dict[str, object]) -> Iterator[Refusal]:
    """A code that the shape had to set aside under `cd`, another disease, and a result that is neither yes nor no."""
    for group in ("v", "t", "r", "x"):
        for number, entry in enumerate(_entries(payload, group)):
            wrong = dict.fromkeys(entry.get("cd", ()))
            if entry.get("tg") != COVID_19.value:
                wrong["tg"] = None
            if group == "t" and entry.get("tr") not in (DETECTED.value, NOT_DETECTED.value):
                wrong["tr"] = None
            yield from (Refusal(Reason.ISSUE_CODE, f"{group}[{number}].{field}") for field in wrong)


def _entries(payload: dict[str, object], group: str) -> list[dict[str, Any]]:
    entries = payload.get(group)
    return entries if isinstance(entries, list) else []


def _misread(payload: dict[str, object]) -> Iterator[str]:
    """Where the payload breaks the schema, has no letter or a control character for a text, or where a reader that
    trims, composes and limits would change it."""
    yield from (problem.path for problem in dcc.problems(payload))
    yield from (path for path, text in _texts(payload) if not carried(text) and (text or path != "dob"))
    try:
        yield from _differences(dcc.to_dcc(read(payload)), payload)
    except MalformedCertificate as refusal:
        yield refusal.detail


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in it, with its path; a birth date that nobody knows is an empty one."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from _texts(held, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, held in enumerate(value):
            yield from _texts(held, f"{path}[{number}]")


def _differences(read_back: Any, written: Any, path: str = "") -> Iterator[str]:
    """The paths, such as `v[0].is`, at which two values of dicts, lists and plain values are not the same."""
    if isinstance(read_back, dict) and isinstance(written, dict):
        for key in written | read_back:
            yield from _differences(read_back.get(key), written.get(key), f"{path}.{key}" if path else key)
    elif isinstance(read_back, list) and isinstance(written, list) and len(read_back) == len(written):
        for number, pair in enumerate(zip(read_back, written, strict=True)):
            yield from _differences(*pair, f"{path}[{number}]")
    elif read_back != written:
        yield path
