"""A run as its chart shows it."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.drawing import MOST_TRADES, View, bars_in, draw
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.record import Reason, Trades
from tests.backtesting.candles_for import START, walk
from tests.backtesting.records import HOUR, record

PARTS = ("open", "high", "low", "close", "volume")


def trades(*rows):
    """Return trades of (side, entry, exit, profit, reason)."""
    columns = dict(
        zip(
            ("side", "entry", "exit", "profit", "reason"),
            zip(*rows, strict=True),
            strict=True,
        )
    )
    ones = dict.fromkeys(Trades.__dataclass_fields__, np.ones(len(rows)))
    known = {name: np.array(column) for name, column in columns.items()}
    return Trades(**ones | {"symbol": np.zeros(len(rows), dtype=np.int64)} | known)


@pytest.fixture
def run():
    """100 hours, with a trade that won, one that lost, and one still open."""
    signal, still = Reason.SIGNAL, Reason.OPEN
    made = trades(
        (1, 3, 10, 5.0, signal), (-1, 40, 60, -5.0, signal), (1, 90, 99, 1.0, still)
    )
    return replace(record(bars=100), trades=made, equity=1e4 + np.arange(100.0) % 37)


def test_every_bar_is_drawn_where_there_is_room(run):
    candles = walk(100)
    told = draw(run, [candles[:30], candles[30:30], candles[30:]], View())

    assert told["time"] == run.time.tolist()
    assert told["step"] == HOUR
    assert told["whole"] == [START, START + 100 * HOUR]
    assert told["equity"] == pytest.approx(run.equity.tolist())
    assert told["drawdown"] == pytest.approx(drawdown_curve(run).tolist())
    assert told["held"][0] == run.initial
    for name in PARTS:
        assert told[name] == pytest.approx(getattr(candles, name).tolist())


def test_less_room_keeps_the_deepest_drawdown_and_the_highest_equity(run):
    told = draw(run, [walk(100)], View(points=10))

    assert len(told["time"]) == 9
    assert told["step"] == 12 * HOUR
    assert min(told["drawdown"]) == pytest.approx(drawdown_curve(run).min())
    assert max(told["equity"]) == run.equity.max()
    assert told["equity"][-1] == run.equity[-1]


def test_a_range_has_its_bars_and_the_trades_that_are_open_in_it(run):
    told = draw(run, [walk(100)], View(START + 50 * HOUR, START + 95 * HOUR))

    assert (told["time"][0], len(told["time"])) == (START + 50 * HOUR, 45)
    assert told["trades"] == [
        (1, -1, START + 40 * HOUR, START + 60 * HOUR, -1, False),
        (2, 1, START + 90 * HOUR, START + 99 * HOUR, 1, True),
    ]
    assert draw(run, None, View(START + 61 * HOUR, START + 80 * HOUR))["trades"] == []


def test_other_candles_than_the_runs_are_not_drawn(run):
    holed, whole = walk(100, without=[50]), walk(100)
    for candles in (None, [], [walk(99)], [holed], [walk(0)], [whole[50:]]):
        told = draw(run, candles, View())
        assert "open" not in told
        assert told["close"] == pytest.approx(run.benchmark.tolist())


def test_a_trade_that_was_even_is_neither_won_nor_lost(run):
    told = draw(
        replace(run, trades=trades((1, 3, 9, 0.0, Reason.SIGNAL))), None, View()
    )
    assert [each[4] for each in told["trades"]] == [0]


def test_longer_bars_are_those_of_the_clock_after_a_gap(run):
    kept = np.setdiff1d(np.arange(100), range(30, 37))
    columns = ("time", "equity", "exposure", "benchmark")
    holed = replace(run, **{each: getattr(run, each)[kept] for each in columns})
    holed = replace(holed, trades=trades((1, 3, 10, 5.0, Reason.SIGNAL)))

    told = draw(holed, [walk(100)], View(points=10))

    assert told["step"] == 12 * HOUR
    assert [(at - START) // HOUR for at in told["time"]] == [
        0, 12, 24, 37, 48, 60, 72, 84, 96
    ]  # fmt: skip
    assert len(told["open"]) == len(told["time"])


def test_trades_that_cannot_be_told_apart_are_counted_instead(run):
    many = MOST_TRADES + 1
    crowd = trades(*[(1, 0, 5, 1.0, Reason.SIGNAL)] * many)
    told = draw(replace(run, trades=crowd), None, View())
    assert (told["trades"], told["too_many"]) == ([], many)


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        (None, None, (0, 100)),
        (START - HOUR, START, (0, 1)),
        (START + 200 * HOUR, None, (99, 100)),
        (START + 5 * HOUR, START + 5 * HOUR, (5, 6)),
        (START + 5 * HOUR + 1, START + 8 * HOUR, (6, 8)),
    ],
)
def test_a_range_holds_one_bar_at_least(run, start, end, rows):
    assert bars_in(run.time, start, end) == rows
