"""The arithmetic of signatures: what OpenSSL is handed."""

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import example, given
from hypothesis import strategies as st

from pratique import crypto
from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck
from tests.issuer import MemorySigner

MAKER = MemorySigner()
NUMBERS = st.one_of(st.integers(0, 2**256 - 1), st.integers(0, 300), st.sampled_from([2**255, 2**255 - 1, 2**256 - 1]))


@given(NUMBERS, NUMBERS)
@example(0, 0)
@example(127, 128)
def test_a_raw_signature_is_handed_over_as_the_library_would_encode_it(r: int, s: int) -> None:
    assert crypto._der(r.to_bytes(32) + s.to_bytes(32)) == encode_dss_signature(r, s)


@given(st.binary(max_size=140))
@example(bytes(65))
@example(b"\xff" * 65)
def test_a_signature_of_any_length_is_answered(signature: bytes) -> None:
    key = public(MAKER)
    for algorithm in (Algorithm.ES256, Algorithm.ES384, Algorithm.ES512):
        assert crypto.check(SignatureCheck(key, algorithm, b"signed", signature)) is False


def test_a_key_of_another_kind_did_not_make_it_and_an_unknown_one_is_open() -> None:
    rsa, ec = MemorySigner(algorithm=Algorithm.PS256), MemorySigner()
    signed = b"signed"
    for maker, other in ((rsa, ec), (ec, rsa)):
        algorithm, signature = maker.key.algorithm, maker.sign(signed)
        key, wrong = public(maker), public(other)
        assert crypto.check(SignatureCheck(key, algorithm, signed, signature)) is True
        assert crypto.check(SignatureCheck(key, algorithm, signed + b"!", signature)) is False
        assert crypto.check(SignatureCheck(wrong, algorithm, signed, signature)) is False
    nothing = PublicKey(b"no key", KeyKind.P256)
    assert crypto.check(SignatureCheck(nothing, Algorithm.ES256, signed, bytes(64))) is None


def public(signer: MemorySigner) -> PublicKey:
    from pratique.trust.x509 import trusted_key

    return trusted_key(signer.certificate).key
