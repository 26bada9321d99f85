"""Part 5: the verifier's half of this library, unchanged, under Pyodide in Node, with WebCrypto for the arithmetic."""

import gzip
import json
import shutil
from base64 import b64encode
from pathlib import Path

from bench import environments, material
from bench.report import Part, Skipped
from pratique import revocation
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason
from pratique.web.verifier.site import PARTS, library

_HERE = Path(__file__).parent / "pyodide"
_RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


def measure(count: int) -> Part:
    """`count` ES256 strings and a few of PS256, verified at full length, and one with a flipped bit refused."""
    place = _place()
    es256, ps256 = material.DocumentSigner(Algorithm.ES256), material.DocumentSigner(Algorithm.PS256)
    scans = material.scans(count, es256)
    given = {
        "at": material.AT.isoformat(),
        "trust_list": material.trust_list(es256, ps256).to_json().decode(),
        "revocation": b64encode(revocation.to_bytes(material.revocation_list())).decode(),
        "scans": [*scans, *material.scans(3, ps256)],
        "flipped": material.flipped(scans[0]),
    }
    (place / "material.json").write_text(json.dumps(given), encoding="utf-8")
    found = json.loads(environments.answer("node", "page.mjs", cwd=place))
    if found["results"] != [[True, True, []]] * (count + 3):
        raise AssertionError("a string was not authentic under Pyodide")
    if found["refused"] != [False, False, [Reason.SIGNATURE_INVALID]]:
        raise AssertionError("the string with a flipped bit was not refused under Pyodide")
    if not found["alone"]:
        raise AssertionError("`cryptography` is there, which a page would not have")
    milliseconds = found["milliseconds"]
    sizes = _downloads(place)
    return Part(
        "5. the verifier's half under Pyodide, signatures checked by WebCrypto",
        ("", "figure"),
        (
            ("open a scan", f"{milliseconds['open']:.2f} ms"),
            ("prepare and conclude", f"{milliseconds['halves']:.2f} ms"),
            ("WebCrypto, the check itself", f"{milliseconds['webcrypto']:.2f} ms"),
            ("start, from nothing to lists loaded", f"{found['startup']:.1f} s"),
            *((f"download, {name}", f"{size / 1e6:.2f} MB") for name, size in sizes.items()),
            ("download, together", f"{sum(sizes.values()) / 1e6:.2f} MB"),
        ),
        (
            f"{len(found['results'])} strings, ES256 and PS256, were authentic; the one with a flipped bit was refused",
            "`cryptography` is absent; sizes are after gzip; times are medians, calls between the languages included",
        ),
    )


def _place() -> Path:
    """The folder where Node runs: the parts of the verifier's page as they are installed, this library packed anew."""
    if shutil.which("node") is None:
        raise Skipped("needs node")
    if not (PARTS / "pinned").is_file():
        raise Skipped("needs the parts of the verifier's page: install with the npm registry in reach")
    place = environments.CACHE / "pyodide"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in ("page.mjs", "page.py"):
        shutil.copy(_HERE / name, place)
    for name in ("pyodide", "wheels"):
        shutil.copytree(PARTS / name, place / name)
    (place / "pratique.zip").write_bytes(library())
    return place


def _downloads(place: Path) -> dict[str, int]:
    """What a page would fetch, in octets after gzip; archives are compressed already."""
    runtime = place / "pyodide"
    wheels = sorted((place / "wheels").iterdir())
    return {
        "Pyodide": sum(_compressed(runtime / name) for name in _RUNTIME),
        **{wheel.name.partition("-")[0]: wheel.stat().st_size for wheel in wheels},
        "pratique": (place / "pratique.zip").stat().st_size,
    }


def _compressed(path: Path) -> int:
    return path.stat().st_size if path.suffix == ".zip" else len(gzip.compress(path.read_bytes(), 9))
