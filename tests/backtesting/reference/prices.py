"""What docs/backtesting.md says of prices and of whole steps, once more."""

import math

from abtpro_saas.backtesting.engines.port import SlippageModel


def market_price(setup, volume, reference, way, units):
    """Return what an order at market pays (``way`` 1) or gets (-1) of this candle."""
    model, value = setup.costs.slippage.model, setup.costs.slippage.value
    share = 1.0 if volume <= 0 else min(1.0, units / volume)
    worse = {
        SlippageModel.NONE: 0.0,
        SlippageModel.FIXED: value,
        SlippageModel.SPREAD: value / 2,
        SlippageModel.VOLUME_SHARE: min(1.0, value * share**2),
        SlippageModel.SQUARE_ROOT: min(1.0, value * math.sqrt(share)),
    }[model]
    tick = setup.market.price_tick
    return in_grains(reference * (1 + way * worse), tick, up=way == 1)


def in_grains(number, grain, *, up=False):
    """Return whole grains: of a number that is none, those below or above it."""
    if not grain:
        return number
    grains = number / grain
    if abs(grains) > 2**53:  # a float does not tell them apart
        return number
    whole = round(grains)
    if abs(grains - whole) > max(1e-9, 1e-14 * abs(grains)):
        whole = math.ceil(grains) if up else math.floor(grains)
    return whole * grain
