"""Certificates to be signed, and the refusal of each: what a verifier would refuse is never signed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pratique.model import uvci
from pratique.model.keys import Use
from tests import cards, wire
from tests.cases import who
from tests.cases.known import Case, Vector, base64, instant
from tests.issuer import AT, NOT_AFTER, NOT_BEFORE

EXPIRES = AT + timedelta(days=90)
IDENTIFIER = uvci.from_record_id("XA", bytes(range(16)))
DOCUMENT: Vector = {"kind": "P", "country": "UTO", "tail": "2C3", "salt": base64(bytes(8)), "digest": base64(bytes(16))}


def claim(entry: dict[str, object], **changes: object) -> Vector:
    """An entry that we may sign: with a right check character, and no evidence for a DCC."""
    return {key: value for key, value in (entry | {"ci": IDENTIFIER} | changes).items() if value is not None}


def certificate(**changes: object) -> Vector:
    whole = wire.dcc(ver="1.3.3", v=[claim(wire.vaccination())]) | changes
    return {key: value for key, value in whole.items() if value is not None}


def issue_case(
    name: str,
    description: str,
    source: str,
    given: Vector,
    *reasons: str,
    format: str = "eu-dcc",
    document: Vector | None = None,
    key: Vector | None = None,
    at: datetime = AT,
    expires: datetime = EXPIRES,
    content: Vector | None = None,
    form: Vector | None = None,
) -> Case:
    vector: Vector = {"description": description, "source": source, "format": format, "certificate": given}
    if document is not None:
        vector["document"] = document
    if form is not None:
        vector["form"] = form
    period = {"not_before": instant(NOT_BEFORE), "not_after": instant(NOT_AFTER), "uses": None}
    vector |= {"key": period | (key or {}), "at": instant(at), "expires": instant(expires)}
    read = {} if content is None else {"content": content}
    return f"issue/{name}.json", vector | {"expected": {"reasons": list(reasons)} | read}


def icvps() -> Iterator[Case]:
    """The international certificate of one vaccination; `form` is what it asks for besides."""
    annex = "IHR Annexes 6 and 7; WHO SMART ICVP 0.3.0"
    system, form = who.PREQUALIFIED, {"sex": "female", "nationality": "XA", "lot": "L-17"}
    fever = {"tg": "16541001", "vp": None, "mp": None, "ma": None, "dn": None, "sd": None}

    def given(product: str = who.PRODUCT, *more: Vector, **changes: object) -> Vector:
        dose = claim(wire.vaccination(), **fever | {"cd": {"mp": [system, product]}} | changes)
        return certificate(v=[dose, *more])

    for name, description, content in (
        ("yellow-fever", "One dose", given()),
        ("polio", "Under a recommendation", given(who.POLIO, tg="398102009")),
        ("specimen", "A specimen", given() | {"sp": True}),
    ):
        yield issue_case(f"icvp-{name}", description, annex, content, format="icvp", form=form)
    for reason, name, description, content, told in (
        (
            "ISSUE_SEVERAL_CLAIMS",
            "two-doses",
            "Each dose has its own",
            given(who.PRODUCT, claim(wire.vaccination())),
            form,
        ),
        ("ISSUE_FIELD", "a-test", "It has no tests", certificate(v=None, t=[claim(wire.test())]), None),
        ("ISSUE_CODE", "unlisted-product", "WHO does not list it", given("YellowFeverProduct" + "0" * 32), form),
        ("ISSUE_CODE", "product-of-another-disease", "Against polio", given(tg="398102009"), form),
        ("ISSUE_FIELD", "a-month", "A dose has a day", given(dt="2021-05"), form),
        ("ISSUE_FIELD", "no-issuer", "Somebody vouches", given(**{"is": ""}), form),
        ("ISSUE_FIELD", "birth-in-a-year", "A birth date is a day", given() | {"dob": "1998"}, form),
        ("ISSUE_FIELD", "no-nationality", "It is required", given(), form | {"nationality": "XX"}),
        ("ISSUE_FIELD", "no-batch", "It is required", given(), form | {"lot": ""}),
        (
            "ISSUE_RECOMMENDATION",
            "polio-before-any",
            "In 2013 none asked for it",
            given(who.POLIO, tg="398102009", dt="2013-05-29"),
            form,
        ),
        (
            "ISSUE_PERIOD",
            "polio-of-two-years-ago",
            "It counts for twelve months",
            given(who.POLIO, tg="398102009", dt="2019-05-29"),
            form,
        ),
    ):
        yield issue_case(f"icvp-{name}", description, annex, content, reason, format="icvp", form=told)


def sealed() -> Iterator[Case]:
    """ICAO VDS-NC: what a seal holds, and what none does."""
    page = "docs/formats/vds-nc.md"
    dose = {key: value for key, value in claim(wire.vaccination()).items() if key not in ("sd", "ma")}
    spelled = {"fnt": "MUSTERFRAU<GOESSINGER", "gnt": "GABRIELE"}
    specimen = certificate(v=[dose], nam=spelled, sp=True)
    read = dose | {"ci": uvci.opaque_part(IDENTIFIER), "cd": {"vp": ["http://id.who.int/icd/release/11/mms", "XM0GQ8"]}}
    stated = {"fn": "MUSTERFRAU GOESSINGER", "gn": "GABRIELE"}
    told = specimen | {"v": [read], "nam": spelled | stated}
    ends = {"format": "vds-nc", "expires": NOT_AFTER}
    yield issue_case("vds-nc-vaccination", "A specimen of a fictional state", page, specimen, content=told, **ends)
    test, recovery = claim(wire.test()), claim(wire.recovery())
    exemption = claim({"tg": dose["tg"], "co": "XA", "is": dose["is"], "df": "2021-01-01", "du": "2021-12-31"})
    numberless = {key: value for key, value in dose.items() if key != "dn"}
    document = "ISSUE_FIELD"  # a test names the passport, and there is none
    for reasons, name, description, changes in (
        (
            ("ISSUE_SEVERAL_CLAIMS", document),
            "vaccination-and-test",
            "A message is about one of the two",
            {"t": [test]},
        ),
        (("ISSUE_RECOVERY",), "recovery", "There is no message about recoveries", {"v": None, "r": [recovery]}),
        (("ISSUE_EXEMPTION",), "exemption", "There is no message about exemptions", {"v": None, "x": [exemption]}),
        ((document,), "test-without-a-document", "A test names the passport", {"v": None, "t": [test]}),
        (("ISSUE_FIELD",), "birth-year", "A birth date is whole", {"dob": "1998"}),
        (("ISSUE_FIELD",), "dose-without-its-number", "seq is required", {"v": [numberless]}),
        (("ISSUE_SPECIMEN",), "no-specimen", "A fictional state has nothing else to certify", {"sp": None}),
    ):
        content = {key: value for key, value in (specimen | changes).items() if value is not None}
        yield issue_case(f"vds-nc-{name}", description, page, content, *reasons, **ends)
    yield issue_case(
        "vds-nc-key-without-a-certificate",
        "The signer's certificate goes inside",
        page,
        specimen,
        "ISSUE_KEY_KIND",
        key={"certificate": None},
        **ends,
    )
    yield issue_case(
        "vds-nc-that-ends-before-its-key",
        "A seal has no place for its end",
        page,
        specimen,
        "ISSUE_FIELD",
        format="vds-nc",
    )


def cases() -> Iterator[Case]:
    yield from sealed()
    yield from icvps()
    schema, rule, page = (
        "EU DCC schema 1.3.0",
        "our rule: what a verifier would refuse is not signed",
        "docs/formats/ithc.md",
    )
    dose, test, recovery = wire.vaccination(), wire.test(), wire.recovery()
    for name, description, content in (
        ("vaccination", "A vaccination", certificate()),
        ("test", "A test", certificate(v=None, t=[claim(test)])),
        ("recovery", "A recovery", certificate(v=None, r=[claim(recovery)])),
        ("specimen", "A specimen", certificate(sp=True)),
        (
            "vaccination-of-a-day-that-has-begun-somewhere",
            "At noon UTC, 2 July has begun at UTC+14",
            certificate(v=[claim(dose, dt="2021-07-02")]),
        ),
    ):
        yield issue_case(f"dcc-{name}", description, schema, content)
    for name, description, value, kind in (
        ("molecular", "Ordinary LOINC of a molecular test is written as LP6464-4", "94500-6", "LP6464-4"),
        ("antigen", "Ordinary LOINC of an antigen test is written as LP217198-3", "94558-4", "LP217198-3"),
    ):
        yield issue_case(
            f"dcc-test-coded-in-loinc-{name}",
            description,
            "LOINC; " + schema,
            certificate(v=None, t=[claim(test, tt=kind, cd={"tt": ["http://loinc.org", value]})]),
            content=certificate(v=None, t=[claim(test, tt=kind)]),
        )
    for reason, name, description, source, content in (
        ("ISSUE_NO_CLAIM", "no-claim", "Nothing to certify", schema, certificate(v=None)),
        (
            "ISSUE_SEVERAL_CLAIMS",
            "two-claims",
            "A DCC holds one",
            "EU regulation 2021/953",
            certificate(t=[claim(test)]),
        ),
        (
            "ISSUE_ANTIBODY_TEST",
            "antibody-test",
            "A DCC has no place for antibodies",
            "EU regulation 2021/953",
            certificate(v=None, t=[claim(test, kd="antibody")]),
        ),
        (
            "ISSUE_TEST_KIND",
            "test-of-another-kind",
            "A DCC has two types of test",
            schema,
            certificate(v=None, t=[claim(test, kd="other")]),
        ),
        (
            "ISSUE_EXEMPTION",
            "exemption",
            "A DCC has no place for exemptions",
            schema,
            certificate(
                v=None,
                x=[claim({"tg": dose["tg"], "co": "XA", "is": dose["is"], "df": "2021-01-01", "du": "2021-12-31"})],
            ),
        ),
        ("ISSUE_CODE", "yellow-fever", "A DCC is about COVID-19", schema, certificate(v=[claim(dose, tg="16541001")])),
        (
            "ISSUE_CODE",
            "vaccine-code-of-another-system",
            "A CVX code of no COVID-19 vaccine",
            schema,
            certificate(v=[claim(dose, cd={"vp": ["http://hl7.org/fhir/sid/cvx", "37"]})]),
        ),
        (
            "ISSUE_FIELD",
            "issuer-of-81-characters",
            "The schema allows 80",
            schema,
            certificate(v=[claim(dose, **{"is": "I" * 81})]),
        ),
        ("ISSUE_FIELD", "no-product", "The schema requires mp", schema, certificate(v=[claim(dose, mp=None)])),
        (
            "ISSUE_NAME",
            "name-typed-instead-of-computed",
            "A filler before the name, which nothing computes",
            "ICAO 9303-3 section 4.6",
            certificate(nam={"fn": "Musterfrau", "fnt": "<MUSTERFRAU"}),
        ),
        (
            "ISSUE_UVCI",
            "identifier-without-check-character",
            "The check character is missing",
            "eHealth Network, UVCI annex 2",
            certificate(v=[claim(dose, ci=IDENTIFIER[:-2])]),
        ),
        (
            "ISSUE_UVCI",
            "identifier-with-a-wrong-check-character",
            "The check character is another one",
            "eHealth Network, UVCI annex 2",
            certificate(v=[claim(dose, ci=IDENTIFIER[:-1] + "/")]),
        ),
        (
            "ISSUE_CODE",
            "result-inconclusive",
            "A result is detected or not detected",
            schema,
            certificate(v=None, t=[claim(test, tr="419984006")]),
        ),
        (
            "ISSUE_UVCI",
            "identifier-that-can-be-guessed",
            "A running number, with its right check character",
            rule,
            certificate(v=[claim(dose, ci=uvci.build("XA", "1"))]),
        ),
        (
            "ISSUE_UVCI",
            "identifier-of-a-third-country",
            "An identifier of France, for an event in XA, to be signed by XA",
            rule,
            certificate(v=[claim(dose, ci=uvci.from_record_id("FR", bytes(range(16))))]),
        ),
        (
            "ISSUE_FUTURE_EVENT",
            "vaccination-tomorrow-everywhere",
            "3 July has begun nowhere",
            rule,
            certificate(v=[claim(dose, dt="2021-07-03")]),
        ),
        (
            "ISSUE_FUTURE_EVENT",
            "sample-in-a-second",
            "A sample is an instant",
            rule,
            certificate(v=None, t=[claim(test, sc="2021-07-01T12:00:01Z")]),
        ),
    ):
        yield issue_case(f"dcc-{name}", description, source, content, reason)
    yield issue_case(
        "dcc-name-not-in-latin-letters",
        "No spelling of the machine readable zone, which the schema requires as well",
        "ICAO 9303-3 section 4.6",
        certificate(nam={"fn": "王", "gn": "小明"}),
        "ISSUE_FIELD",
        "ISSUE_NAME",
    )
    options: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("ISSUE_FORMAT", "format-unknown", "We issue no NZ COVID Passes", {"format": "nzcp"}),
        (
            "ISSUE_KEY_USE",
            "key-for-tests-alone",
            "A vaccination under a key for tests",
            {"key": {"uses": [Use.TEST.value]}},
        ),
        (
            "ISSUE_KEY_PERIOD",
            "key-not-begun",
            "The key begins tomorrow",
            {"key": {"not_before": instant(AT + timedelta(days=1))}},
        ),
        (
            "ISSUE_KEY_PERIOD",
            "key-ended",
            "The key ended yesterday",
            {"key": {"not_after": instant(AT - timedelta(days=1))}},
        ),
        (
            "ISSUE_KEY_PERIOD",
            "outlives-its-key",
            "It would end a second after its key",
            {"expires": NOT_AFTER + timedelta(seconds=1)},
        ),
        ("ISSUE_PERIOD", "ends-when-it-begins", "A period of no length", {"expires": AT}),
    )
    for reason, name, description, changes in options:
        yield issue_case(name, description, rule, certificate(), reason, **changes)
    yield issue_case(
        "everything-wrong-at-once",
        "All reasons are given at once",
        rule,
        certificate(v=[claim(dose, ci="nonsense", dt="2022-01-01"), claim(dose)], nam={"fn": "王"}),
        "ISSUE_SEVERAL_CLAIMS",
        "ISSUE_KEY_USE",
        "ISSUE_PERIOD",
        "ISSUE_NAME",
        "ISSUE_UVCI",
        "ISSUE_FUTURE_EVENT",
        key={"uses": []},
        expires=AT - timedelta(days=1),
    )
    graded = claim(dose, ev=5)
    yield issue_case(
        "ithc-several-claims-and-a-document",
        "What a DCC has no place for",
        page,
        certificate(v=[graded], t=[claim(test, kd="antibody", an="IgG", ev=4)]),
        format="ithc",
        document=DOCUMENT,
    )
    yield from shc_cases(dose, test)
    yield issue_case(
        "ithc-without-evidence",
        "A claim does not say how its issuer knows",
        page,
        certificate(),
        "ISSUE_EVIDENCE",
        format="ithc",
    )
    yield issue_case(
        "ithc-of-49-claims", "The limit is 48", page, certificate(v=[graded] * 49), "ISSUE_TOO_LARGE", format="ithc"
    )
    yield issue_case(
        "ithc-document-with-a-short-salt",
        "A salt has 8 to 16 octets",
        page,
        certificate(v=[graded]),
        "ISSUE_FIELD",
        format="ithc",
        document=DOCUMENT | {"salt": base64(bytes(7))},
    )


def shc_cases(dose: dict[str, object], test: dict[str, object]) -> Iterator[Case]:
    """SMART Health Cards: what they leave out is not there when they are read again."""
    page = "docs/formats/shc.md"
    url: Vector = {"url": cards.ISSUER}
    told = {"co": "", "is": cards.ISSUER, "ci": ""}
    read_dose = {key: value for key, value in (dose | told).items() if key not in ("dn", "sd")}
    read_test = {key: value for key, value in (test | told).items() if key != "nm"}
    other = claim(dose, ci=uvci.from_record_id("XA", bytes(16)), dt="2021-06-30")
    for name, description, given, content in (
        ("vaccination", "A vaccination", certificate(), {"v": [read_dose]}),
        (
            "two-vaccinations-and-a-test",
            "Several claims in one code",
            certificate(v=[claim(dose), other], t=[claim(test)]),
            {"v": [read_dose, read_dose | {"dt": "2021-06-30"}], "t": [read_test]},
        ),
        (
            "with-a-document-and-evidence",
            "Neither has a place",
            certificate(v=[claim(dose, ev=5)]),
            {"v": [read_dose]},
        ),
        ("specimen", "A specimen", certificate(sp=True), {"v": [read_dose], "sp": True}),
        (
            "name-in-chinese",
            "The spelling of the passport stands beside the name",
            certificate(nam={"fn": "王", "fnt": "WANG", "gn": "小明", "gnt": "XIAOMING"}),
            {"v": [read_dose], "nam": {"fn": "王", "fnt": "WANG", "gn": "小明", "gnt": "XIAOMING"}},
        ),
    ):
        document = DOCUMENT if "document" in name else None
        read = certificate(v=None) | content
        yield issue_case(
            f"shc-{name}", description, page, given, format="shc", key=url, document=document, content=read
        )
    recovery, exemption = claim(wire.recovery()), {"tg": "840539006", "co": "XA", "is": "X", "df": "2021-06-01"}
    many = [claim(dose, ci=uvci.from_record_id("XA", bytes([number]) * 16)) for number in range(40)]
    for number, entry in enumerate(many):
        entry["dt"] = f"2021-05-{number % 28 + 1:02}"
    for name, description, given, reasons in (
        ("recovery", "A past infection", certificate(v=None, r=[recovery]), ["ISSUE_RECOVERY"]),
        (
            "exemption",
            "FHIR writes an exemption with its ground",
            certificate(v=None, x=[claim(exemption, du="2021-09-01")]),
            ["ISSUE_EXEMPTION"],
        ),
        ("no-claim", "A holder and nothing else", certificate(v=None), ["ISSUE_NO_CLAIM"]),
        (
            "no-vaccine",
            "A dose of nothing: no reader would know against what",
            certificate(v=[claim(dose, vp=None, mp=None, ma=None)]),
            ["ISSUE_CODE"],
        ),
        (
            "maker-of-another-product",
            "Comirnaty of Moderna: the reader would have its own maker",
            certificate(v=[claim(dose, ma="ORG-100031184")]),
            ["ISSUE_CODE"],
        ),
        (
            "name-in-another-spelling",
            "MULLER for Müller, which a reader spells MUELLER",
            certificate(nam={"fn": "Müller", "fnt": "MULLER", "gn": "Eva", "gnt": "EVA"}),
            ["ISSUE_FIELD"],
        ),
        ("forty-vaccinations", "More than one code holds", certificate(v=many), ["ISSUE_TOO_LARGE"]),
    ):
        yield issue_case(f"shc-{name}", description, page, given, *reasons, format="shc", key=url)
    yield issue_case(
        "shc-key-without-an-address",
        "The key's certificate names no https address",
        page,
        certificate(),
        "ISSUE_KEY_URL",
        format="shc",
    )
