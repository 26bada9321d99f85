"""Every persona of the policy lint (rules/personas.json) reaches a certificate, each by a way that is theirs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.authority.identity.scripted import registered
from tests.chips import chip, document_signer
from tests.seals import Root
from tests.web.desks import (
    CLINIC,
    COUNTRY,
    LINA,
    PORTRAIT,
    WANG,
    Faces,
    Town,
    client,
    desk_app,
    ministry_app,
    sign_in,
    town,
)
from tests.web.houses import TRUSTED, film, visit

from pratique import qr
from pratique.authority.identity import clinic_code
from pratique.authority.store.people import Papers
from pratique.identification import Match, identify
from pratique.model import uvci
from pratique.model.certificate import (
    AnyClaim,
    Evidence,
    Exemption,
    Recovery,
    Test,
    TestKind,
    Vaccination,
)
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone
from pratique.model.valueset import COVID_19, DETECTED, NOT_DETECTED
from pratique.rules.personas import Persona, personas
from pratique.sandbox import traveller
from pratique.trust.x509 import anchor
from pratique.verification import verify
from pratique.web.ministry import CONSENT

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
FOREIGN = Root("DE", "DE passports root")
BASE: dict[str, Any] = {"disease": COVID_19, "country": "XA", "issuer": "Clinic 7", "evidence": Evidence.REGISTRY}


def day(age: str) -> PartialDate:
    return PartialDate.of((AT + timedelta(days=int(age.removesuffix("d")))).date())


def claims_of(persona: Persona) -> tuple[AnyClaim, ...]:
    """What the records say of a persona; a test of yesterday for whoever has none, as every policy offers it."""
    made: list[AnyClaim] = []

    def identifier() -> str:
        return uvci.from_record_id("XA", bytes([len(made) + 1] * 16))

    for group, entries in persona.certificate.items():
        for entry in entries:
            match group:
                case "v":
                    made.append(
                        Vaccination(
                            uvci=identifier(), date=day(entry["dt"]), dose=entry["dn"], doses=entry["sd"], **BASE
                        )
                    )
                case "t":
                    sampled = AT + timedelta(hours=int(entry["sc"].removesuffix("h")))
                    antibody = entry.get("kd") == "antibody"
                    kind = TestKind.ANTIBODY if antibody else TestKind.MOLECULAR
                    result = DETECTED if antibody else NOT_DETECTED
                    made.append(Test(uvci=identifier(), kind=kind, sampled=sampled, result=result, **BASE))
                case "r":
                    made.append(
                        Recovery(
                            uvci=identifier(), first_positive=day(entry["fr"]), valid_from=day(entry["df"]),
                            valid_until=day(entry["du"]), **BASE,
                        )
                    )  # fmt: skip
                case "x":
                    first, last = day(entry["df"]), day(entry["du"])
                    made.append(Exemption(uvci=identifier(), valid_from=first, valid_until=last, **BASE))
    if not made:
        sampled = AT - timedelta(hours=20)
        made.append(Test(uvci=identifier(), kind=TestKind.MOLECULAR, sampled=sampled, result=NOT_DETECTED, **BASE))
    return tuple(made)


def passport(persona: Persona) -> MachineReadableZone:
    born = AT.year - persona.age - 1
    letters = "".join(c for c in persona.name.upper() if c.isalpha())
    zone = structs.replace(
        traveller.PASSPORT,
        family_icao=letters,
        given_icao="ADA",
        number=f"XB{born}123"[:9],
        birth_date=f"{born % 100:02}0301",
    )
    return structs.replace(zone, country="D", nationality="D", number="C01X00T47") if persona.foreign else zone


def by_the_camera(place: Town, zone: MachineReadableZone, persona: Persona) -> str:
    browser = client(ministry_app(place, Faces(), records=lambda _: claims_of(persona)))
    told = film(browser, visit(browser, zone.number))
    return scan_on(browser.get(told[-1]["next"]).text)


def by_a_clinics_code(place: Town, zone: MachineReadableZone, persona: Persona) -> str:
    code = clinic_code.make_for_patient(
        place.engine, place.vault, CLINIC, Papers(COUNTRY, zone.number), at=place.clock()
    )
    assert code is not None
    browser = client(ministry_app(place, records=lambda _: claims_of(persona)))
    page = browser.post("/en/paper-code", data={"number": zone.number, "code": code.text, "consent": CONSENT})
    return scan_on(page.text)


def at_the_counter(place: Town, sent: dict[str, Any], persona: Persona, act: dict[str, Any]) -> str:
    """Two officers, and what they print."""
    app = desk_app(place, roots=(anchor(FOREIGN.certificate),), records=lambda _: claims_of(persona))
    first, second = client(app), client(app)
    sign_in(first, place, LINA)
    sign_in(second, place, WANG)
    before = first.post("/en/counter", **sent)
    asked = first.post(before.url.path, data=act | {"consent": "1"})
    assert "/en/acts/" in asked.url.path, asked.text
    second.get(asked.url.path)
    done = second.post(asked.url.path, data={"decision": "confirm"})
    (scan,) = qr.read_pdf(second.get(done.url.path.replace("/done", "/print")).content)
    return scan


def on_paper(place: Town, zone: MachineReadableZone, persona: Persona) -> str:
    return at_the_counter(place, {"data": {"number": zone.number}}, persona, {"act": "admit"})


def by_a_parent(place: Town, zone: MachineReadableZone, persona: Persona) -> str:
    act = {"act": "delegate", "ground": "child", "guardian": traveller.PASSPORT.number}
    return at_the_counter(place, {"data": {"number": zone.number}}, persona, act)


def by_the_chip(place: Town, zone: MachineReadableZone, persona: Persona) -> str:
    files = chip(document_signer(FOREIGN, "DE"), zone, PORTRAIT)
    sent = {"files": {name: (name, getattr(files, name)) for name in ("sod", "dg1", "dg2")}}
    return at_the_counter(place, sent, persona, {"born": f"{AT.year - persona.age - 1}-03-01"})


WAYS: dict[str, Callable[[Town, MachineReadableZone, Persona], str]] = {
    "child": by_a_parent,
    "no_phone": on_paper,
    "foreign_passport": by_the_chip,
    "exempt": by_a_clinics_code,
}
"""By a persona's name; everybody else looks into the camera."""


def scan_on(page: str) -> str:
    found = re.search(r'data-scan="([^"]+)"', page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.name)
def test_every_persona_reaches_a_certificate(tmp_path: Path, persona: Persona) -> None:
    zone = passport(persona)
    with town(tmp_path) as place:
        if not persona.foreign:
            born = f"{AT.year - persona.age - 1}-03-01"
            place.registry.enter([registered(zone, born, PORTRAIT)], at=place.clock())
        scan = WAYS.get(persona.name, by_the_camera)(place, zone, persona)
    read = verify(scan, trust_list=TRUSTED, at=AT)
    assert read.authentic
    assert read.content is not None
    assert read.content.claims == claims_of(persona)
    found = identify(read.content, zone)
    assert (found.document, found.match) == (Match.EXACT, Match.EXACT)


def test_each_way_is_somebodys() -> None:
    names = {persona.name for persona in personas()}
    assert WAYS.keys() <= names
    assert len(names) >= 10
