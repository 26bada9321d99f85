"""The examples of the SMART Health Cards framework, which nobody here wrote."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pratique import TrustList, verify
from pratique.crypto import check
from pratique.formats import shc
from pratique.model.reasons import Reason
from pratique.trust import jwks
from pratique.trust.x509 import anchor
from tests.shared import VECTORS, needs_vectors

FOLDER = (VECTORS or Path()) / "shc"
ISSUER = "https://spec.smarthealth.cards/examples/issuer"
AT = datetime(2024, 1, 1, tzinfo=UTC)
EXAMPLES = ("00", "01")
FORMS = ("d-jws.txt", "e-file.smart-health-card", "f-qr-code-numeric-value-0.txt")

pytestmark = needs_vectors


def key_set() -> bytes:
    return (FOLDER / "issuer/.well-known/jwks.json").read_bytes()


def trust(**changes: Any) -> TrustList:
    keys, report = jwks.trusted_keys(key_set(), issuer=ISSUER, **changes)
    assert report.accepted == len(keys)
    return TrustList(keys)


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("form", FORMS)
def test_examples_are_authentic_and_say_what_is_beside_them(example: str, form: str) -> None:
    scan = (FOLDER / f"example-{example}-{form}").read_text("utf-8")
    verification = verify(scan, trust_list=trust(), at=AT)
    assert verification.authentic is True
    assert verification.reasons == (Reason.REVOCATION_NOT_ASKED,)
    assert verification.issuer == ISSUER
    told = json.loads((FOLDER / f"example-{example}-b-jws-payload-expanded.json").read_text("utf-8"))
    assert verification.issued == datetime.fromtimestamp(told["nbf"], UTC)
    entries = [entry["resource"] for entry in told["vc"]["credentialSubject"]["fhirBundle"]["entry"]]
    assert verification.content is not None
    holder, claims = verification.content.holder, verification.content.claims
    assert holder.name.family == entries[0]["name"][0]["family"]
    assert str(holder.birth_date) == entries[0]["birthDate"]
    assert [str(claim.date) for claim in claims] == [entry["occurrenceDateTime"] for entry in entries[1:]]  # type: ignore[union-attr]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_same_card_under_another_issuer_is_refused(example: str) -> None:
    scan = (FOLDER / f"example-{example}-d-jws.txt").read_text("utf-8")
    keys, _ = jwks.trusted_keys(key_set(), issuer="https://somebody.example")
    assert verify(scan, trust_list=TrustList(keys), at=AT).reasons == (Reason.KEY_ISSUER_MISMATCH,)
    assert verify(scan, trust_list=TrustList([]), at=AT).reasons == (Reason.KEY_UNKNOWN,)


def test_a_changed_letter_anywhere_is_noticed() -> None:
    jws = (FOLDER / "example-00-d-jws.txt").read_text("utf-8").strip()
    trusted = trust()
    for place in range(0, len(jws), 7):
        other = "A" if jws[place] != "A" else "B"
        assert verify(jws[:place] + other + jws[place + 1 :], trust_list=trusted, at=AT).authentic is not True


def test_the_chain_of_the_second_key_leads_to_its_root_and_its_period_is_over() -> None:
    """The framework's own certificate had ended a year before it signed the example: with anchors that counts."""
    chain = json.loads(key_set())["keys"][1]["x5c"]
    root = anchor(b64decode(chain[-1]))
    keys, report = jwks.trusted_keys(key_set(), issuer=ISSUER, anchors=[root], check=check)
    assert report.refused == (("keys[0]", Reason.TRUST_SIGNER),)
    scan = (FOLDER / "example-01-d-jws.txt").read_text("utf-8")
    verification = verify(scan, trust_list=TrustList(keys), at=AT)
    assert Reason.KEY_PERIOD in verification.reasons


def test_the_file_holds_one_card() -> None:
    file = (FOLDER / "example-00-e-file.smart-health-card").read_text("utf-8")
    assert shc.cards(file) == ((FOLDER / "example-00-d-jws.txt").read_text("utf-8").strip(),)
