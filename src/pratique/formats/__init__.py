"""Every kind of scan the house can read; each format is a module, and this tuple is the only list of them.

A format recognises, opens and reads, and builds and seals if we issue it. It never verifies, and nothing outside
this package parses. To add one: write the module, name it in `FORMATS`, add its vectors (`docs/formats/README.md`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from pratique.formats import divoc, hcert, nzcp, shc, vds_nc
from pratique.model.certificate import Certificate
from pratique.model.envelope import Draft, Envelope, Layer, Reading
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.keys import KeyInfo
from pratique.model.reasons import Reason

T = TypeVar("T")
R = TypeVar("R")


class Format(Protocol):
    """What a format module offers for reading."""

    NAME: str

    def recognises(self, scan: str, /) -> bool:
        """Whether the scan claims to be of this format."""

    def open(self, scan: str, /) -> Envelope:
        """Take it apart, without believing it. Raises `MalformedCertificate`."""

    def read(self, envelope: Envelope, /) -> Reading:
        """Read what the signature covered, once it held. Raises `MalformedCertificate`."""

    def profile_of(self, envelope: Envelope, /) -> str:
        """The profile that the payload says it has: a label, never a fact."""

    def layers(self, scan: str, /) -> Iterator[Layer]:
        """The scan from outside in, unverified. Raises `MalformedCertificate` at what cannot be taken off."""


class IssuedFormat(Format, Protocol):
    """What a format module offers besides, if we issue it."""

    ISSUES: tuple[str, ...]
    """What `issue` takes as `format`, and the module as `profile`."""
    ENDLESS: bool
    """Whether a certificate has no end where nobody names one; otherwise `expires` is never None."""

    def refusals(self, certificate: Certificate, /, *, profile: str, key: KeyInfo) -> tuple[Refusal, ...]:
        """Why, and where, the profile cannot hold this certificate, or this key not sign it; empty if they can."""

    def build(
        self, certificate: Certificate, /, *, profile: str, key: KeyInfo, at: datetime, expires: datetime | None
    ) -> Draft:
        """Lay out everything but the signature, for a certificate without `refusals`."""

    def seal(self, draft: Draft, signature: bytes, /) -> str:
        """The scan."""


FORMATS: tuple[Format, ...] = (hcert, shc, vds_nc, nzcp, divoc)

_ISSUED: tuple[IssuedFormat, ...] = (hcert, shc, vds_nc)
ISSUED = {name: module for module in _ISSUED for name in module.ISSUES}
"""The module that issues what `issue` calls by this name."""

TEXT_KEY_IDS = frozenset({"shc", "nzcp", "divoc"})
"""The formats whose key ids are text, kept as octets of UTF-8."""

MAX_SCAN = 64 * 1024
"""No optical code holds more than 4 296 characters; files with several chunks stay far below this."""

_BINARY = b"PK\x03\x04"
"""How octets begin that are no text. They are handed on one character to an octet (ISO 8859-1), as readers of binary
codes give them, so that a format is always asked about text; the format that knows better turns it back."""


def open_scan(scan: str | bytes) -> Envelope:
    """Take any scan apart, without believing it. Raises `MalformedCertificate` and nothing else, for any input."""
    text = _as_text(scan)
    if module := _recognise(text):
        return guarded(module.open, text)
    raise MalformedCertificate(Reason.FORMAT_UNKNOWN, detail="no known prefix")


def read_envelope(envelope: Envelope) -> Reading:
    """Read an envelope whose signature held.

    Raises `MalformedCertificate` and nothing else: a trusted key may sign nonsense.
    """
    return guarded(format_of(envelope).read, envelope)


def layers(scan: str | bytes) -> Iterator[Layer]:
    """A scan layer by layer, unverified, as far as it can be taken apart; then raises `MalformedCertificate`."""
    text = _as_text(scan)
    module = _recognise(text)
    if module is None:
        open_scan(text)  # which says why
        return
    try:
        yield from module.layers(text)
    except MalformedCertificate:
        raise
    except Exception as stumble:
        raise MalformedCertificate(Reason.PARSER_FAULT, detail=type(stumble).__name__) from stumble


def format_of(envelope: Envelope) -> Format:
    """The module that opened an envelope."""
    return _FORMAT_NAMED[envelope.format]


_FORMAT_NAMED = {module.NAME: module for module in FORMATS}


def recognised(scan: str | bytes) -> str | None:
    """The name of the format that a scan claims to be of, for a label; None where it claims none that we know."""
    module = _recognise(_as_text(scan[:MAX_SCAN]))
    return module.NAME if module else None


def _recognise(text: str) -> Format | None:
    for module in FORMATS:
        if module.recognises(text):
            return module
    return None


def _as_text(scan: str | bytes) -> str:
    if len(scan) > MAX_SCAN:
        raise MalformedCertificate(Reason.SCAN_TOO_LONG, detail=f"more than {MAX_SCAN} characters")
    if isinstance(scan, bytes) and scan.startswith(_BINARY):
        return scan.decode("latin-1")
    # Blanks around a scan came with a mail or a form. base45 has the blank in its alphabet, and yet no scan ends in
    # one: its value is 36, and the last of three characters is at most 32 (65 535 = 32 · 2025 + 735), of two at most 5.
    return (scan if isinstance(scan, str) else scan.decode("utf-8", "replace")).strip("\ufeff\r\n\t ")


def guarded(parse: Callable[[T], R], value: T) -> R:
    """The one boundary at which whatever a parser stumbles over becomes a reason."""
    try:
        return parse(value)
    except MalformedCertificate:
        raise
    except Exception as stumble:
        raise MalformedCertificate(Reason.PARSER_FAULT, detail=type(stumble).__name__) from stumble
