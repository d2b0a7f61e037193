"""Bayesian search learns, repeats itself, and tries nothing twice."""

import os
import subprocess
import sys

import pytest

from abtpro_saas.backtesting.robustness.search import Method, Range, Search
from abtpro_saas.backtesting.robustness.searching.learning import suggestions
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from tests.backtesting.robustness.searches import trial

SMA = find_strategy("SMA_CROSS")
WIDE = {"fast": Range(1, 100), "slow": Range(101, 400)}


def choices(space=WIDE, strategy=SMA, **members):
    search = check_search(
        Search(Method.BAYESIAN, space, **{"trials": 60, "seed": 4} | members), strategy
    )
    return Choices(search, strategy, read_values(strategy.parameters, {}))


def hill(values):
    """Return a score with one top, at 30 and 200."""
    return -((values["fast"] - 30) ** 2) - ((values["slow"] - 200) / 2) ** 2


def walked(of, score=hill, batches=6, size=10):
    trials = []
    for number in range(batches):
        numbers = range(number * size, number * size + size)
        trials += [
            trial(score(each), feasible=score(each) is not None, **each)
            for each in suggestions(of, numbers, trials)
        ]
    return trials


def pairs(trials):
    return [(each.values["fast"], each.values["slow"]) for each in trials]


def test_the_same_trials_lead_to_the_same_next_ones():
    assert pairs(walked(choices())) == pairs(walked(choices()))


ELSEWHERE = """
import sys
sys.path.insert(0, "")
from tests.backtesting.robustness.test_learning import choices, pairs, walked
print(pairs(walked(choices(), batches=3)))
"""


def test_other_processes_are_led_the_same_way():
    told = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert told == {f"{pairs(walked(choices(), batches=3))}\n"}


def test_another_seed_goes_another_way():
    assert pairs(walked(choices(seed=5))) != pairs(walked(choices()))


@pytest.mark.parametrize(("objective", "sign"), [("cagr", 1), ("max_drawdown", -1)])
def test_it_comes_nearer_to_the_best_either_way(objective, sign):
    trials = walked(choices(objective=objective), lambda each: sign * hill(each))
    distance = [-hill(each.values) for each in trials]

    assert min(distance[20:]) < min(distance[:10])
    assert sum(distance[40:]) < sum(distance[:20]) / 3


def test_trials_that_do_not_count_keep_it_away():
    def score(values):
        return None if values["fast"] > 50 else hill(values)

    trials = walked(choices(), score)

    assert sum(each.values["fast"] > 50 for each in trials[30:]) < 6


def test_nothing_is_tried_twice_until_all_was_tried():
    small = choices({"fast": Range(5, 30, 5), "slow": Range(20, 40, 10)}, trials=18)
    found = pairs(walked(small, batches=2))

    assert len(found) == len(set(found)) >= 13
    assert all(fast < slow for fast, slow in found)


def test_ranges_and_words_are_searched_too():
    pairs_trading = find_strategy("PAIRS")
    space = {"enter": Range(1.0, 3.0), "direction": ("long", "both")}
    of = choices(space, pairs_trading, trials=20)
    found = walked(of, lambda each: each["enter"], batches=2)

    assert {each.values["direction"] for each in found} == {"long", "both"}
    assert all(1.0 <= each.values["enter"] <= 3.0 for each in found)
    assert len({each.values["enter"] for each in found}) == 20
