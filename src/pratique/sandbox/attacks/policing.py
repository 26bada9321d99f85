"""Attacks on policies and at doors: rules that creep, passes that join, doors that track."""

import re
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs
from sqlalchemy import inspect, text

from pratique.authority.status import declaring
from pratique.authority.status.declaring import Told, Trip
from pratique.authority.store import reading
from pratique.authority.venues import registering, slips
from pratique.authority.venues.doors import Mode
from pratique.authority.venues.exposures import hour_of
from pratique.authority.venues.registering import Act
from pratique.formats import open_scan
from pratique.issuing import FORMATS, issue
from pratique.model import facts
from pratique.model.certificate import Certificate, Person
from pratique.model.crowd import Crowd
from pratique.model.dates import PartialDate
from pratique.model.errors import (
    PratiqueError,
    RuleRefused,
)
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.model.status import StatusWord
from pratique.model.valueset import CONDITIONS, COVID_19, Code
from pratique.passes import Slot, begins, day_passes, statuses, word_of
from pratique.rules.linting import parse_policy
from pratique.rules.personas import decision, has_a_way, personas
from pratique.rules.policy import ESSENTIAL, Policy
from pratique.sandbox import border
from pratique.sandbox import codes as published
from pratique.sandbox.attacks.cases import expect, refused, tries
from pratique.sandbox.attacks.colouring import HOUR, TODAY, ZONE, swab
from pratique.sandbox.attacks.forging import AT
from pratique.sandbox.attacks.yard import (
    DAY,
    NORTH,
    SOUTH,
    Yard,
    changed,
    sample,
)  # fmt: skip
from pratique.verification import verify

# policies


def _logic(stated: Any, logic: object) -> None:
    stated["rules"][0]["Logic"] = logic
    stated["rules"][0]["AffectedFields"] = []


@tries("EQ-1", "EQ-2", what="a policy that vaccination alone satisfies, and one that leaves somebody no way in")
def vaccination_alone(yard: Yard) -> str:
    del yard

    def _nobody(stated: Any) -> None:
        stated["branches"], stated["otherwise"]["remedy"] = stated["branches"][:2], {"kind": "wait"}

    def alone(stated: Any) -> None:
        branch = next(each for each in stated["branches"] if any(name.startswith("VR") for name in each["rules"]))
        stated["branches"] = [branch]
        stated["otherwise"]["remedy"] = {"kind": "vaccination"}

    with refused(Reason.POLICY_VACCINATION, by=RuleRefused):
        parse_policy(changed(border.policy(), alone))

    def waived(stated: Any) -> None:
        alone(stated)
        stated["waiver"] = "ihr-annex-7"

    with refused(Reason.POLICY_WAIVER, by=RuleRefused):
        parse_policy(changed(border.policy(), waived))
    with refused(Reason.POLICY_PERSONA, by=RuleRefused):
        parse_policy(changed(border.policy(), _nobody))
    found = []
    for text_ in (border.policy(), published.policy()):
        policy = parse_policy(text_)
        clock = policy.start + DAY
        without = [each.name for each in personas() if not has_a_way(each, policy, clock)]
        expect(not without, f"{policy.identifier} leaves out {', '.join(without)}")
        found.append(policy.identifier)
    return f"POLICY_VACCINATION, POLICY_WAIVER, POLICY_PERSONA; {len(personas())} people have a way under {len(found)}"


@tries(
    "FC-1",
    "FC-2",
    "FC-3",
    "FC-5",
    what="policies for a school, for another condition, with a score, and about more than they say",
)
def creeping(yard: Yard) -> str:
    tried: list[tuple[Reason, Any]] = [
        *((Reason.POLICY_ESSENTIAL, lambda stated, place=place: stated.update(setting=place)) for place in ESSENTIAL),
        (Reason.POLICY_CONDITION, lambda stated: stated.update(disease="86406008")),
        (Reason.POLICY_CATEGORY, lambda stated: stated["categories"].remove("vaccinations")),
        (Reason.POLICY_DATA, lambda stated: _logic(stated, {"===": [{"var": "payload.nam.fnt"}, "HAN"]})),
        (Reason.POLICY_SCORE, lambda stated: _logic(stated, {">": [{"+": [{"var": "payload.v.0.dn"}, 1]}, 2]})),
        (Reason.POLICY_RESULT, lambda stated: stated["branches"][0].update(result="green")),
        (Reason.POLICY_SUNSET_MISSING, lambda stated: stated.pop("sunset")),
        (Reason.POLICY_SUNSET_FAR, lambda stated: stated.update(sunset="2030-01-01T00:00:00Z")),
    ]
    for reason, change in tried:
        with refused(reason, by=RuleRefused):
            parse_policy(changed(border.policy(), change))
    for odd in ({"score": 7}, {"rank": 1}, {"location": "31.2,121.5"}):
        with refused(by=RuleRefused):
            parse_policy(changed(border.policy(), lambda stated, odd=odd: stated.update(odd)))
    expect(isinstance(parse_policy(border.policy()), Policy), "the untouched one is refused")
    condition = Code("http://snomed.info/sct", "86406008")
    expect(condition not in CONDITIONS, "another condition is on the list")
    told = condition_refused(yard, condition)
    return f"{len(tried) + 3} policies refused; another condition: {told}"


def condition_refused(yard: Yard, condition: Code) -> str:
    """That neither a certificate nor a record of another condition is taken, and that the record leaves no trace."""
    certificate = Certificate(
        Person(name("Han", "Meimei"), PartialDate(1990, 5, 8)), (structs.replace(swab(), disease=condition),)
    )
    for each in FORMATS:
        with refused():
            issue(certificate, format=each, signer=yard.signer, at=AT)
    town = yard.town()
    kept = len(town.records())
    with refused(by=ValueError):
        town.record(sample(number="T-2"), disease=condition)
    expect(len(town.records()) == kept, "a record of it is kept")
    files = b"".join(path.read_bytes() for path in town.folder.glob("records.db*"))
    expect(condition.value.encode() not in files, "it stands in the database")
    town.record(sample(number="T-3", sampled="2026-11-20T08:30Z"), disease=COVID_19)
    expect(len(town.records()) == kept + 1, "a record of a listed condition is not taken either")
    return "no format certifies it, and no record of it is kept"


@tries("PR-7", "FC-3", what="a position, a cell or a score where facts, declarations and trips are read")
def no_input_for_a_position(yard: Yard) -> str:
    town = yard.town()
    word = re.compile(
        r"lat(itude)?$|lon(gitude)?$|gps|geo|position|cell(_id)?$|imsi|wifi|bluetooth|score|rank", re.IGNORECASE
    )
    columns = [f"{table}.{column['name']}" for table in inspect(town.engine).get_table_names()
               for column in inspect(town.engine).get_columns(table)]  # fmt: skip
    fields = [
        *facts.PATHS,
        *columns,
        *(field.name for field in structs.fields(Trip)),
        *(field.name for field in structs.fields(Told)),
    ]
    found = [each for each in fields if word.search(each.rpartition(".")[2])]
    expect(not found, f"there is {', '.join(found)}")
    known = town.known()
    for far in (Trip("XB", TODAY - timedelta(days=400), TODAY - timedelta(days=399)), Trip("31.2,121.5", TODAY, TODAY)):
        with refused(by=(ValueError, PratiqueError)):  # type: ignore[arg-type]
            declaring.declare(town.engine, town.vault, known, Told(36.5, trips=(far,)), by=known, at=AT, zone=ZONE)
    return f"of {len(fields)} columns, facts and fields none is a position; trips are places and days of three weeks"


# passes and doors


def new_keys(count: int) -> tuple[bytes, ...]:
    """One-time keys of a holder."""
    return tuple(
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        for _ in range(count)
    )


CROWD = Crowd(
    {given + family: 20_000 for given in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for family in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
)
MEI = Person(name("Han", "Meimei"), PartialDate(1990, 5, 8))


@tries(
    "PR-3",
    "PR-4",
    "PR-5",
    "EQ-3",
    "REQ 18.1",
    what="day passes of one holder, and of people who were admitted in different ways, compared",
)
def passes_compared(yard: Yard) -> str:
    signer, trust = yard.signer, yard.trust
    venue = parse_policy(border.policy())
    clock = venue.start + DAY
    shapes = {}
    for persona in personas():
        word = word_of(decision(persona, venue, clock))
        if word is not StatusWord.ADMITTED:
            continue
        slots = [Slot(day, new_keys(1)) for day in begins(AT, days=2)]
        made = day_passes(statuses(MEI, word, slots, crowd=CROWD), signer=signer, at=AT)
        told = [verify(scan, trust_list=trust, at=slots[0].begins + HOUR).content for scan in made[:1]]
        shapes[persona.name] = (len(made[0]), [(each.begins, each.ends, each.word, each.initials) for each in told])  # type: ignore[union-attr]
    expect({"vaccinated", "recovered", "tested", "exempt"} <= shapes.keys(), "somebody is not admitted")
    expect(len({repr(each) for each in shapes.values()}) == 1, "the way shows")
    slots = [Slot(day, new_keys(20)) for day in begins(AT, days=5)]
    made = day_passes(statuses(MEI, StatusWord.ADMITTED, slots, crowd=CROWD),
                      signer=signer, at=AT)  # fmt: skip
    envelopes = [open_scan(scan) for scan in made]
    expect(len({each.signature for each in envelopes}) == len(made), "two signatures are the same")
    keys = [verify(scan, trust_list=trust, at=AT).content for scan in made]
    expect(len({each.key for each in keys}) == len(made), "two keys are the same")  # type: ignore[union-attr]
    disclosed = {(each.initials, each.birthday) for each in keys}  # type: ignore[union-attr]
    expect(len(disclosed) == 1 and all(len(part or "") <= 5 for part in disclosed.pop()), "more is told")
    expect(all(not verify(scan, trust_list=trust, at=AT).identifiers for scan in made), "they have identifiers")
    return f"{len(shapes)} ways, one shape and size; {len(made)} passes of one holder share initials and a birthday"


@tries("PR-6", what="doors that register by themselves, for ever, in a taxi, and slips that one official opens")
def doors_that_track(yard: Yard) -> str:
    town = yard.town()
    engine, vault = town.engine, town.vault
    with refused(Reason.VENUE_REGISTER_OFF):
        registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    begin = AT - DAY
    period = registering.propose(engine, NORTH, "An order", begins=begin, ends=begin + 100 * DAY, at=AT)
    registering.agree(engine, NORTH, Act.ALLOW, period, at=AT)
    with refused(Reason.VENUE_REGISTER_OFF):
        registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    registering.agree(engine, SOUTH, Act.ALLOW, period, at=AT)
    with refused(Reason.VENUE_SHOW_ONLY):
        registering.open_venue(engine, vault, NORTH, Mode.TAXI, "Taxi 12", at=AT)
    place = registering.open_venue(engine, vault, NORTH, Mode.MALL, "North Mall", at=AT)
    kit = registering.kit(engine, vault, place.code, at=AT)
    content = slips.seal("13800000000", kit.keys[0], code=kit.code, hour=kit.first_hour)
    registering.take(engine, place.code, kit.first_hour, content, at=AT)
    expect(b"13800000000" not in town.path.read_bytes(), "the slip is in the clear")
    hour = hour_of(AT)
    exposure = registering.declare(engine, NORTH, place.venue_id, first_hour=hour, last_hour=hour, at=AT)
    with refused(Reason.EXPOSURE_UNDECLARED):
        registering.open_slips(engine, vault, NORTH, exposure, at=AT)
    registering.agree(engine, SOUTH, Act.DECLARE, exposure, at=AT)
    registering.agree(engine, NORTH, Act.OPEN, exposure, at=AT)
    with refused(Reason.EXPOSURE_ONE_OFFICIAL):
        registering.open_slips(engine, vault, NORTH, exposure, at=AT)
    registering.purge(engine, vault, at=AT + 15 * DAY)
    with reading(engine) as connection:
        left = connection.execute(text("SELECT count(*) FROM slip")).scalar_one()
    expect(left == 0, "slips are left after two weeks")
    tables = set(inspect(engine).get_table_names())
    expect(not {"visit", "scan", "check_in"} & tables, "there is a table of visits")
    return "VENUE_REGISTER_OFF, VENUE_SHOW_ONLY, EXPOSURE_ONE_OFFICIAL; slips are sealed, and gone after 14 days"
