"""Part 4: inputs made to hurt, each in a fresh process, and what the worst of them costs."""

import io
import multiprocessing
import random
import zipfile
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import thread_time_ns

from bench import material
from bench.report import Budget, Part, Skipped
from pratique.formats import _base45, _cose, _jws, hcert, shc
from pratique.model.envelope import Draft
from pratique.model.keys import Algorithm, base64url
from pratique.trust import TrustList
from pratique.verification import verify

_MILLISECONDS, _MEGABYTES = 50, 64
_STATUS = Path("/proc/self/status")

_HASH_MODULUS = (1 << 61) - 1
"""CPython hashes an integer modulo this prime, so that its multiples all fall into one place of a dictionary."""


def measure(repetitions: int) -> Part:
    """The longest of `repetitions` for each input, and the peak of the whole process, interpreter included."""
    if not _STATUS.is_file():
        raise Skipped("needs /proc (Linux) to see the peak of a process's memory")
    signer = material.DocumentSigner(Algorithm.ES256)
    trust_list = material.trust_list(signer).to_json()
    rows, times, peaks = [], [], []
    for name, make in {"(an ordinary certificate)": lambda _: material.scans(1, signer)[0], **_INPUTS}.items():
        milliseconds, peak, verdict = _in_fresh_process(make(signer), trust_list, repetitions)
        rows.append((name, f"{milliseconds:.2f}", f"{peak:.1f}", verdict))
        times.append(milliseconds)
        peaks.append(peak)
        if (verdict == "authentic") != (name == "(an ordinary certificate)"):
            raise AssertionError(f"{name}: {verdict}")
    return Part(
        "4. hostile inputs, through the whole of verify",
        ("input", "worst ms", "peak MB", "answer"),
        tuple(rows),
        ("each got a reason code and none an exception; a signed one was signed by a key on the trust list",),
        (
            Budget("any input, CPU time", _MILLISECONDS, max(times), " ms", at_most=True),
            Budget("any input, peak memory of the whole process", _MEGABYTES, max(peaks), " MB", at_most=True),
        ),
    )


def _in_fresh_process(scan: str | bytes, trust_list: bytes, repetitions: int) -> tuple[float, float, str]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_suffer, args=(theirs, scan, trust_list, repetitions), daemon=True)
    process.start()
    theirs.close()
    try:
        milliseconds, peak, verdict = ours.recv()
    except EOFError:
        raise AssertionError("the process ended without an answer") from None
    finally:
        process.join(30)
    return milliseconds, peak, verdict


def _suffer(end: Connection, scan: str | bytes, trust_list_json: bytes, repetitions: int) -> None:
    """The first time counts too: it is the one that an attacker gets."""
    trust_list, revocation = TrustList.from_json(trust_list_json), material.revocation_list()
    worst = 0.0
    for _ in range(repetitions):
        started = thread_time_ns()
        result = verify(scan, trust_list=trust_list, at=material.AT, revocation=revocation)
        worst = max(worst, (thread_time_ns() - started) / 1e6)
    verdict = (
        "authentic" if result.authentic else ", ".join(result.reasons) or "authentic is not true, without a reason"
    )
    end.send((worst, _peak_megabytes(), verdict))


def _peak_megabytes() -> float:
    """Of this process alone: what `getrusage` calls the maximum still remembers the process that started it."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def _scan(message: bytes) -> str:
    return hcert.PREFIX + _base45.encode(zlib.compress(message, level=9))


def _unsigned(message: bytes) -> Callable[[material.DocumentSigner], str]:
    return lambda _: _scan(message)


def _signed(payload: bytes) -> Callable[[material.DocumentSigner], str]:
    """Under a signature that holds, so that the payload is read too."""

    def scan(signer: material.DocumentSigner) -> str:
        protected = _cose.protected_header(signer.key.algorithm, signer.key.kid)
        draft = Draft(_cose.sig_structure(protected, payload), protected, payload)
        return hcert.seal(draft, signer.sign(draft.signed))

    return scan


def _text(scan: str | bytes) -> Callable[[material.DocumentSigner], str | bytes]:
    return lambda _: scan


def _card(junk: str) -> Callable[[material.DocumentSigner], str | bytes]:
    """A SMART Health Card nobody signed, filled with so much of this as inflates to just below the limit."""
    payload = '{"iss":"https://health.example","vc":[' + ",".join([junk] * ((shc.MAX_PAYLOAD - 64) // (len(junk) + 1)))
    parts = b'{"alg":"ES256","zip":"DEF","kid":"k"}', _jws.deflate((payload + "]}").encode()), bytes(64)
    return _text(".".join(map(base64url, parts)))


def _zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("certificate.json", content)
    return out.getvalue()


def _head(major: int, length: int) -> bytes:
    if length < 24:
        return bytes((major << 5 | length,))
    for size, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if length < 1 << 8 * size:
            return bytes((major << 5 | info,)) + length.to_bytes(size)
    raise ValueError("no CBOR head is so long")


def _bignum(number: int) -> bytes:
    octets = number.to_bytes((number.bit_length() + 7) // 8)
    return b"\xc2" + _head(2, len(octets)) + octets


def _map(*keys: bytes) -> bytes:
    return _head(5, len(keys)) + b"".join(key + b"\xf6" for key in keys)


_ROOM = hcert.MAX_CWT - 200
"""What inflates beyond the limit is dropped at once; these stay just below it, with room for the envelope."""

_COLLIDING = _map(*(_bignum(_HASH_MODULUS * (number + 10)) for number in range(1_350)))
_DISTINCT = _map(*(_head(0, number) for number in range(1_300)))
_DUPLICATES = _map(*[b"\x01"] * 10_000)
_ARRAYS = _head(4, _ROOM - 3) + b"\x80" * (_ROOM - 3)
_MAPS = _head(4, _ROOM - 3) + b"\xa0" * (_ROOM - 3)
_DEEP = b"\x81" * _ROOM + b"\x00"
_CHUNKS = b"\x7f" + b"\x60" * _ROOM + b"\xff"
_ENTRIES = b"\xa1\x39\x01\x03\xa1\x01\xa2cnam\xa1bfnaAav" + _head(4, 30_000) + b"\xa0" * 30_000
_NAMES = b"\xa1\x39\x01\x03\xa1\x01\xa1cnam\xa1bfn" + _head(3, 32_000) + "\u0344".encode() * 16_000

_INPUTS: dict[str, Callable[[material.DocumentSigner], str | bytes]] = {
    "zip bomb, 5 MB of zeros": lambda _: hcert.PREFIX + _base45.encode(zlib.compress(bytes(5_000_000), level=9)),
    "zip bomb, to just below the limit": _unsigned(bytes(_ROOM)),
    "stream cut short": lambda _: hcert.PREFIX + _base45.encode(zlib.compress(random.randbytes(4_000))[:3_000]),
    "base45, 8 192 characters, valid, random": lambda _: hcert.PREFIX + _base45.encode(random.randbytes(5_456)),
    "base45, 8 192 characters, overflow at the end": _text(hcert.PREFIX + "0" * 8_184 + ":::"),
    "base32, 4 296 characters": _text("NZCP:/1/" + "A" * 4_296),
    "JSON, 8 000 quotes": _text('{"verifiableCredential":' + '"' * 8_000),
    "JSON, 8 000 deep": _text('{"verifiableCredential":' + "[" * 8_000),
    "card, 16 000 empty arrays": _card("[]"),
    "card, 16 000 empty objects": _card("{}"),
    "card, 1 700 arrays 13 deep": _card("[" * 13 + "]" * 13),
    "a zip file, 5 MB of zeros": lambda _: _zipped(bytes(5_000_000)),
    "a zip file, JSON 4 000 deep": lambda _: _zipped(b"[" * 4_000),
    "junk, 64 KB of text": _text("\u00e9" * 65_536),
    "junk, 64 KB of octets after the prefix": _text(b"HC1:" + bytes(65_532)),
    "junk, 1 MB": _text("HC1:" + "A" * 1_000_000),
    "blanks, 64 KB": _text(" " * 65_536),
    "CBOR, 32 000 deep": _unsigned(_DEEP),
    "CBOR, 32 000 tags deep": _unsigned(b"\xd8\x3d" * (_ROOM // 2) + b"\x00"),
    "CBOR, array of 2^64 - 1": _unsigned(b"\x9b" + b"\xff" * 8),
    "CBOR, array of 2^31": _unsigned(b"\x9a\x80\x00\x00\x00" + bytes(_ROOM - 10)),
    "CBOR, map of 2^63": _unsigned(b"\xbb\x80" + bytes(_ROOM)),
    "CBOR, string of 2^40": _unsigned(b"\x5b\x00\x00\x01" + bytes(5 + _ROOM - 10)),
    "CBOR, 10 000 duplicate keys": _unsigned(_DUPLICATES),
    "CBOR, 32 000 empty arrays": _unsigned(_ARRAYS),
    "CBOR, string of 32 000 empty chunks": _unsigned(_CHUNKS),
    "CBOR, integer of 32 KB": _unsigned(b"\xc2" + _head(2, _ROOM - 5) + b"\xff" * (_ROOM - 5)),
    "CBOR, 1 350 keys of one hash": _unsigned(_COLLIDING),
    "COSE, header map with 1 300 keys": _unsigned(_head(4, 4) + b"\x40" + _DISTINCT + b"\x40\x40"),
    "signed: 10 000 duplicate keys": _signed(_DUPLICATES),
    "signed: 1 350 keys of one hash": _signed(_COLLIDING),
    "signed: 1 300 keys": _signed(_DISTINCT),
    "signed: 32 000 empty maps": _signed(_MAPS),
    "signed: 32 000 deep": _signed(_DEEP),
    "signed: integer of 32 KB": _signed(b"\xc2" + _head(2, _ROOM - 5) + b"\xff" * (_ROOM - 5)),
    "signed: DCC with 30 000 doses": _signed(_ENTRIES),
    "signed: DCC, name of 32 KB that NFC decomposes": _signed(_NAMES),
    "signed: expiry beyond any calendar": _signed(b"\xa2\x04\xfb\x7f\xef" + b"\xff" * 6 + b"\x39\x01\x03\xa1\x01\xa0"),
}
