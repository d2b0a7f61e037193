"""What a report draws: drawdowns, rolling figures, histograms."""

from statistics import covariance, fmean, stdev, variance

import numpy as np
import pytest

from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.charts import (
    daily_histogram,
    drawdown_curve,
    histogram,
    rolling,
)
from abtpro_saas.performance.drawdowns import worst_drawdowns
from abtpro_saas.performance.metrics import measure
from tests.performance.records import BEGIN, DAY, random_record, record


def test_drawdowns_deepest_first():
    first, second = worst_drawdowns(record([110, 99, 121, 60.5, 110]))

    assert (first.percent, first.high, first.low) == pytest.approx((50, 121, 60.5))
    assert (first.started_at, first.low_at) == (BEGIN + 3 * DAY, BEGIN + 4 * DAY)
    assert first.ended_at is None
    assert first.seconds == 2 * 86_400
    assert second.percent == pytest.approx(10)
    assert second.ended_at == BEGIN + 3 * DAY


def test_a_fall_from_the_start_begins_with_the_record():
    (only,) = worst_drawdowns(record([90, 95]))

    assert (only.started_at, only.high) == (BEGIN, 100)


def test_the_list_tells_the_metrics_drawdowns():
    account = random_record(2)
    value, rows = measure(account), worst_drawdowns(account, most=10_000)

    assert len(rows) == value["drawdowns"].value
    assert rows[0].percent == value["max_drawdown"].value
    assert fmean(row.percent for row in rows) == pytest.approx(
        value["average_drawdown"].value
    )
    assert len(worst_drawdowns(account, most=3)) == 3
    assert -drawdown_curve(account).min() == pytest.approx(rows[0].percent)


def test_rolling_figures_are_those_of_each_stretch():
    account = random_record(4, bars=60, step=DAY)
    days, drawn = Days(account), rolling(account, days=20)

    assert len(drawn.time) == len(drawn.sharpe) == len(drawn.beta) == 41
    assert drawn.time[-1] == account.time[-1]
    for place in (0, 17, 40):
        own = days.returns[place : place + 20].tolist()
        market = days.market[place : place + 20].tolist()
        assert drawn.sharpe[place] == pytest.approx(fmean(own) / stdev(own) * 365**0.5)
        assert drawn.beta[place] == pytest.approx(
            covariance(own, market) / variance(market)
        )


def test_a_flat_stretch_has_no_figure():
    drawn = rolling(record([100.0] * 5 + [101.0, 103.0]), days=3)

    assert drawn.sharpe[:3] == [None] * 3
    assert drawn.sharpe[-1] is not None
    assert drawn.beta == [None] * 5


@pytest.mark.parametrize("days", [1, 4])
def test_too_short_for_the_stretch(days):
    assert rolling(record([100, 101, 102]), days).time == []


def test_every_day_is_in_the_histogram():
    account = random_record(5)
    drawn = daily_histogram(account, bins=12)

    assert drawn.counts.sum() == len(Days(account).returns)
    assert len(drawn.edges) == 13
    assert drawn.edges[0] == measure(account)["worst_day"].value


def test_a_histogram_of_nothing_is_empty():
    assert len(histogram(np.empty(0)).counts) == 0
