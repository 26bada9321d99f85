"""Whom a form at the desk names: by the number of a document, whose holder's birth date has to agree."""

from datetime import date

from sqlalchemy import Engine

from pratique.authority.records.entries import papers_of
from pratique.authority.store import Vault, people, reading
from pratique.authority.store.people import Known
from pratique.web.fields import Form


def named(engine: Engine, vault: Vault, form: Form, prefix: str = "") -> Known | None:
    """The holder of the document in the fields `country`, `number` and `born`, after `prefix`.

    None for nobody, and for another birth date: a number alone is nobody.
    """
    papers = papers_of(form[f"{prefix}country"], form[f"{prefix}number"])
    if papers is None:
        return None
    with reading(engine) as connection:
        known = people.find(connection, vault, papers)
    try:
        born = date.fromisoformat(form[f"{prefix}born"])
    except ValueError:
        return None
    agrees = known is not None and known.birth_date is not None and known.birth_date.first == born
    return known if agrees else None
