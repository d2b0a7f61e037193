"""A Monte Carlo from its plan to its findings."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from abtpro_saas.backtesting.calculating import shared
from abtpro_saas.backtesting.engines.port import NOTHING, Beside
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo, Resampling
from abtpro_saas.backtesting.robustness.resampling import drawing, noise
from abtpro_saas.backtesting.robustness.resampling.paths import (
    Paths,
    paths_of,
    summary,
)
from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.record import Floats, Record
from abtpro_saas.plugins.api.candles import Candles

_FEWEST = 2


def simulate(
    market: Sequence[Candles],
    order: Order,
    record: Record,
    plan: MonteCarlo,
    beside: Beside = NOTHING,
) -> dict[str, Any]:
    """Return percentile bands and probabilities, ready for JSON.

    ``x`` are the places of the bands: numbers of trades or of days from 1, or instants
    in ms since 1970 (``axis`` says which).

    Raises:
        OrderError: there are too few trades or days to draw from.
    """
    if plan.method is Resampling.CANDLE_NOISE:
        moved = noise.courses(shared(market), order, plan, beside)
        return _head(plan, "time") | _noise(moved, record, plan)
    if plan.method is Resampling.BLOCK_BOOTSTRAP:
        growths = Days(record).returns
        head = _head(plan, "days") | {"block": drawing.block_of(plan, len(growths))}
    else:
        growths, head = drawing.growths_of(record), _head(plan, "trades")
    return head | _drawn(record.initial, growths, plan)


def _head(plan: MonteCarlo, axis: str) -> dict[str, Any]:
    return {"method": plan.method.value, "seed": plan.seed, "axis": axis}


def _drawn(initial: float, growths: Floats, plan: MonteCarlo) -> dict[str, Any]:
    if len(growths) < _FEWEST:
        raise OrderError("there are less than two to draw from", "method")
    courses = drawing.courses(initial, growths, plan)
    paths = paths_of(initial, len(growths), courses)
    original = drawing.course_of(initial, growths)
    return _told(paths, (paths.drawn + 1).tolist(), original, plan)


def _noise(
    courses: Iterable[Floats], record: Record, plan: MonteCarlo
) -> dict[str, Any]:
    paths = paths_of(record.initial, len(record.time), courses)
    if not paths.ends:
        raise OrderError("the strategy cannot be run over noisy candles", "method")
    times = (record.time[paths.drawn] + record.step).tolist()
    return _told(paths, times, record.equity, plan) | {"noise": plan.noise}


def _told(
    paths: Paths, x: list[int], original: Floats, plan: MonteCarlo
) -> dict[str, Any]:
    count = len(np.concatenate(paths.ends))
    return {"simulations": count, "x": x, **summary(paths, original, plan.ruin)}
