"""Cost averaging: when it buys, for how much, and when it takes its profit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.plugins.api.strategies import Side
from tests.backtesting.candles import made, walk
from tests.backtesting.strategies.desk import play


@given(st.integers(0, 500), st.integers(1, 30), st.floats(10.0, 3_000.0))
def test_it_buys_for_the_same_amount_again_and_again(seed, every, amount):
    candles = walk(seed, 80)
    desk = play("DCA", candles, every=every, amount=amount)

    cash, expected = 10_000.0, []
    for i in range(0, 79, every):
        units = amount / candles.close[i]
        if cash >= amount and units * candles.open[i + 1] <= cash:
            expected.append((i + 1, Side.BUY, units, candles.open[i + 1]))
            cash -= units * candles.open[i + 1]
    assert desk.filled == expected
    assert desk.cash == pytest.approx(cash)


def test_without_enough_cash_it_waits():
    desk = play("DCA", made([10.0] * 20), cash=250.0, every=1, amount=100.0)

    assert len(desk.filled) == 2
    assert not desk.refused
    assert desk.cash == 50.0


def test_at_its_profit_it_sells_all_and_begins_anew():
    closes = [10.0] * 4 + [12.0] + [20.0] * 6
    desk = play("DCA", made(closes), every=2, amount=100.0, take_profit=0.15)

    sides = [(i, side) for i, side, *_ in desk.filled]
    # It buys at 0 and 2; at 4 the gain is 20 %, so it sells, and buys next at 6.
    bought = [(1, Side.BUY), (3, Side.BUY)]
    assert sides == [*bought, (5, Side.SELL), (7, Side.BUY), (9, Side.BUY)]
    assert desk.filled[2][2] == 20.0
    assert desk.position == pytest.approx(10.0)


def test_a_profit_is_measured_from_all_that_was_spent():
    closes = [10.0, 10.0, 20.0, 20.0, 16.0, 16.0]
    desk = play("DCA", made(closes), every=2, amount=100.0, take_profit=0.5)

    # After 100 at 10 and 100 at 20, 15 units at 16 are worth 240 of 200: not yet.
    assert [side for _, side, *_ in desk.filled] == [Side.BUY, Side.SELL, Side.BUY]
    again = play("DCA", made(closes), every=2, amount=100.0, take_profit=1.5)
    assert [side for _, side, *_ in again.filled] == [Side.BUY] * 3


def test_a_loss_is_never_taken():
    desk = play("DCA", walk(3, 300), every=5, amount=50.0, take_profit=0.01)

    spent = bought = 0.0
    for _, side, units, price in desk.filled:
        if side is Side.BUY:
            spent, bought = spent + units * price, bought + units
        else:
            assert units == pytest.approx(bought)
            spent = bought = 0.0
    assert any(side is Side.SELL for _, side, *_ in desk.filled)
