"""The trade-off between the two errors of a matcher, drawn (SVG): both over the threshold."""

from math import log10

from pratique.authority.identity.evaluation import Evaluation

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 64, 24, 24, 48
FIRST, LAST, STEP = 0.30, 0.80, 0.005
DECADES = 5
"""From 100 % down to 0.001 %, below which no pairs of a few hundred portraits tell anything."""


def plot(evaluation: Evaluation, marked: float) -> str:
    """False matches in red, false non-matches in blue, on a logarithmic scale; the threshold in use is `marked`.

    Where nothing was counted there is no line, which does not mean that the error is zero.
    """
    steps = [FIRST + number * STEP for number in range(round((LAST - FIRST) / STEP) + 1)]
    rates = [evaluation.at(step) for step in steps]
    title = f"{evaluation.portraits} portraits of {evaluation.people} people"
    parts = [
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *(_scale(decade) for decade in range(DECADES + 1)),
        *(_text(_across(tenth / 10), HEIGHT - 28, f"{tenth / 10}", "middle") for tenth in range(3, 9)),
        _line(_across(marked), TOP, _across(marked), HEIGHT - BOTTOM, "#666"),
        _curve("#b00020", [(rate.threshold, rate.false_match.value) for rate in rates]),
        _curve("#00508c", [(rate.threshold, rate.false_non_match.value) for rate in rates]),
        _text(LEFT, 16, f"{title}. Red: false matches. Blue: false non-matches.", "start"),
        _text(WIDTH / 2, HEIGHT - 8, "threshold of the distance", "middle"),
    ]
    namespace, font = 'xmlns="http://www.w3.org/2000/svg"', 'font-family="sans-serif" font-size="12"'
    return "\n".join([f'<svg {namespace} viewBox="0 0 {WIDTH} {HEIGHT}" {font}>', *parts, "</svg>", ""])


def _across(threshold: float) -> float:
    return LEFT + (threshold - FIRST) / (LAST - FIRST) * (WIDTH - LEFT - RIGHT)


def _down(share: float) -> float:
    return TOP - log10(share) / DECADES * (HEIGHT - TOP - BOTTOM)


def _scale(decade: int) -> str:
    height, percent = _down(10.0**-decade), 100 * 10.0**-decade
    return _line(LEFT, height, WIDTH - RIGHT, height, "#ccc") + _text(LEFT - 6, height + 4, f"{percent:g} %", "end")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _curve(colour: str, points: list[tuple[float, float]]) -> str:
    drawn = " ".join(f"{_across(x):.1f},{_down(y):.1f}" for x, y in points if y >= 10.0**-DECADES)
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'
