"""A window knows nothing of its test, and carries nothing into it."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import FillAt
from abtpro_saas.backtesting.robustness.search import Constraint, Method, Range
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.studies import optimise_batch, walk_window
from abtpro_saas.backtesting.robustness.surface import peak
from abtpro_saas.backtesting.robustness.walking import (
    Choose,
    Mode,
    Walk,
    Window,
    windows_of,
)
from abtpro_saas.backtesting.robustness.walks.computing import unseen
from abtpro_saas.backtesting.robustness.walks.stored import (
    decode_window,
    encode_window,
)
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.strategies import Signals, SignalStrategy
from tests.backtesting.candles import walk as random_walk
from tests.backtesting.robustness.searches import ordered, over, planned

BARS = 1_200
MARKET = random_walk(7, BARS)
ORDER = over(ordered(bars=BARS), MARKET)
SEARCH = planned(ORDER)
WALK = Walk(windows=3, embargo=10)


def result(number=1, market=MARKET, walk=WALK, search=SEARCH, order=ORDER):
    return walk_window([market], order, search, walk, number)


def shaken(bars):
    """Return the market with other prices at these bars."""
    factor = np.ones(BARS)
    factor[bars] = np.random.default_rng(1).uniform(0.5, 2.0, len(factor[bars]))
    columns = {
        name: getattr(MARKET, name) * factor
        for name in ("open", "high", "low", "close")
    }
    return replace(MARKET, **columns)


def test_neither_what_comes_after_nor_what_was_before_matters():
    window = windows_of(WALK, BARS, 51)[1]
    whole = encode_window(result())

    assert encode_window(result(market=shaken(slice(window.test_end, None)))) == whole
    assert encode_window(result(market=shaken(slice(0, window.start)))) == whole
    assert encode_window(result(market=shaken(slice(window.end - 9, None)))) != whole


def test_the_test_candles_do_not_decide_what_is_chosen():
    window = windows_of(WALK, BARS, 51)[1]
    other = result(market=shaken(slice(window.end, window.test_end)))

    assert other.values == result().values
    assert other.in_sample == result().in_sample
    assert other.out_of_sample != result().out_of_sample


def test_the_choice_is_the_best_of_the_training_candles_alone():
    found = result()
    window = found.window
    trials = optimise_batch([MARKET[window.start : window.end]], ORDER, SEARCH, 0)
    best = trials[peak(Ground(SEARCH, trials)).best]

    assert found.values == best.values
    assert found.in_sample == best.metrics
    assert found.stats.count == len(trials)


def test_another_choice_is_the_stable_one():
    wide = planned(ORDER, space={"fast": Range(2, 20, 1), "slow": Range(25, 65, 10)})
    best, stable = (
        [
            result(number, search=wide, walk=replace(WALK, choose=choose))
            for number in range(3)
        ]
        for choose in Choose
    )

    assert [each.values for each in best] != [each.values for each in stable]
    for one, other in zip(best, stable, strict=True):
        assert one.in_sample["sharpe_ratio"] >= other.in_sample["sharpe_ratio"]


def test_learning_searches_walk_too_and_repeat_themselves():
    search = planned(
        ORDER,
        Method.BAYESIAN,
        space={"fast": Range(2, 20), "slow": Range(25, 90)},
        trials=15,
        batch=5,
    )

    assert encode_window(result(search=search)) == encode_window(result(search=search))
    assert result(search=search).stats.count == 15


FAST = {**ORDER.parameters, "fast": 2, "slow": 9}


class Masked(SignalStrategy):
    """SMA_CROSS, deaf until a candle: the slow way to begin with a window's test."""

    name, parameters = "SMA_CROSS", find_strategy("SMA_CROSS").parameters

    def __init__(self, first):
        self.first = first

    def warm_up(self, values):  # noqa: ARG002 - any will do
        return 0

    def signals(self, candles, values):
        whole = find_strategy("SMA_CROSS").signals(candles, values)
        heard = np.arange(len(candles)) >= self.first
        return Signals(whole.enter & heard, whole.leave & heard)


@pytest.mark.parametrize("fill_at", list(FillAt))
def test_the_test_begins_without_a_position_and_with_warm_indicators(fill_at):
    window = Window(0, 100, 400, 420, 600)
    order = replace(ORDER, setup=replace(ORDER.setup, fill_at=fill_at))
    found = unseen([MARKET], order, FAST, window)
    late = fill_at is FillAt.CLOSE
    slow = CompiledEngine().run(
        [MARKET[100:600]], Masked(319 + late), FAST, order.setup
    )

    assert len(found.time) == 180
    assert np.array_equal(found.equity, slow.equity[320:])
    assert np.array_equal(found.trades.entry, slow.trades.entry - 320)
    assert np.array_equal(found.trades.profit, slow.trades.profit)
    assert found.trades.entry.min() >= 0
    assert len(found.trades) > 2


def test_a_strategy_that_always_wants_to_be_in_is_in_from_the_first_open():
    window = Window(0, 0, 300, 300, 400)
    held = unseen([MARKET], ordered("BUY_AND_HOLD", BARS), {}, window)

    assert held.trades.entry.tolist() == [0]
    assert held.trades.entry_price[0] == MARKET.open[300]


def test_bar_strategies_see_the_past_and_decide_when_the_test_begins():
    order = ordered("DCA", BARS, every=7, amount=10.0)
    window = Window(0, 0, 300, 300, 400)
    bought = unseen([MARKET], order, order.parameters, window)

    assert bought.trades.entry.tolist()[0] <= 7
    assert bought.exposure[-1] > bought.exposure[8] > 0.0
    assert len(bought.time) == 100


def test_where_nothing_is_feasible_nothing_is_traded():
    search = planned(ORDER, constraints=(Constraint("total_trades", least=1e6),))
    found = result(search=search)

    assert found.values is None
    assert set(found.record.equity) == {10_000.0}
    assert found.out_of_sample["total_return"] == 0.0
    assert encode_window(decode_window(encode_window(found))) == encode_window(found)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_result_reads_back(mode):
    found = result(walk=replace(WALK, mode=mode))
    again = decode_window(encode_window(found))

    assert encode_window(again) == encode_window(found)
    assert (again.window, again.values, again.stats) == (
        found.window,
        found.values,
        found.stats,
    )
    assert np.array_equal(again.record.equity, found.record.equity)
