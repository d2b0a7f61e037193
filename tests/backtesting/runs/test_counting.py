"""Trials on the same data: how many there were, and how far they lie apart."""

from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from random import Random

import pytest

from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.runs.counting import (
    count_trials,
    counted_trials,
    trial_of,
)
from abtpro_saas.backtesting.runs.ending import Outcome
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.markets.tables import Series


@pytest.fixture
def counted(open_, tenant, owner, series):
    """Return a function that tells what is counted of the owner's on the series."""

    def read(user_id=None):
        of = Backtest(
            tenant_id=tenant,
            user_id=user_id or owner,
            symbols=[series.symbol],
        )
        with open_() as session:
            return counted_trials(session, of)

    return read


@pytest.fixture
def count(open_):
    """Return a function that counts trials on the data of a run."""

    def add(run, tried):
        with open_(run.tenant_id) as session:
            count_trials(session, run, tried, utc_now())

    return add


def test_nothing_tried_is_no_row(order, count, counted):
    count(order(), TrialStats(0))

    assert counted() == TrialStats(0)


def test_a_run_counts_with_the_sharpe_ratio_of_its_days(order, end, counted):
    end(order(), outcome=Outcome({"sharpe_ratio": sqrt(365) / 2}, {}, {"a": 1}))
    end(order(), outcome=Outcome({"sharpe_ratio": None}, {}, {"a": 1}))

    found = counted()
    assert (found.count, found.sharpes) == (2, 1)
    assert found.sharpe_sum == pytest.approx(0.5)
    assert found.sharpe_square_sum == pytest.approx(0.25)


def test_candles_longer_than_a_day_make_fewer_returns_of_a_year():
    weekly = trial_of({"sharpe_ratio": sqrt(365 / 7)}, "1w")

    assert weekly.sharpe_sum == pytest.approx(1)


def test_a_series_that_goes_on_is_no_new_market(order, end, counted, series, open_):
    first = end(order())
    with open_() as session:
        found = session.get_one(Series, (series.tenant_id, series.series_id))
        found.fingerprint = "0" * 64
    again = end(order())

    assert again.fingerprint != first.fingerprint
    assert counted().count == 2


def test_a_file_under_another_exchanges_name_is_no_new_market(
    order, end, candles, counted
):
    end(order())
    candles(exchange="brought")
    end(order(exchange="brought"))

    assert counted().count == 2


def test_the_same_trials_have_the_same_sums_in_any_order(order, count, counted, trader):
    random, other = Random(7), trader()
    tried = [TrialStats(1, 1, x, x * x) for x in (random.gauss(0, 1) for _ in range(9))]
    mine, theirs = order(), order(other)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: count(mine, each), tried))
    for each in sorted(tried, key=lambda each: each.sharpe_sum):
        count(theirs, each)

    assert counted() == counted(other)
    assert (counted().count, counted().sharpes) == (9, 9)
