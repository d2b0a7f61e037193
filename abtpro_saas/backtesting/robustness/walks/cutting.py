"""A walk is cut by time: candles that are missing move no window."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.robustness.walking import (
    FEWEST_TESTED,
    Walk,
    Window,
    windows_of,
)
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.markets.timeframes import ceil_to, floor_to, step_of
from abtpro_saas.performance.record import Integers

Gaps = Sequence[Mapping[str, Any]]
Before = Callable[[Integers], Integers]


def bars_of(order: Order) -> int:
    """Return how many candles of a symbol a checked order spans, gaps included."""
    return (_end(order) - _start(order)) // step_of(order.timeframe)


def windows_in(order: Order, walk: Walk, gaps: Gaps = ()) -> list[Window]:
    """Return the windows of a checked order among the candles that gaps leave.

    Raises:
        OrderError: there are too few candles for them, or in one of them.
    """
    firsts, afters = _holes(order, gaps).T
    lost = np.concatenate(([0], np.cumsum(afters - firsts)))

    def before(slots: Integers) -> Integers:
        begun = np.searchsorted(firsts, slots, "right")
        still = np.maximum(afters[begun - 1] - slots, 0)
        return np.asarray(slots - lost[begun] + still, np.int64)

    return _placed(order, walk, before)


def _holes(order: Order, gaps: Gaps) -> Integers:
    """Return [first, next) of the slots without a candle, none of them twice."""
    step, start, found = step_of(order.timeframe), _start(order), [(0, 0)]
    for gap in sorted(gaps, key=lambda each: int(each["start"])):
        first = (floor_to(gap["start"], step) - start) // step
        after = (ceil_to(gap["end"], step) - start) // step
        first = max(first, found[-1][1])
        if after > first:
            found.append((first, after))
    return np.array(found, np.int64)


def windows_over(order: Order, walk: Walk, time: Integers) -> list[Window]:
    """Return the windows of a checked order among candles that open at ``time``.

    Raises:
        OrderError: there are too few candles for them, or in one of them.
    """
    step, start = step_of(order.timeframe), _start(order)
    return _placed(
        order, walk, lambda slots: np.searchsorted(time, start + slots * step)
    )


def _placed(order: Order, walk: Walk, before: Before) -> list[Window]:
    """Return the windows by place, ``before`` telling how many candles precede slots.

    A slot is as long as a candle, and holds one unless it is missing.
    """
    warm_up = find_strategy(order.strategy).warm_up(order.parameters)
    planned = windows_of(walk, bars_of(order), warm_up)
    slots = [(e.start, e.end, e.test_start, e.test_end) for e in planned]
    places = before(np.array(slots, np.int64).reshape(-1)).reshape(-1, 4)
    placed = [Window(number, *row) for number, row in enumerate(places.tolist())]
    for each in placed:
        _check(each, warm_up)
    return placed


def _check(window: Window, warm_up: int) -> None:
    trained, tested = window.end - window.start, window.test_end - window.test_start
    if trained < warm_up + FEWEST_TESTED or tested < FEWEST_TESTED:
        raise OrderError(
            f"of window {window.number + 1} there are {trained:,} candles to train on"
            f" and {tested:,} to test: too many are missing",
            "walk.windows",
        )


def _start(order: Order) -> int:
    if order.start is None:
        raise ValueError("the order was not checked: it has no start")
    return order.start


def _end(order: Order) -> int:
    if order.end is None:
        raise ValueError("the order was not checked: it has no end")
    return order.end
