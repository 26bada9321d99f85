"""A FHIR R4 Bundle taken apart: its resources by position."""

from collections.abc import Iterator


def resources(bundle: object) -> Iterator[dict[str, object]]:
    """The resource of each entry, by position; what is none is an empty one, for `model.fhir` to judge."""
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        yield resource if isinstance(resource, dict) else {}
