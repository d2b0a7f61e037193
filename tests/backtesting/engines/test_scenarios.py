"""Scenarios computed by hand, with their figures: each holds to 1e-8.

Candles are (open, high, low, close); the capital is 1,000, and all of it is committed
unless a scenario says otherwise. The signal is candle 0's, filled at the next open.
"""

import pytest

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    NOTHING,
    Beside,
    Costs,
    FeeIn,
    Funding,
    Margin,
    Market,
    Setup,
    Slippage,
    SlippageModel,
)
from abtpro_saas.performance.record import Reason
from tests.backtesting.engines.worlds import Given, candles_of, signals_at

QUIET = (100, 100, 100, 100)
EVERY_3_MINUTES = 0.05
"""Hours: with candles of minutes funding is due at the open of 0, 3, 6 and so on."""


def run(bars, signals, *, volumes=None, beside=NOTHING, **setup):
    candles = candles_of(*zip(*bars, strict=True), volumes)
    return CompiledEngine().run(
        [candles], Given(signals), {}, Setup(1_000.0, **setup), beside
    )


def trade_of(record):
    """Return the one trade as a dictionary."""
    assert len(record.trades) == 1
    names = record.trades.__dataclass_fields__
    return {name: getattr(record.trades, name)[0] for name in names}


def is_near(found, **figures):
    """Hold what was found against figures computed by hand."""
    ours = {name: found[name] for name in figures}
    assert ours == pytest.approx(figures, rel=1e-8, abs=1e-8)
    return True


def test_1_a_gap_through_a_stop_fills_at_the_open_with_slippage():
    """Enter at 100 x 1.01 = 101; units = 1000 / (101 x 1.001) = 9.89109900.

    The stop lies at 101 x 0.95 = 95.95; the candle opens at 90, below it: 90 x 0.99 =
    89.1. Fees: 0.001 x units x (101 + 89.1) = 1.88029792. Profit: units x (89.1 - 101)
    - fees = -117.70407810 - 1.88029792 = -119.58437602.
    """
    record = run(
        [QUIET, QUIET, (90, 92, 85, 91)],
        signals_at(3, [0], stop_loss=0.05),
        costs=Costs(0.0, 0.001, Slippage(SlippageModel.FIXED, 0.01)),
    )
    trade = trade_of(record)
    assert trade["reason"] == Reason.STOP_LOSS
    assert is_near(trade, size=9.8910990000, exit_price=89.1, fees=1.8802979199)
    assert is_near(trade, profit=-119.5843760200)


def test_2_of_stop_and_target_in_one_candle_the_stop_counts():
    """10 units at 100; stop 95, target 105, and the candle spans 90 to 110: -50."""
    record = run(
        [QUIET, QUIET, (100, 110, 90, 100)],
        signals_at(3, [0], stop_loss=0.05, take_profit=0.05),
    )
    assert is_near(trade_of(record), exit_price=95.0, profit=-50.0)
    assert record.inside.unclear == 1


def test_3_finer_candles_tell_which_came_first():
    """The same candle in halves: up to 110 first, down to 90 then: 10 x 5 = 50."""
    detail = candles_of(
        [100, 100, 100, 100, 100, 108],
        [100, 100, 100, 100, 110, 108],
        [100, 100, 100, 100, 99, 90],
        [100, 100, 100, 100, 108, 100],
    )
    halves = type(detail)(
        *("BTC/USDT", 30_000, detail.time // 2, detail.open, detail.high),
        *(detail.low, detail.close, detail.volume),
    )
    record = run(
        [QUIET, QUIET, (100, 110, 90, 100)],
        signals_at(3, [0], stop_loss=0.05, take_profit=0.05),
        detail_timeframe="30s",
        beside=Beside(halves),
    )
    assert is_near(trade_of(record), exit_price=105.0, profit=50.0)
    assert (record.inside.unclear, record.inside.coarse) == (0, 950.0)


def test_4_an_exit_goes_on_until_all_is_sold():
    """10 units; a quarter of 16 is 4 at 110, of 8 is 2 at 120, and 4 are left at 130.

    With a fee of 0.1 % they are 1000 / 100.1 = 9.99000999, so that 3.99000999 are left
    at 130, and the average is (440 + 240 + 518.7012987) / 9.99000999 = 119.99.
    Fees = 0.999000999 + 1.1987012987 = 2.1977022977. Profit = 1198.7012987 -
    999.000999 - 2.1977022977 = 197.5025974.
    """
    bars = [QUIET, QUIET, (110,) * 4, (120,) * 4, (130,) * 4]
    record = run(
        bars,
        signals_at(5, [0], [1]),
        volumes=[1, 1_000, 16, 8, 1_000],
        costs=Costs(taker=0.001),
        market=Market(participation=0.25),
    )
    trade = trade_of(record)
    assert (trade["entry"], trade["exit"]) == (1, 4)
    assert is_near(trade, size=9.99000999, exit_price=119.99)
    assert is_near(trade, fees=2.1977022977, profit=197.5025974026)


def test_5_an_entry_goes_on_until_its_money_is_spent():
    """Half of 8 is 4 units at 100: 400. 600 are left: at 120 they buy 5.

    The average is 1000 / 9 = 111.11111111; at the last close of 130 the 9 are worth
    1170: profit 170.
    """
    record = run(
        [QUIET, QUIET, (120,) * 4, (130,) * 4],
        signals_at(4, [0]),
        volumes=[1, 8, 100, 100],
        market=Market(participation=0.5),
    )
    trade = trade_of(record)
    assert is_near(trade, size=9.0, entry_price=111.1111111111, profit=170.0)
    assert record.exposure.tolist() == pytest.approx([0, 400, 1_080, 1_170])


def test_6_longs_pay_funding_at_the_mark_of_its_instant():
    """10 units from candle 1; due at the opens of 3 (110) and 6 (90), 0.1 % each.

    10 x 110 x 0.001 + 10 x 90 x 0.001 = 1.1 + 0.9 = 2. The price ends where it began:
    profit -2, and 998 are left.
    """
    opens = [100, 100, 100, 110, 100, 100, 90, 100]
    record = run(
        [(each,) * 4 for each in opens],
        signals_at(8, [0]),
        funding=Funding(0.001, EVERY_3_MINUTES),
    )
    assert is_near(trade_of(record), funding=2.0, profit=-2.0)
    assert record.equity[-1] == pytest.approx(998.0, abs=1e-8)


def test_7_shorts_receive_what_longs_pay_and_pay_when_it_is_negative():
    """The same candles short: -2 at 0.1 %, 2 at -0.1 %; nothing after the last."""
    opens = [100, 100, 100, 110, 100, 100, 90, 100]
    for rate, paid in ((0.001, -2.0), (-0.001, 2.0)):
        record = run(
            [(each,) * 4 for each in opens],
            signals_at(8, [], enter_short=[0], leave_short=[]),
            shorts=True,
            funding=Funding(rate, EVERY_3_MINUTES),
        )
        assert is_near(trade_of(record), funding=paid, profit=-paid)


def test_8_a_long_is_liquidated_where_maintenance_is_all_that_is_left():
    """Ten times 1000 at 100 without fees: 100 units, a margin of 1000.

    1000 + 100 x (p - 100) = 0.02 x 100 x p, so p = 9000 / 98 = 91.83673469. There it is
    closed: 1000 - 816.32653061 = 183.67346939, less a fee of 1 % of 9183.67346939 =
    91.83673469. What is left is 91.83673469; the trade has lost 908.16326531.
    """
    record = run(
        [QUIET, QUIET, (100, 101, 91, 95)],
        signals_at(3, [0]),
        margin=Margin(10.0, 0.02, 0.01),
    )
    trade = trade_of(record)
    assert trade["reason"] == Reason.LIQUIDATION
    assert is_near(trade, size=100.0, exit_price=91.8367346939)
    assert is_near(trade, fees=91.8367346939, profit=-908.1632653061)
    assert record.equity[-1] == pytest.approx(91.8367346939, abs=1e-8)


def test_9_a_short_loses_its_margin_and_no_more_whatever_the_gap():
    """A fifth of the money, five times: 200 of margin for 10 units short at 100.

    Liquidated at (100 + 20) / 1.01 = 118.81188119, but the candle opens at 150: closed
    where nothing is left of 200, at 120 (no fees). 800 are left.
    """
    record = run(
        [QUIET, QUIET, (150, 160, 140, 150)],
        signals_at(3, [], enter_short=[0], leave_short=[]),
        shorts=True,
        fraction=0.2,
        margin=Margin(5.0, 0.01),
    )
    trade = trade_of(record)
    assert trade["reason"] == Reason.LIQUIDATION
    assert is_near(trade, size=10.0, exit_price=120.0, profit=-200.0)
    assert record.equity[-1] == pytest.approx(800.0, abs=1e-8)


def test_10_an_order_under_the_least_value_is_none():
    """Half of 1000 at 100 with 0.1 %: 500 / 100.1 x 100 = 499.50049950 are bought.

    A least value of 499.5004995 lets it pass, 499.5004996 does not.
    """
    for least, trades in ((499.5004995, 1), (499.5004996, 0)):
        record = run(
            [QUIET] * 3,
            signals_at(3, [0]),
            fraction=0.5,
            costs=Costs(taker=0.001),
            market=Market(least_value=least),
        )
        assert (len(record.trades), record.rejected) == (trades, 1 - trades)


def test_11_a_fee_in_coins_is_taken_from_what_was_bought():
    """1000 buy 10 at 100, of which 0.1 % is kept: 9.99 arrive, a fee worth 1.

    Sold at 110: 1098.9, less 0.1 % in money, 1.0989: 1097.8011. Profit 97.8011.
    """
    record = run(
        [QUIET, QUIET, (110,) * 4],
        signals_at(3, [0], [1]),
        costs=Costs(0.0, 0.001, fee_in=FeeIn.BASE),
    )
    trade = trade_of(record)
    assert is_near(trade, size=9.99, fees=2.0989, profit=97.8011)
    assert record.equity.tolist() == pytest.approx([1_000, 999, 1_097.8011], abs=1e-8)


def test_12_sizes_and_prices_are_as_fine_as_the_venue_has_them():
    """100 x 1.0013 = 100.13 is bought at the next tick of 0.25: 100.25.

    1000 / 100.25 = 9.97506234 in steps of 0.03: 9.96. A target of 4 % lies at 104.26,
    on the tick above: 104.5, a limit without slippage. 9.96 x 4.25 = 42.33.
    """
    record = run(
        [QUIET, QUIET, (101, 105, 101, 104)],
        signals_at(3, [0], take_profit=0.04),
        costs=Costs(slippage=Slippage(SlippageModel.FIXED, 0.0013)),
        market=Market(0.25, 0.03),
    )
    trade = trade_of(record)
    assert trade["reason"] == Reason.TAKE_PROFIT
    assert is_near(trade, entry_price=100.25, size=9.96, exit_price=104.5)
    assert is_near(trade, profit=42.33)


def test_13_leverage_multiplies_what_is_won():
    """Three times 1000 at 100 with 0.1 %: units = 1000 / (100 / 3 + 0.1) = 29.91026919.

    Sold at 105: 149.55134596 - 0.1 % x units x 205 (6.13160518) = 143.41974078.
    """
    record = run(
        [QUIET, QUIET, (105,) * 4],
        signals_at(3, [0], [1]),
        costs=Costs(taker=0.001),
        margin=Margin(3.0, 0.005),
    )
    trade = trade_of(record)
    assert is_near(trade, size=29.9102691924, fees=6.1316051844)
    assert is_near(trade, profit=143.4197407777)


def test_14_funding_takes_from_the_margin_and_moves_the_liquidation():
    """100 units for 1000 at 100, ten times; 1 % of 100 x 100 is due at candle 3: 100.

    900 + 100 x (p - 100) = 0, so p = 91, met by a low of 90.5 that 90 would not be.
    """
    bars = [QUIET, QUIET, QUIET, (100, 100, 90.5, 95)]
    funding = Funding(0.01, EVERY_3_MINUTES)
    record = run(bars, signals_at(4, [0]), margin=Margin(10.0), funding=funding)
    trade = trade_of(record)
    assert trade["reason"] == Reason.LIQUIDATION
    assert is_near(trade, exit_price=91.0, funding=100.0, profit=-1_000.0)
    unfunded = run(bars, signals_at(4, [0]), margin=Margin(10.0))
    assert trade_of(unfunded)["reason"] == Reason.OPEN
