"""What certificates say, and how they compare with a document, as objects of stable names."""

from pratique.formats import TEXT_KEY_IDS
from pratique.identification import Identity
from pratique.model import dcc
from pratique.model.certificate import Certificate, Person
from pratique.model.permit import Permit
from pratique.model.sealed import Sealed
from pratique.model.status import Status
from pratique.verification import Verification


def verification_json(told: Verification) -> dict[str, object]:
    """What was established about one scan; nothing from its payload unless its signature held."""
    return {
        "format": told.format,
        "authentic": told.authentic,
        "reasons": told.reasons,
        "facts": told.facts,
        "issuer": told.issuer,
        "key_id": key_id(told),
        "issued": told.issued,
        "expires": told.expires,
        "certificate": certificate_json(told.certificate),
        "permit": permit_json(told.content) if isinstance(told.content, Permit) else None,
        "sealed_for": told.content.recipients if isinstance(told.content, Sealed) else None,
        "status": status_json(told.content, live=told.live) if isinstance(told.content, Status) else None,
    }


def key_id(told: Verification) -> str | None:
    """The key id as its format writes it: as text, or its octets in hexadecimal digits."""
    if told.key_id is None:
        return None
    return told.key_id.decode("utf-8", "replace") if told.format in TEXT_KEY_IDS else told.key_id.hex()


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
    named = _document_json(certificate.holder)
    return dcc.to_dcc(certificate) | ({"document": named} if named else {})


def _document_json(holder: Person) -> dict[str, object] | None:
    document = holder.document
    if document is None:
        return None
    return {"kind": document.kind, "country": document.country, "tail": document.tail}


def permit_json(permit: Permit) -> dict[str, object]:
    """An entry permit: for whom, as a DCC writes a holder, for which trip and window, and what follows on arrival."""
    holder = dcc.to_dcc(Certificate(permit.holder, ()))
    return {
        "destination": permit.destination,
        "holder": {name: holder.get(name) for name in ("nam", "dob")} | {"document": _document_json(permit.holder)},
        "trip": permit.trip,
        "opens": permit.opens,
        "closes": permit.closes,
        "consequence": permit.consequence,
    }


def status_json(status: Status, *, live: bool | None) -> dict[str, object]:
    """What a live code or a day pass shows; its one-time key is nobody's business."""
    return {
        "kind": status.kind,
        "word": status.word,
        "begins": status.begins,
        "ends": status.ends,
        "initials": status.initials,
        "birthday": status.birthday,
        "live": live,
    }
