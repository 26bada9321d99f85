"""Feed the targets: led by coverage with `atheris`, or by changes at random where that is not installed.

python -m fuzz [--seconds N] [--only TARGET] [--random]
"""

import argparse
import importlib.util
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


def main() -> int:
    """Each target for its share of the time; 1 if one broke, with what broke it kept in the corpus."""
    asked = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    asked.add_argument("--seconds", type=int, default=55)
    asked.add_argument("--only", choices=TARGETS)
    asked.add_argument("--random", action="store_true", help="do without atheris")
    words = asked.parse_args()
    names = [words.only] if words.only else list(TARGETS)
    share = max(1, words.seconds // len(names))
    by = "random changes" if words.random or not _installed() else "coverage (atheris)"
    print(f"{len(names)} targets by {by}, {share} s each, from {len(list(CORPUS.glob('*/*')))} kept inputs")
    failed = [name for name in names if not (_guided if by.startswith("cov") else _random)(name, share)]
    print(f"{len(names) - len(failed)} held, {len(failed)} broke{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


def _installed() -> bool:
    return importlib.util.find_spec("atheris") is not None


def _guided(name: str, seconds: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        run = [
            sys.executable, "-c", _LED, name, folder, str(CORPUS / name), f"-max_total_time={seconds}",
            "-max_len=4096", "-timeout=5", "-rss_limit_mb=1024", f"-artifact_prefix={folder}/broke-",
        ]  # fmt: skip
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        counts = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
        print(f"  {name}: {counts[-1] if counts else 0} inputs")
        broke = [
            path for path in Path(folder).glob("broke-*") if path.name.startswith(("broke-crash", "broke-timeout"))
        ]
        for path in broke:
            (CORPUS / name / path.name.removeprefix("broke-")).write_bytes(path.read_bytes())
        if broke or done.returncode:
            print(done.stderr[-2000:])
        return not broke and done.returncode == 0


_LED = """
import sys, atheris
with atheris.instrument_imports(include=["pratique"]):
    from fuzz.targets import TARGETS
atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()
"""


def _random(name: str, seconds: int) -> bool:
    dice, feed = random.Random(name), TARGETS[name]  # noqa: S311
    kept = [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))] or [b""]
    until, count = time.monotonic() + seconds, 0
    for data in kept:
        feed(data)
    while time.monotonic() < until:
        data = _changed(dice, dice.choice(kept))
        count += 1
        try:
            feed(data)
        except Exception as fault:
            place = CORPUS / name / f"broke-{abs(hash(data)):x}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            print(f"  {name}: {type(fault).__name__}, kept as {place.name}")
            return False
    print(f"  {name}: {count} inputs")
    return True


def _changed(dice: random.Random, data: bytes) -> bytes:
    octets = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        place = dice.randint(0, len(octets))
        match dice.randrange(4):
            case 0:
                octets[place:place] = dice.randbytes(dice.randint(1, 8))
            case 1:
                del octets[place : place + dice.randint(1, 8)]
            case 2 if octets:
                octets[place % len(octets)] = dice.randrange(256)
            case _:
                octets += octets[: dice.randint(0, 64)]
    return bytes(octets[:4096])


if __name__ == "__main__":
    sys.exit(main())
