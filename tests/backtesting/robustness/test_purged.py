"""Purged cross-validation trains on no day that a tested one touches."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.robustness.walks.purged import (
    FOLDS,
    cross_validation,
    edges_of,
    held,
    joined,
    sharpes,
    splits,
)


def trials(days, seconds=0.0):
    metrics = {"average_duration": seconds}
    return [Trial({}, metrics, 0.0, feasible=True, days=each) for each in days.T]


def noise(seed, days=300, count=10):
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, count))


@given(st.integers(60, 400), st.integers(0, 9), st.integers(0, 9))
def test_training_days_are_those_a_loop_finds(days, purge, embargo):
    edges = edges_of(days).tolist()
    made = splits(days, purge, embargo)

    assert [each.tested for each in made] == list(combinations(range(FOLDS), 2))
    for each in made[::4]:
        blocked = [(edges[fold], edges[fold + 1]) for fold in each.tested]
        for day in range(days):
            touched = any(
                first - purge <= day < last + purge + embargo for first, last in blocked
            )
            assert each.training[day] == (not touched)


def test_each_path_has_every_day_once_from_a_split_that_tested_it():
    days = np.arange(600.0).reshape(60, 10)
    made = splits(60, 2, 1)
    chosen = [k % 10 for k in range(len(made))]
    paths = joined(days, made, chosen)

    assert len(paths) == 5
    used = set()
    for path in paths:
        rows, columns = np.divmod(path.astype(int), 10)
        assert rows.tolist() == list(range(60))
        for fold in range(FOLDS):
            (column,) = set(columns[fold * 10 : fold * 10 + 10].tolist())
            used.add((fold, column))
    splits_of = {
        (fold, chosen[k]) for k, each in enumerate(made) for fold in each.tested
    }
    assert used == splits_of


def test_positions_that_last_are_purged_longer():
    assert held(trials(noise(1), 0.0), 300) == 0
    assert held(trials(noise(1), 3_600.0), 300) == 1
    assert held(trials(noise(1), 5 * 86_400.0), 300) == 5
    assert held(trials(noise(1), 1e9), 300) == 16


def test_a_trial_that_is_better_is_chosen_and_stays_so():
    days = noise(1)
    days[:, 3] += 0.01
    found = cross_validation(trials(days), 365.0)
    own = sharpes(days[:, 3:4])[0] * 365**0.5

    assert found["most_chosen"] == 1.0
    assert found["paths"] == pytest.approx([own] * 5)
    assert found["losing_paths"] == 0


def test_without_skill_unseen_days_bring_nothing():
    found = [cross_validation(trials(noise(seed)), 365.0) for seed in range(40)]

    assert abs(np.mean([each["median"] for each in found])) < 0.35
    assert np.mean([each["in_training"] for each in found]) > 1.0
    assert found[0] == cross_validation(trials(noise(0)), 365.0)


def test_what_lasts_six_days_is_purged_by_six_and_a_hundredth_is_embargoed():
    found = cross_validation(trials(noise(2), 5.5 * 86_400.0), 365.0)

    assert (found["purged_days"], found["embargo_days"]) == (6, 3)
    assert (found["splits"], len(found["paths"])) == (15, 5)


@pytest.mark.parametrize(("days", "count"), [(29, 5), (300, 1), (0, 3)])
def test_too_few_days_or_trials_have_no_paths(days, count):
    assert cross_validation(trials(noise(1, days, count)), 365.0)["paths"] is None


def test_flat_trials_have_a_ratio_of_none_instead_of_infinity():
    assert sharpes(np.column_stack([np.full(9, 0.1), np.zeros(9)])).tolist() == [0, 0]
