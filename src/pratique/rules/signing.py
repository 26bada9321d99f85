"""Who signed a policy: two officials of its country, each over exactly the text that is published.

    signed_text(data)                    what an official signs: RFC 8785 JSON without `signatures`, under a heading
    with_signature(data, signature)      the file with one signature more
    unsigned(data, officials, check=…)   everything that is missing
    signed_by(data, officials, check=…)  whose signatures hold

The keys of a country's officials are a file of their own, which the country signs in the network:

    {"officials": 1, "country": "XA",
     "keys": {"health": {"title": {"en": "Minister of Health"}, "key": {"spki": "…", "kind": "Ed25519"}}}}
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import rfc8785
from msgspec import Struct

from pratique.model.countries import canonical, is_issuer
from pratique.model.errors import Problem, RuleRefused
from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck
from pratique.model.reasons import Reason
from pratique.rules.fields import decoded, fields_of, stray, unsaid
from pratique.rules.policy import PolicySignature, read_policy

SIGNERS = 2
HEADING = b"pratique policy 1\n"
"""In front of what is signed, so that a key that signs other things as well never signs a policy unawares."""
ALGORITHMS = {KeyKind.ED25519: Algorithm.EDDSA, KeyKind.P256: Algorithm.ES256}

Check = Callable[[SignatureCheck], bool | None]
"""The arithmetic, as `pratique.crypto.check`."""


class Official(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may sign policies of a country; `title` is the office, in words by language."""

    title: dict[str, str]
    key: PublicKey


class Officials(Struct, frozen=True):
    """The officials of a country, by the names that policies call them."""

    country: str
    keys: Mapping[str, Official]


_FIELDS: dict[str, Any] = {"officials": int, "country": str, "keys": dict[str, Official]}


def parse_officials(data: bytes) -> Officials:
    """Read the file of a country's officials. Raises `RuleRefused` with everything that is wrong, and each place."""
    fields = fields_of(data, "officials")
    problems = stray(fields, _FIELDS, ())
    read = {name: decoded(fields[name], kind, name, problems) for name, kind in _FIELDS.items() if name in fields}
    keys: dict[str, Official] = read.get("keys") or {}
    country: str = read.get("country") or ""
    if read.get("officials", 1) != 1:
        problems.append(Problem("officials", Reason.RULE_FIELD_VALUE))
    if "country" in fields and not is_issuer(country):
        problems.append(Problem("country", Reason.RULE_FIELD_VALUE))
    for name, official in keys.items():
        problems += unsaid({"title": official.title}, f"keys.{name}.")
        if official.key.kind not in ALGORITHMS:
            problems.append(Problem(f"keys.{name}.key.kind", Reason.TRUST_KEY_KIND))
    if problems:
        raise RuleRefused(dict.fromkeys(problems))
    return Officials(canonical(country), keys)


def signed_text(data: bytes) -> bytes:
    """What an official signs of a policy's file. Raises `RuleRefused` for a file that cannot be put in that form."""
    try:
        policy = msgspec.json.decode(data, type=dict[str, Any])
        return HEADING + rfc8785.dumps({name: value for name, value in policy.items() if name != "signatures"})
    except (msgspec.DecodeError, RecursionError, rfc8785.CanonicalizationError, UnicodeError) as fault:
        raise RuleRefused([Problem("", Reason.RULE_UNREADABLE)]) from fault


def with_signature(data: bytes, signature: PolicySignature) -> bytes:
    """A policy's file with one signature more, in the place of an older one of the same signer."""
    policy = msgspec.json.decode(data, type=dict[str, Any])
    kept = [each for each in policy.get("signatures", []) if each["signer"] != signature.signer]
    policy["signatures"] = [*kept, msgspec.to_builtins(signature)]
    return msgspec.json.format(msgspec.json.encode(policy)) + b"\n"


def signed_by(data: bytes, officials: Officials | None, *, check: Check) -> tuple[Official, ...]:
    """The officials whose signatures over a policy's file hold, in the order in which it names them.

    Raises `RuleRefused` for a file that is no policy.
    """
    policy, text = read_policy(data), signed_text(data)
    known = _keys_of(policy.country, officials)
    given = {each.signer: each.signature for each in policy.signatures}
    asked = [(known[name], given[name]) for name in policy.signers if name in known and name in given]
    return tuple(official for official, signature in asked if _holds(official.key, text, signature, check))


def unsigned(data: bytes, officials: Officials | None, *, check: Check) -> tuple[Problem, ...]:
    """What is missing of the signatures of a policy's file, each place; empty for one that two officials signed.

    Every name under `signers` has to have signed, and nobody else; two names with one key are one official. Raises
    `RuleRefused` for a file that is no policy.
    """
    policy, text = read_policy(data), signed_text(data)
    known = _keys_of(policy.country, officials)
    held: dict[str, bytes] = {}
    problems = []
    for number, each in enumerate(policy.signatures):
        official = known.get(each.signer) if each.signer in policy.signers else None
        if official is None or not _holds(official.key, text, each.signature, check):
            problems.append(Problem(f"signatures[{number}]", Reason.POLICY_SIGNATURE))
        else:
            held[each.signer] = official.key.spki
    return (*problems, *_absent(policy.signers, held))


def _keys_of(country: str, officials: Officials | None) -> Mapping[str, Official]:
    """The officials of a policy's country, by name; none where the file is another country's."""
    return officials.keys if officials is not None and officials.country == canonical(country) else {}


def _holds(key: PublicKey, text: bytes, signature: bytes, check: Check) -> bool:
    return check(SignatureCheck(key, ALGORITHMS[key.kind], text, signature)) is True


def _absent(signers: tuple[str, ...], held: Mapping[str, bytes]) -> Iterator[Problem]:
    for number, name in enumerate(signers):
        if name not in held:
            yield Problem(f"signers[{number}]", Reason.POLICY_SIGNATURE)
    if len(set(held.values())) < SIGNERS:
        yield Problem("signers", Reason.POLICY_SIGNERS)
