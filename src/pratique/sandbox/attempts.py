"""Certificates that do not pass as they stand, to be taken to the border by whoever takes part."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pratique.authority.records import FileRecords
from pratique.issuing import issue
from pratique.model import fhir
from pratique.model.certificate import Certificate, Evidence, Person, TravelDocument, Vaccination, choose
from pratique.sandbox import register, traveller
from pratique.sandbox.demo import World, tampered


def attempts(world: World, out: Path, *, at: datetime) -> Mapping[str, str]:
    """Scans of Han Meimei's by what is the matter with them: `tampered`, `tests` (no vaccine), `dose` (one of two)."""
    folder, signer, zone = out / "xa" / "register" / "records", world.issuer.signer, traveller.PASSPORT
    records = FileRecords.load(folder, issuer=traveller.ISSUER, country=world.issuer.code, evidence=Evidence.REGISTRY)
    person = fhir.person(traveller.PATIENT)
    document = TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    holder = Person(person.name, person.birth_date, document)
    whole = Certificate(holder, records.claims(register.MEIMEI), specimen=True)
    doses = [claim for claim in whole.claims if isinstance(claim, Vaccination)]
    tests = [claim for claim in whole.claims if not isinstance(claim, Vaccination)]
    dose = issue(choose(whole, doses[-1]), format="eu-dcc", signer=signer, at=at)
    return {
        "tampered": tampered(dose),
        "tests": issue(choose(whole, *tests), format="ithc", signer=signer, at=at),
        "dose": dose,
    }
