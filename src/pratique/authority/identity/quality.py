"""What a person can do for a better picture: hints that depend on the picture alone, and are told at once.

The components are a few of those of ISO/IEC 29794-5, with gates taken from 200 portraits and a webcam; they have not
been validated over skin tones, so that the gates of luminance are loose.
"""

from enum import StrEnum

from pratique.authority.identity.matching import Finding

MIN_EYES = 40.0
"""Pixels between the eyes: at 45 a webcam's face still matched; a portrait in a passport has 90."""
MIN_EYES_FACING = 60.0
"""The same in the first frame, from which the person may be asked to move back by a third."""
MAX_BOX_FACING = 0.5
"""Of the shorter side: closer by 1.4, the face is still whole."""
MAX_ROLL = 20.0
"""Degrees; 98 % of portraits lie within 15."""
MAX_YAW = 0.20
"""Within 10 degrees of facing the camera, no portrait of 268 had more."""
MIN_SHARPNESS = 60.0
"""99 % of portraits have more than 183; blurred by a radius of two pixels, half of them have less than 21."""
LUMINANCE = (50.0, 215.0)
"""98 % of portraits lie between 97 and 177."""
MIN_CONTRAST = 15.0
"""99 % of portraits have more than 31."""


class Hint(StrEnum):
    """What to tell the person, the most important first; `texts` has the sentences."""

    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_FAR = "too_far"
    TOO_NEAR = "too_near"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    FLAT = "flat"
    BLURRED = "blurred"
    TILTED = "tilted"
    TURNED = "turned"
    OTHER_MOVE = "other_move"
    """Another movement was made than the one that was asked for: the challenge begins anew."""


def hints(finding: Finding | None, *, facing: bool) -> tuple[Hint, ...]:
    """Everything that is wrong with a picture; `facing` asks for a face that looks into the camera, at arm's length."""
    if finding is None:
        return (Hint.UNREADABLE,)
    if finding.faces != 1:
        return (Hint.SEVERAL_FACES if finding.faces else Hint.NO_FACE,)
    dark, bright = LUMINANCE
    judged = (
        (finding.eyes < (MIN_EYES_FACING if facing else MIN_EYES), Hint.TOO_FAR),
        (facing and finding.box.width > MAX_BOX_FACING * min(finding.width, finding.height), Hint.TOO_NEAR),
        (finding.luminance < dark, Hint.TOO_DARK),
        (finding.luminance > bright, Hint.TOO_BRIGHT),
        (finding.contrast < MIN_CONTRAST, Hint.FLAT),
        (finding.sharpness < MIN_SHARPNESS, Hint.BLURRED),
        (abs(finding.roll) > MAX_ROLL, Hint.TILTED),
        (facing and abs(finding.yaw) > MAX_YAW, Hint.TURNED),
    )
    return tuple(hint for wrong, hint in judged if wrong)
