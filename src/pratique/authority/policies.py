"""Policies from the first word to two signatures: who wrote what, who signed exactly that, and what stops it.

    begin ─► save, save ─► send ─► sign (one signature each) ─► publish, by another than its writers
                   ▲          └─► give_back ─┘         └─► the file that the country's role signs in the network

No key is here. Officials sign on machines of their own (`rules.signing`, `pratique policy sign`) and bring the file;
what is taken of it is the one signature that is new, if it holds over exactly the text that was sent. What is in force,
and whose signatures count, is read from a release and never from here.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique import crypto
from pratique.authority.access import Account, Act, may
from pratique.authority.store import policies, reading, writing
from pratique.authority.store.people import new_id
from pratique.authority.store.policies import Step, Text
from pratique.model.countries import canonical
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.linting import NOTICE, findings
from pratique.rules.policy import Policy, PolicySignature, read_policy
from pratique.rules.signing import SIGNERS, Officials, signed_text, unsigned, with_signature

MOST_TEXT = 256 * 1024
"""Characters of a draft: the longest policy of the sandbox has 15 000."""


class State(StrEnum):
    """How far a draft is."""

    DRAFT = "draft"
    SENT = "sent"
    """Frozen: it waits for signatures, or to be given back."""
    PUBLISHED = "published"
    GIVEN_UP = "given_up"


class Did(StrEnum):
    """What an official can do with a text."""

    SEND = "send"
    SIGN = "sign"
    GIVE_BACK = "give_back"
    PUBLISH = "publish"
    GIVE_UP = "give_up"


class Stop(StrEnum):
    """Why something was not done."""

    GONE = "gone"
    """No such draft, or it is not at the point at which this can be done."""
    CHANGED = "changed"
    """Somebody saved or decided meanwhile."""
    FINDINGS = "findings"
    OWN = "own"
    """Whoever wrote any text of it does not publish it."""
    OTHER_TEXT = "other_text"
    """The file has another text than the one that was sent."""
    NO_SIGNATURE = "no_signature"
    """No signature in the file is new and holds."""
    ONE_EACH = "one_each"
    """An official brings one signature, and no second one."""
    UNSIGNED = "unsigned"
    """Signatures are missing still, or the one of whoever publishes."""
    TOO_LONG = "too_long"
    """More than `MOST_TEXT`."""


class Standing(Struct, frozen=True):
    """A policy that was published: its file, as it stands there."""

    data: bytes
    policy: Policy


class Country(Struct, frozen=True):
    """What a draft is held against: whose policies they are, those that were published, and who may sign."""

    code: str
    standing: tuple[Standing, ...] = ()
    officials: Officials | None = None

    def before(self, policy: Policy) -> Standing | None:
        """The published policy that this one goes on with, or is a new version of."""
        names = {policy.identifier, policy.extends.identifier if policy.extends is not None else policy.identifier}
        return next((each for each in self.standing if each.policy.identifier in names), None)


class Draft(Struct, frozen=True):
    """A policy that is being written: every text that was saved, and what was done with which.

    One of `drafts` has the newest text alone; nobody saves another while one is signed.
    """

    draft_id: str
    texts: tuple[Text, ...]
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """How far it is."""
        return _state(self.steps)

    @property
    def text(self) -> Text:
        """The text that counts: the newest, or once it was sent the one that was."""
        if self.state is State.DRAFT or not self.steps:
            return self.texts[-1]
        return next(each for each in self.texts if each.number == self.steps[-1].text_number)

    @property
    def writers(self) -> frozenset[str]:
        """Everybody who saved a text of it that went into the one that counts."""
        return frozenset(each.written_by for each in self.texts if each.number <= self.text.number)

    @property
    def signed(self) -> tuple[Step, ...]:
        """The signatures over the text that was sent, since it was."""
        return _signed(self.steps)

    @property
    def file(self) -> bytes:
        """The policy's file with the signatures that there are; the text as it was typed where it is no JSON."""
        try:
            fields = msgspec.json.decode(self.text.content, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return self.text.content.encode()
        fields.pop("signatures", None)
        data = msgspec.json.format(msgspec.json.encode(fields)) + b"\n"
        for step in self.signed:
            if step.signer is not None and step.signature is not None:
                data = with_signature(data, PolicySignature(step.signer, step.signature))
        return data

    @property
    def digest(self) -> str:
        """The SHA-256 of what an official signs, as `pratique policy sign` prints it. Raises `RuleRefused`."""
        return sha256(signed_text(self.file)).hexdigest()


def _state(steps: Sequence[Step]) -> State:
    last = next((each.step for each in reversed(steps) if each.step != Did.SIGN), Did.GIVE_BACK)
    return _STATES[Did(last)]


def _signed(steps: Sequence[Step]) -> tuple[Step, ...]:
    since = max((each.number for each in steps if each.step in (Did.SEND, Did.GIVE_BACK)), default=0)
    return tuple(each for each in steps if each.step == Did.SIGN and each.number > since)


_STATES = {
    Did.SEND: State.SENT,
    Did.GIVE_BACK: State.DRAFT,
    Did.PUBLISH: State.PUBLISHED,
    Did.GIVE_UP: State.GIVEN_UP,
}


# --- what stops it


def stopping(content: str, country: Country, *, at: datetime) -> tuple[Problem, ...]:
    """Everything that keeps a text from being sent, each with its place: what it says, and what a release asks."""
    try:
        policy = read_policy(content.encode())
    except RuleRefused as refusal:
        return refusal.problems
    except UnicodeEncodeError:  # half of a character: no form sends one, and no file can hold it
        return (Problem("", Reason.RULE_UNREADABLE),)
    before = country.before(policy)
    found = [*findings(policy, previous=None if before is None else before.policy)]
    if policy.historical:
        found.append(Problem("historical", Reason.POLICY_HISTORICAL))
    if canonical(policy.country) != canonical(country.code):
        found.append(Problem("country", Reason.RULE_COUNTRY))
    if before is not None and policy.start - at < NOTICE:  # the public is told when a release has it, and not before
        found.append(Problem("start", Reason.POLICY_NOTICE))
    return tuple(dict.fromkeys([*found, *_signers(policy, country.officials)]))


def _signers(policy: Policy, officials: Officials | None) -> list[Problem]:
    known = officials.keys if officials is not None else {}
    found = [Problem("signers", Reason.POLICY_SIGNERS)] if len(set(policy.signers)) < SIGNERS else []
    return found + [
        Problem(f"signers[{number}]", Reason.POLICY_SIGNERS)
        for number, name in enumerate(policy.signers)
        if name not in known
    ]


# --- writing


def drafts(engine: Engine) -> tuple[Draft, ...]:
    """Every draft with its newest text, the one that was saved last first."""
    with reading(engine) as connection:
        done = policies.every_step(connection)
        return tuple(Draft(each.draft_id, (each,), done.get(each.draft_id, ())) for each in policies.newest(connection))


def waiting(engine: Engine, account: Account) -> tuple[Step, ...]:
    """The last step of each draft that waits for a signature of this official's, the oldest first."""
    with reading(engine) as connection:
        done = policies.every_step(connection).values()
    found = [steps[-1] for steps in done if _state(steps) is State.SENT and not _by(account, _signed(steps))]
    return tuple(sorted(found, key=lambda step: step.moment))


def _by(account: Account, steps: Sequence[Step]) -> bool:
    return account.account_id in {each.account_id for each in steps}


def find(engine: Engine, draft_id: str) -> Draft | None:
    """A draft, or None."""
    with reading(engine) as connection:
        found = _read(connection, draft_id)
    return found if found.texts else None


def begin(engine: Engine, account: Account, content: str, *, at: datetime) -> Draft | Stop:
    """Begin a draft with a text. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    if len(content) > MOST_TEXT:
        return Stop.TOO_LONG
    text = Text(new_id(), 1, content, account.account_id, int(at.timestamp()))
    with writing(engine) as connection:
        policies.write(connection, text)
    return Draft(text.draft_id, (text,), ())


def save(engine: Engine, account: Account, draft_id: str, content: str, *, after: int, at: datetime) -> Draft | Stop:
    """Keep what somebody made of text number `after`, whatever it says. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    if len(content) > MOST_TEXT:
        return Stop.TOO_LONG
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.DRAFT:
            return Stop.GONE
        if found.texts[-1].number != after:
            return Stop.CHANGED
        if found.texts[-1].content != content:
            text = Text(draft_id, after + 1, content, account.account_id, int(at.timestamp()))
            if not policies.write(connection, text):
                return Stop.CHANGED
        return _read(connection, draft_id)


def send(engine: Engine, account: Account, draft_id: str, country: Country, *, at: datetime) -> Draft | Stop:
    """Freeze the newest text for signatures; nothing that stops it may be left. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.DRAFT:
            return Stop.GONE
        if stopping(found.text.content, country, at=at):
            return Stop.FINDINGS
        return _stepped(connection, found, account, Did.SEND, at)


def give_up(engine: Engine, account: Account, draft_id: str, *, at: datetime) -> Draft | Stop:
    """Close a draft for good; what was written stays to be read. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.DRAFT:
            return Stop.GONE
        return _stepped(connection, found, account, Did.GIVE_UP, at)


# --- the second official


def give_back(engine: Engine, account: Account, draft_id: str, note: str, *, at: datetime) -> Draft | Stop:
    """Let it be written on: signatures over the text that was sent are worth nothing then. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.SENT:
            return Stop.GONE
        return _stepped(connection, found, account, Did.GIVE_BACK, at, note=note)


def sign(
    engine: Engine, account: Account, draft_id: str, file: bytes, country: Country, *, at: datetime
) -> Draft | Stop:
    """Take the one signature that a signed file has more than is here. Raises `AccessRefused`."""
    may(account, Act.POLICY)
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.SENT:
            return Stop.GONE
        if _by(account, found.signed):
            return Stop.ONE_EACH
        new = _new_signatures(found, file, country)
        if isinstance(new, Stop):
            return new
        if len(new) != 1:
            return Stop.ONE_EACH if new else Stop.NO_SIGNATURE
        return _stepped(connection, found, account, Did.SIGN, at, signature=new[0])


def _new_signatures(draft: Draft, file: bytes, country: Country) -> Sequence[PolicySignature] | Stop:
    """The signatures of a file that hold over the text that was sent, and are not here yet."""
    try:
        brought = read_policy(file)
        if signed_text(file) != signed_text(draft.file):
            return Stop.OTHER_TEXT
        wrong = {each.path for each in unsigned(file, country.officials, check=crypto.check)}
    except RuleRefused:
        return Stop.OTHER_TEXT
    here = {each.signer for each in draft.signed}
    return [
        each
        for number, each in enumerate(brought.signatures)
        if f"signatures[{number}]" not in wrong and each.signer not in here
    ]


def missing(draft: Draft) -> tuple[str, ...]:
    """The names of those whose signatures a text that was sent still lacks."""
    there = {each.signer for each in draft.signed}
    return tuple(name for name in read_policy(draft.file).signers if name not in there)


def publish(
    engine: Engine, account: Account, draft_id: str, digest: str, country: Country, *, at: datetime
) -> Draft | Stop:
    """Close it as published: whoever signed it and wrote none of it says so, of the bytes with this digest.

    Everything is looked at once more, since days may have passed. Raises `AccessRefused`.
    """
    may(account, Act.POLICY)
    with writing(engine) as connection:
        found = _read(connection, draft_id)
        if not found.texts or found.state is not State.SENT:
            return Stop.GONE
        if digest != found.digest:
            return Stop.CHANGED
        if account.account_id in found.writers:
            return Stop.OWN
        if stopping(found.text.content, country, at=at):
            return Stop.FINDINGS
        if not _by(account, found.signed) or unsigned(found.file, country.officials, check=crypto.check):
            return Stop.UNSIGNED
        return _stepped(connection, found, account, Did.PUBLISH, at)


def _read(connection: Connection, draft_id: str) -> Draft:
    return Draft(draft_id, policies.texts(connection, draft_id), policies.steps(connection, draft_id))


def _stepped(
    connection: Connection,
    draft: Draft,
    account: Account,
    did: Did,
    at: datetime,
    *,
    signature: PolicySignature | None = None,
    note: str | None = None,
) -> Draft | Stop:
    step = Step(
        draft.draft_id,
        len(draft.steps) + 1,
        did.value,
        draft.text.number,
        account.account_id,
        int(at.timestamp()),
        signature.signer if signature is not None else None,
        signature.signature if signature is not None else None,
        note,
    )
    return _read(connection, draft.draft_id) if policies.take(connection, step) else Stop.CHANGED
