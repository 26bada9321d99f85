"""Who may touch which table, on PostgreSQL. What is not granted here is refused, tables of later migrations included.

SQLite has no roles; whoever can open its file can read all of it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class DatabaseRole(StrEnum):
    """A role of the database. None can log in: the users of an installation are made members of one each."""

    INTAKE = "pratique_intake"
    """Takes records in."""
    ISSUANCE = "pratique_issuance"
    """Makes certificates: who people are and what happened to them; not where they were, nor what they said."""
    HEALTH = "pratique_health"
    """The health authority's desk, corrections, colours: everything, except that nothing leaves."""
    STATUS = "pratique_status"
    """Shows people their own code and takes what they say: reads what a code is made of, and can neither establish a
    contact nor set a code."""
    AUDIT = "pratique_audit"
    """Who looked and what came in; no record of anybody's health."""
    PURGE = "pratique_purge"
    """Deletes, and only inside a transaction that has checked a signed order: it owns no right outside of one."""


GRANTS: Mapping[DatabaseRole, Mapping[str, str]] = MappingProxyType(
    {
        DatabaseRole.INTAKE: {
            "person document": "SELECT INSERT",
            "record declaration trip local_status": "SELECT INSERT",
            "superseded": "SELECT",
            "intake intake_chunk intake_row": "SELECT INSERT",
        },
        DatabaseRole.ISSUANCE: {
            "person document portrait guardian": "SELECT",
            "record superseded dispute_step": "SELECT",
            "dispute": "SELECT(person_id,dispute_id,record_id,due)",
            "looked": "SELECT INSERT",
            "account": "SELECT",
        },
        DatabaseRole.HEALTH: {
            "person document portrait guardian": "SELECT INSERT UPDATE",
            "record superseded declaration trip contact observation local_status": "SELECT INSERT",
            "dispute dispute_step looked": "SELECT INSERT",
            "intake intake_chunk intake_row": "SELECT",
            "account": "SELECT",
            "retold appeal appeal_step established": "SELECT INSERT",
            "status_proposal status_assignment status_notice status_count": "SELECT INSERT",
            "official permission permission_used": "SELECT",
        },
        DatabaseRole.STATUS: {
            "person document guardian": "SELECT",
            "record superseded contact observation dispute_step": "SELECT",
            "dispute": "SELECT(person_id,dispute_id,record_id,due)",
            "declaration trip retold appeal permission permission_used looked": "SELECT INSERT",
            "appeal_step status_assignment status_notice status_count account": "SELECT",
        },
        DatabaseRole.AUDIT: {
            "looked account intake intake_chunk purge_order": "SELECT",
            "official status_count": "SELECT",
            "status_assignment": "SELECT(proposed_by,proposed_office,approved_by,approved_office,moment,until)",
        },
    }
)
"""For each role: tables, and what it may do with them, or with these columns alone. A migration puts this into force,
a test compares the two."""
