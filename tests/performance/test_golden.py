"""Small cases, worked out by hand."""

from itertools import pairwise

import pytest

from abtpro_saas.performance.arithmetic.sharpe import probability, scale
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Reason
from tests.performance.records import BEGIN, DAY, HOUR, record


def values(given, *keys):
    measured = measure(given)
    return [measured[key].value for key in keys]


@pytest.fixture
def mixed():
    """Return five days with two wins, one loss, one even trade and one still open."""
    return record(
        [110, 99, 99, 121, 115],
        {"exit": 1, "profit": 30.0, "mae": -0.1, "mfe": 0.4, "fees": 1.0},
        {"exit": 2, "profit": -20.0, "mae": -0.3, "mfe": 0.1, "side": -1},
        {"exit": 3, "profit": 0.0, "reason": Reason.STOP_LOSS},
        {"exit": 4, "profit": 10.0, "slippage": 0.5},
        {"exit": 4, "profit": -5.0, "reason": Reason.OPEN, "fees": 0.5},
        market=[50, 55, 55, 44, 66],
        exposure=[0, 99, 99, 242, 0],
    )


def test_money(mixed):
    keys = "net_profit", "total_return", "realised_profit", "unrealised_profit"
    assert values(mixed, *keys) == pytest.approx([15, 15, 20, -5])


def test_drawdown_counts_open_positions_at_each_close(mixed):
    keys = "max_drawdown", "max_drawdown_amount", "drawdowns", "current_drawdown"
    assert values(mixed, *keys) == pytest.approx([10, 11, 2, 100 * 6 / 121])


def test_when_the_drawdown_was(mixed):
    keys = "started_at", "low_at", "ended_at", "duration"
    assert values(mixed, *(f"max_drawdown_{key}" for key in keys)) == [
        BEGIN + DAY,
        BEGIN + 2 * DAY,
        BEGIN + 4 * DAY,
        3 * 86_400,
    ]


def test_closed_trades_can_hide_a_drawdown():
    hidden = record([100, 80, 100], {"exit": 2, "profit": 0.0, "mae": -0.2})

    keys = "closed_trade_drawdown", "intra_trade_drawdown", "max_drawdown"
    assert values(hidden, *keys) == pytest.approx([0, 20, 20])


def test_rates_are_of_closed_trades(mixed):
    keys = "total_trades", "open_trades", "win_rate", "loss_rate", "even_trades"
    assert values(mixed, *keys) == [4, 1, 50, 25, 1]


def test_profits(mixed):
    keys = "profit_factor", "expectancy", "average_win", "average_loss", "payoff_ratio"
    assert values(mixed, *keys) == [2, 5, 20, 20, 1]


def test_kelly_and_expectancy_by_their_formulas(mixed):
    assert values(mixed, "kelly", "expectancy_ratio") == [0, 0.25]


def test_sqn():
    two = record([100, 140], {"profit": 10.0}, {"profit": 30.0})

    assert values(two, "sqn") == pytest.approx([2**0.5 * 20 / 200**0.5])


def test_what_trades_went_through(mixed):
    keys = "mae_average", "mae_largest", "mfe_average", "edge_ratio"
    assert values(mixed, *keys) == pytest.approx([10, 30, 12.5, 1.25])


def test_what_was_given_back(mixed):
    keys = "end_trade_drawdown", "end_trade_drawdown_largest"
    assert values(mixed, *keys) == pytest.approx([10, 30])


def test_costs(mixed):
    keys = "fees", "slippage_paid", "costs_percent", "volume", "break_even_cost"
    assert values(mixed, *keys) == pytest.approx([1.5, 0.5, 2, 900, 100 * 17 / 900])


def test_exposure(mixed):
    keys = "time_in_market", "average_exposure", "max_leverage", "largest_position"
    assert values(mixed, *keys) == pytest.approx([60, 80, 2, 242])


def test_the_market(mixed):
    keys = "buy_and_hold_return", "excess_return", "buy_and_hold_drawdown"
    assert values(mixed, *keys) == pytest.approx([32, -17, 20])


def test_sharpe_of_two_days():
    # +10 % and -5 %: mean 2.5 %, deviation 15 % / sqrt(2)
    two = record([110, 104.5])

    assert values(two, "sharpe_ratio") == pytest.approx(
        [0.025 / (0.15 / 2**0.5) * 365**0.5]
    )
    assert values(two, "sortino_ratio") == pytest.approx(
        [0.025 * 365 / (0.05 / 2**0.5 * 365**0.5)]
    )


def test_growth_of_half_a_year_is_squared():
    half = record([100.0] * 364 + [144.0], step=DAY // 2)

    assert values(half, "cagr")[0] == pytest.approx(100 * (1.44 ** (365 / 182.5) - 1))


def test_an_account_that_follows_the_market_doubled():
    levels = [100.0]
    market = [50.0, 55.0, 44.0, 48.4, 53.24]
    for before, now in pairwise(market):
        levels.append(levels[-1] * (1 + 2 * (now / before - 1)))

    both = record(levels, market=market)
    keys = "beta", "alpha", "correlation", "up_capture", "down_capture"
    assert values(both, *keys) == pytest.approx([2, 0, 1, 200, 200], abs=1e-9)


def test_minutes_are_gathered_to_utc_days():
    hours = record([100.0] * 23 + [110.0] + [110.0] * 23 + [99.0], step=HOUR)

    keys = "best_day", "worst_day", "winning_days", "losing_days", "even_days"
    assert values(hours, *keys) == pytest.approx([10, -10, 1, 1, 0])


def test_the_straight_line_has_r2_of_one():
    assert values(record([110, 120, 130]), "r2_end_balance") == [1]


def test_psr_of_the_paper():
    # Bailey and Lopez de Prado (2012): of 24 months at a Sharpe ratio of 0.458 a month.
    assert probability(0.458, 0, 24, 0, 3) == pytest.approx(0.982, abs=1e-3)
    assert probability(0.458, 0, 24, -2.448, 10.164) == pytest.approx(0.913, abs=1e-3)


def test_los_factor():
    # Lo (2002), table 2: for 12 months, autocorrelation of 20 % makes 2.88 of 3.46.
    assert scale(0, 12) == pytest.approx(12**0.5)
    assert scale(0.2, 12) == pytest.approx(2.88, abs=0.01)
