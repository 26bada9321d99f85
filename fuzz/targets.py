"""What is fed, and what has to hold whatever it is fed with: a result or a refusal of ours, and nothing else."""

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import structs

from pratique import revocation
from pratique.bundle import Bundle
from pratique.formats import open_scan, read_envelope
from pratique.formats._base45 import decode, encode
from pratique.model import mrz
from pratique.model.errors import PratiqueError
from pratique.rules import check, evaluate, parse_rule
from pratique.rules.compiling import function_of
from pratique.rules.linting import parse_policy
from pratique.rules.sql import Outside, translate_logic
from pratique.rules.values import EvaluationError
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment, TrustList, did, eu, icao, jwks, vci
from pratique.trust.x509 import trusted_keys
from pratique.verification import verify

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
NOBODY = TrustList([], environment=Environment.SANDBOX)
_FILES = dict(bundle_files(NOBODY, number=1, at=AT))
_PREFIXES = ("HC1:", "shc:/", "NZCP:/1/", '{"data":{"hdr":{"t":"', "PK\x03\x04", "HCL1:", "")


def scans(data: bytes) -> None:
    """A scan of every format: a verdict, never genuine, and nothing shown."""
    prefix = _PREFIXES[data[0] % len(_PREFIXES)] if data else ""
    text = prefix + data[1:].decode("latin-1")
    for scan in (text, data):
        told = verify(scan, trust_list=NOBODY, at=AT)
        assert told.authentic is not True
        assert told.reasons
        assert told.content is None
        try:
            envelope = open_scan(scan)
            read_envelope(envelope)
        except PratiqueError:
            continue


def packed(data: bytes) -> None:
    """What is in a code, packed as it should be: past base45 and zlib, where CBOR begins."""
    text = "HC1:" + encode(zlib.compress(data, 1))
    try:
        envelope = open_scan(text)
    except PratiqueError:
        return
    try:
        read_envelope(envelope)
    except PratiqueError:
        return


def base45(data: bytes) -> None:
    """There and back, and back and there."""
    assert decode(encode(data)) == data
    try:
        octets = decode(data.decode("latin-1"))
    except PratiqueError:
        return
    assert encode(octets) == data.decode("latin-1")


def zones(data: bytes) -> None:
    """The lines of a passport."""
    try:
        found = mrz.parse(data.decode("utf-8", "replace"))
    except PratiqueError:
        return
    again = mrz.parse(mrz.write(found))  # a name that fills its line, and ends in it, is the same as one that was cut
    assert structs.replace(again, name_truncated=found.name_truncated) == found


def rules(data: bytes) -> None:
    """A rule, a policy and an expression: parsed, checked, compiled to Python and SQL; both evaluators agree."""
    for parse in (parse_rule, parse_policy):
        try:
            parse(data)
        except PratiqueError:
            continue
    try:
        expression = json.loads(data)
    except (ValueError, RecursionError):
        return
    if check(expression):
        return
    values = {
        "payload": {"v": [{"dn": 1, "dt": "2026-09-01"}]},
        "external": {"validationClock": "2026-11-24T04:00:00Z"},
    }
    assert _outcome(lambda: evaluate(expression, values)) == _outcome(lambda: function_of(expression)(values))
    try:
        translate_logic(expression, {"validationClock": "2026-11-24T04:00:00Z"})
    except Outside:
        return


def _outcome(ask: Callable[[], object]) -> str:
    try:
        return repr(ask())
    except EvaluationError as fault:
        return str(fault.reason)


def releases(data: bytes) -> None:
    """One file of a release replaced, and the file alone."""
    names = sorted(_FILES)
    name = names[data[0] % len(names)] if data else names[0]
    for files in ({**_FILES, name: data[1:]}, {**_FILES, "rules/XC.json": data[1:]}):
        try:
            Bundle.from_files(files)
        except PratiqueError:
            continue


def lists(data: bytes) -> None:
    """What the world publishes of keys and withdrawals."""

    def check_(_: object) -> bool:
        return False

    readers: tuple[Callable[[bytes], object], ...] = (
        TrustList.from_json,
        revocation.from_bytes,
        revocation.slice_from_bytes,
        lambda octets: jwks.trusted_keys(octets, issuer="https://xa.example"),
        did.trusted_keys,
        vci.issuers,
        lambda octets: eu.trust_list(octets, anchors=(), check=check_),
        lambda octets: icao.roots(octets, check=check_),
        trusted_keys,
    )
    for read in readers:
        try:
            read(data)
        except PratiqueError:
            continue


TARGETS: dict[str, Callable[[bytes], None]] = {
    "scans": scans,
    "packed": packed,
    "base45": base45,
    "zones": zones,
    "rules": rules,
    "releases": releases,
    "lists": lists,
}
