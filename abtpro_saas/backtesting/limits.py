"""What an engine or a form of strategy cannot do, said when it is ordered."""

from collections.abc import Iterator

from abtpro_saas.backtesting.engines.port import (
    FeeIn,
    FillAt,
    Members,
    Setup,
    SlippageModel,
)
from abtpro_saas.backtesting.engines.rules import covers
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.errors import Faults
from abtpro_saas.markets.timeframes import TimeframeError, step_of
from abtpro_saas.plugins.api.strategies import BarStrategy, Strategy, WeightStrategy

IMPACT = frozenset({SlippageModel.VOLUME_SHARE, SlippageModel.SQUARE_ROOT})

FINEST = 1e-18
"""No venue has finer grains than the coins of Ethereum, which have 18 places."""

POOLED = frozenset({"costs.participation", "costs.fee_in"})
"""What weights on one pool of cash may be asked for as signals are."""


def check_limits(order: Order, strategy: Strategy) -> None:
    """Refuse what could not be run as ordered.

    Raises:
        OrderError: the engine has none of it, or two things do not go together.
    """
    faults = Faults()
    with faults.noted():
        _check_together(order.setup)
    for name in ("price_tick", "size_step"):
        with faults.noted():
            _check_grain(getattr(order.setup.market, name), f"costs.{name}")
    with faults.noted():
        _check_universe(order, strategy)
    with faults.noted():
        _check_detail(order)
    with faults.noted():
        _check_engine(order, strategy)
    faults.tell()


def _check_engine(order: Order, strategy: Strategy) -> None:
    by_signals = not isinstance(strategy, BarStrategy | WeightStrategy)
    if order.engine is EngineName.BACKTRADER:
        _check_backtrader(order.setup, by_signals=by_signals)
    for asked in asked_more(order.setup):
        if order.engine is EngineName.BACKTRADER:
            raise OrderError("backtrader trades whole orders of a spot market", asked)
        if isinstance(strategy, WeightStrategy) and asked not in POOLED:
            raise OrderError(f"{strategy.name} trades a spot market", asked)
        if isinstance(strategy, BarStrategy):
            raise OrderError(f"{strategy.name} has whole orders, for money", asked)


def check_study(order: Order) -> None:
    """Refuse a study of what a single run alone can do.

    Raises:
        OrderError: its symbols come and go.
    """
    if order.setup.universe is not Members.SHARED:
        raise OrderError("studies take the candles that all symbols have", "universe")


def _check_universe(order: Order, strategy: Strategy) -> None:
    shared = order.setup.universe is Members.SHARED
    if not shared and not isinstance(strategy, WeightStrategy):
        raise OrderError(f"{strategy.name} divides no pool among symbols", "universe")


def asked_more(setup: Setup) -> Iterator[str]:
    """Yield the members that ask for more than whole orders of a spot market."""
    if setup.margin is not None:
        yield "margin"
    if setup.funding is not None:
        yield "funding"
    if setup.market.participation:
        yield "costs.participation"
    if setup.costs.fee_in is FeeIn.BASE:
        yield "costs.fee_in"
    if setup.detail_timeframe:
        yield "detail_timeframe"


def _check_together(setup: Setup) -> None:
    contract = setup.margin is not None or setup.funding is not None
    if setup.costs.fee_in is FeeIn.BASE and (contract or setup.shorts):
        raise OrderError(
            "fees are taken in coins on spot markets, where nobody sells short",
            "costs.fee_in",
        )
    if setup.margin is not None and not covers(setup.margin, setup.costs):
        raise OrderError(
            "the margin of such a leverage is less than maintenance, or the fees of a"
            " liquidation, ask for",
            "margin.leverage",
        )


def _check_grain(grain: float, field: str) -> None:
    if 0.0 < grain < FINEST:
        raise OrderError(f"0, which is none, or a number from {FINEST:g} up", field)


def _check_detail(order: Order) -> None:
    detail = order.setup.detail_timeframe
    if detail is None:
        return
    try:
        short, long = step_of(detail), step_of(order.timeframe)
    except TimeframeError as error:
        raise OrderError(str(error), "detail_timeframe") from None
    if short >= long or long % short:
        raise OrderError(
            f"choose candles of which a whole number make one of {order.timeframe}",
            "detail_timeframe",
        )


def _check_backtrader(setup: Setup, *, by_signals: bool) -> None:
    if not by_signals:
        raise OrderError("backtrader runs strategies of one symbol's signals", "engine")
    if setup.fill_at is not FillAt.NEXT_OPEN:
        raise OrderError("backtrader fills at the next open alone", "fill_at")
    model = setup.costs.slippage.model
    if model in IMPACT:
        raise OrderError(f"backtrader knows no {model}", "costs.slippage.model")
