"""Certificates as an Arrow table, and compiled Python over its batches for the rules that are no SQL."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

import msgspec
import pyarrow as pa

from pratique.rules.compiling import compiled
from pratique.rules.evaluation import Outcome
from pratique.rules.rule import Rule
from pratique.rules.sql.columns import Column, Facet, united

CERTIFICATE = "certificate"
"""The column with the whole of a certificate and its own external data, as JSON."""

_TYPES = {Facet.TRUTH: pa.bool_(), Facet.INTEGER: pa.int64(), Facet.INSTANT: pa.int64(), Facet.BIRTH: pa.int64()}
_TRUE = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.OPEN: None}


def table_of(certificates: Iterable[Mapping[str, Any]], columns: Iterable[Column], *, whole: bool = False) -> pa.Table:
    """Certificates, each `{"payload": ..., "external": ...}`, as a table of these columns.

    `whole` adds the column `CERTIFICATE`, which `outcomes` reads.
    """
    rows = list(certificates)
    arrays = {column.name: _array([column.value(row) for row in rows], column) for column in united(columns)}
    if whole:
        arrays[CERTIFICATE] = pa.array([msgspec.json.encode(row) for row in rows], pa.binary())
    return pa.table(arrays) if arrays else pa.table({"nothing": pa.nulls(len(rows), pa.bool_())})


def _array(values: list[Any], column: Column) -> pa.Array:
    if column.facet is not Facet.ITEMS:
        array = pa.array(values, _TYPES.get(column.facet, pa.string()))
        return _moments(array) if column.facet in (Facet.INSTANT, Facet.BIRTH) else array
    items = [item for items in values for item in items or ()]
    fields = {field.name: _array([item[field.name] for item in items], field) for field in column.fields}
    ends = list(accumulate((len(items or ()) for items in values), initial=0))
    starts = pa.array([*(None if items is None else end for items, end in zip(values, ends, strict=False)), ends[-1]])
    return pa.ListArray.from_arrays(starts.cast(pa.int32()), pa.StructArray.from_arrays(fields.values(), list(fields)))


def _moments(milliseconds: pa.Array) -> pa.Array:
    return milliseconds.cast(pa.timestamp("ms")).cast(pa.timestamp("us"))


def outcomes(rule: Rule, batches: Iterable[pa.RecordBatch], constants: Mapping[str, Any]) -> Iterator[pa.Array]:
    """The rule as compiled Python over the column `CERTIFICATE`: what its SQL would say, batch by batch.

    BOOLEAN, null where the outcome is open. `constants` are the external data that is the same for everybody.
    """
    function, shared = compiled(rule), dict(constants)
    for batch in batches:
        rows = (msgspec.json.decode(row) for row in batch.column(CERTIFICATE).to_pylist())
        answers = [_TRUE[function(row["payload"], {**row.get("external", {}), **shared})] for row in rows]
        yield pa.array(answers, pa.bool_())
