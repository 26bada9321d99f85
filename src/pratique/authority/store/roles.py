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
    ENROLMENT = "pratique_enrolment"
    """Signs people up, at a camera and at a desk: who they are, and nothing of what happened to them."""
    HEALTH = "pratique_health"
    """The health authority's desk, corrections, colours: everything, except that nothing leaves."""
    STATUS = "pratique_status"
    """Shows people their own code and takes what they say: reads what a code is made of, and can neither establish a
    contact nor set a code."""
    VENUES = "pratique_venues"
    """Doors that register: places, hours and sealed slips, and nothing about anybody."""
    AUDIT = "pratique_audit"
    """Who looked and what came in; no record of anybody's health."""
    PUBLIC = "pratique_public"
    """What everybody may see, and objections: counts, logs and which tables were emptied; nobody."""
    API = "pratique_api"
    """Knows programs from their keys, and keeps bookings; no person, and no record."""
    KEYS = "pratique_keys"
    """Seals anew what an older key sealed, and changes nothing else of anything."""
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
            "facility operator standing delivery recall reproof distrust": "SELECT",
            "request decision certificate certificate_claim alias withdrawal": "SELECT INSERT",
            "signing_key log_entry log_node support support_step": "SELECT INSERT",
        },
        DatabaseRole.ENROLMENT: {
            "person document portrait": "SELECT INSERT UPDATE",
            "guardian consent": "SELECT INSERT UPDATE",
            "holder_key official_key review one_time_code": "SELECT INSERT UPDATE DELETE",
            "desk_act": "SELECT INSERT UPDATE",
            "officer_decision looked": "SELECT INSERT",
            "locked_number": "SELECT INSERT DELETE",
            "account": "SELECT",
        },
        DatabaseRole.HEALTH: {
            "person document portrait guardian": "SELECT INSERT UPDATE",
            "record superseded declaration trip contact observation local_status": "SELECT INSERT",
            "dispute dispute_step looked": "SELECT INSERT",
            "intake intake_chunk intake_row": "SELECT",
            "account": "SELECT INSERT",
            "client": "SELECT INSERT UPDATE(keys,until)",
            "application": "SELECT INSERT",
            "retold appeal appeal_step established": "SELECT INSERT",
            "status_proposal status_assignment status_notice status_count": "SELECT INSERT",
            "official permission permission_used": "SELECT",
            "official_key": "SELECT UPDATE",
            "facility operator standing delivery recall reproof withdrawal distrust": "SELECT INSERT",
            "request decision alias joint_act joint_end": "SELECT INSERT",
            "certificate certificate_claim signing_key log_entry log_node": "SELECT",
            "support support_step": "SELECT INSERT DELETE",
            "policy_text policy_step": "SELECT INSERT",
            "objection": "SELECT UPDATE",
            "counted_day": "SELECT INSERT",
            "locked_number": "SELECT",
            "permit_application permit_attachment permit_step permit_look": "SELECT INSERT DELETE",
        },
        DatabaseRole.STATUS: {
            "person document guardian": "SELECT",
            "record superseded contact observation dispute_step": "SELECT",
            "dispute": "SELECT(person_id,dispute_id,record_id,due)",
            "declaration trip retold appeal permission permission_used looked": "SELECT INSERT",
            "appeal_step status_assignment status_notice status_count account": "SELECT",
        },
        DatabaseRole.AUDIT: {
            "looked account intake intake_chunk purge_order officer_decision": "SELECT",
            "official status_count": "SELECT",
            "status_assignment": "SELECT(proposed_by,proposed_office,approved_by,approved_office,moment,until)",
            "facility operator standing signing_key log_entry log_node withdrawal recall distrust": "SELECT",
            "joint_act joint_end application": "SELECT",
            "certificate": "SELECT(key_id,number)",
            "policy_text policy_step permit_step permit_look": "SELECT",
            "counted_day": "SELECT",
        },
        DatabaseRole.PUBLIC: {
            "objection": "SELECT(objection_id,policy,version,moment,answer,answered) INSERT",
            "counted_day status_count signing_key log_entry log_node": "SELECT",
            "certificate": "SELECT(key_id,number)",
            "purge_order": "SELECT(order_id,counts,moment)",
        },
        DatabaseRole.API: {
            "account client": "SELECT",
            "assertion booking": "SELECT INSERT UPDATE DELETE",
        },
        DatabaseRole.KEYS: {
            "person": "SELECT UPDATE(link,name,birth_date)",
            "document": "SELECT UPDATE(number_hash,zone)",
            "portrait": "SELECT UPDATE(picture)",
            "holder_key official_key": "SELECT UPDATE(credential_hash,credential)",
            "review": "SELECT UPDATE(about,picture)",
            "desk_act": "SELECT UPDATE(content)",
            "one_time_code": "SELECT UPDATE(whose)",
            "superseded status_proposal status_assignment": "SELECT UPDATE(evidence)",
            "dispute appeal": "SELECT UPDATE(statement,evidence)",
            "request": "SELECT UPDATE(subject,papers)",
            "certificate": "SELECT UPDATE(scan)",
            "support support_step objection": "SELECT UPDATE(words)",
            "permit_application permit_step": "SELECT UPDATE(about)",
            "permit_attachment": "SELECT UPDATE(name,content)",
            "booking": "SELECT UPDATE(wallet,result)",
            "venue": "SELECT(venue_id,chain) UPDATE(chain)",
        },
        DatabaseRole.VENUES: {
            "venue": "SELECT INSERT UPDATE",
            "slip": "SELECT INSERT DELETE",
            "register_period exposure venue_step slip_opening": "SELECT INSERT",
            "account": "SELECT",
        },
    }
)
"""For each role: tables, and what it may do with them, or with these columns alone. A migration puts this into force,
a test compares the two."""
