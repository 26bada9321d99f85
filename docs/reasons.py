"""Writes docs/reasons.md from the reason codes, their effects and the English catalogue: `make docs`."""

from pathlib import Path

from pratique.model.reasons import EFFECTS, Reason
from pratique.texts import explain

PAGE = Path(__file__).with_name("reasons.md")

QUESTIONS = {
    "NAME": "this person?",
    "BIRTH": "this person?",
    "DOCUMENT": "this person?",
    "ENTRY": "accepted here?",
    "PLAN": "accepted here?",
    "ROUTES": "entry rules",
    "BUNDLE": "bundle",
    "NETWORK": "bundle",
    "POLICY": "policies",
    "AGREEMENT": "agreements",
    "MRZ": "document in hand",
    "RECORD": "health record",
    "ISSUE": "issuing",
    "PERMIT": "entry permits",
    "FACILITY": "issuing",
    "ENROL": "signing up",
    "LOG": "issuing",
    "TRUST": "keys and lists",
    "RECIPIENT": "keys and lists",
    "ONBOARD": "keys and lists",
    "REVOCATION": "keys and lists",
    "KEY": "keys and lists",
    "RULE": "rules",
    "OPEN": "rules",
    "IMAGE": "reading a picture",
    "PRINT": "printing",
    "PASSPORT": "signing up",
    "REGISTRY": "signing up",
    "FACE": "signing up",
    "STORE": "records",
    "ORDER": "records",
    "ACCESS": "records",
    "STATUS": "health code",
    "VENUE": "doors",
    "EXPOSURE": "doors",
    "SLIP": "doors",
}
"""Which question a code belongs to, by its first word, if it does not speak of a fact of a `Verification`."""

HEAD = """\
# Reason codes

Every answer carries its reasons as stable codes. A code is never renamed, and its sentence here is the one that the
English pages and the command line show.

The effect names a fact of a `Verification`: *false* makes the certificate not authentic, *open* leaves the fact not
established, *note* changes nothing. Codes of other questions have no such effect.

This page is written by `make docs` and kept true by a test; edit `src/pratique/texts/en.json` instead.

| Code | Question | Effect | What happened | What to do next |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page. Raises `KeyError` with the first word of a code that belongs to no question."""
    return HEAD + "".join(_row(reason) for reason in Reason)


def _row(reason: Reason) -> str:
    if reason in EFFECTS:
        fact, effect = EFFECTS[reason]
        question, result = "genuine?", f"`{fact}`: {effect}"
    else:
        question, result = QUESTIONS[reason.partition("_")[0]], ""
    told = explain(reason)
    return f"| `{reason}` | {question} | {result} | {told.what} | {told.next} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
