"""What holds for every page that any test here is shown."""

import re
from typing import Any

import pytest
from markupsafe import escape

from pratique.web import pages

CONTROL = r'<(?:input|textarea|select|fieldset)\b[^>]*\bid="{}"'


@pytest.fixture(autouse=True)
def what_is_wrong_stands_at_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary on top leads to what is there, and where that is a field its words stand beside it again."""
    made = pages.html

    def looked_at(template: str, **values: Any) -> str:
        text = made(template, **values)
        for fault in filter(lambda each: each.field, values.get("faults", ())):
            place, words = re.escape(fault.field), str(escape(fault.text))
            assert re.search(rf'\bid="{place}"', text), f"{template}: nothing is called {fault.field}"
            if re.search(CONTROL.format(place), text):
                at_the_field = re.search(
                    rf'<div class="said problem" id="{place}-wrong"[^>]*>(.*?)</div>', text, re.DOTALL
                )
                assert at_the_field, f"{template}: {fault.field}"
                assert words in at_the_field[1], f"{template}: {fault.field}"
        return text

    monkeypatch.setattr(pages, "html", looked_at)
