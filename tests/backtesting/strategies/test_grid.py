"""A grid: its rungs, their orders, and its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import ParameterError, read_values
from abtpro_saas.plugins.api.strategies import Side
from tests.backtesting.candles import made, walk
from tests.backtesting.strategies.desk import Desk, play

FLAT = {"wick": 0.0}


def waiting(desk):
    return sorted(
        (side.value, units, price) for side, units, price in desk.orders.values()
    )


def test_it_sets_one_order_a_rung_below_the_first_close():
    desk = play("GRID", made([100.0]), levels=3, spacing=0.1, invest=0.9)

    assert {side for side, *_ in waiting(desk)} == {"BUY"}
    prices = sorted(price for *_, price in waiting(desk))
    assert prices == pytest.approx([100 / 1.1**3, 100 / 1.1**2, 100 / 1.1])
    assert [u * p for _, u, p in waiting(desk)] == pytest.approx([3_000.0] * 3)


def test_a_grid_that_reaches_down_to_nothing_is_refused():
    strategy = find_strategy("GRID")
    strategy.check(read_values(strategy.parameters, {"spacing": 0.3, "levels": 17}))

    with pytest.raises(ParameterError, match="hundredth") as refused:
        strategy.check(read_values(strategy.parameters, {"spacing": 0.3, "levels": 18}))
    assert refused.value.name == "spacing"


def test_what_a_rung_buys_is_sold_one_rung_higher():
    desk = play(
        "GRID", made([100.0, 90.0, 90.0, 101.0, 101.0], **FLAT), levels=2, spacing=0.1
    )

    (_, bought, units, low), (_, sold, same, high) = desk.filled
    assert (bought, sold) == (Side.BUY, Side.SELL)
    assert (low, high) == (pytest.approx(100 / 1.1), pytest.approx(100.0))
    assert units == same
    assert desk.position == 0.0


def test_after_the_sale_its_order_is_set_again():
    closes = [100.0, 90.0, 90.0, 101.0, 101.0] * 4
    desk = play("GRID", made(closes, **FLAT), levels=2, spacing=0.1, invest=0.5)

    sides = [side for _, side, *_ in desk.filled]
    assert sides == [Side.BUY, Side.SELL] * 4
    assert desk.cash == pytest.approx(10_000.0 + 4 * 2_500.0 * 0.1)


@given(st.integers(0, 500), st.integers(1, 12), st.floats(0.002, 0.1))
def test_every_sale_earns_its_distance_and_every_rung_has_one_order(seed, levels, far):
    candles = walk(seed, 150)
    desk = play("GRID", candles, levels=levels, spacing=far)

    held = []
    for _, side, units, price in desk.filled:
        if side is Side.BUY:
            held.append((price, units))
        else:
            cost = max(paid for paid, some in held if some == pytest.approx(units))
            held.remove(next(each for each in held if each[0] == cost))
            assert price >= cost * (1.0 + far) * (1.0 - 1e-12)
    assert not desk.refused
    assert len(desk.orders) <= levels
    assert desk.position == pytest.approx(sum(units for _, units in held), abs=1e-9)
    assert desk.cash >= 0.0


def test_it_ends_when_the_close_falls_through_its_floor():
    closes = [100.0, 85.0, 85.0, 70.0, 70.0, 100.0, 80.0, 100.0]
    desk = play("GRID", made(closes, **FLAT), levels=2, spacing=0.05, stop_loss=0.1)

    assert [side for _, side, *_ in desk.filled] == [Side.BUY, Side.BUY, Side.SELL]
    assert desk.position == 0.0
    assert not desk.orders


def test_without_a_floor_it_holds_on():
    closes = [100.0, 85.0, 85.0, 1.0, 1.0]
    desk = play("GRID", made(closes, **FLAT), levels=2, spacing=0.05)

    assert desk.position > 0.0
    assert [side for _, side, *_ in desk.filled] == [Side.BUY, Side.BUY]


def test_an_order_that_was_refused_is_not_taken_for_a_purchase(monkeypatch):
    class Poor(Desk):
        def _fill(self, i, side, units, price):
            if i < 3:
                self.refused.append((i, side))
            else:
                super()._fill(i, side, units, price)

    monkeypatch.setattr("tests.backtesting.strategies.desk.Desk", Poor)
    closes = [100.0, 94.0, 94.0, 94.0, 100.0, 101.0]
    desk = play("GRID", made(closes, **FLAT), levels=1, spacing=0.05)

    assert {side for _, side in desk.refused} == {Side.BUY}
    assert [side for _, side, *_ in desk.filled] == [Side.BUY, Side.SELL]
