"""Ask `pip-audit` about what is pinned, and say of how much it could say anything: silence is not innocence.

python .ci/audit.py requirements/test.txt     1 where a weakness is known; 0 else, also where nobody could be asked
"""

import json
import subprocess
import sys

_WORDS = (
    *("pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"),
    *("--timeout", "15", "--format", "json", "--requirement"),
)


def main(requirements: str) -> int:
    """Print each weakness, and the count."""
    asked = subprocess.run([sys.executable, "-m", *_WORDS, requirements], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stdout.write("nothing was asked: pip-audit is not installed, or its service cannot be reached from here\n")
        return 0
    weak = [(each["name"], each["version"], each["vulns"]) for each in found if each.get("vulns")]
    unknown = [each["name"] for each in found if "skip_reason" in each]
    for name, version, weaknesses in weak:
        sys.stdout.write(f"{name} {version}: {', '.join(each['id'] for each in weaknesses)}\n")
    known = len(found) - len(unknown)
    sys.stdout.write(f"{known} of {len(found)} packages asked about, {len(weak)} with a known weakness")
    sys.stdout.write(f"; of {len(unknown)} the service reached from here knows nothing\n" if unknown else "\n")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
