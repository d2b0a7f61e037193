"""Where two rules meet: which one holds, with figures computed by hand."""

import pytest

from abtpro_saas.backtesting.engines.port import (
    Costs,
    FillAt,
    Margin,
    Market,
    Slippage,
    SlippageModel,
)
from abtpro_saas.performance.record import Reason
from tests.backtesting.engines.test_scenarios import QUIET, is_near, run, trade_of
from tests.backtesting.engines.worlds import signals_at

EITHER_LOOP = pytest.mark.parametrize(
    "setup", [{}, {"market": Market(participation=1.0)}], ids=["signals", "venue"]
)
TENFOLD = Margin(10.0, maintenance=0.02, liquidation_fee=0.01)


@EITHER_LOOP
def test_who_is_to_enter_and_to_leave_at_once_leaves_if_long_and_enters_if_not(setup):
    again = run([QUIET] * 4, signals_at(4, [0, 1], [1]), volumes=[100] * 4, **setup)
    begun = run([QUIET] * 4, signals_at(4, [0], [0]), volumes=[100] * 4, **setup)

    trade = trade_of(again)
    assert (trade["entry"], trade["exit"]) == (1, 2)
    assert trade["reason"] == Reason.SIGNAL
    assert trade_of(begun)["reason"] == Reason.OPEN


@EITHER_LOOP
def test_an_order_for_next_to_nothing_is_rejected_however_much_cash_there_is(setup):
    """10⁻⁹ of 1,000 is nothing, and twice as much buys 2 x 10⁻⁸ units at 100."""
    nothing, something = (
        run([QUIET] * 3, signals_at(3, [0], size=size), **setup)
        for size in (1e-9, 2e-9)
    )

    assert (len(nothing.trades), nothing.rejected) == (0, 1)
    assert something.rejected == 0
    assert is_near(trade_of(something), size=2e-8)


@pytest.mark.parametrize("volume", [1_000, 1], ids=["plenty", "hardly any"])
def test_who_leaves_where_the_margin_is_gone_is_liquidated_and_pays_for_it(volume):
    """100 units on 1,000 at 100; sold at 85 they would owe 500.

    1000 + 100 x (p - 100) = 0.01 x 100 x p at p = 9000 / 99 = 90.90909091: there the
    fee of 1 %, 90.90909091, takes the rest. All is sold, whatever the volume.
    """
    record = run(
        [QUIET, QUIET, (85,) * 4],
        signals_at(3, [0], [1]),
        volumes=[1_000, 1_000, volume],
        margin=TENFOLD,
        market=Market(participation=0.5),
    )

    trade = trade_of(record)
    assert trade["reason"] == Reason.LIQUIDATION
    assert is_near(trade, exit_price=90.9090909091, fees=90.9090909091, profit=-1_000)
    assert record.equity[-1] == pytest.approx(0.0, abs=1e-8)


def test_who_leaves_where_the_margin_is_called_is_not_liquidated():
    """The venue would call at 91.84, but the signal's order comes before: at 91."""
    record = run([QUIET, QUIET, (91,) * 4], signals_at(3, [0], [1]), margin=TENFOLD)

    trade = trade_of(record)
    assert trade["reason"] == Reason.SIGNAL
    assert is_near(trade, exit_price=91.0, fees=0.0, profit=-900.0)


@EITHER_LOOP
def test_a_target_that_the_open_is_beyond_is_filled_there_whatever_the_ticks(setup):
    participation = setup["market"].participation if setup else 0.0
    record = run(
        [QUIET, QUIET, (105.1, 106, 105, 105.5)],
        signals_at(3, [0], take_profit=0.04),
        volumes=[100] * 3,
        market=Market(price_tick=0.25, participation=participation),
    )

    trade = trade_of(record)
    assert trade["reason"] == Reason.TAKE_PROFIT
    assert trade["exit_price"] == 105.1


@pytest.mark.parametrize(("slipped", "reason"), [(0.1, "LIQUIDATION"), (0.02, "OPEN")])
def test_what_slippage_leaves_no_margin_is_liquidated_at_the_close_it_was_bought_at(
    slipped, reason
):
    """Twenty times 1,000 at 110: nothing is left at 104.5, and the close is 100."""
    record = run(
        [QUIET, QUIET],
        signals_at(2, [0]),
        fill_at=FillAt.CLOSE,
        margin=Margin(20.0),
        costs=Costs(slippage=Slippage(SlippageModel.FIXED, slipped)),
    )

    trade = trade_of(record)
    assert Reason(trade["reason"]).name == reason
    if reason == "LIQUIDATION":
        assert (trade["entry"], trade["exit"]) == (0, 0)
        assert is_near(trade, entry_price=110.0, exit_price=104.5, profit=-1_000.0)
