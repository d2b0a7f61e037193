"""Many symbols on one pool of cash, against the slow one and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
    UnsupportedError,
)
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.strategies import WeightStrategy
from tests.backtesting.engines.worlds import (
    Given,
    flat,
    markets,
    noise,
    setups,
    walk,
)
from tests.backtesting.reference.pool import Pool

ENGINE = CompiledEngine()
NAN = float("nan")


class Divided(WeightStrategy):
    """Weights as the test says."""

    name = "DIVIDED"

    def __init__(self, weights, warm_up=0):
        self._weights, self._warm_up = np.asarray(weights, np.float64), warm_up

    def warm_up(self, _values):
        return self._warm_up

    def weights(self, _market, _values):
        return self._weights


def run(market, weights, setup, warm_up=0):
    return ENGINE.run(market, Divided(weights, warm_up), {}, setup)


@st.composite
def worlds(draw):
    """Draw two or three symbols of one length, and weights that sum to 1 at most."""
    count, whole = draw(st.integers(1, 3)), draw(markets(20))
    market = [whole]
    for n in range(1, count):
        turned = [np.roll(c, n) for c in (whole.open, whole.high, whole.low)]
        shifted = np.roll(whole.close, n)
        market.append(
            type(whole)(f"S{n}", 60_000, whole.time, *turned, shifted, whole.volume)
        )
    some = st.sampled_from([NAN, -1.0, -0.5, -0.2, 0.0, 1e-13, 0.1, 0.3, 0.5, 1.0])
    rows = [[draw(some) / count for _ in market] for _ in range(len(whole))]
    return market, rows


@st.composite
def pooled(draw):
    """Draw a setup, now and then in parts by volume, or with fees in coins."""
    setup = draw(setups())
    share = draw(st.sampled_from([0.0, 0.0, 0.05, 0.5]))
    setup = replace(setup, market=replace(setup.market, participation=share))
    if not draw(st.booleans()):
        return setup
    costs = replace(setup.costs, fee_in=FeeIn.BASE)
    return replace(setup, costs=costs, shorts=False)


@given(worlds(), pooled(), st.integers(0, 4))
@settings(max_examples=300, deadline=None)
def test_every_market_and_weights_give_the_reference_s_trades(world, setup, warm_up):
    market, rows = world
    record = run(market, rows, setup, warm_up)
    expected = Pool(market, rows, setup, max(warm_up - 1, 0)).run()
    capital, trades = setup.initial_capital, record.trades
    assert record.equity.min() >= -1e-9 * capital
    assert record.rejected == expected.rejected
    for name in ("symbol", "side", "entry", "exit"):
        theirs = [getattr(trip, name) for trip in expected.done]
        assert getattr(trades, name).tolist() == theirs
    assert [Reason(r).name for r in trades.reason] == [t.reason for t in expected.done]
    for name in ("entry_price", "exit_price", "size", "profit", "fees", "slippage"):
        theirs = [getattr(trip, name) for trip in expected.done]
        np.testing.assert_allclose(
            getattr(trades, name), theirs, 1e-10, 1e-11 * capital, err_msg=name
        )
    np.testing.assert_allclose(trades.mae, [t.worst for t in expected.done], 1e-9, 1e-9)
    np.testing.assert_allclose(trades.mfe, [t.best for t in expected.done], 1e-9, 1e-9)
    np.testing.assert_allclose(record.equity, expected.equity, 1e-11, 1e-11 * capital)
    np.testing.assert_allclose(
        record.exposure, expected.exposure, 1e-11, 1e-11 * capital
    )


@given(st.integers(0, 99), st.sampled_from(FillAt))
@settings(max_examples=30, deadline=None)
def test_all_or_nothing_in_one_symbol_trades_as_signals_do(seed, fill_at):
    candles, signals = walk(300, seed), noise(300, seed)
    weights = np.where(signals.enter, 1.0, np.where(signals.leave, 0.0, NAN))
    both = signals.enter & signals.leave
    signals.leave[both] = signals.enter[both] = False
    weights[both] = NAN
    setup = Setup(fill_at=fill_at, costs=Costs(taker=0.001))
    ours = run([candles], weights[:, None], setup)
    theirs = ENGINE.run([candles], Given(signals), {}, setup)

    assert np.array_equal(ours.trades.entry, theirs.trades.entry)
    assert np.array_equal(ours.trades.exit, theirs.trades.exit)
    np.testing.assert_allclose(ours.equity, theirs.equity, 1e-12)


def test_a_sale_pays_for_a_purchase_of_the_same_candle():
    market = [flat([10.0, 10.0, 20.0, 20.0]), flat([5.0] * 4, symbol="ETH/USDT")]
    weights = [[1.0, 0.0], [0.5, 0.5], [NAN, NAN], [NAN, NAN]]
    setup = Setup(initial_capital=1_000.0, costs=Costs(taker=0.001))
    record = run(market, weights, setup)

    bought = 1_000 / (10 * 1.001)
    worth = bought * 20
    sold = bought / 2
    cash = sold * 20 * 0.999
    assert record.trades.size == pytest.approx([bought, cash / (5 * 1.001)])
    assert record.trades.fees == pytest.approx(
        [bought * 0.01 + sold * 0.02, cash / 1.001 * 0.001]
    )
    assert record.equity[-1] == pytest.approx(worth / 2 + cash / 1.001)


def test_too_little_cash_is_shared_in_proportion():
    market = [flat([10.0] * 3), flat([5.0] * 3, symbol="ETH/USDT")]
    setup = Setup(initial_capital=1_000.0, costs=Costs(taker=0.01))
    record = run(market, [[0.75, 0.25], [NAN, NAN], [NAN, NAN]], setup)

    values = record.trades.size * record.trades.entry_price
    assert values == pytest.approx([750 / 1.01, 250 / 1.01])


def test_a_trip_of_several_fills_has_average_prices():
    market = [flat([10.0, 10.0, 20.0, 40.0, 40.0])]
    setup = Setup(initial_capital=1_000.0, shorts=True)
    weights = [[0.5], [0.5], [0.0], [NAN], [NAN]]
    trades = run(market, weights, setup).trades

    # 50 at 10 are 1000 of 1500 at 20: 12.5 go at 20, the others at 40.
    assert trades.size.tolist() == [50]
    assert trades.entry_price.tolist() == [10]
    assert trades.exit_price == pytest.approx([(12.5 * 20 + 37.5 * 40) / 50])
    assert trades.profit == pytest.approx([12.5 * 10 + 37.5 * 30])
    assert trades.reason.tolist() == [Reason.REBALANCED]


def test_an_order_under_the_venue_s_least_is_skipped_and_counted():
    setup = Setup(initial_capital=1_000.0, market=Market(least_value=400.0))
    market = [flat([10.0] * 4), flat([5.0] * 4, symbol="ETH/USDT")]
    record = run(market, [[0.7, 0.3], *[[NAN, NAN]] * 3], setup)

    assert record.trades.symbol.tolist() == [0]
    assert record.rejected == 1


def test_a_pool_that_is_worth_nothing_is_liquidated():
    market = [flat([10.0, 10.0, 15.0, 25.0, 10.0, 10.0])]
    setup = Setup(initial_capital=1_000.0, shorts=True)
    record = run(market, [[-1.0], *[[NAN]] * 3, [1.0], [NAN]], setup)

    assert record.trades.reason.tolist() == [Reason.LIQUIDATION]
    assert record.trades.exit.tolist() == [3]
    assert (record.exposure[3:] == 0).all()
    assert record.trades.exit_price == pytest.approx([20.0])
    assert record.equity[3:] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("fill_at", FillAt)
@pytest.mark.parametrize("high", [230.0, 199.5])
def test_a_short_loses_what_there_is_and_no_more_whatever_the_gap(fill_at, high):
    """At 199.5 there is something left, but not the fee of leaving."""
    setup = Setup(1_000.0, shorts=True, fill_at=fill_at, costs=Costs(taker=0.01))
    prices = [100.0, 100.0, *[high] * 4]
    weights = [[-1.0], [NAN], [0.0], [0.0], [-1.0], [NAN]]
    record = run([flat(prices)], weights, setup)
    metrics = measure(record)

    assert record.trades.reason.tolist() == [Reason.LIQUIDATION]
    assert record.trades.profit.tolist() == pytest.approx([-1_000.0])
    assert record.equity[-1] == pytest.approx(0.0, abs=1e-8)
    assert record.equity.min() >= 0.0
    assert metrics["total_return"].value == pytest.approx(-100.0)


def test_what_was_bought_pays_for_shorts_as_far_as_it_goes():
    """1,000 are there and a sale brings 300: 40 coins at 45 would cost 1,800."""
    market = [flat([100.0, 100.0, 75.0]), flat([10.0, 10.0, 45.0], symbol="ETH/USDT")]
    weights = [[0.4, -0.4], [NAN, NAN], [NAN, NAN]]
    record = run(market, weights, Setup(1_000.0, shorts=True))

    sold, bought = record.trades.exit_price[np.argsort(record.trades.symbol)]
    assert sold == 75.0
    assert bought == pytest.approx((1_000 + 300) / 40)
    assert set(record.trades.reason) == {Reason.LIQUIDATION}
    assert record.equity[-1] == pytest.approx(0.0, abs=1e-8)


def test_what_was_kept_with_money_of_others_leaves_no_debt():
    """Shorts that are bought back before what is held is sold take the cash below 0."""
    market = [flat([100.0, 100.0, 100.0, 1.0]), flat([1.0, 1.0, 2.2, 1.0], symbol="B")]
    weights = [[0.5, -0.5], [NAN, 0.0], [NAN, NAN], [NAN, NAN]]
    record = run(market, weights, Setup(1_000.0, shorts=True))

    assert record.equity[2] == pytest.approx(400.0)
    assert 0.0 <= record.equity[3] < 1e-8
    assert record.trades.exit_price == pytest.approx([2.2, 20.0])  # 5 for the 100


def test_dust_that_the_books_do_not_know_is_not_sold():
    """Else a sale of nothing would be a short of its own."""
    market = [flat([100.0] * 6)]
    record = run(market, [[1.0], [1e-13], [0.0], [NAN], [NAN], [NAN]], Setup())

    assert record.trades.side.tolist() == [1]
    assert record.trades.reason.tolist() == [Reason.REBALANCED]


def test_shorts_are_left_out_where_they_are_not_allowed():
    record = run([flat([10.0] * 4)], [[-0.5]] * 4, Setup())
    assert len(record.trades) == 0


def test_more_than_everything_is_refused():
    with pytest.raises(UnsupportedError, match="candle 1: no leverage"):
        run([flat([10.0] * 4)], [[1.0], [1.1], [1.0], [1.0]], Setup())


def test_symbols_of_other_times_are_refused():
    market = [flat([10.0] * 4), flat([10.0] * 5)]
    with pytest.raises(UnsupportedError, match="share their times"):
        run(market, [[0.5, 0.5]] * 4, Setup())


def test_a_rebalancing_takes_a_share_of_each_candle_s_volume():
    """A quarter of 8 is 2 units; the next row asks for the rest."""
    market = [flat([10.0] * 5, volumes=[8, 8, 8, 100, 8])]
    setup = Setup(initial_capital=100.0, market=Market(participation=0.25))
    record = run(market, [[1.0], [1.0], [1.0], [NAN], [NAN]], setup)

    assert record.exposure.tolist() == pytest.approx([0, 20, 40, 100, 100])


def test_weights_are_reached_where_the_fee_is_taken_in_coins():
    """50 are to be held: 50 / 0.99 are paid, and nothing is bought for rounding."""
    costs = Costs(taker=0.01, fee_in=FeeIn.BASE)
    record = run(
        [flat([10.0] * 4)], [[0.5]] * 4, Setup(initial_capital=100.0, costs=costs)
    )

    assert record.exposure[1] == pytest.approx(50.0)
    assert record.trades.fees[0] == pytest.approx(0.5 / 0.99, rel=0.02)


@pytest.mark.parametrize("setup", [Setup(margin=Margin()), Setup(funding=Funding())])
def test_pools_are_of_spot_markets(setup):
    with pytest.raises(UnsupportedError, match="spot"):
        run([flat([10.0] * 4)], [[0.5]] * 4, setup)
