"""Run by a test as a process of its own: signs what waits, and is killed in the middle (SIGKILL, as kill -9).

python killed.py URL VAULT KEY POINT     POINT is where it kills itself, or `never`
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from pratique.authority.access import Account, Role
from pratique.authority.issuance import certificates
from pratique.authority.issuance.certificates import Office, issue_for
from pratique.authority.issuance.log import Log
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, issuance, open_store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSPHRASE = b"a passphrase for tests"


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(FileSigner):
    """Dies where it is told to."""

    point = "never"

    def numbered(self, data: bytes) -> tuple[int, bytes]:
        if self.point == "before the number":
            die()
        if self.point == "after the number":
            with self._counter.next():
                die()
        made = super().numbered(data)
        if self.point == "after the signature":
            die()
        return made


def main() -> None:
    url, vault, key, Dying.point = sys.argv[1:]
    signer = Dying.open(Path(key), passphrase=PASSPHRASE)
    office = Office(open_store(url), Vault.read(Path(vault)), (signer,), Account("issuing-program", Role.ISSUER))
    if Dying.point == "before the log entry":
        Log.enter = die  # type: ignore[method-assign]
    if Dying.point == "before the commit":
        entered = Log.enter

        def enter(self: Log, number: int, commitment: bytes) -> int:
            entered(self, number, commitment)
            die()
            return 0

        Log.enter = enter  # type: ignore[method-assign]
    if Dying.point == "before the certificate":
        issuance.keep = die
    for request in certificates.pending(office.engine):
        issue_for(office, request, at=AT)
        if Dying.point == "after the commit":
            die()
        print(request, flush=True)  # noqa: T201  the test reads along


if __name__ == "__main__":
    main()
