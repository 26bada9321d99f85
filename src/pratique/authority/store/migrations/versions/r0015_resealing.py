"""A rotation of keys reaches what is written once: its seal may change, for a later key's alone; and who may do it."""

import sqlalchemy as sa
from alembic import op

from pratique.authority.store.migrations import written_once
from pratique.authority.store.migrations.versions.r0003_roles import MAKE

revision = "0015"
down_revision = "0014"

KEYS = "pratique_keys"
WRITTEN_ONCE = {
    "superseded": ("evidence",),
    "dispute": ("statement", "evidence"),
    "appeal": ("statement", "evidence"),
    "status_proposal": ("evidence",),
    "status_assignment": ("evidence",),
    "request": ("subject", "papers"),
    "certificate": ("scan",),
}
OTHERS = {
    "person": "link, name, birth_date",
    "document": "number_hash, zone",
    "portrait": "picture",
    "holder_key": "credential_hash, credential",
    "official_key": "credential_hash, credential",
    "review": "about, picture",
    "desk_act": "content",
    "one_time_code": "whose",
    "support": "words",
    "support_step": "words",
    "objection": "words",
    "permit_application": "about",
    "permit_step": "about",
    "permit_attachment": "name, content",
    "booking": "wallet, result",
}


def upgrade() -> None:
    """Put other triggers on, make the role, and grant."""
    if op.get_bind().dialect.name == "sqlite":
        for table, sealed in WRITTEN_ONCE.items():
            others = [
                each["name"] for each in sa.inspect(op.get_bind()).get_columns(table) if each["name"] not in sealed
            ]
            written_once.let_reseal(table, sealed, others)
        return
    op.execute(written_once.ONLY_RESEALED)
    op.execute(MAKE.format(role=KEYS))
    op.execute(f"GRANT SELECT ON alembic_version TO {KEYS}")
    op.execute(f"GRANT {KEYS} TO CURRENT_USER")  # whoever rotates takes the role on for it
    for table, sealed in WRITTEN_ONCE.items():
        written_once.let_reseal(table, sealed, ())
    granted = OTHERS | {table: ", ".join(sealed) for table, sealed in WRITTEN_ONCE.items()}
    for table, columns in granted.items():
        op.execute(f"GRANT SELECT, UPDATE ({columns}) ON {table} TO {KEYS}")
    op.execute(f"GRANT SELECT (venue_id, chain), UPDATE (chain) ON venue TO {KEYS}")
