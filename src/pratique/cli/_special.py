"""What the special certificates say, on a line each: a status, and no more of its holder than it shows."""

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
