"""What has no value says why; nothing is NaN or infinite."""

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest

from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Inside, Reason
from abtpro_saas.performance.undefined import WORDS
from tests.performance.records import DAY, record

CASES = {
    "no trades": record([100, 100, 100]),
    "one bar": record([105]),
    "one minute": record([200], step=60_000),
    "nothing left": record([100, 50, 0, 0], {"profit": -100.0}),
    "all at once": record([0]),
    "all wins": record([110, 120], {"profit": 10.0}, {"profit": 10.0}),
    "all losses": record([90, 80], {"profit": -10.0}, {"profit": -10.0}),
    "still open": record([90, 80], {"profit": -20.0, "reason": Reason.OPEN}),
    "tiny": record([1e-9, 2e-9, 1e-9], initial=1e-9),
    "huge": record([1e300, 3e300, 1e299], initial=1e300),
    "steep": record([100, 1e300, 1e-300]),
    "flat market up": record([110, 121, 133.1]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_value_or_a_reason_and_never_both(name):
    for measured in measure(CASES[name]).values():
        if measured.value is None:
            assert measured.reason in WORDS
        else:
            assert isfinite(measured.value)
            assert measured.reason is None


@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        ("no trades", "win_rate", "no_trades"),
        ("no trades", "profit_factor", "no_trades"),
        ("no trades", "sharpe_ratio", "flat_equity"),
        ("no trades", "average_drawdown", "no_drawdown"),
        ("no trades", "calmar_ratio", "no_drawdown"),
        ("no trades", "r2_end_balance", "flat_equity"),
        ("no trades", "beta", "flat_market"),
        ("one bar", "sharpe_ratio", "few_returns"),
        ("one bar", "volatility", "few_returns"),
        ("one minute", "cagr", "too_large"),
        ("nothing left", "stability", "nothing_left"),
        ("nothing left", "max_drawdown_ended_at", "not_recovered"),
        ("nothing left", "average_win", "no_winning_trade"),
        ("all at once", "turnover", "nothing_left"),
        ("all wins", "profit_factor", "no_losing_trade"),
        ("all wins", "kelly", "no_losing_trade"),
        ("all wins", "sqn", "same_results"),
        ("all wins", "sortino_ratio", "no_losing_day"),
        ("all wins", "win_rate_short", "no_short_trades"),
        ("all wins", "edge_ratio", "no_adverse_move"),
        ("all losses", "payoff_ratio", "no_winning_trade"),
        ("all losses", "minimum_track_record", "no_positive_sharpe"),
        ("still open", "win_rate", "no_closed_trades"),
        ("flat market up", "sharpe_ratio", "flat_equity"),
        ("flat market up", "treynor_ratio", "flat_market"),
    ],
)
def test_the_reason(name, key, reason):
    assert measure(CASES[name])[key].reason == reason


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("no trades", "total_return", 0),
        ("no trades", "max_drawdown", 0),
        ("no trades", "volatility", 0),
        ("no trades", "gross_loss", 0),
        ("one bar", "total_return", 5),
        ("nothing left", "max_drawdown", 100),
        ("nothing left", "cagr", -100),
        ("nothing left", "worst_day", -100),
        ("all losses", "profit_factor", 0),
        ("all losses", "win_rate", 0),
        ("all wins", "win_rate", 100),
        ("still open", "total_trades", 0),
        ("still open", "unrealised_profit", -20),
    ],
)
def test_the_value(name, key, value):
    assert measure(CASES[name])[key].value == pytest.approx(value)


def test_there_is_no_negative_zero():
    values = [each.value for each in measure(CASES["no trades"]).values()]
    assert not any(str(value) == "-0.0" for value in values)


def test_what_is_inside_candles_is_told_by_who_looked():
    seen = replace(record([100, 90]), inside=Inside(3, 0.5, 80.0))
    partly, blind = replace(seen, inside=Inside(0)), record([100, 90])
    keys = "unclear_bars", "narrowest_trail", "coarse_return"

    told = [measure(each) for each in (seen, partly, blind)]
    values = [[each[key].value for key in keys] for each in told]
    why = [[each[key].reason for key in keys] for each in told]
    assert values == [[3, 0.5, pytest.approx(-20)], [0, None, None], [None] * 3]
    assert why[1] == [None, "no_trailing_stop", "no_finer_candles"]
    assert why[2] == ["not_looked"] * 3


def test_unknown_funding_is_unknown_and_not_nothing():
    unknown = record([100, 101], {"profit": 1.0, "funding": np.nan})

    assert measure(unknown)["funding"].reason == "funding_unknown"


def test_holding_the_market_has_no_information_ratio():
    market = [50.0, 55.0, 44.0, 47.3]
    holder = record([100 * close / 50 for close in market], market=market)

    measured = measure(holder)
    assert measured["tracking_error"].value == 0
    assert measured["information_ratio"].reason == "same_as_market"


@pytest.mark.parametrize(
    "broken",
    [
        record([]),
        record([100, -1]),
        record([100, np.nan]),
        record([100, np.inf]),
        record([100], initial=0.0),
        record([100], initial=np.nan),
        record([100], market=[0.0]),
        record([100, 101], market=[50.0]),
    ],
)
def test_what_no_account_can_be_is_refused(broken):
    with pytest.raises(InvalidError):
        measure(broken)


def test_rounding_below_zero_is_zero():
    measured = measure(record([100, -1e-11]))

    assert measured["max_drawdown"].value == pytest.approx(100)
    assert measured["cagr"].value == -100


def test_counts_seconds_and_dates_are_whole():
    measured = measure(record([100, 90, 95], {"exit": 2}, step=DAY))

    for key in ("bars", "total_trades", "started_at", "longest_drawdown"):
        assert isinstance(measured[key].value, int)
