"""Policies of fictional states: one that may be published, and every way in which one may not."""

import copy
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.rules.signing import signed_text
from pratique.sandbox.border import policy
from pratique.sandbox.codes import policy as health_code
from tests.cases.known import Case, Vector, base64
from tests.cases.ruling import at, rule, var

OURS = "docs/policies.md"
CLOCK = at("external.validationClock")
MENTAL_HEALTH = "74732009"
"""SNOMED CT: mental disorder."""
YELLOW_FEVER = "16541001"
LASTING = {"ValidFrom": "2026-12-01T00:00:00Z", "ValidTo": "2027-09-01T00:00:00Z"}


def good() -> dict[str, Any]:
    """The policy that the sandbox ships, to be spoilt."""
    made: dict[str, Any] = json.loads(policy())
    return made


def spoilt(**changes: object) -> Vector:
    """The same with fields changed; None takes one away."""
    made = good() | changes
    return {name: value for name, value in made.items() if value is not None}


def otherwise(**changes: object) -> Vector:
    """The outcome for people without a proof, changed likewise."""
    made = good()["otherwise"] | changes
    return spoilt(otherwise={name: value for name, value in made.items() if value is not None})


def own(identifier: str, kind: str, logic: object) -> Vector:
    return rule(Identifier=identifier, CertificateType=kind, Logic=logic, AffectedFields=[], **LASTING)


def with_rule(logic: object, *categories: str, kind: str = "General", **changes: object) -> Vector:
    """The shipped policy with one more rule, and a branch of it."""
    made = good()
    made["rules"].append(own("GR-XA-1009", kind, logic))
    made["branches"].append({"result": "admit", "title": {"en": "one more"}, "rules": ["GR-XA-1009"]})
    made["categories"] += categories
    return made | changes


def only(*branches: tuple[str, str, object], **changes: object) -> Vector:
    """A policy of these rules alone, each a branch: identifier, certificate type, logic."""
    made = good()
    made["rules"] = [own(*branch) for branch in branches]
    made["branches"] = [{"result": "admit", "title": {"en": name}, "rules": [name]} for name, _, _ in branches]
    return made | changes


def case(name: str, description: str, text: object, *findings: tuple[str, str], **more: object) -> Case:
    """`findings` are pairs of place and code; a `historical` policy has them and is read all the same."""
    codes = list(dict.fromkeys(code for _, code in findings))
    vector: Vector = {"description": description, "source": OURS, "policy": text, **more}
    return f"policies/{name}.json", vector | {"expected": {"reasons": codes, "findings": [list(f) for f in findings]}}


TWO_DOSES = {
    "and": [
        {">=": [{"reduce": [var("payload.v"), {"+": [var("accumulator"), 1]}, 0]}, 2]},
        {"not-before": [CLOCK, at("payload.v.0.dt", 14)]},
    ]
}
VACCINATED = ("VR-XA-1001", "Vaccination", TWO_DOSES)
TOMORROWS_TEST = (
    "TR-XA-1001",
    "Test",
    {"after": [at("payload.t.0.sc"), at("external.validationClock", 1, "day")]},
)
"""A test sampled a day after it is shown: a branch that nobody can meet."""
ONE_MINUTE = (
    "TR-XA-1001",
    "Test",
    {
        "and": [
            {"===": [var("payload.t.0.tr"), "260415000"]},
            {"not-after": [CLOCK, at("payload.t.0.sc", 0, "hour")]},
        ]
    },
)


def habit(name: str, threshold: int, points: int) -> Vector:
    return {"if": [{">=": [var(f"payload.{name}"), threshold]}, points, 0]}


HEALTH_SCORE = {
    "+": [
        {"+": [habit("steps", 15_000, 50), habit("sleep", 7, 10)]},
        {"+": [habit("alcohol", 200, -15), habit("cigarettes", 5, -30)]},
    ]
}
"""The plan of May 2020, in tenths of a point: steps and sleep raise it, spirits and cigarettes lower it."""


def score(**changes: object) -> Vector:
    made = only(("GR-XA-1001", "General", {">=": [HEALTH_SCORE, 40]}), categories=["lifestyle"], **changes)
    made["branches"] = [{"result": "87 points", "title": {"en": "rank"}, "rules": ["GR-XA-1001"]}]
    return {name: value for name, value in made.items() if value is not None}


ADDEND = "rules[0].Logic.>=[0].+"
SCORED = (
    ("categories[0]", "POLICY_DATA"),
    *((f"{ADDEND}[{a}].+[{b}].if[0].>=[0]", "POLICY_DATA") for a in (0, 1) for b in (0, 1)),
    ("rules[0].Logic.>=[0]", "POLICY_SCORE"),
    ("branches[0].result", "POLICY_RESULT"),
    ("branches[0].cause", "POLICY_CAUSE"),
    ("branches[0].ends", "POLICY_END"),
    ("branches[0].remedy", "POLICY_REMEDY"),
    ("branches[0].appeal", "POLICY_APPEAL"),
)


def accepted() -> Iterator[Case]:
    yield case("shipped", "The policy that the sandbox ships", good())
    yield case("history-health-score", "Kept to be studied", score(historical=True, sunset=None), *_no_end(SCORED))
    yield case("annex-7", "Yellow fever: vaccination alone, whoever may not be vaccinated excepted", annex_7())
    yield case("of-right", "Nationals are told of a quarantine, others are turned away", border(of_right=QUARANTINE))
    extended = spoilt(
        extends={"identifier": "XA-EVENTS-2026", "sunset": "2026-12-01T00:00:00Z"}, signers=["health", "justice"]
    )
    yield case("extended", "Two signers, fifteen days, before the end", extended)


def _secret(name: str) -> Ed25519PrivateKey:
    """A key derived from a text, so that whoever can read has it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"pratique policy test: {name}".encode()).digest())


def officials(*names: str, country: str = "XA") -> Vector:
    """The keys of a country's officials; `deputy` has the minister's."""
    keys = {}
    for name in names:
        spki = (
            _secret({"deputy": "health"}.get(name, name))
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        )
        keys[name] = {"title": {"en": name}, "key": {"spki": base64(spki), "kind": "Ed25519"}}
    return {"officials": 1, "country": country, "keys": keys}


def signed(text: Vector, *names: str) -> Vector:
    """The policy with the signatures of these, over its text as it stands."""
    octets = signed_text(json.dumps(text).encode())
    made = [
        {"signer": name, "signature": base64(_secret({"deputy": "health"}.get(name, name)).sign(octets))}
        for name in names
    ]
    return text | {"signatures": made}


def signatures() -> Iterator[Case]:
    """Two officials sign exactly what is published, each with a key of their own."""
    two = spoilt(signers=["health", "justice"])
    known = officials("health", "justice")
    few, absent = ("signers", "POLICY_SIGNERS"), ("signers[1]", "POLICY_SIGNATURE")
    yield case("signed", "Two officials signed it", signed(two, "health", "justice"), officials=known)
    yield case("signed-by-nobody", "Names alone", two, ("signers[0]", "POLICY_SIGNATURE"), absent, few, officials=known)
    yield case("signed-once", "One of two", signed(two, "health"), absent, few, officials=known)
    changed = signed(two, "health", "justice") | {"version": "1.0.1"}
    wrong = [(f"signatures[{number}]", "POLICY_SIGNATURE") for number in range(2)]
    nobody = [("signers[0]", "POLICY_SIGNATURE"), absent, few]
    yield case("signed-then-changed", "Another version than they signed", changed, *wrong, *nobody, officials=known)
    foreign = officials("health", "justice", country="XB")
    whole = signed(two, "health", "justice")
    yield case("signed-by-strangers", "Officials of another state", whole, *wrong, *nobody, officials=foreign)
    both = signed(spoilt(signers=["health", "deputy"]), "health", "deputy")
    yield case("signed-with-one-key", "Two names, one key", both, few, officials=officials("health", "deputy"))
    unnamed = signed(spoilt(signers=["health"]), "health", "justice")
    yield case("signed-unasked", "By one whom the text does not name", unnamed, wrong[1], few, officials=known)


def _no_end(findings: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return (("sunset", "POLICY_SUNSET_MISSING"), *findings)


def asking() -> Iterator[Case]:
    """What it asks, of whom, and where."""
    yield case("health-score", "Steps, sleep, spirits and cigarettes as one number: the plan of 2020", score(), *SCORED)
    hidden = only(VACCINATED, TOMORROWS_TEST, categories=["vaccinations", "tests"])
    yield case(
        "vaccination-only-in-disguise",
        "Beside the vaccinated, whoever was tested tomorrow: a branch that nobody meets",
        hidden,
        ("branches", "POLICY_VACCINATION"),
    )
    yield case(
        "vaccination-only",
        "Without any disguise",
        only(VACCINATED, categories=["vaccinations"]),
        ("branches", "POLICY_VACCINATION"),
    )
    mind = {"===": [var("payload.r.0.tg"), MENTAL_HEALTH]}
    yield case(
        "mental-health-at-a-border",
        "A condition that is on no list, asked about by a rule",
        with_rule(mind, setting="border", of_right=QUARANTINE),
        ("rules[7].Logic", "POLICY_CONDITION"),
    )
    yield case(
        "policy-about-mental-health",
        "The policy itself is about such a condition",
        spoilt(disease=MENTAL_HEALTH, categories=[*good()["categories"], "mental_health"]),
        ("disease", "POLICY_CONDITION"),
        ("categories[5]", "POLICY_DATA"),
    )
    for setting in ("supermarket", "hospital", "school", "court", "home"):
        yield case(setting, "An essential setting", spoilt(setting=setting), ("setting", "POLICY_ESSENTIAL"))
    yield case("setting-unknown", "A setting of no list", spoilt(setting="ships"), ("setting", "POLICY_SETTING"))
    yield case("sealed-only", "Only what nobody but the door can read", spoilt(shows=["sealed"]), *SEALED)
    paper = ("personas.no_phone", "POLICY_PERSONA")
    yield case("no-paper", "A telephone is needed", spoilt(shows=["screen"]), paper)
    yield case(
        "name",
        "It reads the holder's name",
        with_rule({"===": [var("payload.nam.fnt"), "ERIKSSON"]}),
        ("rules[7].Logic.===[0]", "POLICY_DATA"),
    )
    folded = {"reduce": [var("payload.v"), {"===": [var("current.ci"), "URN:UVCI:01:XA:1"]}, False]}
    yield case(
        "identifier-in-a-fold",
        "It reads identifiers, from inside of a fold",
        with_rule(folded),
        ("rules[7].Logic.reduce[1].===[0]", "POLICY_DATA"),
    )
    yield case(
        "undeclared-category",
        "It reads the age without saying so",
        spoilt(categories=good()["categories"][:4]),
        ("rules[6].Logic.after[0].dccDateOfBirth[0]", "POLICY_CATEGORY"),
    )
    yield case(
        "declared-and-not-read",
        "It asks for more than it needs",
        spoilt(categories=[*good()["categories"], "contacts"]),
        ("categories[5]", "POLICY_CATEGORY"),
    )
    double = {"+": [{"if": [var("payload.r.0"), 1, 0]}, {"if": [var("payload.r.0.fr"), 1, 0]}]}
    yield case(
        "event-counted-twice",
        "One recovery weighs as much as two doses",
        with_rule({">=": [double, 2]}),
        ("rules[7].Logic.>=[0]", "POLICY_SCORE"),
    )


def ending() -> Iterator[Case]:
    """How long it holds, and how it goes on."""
    yield case("no-sunset", "For ever", spoilt(sunset=None), ("sunset", "POLICY_SUNSET_MISSING"))
    long = good()
    for each in long["rules"]:
        each["ValidTo"] = "2027-09-01T00:00:00Z"
    far = ("sunset", "POLICY_SUNSET_FAR")
    yield case("eight-months", "Six are the most", long | {"sunset": "2027-08-01T00:00:00Z"}, far)
    yield case("a-second-too-long", "Six months and a second", long | {"sunset": "2027-06-01T00:00:01Z"}, far)
    backwards = spoilt(sunset="2026-12-01T00:00:00Z")
    yield case("ends-at-begin", "It would never hold", backwards, ("start", "POLICY_PERIOD"))
    short = good()
    short["rules"][2]["ValidTo"] = "2027-01-01T00:00:00Z"
    rule_ends = ("rules[2].ValidTo", "POLICY_RULE")
    yield case("rule-ends-first", "After New Year nobody recovered would be let in", short, rule_ends)
    before = {"identifier": "XA-EVENTS-2026", "sunset": "2026-12-01T00:00:00Z"}
    two = {"extends": before, "signers": ["health", "justice"]}
    one = spoilt(**two | {"signers": ["health", "health"]})
    yield case("extension-signed-once", "The same name twice is one", one, ("signers", "POLICY_SIGNERS"))
    late = spoilt(**two, published="2026-11-18T00:00:00Z")
    yield case("extension-at-short-notice", "Thirteen days", late, ("published", "POLICY_NOTICE"))
    lapsed = spoilt(**two | {"extends": before | {"sunset": "2026-11-10T00:00:00Z"}})
    yield case("extension-of-a-lapsed-policy", "It ended before the notice", lapsed, ("extends", "POLICY_LAPSED"))
    quiet = ("signers", "POLICY_SIGNERS")
    yield case(
        "extension-that-does-not-say-so",
        "The same policy again, as if it were a new one",
        good() | {"version": "2.0.0"},
        quiet,
        ("extends", "POLICY_LAPSED"),
        previous=good() | {"sunset": "2026-11-15T00:00:00Z", "start": "2026-06-01T00:00:00Z"},
    )


def following() -> Iterator[Case]:
    """What becomes of whoever does not meet it."""
    for field, code in (
        ("cause", "POLICY_CAUSE"), ("ends", "POLICY_END"), ("remedy", "POLICY_REMEDY"), ("appeal", "POLICY_APPEAL"),
    ):  # fmt: skip
        antibodies = [("personas.antibody_only", "POLICY_PERSONA")] if field == "remedy" else []
        others = [(f"personas.{name}", "POLICY_PERSONA") for name in ("trial_volunteer", "other_product")]
        found = [(f"otherwise.{field}", code), *antibodies, *(others if field == "remedy" else [])]
        yield case(f"without-{field}", f"An adverse outcome without {field}", otherwise(**{field: None}), *found)
    police = otherwise(cause="bank_deposit")
    yield case("cause-of-no-epidemic", "Depositors of a bank", police, ("otherwise.cause", "POLICY_CAUSE"))
    forever = otherwise(ends={"days": 0})
    yield case("ends-after-nothing", "No end is stated", forever, ("otherwise.ends", "POLICY_END"))
    yield case("nationals-turned-away", "A country that would not let its own home", border(), RIGHT)
    refused = border(of_right=TURNED_AWAY)
    yield case("nationals-turned-away-by-name", "It says so, even", refused, RIGHT)
    red = ("otherwise.result", "POLICY_RESULT")
    yield case("colour-at-a-door", "A colour is no result of a door", otherwise(result="red"), red)
    fresh = only(VACCINATED, ONE_MINUTE, categories=["vaccinations", "tests"])
    yield case(
        "remedy-that-does-not-help",
        "The test has to be fresher than its result can be",
        fresh,
        ("branches", "POLICY_VACCINATION"),
    )
    home = {"===": [var("payload.v.0.co"), "XA"]}
    domestic = good()
    domestic["rules"] = [own("VR-XA-1001", "Vaccination", home), *domestic["rules"][2:4], domestic["rules"][6]]
    domestic["branches"] = [
        {"result": "admit", "title": {"en": each["Identifier"]}, "rules": [each["Identifier"]]}
        for each in domestic["rules"]
    ]
    domestic["categories"] = ["vaccinations", "recoveries", "exemptions", "birth_date"]
    people = ("tested", "antibody_only", "foreign_passport")
    yield case(
        "no-foreigners",
        "Doses given abroad do not count, and tests do not help",
        domestic,
        *((f"personas.{name}", "POLICY_PERSONA") for name in people),
    )
    yield case("waiver-for-another-disease", "Annex 7 is about yellow fever", *waived())
    strict = annex_7()
    strict["branches"] = strict["branches"][:1]
    strict["rules"] = strict["rules"][:1]
    strict["categories"] = ["vaccinations"]
    yield case(
        "annex-7-without-its-exemption",
        "Whoever may not be vaccinated is turned away",
        strict,
        ("personas.exempt", "POLICY_WAIVER"),
    )


def written() -> Iterator[Case]:
    """What nobody could evaluate."""
    yield case("field-unknown", "A misspelled sunset", spoilt(sunsett="2027"), ("sunsett", "RULE_FIELD_UNKNOWN"))
    yield case(
        "instrument-in-a-list", "A law is a text", spoilt(instrument=["XA 1"]), ("instrument", "RULE_FIELD_VALUE")
    )
    yield case("another-file", "A file that is no policy", {"a": 1}, ("policy", "RULE_FILE_KIND"))
    yield case("without-purpose", "Nobody knows what for", spoilt(purpose=None), *NO_PURPOSE)
    yield case(
        "branch-without-its-rule",
        "It names a rule that is not there",
        spoilt(branches=[good()["branches"][0] | {"rules": ["VR-XA-9999"]}]),
        ("branches[0].rules", "POLICY_RULE"),
    )


def coloured() -> Iterator[Case]:
    """The health code: what a colour rests on, and what it is about."""
    yield case("health-code", "The health code that the sandbox ships", code())
    for name, since in (("rumour", "contacts.rumour"), ("score", "score"), ("negative", "tests.antibody")):
        found = ("branches[3].since", "POLICY_DATA")
        yield case(f"health-code-since-{name}", "It rests on what is no fact with a day", branch(since=since), found)
    endless = ("branches[3].ends", "POLICY_END")
    yield case("health-code-without-an-end", "A contact for ever", branch(ends=None), endless)
    twice = {"kind": "test", "test": "antigen", "twice": True}
    remedy = ("branches[3].remedy", "POLICY_REMEDY")
    yield case("health-code-two-antigen-tests", "Two of them say no more", branch(remedy=twice), remedy)
    told = ("otherwise.remedy", "POLICY_REMEDY")
    silent = code() | {"otherwise": {"result": "unknown", "title": {"en": "nothing known"}}}
    ways = [(f"personas.{name}", "POLICY_PERSONA") for name in _UNTESTED]
    yield case("health-code-without-a-word", "No colour, and nothing to do about it", silent, told, *ways)
    place = ("areas.high[1]", "POLICY_DATA")
    where = code() | {"areas": {"high": ["XA-3301", "31.2304,121.4737"]}}
    yield case("health-code-with-a-position", "No area is finer than a county", where, place)
    door = ("otherwise.since", "POLICY_DATA")
    yield case("since-at-a-door", "A door rests on a certificate", otherwise(since="contacts.close"), door)


_UNTESTED = (
    "vaccinated", "recovered", "antibody_only", "exempt", "child", "trial_volunteer", "no_phone", "foreign_passport",
    "other_product",
)  # fmt: skip


def code() -> dict[str, Any]:
    """The health code that the sandbox ships, to be spoilt."""
    made: dict[str, Any] = json.loads(health_code())
    return made


def branch(**changes: object) -> Vector:
    """The same with its contacts' branch changed; None takes a field away."""
    made = code()
    changed = made["branches"][3] | changes
    made["branches"][3] = {name: value for name, value in changed.items() if value is not None}
    return made


RIGHT = ("of_right", "POLICY_OF_RIGHT")
SEALED = (
    ("shows", "POLICY_SEALED"),
    ("branches", "POLICY_VACCINATION"),
)
NO_PURPOSE = (("purpose", "RULE_FIELD_MISSING"),)
TURNED_AWAY = {
    "result": "not_admitted", "title": {"en": "turned away"}, "cause": "no_proof", "ends": {"days": 1},
    "remedy": {"kind": "test", "test": "molecular"}, "appeal": {"to": "Public Health Office of XA", "hours": 24},
}  # fmt: skip
QUARANTINE = TURNED_AWAY | {"result": "quarantine", "title": {"en": "quarantine at home"}, "ends": {"days": 7}}


def border(**changes: object) -> Vector:
    return spoilt(setting="border", **changes)


def annex_7() -> dict[str, Any]:
    """Yellow fever at a border: a dose of ten days ago, or the medical contraindication."""
    dose = ("VR-XA-1001", "Vaccination", {"not-before": [CLOCK, at("payload.v.0.dt", 10)]})
    excused = ("GR-XA-1001", "General", copy.deepcopy(good()["rules"][3]["Logic"]))
    made = only(dose, excused, disease=YELLOW_FEVER, setting="border", waiver="ihr-annex-7")
    made["categories"] = ["vaccinations", "exemptions"]
    told = QUARANTINE | {"ends": {"days": 6}, "remedy": {"kind": "vaccination"}}
    return made | {"otherwise": told}


def waived() -> tuple[Any, ...]:
    made = only(VACCINATED, waiver="ihr-annex-7", categories=["vaccinations"])
    return made, ("waiver", "POLICY_WAIVER"), ("branches", "POLICY_VACCINATION")


def cases() -> Iterator[Case]:
    for family in (accepted, signatures, asking, ending, following, written, coloured):
        for path, vector in family():
            yield path, copy.deepcopy(vector)
