"""A holder's certificates: asked for, shown again, and what they are worth. The one place of the API that signs.

Nobody asks for a signature without a holder's token: it stands for a passport and a face, a chip, or a desk.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.access import Item
from pratique.authority.issuance import revoking
from pratique.authority.issuance.certificates import NEEDED, Issued, certificate_of_person, scan_of
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.revoking import State
from pratique.authority.store import people, reading
from pratique.authority.store.people import Known, Papers
from pratique.model.reasons import Reason
from pratique.web.api.house import House
from pratique.web.api.owning import looked
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a certificate is to be; without `records` it has all that stand, without `number` your newest document."""

    format: Literal["ithc", "eu-dcc", "shc", "vds-nc", "icvp"] = "ithc"
    records: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    number: Annotated[str, Meta(max_length=20)] | None = None


class Certified(Struct, frozen=True):
    """A certificate: `scan` is the text of its code; `left_out` are records that are not in it, with why."""

    certificate_id: str
    format: str
    scan: str
    issued: datetime
    expires: datetime | None
    replaces: str | None
    left_out: tuple[tuple[str, Reason], ...] = ()


class Worth(Struct, frozen=True):
    """A certificate and what it is worth now."""

    certificate_id: str
    format: str
    issued: int
    expires: int | None
    state: State
    ground: str | None


class Certificates(Struct, frozen=True):
    """A person's certificates, the latest first."""

    certificates: tuple[Worth, ...]


def handlers(house: House) -> Sequence[Any]:
    """The routes; where nobody signs, there are none."""
    if house.office is None:
        return []
    office = house.office

    @post(
        "/v1/people/{person:str}/certificates",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, Code.CONTENT_REFUSED, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["certificates"],
        sync_to_thread=True,
    )
    def certify(request: AnyRequest, person: FromPath[str], data: JSONBody[Asked]) -> Certified:
        """Sign what the records say."""
        known, allowed = looked(house, request, person, NEEDED)
        wanted = Wanted(data.format, data.records, _papers(house, known, data.number))
        return certified(certificate_of_person(office, allowed, wanted=wanted, at=house.clock()))

    @get(
        "/v1/people/{person:str}/certificates",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["certificates"],
        sync_to_thread=True,
    )
    def certificates(request: AnyRequest, person: FromPath[str]) -> Certificates:
        """Which certificates there are, and what they are worth."""
        _, allowed = looked(house, request, person, frozenset({Item.RECORDS}))
        with reading(office.engine) as connection:
            found = revoking.standings(connection, allowed, at=house.clock())
        return Certificates(
            tuple(
                Worth(
                    each.certificate.certificate_id,
                    each.certificate.format,
                    each.certificate.issued,
                    each.certificate.expires,
                    each.state,
                    each.ground,
                )
                for each in found
            )
        )

    @get(
        "/v1/people/{person:str}/certificates/{certificate_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["certificates"],
        sync_to_thread=True,
    )
    def certificate(request: AnyRequest, person: FromPath[str], certificate_id: FromPath[str]) -> Certified:
        """One certificate with its scan, to be shown again; nothing is signed for it."""
        _, allowed = looked(house, request, person, NEEDED)
        with reading(office.engine) as connection:
            found = scan_of(connection, house.vault, allowed, certificate_id)
        if found is None:
            raise Problem(Code.THING_UNKNOWN)
        return certified(found)

    return [certify, certificates, certificate]


def _papers(house: House, known: Known, number: str | None) -> Papers:
    """The document that is named, or the newest one. Raises `Problem` (CONTENT_REFUSED) for one that is not theirs."""
    with reading(house.engines.health) as connection:
        for papers, _ in people.documents(connection, house.vault, known.subject_id):
            if number is None or papers.number == number.strip().upper():
                return papers
    raise Problem(Code.CONTENT_REFUSED, place="$.number")


def certified(issued: Issued) -> Certified:
    """As it is told."""
    return Certified(
        issued.certificate_id,
        issued.format,
        issued.scan,
        issued.issued,
        issued.expires,
        issued.replaces,
        issued.left_out,
    )
