"""The verifier's half for a page in a browser: the same checks, with files and signatures that come from outside.

    step(…) ─► Wanted(names, checks) ─ the page fetches, and asks WebCrypto ─► step(…) ─► … ─► Update

A browser fetches and checks signatures while others wait, and Python cannot wait there. So a step goes as far as what
it was given allows, says what is wanting, and begins again: what was checked is in its folder. All metadata is signed
with Ed25519, which WebCrypto has. There is no second implementation to drift.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import KEY_FOR_TYPE_AND_SCHEME, Signature, SSlibKey

from pratique.network import client
from pratique.network.client import Update
from pratique.trust import Environment

_ED25519 = ("ed25519", "ed25519")


class Check(Struct, frozen=True):
    """One question for WebCrypto, all of it in octets: did this Ed25519 key make this signature over these?"""

    key: bytes
    """32 octets, as `crypto.subtle.importKey("raw", …)` takes them."""
    signed: bytes
    signature: bytes


class Wanted(Struct, frozen=True):
    """What the next step needs: files by their names under the network's address, and answers."""

    names: tuple[str, ...]
    checks: tuple[Check, ...]


def step(
    folder: Path,
    files: Mapping[str, bytes | None],
    answers: Mapping[Check, bool],
    *,
    at: datetime,
    environment: Environment,
    root: bytes | None = None,
) -> Update | Wanted:
    """`client.update` as far as it goes. In `files`, None is a file that the network does not have.

    Raises `OSError` for a folder that cannot be used.
    """
    names: list[str] = []

    def fetch(name: str) -> Iterator[bytes]:
        if name not in files:
            names.append(name)
            raise ConnectionError(name)
        data = files[name]
        if data is None:
            raise FileNotFoundError(name)
        yield data

    with _asking(answers) as unanswered:
        update = client.update(folder, fetch=fetch, at=at, environment=environment, root=root)
    if names or unanswered:
        return Wanted(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(unanswered)))
    return update


@contextmanager
def _asking(answers: Mapping[Check, bool]) -> Iterator[list[Check]]:
    """Let signatures be what the answers say; those without one count for nothing, and are noted."""
    unanswered: list[Check] = []

    class Asked(SSlibKey):
        """A key whose signatures somebody else checks."""

        def verify_signature(self, signature: Signature, data: bytes) -> None:
            question = Check(bytes.fromhex(self.keyval["public"]), data, bytes.fromhex(signature.signature))
            if question not in answers:
                unanswered.append(question)
            if not answers.get(question, False):
                raise UnverifiedSignatureError(self.keyid)

    before = KEY_FOR_TYPE_AND_SCHEME[_ED25519]
    KEY_FOR_TYPE_AND_SCHEME[_ED25519] = Asked
    try:
        yield unanswered
    finally:
        KEY_FOR_TYPE_AND_SCHEME[_ED25519] = before
