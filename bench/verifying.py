"""Part 1: the whole of `verify` against the bare arithmetic that it cannot do without."""

from statistics import median

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bench import material
from bench.report import Budget, Part, Spread
from bench.timing import microseconds_each, one_core
from pratique import formats
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason
from pratique.verification import Verification, verify

BLOCK = 50
"""Strings of a round: some milliseconds, so that both sides of a round meet the same machine."""

_BUDGET, _STRETCH = 0.60, 0.70


def measure(count: int) -> Part:
    """`count` distinct ES256 strings, each verified once, and a tenth as many of PS256; warm-up strings besides."""
    rows = []
    ratios = {}
    for algorithm, strings in ((Algorithm.ES256, count), (Algorithm.PS256, max(count // 10, 1))):
        raw, full, ratio = _interleaved(algorithm, strings)
        ratios[algorithm] = ratio
        rows.append((algorithm.value, str(strings), f"{raw:.1f}", f"{full:.1f}", f"{full - raw:.1f}", str(ratio)))
    es256 = ratios[Algorithm.ES256].middle
    return Part(
        "1. verify, every check on, against the raw signature check",
        ("algorithm", "strings", "raw µs", "verify µs", "ours µs", "raw / verify"),
        tuple(rows),
        ("every string was authentic; the one with a flipped bit was refused (SIGNATURE_INVALID)",),
        (
            Budget("verify, of the raw ES256 rate", _BUDGET, es256),
            Budget("verify, of the raw ES256 rate (stretch)", _STRETCH, es256),
        ),
    )


def _interleaved(algorithm: Algorithm, count: int) -> tuple[float, float, Spread]:
    """Median µs of the raw check and of `verify`, and their ratio over rounds that begin with either in turn."""
    signer = material.DocumentSigner(algorithm)
    trust_list, revocation = material.trust_list(signer), material.revocation_list()

    def full(scan: str) -> bool:
        return unreservedly(verify(scan, trust_list=trust_list, at=material.AT, revocation=revocation))

    warm_up, strings = material.scans(BLOCK, signer), material.scans(count, signer)
    if len({*warm_up, *strings}) != BLOCK + count:
        raise AssertionError("the strings are not distinct")
    _must_refuse(verify(material.flipped(warm_up[0]), trust_list=trust_list, at=material.AT, revocation=revocation))
    raw = RawCheck(signer)
    questions = [raw.question(scan) for scan in strings]
    microseconds_each(raw, [raw.question(scan) for scan in warm_up])
    microseconds_each(full, warm_up)
    raw_times, full_times = [], []
    with one_core():
        for start in range(0, count, BLOCK):
            chosen = slice(start, start + BLOCK)
            if start // BLOCK % 2:
                full_time, results = microseconds_each(full, strings[chosen])
                raw_time, _ = microseconds_each(raw, questions[chosen])
            else:
                raw_time, _ = microseconds_each(raw, questions[chosen])
                full_time, results = microseconds_each(full, strings[chosen])
            must_be_authentic(results)
            raw_times.append(raw_time)
            full_times.append(full_time)
    ratio = Spread.of([raw_time / full_time for raw_time, full_time in zip(raw_times, full_times, strict=True)])
    return median(raw_times), median(full_times), ratio


class RawCheck:
    """`public_key.verify` of `cryptography` and nothing else: the key is loaded and the signature in its own form."""

    def __init__(self, signer: material.DocumentSigner) -> None:
        self._key = signer.private.public_key()
        self._ecdsa = ec.ECDSA(hashes.SHA256())
        self._pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        self._sha256 = hashes.SHA256()

    def question(self, scan: str) -> tuple[bytes, bytes]:
        """The signature, DER-encoded for ES256, and the bytes it covers."""
        envelope = formats.open_scan(scan)
        if isinstance(self._key, rsa.RSAPublicKey):
            return envelope.signature, envelope.signed
        r, s = envelope.signature[:32], envelope.signature[32:]
        return encode_dss_signature(int.from_bytes(r), int.from_bytes(s)), envelope.signed

    def __call__(self, question: tuple[bytes, bytes]) -> None:
        """Raises `InvalidSignature` unless it holds."""
        if isinstance(self._key, rsa.RSAPublicKey):
            self._key.verify(*question, self._pss, self._sha256)
        else:
            self._key.verify(*question, self._ecdsa)


def unreservedly(result: Verification) -> bool:
    """Whether it is authentic without any remark: what is asked of a `Verification`, which is then let go."""
    return result.authentic is True and not result.reasons


def must_be_authentic(results: list[object]) -> None:
    """A benchmark that measures refusals is worthless."""
    if not all(results):
        raise AssertionError("a string was not authentic without remark")


def _must_refuse(result: Verification) -> None:
    if result.authentic is not False or result.reasons != (Reason.SIGNATURE_INVALID,):
        raise AssertionError("the string with a flipped bit was not refused for its signature")
