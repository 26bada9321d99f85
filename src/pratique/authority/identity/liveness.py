"""A person who moves as asked: basic challenge-response, not ISO/IEC 30107-3 tested.

    issue ─► Challenge ─► Progress ─ arrive ─► Progress ─ see(finding) ─► Sight ─ bind(template) ─► Progress ─► …

It stops a printed or stored picture, and the frames of an earlier challenge unless they are encoded anew and the same
movements are asked for. It does not stop a picture that is bent by hand, a face rendered live, or frames put in place
of the camera's: docs/enrolment.md says so.

Frames are judged as they arrive, and of each only measures are kept. Nothing here reads a clock or makes randomness.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from pratique.authority.identity.matching import MATCH_AT_MOST, Finding, Template
from pratique.authority.identity.quality import Hint, hints

STEPS = 3
"""Movements asked for: more would tire, and fewer be guessed."""
LASTS = timedelta(seconds=30)
"""A security limit: no time to make pictures to order. Beginning anew costs the person nothing."""
MAX_FRAMES = 90
"""Three frames a second for as long as a challenge lasts."""
TURN = 0.15
"""By how much `Finding.yaw` must differ from the person's own frame that faces the camera: about 11 degrees."""
CLOSER = 1.4
"""By how much wider the face must be than in that frame; moving back, narrower by the same."""
AHEAD = 0.08
"""The difference of yaw, either way, at which the person looks ahead."""
STAYS = (0.8, 1.25)
"""Widths of the face, in those of the frame that faces the camera, at which the person has not moved."""
SLIPS = 1
"""Frames in a row that may show a movement nobody asked for: detectors slip."""
SAME_PICTURE = 0.35
"""Mean difference of two thumbnails, in greys of 255, below which they show one picture: noise and recompression stay
below, a person who breathes or a hand that holds a telephone do not."""


class Step(StrEnum):
    """What the person is asked to do, seen from the person: `left` is their own left."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"
    CLOSER = "closer"
    BACK = "back"


TURNS = frozenset({Step.LEFT, Step.RIGHT})


class Refusal(StrEnum):
    """Why a frame, or in the end the whole challenge, does not count. It stays inside: it would teach forgers."""

    IDENTICAL = "identical"
    """The bytes of an earlier frame of this challenge."""
    SIMILAR = "similar"
    """The picture of an earlier frame of this challenge, encoded or disturbed anew."""
    REPLAYED = "replayed"
    """A frame of an earlier challenge, or one sent under another challenge's nonce."""
    REORDERED = "reordered"
    """A frame whose number is not greater than those before it."""
    SWAPPED = "swapped"
    """Another face than the one that faced the camera."""
    OTHER_MOVE = "other_move"
    EXPIRED = "expired"
    TOO_MANY = "too_many"
    INCOMPLETE = "incomplete"


class Challenge(Struct, frozen=True):
    """What one person is asked to do, once, until `expires`."""

    nonce: str
    steps: tuple[Step, ...]
    issued: datetime
    expires: datetime


def issue(random: Random, *, at: datetime) -> Challenge:
    """A new challenge: `STEPS` different steps in random order.

    `centre` is never the first of them, since the person faces the camera already. There is a turn in each, since a
    hand can move a printed picture nearer and away, and not turn the head in it: 44 orders are possible.
    """
    steps = tuple(random.sample(list(Step), STEPS))
    while steps[0] is Step.CENTRE or TURNS.isdisjoint(steps):
        steps = tuple(random.sample(list(Step), STEPS))
    return Challenge(random.randbytes(16).hex(), steps, at, at + LASTS)


class Progress(Struct, frozen=True, kw_only=True):
    """How far a challenge has come; a new value after every frame."""

    challenge: Challenge
    done: int = 0
    """Steps that were made."""
    facing: Finding | None = None
    """The frame that faced the camera first, against which movements are measured."""
    probe: Template | None = None
    """The face in the sharpest frame that faces the camera: what is compared with the portrait."""
    sharpness: float = 0.0
    """Of that frame."""
    left_last: bool = True
    """Whether the person has come back from the last step: until then its movement is no other one."""
    slips: int = 0
    last: int = -1
    """Number of the last frame that was judged."""
    frames: int = 0
    """How many arrived, refused ones among them."""
    digests: frozenset[bytes] = frozenset()
    thumbnails: tuple[bytes, ...] = ()
    refusals: frozenset[Refusal] = frozenset()
    """Of single frames, and of the whole: `over` and `complete` say what they come to."""

    @property
    def asked(self) -> Step | None:
        """What the person is to do now, first of all to face the camera; None when all is done."""
        if self.facing is None:
            return Step.CENTRE
        steps = self.challenge.steps
        return steps[self.done] if self.done < len(steps) else None

    @property
    def over(self) -> bool:
        """Whether no frame can complete it any more."""
        return bool(self.refusals & {Refusal.OTHER_MOVE, Refusal.EXPIRED, Refusal.TOO_MANY})

    @property
    def complete(self) -> bool:
        """Whether every step was made: whoever is outside is told so even if the face was swapped."""
        return self.asked is None and not self.over

    @property
    def lively(self) -> bool:
        """Whether it is complete, and by one face."""
        return self.complete and Refusal.SWAPPED not in self.refusals

    def refuse(self, refusal: Refusal) -> "Progress":
        """The same with one refusal more."""
        return replace(self, refusals=self.refusals | {refusal})


def arrive(progress: Progress, *, number: int, digest: bytes, at: datetime) -> Progress | Refusal:
    """Take a frame in, before anybody looks at it: by its number, a digest of its bytes, and the instant it came."""
    if at >= progress.challenge.expires:
        return Refusal.EXPIRED
    if progress.frames >= MAX_FRAMES:
        return Refusal.TOO_MANY
    if number <= progress.last:
        return Refusal.REORDERED
    if digest in progress.digests:
        return Refusal.IDENTICAL
    return replace(progress, last=number, digests=progress.digests | {digest})


class Sight(Struct, frozen=True):
    """What one frame came to. If `face` is there, the frame counts once `bind` has been told its template."""

    progress: Progress
    hint: Hint | None = None
    face: bytes | None = None
    finding: Finding | None = None


def see(progress: Progress, finding: Finding | None) -> Sight:
    """Judge what is to be seen in a frame that arrived (None: it is not a picture)."""
    wrong = hints(finding, facing=progress.facing is None)
    if finding is None:
        return Sight(progress, hint=wrong[0])
    if _shown(progress, finding.thumbnail):
        return Sight(progress.refuse(Refusal.SIMILAR))
    progress = replace(progress, thumbnails=(*progress.thumbnails, finding.thumbnail))
    if wrong:
        return Sight(progress, hint=wrong[0])
    if progress.facing is None:
        return Sight(progress, face=finding.face, finding=finding)
    return _move(progress, progress.facing, finding)


def bind(sight: Sight, template: Template) -> Progress:
    """Count the frame of `sight`, whose face has `template`: it must be the face that faced the camera."""
    progress, finding = sight.progress, sight.finding
    if finding is None:
        raise ValueError("this frame does not wait for a template")
    if progress.facing is None or progress.probe is None:
        measures = replace(finding, face=b"", thumbnail=b"")
        return replace(progress, facing=measures, probe=template, sharpness=finding.sharpness)
    step = progress.asked
    if progress.probe.distance(template) > MATCH_AT_MOST:
        progress = progress.refuse(Refusal.SWAPPED)
    elif step is Step.CENTRE and finding.sharpness > progress.sharpness:
        progress = replace(progress, probe=template, sharpness=finding.sharpness)
    return replace(progress, done=progress.done + 1, left_last=step is Step.CENTRE, slips=0)


def _shown(progress: Progress, thumbnail: bytes) -> bool:
    """Whether an earlier frame of this challenge is the same picture."""
    limit = SAME_PICTURE * len(thumbnail)
    return any(sum(map(abs, map(int.__sub__, thumbnail, other))) < limit for other in progress.thumbnails)


def moves(facing: Finding, finding: Finding) -> frozenset[Step]:
    """Which movements a frame shows, compared with the one that faces the camera; none while on the way.

    The picture is not mirrored: whoever turns to their left moves the nose towards its right.
    """
    turned = finding.yaw - facing.yaw
    nearer = finding.box.width / facing.box.width
    least, most = STAYS
    shown = (
        (turned >= TURN, Step.LEFT),
        (turned <= -TURN, Step.RIGHT),
        (nearer >= CLOSER, Step.CLOSER),
        (nearer <= 1 / CLOSER, Step.BACK),
        (abs(turned) <= AHEAD and least <= nearer <= most, Step.CENTRE),
    )
    return frozenset(step for made, step in shown if made)


def _move(progress: Progress, facing: Finding, finding: Finding) -> Sight:
    asked = progress.asked
    if asked is None:
        return Sight(progress)
    made = moves(facing, finding)
    if asked in made:
        return Sight(progress, face=finding.face, finding=finding)
    allowed = {Step.CENTRE}
    if not progress.left_last:
        allowed.add(progress.challenge.steps[progress.done - 1])
    if made <= allowed:
        left_last = progress.left_last or Step.CENTRE in made
        return Sight(replace(progress, left_last=left_last, slips=0))
    if progress.slips < SLIPS:
        return Sight(replace(progress, slips=progress.slips + 1))
    return Sight(progress.refuse(Refusal.OTHER_MOVE), hint=Hint.OTHER_MOVE)
