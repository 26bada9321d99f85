"""Every file of the verifier's page: static, so that whoever serves it learns nothing, and can be nobody at all.

/en  /zh                   the page that starts the engine
/offline.js                the service worker, which names every other file of this build
/setting.json              which border this is, and its release or its network
/library-<digest>.zip      the Python that it runs
/release/<number>/<part>   the lists, of a page that takes them from its server
/root.json                 the network's root, of a page that checks the lists' own signatures; with it
/updates-<digest>.zip      the Python that does, and
/network/…                 the network's files, which are no part of a build: `serving` and `export` put them there
/parts/…                   Pyodide, two compiled packages, the reader of codes
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import distribution
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec import Struct

from pratique.bundle import Bundle
from pratique.model.ports import PORTS
from pratique.texts import LANGUAGES
from pratique.trust import Environment
from pratique.web.answers import unchecked
from pratique.web.rendering import Site, as_module, html
from pratique.web.words import words

PARTS = Path(__file__).parent / "parts"
STATIC = Path(__file__).parent.parent / "static"
NETWORK = "/network"
"""Under this address a page finds the files of its network, as they stand now."""

_ROOMS = ("model", "texts", "formats", "trust", "revocation", "rules", "admission", "answering")
_MODULES = ("__init__", "bundle", "verification", "identification")
_PAGES = ("__init__", "words", "cards", "fields", "places", "rendering", "answers", "discreet", "gate", "listing")
_TEMPLATES = (
    *("base.html", "parts.html", "about.html"),
    *(f"border/{name}.html" for name in ("parts", "ready", "none", "answer", "list")),
)
_NETWORK = ("__init__", "client", "fetching", "merging", "paged", "stated")
_WITHOUT = ("rules/sql",)
"""What needs native code that no page has: it says so where it is asked for."""
_PURE = ("jinja2", "markupsafe", "asn1crypto", "rfc8785", "tzdata")
"""Packages of pure Python, as they are installed here."""
_CLOCKS = frozenset(f"tzdata/zoneinfo/{port.zone}" for port in PORTS.values())
"""Of all time zones those in which somebody can arrive: each that is read takes as long as the archive has files."""
_UPDATES = {"tuf": ("tuf/__init__.py", "tuf/api/", "tuf/ngclient/"), "securesystemslib": ("securesystemslib/",)}
"""What of The Update Framework a verifier runs, likewise."""
_UNUSED = ("/test_", "/science.py", "requests_fetcher", "_internal/proxy")
_INSTEAD = {
    "tuf/ngclient/urllib3_fetcher.py": b'"""A page fetches by itself."""\n\n\nclass Urllib3Fetcher:\n    pass\n',
}
"""What stands in a place where tuf would load a library for sockets, which no page has."""
_SUFFIXES = (".py", ".json")


class Missing(Exception):
    """The parts of the page are not there: the package was built where they could not be had."""


class Post(Struct, frozen=True):
    """Where the page stands: the country whose border it is, its port, and the authority's name by language."""

    country: str
    authority: Mapping[str, str]
    port: str | None = None


class Network(Struct, frozen=True):
    """Whose signatures a page checks: a network's root, as a person got it from a person, and where it counts."""

    root: bytes
    environment: Environment


def site(post: Post, release: Mapping[str, bytes] | Network) -> dict[str, bytes]:
    """The files by their paths, each of which begins with a slash. Raises `Missing`, and `BundleRefused`.

    A page gets a release from whoever serves it, or a network, whose files have to be served under `/network`.
    """
    found = {f"/parts/{name}": content for name, content in _parts()}
    found |= {f"/static/{name}": (STATIC / name).read_bytes() for name in ("pages.css", "flag.svg")}
    scripts = ("verifier.js", "engine.mjs", "release.mjs", "scanner.js", "border.js", "answer.js")
    found |= {f"/static/{name}": _script(name) for name in scripts}
    setting: dict[str, object] = {"country": post.country, "port": post.port, "authority": dict(post.authority)}
    found |= _packed("library", library(), setting)
    setting["wheels"] = sorted(name for name in found if name.endswith(".whl"))
    number = 0
    if isinstance(release, Network):
        environment = release.environment
        found |= {"/root.json": release.root, **_packed("updates", _updates(), setting)}
        setting["network"] = {"environment": environment, "root": "/root.json", "address": NETWORK}
    else:
        bundle = Bundle.from_files(release)
        environment, number = bundle.environment, bundle.number
        found |= {f"/release/{number}/{name}": content for name, content in release.items()}
        issued = bundle.issued.isoformat()
        setting["release"] = {"number": number, "issued": issued, "parts": sorted(release)}
    found["/setting.json"] = json.dumps(setting, ensure_ascii=False, indent=1).encode()
    found |= _pages(post, environment)
    digest = hashlib.sha256(b"".join(hashlib.sha256(found[name]).digest() for name in sorted(found)))
    signed = isinstance(release, Network)
    told = {"build": digest.hexdigest()[:16], "release": number, "signed": signed, "files": sorted(found)}
    head = f"const {{ build, release, signed, files }} = {json.dumps(told)};\n".encode()
    return found | {"/offline.js": head + _script("offline.js")}


def _packed(name: str, content: bytes, setting: dict[str, object]) -> dict[str, bytes]:
    """An archive under an address that changes with it, which the setting then names."""
    address = f"/{name}-{hashlib.sha256(content).hexdigest()[:16]}.zip"
    setting[name] = address
    return {address: content}


def _script(name: str) -> bytes:
    place = STATIC / "verifier" / name
    return (place if place.is_file() else STATIC / name).read_bytes()


def _pages(post: Post, environment: Environment) -> dict[str, bytes]:
    specimen = environment is not Environment.PRODUCTION
    frame = Site(service="service.border", authority=post.authority, specimen=specimen)
    pages = {}
    for language in LANGUAGES:
        bars = unchecked(words(language))
        start = html("border/start.html", site=frame, language=language, path=f"/{language}", unchecked=bars)
        pages[f"/{language}"] = start.encode()
        pages[f"/{language}.webmanifest"] = json.dumps(_manifest(language), indent=1).encode()
    return pages


def _manifest(language: str) -> dict[str, object]:
    """What a device is told that keeps the page: it opens in the language in which it was kept."""
    return {
        "name": "pratique verifier",
        "short_name": "pratique",
        "lang": language,
        "start_url": f"/{language}",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#14181c",
        "icons": [{"src": "/static/flag.svg", "sizes": "any", "type": "image/svg+xml"}],
    }


def _parts() -> Iterator[tuple[str, bytes]]:
    if not (PARTS / "pinned").is_file():
        raise Missing("the page's parts are not built; next: install the package anew with the npm registry in reach")
    for path in sorted(PARTS.rglob("*")):
        if path.is_file() and path.name != "pinned":
            yield path.relative_to(PARTS).as_posix(), path.read_bytes()


@cache
def library() -> bytes:
    """The verifier's half of this library and the pure Python that it needs."""
    return _archive([*_ours(), *_others()])


@cache
def _updates() -> bytes:
    """The Python that takes releases from a network, which a page loads once it answers."""
    return _archive([*_of_network(), *_of_tuf()])


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The same octets each time."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return into.getvalue()


def _ours() -> Iterator[tuple[str, bytes]]:
    package = resources("pratique")
    for name in _MODULES:
        yield f"pratique/{name}.py", package.joinpath(f"{name}.py").read_bytes()
    for room in _ROOMS:
        yield from _below(package.joinpath(room), f"pratique/{room}")
    for name in _PAGES:
        yield f"pratique/web/{name}.py", package.joinpath(f"web/{name}.py").read_bytes()
    yield "pratique/web/verifier/__init__.py", b""
    for name in ("engine", "releases", "compiling"):
        yield f"pratique/web/verifier/{name}.py", package.joinpath(f"web/verifier/{name}.py").read_bytes()
    for name, text in map(as_module, _TEMPLATES):
        yield f"pratique/web/{name}", text.encode()


def _below(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        path = f"{name}/{each.name}"
        if each.is_dir() and each.name != "__pycache__" and path.removeprefix("pratique/") not in _WITHOUT:
            yield from _below(each, path)
        elif each.is_file() and path.endswith(_SUFFIXES):
            yield path, each.read_bytes()


def _of_network() -> Iterator[tuple[str, bytes]]:
    package = resources("pratique")
    for name in _NETWORK:
        yield f"pratique/network/{name}.py", package.joinpath(f"network/{name}.py").read_bytes()


def _of_tuf() -> Iterator[tuple[str, bytes]]:
    for package, parts in _UPDATES.items():
        for file in distribution(package).files or ():
            name = file.as_posix()
            if name.startswith(parts) and name.endswith(".py") and not any(part in name for part in _UNUSED):
                yield name, _INSTEAD.get(name) or Path(str(file.locate())).read_bytes()


def _others() -> Iterator[tuple[str, bytes]]:
    for package in _PURE:
        for file in distribution(package).files or ():
            path = Path(str(file.locate()))
            wanted = path.suffix == ".py" or file.as_posix() in _CLOCKS
            if wanted and ".." not in file.parts and path.is_file():
                yield file.as_posix(), path.read_bytes()
