"""What holds for every page that any test here is shown."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from markupsafe import escape

from pratique.web import pages
from pratique.web.fields import Fault

CONTROL = r'<(input|textarea|select|fieldset)\b[^>]*\bid="{}"[^>]*>'


@pytest.fixture(autouse=True)
def what_is_wrong_stands_at_its_field(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The summary on top leads to what is there, and where that is a field its words stand beside it again.

    It is told of at the end: what is raised inside an application is a page of its own, which a test may not look at.
    """
    made, missing = pages.html, list[str]()

    def looked_at(template: str, **values: Any) -> str:
        text = made(template, **values)
        missing.extend(f"{template}: {each}" for fault in values.get("faults", ()) for each in _missing(text, fault))
        return text

    monkeypatch.setattr(pages, "html", looked_at)
    yield
    assert missing == []


def _missing(text: str, fault: Fault) -> Iterator[str]:
    if not fault.field:
        return
    place, words = re.escape(fault.field), str(escape(fault.text))
    if not re.search(rf'\bid="{place}"', text):
        yield f"nothing is called {fault.field}"
    control = re.search(CONTROL.format(place), text)
    if control is None:
        return
    beside = re.search(rf'<div class="said problem" id="{place}-wrong"[^>]*>(.*?)</div>', text, re.DOTALL)
    if beside is None or words not in beside[1]:
        yield f"{fault.field} has no words beside it"
    several = control[1] == "fieldset" or re.search(r'\btype="(radio|checkbox)"', control[0])
    if not several and f'aria-invalid="true" aria-errormessage="{fault.field}-wrong"' not in control[0]:
        yield f"{fault.field} is not marked"
