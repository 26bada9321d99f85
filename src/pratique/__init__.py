"""pratique: an open digital travel-health certificate system.

    from pratique import verify, identify, admit, answer, issue, TrustList, Bundle, Journey

The exports are lazy, so that a verifier can import any part of the house where a library of another part is absent.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pratique.admission import Verdict, admit
    from pratique.answering import Answer, answer, compose
    from pratique.bundle import Bundle
    from pratique.identification import Identity, identify
    from pratique.issuing import issue
    from pratique.model.certificate import Certificate
    from pratique.model.journey import Journey, Leg
    from pratique.model.mrz import MachineReadableZone
    from pratique.model.reasons import Reason
    from pratique.trust import TrustList
    from pratique.unsealing import unseal
    from pratique.verification import Verification, conclude, prepare, verify

__all__ = [
    "Answer",
    "Bundle",
    "Certificate",
    "Identity",
    "Journey",
    "Leg",
    "MachineReadableZone",
    "Reason",
    "TrustList",
    "Verdict",
    "Verification",
    "admit",
    "answer",
    "compose",
    "conclude",
    "identify",
    "issue",
    "prepare",
    "unseal",
    "verify",
]

_HOME = {
    "Answer": "answering",
    "Bundle": "bundle",
    "Certificate": "model.certificate",
    "Identity": "identification",
    "Journey": "model.journey",
    "Leg": "model.journey",
    "MachineReadableZone": "model.mrz",
    "Reason": "model.reasons",
    "TrustList": "trust",
    "Verdict": "admission",
    "Verification": "verification",
    "admit": "admission",
    "answer": "answering",
    "compose": "answering",
    "conclude": "verification",
    "identify": "identification",
    "issue": "issuing",
    "prepare": "verification",
    "unseal": "unsealing",
    "verify": "verification",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'pratique' has no attribute {name!r}")
    return getattr(import_module(f"pratique.{_HOME[name]}"), name)
