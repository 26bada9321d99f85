"""XA's ministry of health as a process of its own: `python -m pratique.sandbox.ministry FOLDER PORT SCENE`.

FOLDER has XA's keys and register. The passphrase of the signing key is the first line of standard input: it is on no
disk, and in no list of processes.
"""

import secrets
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.records import FileRecords
from pratique.authority.signers.file import FileSigner
from pratique.bundle import Bundle
from pratique.model.certificate import Evidence
from pratique.sandbox import camera, clinic, office, register, traveller
from pratique.sandbox.border import published
from pratique.sandbox.office import Office
from pratique.sandbox.serving import serve
from pratique.web import issuing
from pratique.web.holding import signing
from pratique.web.ministry import Ministry

AUTHORITY = {"en": traveller.ISSUER, "zh": "XA 卫生部"}
FPS = 3.0
_MANY = Allowance(document=500, device=500, network=500)
LIMITS = Limits(attempts=_MANY, challenges=_MANY)
"""Nobody's passport is at stake in a rehearsal, and everybody tries with the same one."""


def clock() -> datetime:
    """Now, by the clock on XA's wall."""
    return datetime.now(traveller.LOCAL)


def main(folder: Path, port: int, scene: str, passphrase: bytes) -> None:
    """Serve the sign-up, and beside it the passport office and the clinics' records."""
    register_folder = folder / "register"
    records = FileRecords.load(
        register_folder / "records", issuer=traveller.ISSUER, country="XA", evidence=Evidence.REGISTRY
    )
    release = Bundle.from_files(published(folder.parent / "bundle"))
    portrait = (register_folder / f"{register.MEIMEI}.png").read_bytes()
    with DlibMatcher() as matcher:
        registry = FileRegistry.load(register_folder)
        signer = FileSigner.open(folder / "keys" / "dsc.key.pem", passphrase=passphrase)
        visitors = Office(registry, records.claims, matcher, clock)
        beside = [
            *office.handlers(visitors, AUTHORITY, scene=scene),
            *clinic.handlers(registry, records.claims, AUTHORITY, scene=scene),
        ]
        app = issuing.app(
            Ministry(
                enrolments=Enrolments(visitors, matcher, limits=LIMITS),
                hold=signing(visitors.claims, signer, specimen=True),
                issuer=traveller.ISSUER,
                country="XA",
                authority=AUTHORITY,
                specimen=True,
                release=lambda: release,
            ),
            framed_by=scene,
            scene=scene,
            specimen_camera=_Film(portrait).play,
            more=lambda _: beside,
            clock=clock,
        )
        serve(app, port)


class _Film:
    """The camera of whoever has none: Han Meimei, another recording each time."""

    def __init__(self, portrait: bytes) -> None:
        self._portrait = portrait

    def play(self, steps: Sequence[Step]) -> list[bytes]:
        return camera.frames_for(self._portrait, steps, fps=FPS, seed=secrets.randbits(32))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.stdin.buffer.readline().strip())
