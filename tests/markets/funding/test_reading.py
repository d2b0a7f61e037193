"""Files of funding that traders bring, well and badly made."""

import io
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, lists

from abtpro_saas.markets.funding.reading import read_funding
from abtpro_saas.markets.inspection.apart import read_funding_apart
from abtpro_saas.markets.inspection.aside import Reason
from abtpro_saas.markets.inspection.tabular import FileError
from tests.markets.conftest import NEW_YEAR_2023
from tests.markets.funding.conftest import csv_of, made, rows


def read(text):
    raw = text.encode() if isinstance(text, str) else text
    return read_funding(io.BytesIO(raw))


def iso(time):
    return datetime.fromtimestamp(time / 1000, UTC).isoformat()


@pytest.mark.parametrize(
    "time",
    [str, iso, lambda t: iso(t).replace("+00:00", "Z"), lambda t: f'"{t}"'],
)
def test_times_are_milliseconds_or_iso_8601(time):
    found = read(csv_of(made(50), time))

    assert rows(found.rates) == rows(made(50))
    assert found.unread == {}


@settings(deadline=None)
@given(lists(floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_rate_is_read_to_the_last_bit(rates):
    lines = "\n".join(f"{NEW_YEAR_2023 + n},{r!r}" for n, r in enumerate(rates))

    assert read(f"timestamp,rate\n{lines}\n").rates.rate.tolist() == rates


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,rate",
        "timestamp,funding_rate",
        "timestamp,fundingRate",
        '"Timestamp"," Rate "',
    ],
)
def test_a_rate_goes_by_several_names(header):
    found = read(f"{header}\n{NEW_YEAR_2023},0.0001\n")

    assert rows(found.rates) == [(NEW_YEAR_2023, 0.0001, None)]


def test_columns_stand_in_any_order_and_others_are_left_out():
    found = read(f"symbol,mark,rate,timestamp\nBTC,2.5,-0.01,{NEW_YEAR_2023}\n")

    assert rows(found.rates) == [(NEW_YEAR_2023, -0.01, 2.5)]


def test_a_mark_may_be_missing_in_some_rows():
    lines = "\n".join(
        f"{NEW_YEAR_2023 + n},0.01,{mark}" for n, mark in enumerate(["5", "", " ", "6"])
    )

    found = read(f"timestamp,rate,mark\n{lines}\n")

    assert [mark for _, _, mark in rows(found.rates)] == [5.0, None, None, 6.0]
    assert found.unread == {}


def test_what_is_no_number_costs_its_row_alone():
    lines = ["never,0.01,5", "{},x,5", "{},,5", "{},0.01,y", "{},0.01,5"]
    text = "\n".join(line.format(NEW_YEAR_2023 + n) for n, line in enumerate(lines))

    assert read(f"timestamp,rate,mark\n{text}\n").unread == {
        0: (Reason.NOT_A_TIME, "timestamp"),
        1: (Reason.NOT_A_NUMBER, "rate"),
        2: (Reason.NOT_A_NUMBER, "rate"),
        3: (Reason.NOT_A_NUMBER, "mark"),
    }


@pytest.mark.parametrize(
    "mark", [[5.0, None, 6.0], [5.0, float("nan"), 6.0], ["5", "", "6"]]
)
def test_parquet_is_read_too(mark):
    file = io.BytesIO()
    times = pa.array([NEW_YEAR_2023 + n for n in range(3)], pa.timestamp("ms"))
    columns = {"timestamp": times, "rate": [0.01, 0.02, 0.03], "mark": pa.array(mark)}
    pq.write_table(pa.table(columns), file)

    found = read(file.getvalue())

    assert rows(found.rates) == [
        (NEW_YEAR_2023, 0.01, 5.0),
        (NEW_YEAR_2023 + 1, 0.02, None),
        (NEW_YEAR_2023 + 2, 0.03, 6.0),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timestamp,price\n1,2\n", "there is no column rate; there are: timestamp, p"),
        ("time,rate\n1,2\n", "there is no column timestamp"),
        ("timestamp,rate,funding_rate\n1,2,3\n", "there are two columns rate"),
        ("timestamp,rate,mark,Mark\n1,2,3,4\n", "there are two columns mark"),
        ("timestamp,rate\n", "the file holds no rows"),
        ("timestamp,rate\nx,0.1\n", "row 1, column timestamp: 'x' is no time"),
        (f"timestamp,rate\n{NEW_YEAR_2023},x\n", "column rate: 'x' is no number"),
        ("timestamp,rate\n1,2,3\n", "line 2 has 3 columns instead of 2"),
    ],
)
def test_a_file_of_another_shape_is_refused(text, told):
    with pytest.raises(FileError) as refused:
        read(text)

    assert told in str(refused.value)
    assert refused.value.field == "file"


def test_rows_that_are_read_apart_are_those_that_are_read_here(tmp_path):
    text = csv_of(made(20)).encode() + b"never,0.1,5\n"

    here, apart = read(text), read_funding_apart(io.BytesIO(text), tmp_path)

    assert rows(apart.rates) == rows(here.rates)
    assert apart.unread == here.unread == {20: (Reason.NOT_A_TIME, "timestamp")}


def test_a_refusal_apart_names_what_is_wrong(tmp_path):
    with pytest.raises(FileError, match="there is no column rate"):
        read_funding_apart(io.BytesIO(b"timestamp,open\n1,1\n"), tmp_path)


def test_kilobytes_that_unpack_to_gigabytes_are_refused(tmp_path):
    many, file = 2_900_000, io.BytesIO()
    long = pa.array(["2023-01-01T00:00:00Z" + " " * 20_000])
    places = pa.array(np.zeros(many, np.int32))
    times = pa.DictionaryArray.from_arrays(places, long)
    table = pa.table({"timestamp": times, "rate": np.zeros(many)})
    pq.write_table(table, file, compression="zstd")

    with pytest.raises(FileError, match="more memory or time"):
        read_funding_apart(io.BytesIO(file.getvalue()), tmp_path)
