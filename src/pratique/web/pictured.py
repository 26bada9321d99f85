"""Scans in the picture, the PDF or the file that a form sent."""

from collections.abc import Sequence

from pratique import formats, qr
from pratique.model.errors import UnreadableImage
from pratique.web.fields import Fault, Form, told
from pratique.web.words import Words


def pictured(form: Form, say: Words) -> tuple[Sequence[str], Sequence[Fault]]:
    """Every scan in the form's picture; what cannot be read is a fault at its field."""
    picture = form.files.get("picture")
    if not picture:
        return (), ()
    if name := formats.recognised(picture):  # no picture of a code, but a file of what would be in it
        return [picture.decode("latin-1") if name == "divoc" else picture.decode("utf-8-sig", "replace")], ()
    try:
        return qr.read_pdf(picture) if picture.startswith(b"%PDF") else qr.read(picture), ()
    except UnreadableImage as refused:
        return (), [Fault("picture", told(reason, say)) for reason in refused.reasons]
