"""The joined account is chained by returns, and its books agree."""

from dataclasses import replace
from itertools import pairwise
from math import prod

import numpy as np
import pytest

from abtpro_saas.backtesting.robustness.searching.luck import TrialStats
from abtpro_saas.backtesting.robustness.studies import walk_findings, walk_window
from abtpro_saas.backtesting.robustness.walking import Walk, Window, WindowResult
from abtpro_saas.backtesting.robustness.walks.joining import POINTS, drift, join
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Reason
from tests.backtesting import records
from tests.backtesting.candles import walk as random_walk
from tests.backtesting.robustness.searches import COSTS, ordered, planned

BARS = 1_200
MARKET = random_walk(7, BARS)
ORDER = ordered(bars=BARS)
SEARCH = planned(ORDER)
WALK = Walk(windows=4)


@pytest.fixture(scope="module")
def results():
    return [walk_window([MARKET], ORDER, SEARCH, WALK, number) for number in range(4)]


@pytest.fixture(scope="module")
def findings(results):
    return walk_findings(ORDER, WALK, SEARCH, results)


def test_returns_are_chained(results):
    joined = join([each.record for each in results], 0.0)
    growth = [each.record.equity[-1] / each.record.initial for each in results]

    assert joined.equity[-1] / joined.initial == pytest.approx(prod(growth), rel=1e-12)
    assert len(joined.time) == sum(len(each.record.time) for each in results)
    assert (np.diff(joined.time) > 0).all()
    assert joined.inside is None


def test_inside_a_window_the_returns_are_the_window_s(results):
    joined = join([each.record for each in results], 0.001)
    first = len(results[0].record.time)
    inside = slice(first, first + len(results[1].record.time) - 1)
    own = results[1].record.equity[:-1]

    assert np.allclose(
        joined.equity[inside] / joined.equity[first], own / own[0], rtol=1e-12
    )


def test_a_position_at_the_end_of_a_test_is_closed_for_the_fee(results):
    held = [each.record for each in results if each.record.exposure[-1] > 0.0]
    one, after = held[0], results[3].record
    free, paid = (join([one, after], fee) for fee in (0.0, 0.01))
    seam = len(one.time) - 1

    assert free.equity[seam] == one.equity[-1]
    assert paid.equity[seam] == pytest.approx(
        one.equity[-1] - 0.01 * one.exposure[-1], rel=1e-12
    )
    assert (paid.trades.reason[: len(one.trades)] != Reason.OPEN).all()
    assert paid.exposure[seam] == one.exposure[-1]


def test_the_books_of_the_joined_account_agree(results):
    joined = join([each.record for each in results], COSTS.taker)
    profit = joined.equity[-1] - joined.initial

    assert joined.trades.profit.sum() == pytest.approx(profit, rel=1e-9)
    measured = measure(joined)
    assert measured["net_profit"].value == pytest.approx(profit)
    assert measured["total_trades"].value == sum(
        len(each.record.trades) for each in results
    ) - int((joined.trades.reason == Reason.OPEN).sum())


def test_trades_keep_their_prices_and_find_their_candles(results):
    joined = join([each.record for each in results], COSTS.taker)
    first = results[0].window.test_start

    for bar, price in zip(
        joined.trades.entry.tolist(), joined.trades.entry_price.tolist(), strict=True
    ):
        assert MARKET.open[first + bar] == price


def test_who_has_lost_all_stays_there():
    ruined = records.record(10, 0)
    ruined = replace(ruined, equity=np.append(ruined.equity[:9], 0.0))
    joined = join([ruined, records.record(10, 0)], 0.0)

    assert (joined.equity[9:] == 0.0).all()


def test_findings_tell_each_window_and_the_whole(findings, results):
    assert [each["number"] for each in findings["windows"]] == [0, 1, 2, 3]
    for one, following in pairwise(findings["windows"]):
        assert one["test_end"] == following["test_start"]
    assert findings["trials"] == sum(each.stats.count for each in results) == 36
    assert len(findings["equity"]) <= POINTS
    assert findings["equity"][-1][1] == findings["metrics"]["final_capital"]
    assert findings["profitable_windows"] == sum(
        each["out_of_sample"]["total_return"] > 0 for each in findings["windows"]
    )


def test_the_trades_of_all_windows_are_those_of_the_account(findings, results):
    held = [each for each in results[:-1] if (each.record.exposure[-1:] > 0).any()]
    counted = [each["trades"] for each in findings["windows"]]

    assert held
    assert sum(counted) == findings["metrics"]["total_trades"]


def test_holding_is_drawn_beside_the_account(findings, results):
    held, metrics = findings["held"], findings["metrics"]

    assert held[0] == [findings["equity"][0][0], results[0].record.initial]
    assert len(held) <= POINTS
    assert held[-1][1] / held[0][1] - 1 == pytest.approx(
        metrics["buy_and_hold_return"] / 100
    )


def test_efficiency_is_a_year_unseen_by_a_year_seen(findings, results):
    seen = np.mean([each.in_sample["annual_return"] for each in results])
    unseen = findings["metrics"]["annual_return"]

    assert findings["efficiency"] == pytest.approx(unseen / seen)
    for each in findings["windows"]:
        pair = (
            each["in_sample"]["annual_return"],
            each["out_of_sample"]["annual_return"],
        )
        assert each["efficiency"] == pytest.approx(pair[1] / pair[0])


def test_where_nothing_was_earned_in_training_there_is_no_efficiency(results):
    lost = [replace(each, in_sample={"annual_return": -5.0}) for each in results]

    assert walk_findings(ORDER, WALK, SEARCH, lost)["efficiency"] is None


def test_a_walk_that_chose_nothing_is_a_flat_account():
    empty = WindowResult(
        Window(0, 0, 10, 10, 20),
        None,
        {},
        {},
        replace(
            records.record(10, 0),
            equity=np.full(10, 10_000.0),
            exposure=np.zeros(10),
        ),
        TrialStats(3),
    )
    found = walk_findings(ORDER, Walk(), SEARCH, [empty])

    assert (found["empty_windows"], found["efficiency"], found["drift"]) == (
        1,
        None,
        {},
    )
    assert found["metrics"]["total_return"] == 0.0


def test_drift_tells_how_often_and_how_far_choices_moved():
    chosen = [
        {"fast": 5, "slow": 50, "way": "long"},
        {"fast": 5, "slow": 50, "way": "both"},
        None,
        {"fast": 15, "slow": 50, "way": "long"},
    ]

    assert drift(chosen) == {
        "fast": {
            "values": [5, 5, 15],
            "changes": 1,
            "spread": pytest.approx(np.std([5, 5, 15], ddof=1) / (25 / 3)),
        },
        "way": {"values": ["long", "both", "long"], "changes": 2, "spread": None},
    }
