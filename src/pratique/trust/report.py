"""What an importer took from a published list, and what it left out and why.

A list of a hundred keys with one bad entry is ninety-nine keys and one line of a report: nobody's border closes over
somebody else's slip, and nothing is left out in silence.
"""

from msgspec import Struct

from pratique.model.reasons import Reason


class Report(Struct, frozen=True):
    """`accepted` keys; each that was `refused` by its place in the list, such as `verificationMethod[2]`, with why;
    and `alarms`, which somebody should hear of whatever became of the key: a private key that was published."""

    accepted: int
    refused: tuple[tuple[str, Reason], ...] = ()
    alarms: tuple[Reason, ...] = ()
