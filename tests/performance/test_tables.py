"""Tables by the calendar (UTC) and by what trades share."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.performance.arithmetic.calendar import last_bars, start_of
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Reason
from abtpro_saas.performance.tables import (
    Period,
    by_period,
    by_reason,
    by_side,
    by_symbol,
)
from tests.performance.records import BEGIN, DAY, HOUR, random_record, record

NAMES = {
    Period.DAY: "%Y-%m-%d",
    Period.WEEK: "%G-%V",
    Period.MONTH: "%Y-%m",
    Period.YEAR: "%Y",
}


def utc(instant):
    return datetime.fromtimestamp(instant / 1000, UTC)


@pytest.mark.parametrize("period", Period)
def test_profits_sum_and_returns_compound(period):
    account = random_record(1, bars=3_000, count=40, step=8 * HOUR)
    rows, value = by_period(account, period), measure(account)

    assert sum(row.profit for row in rows) == pytest.approx(value["net_profit"].value)
    growth = np.prod([1 + row.return_percent / 100 for row in rows])
    assert 100 * (growth - 1) == pytest.approx(value["total_return"].value)
    assert sum(row.trades for row in rows) == value["total_trades"].value
    assert sum(row.winning_trades for row in rows) == value["winning_trades"].value


@given(
    st.lists(st.integers(1, 40 * 24), min_size=1, max_size=60),
    st.integers(-20 * 365, 20 * 365),
    st.sampled_from(list(Period)),
)
@settings(max_examples=100, deadline=None)
def test_periods_are_the_calendars(gaps, day, period):
    time = BEGIN + day * DAY + HOUR * np.cumsum(np.array(gaps, np.int64))
    names = [utc(instant).strftime(NAMES[period]) for instant in time]

    last = [i for i, name in enumerate(names) if name not in names[i + 1 :]]
    assert last_bars(time, period).tolist() == last


def test_weeks_begin_on_mondays_months_on_the_first():
    instants = np.array([BEGIN, BEGIN + 40 * DAY + HOUR])

    starts = {p: [str(utc(t).date()) for t in start_of(instants, p)] for p in Period}
    assert starts == {
        Period.DAY: ["2023-01-01", "2023-02-10"],
        Period.WEEK: ["2022-12-26", "2023-02-06"],
        Period.MONTH: ["2023-01-01", "2023-02-01"],
        Period.YEAR: ["2023-01-01", "2023-01-01"],
    }


def test_a_row_of_a_month():
    equity = [100.0] * 30 + [110.0, 110.0, 99.0]
    account = record(equity, {"exit": 30, "profit": 5.0}, {"exit": 31, "profit": -5.0})

    january, february = by_period(account, Period.MONTH)
    assert january.starts_at == BEGIN
    assert (january.equity, january.profit) == (110, 10)
    assert january.return_percent == pytest.approx(10)
    assert (january.trades, january.winning_trades) == (1, 1)
    assert february.return_percent == pytest.approx(-10)
    assert (february.trades, february.winning_trades) == (1, 0)


@pytest.fixture
def mixed():
    account = record(
        [100.0] * 5,
        {"symbol": 1, "exit": 2, "profit": 10.0},
        {"exit": 3, "profit": -4.0, "side": -1, "reason": Reason.STOP_LOSS},
        {"symbol": 1, "exit": 4, "profit": 2.0, "reason": Reason.OPEN},
    )
    return replace(account, symbols=("BTC/USDT", "ETH/USDT", "BTC/THB"))


def test_the_best_symbol_comes_first(mixed):
    best, worst = by_symbol(mixed)

    assert (best.name, best.trades, best.profit) == ("ETH/USDT", 2, 12)
    assert best.average_percent == pytest.approx(6)
    assert best.average_seconds == 3 * 86_400
    assert (worst.name, worst.winning_trades, worst.profit) == ("BTC/USDT", 0, -4)


def test_sides_and_reasons(mixed):
    assert [(row.name, row.profit) for row in by_side(mixed)] == [
        ("long", 12),
        ("short", -4),
    ]
    assert [(row.name, row.trades) for row in by_reason(mixed)] == [
        ("open", 1),
        ("signal", 1),
        ("stop_loss", 1),
    ]


def test_without_trades_there_are_no_rows():
    quiet = record([100, 100])

    assert by_symbol(quiet) == by_side(quiet) == by_reason(quiet) == []
    assert [row.trades for row in by_period(quiet, Period.DAY)] == [0, 0]
