"""Files that traders bring, well and badly made."""

import io
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, lists

from abtpro_saas.markets.columns import write_table
from abtpro_saas.markets.inspection import reading, tabular
from abtpro_saas.markets.inspection.aside import Reason
from abtpro_saas.markets.inspection.reading import read_file
from abtpro_saas.markets.inspection.tabular import FileError
from tests.markets.conftest import MINUTE, NEW_YEAR_2023, made, rows

HEADER = "timestamp,open,high,low,close,volume\n"
ROW = f"{NEW_YEAR_2023},1,2,0.5,1.5,10\n"


def read(text):
    raw = text.encode() if isinstance(text, str) else text
    return read_file(io.BytesIO(raw), "BTC/USDT", MINUTE)


def csv_of(candles, time=str):
    lines = (",".join([time(row[0]), *map(repr, row[1:])]) for row in rows(candles))
    return HEADER + "\n".join(lines) + "\n"


def iso(time):
    return datetime.fromtimestamp(time / 1000, UTC).isoformat()


BANGKOK = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    "time",
    [
        str,
        iso,
        lambda t: iso(t).replace("+00:00", "Z"),
        lambda t: iso(t).replace("+00:00", ""),
        lambda t: iso(t).replace("T", " "),
        lambda t: datetime.fromtimestamp(t / 1000, BANGKOK).isoformat(),
        lambda t: f'"{t}"',
    ],
)
def test_times_are_milliseconds_or_iso_8601(time):
    found = read(csv_of(made(50), time))

    assert rows(found.candles) == rows(made(50))
    assert found.unread == {}


@settings(deadline=None)
@given(lists(floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_number_is_read_to_the_last_bit(numbers):
    lines = (f"{NEW_YEAR_2023},1,1,1,{number!r},0" for number in numbers)

    assert read(HEADER + "\n".join(lines)).candles.close.tolist() == numbers


def test_columns_may_stand_in_any_order_among_others():
    text = (
        "\ufeffVolume,id,Close,LOW, High ,open,timestamp\r\n"
        f"10,x,1.5,0.5,2,1,{NEW_YEAR_2023}\r\n"
    )

    assert rows(read(text).candles) == [(NEW_YEAR_2023, 1.0, 2.0, 0.5, 1.5, 10.0)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column timestamp"),
        (HEADER, "holds no rows"),
        (
            "time,open,high,low,close,volume\n" + ROW,
            "no column timestamp; there are: t",
        ),
        ("timestamp,open,high,low,close\n" + ROW, "no column volume"),
        ("timestamp,open,high,low,close,volume,open\n", "two columns open"),
        (HEADER.replace(",", ";"), "no column timestamp; there are: timestamp;open"),
        (HEADER + ROW + "1,2\n", "line 3 has 2 columns instead of 6: '1,2'"),
        (HEADER + "yesterday,1,1,1,1,1\n", "row 1, column timestamp: 'yesterday'"),
        (
            HEADER + "1672531200,1,1,1,1,1\n",
            "column timestamp: '1672531200' is no time",
        ),
        (HEADER + f"{NEW_YEAR_2023},1,1,1,x,1\n", "column close: 'x' is no number"),
        (b"\xff\xfe\x00\x01\n", "neither Parquet nor CSV"),
        (b"PAR1 is how it begins", "cannot be read as Parquet"),
        (HEADER + ROW + "1," + "9" * (3 << 20), "as CSV: a row is longer than 1,048,"),
        (HEADER + "\0" * 1000 + "\n", "1 columns instead of 6: '\ufffd'"),
        (HEADER + "\0\1\x1b[0m,1,1,1,1,1\n", "column timestamp: '\ufffd[0m' is no"),
        ("\0\0timestamp,open\n", "there are: \ufffdtimestamp, open"),
    ],
)
def test_a_file_of_another_shape_is_refused_in_plain_words(text, told):
    with pytest.raises(FileError) as refused:
        read(text)

    assert told in str(refused.value)
    assert refused.value.field == "file"


def test_a_bad_cell_costs_its_row_alone():
    good = rows(made(4))
    lines = csv_of(made(4)).splitlines()
    lines[2] = lines[2].replace(repr(good[1][4]), "n/a")
    lines[3] = "soon" + lines[3].removeprefix(str(good[2][0]))
    lines[4] = lines[4].replace(repr(good[3][1]), "1_000")

    found = read("\n".join(lines))

    assert found.unread == {
        1: (Reason.NOT_A_NUMBER, "close"),
        2: (Reason.NOT_A_TIME, "timestamp"),
        3: (Reason.NOT_A_NUMBER, "open"),
    }
    assert found.texts[1] == "n/a"
    assert found.texts[2].startswith("soon")
    assert found.texts[3] == "1_000"
    assert rows(found.candles)[0] == good[0]


def test_a_byte_that_is_no_utf_8_costs_its_row_alone():
    odd = f"{NEW_YEAR_2023 + MINUTE},1\xbd,2,0.5,1.5,10\n\xe9,1,2,0.5,1.5,10\n"

    found = read((HEADER + ROW + odd).encode("latin-1"))

    assert found.unread == {
        1: (Reason.NOT_A_NUMBER, "open"),
        2: (Reason.NOT_A_TIME, "timestamp"),
    }
    assert found.texts == {
        1: "1\N{REPLACEMENT CHARACTER}",
        2: "\N{REPLACEMENT CHARACTER}",
    }
    assert found.candles.open[0] == 1.0


def test_half_a_millisecond_is_no_time():
    text = HEADER + ROW + "2023-01-01T00:01:00.0005Z,1,1,1,1,1\n"

    assert read(text).unread == {1: (Reason.NOT_A_TIME, "timestamp")}


def parquet_of(table):
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def table_of(candles, times):
    columns = dict(
        zip(reading.NEEDED[1:], zip(*rows(candles), strict=True), strict=False)
    )
    names = ("open", "high", "low", "close", "volume")
    columns = {name: getattr(candles, name) for name in names}
    return pa.table({"timestamp": times, **columns})


@pytest.mark.parametrize(
    "kind",
    [
        pa.int64(),
        pa.timestamp("ns", tz="UTC"),
        pa.timestamp("ms"),
        pa.timestamp("us", tz="Asia/Bangkok"),
        pa.string(),
    ],
    ids=str,
)
def test_parquet_may_hold_any_kind_of_time(kind):
    candles = made(20)
    ms = pa.array(candles.time)
    times = ms.cast(pa.timestamp("ms")) if pa.types.is_timestamp(kind) else ms
    times = times.cast(kind)

    assert rows(read(parquet_of(table_of(candles, times))).candles) == rows(candles)


def test_what_the_store_has_written_is_read_to_the_last_bit():
    candles, file = made(300, places=1), io.BytesIO()
    write_table(file, candles)
    table = pq.read_table(io.BytesIO(file.getvalue()))
    named = table.rename_columns(["timestamp", *table.column_names[1:]])

    assert rows(read(parquet_of(named)).candles) == rows(candles)


def test_an_empty_cell_of_parquet_costs_its_row():
    table = table_of(made(3), pa.array([NEW_YEAR_2023, None, NEW_YEAR_2023 + MINUTE]))
    holed = table.set_column(2, "high", pa.array([1e9, 1e9, None]))

    assert read(parquet_of(holed)).unread == {
        1: (Reason.NOT_A_TIME, "timestamp"),
        2: (Reason.NOT_A_NUMBER, "high"),
    }


def test_parquet_of_lists_is_refused():
    table = table_of(made(2), pa.array([1, 2]))
    nested = table.set_column(1, "open", pa.array([[1.0], [2.0]]))

    with pytest.raises(FileError, match="the column open holds no plain values"):
        read(parquet_of(nested))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(tabular, "MOST_ROWS", 9)

    for raw in (csv_of(made(10)), parquet_of(table_of(made(10), made(10).time))):
        with pytest.raises(FileError, match="more than 9 rows"):
            read(raw)
