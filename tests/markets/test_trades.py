"""Files of trades: read, inspected, and turned to candles."""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.markets.imports.ordering import SpanError
from abtpro_saas.markets.inspection.reading import read_file
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.inspection.trades import inspect_rows, inspect_trades
from tests.markets.conftest import HOUR, MINUTE, NEW_YEAR_2023, NOW, rows
from tests.markets.importing import Desk

HEADER = "timestamp,price,amount,side\n"


def at(minute, second=0.0):
    return NEW_YEAR_2023 + round(minute * MINUTE + second * 1000)


def csv_of(*trades):
    """Return the file of trades, each (time, price, amount)."""
    lines = (",".join([*map(str, trade), "buy"]) for trade in trades)
    return (HEADER + "\n".join(lines) + "\n").encode()


def candles_of(raw, covered=None, step=MINUTE):
    file = read_file(io.BytesIO(raw), "BTC/USDT", step)
    return inspect_rows(file, "BTC/USDT", step, NOW, covered)


FOUR = (
    (at(0), 100.0, 1.0),
    (at(0, 59.999), 110.0, 2.0),
    (at(1, 1), 90.0, 0.5),
    (at(1, 30), 95.0, 0.25),
)
TWO_MINUTES = (at(0), at(2))


def test_trades_become_candles():
    found = candles_of(csv_of(*FOUR), TWO_MINUTES)

    assert rows(found.candles) == [
        (at(0), 100.0, 110.0, 100.0, 110.0, 3.0),
        (at(1), 90.0, 95.0, 90.0, 95.0, 0.75),
    ]
    assert (found.trades, found.quarantined) == (4, 0)


def test_a_candle_that_may_lack_trades_is_left_out():
    begun = ((at(-1, 30), 99.0, 1.0), *FOUR)

    found = candles_of(csv_of(*begun))

    assert found.candles.time.tolist() == [at(0)]  # neither the first nor the last


def test_what_begins_and_ends_a_candle_is_a_whole_one():
    whole = ((at(0), 100.0, 1.0), (at(0, 59.999), 110.0, 2.0))

    assert candles_of(csv_of(*whole)).candles.time.tolist() == [at(0)]


def test_a_minute_without_a_trade_is_a_gap():
    found = candles_of(csv_of(FOUR[0], (at(2), 90.0, 1.0)), (at(0), at(3)))

    assert found.candles.time.tolist() == [at(0), at(2)]


def test_trades_that_cannot_be_true_are_put_aside_by_name():
    raw = csv_of(
        *FOUR,
        (at(1, 31), -1.0, 1.0),
        (at(1, 32), 90.0, 0),
        (at(1, 33), "inf", 1.0),
        (at(1, 34), "free", 1.0),
        (at(1, 35), 1e300, 1.0),
        (at(1, 36), 1e-320, 1.0),
        ("soon", 90.0, 1.0),
    )

    found = candles_of(raw, TWO_MINUTES)

    assert dict(found.put_aside) == {
        "not_a_time": 1,
        "not_a_number": 1,
        "not_finite": 1,
        "not_positive": 2,
        "out_of_range": 2,
    }
    assert [(each.row, each.reason) for each in found.aside][-1] == (11, "not_a_time")
    assert len(found.candles) == 2


def test_equal_trades_all_count_and_order_is_restored():
    raw = csv_of(FOUR[1], FOUR[1], FOUR[0])

    found = candles_of(raw, (at(0), at(1)))

    assert found.candles.volume.tolist() == [5.0]
    assert found.candles.open.tolist() == [100.0]
    assert found.reordered == 1


def test_trades_of_another_time_are_put_aside_and_not_used():
    other = ((at(-1), 99.0, 1.0), (at(2), 98.0, 1.0), (NOW, 97.0, 1.0))

    found = candles_of(csv_of(*FOUR, *other), TWO_MINUTES)

    assert dict(found.put_aside) == {"out_of_span": 2, "to_come": 1}
    assert found.aside[0].found == "price 99, amount 1"
    assert found.findings()["trades"] == 4
    assert found.candles.volume.tolist() == [3.0, 0.75]


def test_trades_that_are_to_come_are_put_aside_without_a_span_too():
    found = candles_of(csv_of(*FOUR, (at(2), 91.0, 1.0), (NOW, 97.0, 1.0)))

    assert dict(found.put_aside) == {"to_come": 1}
    assert found.candles.time.tolist() == [at(0), at(1)]


def test_trades_of_a_candle_that_may_lack_others_are_not_counted_as_used():
    begun = ((at(-1, 30), 99.0, 1.0), *FOUR)

    told = candles_of(csv_of(*begun)).findings()

    assert (told["trades"], told["cut"], told["quarantined"]) == (2, 3, 0)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e300])
def test_a_time_that_is_no_number_costs_its_row(odd):
    columns = {"timestamp": [float(at(0)), odd], "price": [1.0, 2.0], "amount": [1, 1]}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)

    assert list(read_file(io.BytesIO(file.getvalue()), "A/B", MINUTE).unread) == [1]


@pytest.mark.parametrize("time", ["2023-01-01T00:00:00.000999Z", f"{at(0)}"])
def test_finer_times_are_rounded_down(time):
    raw = csv_of((time, 100.0, 1.0), (at(0, 59.999), 110.0, 2.0))

    assert candles_of(raw, (at(0), at(1))).candles.time.tolist() == [at(0)]


def test_parquet_with_nanoseconds_is_read():
    stamps = np.array([at(0), at(0, 30)], dtype="datetime64[ms]")
    table = pa.table(
        {
            "Price": [1.5, 2.5],
            "AMOUNT": [1.0, 1.0],
            "timestamp": pa.array(stamps.astype("datetime64[ns]")),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)

    found = candles_of(file.getvalue(), (at(0), at(1)))

    assert rows(found.candles) == [(at(0), 1.5, 2.5, 1.5, 2.5, 2.0)]


def test_a_file_with_all_columns_holds_candles():
    raw = b"timestamp,open,high,low,close,volume,price,amount\n"
    raw += f"{at(0)},1,2,0.5,1.5,10,7,8\n".encode()

    found = candles_of(raw)

    assert rows(found.candles) == [(at(0), 1.0, 2.0, 0.5, 1.5, 10.0)]
    assert found.trades is None


def test_a_span_is_for_trades_alone():
    raw = b"timestamp,open,high,low,close,volume\n" + f"{at(0)},1,2,1,1,1\n".encode()

    with pytest.raises(FileError, match="files of trades"):
        candles_of(raw, TWO_MINUTES)


def test_a_file_of_something_else_names_what_is_missing():
    with pytest.raises(FileError, match="there is no column open"):
        candles_of(b"timestamp,price\n1,2\n")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20 * MINUTE - 1), st.floats(1, 9), st.integers(1, 1000)
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from([MINUTE, 5 * MINUTE]),
)
def test_nothing_is_lost_or_added(trades, step):
    raw = csv_of(*((at(0) + time, price, amount) for time, price, amount in trades))
    file = read_file(io.BytesIO(raw), "BTC/USDT", step)

    found = inspect_trades(file, "BTC/USDT", step, NOW, (at(0), at(20))).candles

    assert found.volume.sum() == sum(amount for *_, amount in trades)
    prices = [price for _, price, _ in trades]
    assert (found.high.max(), found.low.min()) == (max(prices), min(prices))
    assert set((found.time - at(0)).tolist()) == {t // step * step for t, *_ in trades}


@pytest.fixture
def desk(engine, tenant, user, tmp_path):
    return Desk(engine, tenant, user(), str(tmp_path / "data"))


def test_an_import_of_trades_is_a_series_that_says_so(desk):
    row = desk.finish(desk.bring(csv_of(*FOUR, (at(2), 91.0, 1.0))))

    series = desk.series(exchange="mine")
    assert (row.status, row.rows) == ("COMPLETED", 2)
    assert (row.findings["trades"], row.findings["cut"]) == (4, 1)
    assert series.passport["source"] == "Trades of a file that was brought"
    assert series.passport["trades"] == 4
    assert desk.left() == []


def test_what_a_file_covers_is_kept_with_the_import(desk):
    start = datetime(2023, 1, 1, tzinfo=UTC)
    covered = (start, start + timedelta(hours=1))

    row = desk.finish(desk.bring(csv_of(*FOUR), covered=covered))

    assert (row.starts_at, row.ends_at) == covered
    assert desk.candles(MINUTE, exchange="mine").time.tolist() == [at(0), at(1)]


def test_days_that_follow_one_another_join_without_a_gap(desk):
    start = datetime(2023, 1, 1, tzinfo=UTC)
    for day in range(2):
        first = round((start.timestamp() + day * 86_400) * 1000)
        raw = csv_of(*((first + hour * HOUR + 5, 9.0, 1.0) for hour in range(24)))
        covered = (start + timedelta(days=day), start + timedelta(days=day + 1))
        desk.finish(desk.bring(raw, timeframe="1h", covered=covered))

    series = desk.series(exchange="mine", timeframe="1h")
    assert (series.rows, series.passport["gap_count"]) == (48, 0)


def test_an_empty_span_is_refused(desk):
    start = datetime(2023, 1, 1, tzinfo=UTC)
    with pytest.raises(SpanError):
        desk.bring(csv_of(*FOUR), covered=(start, start))
