"""What a fill costs, and how much money buys; every engine asks here.

All are compiled, and called from compiled loops and plain Python alike. ``way`` is 1
for a buy and -1 for a sale.
"""

import numpy as np

from abtpro_saas.backtesting.engines.rules import Rules, Slips
from abtpro_saas.backtesting.indicators.compiling import compiled

NEAR, ULPS = 1e-9, 1e-14
"""A number of ticks or steps this close to a whole one is whole, or of a large number
this part: what rounding has taken."""

WHOLE = 2.0**53
"""More grains than this a float does not tell apart: then it is as whole as can be."""

MOST_STEPS = 1_000
"""Rounding takes an ulp or a step or two; what needs more is beyond any float."""

TRIFLE = 1e-9
"""Of the capital: less is what rounding has left of an account that lost all."""

_FIXED = int(Slips.FIXED)
_SPREAD = int(Slips.SPREAD)
_VOLUME_SHARE = int(Slips.VOLUME_SHARE)
_SQUARE_ROOT = int(Slips.SQUARE_ROOT)


@compiled
def rounded(number: float, grain: float, way: int) -> float:
    """Return ``number`` in whole grains, up for a positive ``way``, else down."""
    if grain <= 0.0:
        return number
    grains = number / grain
    if not abs(grains) <= WHOLE:
        return number
    whole = np.rint(grains)
    if abs(grains - whole) > max(NEAR, ULPS * abs(grains)):
        whole = np.ceil(grains) if way > 0 else np.floor(grains)
    return float(whole * grain)


@compiled
def weighs_volume(rules: Rules) -> bool:
    """Tell whether a fill depends on what else was traded."""
    return rules.slips >= _VOLUME_SHARE


@compiled
def slippage(units: float, volume: float, rules: Rules) -> float:
    """Return how much worse a taker is filled, as a fraction of the price (0 to 1).

    FIXED is ``value``; SPREAD half of it; VOLUME_SHARE ``value`` times the square of
    the order's share in the candle's volume (as in zipline); SQUARE_ROOT ``value``
    times the root of that share (Almgren et al., Direct Estimation of Equity Market
    Impact, 2005). A share is 1 at most, and 1 where nothing was traded.
    """
    if rules.slips == _FIXED:
        return rules.slip
    if rules.slips == _SPREAD:
        return rules.slip / 2.0
    share = min(abs(units) / volume, 1.0) if volume > 0.0 else 1.0
    if rules.slips == _VOLUME_SHARE:
        return min(rules.slip * share * share, 1.0)
    if rules.slips == _SQUARE_ROOT:
        return float(min(rules.slip * np.sqrt(share), 1.0))
    return 0.0


@compiled
def taker_price(
    reference: float, way: int, units: float, volume: float, rules: Rules
) -> float:
    """Return the price of an order at market: slipped, then to the worse tick."""
    slipped = reference * (1.0 + way * slippage(units, volume, rules))
    return rounded(slipped, rules.tick, way)


@compiled
def affordable(cash: float, wanted: float, price: float, rules: Rules) -> float:
    """Return at most ``wanted`` units, in whole steps, that ``cash`` pays with the fee.

    Rounding may leave the product an ulp above the cash: then it goes down, step by
    step or ulp by ulp, until ``cash - units * price - units * taker * price`` is not
    negative as it will be booked.
    """
    return payable(cash, wanted, price, 1.0, rules.taker, rules.step)


@compiled
def payable(
    cash: float, wanted: float, price: float, share: float, fee: float, step: float
) -> float:
    """Return the same where a unit costs ``share`` of its price, and ``fee`` of it."""
    if not (price > 0.0 and cash > 0.0):
        return 0.0
    most = min(wanted, cash / (price * (share + fee)))
    units = rounded(most, step, -1)
    for _ in range(MOST_STEPS):
        left = cash - units * price * share - units * fee * price
        if not (units > 0.0 and left < 0.0):
            return max(units, 0.0)
        less = np.nextafter(units, 0.0)
        # A step that is lost in so large a number would lead nowhere.
        units = min(rounded(units - step, step, -1), less) if step else less
    return 0.0  # products that no float holds


@compiled
def entry(
    cash: float, budget: float, reference: float, way: int, volume: float, rules: Rules
) -> tuple[float, float]:
    """Return the units that ``budget`` commits, its fee within, and their price.

    0 units are an order that cannot be: no money, or less than the venue's least.
    Impact is that of the units which the budget pays at the reference price.
    """
    whole = budget / (reference * (1.0 + rules.taker))
    price = taker_price(reference, way, whole, volume, rules)
    if not price > 0.0 or budget <= TRIFLE * rules.cash:
        return 0.0, price
    wanted = budget / (price * (1.0 + rules.taker))
    units = affordable(cash, wanted, price, rules)
    return (units if units * price >= rules.least else 0.0), price


@compiled
def ruin(cash: float, short: float, rules: Rules) -> float:
    """Return the price at which buying ``short`` units back takes all the cash."""
    price = cash / (short * (1.0 + rules.taker))
    for _ in range(MOST_STEPS):
        left = cash - short * price - short * rules.taker * price
        if not (price > 0.0 and left < 0.0):
            return float(price)
        price = np.nextafter(price, 0.0)
    return 0.0
