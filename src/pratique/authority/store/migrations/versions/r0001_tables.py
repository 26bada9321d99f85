"""The tables as they began."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
    )
    op.create_table(
        "contact",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "contact_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "declaration",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("declaration_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("temperature", sa.SmallInteger(), nullable=True),
        sa.Column("symptoms", sa.Text(), nullable=False),
        sa.Column("normal", sa.SmallInteger(), nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "declaration_id", name=op.f("pk_declaration")),
    )
    op.create_index("ix_declaration_person_id_origin", "declaration", ["person_id", "origin"], unique=True)
    op.create_table(
        "dispute",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("dispute_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "dispute_id", name=op.f("pk_dispute")),
    )
    op.create_table(
        "dispute_step",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("dispute_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "dispute_id", "number", name=op.f("pk_dispute_step")),
    )
    op.create_table(
        "document",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("zone", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "number_hash", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_number_hash"), "document", ["number_hash"], unique=True)
    op.create_table(
        "guardian",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("guardian_id", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subject_id", "guardian_id", name=op.f("pk_guardian")),
    )
    op.create_table(
        "intake",
        sa.Column("intake_id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_intake")),
    )
    op.create_table(
        "intake_chunk",
        sa.Column("intake_id", sa.String(length=32), nullable=False),
        sa.Column("last_place", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("intake_id", "last_place", name=op.f("pk_intake_chunk")),
    )
    op.create_table(
        "intake_row",
        sa.Column("intake_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("intake_id", "place", name=op.f("pk_intake_row")),
    )
    op.create_table(
        "local_status",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("status_id", sa.String(length=32), nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=32), nullable=False),
        sa.Column("national", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "status_id", name=op.f("pk_local_status")),
    )
    op.create_index("ix_local_status_person_id_origin", "local_status", ["person_id", "origin"], unique=True)
    op.create_table(
        "looked",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("look_id", sa.String(length=32), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("items", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "look_id", name=op.f("pk_looked")),
    )
    op.create_index("ix_looked_account_id_moment", "looked", ["account_id", "moment"], unique=False)
    op.create_table(
        "observation",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("observation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "observation_id", name=op.f("pk_observation")),
    )
    op.create_table(
        "person",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_person")),
    )
    op.create_table(
        "portrait",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_portrait")),
    )
    op.create_table(
        "purge_open",
        sa.Column("table_name", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "person_id", name=op.f("pk_purge_open")),
    )
    op.create_table(
        "purge_order",
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("order", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_purge_order")),
    )
    op.create_table(
        "record",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("disease", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=True),
        sa.Column("test_kind", sa.String(length=16), nullable=True),
        sa.Column("detected", sa.SmallInteger(), nullable=True),
        sa.Column("valid_from", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.SmallInteger(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("intake_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "record_id", name=op.f("pk_record")),
    )
    op.create_index("ix_record_intake_id_place", "record", ["intake_id", "place"], unique=False)
    op.create_index("ix_record_origin", "record", ["origin"], unique=False)
    op.create_index("ix_record_person_id_origin", "record", ["person_id", "origin"], unique=True)
    op.create_table(
        "trip",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("division", sa.String(length=6), nullable=True),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "trip_id", name=op.f("pk_trip")),
    )
    op.create_index("ix_trip_person_id_origin", "trip", ["person_id", "origin"], unique=True)
    op.create_table(
        "superseded",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("by_record_id", sa.String(length=32), nullable=True),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "record_id"], ["record.person_id", "record.record_id"], name=op.f("fk_superseded_record")
        ),
        sa.PrimaryKeyConstraint("person_id", "record_id", name=op.f("pk_superseded")),
    )
