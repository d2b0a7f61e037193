"""What a pool of cash holds: its worth, what a fill changes, and its end.

A pool with shorts can lose more than it has; then nothing is left, and nothing is owed.
"""

from abtpro_saas.backtesting.engines.loops.fills import taker_price
from abtpro_saas.backtesting.engines.loops.ledger import DUST
from abtpro_saas.backtesting.engines.loops.log import write
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats, Integers

TRIFLE = 1e-12
"""Of the equity: rounding moves a weight by as much, and orders nothing; so much is
left of what a liquidation takes all of."""

_LIQUIDATION = int(Reason.LIQUIDATION)


@compiled
def worth(cash: float, units: Floats, prices: Floats, bar: int) -> float:
    """Return what everything is worth."""
    for symbol in range(len(units)):
        cash += units[symbol] * prices[symbol, bar]
    return cash


@compiled
def closing(
    cash: float, units: Floats, at: Floats, volumes: Floats, bar: int, rules: Rules
) -> tuple[float, float, float]:
    """Return what closing everything leaves, what it brings, and what it takes."""
    brings, takes = 0.0, 0.0
    for symbol in range(len(units)):
        size, volume = abs(units[symbol]), volumes[symbol, bar]
        if units[symbol] > 0.0:
            price = taker_price(at[symbol, bar], -1, size, volume, rules)
            brings += size * price * (1.0 - rules.taker)
        elif units[symbol] < 0.0:
            price = taker_price(at[symbol, bar], 1, size, volume, rules)
            takes += size * price * (1.0 + rules.taker)
    return cash + brings - takes, brings, takes


@compiled
def after(held: float, entered: float, traded: float) -> tuple[float, float]:
    """Return what is held and was entered after a fill, as the ledger counts them.

    What rounding leaves of a position is none.
    """
    if held == 0.0:
        entered = 0.0
    if held * traded >= 0.0:
        entered += abs(traded)
    held += traded
    return (0.0 if abs(held) <= DUST * entered else held), entered


@compiled
def liquidate(
    rows: Floats,
    counts: Integers,
    cash: float,
    units: Floats,
    at: Floats,
    volumes: Floats,
    now: tuple[int, float],
    rules: Rules,
) -> None:
    """Close everything at market, at better prices where that would leave a debt.

    All that there is buys the shorts back, each for the same part of its price; what
    was bought with money that is not there is sold for that much.
    """
    bar, when = now
    rest, brings, takes = closing(cash, units, at, volumes, bar, rules)
    down, up = 1.0, 1.0
    if rest < 0.0 < takes:
        down = max(cash + brings, 0.0) / takes * (1.0 - TRIFLE)
    if cash + brings < 0.0 < brings:
        up = -cash / brings * (1.0 + TRIFLE)
    for symbol in range(len(units)):
        size, way = abs(units[symbol]), -1 if units[symbol] > 0.0 else 1
        if size > 0.0:
            reference, volume = at[symbol, bar], volumes[symbol, bar]
            price = taker_price(reference, way, size, volume, rules)
            price *= down if way > 0 else up
            fee, slip = size * rules.taker * price, size * abs(price - reference)
            sold, why = way * size, _LIQUIDATION
            write(rows, counts, bar, symbol, when, sold, price, fee, slip, why)
