"""What a verifier page asks of the library, in Python under Pyodide; `page.mjs` answers the signature checks."""

import importlib.util
import json
from base64 import b64decode
from datetime import datetime

from pratique import formats, revocation
from pratique.trust import TrustList
from pratique.verification import Prepared, conclude, prepare


class Page:
    """Lists that were loaded once, and the two halves of `verify` around WebCrypto."""

    def __init__(self, given: str) -> None:
        material = json.loads(given)
        self.at = datetime.fromisoformat(material["at"])
        self.trust_list = TrustList.from_json(material["trust_list"].encode())
        self.revocation = revocation.from_bytes(b64decode(material["revocation"]))

    def open(self, scan: str) -> None:
        """Only take the scan apart."""
        formats.open_scan(scan)

    def begin(self, scan: str) -> Prepared:
        """The first half."""
        return prepare(scan, trust_list=self.trust_list)

    def questions(self, prepared: Prepared) -> list[tuple[bytes, str, bytes, bytes]]:
        """The signature checks, as JavaScript takes them."""
        return [(check.key.spki, str(check.algorithm), check.signed, check.signature) for check in prepared.checks]

    def finish(self, prepared: Prepared, held: list[bool]) -> str:
        """The second half, as JSON."""
        result = conclude(prepared, held, at=self.at, revocation=self.revocation)
        return json.dumps([result.authentic, result.content is not None, list(result.reasons)])

    def without_cryptography(self) -> bool:
        """Whether nothing here could have checked a signature but WebCrypto."""
        return importlib.util.find_spec("cryptography") is None
