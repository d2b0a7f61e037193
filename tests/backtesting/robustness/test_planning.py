"""A study is cut before anything is computed, and the cuts change nothing."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.planning import (
    LARGEST_BATCH,
    LEARNING_BATCH,
    MOST_LEARNING,
    check_monte_carlo,
    plan_optimisation,
    plan_walk,
)
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo, Resampling
from abtpro_saas.backtesting.robustness.search import (
    Constraint,
    Method,
    Range,
    Search,
    search_from,
    search_json,
)
from abtpro_saas.backtesting.robustness.studies import (
    optimisation_findings,
    optimise_batch,
    stats_of,
)
from abtpro_saas.backtesting.robustness.trials import decode, encode
from abtpro_saas.backtesting.robustness.walking import Walk
from abtpro_saas.backtesting.words import EngineName
from tests.backtesting.candles import walk
from tests.backtesting.robustness.searches import ordered

SPACE = {"fast": Range(2, 20), "slow": Range(25, 60, 5)}
ORDER = ordered(bars=800)
MARKET = [walk(4, 800)]


def search(method, **members):
    return Search(method, SPACE, **{"trials": 1_000, "seed": 7} | members)


def searched(method, size, **members):
    made, plan = plan_optimisation(ORDER, search(method, **members))
    made = replace(made, batch=size)
    chunks = -(-plan.trials // size)
    trials = []
    for number in range(chunks):
        trials += decode(encode(optimise_batch(MARKET, ORDER, made, number, trials)))
    return made, trials


@pytest.mark.parametrize("method", [Method.GRID, Method.RANDOM])
def test_how_a_search_is_cut_changes_no_byte_of_it(method):
    small, large = (searched(method, size)[1] for size in (13, 200))

    assert encode(small) == encode(large)


FEW = {Method.GRID: 152, Method.RANDOM: 45, Method.BAYESIAN: 45}


@pytest.mark.parametrize("method", list(Method))
def test_a_chunk_computed_again_is_the_same_bytes(method):
    made, trials = searched(method, 10, trials=FEW[method])
    number = 3
    earlier = trials[: 10 * number]
    again = optimise_batch(MARKET, ORDER, made, number, earlier)

    assert encode(again) == encode(trials[10 * number : 10 * number + 10])


def test_a_plan_reads_back_with_its_search():
    made, plan = plan_optimisation(ORDER, search(Method.GRID))
    stored = search_from(json.loads(json.dumps(search_json(made))))

    assert search_from(search_json(stored)) == stored
    assert plan_optimisation(ORDER, stored) == (made, plan)
    assert (
        optimise_batch(MARKET, ORDER, stored, 0)[3].values
        == optimise_batch(MARKET, ORDER, made, 0)[3].values
    )


def test_learning_goes_on_chunk_by_chunk_and_others_do_not_wait():
    _, grid = plan_optimisation(ORDER, search(Method.GRID))
    learning, bayesian = plan_optimisation(ORDER, search(Method.BAYESIAN, trials=35))

    assert (grid.chunks, grid.trials, grid.sequential) == (1, 152, False)
    assert (bayesian.chunks, bayesian.sequential) == (4, True)
    assert learning.batch == LEARNING_BATCH


def test_longer_runs_have_smaller_chunks():
    sizes = [
        plan_optimisation(each, search(Method.RANDOM))[0].batch
        for each in (
            ORDER,
            ordered(bars=1_000_000),
            replace(ordered(bars=10_000), engine=EngineName.BACKTRADER),
            replace(ordered(bars=1_000_000), engine=EngineName.BACKTRADER),
        )
    ]

    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (LARGEST_BATCH, 1)


def test_a_walk_has_a_chunk_for_each_window_and_counts_all_trials():
    _, plan = plan_walk(ORDER, search(Method.GRID), Walk(windows=4))

    assert (plan.chunks, plan.trials, plan.sequential) == (4, 4 * 152, False)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (search(Method.GRID, trials=100), "search.trials"),
        (search(Method.GRID, objective="bars"), "search.objective"),
    ],
)
def test_what_cannot_be_run_is_refused_before(asked, field):
    with pytest.raises(OrderError) as refused:
        plan_walk(ORDER, asked, Walk())

    assert refused.value.field == field


def test_too_many_windows_are_refused_before():
    with pytest.raises(OrderError) as refused:
        plan_walk(ORDER, search(Method.GRID), Walk(windows=90, train=700))

    assert refused.value.field == "walk.windows"


def test_who_orders_a_study_loads_nothing_that_computes():
    code = (
        "import sys\n"
        "from abtpro_saas.backtesting.robustness import grade, planning, resampled\n"
        "print({'numba', 'optuna', 'pyarrow', 'talib'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, check=True, capture_output=True, text=True)

    assert told.stdout.strip() == "set()"


def test_findings_tell_the_best_what_stands_around_it_and_what_luck_it_took():
    made, trials = searched(
        Method.RANDOM, 50, trials=120, constraints=(Constraint("total_trades", 5.0),)
    )
    stats = stats_of(trials)
    found = optimisation_findings(ORDER, made, trials, stats)
    scores = [each.score for each in trials if each.feasible]

    assert found["trials"] == 120
    assert found["left_out"] == 0
    assert found["feasible"] == len(scores)
    assert found["best"]["score"] == max(scores)
    assert found["best"]["parameters"]["fast"] < found["best"]["parameters"]["slow"]
    assert found["best"]["metrics"]["total_trades"] >= 5
    assert 0 <= found["deflated_sharpe_ratio"] <= 1
    assert 0 <= found["overfitting"]["probability"] <= 1
    assert len(found["cross_validation"]["paths"]) == 5
    assert len(found["ranking"]) == 20
    assert canonical(found) == canonical(
        optimisation_findings(ORDER, made, trials, stats)
    )
    assert len(canonical(found)) < 30_000


def test_what_does_not_go_together_is_counted():
    made = Search(Method.GRID, {"fast": Range(10, 30, 10), "slow": (15, 25)})
    made, _ = plan_optimisation(ORDER, made)
    trials = optimise_batch(MARKET, ORDER, made, 0)
    found = optimisation_findings(ORDER, made, trials, stats_of(trials))

    assert (found["trials"], found["left_out"]) == (3, 3)


def test_a_search_without_a_feasible_trial_has_no_best():
    made, trials = searched(
        Method.GRID, 200, constraints=(Constraint("total_trades", 1e9),)
    )
    found = optimisation_findings(ORDER, made, trials, stats_of(trials))

    assert (found["best"], found["stable"], found["feasible"]) == (None, None, 0)
    assert found["ranking"] == []


def test_the_best_row_run_again_is_the_same_to_the_last_bit():
    made, trials = searched(Method.GRID, 200)
    best = max((each for each in trials if each.feasible), key=lambda one: one.score)
    again = optimise_batch(
        MARKET,
        replace(ORDER, parameters=best.values),
        replace(made, space={"fast": (best.values["fast"],)}),
        0,
    )

    assert again[0].metrics == best.metrics
    assert again[0].values == best.values


YEAR = 525_600
"""Minutes, counted as hours here."""


def grid(bars=YEAR, **members):
    return replace(ordered("GRID", bars), **members)


def wide(method, trials):
    space = {"fast": Range(2, 90), "slow": Range(100, 200)}
    return Search(method, space, trials=trials)


LEVELS = {"levels": Range(2, 50), "spacing": Range(0.001, 0.1)}


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        (grid(), Search(Method.RANDOM, LEVELS, trials=50_000)),
        (
            replace(ordered(bars=YEAR * 20), engine=EngineName.BACKTRADER),
            wide(Method.RANDOM, 1_000),
        ),
        (ORDER, wide(Method.BAYESIAN, MOST_LEARNING + 1)),
    ],
)
def test_a_search_that_would_take_weeks_is_refused(order, asked):
    with pytest.raises(OrderError) as refused:
        plan_optimisation(order, asked)

    assert refused.value.field == "search.trials"


def test_a_search_that_takes_days_is_not():
    _, plan = plan_optimisation(ordered(bars=YEAR * 20), wide(Method.RANDOM, 1_000))
    _, most = plan_optimisation(ORDER, wide(Method.BAYESIAN, MOST_LEARNING))

    assert (plan.trials, most.trials) == (1_000, MOST_LEARNING)


def test_a_window_that_would_outlast_its_time_is_refused():
    asked = Search(Method.RANDOM, LEVELS, trials=2_000)

    with pytest.raises(OrderError) as refused:
        plan_walk(grid(), asked, Walk(windows=2))
    _, plan = plan_walk(grid(YEAR // 4), asked, Walk(windows=2))

    assert refused.value.field == "search.trials"
    assert plan.chunks == 2


@pytest.mark.parametrize(
    ("order", "simulations", "fits"),
    [
        (grid(), 1_000, False),
        (grid(), 100, True),
        (ordered(bars=YEAR), 1_000, True),
        (replace(ordered(bars=YEAR), engine=EngineName.BACKTRADER), 1_000, False),
    ],
)
def test_noise_that_would_outlast_its_time_is_refused(order, simulations, fits):
    plan = MonteCarlo(Resampling.CANDLE_NOISE, simulations)
    if fits:
        check_monte_carlo(order, plan)
        return

    with pytest.raises(OrderError, match="hours of a processor") as refused:
        check_monte_carlo(order, plan)

    assert refused.value.field == "simulations"


def test_what_draws_from_a_result_is_never_too_much():
    check_monte_carlo(grid(), MonteCarlo(Resampling.TRADE_SHUFFLE, 10_000))
