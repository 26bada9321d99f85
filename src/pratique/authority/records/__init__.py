"""The health records that a country keeps of its people.

bundles ─ own_uvci, resources      what a FHIR Bundle says besides its claims
files   ─ FileRecords              records from a folder, one Bundle for each person
"""

from pratique.authority.records.files import FileRecords

__all__ = ["FileRecords"]
