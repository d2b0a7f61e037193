"""Which funding is due, by docs/backtesting.md: a fixed rate, or what history says."""

import math
from itertools import pairwise
from statistics import median

MINUTE, HOUR = 60_000, 3_600_000
BESIDE = 5


def rates(asked, history, span):
    """Return rate and mark of each instant in a span of milliseconds."""
    every = round(asked.interval_hours * HOUR)
    first = -(-span.start // every) * every
    regular = list(range(first, span.stop, every))
    if asked.rate is not None:
        return [(asked.rate, math.nan) for _ in regular]
    known = _known(history)
    found = [each for each in known if span.start <= each[0] < span.stop]
    found += [
        (instant, math.nan, math.nan)
        for instant in regular
        if not any(abs(instant - each[0]) < every // 2 for each in known)
    ]
    found += [
        (instant, math.nan, math.nan)
        for instant in _lacking([each[0] for each in known])
        if span.start <= instant < span.stop
    ]
    return [(float(r), float(m)) for _, r, m in sorted(found, key=lambda e: e[0])]


def _known(history):
    """Return each payment once, at the minute that is nearest to it."""
    if history is None:
        return []
    found, before = [], -math.inf
    for time, rate, mark in zip(history.time, history.rate, history.mark, strict=True):
        if time - before >= MINUTE:
            found.append((math.floor(time / MINUTE + 0.5) * MINUTE, rate, mark))
        before = time
    return found


def _lacking(times):
    """Yield the instants of gaps, by the distances around them."""
    apart = [later - one for one, later in pairwise(times)]
    for n, distance in enumerate(apart):
        nearby = apart[max(n - BESIDE, 0) : n + BESIDE + 1]
        usual = min(median(nearby), max(8 * HOUR, median(apart)))
        usual = max(round(usual / MINUTE), 1) * MINUTE
        if distance > 1.5 * usual:
            for k in range(1, round(distance / usual)):
                yield times[n] + k * usual
