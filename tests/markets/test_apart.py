"""A file that would fill the machine fills its own process, and is refused."""

import io
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import (
    SIGABRT,
    SIGKILL,
    SIGSEGV,
    SIGTERM,
    SIGUSR1,
    SIGXCPU,
)

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abtpro_saas.markets.inspection.apart import (
    MODULE,
    MOST_MEMORY,
    ReaderKilledError,
    read_apart,
)
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


def test_rows_are_those_that_are_read_here(tmp_path):
    text = (
        b"timestamp,open,high,low,close,volume\n"
        b"2023-01-01T00:00:00Z,1,2,0.5,1.5,10\n"
        b"never,1,2,0.5,1.5,10\n"
        b"2023-01-01T00:01:00Z,1,2,low,1.5,10\n"
    )

    here = read_file(io.BytesIO(text), "A/B", STEP)
    apart = read_apart(io.BytesIO(text), "A/B", STEP, tmp_path)

    assert apart.unread == here.unread
    assert apart.texts == here.texts == {1: "never", 2: "low"}
    assert (apart.candles.symbol, apart.candles.step) == ("A/B", STEP)
    for name in ("time", "open", "high", "low", "close", "volume"):
        one, other = getattr(apart.candles, name), getattr(here.candles, name)
        assert np.array_equal(one, other, equal_nan=True)


def test_trades_stay_trades(tmp_path):
    file = parquet(timestamp=[1_672_531_200_000], price=[2.0], amount=[3.0])

    found = read_apart(file, "A/B", STEP, tmp_path)

    assert (found.price.tolist(), found.amount.tolist()) == ([2.0], [3.0])


def test_a_refusal_names_what_is_wrong(tmp_path):
    with pytest.raises(FileError, match="there is no column volume") as refused:
        read_apart(
            io.BytesIO(b"timestamp,open,high,low,close\n1,1,1,1,1\n"),
            "A/B",
            1,
            tmp_path,
        )

    assert refused.value.field == "file"


def test_as_many_rows_as_are_taken_fit(tmp_path):
    found = read_apart(candles(ROWS), "A/B", STEP, tmp_path)

    assert len(found.candles) == ROWS


def test_kilobytes_that_unpack_to_gigabytes_are_refused(tmp_path):
    long = pa.array(["2023-01-01T00:00:00Z" + " " * 20_000])
    places = pa.array(np.zeros(ROWS, np.int32))
    file = candles(ROWS, timestamp=pa.DictionaryArray.from_arrays(places, long))
    assert len(file.getvalue()) < 1 << 20

    with pytest.raises(FileError, match="more memory or time") as refused:
        read_apart(file, "A/B", STEP, tmp_path)
    assert refused.value.field == "file"


def reader_of(worker):
    """Return the id of the process that reads for another, once it has begun."""
    for _ in range(3000):
        for task in Path(f"/proc/{worker}/task").iterdir():
            for each in (task / "children").read_text().split():
                of = Path("/proc", each)
                begun = str(MOST_MEMORY) in (of / "limits").read_text()
                if begun and MODULE in (of / "cmdline").read_text():
                    return int(each)
        time.sleep(0.02)
    raise AssertionError("nothing reads")


@pytest.fixture
def ended_by(tmp_path):
    """Return a function: read a file that takes a while, and end its process."""
    file = candles(ROWS)

    def end(number):
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read_apart, file, "A/B", STEP, tmp_path)
            reader = reader_of(os.getpid())
            assert os.getsid(reader) == reader  # no signal to a group reaches it
            os.kill(reader, number)
            return reading.exception()

    return end


@pytest.mark.parametrize("number", [SIGTERM, SIGKILL])
def test_who_ends_the_reader_says_nothing_of_the_file(ended_by, number):
    assert isinstance(ended_by(number), ReaderKilledError)


@pytest.mark.parametrize("number", [SIGXCPU, SIGABRT, SIGSEGV])
def test_what_a_file_can_do_to_its_reader_refuses_it(ended_by, number):
    error = ended_by(number)

    assert isinstance(error, FileError)
    assert "more memory or time" in str(error)


def test_any_other_end_is_a_file_that_cannot_be_read(ended_by):
    error = ended_by(SIGUSR1)

    assert isinstance(error, FileError)
    assert str(error) == "the file cannot be read"


WORKER = """
import sys
from pathlib import Path
from abtpro_saas.markets.inspection.apart import read_apart
with open(sys.argv[1], "rb") as file:
    read_apart(file, "A/B", 60_000, Path(sys.argv[2]))
"""


def test_the_reader_ends_with_its_worker_and_leaves_nothing(tmp_path):
    brought, place = tmp_path / "brought", tmp_path / "place"
    brought.write_bytes(candles(ROWS).getvalue())
    place.mkdir()
    command = [sys.executable, "-c", WORKER, str(brought), str(place)]
    worker = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    reader_of(worker.pid)

    worker.kill()
    worker.wait()

    for _ in range(3000):
        if not place.exists():
            break
        time.sleep(0.02)
    assert not place.exists()
