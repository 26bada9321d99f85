"""Scans that are authentic in spite of how they are written, as strangers have written them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cbor2
from msgspec import structs

from pratique.formats import hcert
from pratique.model import dcc
from pratique.model.certificate import Certificate, TravelDocument
from pratique.model.reasons import Reason
from tests import wire
from tests.cases.known import RSA, SIGNER, STRANGER, Case, Vector, base64, entry, listed, trust
from tests.cases.people import exact, person, zone
from tests.cases.scans import GOOD, authentic, held, plain, scan_case
from tests.formats import ithc_examples
from tests.issuer import AT

PAYLOAD = cbor2.dumps(wire.cwt(wire.dcc()))
KID = SIGNER.key.kid
SALT = bytes(range(8))


def dccs() -> Iterator[Case]:
    schema = "EU DCC schema 1.3.0"
    for name, description, content in (
        ("vaccination", "A vaccination", {}),
        ("test", "A test", {"v": None, "t": [wire.test()]}),
        ("recovery", "A recovery", {"v": None, "r": [wire.recovery()]}),
    ):
        yield scan_case(name, description, schema, wire.hcert(SIGNER, wire.dcc(**content)), authentic(plain(**content)))
    theirs = {"ev": "X", "cd": "U07.1", "kd": 7, "an": [1]}
    for name, description, content in (
        ("own-key-sp", "A member state's own key that is ours for a specimen, but not true or false", {"sp": 1}),
        ("own-key-x", "A member state's own key that is ours for exemptions", {"x": {"region": "XA-1"}}),
        ("own-keys-of-an-entry", "Own keys that are ours in another shape", {"v": [wire.vaccination(**theirs)]}),
    ):
        yield scan_case(
            name,
            description,
            "our rule: unknown keys are passed over",
            wire.hcert(SIGNER, wire.dcc(**content)),
            authentic(plain()),
        )
    yield scan_case(
        "revocation-not-asked",
        "No revocation list: a note, which changes nothing",
        "our rule: what was not asked is said",
        GOOD,
        held(Reason.REVOCATION_NOT_ASKED, authentic=True, certificate=plain(), not_revoked=None),
        revocation=None,
    )
    yield scan_case(
        "white-space-around",
        "A byte order mark, blanks and a line end",
        schema,
        f"\ufeff  {GOOD}\r\n",
        authentic(plain()),
    )


def messages() -> Iterator[Case]:
    """COSE in every way that is on real certificates."""
    cose, section = "RFC 9052 section 4.2", "HCERT specification 1.0.8, section 3.3"
    for name, description, source, message in (
        ("cose-without-a-tag", "No tag 18", cose, wire.cose(SIGNER, PAYLOAD, tags=())),
        (
            "cose-with-the-cwt-tag",
            "Tag 61 around tag 18",
            "RFC 8392 section 6",
            wire.cose(SIGNER, PAYLOAD, tags=(18, 61)),
        ),
        (
            "cose-with-the-cwt-tag-alone",
            "Tag 61 without tag 18",
            "RFC 8392 section 6",
            wire.cose(SIGNER, PAYLOAD, tags=(61,)),
        ),
        (
            "key-id-unprotected",
            "The key id stands in the unprotected header",
            section,
            wire.cose(SIGNER, PAYLOAD, protected={1: -7}, unprotected={4: KID}),
        ),
        (
            "algorithm-unprotected",
            "The algorithm stands in the unprotected header",
            section,
            wire.cose(SIGNER, PAYLOAD, protected={4: KID}, unprotected={1: -7}),
        ),
        (
            "headers-unprotected",
            "The protected header is empty",
            section,
            wire.cose(SIGNER, PAYLOAD, protected={}, unprotected={1: -7, 4: KID}),
        ),
        (
            "key-id-in-both-headers",
            "The protected key id counts",
            section,
            wire.cose(SIGNER, PAYLOAD, unprotected={4: STRANGER.key.kid}),
        ),
    ):
        yield scan_case(name, description, source, wire.scan(message), authentic(plain()))
    yield scan_case(
        "ps256",
        "An RSA signature",
        "RFC 8230 section 2",
        wire.hcert(RSA, wire.dcc()),
        authentic(plain()),
        trust=trust(RSA),
    )
    stranger = {"kid": base64(KID), "key": entry(STRANGER)["key"]}
    yield scan_case(
        "two-keys-under-one-key-id",
        "Every key under the id is tried",
        "HCERT specification 1.0.8, section 3.3.3",
        GOOD,
        authentic(plain()),
        trust=listed(stranger, entry(SIGNER)),
    )


def claims() -> Iterator[Case]:
    """CWT claims in every way that is on real certificates."""
    start, end = AT - timedelta(days=1), AT + timedelta(days=1)
    for name, description, changes in (
        (
            "times-as-floats",
            "Times with fractions of a second",
            {"_6": AT.timestamp() - 0.5, "_4": AT.timestamp() + 0.5},
        ),
        ("times-under-a-date-tag", "Times as texts under tag 0", {"_6": start, "_4": end}),
        (
            "times-under-an-epoch-tag",
            "Times as numbers under tag 1",
            {"_6": cbor2.CBORTag(1, int(start.timestamp())), "_4": cbor2.CBORTag(1, int(end.timestamp()))},
        ),
        ("issuer-in-lower-case", "The issuer is written xa", {"_1": "xa"}),
        ("issuer-not-stated", "No issuer: its key says who it is", {"_1": None}),
        ("asked-in-the-last-second", "Expiry is the moment after which it ends", {"_4": int(AT.timestamp())}),
        ("asked-in-the-first-second", "Issued at the moment asked about", {"_6": int(AT.timestamp())}),
        ("key-of-an-unknown-claim", "Claims that nobody here knows are passed over", {"_7": b"cti", "_-65537": 1}),
    ):
        yield scan_case(
            name,
            description,
            "RFC 8392 section 3.1; RFC 8949 section 3.4",
            wire.hcert(SIGNER, wire.dcc(), **changes),
            authentic(plain()),
        )
    cwt: Any = wire.cwt(wire.dcc())
    cwt[-260] = {99: "another", 1: wire.dcc()}
    yield scan_case(
        "another-profile-beside",
        "The health claim also has a key nobody here knows",
        "HCERT specification 1.0.8, section 3.3.4",
        wire.scan(wire.cose(SIGNER, cbor2.dumps(cwt))),
        authentic(plain()),
    )


def fields() -> Iterator[Case]:
    """DCC fields in every way that is on real certificates."""
    schema, real = "EU DCC schema 1.3.0", "seen on real certificates"
    dose = wire.vaccination()
    bare = {key: value for key, value in dose.items() if key not in ("vp", "ma")}
    afternoon = datetime(2021, 6, 30, 15, 30, tzinfo=UTC)
    name = wire.dcc()["nam"]
    for case, description, source, content, changes in (
        ("groups-null", "Groups without entries are null", real, {"t": None, "r": None}, {}),
        (
            "fields-null",
            "Fields that are not known are null",
            real,
            {"v": [dose | {"vp": None, "ma": None}]},
            {"v": [bare]},
        ),
        ("doses-as-floats", "Dose 2.0 of 2.0", real, {"v": [dose | {"dn": 2.0, "sd": 2.0}]}, {}),
        (
            "vaccination-day-with-a-time",
            "The time is dropped: a vaccination is a calendar date",
            real,
            {"v": [dose | {"dt": "2021-05-29T00:00:00Z"}]},
            {},
        ),
        (
            "vaccination-day-under-a-date-tag",
            "A date under tag 1004",
            "RFC 8943",
            {"v": [dose | {"dt": cbor2.CBORTag(1004, "2021-05-29")}]},
            {},
        ),
        (
            "birth-date-under-a-date-tag",
            "A date under tag 1004",
            "RFC 8943",
            {"dob": cbor2.CBORTag(1004, "1998-02-26")},
            {},
        ),
        (
            "birth-date-under-a-day-tag",
            "Days since 1970 under tag 100",
            "RFC 8943",
            {"dob": cbor2.CBORTag(100, (date(1998, 2, 26) - date(1970, 1, 1)).days)},
            {},
        ),
        ("birth-year", "Only the year of birth is known", schema, {"dob": "1998"}, {"dob": "1998"}),
        ("birth-month", "Only year and month of birth are known", schema, {"dob": "1998-02"}, {"dob": "1998-02"}),
        ("birth-date-empty", "The birth date is not known", schema, {"dob": ""}, {"dob": ""}),
        ("birth-date-null", "The birth date is not known, and null", real, {"dob": None}, {"dob": ""}),
        (
            "texts-with-spaces",
            "Blanks around texts are no part of them",
            real,
            {"v": [dose | {"co": " XA", "is": "Ministry of Health of XA ", "ci": f" {dose['ci']} "}]},
            {},
        ),
        (
            "identifier-without-prefix",
            "A UVCI without URN:UVCI:",
            real,
            {"v": [dose | {"ci": "01:XA:7T1UG87G61Y7NRXIBQJDTYQ9"}]},
            {"v": [dose | {"ci": "01:XA:7T1UG87G61Y7NRXIBQJDTYQ9"}]},
        ),
        (
            "several-entries",
            "Two vaccinations in one certificate",
            real,
            {"v": [dose, dose | {"dt": "2021-04-17", "dn": 1, "ci": "URN:UVCI:01:XA:SECOND"}]},
            {"v": [dose, dose | {"dt": "2021-04-17", "dn": 1, "ci": "URN:UVCI:01:XA:SECOND"}]},
        ),
        ("several-groups", "A test beside a vaccination", real, {"t": [wire.test()]}, {"t": [wire.test()]}),
        (
            "name-decomposed",
            "The umlaut is o and a combining mark",
            "Unicode Standard Annex 15",
            {"nam": name | {"fn": "Musterfrau-Go\u0308ßinger"}},
            {},
        ),
        (
            "name-of-one-part",
            "A person with a family name alone",
            schema,
            {"nam": {"fn": "Musterfrau", "fnt": "MUSTERFRAU"}},
            {"nam": {"fn": "Musterfrau", "fnt": "MUSTERFRAU"}},
        ),
        (
            "unknown-fields",
            "Keys that nobody here knows are passed over",
            schema,
            {"later": {"any": "thing"}, "v": [dose | {"later": 1}]},
            {},
        ),
        (
            "sampled-with-a-short-offset",
            "An offset of two digits",
            "ISO 8601",
            {"v": None, "t": [wire.test(sc="2021-06-30T17:30:00+02")]},
            {"v": None, "t": [wire.test()]},
        ),
        (
            "sampled-under-a-date-tag",
            "An instant under tag 0",
            real,
            {"v": None, "t": [wire.test(sc=afternoon)]},
            {"v": None, "t": [wire.test(sc="2021-06-30T15:30:00Z")]},
        ),
        (
            "vaccine-not-on-the-list",
            "A product code that no list has is open, never refused",
            real,
            {"v": [dose | {"mp": "Another-Vaccine"}]},
            {"v": [dose | {"mp": "Another-Vaccine"}]},
        ),
        ("version-of-the-future", "The schema's version is not looked at", schema, {"ver": "1.9.0"}, {}),
    ):
        yield scan_case(
            f"dcc-{case}", description, source, wire.hcert(SIGNER, wire.dcc(**content)), authentic(plain(**changes))
        )
    indefinite = b"\xbf" + b"".join(cbor2.dumps(k) + cbor2.dumps(v) for k, v in wire.cwt(wire.dcc()).items()) + b"\xff"
    yield scan_case(
        "cbor-of-indefinite-length",
        "A map without its length",
        "RFC 8949 section 3.2.2",
        wire.scan(wire.cose(SIGNER, indefinite)),
        authentic(plain()),
    )


def signed(certificate: Certificate, profile: str) -> str:
    draft = hcert.build(certificate, profile=profile, key=SIGNER.key, at=AT, expires=AT + timedelta(days=90))
    return hcert.seal(draft, SIGNER.sign(draft.signed))


def ithcs() -> Iterator[Case]:
    page = "docs/formats/ithc.md"
    document = TravelDocument.conceal("P", "UTO", "L898902C3", salt=SALT)
    told = {"kind": "P", "country": "UTO", "tail": "2C3", "salt": base64(SALT), "digest": base64(document.digest)}
    holder = structs.replace(ithc_examples.HOLDER, document=document)
    for count, name in ((1, "one-claim"), (12, "twelve-claims")):
        certificate = Certificate(holder, ithc_examples.claims(count))
        yield scan_case(
            f"ithc-{name}",
            "A Chinese name with its spelling in the passport, and the passport",
            page,
            signed(certificate, "ithc"),
            authentic(dcc.to_dcc(certificate), format="ithc", travel_document=told, person=exact()),
            document=zone("OUYANG", "XIAOMING", "870412"),
        )
    certificate = Certificate(holder, ithc_examples.claims(1))
    another = person("different", Reason.DOCUMENT_DIFFERENT, document="different")
    yield scan_case(
        "person-document-different",
        "Everything agrees, and it is another passport than the one the certificate names",
        "docs/names.md",
        signed(certificate, "ithc"),
        authentic(dcc.to_dcc(certificate), format="ithc", travel_document=told, person=another),
        document=zone("OUYANG", "XIAOMING", "870412", number="L898902C4"),
    )
    sandbox: dict[str, Any] = {"trust": listed(entry(SIGNER, issuer="XA"), environment="sandbox")}
    specimen = ithc_examples.certificate(1)
    yield scan_case(
        "ithc-specimen-in-a-sandbox",
        "A specimen counts where the list is a sandbox's",
        page,
        signed(specimen, "ithc"),
        authentic(dcc.to_dcc(specimen), format="ithc", travel_document=fixed(specimen)),
        **sandbox,
    )
    yield scan_case(
        "dcc-specimen-in-a-sandbox",
        "A specimen counts where the list is a sandbox's",
        "our key sp beside the DCC's",
        wire.hcert(SIGNER, wire.dcc(sp=True)),
        authentic(plain(sp=True)),
        **sandbox,
    )


def fixed(certificate: Certificate) -> Vector:
    document = certificate.holder.document
    assert document is not None
    return {
        "kind": document.kind,
        "country": document.country,
        "tail": document.tail,
        "salt": base64(document.salt),
        "digest": base64(document.digest),
    }


def cases() -> Iterator[Case]:
    for family in (dccs, messages, claims, fields, ithcs):
        yield from family()
