"""A setup as compiled loops read it: numbers alone, checked."""

from collections.abc import Mapping
from enum import IntEnum
from math import isfinite
from typing import NamedTuple

from abtpro_saas.backtesting.engines.port import (
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
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


class Terms(NamedTuple):
    """What ``Setup`` says of fees in coins, volume and margin; 0 is none."""

    in_base: bool
    participation: float
    leverage: float
    maintenance: float
    clearing: float


def terms_of(setup: Setup) -> Terms:
    """Return the rest of the setup for the loop that knows it.

    A perpetual contract without leverage is held on a margin of its whole value.

    Raises:
        UnsupportedError: a number in it makes no sense.
    """
    margin = setup.margin
    if margin is None and setup.funding is not None:
        margin = Margin()
    _check_terms(setup, margin)
    return Terms(
        in_base=setup.costs.fee_in is FeeIn.BASE,
        participation=float(setup.market.participation),
        leverage=0.0 if margin is None else float(margin.leverage),
        maintenance=0.0 if margin is None else float(margin.maintenance),
        clearing=0.0 if margin is None else float(margin.liquidation_fee),
    )


def is_plain(setup: Setup) -> bool:
    """Tell whether ``Rules`` are all there is to a setup."""
    asked = setup.margin or setup.funding or setup.detail_timeframe
    in_base = setup.costs.fee_in is FeeIn.BASE
    return not (asked or in_base or setup.market.participation)


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
    _check_numbers(numbers)
    if not setup.initial_capital or not setup.fraction:
        raise UnsupportedError("without capital, or a fraction of it, nothing trades")


def _check_terms(setup: Setup, margin: Margin | None) -> None:
    held, rate = margin or Margin(), (setup.funding or Funding()).rate
    _check_numbers(
        {
            "participation": (setup.market.participation, 0.0, 1.0),
            "leverage": (held.leverage, 1.0, 1_000.0),
            "maintenance": (held.maintenance, 0.0, 0.5),
            "liquidation_fee": (held.liquidation_fee, 0.0, 0.5),
            "funding": (rate or 0.0, -1.0, 1.0),
        }
    )
    if margin is not None and setup.costs.fee_in is FeeIn.BASE:
        raise UnsupportedError("a perpetual contract's fees are money")
    if setup.shorts and setup.costs.fee_in is FeeIn.BASE:
        raise UnsupportedError("shorts need a market whose fees are money")
    if margin is not None and not covers(margin, setup.costs):
        raise UnsupportedError("a position of that leverage is liquidated as it begins")


def covers(margin: Margin, costs: Costs) -> bool:
    """Tell whether a new position has more margin than must be left of it."""
    least = max(margin.maintenance, costs.taker + margin.liquidation_fee)
    return 1.0 / margin.leverage > least


def _check_numbers(numbers: Mapping[str, tuple[float, float, float]]) -> None:
    """Refuse a number that is not from its lowest to its highest."""
    for name, (number, low, high) in numbers.items():
        if not (isfinite(number) and low <= number <= high):
            raise UnsupportedError(f"{name} cannot be {number:g}")
