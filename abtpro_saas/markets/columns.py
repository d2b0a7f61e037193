"""How columns of candles become Parquet, and floats again, bit for bit.

Prices are decimals: 27123.4 is kept as DECIMAL(18, 1), whose whole numbers pack to a
byte or two, and every reader of Parquet shows what the exchange said. A column that is
no decimal of up to ten places is kept as 64-bit floats.
"""

from typing import Any, cast

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

COLUMNS = ("open", "high", "low", "close", "volume")
NAMES = ("time", *COLUMNS)

MOST_PLACES = 10
EXACT = float(1 << 53)
"""Whole numbers below it are floats without rounding."""
PRECISION = 18
SAMPLE = 512
ROWS_IN_GROUP = 65_536
"""A range is read by groups of rows: a day of minutes costs no year."""


_PLAIN, _PACKED = "PLAIN", "DELTA_BINARY_PACKED"


def places_of(values: Floats) -> int | None:
    """Return the fewest decimal places that hold every value exactly, or None."""
    for places in range(MOST_PLACES + 1):
        if _fits(values[:SAMPLE], places) and _fits(values, places):
            return places
    return None


def _fits(values: Floats, places: int) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(values * 10**places)
        # Division rounds correctly: a quotient is the float nearest to the decimal.
        same = (scaled / 10**places == values) & (np.abs(scaled) < EXACT)
    return bool(np.all(same))


def write_table(file: Any, candles: Candles) -> None:  # noqa: ANN401 - a file of any system
    """Write ``candles`` to an open file."""
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, for who reads or writes alone
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    columns = {"time": pa.array(candles.time)}
    columns |= {name: _packed(getattr(candles, name)) for name in COLUMNS}
    table = pa.table(columns)
    encodings = {
        field.name: _PLAIN if pa.types.is_floating(field.type) else _PACKED
        for field in table.schema
    }
    pq.write_table(
        table,
        file,
        row_group_size=ROWS_IN_GROUP,
        compression="zstd",
        compression_level=1,
        use_dictionary=False,
        column_encoding=encodings,
        store_decimal_as_integer=True,
        write_statistics=["time"],
    )


def read_table(
    file: Any,  # noqa: ANN401 - a file of any system
    start_ms: int | None,
    end_ms: int | None,
) -> list[Any]:
    """Return time, open, high, low, close, volume of [start, end) from an open file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    parquet = pq.ParquetFile(file)
    groups = _groups(parquet.metadata, start_ms, end_ms)
    table = parquet.read_row_groups(groups, columns=list(NAMES))
    arrays = [_unpacked(column) for column in table.columns]
    bars = _within(arrays[0], start_ms, end_ms)
    return [array[bars] for array in arrays]


def _packed(values: Floats) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - as above

    places = places_of(values)
    if places is None:
        return pa.array(values)
    wide = np.empty((len(values), 2), dtype="<i8")  # 128 bits, the low half first
    wide[:, 0] = np.rint(values * 10**places)
    wide[:, 1] = wide[:, 0] >> 63
    kind = pa.decimal128(PRECISION, places)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide)])


def _unpacked(column: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - as above

    if not pa.types.is_decimal(column.type):
        return column.to_numpy()
    parts = [_low_halves(chunk) for chunk in column.chunks]
    whole = parts[0] if len(parts) == 1 else np.concatenate([*parts, _NOTHING])
    return whole / 10**column.type.scale


_NOTHING = np.empty(0, dtype="<i8")


def _low_halves(chunk: Any) -> Integers:  # noqa: ANN401 - pyarrow is untyped
    halves = np.frombuffer(chunk.buffers()[1], dtype="<i8")
    first = 2 * chunk.offset
    return cast("Integers", halves[first : first + 2 * len(chunk) : 2])


def _groups(metadata: Any, start_ms: int | None, end_ms: int | None) -> list[int]:  # noqa: ANN401 - pyarrow is untyped
    chosen = []
    for n in range(metadata.num_row_groups):
        held = metadata.row_group(n).column(0).statistics
        late = end_ms is not None and held.min >= end_ms
        early = start_ms is not None and held.max < start_ms
        if not (late or early):
            chosen.append(n)
    return chosen


def _within(time: Integers, start_ms: int | None, end_ms: int | None) -> slice:
    first = 0 if start_ms is None else int(np.searchsorted(time, start_ms))
    last = len(time) if end_ms is None else int(np.searchsorted(time, end_ms))
    return slice(first, last)
