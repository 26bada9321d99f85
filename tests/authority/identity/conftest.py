"""The real matcher, once for all tests of the room, and who sits before the camera."""

from collections.abc import Iterator

import pytest

from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.sandbox import camera


@pytest.fixture(scope="session")
def matcher() -> Iterator[DlibMatcher]:
    with DlibMatcher(workers=2) as ready:
        yield ready


@pytest.fixture(scope="session")
def portrait() -> bytes:
    return camera.astronaut()


@pytest.fixture(scope="session")
def altered(portrait: bytes) -> bytes:
    return camera.altered(portrait)
