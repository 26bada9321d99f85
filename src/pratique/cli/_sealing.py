"""`pratique issue --format sealed`: the two scans of a choice of claims."""

import secrets
import sys
from datetime import datetime
from pathlib import Path

from pratique.cli import _files
from pratique.cli._exits import Exit
from pratique.cli._printing import note
from pratique.model.certificate import Certificate
from pratique.model.keys import Signer
from pratique.sealing import issue_sealed
from pratique.trust.recipients import recipient

HOW = (
    "--format sealed and --for go together, with --claim for each claim that the holder chose to seal; codes and pages "
    "are made of each scan by itself (pratique qr)"
)
LONGEST = 64 * 1024


def twins(
    chosen: Certificate, authorities: tuple[Path, ...], *, signer: Signer, at: datetime, expires: datetime | None
) -> Exit:
    """Print the open scan and the sealed one, a line each. Raises `IssueRefused`, `TrustMaterialError`."""
    recipients = []
    for path in authorities:
        with _files.of(path):
            recipients.append(recipient(_files.read(path, at_most=LONGEST)))
    both = issue_sealed(
        chosen,
        claims=range(len(chosen.claims)),
        recipients=recipients,
        identifier=secrets.token_bytes(16),
        signer=signer,
        at=at,
        expires=expires,
    )
    sys.stdout.write(f"{both.open}\n{both.sealed}\n")
    note(f"The first line is the open twin; the second is sealed for {', '.join(each.country for each in recipients)}.")
    return Exit.DONE
