"""What the special certificates say, on a line each: a status, and no more of its holder than it shows."""

from pratique.model.dates import format_instant
from pratique.model.permit import Permit
from pratique.model.sealed import Sealed
from pratique.model.status import Status
from pratique.texts import sentence


def status(content: Status, language: str) -> str:
    """The word, and whose it is as far as it says."""
    unsaid = sentence("verify.unknown", language)
    return sentence(
        f"verify.status.{content.kind}",
        language,
        word=sentence(f"verify.status.{content.word}", language),
        initials=content.initials or unsaid,
        birthday=content.birthday or unsaid,
    )


def sealed(content: Sealed, language: str) -> str:
    """For whom it is, which is all that there is to read."""
    return sentence("verify.sealed", language, states=", ".join(content.recipients))


def permit(content: Permit, language: str) -> str:
    """Where it opens, from when to when, and by what."""
    return sentence(
        "verify.permit",
        language,
        country=content.destination,
        opens=format_instant(content.opens),
        closes=format_instant(content.closes),
        port=content.trip.port or sentence("verify.unknown", language),
    )
