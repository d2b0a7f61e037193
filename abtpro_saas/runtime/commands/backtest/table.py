"""What came out of a backtest, as a terminal shows it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.reporting.costs import (
    fees_told,
    leverage_told,
    sizing_told,
    slippage_told,
    terms_told,
)
from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import at_ms, number, quote_of
from abtpro_saas.markets.timeframes import DAY
from abtpro_saas.performance.metric import UNITS, Unit
from abtpro_saas.performance.metrics import CATALOGUE
from abtpro_saas.performance.undefined import WORDS, Why

SHOWN = (
    "initial_capital",
    "final_capital",
    "total_return",
    "buy_and_hold_return",
    "cagr",
    "max_drawdown",
    "sharpe_ratio",
    "sortino_ratio",
    "total_trades",
    "winning_trades",
    "losing_trades",
    "win_rate",
    "profit_factor",
    "gross_profit",
    "gross_loss",
    "fees",
    "slippage_paid",
)
"""What the table shows, unless all is asked for."""
PERPETUAL = ("funding", "liquidations", "max_leverage")
"""What it shows of a perpetual contract beside."""
TRUST = (
    "How far to trust it: the service grades what it runs, here nothing is examined."
)


def table_of(told: Mapping[str, Any], order: Order, origin: str, *, whole: bool) -> str:
    """Return what was run, what came out of it, and what it rests on.

    ``origin`` says where the prices are from; ``whole`` asks for every metric.
    """
    currency = quote_of(order.symbols[0])
    lines = [_line(key, told, currency) for key in _keys(told, whole=whole)]
    head = list(_head(told["order"], order, origin))
    wide = max(len(name) for name, _ in head)
    width = max(len(name) for name, _, _ in lines)
    texts = [f"- {each}" for each in told["assumptions"]]
    parts = (
        [f"{name:<{wide}}  {value}" for name, value in head],
        [f"{name:<{width}}  {value:>18}  {unit}" for name, value, unit in lines],
        texts,
        [TRUST, f"Certificate {told['certificate']}"],
    )
    return "\n\n".join("\n".join(part) for part in parts)


def _keys(told: Mapping[str, Any], *, whole: bool) -> Sequence[str]:
    setup = told["order"]["setup"]
    is_perpetual = setup.get("margin") or setup.get("funding")
    some = (*SHOWN, *(PERPETUAL if is_perpetual else ()))
    return [key for key in (CATALOGUE if whole else some) if key in told["results"]]


def _head(
    ordered: Mapping[str, Any], order: Order, origin: str
) -> Iterator[tuple[str, str]]:
    """Yield what was run: an order's times are those of its candles by now."""
    setup, costs = ordered["setup"], order.setup.costs
    first, last = _day(order.start or 0), _day((order.end or 0) - 1)
    values = parameters_of(order.strategy, order.parameters, "en")
    leverage = leverage_told(setup, "en")
    market = ", ".join(order.symbols), order.timeframe, origin, leverage
    capital = f"{number(order.setup.initial_capital)} {quote_of(order.symbols[0])}"
    yield "Strategy", order.strategy
    yield "Parameters", ", ".join(map(" ".join, values)) or "--"
    yield "Market", ", ".join(part for part in market if part)
    yield "Time", f"{first} to {last} (UTC), {_days(order):,} days"
    yield "Capital", f"{capital}, {_plain(sizing_told(setup, 'en'))}"
    yield "Fees", fees_told(costs.maker, costs.taker, "en")
    slippage = slippage_told(costs.slippage.model, costs.slippage.value, "en")
    yield "Slippage", _plain(slippage)
    yield from terms_told(setup, "en")


def _days(order: Order) -> int:
    return -(-((order.end or 0) - (order.start or 0)) // DAY)


def _day(milliseconds: int) -> str:
    return at_ms(milliseconds).date().isoformat()


def _plain(text: str) -> str:
    return text.replace(" · ", ", ")


def _line(key: str, told: Mapping[str, Any], currency: str) -> tuple[str, str, str]:
    metric, value = CATALOGUE[key], told["results"][key]
    if value is None:
        return metric.title.en, "--", WORDS[Why(told["undefined"][key])].en
    return metric.title.en, _shown(value, metric.unit), _unit(metric.unit, currency)


def _shown(value: float, unit: Unit) -> str:
    if unit is Unit.DATE:
        return f"{at_ms(value):%Y-%m-%d %H:%M}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}"


def _unit(unit: Unit, currency: str) -> str:
    words = {Unit.PERCENT: "%", Unit.QUOTE: currency, Unit.DATE: "UTC"}
    unsaid = {Unit.RATIO, Unit.COUNT}
    return "" if unit in unsaid else words.get(unit, UNITS[unit].en)
