"""Write tests/vectors anew: `python -m tests.make_vectors`. Running it again changes nothing."""

import json
from pathlib import Path

from tests.cases import (
    admitting,
    cards,
    cards_authentic,
    cards_content,
    contents,
    controllers,
    credentials,
    documents,
    issuing,
    keysets,
    layers,
    papers,
    passes,
    people,
    policies,
    positives,
    records,
    roots,
    ruling,
    seals,
    special,
    trusting,
    who,
)
from tests.cases.known import Vector

FOLDER = Path(__file__).parent / "vectors"
FAMILIES = (
    layers,
    contents,
    positives,
    passes,
    who,
    credentials,
    cards,
    cards_content,
    cards_authentic,
    people,
    documents,
    records,
    issuing,
    trusting,
    controllers,
    keysets,
    papers,
    seals,
    roots,
    ruling,
    admitting,
    policies,
    special,
)


def made() -> dict[str, Vector]:
    """Every vector by its path in the folder."""
    vectors: dict[str, Vector] = {}
    for family in FAMILIES:
        for path, vector in family.cases():
            if path in vectors:
                raise ValueError(f"two vectors are called {path}")
            vectors[path] = vector
    return vectors


def written(vector: Vector) -> str:
    """The text of a vector's file."""
    return json.dumps(vector, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every vector, and remove the files of those that are no more."""
    vectors = made()
    for path, vector in vectors.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(written(vector), "utf-8")
    for file in FOLDER.glob("*/*.json"):
        if str(file.relative_to(FOLDER)) not in vectors:
            file.unlink()


if __name__ == "__main__":
    main()
