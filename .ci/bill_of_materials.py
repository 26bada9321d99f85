"""The bill of materials of a file of pinned requirements, on stdout: CycloneDX 1.6 as JSON. Needs nothing but Python.

python .ci/bill_of_materials.py requirements/test.txt

Its serial number is drawn from what it lists, so that equal requirements give equal bills.
"""

import hashlib
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path

PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*])?==(?P<version>[^ ;\\]+)(?P<rest>(?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def component(found: "re.Match[str]") -> dict[str, object]:
    """One package: its name, version, where the world knows it, and the digests of its files that are taken."""
    name, version = found["name"].lower(), found["version"]
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in HASH.findall(found["rest"])],
            }
        ],
    }


def main(requirements: Path) -> None:
    """Write the bill."""
    text = requirements.read_text("utf-8")
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    serial = uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4)
    own = {"type": "application", "name": project["name"], "version": project["version"], "bom-ref": project["name"]}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": own},
        "components": [component(found) for found in PINNED.finditer(text)],
    }
    json.dump(bill, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
