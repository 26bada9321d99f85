"""The hardware signer, against SoftHSM 2: what it refuses, and that its signatures hold and are counted."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pkcs11", reason="the extra [hsm] is not installed")

from tests import softhsm
from tests.formats import ithc_examples

from pratique import TrustList, issue, verify
from pratique.authority.signers.certificates import certify_dsc, make_csca, make_dsc
from pratique.authority.signers.counter import record
from pratique.authority.signers.pkcs11 import HardwareSigner, make_key
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyInfo
from pratique.model.reasons import Reason
from pratique.trust import Environment
from pratique.trust.x509 import trusted_key

AT = datetime(2026, 11, 23, tzinfo=UTC)
CSCA = make_csca("XA", "XA root", at=AT)

pytestmark = softhsm.needs_module


@pytest.fixture(scope="module")
def token() -> dict[str, object]:
    """The token of all tests."""
    return softhsm.token()


@pytest.fixture(scope="module", params=[Algorithm.ES256, Algorithm.PS256])
def opened(request, token: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `open` takes for a key that the module made and the root certified."""
    public = make_key(**token, label=request.param, algorithm=request.param)
    certificate = certify_dsc(CSCA, public, common_name="signer", at=AT)
    counter = tmp_path_factory.mktemp("counter") / "counter"
    counter.write_bytes(record(0, trusted_key(certificate).kid))
    return token | {"label": str(request.param), "certificate": certificate, "counter_path": counter}


def refused(reason: Reason):
    return pytest.raises(TrustMaterialError, match=f"^{reason}")


def test_what_it_signs_is_verified_and_counted(opened: dict[str, object]) -> None:
    at = AT + timedelta(hours=1)
    with closing(HardwareSigner.open(**opened)) as signer:
        assert isinstance(signer.key, KeyInfo)
        before = signer.count
        scan = issue(ithc_examples.certificate(3), format="ithc", signer=signer, at=at)
        assert signer.count == before + 1
    trust_list = TrustList.from_certificates([opened["certificate"]], environment=Environment.SANDBOX)
    assert verify(scan, trust_list=trust_list, at=at).authentic is True


def test_two_keys_of_one_token_are_used_side_by_side(opened: dict[str, object]) -> None:
    with closing(HardwareSigner.open(**opened)) as one, closing(HardwareSigner.open(**opened)) as other:
        one.sign(b"one")
        count = one.count
        other.sign(b"two")
        assert one.count == other.count == count + 1


def test_the_key_cannot_leave_the_module(opened: dict[str, object]) -> None:
    import pkcs11

    with closing(HardwareSigner.open(**opened)) as signer:
        elliptic = signer.key.algorithm is Algorithm.ES256
        secret = pkcs11.Attribute.VALUE if elliptic else pkcs11.Attribute.PRIVATE_EXPONENT
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            signer._handle[secret]


def test_a_counter_that_went_back_stops_it(opened: dict[str, object]) -> None:
    with closing(HardwareSigner.open(**opened)) as signer:
        signer.sign(b"one")
        kept = opened["counter_path"].read_bytes()
        opened["counter_path"].write_bytes(record(0, signer.key.kid))
        with refused(Reason.KEY_COUNTER):
            signer.sign(b"two")
        opened["counter_path"].write_bytes(kept)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pin": "another PIN"}, Reason.KEY_LOCKED),
        ({"pin": ""}, Reason.KEY_LOCKED),
        ({"token": "xb"}, Reason.KEY_UNREADABLE),
        ({"label": "another"}, Reason.KEY_UNREADABLE),
        ({"module": Path("/no/such/library.so")}, Reason.KEY_DEVICE),
        ({"certificate": CSCA.certificate_der}, Reason.KEY_TEMPLATE),
        ({"certificate": make_dsc(CSCA, common_name="another", at=AT).certificate_der}, Reason.KEY_UNREADABLE),
        ({"counter_path": Path("/no/such/counter")}, Reason.KEY_COUNTER),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_refusals(opened: dict[str, object], changes: dict[str, object], reason: Reason) -> None:
    with refused(reason):
        HardwareSigner.open(**(opened | changes))


def test_a_key_is_never_made_over_another(opened: dict[str, object], token: dict[str, object]) -> None:
    with refused(Reason.KEY_EXISTS):
        make_key(**token, label=opened["label"])


def test_only_a_key_that_a_format_takes_is_certified() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    with refused(Reason.TRUST_KEY_KIND):
        certify_dsc(CSCA, public, common_name="signer", at=AT)
