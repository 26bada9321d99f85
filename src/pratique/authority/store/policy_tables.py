"""The tables of policies that are being written: their texts, and what officials did with them. Nobody is a row here.

policy_text ─ policy_step      each text once, as it was saved; sent, signed, given back, published, given up
"""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from pratique.authority.store.columns import instant, key, metadata

policy_text = Table(
    "policy_text",
    metadata,
    key("draft_id"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("written_by", String(64), nullable=False),
    instant("moment"),
)
"""A draft as somebody saved it, whatever it says: who changed what is to be seen afterwards."""
policy_step = Table(
    "policy_step",
    metadata,
    key("draft_id"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", String(16), nullable=False),
    Column("text_number", Integer, nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("signer", String(64)),
    Column("signature", LargeBinary),
    Column("note", Text),
    instant("moment"),
)
"""What an official did with one text of a draft. `signer` and `signature` are those of a policy's file."""

APPEND_ONLY = (policy_text, policy_step)
"""Both are written once, and gone under a signed order alone."""
