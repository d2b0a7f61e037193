"""Candles as they might have been: moved by chance, and valid all the same."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from abtpro_saas.backtesting.engines.port import NOTHING, Beside, UnsupportedError
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo
from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.performance.record import Floats
from abtpro_saas.plugins.api.candles import Candles

_DEEPEST = -0.5
"""No close is moved further down than by half."""


def noisy(candles: Candles, random: np.random.Generator, noise: float) -> Candles:
    """Return candles of which every price was moved, each one valid.

    A close moves by a normal number times ``noise`` times its candle's range, and the
    next open moves with it, so that gaps stay as they were. Wicks are as long as they
    were, times a number about 1 and never below 0: so no high is below open or close,
    and no low above. Moves do not add up: the market goes where it went.
    """
    ranges = (candles.high - candles.low) / candles.close
    moves = np.maximum(noise * ranges * random.standard_normal(len(candles)), _DEEPEST)
    close = candles.close * (1.0 + moves)
    opens = candles.open * (1.0 + np.concatenate(([0.0], moves[:-1])))
    top, bottom = np.maximum(candles.open, candles.close), _bottom(candles)
    above = (candles.high / top - 1.0) * _factors(random, noise, len(candles))
    below = (1.0 - candles.low / bottom) * _factors(random, noise, len(candles))
    return replace(
        candles,
        open=opens,
        close=close,
        high=np.maximum(opens, close) * (1.0 + np.maximum(above, 0.0)),
        low=np.minimum(opens, close) * (1.0 - np.clip(below, 0.0, -_DEEPEST)),
    )


def _bottom(candles: Candles) -> Floats:
    return np.minimum(candles.open, candles.close)


def _factors(random: np.random.Generator, noise: float, count: int) -> Floats:
    return np.abs(1.0 + noise * random.standard_normal(count))


def courses(
    market: Sequence[Candles],
    order: Order,
    plan: MonteCarlo,
    beside: Beside = NOTHING,
) -> Iterator[Floats]:
    """Yield the equity of the strategy's run over noisy candles, one row at a time.

    A run that the engine refuses is left out.
    """
    for number in range(plan.simulations):
        moved = [
            noisy(each, generator(plan.seed, 4, number, place), plan.noise)
            for place, each in enumerate(market)
        ]
        try:
            yield run(moved, order, beside=beside).equity[None, :]
        except UnsupportedError:
            continue
