"""Four people sign up before the sandbox's camera: one of them is who she says. `python -m pratique.sandbox.crossing`.

The matcher is the real one. If an answer is not the one told, the rehearsal fails instead of telling it.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pratique.authority.identity.answers import Holder, NotConfirmed, Started
from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.records import FileRecords
from pratique.model.certificate import Evidence
from pratique.sandbox import camera, register, traveller

FPS = 2
NOBODYS = "XA7777777"
"""A passport number that is well formed, and in no register."""


async def sign_up(enrolments: Enrolments, document: str, sitter: bytes, *, at: datetime) -> Holder | NotConfirmed:
    """Sign up with a passport and the person of the portrait `sitter` before the camera, who does as asked.

    Raises `RuntimeError` where the camera's film is not judged to be lively, or nobody may try now.
    """
    begun = await enrolments.begin(document, device="the sandbox", network="the sandbox", at=at)
    if not isinstance(begun, Started):
        raise RuntimeError("the rehearsal did not begin")
    nonce = begun.challenge.nonce
    for number, frame in enumerate(camera.frames_for(sitter, begun.challenge.steps, fps=FPS)):
        when = at + timedelta(seconds=number / FPS)
        await enrolments.frame(begun.session, frame, nonce=nonce, number=number, at=when)
    answer = await enrolments.finish(begun.session, at=when)
    if not isinstance(answer, Holder | NotConfirmed):
        raise RuntimeError("the rehearsal did not end")
    return answer


def run(folder: Path, *, at: datetime, say: Callable[[str], None]) -> None:
    """Write a register into `folder`, and let four people sign up. Raises `RuntimeError` if it does not go as told."""
    portrait = camera.astronaut()
    register.write(folder, portrait, at=at)
    other = (folder / f"{register.LEILEI}.png").read_bytes()
    records = FileRecords.load(folder / "records", issuer=traveller.ISSUER, country="XA", evidence=Evidence.REGISTRY)
    with DlibMatcher() as matcher:
        enrolments = Enrolments(FileRegistry.load(folder), matcher)
        for told, document, sitter, expected in (
            ("her passport, and her face", traveller.PASSPORT.number, portrait, register.MEIMEI),
            ("her passport, and another face", traveller.PASSPORT.number, other, None),
            ("a passport that nobody holds", NOBODYS, portrait, None),
            ("a child's passport", register.DAUGHTERS_PASSPORT.number, other, None),
        ):
            answer = asyncio.run(sign_up(enrolments, document, sitter, at=at))
            if (answer.person_id if isinstance(answer, Holder) else None) != expected:
                raise RuntimeError("the rehearsal did not go as it tells")
            if isinstance(answer, Holder):
                say(f"{told}: the holder of {len(records.claims(answer.person_id))} records")
            else:
                say(f"{told}: not confirmed; desk code {answer.desk_code}")


def main() -> None:
    """Rehearse in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), at=datetime.now(UTC), say=lambda line: print(line, file=sys.stdout))  # noqa: T201


if __name__ == "__main__":
    main()
