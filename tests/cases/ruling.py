"""Rules of fictional states: what is wrong with them, and what they make of certificates."""

import json
from collections.abc import Iterator

from tests.cases.known import Case, Vector

SPECIFICATION = "CertLogic specification 1.3.3"
GATEWAY = "EU gateway, validation rules: JSON schema and content checks"
OURS = "docs/rules.md"

CLOCK = "2021-07-01T12:00:00Z"
SETS = {"disease-agent-targeted": ["840539006"], "vaccines-covid-19-names": ["EU/1/20/1528", "EU/1/20/1507"]}
EXTERNAL = {"validationClock": CLOCK, "valueSets": SETS, "countryCode": "XA"}
DOSE = {
    "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
    "dt": "2021-05-01", "co": "XB", "is": "Ministry of Health", "ci": "URN:UVCI:01:XB:PHARMACY7/2C4F9A0B1D#K",
}  # fmt: skip
SWAB = {
    "tg": "840539006", "tt": "LP6464-4", "nm": "PCR", "sc": "2021-06-29T12:00:01Z", "tr": "260415000",
    "tc": "Harbour", "co": "XB", "is": "Ministry of Health", "ci": "URN:UVCI:01:XB:LAB1/77A0#2",
}  # fmt: skip


def var(path: str) -> Vector:
    return {"var": path}


def at(path: str, amount: int = 0, unit: str = "day") -> Vector:
    return {"plusTime": [var(path), amount, unit]}


def if_there(path: str, then: object) -> Vector:
    """What published rules do: whoever has no such entry is not this rule's business."""
    return {"if": [var(path), then, True]}


CLOCK_AT = at("external.validationClock")
LOGIC: dict[str, object] = {
    "complete": if_there("payload.v.0", {">=": [var("payload.v.0.dn"), var("payload.v.0.sd")]}),
    "approved": if_there(
        "payload.v.0", {"in": [var("payload.v.0.mp"), var("external.valueSets.vaccines-covid-19-names")]}
    ),
    "recent": if_there("payload.v.0", {"not-after": [at("payload.v.0.dt", 14), CLOCK_AT, at("payload.v.0.dt", 270)]}),
    "one-event": {
        "===": [
            {
                "reduce": [
                    [var("payload.r"), var("payload.t"), var("payload.v")],
                    {"+": [var("accumulator"), {"if": [var("current.0"), 1, 0]}]},
                    0,
                ]
            },
            1,
        ]
    },
    "fresh-swab": if_there(
        "payload.t.0",
        {
            "and": [
                {"===": [var("payload.t.0.tr"), "260415000"]},
                {"before": [CLOCK_AT, at("payload.t.0.sc", 48, "hour")]},
            ]
        },
    ),
    "adult": {"not-after": [{"dccDateOfBirth": [var("payload.dob")]}, at("external.validationClock", -18, "year")]},
    "sound-pharmacy": if_there(
        "payload.v.0", {"!": [{"===": [{"extractFromUVCI": [var("payload.v.0.ci"), 2]}, "PHARMACY7"]}]}
    ),
    "merely-truthy": {"and": [var("payload.v.0"), True]},
    "never-yes-or-no": var("payload.v.0.dt"),
}
PREFIX = {"fresh-swab": "TR", "one-event": "GR", "adult": "GR"}
TYPE = {"GR": "General", "VR": "Vaccination", "TR": "Test", "RR": "Recovery"}


def reads(logic: object) -> set[str]:
    match logic:
        case {"var": str(path)}:
            return {path.removeprefix("payload.")} if path.startswith("payload.") else set()
        case dict():
            return set().union(*map(reads, logic.values()))
        case list():
            return set().union(*map(reads, logic))
    return set()


def rule(name: str = "complete", **changes: object) -> Vector:
    """A rule of XA, as a gateway would publish it; None among the changes takes a field away."""
    prefix = PREFIX.get(name, "VR")
    made: Vector = {
        "Identifier": f"{prefix}-XA-0001",
        "Type": "Acceptance",
        "Country": "XA",
        "Version": "1.0.0",
        "SchemaVersion": "1.3.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.3.0",
        "CertificateType": TYPE[prefix],
        "Description": [{"lang": "en", "desc": "What this fictional state asks for, in words."}],
        "ValidFrom": "2021-07-04T00:00:00Z",
        "ValidTo": "2022-07-01T00:00:00Z",
        "AffectedFields": sorted(reads(LOGIC[name])),
        "Logic": LOGIC[name],
    } | changes
    return {field: value for field, value in made.items() if value is not None}


def written(
    name: str, description: str, source: str, text: object, *problems: tuple[str, str], **upload: object
) -> Case:
    """A rule, and every problem it has: place and code. With `upload`, those of an upload to a gateway."""
    vector: Vector = {"description": description, "source": source}
    vector["rule"] = text if isinstance(text, str) else json.dumps(text)
    if upload:
        vector["upload"] = {"country": "XA", "at": CLOCK} | upload
    expected = {"reasons": list(dict.fromkeys(code for _, code in problems)), "problems": [list(p) for p in problems]}
    return f"rules/{name}.json", vector | {"expected": expected}


def logic(name: str, description: str, expression: object, *problems: tuple[str, str], source: str = "") -> Case:
    affected = sorted(reads(expression))
    text = rule(Logic=expression, AffectedFields=affected)
    return written(name, description, source or SPECIFICATION, text, *problems)


def nested(depth: int) -> object:
    expression: object = True
    for _ in range(depth):
        expression = {"!": [expression]}
    return expression


def folds(depth: int) -> object:
    """Each fold goes through what the one around it is at."""
    body: object = {"+": [var("accumulator"), 1]}
    for _ in range(depth):
        body = {"reduce": [var("current"), body, 0]}
    return {"===": [{"reduce": [var("payload.v"), body, 0]}, 1]}


def loops(depth: int) -> object:
    body: object = 1
    for _ in range(depth):
        body = {"reduce": [[1], body, 0]}
    return {"===": [body, 1]}


def languages() -> Iterator[Case]:
    inside = "Logic.if[1]"
    yield logic("logic-in-order", "Nothing is wrong", LOGIC["complete"])
    for name, description, expression, code in (
        ("null-literal", "null cannot be written in a rule", None, "RULE_LITERAL"),
        ("fraction", "Only whole numbers can be written", 3.14, "RULE_LITERAL"),
        ("number-beyond-javascript", "2^53 is not exact everywhere", 2**53, "RULE_LITERAL"),
        ("two-operations-in-one", "An operation has one name", {"!": [True], "and": [True, True]}, "RULE_OPERATION"),
        ("no-operation", "An empty object", {}, "RULE_OPERATION"),
        ("operands-without-a-list", "The operand stands alone", {"!": True}, "RULE_OPERATION"),
        ("or", "JsonLogic's `or` is not CertLogic's", {"or": [True, False]}, "RULE_OPERATOR"),
        ("loose-equality", "`==` compares with coercion", {"==": [1, "1"]}, "RULE_OPERATOR"),
        ("if-without-else", "JsonLogic allows it", {"if": [True, True]}, "RULE_OPERAND_COUNT"),
        ("and-of-one", "One operand is no conjunction", {"and": [True]}, "RULE_OPERAND_COUNT"),
        ("and-of-none", "Nothing at all", {"and": []}, "RULE_OPERAND_COUNT"),
        ("comparison-of-four", "Two or three can be in order", {"<": [1, 2, 3, 4]}, "RULE_OPERAND_COUNT"),
        ("path-as-a-number", "A path is a text", {"var": 0}, "RULE_PATH"),
        ("path-ending-in-a-dot", "Nothing after the dot", {"var": "payload.v."}, "RULE_PATH"),
        ("path-with-two-dots", "Nothing between the dots", {"var": "payload..v"}, "RULE_PATH"),
        ("path-with-a-default", "JsonLogic allows it", {"var": ["payload.v.0", 1]}, "RULE_PATH"),
    ):
        yield logic(name, description, {"if": [True, expression, True]}, (inside, code))
    moment = {"plusTime": ["2021-07-01", 1, "day"]}
    for name, description, amount, unit, place in (
        ("amount-in-a-text", "The amount is written as a number", "14", "day", 1),
        ("amount-of-a-fraction", "Whole numbers alone", 0.5, "day", 1),
        ("amount-of-two-thousand-years", "No rule looks as far, and calendars end", 2000, "year", 1),
        ("unit-of-weeks", "Years, months, days and hours", 1, "week", 2),
    ):
        expression = {"after": [{"plusTime": ["2021-07-01", amount, unit]}, moment]}
        yield logic(name, description, expression, (f"Logic.after[0].plusTime[{place}]", "RULE_OPERAND"))
    yield logic(
        "index-in-a-text",
        "The part of an identifier is named by its number",
        {"===": [{"extractFromUVCI": ["URN:UVCI:01:XA:1", "1"]}, "XA"]},
        ("Logic.===[0].extractFromUVCI[1]", "RULE_OPERAND"),
    )
    yield logic(
        "three-faults-at-once",
        "All of them are named, each with its place",
        {"and": [{"or": [1]}, {"!": []}, {"===": [None, 1.5]}]},
        ("Logic.and[0]", "RULE_OPERATOR"),
        ("Logic.and[1]", "RULE_OPERAND_COUNT"),
        ("Logic.and[2].===[0]", "RULE_LITERAL"),
        ("Logic.and[2].===[1]", "RULE_LITERAL"),
    )
    place = "Logic" + 40 * ".![0]"
    yield logic("nested-39-deep", "Within the limit", nested(39), source=OURS)
    yield logic("nested-41-deep", "Forty is the limit", nested(41), (place, "RULE_TOO_DEEP"), source=OURS)
    yield logic("nine-loops", "One in another, each over one item", loops(9), ("Logic", "RULE_TOO_DEEP"), source=OURS)
    yield logic("eight-loops", "Within the limit", loops(8), source=OURS)
    yield logic(
        "three-folds-over-data",
        "256 x 256 x 256 steps at worst",
        folds(2),
        ("Logic", "RULE_TOO_COSTLY"),
        source=OURS,
    )
    crowd = {"and": [True] * 2000}
    yield logic("two-thousand-operands", "Too many expressions", crowd, ("Logic", "RULE_TOO_LARGE"), source=OURS)


def files() -> Iterator[Case]:
    text = json.dumps(rule())
    yield written("no-json", "A word", OURS, "nonsense", ("", "RULE_UNREADABLE"))
    yield written("list-of-rules", "A rule is one object", OURS, f"[{text}]", ("", "RULE_UNREADABLE"))
    yield written("not-a-number", "JSON has no NaN", OURS, text.replace('"1.0.0"', "NaN"), ("", "RULE_UNREADABLE"))
    twice = text.replace('"Country": "XA"', '"Country": "XA", "Country": "XB"')
    yield written("country-twice", "It says two things", OURS, twice, ("", "RULE_UNREADABLE"))
    twice = text.replace('"if": [', '"if": [true, true, true], "if": [', 1)
    yield written("operation-twice", "Readers differ in which one they hear", OURS, twice, ("", "RULE_UNREADABLE"))
    large = rule(Description=[{"lang": "en", "desc": "x" * 70_000}])
    yield written("seventy-thousand-characters", "64 KiB are the limit", OURS, large, ("", "RULE_TOO_LARGE"))
    deep = text.replace("true]", "[" * 20_000 + "]" * 20_000 + "]")
    yield written("brackets-twenty-thousand-deep", "Parsers end there", OURS, deep, ("", "RULE_TOO_DEEP"))
    for field in ("Identifier", "ValidFrom", "Logic"):
        yield written(
            f"without-{field.lower()}", f"{field} is required", GATEWAY, rule(**{field: None}),
            (field, "RULE_FIELD_MISSING"),
        )  # fmt: skip
    for field, name, value in (
        ("Type", "type-of-another-kind", "Recommendation"),
        ("CertificateType", "certificate-type-of-another-kind", "Exemption"),
        ("Version", "version-of-two-numbers", "1.0"),
        ("ValidTo", "end-on-a-day-that-is-not", "2021-02-30T00:00:00Z"),
        ("ValidFrom", "begin-with-milliseconds", "2021-07-04T00:00:00.000Z"),
        ("Logic", "logic-of-a-literal", True),
        ("AffectedFields", "affected-fields-in-a-text", "v.0"),
        ("Country", "country-in-small-letters", "xa"),
    ):
        problems = [(field, "RULE_FIELD_VALUE")]
        if field == "Country":
            problems.append(("Identifier", "RULE_COUNTRY"))
        yield written(name, f"{field} has a value that no rule has there", GATEWAY, rule(**{field: value}), *problems)
    two = rule(Engine=None, Version="1")
    faults = (("Version", "RULE_FIELD_VALUE"), ("Engine", "RULE_FIELD_MISSING"))
    yield written("two-faulty-fields", "Both are named", GATEWAY, two, *faults)


def uploads() -> Iterator[Case]:
    yield written("upload-in-order", "Nothing is wrong", GATEWAY, rule(), country="XA")
    for name, description, changes, problems in (
        ("unknown-field", "A misspelled region", {"Regio": "XA-1"}, [("Regio", "RULE_FIELD_UNKNOWN")]),
        ("identifier-of-three-digits", "Four digits", {"Identifier": "VR-XA-001"}, [("Identifier", "RULE_IDENTIFIER")]),
        (
            "identifier-of-a-test", "TR beside the type Vaccination", {"Identifier": "TR-XA-0001"},
            [("Identifier", "RULE_IDENTIFIER_KIND")],
        ),
        (
            "withdrawing-identifier", "IR accepts nothing", {"Identifier": "IR-XA-0001"},
            [("Identifier", "RULE_IDENTIFIER_KIND")],
        ),
        (
            "accepting-identifier", "An invalidation is an IR", {"Type": "Invalidation"},
            [("Identifier", "RULE_IDENTIFIER_KIND")],
        ),
        (
            "identifier-of-another-country", "XB beside the country XA", {"Identifier": "VR-XB-0001"},
            [("Identifier", "RULE_COUNTRY")],
        ),
        ("end-before-begin", "It would never count", {"ValidTo": "2021-07-03T00:00:00Z"}, [("ValidTo", "RULE_PERIOD")]),
        ("end-at-begin", "It would never count", {"ValidTo": "2021-07-04T00:00:00Z"}, [("ValidTo", "RULE_PERIOD")]),
        ("seventy-one-hours", "72 are the least", {"ValidTo": "2021-07-06T23:00:00Z"}, [("ValidTo", "RULE_DURATION")]),
        ("seventy-two-hours", "The least", {"ValidTo": "2021-07-07T00:00:00Z"}, []),
        (
            "fifteen-days-ahead", "Two weeks are the most", {"ValidFrom": "2021-07-16T12:00:00Z"},
            [("ValidFrom", "RULE_LEAD")],
        ),
        ("two-weeks-ahead", "The most", {"ValidFrom": "2021-07-15T12:00:00Z"}, []),
        (
            "forty-seven-hours-ahead", "People need 48 to meet it", {"ValidFrom": "2021-07-03T11:00:00Z"},
            [("ValidFrom", "RULE_LEAD")],
        ),
        (
            "withdrawal-at-once", "A withdrawal may begin when it is uploaded",
            {"Identifier": "IR-XA-0001", "Type": "Invalidation", "ValidFrom": CLOCK}, [],
        ),
        (
            "withdrawal-in-the-past", "But not before",
            {"Identifier": "IR-XA-0001", "Type": "Invalidation", "ValidFrom": "2021-07-01T11:59:59Z"},
            [("ValidFrom", "RULE_LEAD")],
        ),
        (
            "no-english", "Everybody has to be able to read it",
            {"Description": [{"lang": "de", "desc": "Was dieser erfundene Staat verlangt."}]},
            [("Description", "RULE_DESCRIPTION")],
        ),
        (
            "description-of-three-words", "Twenty characters are the least",
            {"Description": [{"lang": "en", "desc": "Must be valid."}]},
            [("Description[0].desc", "RULE_DESCRIPTION")],
        ),
        (
            "undeclared-field", "It reads the product without saying so",
            {"Logic": LOGIC["approved"]}, [("AffectedFields", "RULE_AFFECTED_FIELDS")],
        ),
        (
            "reads-everything", "The whole certificate cannot be declared",
            {"Logic": if_there("payload", True), "AffectedFields": []}, [("AffectedFields", "RULE_AFFECTED_FIELDS")],
        ),
    ):  # fmt: skip
        yield written(name, description, GATEWAY, rule(**changes), *problems, country="XA")
    yield written(
        "uploaded-by-another-country", "XB uploads XA's", GATEWAY, rule(), ("Country", "RULE_COUNTRY"), country="XB"
    )
    before = json.dumps(rule(ValidFrom="2021-06-01T00:00:00Z"))
    yield written("same-version", "It has to rise", GATEWAY, rule(), ("Version", "RULE_VERSION"), previous=before)
    yield written("version-1.0.10-after-1.0.9", "Numbers, not texts", GATEWAY, rule(Version="1.0.10"),
                  previous=json.dumps(rule(Version="1.0.9", ValidFrom="2021-06-01T00:00:00Z")))  # fmt: skip
    later = json.dumps(rule(ValidFrom="2021-07-05T00:00:00Z"))
    yield written(
        "begins-before-its-predecessor", "Two versions would change places", GATEWAY, rule(Version="1.0.1"),
        ("ValidFrom", "RULE_LEAD"), previous=later,
    )  # fmt: skip


def outcome(
    name: str, description: str, of: str | Vector, payload: Vector, outcome: str, *reason: str, **external: object
) -> Case:
    """`reason`: where the outcome is open, the code and the place."""
    vector: Vector = {"description": description, "source": SPECIFICATION}
    expected: Vector = {"outcome": outcome}
    if reason:
        expected |= {"reasons": [reason[0]], "path": reason[1]}
    made = rule(of) if isinstance(of, str) else of
    return f"outcomes/{name}.json", vector | {
        "rule": made, "payload": payload, "external": EXTERNAL | external, "expected": expected,
    }  # fmt: skip


def outcomes() -> Iterator[Case]:
    nobody: Vector = {"ver": "1.3.3", "nam": {"fnt": "HAN"}, "dob": "1990-05-08"}
    dosed, tested = nobody | {"v": [DOSE]}, nobody | {"t": [SWAB]}

    def dose(**changes: object) -> Vector:
        return nobody | {"v": [{key: value for key, value in (DOSE | changes).items() if value is not None}]}

    yield outcome("complete", "Two doses of two", "complete", dosed, "passed")
    yield outcome("incomplete", "One dose of two", "complete", dose(dn=1), "failed")
    yield outcome("not-concerned", "A test is no vaccination", "complete", tested, "passed")
    place = "Logic.if[1].>=[1]"
    yield outcome("total-not-stated", "A number is missing", "complete", dose(sd=None), "open", "OPEN_VALUE", place)
    yield outcome("total-in-a-text", "A text is no number", "complete", dose(sd="2"), "open", "OPEN_VALUE", place)
    yield outcome("total-of-true", "True is no number, whatever Python thinks", "complete", dose(sd=True), "open",
                  "OPEN_VALUE", place)  # fmt: skip
    yield outcome("entry-of-a-fraction", "Neither truthy nor falsy", "complete", nobody | {"v": [1.5]}, "open",
                  "OPEN_VALUE", "Logic.if[0]")  # fmt: skip
    yield outcome("approved", "On the list", "approved", dosed, "passed")
    yield outcome("not-approved", "Not on the list", "approved", dose(mp="Sputnik-V"), "failed")
    yield outcome("product-not-stated", "null is on no list of texts", "approved", dose(mp=None), "failed")
    yield outcome("no-list", "The value set was not loaded", "approved", dosed, "open", "OPEN_VALUE",
                  "Logic.if[1].in[1]", valueSets={})  # fmt: skip
    yield outcome("day-14", "The fourteenth day counts", "recent", dose(dt="2021-06-17"), "passed")
    yield outcome("day-13", "The day before does not", "recent", dose(dt="2021-06-18"), "failed")
    yield outcome("day-270", "Midnight of it is over at noon", "recent", dose(dt="2020-10-04"), "failed")
    yield outcome("dose-in-a-month", "A partial date is its last day", "recent", dose(dt="2021-05"), "passed")
    yield outcome("dose-on-no-day", "30 February", "recent", dose(dt="2021-02-30"), "open", "OPEN_DATE",
                  "Logic.if[1].not-after[0].plusTime[0]")  # fmt: skip
    yield outcome("dose-without-a-date", "Missing", "recent", dose(dt=None), "open", "OPEN_VALUE",
                  "Logic.if[1].not-after[0].plusTime[0]")  # fmt: skip
    yield outcome("one-event", "A test alone", "one-event", tested, "passed")
    yield outcome("two-events", "A test and a vaccination", "one-event", dosed | tested, "failed")
    yield outcome("no-event", "Nothing", "one-event", nobody, "failed")
    yield outcome("within-48-hours", "By one second", "fresh-swab", tested, "passed")
    old = nobody | {"t": [SWAB | {"sc": "2021-06-29T14:00:00+02:00"}]}
    yield outcome("after-48-hours", "To the second, in another zone", "fresh-swab", old, "failed")
    yield outcome("adult", "18 today", "adult", nobody | {"dob": "2003-07-01"}, "passed")
    yield outcome("born-in-2003", "31 December, as far as anybody knows", "adult", nobody | {"dob": "2003"}, "failed")
    yield outcome("birth-date-unknown", "An empty text is no date", "adult", nobody | {"dob": ""}, "open",
                  "OPEN_DATE", "Logic.not-after[0].dccDateOfBirth[0]")  # fmt: skip
    leap = {"validationClock": "2022-03-01T00:00:00Z"}
    yield outcome("born-on-a-leap-day", "18 years after 2004-02-29", "adult", nobody | {"dob": "2004-02-29"}, "passed",
                  **leap)  # fmt: skip
    withdrawing = {"Identifier": "IR-XA-0001", "Type": "Invalidation"}
    sound = rule("sound-pharmacy", **withdrawing)
    yield outcome("withdrawn-pharmacy", "Named in the identifier", sound, dosed, "failed")
    yield outcome("other-pharmacy", "Another one", sound, dose(ci="01:XB:PHARMACY8/2C4F"), "passed")
    yield outcome("no-identifier", "null has no parts, and is not it", sound, dose(ci=None), "passed")
    yield outcome("identifier-of-a-number", "Not a text", sound, dose(ci=7), "open", "OPEN_VALUE",
                  "Logic.if[1].![0].===[0].extractFromUVCI[0]")  # fmt: skip
    yield outcome("truthy-and-true", "The last operand", "merely-truthy", dosed, "passed")
    yield outcome("falsy-and-null", "null is not false", "merely-truthy", nobody, "open", "OPEN_RESULT", "Logic")
    yield outcome("result-in-a-text", "A text is no answer", "never-yes-or-no", dosed, "open", "OPEN_RESULT", "Logic")
    many = nobody | {"v": [DOSE] * 257}
    count = {">": [{"reduce": [var("payload.v"), {"+": [var("accumulator"), 1]}, 0]}, 1]}
    counting = rule(Logic=count)
    yield outcome("two-doses-counted", "A fold over data", counting, nobody | {"v": [DOSE] * 2}, "passed")
    yield outcome("no-doses-counted", "null has no items", counting, nobody, "failed")
    yield outcome("too-many-doses", "256 items are the limit", counting, many, "open", "OPEN_LIMIT",
                  "Logic.>[0].reduce[0]")  # fmt: skip
    huge = rule(Logic={">": [{"+": [var("payload.v.0.dn"), 2**53 - 1]}, 0]})
    yield outcome("sum-beyond-javascript", "No longer exact", huge, dosed, "open", "OPEN_LIMIT", "Logic.>[0].+[0]")
    for name, description, changes, reason in (
        ("another-engine", "Not CertLogic", {"Engine": "CQL"}, "OPEN_ENGINE"),
        ("newer-engine", "A version of the future", {"EngineVersion": "1.4.0"}, "OPEN_ENGINE"),
        ("newer-schema", "A certificate of the future", {"SchemaVersion": "1.4.0"}, "OPEN_SCHEMA"),
    ):
        yield outcome(name, description, rule(**changes), dosed, "open", reason, "")


def cases() -> Iterator[Case]:
    yield from languages()
    yield from files()
    yield from uploads()
    yield from outcomes()
