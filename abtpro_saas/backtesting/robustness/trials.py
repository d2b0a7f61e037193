"""Trials of a search: what was tried, what came out, and the daily returns."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abtpro_saas.performance.record import Floats
from abtpro_saas.plugins.api.parameters import Value


@dataclass(frozen=True)
class Trial:
    """One combination of values.

    ``metrics`` are those that the search asks for and a few that everybody looks at.
    ``score`` is the objective's value, None where it has none; ``feasible`` says that
    it has one, that something was traded and that all constraints hold. ``days`` are
    daily returns (fractions), none where the engine could not run these values.
    """

    values: Mapping[str, Value]
    metrics: Mapping[str, float | None]
    score: float | None
    feasible: bool
    days: Floats


def encode(trials: Sequence[Trial]) -> bytes:
    """Return trials as a Parquet file; the same trials, the same bytes."""
    import pyarrow as pa  # noqa: PLC0415 - most who know of trials never store any
    from pyarrow import parquet  # noqa: PLC0415 - the same

    columns = {
        "values": [json.dumps(dict(each.values)) for each in trials],
        "metrics": [json.dumps(dict(each.metrics)) for each in trials],
        "score": [each.score for each in trials],
        "feasible": [each.feasible for each in trials],
        "days": [each.days for each in trials],
    }
    kinds = zip(
        columns,
        (pa.string(), pa.string(), pa.float64(), pa.bool_(), pa.list_(pa.float64())),
        strict=True,
    )
    table = pa.table(columns, schema=pa.schema(list(kinds)))
    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd", compression_level=1)
    return file.getvalue()


def decode(stored: bytes) -> list[Trial]:
    """Return the trials that were encoded."""
    from pyarrow import parquet  # noqa: PLC0415 - as above

    table = parquet.read_table(io.BytesIO(stored))
    days = [np.array(each.values, np.float64) for each in table["days"]]
    rows = table.drop_columns(["days"]).to_pylist()
    return [_read(row, each) for row, each in zip(rows, days, strict=True)]


def _read(row: Mapping[str, Any], days: Floats) -> Trial:
    values, metrics = json.loads(row["values"]), json.loads(row["metrics"])
    return Trial(values, metrics, row["score"], row["feasible"], days)
