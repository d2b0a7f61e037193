"""A setup as compiled loops read it: numbers alone, checked."""

from enum import IntEnum
from math import isfinite
from typing import NamedTuple

from abtpro_saas.backtesting.engines.port import (
    FillAt,
    Setup,
    SlippageModel,
    UnsupportedError,
)


class Slips(IntEnum):
    """The slippage models, as loops know them."""

    NONE = 0
    FIXED = 1
    SPREAD = 2
    VOLUME_SHARE = 3
    SQUARE_ROOT = 4


class Rules(NamedTuple):
    """What ``Setup`` says; see there."""

    cash: float
    fraction: float
    shorts: bool
    at_close: bool
    maker: float
    taker: float
    slips: int
    slip: float
    tick: float
    step: float
    least: float


def rules_of(setup: Setup) -> Rules:
    """Return the setup for the loops.

    Raises:
        UnsupportedError: a number in it makes no sense, or asks for leverage.
    """
    costs, market = setup.costs, setup.market
    _check(setup)
    return Rules(
        cash=float(setup.initial_capital),
        fraction=float(setup.fraction),
        shorts=bool(setup.shorts),
        at_close=setup.fill_at is FillAt.CLOSE,
        maker=float(costs.maker),
        taker=float(costs.taker),
        slips=int(Slips[costs.slippage.model.name]),
        slip=float(costs.slippage.value),
        tick=float(market.price_tick),
        step=float(market.size_step),
        least=float(market.least_value),
    )


def _check(setup: Setup) -> None:
    costs, market = setup.costs, setup.market
    share = costs.slippage.model not in {SlippageModel.FIXED, SlippageModel.SPREAD}
    numbers = {
        "initial_capital": (setup.initial_capital, 0.0, float("inf")),
        "fraction": (setup.fraction, 0.0, 1.0),
        "maker": (costs.maker, 0.0, 0.5),
        "taker": (costs.taker, 0.0, 0.5),
        "slippage": (costs.slippage.value, 0.0, float("inf") if share else 0.5),
        "price_tick": (market.price_tick, 0.0, float("inf")),
        "size_step": (market.size_step, 0.0, float("inf")),
        "least_value": (market.least_value, 0.0, float("inf")),
    }
    for name, (number, low, high) in numbers.items():
        if not (isfinite(number) and low <= number <= high):
            raise UnsupportedError(f"{name} cannot be {number:g}")
    if not setup.initial_capital or not setup.fraction:
        raise UnsupportedError("without capital, or a fraction of it, nothing trades")
