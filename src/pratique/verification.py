"""Is it authentic? One readable function, from a scan to facts with reasons.

    scan ─ prepare ─► Prepared ─ (the arithmetic answers each SignatureCheck) ─► results ─ conclude ─► Verification

`verify` joins the two halves with OpenSSL; a verifier page joins them with WebCrypto. Neither half raises for any scan,
reads a clock or asks a network: the instant, the trust list and the revocation list are arguments.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from itertools import compress
from typing import Any

from msgspec import Struct, structs

from pratique import formats
from pratique.model.certificate import Certificate, Person
from pratique.model.countries import canonical
from pratique.model.envelope import Content, Envelope, Reading
from pratique.model.errors import MalformedCertificate, TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind, SignatureCheck
from pratique.model.permit import Permit
from pratique.model.reasons import EFFECTS, Effect, Fact, Reason
from pratique.model.status import Status
from pratique.revocation import Identifier, RevocationList
from pratique.trust import Anchor, Environment, TrustedKey, TrustList
from pratique.trust.x509 import embedded, issuance

_MAKERS = {
    Algorithm.ES256: (KeyKind.P256, KeyKind.BRAINPOOL_P256R1, KeyKind.OTHER),
    Algorithm.ES384: (KeyKind.P384, KeyKind.BRAINPOOL_P384R1, KeyKind.OTHER),
    Algorithm.ES512: (KeyKind.P521, KeyKind.BRAINPOOL_P512R1, KeyKind.OTHER),
    Algorithm.PS256: (KeyKind.RSA, KeyKind.OTHER),
    Algorithm.EDDSA: (KeyKind.ED25519, KeyKind.OTHER),
}
"""The kinds of key that can have made a signature of a format; of one that is not known here nothing can be said."""
_LENGTHS = {Algorithm.ES384: (96,), Algorithm.ES512: (132, 128)}
"""Octets of a signature: P-384 and brainpoolP384r1; P-521, brainpoolP512r1. Those of the others are 64."""
_CURVES = (Algorithm.ES256, Algorithm.ES384, Algorithm.ES512)
_ISSUER_ALIASES = {"EL": "GR", "UK": "GB", "UNHCR": "UN"}
"""Codes used beside those of certificates, which have two letters, for the same state or body."""
_CODE = re.compile(r"[A-Z]{2}")


class Verification(Struct, frozen=True, kw_only=True):
    """What was established about a scan. Each fact is true, false, or None where it is not established.

    `content`, `issuer`, `issued` and `expires` are there only if the signature held under a trusted key and they
    could be read: nothing unverified is ever shown as if it were verified. `not_revoked` is None, and does not count
    against `authentic`, where no revocation list was given (`REVOCATION_NOT_ASKED` says so).
    """

    format: str | None
    """The format, and once the payload could be read its profile: "eu-dcc", "ithc"; None for no known format."""
    reasons: tuple[Reason, ...] = ()
    well_formed: bool | None = None
    signature_held: bool | None = None
    key_trusted: bool | None = None
    in_period: bool | None = None
    key_use_allowed: bool | None = None
    not_revoked: bool | None = None
    not_specimen: bool | None = None
    content: Content | None = None
    key_id: bytes | None = None
    """The key id that the scan names, whether or not a key was found."""
    issuer: str | None = None
    issued: datetime | None = None
    expires: datetime | None = None
    identifiers: frozenset[Identifier] = frozenset()
    fault: str = ""
    """Where a malformed scan could not be read, for engineers; never a value from it."""

    @property
    def facts(self) -> dict[Fact, bool | None]:
        """The facts by name, in the order in which they are established."""
        return {fact: getattr(self, fact) for fact in Fact}

    @property
    def certificate(self) -> Certificate | None:
        """The content where it is a certificate: claims about a person, which rules can be asked about."""
        return self.content if isinstance(self.content, Certificate) else None

    @property
    def holder(self) -> Person | None:
        """Who it is about, where it says so: a certificate or an entry permit does."""
        return self.content.holder if isinstance(self.content, Certificate | Permit) else None

    @property
    def live(self) -> bool | None:
        """Whether a status was shown by whoever holds its one-time key, within the last minute; None for all else.

        False is no refusal: on paper nothing can be live, and then the person is looked at.
        """
        return Reason.LIVE_FRESH in self.reasons if isinstance(self.content, Status) else None

    @property
    def authentic(self) -> bool | None:
        """False if any fact is false, else None (undecided) if any is not established, else true."""
        facts = (
            self.well_formed,
            self.signature_held,
            self.key_trusted,
            self.in_period,
            self.key_use_allowed,
            self.not_revoked if Reason.REVOCATION_NOT_ASKED not in self.reasons else True,
            self.not_specimen,
        )
        return False if False in facts else None if None in facts else True


class Prepared(Struct, frozen=True):
    """A scan taken apart, with the signature checks that its key id asks for; `fault` where it could not be."""

    format: str | None
    envelope: Envelope | None
    candidates: tuple[TrustedKey, ...]
    checks: tuple[SignatureCheck, ...]
    """One for each candidate, in the same order, then one for each of `roots`, then that of a live proof."""
    trust_list: TrustList
    reasons: tuple[Reason, ...] = ()
    fault: str = ""
    roots: tuple[Anchor, ...] = ()
    """Where the scan brought its signer's certificate along: those that may have issued it."""
    by_name: bool = False
    """Whether they are these by their name alone, which a root that is not on the list may share."""


def verify(
    scan: str | bytes, *, trust_list: TrustList, at: datetime, revocation: RevocationList | None = None
) -> Verification:
    """Verify one scan, offline, at the instant `at` (aware).

    Never raises for any text or bytes; a naive `at` is the caller's fault (`ValueError`).
    """
    check = _openssl()
    prepared = prepare(scan, trust_list=trust_list)
    return conclude(prepared, list(map(check, prepared.checks)), at=at, revocation=revocation)


@cache
def _openssl() -> Callable[[SignatureCheck], bool | None]:
    """The arithmetic, imported only when `verify` is called: its halves serve where `cryptography` cannot be had."""
    from pratique.crypto import check

    return check


def prepare(scan: str | bytes, *, trust_list: TrustList) -> Prepared:
    """The first half: take the scan apart and find the keys it may have been signed with."""
    # 1. Take it apart, without believing it.
    try:
        envelope = formats.open_scan(scan)
    except MalformedCertificate as error:
        return Prepared(formats.recognised(scan), None, (), (), trust_list, error.reasons, error.detail)
    # 2. The signature has the length its algorithm gives it.
    reasons: tuple[Reason, ...] = ()
    if not _length_fits(envelope):
        reasons = (Reason.SIGNATURE_DER if _is_der(envelope) else Reason.SIGNATURE_LENGTH,)
    # 3. Every key on the list under the named key id is a candidate, if its kind can make such a signature.
    if envelope.certificate is not None:
        return _prepare_embedded(envelope, envelope.certificate, trust_list, reasons)
    if envelope.key_id is None:
        return Prepared(envelope.format, envelope, (), (), trust_list, (*reasons, Reason.KEY_ID_MISSING))
    found = trust_list.find(envelope.key_id, envelope.format)
    if envelope.issuer is not None and found:
        found = tuple(key for key in found if key.issuer == envelope.issuer)
        if not found:  # the id is another issuer's, and whoever wrote this one knew it
            reasons += (Reason.KEY_ISSUER_MISMATCH,)
            return Prepared(envelope.format, envelope, (), (), trust_list, reasons)
    candidates, checks = [], []
    for key in found:
        if key.key.kind in _MAKERS[envelope.algorithm]:
            candidates.append(key)
            checks.append(SignatureCheck(key.key, envelope.algorithm, envelope.signed, envelope.signature))
    if not candidates:
        reasons += (Reason.KEY_ALGORITHM if found else Reason.KEY_UNKNOWN,)
    if reasons:
        checks = []
    elif envelope.live is not None and envelope.live.check is not None:
        checks.append(envelope.live.check)
    return Prepared(envelope.format, envelope, tuple(candidates), tuple(checks), trust_list, reasons)


def _prepare_embedded(
    envelope: Envelope, certificate: bytes, trust_list: TrustList, reasons: tuple[Reason, ...]
) -> Prepared:
    """The same where the scan brought its signer's certificate along: two signatures are asked for, its own and that of
    a root on the list under the certificate. One that is on the list itself needs no root."""
    try:
        signer = embedded(certificate)
    except TrustMaterialError as error:
        reasons += (Reason.SIGNER_UNREADABLE,)
        return Prepared(envelope.format, envelope, (), (), trust_list, reasons, error.detail)
    listed = [key for key in trust_list.find(signer.key.kid, envelope.format) if key.key == signer.key.key]
    roots = () if listed else trust_list.roots_of(signer)
    if not (listed or roots):
        return Prepared(envelope.format, envelope, (), (), trust_list, (*reasons, Reason.KEY_UNKNOWN))
    key = _within(listed[0], signer.key) if listed else signer.key
    if key.key.kind not in _MAKERS[envelope.algorithm]:
        return Prepared(envelope.format, envelope, (), (), trust_list, (*reasons, Reason.KEY_ALGORITHM))
    links = [(root, question) for root in roots if (question := issuance(signer, root))]
    if roots and not links:
        reasons += (Reason.CHAIN_NOT_CHECKED,)
    if reasons:
        return Prepared(envelope.format, envelope, (key,), (), trust_list, reasons, roots=roots)
    own = SignatureCheck(key.key, envelope.algorithm, envelope.signed, envelope.signature)
    return Prepared(
        envelope.format,
        envelope,
        (key,),
        (own, *(question for _, question in links)),
        trust_list,
        roots=tuple(root for root, _ in links),
        by_name=all(None in (root.key_id, signer.root_key_id) for root, _ in links),
    )


def _within(listed: TrustedKey, certified: TrustedKey) -> TrustedKey:
    """A listed key with the uses and the period of its certificate, where the list leaves them open."""
    return structs.replace(
        listed,
        uses=certified.uses if listed.uses is None else listed.uses,
        not_before=listed.not_before or certified.not_before,
        not_after=listed.not_after or certified.not_after,
    )


def conclude(
    prepared: Prepared, results: Sequence[bool | None], *, at: datetime, revocation: RevocationList | None = None
) -> Verification:
    """The second half: from the answers to the signature checks to everything that can be established."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant")
    envelope = prepared.envelope
    if envelope is None:
        reasons = prepared.reasons
        return Verification(format=prepared.format, reasons=reasons, fault=prepared.fault, **_judge(reasons))
    # 4. One candidate made the signature, or nothing that follows is a fact.
    signers = list(compress(prepared.candidates, results))
    if not signers:
        return _not_signed(prepared, envelope, results)
    signer = signers[0]
    key_id = envelope.key_id if envelope.certificate is None else signer.kid
    if prepared.roots and (broken := _chain_reasons(prepared, signer, results[len(prepared.candidates) :])):
        name = formats.format_of(envelope).profile_of(envelope)
        facts = _judge(broken, well_formed=True, signature_held=True)
        return Verification(format=name, reasons=broken, key_id=key_id, **facts)
    # 5. Only now is the payload read.
    try:
        reading = formats.read_envelope(envelope)
    except MalformedCertificate as error:
        return Verification(
            format=formats.format_of(envelope).profile_of(envelope),
            reasons=error.reasons,
            key_id=key_id,
            fault=error.detail,
            **_judge(error.reasons, signature_held=True),
        )
    if len(signers) > 1:  # one key, listed for several issuers: whoever lists another's as his own harms nobody
        signer = next((key for key in signers if not _is_anothers(key, reading)), signer)
    # 6. to 9. Everything else, all faults at once.
    expires = _expires(signer, reading)
    reasons = (
        *envelope.notes,
        *reading.faults,
        *_key_reasons(signer, reading, prepared.trust_list, at),
        *_period_reasons(signer, reading, expires, at),
        *_revocation_reasons(envelope, signer, reading, revocation, at),
        *_specimen_reasons(reading, prepared.trust_list),
        *(_live_reasons(envelope, results, at) if envelope.live or type(reading.content) is Status else ()),
    )
    found = structs.replace(
        _ALL_TRUE if reading.content is not None else _CONTENT_UNREAD,
        format=reading.profile,
        reasons=reasons,
        content=reading.content,
        key_id=key_id,
        issuer=reading.issuer or signer.issuer,
        issued=reading.issued,
        expires=expires,
        identifiers=reading.identifiers,
        fault=reading.fault,
    )
    return structs.replace(found, **_judge(reasons, **found.facts)) if reasons else found


def judged(told: Verification, reasons: tuple[Reason, ...]) -> Verification:
    """The same with reasons that were found later, and what they do to its facts."""
    found = tuple(dict.fromkeys((*told.reasons, *reasons)))
    return structs.replace(told, reasons=found, **_judge(reasons, **told.facts))


_EACH_TRUE: dict[str, Any] = {fact.value: True for fact in Fact}
_ALL_TRUE = Verification(format=None, **_EACH_TRUE)
"""What is established once the payload was read, until a reason speaks against it."""
_CONTENT_UNREAD = structs.replace(_ALL_TRUE, key_use_allowed=None, not_revoked=None, not_specimen=None)
"""Where the content could not be read, what depends on it is not established."""


def _judge(reasons: tuple[Reason, ...], **facts: bool | None) -> dict[str, Any]:
    """The facts after the reasons spoke: false outweighs not established, and notes change nothing.

    Withdrawal that was not asked about is not established, and counts against nothing (`Verification.authentic`).
    """
    for reason in reasons:
        fact, effect = EFFECTS[reason]
        if effect is Effect.FALSE:
            facts[fact.value] = False
        elif facts.get(fact.value) is not False and (effect is Effect.OPEN or reason is Reason.REVOCATION_NOT_ASKED):
            facts[fact.value] = None
    return facts


def _length_fits(envelope: Envelope) -> bool:
    """Twice those of the curve's order; for PS256 those of a modulus of at least 2 048 bits, and the arithmetic sees to
    the rest."""
    length = len(envelope.signature)
    return length >= 256 if envelope.algorithm is Algorithm.PS256 else length in _LENGTHS.get(envelope.algorithm, (64,))


def _is_der(envelope: Envelope) -> bool:
    """Whether it is a SEQUENCE that begins with an INTEGER (X.690), as libraries write ECDSA unless told otherwise."""
    signature = envelope.signature
    return envelope.algorithm in _CURVES and signature[:1] == b"\x30" and signature[2:3] == b"\x02"


def _not_signed(prepared: Prepared, envelope: Envelope, results: Sequence[bool | None]) -> Verification:
    reasons = (*envelope.notes, *prepared.reasons)
    if results:
        own = results[: len(prepared.candidates)]
        reasons += (Reason.SIGNATURE_NOT_CHECKED if None in own else Reason.SIGNATURE_INVALID,)
    return Verification(
        format=formats.format_of(envelope).profile_of(envelope),
        reasons=reasons,
        key_id=envelope.key_id,
        **_judge(reasons, well_formed=True, key_trusted=True if prepared.candidates and not prepared.roots else None),
    )


def _chain_reasons(prepared: Prepared, signer: TrustedKey, results: Sequence[bool | None]) -> tuple[Reason, ...]:
    """4a. A root on the list issued the certificate that the scan brought along, within its own period and country.

    Where a root is known by its name alone, the certificate may be its unlisted successor's: that is no forgery yet.
    """
    root = next((root for root, held in zip(prepared.roots, results, strict=True) if held), None)
    if root is None and None in results:
        return (Reason.CHAIN_NOT_CHECKED,)
    if root is None:
        return (Reason.KEY_UNKNOWN if prepared.by_name else Reason.CHAIN_INVALID,)
    reasons: tuple[Reason, ...] = ()
    if root.issuer is not None and root.issuer != signer.issuer:
        reasons += (Reason.KEY_ISSUER_MISMATCH,)
    begin = signer.not_before
    if begin and ((root.not_before and begin < root.not_before) or (root.not_after and begin > root.not_after)):
        reasons += (Reason.KEY_PERIOD,)
    return reasons


def _key_reasons(key: TrustedKey, reading: Reading, trust_list: TrustList, at: datetime) -> list[Reason]:
    """6. The key may sign for this issuer (failure A9) and for these claims, and the list that names it is fresh."""
    reasons = []
    if key.issuer != reading.issuer and _is_anothers(key, reading):
        reasons.append(Reason.KEY_ISSUER_MISMATCH)
    if trust_list.fresh_until is not None and at > trust_list.fresh_until:
        reasons.append(Reason.TRUST_LIST_STALE)
    if key.uses is not None and not reading.uses <= key.uses:
        reasons.append(Reason.KEY_USE)
    if key.notes and Reason.KEY_USE_UNREADABLE in key.notes:
        reasons.append(Reason.KEY_USE_UNREADABLE)
    return reasons


def _is_anothers(key: TrustedKey, reading: Reading) -> bool:
    """Whether the certificate names another issuer than its key is listed for.

    Issuers have put the name of an office there, from which no country can be told. But a permit opens the border of
    the state that it names, and nobody's key does that but one that is listed for this state.
    """
    if isinstance(reading.content, Permit):
        return key.issuer is None or canonical(key.issuer) != canonical(reading.content.destination)
    if not (key.issuer and reading.issuer):
        return False
    codes = {_ISSUER_ALIASES.get(code, code) for code in (key.issuer.upper(), reading.issuer.strip().upper())}
    return len(codes) > 1 and all(map(_CODE.fullmatch, codes))


def _period_reasons(key: TrustedKey, reading: Reading, expires: datetime | None, at: datetime) -> list[Reason]:
    """7. `at` lies in the certificate's period, and the key was in its own when it signed (HCERT 3.3.5 and 3.3.6)."""
    reasons = []
    if expires is None:
        reasons += [Reason.EXPIRY_MISSING] if reading.expiry_required else []
    elif at > expires:
        reasons.append(Reason.EXPIRED)
    if reading.issued is None:
        reasons += [Reason.ISSUED_MISSING] if reading.issued_required else []
    elif (key.not_before and reading.issued < key.not_before) or (key.not_after and reading.issued > key.not_after):
        reasons.append(Reason.KEY_PERIOD)
    if (
        (reading.issued and at < reading.issued)
        or (reading.not_before and at < reading.not_before)
        or (key.not_before and at < key.not_before and _without_date(reading))
    ):
        reasons.append(Reason.NOT_YET_VALID)
    return reasons


def _without_date(reading: Reading) -> bool:
    """Whether nothing can tell when it was signed, as its format has no place for that: then its key has to be in its
    own period at the instant of the question."""
    return reading.issued is None and not reading.issued_required


def _expires(key: TrustedKey, reading: Reading) -> datetime | None:
    """The end that it states, or else that of its signer where the format can state nothing of the kind."""
    if not _without_date(reading):
        return reading.expires
    return min((end for end in (reading.expires, key.not_after) if end is not None), default=None)


def _revocation_reasons(
    envelope: Envelope, signer: TrustedKey, reading: Reading, revocation: RevocationList | None, at: datetime
) -> tuple[Reason, ...]:
    """8. It is not withdrawn, and its key is still believed, as far as a list was given and content was read."""
    if reading.content is None:
        return ()
    if revocation is None:
        return (Reason.REVOCATION_NOT_ASKED,)
    return revocation.judge(envelope, reading, signer.key.spki, issuer=signer.issuer, at=at)


def _specimen_reasons(reading: Reading, trust_list: TrustList) -> tuple[Reason, ...]:
    """9. It is no specimen: one proves nothing outside a sandbox, whoever signed it (failure A7)."""
    specimen = reading.content is not None and reading.content.specimen
    return (Reason.SPECIMEN,) if specimen and trust_list.environment is not Environment.SANDBOX else ()


def _live_reasons(envelope: Envelope, results: Sequence[bool | None], at: datetime) -> tuple[Reason, ...]:
    """10. Whoever shows a status holds its one-time key now; whatever is lacking there is for people to look at."""
    live = envelope.live
    if live is None:
        return (Reason.LIVE_ABSENT,)
    if live.check is None or results[-1] is not True:
        return (Reason.LIVE_INVALID,)
    return (Reason.LIVE_FRESH if live.fresh(at) else Reason.LIVE_STALE,)
