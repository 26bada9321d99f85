"""Health records in a folder: `<person_id>.json`, a FHIR R4 Bundle of one person."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pratique.authority.records.bundles import resources
from pratique.model import fhir, uvci
from pratique.model.certificate import AnyClaim, Evidence
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason


class FileRecords:
    """The claims of each person, read once when the folder is loaded."""

    def __init__(self, claims: Mapping[str, tuple[AnyClaim, ...]]) -> None:
        self._claims = dict(claims)

    @classmethod
    def load(cls, folder: Path, *, issuer: str, country: str, evidence: Evidence | None) -> "FileRecords":
        """Read every Bundle; `issuer` of `country` vouches for them with `evidence`.

        Each record carries its own UVCI: one made here would be another after the next start, and what it stands in
        could then never be revoked. Raises `MalformedRecord`, whose detail names the file and the entry.
        """
        claims: dict[str, tuple[AnyClaim, ...]] = {}
        for path in sorted(folder.glob("*.json")):
            try:
                claims[path.stem] = _claims(path.read_bytes(), issuer, country, evidence)
            except MalformedRecord as error:
                raise MalformedRecord(*error.reasons, detail=f"{path.name}: {error.detail}") from error
        return cls(claims)

    def claims(self, person_id: str) -> tuple[AnyClaim, ...]:
        """What the records say of a person, in their order; nothing of one who has none."""
        return self._claims.get(person_id, ())


def _claims(content: bytes, issuer: str, country: str, evidence: Evidence | None) -> tuple[AnyClaim, ...]:
    try:
        bundle: object = msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise MalformedRecord(Reason.RECORD_KIND, detail="not JSON") from None
    entries = list(resources(bundle))

    if all(resource.get("resourceType") == "Patient" for resource in entries):
        return ()  # registered, and never vaccinated or tested

    def identifier(place: int) -> str:
        found = uvci.of_resource(entries[place])
        if found is None:
            raise MalformedRecord(Reason.RECORD_FIELD_MISSING, detail="identifier (its UVCI)")
        return found

    return fhir.claims(bundle, uvci=identifier, issuer=issuer, country=country, evidence=evidence)
