"""The stable choice stands on a plateau; maps show medians, and where nothing is."""

import tracemalloc
from itertools import product
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.robustness import surface
from abtpro_saas.backtesting.robustness.search import Method, Range, Search
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.searching.maps import CELLS, heat_maps, lines
from abtpro_saas.backtesting.robustness.surface import (
    CANDIDATES,
    neighbourhoods,
    peak,
    ranking,
)
from tests.backtesting.robustness.searches import trial

SIDE = range(1, 8)


def ground(score, *, objective="cagr", space=None, values=None):
    space = space or {"fast": Range(1, 7, 1), "slow": Range(1, 7, 1)}
    rows = values or [{"fast": x, "slow": y} for x, y in product(SIDE, SIDE)]
    found = [(row, score(row)) for row in rows]
    trials = [trial(each, feasible=each is not None, **row) for row, each in found]
    return Ground(Search(Method.GRID, space, objective), trials)


def needle_and_plain(row):
    """Return 10 at one lonely point, and 5 on a plain around (5, 5)."""
    if (row["fast"], row["slow"]) == (2, 2):
        return 10.0
    near = abs(row["fast"] - 5) <= 1 and abs(row["slow"] - 5) <= 1
    return 5.0 if near else 0.5


def at(of, row):
    return of.trials[row].values["fast"], of.trials[row].values["slow"]


def test_the_stable_choice_is_the_middle_of_the_plain_not_the_needle():
    of = ground(needle_and_plain)
    found = peak(of)

    assert at(of, found.best) == (2, 2)
    assert at(of, found.stable) == (5, 5)
    assert found.plateau == pytest.approx(0.05)
    assert found.stable_plateau == 1.0


def test_a_large_search_is_looked_at_in_parts(monkeypatch):
    of = ground(needle_and_plain)
    whole = neighbourhoods(of, of.ranked)

    for pairs in (1, 5 * len(of.trials)):
        monkeypatch.setattr(surface, "AT_ONCE", pairs)
        assert np.array_equal(neighbourhoods(of, of.ranked), whole)


def test_a_hundred_thousand_trials_take_little_memory():
    many = range(100_000)
    of = ground(
        lambda row: float(row["fast"] % 7),
        space={"fast": Range(0, many[-1], 1)},
        values=[{"fast": each} for each in many],
    )
    places = of.places("fast").nbytes

    tracemalloc.start()
    found = neighbourhoods(of, of.ranked[:CANDIDATES])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.shape == (CANDIDATES, 2)
    assert most < 100 * places


def test_where_less_is_better_the_same_holds_upside_down():
    of = ground(lambda row: 20.0 / needle_and_plain(row), objective="max_drawdown")
    found = peak(of)

    assert at(of, found.best) == (2, 2)
    assert at(of, found.stable) == (5, 5)
    assert found.plateau == pytest.approx(0.05)


def test_beside_what_cannot_be_done_there_is_no_plateau():
    of = ground(lambda row: 9.0 if (row["fast"], row["slow"]) == (4, 4) else None)

    assert peak(of).plateau == 0.0


def test_losses_are_no_plateau():
    assert peak(ground(lambda row: -row["fast"])).plateau is None


def test_where_nothing_is_feasible_there_is_no_peak():
    of = ground(lambda _: None)

    assert peak(of) is None
    assert ranking(of) == []


def test_words_have_no_neighbours():
    space = {"fast": Range(1, 3, 1), "direction": ("long", "both")}
    rows = [
        {"fast": fast, "direction": way}
        for fast, way in product((1, 2, 3), ("long", "both"))
    ]
    of = ground(lambda row: 8.0 if row["direction"] == "both" else 1.0, values=rows)
    of = Ground(Search(Method.GRID, space, "cagr"), of.trials)

    assert peak(of).plateau == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.integers(-9, 9), min_size=49, max_size=49))
def test_neighbourhoods_are_those_found_by_hand(scores):
    by_place = dict(zip(product(SIDE, SIDE), scores, strict=True))
    of = ground(lambda row: by_place[row["fast"], row["slow"]])
    found = neighbourhoods(of, np.arange(49))

    for (x, y), around in zip(product(SIDE, SIDE), found, strict=True):
        near = [
            -np.inf if by_place[a, b] is None else float(by_place[a, b])
            for a, b in product(SIDE, SIDE)
            if max(abs(a - x), abs(b - y)) <= 1
        ]
        assert tuple(around) == (sorted(near)[(len(near) - 1) // 2], min(near))


def test_the_ranking_has_the_best_first_and_of_equals_the_first_tried():
    of = ground(lambda row: row["fast"] if row["slow"] < 3 else None)
    found = [tuple(each["parameters"].values()) for each in ranking(of, 3)]

    assert found == [(7, 1), (7, 2), (6, 1)]


def test_a_heat_map_has_the_median_over_what_else_was_tried():
    space = {"fast": (1, 2), "slow": (8, 9), "signal": (3, 4, 5)}
    rows = [dict(zip(space, each, strict=True)) for each in product(*space.values())]
    of = ground(lambda row: row["fast"] * row["slow"] * row["signal"], values=rows)
    of = Ground(Search(Method.GRID, space, "cagr"), of.trials)
    maps = heat_maps(of)

    assert [(each["x"], each["y"]) for each in maps] == [
        ("fast", "slow"),
        ("fast", "signal"),
        ("slow", "signal"),
    ]
    assert maps[0]["scores"] == [[x * y * 4.0 for x in (1, 2)] for y in (8, 9)]
    assert maps[2]["scores"] == [[x * y * 1.5 for x in (8, 9)] for y in (3, 4, 5)]


def test_what_was_not_tried_is_empty():
    of = ground(lambda row: row["fast"] if row["fast"] < row["slow"] else None)
    (found,) = heat_maps(of)

    assert found["scores"][0] == [None] * 7
    assert found["scores"][6] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None]


def test_a_long_axis_shares_cells():
    random = np.random.default_rng(1)
    space = {"fast": Range(1, 500, 1), "stop_loss": Range(0.0, 1.0)}
    rows = [
        {"fast": int(fast), "stop_loss": float(stop)}
        for fast, stop in zip(
            random.integers(1, 501, 900), random.random(900), strict=True
        )
    ]
    of = ground(lambda row: row["fast"] / 500 + row["stop_loss"], values=rows)
    of = Ground(Search(Method.RANDOM, space, "cagr"), of.trials)
    (found,) = heat_maps(of)

    assert len(found["xs"]) == len(found["ys"]) == CELLS
    for i, x in enumerate(found["xs"]):
        for j, y in enumerate(found["ys"]):
            score = found["scores"][j][i]
            assert score is None or abs(score - x / 500 - y) < 0.04


def test_scores_are_stored_in_six_digits():
    of = ground(lambda row: 1 / 3 * row["fast"])

    assert heat_maps(of)[0]["scores"][0][:2] == [0.333333, 0.666667]


def test_lines_have_the_median_and_the_best_of_each_value():
    of = ground(lambda row: row["fast"] * 10.0 + row["slow"], objective="max_drawdown")
    fast, slow = lines(of)

    assert fast["values"] == list(SIDE)
    assert fast["medians"] == [x * 10 + 4.0 for x in SIDE]
    assert fast["best"] == [x * 10 + 1.0 for x in SIDE]
    assert slow["medians"] == [median(x * 10 + y for x in SIDE) for y in SIDE]
