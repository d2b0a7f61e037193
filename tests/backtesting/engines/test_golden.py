"""Scenarios computed by hand."""

from math import sqrt

import numpy as np
import pytest

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    Costs,
    FillAt,
    Market,
    Setup,
    Slippage,
    SlippageModel,
    UnsupportedError,
)
from abtpro_saas.performance.record import Reason
from tests.backtesting.engines.worlds import Given, candles_of, flat, signals_at

CAPITAL = 1_000.0


def run(bars, signals, **setup):
    """Run over (open, high, low, close) of each candle."""
    candles = candles_of(*zip(*bars, strict=True))
    return over(candles, signals, **setup)


def over(candles, signals, **setup):
    return CompiledEngine().run(
        [candles], Given(signals), {}, Setup(initial_capital=CAPITAL, **setup)
    )


def only(record):
    """Return the one trade as a dict."""
    assert len(record.trades) == 1
    names = record.trades.__dataclass_fields__
    return {name: getattr(record.trades, name)[0] for name in names}


def near(number):
    return pytest.approx(number, rel=1e-8, abs=1e-8)


QUIET = (100, 100, 100, 100)


def test_all_in_pays_the_fee_out_of_the_capital():
    record = run(
        [QUIET, QUIET, (110, 110, 110, 110), (110, 110, 110, 110)],
        signals_at(4, [0], [1]),
        costs=Costs(taker=0.001),
    )
    trade = only(record)
    units = CAPITAL / 100.1
    assert trade["size"] == near(units)
    assert trade["fees"] == near(units * 0.1 + units * 0.11)
    assert trade["profit"] == near(units * 10 - units * 0.21)
    assert (trade["entry"], trade["exit"]) == (1, 2)
    assert record.equity.tolist() == [
        CAPITAL,
        near(units * 100),
        near(units * 110 * 0.999),
        near(units * 110 * 0.999),
    ]
    assert record.exposure.tolist() == [0, near(units * 100), 0, 0]


def test_a_gap_through_the_stop_fills_at_the_open():
    bars = [QUIET, QUIET, (90, 92, 85, 91), (91, 91, 91, 91)]
    trade = only(run(bars, signals_at(4, [0], stop_loss=0.05)))
    assert trade["exit_price"] == 90
    assert trade["reason"] == Reason.STOP_LOSS
    assert trade["mae"] == near(-0.10)  # not the low: it was over at the open
    assert trade["profit"] == near(-100)


def test_a_stop_within_the_candle_fills_at_its_price():
    bars = [QUIET, QUIET, (99, 101, 90, 92)]
    trade = only(run(bars, signals_at(3, [0], stop_loss=0.05)))
    assert trade["exit_price"] == near(95)
    assert (trade["mae"], trade["mfe"]) == (near(-0.05), 0)


def test_of_stop_and_target_in_one_candle_the_stop_comes_first():
    bars = [QUIET, QUIET, (100, 120, 80, 110)]
    trade = only(run(bars, signals_at(3, [0], stop_loss=0.05, take_profit=0.05)))
    assert (trade["reason"], trade["exit_price"]) == (Reason.STOP_LOSS, near(95))


def test_a_target_that_the_open_is_beyond_comes_before_the_stop():
    bars = [QUIET, QUIET, (108, 120, 80, 110)]
    signals = signals_at(3, [0], stop_loss=0.05, take_profit=0.05)
    trade = only(run(bars, signals, costs=Costs(maker=0.001, taker=0.002)))
    units = CAPITAL / 100.2
    assert (trade["reason"], trade["exit_price"]) == (Reason.TAKE_PROFIT, 108)
    assert trade["fees"] == near(units * 0.2 + units * 0.108)  # taker, then maker


def test_a_stop_holds_on_the_entry_s_own_candle():
    bars = [QUIET, (100, 101, 94, 99), QUIET]
    trade = only(run(bars, signals_at(3, [0], stop_loss=0.05)))
    assert (trade["entry"], trade["exit"]) == (1, 1)
    assert trade["exit_price"] == near(95)


def test_slippage_worsens_market_orders_and_stops_but_no_target():
    slippage = Costs(slippage=Slippage(SlippageModel.FIXED, 0.01))
    bars = [QUIET, QUIET, (100, 100, 90, 92)]
    stopped = only(run(bars, signals_at(3, [0], stop_loss=0.05), costs=slippage))
    assert stopped["entry_price"] == near(101)
    assert stopped["exit_price"] == near(101 * 0.95 * 0.99)
    assert stopped["slippage"] == near(stopped["size"] * (1 + 101 * 0.95 * 0.01))
    bars = [QUIET, QUIET, (100, 130, 100, 120)]
    aimed = only(run(bars, signals_at(3, [0], take_profit=0.1), costs=slippage))
    assert aimed["exit_price"] == near(111.1)
    assert aimed["slippage"] == near(aimed["size"])


def test_a_trailing_stop_moves_with_finished_candles_alone():
    bars = [QUIET, (100, 120, 99, 118), (118, 130, 109, 125), (125, 125, 116, 116)]
    trade = only(run(bars, signals_at(4, [0], trailing=0.1)))
    # 108 after the first, 117 after the second; the 109 of the second is above 108.
    assert (trade["exit"], trade["exit_price"]) == (3, near(117))
    assert trade["reason"] == Reason.TRAILING_STOP
    assert trade["mfe"] == near(0.3)


@pytest.mark.parametrize(
    ("model", "value", "worse"),
    [
        (SlippageModel.SPREAD, 0.02, 0.01),
        (SlippageModel.VOLUME_SHARE, 0.1, 0.1 * 0.25**2),
        (SlippageModel.SQUARE_ROOT, 0.1, 0.1 * sqrt(0.25)),
    ],
)
def test_impact_grows_with_the_share_in_the_candle_s_volume(model, value, worse):
    candles = flat([100.0] * 3, volumes=[1, 40, 1])
    costs = Costs(slippage=Slippage(model, value))
    trade = only(over(candles, signals_at(3, [0]), costs=costs))
    # 1000 are 10 units at 100: a quarter of 40.
    assert trade["entry_price"] == near(100 * (1 + worse))


def test_an_order_under_the_least_value_is_skipped_and_counted():
    market = Market(least_value=1_000.01)
    record = over(flat([100.0] * 5), signals_at(5, [0, 2]), market=market)
    assert len(record.trades) == 0
    assert record.rejected == 2
    assert (record.equity == CAPITAL).all()


def test_sizes_round_down_and_prices_to_the_worse_tick():
    market = Market(price_tick=0.5, size_step=0.1)
    costs = Costs(slippage=Slippage(SlippageModel.FIXED, 0.001))
    bars = [QUIET, QUIET, (90.2, 90.2, 90.2, 90.2), QUIET]
    trade = only(run(bars, signals_at(4, [0], [1]), market=market, costs=costs))
    assert trade["entry_price"] == near(100.5)  # 100.1, up
    assert trade["size"] == near(9.9)  # 9.950...
    assert trade["exit_price"] == near(90.0)  # 90.1098, down


def test_an_opposite_signal_turns_the_position():
    candles = flat([100.0, 100.0, 100.0, 80.0, 80.0])
    signals = signals_at(5, [0], enter_short=[1], leave_short=[2])
    trades = over(candles, signals, shorts=True).trades
    assert trades.side.tolist() == [1, -1]
    assert trades.reason.tolist() == [Reason.REVERSED, Reason.SIGNAL]
    assert trades.exit.tolist() == [2, 3]
    assert trades.profit.tolist() == [near(0), near(200)]


def test_a_short_ends_where_nothing_is_left():
    bars = [QUIET, QUIET, (150, 230, 140, 210), (210, 210, 210, 210)]
    signals = signals_at(4, [], enter_short=[0], leave_short=[])
    record = run(bars, signals, shorts=True, costs=Costs(taker=0.01))
    trade = only(record)
    units = CAPITAL / 101
    ruin = (CAPITAL + units * 99) / (units * 1.01)
    assert (trade["reason"], trade["exit_price"]) == (Reason.LIQUIDATION, near(ruin))
    assert 0 <= record.equity[-1] < 1e-9
    assert trade["profit"] == near(-CAPITAL)


def test_a_gap_beyond_the_ruin_takes_no_more_than_there_is():
    bars = [QUIET, QUIET, QUIET, (300, 300, 300, 300)]
    signals = signals_at(4, [], enter_short=[0], leave_short=[2])
    record = run(bars, signals, shorts=True)
    trade = only(record)
    assert (trade["reason"], trade["exit_price"]) == (Reason.LIQUIDATION, near(200))
    assert record.equity[-1] == near(0)


def test_a_stop_before_the_ruin_saves_the_rest():
    bars = [QUIET, QUIET, (120, 300, 110, 250)]
    signals = signals_at(3, [], enter_short=[0], leave_short=[], stop_loss=0.5)
    trade = only(run(bars, signals, shorts=True))
    assert (trade["reason"], trade["exit_price"]) == (Reason.STOP_LOSS, near(150))


def test_an_order_of_the_last_candle_vanishes():
    record = over(flat([100.0] * 3), signals_at(3, [2]))
    assert len(record.trades) == 0


def test_an_open_position_is_marked_without_a_fee():
    bars = [QUIET, QUIET, (100, 125, 100, 120)]
    trade = only(run(bars, signals_at(3, [0]), costs=Costs(taker=0.01)))
    units = CAPITAL / 101
    assert (trade["reason"], trade["exit"]) == (Reason.OPEN, 2)
    assert trade["exit_price"] == 120
    assert trade["profit"] == near(units * 20 - units)


def test_filled_at_the_close_a_stop_begins_with_the_next_candle():
    bars = [(100, 110, 80, 100), (99, 99, 94, 98), (98, 98, 98, 98)]
    signals = signals_at(3, [0], stop_loss=0.05)
    trade = only(run(bars, signals, fill_at=FillAt.CLOSE))
    assert (trade["entry"], trade["exit"]) == (0, 1)
    assert (trade["mae"], trade["mfe"]) == (near(-0.05), 0)


def test_drawdown_is_seen_while_a_position_is_open():
    """Closed trades know no loss here, and yet a fifth was gone."""
    candles = flat([100.0, 100.0, 80.0, 100.0, 101.0, 101.0])
    record = over(candles, signals_at(6, [0], [3]))
    peak = np.maximum.accumulate(record.equity)
    assert (record.trades.profit > 0).all()
    assert (1 - record.equity / peak).max() == near(0.2)


def test_half_the_equity_leaves_half_the_cash():
    signals = signals_at(3, [0], size=0.5)
    trade = only(over(flat([100.0] * 3), signals, fraction=0.5))
    assert trade["size"] == near(2.5)


def test_decisions_begin_when_the_warm_up_has_closed():
    candles, signals = flat([100.0] * 6), signals_at(6, range(6))
    record = CompiledEngine().run([candles], Given(signals, 3), {}, Setup())
    assert record.trades.entry.tolist() == [3]


@pytest.mark.parametrize(
    "wish",
    [{"size": 1.5}, {"size": -0.1}, {"stop_loss": -0.1}, {"stop_loss": 1.0}],
)
def test_a_size_or_stop_out_of_range_is_refused_with_its_candle(wish):
    with pytest.raises(UnsupportedError, match="candle 1"):
        over(flat([100.0] * 4), signals_at(4, [1], **wish))


def test_signals_of_another_length_are_refused():
    with pytest.raises(UnsupportedError, match="shape"):
        over(flat([100.0] * 4), signals_at(5, [1]))


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_prices_that_are_none_are_refused(price):
    with pytest.raises(UnsupportedError, match="above zero"):
        over(flat([100.0, price, 100.0]), signals_at(3, [0]))


@pytest.mark.parametrize(
    "setup",
    [{"fraction": 1.1}, {"fraction": 0.0}, {"costs": Costs(taker=float("nan"))}],
)
def test_a_setup_that_makes_no_sense_is_refused(setup):
    with pytest.raises(UnsupportedError):
        over(flat([100.0] * 3), signals_at(3, [0]), **setup)


def test_the_same_inputs_give_the_same_bytes():
    candles, signals = flat([100.0, 101.0] * 50), signals_at(100, range(0, 99, 7), [50])
    one, two = (over(candles, signals, costs=Costs(taker=0.001)) for _ in range(2))
    assert one.equity.tobytes() == two.equity.tobytes()
    assert one.trades.profit.tobytes() == two.trades.profit.tobytes()


def test_a_sweep_gives_what_single_runs_give_in_their_order():
    engine, candles = CompiledEngine(), flat([100.0, 110.0] * 20)
    strategy = Given(signals_at(40, range(0, 39, 3), range(1, 39, 4)))
    single = engine.run([candles], strategy, {}, Setup()).equity[-1]
    grid = [{}] * 8
    ends = engine.sweep([candles], strategy, grid, Setup(), lambda r: r.equity[-1])
    assert ends == [single] * 8
