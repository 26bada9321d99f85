"""What certificates say, and how they compare with a document, as objects of stable names."""

from pratique.identification import Identity
from pratique.model import dcc
from pratique.model.certificate import Certificate


def identity_json(identity: Identity | None) -> dict[str, object] | None:
    """The comparison with a document; None where there was none."""
    if identity is None:
        return None
    parts = {"name": identity.name, "birth_date": identity.birth_date, "document": identity.document}
    return {"match": identity.match, "parts": parts, "reasons": identity.reasons}


def certificate_json(certificate: Certificate | None) -> dict[str, object] | None:
    """A certificate in the shape of a DCC, its travel document beside it with the last characters of its number."""
    if certificate is None:
        return None
    document = certificate.holder.document
    named = document and {"kind": document.kind, "country": document.country, "tail": document.tail}
    return dcc.to_dcc(certificate) | ({"document": named} if named else {})
