"""One traveller's scans, a bundle and an arrival: accepted, and with what consequence? And bundles that are refused."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from pratique.issuing import issue
from pratique.model import dcc, uvci
from pratique.model.reasons import Reason
from pratique.sandbox.border import policy
from tests import wire
from tests.cases.known import SIGNER, STRANGER, Case, Vector, base64, entry, instant, listed
from tests.issuer import AT

ISSUED = instant(AT)
ARRIVE = "2021-07-02T10:00:00+02:00"
FRESH = "2021-07-04T12:00:00Z"

Files = dict[str, Any]
VACCINATED = ["vaccinated"]
RECORD = uvci.from_record_id("XA", bytes.fromhex("858cc18cfcf5965ef82f60e493349aa5"))


def rule(identifier: str, kind: str, desc: str, logic: object, **fields: object) -> Vector:
    return {
        "Identifier": identifier,
        "Type": "Acceptance",
        "Country": "XB",
        "Version": "1.0.0",
        "SchemaVersion": "1.3.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.0.0",
        "CertificateType": kind,
        "Description": [{"lang": "en", "desc": desc}],
        "ValidFrom": "2021-06-01T00:00:00Z",
        "ValidTo": "2022-06-01T00:00:00Z",
        "AffectedFields": ["v.0"],
        "Logic": logic,
    } | fields


def var(path: str) -> Vector:
    return {"var": path}


CLOCK = {"plusTime": [var("external.validationClock"), 0, "day"]}
PCR = "payload.tests.molecular.0"
RIGHT_ONE = {"===": [var("current.mp"), "EU/1/20/1528"]}
TWO_DOSES = {
    "and": [
        {
            "reduce": [
                var("payload.v"),
                {"and": [var("accumulator"), {"===": [var("current.mp"), "EU/1/20/1528"]}]},
                True,
            ]
        },
        {">=": [{"reduce": [var("payload.v"), {"+": [var("accumulator"), 1]}, 0]}, 2]},
        {"not-before": [CLOCK, {"plusTime": [var("payload.v.0.dt"), 14, "day"]}]},
    ]
}
NEGATIVE = {
    "if": [
        var(PCR),
        {
            "and": [
                {"===": [var(f"{PCR}.tr"), "260415000"]},
                {"not-after": [CLOCK, {"plusTime": [var(f"{PCR}.sc"), 72, "hour"]}]},
            ]
        },
        False,
    ]
}

ROUTES: Vector = {
    "entry_rules": 1,
    "country": "XB",
    "disease": "840539006",
    "source": "fictional",
    "rules": [
        rule("VR-XB-0001", "Vaccination", "Two doses of one vaccine, the last 14 days ago.", TWO_DOSES),
        rule("TR-XB-0001", "Test", "A negative molecular test of the last 72 hours.", NEGATIVE),
    ],
    "routes": [
        {"name": "vaccinated", "title": {"en": "vaccinated"}, "rules": ["VR-XB-0001"], "consequence": {"kind": "free"}},
        {
            "name": "tested",
            "title": {"en": "tested"},
            "rules": ["TR-XB-0001"],
            "consequence": {"kind": "test_on_arrival", "test": "antigen"},
        },
    ],
    "otherwise": {"kind": "quarantine", "days": 10, "place": "home", "shortened_by": {"test": "molecular", "day": 5}},
}
PUBLISHED = [
    rule("GR-XB-0001", "General", "The disease is COVID-19.", {"===": [var("payload.t.0.tg"), "840539006"]}),
    rule("TR-XB-0001", "Test", "The result is negative.", {"===": [var("payload.t.0.tr"), "260415000"]}),
]
OTHERWISE = {
    "kind": "quarantine",
    "days": 10,
    "place": "home",
    "shortened_by": {"test": "molecular", "day": 5, "on": "2021-07-07"},
    "until": "2021-07-12",
}


def files(rules: object = ROUTES, *, fresh_until: str = FRESH, name: str = "rules/XB.json") -> Files:
    """The files of a bundle, each as the JSON it holds."""
    parts: Files = {"trust.json": listed(entry(SIGNER), environment="sandbox")}
    parts |= {name: rules} if rules is not None else {}
    return parts | {
        "bundle.json": {
            "bundle": 1,
            "number": 41,
            "environment": "sandbox",
            "issued": ISSUED,
            "parts": {part: {"issued": ISSUED, "fresh_until": fresh_until} for part in parts},
        }
    }


FIRST, LAST = wire.vaccination(dt="2021-04-29", dn=1, ci="URN:UVCI:01:XA:1N5T0H4ZQ2"), wire.vaccination(dt="2021-05-29")


def doses(*entries: object, **changes: object) -> list[str]:
    return [wire.hcert(SIGNER, wire.dcc(v=[each], **changes)) for each in entries]


def pcr(**changes: object) -> str:
    return wire.hcert(SIGNER, wire.dcc(v=None, t=[wire.test(**changes)]))


def exemption() -> str:
    """A medical exemption, as an ITHC."""
    entry = {key: value for key, value in wire.recovery(ev=5, ci=RECORD).items() if key != "fr"}
    content = {key: value for key, value in wire.dcc().items() if key != "v"} | {"x": [entry]}
    return issue(dcc.from_dcc(content), format="ithc", signer=SIGNER, at=AT)


def admission(
    name: str,
    description: str,
    scans: list[str],
    outcome: str,
    *reasons: Reason,
    bundle: Files | None = None,
    **more: Any,
) -> Case:
    journey = {"to": "XB", "port": "XBHAV", "arrive": ARRIVE} | more.pop("journey", {})
    plan = {"planned": more.pop("planned")} if "planned" in more else {}
    consequence, routes = more.pop("consequence", None), more.pop("routes", [])
    return f"admissions/{name}.json", {
        "description": description,
        "source": "docs/admission.md",
        "bundle": bundle or files(),
        "scans": scans,
        "at": ISSUED,
        "journey": journey,
        **plan,
        "expected": {"outcome": outcome, "reasons": list(reasons), "consequence": consequence, "routes": routes},
    }


def admissions() -> Iterator[Case]:
    r, free = Reason, {"kind": "free"}
    both = doses(FIRST, LAST)
    yield admission("two-doses", "Two doses on two certificates", both, "accepted", consequence=free, routes=VACCINATED)
    yield admission(
        "tested",
        "A test of yesterday",
        [pcr()],
        "accepted",
        consequence={"kind": "test_on_arrival", "test": "antigen"},
        routes=["tested"],
    )
    yield admission(
        "one-dose-printed-as-two-of-two",
        "One dose, though its certificate prints 2/2: events are counted, not printed numbers",
        doses(LAST),
        "refused",
        r.ENTRY_RULE_NOT_MET,
        consequence=OTHERWISE,
    )
    again = doses(LAST, LAST | {"ci": "URN:UVCI:01:XB:9WQ5", "co": "XB"})
    yield admission(
        "one-dose-from-two-sources",
        "The same dose told of by two issuers is one event",
        again,
        "refused",
        r.ENTRY_RULE_NOT_MET,
        consequence=OTHERWISE,
    )
    lately = doses(FIRST, wire.vaccination(dt="2021-06-18"))
    yield admission(
        "fourteenth-day-has-not-begun",
        "The last dose was on 18 June; when the traveller arrives, the clock of the port still shows 1 July",
        lately,
        "refused",
        r.ENTRY_RULE_NOT_MET,
        journey={"arrive": "2021-07-01T21:59:59Z"},
        consequence=OTHERWISE
        | {"until": "2021-07-11", "shortened_by": {"test": "molecular", "day": 5, "on": "2021-07-06"}},
    )
    yield admission(
        "fourteenth-day-has-begun-at-the-port",
        "A second later it is midnight there, though not in Greenwich",
        lately,
        "accepted",
        journey={"arrive": "2021-07-01T22:00:00Z"},
        consequence=free,
        routes=VACCINATED,
    )
    yield admission("no-proof", "Nothing is shown", [], "refused", r.ENTRY_NO_PROOF, consequence=OTHERWISE)
    yield admission(
        "beside-a-forgery",
        "A proof, and a text that is no certificate: it is set aside, and told of",
        [*both, "https://example.org/"],
        "accepted",
        r.ENTRY_PROOF_REFUSED,
        consequence=free,
        routes=VACCINATED,
    )
    yield admission(
        "key-unknown",
        "Nobody knows whether it is genuine, so that nothing is refused",
        [wire.hcert(STRANGER, wire.dcc())],
        "open",
        r.ENTRY_PROOF_OPEN,
        r.ENTRY_NO_PROOF,
    )
    ends = [wire.hcert(SIGNER, wire.dcc(v=None, t=[wire.test()]), _4=int(AT.timestamp()) + 60)]
    yield admission(
        "ends-before-the-arrival",
        "The certificate is in its period when it is shown, and not on arrival",
        ends,
        "refused",
        r.ENTRY_PROOF_ENDS,
        r.ENTRY_NO_PROOF,
        consequence=OTHERWISE,
    )
    yield admission(
        "after-the-arrival",
        "A dose that is to be given the day after the arrival",
        doses(wire.vaccination(dt="2021-07-03")),
        "refused",
        r.ENTRY_PROOF_FUTURE,
        r.ENTRY_NO_PROOF,
        consequence=OTHERWISE,
    )
    issuers = [rule("IR-XA-0001", "General", "Withdrawn.", {"===": [1, 2]}, Type="Invalidation", Country="XA")]
    bundle = files()
    bundle["rules/XA.json"] = issuers
    bundle["bundle.json"]["parts"]["rules/XA.json"] = {"issued": ISSUED}
    yield admission(
        "taken-back-by-its-issuer",
        "The issuing country's own rules say that its certificates do not stand any more",
        both,
        "refused",
        r.ENTRY_PROOF_INVALIDATED,
        r.ENTRY_NO_PROOF,
        bundle=bundle,
        consequence=OTHERWISE,
    )
    other = doses(LAST, nam={"fn": "Wei", "fnt": "WEI", "gn": "Li", "gnt": "LI"})
    yield admission("two-persons", "Certificates of two people", [both[0], *other], "refused", r.ENTRY_PERSONS_DIFFER)
    unlike = doses(LAST, nam={"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER"})
    yield admission(
        "perhaps-two-persons",
        "One of the certificates leaves out the given name",
        [both[0], *unlike],
        "open",
        r.ENTRY_PERSONS_OPEN,
    )
    new = doses(FIRST | {"mp": "New"}, LAST | {"mp": "New"})
    yield admission("vaccine-unknown", "A vaccine that is on no list", new, "open", r.ENTRY_RULE_OPEN)
    known = doses(FIRST | {"mp": "CoronaVac"}, LAST | {"mp": "CoronaVac"})
    yield admission(
        "vaccine-known-and-not-recognised",
        "A vaccine that is known, and is not one of those that count here",
        known,
        "refused",
        r.ENTRY_RULE_NOT_MET,
        consequence=OTHERWISE,
    )
    yield admission(
        "rules-stale",
        "The rules were fresh until an hour before the question",
        both,
        "open",
        r.ENTRY_RULES_STALE,
        bundle=files(fresh_until="2021-07-01T11:00:00Z"),
    )
    for name, number, note in (("older", 40, r.PLAN_OLDER), ("newer", 42, r.PLAN_NEWER)):
        yield admission(
            f"planned-by-{name}",
            f"The traveller planned by the release {number}, and this is 41: told of, and decided as ever",
            both,
            "accepted",
            note,
            planned=number,
            consequence=free,
            routes=VACCINATED,
        )
    yield admission("no-rules", "No rules for the country", both, "open", r.ENTRY_NO_RULES, bundle=files(None))
    yield admission(
        "transit", "The rules speak of entry alone", both, "open", r.ENTRY_TRANSIT_OPEN, journey={"transit": True}
    )
    yield admission(
        "published-set", "Rules without routes: each that applies passes", [pcr()], "accepted",
        bundle=files(PUBLISHED), consequence=free,
    )  # fmt: skip
    yield admission(
        "published-set-not-met", "A positive test, and rules that do not say what follows", [pcr(tr="260373001")],
        "refused", r.ENTRY_RULE_NOT_MET, bundle=files(PUBLISHED),
    )  # fmt: skip
    yield admission(
        "kind-that-the-set-does-not-know",
        "An exemption, of which rules without routes say nothing",
        [exemption()],
        "open",
        r.ENTRY_KIND_OPEN,
        bundle=files(PUBLISHED),
    )


def changed(*places: tuple[str, object]) -> Files:
    """The bundle with values changed at places such as `rules/XB.json routes 0 name`; None takes one out."""
    bundle = copy.deepcopy(files())
    for place, value in places:
        target: Any = bundle
        *path, last = [int(step) if step.isdigit() else step for step in place.split(" ")]
        for step in path:
            target = target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return bundle


def bundles() -> Iterator[Case]:
    r, rules = Reason, "rules/XB.json"
    only = [ROUTES["routes"][0]]  # type: ignore[index]
    not_advised, no_days = {"kind": "not_advised"}, {"kind": "quarantine"}
    worse_first = ROUTES["routes"][::-1]  # type: ignore[index]
    places: tuple[tuple[str, str, str, object, Reason], ...] = (
        ("field-unknown", "A field that nobody knows", "bundle.json more", 1, r.RULE_FIELD_UNKNOWN),
        ("manifest-is-a-text", "A manifest that is no object", "bundle.json", "x", r.RULE_FIELD_VALUE),
        ("part-missing", "A part of the manifest is not there", rules, None, r.BUNDLE_PART_MISSING),
        ("part-unknown", "A part that the manifest does not name", "rules/XA.json", [], r.BUNDLE_PART_UNKNOWN),
        ("environment", "A rehearsal's list", "bundle.json environment", "production", r.BUNDLE_ENVIRONMENT),
        ("rules-field", "A route with a score", f"{rules} routes 0 score", 7, r.RULE_FIELD_UNKNOWN),
        ("rules-route", "A route of no known rule", f"{rules} routes 0 rules", ["VR-XB-9"], r.ROUTES_RULE),
        ("rules-consequence", "A quarantine without days", f"{rules} of_right", no_days, r.ROUTES_CONSEQUENCE),
        ("rules-order", "The worse route first", f"{rules} routes", worse_first, r.ROUTES_ORDER),
        ("rules-vaccination-alone", "Vaccination as the only way", f"{rules} routes", only, r.ROUTES_VACCINATION),
        ("rules-of-right", "Nobody is spared the advice", f"{rules} otherwise", not_advised, r.ROUTES_OF_RIGHT),
    )
    for name, description, place, value, reason in places:
        yield f"bundles/{name}.json", _bundle(description, changed((place, value)), reasons=[reason])
    revocation = changed(
        ("revocation.bin", {"base64": base64(b"a list of another version")}),
        ("bundle.json parts revocation.bin", {"issued": ISSUED}),
    )
    described = "A list of withdrawals of another version"
    yield "bundles/revocation-unreadable.json", _bundle(described, revocation, reasons=[r.REVOCATION_UNREADABLE])
    cut = changed(("bundle.json", {"base64": base64(b"{")}))
    yield (
        "bundles/manifest-cut-short.json",
        _bundle("The manifest ends too early", cut, reasons=[r.BUNDLE_PART_UNREADABLE]),
    )
    yield "bundles/whole.json", _bundle("A bundle that is whole", files(), number=41)


def _bundle(description: str, bundle: Files, **expected: object) -> Vector:
    return {"description": description, "source": "docs/admission.md", "files": bundle, "expected": expected}


AGREEMENT: Vector = {
    "identifier": "XA-XB",
    "title": {"en": "The corridor of XA and XB"},
    "status": "in_force",
    "direction": "mutual",
    "parties": [{"kind": "state", "code": "XA"}, {"kind": "state", "code": "XB"}],
    "claims": ["vaccination", "test"],
    "instrument": "Fictional: exchange of notes, 2021",
    "from": "2021-06-01T00:00:00Z",
    "until": "2021-12-01T00:00:00Z",
    "lifts": "test_on_arrival",
}
CHOOSY = ROUTES | {"recognises": "agreements"}


def agreed(rules: object = ROUTES, **changes: object) -> Files:
    """A bundle with one agreement; None takes a field away."""
    one = {name: value for name, value in (AGREEMENT | changes).items() if value is not None}
    made = files(rules)
    made["bundle.json"]["parts"]["agreements.json"] = {"issued": ISSUED}  # type: ignore[index]
    return made | {"agreements.json": {"agreements": 1, "list": [one]}}


def agreements() -> Iterator[Case]:
    """Recognition and what it lifts are answers of their own."""
    swabbed, free = {"kind": "test_on_arrival", "test": "antigen"}, {"kind": "free"}
    for name, description, bundle in (
        ("no-agreement", "The country counts only whom it has an agreement with, and there is none", files(CHOOSY)),
        ("agreement-proposed", "A proposal counts for nothing", agreed(CHOOSY, status="proposed")),
        ("agreement-willing", "Nor does a wish", agreed(CHOOSY, status="willing")),
        ("agreement-agreed", "Nor what is agreed and not in force", agreed(CHOOSY, status="agreed")),
        ("agreement-suspended", "Nor what is suspended", agreed(CHOOSY, status="suspended")),
        ("agreement-ended", "It ended the day before", agreed(CHOOSY, until="2021-07-01T00:00:00Z")),
        ("agreement-for-recoveries", "It is about something else", agreed(CHOOSY, claims=["recovery"])),
        (
            "agreement-one-way",
            "XA recognises XB, and not the other way round",
            agreed(CHOOSY, direction="one_way"),
        ),
    ):
        reasons = (Reason.ENTRY_NOT_RECOGNISED, Reason.ENTRY_NO_PROOF)
        yield admission(name, description, [pcr()], "refused", *reasons, bundle=bundle, consequence=OTHERWISE)
    for name, description, bundle, consequence in (
        ("agreement-in-force", "Recognised, and spared the test", agreed(CHOOSY), free),
        ("agreement-without-measure", "Recognised, and tested", agreed(CHOOSY, lifts=None), swabbed),
        (
            "agreement-lifting-another-measure",
            "A quarantine is lifted that none asks",
            agreed(lifts="quarantine"),
            swabbed,
        ),
        ("measure-lifted", "All are recognised; this issuer's holders are spared the test", agreed(), free),
        ("measure-not-lifted", "The agreement is suspended", agreed(status="suspended"), swabbed),
    ):
        yield admission(
            name, description, [pcr()], "accepted", bundle=bundle, consequence=consequence, routes=["tested"]
        )
    yield admission(
        "agreement-admits-nobody",
        "A positive test stays one: what is lifted is a measure, and no rule",
        [pcr(tr="260373001")],
        "refused",
        Reason.ENTRY_RULE_NOT_MET,
        bundle=agreed(lifts="quarantine"),
        consequence=OTHERWISE,
    )
    r = Reason
    withheld = [{"kind": "state", "code": "XA"}, {"kind": "state", "withheld": True}]
    for name, description, changes, reason in (
        ("agreement-of-one", "A party alone", {"parties": AGREEMENT["parties"][:1]}, r.AGREEMENT_PARTY),  # type: ignore[index]
        ("agreement-with-nobody", "In force with a party that is withheld", {"parties": withheld}, r.AGREEMENT_PARTY),
        ("agreement-score", "A field that nobody knows", {"score": 7}, r.RULE_FIELD_UNKNOWN),
        ("agreement-ends-first", "It ends before it begins", {"until": "2021-05-01T00:00:00Z"}, r.RULE_FIELD_VALUE),
        ("agreement-lifts-nothing", "Quarantine instead of a test", {"instead": QUARANTINED}, r.RULE_FIELD_VALUE),
        ("agreement-without-instrument", "Nothing it rests on", {"instrument": " "}, r.RULE_FIELD_VALUE),
    ):
        yield f"bundles/{name}.json", _bundle(description, agreed(**changes), reasons=[reason])
    willing = agreed(status="willing", parties=withheld)
    yield "bundles/agreement-willing.json", _bundle("A party that does not want to be named yet", willing, number=41)


QUARANTINED = {"kind": "quarantine", "days": 3}


def published_policies() -> Iterator[Case]:
    """A bundle takes a policy that passes, and none that is history."""
    for name, description, changes, expected in (
        ("policy", "A policy that is published", {}, {"number": 41}),
        ("policy-historical", "History is for study", {"historical": True}, {"reasons": [Reason.POLICY_HISTORICAL]}),
        ("policy-hospital", "At a hospital's door", {"setting": "hospital"}, {"reasons": [Reason.POLICY_ESSENTIAL]}),
    ):
        made = files()
        made["bundle.json"]["parts"]["policies/XA-events.json"] = {"issued": ISSUED}  # type: ignore[index]
        made["policies/XA-events.json"] = json.loads(policy()) | changes
        yield f"bundles/{name}.json", _bundle(description, made, **expected)


def cases() -> Iterator[Case]:
    yield from admissions()
    yield from bundles()
    yield from agreements()
    yield from published_policies()
