"""The health records that a country keeps of its people.

sources, entries, spreadsheet ─ who sends, and what: FHIR R4, tables by a mapping
intake    ─ take, take_message     each record taken, known, held or refused; never twice, nothing lost
together  ─ Together              single messages that come at once share a flush to the disk
queued    ─ queue, sync           sealed at a point without a network, taken in once when there is one
reconcile ─ events, claims         one event from several sources once, disagreements visible
gather    ─ gather, gather_all     what a policy may read, for one person or for all
codes     ─ make, read            codes of local apps: a signed word for a day, verified without asking anybody
rights    ─ correct, dispute, export
stored    ─ StoreRecords           claims for certificates, out of the database
bundles, files ─ FileRecords       the same out of a folder, one Bundle for each person
"""

from pratique.authority.records.files import FileRecords

__all__ = ["FileRecords"]
