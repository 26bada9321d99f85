"""The example in docs/trust.md is a whole trust list, in exactly the form that is written."""

import re
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique import TrustList

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"


def test_the_example_is_read_and_written_letter_for_letter() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    trust_list = TrustList.from_json(example.encode())
    assert trust_list.to_json().decode() == example
    assert len(trust_list) == 1
    assert load_der_public_key(trust_list.keys[0].key.spki).key_size == 256
