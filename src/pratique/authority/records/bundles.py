"""A FHIR R4 Bundle taken apart: its resources by position, and the identifiers that they carry."""

from collections.abc import Iterator

UVCI_SYSTEMS = ("urn:uvci", "urn:ietf:rfc:3986")
"""Where a resource's own UVCI is looked for among its identifiers."""


def resources(bundle: object) -> Iterator[dict[str, object]]:
    """The resource of each entry, by position; what is none is an empty one, for `model.fhir` to judge."""
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        yield resource if isinstance(resource, dict) else {}


def own_uvci(resource: dict[str, object]) -> str | None:
    """The UVCI among a resource's identifiers, if it has one."""
    stated = resource.get("identifier")
    for identifier in stated if isinstance(stated, list) else []:
        if isinstance(identifier, dict) and identifier.get("system") in UVCI_SYSTEMS:
            value = identifier.get("value")
            if isinstance(value, str) and value.upper().startswith("URN:UVCI:"):
                return value
    return None
