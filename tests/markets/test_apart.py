"""A file that would fill the machine fills its own process, and is refused."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abtpro_saas.markets.inspection.apart import read_apart
from abtpro_saas.markets.inspection.reading import NEEDED, read_file
from abtpro_saas.markets.inspection.tabular import FileError

STEP = 60_000
ROWS = 2_900_000


def parquet(**columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd")
    return io.BytesIO(file.getvalue())


def candles(rows, **columns):
    ones = {name: pa.array(np.ones(rows)) for name in NEEDED}
    times = pa.array(1_672_531_200_000 + STEP * np.arange(rows))
    return parquet(**ones | {"timestamp": times} | columns)


def test_rows_are_those_that_are_read_here():
    text = (
        b"timestamp,open,high,low,close,volume\n"
        b"2023-01-01T00:00:00Z,1,2,0.5,1.5,10\n"
        b"never,1,2,0.5,1.5,10\n"
        b"2023-01-01T00:01:00Z,1,2,low,1.5,10\n"
    )

    here = read_file(io.BytesIO(text), "A/B", STEP)
    apart = read_apart(io.BytesIO(text), "A/B", STEP)

    assert apart.unread == here.unread
    assert apart.texts == here.texts == {1: "never", 2: "low"}
    assert (apart.candles.symbol, apart.candles.step) == ("A/B", STEP)
    for name in ("time", "open", "high", "low", "close", "volume"):
        one, other = getattr(apart.candles, name), getattr(here.candles, name)
        assert np.array_equal(one, other, equal_nan=True)


def test_trades_stay_trades():
    file = parquet(timestamp=[1_672_531_200_000], price=[2.0], amount=[3.0])

    found = read_apart(file, "A/B", STEP)

    assert (found.price.tolist(), found.amount.tolist()) == ([2.0], [3.0])


def test_a_refusal_names_what_is_wrong():
    with pytest.raises(FileError, match="there is no column volume") as refused:
        read_apart(io.BytesIO(b"timestamp,open,high,low,close\n1,1,1,1,1\n"), "A/B", 1)

    assert refused.value.field == "file"


def test_as_many_rows_as_are_taken_fit():
    found = read_apart(candles(ROWS), "A/B", STEP)

    assert len(found.candles) == ROWS


def test_kilobytes_that_unpack_to_gigabytes_are_refused():
    long = pa.array(["2023-01-01T00:00:00Z" + " " * 20_000])
    places = pa.array(np.zeros(ROWS, np.int32))
    file = candles(ROWS, timestamp=pa.DictionaryArray.from_arrays(places, long))
    assert len(file.getvalue()) < 1 << 20

    with pytest.raises(FileError, match=r"memory|cannot be read") as refused:
        read_apart(file, "A/B", STEP)
    assert refused.value.field == "file"
