"""Certificates as an Arrow table, and compiled Python over its batches for the rules that are no SQL."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from pratique.rules.compiling import compiled
from pratique.rules.evaluation import Outcome
from pratique.rules.rule import Rule
from pratique.rules.sql.columns import Column, Facet

CERTIFICATE = "certificate"
"""The column with the whole of a certificate and its own external data, as JSON."""

_TYPES = {Facet.TRUTH: pa.bool_(), Facet.INTEGER: pa.int64(), Facet.INSTANT: pa.int64(), Facet.BIRTH: pa.int64()}
_TRUE = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.OPEN: None}


def table_of(certificates: Iterable[Mapping[str, Any]], columns: Iterable[Column], *, whole: bool = False) -> pa.Table:
    """Certificates, each `{"payload": ..., "external": ...}`, as a table of these columns.

    `whole` adds the column `CERTIFICATE`, which `outcomes` reads.
    """
    rows = list(certificates)
    wanted = sorted(set(columns))
    arrays = {column.name: _array([column.value(row) for row in rows], column.facet) for column in wanted}
    if whole:
        arrays[CERTIFICATE] = pa.array([msgspec.json.encode(row) for row in rows], pa.binary())
    return pa.table(arrays) if arrays else pa.table({"nothing": pa.nulls(len(rows), pa.bool_())})


def _array(values: list[object], facet: Facet) -> pa.Array:
    array = pa.array(values, _TYPES.get(facet, pa.string()))
    if facet in (Facet.INSTANT, Facet.BIRTH):
        return array.cast(pa.timestamp("ms")).cast(pa.timestamp("us"))
    return array


def outcomes(rule: Rule, batches: Iterable[pa.RecordBatch], constants: Mapping[str, Any]) -> Iterator[pa.Array]:
    """The rule as compiled Python over the column `CERTIFICATE`: what its SQL would say, batch by batch.

    BOOLEAN, null where the outcome is open. `constants` are the external data that is the same for everybody.
    """
    function, shared = compiled(rule), dict(constants)
    for batch in batches:
        rows = (msgspec.json.decode(row) for row in batch.column(CERTIFICATE).to_pylist())
        answers = [_TRUE[function(row["payload"], {**row.get("external", {}), **shared})] for row in rows]
        yield pa.array(answers, pa.bool_())
