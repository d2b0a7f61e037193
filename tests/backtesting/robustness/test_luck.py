"""On pure noise the best of a search is told to be luck."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.robustness.search import Range
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.searching.luck import (
    TrialStats,
    deflated,
    moments_of,
    overfitting,
    stats_of,
)
from abtpro_saas.backtesting.robustness.studies import optimise_batch
from abtpro_saas.backtesting.robustness.studies import stats_of as added_by
from abtpro_saas.backtesting.robustness.surface import peak
from abtpro_saas.performance.overfitting import deflated_sharpe_ratio, sharpe_of
from abtpro_saas.performance.overfitting import moments_of as plain_moments
from tests.backtesting.robustness.searches import noise, ordered, planned, trial

SPACE = {"fast": Range(3, 12, 3), "slow": Range(15, 75, 10)}
SEEDS, BARS = 100, 1_500


def returns(seed, days, trials):
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, trials))


def test_from_sums_alone_the_deflated_sharpe_is_that_of_all_ratios():
    days = returns(1, 200, 30)
    columns = [days[:, k] for k in range(30)]
    ratios = np.array([sharpe_of(each) for each in columns])
    best = columns[int(ratios.argmax())]

    for count in (30, 500):
        stats = TrialStats(
            count, 30, float(ratios.sum()), float((ratios * ratios).sum())
        )
        assert deflated(moments_of(best), stats) == pytest.approx(
            deflated_sharpe_ratio(plain_moments(best), ratios.std(ddof=1), count),
            rel=1e-9,
        )
    assert stats_of(columns).spread == pytest.approx(ratios.std(ddof=1), rel=1e-9)


def test_more_trials_make_the_same_result_less_sure():
    days = returns(2, 300, 1)[:, 0] + 0.002
    found = [
        deflated(moments_of(days), TrialStats(count, 2, 0.1, 0.02))
        for count in (1, 10, 1_000)
    ]

    assert found[0] > found[1] > found[2]


def test_flat_trials_count_though_they_have_no_ratio():
    stats = stats_of([np.zeros(9), np.array([0.1, -0.1, 0.2]), np.empty(0)])

    assert (stats.count, stats.sharpes, stats.spread) == (3, 1, 0.0)


@given(st.lists(st.floats(-1, 1), max_size=3))
def test_what_has_no_ratio_has_no_deflated_one(days):
    moments = moments_of(np.array(days))
    found = deflated(moments, TrialStats(5, 5, 0.5, 0.5))

    assert found is None if moments is None else 0.0 <= found <= 1.0


def test_a_trial_that_is_better_every_day_is_no_overfitting():
    days = returns(3, 200, 20)
    days[:, 4] += 0.03
    found = overfitting([trial(0.0, days[:, k]) for k in range(20)])

    assert found == {"probability": 0.0, "loss": 0.0, "trials": 20, "blocks": 16}


def test_trials_without_skill_are_overfitted_half_of_the_time():
    found = [
        overfitting([trial(0.0, each) for each in returns(seed, 260, 12).T])
        for seed in range(12)
    ]

    assert 0.35 < np.mean([each["probability"] for each in found]) < 0.65


@pytest.mark.parametrize(("days", "trials"), [(31, 5), (260, 1), (0, 4)])
def test_too_few_days_or_trials_tell_nothing(days, trials):
    found = overfitting([trial(0.0, each) for each in returns(1, days, trials).T])

    assert found["probability"] is None


def test_many_trials_are_judged_in_fewer_blocks():
    found = overfitting([trial(0.0, each) for each in returns(1, 60, 301).T])

    assert (found["trials"], found["blocks"]) == (301, 12)
    assert 0.0 < found["probability"] < 1.0


def test_on_noise_the_best_of_a_search_stays_unproven():
    """Of 100 seeds at least 95 stay under 0.95, and PBO is a toss-up."""
    order = ordered(bars=BARS)
    search = planned(order, space=SPACE)
    sure, chances = 0, []
    for seed in range(SEEDS):
        trials = optimise_batch([noise(seed, BARS)], order, search, 0)
        best = trials[peak(Ground(search, trials)).best]
        sure += deflated(moments_of(best.days), added_by(trials)) >= 0.95
        if seed % 5 == 0:
            chances.append(overfitting(trials)["probability"])

    assert len(trials) == 28
    assert sure <= 5
    assert 0.35 < np.mean(chances) < 0.65
