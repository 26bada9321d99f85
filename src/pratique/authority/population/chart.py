"""A table as a drawing (SVG): a bar for each row, divided by its columns, with the numbers written beside it."""

from html import escape

from pratique.authority.population.tables import Table

WIDTH, LABEL, NUMBERS, ROW, TOP = 900, 220, 150, 26, 74
FILLS = {
    "green": "#1a7f4b", "yellow": "#e0a100", "red": "#b3261e", "unknown": "#8a8f98",
    "free": "#1a7f4b", "restricted": "#e0a100", "remedy": "#5b7fc7", "shut_out": "#b3261e", "undecided": "#8a8f98",
    "better": "#1a7f4b", "same": "#c8ccd2", "worse": "#b3261e",
}  # fmt: skip
"""The colour of each column; its share is written as well, so that nothing is told by colour alone."""


def chart(title: str, *tables: Table) -> str:
    """Bars of one length, since shares are compared; under one heading, table after table."""
    parts, down = [], TOP
    for table in tables:
        parts.append(_text(0, down - 34, table.title, "start", weight="bold"))
        parts += _legend(table, down - 12)
        for label, numbers in table.rows:
            parts += _bar(table, label, numbers, down)
            down += ROW
        down += TOP
    height = max(down - TOP + 24, TOP)
    namespace, font = 'xmlns="http://www.w3.org/2000/svg"', 'font-family="sans-serif" font-size="13"'
    head = f'<svg {namespace} viewBox="-12 -8 {WIDTH + 24} {height}" {font} role="img">'
    back = f'<rect x="-12" y="-8" width="{WIDTH + 24}" height="{height}" fill="white"/>'
    named = f"<title>{_said(title)}</title>"
    return "\n".join([head, named, back, _text(0, 14, title, "start", weight="bold"), *parts, "</svg>", ""])


def _bar(table: Table, label: str, numbers: tuple[int, ...], down: float) -> list[str]:
    total, across = sum(numbers), float(LABEL)
    length = WIDTH - LABEL - NUMBERS
    parts = [_text(LABEL - 8, down + 15, label, "end")]
    for column, number in zip(table.columns, numbers, strict=True):
        wide = length * number / total if total else 0.0
        share = f"{100 * number / total:.1f} %" if total else ""
        fill = FILLS.get(column, "#5b7fc7")
        told = f"<title>{_said(f'{label}, {column}: {number:,} ({share})')}</title>"
        parts.append(f'<rect x="{across:.1f}" y="{down}" width="{wide:.1f}" height="20" fill="{fill}">{told}</rect>')
        if wide > 46:
            parts.append(_text(across + wide / 2, down + 15, share, "middle", fill="white"))
        across += wide
    return [*parts, _text(WIDTH, down + 15, f"{total:,} people", "end")]


def _legend(table: Table, down: float) -> list[str]:
    parts, across = [], float(LABEL)
    for column in table.columns:
        parts.append(
            f'<rect x="{across:.1f}" y="{down - 10}" width="12" height="12" fill="{FILLS.get(column, "#5b7fc7")}"/>'
        )
        parts.append(_text(across + 17, down, column.replace("_", " "), "start"))
        across += 40 + 8 * len(column)
    return parts


def _text(x: float, y: float, text: str, anchor: str, *, weight: str = "normal", fill: str = "black") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}"'
    return f"<text {place}>{_said(text)}</text>"


def _said(text: str) -> str:
    """A text as XML has it, where a register's control characters (XML 1.0, 2.2) have no place."""
    return escape("".join(each for each in text if each.isprintable()))
