"""backtrader and the compiled engine: the same trades, one by one."""

import numpy as np
import pytest

from abtpro_saas.backtesting.engines.bt import BacktraderEngine, Native
from abtpro_saas.backtesting.engines.cerebro.library import bt
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
from abtpro_saas.backtesting.strategies.catalogue import all_strategies, find_strategy
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.parameters import read_values
from abtpro_saas.plugins.api.strategies import SignalStrategy
from tests.backtesting.candles import real
from tests.backtesting.engines.worlds import Given, flat, noise, walk

COMPILED, BACKTRADER = CompiledEngine(), BacktraderEngine()
FEES = Costs(maker=0.001, taker=0.001)
BUILT_IN = [each.name for each in all_strategies() if isinstance(each, SignalStrategy)]
WORLDS = {
    "random": {},
    "rising": {"drift": 0.001},
    "falling": {"drift": -0.001},
    "gaps": {"gap": 0.03},
}


STOPPED = {Reason.STOP_LOSS, Reason.TAKE_PROFIT, Reason.TRAILING_STOP}
EAGER = {"BREAKOUT": {"volume_factor": 0.0}, "VWAP": {"deviation": 0.005}}
"""Values with which a strategy trades on a walk."""


def has_stops(strategy):
    return any(each.name == "stop_loss" for each in strategy.parameters)


def assert_same(market, strategy, values, setup):
    """Compare bars, prices, sizes, fees and reasons of all trades, and the equity."""
    ours = COMPILED.run(market, strategy, values, setup)
    theirs = BACKTRADER.run(market, strategy, values, setup)
    for name in ("side", "entry", "exit", "reason"):
        assert np.array_equal(getattr(ours.trades, name), getattr(theirs.trades, name))
    for name in ("entry_price", "exit_price", "size", "fees", "mae", "mfe"):
        np.testing.assert_allclose(
            getattr(ours.trades, name), getattr(theirs.trades, name), 1e-11, 1e-14
        )
    np.testing.assert_allclose(ours.equity, theirs.equity, 1e-9)
    np.testing.assert_allclose(ours.exposure, theirs.exposure, 1e-9, 1e-9)
    assert ours.rejected == theirs.rejected
    return ours


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_strategies_trade_alike(name, world):
    strategy, candles = find_strategy(name), walk(1_500, 7, **WORLDS[world])
    values = read_values(strategy.parameters, {})
    assert_same([candles], strategy, values, Setup(costs=FEES))


@pytest.mark.parametrize(
    "name", [name for name in BUILT_IN if has_stops(find_strategy(name))]
)
@pytest.mark.parametrize(
    "stops",
    [
        {"stop_loss": 0.01},
        {"take_profit": 0.02},
        {"trailing": 0.015},
        {"stop_loss": 0.02, "take_profit": 0.03, "trailing": 0.025},
    ],
    ids=" ".join,
)
def test_built_in_strategies_with_stops_of_their_own_trade_alike(name, stops):
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, EAGER.get(name, {}) | stops)
    record = assert_same([walk(1_500, 7)], strategy, values, Setup(costs=FEES))
    assert set(record.trades.reason) & STOPPED


@pytest.mark.parametrize("fast", [5, 20])
@pytest.mark.parametrize("shorts", [False, True])
def test_a_long_walk_through_many_crosses_ends_with_the_same_money(fast, shorts):
    strategy = find_strategy("SMA_CROSS")
    values = read_values(strategy.parameters, {"fast": fast, "slow": 50})
    setup = Setup(costs=FEES, shorts=shorts)
    record = assert_same([walk(20_000, 3, wild=0.002)], strategy, values, setup)
    assert len(record.trades) > 200


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"shorts": True},
        {"stop_loss": 0.01, "take_profit": 0.01},
        {"stop_loss": 0.02, "take_profit": 0.0, "size": 0.5},
        {"trailing": 0.015, "shorts": True},
        {"stop_loss": 0.03, "trailing": 0.02, "take_profit": 0.04, "shorts": True},
    ],
)
def test_random_signals_with_tight_stops_trade_alike(world, seed, wishes):
    candles = walk(800, seed, **WORLDS[world])
    setup = Setup(
        shorts="shorts" in wishes,
        costs=Costs(0.0002, 0.001, Slippage(SlippageModel.SPREAD, 0.001)),
        market=Market(price_tick=0.01, size_step=0.001, least_value=20.0),
    )
    assert_same([candles], Given(noise(800, seed, **wishes)), {}, setup)


@pytest.mark.parametrize(
    "file", ["binance_BTCUSDT_1h", "coinbase_BTCUSD_1d", "bybit_BTCUSDT_1m_20221213"]
)
@pytest.mark.parametrize("name", BUILT_IN)
def test_real_candles_are_traded_alike(name, file):
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, {})
    assert_same([real(file)], strategy, values, Setup(costs=FEES))


# Native classes


class Cross(bt.Strategy):
    """A class as its author wrote it: all-in is nothing that it knows."""

    params = (("fast", 5), ("slow", 20))

    def __init__(self):
        averages = bt.ind.SMA(period=self.p.fast), bt.ind.SMA(period=self.p.slow)
        self.cross = bt.ind.CrossOver(*averages)

    def next(self):
        if self.cross > 0 and not self.position:
            self.buy(size=2)
        elif self.cross < 0 and self.position:
            self.close()


def test_a_native_class_trades_at_the_candles_where_the_built_in_one_does():
    candles, built_in = walk(2_000, 1), find_strategy("SMA_CROSS")
    values = read_values(built_in.parameters, {"fast": 5, "slow": 20})
    ours = COMPILED.run([candles], built_in, values, Setup(costs=FEES))
    setup = Setup(initial_capital=1e6, costs=FEES)
    theirs = BACKTRADER.run([candles], Native(Cross), {"slow": 20}, setup)

    assert len(theirs.trades) > 20
    for name in ("entry", "exit", "entry_price", "exit_price", "mae", "mfe"):
        assert np.array_equal(getattr(ours.trades, name), getattr(theirs.trades, name))
    assert (theirs.trades.size == 2).all()
    earned = theirs.trades.profit.sum()
    assert theirs.equity[-1] == pytest.approx(1e6 + earned, rel=1e-12)


class Turner(bt.Strategy):
    """Turns from long to short with one order, and back."""

    def next(self):
        if len(self) == 2:
            self.buy(size=1)
        if len(self) == 4:
            self.sell(size=3)
        if len(self) == 6:
            self.close()


def test_one_order_that_turns_a_native_position_is_two_trades():
    candles = flat([10.0, 10.0, 11.0, 12.0, 14.0, 13.0, 9.0, 9.0])
    setup = Setup(costs=Costs(taker=0.01))
    trades = BACKTRADER.run([candles], Native(Turner), {}, setup).trades

    assert trades.side.tolist() == [1, -1]
    assert trades.entry.tolist() == [2, 4]
    assert trades.exit.tolist() == [4, 6]
    assert trades.size.tolist() == [1, 2]
    assert trades.profit == pytest.approx([3 - 0.11 - 0.14, 10 - 0.28 - 0.18])


class Bracket(bt.Strategy):
    """Two symbols, a limit order on the second."""

    def next(self):
        if len(self) == 1:
            self.buy(data=self.datas[1], size=1, price=9.0, exectype=bt.Order.Limit)


def test_native_limit_orders_pay_the_maker_s_fee():
    one, two = flat([5.0] * 4), flat([10.0, 10.0, 8.5, 8.0], symbol="ETH/USDT")
    setup = Setup(costs=Costs(0.01, 0.5, Slippage(SlippageModel.FIXED, 0.1)))
    record = BACKTRADER.run([one, two], Native(Bracket), {}, setup)

    assert record.trades.symbol.tolist() == [1]
    assert record.trades.entry_price.tolist() == [8.5]
    assert record.trades.fees == pytest.approx([0.085])
    assert record.trades.reason.tolist() == [Reason.OPEN]
    assert record.equity[-1] == pytest.approx(10_000 - 8.5 - 0.085 + 8.0)


# What backtrader cannot do


def test_too_few_candles_for_a_native_class_are_told():
    with pytest.raises(UnsupportedError, match="enough"):
        BACKTRADER.run([walk(10, 1)], Native(Cross), {"slow": 20}, Setup())


@pytest.mark.parametrize(
    "setup",
    [
        Setup(fill_at=FillAt.CLOSE),
        Setup(costs=Costs(slippage=Slippage(SlippageModel.VOLUME_SHARE, 0.1))),
        Setup(costs=Costs(slippage=Slippage(SlippageModel.SQUARE_ROOT, 0.1))),
    ],
)
def test_what_backtrader_cannot_express_is_refused(setup):
    with pytest.raises(UnsupportedError, match="backtrader"):
        BACKTRADER.run([walk(10, 1)], Given(noise(10, 1)), {}, setup)
