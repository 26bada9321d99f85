"""The tables of issuing: who may vouch, what was asked for and signed, the log, and what no longer counts.

    who may vouch          of people                        of nobody
    facility, operator,    request, decision, certificate,  signing_key, log_entry, log_node,
      standing, delivery     certificate_claim, alias,        withdrawal, recall, distrust,
                             reproof                          joint_act, joint_end, support, support_step

All of them are written once; what stands now is derived. A certificate is sealed, and so is the way from a request to
the person's identity: a copy of these tables joins no name to any record.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from pratique.authority.store.columns import day, identifier, instant, key, metadata, sealed

# who may vouch

facility = Table(
    "facility",
    metadata,
    Column("facility_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("registered", String(64), nullable=False),
    Column("scopes", String(64), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("quota", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("lots", SmallInteger, nullable=False),
)
"""What a facility was proposed as; `number` is that of the proposal in its `standing`. The records that it sends have
its id as their source."""
operator = Table(
    "operator",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("facility_id", String(64), nullable=False),
)
"""Who asks for certificates on a facility's behalf."""
standing = Table(
    "standing",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("of_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("ground", String(32), nullable=False),
    instant("moment"),
)
"""The steps of a facility or an operator: proposed, approved, suspended, resumed, closed; each with who decided."""
delivery = Table(
    "delivery",
    metadata,
    Column("facility_id", String(64), primary_key=True),
    key("delivery_id"),
    Column("lot", String(64), nullable=False),
    Column("doses", Integer, nullable=False),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
    Index("ix_delivery_facility_id_lot", "facility_id", "lot"),
)
"""Doses that a facility received."""

# what was asked for, decided and signed

request = Table(
    "request",
    metadata,
    key("person_id"),
    key("request_id"),
    sealed("subject"),
    sealed("papers", nullable=True),
    Column("format", String(16), nullable=False),
    Column("records", Text, nullable=False),
    instant("expires", nullable=True),
    Column("facility_id", String(64)),
    Column("account_id", String(64), nullable=False),
    identifier("replaces", nullable=True),
    instant("moment"),
    Index("ix_request_request_id", "request_id", unique=True),
)
"""`records` are ids of records, empty for all that stand; `papers` the document to be named in the certificate."""
decision = Table(
    "decision",
    metadata,
    key("person_id"),
    key("request_id"),
    Column("approved", SmallInteger, nullable=False),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
)
"""Once for each request."""
certificate = Table(
    "certificate",
    metadata,
    key("person_id"),
    key("certificate_id"),
    identifier("key_id"),
    Column("number", Integer, nullable=False),
    Column("format", String(16), nullable=False),
    sealed("scan"),
    Column("salt", LargeBinary, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Column("identifiers", Text, nullable=False),
    Column("facility_id", String(64)),
    Column("account_id", String(64), nullable=False),
    identifier("replaces", nullable=True),
    instant("issued"),
    instant("expires", nullable=True),
    Index("ix_certificate_key_id_number", "key_id", "number", unique=True),
    Index("ix_certificate_account_id_issued", "account_id", "issued"),
    Index("ix_certificate_expires", "expires"),
)
"""One signature for one approved request, whose id it has. `number` is that of the signature under its key, `signed`
SHA-256 of what was signed, `identifiers` what it can be revoked by besides its records."""
certificate_claim = Table(
    "certificate_claim",
    metadata,
    key("person_id"),
    key("certificate_id"),
    Column("place", SmallInteger, primary_key=True),
    identifier("record_id"),
    Column("uvci", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("facility_id", String(64), nullable=False),
    instant("received"),
    day("day"),
    Column("lot", String(64)),
    instant("issued"),
    Index("ix_certificate_claim_facility_id_received", "facility_id", "received"),
    Index("ix_certificate_claim_facility_id_issued", "facility_id", "issued"),
    Index("ix_certificate_claim_facility_id_day", "facility_id", "day"),
    Index("ix_certificate_claim_facility_id_lot", "facility_id", "lot"),
    Index("ix_certificate_claim_uvci", "uvci"),
)
"""What a certificate says, by the record it comes from: the facility that sent it, when, and under which identifier."""
alias = Table(
    "alias",
    metadata,
    key("person_id"),
    key("record_id"),
    Column("number", SmallInteger, primary_key=True),
    Column("uvci", Text, nullable=False),
    instant("moment"),
)
"""The identifier under which a record is certified from then on, since the one before was given up."""
reproof = Table(
    "reproof",
    metadata,
    key("person_id"),
    key("record_id"),
    key("recall_id"),
    Column("ground", String(32), nullable=False),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
)
"""That a desk saw a recalled record proved in another way, and believes it."""

# the log

signing_key = Table(
    "signing_key",
    metadata,
    key("key_id"),
    Column("kid", LargeBinary, nullable=False),
    Column("spki", LargeBinary, nullable=False),
    Column("issuer", String(16), nullable=False),
    instant("moment"),
)
log_entry = Table(
    "log_entry",
    metadata,
    key("key_id"),
    Column("number", Integer, primary_key=True),
    Column("commitment", LargeBinary),
    instant("moment"),
)
"""What the signature with this number was: a commitment to a certificate, or null for one that nobody was given."""
log_node = Table(
    "log_node",
    metadata,
    key("key_id"),
    Column("level", SmallInteger, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# what no longer counts

withdrawal = Table(
    "withdrawal",
    metadata,
    Column("identifier", String(256), primary_key=True),
    Column("effect", String(8), primary_key=True),
    Column("ground", String(32), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("second_id", String(64)),
    instant("moment"),
)
"""An identifier, written kind:value, that is revoked or replaced; whose it was is not said here."""
recall = Table(
    "recall",
    metadata,
    key("recall_id"),
    Column("facility_id", String(64), nullable=False),
    instant("since"),
    instant("until"),
    Column("ground", String(32), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("second_id", String(64), nullable=False),
    instant("moment"),
    instant("effective"),
    Column("lot", String(64)),
)
"""Everything that a facility sent from `since` to before `until`, or its doses of one lot alone, is called back, from
`effective` on."""
distrust = Table(
    "distrust",
    metadata,
    key("key_id"),
    instant("moment"),
    instant("after", nullable=True),
    Column("account_id", String(64), nullable=False),
    Column("second_id", String(64), nullable=False),
)

# what takes two

joint_act = Table(
    "joint_act",
    metadata,
    key("act_id"),
    Column("kind", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("account_id", String(64), nullable=False),
    instant("moment"),
    instant("until"),
)
"""What one of the health authority proposes and another confirms. `content` names facilities, lots and certificates."""
joint_end = Table(
    "joint_end",
    metadata,
    key("act_id"),
    Column("outcome", String(16), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("told", Text, nullable=False),
    instant("moment"),
)
"""That it was confirmed or turned down, by whom, and what came of it: once, which the key sees to."""

# people who need help

support = Table(
    "support",
    metadata,
    Column("support_id", String(64), primary_key=True),
    Column("topic", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    sealed("words"),
    instant("moment"),
)
"""`support_id` is a keyed hash of the number that the person was given."""
support_step = Table(
    "support_step",
    metadata,
    Column("support_id", String(64), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("account_id", String(64), nullable=False),
    sealed("words", nullable=True),
    instant("moment"),
)

PERSONAL = (request, decision, certificate, certificate_claim, alias, reproof)
APPEND_ONLY = (
    facility, operator, standing, delivery, *PERSONAL, signing_key, log_entry, log_node, withdrawal, recall, distrust,
    joint_act, joint_end,
)  # fmt: skip
"""`support` and its steps go when they are settled and old."""
