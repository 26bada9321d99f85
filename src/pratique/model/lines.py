"""One line of text, as somebody types it and everybody else reads it."""

import re

_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""What moves a cursor, ends or turns a line, or is no character at all. What joins letters is none of these."""


def is_line(text: str) -> bool:
    """Whether a text shows nothing but what it says."""
    return _CONTROL.search(text) is None
