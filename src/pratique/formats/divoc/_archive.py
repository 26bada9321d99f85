"""The zip in which a credential travels: one file, and not an octet beside it."""

import io
import zipfile
import zlib

from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAGIC = "PK\x03\x04"
MEMBER = "certificate.json"

MAX_DOCUMENT = 8 * 1024
"""A credential has under 3 kB; what inflates beyond 8 kB was made to hurt."""

_END = b"PK\x05\x06"
_END_OCTETS = 22
"""The end of a zip's directory, without a comment."""
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The two that `zipfile` undoes no further than it is asked; of bzip2, 400 octets hold 400 MB."""


def octets_of(scan: str) -> bytes:
    """The octets of a scan that was given as text, one character to an octet, as readers of binary codes do.

    Raises `MalformedCertificate` (ARCHIVE_BROKEN) for text that is anything else.
    """
    try:
        return scan.encode("latin-1")
    except UnicodeEncodeError:
        raise MalformedCertificate(Reason.ARCHIVE_BROKEN, detail="characters that are no octets") from None


def document(archive: bytes) -> bytes:
    """The credential in an archive.

    Raises `MalformedCertificate` with ARCHIVE_BROKEN, COMPRESSION_TRAILING for octets after the end of the archive, and
    COMPRESSION_TOO_LARGE for more than `MAX_DOCUMENT`.
    """
    if _END in archive and archive[-_END_OCTETS:-18] != _END:
        raise MalformedCertificate(Reason.COMPRESSION_TRAILING, detail="octets after the end of the zip")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
            if [member.filename for member in members] != [MEMBER]:
                raise MalformedCertificate(Reason.ARCHIVE_BROKEN, detail="not one file called certificate.json")
            (member,) = members
            if member.header_offset or member.flag_bits & _ENCRYPTED:
                raise MalformedCertificate(Reason.ARCHIVE_BROKEN, detail="encrypted, or something before the file")
            if member.compress_type not in _METHODS:
                raise MalformedCertificate(Reason.ARCHIVE_BROKEN, detail="compressed in another way than DEFLATE")
            with opened.open(member) as stream:
                found = stream.read(MAX_DOCUMENT + 1)
    # each of these zipfile raises for some octets of a stranger's, and for none of ours
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as fault:
        raise MalformedCertificate(Reason.ARCHIVE_BROKEN, detail="zip") from fault
    if len(found) > MAX_DOCUMENT:
        raise MalformedCertificate(Reason.COMPRESSION_TOO_LARGE, detail=f"inflates beyond {MAX_DOCUMENT} octets")
    return found
