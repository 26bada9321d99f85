"""Facilities, requests, certificates, the log of signatures, and what no longer counts."""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once

revision = "0004"
down_revision = "0003"

OF_PEOPLE = ("request", "decision", "certificate", "certificate_claim", "alias", "reproof")
OF_NOBODY = (
    "facility", "operator", "standing", "delivery", "signing_key", "log_entry", "log_node", "withdrawal", "recall",
    "distrust",
)  # fmt: skip
GRANTS = {
    "pratique_issuance": {
        "facility operator standing delivery recall reproof distrust": "SELECT",
        "request decision certificate certificate_claim alias withdrawal": "SELECT, INSERT",
        "signing_key log_entry log_node support support_step": "SELECT, INSERT",
    },
    "pratique_health": {
        "facility operator standing delivery recall reproof withdrawal distrust": "SELECT, INSERT",
        "request decision alias": "SELECT, INSERT",
        "certificate certificate_claim signing_key log_entry log_node": "SELECT",
        "support support_step": "SELECT, INSERT, DELETE",
    },
    "pratique_audit": {
        "facility operator standing signing_key log_entry log_node withdrawal recall distrust": "SELECT",
        "certificate": "SELECT (key_id, number)",  # that there is one for each number, and whose it is not
    },
}


def upgrade() -> None:
    """Make the tables, let them never change, and grant."""
    _tables()
    written_once.keep(OF_PEOPLE, of_people=True)
    written_once.keep(OF_NOBODY, of_people=False)
    if op.get_bind().dialect.name == "sqlite":
        return
    for role, tables in GRANTS.items():
        for names, rights in tables.items():
            op.execute(f"GRANT {rights} ON {', '.join(names.split())} TO {role}")


def _tables() -> None:
    op.create_table(
        "alias",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("uvci", sa.Text(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "record_id", "number", name=op.f("pk_alias")),
    )
    op.create_table(
        "certificate",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("certificate_id", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=True),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "certificate_id", name=op.f("pk_certificate")),
    )
    op.create_index("ix_certificate_account_id_issued", "certificate", ["account_id", "issued"], unique=False)
    op.create_index("ix_certificate_expires", "certificate", ["expires"], unique=False)
    op.create_index("ix_certificate_key_id_number", "certificate", ["key_id", "number"], unique=True)
    op.create_table(
        "certificate_claim",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("certificate_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("uvci", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("lot", sa.String(length=64), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "certificate_id", "place", name=op.f("pk_certificate_claim")),
    )
    op.create_index("ix_certificate_claim_facility_id_day", "certificate_claim", ["facility_id", "day"], unique=False)
    op.create_index(
        "ix_certificate_claim_facility_id_issued", "certificate_claim", ["facility_id", "issued"], unique=False
    )
    op.create_index("ix_certificate_claim_facility_id_lot", "certificate_claim", ["facility_id", "lot"], unique=False)
    op.create_index(
        "ix_certificate_claim_facility_id_received", "certificate_claim", ["facility_id", "received"], unique=False
    )
    op.create_index(op.f("ix_certificate_claim_uvci"), "certificate_claim", ["uvci"], unique=False)
    op.create_table(
        "decision",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("approved", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "request_id", name=op.f("pk_decision")),
    )
    op.create_table(
        "delivery",
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("facility_id", "delivery_id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_facility_id_lot", "delivery", ["facility_id", "lot"], unique=False)
    op.create_table(
        "distrust",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("second_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_distrust")),
    )
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("registered", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("lots", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("facility_id", "number", name=op.f("pk_facility")),
    )
    op.create_table(
        "log_entry",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "number", name=op.f("pk_log_entry")),
    )
    op.create_table(
        "log_node",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "level", "place", name=op.f("pk_log_node")),
    )
    op.create_table(
        "operator",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_operator")),
    )
    op.create_table(
        "recall",
        sa.Column("recall_id", sa.String(length=32), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("second_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("effective", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recall_id", name=op.f("pk_recall")),
    )
    op.create_table(
        "reproof",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("recall_id", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "record_id", "recall_id", name=op.f("pk_reproof")),
    )
    op.create_table(
        "request",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("papers", sa.LargeBinary(), nullable=True),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("facility_id", sa.String(length=64), nullable=True),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "request_id", name=op.f("pk_request")),
    )
    op.create_index("ix_request_request_id", "request", ["request_id"], unique=True)
    op.create_table(
        "signing_key",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("spki", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "standing",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("of_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "of_id", "number", name=op.f("pk_standing")),
    )
    op.create_table(
        "support",
        sa.Column("support_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("support_id", name=op.f("pk_support")),
    )
    op.create_table(
        "support_step",
        sa.Column("support_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("support_id", "number", name=op.f("pk_support_step")),
    )
    op.create_table(
        "withdrawal",
        sa.Column("identifier", sa.String(length=256), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("second_id", sa.String(length=64), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier", "effect", name=op.f("pk_withdrawal")),
    )
